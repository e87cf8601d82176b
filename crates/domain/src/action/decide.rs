//! The rules of a learning action (ACT-1 to ACT-7, R6).

mod coherence;
mod rejection;

use std::collections::BTreeSet;

use jiff::civil::Date;

pub(super) use coherence::incoherence;
pub use rejection::Rejection;

use super::{
    ActionAgreement, ActionSource, Command, EVIDENCE_MAX, Event, Implementation, MeasurePlan,
    RECOMMENDATIONS_MAX, RecommendationFacts, State, Status, TargetMove, Verification,
};
use crate::{
    aggregate::Situation,
    response::{Decision, RELATIONS_MAX},
    text::PersonReference,
};

pub(super) fn decide(
    state: &State,
    command: Command,
    situation: &Situation,
) -> Result<Vec<Event>, Rejection> {
    must_be_on_file(state, &command)?;
    match command {
        Command::AgreeAction(facts, agreement) => agree(state, &facts, agreement),
        Command::AssignOwner(owner) => {
            Ok(if state.owner.as_ref() == Some(&owner) { vec![] } else { vec![Event::OwnerAssigned(owner)] })
        }
        Command::SetActionMeasure(plan) => {
            if plan == MeasurePlan::default() {
                return Err(Rejection::NothingToSet);
            }
            Ok(if state.already_planned(&plan) { vec![] } else { vec![Event::ActionMeasureSet(plan)] })
        }
        Command::MoveTarget { to, reason, approved_by_role, approved_by } => {
            must_not_be_verified(state)?;
            if state.target == Some(to) {
                return Ok(vec![]);
            }
            let from = state.target;
            Ok(vec![Event::TargetMoved(TargetMove { from, to, reason, approved_by_role, approved_by })])
        }
        Command::NoteProgress { note } => Ok(vec![Event::ProgressNoted { note }]),
        Command::ReportImplementation(report) => report_implementation(state, report, situation),
        Command::VerifyImplementation { implemented_on, note } => {
            let implemented_on = verify(state, implemented_on, situation)?;
            Ok(vec![Event::ImplementationVerified(Verification { implemented_on, note })])
        }
        Command::RefuseVerification { reason } => {
            must_await_verification(state)?;
            Ok(vec![Event::VerificationRefused { reason }])
        }
        Command::ReviewEffectiveness(review) => {
            if state.status != Status::Verified {
                return Err(Rejection::NotVerified);
            }
            evidence_within_limit(review.evidence.len())?;
            Ok(vec![Event::EffectivenessReviewed(review)])
        }
        Command::SupersedeAction { by, reason } => {
            must_not_be_verified(state)?;
            if state.id == Some(by) {
                return Err(Rejection::SupersededByItself);
            }
            Ok(vec![Event::ActionSuperseded { by, reason }])
        }
        Command::WithdrawAction { reason } => {
            must_not_be_verified(state)?;
            Ok(vec![Event::ActionWithdrawn { reason }])
        }
        Command::AcceptRisk(acceptance) => {
            must_not_be_verified(state)?;
            let (review_on, accepted_on) = (acceptance.review_on, situation.occurred_on());
            if review_on <= accepted_on {
                return Err(Rejection::ReviewNotAfterAcceptance { review_on, accepted_on });
            }
            Ok(vec![Event::RiskAccepted(acceptance)])
        }
        Command::RecordStageAsserted(assertion) => {
            // R4: nothing of an action took place before it was agreed, whoever says so.
            match (state.agreed_on, situation.occurred_on()) {
                (Some(agreed_on), implemented_on) if implemented_on < agreed_on => {
                    Err(Rejection::ImplementedBeforeAgreed { implemented_on, agreed_on })
                }
                _ => Ok(vec![Event::ActionStageAsserted(assertion)]),
            }
        }
        Command::CloseAction { reason } => match state.status {
            Status::Verified | Status::Left(_) => Ok(vec![Event::ActionClosed { reason }]),
            Status::NotAgreed | Status::Open | Status::ReportedImplemented => {
                Err(Rejection::NotVerifiedNorLeft)
            }
        },
    }
}

/// Whatever else is asked of an action needs one that was agreed and whose file is open; once it left, only the file can be closed.
/// ACT-5: closed is not effective, so a verified action is reviewed also after its file was closed.
fn must_be_on_file(state: &State, command: &Command) -> Result<(), Rejection> {
    match state.status {
        _ if matches!(command, Command::AgreeAction(..)) => Ok(()),
        Status::NotAgreed => Err(Rejection::NotAgreed),
        // It is what the source says, and changes nothing.
        _ if matches!(command, Command::RecordStageAsserted(_)) => Ok(()),
        Status::Verified if matches!(command, Command::ReviewEffectiveness(_)) => Ok(()),
        _ if state.closed => Err(Rejection::AlreadyClosed),
        Status::Left(exit) if !matches!(command, Command::CloseAction { .. }) => {
            Err(Rejection::AlreadyLeft { exit })
        }
        _ => Ok(()),
    }
}

fn must_not_be_verified(state: &State) -> Result<(), Rejection> {
    if state.status == Status::Verified { Err(Rejection::AlreadyVerified) } else { Ok(()) }
}

fn must_await_verification(state: &State) -> Result<&Implementation, Rejection> {
    must_not_be_verified(state)?;
    match (state.status, &state.reported) {
        (Status::ReportedImplemented, Some(report)) => Ok(report),
        _ => Err(Rejection::NothingReported),
    }
}

/// ACT-1: an incomplete action may be agreed; it is then counted as incomplete.
fn agree(
    state: &State,
    facts: &RecommendationFacts,
    agreement: ActionAgreement,
) -> Result<Vec<Event>, Rejection> {
    if let Some(reference) = state.reference.clone() {
        return Err(Rejection::AlreadyAgreed { reference });
    }
    if let ActionSource::Recommendations(keys) = &agreement.source {
        if keys.is_empty() {
            return Err(Rejection::NoRecommendation);
        }
        if keys.len() > RECOMMENDATIONS_MAX {
            return Err(Rejection::TooManyRecommendations { count: keys.len() });
        }
        let mut seen = BTreeSet::new();
        for (index, key) in keys.iter().enumerate() {
            let recommendation = key.recommendation;
            if !seen.insert(key) {
                return Err(Rejection::DuplicateRecommendation { recommendation });
            }
            match facts.decisions.get(index) {
                None => return Err(Rejection::RecommendationUnknown { recommendation }),
                Some(Decision::Rejected) => return Err(Rejection::RecommendationRejected { recommendation }),
                Some(Decision::AwaitingResponse | Decision::Accepted) => {}
            }
        }
    }
    let count = agreement.relates_to.len();
    if count > RELATIONS_MAX {
        return Err(Rejection::TooManyRelations { count });
    }
    if agreement.relates_to.iter().any(|relation| relation.reference == agreement.reference) {
        return Err(Rejection::RelatesToItself);
    }
    Ok(vec![Event::ActionAgreed(agreement)])
}

/// ACT-3. A second report replaces the first.
fn report_implementation(
    state: &State,
    report: Implementation,
    situation: &Situation,
) -> Result<Vec<Event>, Rejection> {
    must_not_be_verified(state)?;
    if report.evidence.is_empty() {
        return Err(Rejection::NoEvidence);
    }
    evidence_within_limit(report.evidence.len())?;
    must_lie_between(state, report.implemented_on, situation.occurred_on())?;
    Ok(vec![Event::ImplementationReported(report)])
}

/// ACT-2. Returns the implementation date accepted.
fn verify(state: &State, accepted: Option<Date>, situation: &Situation) -> Result<Date, Rejection> {
    let report = must_await_verification(state)?;
    must_be_independent(state, situation.performed_by.as_ref())?;
    let implemented_on = accepted.unwrap_or(report.implemented_on);
    must_lie_between(state, implemented_on, situation.occurred_on())?;
    Ok(implemented_on)
}

/// ACT-2: people are compared, not roles, and an unknown person is not independent.
fn must_be_independent(state: &State, verifier: Option<&PersonReference>) -> Result<(), Rejection> {
    let verifier = verifier.ok_or(Rejection::VerifierUnknown)?;
    let owner = state.owner_person().ok_or(Rejection::OwnerUnknown)?;
    if state.unknown_reporter {
        return Err(Rejection::ImplementerUnknown);
    }
    if std::iter::once(owner).chain(&state.owners_when_reported).any(|owner| same_person(owner, verifier)) {
        return Err(Rejection::VerifierIsOwner);
    }
    if state.reporters.iter().any(|reporter| same_person(reporter, verifier)) {
        return Err(Rejection::VerifierReportedImplementation);
    }
    Ok(())
}

/// References are ASCII; two that differ in case only are taken to be one person, as the cautious reading of ACT-2.
fn same_person(one: &PersonReference, other: &PersonReference) -> bool {
    one.as_str().eq_ignore_ascii_case(other.as_str())
}

/// R4: implementation takes place on or after the day the action was agreed, and on or before the day somebody says so.
fn must_lie_between(state: &State, implemented_on: Date, stated_on: Date) -> Result<(), Rejection> {
    if implemented_on > stated_on {
        return Err(Rejection::ImplementedAfterwards { implemented_on, stated_on });
    }
    match state.agreed_on {
        Some(agreed_on) if implemented_on < agreed_on => {
            Err(Rejection::ImplementedBeforeAgreed { implemented_on, agreed_on })
        }
        _ => Ok(()),
    }
}

fn evidence_within_limit(count: usize) -> Result<(), Rejection> {
    if count > EVIDENCE_MAX { Err(Rejection::TooMuchEvidence { count }) } else { Ok(()) }
}
