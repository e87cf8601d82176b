//! The rules of a learning action.

mod agreement;
mod correction;
mod course;
mod verification;

use super::{
    Action, ActionAgreement, ActionSource, Command, Effectiveness, EffectivenessReview, Event, Exit,
    Implementation, Measure, MeasureKind, MeasurePlan, Owner, RecommendationFacts, RecommendationKey,
    Rejection, RiskAcceptance, State, Status, TargetMove, Verification,
};
use crate::{
    aggregate::Aggregate,
    entry::Entry,
    identifier::{ActionId, IncidentId, RecommendationId, ResponseId},
    response::Decision,
    specification::{by, given, given_entries, id, on, person, reference, situation, situation_by, text},
    text::DocumentReference,
};

/// The person who owns the action in these specs.
const OWNER: &str = "staff:owner";
/// The person who reports implementation.
const REPORTER: &str = "staff:reporter";
/// A person with no part in the action.
const VERIFIER: &str = "staff:verifier";

fn date(day: &str) -> jiff::civil::Date {
    day.parse().unwrap()
}

fn key(number: u128) -> RecommendationKey {
    RecommendationKey {
        response: ResponseId::from_uuid(id(100)),
        recommendation: RecommendationId::from_uuid(id(number)),
    }
}

fn action_id() -> ActionId {
    ActionId::from_uuid(id(1))
}

fn another_action() -> ActionId {
    ActionId::from_uuid(id(2))
}

fn owner(person_reference: Option<&str>) -> Owner {
    Owner { role: text("ward manager"), team: None, directorate: None, person: person_reference.map(person) }
}

fn measure() -> Measure {
    Measure {
        name: text("weekly audit"),
        definition: None,
        kind: Some(MeasureKind::Process),
        target: Some(text("95 %")),
        frequency: Some(text("weekly")),
    }
}

/// Complete by ACT-1, under one recommendation.
fn agreement() -> ActionAgreement {
    ActionAgreement {
        id: action_id(),
        reference: reference("ACT-2026-001"),
        source: ActionSource::Recommendations(vec![key(11)]),
        description: text("label both drawers"),
        owner: Some(owner(Some(OWNER))),
        target_on: Some(date("2026-06-30")),
        plan: MeasurePlan {
            measure: Some(measure()),
            monitor: Some(text("medicines safety group")),
            ..MeasurePlan::default()
        },
        relates_to: vec![],
    }
}

fn accepted(count: usize) -> RecommendationFacts {
    RecommendationFacts { decisions: vec![Decision::Accepted; count] }
}

fn agreed() -> Event {
    Event::ActionAgreed(agreement())
}

fn implementation() -> Implementation {
    Implementation {
        implemented_on: date("2026-03-10"),
        evidence: vec![DocumentReference::parse("audit-2026-03").unwrap()],
        note: None,
    }
}

fn reported() -> Event {
    Event::ImplementationReported(implementation())
}

fn verified() -> Event {
    Event::ImplementationVerified(Verification { implemented_on: date("2026-03-10"), note: None })
}

fn review(result: Effectiveness) -> EffectivenessReview {
    EffectivenessReview { result, evidence: vec![], note: None, next_review_on: None }
}

fn risk() -> RiskAcceptance {
    RiskAcceptance {
        accepted_by_role: text("medical director"),
        reason: text("the machine is replaced in autumn"),
        review_on: date("2026-10-01"),
    }
}

/// Agreed on 1 March, reported on 10 March, verified by an independent person on 20 March.
fn verified_history() -> Vec<Entry<Event>> {
    vec![
        on("2026-03-01", agreed()),
        by(REPORTER, on("2026-03-10", reported())),
        by(VERIFIER, on("2026-03-20", verified())),
    ]
}

fn reported_history() -> Vec<Entry<Event>> {
    verified_history().into_iter().take(2).collect()
}

fn every_command_but_agree() -> Vec<Command> {
    vec![
        Command::AssignOwner(owner(None)),
        Command::SetActionMeasure(MeasurePlan { monitor: Some(text("board")), ..MeasurePlan::default() }),
        move_target("2026-09-30"),
        Command::NoteProgress { note: text("ordered") },
        Command::ReportImplementation(implementation()),
        Command::VerifyImplementation { implemented_on: None, note: None },
        Command::RefuseVerification { reason: text("no label on drawer 2") },
        Command::ReviewEffectiveness(review(Effectiveness::Effective)),
        Command::SupersedeAction { by: another_action(), reason: None },
        Command::WithdrawAction { reason: text("ward closed") },
        Command::AcceptRisk(risk()),
        Command::CloseAction { reason: None },
    ]
}

fn move_target(to: &str) -> Command {
    Command::MoveTarget {
        to: date(to),
        reason: text("supplier late"),
        approved_by_role: text("director of nursing"),
        approved_by: Some(person("staff:don")),
    }
}

fn target_moved(from: Option<&str>, to: &str) -> Event {
    Event::TargetMoved(TargetMove {
        from: from.map(date),
        to: date(to),
        reason: text("supplier late"),
        approved_by_role: text("director of nursing"),
        approved_by: Some(person("staff:don")),
    })
}
