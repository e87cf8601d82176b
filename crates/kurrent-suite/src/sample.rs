//! Streams and events of the suite itself, where it speaks to an engine without the service.

use candour_journal::{EventTypeName, NewEvent, StreamName};
use uuid::Uuid;

/// Bytes of data in an event: about what a stored event of ours has.
const DATA_BYTES: usize = 400;

/// A stream by its number.
pub(crate) fn stream(namespace: &str, number: u128) -> StreamName {
    StreamName::new(namespace, "thing", Uuid::from_u128(number)).expect("the name is right")
}

/// An event by its number.
pub(crate) fn event(number: u128) -> NewEvent {
    NewEvent {
        event_id: Uuid::from_u128(number),
        event_type: EventTypeName::parse("ThingHappened.v1").expect("the name is right"),
        occurred_at: "2026-03-02T09:00:00Z".parse().expect("an instant"),
        metadata: br#"{"caller":"ward-system"}"#.to_vec(),
        data: vec![b'7'; DATA_BYTES],
    }
}
