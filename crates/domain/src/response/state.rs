//! The fold of a learning response.

use super::{Event, Recommendation, ResponseStart};
use crate::{
    entry::Entry,
    identifier::{IncidentId, RecommendationId},
    text::PublicReference,
};

/// The decision on a recommendation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Made, not answered.
    AwaitingResponse,
    /// Accepted.
    Accepted,
    /// Rejected.
    Rejected,
}

/// What is known of one recommendation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecommendationState {
    /// The recommendation.
    pub id: RecommendationId,
    /// Its reference.
    pub reference: PublicReference,
    /// The decision on it.
    pub decision: Decision,
}

/// What the rules of a response remember.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The response exists.
    pub started: bool,
    /// Its reference.
    pub reference: Option<PublicReference>,
    /// The incidents it covers.
    pub incidents: Vec<IncidentId>,
    /// Its recommendations, in the order they were made.
    pub recommendations: Vec<RecommendationState>,
    /// The report was signed off.
    pub signed_off: bool,
}

impl State {
    /// The recommendation with this id, if this response made it.
    pub fn recommendation(&self, id: RecommendationId) -> Option<&RecommendationState> {
        self.recommendations.iter().find(|recommendation| recommendation.id == id)
    }

    fn answered(mut self, id: RecommendationId, decision: Decision) -> Self {
        for recommendation in self.recommendations.iter_mut().filter(|recommendation| recommendation.id == id)
        {
            recommendation.decision = decision;
        }
        self
    }
}

/// Folds one entry. Nothing can happen to a response that was not started.
pub(super) fn evolve(state: State, entry: &Entry<Event>) -> State {
    match &entry.event {
        Event::ResponseStarted(start) => started(start),
        _ if !state.started => state,
        Event::RecommendationMade(recommendation) => made(state, recommendation),
        Event::RecommendationAccepted { recommendation, .. } => {
            state.answered(*recommendation, Decision::Accepted)
        }
        Event::RecommendationRejected { recommendation, .. } => {
            state.answered(*recommendation, Decision::Rejected)
        }
        Event::ReportSignedOff(_) => State { signed_off: true, ..state },
        // Corrections are applied before the fold.
        Event::EntryCorrected(_) => state,
    }
}

fn started(start: &ResponseStart) -> State {
    State {
        started: true,
        reference: Some(start.reference.clone()),
        incidents: start.incidents.clone(),
        recommendations: Vec::new(),
        signed_off: false,
    }
}

fn made(mut state: State, recommendation: &Recommendation) -> State {
    state.recommendations.push(RecommendationState {
        id: recommendation.id,
        reference: recommendation.reference.clone(),
        decision: Decision::AwaitingResponse,
    });
    state
}
