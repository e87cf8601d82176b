//! The rules of a learning response, told by example.

use jiff::civil::{Date, date};

use super::*;
use crate::{
    correction::{CorrectionChange, CorrectionRejection},
    identifier::{IncidentId, RecommendationId, ResponseId},
    specification::{event_id, given, given_entries, id, noon, on, reference, situation, text},
    text::DocumentReference,
};

const TODAY: &str = "2026-06-15";

#[test]
fn a_response_starts_over_one_or_several_incidents() {
    let start = ResponseStart { incidents: vec![incident(1), incident(2)], ..start() };
    let state = given::<Response>(vec![])
        .when(Command::StartResponse(start.clone()), situation(TODAY))
        .then([Event::ResponseStarted(start)])
        .state();
    assert!(state.started && !state.signed_off);
    assert_eq!(state.incidents, [incident(1), incident(2)]);
    assert_eq!(state.reference, Some(reference("LR-2026-001")));
}

#[test]
fn a_response_starts_once() {
    given::<Response>(vec![started()])
        .when(Command::StartResponse(start()), situation(TODAY))
        .then_refused(Rejection::AlreadyStarted);
}

#[test]
fn a_response_covers_one_to_a_hundred_incidents_each_once() {
    let over = |incidents: Vec<IncidentId>| {
        given::<Response>(vec![])
            .when(Command::StartResponse(ResponseStart { incidents, ..start() }), situation(TODAY))
    };

    over((1..=100).map(incident).collect()).then_accepted();
    over(vec![]).then_refused_field(Rejection::NoIncidents, "incident_ids");
    over((1..=101).map(incident).collect())
        .then_refused_field(Rejection::TooManyIncidents { count: 101 }, "incident_ids");
    over(vec![incident(1), incident(2), incident(1)])
        .then_refused_field(Rejection::IncidentGivenTwice(incident(1)), "incident_ids");
}

#[test]
fn p_2_a_response_starts_by_the_day_it_is_said_to_have_and_ends_no_earlier() {
    let dated = |started_on: Date, agreed_due_on: Option<Date>| {
        let start = ResponseStart { started_on, agreed_due_on, ..start() };
        given::<Response>(vec![]).when(Command::StartResponse(start), situation("2026-03-02"))
    };

    dated(date(2026, 3, 2), Some(date(2026, 3, 2))).then_accepted();
    dated(date(2025, 12, 1), None).then_accepted();
    dated(date(2026, 3, 3), None).then_refused_field(
        Rejection::StartsInTheFuture { started_on: date(2026, 3, 3), recorded_as_on: date(2026, 3, 2) },
        "started_on",
    );
    dated(date(2026, 3, 2), Some(date(2026, 3, 1))).then_refused_field(
        Rejection::DueBeforeStart { started_on: date(2026, 3, 2), agreed_due_on: date(2026, 3, 1) },
        "agreed_due_on",
    );
}

#[test]
fn nothing_happens_to_a_response_that_was_not_started() {
    for command in [
        Command::MakeRecommendation(recommendation(1)),
        accept(1),
        reject(1),
        Command::SignOffReport(sign_off()),
    ] {
        given::<Response>(vec![]).when(command, situation(TODAY)).then_refused(Rejection::NotStarted);
    }
}

#[test]
fn a_recommendation_is_made_before_or_after_sign_off() {
    for history in [vec![started()], vec![started(), Event::ReportSignedOff(sign_off())]] {
        let state = given::<Response>(history)
            .when(Command::MakeRecommendation(recommendation(1)), situation(TODAY))
            .then([Event::RecommendationMade(recommendation(1))])
            .state();
        assert_eq!(state.recommendation(recommendation_id(1)).unwrap().decision, Decision::AwaitingResponse);
    }
}

#[test]
fn act_7_a_reference_names_one_recommendation_of_the_response() {
    given::<Response>(vec![started(), made(1)])
        .when(
            Command::MakeRecommendation(Recommendation {
                reference: reference("REC-1"),
                ..recommendation(2)
            }),
            situation(TODAY),
        )
        .then_refused(Rejection::RecommendationReferenceTaken(reference("REC-1")));
    given::<Response>(vec![started(), made(1)])
        .when(
            Command::MakeRecommendation(Recommendation {
                reference: reference("REC-2"),
                ..recommendation(1)
            }),
            situation(TODAY),
        )
        .then_refused(Rejection::RecommendationAlreadyMade(recommendation_id(1)));
}

#[test]
fn act_7_a_recommendation_relates_to_at_most_twenty_others_and_not_to_itself() {
    let relating = |relates_to: Vec<Relation>| {
        given::<Response>(vec![started()]).when(
            Command::MakeRecommendation(Recommendation { relates_to, ..recommendation(1) }),
            situation(TODAY),
        )
    };
    let to = |name: &str| Relation { kind: RelationKind::SameTheme, reference: reference(name) };
    let others = |count: usize| (1..=count).map(|number| to(&format!("OTHER-{number}"))).collect::<Vec<_>>();

    relating(others(20)).then_accepted();
    relating(others(21)).then_refused_field(Rejection::TooManyRelations { count: 21 }, "relates_to");
    relating(vec![to("OTHER-1"), to("REC-1")])
        .then_refused_field(Rejection::RelatesToItself(reference("REC-1")), "relates_to");
}

#[test]
fn a_response_makes_at_most_two_hundred_recommendations() {
    let having = |count| given::<Response>(std::iter::once(started()).chain((1..=count).map(made)).collect());
    let another = || Command::MakeRecommendation(recommendation(999));
    having(199).when(another(), situation(TODAY)).then_accepted();
    having(200).when(another(), situation(TODAY)).then_refused(Rejection::RecommendationsFull);
}

#[test]
fn r0_a_recommendation_is_accepted_once() {
    let accepted_once =
        given::<Response>(vec![started(), made(1)]).when(accept(1), situation(TODAY)).then([accepted(1)]);
    assert_eq!(accepted_once.state().recommendations[0].decision, Decision::Accepted);
    accepted_once.when(accept(1), situation(TODAY)).then_nothing();
}

#[test]
fn r0_a_rejected_recommendation_may_be_accepted_after_all() {
    let state = given::<Response>(vec![started(), made(1), made(2)])
        .when(reject(1), situation(TODAY))
        .then([rejected(1)])
        .when(accept(1), situation(TODAY))
        .then([accepted(1)])
        .state();
    assert_eq!(state.recommendations[0].decision, Decision::Accepted);
    assert_eq!(state.recommendations[1].decision, Decision::AwaitingResponse);
}

#[test]
fn r0_an_accepted_recommendation_is_not_taken_out_of_the_figures_by_rejecting_it() {
    given::<Response>(vec![started(), made(1), accepted(1)])
        .when(reject(1), situation(TODAY))
        .then_refused(Rejection::AlreadyAccepted(recommendation_id(1)));
}

#[test]
fn a_rejection_again_is_nothing_new() {
    given::<Response>(vec![started(), made(1), rejected(1)]).when(reject(1), situation(TODAY)).then_nothing();
}

#[test]
fn only_what_was_recommended_is_answered() {
    for command in [accept(2), reject(2)] {
        given::<Response>(vec![started(), made(1)])
            .when(command, situation(TODAY))
            .then_refused(Rejection::RecommendationNotFound(recommendation_id(2)));
    }
}

#[test]
fn c4_a_report_is_signed_off_once() {
    let signed = given::<Response>(vec![started()])
        .when(Command::SignOffReport(sign_off()), situation(TODAY))
        .then([Event::ReportSignedOff(sign_off())]);
    assert!(signed.state().signed_off);
    signed
        .when(Command::SignOffReport(sign_off()), situation(TODAY))
        .then_refused(Rejection::AlreadySignedOff);
}

#[test]
fn a_struck_acceptance_leaves_the_recommendation_to_be_answered() {
    given::<Response>(vec![started(), made(1), accepted(1)])
        .when_corrected(2, CorrectionChange::Struck)
        .then_accepted()
        .when(reject(1), situation(TODAY))
        .then([rejected(1)]);
}

#[test]
fn a_struck_acceptance_after_a_rejection_leaves_the_rejection() {
    let state = given::<Response>(vec![started(), made(1), rejected(1), accepted(1)])
        .when_corrected(3, CorrectionChange::Struck)
        .then_accepted()
        .state();
    assert_eq!(state.recommendations[0].decision, Decision::Rejected);
}

#[test]
fn c4_a_struck_sign_off_may_be_given_again() {
    given::<Response>(vec![started(), Event::ReportSignedOff(sign_off())])
        .when_corrected(1, CorrectionChange::Struck)
        .then_accepted()
        .when(Command::SignOffReport(sign_off()), situation(TODAY))
        .then([Event::ReportSignedOff(sign_off())]);
}

#[test]
fn a_correction_that_breaks_the_history_is_refused() {
    let answered = "the recommendation was answered; strike out its acceptance or rejection first";
    for (history, version, what) in [
        (vec![started()], 0, "the start of the response cannot be struck out"),
        (vec![started(), made(1), accepted(1)], 1, answered),
        (vec![started(), made(1), rejected(1)], 1, answered),
    ] {
        given::<Response>(history)
            .when_corrected(version, CorrectionChange::Struck)
            .then_refused(CorrectionRejection::WouldNotHoldTogether(what));
    }
    given::<Response>(vec![started(), made(1), accepted(1)])
        .when_corrected(2, CorrectionChange::Struck)
        .then_accepted()
        .when_corrected(1, CorrectionChange::Struck)
        .then_accepted();
}

#[test]
fn r0_no_correction_rejects_afterwards_what_was_accepted() {
    let refused = |version, day: &str, what| {
        given::<Response>(vec![started(), made(1), rejected(1), accepted(1)])
            .when_corrected(version, CorrectionChange::OccurredAt(noon(day)))
            .then_refused(CorrectionRejection::WouldNotHoldTogether(what));
    };
    // Rejected on 3 March, accepted on the 4th.
    refused(2, "2026-03-05", "an accepted recommendation would be rejected afterwards (R0)");
    refused(3, "2026-03-02", "an accepted recommendation would be rejected afterwards (R0)");
}

#[test]
fn a_response_may_be_opened_after_what_it_tells_of() {
    // A legacy report is entered today, with the days on which its recommendations were made and accepted.
    let history = given_entries::<Response>(vec![
        on("2026-11-20", started()),
        on("2025-12-15", made(1)),
        on("2026-01-05", accepted(1)),
    ]);
    assert_eq!(history.state().recommendations[0].decision, Decision::Accepted);
    history
        .when(Command::SignOffReport(sign_off()), situation("2026-02-01"))
        .then([Event::ReportSignedOff(sign_off())]);
}

#[test]
fn p_2_the_start_is_put_right_within_the_same_limits() {
    let start = ResponseStart { agreed_due_on: Some(date(2026, 5, 29)), ..start() };
    let history = || given_entries::<Response>(vec![on("2026-03-02", Event::ResponseStarted(start.clone()))]);
    let late = "the response would have started after it was recorded as started (P-2)";

    let corrected =
        history().when_corrected(0, CorrectionChange::StatedDate(date(2026, 2, 27))).then_accepted();
    assert_eq!(
        crate::correction::applied::<Response>(&corrected.history)[0].event,
        Event::ResponseStarted(ResponseStart { started_on: date(2026, 2, 27), ..start.clone() })
    );
    history()
        .when_corrected(0, CorrectionChange::StatedDate(date(2026, 3, 3)))
        .then_refused(CorrectionRejection::WouldNotHoldTogether(late));
    history()
        .when_corrected(0, CorrectionChange::OccurredAt(noon("2026-02-28")))
        .then_refused(CorrectionRejection::WouldNotHoldTogether(late));
    history()
        .when_corrected(0, CorrectionChange::OccurredAt(noon("2026-07-01")))
        .then_accepted()
        .when_corrected(0, CorrectionChange::StatedDate(date(2026, 6, 1)))
        .then_refused(CorrectionRejection::WouldNotHoldTogether(
            "the response would be due before it started (P-2)",
        ));
    given::<Response>(vec![started(), made(1)])
        .when_corrected(1, CorrectionChange::StatedDate(date(2026, 3, 1)))
        .then_refused(CorrectionRejection::StatesNoDate(event_id(1)));
}

#[test]
fn the_fold_is_total_whatever_the_order() {
    let events =
        [rejected(1), accepted(1), made(1), made(1), accepted(2), Event::ReportSignedOff(sign_off())];
    assert_eq!(given::<Response>(events.to_vec()).state(), State::default(), "nothing was started");
    for place in 0..=events.len() {
        let mut history = events.to_vec();
        history.insert(place, started());
        assert!(given::<Response>(history).state().started);
    }
}

fn incident(number: u128) -> IncidentId {
    IncidentId::from_uuid(id(number))
}

fn recommendation_id(number: u128) -> RecommendationId {
    RecommendationId::from_uuid(id(number))
}

/// Started on 1 March 2026 over incident 1.
fn start() -> ResponseStart {
    ResponseStart {
        id: ResponseId::from_uuid(id(1)),
        reference: reference("LR-2026-001"),
        kind: ResponseKind::Psii,
        incidents: vec![incident(1)],
        started_on: date(2026, 3, 1),
        agreed_due_on: None,
    }
}

fn started() -> Event {
    Event::ResponseStarted(start())
}

/// Recommendation `REC-<number>`.
fn recommendation(number: u128) -> Recommendation {
    Recommendation {
        id: recommendation_id(number),
        reference: reference(&format!("REC-{number}")),
        kind: RecommendationKind::AreaForImprovement,
        text: text("look-alike drugs in one drawer"),
        relates_to: vec![],
    }
}

fn made(number: u128) -> Event {
    Event::RecommendationMade(recommendation(number))
}

fn accept(number: u128) -> Command {
    Command::AcceptRecommendation {
        recommendation: recommendation_id(number),
        accepted_by_role: Some(text("medical director")),
    }
}

fn accepted(number: u128) -> Event {
    Event::RecommendationAccepted {
        recommendation: recommendation_id(number),
        accepted_by_role: Some(text("medical director")),
    }
}

fn reject(number: u128) -> Command {
    Command::RejectRecommendation {
        recommendation: recommendation_id(number),
        reason: text("done already"),
        rejected_by_role: None,
    }
}

fn rejected(number: u128) -> Event {
    Event::RecommendationRejected {
        recommendation: recommendation_id(number),
        reason: text("done already"),
        rejected_by_role: None,
    }
}

fn sign_off() -> SignOff {
    SignOff {
        signed_off_by_role: text("medical director"),
        report: Some(DocumentReference::parse("doc:report-1").unwrap()),
    }
}
