//! Putting wrong entries of a case right.

use super::*;
use crate::{
    Correction, CorrectionChange,
    CorrectionChange::{OccurredAt, StatedDate, Struck},
    correction::{self, CorrectionRejection},
    specification::{event_id, noon},
};

fn refused(history: Vec<Entry<Event>>, version: u64, change: CorrectionChange) -> String {
    let correction = Correction { corrects: event_id(version), reason: text("entered wrongly"), change };
    let history = given_entries::<CandourCase>(history).history;
    match correction::decide::<CandourCase>(&history, correction, &situation("2027-03-01")) {
        Err(CorrectionRejection::WouldNotHoldTogether(what)) => what.to_owned(),
        other => panic!("{other:?}"),
    }
}

fn with(then: Vec<Entry<Event>>) -> Vec<Entry<Event>> {
    history_of(assessed_history(), then)
}

#[test]
fn an_assessment_entered_wrongly_is_struck_out_and_a_fresh_decision_is_taken() {
    let corrected =
        given_entries::<CandourCase>(assessed_history()).when_corrected(1, Struck).then_accepted();
    assert_eq!(corrected.state().decision, CaseDecision::Undecided);
    corrected
        .when(ask(Request::RecordNotNotifiable(not_required())), situation("2027-03-02"))
        .then([Event::CandourNotRequired(not_required())]);
}

#[test]
fn e_12_the_day_of_awareness_is_corrected_but_not_beyond_the_assessment() {
    let corrected = given_entries::<CandourCase>(assessed_history())
        .when_corrected(1, StatedDate(date("2026-03-01")))
        .then_accepted();
    assert_eq!(corrected.state().aware_on, Some(date("2026-03-01")));
    assert_eq!(
        refused(assessed_history(), 1, StatedDate(date("2026-03-03"))),
        "the day of awareness lies after the day of the assessment"
    );
}

#[test]
fn an_assessment_is_not_struck_out_from_under_what_rests_on_it() {
    let told = "a notification stands without an assessment";
    let wrote = "a letter, or what became of enquiries, stands without an assessment";
    let left = "an exit stands without an assessment before it";
    let covers = LetterCovers { facts: true, ..LetterCovers::default() };
    for (event, what) in [
        (Event::InPersonNotified(complete_contact()), told),
        (Event::WrittenNotificationSent(letter(covers)), wrote),
        (Event::EnquiryResultsShared(results()), wrote),
        (Event::NoFurtherEnquiries { because: text("all is known") }, wrote),
        (Event::ContactDeclined(declined()), left),
        (Event::CandourExempted(exemption()), left),
    ] {
        assert_eq!(refused(with(vec![on("2026-03-05", event)]), 1, Struck), what);
    }
}

#[test]
fn e_8_an_exit_is_struck_out_unless_a_reopening_rests_on_it() {
    let left = || vec![on("2026-03-05", Event::ContactDeclined(declined()))];
    let corrected = given_entries::<CandourCase>(with(left())).when_corrected(2, Struck).then_accepted();
    assert_eq!(corrected.state().exit, None);
    let reopened = history_of(left(), vec![on("2026-03-06", Event::CandourReopened { reason: text("x") })]);
    assert_eq!(refused(with(reopened), 2, Struck), "a reopening stands without an exit before it");
}

#[test]
fn e_8_a_reopening_is_not_struck_out_from_under_what_followed_it() {
    for (event, what) in [
        (
            Event::InPersonNotified(complete_contact()),
            "a notification follows an exit without a reopening between them (E-8)",
        ),
        (Event::CandourExempted(exemption()), "an exit follows another without a reopening between them"),
    ] {
        let history = with(vec![
            on("2026-03-05", Event::ContactDeclined(declined())),
            on("2026-03-06", Event::CandourReopened { reason: text("x") }),
            on("2026-03-07", event),
        ]);
        assert_eq!(refused(history, 3, Struck), what);
    }
}

#[test]
fn e_8_attempts_are_not_corrected_away_from_under_not_contactable() {
    let history = || {
        let left = vec![on("2026-03-08", Event::NotContactable { reason: None })];
        history_of(with(attempts()), left)
    };
    let what = "not contactable would stand without enough attempts before it (E-8)";
    assert_eq!(refused(history(), 2, Struck), what);
    // On a day on which another attempt was made.
    assert_eq!(refused(history(), 2, OccurredAt(noon("2026-03-06"))), what);
    given_entries::<CandourCase>(history()).when_corrected(2, OccurredAt(noon("2026-03-04"))).then_accepted();
}

#[test]
fn e_10_a_relevant_person_is_not_struck_out_while_an_entry_names_them() {
    let identified = on("2026-03-03", identified(1, true));
    given_entries::<CandourCase>(with(vec![identified.clone()])).when_corrected(2, Struck).then_accepted();
    let relevant_person = Some(relevant_person_id(1));
    for event in [
        Event::InPersonNotified(FirstNotification { relevant_person, ..complete_contact() }),
        Event::SupportOffered(Support { relevant_person, ..support() }),
        Event::ContactDeclined(Declined { relevant_person, ..declined() }),
    ] {
        assert_eq!(
            refused(with(vec![identified.clone(), on("2026-03-05", event)]), 2, Struck),
            "an entry names a relevant person who would no longer be identified"
        );
    }
}

#[test]
fn e_10_striking_out_the_designated_person_designates_the_next() {
    let two = vec![on("2026-03-03", identified(1, true)), on("2026-03-03", identified(2, false))];
    let corrected = given_entries::<CandourCase>(with(two)).when_corrected(2, Struck).then_accepted();
    assert_eq!(corrected.state().designated(), Some(relevant_person_id(2)));
}

#[test]
fn the_opening_is_struck_out_only_when_it_is_the_only_entry_left() {
    assert_eq!(
        refused(assessed_history(), 0, Struck),
        "an entry stands in a case that was never opened; the opening can only be struck out when it is the only entry left"
    );
    let void = given::<CandourCase>(vec![opened()]).when_corrected(0, Struck).then_accepted();
    assert_eq!(void.state(), State::default());
    void.when(ask(Request::RecordSupportOffered(support())), situation("2027-03-02"))
        .then([opened(), Event::SupportOffered(support())]);
}

#[test]
fn the_fold_takes_events_in_any_order() {
    let events = [
        Event::CandourReopened { reason: text("x") },
        Event::InPersonNotified(FirstNotification {
            relevant_person: Some(relevant_person_id(9)),
            ..complete_contact()
        }),
        identified(1, true),
        identified(1, true),
        notifiable(),
        opened(),
    ];
    for first in 0..events.len() {
        let rotated = events.iter().cycle().skip(first).take(events.len());
        let _ = rotated.fold(State::default(), |state, event| {
            CandourCase::evolve(state, &on("2026-03-01", event.clone()))
        });
    }
}
