//! Taking over the log of another store, as it is.

use async_trait::async_trait;

use crate::{AppendError, Journal, RecordedEvent, StorageFault, StreamName, StreamVersion};

/// A journal into which the log of another store can be copied.
#[async_trait]
pub trait Copying: Journal {
    /// Writes events as another store recorded them: stream, version, event id, type, both instants, metadata and data
    /// stay as they are, and so does their order; positions are this store's own. `recorded_at` is kept even where it
    /// decreases, as it may between the servers of one KurrentDB.
    ///
    /// Each event must be the next one of its stream. What was written before a failure stays; copying goes on after it.
    /// Nobody else may write to the store meanwhile.
    ///
    /// # Errors
    /// See [`CopyError`].
    async fn copy(&self, events: Vec<RecordedEvent>) -> Result<(), CopyError>;
}

/// Why events were not copied, or not all of them.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CopyError {
    /// An event is not the next one of its stream.
    #[error("version {version} of stream {stream} does not follow what was copied before")]
    OutOfPlace {
        /// The stream.
        stream: StreamName,
        /// The version of the event.
        version: StreamVersion,
    },
    /// An event was refused or not written.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The engine failed; how much was written is found by reading.
    #[error("the copy failed")]
    Failed(#[source] StorageFault),
}
