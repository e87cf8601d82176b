//! Dates and times as exports write them: `28/03/2026 14:05`, `28-Mar-26`, `2026-03-28T14:05:00Z`, a spreadsheet's day number.
//!
//! A time without an offset is Europe/London's. Midnight is what systems write where they know the day alone, so it is read as the day.

use candour_api::v1;
use candour_domain::{PartialDate, calendar::instant_in_london};
use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
};

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

/// The first and the last day number taken for a date, by the calendar of spreadsheets that begins in 1900: 1950 to 2119.
const DAY_NUMBERS: std::ops::RangeInclusive<i64> = 18_264..=80_000;
/// Day 0 of that calendar; days before March 1900 are off by one there and are not read.
const DAY_ZERO: Date = jiff::civil::date(1899, 12, 30);

/// What may stand between the parts of a date.
const SEPARATORS: &[char] = &['/', '-', '.', ' ', ','];

/// Reads a day, or a day with a time.
pub fn moment(text: &str, order: DateOrder) -> Result<Moment, NotADate> {
    let text = text.trim();
    if let Some(found) = number(text) {
        return found.and_then(checked);
    }
    if let Some(found) = international(text) {
        return found.and_then(checked);
    }
    written(text, order).and_then(checked)
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
    let mut cursor = Cursor { rest: text };
    if let Some((year, 4)) = cursor.number()
        && cursor.eat(&['-', '/'])
        && let Some((month, 1..=2)) = cursor.number()
        && cursor.rest.is_empty()
    {
        return partial(year, month);
    }
    let mut cursor = Cursor { rest: text };
    let month = cursor
        .word()
        .and_then(month_named)
        .or_else(|| cursor.number().filter(|(_, digits)| *digits <= 2).map(|(month, _)| month));
    if let Some(month) = month {
        cursor.eat(&['-', '/', '.', ' ']);
        if let Some((year, 4)) = cursor.number()
            && cursor.rest.is_empty()
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

/// A day alone where the time is midnight.
fn at(date: Date, time: Time) -> Moment {
    if time == Time::midnight() {
        Moment::Day(date)
    } else {
        Moment::At(instant_in_london(DateTime::from_parts(date, time)))
    }
}

/// `46109`, `46109.5` or `20260328`. `None` where it is no number at all.
fn number(text: &str) -> Option<Result<Moment, NotADate>> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 8 || fraction.len() > 15 || !is_digits(whole) || !is_digits(fraction)
    {
        return None;
    }
    let days: i64 = whole.parse().ok()?;
    if whole.len() == 8 && fraction.is_empty() {
        let (year, rest) = (days / 10_000, days % 10_000);
        return Some(civil(year, rest / 100, rest % 100, "year").map(Moment::Day));
    }
    if !DAY_NUMBERS.contains(&days) {
        // 0 and 1 are what spreadsheets make of no date at all.
        return Some(Err(if days <= 2 { NotADate::Placeholder } else { NotADate::Unreadable }));
    }
    let date = DAY_ZERO.checked_add(jiff::Span::new().days(days)).ok()?;
    // A day number holds the time to a fraction of a second only, so it is read to the second. 15 digits fit.
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    let part: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let seconds = i64::try_from((part * 86_400 + scale / 2) / scale).ok()?;
    let midnight = date.to_datetime(Time::midnight());
    let local = midnight.checked_add(jiff::Span::new().seconds(seconds)).ok()?;
    Some(Ok(at(local.date(), local.time())))
}

/// `2026-03-28`, with a time and an offset or without. `None` where it does not begin with a year.
fn international(text: &str) -> Option<Result<Moment, NotADate>> {
    let mut cursor = Cursor { rest: text };
    let Some((year, 4)) = cursor.number() else { return None };
    if !cursor.eat(&['-', '/']) {
        return None;
    }
    Some((|| {
        if text.as_bytes().get(4) == Some(&b'-')
            && let Ok(instant) = text.parse::<Timestamp>()
        {
            return Ok(Moment::At(instant));
        }
        let (month, _) = cursor.number().ok_or(NotADate::Unreadable)?;
        cursor.eat(&['-', '/']);
        let (day, _) = cursor.number().ok_or(NotADate::Unreadable)?;
        let date = civil(year.into(), month.into(), day.into(), "year")?;
        Ok(at(date, cursor.time("year")?))
    })())
}

/// `28/03/2026`, `28.3.26`, `28-Mar-2026`, `Sat 28 March 2026`, each with a time or without.
fn written(text: &str, order: DateOrder) -> Result<Moment, NotADate> {
    let first = match order {
        DateOrder::DayFirst => "day",
        DateOrder::MonthFirst => "month",
    };
    let mut cursor = Cursor { rest: text };
    let leading = cursor.word().map(|word| (word, month_named(word)));
    if let Some((word, None)) = leading
        && !is_weekday(word)
    {
        return Err(NotADate::Unreadable);
    }
    cursor.eat(SEPARATORS);
    let (one, digits) = cursor.number().ok_or(NotADate::Unreadable)?;
    if digits > 2 {
        return Err(NotADate::Unreadable);
    }
    // "1st March", "2nd March".
    let _ = ["st", "nd", "rd", "th"].iter().any(|ordinal| cursor.eat_word(ordinal));
    if !cursor.eat(SEPARATORS) {
        return Err(NotADate::Unreadable);
    }
    let (day, month) = match leading.and_then(|(_, month)| month) {
        Some(month) => (one, month),
        None => day_and_month(one, &mut cursor, order)?,
    };
    let (year, digits) = cursor.number().ok_or(NotADate::Unreadable)?;
    let year = match digits {
        4 => year,
        // Reporting systems hold nothing older than this century in two digits.
        2 => 2000 + year,
        _ => return Err(NotADate::Unreadable),
    };
    let date = civil(year.into(), month.into(), day.into(), first)?;
    Ok(at(date, cursor.time(first)?))
}

/// What follows the first number: the name of a month, or a second number.
fn day_and_month(first: u32, cursor: &mut Cursor<'_>, order: DateOrder) -> Result<(u32, u32), NotADate> {
    if let Some(word) = cursor.word() {
        cursor.eat(SEPARATORS);
        return month_named(word).map(|month| (first, month)).ok_or(NotADate::Unreadable);
    }
    let (second, digits) = cursor.number().ok_or(NotADate::Unreadable)?;
    if digits > 2 || !cursor.eat(&['/', '-', '.', ' ']) {
        return Err(NotADate::Unreadable);
    }
    Ok(match order {
        DateOrder::DayFirst => (first, second),
        DateOrder::MonthFirst => (second, first),
    })
}

fn civil(year: i64, month: i64, day: i64, first: &'static str) -> Result<Date, NotADate> {
    let year = i16::try_from(year).map_err(|_| NotADate::OutOfRange)?;
    let small = |number: i64| i8::try_from(number).map_err(|_| NotADate::DoesNotExist(first));
    Date::new(year, small(month)?, small(day)?).map_err(|_| NotADate::DoesNotExist(first))
}

fn month_named(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.to_lowercase();
    if word.len() < 3 {
        return None;
    }
    (1..)
        .zip(MONTHS)
        .find(|(_, month)| month.starts_with(&word) || word == "sept" && *month == "september")
        .map(|(number, _)| number)
}

fn is_weekday(word: &str) -> bool {
    let word = word.to_lowercase();
    word.len() >= 3
        && ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
            .iter()
            .any(|day| day.starts_with(&word))
}

/// What is still to be read.
struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, wanted: impl Fn(char) -> bool) -> Option<&'a str> {
        let end = self.rest.find(|character| !wanted(character)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        if taken.is_empty() {
            return None;
        }
        self.rest = rest;
        Some(taken)
    }

    /// A number of up to nine digits, and how many digits it has.
    fn number(&mut self) -> Option<(u32, usize)> {
        let before = self.rest;
        let digits = self.take(|character| character.is_ascii_digit())?;
        match digits.parse() {
            Ok(number) if digits.len() <= 9 => Some((number, digits.len())),
            _ => {
                self.rest = before;
                None
            }
        }
    }

    fn word(&mut self) -> Option<&'a str> {
        self.take(|character| character.is_ascii_alphabetic())
    }

    /// Passes over separators; whether there was one.
    fn eat(&mut self, separators: &[char]) -> bool {
        self.take(|character| separators.contains(&character)).is_some()
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let starts = self.rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        if starts {
            self.rest = &self.rest[word.len()..];
        }
        starts
    }

    /// Nothing, or a time to the end: `14:05`, `14:05:30.250`, `2:05 pm`. Nothing is midnight.
    fn time(&mut self, first: &'static str) -> Result<Time, NotADate> {
        self.eat(&[' ', 'T', 't', ',']);
        if self.rest.is_empty() {
            return Ok(Time::midnight());
        }
        let (hour, _) = self.number().ok_or(NotADate::Unreadable)?;
        let mut parts = [0, 0];
        for part in &mut parts {
            if self.eat(&[':']) {
                (*part, _) = self.number().ok_or(NotADate::Unreadable)?;
            }
        }
        if self.eat(&['.']) {
            self.number();
        }
        self.eat(&[' ']);
        let hour = match self.word().map(str::to_lowercase).as_deref() {
            Some("am") if hour == 12 => 0,
            Some("pm") if hour < 12 => hour + 12,
            None | Some("am" | "pm") => hour,
            Some(_) => return Err(NotADate::Unreadable),
        };
        if !self.rest.is_empty() {
            return Err(NotADate::Unreadable);
        }
        let small = |number: u32| i8::try_from(number).map_err(|_| NotADate::DoesNotExist(first));
        Time::new(small(hour)?, small(parts[0])?, small(parts[1])?, 0)
            .map_err(|_| NotADate::DoesNotExist(first))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as day;

    use super::*;

    fn read(text: &str) -> Result<Moment, NotADate> {
        moment(text, DateOrder::DayFirst)
    }

    fn instant(text: &str) -> Moment {
        Moment::At(text.parse().unwrap())
    }

    #[test]
    fn days_are_read_as_exports_write_them() {
        for text in [
            "28/03/2026",
            " 28/3/2026 ",
            "28-03-2026",
            "28.03.2026",
            "28/03/26",
            "28 Mar 2026",
            "28-MAR-26",
            "28th March 2026",
            "Sat 28 March 2026",
            "March 28, 2026",
            "2026-03-28",
            "2026/03/28",
            "20260328",
            "46109",
            "28/03/2026 00:00",
            "28/03/2026 00:00:00",
            "2026-03-28 00:00:00.000",
            "46109.0",
        ] {
            assert_eq!(read(text), Ok(Moment::Day(day(2026, 3, 28))), "{text:?}");
        }
    }

    #[test]
    fn times_without_an_offset_are_londons() {
        for (text, expected) in [
            ("28/03/2026 14:05", "2026-03-28T14:05:00Z"),
            ("28/06/2026 14:05:30", "2026-06-28T13:05:30Z"),
            ("28/06/2026 2:05 PM", "2026-06-28T13:05:00Z"),
            ("28/06/2026 12:05 am", "2026-06-27T23:05:00Z"),
            ("2026-06-28T14:05:00", "2026-06-28T13:05:00Z"),
            ("2026-06-28T14:05:00Z", "2026-06-28T14:05:00Z"),
            ("2026-06-28T14:05:00+01:00", "2026-06-28T13:05:00Z"),
            ("46109.5", "2026-03-28T12:00:00Z"),
            ("46201.25", "2026-06-28T05:00:00Z"),
        ] {
            assert_eq!(read(text), Ok(instant(expected)), "{text:?}");
        }
    }

    #[test]
    fn the_day_is_read_first_unless_the_mapping_says_otherwise() {
        assert_eq!(read("03/04/2026"), Ok(Moment::Day(day(2026, 4, 3))));
        assert_eq!(moment("03/04/2026", DateOrder::MonthFirst), Ok(Moment::Day(day(2026, 3, 4))));
        assert_eq!(read("12/31/2026"), Err(NotADate::DoesNotExist("day")));
        assert_eq!(moment("31/12/2026", DateOrder::MonthFirst), Err(NotADate::DoesNotExist("month")));
    }

    #[test]
    fn a_spreadsheets_day_number_counts_from_the_end_of_1899() {
        for (number, expected) in
            [("36526", day(2000, 1, 1)), ("45292", day(2024, 1, 1)), ("46022", day(2025, 12, 31))]
        {
            assert_eq!(read(number), Ok(Moment::Day(expected)), "{number}");
        }
    }

    #[test]
    fn what_stands_for_no_date_is_none_and_what_cannot_be_is_refused() {
        for text in ["01/01/1900", "1900-01-01 00:00:00", "0", "1", "30/12/1899", "1753-01-01", "31/12/9999"]
        {
            assert_eq!(read(text), Err(NotADate::Placeholder), "{text:?}");
        }
        for text in ["30/02/2026", "31/04/2026", "2026-13-01", "28/03/2026 25:00", "20261301"] {
            assert!(matches!(read(text), Err(NotADate::DoesNotExist(_))), "{text:?}: {:?}", read(text));
        }
        for text in [
            "",
            "n/a",
            "soon",
            "28/03",
            "28/03/026",
            "28//",
            "2026-",
            "2026-3",
            "28 Mar",
            "99999999999",
            "12345",
            "28/03/2026 noon",
            "28/03/2026 10:00 Zulu",
            "28/03/2026 10:00:00 x",
            "-",
            "/",
            "28 xyz 2026",
            "1e5",
        ] {
            assert_eq!(read(text), Err(NotADate::Unreadable), "{text:?}");
        }
        assert_eq!(read("01/01/1850"), Err(NotADate::OutOfRange));
    }

    #[test]
    fn a_partial_date_keeps_what_is_known() {
        for (text, expected) in [
            ("2026", PartialDate::Year(2026)),
            ("2026-03", PartialDate::Month(2026, 3)),
            ("03/2026", PartialDate::Month(2026, 3)),
            ("Mar 2026", PartialDate::Month(2026, 3)),
            ("28/03/2026", PartialDate::Day(day(2026, 3, 28))),
            ("2026-03-28", PartialDate::Day(day(2026, 3, 28))),
            ("46109", PartialDate::Day(day(2026, 3, 28))),
        ] {
            assert_eq!(partial_date(text, DateOrder::DayFirst), Ok(expected), "{text:?}");
        }
        for text in ["13/2026", "2026-00-01", "March", "1800"] {
            assert!(partial_date(text, DateOrder::DayFirst).is_err(), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_brings_the_reader_down(text in ".{0,40}") {
            let _ = moment(&text, DateOrder::DayFirst);
            let _ = partial_date(&text, DateOrder::MonthFirst);
        }

        #[test]
        fn neither_does_anything_that_looks_like_a_date(text in "[0-9/.: T+-]{0,24}") {
            let _ = moment(&text, DateOrder::DayFirst);
            let _ = partial_date(&text, DateOrder::DayFirst);
        }
    }
}
