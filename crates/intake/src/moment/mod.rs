//! Dates and times as exports write them: `28/03/2026 14:05`, `28-Mar-26`, `2026-03-28T14:05:00Z`, a spreadsheet's day number.
//!
//! A time without an offset is Europe/London's. Midnight is what systems write where they know the day alone, so it is read as the day.

mod cursor;
mod forms;
#[cfg(test)]
mod specs;

use candour_api::v1;
use candour_domain::{PartialDate, calendar::instant_in_london};
use jiff::{Timestamp, civil::Date};

use cursor::Cursor;

/// Which comes first in `03/04/2026`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateOrder {
    /// The day: 3 April.
    #[default]
    DayFirst,
    /// The month: 4 March.
    MonthFirst,
}

/// When something happened, as exactly as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// On this day in Europe/London.
    Day(Date),
    /// At this instant.
    At(Timestamp),
}

impl Moment {
    /// For the API.
    pub fn to_wire(self) -> v1::SourceMoment {
        use v1::source_moment::Moment as Wire;
        let moment = match self {
            Self::Day(date) => Wire::Day(wire_date(date)),
            Self::At(instant) => Wire::ExactTime(wire_instant(instant)),
        };
        v1::SourceMoment { moment: Some(moment) }
    }

    /// The day in Europe/London.
    pub fn day(self) -> Date {
        match self {
            Self::Day(date) => date,
            Self::At(instant) => candour_domain::calendar::civil_date(instant),
        }
    }

    /// The instant; noon where the day alone is known.
    pub fn instant(self) -> Timestamp {
        match self {
            Self::Day(date) => instant_in_london(date.at(12, 0, 0, 0)),
            Self::At(instant) => instant,
        }
    }
}

/// A date for the API.
pub(crate) fn wire_date(date: Date) -> v1::Date {
    v1::Date { year: date.year().into(), month: date.month().into(), day: date.day().into() }
}

/// A partial date for the API: 0 means "not known".
pub(crate) fn wire_partial_date(date: PartialDate) -> v1::Date {
    let (year, month, day) = date.parts();
    v1::Date { year: year.into(), month: month.into(), day: day.into() }
}

/// An instant for the API.
pub(crate) fn wire_instant(instant: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: instant.as_second(), nanos: instant.subsec_nanosecond() }
}

/// Why a cell holds no date. Never holds the cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotADate {
    /// It cannot be understood.
    #[error(
        "is not a date that can be read, such as 28/03/2026, 28/03/2026 14:05, 28 Mar 2026, 2026-03-28 or a spreadsheet's day number"
    )]
    Unreadable,
    /// There is no such day or time.
    #[error("is a day or time that does not exist (the {0} is read first)")]
    DoesNotExist(&'static str),
    /// What systems write for "no date".
    #[error("is a date that systems write where they know none; leave the cell empty instead")]
    Placeholder,
    /// Too long ago or too far ahead.
    #[error("lies outside the years 1900 to 2200")]
    OutOfRange,
}

/// Reads a day, or a day with a time.
pub fn moment(text: &str, order: DateOrder) -> Result<Moment, NotADate> {
    let text = text.trim();
    if let Some(found) = forms::number(text) {
        return found.and_then(checked);
    }
    if let Some(found) = forms::international(text) {
        return found.and_then(checked);
    }
    forms::written(text, order).and_then(checked)
}

/// Reads a full day; a time after it is passed over.
pub fn date(text: &str, order: DateOrder) -> Result<Date, NotADate> {
    moment(text, order).map(Moment::day)
}

/// Reads a day of which the day, or the month and the day, may be unknown: also `03/2026`, `Mar 2026`, `2026-03`, `2026`.
pub fn partial_date(text: &str, order: DateOrder) -> Result<PartialDate, NotADate> {
    let text = text.trim();
    let partial = |year: u32, month: u32| {
        let part = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        PartialDate::new(part(year), part(month), 0).map_err(|_| NotADate::OutOfRange)
    };
    if text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().map_err(|_| NotADate::Unreadable).and_then(|year| partial(year, 0));
    }
    let mut cursor = Cursor::new(text);
    if let Some((year, 4)) = cursor.number()
        && cursor.eat(&['-', '/'])
        && let Some((month, 1..=2)) = cursor.number()
        && cursor.is_at_end()
    {
        return partial(year, month);
    }
    let mut cursor = Cursor::new(text);
    let month = cursor
        .word()
        .and_then(forms::month_named)
        .or_else(|| cursor.number().filter(|(_, digits)| *digits <= 2).map(|(month, _)| month));
    if let Some(month) = month {
        cursor.eat(&['-', '/', '.', ' ']);
        if let Some((year, 4)) = cursor.number()
            && cursor.is_at_end()
        {
            return partial(year, month);
        }
    }
    date(text, order).map(PartialDate::Day)
}

/// What no system means when it writes it.
fn checked(moment: Moment) -> Result<Moment, NotADate> {
    let day = moment.day();
    let placeholders =
        [(1, 1, 1), (1753, 1, 1), (1899, 12, 30), (1899, 12, 31), (1900, 1, 1), (9999, 12, 31)];
    if placeholders.contains(&(day.year(), day.month(), day.day())) {
        return Err(NotADate::Placeholder);
    }
    if (1900..=2200).contains(&day.year()) { Ok(moment) } else { Err(NotADate::OutOfRange) }
}
