//! The log as all nodes share it, with the events that a server writes by itself.

use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use crate::log::{EPOCH_STREAM, Expected, Log, Outcome, Proposed};

/// After how many appends a server writes an event of its own into the log.
const APPENDS_BETWEEN_SYSTEM_EVENTS: u64 = 3;

/// The stream that a server keeps its own figures in.
const STATISTICS_STREAM: &str = "$stats-127.0.0.1:2113";

/// The log, kept while the nodes stop and start.
pub(crate) struct Store {
    inner: Mutex<Inner>,
}

struct Inner {
    log: Log,
    appends: u64,
    /// Events of the server's own so far.
    own: u64,
    /// Nothing is written while the server is stopped.
    is_stopped: bool,
}

/// The server is stopped.
#[derive(Debug)]
pub(crate) struct Stopped;

impl Store {
    /// A log with the few events that a fresh server has.
    pub(crate) fn new() -> Self {
        let mut inner = Inner { log: Log::new(), appends: 0, own: 0, is_stopped: false };
        inner.write_own(EPOCH_STREAM, "$epoch-information");
        inner.write_own("$settings", "$settings");
        inner.write_own(STATISTICS_STREAM, "$statsCollected");
        Self { inner: Mutex::new(inner) }
    }

    fn with<T>(&self, use_it: impl FnOnce(&mut Inner) -> T) -> T {
        use_it(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn with_log<T>(&self, read: impl FnOnce(&Log) -> T) -> T {
        self.with(|inner| read(&inner.log))
    }

    /// Appends, and now and then writes an event of the server's own behind it.
    pub(crate) fn append(
        &self,
        stream: &str,
        expected: Expected,
        events: Vec<Proposed>,
    ) -> Result<Outcome, Stopped> {
        self.with(|inner| {
            if inner.is_stopped {
                return Err(Stopped);
            }
            let outcome = inner.log.append(stream, expected, events);
            inner.appends += 1;
            if inner.appends.is_multiple_of(APPENDS_BETWEEN_SYSTEM_EVENTS) {
                inner.write_own(STATISTICS_STREAM, "$statsCollected");
            }
            Ok(outcome)
        })
    }

    pub(crate) fn delete(
        &self,
        stream: &str,
        expected: Expected,
        for_ever: bool,
    ) -> Result<Outcome, Stopped> {
        self.with(|inner| {
            if inner.is_stopped { Err(Stopped) } else { Ok(inner.log.delete(stream, expected, for_ever)) }
        })
    }

    /// A node has become the leader.
    pub(crate) fn begin_epoch(&self) {
        self.with(|inner| inner.write_own(EPOCH_STREAM, "$epoch-information"));
    }

    pub(crate) fn stop(&self) {
        self.with(|inner| inner.is_stopped = true);
    }

    /// Goes on with the log as it was, but for the ids that were only remembered.
    pub(crate) fn start_again(&self) {
        self.with(|inner| {
            inner.is_stopped = false;
            inner.log.forget_recent_ids();
            inner.write_own(EPOCH_STREAM, "$epoch-information");
        });
    }
}

impl Inner {
    fn write_own(&mut self, stream: &str, event_type: &str) {
        // No id of a test is as large as these.
        let id = Uuid::from_u128(u128::MAX - u128::from(self.own));
        self.own += 1;
        self.log.write_of_server(stream, Proposed::of_server(event_type, id, b"{}".to_vec()));
    }
}
