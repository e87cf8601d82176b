//! Working days and civil dates (§1.5).
//!
//! A bank holiday can be proclaimed a few months ahead (Scotland, 15 June 2026), so a calendar is **data with a
//! version**, never an algorithm. A due date is stored with the [`CalendarVersion`] it was computed under, and
//! can be computed again under that version for ever.
//!
//! * [`Calendars`]: every version of every nation's calendar, and which one is in force.
//! * [`Calendar`]: one version for one nation: counts working days, and refuses dates it does not cover.
//! * [`civil_date`], [`end_of_day`], [`instant_in_london`], [`add_calendar_months`]: instants and civil dates in Europe/London.
//!
//! To bring out a new version: add a file to `data/` and to the list in `calendars.rs`, after the earlier ones.
//! A file under which a deadline has been computed is never edited; a test pins the dates of each.

mod calendars;
mod civil;
mod data;
mod nation;
mod recorded_under;
#[cfg(test)]
mod tests;
mod working_days;

pub use calendars::{Calendars, CalendarsError};
pub use civil::{add_calendar_months, civil_date, end_of_day, instant_in_london};
pub use data::{
    CALENDAR_FILE_BYTES_MAX, CALENDAR_TEXT_BYTES_MAX, CALENDAR_YEARS_MAX, CalendarDataError, Fault,
};
pub use nation::{Nation, UnknownNation};
pub use recorded_under::RecordedUnder;
pub use working_days::{Calendar, CalendarVersion, DayKind, NonWorkingDay, OutOfCalendar};
