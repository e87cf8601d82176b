//! The two orders of a journal, which are never converted into each other: the version of an event within its stream,
//! and its position in the whole log.

use std::fmt;

use uuid::Uuid;

/// The number of an event within its stream. The first event is 0, and versions of a stream have no gaps.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct StreamVersion(u64);

impl StreamVersion {
    /// The version of the first event of any stream.
    pub const FIRST: Self = Self(0);

    /// The version with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number of this version.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The version after this one; the highest number stays where it is.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for StreamVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The place of an event in the whole log: opaque and ordered. The number means nothing outside the store it came
/// from, and the difference of two positions is not a count of events.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Position(u64);

impl Position {
    /// The place before the first event: where a new follower starts, and the head of an empty store.
    pub const BEFORE_FIRST: Self = Self(0);

    /// A position from the number it was kept as (in a checkpoint or a token).
    pub const fn from_raw(raw: u64) -> Self {
        Self(raw)
    }

    /// The number to keep this position as.
    pub const fn raw(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which store a position belongs to. Drawn once, when the store is made.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct StoreId(pub Uuid);

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a stream must look like for an append to be accepted.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ExpectedVersion {
    /// Anything: the stream may or may not exist.
    Any,
    /// No event has ever been appended to the stream.
    NoStream,
    /// At least one event has been appended to the stream.
    StreamExists,
    /// This is the version of the last event of the stream.
    Exact(StreamVersion),
}

impl fmt::Display for ExpectedVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any version"),
            Self::NoStream => f.write_str("no stream"),
            Self::StreamExists => f.write_str("an existing stream"),
            Self::Exact(version) => write!(f, "version {version}"),
        }
    }
}
