//! Whether an append is accepted: the one statement of the rules, used by every embedded engine.
//!
//! In this order:
//! 1. The request itself: not empty, within [`limits`](crate::limits), no event id twice.
//! 2. The expected version against the actual one:
//!    - met exactly (`NoStream`, `Exact`): the events are written;
//!    - *below* the actual one: if the events that stand where these would have gone have the same ids, in the same
//!      order, the append is a **repeat**: it succeeds with the first outcome and writes nothing. If only some are the
//!      same, or none, it is a conflict;
//!    - above the actual one, or `StreamExists` on a missing stream: a conflict;
//!    - `Any`, or `StreamExists` on an existing stream, name no place: the append is a repeat if the first id is in this
//!      stream and the following ids follow it; otherwise the events are written.
//! 3. An event id that exists anywhere else in the store: refused, nothing is written.
//!
//! Repeats are known by their ids alone; whether the *content* of a repeated request is the same is compared by the
//! caller, who holds the key to do so.

use std::collections::HashSet;

use uuid::Uuid;

use crate::{AppendError, ExpectedVersion, Limit, NewEvent, StreamName, StreamVersion};

/// Checks what can be known from the request alone.
///
/// # Errors
/// [`AppendError::Empty`], [`AppendError::Limit`] or [`AppendError::DuplicateEventId`].
pub fn check_request(events: &[NewEvent]) -> Result<(), AppendError> {
    if events.is_empty() {
        return Err(AppendError::Empty);
    }
    Limit::EventsPerAppend.check(events.len())?;
    let mut ids = HashSet::with_capacity(events.len());
    let mut bytes = 0_usize;
    for event in events {
        Limit::EventDataBytes.check(event.data.len())?;
        Limit::EventMetadataBytes.check(event.metadata.len())?;
        if !ids.insert(event.event_id) {
            return Err(AppendError::DuplicateEventId { event_id: event.event_id });
        }
        bytes = bytes.saturating_add(event.bytes());
    }
    Limit::AppendBytes.check(bytes)?;
    Ok(())
}

/// What an engine must be able to tell about one stream, within the transaction that would write the append.
pub trait StoredStream {
    /// The engine's error, which can carry a refusal.
    type Error: From<AppendError>;

    /// The version of the last event of the stream; `None` if the stream does not exist.
    fn last_version(&mut self) -> Result<Option<StreamVersion>, Self::Error>;

    /// The ids of at most `count` events of the stream, beginning at version `from`, in the order of versions.
    fn event_ids(&mut self, from: StreamVersion, count: usize) -> Result<Vec<Uuid>, Self::Error>;

    /// Where in the store the event with this id is; `None` if nowhere.
    fn find(&mut self, event_id: Uuid) -> Result<Option<Found>, Self::Error>;
}

/// Where an event is, seen from one stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Found {
    /// In this stream, at this version.
    Here(StreamVersion),
    /// In another stream.
    Elsewhere,
}

/// What is to be done with an append.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Write the events, the first one at this version. An id that exists already still refuses the append.
    Write {
        /// Version of the first event.
        first: StreamVersion,
    },
    /// Write nothing and answer with the first outcome: the events are there, the first one at this version.
    Repeat {
        /// Version of the first event.
        first: StreamVersion,
    },
}

/// Judges an append that [`check_request`] has passed.
///
/// # Errors
/// [`AppendError::Conflict`] and [`AppendError::DuplicateEventId`] by the rules of this module, and those of `stored`.
pub fn judge<S: StoredStream>(
    stream: &StreamName,
    expected: ExpectedVersion,
    events: &[NewEvent],
    stored: &mut S,
) -> Result<Verdict, S::Error> {
    let actual = stored.last_version()?;
    let conflict = || AppendError::Conflict { stream: stream.clone(), expected, actual };
    let next = actual.map_or(StreamVersion::FIRST, StreamVersion::next);
    let wanted = match (expected, actual) {
        (ExpectedVersion::Any, _) | (ExpectedVersion::StreamExists, Some(_)) => {
            return judge_by_ids(events, next, stored);
        }
        (ExpectedVersion::NoStream, _) => StreamVersion::FIRST,
        (ExpectedVersion::Exact(version), Some(_)) => version.next(),
        (ExpectedVersion::Exact(_) | ExpectedVersion::StreamExists, None) => return Err(conflict().into()),
    };
    if wanted == next {
        return Ok(Verdict::Write { first: next });
    }
    if wanted < next && are_at(events, wanted, stored)? {
        return Ok(Verdict::Repeat { first: wanted });
    }
    Err(conflict().into())
}

/// Judges an append that names no version.
fn judge_by_ids<S: StoredStream>(
    events: &[NewEvent],
    next: StreamVersion,
    stored: &mut S,
) -> Result<Verdict, S::Error> {
    let Some(first_event) = events.first() else { return Err(AppendError::Empty.into()) };
    match stored.find(first_event.event_id)? {
        None => Ok(Verdict::Write { first: next }),
        Some(Found::Here(first)) if are_at(events, first, stored)? => Ok(Verdict::Repeat { first }),
        Some(_) => Err(AppendError::DuplicateEventId { event_id: first_event.event_id }.into()),
    }
}

/// Whether exactly these events stand in the stream from version `first` on.
fn are_at<S: StoredStream>(
    events: &[NewEvent],
    first: StreamVersion,
    stored: &mut S,
) -> Result<bool, S::Error> {
    let ids = stored.event_ids(first, events.len())?;
    Ok(ids.len() == events.len() && ids.iter().zip(events).all(|(id, event)| *id == event.event_id))
}
