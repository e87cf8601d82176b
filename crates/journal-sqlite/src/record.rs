//! Rows into events. What cannot be turned into an event is reported with its position, never skipped.

use candour_journal::{
    CorruptRecord, EventTypeName, Position, ReadError, RecordPlace, RecordedEvent, StorageFault, StreamName,
    StreamVersion,
};
use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::ValueRef;
use uuid::Uuid;

/// A query for events: the columns that [`decode`] reads, in its order, the joins they need, and what follows. The joins
/// are outer ones, so that an event whose stream or type is missing is reported instead of left out.
macro_rules! select_events {
    ($which:literal) => {
        concat!(
            "SELECT event.position, stream.name, event.version, event_type.name, event.event_id,
                    event.occurred_at, event.recorded_at, event.metadata, event.data
             FROM event LEFT JOIN stream USING (stream_no) LEFT JOIN event_type USING (type_no) ",
            $which
        )
    };
}
pub(crate) use select_events;

/// A failure of SQLite while reading.
pub(crate) fn read_failed(error: rusqlite::Error) -> ReadError {
    ReadError::Failed(StorageFault::new(error))
}

/// A corrupt record at a position.
pub(crate) fn corrupt_at(position: Position, reason: &'static str) -> CorruptRecord {
    CorruptRecord { place: RecordPlace::Position(position), reason }
}

/// Turns a row of [`select_events!`] into an event.
pub(crate) fn decode(row: &Row<'_>) -> Result<RecordedEvent, ReadError> {
    let raw_position: i64 = row.get(0).map_err(read_failed)?;
    let position = Position::from_raw(u64::try_from(raw_position).unwrap_or_default());
    let fields = Fields { row, position };
    Ok(RecordedEvent {
        position,
        stream: fields.parsed(1, StreamName::parse, "its stream name is missing or not one")?,
        version: StreamVersion::new(fields.number(2, "its version is not a number from 0")?),
        event_type: fields.parsed(3, EventTypeName::parse, "its event type is missing or not one")?,
        event_id: fields.id(4)?,
        occurred_at: fields.instant(5, "its time of occurrence is not an instant")?,
        recorded_at: fields.instant(6, "its time of recording is not an instant")?,
        metadata: fields.bytes(7, "its metadata is not bytes")?.to_vec(),
        data: fields.bytes(8, "its data is not bytes")?.to_vec(),
    })
}

/// The fields of one row, whose position goes into every report.
struct Fields<'row> {
    row: &'row Row<'row>,
    position: Position,
}

impl<'row> Fields<'row> {
    fn value(&self, column: usize) -> Result<ValueRef<'row>, ReadError> {
        self.row.get_ref(column).map_err(read_failed)
    }

    fn corrupt(&self, reason: &'static str) -> ReadError {
        corrupt_at(self.position, reason).into()
    }

    fn integer(&self, column: usize, otherwise: &'static str) -> Result<i64, ReadError> {
        match self.value(column)? {
            ValueRef::Integer(value) => Ok(value),
            _ => Err(self.corrupt(otherwise)),
        }
    }

    fn number(&self, column: usize, otherwise: &'static str) -> Result<u64, ReadError> {
        u64::try_from(self.integer(column, otherwise)?).map_err(|_| self.corrupt(otherwise))
    }

    fn instant(&self, column: usize, otherwise: &'static str) -> Result<Timestamp, ReadError> {
        let microseconds = self.integer(column, otherwise)?;
        Timestamp::from_microsecond(microseconds).map_err(|_| self.corrupt(otherwise))
    }

    fn bytes(&self, column: usize, otherwise: &'static str) -> Result<&'row [u8], ReadError> {
        match self.value(column)? {
            ValueRef::Blob(bytes) => Ok(bytes),
            _ => Err(self.corrupt(otherwise)),
        }
    }

    fn id(&self, column: usize) -> Result<Uuid, ReadError> {
        const OTHERWISE: &str = "its event id is not 16 bytes";
        Uuid::from_slice(self.bytes(column, OTHERWISE)?).map_err(|_| self.corrupt(OTHERWISE))
    }

    fn parsed<T, E>(
        &self,
        column: usize,
        parse: impl Fn(&str) -> Result<T, E>,
        otherwise: &'static str,
    ) -> Result<T, ReadError> {
        match self.value(column)? {
            ValueRef::Text(text) => std::str::from_utf8(text)
                .ok()
                .and_then(|text| parse(text).ok())
                .ok_or_else(|| self.corrupt(otherwise)),
            _ => Err(self.corrupt(otherwise)),
        }
    }
}
