//! The suite in another namespace than its own.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

use super::NAMESPACE;
use crate::{
    AllPage, AppendError, Appended, CopyError, Copying, ExpectedVersion, Fact, FactError, Journal, NewEvent,
    Position, ReadError, RecordedEvent, StoreId, StreamName, StreamPage, StreamVersion,
};

/// A journal in some namespace, seen as if it were in that of the suite. On a server where the streams of others stand, and those of
/// earlier runs, each test then has a namespace that is empty. Names are all that it changes.
pub struct InNamespace {
    journal: Arc<dyn Copying>,
    namespace: String,
}

impl InNamespace {
    /// A journal that takes streams of this namespace only.
    pub fn new(journal: Arc<dyn Copying>, namespace: impl Into<String>) -> Self {
        Self { journal, namespace: namespace.into() }
    }

    /// The stream as the journal knows it.
    fn inner(&self, stream: &StreamName) -> StreamName {
        renamed(stream, &self.namespace)
    }
}

fn renamed(stream: &StreamName, namespace: &str) -> StreamName {
    StreamName::new(namespace, stream.category(), stream.id()).expect("a namespace is checked before")
}

/// The stream as the suite knows it.
fn outer(stream: &StreamName) -> StreamName {
    renamed(stream, NAMESPACE)
}

fn outer_events(events: Vec<RecordedEvent>) -> Vec<RecordedEvent> {
    events.into_iter().map(|event| RecordedEvent { stream: outer(&event.stream), ..event }).collect()
}

fn outer_error(error: AppendError) -> AppendError {
    match error {
        AppendError::Conflict { stream, expected, actual } => {
            AppendError::Conflict { stream: outer(&stream), expected, actual }
        }
        other => other,
    }
}

#[async_trait]
impl Journal for InNamespace {
    async fn append(
        &self,
        stream: &StreamName,
        expected: ExpectedVersion,
        events: Vec<NewEvent>,
    ) -> Result<Appended, AppendError> {
        self.journal.append(&self.inner(stream), expected, events).await.map_err(outer_error)
    }

    async fn read_stream(
        &self,
        stream: &StreamName,
        from: StreamVersion,
        limit: usize,
    ) -> Result<StreamPage, ReadError> {
        let page = self.journal.read_stream(&self.inner(stream), from, limit).await?;
        Ok(StreamPage { events: outer_events(page.events), ..page })
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<AllPage, ReadError> {
        let page = self.journal.read_all(after, limit).await?;
        Ok(AllPage { events: outer_events(page.events), ..page })
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

    fn is_sole_writer(&self) -> bool {
        self.journal.is_sole_writer()
    }

    fn is_answering(&self) -> bool {
        self.journal.is_answering()
    }

    async fn settle(&self, fact: Fact, value: &str) -> Result<String, FactError> {
        self.journal.settle(fact, value).await
    }

    async fn settled(&self, fact: Fact) -> Result<Option<String>, FactError> {
        self.journal.settled(fact).await
    }
}

#[async_trait]
impl Copying for InNamespace {
    async fn copy(&self, events: Vec<RecordedEvent>) -> Result<(), CopyError> {
        let events = events
            .into_iter()
            .map(|event| RecordedEvent { stream: self.inner(&event.stream), ..event })
            .collect();
        self.journal.copy(events).await.map_err(|error| match error {
            CopyError::OutOfPlace { stream, version } => {
                CopyError::OutOfPlace { stream: outer(&stream), version }
            }
            CopyError::Append(error) => CopyError::Append(outer_error(error)),
            failed @ CopyError::Failed(_) => failed,
        })
    }
}
