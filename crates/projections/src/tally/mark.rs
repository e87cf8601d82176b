//! Which units are to be settled, and up to which position they were touched.

use std::collections::{BTreeMap, HashMap};

use candour_journal::Position;
use rusqlite::{Connection, params};
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
        let number = match self.numbers.get(&(kind, id)) {
            Some(number) => *number,
            None => {
                let number = connection
                    .prepare_cached(
                        "INSERT INTO unit (kind, id, touched) VALUES (?1, ?2, ?3) \
                         ON CONFLICT DO UPDATE SET touched = excluded.touched RETURNING unit_no",
                    )?
                    .query_row(params![kind.code(), id.as_bytes().as_slice(), position], |row| row.get(0))?;
                self.numbers.insert((kind, id), number);
                number
            }
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
