//! An event as recorded: what happened, with both of its times and who acted.

use jiff::{Timestamp, civil::Date};

use crate::{
    calendar::{RecordedUnder, civil_date},
    identifier::EventId,
    text::PersonReference,
};

/// One recorded event, in the order of its stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<E> {
    /// What happened.
    pub event: E,
    /// The id of the stored event: the proof to point at.
    pub event_id: EventId,
    /// Its place in its stream, from 0.
    pub version: u64,
    /// When the actor says it happened. A correction may change it; the stored event stays as it is.
    pub occurred_at: Timestamp,
    /// When it was recorded, by our clock.
    pub recorded_at: Timestamp,
    /// When a source system claims to have recorded it, where one does.
    pub source_recorded_at: Option<Timestamp>,
    /// The person who acted, where the caller said so. `None` is an unknown person, who is never independent (ACT-2).
    pub performed_by: Option<PersonReference>,
    /// The calendar in force when it was recorded: deadlines that it starts are worked out under it for ever (§1.5).
    pub recorded_under: RecordedUnder,
    /// The correction that changed this entry, where one did.
    pub corrected_by: Option<EventId>,
}

impl<E> Entry<E> {
    /// The civil date in Europe/London on which it happened.
    pub fn occurred_on(&self) -> Date {
        civil_date(self.occurred_at)
    }

    /// The same entry around another event.
    pub fn map<F>(self, change: impl FnOnce(E) -> F) -> Entry<F> {
        Entry {
            event: change(self.event),
            event_id: self.event_id,
            version: self.version,
            occurred_at: self.occurred_at,
            recorded_at: self.recorded_at,
            source_recorded_at: self.source_recorded_at,
            performed_by: self.performed_by,
            recorded_under: self.recorded_under,
            corrected_by: self.corrected_by,
        }
    }
}
