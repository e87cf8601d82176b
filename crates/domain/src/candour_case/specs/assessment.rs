//! Whether the duty applies, and to whom it is owed (E-1 to E-5, E-10, E-12, E-13).

use super::*;
use crate::{
    candour_case::RELEVANT_PERSONS_MAX,
    regime::Violation::{
        NoModerateIncreaseInTreatment, NotARegulatedActivity, NotSignificantNotPermanent,
        NotUnintendedOrUnexpected,
    },
};

#[test]
fn the_first_thing_recorded_opens_the_case() {
    given::<CandourCase>(vec![])
        .when(ask(Request::AssessNotifiable(assessment())), situation("2026-03-02"))
        .then([opened(), notifiable()]);
    given::<CandourCase>(vec![opened()])
        .when(ask(Request::AssessNotifiable(assessment())), situation("2026-03-02"))
        .then([notifiable()]);
    for (request, event) in [
        (Request::RecordNotNotifiable(not_required()), Event::CandourNotRequired(not_required())),
        (Request::IdentifyRelevantPerson(relevant_person(1, true)), identified(1, true)),
        (
            Request::RecordContactAttempt(attempt(ContactMethod::Letter, ContactResult::Reached)),
            Event::ContactAttempted(attempt(ContactMethod::Letter, ContactResult::Reached)),
        ),
        (Request::RecordSupportOffered(support()), Event::SupportOffered(support())),
    ] {
        given::<CandourCase>(vec![]).when(ask(request), situation("2026-03-02")).then([opened(), event]);
    }
}

#[test]
fn nothing_is_recorded_on_an_incident_recorded_in_error() {
    for request in [
        Request::AssessNotifiable(assessment()),
        Request::RecordSupportOffered(support()),
        Request::ReopenCase { reason: text("x") },
    ] {
        let facts = CaseFacts { recorded_in_error: true, ..facts() };
        given::<CandourCase>(vec![])
            .when(Command { facts, request }, situation("2026-03-02"))
            .then_refused(Rejection::RecordedInError);
    }
}

#[test]
fn e_1_to_e_3_every_violation_is_named_at_once() {
    let wanting = NotifiableAssessment {
        unintended_or_unexpected: false,
        regulated_activity: false,
        outcome: Outcome::ModerateHarm,
        ..assessment()
    };
    let refusal = Rejection::NotWithinRegulation20 {
        violations: vec![
            NotUnintendedOrUnexpected,
            NotARegulatedActivity,
            NoModerateIncreaseInTreatment,
            NotSignificantNotPermanent,
        ],
    };
    given::<CandourCase>(vec![])
        .when(ask(Request::AssessNotifiable(wanting)), situation("2026-03-02"))
        .then_refused_field(refusal, "assessment.unintended_or_unexpected");
    assert_eq!(
        Rejection::NotWithinRegulation20 {
            violations: vec![NoModerateIncreaseInTreatment, NotSignificantNotPermanent]
        }
        .to_string(),
        "not a notifiable safety incident: moderate harm needs a moderate increase in treatment (regulation 20(7)) (E-3); \
         moderate harm needs significant, but not permanent, harm (regulation 20(7)) (E-3)"
    );
}

#[test]
fn e_12_awareness_lies_between_the_report_and_the_assessment() {
    let aware = |day: &str| NotifiableAssessment { aware_on: date(day), ..assessment() };
    let outcome = |day: &str| {
        given::<CandourCase>(vec![]).when(ask(Request::AssessNotifiable(aware(day))), situation("2026-03-10"))
    };
    outcome("2026-02-28").then_refused_field(
        Rejection::AwareBeforeReported { aware_on: date("2026-02-28"), reported_on: date("2026-03-01") },
        "assessment.aware_on",
    );
    for day in ["2026-03-01", "2026-03-10"] {
        // E-12: the day of awareness is a fact of its own, apart from the report and from the recording.
        assert_eq!(outcome(day).then_accepted().state().aware_on, Some(date(day)));
    }
    outcome("2026-03-11").then_refused_field(
        Rejection::AwareInTheFuture { aware_on: date("2026-03-11"), assessed_on: date("2026-03-10") },
        "assessment.aware_on",
    );
}

#[test]
fn e_1_an_opinion_is_not_dated_after_the_assessment_that_rests_on_it() {
    let late = Opinion { given_on: date("2026-03-03"), ..opinion() };
    let (given_on, assessed_on) = (date("2026-03-03"), date("2026-03-02"));
    for (request, field) in [
        (
            Request::AssessNotifiable(NotifiableAssessment { opinion: late.clone(), ..assessment() }),
            "assessment.opinion.given_on",
        ),
        (
            Request::RecordNotNotifiable(NotNotifiable { opinion: Some(late), ..not_required() }),
            "opinion.given_on",
        ),
    ] {
        given::<CandourCase>(vec![])
            .when(ask(request), situation("2026-03-02"))
            .then_refused_field(Rejection::OpinionInTheFuture { given_on, assessed_on, field }, field);
    }
}

#[test]
fn a_notifiable_case_is_not_made_to_vanish_by_a_later_opinion() {
    for request in [Request::RecordNotNotifiable(not_required()), Request::AssessNotifiable(assessment())] {
        given_entries::<CandourCase>(assessed_history())
            .when(ask(request), situation("2026-03-10"))
            .then_refused(Rejection::AlreadyNotifiable);
    }
}

#[test]
fn e_13_a_late_upgrade_is_assessed_after_not_required() {
    let history =
        vec![on("2026-03-02", opened()), on("2026-03-02", Event::CandourNotRequired(not_required()))];
    given_entries::<CandourCase>(history.clone())
        .when(ask(Request::RecordNotNotifiable(not_required())), situation("2026-03-02"))
        .then_nothing();
    // A fresh judgement on a later day: the earlier one does not answer a prompt that came after it.
    given_entries::<CandourCase>(history.clone())
        .when(ask(Request::RecordNotNotifiable(not_required())), situation("2026-03-10"))
        .then([Event::CandourNotRequired(not_required())]);
    let upgraded = NotifiableAssessment { aware_on: date("2026-04-10"), ..assessment() };
    let state = given_entries::<CandourCase>(history)
        .when(ask(Request::AssessNotifiable(upgraded.clone())), situation("2026-04-10"))
        .then([Event::NotifiableAssessed(upgraded)])
        .state();
    assert_eq!(state.decision, CaseDecision::Notifiable);
    assert_eq!(state.aware_on, Some(date("2026-04-10")), "the clock of awareness starts at the upgrade");
}

#[test]
fn e_10_the_first_person_identified_is_designated_until_another_is() {
    let history = given_entries::<CandourCase>(assessed_history())
        .when(ask(Request::IdentifyRelevantPerson(relevant_person(1, false))), situation("2026-03-03"))
        .then([identified(1, true)])
        .when(ask(Request::IdentifyRelevantPerson(relevant_person(2, false))), situation("2026-03-03"))
        .then([identified(2, false)]);
    assert_eq!(history.state().designated(), Some(relevant_person_id(1)));
    let history = history
        .when(ask(Request::IdentifyRelevantPerson(relevant_person(3, true))), situation("2026-03-03"))
        .then([identified(3, true)]);
    assert_eq!(history.state().designated(), Some(relevant_person_id(3)));
    assert_eq!(history.state().relevant_persons.iter().filter(|person| person.designated).count(), 1);
}

#[test]
fn e_10_whoever_acts_for_the_service_user_needs_a_lawful_authority() {
    for (basis, lawful_authority, refused) in [
        (RelevantPersonBasis::Self_, None, false),
        (RelevantPersonBasis::Deceased, None, true),
        (RelevantPersonBasis::Under16NotCompetent, None, true),
        (RelevantPersonBasis::LacksCapacity, None, true),
        (RelevantPersonBasis::LacksCapacity, Some(text("lasting power of attorney")), false),
    ] {
        let asked = RelevantPerson { basis, lawful_authority, ..relevant_person(2, true) };
        let outcome = given_entries::<CandourCase>(assessed_history())
            .when(ask(Request::IdentifyRelevantPerson(asked.clone())), situation("2026-03-03"));
        if refused {
            outcome.then_refused_field(Rejection::NoLawfulAuthority, "lawful_authority");
        } else {
            outcome.then([Event::RelevantPersonIdentified(asked)]);
        }
    }
}

#[test]
fn e_10_a_relevant_person_is_identified_once_and_their_number_is_limited() {
    given_entries::<CandourCase>(history_of(assessed_history(), vec![on("2026-03-03", identified(1, true))]))
        .when(ask(Request::IdentifyRelevantPerson(relevant_person(1, true))), situation("2026-03-04"))
        .then_refused(Rejection::AlreadyIdentified { id: relevant_person_id(1) });

    let count = u128::try_from(RELEVANT_PERSONS_MAX).unwrap();
    let full = (1..=count).map(|number| on("2026-03-03", identified(number, number == 1))).collect();
    given_entries::<CandourCase>(history_of(assessed_history(), full))
        .when(ask(Request::IdentifyRelevantPerson(relevant_person(21, false))), situation("2026-03-04"))
        .then_refused(Rejection::TooManyRelevantPersons);
}

#[test]
fn e_10_after_a_death_the_service_user_is_not_the_one_to_be_told() {
    let self_ = || ask(Request::IdentifyRelevantPerson(relevant_person(1, true)));
    let died = |likelihood| {
        vec![on("2026-03-02", opened()), on("2026-03-02", Event::NotifiableAssessed(death(likelihood)))]
    };
    given_entries::<CandourCase>(died(Likelihood::AppearsToHaveResulted))
        .when(self_(), situation("2026-03-03"))
        .then_refused(Rejection::DeceasedCannotBeTold);
    // A death that could have resulted has not: the service user lives and is to be told.
    given_entries::<CandourCase>(died(Likelihood::CouldResult))
        .when(self_(), situation("2026-03-03"))
        .then([identified(1, true)]);
}
