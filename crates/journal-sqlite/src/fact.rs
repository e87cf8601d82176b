//! Facts about the store, in a table of their own.

use candour_journal::{Fact, FactError, ReadError, StorageFault};
use rusqlite::{Connection, OptionalExtension};

/// Settles a fact on the writing connection, outside any other transaction; durable when it returns.
pub(crate) fn settle(connection: &Connection, fact: Fact, value: &str) -> rusqlite::Result<String> {
    connection
        .prepare_cached("INSERT INTO fact (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute((fact.code(), value))?;
    connection
        .prepare_cached("SELECT value FROM fact WHERE name = ?1")?
        .query_row([fact.code()], |row| row.get(0))
}

/// What was settled.
pub(crate) fn settled(connection: &Connection, fact: Fact) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT value FROM fact WHERE name = ?1")?
        .query_row([fact.code()], |row| row.get(0))
        .optional()
}

/// A failed read as the failure to read a fact.
pub(crate) fn not_read(error: ReadError) -> FactError {
    match error {
        ReadError::Unavailable(unavailable) => unavailable.into(),
        other => FactError::Failed(StorageFault::new(other)),
    }
}
