//! What figures are counted from, so that a figure costs no more for a long log than for a short one.
//!
//! `candour_domain::measures` alone says what a unit counts as. [`candour_domain::measures::over_time`] gives its lines for every as-of date at
//! once: from which day to which it counts as what, and in which periods it is shown. Here those stretches are kept and summed; nothing here
//! knows what a measure means.
//!
//! - `mark`: an event is folded; every unit that it may change is marked with its position.
//! - `settle`: at the end of a batch, in its transaction, each marked unit gets its `line` rows anew, and what changed goes into `tally`.
//!   Lines and sums are a function of what is known, so that batches leave no trace: a rebuild settles each unit once, at its end.
//! - `cell`: which sums a line takes part in, and which of them a question adds up.
//! - `work`: what is to be done about each unit, as rows that a worklist is a range of.
//! - `places`: a unit counts under the places of the incidents behind it, as said by the end of each day.
//!
//! **Sums.** A question names an as-of date, a period and perhaps a place. A line that is shown in every period is in two kinds of sums by
//! as-of day (of a day, and of a block of [`cell::BLOCK_DAYS`] days): plus one where it begins, minus one where it ends; the answer adds up all
//! days to the as-of date. A line that is placed by a day is in the sums of that day and its block once it stands for good. Where it does so only
//! after its placing day, or for a while, an *exception* says until which as-of date the sum of that day is wrong; almost all are past, and a
//! question looks only at those that are not. So a question adds up days at the edges of the period and blocks between them, whatever
//! number of units they hold.
//!
//! **Known at.** Lines and sums are those known now. For an earlier position the units touched since are taken out and counted anew from their
//! histories as known then: exact for every position, and as quick as little has been recorded since.

pub(crate) mod cell;
pub(crate) mod mark;
pub(crate) mod places;
pub(crate) mod settle;
pub(crate) mod work;

use candour_domain::measures::{Counted, FigureNumber, Outcome, Placing};
use jiff::civil::Date;
use rusqlite::{Connection, Row, params};

use crate::{projection, query::QueryError};

/// The day after the last of a line that stands for good.
pub(crate) const FOREVER: i64 = 10_000_000;

/// The kinds of unit, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum UnitKind {
    Recommendation,
    Action,
    Reporter,
    Case,
}

impl UnitKind {
    pub(crate) const fn code(self) -> i64 {
        match self {
            Self::Recommendation => 0,
            Self::Action => 1,
            Self::Reporter => 2,
            Self::Case => 3,
        }
    }

    pub(crate) fn from_code(code: i64) -> Result<Self, QueryError> {
        match code {
            0 => Ok(Self::Recommendation),
            1 => Ok(Self::Action),
            2 => Ok(Self::Reporter),
            3 => Ok(Self::Case),
            other => Err(QueryError::Undecodable(format!("a unit of kind {other}"))),
        }
    }
}

/// The days since 1970-01-01 of the first day that can be shown; lower than any day on record.
pub(crate) fn first_day() -> i64 {
    projection::days(Date::MIN)
}

/// What is counted of a line, in which figure and placed in which way: what sums are kept apart by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Kept {
    pub(crate) figure: FigureNumber,
    pub(crate) placing: PlacingKind,
    pub(crate) counted: Counted,
}

/// A [`Placing`] without its days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum PlacingKind {
    Always,
    On,
    Since,
    OnBefore,
    Before,
    Ahead,
    NotAhead,
}

impl PlacingKind {
    /// The kind and the two days that it has, in days since 1970-01-01; 0 where it has none.
    pub(crate) fn of(placing: Placing) -> (Self, i64, i64) {
        match placing {
            Placing::Always => (Self::Always, 0, 0),
            Placing::On(day) => (Self::On, projection::days(day), 0),
            Placing::Since(day) => (Self::Since, projection::days(day), 0),
            Placing::OnBefore(day, next) => (Self::OnBefore, projection::days(day), projection::days(next)),
            Placing::Before(day) => (Self::Before, projection::days(day), 0),
            Placing::Ahead(due) => (Self::Ahead, projection::days(due), 0),
            Placing::NotAhead(due) => (Self::NotAhead, projection::days(due), 0),
        }
    }

    /// The placing with these days.
    pub(crate) fn with(self, day: i64, next: i64) -> Result<Placing, QueryError> {
        Ok(match self {
            Self::Always => Placing::Always,
            Self::On => Placing::On(date(day)?),
            Self::Since => Placing::Since(date(day)?),
            Self::OnBefore => Placing::OnBefore(date(day)?, date(next)?),
            Self::Before => Placing::Before(date(day)?),
            Self::Ahead => Placing::Ahead(date(day)?),
            Self::NotAhead => Placing::NotAhead(date(day)?),
        })
    }

    /// Whether it places a line by a day.
    pub(crate) const fn is_placed(self) -> bool {
        matches!(self, Self::On | Self::Since | Self::OnBefore)
    }

    const ALL: [Self; 7] =
        [Self::Always, Self::On, Self::Since, Self::OnBefore, Self::Before, Self::Ahead, Self::NotAhead];

    fn code(self) -> i64 {
        Self::ALL.iter().zip(0..).find_map(|(kind, code)| (*kind == self).then_some(code)).unwrap_or_default()
    }
}

/// A date from days since 1970-01-01.
pub(crate) fn date(days: i64) -> Result<Date, QueryError> {
    jiff::civil::date(1970, 1, 1)
        .checked_add(jiff::Span::new().try_days(days).map_err(|_| wrong_day(days))?)
        .map_err(|_| wrong_day(days))
}

fn wrong_day(days: i64) -> QueryError {
    QueryError::Undecodable(format!("day {days}"))
}

const OUTCOMES: [Outcome; 5] =
    [Outcome::Met, Outcome::NotMet, Outcome::Excluded, Outcome::NotYetDue, Outcome::Listed];

/// Between the names of what a line is counted as.
const SEPARATOR: char = '\n';

impl Kept {
    /// Its number in this file; it gets one when it is first met.
    pub(crate) fn number(&self, connection: &Connection) -> Result<i64, rusqlite::Error> {
        let outcome = self.counted.outcome.and_then(|outcome| {
            OUTCOMES.iter().zip(0_i64..).find_map(|(known, code)| (*known == outcome).then_some(code))
        });
        let counted_as = self.counted.counted_as.join(&SEPARATOR.to_string());
        let content =
            params![self.figure.0, self.placing.code(), outcome, counted_as, self.counted.statistic];
        let found = connection
            .prepare_cached(
                "SELECT counted_no FROM counted WHERE figure = ?1 AND placing = ?2 AND outcome IS ?3 AND counted_as = ?4 AND statistic IS ?5",
            )?
            .query_row(content, |row| row.get(0));
        match found {
            Err(rusqlite::Error::QueryReturnedNoRows) => {}
            found => return found,
        }
        connection
            .prepare_cached(
                "INSERT INTO counted (figure, placing, outcome, counted_as, statistic) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING counted_no",
            )?
            .query_row(content, |row| row.get(0))
    }

    /// Reads it from the columns figure, placing, outcome, counted_as, statistic, the first of which is at `first`.
    pub(crate) fn read(row: &Row<'_>, first: usize) -> Result<Self, QueryError> {
        let placing: i64 = row.get(first + 1)?;
        let outcome: Option<i64> = row.get(first + 2)?;
        let counted_as = row.get_ref(first + 3)?.as_str().map_err(rusqlite::Error::from)?;
        let wrong = |what: &str, code: i64| QueryError::Undecodable(format!("{what} {code}"));
        Ok(Self {
            figure: FigureNumber(row.get(first)?),
            placing: usize::try_from(placing)
                .ok()
                .and_then(|code| PlacingKind::ALL.get(code).copied())
                .ok_or_else(|| wrong("placing", placing))?,
            counted: Counted {
                outcome: outcome
                    .map(|code| {
                        let known = usize::try_from(code).ok().and_then(|code| OUTCOMES.get(code).copied());
                        known.ok_or_else(|| wrong("outcome", code))
                    })
                    .transpose()?,
                counted_as: counted_as
                    .split(SEPARATOR)
                    .filter(|name| !name.is_empty())
                    .map(|name| name.to_owned().into())
                    .collect(),
                statistic: row.get(first + 4)?,
            },
        })
    }
}
