//! A journal as one server sees it: counts what is asked of it, and can hold an append back. For tests.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::{Notify, watch};

use crate::{
    AllPage, AppendError, Appended, ExpectedVersion, Fact, FactError, Journal, NewEvent, Position, ReadError,
    StorageFault, StoreId, StreamName, StreamPage, StreamVersion,
};

/// A journal, observed.
pub struct Observed {
    journal: Arc<dyn Journal>,
    has_other_writers: bool,
    reads: AtomicUsize,
    appends: AtomicUsize,
    gates: Mutex<HashMap<StreamName, Arc<Gate>>>,
}

/// Holds an append back.
#[derive(Default)]
pub struct Gate {
    /// The append has come.
    pub reached: Notify,
    /// It may go on.
    pub opened: Notify,
}

impl Observed {
    /// The journal of a server beside others.
    pub fn with_other_writers(journal: Arc<dyn Journal>) -> Self {
        Self { has_other_writers: true, ..Self::alone(journal) }
    }

    /// The journal of the only server.
    pub fn alone(journal: Arc<dyn Journal>) -> Self {
        Self {
            journal,
            has_other_writers: false,
            reads: AtomicUsize::new(0),
            appends: AtomicUsize::new(0),
            gates: Mutex::default(),
        }
    }

    /// Holds back the next append to a stream.
    pub fn hold_back(&self, stream: &StreamName) -> Arc<Gate> {
        let gate = Arc::<Gate>::default();
        self.gates.lock().unwrap_or_else(PoisonError::into_inner).insert(stream.clone(), Arc::clone(&gate));
        gate
    }

    /// How many reads of streams and how many appends were asked for since this was last called.
    pub fn asked(&self) -> (usize, usize) {
        (self.reads.swap(0, Ordering::SeqCst), self.appends.swap(0, Ordering::SeqCst))
    }
}

#[async_trait]
impl Journal for Observed {
    async fn append(
        &self,
        stream: &StreamName,
        expected: ExpectedVersion,
        events: Vec<NewEvent>,
    ) -> Result<Appended, AppendError> {
        self.appends.fetch_add(1, Ordering::SeqCst);
        let gate = self.gates.lock().unwrap_or_else(PoisonError::into_inner).remove(stream);
        let Some(gate) = gate else { return self.journal.append(stream, expected, events).await };
        // As an engine that has taken an append carries it out, whether its caller waits or not.
        let (journal, stream) = (Arc::clone(&self.journal), stream.clone());
        let carried_out = tokio::spawn(async move {
            gate.reached.notify_one();
            gate.opened.notified().await;
            journal.append(&stream, expected, events).await
        });
        carried_out.await.unwrap_or_else(|error| Err(AppendError::OutcomeUnknown(StorageFault::new(error))))
    }

    async fn read_stream(
        &self,
        stream: &StreamName,
        from: StreamVersion,
        limit: usize,
    ) -> Result<StreamPage, ReadError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.journal.read_stream(stream, from, limit).await
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<AllPage, ReadError> {
        self.journal.read_all(after, limit).await
    }

    async fn head(&self) -> Result<Position, ReadError> {
        self.journal.head().await
    }

    fn store_id(&self) -> StoreId {
        self.journal.store_id()
    }

    fn epoch(&self) -> u64 {
        self.journal.epoch()
    }

    fn changes(&self) -> watch::Receiver<Position> {
        self.journal.changes()
    }

    fn is_synthetic(&self) -> bool {
        self.journal.is_synthetic()
    }

    fn is_healthy(&self) -> bool {
        self.journal.is_healthy()
    }

    fn is_answering(&self) -> bool {
        self.journal.is_answering()
    }

    fn is_sole_writer(&self) -> bool {
        !self.has_other_writers
    }

    async fn settle(&self, fact: Fact, value: &str) -> Result<String, FactError> {
        self.journal.settle(fact, value).await
    }

    async fn settled(&self, fact: Fact) -> Result<Option<String>, FactError> {
        self.journal.settled(fact).await
    }
}
