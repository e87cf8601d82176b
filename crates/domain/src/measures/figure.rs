//! A figure: a numerator and a denominator, with every unit behind them.

use jiff::civil::Date;
use uuid::Uuid;

use super::{Due, Tenths, fact::days_between};
use crate::{identifier::EventId, policy::Standing, text::PublicReference};

/// The count of units that are not done and not due by the as-of date.
pub const NOT_YET_DUE: &str = "not yet due";
/// The count of units done in time whose due date lies beyond the end of the period asked for: they are counted in the period of that date.
pub const DONE_EARLY: &str = "done, counted from its due date";
/// The count of units whose due date cannot be known, because the calendar does not cover it.
pub const OUTSIDE_CALENDAR: &str = "due date outside the calendar";

/// The dates that a unit's placing date must lie in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first day; `None` where there is no lower bound.
    pub from: Option<Date>,
    /// The last day, inclusive; `None` where the period has no end of its own. Whatever it says, nothing that occurred after the as-of date
    /// counts.
    pub until: Option<Date>,
}

impl Period {
    /// Every date.
    pub const ALL: Self = Self { from: None, until: None };
}

/// What a number of days rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    /// Law, contract, guidance or local default.
    pub standing: Standing,
    /// The number of days and where it comes from, in words.
    pub words: String,
}

/// A statistic of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistic {
    /// `median days`, `90th centile days`, `days added`.
    pub name: &'static str,
    /// Its value.
    pub value: Tenths,
}

/// A number shown beside the figure: an exclusion, a band, a state, what is not yet due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// What is counted.
    pub name: String,
    /// How many.
    pub value: u64,
}

/// What became of one unit in one figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// In the denominator, and as it should be.
    Met,
    /// In the denominator (or the list of what is overdue), and not as it should be.
    NotMet,
    /// Left the denominator in time; counted as an exclusion.
    Excluded,
    /// Not due by the as-of date.
    NotYetDue,
    /// Shown beside the figure without being judged.
    Listed,
}

/// One unit behind a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FigureUnit {
    /// Its public reference.
    pub reference: PublicReference,
    /// The id of the recommendation, action, incident (for a reporter) or candour case.
    pub id: Uuid,
    /// What became of it in this figure.
    pub outcome: Outcome,
    /// Why, in a few words without personal data.
    pub detail: String,
    /// The days the figure is about: days late or overdue, days taken, days waited; calendar days.
    pub days: Option<i64>,
    /// The events that prove it.
    pub evidence: Vec<EventId>,
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The measure, such as `C2` (domain rules §6).
    pub id: &'static str,
    /// Which of several readings, such as `aware clock`.
    pub variant: Option<&'static str>,
    /// What it says, in words.
    pub title: &'static str,
    /// What its number of days rests on.
    pub basis: Basis,
    /// The numerator counts what is *not* as it should be (R3, R5, C6, C7, X1): less is better.
    pub adverse: bool,
    /// The numerator, where the measure has one.
    pub numerator: Option<u64>,
    /// The denominator, where the measure has one.
    pub denominator: Option<u64>,
    /// Statistics of days; none where there is nothing to take them of.
    pub statistics: Vec<Statistic>,
    /// What is counted beside the figure. A count of nothing is 0, not absent.
    pub counts: Vec<Count>,
    /// The units, in the order in which they were given.
    pub units: Vec<FigureUnit>,
}

/// What the judging of a unit found.
pub(super) struct Judged {
    pub(super) outcome: Outcome,
    detail: String,
    days: Option<i64>,
    counted_as: Vec<&'static str>,
}

impl Judged {
    pub(super) fn new(outcome: Outcome, detail: impl Into<String>) -> Self {
        Self { outcome, detail: detail.into(), days: None, counted_as: Vec::new() }
    }

    pub(super) fn days(self, days: i64) -> Self {
        Self { days: Some(days), ..self }
    }

    /// Also counted beside the figure under this name.
    pub(super) fn counted_as(mut self, name: &'static str) -> Self {
        self.counted_as.push(name);
        self
    }

    /// The same with a remark after the detail.
    pub(super) fn remark(mut self, remark: Option<String>) -> Self {
        if let Some(remark) = remark {
            self.detail.push_str("; ");
            self.detail.push_str(&remark);
        }
        self
    }
}

/// The period, and the as-of date at which it ends at the latest.
#[derive(Clone, Copy)]
pub(super) struct Window {
    period: Period,
    pub(super) as_of: Date,
}

impl Window {
    pub(super) fn new(period: Period, as_of: Date) -> Self {
        Self { period, as_of }
    }

    /// Whether a placing date lies in the period.
    pub(super) fn places(self, date: Date) -> bool {
        self.begins_by(date) && date <= self.until()
    }

    /// The end of the period, no later than the as-of date.
    pub(super) fn until(self) -> Date {
        self.period.until.map_or(self.as_of, |until| until.min(self.as_of))
    }

    fn begins_by(self, date: Date) -> bool {
        self.period.from.is_none_or(|from| from <= date)
    }

    /// Whether what is done already counts although its due date is still to come: yes ("done or past due"), unless the period has an end of
    /// its own and the due date lies beyond it.
    fn places_done(self, due: Date) -> bool {
        self.begins_by(due) && self.period.until.is_none_or(|until| due <= until)
    }

    /// Whether an exclusion is shown: by its due date, or always while that is still to come.
    pub(super) fn shows_exclusion(self, due: Due) -> bool {
        due.date().is_none_or(|due| due > self.as_of || self.places(due))
    }

    /// Judges what has a due date and is placed by it (F1, C1 to C4). `None` where the due date lies outside the period.
    pub(super) fn judge(self, due: Due, done_on: Option<Date>) -> Option<Judged> {
        let Due::On(due) = due else {
            return Some(Judged::new(Outcome::Listed, OUTSIDE_CALENDAR).counted_as(OUTSIDE_CALENDAR));
        };
        let judged = match done_on {
            Some(done) if done <= due && due > self.as_of => {
                if self.places_done(due) {
                    return Some(Judged::new(Outcome::Met, format!("done {done}, due {due}")));
                }
                let detail = format!("done {done}, due {due}: {DONE_EARLY}");
                return Some(Judged::new(Outcome::NotYetDue, detail).counted_as(DONE_EARLY));
            }
            Some(done) if done <= due => Judged::new(Outcome::Met, format!("done {done}, due {due}")),
            Some(done) => {
                let days = days_between(due, done);
                let detail = format!("late {}: done {done}, due {due}", in_days(days));
                Judged::new(Outcome::NotMet, detail).days(days)
            }
            None if due < self.as_of => {
                let days = days_between(due, self.as_of);
                Judged::new(Outcome::NotMet, format!("overdue {}: due {due}", in_days(days))).days(days)
            }
            None => {
                return Some(Judged::new(Outcome::NotYetDue, format!("due {due}")).counted_as(NOT_YET_DUE));
            }
        };
        self.places(due).then_some(judged)
    }
}

/// `1 day`, `12 days`.
pub(super) fn in_days(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

/// How many.
pub(super) fn tally<T>(items: impl IntoIterator<Item = T>) -> u64 {
    items.into_iter().fold(0, |count, _| count + 1)
}

impl Figure {
    pub(super) fn new(
        id: &'static str,
        title: &'static str,
        standing: Standing,
        words: impl Into<String>,
    ) -> Self {
        Self {
            id,
            variant: None,
            title,
            basis: Basis { standing, words: words.into() },
            adverse: false,
            numerator: None,
            denominator: None,
            statistics: Vec::new(),
            counts: Vec::new(),
            units: Vec::new(),
        }
    }

    pub(super) fn variant(self, variant: &'static str) -> Self {
        Self { variant: Some(variant), ..self }
    }

    pub(super) fn adverse(self) -> Self {
        Self { adverse: true, ..self }
    }

    /// The counts beside the figure, from 0, in the order in which they are shown.
    pub(super) fn counting(mut self, names: &[&'static str]) -> Self {
        for name in names {
            self.add(name, 0);
        }
        self
    }

    /// Adds to a count, which begins at 0.
    pub(super) fn add(&mut self, name: &str, value: u64) {
        match self.counts.iter_mut().find(|count| count.name == name) {
            Some(count) => count.value += value,
            None => self.counts.push(Count { name: name.to_owned(), value }),
        }
    }

    pub(super) fn push(
        &mut self,
        reference: &PublicReference,
        id: Uuid,
        judged: Judged,
        evidence: Vec<EventId>,
    ) {
        let Judged { outcome, detail, days, counted_as } = judged;
        for name in counted_as {
            self.add(name, 1);
        }
        self.units.push(FigureUnit { reference: reference.clone(), id, outcome, detail, days, evidence });
    }

    /// The value of a count beside the figure.
    pub fn counted(&self, name: &str) -> Option<u64> {
        self.counts.iter().find(|count| count.name == name).map(|count| count.value)
    }

    /// How many units have this outcome.
    pub fn outcomes(&self, outcome: Outcome) -> u64 {
        tally(self.units.iter().filter(|unit| unit.outcome == outcome))
    }

    /// Numerator and denominator from the units: met (or, for an adverse figure, not met) of met and not met.
    pub(super) fn ratio(mut self) -> Self {
        let (met, not_met) = (self.outcomes(Outcome::Met), self.outcomes(Outcome::NotMet));
        self.numerator = Some(if self.adverse { not_met } else { met });
        self.denominator = Some(met + not_met);
        self
    }

    /// Median and 90th centile of the days of the units that are met.
    pub(super) fn distribution(&mut self) {
        let days: Vec<i64> = self
            .units
            .iter()
            .filter(|unit| unit.outcome == Outcome::Met)
            .filter_map(|unit| unit.days)
            .collect();
        let median = super::statistics::median(&days).map(|value| Statistic { name: "median days", value });
        let centile = super::statistics::ninetieth_centile(&days)
            .map(|value| Statistic { name: "90th centile days", value });
        self.statistics.extend(median.into_iter().chain(centile));
    }
}
