//! Looks up what a command needs to know of other streams.
//!
//! Where they stand in the way of a command that was carried out before, they stand in the way of nothing: a repeat answers as the first
//! did, whatever became of the other streams since ([`Engine::first_outcome_or`]).

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use candour_domain::{
    action::{Action, ActionAgreement, ActionSource, Exit, RecommendationFacts, RecommendationKey, Status},
    identifier::{ActionId, IncidentId, ResponseId},
    incident::{self, Incident},
    response::{Response, ResponseStart},
};
use candour_service_kit::{Check, Engine, Failure, Loaded};

/// What a learning response is called where there is none.
pub(crate) const RESPONSE: &str = "learning response";
/// What a recommendation is called where there is none.
const RECOMMENDATION: &str = "recommendation";
/// What a learning action is called where there is none.
pub(crate) const ACTION: &str = "learning action";

/// Refuses to start a response over an incident that does not exist or was recorded in error.
pub(crate) async fn for_start(engine: &Engine, start: &ResponseStart) -> Result<(), Failure> {
    let mut check = Check::new();
    for (index, incident) in start.incidents.iter().enumerate() {
        must_stand(engine, &mut check, &format!("incident_ids[{index}]"), *incident).await?;
    }
    check.finish(|| Some(()))
}

/// The decisions on the recommendations an action is to stand under, each of which must exist; for one directly on an incident, that the
/// incident exists and was not recorded in error.
pub(crate) async fn for_agreement(
    engine: &Engine,
    agreement: &ActionAgreement,
) -> Result<RecommendationFacts, Failure> {
    match &agreement.source {
        ActionSource::Recommendations(keys) => decisions(engine, keys).await,
        ActionSource::Incident(incident) => {
            let mut check = Check::new();
            must_stand(engine, &mut check, "incident_id", *incident).await?;
            check.finish(|| Some(RecommendationFacts { decisions: Vec::new() }))
        }
    }
}

/// Refuses to let an action take the place of another where it does not exist, is void because its agreement was struck out, or left
/// without being implemented: what is to be done would then be done by neither.
pub(crate) async fn for_supersession(engine: &Engine, by: ActionId) -> Result<(), Failure> {
    let other = engine.facts::<Action>(ACTION, by.uuid()).await?;
    let how = match other.state.status {
        Status::NotAgreed => return Err(Failure::NotFound { kind: ACTION, id: by.to_string() }),
        Status::Open | Status::ReportedImplemented | Status::Verified => return Ok(()),
        Status::Left(Exit::Superseded) => "was superseded itself",
        Status::Left(Exit::Withdrawn) => "was withdrawn",
        Status::Left(Exit::RiskAccepted) => "ended with the risk accepted",
    };
    Err(Failure::field("by_action_id", format!("names an action that {how}; name one that has not left")))
}

async fn must_stand(engine: &Engine, check: &mut Check, field: &str, id: IncidentId) -> Result<(), Failure> {
    let incident = engine.facts::<Incident>("incident", id.uuid()).await?;
    if incident.state.status == incident::Status::RecordedInError {
        check.violation(field, "names an incident that was recorded in error");
    }
    Ok(())
}

/// One for each key, in their order. Each response is loaded once.
async fn decisions(engine: &Engine, keys: &[RecommendationKey]) -> Result<RecommendationFacts, Failure> {
    let mut responses: BTreeMap<ResponseId, Arc<Loaded<Response>>> = BTreeMap::new();
    for key in keys {
        if let Entry::Vacant(unknown) = responses.entry(key.response) {
            unknown.insert(engine.facts::<Response>(RESPONSE, key.response.uuid()).await?);
        }
    }
    let decision = |key: &RecommendationKey| {
        responses
            .get(&key.response)
            .and_then(|response| response.state.recommendation(key.recommendation))
            .map(|recommendation| recommendation.decision)
            .ok_or_else(|| Failure::NotFound { kind: RECOMMENDATION, id: key.recommendation.to_string() })
    };
    Ok(RecommendationFacts { decisions: keys.iter().map(decision).collect::<Result<_, _>>()? })
}
