//! How long the log takes: every operation on either engine, and each commit of SQLite.

use std::{future::Future, sync::Arc, time::Instant};

use async_trait::async_trait;
use candour_journal::{
    AllPage, AppendError, Appended, ExpectedVersion, Fact, FactError, Journal, NewEvent, Position, ReadError,
    StoreId, StreamName, StreamPage, StreamVersion, Unavailable,
};
use candour_journal_sqlite::{Commit, CommitObserver};
use candour_telemetry::{
    Counter, Histogram, KeyValue, TRACED,
    catalogue::{
        COMMIT_APPENDS, COMMIT_DURATION, ERROR_TYPE, STORE_DURATION, STORE_FAILURES, STORE_OPERATION,
        STORE_SYSTEM,
    },
};
use tokio::sync::watch;
use tracing::Instrument as _;

/// A journal whose operations are measured.
pub(crate) struct Measured {
    inner: Arc<dyn Journal>,
    system: &'static str,
    duration: Histogram<f64>,
    failures: Counter<u64>,
}

/// The operations of a log.
const APPEND: &str = "append";
const READ_STREAM: &str = "read_stream";
const READ_ALL: &str = "read_all";
const HEAD: &str = "head";

/// The kinds of failure that are the fault of the engine or its disk.
const FAILED: &str = "failed";
const OUTCOME_UNKNOWN: &str = "outcome_unknown";
const CORRUPT: &str = "corrupt";

/// Every failure that can be anybody's concern but a caller's.
const FAULTS: &[(&str, &str)] = &[
    (APPEND, FAILED),
    (APPEND, OUTCOME_UNKNOWN),
    (APPEND, CORRUPT),
    (READ_STREAM, FAILED),
    (READ_STREAM, CORRUPT),
    (READ_ALL, FAILED),
    (READ_ALL, CORRUPT),
    (HEAD, FAILED),
    (HEAD, CORRUPT),
];

impl Measured {
    /// Measures a journal of this engine. Telemetry is started before.
    pub(crate) fn of(inner: Arc<dyn Journal>, system: &'static str) -> Arc<dyn Journal> {
        let failures = STORE_FAILURES.counter();
        for (operation, kind) in FAULTS {
            // From 0, so that the first failure is seen to come.
            let labels = [KeyValue::new(STORE_OPERATION, *operation), KeyValue::new(ERROR_TYPE, *kind)];
            failures.add(0, &labels);
        }
        Arc::new(Self { inner, system, duration: STORE_DURATION.histogram(), failures })
    }

    /// The span of an operation that is a part of a call.
    fn span(&self, operation: &'static str, events: usize) -> tracing::Span {
        let span = tracing::info_span!(
            target: TRACED,
            "log",
            otel.name = operation,
            otel.kind = "client",
            { STORE_SYSTEM } = self.system,
            { STORE_OPERATION } = operation,
            candour.append.events = tracing::field::Empty,
        );
        if events > 0 {
            span.record("candour.append.events", events as u64);
        }
        span
    }

    async fn measure<T, E>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T, E>>,
        kind: fn(&E) -> &'static str,
    ) -> Result<T, E> {
        let begun = Instant::now();
        let result = work.await;
        let mut labels =
            vec![KeyValue::new(STORE_SYSTEM, self.system), KeyValue::new(STORE_OPERATION, operation)];
        if let Err(error) = &result {
            let kind = kind(error);
            labels.push(KeyValue::new(ERROR_TYPE, kind));
            if FAULTS.contains(&(operation, kind)) {
                self.failures.add(1, &labels[1..]);
            }
        }
        self.duration.record(begun.elapsed().as_secs_f64(), &labels);
        result
    }
}

#[async_trait]
impl Journal for Measured {
    async fn append(
        &self,
        stream: &StreamName,
        expected: ExpectedVersion,
        events: Vec<NewEvent>,
    ) -> Result<Appended, AppendError> {
        let span = self.span(APPEND, events.len());
        let append = self.inner.append(stream, expected, events).instrument(span);
        self.measure(APPEND, append, append_failure).await
    }

    async fn read_stream(
        &self,
        stream: &StreamName,
        from: StreamVersion,
        limit: usize,
    ) -> Result<StreamPage, ReadError> {
        let read = self.inner.read_stream(stream, from, limit).instrument(self.span(READ_STREAM, 0));
        self.measure(READ_STREAM, read, read_failure).await
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<AllPage, ReadError> {
        self.measure(READ_ALL, self.inner.read_all(after, limit), read_failure).await
    }

    async fn head(&self) -> Result<Position, ReadError> {
        self.measure(HEAD, self.inner.head(), read_failure).await
    }

    fn store_id(&self) -> StoreId {
        self.inner.store_id()
    }

    fn epoch(&self) -> u64 {
        self.inner.epoch()
    }

    fn changes(&self) -> watch::Receiver<Position> {
        self.inner.changes()
    }

    fn is_synthetic(&self) -> bool {
        self.inner.is_synthetic()
    }

    fn is_healthy(&self) -> bool {
        self.inner.is_healthy()
    }

    fn is_answering(&self) -> bool {
        self.inner.is_answering()
    }

    fn is_sole_writer(&self) -> bool {
        self.inner.is_sole_writer()
    }

    async fn settle(&self, fact: Fact, value: &str) -> Result<String, FactError> {
        self.inner.settle(fact, value).await
    }

    async fn settled(&self, fact: Fact) -> Result<Option<String>, FactError> {
        self.inner.settled(fact).await
    }
}

fn append_failure(error: &AppendError) -> &'static str {
    match error {
        AppendError::Empty => "empty",
        AppendError::Limit(_) => "limit",
        AppendError::Conflict { .. } => "conflict",
        AppendError::DuplicateEventId { .. } => "duplicate_event_id",
        AppendError::Unavailable(unavailable) => unavailable_kind(*unavailable),
        AppendError::Corrupt(_) => CORRUPT,
        AppendError::Failed(_) => FAILED,
        AppendError::OutcomeUnknown(_) => OUTCOME_UNKNOWN,
    }
}

fn read_failure(error: &ReadError) -> &'static str {
    match error {
        ReadError::EmptyPage => "empty",
        ReadError::Limit(_) => "limit",
        ReadError::Corrupt(_) => CORRUPT,
        ReadError::Unavailable(unavailable) => unavailable_kind(*unavailable),
        ReadError::Failed(_) => FAILED,
    }
}

fn unavailable_kind(unavailable: Unavailable) -> &'static str {
    match unavailable {
        Unavailable::QueueFull => "queue_full",
        Unavailable::ShuttingDown => "shutting_down",
        Unavailable::Stopped => "stopped",
        Unavailable::NotAnswering => "not_answering",
    }
}

/// The commits of SQLite.
pub(crate) struct Commits {
    duration: Histogram<f64>,
    appends: Histogram<f64>,
}

impl Commits {
    /// Telemetry is started before.
    pub(crate) fn observer() -> Arc<dyn CommitObserver> {
        Arc::new(Self { duration: COMMIT_DURATION.histogram(), appends: COMMIT_APPENDS.histogram() })
    }
}

impl CommitObserver for Commits {
    fn committed(&self, commit: Commit) {
        self.duration.record(commit.took.as_secs_f64(), &[]);
        self.appends.record(count(commit.appends), &[]);
    }
}

/// A small number, as a histogram takes it.
pub(super) fn count(number: u64) -> f64 {
    // No batch comes near four thousand million.
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
