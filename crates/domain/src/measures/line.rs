//! A line: what one unit counts as in one figure at the end of a day. The one definition of each measure is the function that makes its
//! lines; whoever counts, unit by unit or from sums kept of them, counts these.

use std::borrow::Cow;

use jiff::civil::Date;

use super::{DONE_EARLY, Due, NOT_YET_DUE, OUTSIDE_CALENDAR, Outcome, Period, Rules, fact::days_between};
use crate::identifier::EventId;

/// Which figure: its place in the order of [`super::figures`], from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FigureNumber(pub u8);

/// In which periods a line is shown. The as-of date ends every period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Placing {
    /// In every one: a snapshot, or not due yet.
    Always,
    /// In those that hold this day.
    On(Date),
    /// In those that end on this day or later, whatever their beginning (R0).
    Since(Date),
    /// In those that hold the first day and end before the other (R6: a further review was due by then).
    OnBefore(Date, Date),
    /// In those that end before this day.
    Before(Date),
    /// Done ahead of a due date still to come: in those without an end of their own and those that hold the due date.
    Ahead(Date),
    /// Done ahead of a due date still to come: in all others.
    NotAhead(Date),
}

/// What is counted of a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::struct_field_names, reason = "what it is counted as is what the field says")]
pub struct Counted {
    /// What became of the unit; `None` where it is only counted beside the figure and is no unit of it.
    pub outcome: Option<Outcome>,
    /// The counts beside the figure that it belongs to.
    pub counted_as: Vec<Cow<'static, str>>,
    /// The days that enter a statistic of the figure (R4, R5, F3).
    pub statistic: Option<i64>,
}

/// One unit in one figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The figure.
    pub figure: FigureNumber,
    /// In which periods it is shown.
    pub placing: Placing,
    /// What is counted of it.
    pub counted: Counted,
    /// Why, in a few words without personal data; empty where words were not wanted.
    pub detail: String,
    /// The days the figure is about.
    pub days: Option<i64>,
    /// The events that prove it; empty where words were not wanted.
    pub evidence: Vec<EventId>,
}

impl Placing {
    /// Whether a line is shown in a period that ends at the as-of date at the latest.
    pub fn is_in(self, period: Period, as_of: Date) -> bool {
        let begins_by = |day: Date| period.from.is_none_or(|from| from <= day);
        let until = period.until.map_or(as_of, |until| until.min(as_of));
        let ends_after = |due: Date| begins_by(due) && period.until.is_none_or(|until| due <= until);
        match self {
            Self::Always => true,
            Self::On(day) => begins_by(day) && day <= until,
            Self::Since(day) => day <= until,
            Self::OnBefore(day, next) => begins_by(day) && day <= until && until < next,
            Self::Before(day) => until < day,
            Self::Ahead(due) => ends_after(due),
            Self::NotAhead(due) => !ends_after(due),
        }
    }

    /// Where an exclusion is shown: by its due date, or always while that is still to come.
    pub(super) fn of_exclusion(due: Due, day: Day<'_>) -> Self {
        due.date().filter(|due| *due <= day.as_of).map_or(Self::Always, Self::On)
    }
}

/// The day whose end is asked for, and what its lines are made with.
#[derive(Clone, Copy, Debug)]
pub struct Day<'a> {
    /// The day.
    pub as_of: Date,
    /// What due dates are worked out with.
    pub rules: Rules<'a>,
    /// Whether the lines say why and name their proof. Sums need neither.
    pub in_words: bool,
}

impl Day<'_> {
    /// The words, where they are wanted.
    pub(super) fn words(self, words: impl FnOnce() -> String) -> String {
        if self.in_words { words() } else { String::new() }
    }

    /// A remark after the words, where words are wanted.
    pub(super) fn remark(self, remark: impl FnOnce() -> Option<String>) -> Option<String> {
        if self.in_words { remark() } else { None }
    }

    /// Judges what has a due date and is placed by it (F1, C1 to C4). What is done ahead of a due date still to come counts at once
    /// ("done or past due"), unless the period has an end of its own and the due date lies beyond it: that is a line of its own.
    pub(super) fn judge(self, due: Due, done_on: Option<Date>) -> Vec<(Placing, Judged)> {
        let Due::On(due) = due else {
            let judged = Judged::new(Outcome::Listed, self.words(|| OUTSIDE_CALENDAR.to_owned()));
            return vec![(Placing::Always, judged.counted_as(OUTSIDE_CALENDAR))];
        };
        let judged = match done_on {
            Some(done) if done <= due && due > self.as_of => {
                let met = Judged::new(Outcome::Met, self.words(|| format!("done {done}, due {due}")));
                let early = Judged::new(
                    Outcome::NotYetDue,
                    self.words(|| format!("done {done}, due {due}: {DONE_EARLY}")),
                );
                return vec![
                    (Placing::Ahead(due), met),
                    (Placing::NotAhead(due), early.counted_as(DONE_EARLY)),
                ];
            }
            Some(done) if done <= due => {
                Judged::new(Outcome::Met, self.words(|| format!("done {done}, due {due}")))
            }
            Some(done) => {
                let days = days_between(due, done);
                let words = || format!("late {}: done {done}, due {due}", in_days(days));
                Judged::new(Outcome::NotMet, self.words(words)).days(days)
            }
            None if due < self.as_of => {
                let days = days_between(due, self.as_of);
                let words = || format!("overdue {}: due {due}", in_days(days));
                Judged::new(Outcome::NotMet, self.words(words)).days(days)
            }
            None => {
                let judged = Judged::new(Outcome::NotYetDue, self.words(|| format!("due {due}")));
                return vec![(Placing::Always, judged.counted_as(NOT_YET_DUE))];
            }
        };
        vec![(Placing::On(due), judged)]
    }
}

/// What the judging of a unit found.
pub(super) struct Judged {
    pub(super) outcome: Outcome,
    detail: String,
    days: Option<i64>,
    counted_as: Vec<Cow<'static, str>>,
    statistic: Option<i64>,
}

impl Judged {
    pub(super) fn new(outcome: Outcome, detail: String) -> Self {
        Self { outcome, detail, days: None, counted_as: Vec::new(), statistic: None }
    }

    pub(super) fn days(self, days: i64) -> Self {
        Self { days: Some(days), ..self }
    }

    /// The days also enter the figure's statistic.
    pub(super) fn statistic(self, days: i64) -> Self {
        Self { days: Some(days), statistic: Some(days), ..self }
    }

    /// Also counted beside the figure under this name.
    pub(super) fn counted_as(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.counted_as.push(name.into());
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

/// The lines of one unit, as they are found.
pub(super) struct Lines<'a> {
    pub(super) day: Day<'a>,
    pub(super) figure: FigureNumber,
    found: Vec<Line>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(day: Day<'a>) -> Self {
        Self { day, figure: FigureNumber(0), found: Vec::new() }
    }

    /// Runs a unit through measures, the first of which is figure number `first`.
    pub(super) fn run<U>(mut self, first: u8, measures: &[Measure<U>], unit: &U) -> Self {
        for (number, measure) in (first..).zip(measures) {
            self.figure = FigureNumber(number);
            (measure.lines)(unit, &mut self);
        }
        self
    }

    pub(super) fn found(self) -> Vec<Line> {
        self.found
    }

    /// Adds a line; `evidence` is asked only where it is wanted.
    pub(super) fn push<I: IntoIterator<Item = EventId>>(
        &mut self,
        placing: Placing,
        judged: Judged,
        evidence: impl FnOnce() -> I,
    ) {
        let Judged { outcome, detail, days, counted_as, statistic } = judged;
        let mut ids = Vec::new();
        if self.day.in_words {
            for id in evidence() {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
        let counted = Counted { outcome: Some(outcome), counted_as, statistic };
        self.found.push(Line { figure: self.figure, placing, counted, detail, days, evidence: ids });
    }

    /// Counts the unit beside the figure without making it a unit of it.
    pub(super) fn count(&mut self, placing: Placing, name: &'static str) {
        let counted = Counted { outcome: None, counted_as: vec![Cow::Borrowed(name)], statistic: None };
        let (detail, evidence) = (String::new(), Vec::new());
        self.found.push(Line { figure: self.figure, placing, counted, detail, days: None, evidence });
    }
}

/// One figure over units of one kind: the figure of nothing, and the lines of a unit.
pub(super) struct Measure<U: ?Sized> {
    pub(super) empty: fn(Rules<'_>) -> super::Figure,
    pub(super) lines: fn(&U, &mut Lines<'_>),
}

/// `1 day`, `12 days`.
pub(super) fn in_days(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}
