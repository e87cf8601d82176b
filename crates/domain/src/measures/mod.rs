//! How every figure is counted: pure functions from corrected histories and an `as_of` date to standings and figures.
//!
//! Three steps, all pure:
//! 1. a **standing** ([`actions::standing`], [`recommendations::standing`], [`reporters::standing`], [`candour::standing`]) says where
//!    one unit stands at the end of a civil date, with every dated fact and the event that proves it: a row of a list;
//! 2. a **line** ([`Line`]) says what a standing counts as in one figure, and in which periods it is shown ([`Placing`]): the one definition
//!    of each measure;
//! 3. a **figure** ([`Figure`]) counts lines ([`Counting`]): a numerator and a denominator, every exclusion beside them, and one row for each
//!    unit that is counted, excluded, not yet due or listed. Numerator and denominator are counted from those lines, so they always
//!    reconcile, whether they are counted one by one ([`figures`]) or from sums kept of the same lines ([`over_time`]).
//!
//! What holds for all of them (domain rules §6.0):
//! - A history arrives with its corrections applied ([`crate::correction::applied`]) and holds only what was known. Here it is cut at
//!   `as_of` by the civil date on which things *occurred*, and ordered by (that date, `version`), as [`crate::correction::applied`] does. Nothing stored says "overdue".
//! - On the day counts as in time: overdue begins the day after. Leaving on the due date is leaving in time.
//! - Leaving after the due date does not rescue: the unit stays in the denominator as not met, with its exit shown.
//! - Each measure has one placing date, which puts a unit into the [`Period`]:
//!
//!   | measure | placing date |
//!   |---|---|
//!   | R0 | made-on date, without a lower bound: R0 is a stock, every recommendation made up to the end of the period |
//!   | R1, R5, R7 | the day agreed |
//!   | R2 | the target (each variant its own); on its own day reached only by what is verified |
//!   | R3, F4, X1, every "still waiting" or "awaited" list | none: a snapshot at `as_of` |
//!   | R4 | the implementation date that the verifier accepted |
//!   | R6 | the day the review is due |
//!   | F0 | the day of the report |
//!   | F2 | the earlier of told and due |
//!   | F3 | the day told |
//!   | F1, C1, C2, C3, C4 | the due date (C2: of its clock) |
//!   | C0, C7 | the day of the prompt |
//!   | C5 | the day of the first contact |
//!   | C6 | the day the organisation became aware |
//!
//!   A unit that is not yet due has no placing date and is listed always. One that is *done* ahead of a due date still to come is in the
//!   denominator at once, as the measures say ("done or past due"). Only where the period has an end of its own, and the due date lies beyond
//!   it, is it left to the period of its due date: listed with the outcome [`Outcome::NotYetDue`] and counted as [`DONE_EARLY`].
//!   R2 alone waits for the target to be reached, whatever was done before.
//! - A due date that needs working days beyond the calendar is not known ([`Due::OutsideCalendar`]): the unit is listed and counted
//!   as [`OUTSIDE_CALENDAR`] beside the figure, never dropped, and never fails the other units.

pub mod actions;
pub mod candour;
mod exceptions;
mod fact;
mod figure;
mod line;
mod over_time;
pub mod recommendations;
mod recording;
pub mod reporters;
mod statistics;
mod unit;
mod worklist;

#[cfg(test)]
mod assertion_tests;
#[cfg(test)]
mod candour_edge_tests;
#[cfg(test)]
mod edge_tests;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod over_time_tests;
#[cfg(test)]
mod worked_example;
#[cfg(test)]
mod worklist_tests;

pub use actions::ActionStanding;
pub use candour::{CandourStanding, Clock, Verdict};
pub use exceptions::{Exception, ExceptionKind};
pub use fact::{Dated, Due, Fact, Rules};
pub use figure::{
    Basis, Count, Counting, DONE_EARLY, Figure, FigureUnit, NOT_YET_DUE, OUTSIDE_CALENDAR, Outcome, Period,
    Statistic,
};
pub use line::{Counted, Day, FigureNumber, Line, Placing};
pub use over_time::{Stretch, Unit, WorkStretch, over_time, work_over_time};
pub use recommendations::{RecommendationStanding, RecommendationState};
pub use recording::{LateRecording, RecordingFlags, recording_flags};
pub use reporters::{ReporterClass, ReporterStanding};
pub use statistics::Tenths;
pub use unit::{ActionUnit, CandourUnit, FeedbackUnit, RecommendationUnit};
pub use worklist::{Deadline, WorkItem, WorkKey, WorkKind};

use std::collections::BTreeMap;

use jiff::civil::Date;
use line::Lines;

use crate::action::{ActionSource, RecommendationKey};

/// The numbers of the figures: recommendations, actions, reporters, cases and exceptions, in this order.
const RECOMMENDATIONS_FIRST: u8 = 0;
const ACTIONS_FIRST: u8 = 1;
const REPORTERS_FIRST: u8 = 10;
const CASES_FIRST: u8 = 15;
const EXCEPTIONS_FIRST: u8 = 25;

impl Counting {
    /// Every figure of nothing, in the order of [`figures`].
    pub fn new(rules: Rules<'_>) -> Self {
        let mut figures = Vec::new();
        figures.extend(recommendations::MEASURES.iter().map(|measure| (measure.empty)(rules)));
        figures.extend(actions::MEASURES.iter().map(|measure| (measure.empty)(rules)));
        figures.extend(reporters::MEASURES.iter().map(|measure| (measure.empty)(rules)));
        figures.extend(candour::MEASURES.iter().map(|measure| (measure.empty)(rules)));
        figures.extend(exceptions::empty_figures(rules));
        Self::of(figures)
    }
}

impl RecommendationStanding {
    /// What it counts as in each figure.
    pub fn lines(&self, day: Day<'_>) -> Vec<Line> {
        Lines::new(day).run(RECOMMENDATIONS_FIRST, &recommendations::MEASURES, self).found()
    }
}

impl ActionStanding {
    /// What it counts as in each figure. `recommendations` are those it stands under that are on record.
    pub fn lines(&self, recommendations: &[&RecommendationStanding], day: Day<'_>) -> Vec<Line> {
        let mut lines = Lines::new(day).run(ACTIONS_FIRST, &actions::MEASURES, self);
        exceptions::lines(
            exceptions::of_action(self, recommendations, day.as_of),
            EXCEPTIONS_FIRST,
            &mut lines,
        );
        lines.found()
    }
}

impl ReporterStanding {
    /// What it counts as in each figure.
    pub fn lines(&self, day: Day<'_>) -> Vec<Line> {
        let mut lines = Lines::new(day).run(REPORTERS_FIRST, &reporters::MEASURES, self);
        exceptions::lines(exceptions::of_reporter(self, day.as_of), EXCEPTIONS_FIRST, &mut lines);
        lines.found()
    }
}

impl CandourStanding {
    /// What it counts as in each figure.
    pub fn lines(&self, day: Day<'_>) -> Vec<Line> {
        let mut lines = Lines::new(day).run(CASES_FIRST, &candour::MEASURES, self);
        exceptions::lines(exceptions::of_case(self, day.as_of), EXCEPTIONS_FIRST, &mut lines);
        lines.found()
    }
}

/// Every figure, in the order R0 to R7, F0 to F4, C0 to C7, X1 (R2, C2, C5 and X1 in their variants).
///
/// `actions` are all actions, also those directly on an incident. Nothing that occurred after `as_of` counts, whatever the period.
pub fn figures(
    recommendations: &[RecommendationUnit],
    actions: &[ActionUnit],
    reporters: &[FeedbackUnit],
    cases: &[CandourUnit],
    period: Period,
    as_of: Date,
    rules: Rules<'_>,
) -> Vec<Figure> {
    Standings {
        recommendations: recommendations
            .iter()
            .filter_map(|u| recommendations::standing(u, as_of, rules))
            .collect(),
        elsewhere: Vec::new(),
        actions: actions.iter().filter_map(|unit| actions::standing(unit, as_of, rules)).collect(),
        reporters: reporters.iter().filter_map(|unit| reporters::standing(unit, as_of, rules)).collect(),
        cases: cases.iter().filter_map(|unit| candour::standing(unit, as_of, rules)).collect(),
    }
    .figures(period, as_of, rules)
}

/// The standings of everything at the end of one day: what lists show and figures count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standings {
    /// Recommendations.
    pub recommendations: Vec<RecommendationStanding>,
    /// Recommendations that are not counted here, but that an action counted here stands under.
    pub elsewhere: Vec<RecommendationStanding>,
    /// All actions.
    pub actions: Vec<ActionStanding>,
    /// Reports with a reporter.
    pub reporters: Vec<ReporterStanding>,
    /// Duty of candour cases.
    pub cases: Vec<CandourStanding>,
}

impl Standings {
    /// Every figure, in the order of [`figures`]. `as_of` and `rules` are those that the standings were made with.
    pub fn figures(&self, period: Period, as_of: Date, rules: Rules<'_>) -> Vec<Figure> {
        let day = Day { as_of, rules, in_words: true };
        let mut counting = Counting::new(rules);
        let mut take = |reference: &_, id, lines: Vec<Line>| {
            for line in lines.into_iter().filter(|line| line.placing.is_in(period, as_of)) {
                counting.count(line.figure, &line.counted, 1);
                counting.show(reference, id, line);
            }
        };
        for recommendation in &self.recommendations {
            let id = recommendation.key.recommendation.uuid();
            take(&recommendation.reference, id, recommendation.lines(day));
        }
        let on_record = self.on_record();
        for action in &self.actions {
            let recommendations = under(action, &on_record);
            take(&action.reference, action.id.uuid(), action.lines(&recommendations, day));
        }
        for reporter in &self.reporters {
            take(&reporter.reference, reporter.incident.uuid(), reporter.lines(day));
        }
        for case in &self.cases {
            take(&case.reference, case.case.uuid(), case.lines(day));
        }
        counting.figures()
    }

    /// X1: the exceptions list, by kind in the order of [`ExceptionKind::ALL`]; within a kind actions, reporters and cases in the order given.
    pub fn exceptions(&self, as_of: Date) -> Vec<Exception> {
        let on_record = self.on_record();
        let mut found = Vec::new();
        for action in &self.actions {
            found.extend(exceptions::of_action(action, &under(action, &on_record), as_of));
        }
        found.extend(self.reporters.iter().flat_map(|reporter| exceptions::of_reporter(reporter, as_of)));
        found.extend(self.cases.iter().flat_map(|case| exceptions::of_case(case, as_of)));
        found.sort_by_key(|exception| exception.kind);
        found
    }

    fn on_record(&self) -> BTreeMap<RecommendationKey, &RecommendationStanding> {
        let known = self.recommendations.iter().chain(&self.elsewhere);
        known.map(|recommendation| (recommendation.key, recommendation)).collect()
    }
}

/// The recommendations on record that an action stands under.
fn under<'a>(
    action: &ActionStanding,
    on_record: &BTreeMap<RecommendationKey, &'a RecommendationStanding>,
) -> Vec<&'a RecommendationStanding> {
    match &action.source {
        ActionSource::Recommendations(keys) => {
            keys.iter().filter_map(|key| on_record.get(key)).copied().collect()
        }
        ActionSource::Incident(_) => Vec::new(),
    }
}
