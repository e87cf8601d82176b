//! One version of one nation's calendar, and the counting of working days under it.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::{Date, Weekday};

use super::Nation;

/// The name of one version of a calendar, such as `scotland-2026-11`. Stored beside every due date.
///
/// Any text may be held, because it may come from a stored event; only [`Calendars`](super::Calendars) knows
/// whether such a version exists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CalendarVersion(String);

impl CalendarVersion {
    /// The version of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CalendarVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Why a weekday is not a working day, and how sure the calendar is of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DayKind {
    /// Falls every year.
    Statutory,
    /// Stands in for a holiday that fell on a weekend.
    Substitute,
    /// A one-off day, or a day moved by proclamation.
    Proclaimed,
    /// Worked out by rule and not read in a proclamation. In a coming year it may still change, which would be
    /// a new version of the calendar.
    Computed,
}

impl DayKind {
    const ALL: [Self; 4] = [Self::Statutory, Self::Substitute, Self::Proclaimed, Self::Computed];

    /// The word used in calendar files.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Statutory => "statutory",
            Self::Substitute => "substitute",
            Self::Proclaimed => "proclaimed",
            Self::Computed => "computed",
        }
    }

    pub(super) fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// A weekday that is not a working day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NonWorkingDay {
    /// What the day is called, in English. A substitute says so.
    pub name: String,
    /// Why it is not a working day.
    pub kind: DayKind,
}

/// One version of the working-day calendar of one nation.
///
/// A working day is not a Saturday, not a Sunday and not a bank holiday of that nation (§1.5).
/// Every answer is for a date inside the covered years; any other date is an [`OutOfCalendar`] error, because
/// the bank holidays of an uncovered year are not known and must not be guessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    pub(super) version: CalendarVersion,
    pub(super) nation: Nation,
    pub(super) first_year: i16,
    pub(super) last_year: i16,
    pub(super) source: String,
    pub(super) certainty: String,
    pub(super) non_working_days: BTreeMap<Date, NonWorkingDay>,
}

impl Calendar {
    /// The version, to be stored beside every due date computed under it.
    pub const fn version(&self) -> &CalendarVersion {
        &self.version
    }

    /// The nation whose bank holidays these are.
    pub const fn nation(&self) -> Nation {
        self.nation
    }

    /// The first year covered, from 1 January.
    pub const fn first_year(&self) -> i16 {
        self.first_year
    }

    /// The last year covered, to 31 December.
    pub const fn last_year(&self) -> i16 {
        self.last_year
    }

    /// Where the dates come from, as the data file says.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// How sure the dates are, as the data file says.
    pub fn certainty(&self) -> &str {
        &self.certainty
    }

    /// The weekdays that are not working days, earliest first.
    pub fn non_working_days(&self) -> impl Iterator<Item = (Date, &NonWorkingDay)> {
        self.non_working_days.iter().map(|(date, day)| (*date, day))
    }

    /// Whether `date` lies in the covered years.
    pub fn covers(&self, date: Date) -> bool {
        (self.first_year..=self.last_year).contains(&date.year())
    }

    /// Whether `date` is a working day.
    ///
    /// # Errors
    /// [`OutOfCalendar`] if the date is not in the covered years: neither answer would be known to be true.
    pub fn is_working_day(&self, date: Date) -> Result<bool, OutOfCalendar> {
        self.require(date)?;
        Ok(self.is_working_day_when_covered(date))
    }

    /// The `count`th working day after `date`: the due date of "within `count` working days of `date`", which
    /// is met until the end of that day in Europe/London ([`end_of_day`](super::end_of_day)).
    ///
    /// `date` is day 0 and may itself be a working day or not; the next working day is day 1 (§1.5). A count
    /// of 0 is `date` itself.
    ///
    /// # Errors
    /// [`OutOfCalendar`] if `date`, or a day that would have to be counted, is not in the covered years.
    pub fn working_days_after(&self, date: Date, count: u16) -> Result<Date, OutOfCalendar> {
        self.require(date)?;
        let mut day = date;
        for _ in 0..count {
            day = self.next_working_day(day)?;
        }
        Ok(day)
    }

    /// The number of working days after `from`, up to and with `to`; negative if `to` is the earlier.
    ///
    /// It is the reverse of [`working_days_after`](Self::working_days_after): the due date of N working days
    /// is N working days from its day 0. Swapping the two dates changes the sign only.
    ///
    /// # Errors
    /// [`OutOfCalendar`] if either date is not in the covered years.
    pub fn working_days_between(&self, from: Date, to: Date) -> Result<i64, OutOfCalendar> {
        self.require(from)?;
        self.require(to)?;
        let (earlier, later, sign) = if from <= to { (from, to, 1) } else { (to, from, -1) };
        let mut working_days = 0;
        let mut day = earlier;
        while day < later {
            day = self.next_day(day)?;
            working_days += i64::from(self.is_working_day_when_covered(day));
        }
        Ok(sign * working_days)
    }

    fn next_working_day(&self, date: Date) -> Result<Date, OutOfCalendar> {
        let mut day = self.next_day(date)?;
        while !self.is_working_day_when_covered(day) {
            day = self.next_day(day)?;
        }
        Ok(day)
    }

    fn next_day(&self, date: Date) -> Result<Date, OutOfCalendar> {
        let next = date.tomorrow().map_err(|_| self.does_not_cover(date))?;
        self.require(next)?;
        Ok(next)
    }

    fn is_working_day_when_covered(&self, date: Date) -> bool {
        !is_weekend(date) && !self.non_working_days.contains_key(&date)
    }

    fn require(&self, date: Date) -> Result<(), OutOfCalendar> {
        if self.covers(date) { Ok(()) } else { Err(self.does_not_cover(date)) }
    }

    fn does_not_cover(&self, date: Date) -> OutOfCalendar {
        OutOfCalendar::CalendarDoesNotCover {
            version: self.version.clone(),
            date,
            first_year: self.first_year,
            last_year: self.last_year,
        }
    }
}

pub(super) fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// A working day was asked for outside the years that the calendar covers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutOfCalendar {
    /// The bank holidays of that year are not in this version of the calendar.
    #[error("calendar {version} covers {first_year} to {last_year}, so working days at {date} are not known")]
    CalendarDoesNotCover {
        /// The calendar that was asked.
        version: CalendarVersion,
        /// The first date met that is not covered.
        date: Date,
        /// The first year that is covered.
        first_year: i16,
        /// The last year that is covered.
        last_year: i16,
    },
}
