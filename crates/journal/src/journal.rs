//! The port.

use async_trait::async_trait;
use tokio::sync::watch;

use crate::{
    AllPage, AppendError, Appended, ExpectedVersion, Fact, FactError, NewEvent, Position, ReadError, StoreId,
    StreamName, StreamPage, StreamVersion,
};

/// A store of events: append to one stream, read, follow. The promises are listed in the documentation of this crate.
///
/// No method has a body here, so that what stands before a journal (to measure it, say) cannot forget to pass one on.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Appends all `events` to one stream, or none of them.
    ///
    /// Every event gets the same `recorded_at`, which never decreases from one append to the next, even if the clock
    /// goes back or the store is opened again. When this returns, [`Journal::changes`] already shows a head at or past
    /// the append. What counts as a repeat is decided in [`admission`](crate::admission).
    ///
    /// Dropping the future does not call the append back: it may still be carried out.
    ///
    /// # Errors
    /// See [`AppendError`]; only [`AppendError::OutcomeUnknown`] leaves open whether something was written.
    async fn append(
        &self,
        stream: &StreamName,
        expected: ExpectedVersion,
        events: Vec<NewEvent>,
    ) -> Result<Appended, AppendError>;

    /// Reads at most `limit` events of one stream, beginning at version `from`. A stream that does not exist gives an
    /// empty page, as does a `from` past its end.
    ///
    /// # Errors
    /// [`ReadError::EmptyPage`] and [`ReadError::Limit`] unless `limit` is 1 to
    /// [`PAGE_EVENTS_MAX`](crate::limits::PAGE_EVENTS_MAX); [`ReadError::Corrupt`] if an event of the page, or one that
    /// should be in it, cannot be read.
    async fn read_stream(
        &self,
        stream: &StreamName,
        from: StreamVersion,
        limit: usize,
    ) -> Result<StreamPage, ReadError>;

    /// Reads at most `limit` events of the whole log, beginning with the first one after the position `after`.
    ///
    /// # Errors
    /// As for [`Journal::read_stream`].
    async fn read_all(&self, after: Position, limit: usize) -> Result<AllPage, ReadError>;

    /// The position of the last event of the log; [`Position::BEFORE_FIRST`] if there is none.
    async fn head(&self) -> Result<Position, ReadError>;

    /// The identity of this store, drawn when it was made.
    fn store_id(&self) -> StoreId;

    /// How often this store has been put back to an earlier state (restored from a backup). What was kept against
    /// another epoch, such as a checkpoint, may refer to events that are no longer there.
    fn epoch(&self) -> u64;

    /// Shows the head as it moves, so that a follower waits without polling ([`next_page`](crate::next_page)). Closed
    /// once the journal takes no more appends.
    fn changes(&self) -> watch::Receiver<Position>;

    /// Whether this store was made for a demonstration or a test, on an injected clock. It never changes.
    fn is_synthetic(&self) -> bool;

    /// Whether the journal takes appends. Once false it stays false.
    fn is_healthy(&self) -> bool;

    /// Whether the engine could be reached when it was last tried. An engine elsewhere may go away and come back; one in
    /// this process answers always.
    fn is_answering(&self) -> bool;

    /// Settles a fact about this store once and for ever: the first value given stands, whoever gives it. Returns the value
    /// that stands, durably, which is another than `value` where the fact was settled before.
    ///
    /// # Errors
    /// See [`FactError`].
    async fn settle(&self, fact: Fact, value: &str) -> Result<String, FactError>;

    /// What was settled; `None` if nothing was.
    ///
    /// # Errors
    /// See [`FactError`].
    async fn settled(&self, fact: Fact) -> Result<Option<String>, FactError>;

    /// Whether nothing comes into this log but through this value, for as long as it is open: an embedded engine that locks its store says
    /// so. Where it does, what was appended here is all there is, and need not be read again to be known. An engine that cannot know says no.
    fn is_sole_writer(&self) -> bool;
}
