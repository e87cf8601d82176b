//! A stream as loaded, and what became of a command on it.

use candour_domain::{
    Entry,
    identifier::{EventId, RequestId},
};
use candour_journal::{Position, RecordedEvent, StreamVersion};
use candour_records::{Metadata, Opener, StoredAggregate, to_entry};
use jiff::Timestamp;

use crate::{failure::Failure, token};

/// A stream as loaded: its history as recorded, and the state after corrections.
pub struct Loaded<A: StoredAggregate> {
    /// Every event, oldest first.
    pub history: Vec<Recorded<A>>,
    /// The fold of the corrected history.
    pub state: A::State,
    /// The position of the last event, where there is one.
    pub position: Option<Position>,
    /// Bytes of data and metadata that the history takes in the log.
    pub(super) stored_bytes: usize,
}

/// One loaded event.
pub struct Recorded<A: StoredAggregate> {
    /// The event with its times.
    pub entry: Entry<A::Event>,
    /// Who caused it, by which request.
    pub metadata: Metadata,
    /// Its stored type name.
    pub type_name: String,
    /// A position from which on a reader sees it: its own, or that of the last event that was recorded in the same breath.
    pub position: Position,
}

impl<A: StoredAggregate> Default for Loaded<A> {
    /// A stream in which nothing was recorded.
    fn default() -> Self {
        Self { history: Vec::new(), state: A::State::default(), position: None, stored_bytes: 0 }
    }
}

impl<A: StoredAggregate> Loaded<A> {
    /// The fold of a history that takes so many bytes in the log.
    pub(super) fn of(history: Vec<Recorded<A>>, stored_bytes: usize) -> Self {
        let position = history.last().map(|recorded| recorded.position);
        let state = A::replay(history.iter().map(|recorded| &recorded.entry));
        Self { history, state, position, stored_bytes }
    }

    /// Whether nothing was ever recorded.
    pub fn is_empty(&self) -> bool {
        self.history.is_empty()
    }

    /// The version of the last event.
    pub fn version(&self) -> Option<StreamVersion> {
        self.history.last().map(|recorded| StreamVersion::new(recorded.entry.version))
    }

    /// The etag of the current version; empty for an empty stream.
    pub fn etag(&self) -> String {
        self.version().map(token::etag).unwrap_or_default()
    }

    /// The entries as recorded, corrections among them.
    pub fn entries(&self) -> Vec<Entry<A::Event>> {
        self.history.iter().map(|recorded| recorded.entry.clone()).collect()
    }

    /// What a request left, where it was carried out on this stream. It comes from the history alone, so that a repeat is answered as the
    /// first was, whatever has been recorded since.
    pub(super) fn outcome_of(&self, request: RequestId, repeated: bool) -> Option<Done<A>> {
        let is_of_request = |recorded: &Recorded<A>| recorded.metadata.request_id == request;
        let end = self.history.iter().rposition(is_of_request)? + 1;
        let then = &self.history[..end];
        let last = then.last()?;
        let state = if end == self.history.len() {
            self.state.clone()
        } else {
            A::replay(then.iter().map(|recorded| &recorded.entry))
        };
        Some(Done {
            events: then
                .iter()
                .filter(|recorded| is_of_request(recorded))
                .map(|recorded| (recorded.entry.event_id, recorded.entry.event.clone()))
                .collect(),
            state,
            version: Some(StreamVersion::new(last.entry.version)),
            position: last.position,
            recorded_at: Some(last.entry.recorded_at),
            repeated,
        })
    }
}

impl<A: StoredAggregate> Clone for Recorded<A> {
    fn clone(&self) -> Self {
        let Self { entry, metadata, type_name, position } = self;
        Self {
            entry: entry.clone(),
            metadata: metadata.clone(),
            type_name: type_name.clone(),
            position: *position,
        }
    }
}

impl<A: StoredAggregate> Recorded<A> {
    /// Reads a stored event.
    pub(super) fn read(event: &RecordedEvent, opener: &dyn Opener) -> Result<Self, Failure> {
        let metadata = Metadata::decode(&event.metadata)?;
        if metadata.occurred_at != event.occurred_at {
            return Err(Failure::Corrupt(format!(
                "event {}: its metadata and its record differ in when it occurred",
                event.event_id
            )));
        }
        let entry = to_entry::<A>(
            EventId::from_uuid(event.event_id),
            event.version.number(),
            event.recorded_at,
            event.event_type.as_str(),
            &event.data,
            &metadata,
            opener,
        )?;
        Ok(Self {
            entry,
            metadata,
            type_name: event.event_type.as_str().to_owned(),
            position: event.position,
        })
    }
}

/// What became of a command. Personal fields are not opened for it: they read as unreadable.
pub struct Done<A: StoredAggregate> {
    /// The events of this request, oldest first; empty where there was nothing to do.
    pub events: Vec<(EventId, A::Event)>,
    /// The state that the command left; for a repeat, the one that the first left.
    pub state: A::State,
    /// The version of the stream's last event after the command.
    pub version: Option<StreamVersion>,
    /// The position a query must have reached to see it.
    pub position: Position,
    /// When it was recorded; `None` where there was nothing to do.
    pub recorded_at: Option<Timestamp>,
    /// The request had been carried out before.
    pub repeated: bool,
}
