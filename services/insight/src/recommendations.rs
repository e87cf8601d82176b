//! `ListRecommendations`: what became of each recommendation (R0).

use candour_api::v1;
use candour_domain::{
    identifier::ResponseId,
    measures::{ActionStanding, RecommendationStanding, RecommendationState},
};
use candour_projections::{
    ReadModel,
    query::{self, RecommendationFilter, RecommendationRow},
};
use candour_service_kit::{Check, Engine, Failure, question, wire::WireEnum as _};

use crate::{listing::listing, shapes, words};

pub(crate) const METHOD: &str = "InsightService/ListRecommendations";

pub(crate) async fn list(
    engine: &Engine,
    read_model: &ReadModel,
    message: v1::ListRecommendationsRequest,
) -> Result<v1::ListRecommendationsResponse, Failure> {
    let mut check = Check::new();
    let listing = listing!(engine, METHOD, message, &mut check);
    let state = words::optional(
        &mut check,
        "state",
        message.state,
        RecommendationState::ALL,
        words::recommendation_state,
    );
    let response = check.optional_id::<ResponseId>("response_id", &message.response_id);
    let (listing, state, response) = check.finish(|| Some((listing?, state?, response?)))?;

    let (place, as_of, page) = (listing.question.place.clone(), listing.question.as_of, listing.page);
    let (answer, basis) =
        question::answer(engine, read_model, &listing.question, page.known_at(), move |snapshot, rules| {
            let wanted =
                |standing: &RecommendationStanding| state.is_none_or(|state| standing.state == state);
            let filter = RecommendationFilter { place, response, wanted: Some(&wanted) };
            query::recommendations(snapshot, &filter, page, as_of, rules)
        })
        .await?;
    Ok(v1::ListRecommendationsResponse {
        recommendations: answer.rows.into_iter().map(row).collect(),
        next_page_token: listing.next_page_token(engine, answer.next),
        basis: Some(basis),
    })
}

fn row(row: RecommendationRow) -> v1::RecommendationStanding {
    let RecommendationRow { standing, response_reference, incidents } = row;
    let RecommendationStanding { key, reference, kind, text, made, answer, state, actions, evidence } =
        standing;
    let answered = answer.as_ref();
    v1::RecommendationStanding {
        recommendation: Some(shapes::recommendation_key(key)),
        reference: reference.to_string(),
        response_reference: shapes::text(response_reference),
        kind: kind.to_wire(),
        text: text.to_string(),
        incident_ids: shapes::ids(&incidents),
        state: words::recommendation_state(state).into(),
        made: Some(shapes::occurrence(&made)),
        answered: answered.map(shapes::occurrence),
        answered_by_role: shapes::text(answered.and_then(|answer| answer.value.by_role.as_ref())),
        rejection_reason: shapes::text(answered.and_then(|answer| answer.value.reason.as_ref())),
        actions: actions.iter().map(action).collect(),
        next_step: shapes::text(state.next_step()),
        evidence_event_ids: shapes::ids(&evidence),
    }
}

/// An action in a few words; `ListActions` has it in full.
fn action(standing: &ActionStanding) -> v1::ActionSummary {
    v1::ActionSummary {
        action_id: standing.id.to_string(),
        reference: standing.reference.to_string(),
        status: words::action_status(standing.status).into(),
        days_overdue: standing.days_overdue.map(shapes::days),
    }
}
