//! Dates as they are found in exports, with what they mean.

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
    for text in ["01/01/1900", "1900-01-01 00:00:00", "0", "1", "30/12/1899", "1753-01-01", "31/12/9999"] {
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
