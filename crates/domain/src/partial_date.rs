//! The date of an incident as far as it is known.

use jiff::civil::Date;

/// A date of which the day, or the month and the day, may be unknown. Reporters often know only "some time in March".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartialDate {
    /// Only the year, 1900 to 2200.
    Year(i16),
    /// Year and month 1 to 12.
    Month(i16, i8),
    /// The full date.
    Day(Date),
}

/// A date that does not exist or lies outside 1900 to 2200.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a date: a year from 1900 to 2200, then optionally a month and a day that exist")]
pub struct NotADate;

impl PartialDate {
    /// Builds a partial date; a month or day of 0 means "not known". A day without a month is refused.
    pub fn new(year: i32, month: i32, day: i32) -> Result<Self, NotADate> {
        let year = i16::try_from(year).ok().filter(|y| (1900..=2200).contains(y)).ok_or(NotADate)?;
        let month = i8::try_from(month).map_err(|_| NotADate)?;
        let day = i8::try_from(day).map_err(|_| NotADate)?;
        match (month, day) {
            (0, 0) => Ok(Self::Year(year)),
            (1..=12, 0) => Ok(Self::Month(year, month)),
            (1..=12, _) => Date::new(year, month, day).map(Self::Day).map_err(|_| NotADate),
            _ => Err(NotADate),
        }
    }

    /// Year, month and day, with 0 for what is not known.
    pub fn parts(self) -> (i16, i8, i8) {
        match self {
            Self::Year(year) => (year, 0, 0),
            Self::Month(year, month) => (year, month, 0),
            Self::Day(date) => (date.year(), date.month(), date.day()),
        }
    }

    /// The first civil day it could mean.
    pub fn earliest(self) -> Date {
        let (year, month, day) = self.parts();
        jiff::civil::date(year, month.max(1), day.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_dates_hold_what_is_known_and_refuse_what_cannot_be() {
        assert_eq!(PartialDate::new(2026, 0, 0), Ok(PartialDate::Year(2026)));
        assert_eq!(PartialDate::new(2026, 2, 0), Ok(PartialDate::Month(2026, 2)));
        assert_eq!(PartialDate::new(2026, 2, 28), Ok(PartialDate::Day(jiff::civil::date(2026, 2, 28))));
        for (y, m, d) in [
            (0, 0, 0),
            (1899, 1, 1),
            (2026, 0, 3),
            (2026, 13, 1),
            (2026, 2, 29),
            (i32::MAX, 1, 1),
            (2026, -1, 0),
        ] {
            assert_eq!(PartialDate::new(y, m, d), Err(NotADate), "{y}-{m}-{d}");
        }
    }
}
