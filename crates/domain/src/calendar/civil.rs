//! Instants and civil dates: the civil date of the United Kingdom is Europe/London's (§1.5, §6.0).

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp};

/// Europe/London from the zone data compiled into the program, so that the machine's own zone files, which
/// differ from one machine to the next, never move a due date.
static LONDON: LazyLock<TimeZone> = LazyLock::new(|| {
    TimeZoneDatabase::bundled().get("Europe/London").expect(
        "cannot fail: jiff's feature tzdb-bundle-always compiles Europe/London in, and a test reads it",
    )
});

/// The civil date in Europe/London at an instant: 2026-06-30T23:30Z is 1 July.
pub fn civil_date(instant: Timestamp) -> Date {
    LONDON.to_datetime(instant).date()
}

/// The end of a civil date: the instant at which the following day begins in Europe/London.
///
/// The bound is exclusive: what happened *before* it happened on or before `date`.
/// At the two ends of what can be represented (the first days of the year -9999 and the last of 9999) it is
/// [`Timestamp::MIN`] and [`Timestamp::MAX`].
pub fn end_of_day(date: Date) -> Timestamp {
    let next_midnight = date.tomorrow().and_then(|next| next.to_zoned(LONDON.clone()));
    match next_midnight {
        Ok(midnight) => midnight.timestamp(),
        Err(_) if date < Date::ZERO => Timestamp::MIN,
        Err(_) => Timestamp::MAX,
    }
}

/// The instant of a local time in Europe/London. A time that the change of the clocks leaves out is taken an hour later, one that comes twice
/// the first time. At the ends of what can be represented it is [`Timestamp::MIN`] or [`Timestamp::MAX`].
pub fn instant_in_london(local: DateTime) -> Timestamp {
    match LONDON.to_ambiguous_timestamp(local).compatible() {
        Ok(instant) => instant,
        Err(_) if local.date() < Date::ZERO => Timestamp::MIN,
        Err(_) => Timestamp::MAX,
    }
}

/// The same day of the month, `months` calendar months later, or the last day of that month where it is
/// shorter: 30 November and three months is 28 or 29 February (S-2, S-3, P-2, R6).
///
/// Stops at 9999-12-31, the last date that can be represented.
pub fn add_calendar_months(date: Date, months: u16) -> Date {
    // A span holds up to 239,976 months, so no `u16` is out of its range.
    date.saturating_add(Span::new().months(i64::from(months)))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn section_1_5_the_civil_date_is_londons() {
        assert_eq!(civil_date(instant("2026-06-30T23:30:00Z")), date(2026, 7, 1));
        assert_eq!(civil_date(instant("2026-12-31T23:30:00Z")), date(2026, 12, 31));
    }

    #[test]
    fn section_6_0_a_day_ends_where_the_next_london_day_begins() {
        for (day, end) in [
            (date(2026, 6, 30), "2026-06-30T23:00:00Z"),
            (date(2026, 12, 31), "2027-01-01T00:00:00Z"),
            // The clocks go forward on 29 March 2026 and back on 25 October 2026.
            (date(2026, 3, 28), "2026-03-29T00:00:00Z"),
            (date(2026, 3, 29), "2026-03-29T23:00:00Z"),
            (date(2026, 10, 24), "2026-10-24T23:00:00Z"),
            (date(2026, 10, 25), "2026-10-26T00:00:00Z"),
        ] {
            let end = instant(end);
            assert_eq!(end_of_day(day), end, "{day}");
            assert_eq!(civil_date(end), day.tomorrow().unwrap(), "{day}: the bound is exclusive");
            assert_eq!(civil_date(end - Span::new().nanoseconds(1)), day, "{day}: the last instant");
        }
    }

    #[test]
    fn a_local_time_is_londons_also_where_the_clocks_change() {
        for (local, expected) in [
            ("2026-01-15T12:00:00", "2026-01-15T12:00:00Z"),
            ("2026-07-15T12:00:00", "2026-07-15T11:00:00Z"),
            // Left out on 29 March 2026, twice on 25 October 2026.
            ("2026-03-29T01:30:00", "2026-03-29T01:30:00Z"),
            ("2026-10-25T01:30:00", "2026-10-25T00:30:00Z"),
        ] {
            assert_eq!(instant_in_london(local.parse().unwrap()), instant(expected), "{local}");
        }
        assert_eq!(instant_in_london(DateTime::MAX), Timestamp::MAX);
        assert!(instant_in_london(DateTime::MIN) < instant("0001-01-01T00:00:00Z"));
    }

    #[test]
    fn no_date_or_instant_panics() {
        assert_eq!(end_of_day(Date::MAX), Timestamp::MAX);
        assert_eq!(end_of_day(Date::MIN), Timestamp::MIN);
        assert_eq!(add_calendar_months(Date::MAX, u16::MAX), Date::MAX);
        assert!(civil_date(Timestamp::MIN) < civil_date(Timestamp::MAX));
    }

    #[test]
    fn s_3_calendar_months_clamp_to_the_end_of_the_month() {
        // S-3: add_months(start date − 1 day, 3).
        for (start, due) in [
            (date(2026, 1, 15), date(2026, 4, 14)),
            (date(2025, 11, 30), date(2026, 2, 28)),
            (date(2025, 12, 1), date(2026, 2, 28)),
            (date(2026, 3, 31), date(2026, 6, 30)),
        ] {
            assert_eq!(add_calendar_months(start.yesterday().unwrap(), 3), due, "{start}");
        }
        assert_eq!(add_calendar_months(date(2027, 11, 30), 3), date(2028, 2, 29));
        assert_eq!(add_calendar_months(date(2026, 1, 31), 0), date(2026, 1, 31));
    }

    #[test]
    fn r6_a_review_falls_due_three_months_after_implementation() {
        assert_eq!(add_calendar_months(date(2026, 3, 16), 3), date(2026, 6, 16));
    }
}
