//! From a stored event to an entry of a history.

use candour_domain::{
    Entry,
    calendar::{Calendars, RecordedUnder},
    identifier::EventId,
};
use jiff::Timestamp;

use crate::{aggregate::StoredAggregate, error::DecodeError, metadata::Metadata, sealing::Opener};

/// Makes the entry that deciders and measures fold.
///
/// `version` is the event's place in its stream, from 0, and `recorded_at` the journal's own time of recording. When it
/// occurred, who acted and what a source system claims come from the metadata; the journal's column `occurred_at` is a
/// copy of the former.
pub fn to_entry<A: StoredAggregate>(
    event_id: EventId,
    version: u64,
    recorded_at: Timestamp,
    type_name: &str,
    data: &[u8],
    metadata: &Metadata,
    opener: &dyn Opener,
) -> Result<Entry<A::Event>, DecodeError> {
    let calendar =
        Calendars::built_in().named(&metadata.rules.calendar).ok_or(DecodeError::UnknownCalendar)?;
    Ok(Entry {
        event: A::decode(type_name, data, opener)?,
        event_id,
        version,
        occurred_at: metadata.occurred_at,
        recorded_at,
        source_recorded_at: metadata.source_recorded_at,
        performed_by: metadata.performed_by.clone(),
        recorded_under: RecordedUnder::calendar(calendar),
        corrected_by: None,
    })
}
