//! The calendar in force when something was recorded.

use super::Calendar;

/// The calendar that was in force when an entry was recorded. A deadline that the entry starts is worked out under it for ever, so that a
/// later version of the calendar never moves it in silence (§1.5).
///
/// [`RecordedUnder::default`] is "not known": then the calendar in force is used.
#[derive(Clone, Copy, Default)]
pub struct RecordedUnder(Option<&'static Calendar>);

impl RecordedUnder {
    /// Recorded under this calendar.
    pub const fn calendar(calendar: &'static Calendar) -> Self {
        Self(Some(calendar))
    }

    /// The calendar, or the one in force where it is not known.
    pub fn or(self, in_force: &Calendar) -> &Calendar {
        self.0.unwrap_or(in_force)
    }
}

impl PartialEq for RecordedUnder {
    fn eq(&self, other: &Self) -> bool {
        self.0.map(Calendar::version) == other.0.map(Calendar::version)
    }
}

impl Eq for RecordedUnder {}

impl std::fmt::Debug for RecordedUnder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.0.map_or("not known", |calendar| calendar.version().as_str()))
    }
}
