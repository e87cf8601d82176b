//! One append inside the writer's transaction: judged by the port's rules, then written under a savepoint.

use std::collections::HashMap;

use candour_journal::admission::{self, Found, StoredStream, Verdict};
use candour_journal::{
    AppendError, Appended, CorruptRecord, EventTypeName, ExpectedVersion, NewEvent, Position, RecordPlace,
    StreamName, StreamVersion, to_stored_precision,
};
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OptionalExtension};
use uuid::Uuid;

/// What was asked for.
pub(crate) struct AppendRequest {
    pub(crate) stream: StreamName,
    pub(crate) expected: ExpectedVersion,
    pub(crate) events: Vec<NewEvent>,
}

/// Why an append was not written.
pub(crate) enum AppendFault {
    /// By a rule. Other appends of the transaction stand.
    Refused(AppendError),
    /// By a failure of the engine. The transaction must end.
    Sqlite(rusqlite::Error),
}

impl From<AppendError> for AppendFault {
    fn from(error: AppendError) -> Self {
        Self::Refused(error)
    }
}

impl From<CorruptRecord> for AppendFault {
    fn from(error: CorruptRecord) -> Self {
        Self::Refused(error.into())
    }
}

impl From<rusqlite::Error> for AppendFault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// The numbers of the event types met so far. Must be emptied whenever something is rolled back.
pub(crate) type TypeNumbers = HashMap<EventTypeName, i64>;

/// Carries out one append within a transaction, whole or not at all.
pub(crate) fn append(
    transaction: &Connection,
    types: &mut TypeNumbers,
    request: &AppendRequest,
    recorded_at: Timestamp,
) -> Result<Appended, AppendFault> {
    let mut stored = StreamInStore { transaction, stream: &request.stream, number: None };
    let first = match admission::judge(&request.stream, request.expected, &request.events, &mut stored)? {
        Verdict::Write { first } => first,
        Verdict::Repeat { first } => return stored.outcome(first, request.events.len()),
    };
    execute(transaction, "SAVEPOINT append")?;
    match write(transaction, types, request, stored.number, first, recorded_at) {
        Ok(appended) => {
            execute(transaction, "RELEASE append")?;
            Ok(appended)
        }
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            types.clear();
            execute(transaction, "ROLLBACK TO append")?;
            execute(transaction, "RELEASE append")?;
            Err(stored.refusal(&request.events, first))
        }
        Err(error) => Err(error.into()),
    }
}

/// Runs a statement without parameters or rows.
pub(crate) fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

fn write(
    transaction: &Connection,
    types: &mut TypeNumbers,
    request: &AppendRequest,
    stream_no: Option<i64>,
    first: StreamVersion,
    recorded_at: Timestamp,
) -> rusqlite::Result<Appended> {
    let last = StreamVersion::new(first.number() + (request.events.len() as u64).saturating_sub(1));
    let stream_no = if let Some(stream_no) = stream_no {
        transaction
            .prepare_cached("UPDATE stream SET version = ?1 WHERE stream_no = ?2")?
            .execute((integer(last.number())?, stream_no))?;
        stream_no
    } else {
        transaction
            .prepare_cached("INSERT INTO stream (name, version) VALUES (?1, ?2)")?
            .execute((request.stream.as_str(), integer(last.number())?))?;
        transaction.last_insert_rowid()
    };
    let mut insert = transaction.prepare_cached(
        "INSERT INTO event (stream_no, version, type_no, event_id, occurred_at, recorded_at, metadata, data)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (event, version) in request.events.iter().zip(first.number()..) {
        insert.execute((
            stream_no,
            integer(version)?,
            type_number(transaction, types, &event.event_type)?,
            event.event_id.as_bytes(),
            to_stored_precision(event.occurred_at).as_microsecond(),
            recorded_at.as_microsecond(),
            event.metadata.as_slice(),
            event.data.as_slice(),
        ))?;
    }
    let position = u64::try_from(transaction.last_insert_rowid())
        .map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, transaction.last_insert_rowid()))?;
    Ok(Appended {
        first_version: first,
        last_version: last,
        position: Position::from_raw(position),
        recorded_at,
        repeated: false,
    })
}

/// The number of an event type, given now if it is a new one.
pub(crate) fn type_number(
    transaction: &Connection,
    types: &mut TypeNumbers,
    name: &EventTypeName,
) -> rusqlite::Result<i64> {
    if let Some(number) = types.get(name) {
        return Ok(*number);
    }
    let known = transaction
        .prepare_cached("SELECT type_no FROM event_type WHERE name = ?1")?
        .query_row([name.as_str()], |row| row.get(0))
        .optional()?;
    let number = if let Some(number) = known {
        number
    } else {
        transaction.prepare_cached("INSERT INTO event_type (name) VALUES (?1)")?.execute([name.as_str()])?;
        transaction.last_insert_rowid()
    };
    types.insert(name.clone(), number);
    Ok(number)
}

/// SQLite counts to 2^63 - 1.
pub(crate) fn integer(number: u64) -> rusqlite::Result<i64> {
    i64::try_from(number).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// One stream in the store, for the rules and for outcomes.
struct StreamInStore<'a> {
    transaction: &'a Connection,
    stream: &'a StreamName,
    /// Known once `last_version` has found the stream.
    number: Option<i64>,
}

impl StreamInStore<'_> {
    fn corrupt(&self, version: StreamVersion, reason: &'static str) -> AppendFault {
        let place = RecordPlace::Stream { stream: self.stream.clone(), version };
        CorruptRecord { place, reason }.into()
    }

    /// The outcome of the earlier append of `count` events, the first one at this version.
    fn outcome(&self, first: StreamVersion, count: usize) -> Result<Appended, AppendFault> {
        let last = StreamVersion::new(first.number() + (count as u64).saturating_sub(1));
        let row: Option<(i64, i64)> = self
            .transaction
            .prepare_cached("SELECT position, recorded_at FROM event WHERE stream_no = ?1 AND version = ?2")?
            .query_row((self.number, integer(last.number())?), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (position, recorded_at) = row.ok_or_else(|| self.corrupt(last, "it is missing"))?;
        let position = u64::try_from(position).map_err(|_| self.corrupt(last, "its position is negative"))?;
        let recorded_at = Timestamp::from_microsecond(recorded_at)
            .map_err(|_| self.corrupt(last, "its time of recording is not an instant"))?;
        Ok(Appended {
            first_version: first,
            last_version: last,
            position: Position::from_raw(position),
            recorded_at,
            repeated: true,
        })
    }

    /// What a constraint of the tables meant.
    fn refusal(&mut self, events: &[NewEvent], first: StreamVersion) -> AppendFault {
        for event in events {
            match self.find(event.event_id) {
                Ok(None) => {}
                Ok(Some(_)) => return AppendError::DuplicateEventId { event_id: event.event_id }.into(),
                Err(fault) => return fault,
            }
        }
        self.corrupt(first, "the tables do not agree where its stream ends")
    }
}

impl StoredStream for StreamInStore<'_> {
    type Error = AppendFault;

    fn last_version(&mut self) -> Result<Option<StreamVersion>, AppendFault> {
        let row: Option<(i64, i64)> = self
            .transaction
            .prepare_cached("SELECT stream_no, version FROM stream WHERE name = ?1")?
            .query_row([self.stream.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((number, version)) = row else { return Ok(None) };
        self.number = Some(number);
        let version = u64::try_from(version)
            .map_err(|_| self.corrupt(StreamVersion::FIRST, "the version of its stream is negative"))?;
        Ok(Some(StreamVersion::new(version)))
    }

    fn event_ids(&mut self, from: StreamVersion, count: usize) -> Result<Vec<Uuid>, AppendFault> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT event_id, version FROM event WHERE stream_no = ?1 AND version >= ?2 ORDER BY version LIMIT ?3",
        )?;
        let mut rows = statement.query((
            self.number,
            integer(from.number())?,
            i64::try_from(count).unwrap_or(i64::MAX),
        ))?;
        let mut ids = Vec::with_capacity(count);
        let mut version = from;
        while let Some(row) = rows.next()? {
            if row.get::<_, i64>(1)? != integer(version.number())? {
                return Err(self.corrupt(version, "it is missing"));
            }
            let id = row.get_ref(0)?.as_bytes().ok().and_then(|bytes| Uuid::from_slice(bytes).ok());
            ids.push(id.ok_or_else(|| self.corrupt(version, "its event id is not 16 bytes"))?);
            version = version.next();
        }
        Ok(ids)
    }

    fn find(&mut self, event_id: Uuid) -> Result<Option<Found>, AppendFault> {
        let row: Option<(i64, i64)> = self
            .transaction
            .prepare_cached("SELECT stream_no, version FROM event WHERE event_id = ?1")?
            .query_row([event_id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(row.map(|(number, version)| match u64::try_from(version) {
            Ok(version) if self.number == Some(number) => Found::Here(StreamVersion::new(version)),
            _ => Found::Elsewhere,
        }))
    }
}
