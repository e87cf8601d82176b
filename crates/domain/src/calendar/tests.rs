//! The vectors of §1.5 over the calendars compiled in, and what must hold of every version.

use jiff::civil::{Date, Weekday, date};

use super::calendars::DATA_FILES;
use super::*;

fn calendar(nation: Nation) -> &'static Calendar {
    Calendars::built_in().in_force(nation)
}

fn named_day((weekday, text): (Weekday, &str)) -> Date {
    let day: Date = text.parse().unwrap();
    assert_eq!(day.weekday(), weekday, "{text}");
    day
}

#[track_caller]
fn check_due(nation: Nation, day_0: (Weekday, &str), count: u16, due: (Weekday, &str)) {
    let (day_0, due) = (named_day(day_0), named_day(due));
    assert_eq!(calendar(nation).working_days_after(day_0, count), Ok(due));
    assert_eq!(calendar(nation).working_days_between(day_0, due), Ok(i64::from(count)));
    assert_eq!(calendar(nation).working_days_between(due, day_0), Ok(-i64::from(count)));
}

#[test]
fn section_1_5_vectors_england() {
    use Weekday::{Friday, Monday, Saturday, Thursday, Tuesday, Wednesday};
    let check = |day_0, count, due| check_due(Nation::England, day_0, count, due);
    check((Thursday, "2024-03-21"), 10, (Monday, "2024-04-08"));
    check((Thursday, "2025-12-18"), 10, (Tuesday, "2026-01-06"));
    check((Thursday, "2026-12-17"), 10, (Tuesday, "2027-01-05"));
    check((Friday, "2027-12-17"), 10, (Wednesday, "2028-01-05"));
    check((Wednesday, "2026-04-01"), 10, (Friday, "2026-04-17"));
    check((Friday, "2026-05-22"), 10, (Monday, "2026-06-08"));
    check((Saturday, "2026-02-28"), 10, (Friday, "2026-03-13"));
    check((Monday, "2026-01-05"), 60, (Monday, "2026-03-30"));
    check((Friday, "2026-08-21"), 60, (Monday, "2026-11-16"));
}

#[test]
fn section_1_5_vectors_wales() {
    use Weekday::{Monday, Thursday, Tuesday, Wednesday};
    let check = |day_0, count, due| check_due(Nation::Wales, day_0, count, due);
    check((Monday, "2025-12-22"), 5, (Wednesday, "2025-12-31"));
    check((Tuesday, "2026-03-31"), 5, (Thursday, "2026-04-09"));
    check((Thursday, "2026-04-02"), 30, (Tuesday, "2026-05-19"));
}

#[test]
fn section_1_5_vectors_scotland() {
    use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
    let check = |day_0, count, due| check_due(Nation::Scotland, day_0, count, due);
    check((Wednesday, "2026-04-01"), 10, (Thursday, "2026-04-16"));
    check((Monday, "2026-06-08"), 10, (Tuesday, "2026-06-23"));
    check((Thursday, "2027-12-30"), 10, (Monday, "2028-01-17"));
    check((Thursday, "2025-11-27"), 10, (Friday, "2025-12-12"));
}

#[test]
fn section_1_5_vectors_northern_ireland() {
    use Weekday::{Thursday, Wednesday};
    check_due(Nation::NorthernIreland, (Wednesday, "2026-07-08"), 10, (Thursday, "2026-07-23"));
}

#[test]
fn section_1_5_day_0_may_be_a_non_working_day() {
    use Weekday::{Friday, Monday, Saturday, Sunday, Tuesday};
    // A weekend: Saturday, Sunday and the Friday before them have the same day 1.
    check_due(Nation::England, (Friday, "2026-02-27"), 1, (Monday, "2026-03-02"));
    check_due(Nation::England, (Saturday, "2026-02-28"), 1, (Monday, "2026-03-02"));
    check_due(Nation::England, (Sunday, "2026-03-01"), 1, (Monday, "2026-03-02"));
    // Good Friday: day 1 is Tuesday in England, and Easter Monday in Scotland.
    check_due(Nation::England, (Friday, "2026-04-03"), 1, (Tuesday, "2026-04-07"));
    check_due(Nation::Scotland, (Friday, "2026-04-03"), 1, (Monday, "2026-04-06"));
    // No working days: day 0 itself, working or not.
    check_due(Nation::England, (Saturday, "2026-02-28"), 0, (Saturday, "2026-02-28"));
}

#[test]
fn section_1_5_is_working_day_knows_weekends_bank_holidays_and_nations() {
    for (nation, day, working) in [
        (Nation::England, date(2026, 2, 27), true),
        (Nation::England, date(2026, 2, 28), false),
        (Nation::England, date(2026, 6, 15), true),
        (Nation::Scotland, date(2026, 6, 15), false),
        (Nation::Wales, date(2026, 4, 6), false),
        (Nation::Scotland, date(2026, 4, 6), true),
        (Nation::NorthernIreland, date(2026, 7, 13), false),
        (Nation::England, date(2026, 7, 13), true),
        // Days that were moved by proclamation, and where they had been.
        (Nation::England, date(2020, 5, 4), true),
        (Nation::England, date(2020, 5, 8), false),
        (Nation::England, date(2022, 5, 30), true),
        (Nation::England, date(2022, 6, 2), false),
        (Nation::England, date(2022, 6, 3), false),
        (Nation::England, date(2022, 9, 19), false),
        (Nation::England, date(2023, 5, 8), false),
    ] {
        assert_eq!(calendar(nation).is_working_day(day), Ok(working), "{nation} {day}");
    }
}

#[test]
fn section_1_5_a_date_outside_the_covered_years_is_an_error_and_never_a_guess() {
    let scotland = calendar(Nation::Scotland);
    let not_covered = |date| OutOfCalendar::CalendarDoesNotCover {
        version: CalendarVersion::new("scotland-2026-11"),
        date,
        first_year: 2024,
        last_year: 2028,
    };
    let (before, after) = (date(2023, 12, 31), date(2029, 1, 1));
    let (first, last) = (date(2024, 1, 1), date(2028, 12, 31));

    assert_eq!(scotland.is_working_day(first), Ok(false));
    assert_eq!(scotland.is_working_day(before), Err(not_covered(before)));
    assert_eq!(scotland.is_working_day(after), Err(not_covered(after)));
    assert_eq!(scotland.working_days_after(before, 1), Err(not_covered(before)));
    assert_eq!(scotland.working_days_between(before, last), Err(not_covered(before)));
    assert_eq!(scotland.working_days_between(first, after), Err(not_covered(after)));

    // Friday 29 December 2028 is the last working day that is known.
    assert_eq!(scotland.working_days_after(date(2028, 12, 28), 1), Ok(date(2028, 12, 29)));
    assert_eq!(scotland.working_days_after(date(2028, 12, 28), 2), Err(not_covered(after)));
    assert_eq!(scotland.working_days_after(first, u16::MAX), Err(not_covered(after)));
    assert_eq!(scotland.working_days_after(Date::MAX, 1), Err(not_covered(Date::MAX)));
    assert_eq!(
        not_covered(after).to_string(),
        "calendar scotland-2026-11 covers 2024 to 2028, so working days at 2029-01-01 are not known",
    );
}

#[test]
fn every_row_is_a_weekday_and_no_date_comes_twice() {
    for file in DATA_FILES {
        let rows = file.lines().filter(|line| line.starts_with("20"));
        let dates: Vec<Date> = rows.map(|row| row[..10].parse().unwrap()).collect();
        for pair in dates.windows(2) {
            assert!(pair[0] < pair[1], "{} then {}", pair[0], pair[1]);
        }
        for day in dates {
            assert!(!matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday), "{day}");
        }
    }
}

#[test]
fn section_1_5_england_and_wales_are_identical() {
    let (england, wales) = (calendar(Nation::England), calendar(Nation::Wales));
    assert_eq!((england.nation(), wales.nation()), (Nation::England, Nation::Wales));
    assert_eq!(england.version(), wales.version());
    assert!(england.non_working_days().eq(wales.non_working_days()));
    assert_eq!((england.first_year(), england.last_year()), (2015, 2031));
}

#[test]
fn section_1_5_what_is_not_yet_proclaimed_is_marked_computed() {
    for nation in Nation::ALL {
        for (day, why) in calendar(nation).non_working_days().filter(|(day, _)| day.year() >= 2028) {
            assert_eq!(why.kind, DayKind::Computed, "{nation} {day}");
        }
    }
    let proclaimed = |nation| -> Vec<String> {
        let days = calendar(nation).non_working_days();
        days.filter(|(_, why)| why.kind == DayKind::Proclaimed).map(|(day, _)| day.to_string()).collect()
    };
    assert_eq!(proclaimed(Nation::Scotland), ["2026-06-15"]);
    assert_eq!(
        proclaimed(Nation::England),
        ["2020-05-08", "2022-06-02", "2022-06-03", "2022-09-19", "2023-05-08"],
    );
}

/// FNV-1a over the dates, so that an edit of a version that deadlines were computed under is seen.
fn fingerprint(calendar: &Calendar) -> u64 {
    let dates: Vec<String> = calendar.non_working_days().map(|(day, _)| day.to_string()).collect();
    let text = dates.join("\n") + "\n";
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[test]
fn a_version_that_was_brought_out_never_changes() {
    // To change a calendar, add a version and a line here. Never change a line.
    for (nation, version, days, print) in [
        (Nation::England, "england-and-wales-2026-11", 139, 0xdb10_1fa9_b728_a9ed),
        (Nation::Wales, "england-and-wales-2026-11", 139, 0xdb10_1fa9_b728_a9ed),
        (Nation::Scotland, "scotland-2026-11", 46, 0x9e9d_aa8c_9419_254c),
        (Nation::NorthernIreland, "northern-ireland-2026-11", 50, 0xa5ce_165a_5f14_32a1),
    ] {
        let found = Calendars::built_in().version(nation, &CalendarVersion::new(version)).unwrap();
        assert_eq!(found.non_working_days().count(), days, "{nation} {version}");
        assert_eq!(fingerprint(found), print, "{nation} {version}");
    }
}

#[test]
fn section_1_5_a_deadline_is_computed_again_under_the_version_it_was_computed_under() {
    let second = "\
# version: scotland-2027-01
# nations: scotland
# covers: 2026-2026
# source: a test
# certainty: none
date,name,kind
2026-06-15,World Cup bank holiday,proclaimed
2026-06-16,Another,proclaimed
";
    let files: Vec<&str> = DATA_FILES.iter().copied().chain([second]).collect();
    let calendars = Calendars::from_files(&files).unwrap();
    let (first, second) =
        (CalendarVersion::new("scotland-2026-11"), CalendarVersion::new("scotland-2027-01"));

    let day_0 = date(2026, 6, 8);
    let now = calendars.in_force(Nation::Scotland);
    assert_eq!(now.version(), &second);
    assert_eq!(now.working_days_after(day_0, 10), Ok(date(2026, 6, 24)));
    let then = calendars.version(Nation::Scotland, &first).unwrap();
    assert_eq!(then.working_days_after(day_0, 10), Ok(date(2026, 6, 23)));

    assert_eq!(calendars.version(Nation::Scotland, &second), Some(now));
    assert_eq!(calendars.version(Nation::England, &second), None);
    assert_eq!(calendars.in_force(Nation::England), calendar(Nation::England));
}

#[test]
fn a_set_of_files_that_leaves_a_nation_or_a_version_in_doubt_is_refused() {
    let [england_and_wales, scotland, northern_ireland] = DATA_FILES else { panic!("three files") };
    assert_eq!(
        Calendars::from_files(&[england_and_wales, northern_ireland]),
        Err(CalendarsError::NoCalendar { nation: Nation::Scotland }),
    );
    assert_eq!(
        Calendars::from_files(&[england_and_wales, scotland, northern_ireland, scotland]),
        Err(CalendarsError::VersionTwice {
            nation: Nation::Scotland,
            version: CalendarVersion::new("scotland-2026-11"),
        }),
    );
    let refused = Calendars::from_files(&[england_and_wales, "nothing"]);
    assert!(matches!(refused, Err(CalendarsError::File { number: 2, .. })), "{refused:?}");
}
