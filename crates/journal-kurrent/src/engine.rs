//! What the parts of the journal share.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use candour_journal::{Clock, StreamName, to_stored_precision};
use jiff::Timestamp;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;
use uuid::Uuid;

use crate::fault::{EngineFault, Failure, Meaning};
use crate::link::Link;
use crate::options::AppendBy;
use crate::settings::RETRY_WAIT;
use crate::tail::Tail;

/// The state of one journal.
pub(crate) struct Engine {
    pub(crate) link: Link,
    pub(crate) tail: Tail,
    pub(crate) names: Names,
    pub(crate) append_by: AppendBy,
    pub(crate) call_budget: Duration,
    pub(crate) streams: StreamLocks,
    pub(crate) confirmed: ConfirmedPositions,
    /// Where the identity of the store stands: nothing of ours is before it. 0 until it is known.
    pub(crate) begins_at: AtomicU64,
    clock: Arc<dyn Clock>,
    last_recorded: Mutex<Timestamp>,
    /// Tells the calls of this process from those of any other.
    process: Uuid,
    calls: AtomicU64,
}

/// Which streams are ours.
#[derive(Clone)]
pub(crate) struct Names {
    pub(crate) namespace: String,
    /// What the names of all our streams begin with.
    pub(crate) prefix: String,
    /// The stream that holds the identity of the store. It begins like ours but is no part of the journal.
    pub(crate) store: String,
}

impl Names {
    pub(crate) fn new(namespace: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            prefix: format!("{namespace}."),
            store: format!("{namespace}.store"),
        }
    }

    /// Whether the stream is part of the journal.
    pub(crate) fn are_ours(&self, stream: &str) -> bool {
        stream.starts_with(&self.prefix) && stream != self.store
    }
}

impl Engine {
    pub(crate) fn new(
        link: Link,
        namespace: &str,
        append_by: AppendBy,
        call_budget: Duration,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            link,
            tail: Tail::new(),
            names: Names::new(namespace),
            append_by,
            call_budget,
            streams: StreamLocks::default(),
            confirmed: ConfirmedPositions::default(),
            begins_at: AtomicU64::new(0),
            clock,
            last_recorded: Mutex::new(Timestamp::MIN),
            process: draw_process(),
            calls: AtomicU64::new(0),
        }
    }

    /// A name for an append that begins now, never given before, here or elsewhere.
    pub(crate) fn next_call(&self) -> Uuid {
        Uuid::new_v5(&self.process, &self.calls.fetch_add(1, Ordering::Relaxed).to_be_bytes())
    }

    /// When a call that begins now must be over.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.call_budget
    }

    /// The instant of an append that begins now. Never earlier than one given before.
    pub(crate) fn stamp(&self) -> Timestamp {
        let now = to_stored_precision(self.clock.now());
        let mut last = self.last_recorded.lock().unwrap_or_else(PoisonError::into_inner);
        *last = now.max(*last);
        *last
    }

    /// Makes every later stamp at least this one.
    pub(crate) fn stamp_no_earlier_than(&self, recorded_at: Timestamp) {
        let mut last = self.last_recorded.lock().unwrap_or_else(PoisonError::into_inner);
        *last = recorded_at.max(*last);
    }

    /// Repeats an attempt that changes nothing until it succeeds, is refused, or the time is up.
    pub(crate) async fn repeat<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        until: Instant,
        mut attempt: impl FnMut() -> F,
    ) -> Result<T, Failure> {
        loop {
            let failure = match attempt().await {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            if matches!(failure.meaning, Meaning::Refused | Meaning::NoStream | Meaning::WrongVersion) {
                return Err(failure);
            }
            if pause(until).await.is_break() {
                let fault = EngineFault::BudgetSpent(Box::new(failure.fault));
                return Err(Failure { fault, ..failure });
            }
        }
    }
}

/// Whether the position that the server confirms an append with is the one that the last event of it is read back with.
/// Found out with the first append of one event and the first of several, and not taken for granted: a position past the
/// event would make a reader wait for ever.
#[derive(Default)]
pub(crate) struct ConfirmedPositions {
    one: AtomicU8,
    several: AtomicU8,
}

impl ConfirmedPositions {
    const UNKNOWN: u8 = 0;
    const EXACT: u8 = 1;
    const INEXACT: u8 = 2;

    fn of(&self, events: usize) -> &AtomicU8 {
        if events > 1 { &self.several } else { &self.one }
    }

    /// Whether the position of an append of so many events can be taken as it is.
    pub(crate) fn are_exact(&self, events: usize) -> bool {
        self.of(events).load(Ordering::Relaxed) == Self::EXACT
    }

    /// Notes that an append was confirmed with one position and read back with another, or the same.
    pub(crate) fn learn(&self, events: usize, confirmed: u64, read: u64) {
        if confirmed != read {
            let before = self.of(events).swap(Self::INEXACT, Ordering::Relaxed);
            if before != Self::INEXACT {
                tracing::warn!(
                    confirmed,
                    read,
                    "KurrentDB confirms appends with another position than it reads them with"
                );
            }
        } else if self.of(events).load(Ordering::Relaxed) == Self::UNKNOWN {
            self.of(events).store(Self::EXACT, Ordering::Relaxed);
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a process is told from others by chance, once, when it connects"
)]
fn draw_process() -> Uuid {
    Uuid::new_v4()
}

/// Waits between two attempts, unless there is no time for another one.
pub(crate) async fn pause(until: Instant) -> ControlFlow<()> {
    let next = Instant::now() + RETRY_WAIT;
    if next >= until {
        return ControlFlow::Break(());
    }
    tokio::time::sleep_until(next).await;
    ControlFlow::Continue(())
}

/// One append at a time for each stream of this process: of two appends to one stream only one can be right anyway, and
/// one after the other the second one always sees what the first one did.
#[derive(Default)]
pub(crate) struct StreamLocks {
    locks: Mutex<HashMap<StreamName, Arc<tokio::sync::Mutex<()>>>>,
}

impl StreamLocks {
    /// Waits for the stream. The lock is released, and forgotten if nobody waits for it, when the guard is dropped.
    pub(crate) async fn lock(&self, stream: &StreamName) -> StreamGuard<'_> {
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(locks.entry(stream.clone()).or_default())
        };
        let mut guard = StreamGuard { locks: self, stream: stream.clone(), held: None };
        guard.held = Some(lock.lock_owned().await);
        guard
    }
}

/// The right to append to one stream.
pub(crate) struct StreamGuard<'a> {
    locks: &'a StreamLocks,
    stream: StreamName,
    held: Option<OwnedMutexGuard<()>>,
}

impl Drop for StreamGuard<'_> {
    fn drop(&mut self) {
        drop(self.held.take());
        let mut locks = self.locks.locks.lock().unwrap_or_else(PoisonError::into_inner);
        if locks.get(&self.stream).is_some_and(|lock| Arc::strong_count(lock) == 1) {
            locks.remove(&self.stream);
        }
    }
}
