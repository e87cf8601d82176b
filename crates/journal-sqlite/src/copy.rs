//! Taking over the log of another store: one transaction for each call.

use candour_journal::{
    AppendError, CopyError, Position, RecordedEvent, StorageFault, StreamName, StreamVersion,
    to_stored_precision,
};
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior};

use crate::append::{TypeNumbers, integer, type_number};

/// Where the log ends after a copy.
pub(crate) struct End {
    pub(crate) position: Position,
    /// The latest `recorded_at` of what was copied.
    pub(crate) latest: Timestamp,
}

/// Copies all the events, durably, or none. `None` where there were none.
pub(crate) fn copy(
    connection: &mut Connection,
    types: &mut TypeNumbers,
    events: &[RecordedEvent],
) -> Result<Option<End>, CopyError> {
    let Some(latest) = events.iter().map(|event| event.recorded_at).max() else { return Ok(None) };
    let outcome = write(connection, types, events);
    if outcome.is_err() {
        // Numbers given within the transaction went with it.
        types.clear();
    }
    let position = outcome?;
    Ok(Some(End { position, latest: to_stored_precision(latest) }))
}

fn write(
    connection: &mut Connection,
    types: &mut TypeNumbers,
    events: &[RecordedEvent],
) -> Result<Position, CopyError> {
    let failed = |error| CopyError::Failed(StorageFault::new(error));
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    for event in events {
        let stream_no = next_in_stream(&transaction, &event.stream, event.version)?;
        insert(&transaction, types, stream_no, event).map_err(|error| {
            if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) {
                AppendError::DuplicateEventId { event_id: event.event_id }.into()
            } else {
                failed(error)
            }
        })?;
    }
    let position = u64::try_from(transaction.last_insert_rowid()).unwrap_or_default();
    transaction.commit().map_err(failed)?;
    Ok(Position::from_raw(position))
}

/// The number of the stream, once it is known that the version is its next one; the stream then is at that version.
fn next_in_stream(
    transaction: &Connection,
    stream: &StreamName,
    version: StreamVersion,
) -> Result<i64, CopyError> {
    let failed = |error: rusqlite::Error| CopyError::Failed(StorageFault::new(error));
    let number = integer(version.number()).map_err(failed)?;
    let found: Option<(i64, i64)> = transaction
        .prepare_cached("SELECT stream_no, version FROM stream WHERE name = ?1")
        .and_then(|mut select| {
            select.query_row([stream.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })
        .map_err(failed)?;
    match found {
        Some((stream_no, last)) if last.checked_add(1) == Some(number) => transaction
            .prepare_cached("UPDATE stream SET version = ?1 WHERE stream_no = ?2")
            .and_then(|mut update| update.execute((number, stream_no)))
            .map(|_| stream_no)
            .map_err(failed),
        None if number == 0 => transaction
            .prepare_cached("INSERT INTO stream (name, version) VALUES (?1, 0)")
            .and_then(|mut insert| insert.insert([stream.as_str()]))
            .map_err(failed),
        _ => Err(CopyError::OutOfPlace { stream: stream.clone(), version }),
    }
}

fn insert(
    transaction: &Connection,
    types: &mut TypeNumbers,
    stream_no: i64,
    event: &RecordedEvent,
) -> rusqlite::Result<()> {
    let type_no = type_number(transaction, types, &event.event_type)?;
    transaction
        .prepare_cached(
            "INSERT INTO event (stream_no, version, type_no, event_id, occurred_at, recorded_at, metadata, data)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            stream_no,
            integer(event.version.number())?,
            type_no,
            event.event_id.as_bytes(),
            to_stored_precision(event.occurred_at).as_microsecond(),
            to_stored_precision(event.recorded_at).as_microsecond(),
            event.metadata.as_slice(),
            event.data.as_slice(),
        ))
        .map(drop)
}
