//! The timeline of an incident: every entry that concerns it, the originals and what corrections made of them.

mod summary;

use candour_domain::{
    Aggregate, CorrectionChange, Entry,
    action::Action,
    candour_case::CandourCase,
    feedback::Feedback,
    identifier::EventId,
    incident::Incident,
    measures::{RecordingFlags, Rules, recording_flags},
    response::Response,
    text::PersonReference,
};
use candour_journal::Position;
use candour_records::StoredAggregate;
use jiff::{Timestamp, civil::Date};
use rusqlite::params;
use uuid::Uuid;

use super::QueryError;
use crate::{Snapshot, fold::FoldError, projection};

/// One entry of a timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineRow {
    /// Its place in the log, for the order of entries that occurred at the same time.
    pub position: u64,
    /// The event.
    pub event_id: EventId,
    /// Its stored type name.
    pub type_name: String,
    /// The category of its stream.
    pub category: &'static str,
    /// The id of its stream.
    pub stream: Uuid,
    /// Its place in its stream.
    pub version: u64,
    /// When it happened, as corrected.
    pub occurred_at: Timestamp,
    /// When the actor said it happened, where a correction changed that.
    pub original_occurred_at: Option<Timestamp>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// When a source system claims to have recorded it.
    pub source_recorded_at: Option<Timestamp>,
    /// That source system.
    pub source_system: Option<String>,
    /// Who acted, where known.
    pub performed_by: Option<PersonReference>,
    /// The caller that recorded it.
    pub caller: String,
    /// What happened, in words without personal data.
    pub summary: String,
    /// A correction struck it out.
    pub struck: bool,
    /// The latest correction of it.
    pub corrected_by: Option<EventId>,
    /// For a correction: what it corrects, and why.
    pub corrects: Option<(EventId, String)>,
    /// E-15.
    pub flags: RecordingFlags,
}

/// Every entry that concerns an incident and had occurred by the end of `as_of`, by time of occurrence, then by position. A correction counts
/// as occurring when it was made. `None` where the incident was not known at the position `known_at`.
pub fn timeline(
    snapshot: &Snapshot,
    incident: Uuid,
    as_of: Date,
    known_at: Position,
    rules: Rules<'_>,
) -> Result<Option<Vec<TimelineRow>>, QueryError> {
    let connection = snapshot.connection()?;
    let streams: Vec<(i64, String, Uuid)> = connection
        .prepare_cached(
            "SELECT DISTINCT stream.stream_no, category, id FROM timeline JOIN stream USING (stream_no) \
             WHERE incident_id = ?1 AND position <= ?2 ORDER BY stream.stream_no",
        )?
        .query_map(params![incident.as_bytes().as_slice(), known_at.raw().cast_signed()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<Result<_, _>>()?;
    if streams.is_empty() {
        return Ok(None);
    }
    let mut rows = Vec::new();
    let mut reader = Reader { snapshot, known_at, rules, rows: &mut rows };
    for (stream_no, category, id) in streams {
        match category.as_str() {
            Incident::CATEGORY => reader.stream::<Incident>(stream_no, id, summary::incident)?,
            Feedback::CATEGORY => reader.stream::<Feedback>(stream_no, id, summary::feedback)?,
            CandourCase::CATEGORY => reader.stream::<CandourCase>(stream_no, id, summary::candour_case)?,
            Response::CATEGORY => reader.stream::<Response>(stream_no, id, summary::response)?,
            Action::CATEGORY => reader.stream::<Action>(stream_no, id, summary::action)?,
            other => return Err(FoldError::UnknownCategory(other.to_owned()).into()),
        }
    }
    rows.retain(|row: &TimelineRow| candour_domain::calendar::civil_date(row.occurred_at) <= as_of);
    rows.sort_by_key(|row| (row.occurred_at, row.position));
    Ok(Some(rows))
}

struct Reader<'a> {
    snapshot: &'a Snapshot,
    known_at: Position,
    rules: Rules<'a>,
    rows: &'a mut Vec<TimelineRow>,
}

impl Reader<'_> {
    fn stream<A: StoredAggregate>(
        &mut self,
        stream_no: i64,
        stream: Uuid,
        summary: fn(&A::Event) -> String,
    ) -> Result<(), QueryError> {
        let connection = self.snapshot.connection()?;
        let known_at = self.known_at;
        let history = projection::history::<A>(connection, stream_no, known_at)?;
        let stored: Vec<(u64, String, String, Option<String>)> = connection
            .prepare_cached(
                "SELECT position, type, caller, source_system FROM history WHERE stream_no = ?1 AND position <= ?2 ORDER BY version",
            )?
            .query_map(params![stream_no, known_at.raw().cast_signed()], |row| {
                Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<Result<_, _>>()?;
        for (entry, (position, type_name, caller, source_system)) in history.iter().zip(stored) {
            let outcome = outcome::<A>(entry, &history);
            self.rows.push(TimelineRow {
                position,
                event_id: entry.event_id,
                type_name,
                category: A::CATEGORY,
                stream,
                version: entry.version,
                occurred_at: outcome.occurred_at.unwrap_or(entry.occurred_at),
                original_occurred_at: outcome.occurred_at.map(|_| entry.occurred_at),
                recorded_at: entry.recorded_at,
                source_recorded_at: entry.source_recorded_at,
                source_system,
                performed_by: entry.performed_by.clone(),
                caller,
                summary: summary(&entry.event),
                struck: outcome.struck,
                corrected_by: outcome.by,
                corrects: A::correction(&entry.event)
                    .map(|correction| (correction.corrects, correction.reason.to_string())),
                flags: recording_flags(entry, &history, self.rules),
            });
        }
        Ok(())
    }
}

/// What later corrections made of an entry.
#[derive(Default)]
struct CorrectionOutcome {
    struck: bool,
    by: Option<EventId>,
    occurred_at: Option<Timestamp>,
}

fn outcome<A: Aggregate>(entry: &Entry<A::Event>, history: &[Entry<A::Event>]) -> CorrectionOutcome {
    let mut outcome = CorrectionOutcome::default();
    for later in history {
        let Some(correction) = A::correction(&later.event).filter(|c| c.corrects == entry.event_id) else {
            continue;
        };
        outcome.by = Some(later.event_id);
        match correction.change {
            CorrectionChange::Struck => outcome.struck = true,
            CorrectionChange::OccurredAt(at) => outcome.occurred_at = Some(at),
            CorrectionChange::StatedDate(_) => {}
        }
    }
    outcome
}
