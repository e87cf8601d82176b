//! `GetTimeline`: every entry about an incident, the originals and what corrections made of them.

use candour_api::v1;
use candour_domain::{
    identifier::IncidentId,
    measures::{LateRecording, RecordingFlags},
};
use candour_projections::{
    ReadModel,
    query::{self, Page, PlaceFilter, TimelineRow},
};
use candour_service_kit::{Check, Engine, Failure, question, wire};

use crate::{
    listing::{self, listing},
    shapes, words,
};

pub(crate) const METHOD: &str = "InsightService/GetTimeline";

pub(crate) async fn get(
    engine: &Engine,
    read_model: &ReadModel,
    message: v1::GetTimelineRequest,
) -> Result<v1::GetTimelineResponse, Failure> {
    let mut check = Check::new();
    let listing = listing!(engine, METHOD, message, &mut check);
    if listing.as_ref().is_some_and(|listing| listing.question.place != PlaceFilter::default()) {
        check.violation("query.place", "must not be given: the incident is named");
    }
    let incident = check.id::<IncidentId>("incident_id", &message.incident_id);
    let (listing, incident) = check.finish(|| Some((listing?, incident?)))?;

    let (as_of, page) = (listing.question.as_of, listing.page);
    let (found, basis) =
        question::answer(engine, read_model, &listing.question, page.known_at(), move |snapshot, rules| {
            let known_at = listing::known_at(page, snapshot);
            let entries = query::timeline(snapshot, incident.uuid(), as_of, known_at, rules)?;
            Ok(entries.map(|entries| Page::cut(entries, page, known_at, |entry| entry.event_id.uuid())))
        })
        .await?;
    let page = found
        .ok_or_else(|| Failure::NotFound { kind: "incident", id: incident.to_string() })?
        .ok_or_else(listing::stale_page_token)?;
    Ok(v1::GetTimelineResponse {
        entries: page.rows.into_iter().map(entry).collect(),
        next_page_token: listing.next_page_token(engine, page.next),
        basis: Some(basis),
    })
}

fn entry(row: TimelineRow) -> v1::TimelineEntry {
    let TimelineRow {
        position: _,
        event_id,
        type_name,
        category,
        stream,
        version,
        occurred_at,
        original_occurred_at,
        recorded_at,
        source_recorded_at,
        source_system,
        performed_by,
        caller,
        summary,
        struck,
        corrected_by,
        corrects,
        flags,
    } = row;
    let (corrects, correction_reason) = corrects.unzip();
    v1::TimelineEntry {
        event_id: event_id.to_string(),
        r#type: type_name,
        stream_kind: stream_kind(category).into(),
        stream_subject_id: stream.to_string(),
        version,
        occurred_time: Some(wire::instant(occurred_at)),
        original_occurred_time: original_occurred_at.map(wire::instant),
        recorded_time: Some(wire::instant(recorded_at)),
        source_recorded_time: source_recorded_at.map(wire::instant),
        source_system: source_system.unwrap_or_default(),
        performed_by: shapes::text(performed_by),
        caller_id: caller,
        summary: with_lateness(summary, &flags),
        struck,
        corrected_by: shapes::text(corrected_by),
        corrects: shapes::text(corrects),
        correction_reason: correction_reason.unwrap_or_default(),
        flags: Some(recording_flags(&flags)),
    }
}

/// Whose history an entry belongs to. The query gives no other category.
fn stream_kind(category: &str) -> v1::StreamKind {
    let found = words::STREAM_KINDS.iter().find(|(known, _)| *known == category);
    found.map_or(v1::StreamKind::Unspecified, |(_, kind)| *kind)
}

/// An entry whose lateness cannot be counted has no number to show, so it is said in words: the entry must not look as though it had been
/// recorded soon enough.
fn with_lateness(summary: String, flags: &RecordingFlags) -> String {
    match &flags.late_recording {
        Some(LateRecording { working_days: Err(_), claimed: _ }) => {
            format!(
                "{summary}; perhaps recorded late: the calendar does not cover the working days until then"
            )
        }
        Some(LateRecording { working_days: Ok(_), claimed: _ }) | None => summary,
    }
}

fn recording_flags(flags: &RecordingFlags) -> v1::RecordingFlags {
    let RecordingFlags { late_recording, precedes_earlier } = flags;
    let late = late_recording.as_ref();
    v1::RecordingFlags {
        late_working_days: late.and_then(|late| late.working_days.as_ref().ok()).copied().map(shapes::days),
        lateness_by_claim: late.is_some_and(|late| late.claimed),
        precedes_earlier: precedes_earlier.is_some(),
        late_outside_calendar: late.is_some_and(|late| late.working_days.is_err()),
    }
}
