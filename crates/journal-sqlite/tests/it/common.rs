//! What the tests of this crate share.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use candour_journal::{
    Appended, EventTypeName, ExpectedVersion, Journal, ManualClock, NewEvent, Position, RecordedEvent,
    StreamName,
};
use candour_journal_sqlite::{OpenError, OpenOptions, SqliteJournal};
use jiff::Timestamp;
use tempfile::TempDir;
use uuid::Uuid;

/// Nine in the morning, plus some seconds.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_772_442_000 + seconds).unwrap()
}

pub(crate) fn clock(seconds: i64) -> Arc<ManualClock> {
    Arc::new(ManualClock::new(at(seconds)))
}

/// A place for a journal, whose folder does not exist yet.
pub(crate) struct Place {
    _folder: TempDir,
    pub(crate) file: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store").join("journal.sqlite");
        Self { _folder: folder, file }
    }

    pub(crate) fn open(&self) -> SqliteJournal {
        self.try_open().unwrap()
    }

    pub(crate) fn try_open(&self) -> Result<SqliteJournal, OpenError> {
        open_at(&self.file)
    }

    /// The file through a connection that the journal knows nothing of.
    pub(crate) fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(&self.file).unwrap()
    }
}

pub(crate) fn open_at(file: &Path) -> Result<SqliteJournal, OpenError> {
    SqliteJournal::open(file, &OpenOptions::new(clock(0)).synthetic(true))
}

pub(crate) fn stream(number: u128) -> StreamName {
    StreamName::new("candour", "incident", Uuid::from_u128(number)).unwrap()
}

pub(crate) fn event(id: u128) -> NewEvent {
    NewEvent {
        event_id: Uuid::from_u128(id),
        event_type: EventTypeName::parse("IncidentReported.v1").unwrap(),
        occurred_at: at(-60),
        metadata: b"{}".to_vec(),
        data: b"{\"severity\":2}".to_vec(),
    }
}

/// Appends one event, whose id is this number, to a stream.
pub(crate) async fn append(journal: &SqliteJournal, stream_number: u128, id: u128) -> Appended {
    journal.append(&stream(stream_number), ExpectedVersion::Any, vec![event(id)]).await.unwrap()
}

pub(crate) async fn log(journal: &SqliteJournal) -> Vec<RecordedEvent> {
    journal.read_all(Position::BEFORE_FIRST, 1000).await.unwrap().events
}

/// Lets each future take its first step: an append is then in the writer's queue.
pub(crate) async fn poll_each_once<F: Future + Unpin>(futures: &mut [F])
where
    F::Output: std::fmt::Debug,
{
    std::future::poll_fn(|context| {
        for future in futures.iter_mut() {
            let early = std::pin::Pin::new(future).poll(context);
            assert!(early.is_pending(), "answered too early: {early:?}");
        }
        std::task::Poll::Ready(())
    })
    .await;
}
