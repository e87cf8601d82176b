//! The rules of a learning response.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{
    Command, Decision, Event, INCIDENTS_MAX, RECOMMENDATIONS_MAX, RELATIONS_MAX, Recommendation,
    RecommendationState, ResponseStart, SignOff, State,
};
use crate::{
    aggregate::{Refusal, RefusalKind, Situation},
    entry::Entry,
    identifier::{IncidentId, RecommendationId},
    text::{Line, Prose, PublicReference},
};

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The response exists, from another request.
    #[error("the learning response is already started")]
    AlreadyStarted,
    /// There is no such response.
    #[error("the learning response is not started")]
    NotStarted,
    /// A response to nothing.
    #[error("a learning response covers at least one incident")]
    NoIncidents,
    /// More incidents than one response may cover.
    #[error("{count} incidents are too many; a learning response covers at most {INCIDENTS_MAX}")]
    TooManyIncidents {
        /// How many were given.
        count: usize,
    },
    /// One incident twice.
    #[error("incident {0} is given twice")]
    IncidentGivenTwice(IncidentId),
    /// A start to come (P-2).
    #[error(
        "the response cannot have started on {started_on}, after it was recorded as started on {recorded_as_on}"
    )]
    StartsInTheFuture {
        /// The day given.
        started_on: Date,
        /// The day on which it is said to have happened.
        recorded_as_on: Date,
    },
    /// An end before the beginning (P-2).
    #[error("the response cannot be due on {agreed_due_on}, before it started on {started_on}")]
    DueBeforeStart {
        /// The day it started.
        started_on: Date,
        /// The day agreed for its end.
        agreed_due_on: Date,
    },
    /// The response has as many recommendations as it may have.
    #[error("the response already makes {RECOMMENDATIONS_MAX} recommendations, the most it may make")]
    RecommendationsFull,
    /// This recommendation was made already.
    #[error("recommendation {0} is already made")]
    RecommendationAlreadyMade(RecommendationId),
    /// A reference names one recommendation (ACT-7).
    #[error("another recommendation of this response already has the reference {0}")]
    RecommendationReferenceTaken(PublicReference),
    /// More links than one recommendation may have.
    #[error("{count} relations are too many; a recommendation states at most {RELATIONS_MAX}")]
    TooManyRelations {
        /// How many were given.
        count: usize,
    },
    /// A link to itself says nothing (ACT-7).
    #[error("recommendation {0} cannot relate to itself")]
    RelatesToItself(PublicReference),
    /// This response did not make it.
    #[error("recommendation {0} was not made by this response")]
    RecommendationNotFound(RecommendationId),
    /// An accepted recommendation stays in the figures (R0).
    #[error("recommendation {0} is already accepted; correct the acceptance if it was entered wrongly")]
    AlreadyAccepted(RecommendationId),
    /// Signed off before; the first time counts (C4).
    #[error("the report is already signed off; correct that entry if it is wrong")]
    AlreadySignedOff,
}

impl Refusal for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyStarted => "RESPONSE_ALREADY_STARTED",
            Self::NotStarted => "RESPONSE_NOT_STARTED",
            Self::NoIncidents => "NO_INCIDENTS",
            Self::TooManyIncidents { .. } => "TOO_MANY_INCIDENTS",
            Self::IncidentGivenTwice(_) => "INCIDENT_GIVEN_TWICE",
            Self::StartsInTheFuture { .. } => "RESPONSE_STARTS_IN_THE_FUTURE",
            Self::DueBeforeStart { .. } => "RESPONSE_DUE_BEFORE_START",
            Self::RecommendationsFull => "RECOMMENDATIONS_FULL",
            Self::RecommendationAlreadyMade(_) => "RECOMMENDATION_ALREADY_MADE",
            Self::RecommendationReferenceTaken(_) => "RECOMMENDATION_REFERENCE_TAKEN",
            Self::TooManyRelations { .. } => "TOO_MANY_RELATIONS",
            Self::RelatesToItself(_) => "RELATES_TO_ITSELF",
            Self::RecommendationNotFound(_) => "RECOMMENDATION_NOT_FOUND",
            Self::AlreadyAccepted(_) => "RECOMMENDATION_ALREADY_ACCEPTED",
            Self::AlreadySignedOff => "REPORT_ALREADY_SIGNED_OFF",
        }
    }

    fn kind(&self) -> RefusalKind {
        match self {
            Self::AlreadyStarted
            | Self::RecommendationAlreadyMade(_)
            | Self::RecommendationReferenceTaken(_)
            | Self::AlreadySignedOff => RefusalKind::AlreadyDone,
            Self::NotStarted | Self::RecommendationNotFound(_) => RefusalKind::Missing,
            Self::RecommendationsFull | Self::AlreadyAccepted(_) => RefusalKind::State,
            Self::NoIncidents | Self::TooManyIncidents { .. } | Self::IncidentGivenTwice(_) => {
                RefusalKind::InvalidField("incident_ids")
            }
            Self::StartsInTheFuture { .. } => RefusalKind::InvalidField("started_on"),
            Self::DueBeforeStart { .. } => RefusalKind::InvalidField("agreed_due_on"),
            Self::TooManyRelations { .. } | Self::RelatesToItself(_) => {
                RefusalKind::InvalidField("relates_to")
            }
        }
    }
}

pub(super) fn decide(
    state: &State,
    command: Command,
    situation: &Situation,
) -> Result<Vec<Event>, Rejection> {
    if let Command::StartResponse(start) = command {
        return start_response(state, start, situation);
    }
    if !state.started {
        return Err(Rejection::NotStarted);
    }
    match command {
        Command::StartResponse(_) => Err(Rejection::AlreadyStarted),
        Command::MakeRecommendation(recommendation) => make_recommendation(state, recommendation),
        Command::AcceptRecommendation { recommendation, accepted_by_role } => {
            accept_recommendation(state, recommendation, accepted_by_role)
        }
        Command::RejectRecommendation { recommendation, reason, rejected_by_role } => {
            reject_recommendation(state, recommendation, reason, rejected_by_role)
        }
        Command::SignOffReport(sign_off) => sign_off_report(state, sign_off),
    }
}

fn start_response(
    state: &State,
    start: ResponseStart,
    situation: &Situation,
) -> Result<Vec<Event>, Rejection> {
    if state.started {
        return Err(Rejection::AlreadyStarted);
    }
    let count = start.incidents.len();
    if count == 0 {
        return Err(Rejection::NoIncidents);
    }
    if count > INCIDENTS_MAX {
        return Err(Rejection::TooManyIncidents { count });
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = start.incidents.iter().find(|incident| !seen.insert(**incident)) {
        return Err(Rejection::IncidentGivenTwice(*twice));
    }
    let started_on = start.started_on;
    let recorded_as_on = situation.occurred_on();
    if started_on > recorded_as_on {
        return Err(Rejection::StartsInTheFuture { started_on, recorded_as_on });
    }
    if let Some(agreed_due_on) = start.agreed_due_on.filter(|due| *due < started_on) {
        return Err(Rejection::DueBeforeStart { started_on, agreed_due_on });
    }
    Ok(vec![Event::ResponseStarted(start)])
}

/// Before or after sign-off: a report may be answered with a further recommendation.
fn make_recommendation(state: &State, recommendation: Recommendation) -> Result<Vec<Event>, Rejection> {
    if state.recommendation(recommendation.id).is_some() {
        return Err(Rejection::RecommendationAlreadyMade(recommendation.id));
    }
    if state.recommendations.iter().any(|made| made.reference == recommendation.reference) {
        return Err(Rejection::RecommendationReferenceTaken(recommendation.reference));
    }
    let count = recommendation.relates_to.len();
    if count > RELATIONS_MAX {
        return Err(Rejection::TooManyRelations { count });
    }
    if recommendation.relates_to.iter().any(|relation| relation.reference == recommendation.reference) {
        return Err(Rejection::RelatesToItself(recommendation.reference));
    }
    if state.recommendations.len() >= RECOMMENDATIONS_MAX {
        return Err(Rejection::RecommendationsFull);
    }
    Ok(vec![Event::RecommendationMade(recommendation)])
}

/// A rejected recommendation may be accepted after all.
fn accept_recommendation(
    state: &State,
    recommendation: RecommendationId,
    accepted_by_role: Option<Line>,
) -> Result<Vec<Event>, Rejection> {
    match made(state, recommendation)?.decision {
        Decision::Accepted => Ok(Vec::new()),
        Decision::AwaitingResponse | Decision::Rejected => {
            Ok(vec![Event::RecommendationAccepted { recommendation, accepted_by_role }])
        }
    }
}

/// R0: an accepted recommendation cannot be taken out of the figures by rejecting it later.
fn reject_recommendation(
    state: &State,
    recommendation: RecommendationId,
    reason: Prose,
    rejected_by_role: Option<Line>,
) -> Result<Vec<Event>, Rejection> {
    match made(state, recommendation)?.decision {
        Decision::Accepted => Err(Rejection::AlreadyAccepted(recommendation)),
        Decision::Rejected => Ok(Vec::new()),
        Decision::AwaitingResponse => {
            Ok(vec![Event::RecommendationRejected { recommendation, reason, rejected_by_role }])
        }
    }
}

fn made(state: &State, id: RecommendationId) -> Result<&RecommendationState, Rejection> {
    state.recommendation(id).ok_or(Rejection::RecommendationNotFound(id))
}

fn sign_off_report(state: &State, sign_off: SignOff) -> Result<Vec<Event>, Rejection> {
    if state.signed_off {
        return Err(Rejection::AlreadySignedOff);
    }
    Ok(vec![Event::ReportSignedOff(sign_off)])
}

const ANSWERED_WITHOUT_BEING_MADE: &str =
    "the recommendation was answered; strike out its acceptance or rejection first";

/// What does not hold together in a corrected history.
pub(super) fn incoherence(history: &[Entry<Event>]) -> Option<&'static str> {
    if !history.iter().any(|entry| matches!(entry.event, Event::ResponseStarted(_))) {
        return Some("the start of the response cannot be struck out");
    }
    // Every recommendation made so far, and whether it is accepted.
    let mut accepted = BTreeMap::new();
    for entry in history {
        match &entry.event {
            Event::ResponseStarted(start) => {
                if start.started_on > entry.occurred_on() {
                    return Some("the response would have started after it was recorded as started (P-2)");
                }
                if start.agreed_due_on.is_some_and(|due| due < start.started_on) {
                    return Some("the response would be due before it started (P-2)");
                }
            }
            Event::RecommendationMade(recommendation) => {
                accepted.insert(recommendation.id, false);
            }
            Event::RecommendationAccepted { recommendation, .. } => match accepted.get_mut(recommendation) {
                None => return Some(ANSWERED_WITHOUT_BEING_MADE),
                Some(accepted) => *accepted = true,
            },
            Event::RecommendationRejected { recommendation, .. } => match accepted.get(recommendation) {
                None => return Some(ANSWERED_WITHOUT_BEING_MADE),
                Some(true) => {
                    return Some("an accepted recommendation would be rejected afterwards (R0)");
                }
                Some(false) => {}
            },
            Event::ReportSignedOff(_) | Event::EntryCorrected(_) => {}
        }
    }
    None
}
