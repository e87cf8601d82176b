//! The projections: which rows the history of a stream makes, and which incidents an event concerns.
//!
//! A projection is a pure function from the corrected history of one stream to its rows. The fold calls it when an event may change a row, and
//! `RowChange` closes the row versions that are no longer true and opens those that now are.

mod actions;
mod candour_cases;
mod incidents;
mod recommendations;
mod reporter_feedback;

use candour_domain::{
    Aggregate, Entry,
    calendar::{CalendarVersion, Calendars, RecordedUnder},
    identifier::EventId,
    text::PersonReference,
};
use candour_journal::Position;
use candour_records::{DecodeError, StoredAggregate, Withheld};
use jiff::{Timestamp, civil::Date};
use rusqlite::{Connection, Transaction, params, params_from_iter, types::Value};
use uuid::Uuid;

use crate::{fold::FoldError, tally::UnitKind};

/// A row table: what it is called, which column names the stream that owns a row, and its columns beside the two positions.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) owner: &'static str,
    pub(crate) columns: &'static [&'static str],
}

/// The rows one stream makes, table by table; each row holds the values of the table's columns in order.
pub(crate) type Rows = Vec<(&'static Table, Vec<Vec<Value>>)>;

/// What the projections make of an aggregate.
pub(crate) trait Projected: Aggregate {
    /// Whether an event may change a row.
    fn changes_rows(event: &Self::Event) -> bool;
    /// Every row of the stream, from its corrected history. Each table the stream can own is named, even without rows.
    fn rows(stream: Uuid, history: &[Entry<Self::Event>]) -> Rows;
    /// The incidents whose timeline the event belongs to.
    fn incidents(
        transaction: &Transaction<'_>,
        stream: Uuid,
        event: &Self::Event,
    ) -> Result<Vec<Uuid>, rusqlite::Error>;
    /// The units whose lines or places the event may change, in an order that the log fixes. Asked once the rows are in step with it.
    fn units(
        transaction: &Transaction<'_>,
        stream: Uuid,
        event: &Self::Event,
    ) -> Result<Vec<(UnitKind, Uuid)>, rusqlite::Error>;
}

/// Adds the units of one kind that a statement finds for an id.
pub(crate) fn add_units(
    transaction: &Transaction<'_>,
    units: &mut Vec<(UnitKind, Uuid)>,
    kind: UnitKind,
    statement: &str,
    id: Uuid,
) -> Result<(), rusqlite::Error> {
    let mut statement = transaction.prepare_cached(statement)?;
    let mut rows = statement.query([id.as_bytes().as_slice()])?;
    while let Some(row) = rows.next()? {
        units.push((kind, row.get(0)?));
    }
    Ok(())
}

/// Brings row versions in step with what is true from a position on.
pub(crate) struct RowChange<'a> {
    pub(crate) transaction: &'a Transaction<'a>,
    pub(crate) position: Position,
}

impl RowChange<'_> {
    /// Closes what is no longer true and opens what now is.
    pub(crate) fn reconcile<A: Projected>(&self, stream: Uuid, rows: &Rows) -> Result<(), rusqlite::Error> {
        for (table, wanted) in rows {
            self.table(table, stream, wanted)?;
        }
        Ok(())
    }

    fn table(&self, table: &Table, stream: Uuid, wanted: &[Vec<Value>]) -> Result<(), rusqlite::Error> {
        let columns = table.columns.join(", ");
        let owner = Value::Blob(stream.as_bytes().to_vec());
        let current: Vec<Vec<Value>> = self
            .transaction
            .prepare_cached(&format!(
                "SELECT {columns} FROM {} WHERE {} = ?1 AND to_position IS NULL",
                table.name, table.owner
            ))?
            .query_map([&owner], |row| (0..table.columns.len()).map(|index| row.get(index)).collect())?
            .collect::<Result<_, _>>()?;
        let position = Value::Integer(self.position.raw().cast_signed());
        for gone in current.iter().filter(|row| !wanted.contains(row)) {
            let key = &table.columns[0];
            let second = table.columns[1];
            self.transaction
                .prepare_cached(&format!(
                    "UPDATE {} SET to_position = ?1 WHERE {} = ?2 AND to_position IS NULL AND {key} = ?3 AND {second} = ?4",
                    table.name, table.owner
                ))?
                .execute([&position, &owner, &gone[0], &gone[1]])?;
        }
        for new in wanted.iter().filter(|row| !current.contains(row)) {
            let marks: Vec<String> = (1..=new.len() + 1).map(|index| format!("?{index}")).collect();
            self.transaction
                .prepare_cached(&format!(
                    "INSERT INTO {} ({columns}, from_position) VALUES ({})",
                    table.name,
                    marks.join(", ")
                ))?
                .execute(params_from_iter(new.iter().chain([&position])))?;
        }
        Ok(())
    }
}

/// The history of a stream as it was known at a position, in the order of recording. Corrections are not applied yet.
pub(crate) fn history<A: StoredAggregate>(
    connection: &Connection,
    stream_no: i64,
    known_at: Position,
) -> Result<Vec<Entry<A::Event>>, FoldError> {
    let mut statement = connection.prepare_cached(
        "SELECT version, event_id, type, occurred_at, recorded_at, source_recorded_at, performed_by, data, calendar FROM history \
         WHERE stream_no = ?1 AND position <= ?2 ORDER BY version",
    )?;
    let mut rows = statement.query(params![stream_no, known_at.raw().cast_signed()])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let type_name = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
        let data = row.get_ref(7)?.as_blob().map_err(rusqlite::Error::from)?;
        entries.push(Entry {
            event: A::decode(type_name, data, &Withheld)?,
            event_id: EventId::from_uuid(row.get(1)?),
            version: row.get::<_, i64>(0)?.cast_unsigned(),
            occurred_at: instant(row.get(3)?)?,
            recorded_at: instant(row.get(4)?)?,
            source_recorded_at: row.get::<_, Option<i64>>(5)?.map(instant).transpose()?,
            performed_by: row
                .get::<_, Option<String>>(6)?
                .map(|text| PersonReference::parse(&text))
                .transpose()
                .map_err(|_| rusqlite::Error::InvalidQuery)?,
            recorded_under: recorded_under(row.get_ref(8)?.as_str().map_err(rusqlite::Error::from)?)?,
            corrected_by: None,
        });
    }
    Ok(entries)
}

/// The calendar with this version. The fold refuses a version that this build does not have.
fn recorded_under(version: &str) -> Result<RecordedUnder, FoldError> {
    let calendar =
        Calendars::built_in().named(&CalendarVersion::new(version)).ok_or(DecodeError::UnknownCalendar)?;
    Ok(RecordedUnder::calendar(calendar))
}

/// Days since 1970-01-01.
pub(crate) fn days(date: Date) -> i64 {
    i64::from((date - jiff::civil::date(1970, 1, 1)).get_days())
}

/// A column with a day.
pub(crate) fn day(date: Date) -> Value {
    Value::Integer(days(date))
}

/// A column with an id.
pub(crate) fn id(uuid: Uuid) -> Value {
    Value::Blob(uuid.as_bytes().to_vec())
}

/// A column with a text.
pub(crate) fn text(text: impl std::fmt::Display) -> Value {
    Value::Text(text.to_string())
}

/// A column with a text that may be missing.
pub(crate) fn optional_text(value: Option<&impl std::fmt::Display>) -> Value {
    value.map_or(Value::Null, |value| Value::Text(value.to_string()))
}

fn instant(microseconds: i64) -> Result<Timestamp, rusqlite::Error> {
    Timestamp::from_microsecond(microseconds)
        .map_err(|_| rusqlite::Error::IntegralValueOutOfRange(3, microseconds))
}
