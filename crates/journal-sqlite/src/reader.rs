//! The reading connections, and the pages read through them in short transactions.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use candour_journal::limits::PAGE_BYTES_MAX;
use candour_journal::{
    AllPage, CorruptRecord, Limit, Position, ReadError, RecordPlace, RecordedEvent, StorageFault, StreamName,
    StreamPage, StreamVersion, Unavailable,
};
use rusqlite::{Connection, OptionalExtension, Params};
use tokio::sync::Semaphore;

use crate::record::{corrupt_at, decode, read_failed, select_events};
use crate::settings::READERS;
use crate::store::{connect_reader, head};

const ALL: &str = select_events!("WHERE event.position > ?1 ORDER BY event.position LIMIT ?2");
const STREAM: &str =
    select_events!("WHERE event.stream_no = ?1 AND event.version >= ?2 ORDER BY event.version LIMIT ?3");

/// A few connections that can only read, used on tokio's threads for blocking work.
pub(crate) struct Readers {
    database: PathBuf,
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    /// A pool that opens its connections when they are first needed.
    pub(crate) fn new(database: PathBuf) -> Self {
        Self { database, permits: Arc::new(Semaphore::new(READERS as usize)), idle: Arc::default() }
    }

    /// Reads in one snapshot. Waits while all connections are in use.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let closed = |_| ReadError::from(Unavailable::ShuttingDown);
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(closed)?;
        let (idle, database) = (Arc::clone(&self.idle), self.database.clone());
        let task = tokio::task::spawn_blocking(move || {
            // Held to the end of the work, even if the caller has gone.
            let _permit = permit;
            let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut connection = match kept {
                Some(connection) => connection,
                None => connect_reader(&database).map_err(read_failed)?,
            };
            let snapshot = connection.transaction().map_err(read_failed)?;
            let result = work(&snapshot);
            snapshot.finish().map_err(read_failed)?;
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            result
        });
        task.await.map_err(|error| ReadError::Failed(StorageFault::new(error)))?
    }

    /// Refuses further reads, waits for those in progress, and closes the connections.
    pub(crate) async fn close(&self) {
        // An error says that the pool is closed already.
        if let Ok(all) = self.permits.acquire_many(READERS).await {
            self.permits.close();
            drop(all);
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Checks the size that was asked for.
pub(crate) fn check_page(limit: usize) -> Result<(), ReadError> {
    if limit == 0 {
        return Err(ReadError::EmptyPage);
    }
    Ok(Limit::PageEvents.check(limit)?)
}

/// A page of the whole log. Positions have no gaps, so each one is known in advance.
pub(crate) fn page_of_all(
    snapshot: &Connection,
    after: Position,
    limit: usize,
) -> Result<AllPage, ReadError> {
    let head = head(snapshot).map_err(read_failed)?;
    let Ok(start) = i64::try_from(after.raw()) else { return Ok(AllPage { events: vec![], head }) };
    let mut page = Page::new(limit);
    let mut next = after.raw().saturating_add(1);
    page.fill(snapshot, ALL, (start, rows(limit)), |event| {
        if event.position.raw() != next {
            return Err(corrupt_at(Position::from_raw(next), "it is missing"));
        }
        next += 1;
        Ok(())
    })?;
    if !page.is_full() && next <= head.raw() {
        return Err(corrupt_at(Position::from_raw(next), "it is missing").into());
    }
    Ok(AllPage { events: page.events, head })
}

/// A page of one stream. Versions have no gaps, so each one is known in advance.
pub(crate) fn page_of_stream(
    snapshot: &Connection,
    stream: &StreamName,
    from: StreamVersion,
    limit: usize,
) -> Result<StreamPage, ReadError> {
    let Some((stream_no, last)) = find_stream(snapshot, stream)? else {
        return Ok(StreamPage { events: vec![], last_version: None, reached_end: true });
    };
    let missing = |version: StreamVersion| CorruptRecord {
        place: RecordPlace::Stream { stream: stream.clone(), version },
        reason: "it is missing",
    };
    let Ok(start) = i64::try_from(from.number()) else {
        return Ok(StreamPage { events: vec![], last_version: Some(last), reached_end: true });
    };
    let mut page = Page::new(limit);
    let mut next = from;
    page.fill(snapshot, STREAM, (stream_no, start, rows(limit)), |event| {
        if event.version != next {
            return Err(missing(next));
        }
        if event.version > last {
            return Err(corrupt_at(event.position, "its version is past the end of its stream"));
        }
        next = next.next();
        Ok(())
    })?;
    if !page.is_full() && next <= last {
        return Err(missing(next).into());
    }
    Ok(StreamPage { events: page.events, last_version: Some(last), reached_end: next > last })
}

/// The number of a stream and the version of its last event.
fn find_stream(
    snapshot: &Connection,
    stream: &StreamName,
) -> Result<Option<(i64, StreamVersion)>, ReadError> {
    let row: Option<(i64, i64)> = snapshot
        .prepare_cached("SELECT stream_no, version FROM stream WHERE name = ?1")
        .and_then(|mut statement| {
            statement.query_row([stream.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })
        .map_err(read_failed)?;
    let Some((stream_no, version)) = row else { return Ok(None) };
    let version = u64::try_from(version).map_err(|_| CorruptRecord {
        place: RecordPlace::Stream { stream: stream.clone(), version: StreamVersion::FIRST },
        reason: "the version of its stream is negative",
    })?;
    Ok(Some((stream_no, StreamVersion::new(version))))
}

/// A page in the making.
struct Page {
    events: Vec<RecordedEvent>,
    bytes: usize,
    limit: usize,
}

impl Page {
    fn new(limit: usize) -> Self {
        Self { events: Vec::new(), bytes: 0, limit }
    }

    /// Whether the page ended because it has no room, and not because there was nothing more.
    fn is_full(&self) -> bool {
        self.events.len() >= self.limit || self.bytes >= PAGE_BYTES_MAX
    }

    /// Takes the events of a query, each of which must pass `check`, until the page is full.
    fn fill(
        &mut self,
        snapshot: &Connection,
        sql: &str,
        params: impl Params,
        mut check: impl FnMut(&RecordedEvent) -> Result<(), CorruptRecord>,
    ) -> Result<(), ReadError> {
        let mut statement = snapshot.prepare_cached(sql).map_err(read_failed)?;
        let mut rows = statement.query(params).map_err(read_failed)?;
        while !self.is_full() {
            let Some(row) = rows.next().map_err(read_failed)? else { break };
            let event = decode(row)?;
            check(&event)?;
            self.bytes = self.bytes.saturating_add(event.bytes());
            self.events.push(event);
        }
        Ok(())
    }
}

/// A page size as SQLite takes it; checked before to be small.
fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
