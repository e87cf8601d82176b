//! Agreeing an action, who owns it, how it is measured and by when.

use super::*;
use crate::{
    action::{MissingElement, RECOMMENDATIONS_MAX, Strength},
    response::{RELATIONS_MAX, Relation, RelationKind},
};

#[test]
fn an_action_is_agreed_under_recommendations_that_were_not_rejected() {
    given::<Action>(vec![])
        .when(Command::AgreeAction(accepted(1), agreement()), situation("2026-03-01"))
        .then([agreed()]);

    let awaiting = RecommendationFacts { decisions: vec![Decision::AwaitingResponse] };
    given::<Action>(vec![])
        .when(Command::AgreeAction(awaiting, agreement()), situation("2026-03-01"))
        .then([agreed()]);

    let directly =
        ActionAgreement { source: ActionSource::Incident(IncidentId::from_uuid(id(5))), ..agreement() };
    given::<Action>(vec![])
        .when(Command::AgreeAction(accepted(0), directly.clone()), situation("2026-03-01"))
        .then([Event::ActionAgreed(directly)]);
}

#[test]
fn an_action_needs_something_to_stand_under() {
    let under = |keys: Vec<RecommendationKey>| ActionAgreement {
        source: ActionSource::Recommendations(keys),
        ..agreement()
    };
    let refused = |facts: RecommendationFacts, agreement: ActionAgreement| {
        given::<Action>(vec![]).when(Command::AgreeAction(facts, agreement), situation("2026-03-01"))
    };
    refused(accepted(0), under(vec![])).then_refused_field(Rejection::NoRecommendation, "recommendations");
    let many: Vec<_> = (0..=20).map(|number| key(1000 + number)).collect();
    refused(accepted(21), under(many.clone()))
        .then_refused_field(Rejection::TooManyRecommendations { count: 21 }, "recommendations");
    refused(accepted(20), under(many[..RECOMMENDATIONS_MAX].to_vec())).then_accepted();
    refused(accepted(2), under(vec![key(11), key(11)])).then_refused_field(
        Rejection::DuplicateRecommendation { recommendation: key(11).recommendation },
        "recommendations",
    );
    refused(
        RecommendationFacts { decisions: vec![Decision::Accepted, Decision::Rejected] },
        under(vec![key(11), key(12)]),
    )
    .then_refused(Rejection::RecommendationRejected { recommendation: key(12).recommendation });
    refused(accepted(1), under(vec![key(11), key(12)]))
        .then_refused(Rejection::RecommendationUnknown { recommendation: key(12).recommendation });
}

#[test]
fn act_7_relations_are_limited_and_lead_to_others() {
    let related = |count: usize, to: &str| ActionAgreement {
        relates_to: vec![Relation { kind: RelationKind::SameTheme, reference: reference(to) }; count],
        ..agreement()
    };
    let outcome = |agreement| {
        given::<Action>(vec![]).when(Command::AgreeAction(accepted(1), agreement), situation("2026-03-01"))
    };
    outcome(related(RELATIONS_MAX, "ACT-2025-100")).then_accepted();
    outcome(related(21, "ACT-2025-100"))
        .then_refused_field(Rejection::TooManyRelations { count: 21 }, "relates_to");
    outcome(related(1, "ACT-2026-001")).then_refused_field(Rejection::RelatesToItself, "relates_to");
}

#[test]
fn an_action_is_agreed_once() {
    let reference = reference("ACT-2026-001");
    for history in [vec![agreed()], vec![agreed(), Event::ActionWithdrawn { reason: text("no") }]] {
        given::<Action>(history)
            .when(Command::AgreeAction(accepted(1), agreement()), situation("2026-03-05"))
            .then_refused(Rejection::AlreadyAgreed { reference: reference.clone() });
    }
}

#[test]
fn nothing_can_be_asked_of_an_action_that_was_not_agreed() {
    for command in every_command_but_agree() {
        given::<Action>(vec![]).when(command, situation("2026-03-05")).then_refused(Rejection::NotAgreed);
    }
}

#[test]
fn act_1_an_action_without_owner_target_measure_and_monitor_is_incomplete() {
    let bare = ActionAgreement { owner: None, target_on: None, plan: MeasurePlan::default(), ..agreement() };
    let mut history = given::<Action>(vec![])
        .when(Command::AgreeAction(accepted(1), bare), situation("2026-03-01"))
        .then_accepted();
    for (command, missing) in [
        (
            Command::NoteProgress { note: text("none yet") },
            vec![
                MissingElement::Owner,
                MissingElement::TargetDate,
                MissingElement::Measure,
                MissingElement::Monitor,
            ],
        ),
        (
            Command::AssignOwner(owner(None)),
            vec![MissingElement::TargetDate, MissingElement::Measure, MissingElement::Monitor],
        ),
        (move_target("2026-06-30"), vec![MissingElement::Measure, MissingElement::Monitor]),
        (
            Command::SetActionMeasure(MeasurePlan { measure: Some(measure()), ..MeasurePlan::default() }),
            vec![MissingElement::Monitor],
        ),
        (
            Command::SetActionMeasure(MeasurePlan { monitor: Some(text("board")), ..MeasurePlan::default() }),
            vec![],
        ),
    ] {
        history = history.when(command, situation("2026-03-02")).then_accepted();
        assert_eq!(history.state().missing(), missing);
    }
    assert_eq!(State::default().missing(), []);
}

#[test]
fn an_owner_is_assigned_once() {
    let other = owner(Some("staff:other"));
    given::<Action>(vec![agreed()])
        .when(Command::AssignOwner(other.clone()), situation("2026-03-05"))
        .then([Event::OwnerAssigned(other.clone())])
        .when(Command::AssignOwner(other), situation("2026-03-06"))
        .then_nothing();
}

#[test]
fn act_6_a_measure_plan_sets_what_it_names_and_keeps_the_rest() {
    let plan = MeasurePlan {
        strength: Some(Strength::Stronger),
        review_on: Some(date("2026-12-01")),
        ..MeasurePlan::default()
    };
    let history = given::<Action>(vec![agreed()])
        .when(Command::SetActionMeasure(plan.clone()), situation("2026-03-05"))
        .then([Event::ActionMeasureSet(plan.clone())]);
    let state = history.state();
    assert_eq!(state.strength, Some(Strength::Stronger));
    assert_eq!(state.review_on, Some(date("2026-12-01")));
    assert_eq!(state.measure, Some(measure()));
    assert_eq!(state.monitor, Some(text("medicines safety group")));
    history.when(Command::SetActionMeasure(plan), situation("2026-03-06")).then_nothing();

    given::<Action>(vec![agreed()])
        .when(Command::SetActionMeasure(MeasurePlan::default()), situation("2026-03-05"))
        .then_refused_field(Rejection::NothingToSet, "plan");
}

#[test]
fn act_4_a_moved_target_names_the_one_before_and_keeps_the_original() {
    let history = given::<Action>(vec![agreed()])
        .when(move_target("2026-09-30"), situation("2026-03-05"))
        .then([target_moved(Some("2026-06-30"), "2026-09-30")])
        .when(move_target("2026-12-31"), situation("2026-03-06"))
        .then([target_moved(Some("2026-09-30"), "2026-12-31")]);
    assert_eq!(history.state().original_target, Some(date("2026-06-30")));
    assert_eq!(history.state().target, Some(date("2026-12-31")));
    history.when(move_target("2026-12-31"), situation("2026-03-07")).then_nothing();
}

#[test]
fn act_4_the_first_target_set_becomes_the_original() {
    let without = Event::ActionAgreed(ActionAgreement { target_on: None, ..agreement() });
    let history = given::<Action>(vec![without])
        .when(move_target("2026-09-30"), situation("2026-03-05"))
        .then([target_moved(None, "2026-09-30")])
        .when(move_target("2026-10-31"), situation("2026-03-06"))
        .then([target_moved(Some("2026-09-30"), "2026-10-31")]);
    assert_eq!(history.state().original_target, Some(date("2026-09-30")));
}

#[test]
fn act_4_the_target_of_a_verified_action_stays() {
    given_entries::<Action>(verified_history())
        .when(move_target("2026-09-30"), situation("2026-04-01"))
        .then_refused(Rejection::AlreadyVerified);
}
