//! The forms in which dates are written.

use candour_domain::calendar::instant_in_london;
use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
};

use super::{DateOrder, Moment, NotADate, cursor::Cursor};

/// The first and the last day number taken for a date, by the calendar of spreadsheets that begins in 1900: 1950 to 2119.
const DAY_NUMBERS: std::ops::RangeInclusive<i64> = 18_264..=80_000;
/// Day 0 of that calendar; days before March 1900 are off by one there and are not read.
const DAY_ZERO: Date = jiff::civil::date(1899, 12, 30);

/// What may stand between the parts of a date.
const SEPARATORS: &[char] = &['/', '-', '.', ' ', ','];

/// A day alone where the time is midnight.
fn at(date: Date, time: Time) -> Moment {
    if time == Time::midnight() {
        Moment::Day(date)
    } else {
        Moment::At(instant_in_london(DateTime::from_parts(date, time)))
    }
}

/// `46109`, `46109.5` or `20260328`. `None` where it is no number at all.
pub(super) fn number(text: &str) -> Option<Result<Moment, NotADate>> {
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
pub(super) fn international(text: &str) -> Option<Result<Moment, NotADate>> {
    let mut cursor = Cursor::new(text);
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
pub(super) fn written(text: &str, order: DateOrder) -> Result<Moment, NotADate> {
    let first = match order {
        DateOrder::DayFirst => "day",
        DateOrder::MonthFirst => "month",
    };
    let mut cursor = Cursor::new(text);
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

pub(super) fn month_named(word: &str) -> Option<u32> {
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
