//! A fresh fold of the whole log into a file beside the one that serves, and the comparison of the two.

use std::path::Path;

use candour_journal::{Journal, Position};
use rusqlite::Connection;

use crate::{
    limits,
    read_model::{self, Grounds},
    runner::{self, RunError},
    schema,
    tally::settle,
};

/// Folds the whole log into a new file at `path` (an earlier one is removed). `report` is told, after each batch, how many events are folded
/// and up to which position. The figures are made countable once, at the end.
pub async fn fold_afresh(
    journal: &dyn Journal,
    path: &Path,
    grounds: &Grounds,
    mut report: impl FnMut(u64, Position),
) -> Result<read_model::Progress, RebuildError> {
    read_model::remove(path)?;
    let mut connection = read_model::create(path, journal.store_id(), journal.epoch(), grounds)?;
    read_model::begin_unsafely(&connection)?;
    let mut progress = read_model::read_progress(&connection)?;
    loop {
        let page =
            journal.read_all(progress.position, limits::BATCH_EVENTS_MAX).await.map_err(RunError::from)?;
        let finished = page.reached_head(progress.position);
        let (returned, outcome) = runner::fold_page(connection, page, None).await?;
        connection = returned;
        progress = outcome.map_err(RunError::from)?;
        report(progress.events, progress.position);
        if finished || progress.stopped.is_some() {
            break;
        }
    }
    let (grounds, known_at, file) = (grounds.clone(), progress.position, path.to_owned());
    tokio::task::spawn_blocking(move || {
        read_model::go_on_without_return(&connection).map_err(RunError::from)?;
        settle::everything(&connection, known_at, grounds.rules()).map_err(RunError::from)?;
        read_model::end_safely(&connection, &file).map_err(RunError::from)
    })
    .await
    .map_err(|_| RunError::Abnormal)??;
    Ok(progress)
}

/// Removes a read-model file with its side files. It must not be open.
pub fn remove(path: &Path) -> Result<(), read_model::OpenError> {
    read_model::remove(path)
}

/// Why a rebuild failed.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// Reading or folding failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A file could not be opened or removed.
    #[error(transparent)]
    Open(#[from] read_model::OpenError),
    /// SQLite failed.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
}

/// The rows that differ between two read-model files: table by table, how many stand in one and not in the other. Empty where both hold the
/// same.
pub fn differences(one: &Path, other: &Path) -> Result<Vec<Difference>, rusqlite::Error> {
    let connection = Connection::open(one)?;
    connection.execute("ATTACH DATABASE ?1 AS other", [other.to_string_lossy().as_ref()])?;
    let mut differences = Vec::new();
    // `stream_no` and `unit_no` number things in the order they were first seen, which the log fixes, so they take part in the comparison.
    let tables = schema::COMPARED.iter().map(|table| (*table, format!("SELECT * FROM {{0}}.{table}")));
    let sums = schema::COMPARED_SUMS.iter().map(|(table, rows)| (*table, (*rows).to_owned()));
    for (table, rows) in tables.chain(sums) {
        let count = |left: &str, right: &str| -> Result<i64, rusqlite::Error> {
            let (left, right) = (rows.replace("{0}", left), rows.replace("{0}", right));
            connection
                .query_row(&format!("SELECT count(*) FROM ({left} EXCEPT {right})"), [], |row| row.get(0))
        };
        let (only_one, only_other) = (count("main", "other")?, count("other", "main")?);
        if only_one != 0 || only_other != 0 {
            differences.push(Difference { table, only_one, only_other });
        }
    }
    Ok(differences)
}

/// Rows of one table that stand in only one of two files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: &'static str,
    /// Rows only in the first file.
    pub only_one: i64,
    /// Rows only in the second file.
    pub only_other: i64,
}
