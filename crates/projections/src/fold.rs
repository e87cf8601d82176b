//! Takes recorded events to every projection, inside one transaction with the checkpoint.

use candour_domain::{
    Entry,
    action::Action,
    candour_case::CandourCase,
    correction,
    feedback::Feedback,
    identifier::EventId,
    incident::Incident,
    response::Response,
    text::{PersonReference, SystemName},
};
use candour_journal::{AllPage, Position, RecordedEvent};
use candour_records::{DecodeError, Metadata, StoredAggregate, Withheld, clear_part, to_entry};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use crate::{
    projection::{self, RowChange},
    query::QueryError,
    read_model::{Grounds, Progress, Stopped, read_progress},
    tally::{mark::Marks, settle::Settling},
};

/// Why one event could not be folded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FoldError {
    /// It cannot be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Its stream is of a kind this build does not know.
    #[error("streams of category {0} are not known to this version")]
    UnknownCategory(String),
    /// It does not follow the stream's last event.
    #[error("version {found} follows {before:?} in its stream")]
    OutOfOrder {
        /// The version before.
        before: Option<u64>,
        /// The version found.
        found: u64,
    },
    /// SQLite failed.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
}

/// Folds a page. An event that cannot be folded stops the fold just before it: what came earlier is kept, and the read model says which event
/// it is. A failure of SQLite folds nothing.
///
/// With `grounds` the units touched are settled in the same transaction; without, they are left to whoever settles everything at the end.
pub(crate) fn page(
    connection: &mut Connection,
    page: &AllPage,
    grounds: Option<&Grounds>,
) -> Result<Progress, QueryError> {
    let before = read_progress(connection)?;
    let mut stop = None;
    // An event that cannot be folded is rare, so nothing is paid for the others to be kept: they are folded once more, up to it.
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut folding = Folding {
            transaction: &transaction,
            marks: Marks::default(),
            checkpoint: before.position,
            events: before.events,
        };
        match folding.up_to(page, stop.as_ref())? {
            None => {
                if stop.is_none() {
                    folding.advance_to_head(page, before.position);
                }
                let progress = folding.finish(grounds, stop)?;
                transaction.commit()?;
                return Ok(progress);
            }
            // Nothing of it is kept, not even what was written before the fault showed.
            Some(found) => stop = Some(found),
        }
    }
}

/// A page while it is folded.
struct Folding<'a> {
    transaction: &'a Transaction<'a>,
    marks: Marks,
    checkpoint: Position,
    events: u64,
}

impl Folding<'_> {
    /// Folds the events up to one that is known not to fold. Answers the first that turns out not to.
    fn up_to(&mut self, page: &AllPage, stop: Option<&Stopped>) -> Result<Option<Stopped>, rusqlite::Error> {
        for recorded in &page.events {
            if stop.is_some_and(|stop| recorded.position >= stop.position) {
                break;
            }
            // An engine may hand out again what is folded already.
            if recorded.position <= self.checkpoint {
                continue;
            }
            match event(self.transaction, recorded, &mut self.marks) {
                Ok(()) => {}
                Err(FoldError::Database(error)) => return Err(error),
                Err(error) => {
                    return Ok(Some(Stopped {
                        position: recorded.position,
                        reason: format!("event {} ({}): {error}", recorded.event_id, recorded.event_type),
                    }));
                }
            }
            self.checkpoint = recorded.position;
            self.events += 1;
        }
        Ok(None)
    }

    /// Everything up to the head was on this page, so an engine whose positions are not ours alone still advances.
    fn advance_to_head(&mut self, page: &AllPage, before: Position) {
        if page.head > self.checkpoint && (page.reached_head(before) || page.events.is_empty()) {
            self.checkpoint = page.head;
        }
    }

    fn finish(self, grounds: Option<&Grounds>, stopped: Option<Stopped>) -> Result<Progress, QueryError> {
        let Self { transaction, marks, checkpoint, events } = self;
        let touched = marks.write(transaction)?;
        if let Some(grounds) = grounds {
            Settling::new(transaction, checkpoint, grounds.rules()).run(&touched)?;
        }
        transaction.execute(
            "UPDATE read_model SET checkpoint = ?1, events_folded = ?2, stopped_position = ?3, stopped_reason = ?4 WHERE id = 1",
            params![
                checkpoint.raw().cast_signed(),
                events.cast_signed(),
                stopped.as_ref().map(|s| s.position.raw().cast_signed()),
                stopped.as_ref().map(|s| s.reason.as_str()),
            ],
        )?;
        Ok(Progress { position: checkpoint, events, stopped })
    }
}

/// Folds one event.
fn event(
    transaction: &Transaction<'_>,
    recorded: &RecordedEvent,
    marks: &mut Marks,
) -> Result<(), FoldError> {
    match recorded.stream.category() {
        "incident" => stream_event::<Incident>(transaction, recorded, marks),
        "feedback" => stream_event::<Feedback>(transaction, recorded, marks),
        "candour" => stream_event::<CandourCase>(transaction, recorded, marks),
        "response" => stream_event::<Response>(transaction, recorded, marks),
        "action" => stream_event::<Action>(transaction, recorded, marks),
        other => Err(FoldError::UnknownCategory(other.to_owned())),
    }
}

fn stream_event<A: StoredAggregate + projection::Projected>(
    transaction: &Transaction<'_>,
    recorded: &RecordedEvent,
    marks: &mut Marks,
) -> Result<(), FoldError> {
    let metadata = Metadata::decode(&recorded.metadata)?;
    let entry = to_entry::<A>(
        EventId::from_uuid(recorded.event_id),
        recorded.version.number(),
        recorded.recorded_at,
        recorded.event_type.as_str(),
        &recorded.data,
        &metadata,
        &Withheld,
    )?;
    let clear = clear_part(A::CATEGORY, recorded.event_type.as_str(), &recorded.data)?;
    let stream_no = stream_number(transaction, recorded)?;
    transaction
        .prepare_cached(
            "INSERT INTO history (stream_no, version, position, event_id, type, occurred_at, recorded_at, source_recorded_at, \
             performed_by, source_system, caller, calendar, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            stream_no,
            recorded.version.number().cast_signed(),
            recorded.position.raw().cast_signed(),
            recorded.event_id.as_bytes().as_slice(),
            recorded.event_type.as_str(),
            entry.occurred_at.as_microsecond(),
            recorded.recorded_at.as_microsecond(),
            entry.source_recorded_at.map(Timestamp::as_microsecond),
            entry.performed_by.as_ref().map(PersonReference::as_str),
            metadata.source_system.as_ref().map(SystemName::as_str),
            metadata.caller.id.as_str(),
            metadata.rules.calendar.as_str(),
            clear,
        ])?;
    if A::changes_rows(&entry.event) {
        let history = if entry.version == 0 {
            vec![entry.clone()]
        } else {
            projection::history::<A>(transaction, stream_no, recorded.position)?
        };
        let rows = A::rows(recorded.stream.id(), &correction::applied::<A>(&history));
        RowChange { transaction, position: recorded.position }.reconcile::<A>(recorded.stream.id(), &rows)?;
    }
    timeline::<A>(transaction, recorded, stream_no, &entry)?;
    for unit in A::units(transaction, recorded.stream.id(), &entry.event)? {
        marks.mark(transaction, unit, recorded.position)?;
    }
    Ok(())
}

/// The number of the event's stream; checks that the event is the next one of it.
fn stream_number(transaction: &Transaction<'_>, recorded: &RecordedEvent) -> Result<i64, FoldError> {
    let id = recorded.stream.id();
    let (category, id) = (recorded.stream.category(), id.as_bytes().as_slice());
    let known: Option<i64> = transaction
        .prepare_cached("SELECT stream_no FROM stream WHERE category = ?1 AND id = ?2")?
        .query_row(params![category, id], |row| row.get(0))
        .optional()?;
    let last: Option<i64> = match known {
        None => None,
        Some(stream_no) => transaction
            .prepare_cached("SELECT version FROM history WHERE stream_no = ?1 ORDER BY version DESC LIMIT 1")?
            .query_row([stream_no], |row| row.get(0))
            .optional()?,
    };
    let (found, expected) = (recorded.version.number().cast_signed(), last.map_or(0, |version| version + 1));
    if found != expected {
        return Err(FoldError::OutOfOrder {
            before: last.map(i64::cast_unsigned),
            found: recorded.version.number(),
        });
    }
    if let Some(stream_no) = known {
        return Ok(stream_no);
    }
    transaction
        .prepare_cached("INSERT INTO stream (category, id) VALUES (?1, ?2)")?
        .execute(params![category, id])?;
    Ok(transaction.last_insert_rowid())
}

/// Enters the event into the timeline of every incident it concerns.
fn timeline<A: projection::Projected>(
    transaction: &Transaction<'_>,
    recorded: &RecordedEvent,
    stream_no: i64,
    entry: &Entry<A::Event>,
) -> Result<(), FoldError> {
    for incident in A::incidents(transaction, recorded.stream.id(), &entry.event)? {
        transaction
            .prepare_cached(
                "INSERT INTO timeline (incident_id, position, stream_no, version) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                incident.as_bytes().as_slice(),
                recorded.position.raw().cast_signed(),
                stream_no,
                recorded.version.number().cast_signed()
            ])?;
    }
    Ok(())
}
