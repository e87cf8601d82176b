//! Which units are to be settled, and up to which position they were touched.

use std::collections::{BTreeMap, HashMap};

use candour_journal::Position;
use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;

use super::UnitKind;

/// The units touched by the events of one batch.
#[derive(Default)]
pub(crate) struct Marks {
    touched: BTreeMap<i64, i64>,
    numbers: HashMap<(UnitKind, Uuid), i64>,
}

impl Marks {
    /// Marks a unit as touched by the event at a position. One that was never met gets its number now, in the order of the log.
    pub(crate) fn mark(
        &mut self,
        connection: &Connection,
        (kind, id): (UnitKind, Uuid),
        position: Position,
    ) -> Result<(), rusqlite::Error> {
        let position = position.raw().cast_signed();
        let number = if let Some(number) = self.numbers.get(&(kind, id)) {
            *number
        } else {
            let number = number(connection, kind, id, position)?;
            self.numbers.insert((kind, id), number);
            number
        };
        self.touched.insert(number, position);
        Ok(())
    }

    /// Writes up to which position each unit was touched, and answers which they are, in order.
    pub(crate) fn write(self, connection: &Connection) -> Result<Vec<i64>, rusqlite::Error> {
        let mut update =
            connection.prepare_cached("UPDATE unit SET touched = ?2 WHERE unit_no = ?1 AND touched <> ?2")?;
        for (number, position) in &self.touched {
            update.execute([number, position])?;
        }
        Ok(self.touched.into_keys().collect())
    }
}

fn number(connection: &Connection, kind: UnitKind, id: Uuid, position: i64) -> Result<i64, rusqlite::Error> {
    let found = connection
        .prepare_cached("SELECT unit_no FROM unit WHERE kind = ?1 AND id = ?2")?
        .query_row(params![kind.code(), id.as_bytes().as_slice()], |row| row.get(0))
        .optional()?;
    if let Some(number) = found {
        return Ok(number);
    }
    connection
        .prepare_cached("INSERT INTO unit (kind, id, touched) VALUES (?1, ?2, ?3)")?
        .execute(params![kind.code(), id.as_bytes().as_slice(), position])?;
    Ok(connection.last_insert_rowid())
}
