//! What does not hold together in the corrected history of a learning action.

use jiff::civil::Date;

use super::{must_be_independent, must_not_be_verified};
use crate::{
    action::{Event, State, Status, state::evolve},
    entry::Entry,
};

/// The first thing that does not hold, read in the order in which things occurred. An empty history holds: the agreement itself was struck out,
/// and the action is void.
pub(in crate::action) fn incoherence(history: &[Entry<Event>]) -> Option<&'static str> {
    let mut state = State::default();
    for entry in history {
        let contradiction = contradiction(&state, entry);
        if contradiction.is_some() {
            return contradiction;
        }
        state = evolve(state, entry);
    }
    None
}

fn contradiction(state: &State, entry: &Entry<Event>) -> Option<&'static str> {
    if state.status == Status::NotAgreed && !matches!(entry.event, Event::ActionAgreed(_)) {
        return Some(
            "an entry stands on an action that was never agreed; the agreement can only be struck out when it is the only entry left",
        );
    }
    match &entry.event {
        Event::ImplementationReported(_)
        | Event::ImplementationVerified(_)
        | Event::VerificationRefused { .. }
        | Event::EffectivenessReviewed(_)
        | Event::ActionSuperseded { .. }
        | Event::ActionWithdrawn { .. }
        | Event::RiskAccepted(_)
            if matches!(state.status, Status::Left(_)) =>
        {
            Some(
                "an entry after the action had left says that it was reported, verified, reviewed or that it left again",
            )
        }
        Event::ImplementationReported(report) => {
            if must_not_be_verified(state).is_err() {
                Some("a report of implementation stands on an action that was verified already")
            } else if report.implemented_on > entry.occurred_on() {
                Some("the implementation date lies after the day it was reported")
            } else {
                before_agreed(state, report.implemented_on)
            }
        }
        Event::ImplementationVerified(verification) => {
            if state.status != Status::ReportedImplemented {
                Some("a verification stands without a report of implementation before it")
            } else if must_be_independent(state, entry.performed_by.as_ref()).is_err() {
                Some(
                    "the person who verified would not be independent of the owner or of whoever reported implementation (ACT-2)",
                )
            } else if verification.implemented_on > entry.occurred_on() {
                Some("the implementation date accepted lies after the day it was verified")
            } else {
                before_agreed(state, verification.implemented_on)
            }
        }
        Event::VerificationRefused { .. } if state.status != Status::ReportedImplemented => {
            Some("a refusal of verification stands without a report of implementation before it")
        }
        Event::EffectivenessReviewed(_) if state.status != Status::Verified => {
            Some("a review of effectiveness stands without a verification before it")
        }
        Event::ActionSuperseded { .. } | Event::ActionWithdrawn { .. } | Event::RiskAccepted(_)
            if must_not_be_verified(state).is_err() =>
        {
            Some("an action verified as implemented would also have left without being implemented")
        }
        Event::ActionClosed { .. } if !matches!(state.status, Status::Verified | Status::Left(_)) => {
            Some("a closure stands on an action that is neither verified nor left (ACT-5)")
        }
        _ => None,
    }
}

/// R4.
fn before_agreed(state: &State, implemented_on: Date) -> Option<&'static str> {
    state
        .agreed_on
        .is_some_and(|agreed_on| implemented_on < agreed_on)
        .then_some("the implementation date lies before the day the action was agreed")
}
