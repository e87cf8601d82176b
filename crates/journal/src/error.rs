//! What can go wrong, one enum per operation. No text here holds anything of an event's contents.

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use crate::{ExpectedVersion, Position, StreamName, StreamVersion, limits};

/// Why an append was not carried out, or is not known to have been.
///
/// Only [`AppendError::OutcomeUnknown`] leaves open whether something was written; after every other one, nothing was.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppendError {
    /// The append held no event.
    #[error("an append needs at least one event")]
    Empty,
    /// The append is larger than a limit allows.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// The stream is not as expected, and the append is not a repeat of what is there.
    #[error("stream {stream} was expected to be at {expected}, but {}", At(*.actual))]
    Conflict {
        /// The stream of the append.
        stream: StreamName,
        /// What the append expected.
        expected: ExpectedVersion,
        /// The version of the last event of the stream; `None` if the stream does not exist.
        actual: Option<StreamVersion>,
    },
    /// An event with this id exists already, elsewhere than where a repeat of this append would have put it, or twice
    /// in the append.
    #[error("event id {event_id} has been used already")]
    DuplicateEventId {
        /// The first such id that was met.
        event_id: Uuid,
    },
    /// The journal takes no appends at present.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// A record that the append had to be compared with cannot be read back.
    #[error(transparent)]
    Corrupt(#[from] CorruptRecord),
    /// The engine failed before anything was committed. The append may be repeated.
    #[error("the append failed and nothing was written")]
    Failed(#[source] StorageFault),
    /// The engine failed while committing: the append may or may not be there. Repeat it with the *same* expected
    /// version and event ids, once the journal is available again, to learn which.
    #[error("the append failed while committing and its outcome is not known")]
    OutcomeUnknown(#[source] StorageFault),
}

/// Why a read gave no page.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReadError {
    /// A page of no events was asked for.
    #[error("a page needs room for at least one event")]
    EmptyPage,
    /// The page asked for is larger than a limit allows.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// A record cannot be read back or is missing. Nothing past it is given.
    #[error(transparent)]
    Corrupt(#[from] CorruptRecord),
    /// The journal answers no reads at present.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The engine failed.
    #[error("the read failed")]
    Failed(#[source] StorageFault),
}

/// Why a fact about the store was not settled or read. Settling it again with the same value is always safe.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FactError {
    /// The value is longer than a limit allows.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// The journal takes nothing at present.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The engine failed; the fact may or may not be settled.
    #[error("a fact about the store could not be settled or read")]
    Failed(#[source] StorageFault),
}

/// Why a journal does not serve at present. Nothing was done.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unavailable {
    /// Too many appends are waiting; try again later.
    #[error("{} appends are waiting already", limits::WRITE_QUEUE_DEPTH_MAX)]
    QueueFull,
    /// The journal is being closed or is closed.
    #[error("the journal is shutting down")]
    ShuttingDown,
    /// The journal stopped after a failure of the engine; only a restart helps.
    #[error("the journal has stopped after a failure")]
    Stopped,
    /// The engine is elsewhere and cannot be reached, or has no leader; it is tried again with every call.
    #[error("the event store does not answer at present")]
    NotAnswering,
}

/// A record of the journal is not what the journal wrote, or is missing. The contents are left out.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the record at {place} is corrupt: {reason}")]
pub struct CorruptRecord {
    /// Which record.
    pub place: RecordPlace,
    /// What is wrong with it, in words that hold nothing of the record.
    pub reason: &'static str,
}

/// Where a record is, or should be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RecordPlace {
    /// At a position of the log.
    Position(Position),
    /// At a version of a stream.
    Stream {
        /// The stream.
        stream: StreamName,
        /// The version.
        version: StreamVersion,
    },
}

impl fmt::Display for RecordPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Position(position) => write!(f, "position {position}"),
            Self::Stream { stream, version } => write!(f, "version {version} of stream {stream}"),
        }
    }
}

/// A request is larger than a limit allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{actual} {limit} exceed the limit of {maximum}")]
pub struct LimitExceeded {
    /// Which limit.
    pub limit: Limit,
    /// The most that is allowed.
    pub maximum: usize,
    /// What was asked for.
    pub actual: usize,
}

/// The limits that a request can exceed; their values are in [`limits`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Limit {
    /// [`limits::EVENTS_PER_APPEND_MAX`].
    EventsPerAppend,
    /// [`limits::EVENT_DATA_BYTES_MAX`].
    EventDataBytes,
    /// [`limits::EVENT_METADATA_BYTES_MAX`].
    EventMetadataBytes,
    /// [`limits::APPEND_BYTES_MAX`].
    AppendBytes,
    /// [`limits::PAGE_EVENTS_MAX`].
    PageEvents,
    /// [`limits::FACT_VALUE_BYTES_MAX`].
    FactValueBytes,
}

impl Limit {
    /// The most that this limit allows.
    pub const fn maximum(self) -> usize {
        match self {
            Self::EventsPerAppend => limits::EVENTS_PER_APPEND_MAX,
            Self::EventDataBytes => limits::EVENT_DATA_BYTES_MAX,
            Self::EventMetadataBytes => limits::EVENT_METADATA_BYTES_MAX,
            Self::AppendBytes => limits::APPEND_BYTES_MAX,
            Self::PageEvents => limits::PAGE_EVENTS_MAX,
            Self::FactValueBytes => limits::FACT_VALUE_BYTES_MAX,
        }
    }

    /// Accepts `actual` up to the maximum.
    pub fn check(self, actual: usize) -> Result<(), LimitExceeded> {
        let maximum = self.maximum();
        if actual > maximum { Err(LimitExceeded { limit: self, maximum, actual }) } else { Ok(()) }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EventsPerAppend => "events in one append",
            Self::EventDataBytes => "bytes of data in one event",
            Self::EventMetadataBytes => "bytes of metadata in one event",
            Self::AppendBytes => "bytes of data and metadata in one append",
            Self::PageEvents => "events in one page",
            Self::FactValueBytes => "bytes in the value of a fact",
        })
    }
}

/// A failure of the engine, with its cause kept. It can be cloned because one failed commit answers many appends.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{cause}")]
pub struct StorageFault {
    cause: Arc<dyn std::error::Error + Send + Sync>,
}

impl StorageFault {
    /// Wraps the engine's own error.
    pub fn new(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { cause: Arc::new(cause) }
    }
}

/// Says in words where a stream is.
struct At(Option<StreamVersion>);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(version) => write!(f, "is at version {version}"),
            None => f.write_str("does not exist"),
        }
    }
}
