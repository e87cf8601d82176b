//! What goes into a journal and what comes out.

use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

use crate::{EventTypeName, Position, StreamName, StreamVersion};

/// An event to append. Its `Debug` form shows sizes, never contents.
#[derive(Clone, Eq, PartialEq)]
pub struct NewEvent {
    /// Unique in the store for ever; the same in every repeat of the same request.
    pub event_id: Uuid,
    /// What kind of event, with the version of its stored form.
    pub event_type: EventTypeName,
    /// When it happened, as the actor claims. Kept to the microsecond ([`to_stored_precision`]).
    pub occurred_at: Timestamp,
    /// Who, why, under which request: at most [`EVENT_METADATA_BYTES_MAX`](crate::limits::EVENT_METADATA_BYTES_MAX)
    /// bytes, kept as they are.
    pub metadata: Vec<u8>,
    /// The event itself: at most [`EVENT_DATA_BYTES_MAX`](crate::limits::EVENT_DATA_BYTES_MAX) bytes, kept as they are.
    pub data: Vec<u8>,
}

impl NewEvent {
    /// Bytes of data and metadata, as they count towards the limits.
    pub fn bytes(&self) -> usize {
        self.data.len().saturating_add(self.metadata.len())
    }
}

impl fmt::Debug for NewEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewEvent")
            .field("event_id", &self.event_id)
            .field("event_type", &self.event_type.as_str())
            .field("metadata_bytes", &self.metadata.len())
            .field("data_bytes", &self.data.len())
            .finish_non_exhaustive()
    }
}

/// An event as the journal holds it. Its `Debug` form shows sizes, never contents.
#[derive(Clone, Eq, PartialEq)]
pub struct RecordedEvent {
    /// Its place in the whole log.
    pub position: Position,
    /// The stream it belongs to.
    pub stream: StreamName,
    /// Its number within the stream.
    pub version: StreamVersion,
    /// Unique in the store.
    pub event_id: Uuid,
    /// What kind of event, with the version of its stored form.
    pub event_type: EventTypeName,
    /// When it happened, as the actor claimed, to the microsecond.
    pub occurred_at: Timestamp,
    /// When the journal took it, by the journal's clock, to the microsecond. Never decreases with the position.
    pub recorded_at: Timestamp,
    /// The bytes that were appended.
    pub metadata: Vec<u8>,
    /// The bytes that were appended.
    pub data: Vec<u8>,
}

impl RecordedEvent {
    /// Bytes of data and metadata, as they count towards the limits.
    pub fn bytes(&self) -> usize {
        self.data.len().saturating_add(self.metadata.len())
    }
}

impl fmt::Debug for RecordedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedEvent")
            .field("position", &self.position)
            .field("stream", &self.stream.as_str())
            .field("version", &self.version)
            .field("event_id", &self.event_id)
            .field("event_type", &self.event_type.as_str())
            .field("recorded_at", &self.recorded_at)
            .field("metadata_bytes", &self.metadata.len())
            .field("data_bytes", &self.data.len())
            .finish_non_exhaustive()
    }
}

/// The outcome of an append: where its events are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Appended {
    /// Version of the first event of the append.
    pub first_version: StreamVersion,
    /// Version of the last event of the append.
    pub last_version: StreamVersion,
    /// Position of the last event of the append.
    pub position: Position,
    /// When the journal took the append; every event of it carries this instant.
    pub recorded_at: Timestamp,
    /// Whether the events were there already from an earlier append, whose outcome this is; nothing was written. Told for certain, whoever
    /// made the earlier one: a caller who did not read before relies on it.
    pub repeated: bool,
}

/// A stretch of one stream, in the order of versions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StreamPage {
    /// The events, without a gap.
    pub events: Vec<RecordedEvent>,
    /// Version of the last event of the stream when the page was read; `None` if the stream does not exist.
    pub last_version: Option<StreamVersion>,
    /// Whether nothing follows this page. A page may be shorter than asked for without being the last one.
    pub reached_end: bool,
}

/// A stretch of the whole log, in the order of positions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AllPage {
    /// The events. A page may be shorter than asked for without being the last one.
    pub events: Vec<RecordedEvent>,
    /// Position of the last event of the log, read in the same snapshot as the events. A head below the position asked
    /// for says that the reader is ahead of the store: the store was restored from a backup.
    pub head: Position,
}

impl AllPage {
    /// Whether nothing followed this page when it was read. `after` is the position that the page was asked for.
    pub fn reached_head(&self, after: Position) -> bool {
        self.events.last().map_or(after, |last| last.position) >= self.head
    }
}

/// The instant as the journal keeps it: whole microseconds since the Unix epoch; a finer part is cut off, towards the
/// epoch. What is returned therefore always equals what is stored.
pub fn to_stored_precision(instant: Timestamp) -> Timestamp {
    // Microseconds taken from a timestamp are in its range, so there is nothing to fall back from.
    Timestamp::from_microsecond(instant.as_microsecond()).unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_cut_to_the_microsecond_at_both_ends_of_time() {
        let fine: Timestamp = "2026-03-02T09:00:00.123456789Z".parse().unwrap();
        let kept: Timestamp = "2026-03-02T09:00:00.123456Z".parse().unwrap();
        assert_eq!(to_stored_precision(fine), kept);
        assert_eq!(to_stored_precision(Timestamp::MIN), Timestamp::MIN);
        assert_eq!(to_stored_precision(Timestamp::MAX).as_microsecond(), Timestamp::MAX.as_microsecond());
    }

    #[test]
    fn debug_output_holds_no_contents() {
        let event = NewEvent {
            event_id: Uuid::from_u128(7),
            event_type: EventTypeName::parse("NoteTaken.v1").unwrap(),
            occurred_at: Timestamp::UNIX_EPOCH,
            metadata: b"metadata secret".to_vec(),
            data: b"data secret".to_vec(),
        };
        let shown = format!("{event:?}");
        assert!(shown.contains("data_bytes: 11"), "{shown}");
        assert!(!shown.contains("secret") && !shown.contains("115"), "{shown}");
    }
}
