//! The one writer: a thread that owns the writing connection and commits in groups.
//!
//! It takes what is queued, up to a limit, into one transaction, each append under its own savepoint, commits once, and
//! only then publishes the new head and answers. While one commit is on its way to the disk, the next batch queues up,
//! so the group grows with the load and nobody waits for company.
//!
//! A failed COMMIT is never tried again: after a failed sync the state of the page cache is not known. The writer stops,
//! and a restart finds out what is on the disk.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use candour_journal::limits::{WRITE_BATCH_APPENDS_MAX, WRITE_BATCH_BYTES_MAX};
use candour_journal::{
    AppendError, Appended, Clock, CopyError, Fact, FactError, Position, RecordedEvent, StorageFault,
    Unavailable, to_stored_precision,
};
use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode};
use tokio::sync::{mpsc, oneshot, watch};

use crate::append::{AppendFault, AppendRequest, TypeNumbers, append, execute};
use crate::copy::copy;
use crate::fact::settle;

/// An append in the queue, with the way back to its caller.
pub(crate) struct Queued {
    pub(crate) request: AppendRequest,
    pub(crate) reply: oneshot::Sender<Result<Appended, AppendError>>,
}

/// A fact to be settled, with the way back to its caller.
pub(crate) struct Settling {
    pub(crate) fact: Fact,
    pub(crate) value: String,
    pub(crate) reply: oneshot::Sender<Result<String, FactError>>,
}

/// Events of another store to be taken over, with the way back to their giver.
pub(crate) struct ToCopy {
    pub(crate) events: Vec<RecordedEvent>,
    pub(crate) reply: oneshot::Sender<Result<(), CopyError>>,
}

/// What the writer is told.
pub(crate) enum Message {
    /// Take over events of another store.
    Copy(ToCopy),
    Append(Queued),
    /// Settle a fact about the store.
    Settle(Settling),
    /// Take nothing more, finish what is queued, and end.
    Close,
}

/// How the writer ended.
pub(crate) enum Ended {
    /// As told. The result is that of putting the write-ahead log back into the database file.
    Orderly(rusqlite::Result<()>),
    /// After a failure.
    Failed,
}

/// What the journal and its writer both see.
pub(crate) struct Shared {
    /// True until the writer ends, for whatever reason.
    pub(crate) is_serving: AtomicBool,
    /// True from when the journal is told to close.
    pub(crate) is_closing: AtomicBool,
    commits: AtomicU64,
    appends: AtomicU64,
    largest_batch: AtomicU64,
    pub(crate) observer: OnceLock<Arc<dyn CommitObserver>>,
}

impl Shared {
    pub(crate) fn new() -> Self {
        Self {
            is_serving: AtomicBool::new(true),
            is_closing: AtomicBool::new(false),
            commits: AtomicU64::new(0),
            appends: AtomicU64::new(0),
            largest_batch: AtomicU64::new(0),
            observer: OnceLock::new(),
        }
    }

    /// Why the writer takes nothing.
    pub(crate) fn unavailable(&self) -> Unavailable {
        if self.is_closing.load(Ordering::Acquire) { Unavailable::ShuttingDown } else { Unavailable::Stopped }
    }

    pub(crate) fn statistics(&self, waiting: usize) -> WriterStatistics {
        WriterStatistics {
            commits: self.commits.load(Ordering::Relaxed),
            appends: self.appends.load(Ordering::Relaxed),
            largest_batch: self.largest_batch.load(Ordering::Relaxed),
            waiting,
        }
    }

    fn count(&self, appends: u64, took: Duration) {
        if appends > 0 {
            self.commits.fetch_add(1, Ordering::Relaxed);
            self.appends.fetch_add(appends, Ordering::Relaxed);
            self.largest_batch.fetch_max(appends, Ordering::Relaxed);
            if let Some(observer) = self.observer.get() {
                observer.committed(Commit { appends, took });
            }
        }
    }
}

/// What the writer has done since the journal was opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WriterStatistics {
    /// Commits that wrote something.
    pub commits: u64,
    /// Appends written by them; refused and repeated ones are not counted.
    pub appends: u64,
    /// Most appends written by one commit.
    pub largest_batch: u64,
    /// Appends that wait in the queue now.
    pub waiting: usize,
}

/// A commit that wrote something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Commit {
    /// Appends written by it; refused and repeated ones are not counted.
    pub appends: u64,
    /// How long it took, from the beginning of its transaction until it was on the disk.
    pub took: Duration,
}

/// Is told of each commit.
pub trait CommitObserver: Send + Sync {
    /// Called on the writing thread between commit and answers, so it must be quick and must not wait.
    fn committed(&self, commit: Commit);
}

/// The writing thread's own things.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) requests: mpsc::Receiver<Message>,
    pub(crate) head: watch::Sender<Position>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) last_recorded: Option<Timestamp>,
    pub(crate) types: TypeNumbers,
    pub(crate) shared: Arc<Shared>,
}

/// Why a batch did not become durable.
enum BatchFault {
    /// Before the COMMIT: nothing of it is written.
    NotWritten(rusqlite::Error),
    /// In the COMMIT: it may or may not be written.
    Unknown(rusqlite::Error),
}

/// The file can no longer be trusted to take records.
struct MustStop;

/// Says that the writer has ended, even if it ends by a panic.
struct ServingUntilDropped(Arc<Shared>);

impl Drop for ServingUntilDropped {
    fn drop(&mut self) {
        self.0.is_serving.store(false, Ordering::Release);
    }
}

impl Writer {
    /// Serves until told to close, or until every journal handle is gone, or until a failure.
    pub(crate) fn run(mut self) -> Ended {
        let serving = ServingUntilDropped(Arc::clone(&self.shared));
        while let Some(message) = self.requests.blocking_recv() {
            let batch = self.take_batch(message);
            if batch.is_empty() {
                continue;
            }
            if self.serve(batch).is_err() {
                drop(serving);
                self.refuse_the_rest();
                return Ended::Failed;
            }
        }
        Ended::Orderly(self.put_back())
    }

    /// Takes what is queued, up to the limits of a batch. Empty if there was nothing but the order to close.
    fn take_batch(&mut self, first: Message) -> Vec<Queued> {
        let mut batch = Vec::new();
        let mut bytes = 0_usize;
        let mut message = Some(first);
        while let Some(received) = message {
            match received {
                Message::Append(queued) => {
                    bytes = queued
                        .request
                        .events
                        .iter()
                        .fold(bytes, |sum, event| sum.saturating_add(event.bytes()));
                    batch.push(queued);
                }
                // No transaction is open while a batch is being taken.
                Message::Settle(Settling { fact, value, reply }) => {
                    let settled = settle(&self.connection, fact, &value);
                    drop(reply.send(settled.map_err(|error| FactError::Failed(StorageFault::new(error)))));
                }
                Message::Copy(ToCopy { events, reply }) => {
                    let copied = copy(&mut self.connection, &mut self.types, &events);
                    if let Ok(Some(end)) = &copied {
                        self.last_recorded = self.last_recorded.max(Some(end.latest));
                        self.head.send_replace(end.position);
                    }
                    drop(reply.send(copied.map(drop)));
                }
                Message::Close => self.requests.close(),
            }
            if batch.len() >= WRITE_BATCH_APPENDS_MAX || bytes >= WRITE_BATCH_BYTES_MAX {
                break;
            }
            message = self.requests.try_recv().ok();
        }
        batch
    }

    /// Writes a batch and answers it.
    fn serve(&mut self, batch: Vec<Queued>) -> Result<(), MustStop> {
        match self.write(&batch) {
            Ok(results) => {
                let newest = results.iter().flatten().map(|appended| appended.position).max();
                if let Some(newest) = newest.filter(|newest| *newest > *self.head.borrow()) {
                    self.head.send_replace(newest);
                }
                for (queued, result) in batch.into_iter().zip(results) {
                    answer(queued, result);
                }
                Ok(())
            }
            Err(BatchFault::NotWritten(error)) => {
                let passes = matches!(
                    error.sqlite_error_code(),
                    Some(
                        ErrorCode::DatabaseBusy
                            | ErrorCode::DatabaseLocked
                            | ErrorCode::DiskFull
                            | ErrorCode::OutOfMemory
                    )
                );
                self.roll_back();
                self.fail(batch, error, !passes, AppendError::Failed)
            }
            Err(BatchFault::Unknown(error)) => self.fail(batch, error, true, AppendError::OutcomeUnknown),
        }
    }

    /// Writes a batch in one transaction. The results may be told only now, after the COMMIT.
    fn write(&mut self, batch: &[Queued]) -> Result<Vec<Result<Appended, AppendError>>, BatchFault> {
        let Self { connection, types, .. } = self;
        let begun = Instant::now();
        execute(connection, "BEGIN IMMEDIATE").map_err(BatchFault::NotWritten)?;
        let mut last_recorded = self.last_recorded;
        let mut written = 0;
        let mut results = Vec::with_capacity(batch.len());
        for queued in batch {
            let now = to_stored_precision(self.clock.now());
            let recorded_at = last_recorded.map_or(now, |last| last.max(now));
            let result = match append(connection, types, &queued.request, recorded_at) {
                Ok(appended) => {
                    if !appended.repeated {
                        last_recorded = Some(recorded_at);
                        written += 1;
                    }
                    Ok(appended)
                }
                Err(AppendFault::Refused(error)) => Err(error),
                Err(AppendFault::Sqlite(error)) => return Err(BatchFault::NotWritten(error)),
            };
            results.push(result);
        }
        execute(connection, "COMMIT").map_err(BatchFault::Unknown)?;
        self.last_recorded = last_recorded;
        self.shared.count(written, begun.elapsed());
        Ok(results)
    }

    /// Ends a transaction that is not to be committed. It may have ended by itself.
    fn roll_back(&mut self) {
        self.types.clear();
        if !self.connection.is_autocommit()
            && let Err(error) = execute(&self.connection, "ROLLBACK")
        {
            tracing::error!(%error, "the journal's transaction could not be rolled back");
        }
    }

    /// Answers a whole batch with a failure.
    fn fail(
        &self,
        batch: Vec<Queued>,
        error: rusqlite::Error,
        must_stop: bool,
        as_answer: impl Fn(StorageFault) -> AppendError,
    ) -> Result<(), MustStop> {
        if must_stop {
            // Before the answers, so that who is answered finds the journal unhealthy.
            self.shared.is_serving.store(false, Ordering::Release);
            tracing::error!(%error, "the journal stops: its file can no longer be trusted to take records");
        } else {
            tracing::warn!(%error, "the journal could not write a batch");
        }
        let fault = StorageFault::new(error);
        for queued in batch {
            answer(queued, Err(as_answer(fault.clone())));
        }
        if must_stop { Err(MustStop) } else { Ok(()) }
    }

    /// Answers everything still queued; called once the writer has failed.
    fn refuse_the_rest(&mut self) {
        self.requests.close();
        while let Ok(message) = self.requests.try_recv() {
            match message {
                Message::Append(queued) => answer(queued, Err(Unavailable::Stopped.into())),
                Message::Settle(settling) => drop(settling.reply.send(Err(Unavailable::Stopped.into()))),
                Message::Copy(to_copy) => {
                    let stopped = AppendError::Unavailable(Unavailable::Stopped);
                    drop(to_copy.reply.send(Err(stopped.into())));
                }
                Message::Close => {}
            }
        }
        // Leave the files as they are for the next start to recover from.
        if let Err(error) = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true) {
            tracing::error!(%error, "closing may still move the journal's write-ahead log into its file");
        }
    }

    /// Moves the write-ahead log into the database file and empties it.
    fn put_back(&self) -> rusqlite::Result<()> {
        let was_kept: bool =
            self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if was_kept {
            tracing::warn!("another program reads the journal, so its write-ahead log stays beside it");
        }
        Ok(())
    }
}

/// A caller that has gone away needs no answer.
fn answer(queued: Queued, result: Result<Appended, AppendError>) {
    drop(queued.reply.send(result));
}
