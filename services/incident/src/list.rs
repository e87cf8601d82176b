//! `ListIncidents`: from the read model, at one position, as of one date.

use candour_api::v1;
use candour_domain::incident::{IncidentKind, Status};
use candour_projections::{
    ReadModel,
    query::{self, IncidentFilter, IncidentRow},
};
use candour_service_kit::{
    Check, Engine, Failure, question,
    wire::{self, WireEnum},
};

use crate::answer;

const METHOD: &str = "IncidentService/ListIncidents";

pub(crate) async fn list(
    engine: &Engine,
    read_model: &ReadModel,
    message: v1::ListIncidentsRequest,
) -> Result<v1::ListIncidentsResponse, Failure> {
    let mut check = Check::new();
    let arguments = question::arguments(engine, METHOD, &arguments_of(&message));
    let continued = question::continued(engine, &message.page_token, &arguments, &mut check);
    let asked = question::question(engine, message.query.as_ref(), continued.flatten().as_ref(), &mut check);
    let size = question::page_size(message.page_size, &mut check);
    let kind = check.optional_choice::<IncidentKind>("kind", message.kind);
    let status = status(&mut check, message.status);
    let (asked, size, kind, status, continued) =
        check.finish(|| Some((asked?, size?, kind?, status?, continued?)))?;

    let filter =
        IncidentFilter { place: asked.place.clone(), kind, status, prompted_only: message.prompted_only };
    let request = question::page_request(size, continued.as_ref());
    let as_of = asked.as_of;
    let (page, basis) =
        question::answer(engine, read_model, &asked, request.known_at(), move |snapshot, _rules| {
            query::incidents(snapshot, &filter, request, as_of)
        })
        .await?;
    Ok(v1::ListIncidentsResponse {
        incidents: page.rows.iter().map(row).collect(),
        next_page_token: question::next_page_token(engine, &arguments, as_of, page.next),
        basis: Some(basis),
    })
}

/// The request without what may differ between pages of one list.
fn arguments_of(message: &v1::ListIncidentsRequest) -> v1::ListIncidentsRequest {
    let mut arguments = message.clone();
    arguments.page_size = 0;
    arguments.page_token = String::new();
    if let Some(query) = &mut arguments.query {
        query.min_position = String::new();
    }
    arguments
}

#[expect(
    clippy::option_option,
    reason = "wrong, not given and given are three things, as everywhere in Check"
)]
fn status(check: &mut Check, number: i32) -> Option<Option<Status>> {
    match v1::IncidentStatus::try_from(number) {
        Ok(v1::IncidentStatus::Unspecified) => Some(None),
        Ok(v1::IncidentStatus::Open) => Some(Some(Status::Open)),
        Ok(v1::IncidentStatus::Closed) => Some(Some(Status::Closed)),
        Ok(v1::IncidentStatus::RecordedInError) => Some(Some(Status::RecordedInError)),
        Err(_) => {
            check.violation("status", format!("has the unknown value {number}"));
            None
        }
    }
}

fn row(row: &IncidentRow) -> v1::IncidentRow {
    let IncidentRow {
        id,
        state,
        incident_date,
        reported_on,
        closed_on,
        worst_physical,
        worst_psychological,
        prompts,
        cases,
        evidence,
    } = row;
    v1::IncidentRow {
        incident_id: id.to_string(),
        reference: state.reference.as_ref().map(ToString::to_string).unwrap_or_default(),
        kind: state.kind.map_or(0, WireEnum::to_wire),
        status: answer::status(state.status).into(),
        place: Some(answer::place(&state.place)),
        reported_on: Some(wire::date(*reported_on)),
        incident_date: incident_date.map(wire::partial_date),
        closed_on: closed_on.map(wire::date),
        reporter_identity: state.reporter_identity.map_or(0, WireEnum::to_wire),
        worst_physical_harm: worst_physical.map_or(0, WireEnum::to_wire),
        worst_psychological_harm: worst_psychological.map_or(0, WireEnum::to_wire),
        prompts_candour_decision: *prompts,
        case_ids: cases.iter().map(ToString::to_string).collect(),
        duplicate_of: state
            .duplicate_of
            .as_ref()
            .map(|link| link.duplicate_of.to_string())
            .unwrap_or_default(),
        evidence_event_ids: evidence.iter().map(ToString::to_string).collect(),
    }
}
