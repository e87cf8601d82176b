//! A figure: a numerator and a denominator, with every unit behind them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use uuid::Uuid;

use super::{
    Tenths,
    line::{Counted, FigureNumber, Line},
    statistics::{median, ninetieth_centile},
};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// How many units there are.
    pub units_total: u64,
    /// The units, in the order in which they were given; all of them, or as many as were asked for.
    pub units: Vec<FigureUnit>,
    /// How many units have each outcome.
    outcomes: BTreeMap<Outcome, u64>,
    /// How many lines have each number of days that enters a statistic.
    spread: BTreeMap<i64, u64>,
    conclusion: Conclusion,
}

/// How the numbers of a figure follow from what was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conclusion {
    /// Met of met and not met; for an adverse figure, not met of them.
    Ratio,
    /// As a ratio, with the sum of the days of what is not met as `days added` (R5).
    RatioWithDaysAdded,
    /// Those listed are the numerator.
    ListedNumerator,
    /// Those not met are the numerator.
    NotMetNumerator,
    /// Those not met of all units.
    NotMetOfAll,
    /// All units are the denominator.
    AllDenominator,
    /// Those met are the denominator, with median and 90th centile of their days (R4, F3).
    Distribution,
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
            units_total: 0,
            units: Vec::new(),
            outcomes: BTreeMap::new(),
            spread: BTreeMap::new(),
            conclusion: Conclusion::Ratio,
        }
    }

    pub(super) fn variant(self, variant: &'static str) -> Self {
        Self { variant: Some(variant), ..self }
    }

    pub(super) fn adverse(self) -> Self {
        Self { adverse: true, ..self }
    }

    pub(super) fn concluding(self, conclusion: Conclusion) -> Self {
        Self { conclusion, ..self }
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

    /// Counts so many lines.
    fn count(&mut self, counted: &Counted, lines: u64) {
        for name in &counted.counted_as {
            self.add(name, lines);
        }
        if let Some(outcome) = counted.outcome {
            self.units_total += lines;
            *self.outcomes.entry(outcome).or_default() += lines;
        }
        if let Some(days) = counted.statistic {
            *self.spread.entry(days).or_default() += lines;
        }
    }

    /// The value of a count beside the figure.
    pub fn counted(&self, name: &str) -> Option<u64> {
        self.counts.iter().find(|count| count.name == name).map(|count| count.value)
    }

    /// How many units have this outcome.
    pub fn outcomes(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(&outcome).copied().unwrap_or_default()
    }

    /// Numerator, denominator and statistics from what was counted.
    fn concluded(mut self) -> Self {
        let (met, not_met) = (self.outcomes(Outcome::Met), self.outcomes(Outcome::NotMet));
        let listed = self.outcomes(Outcome::Listed);
        (self.numerator, self.denominator) = match self.conclusion {
            Conclusion::Ratio | Conclusion::RatioWithDaysAdded => {
                (Some(if self.adverse { not_met } else { met }), Some(met + not_met))
            }
            Conclusion::ListedNumerator => (Some(listed), None),
            Conclusion::NotMetNumerator => (Some(not_met), None),
            Conclusion::NotMetOfAll => (Some(not_met), Some(self.units_total)),
            Conclusion::AllDenominator => (None, Some(self.units_total)),
            Conclusion::Distribution => (None, Some(met)),
        };
        match self.conclusion {
            Conclusion::RatioWithDaysAdded => {
                let added = self.spread.iter().fold(0_i64, |sum, (days, lines)| {
                    sum.saturating_add(days.saturating_mul(i64::try_from(*lines).unwrap_or(i64::MAX)))
                });
                self.statistics.push(Statistic { name: "days added", value: Tenths::whole(added) });
            }
            Conclusion::Distribution => {
                let median = median(&self.spread).map(|value| Statistic { name: "median days", value });
                let centile = ninetieth_centile(&self.spread)
                    .map(|value| Statistic { name: "90th centile days", value });
                self.statistics.extend(median.into_iter().chain(centile));
            }
            _ => {}
        }
        self
    }
}

/// Figures while they are counted: from their units, or from sums kept of them.
#[derive(Clone, Debug)]
pub struct Counting {
    figures: Vec<Figure>,
}

impl Counting {
    pub(super) fn of(figures: Vec<Figure>) -> Self {
        Self { figures }
    }

    /// Counts so many lines in a figure.
    pub fn count(&mut self, figure: FigureNumber, counted: &Counted, lines: u64) {
        if let Some(figure) = self.figures.get_mut(usize::from(figure.0)) {
            figure.count(counted, lines);
        }
    }

    /// Shows a line as a unit of its figure, without counting it. One that is only counted beside the figure is none.
    pub fn show(&mut self, reference: &PublicReference, id: Uuid, line: Line) {
        if let (Some(figure), Some(unit)) =
            (self.figures.get_mut(usize::from(line.figure.0)), FigureUnit::of(reference, id, line))
        {
            figure.units.push(unit);
        }
    }

    /// The figures, in order.
    pub fn figures(self) -> Vec<Figure> {
        self.figures.into_iter().map(Figure::concluded).collect()
    }
}

impl FigureUnit {
    /// The unit that a line makes; `None` where it is only counted beside the figure.
    pub fn of(reference: &PublicReference, id: Uuid, line: Line) -> Option<Self> {
        let Line { counted, detail, days, evidence, .. } = line;
        counted.outcome.map(|outcome| Self {
            reference: reference.clone(),
            id,
            outcome,
            detail,
            days,
            evidence,
        })
    }
}
