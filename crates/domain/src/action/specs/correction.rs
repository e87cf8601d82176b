//! Putting wrong entries of an action right.

use super::*;
use crate::{
    correction::{
        CorrectionChange::{OccurredAt, StatedDate, Struck},
        CorrectionRejection,
    },
    specification::noon,
};

fn refused(history: Vec<Entry<Event>>, version: u64, change: crate::CorrectionChange) -> String {
    let outcome = crate::correction::decide::<Action>(
        &given_entries::<Action>(history).history,
        crate::Correction {
            corrects: crate::specification::event_id(version),
            reason: text("entered wrongly"),
            change,
        },
        &situation("2027-03-01"),
    );
    match outcome {
        Err(CorrectionRejection::WouldNotHoldTogether(what)) => what.to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn act_5_a_closure_entered_wrongly_is_struck_out() {
    let mut history = verified_history();
    history.push(on("2026-04-01", Event::ActionClosed { reason: None }));
    let corrected = given_entries::<Action>(history).when_corrected(3, Struck).then_accepted();
    assert!(!corrected.state().closed);
    assert_eq!(corrected.state().status, Status::Verified);
}

#[test]
fn a_withdrawal_entered_wrongly_is_struck_out_and_the_action_is_live_again() {
    given::<Action>(vec![agreed(), Event::ActionWithdrawn { reason: text("no") }])
        .when_corrected(1, Struck)
        .then_accepted()
        .when(Command::NoteProgress { note: text("ordered") }, situation("2027-04-01"))
        .then_accepted();
}

#[test]
fn r2_the_accepted_date_of_implementation_is_corrected() {
    let corrected = given_entries::<Action>(verified_history())
        .when_corrected(2, StatedDate(date("2026-03-05")))
        .then_accepted();
    assert_eq!(corrected.state().verified_on, Some(date("2026-03-05")));
    assert_eq!(
        refused(verified_history(), 2, StatedDate(date("2026-03-21"))),
        "the implementation date accepted lies after the day it was verified"
    );
    assert_eq!(
        refused(verified_history(), 1, StatedDate(date("2026-03-11"))),
        "the implementation date lies after the day it was reported"
    );
    assert_eq!(
        refused(verified_history(), 1, OccurredAt(noon("2026-03-09"))),
        "the implementation date lies after the day it was reported"
    );
}

#[test]
fn r4_no_correction_dates_implementation_before_the_agreement() {
    for version in [1, 2] {
        assert_eq!(
            refused(verified_history(), version, StatedDate(date("2026-02-28"))),
            "the implementation date lies before the day the action was agreed"
        );
    }
    assert_eq!(
        refused(reported_history(), 0, OccurredAt(noon("2026-03-11"))),
        "the implementation date lies before the day the action was agreed"
    );
    let late_report = vec![on("2026-03-01", agreed()), by(REPORTER, on("2026-03-20", reported()))];
    assert_eq!(
        refused(late_report, 0, OccurredAt(noon("2026-03-11"))),
        "the implementation date lies before the day the action was agreed"
    );
}

#[test]
fn act_4_a_corrected_target_is_the_one_in_force() {
    let corrected = given::<Action>(vec![agreed(), target_moved(Some("2026-06-30"), "2026-09-30")])
        .when_corrected(1, StatedDate(date("2026-08-31")))
        .then_accepted();
    assert_eq!(corrected.state().target, Some(date("2026-08-31")));
    assert_eq!(corrected.state().original_target, Some(date("2026-06-30")));
}

#[test]
fn a_report_cannot_be_struck_out_from_under_its_verification() {
    assert_eq!(
        refused(verified_history(), 1, Struck),
        "a verification stands without a report of implementation before it"
    );
    let mut history = reported_history();
    history.push(on("2026-03-15", Event::VerificationRefused { reason: text("no label") }));
    assert_eq!(
        refused(history, 1, Struck),
        "a refusal of verification stands without a report of implementation before it"
    );
}

#[test]
fn a_verification_cannot_be_struck_out_from_under_a_review_or_a_closure() {
    let mut reviewed = verified_history();
    reviewed.push(on("2026-07-01", Event::EffectivenessReviewed(review(Effectiveness::Effective))));
    assert_eq!(
        refused(reviewed, 2, Struck),
        "a review of effectiveness stands without a verification before it"
    );

    let mut closed = verified_history();
    closed.push(on("2026-04-01", Event::ActionClosed { reason: None }));
    assert_eq!(
        refused(closed, 2, Struck),
        "a closure stands on an action that is neither verified nor left (ACT-5)"
    );
}

#[test]
fn act_2_striking_out_an_owner_does_not_let_the_verifier_have_owned_the_action() {
    // The verifier owned it first; another owner took over before the report.
    let history = vec![
        on(
            "2026-03-01",
            Event::ActionAgreed(ActionAgreement { owner: Some(owner(Some(VERIFIER))), ..agreement() }),
        ),
        on("2026-03-02", Event::OwnerAssigned(owner(Some(OWNER)))),
        by(REPORTER, on("2026-03-10", reported())),
        by(VERIFIER, on("2026-03-20", verified())),
    ];
    assert_eq!(
        refused(history, 1, Struck),
        "the person who verified would not be independent of the owner or of whoever reported implementation (ACT-2)"
    );
}

#[test]
fn a_review_cannot_be_struck_out_so_that_a_verified_action_would_have_left() {
    let mut history = verified_history();
    history.push(on("2026-07-01", Event::EffectivenessReviewed(review(Effectiveness::NotEffective))));
    history.push(on("2026-07-02", Event::ActionWithdrawn { reason: text("no use") }));
    assert_eq!(
        refused(history, 3, Struck),
        "an action verified as implemented would also have left without being implemented"
    );
}

#[test]
fn what_is_dated_before_a_verification_or_after_an_exit_must_fit_it() {
    // Reported twice; a verification dated between the two reports would leave the second one standing on a verified action.
    let mut between = reported_history();
    between.push(by(REPORTER, on("2026-03-15", reported())));
    between.push(by(VERIFIER, on("2026-03-20", verified())));
    assert_eq!(
        refused(between, 3, OccurredAt(noon("2026-03-12"))),
        "a report of implementation stands on an action that was verified already"
    );
    let mut left = reported_history();
    left.push(on("2026-03-20", Event::ActionWithdrawn { reason: text("no") }));
    assert_eq!(
        refused(left, 2, OccurredAt(noon("2026-03-05"))),
        "an entry after the action had left says that it was reported, verified, reviewed or that it left again"
    );
}

#[test]
fn the_agreement_is_struck_out_only_when_it_is_the_only_entry_left() {
    assert_eq!(
        refused(
            vec![on("2026-03-01", agreed()), on("2026-03-02", Event::ProgressNoted { note: text("x") })],
            0,
            Struck
        ),
        "an entry stands on an action that was never agreed; the agreement can only be struck out when it is the only entry left"
    );
    let void = given::<Action>(vec![agreed()]).when_corrected(0, Struck).then_accepted();
    assert_eq!(void.state(), State::default());
    void.when(Command::NoteProgress { note: text("x") }, situation("2027-04-01"))
        .then_refused(Rejection::NotAgreed);
}

#[test]
fn the_fold_takes_events_in_any_order() {
    let events = [
        agreed(),
        reported(),
        verified(),
        target_moved(None, "2026-09-30"),
        Event::OwnerAssigned(owner(None)),
    ];
    for first in 0..events.len() {
        let rotated = events.iter().cycle().skip(first).take(events.len());
        let _ = rotated
            .fold(State::default(), |state, event| Action::evolve(state, &on("2026-03-01", event.clone())));
    }
}
