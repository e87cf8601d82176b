//! E-15: back-dating and late recording are visible.

use super::{Due, Rules};
use crate::{
    calendar::{OutOfCalendar, civil_date},
    entry::Entry,
    identifier::EventId,
};

/// How late an entry was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateRecording {
    /// Working days from the day it occurred to the day it was recorded. An error where the calendar does not cover them: the entry is
    /// flagged then too, because it cannot be shown to have been recorded soon enough.
    pub working_days: Result<i64, OutOfCalendar>,
    /// The day of recording is what a source system *claims*, not what this product's clock said.
    pub claimed: bool,
}

/// What is flagged about one entry (E-15). Neither flag refuses anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordingFlags {
    /// Recorded more than the agreed working days after it occurred.
    pub late_recording: Option<LateRecording>,
    /// It is said to have occurred before an entry that was recorded earlier in the same stream: the latest-occurring of those.
    pub precedes_earlier: Option<EventId>,
}

/// Flags one entry. `previous` are the other entries of its stream; those recorded after it are passed over.
pub fn recording_flags<E>(entry: &Entry<E>, previous: &[Entry<E>], rules: Rules<'_>) -> RecordingFlags {
    let occurred_on = entry.occurred_on();
    let recorded_on = civil_date(entry.source_recorded_at.unwrap_or(entry.recorded_at));
    let limit = rules.policy.late_recording_working_days;
    // As many calendar days as working days are never too many, whatever the calendar covers.
    let soon = recorded_on <= super::fact::days_after(occurred_on, limit);
    let late = !soon && !Due::working_days_after(occurred_on, limit, rules).is_met_by(recorded_on);
    RecordingFlags {
        late_recording: late.then(|| LateRecording {
            working_days: rules.calendar.working_days_between(occurred_on, recorded_on),
            claimed: entry.source_recorded_at.is_some(),
        }),
        precedes_earlier: previous
            .iter()
            .filter(|earlier| earlier.version < entry.version && entry.occurred_at < earlier.occurred_at)
            .max_by_key(|earlier| earlier.occurred_at)
            .map(|earlier| earlier.event_id),
    }
}
