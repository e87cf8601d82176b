//! The lines of a unit for every as-of date at once: from which day to which it counts as what.
//!
//! A standing changes on the days on which something occurred; between them only by the passing of time, on days that follow from its own
//! dates (`turns`). So the lines of a few days are the lines of all, and sums kept of stretches give the figure of any day.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{
    ActionStanding, ActionUnit, CandourStanding, CandourUnit, Counted, Day, FeedbackUnit, FigureNumber, Line,
    Placing, RecommendationUnit, ReporterStanding, Rules, WorkItem, WorkKey, actions, candour,
    fact::days_after, recommendations, reporters,
};
use crate::entry::Entry;

/// A unit with everything that its lines follow from.
#[derive(Clone, Copy, Debug)]
pub enum Unit<'a> {
    /// A recommendation.
    Recommendation(&'a RecommendationUnit),
    /// An action, and the recommendations it stands under that are known; their own actions are not looked at.
    Action(&'a ActionUnit, &'a [RecommendationUnit]),
    /// A report and its reporter.
    Reporter(&'a FeedbackUnit),
    /// A duty of candour case.
    Case(&'a CandourUnit),
}

/// A line, and the as-of dates for which it stands. What it says in words changes from day to day and is left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stretch {
    /// The figure.
    pub figure: FigureNumber,
    /// In which periods it is shown.
    pub placing: Placing,
    /// What is counted of it.
    pub counted: Counted,
    /// Which of several lines that are alike in figure, placing and count, from 0.
    pub nth: u32,
    /// The first day.
    pub from: Date,
    /// The day after the last; `None` where it stands for ever, as far as is known.
    pub to: Option<Date>,
}

impl Unit<'_> {
    /// The lines at the end of a day.
    pub fn lines(self, day: Day<'_>) -> Vec<Line> {
        self.lines_and_turns(day).0
    }

    /// What is to be done about it at the end of a day.
    pub fn work(self, day: Day<'_>) -> Vec<WorkItem> {
        let Day { as_of, rules, .. } = day;
        let found = match self {
            Self::Recommendation(unit) => {
                recommendations::standing(unit, as_of, rules).map(|standing| standing.work(day))
            }
            Self::Action(unit, under) => actions::standing(unit, as_of, rules).map(|standing| {
                let known: Vec<_> =
                    under.iter().filter_map(|unit| recommendations::standing(unit, as_of, rules)).collect();
                standing.work(&known.iter().collect::<Vec<_>>(), day)
            }),
            Self::Reporter(unit) => {
                reporters::standing(unit, as_of, rules).map(|standing| standing.work(day))
            }
            Self::Case(unit) => candour::standing(unit, as_of, rules).map(|standing| standing.work(day)),
        };
        found.unwrap_or_default()
    }

    /// The lines, and the days after this one on which they may turn without anything further occurring.
    fn lines_and_turns(self, day: Day<'_>) -> (Vec<Line>, Vec<Date>) {
        let Day { as_of, rules, .. } = day;
        let found = match self {
            Self::Recommendation(unit) => recommendations::standing(unit, as_of, rules)
                .map(|standing| (standing.lines(day), Vec::new())),
            Self::Action(unit, under) => actions::standing(unit, as_of, rules).map(|standing| {
                let known: Vec<_> =
                    under.iter().filter_map(|unit| recommendations::standing(unit, as_of, rules)).collect();
                (standing.lines(&known.iter().collect::<Vec<_>>(), day), standing.turns(rules))
            }),
            Self::Reporter(unit) => reporters::standing(unit, as_of, rules)
                .map(|standing| (standing.lines(day), standing.turns(rules))),
            Self::Case(unit) => {
                candour::standing(unit, as_of, rules).map(|standing| (standing.lines(day), standing.turns()))
            }
        };
        found.unwrap_or_default()
    }

    /// The days on which something occurred.
    fn days(self) -> Vec<Date> {
        let mut days = Vec::new();
        match self {
            Self::Recommendation(unit) => occurred(&unit.history, &mut days, |days| {
                for action in &unit.actions {
                    occurred(&action.history, days, |_| ());
                }
            }),
            Self::Action(unit, under) => occurred(&unit.history, &mut days, |days| {
                for unit in under {
                    occurred(&unit.history, days, |_| ());
                }
            }),
            Self::Reporter(unit) => occurred(&unit.incident_history, &mut days, |days| {
                occurred(&unit.feedback_history, days, |_| ());
            }),
            Self::Case(unit) => occurred(&unit.incident_history, &mut days, |days| {
                occurred(&unit.case_history, days, |_| ());
                occurred(&unit.sign_offs, days, |_| ());
            }),
        }
        days.sort_unstable();
        days.dedup();
        days
    }

    /// Nothing was ever asked or recorded of it, so that it has no lines on any day: a case of harm that prompts nothing.
    fn never_counts(self, rules: Rules<'_>) -> bool {
        let Self::Case(unit) = self else { return false };
        unit.case_history.is_empty()
            && candour::standing(unit, Date::MAX, rules).is_some_and(|standing| standing.prompt.is_none())
    }
}

fn occurred<E>(history: &[Entry<E>], days: &mut Vec<Date>, more: impl FnOnce(&mut Vec<Date>)) {
    days.extend(history.iter().map(Entry::occurred_on));
    more(days);
}

/// The lines of a unit over all as-of dates, in the order of [`Stretch`].
pub fn over_time(unit: Unit<'_>, rules: Rules<'_>) -> Vec<Stretch> {
    if unit.never_counts(rules) {
        return Vec::new();
    }
    let days = unit.days();
    let mut weaving = Weaving::default();
    for (index, first) in days.iter().enumerate() {
        let next = days.get(index + 1);
        let at = |as_of| unit.lines_and_turns(Day { as_of, rules, in_words: false });
        let (lines, mut turns) = at(*first);
        weaving.on(*first, lines.into_iter().map(strand));
        turns.retain(|day| day > first && next.is_none_or(|next| day < next));
        turns.sort_unstable();
        turns.dedup();
        for day in turns {
            weaving.on(day, at(day).0.into_iter().map(strand));
        }
    }
    let stretch =
        |(((figure, placing, counted), nth), from, to)| Stretch { figure, placing, counted, nth, from, to };
    weaving.done().into_iter().map(stretch).collect()
}

/// What is kept of a line.
fn strand(line: Line) -> (FigureNumber, Placing, Counted) {
    (line.figure, line.placing, line.counted)
}

/// What is to be done, and the as-of dates for which it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkStretch {
    /// What it is found and sorted by.
    pub key: WorkKey,
    /// Which of several items of the same key, from 0.
    pub nth: u32,
    /// The first day.
    pub from: Date,
    /// The day after the last; `None` where it stands for ever, as far as is known.
    pub to: Option<Date>,
}

/// What is to be done about a unit over all as-of dates. Only what occurs changes it, never the passing of time.
pub fn work_over_time(unit: Unit<'_>, rules: Rules<'_>) -> Vec<WorkStretch> {
    if unit.never_counts(rules) {
        return Vec::new();
    }
    let mut weaving = Weaving::default();
    for day in unit.days() {
        let items = unit.work(Day { as_of: day, rules, in_words: false });
        weaving.on(day, items.iter().map(WorkItem::key));
    }
    let stretch = |((key, nth), from, to)| WorkStretch { key, nth, from, to };
    weaving.done().into_iter().map(stretch).collect()
}

/// Joins what stands on successive days into stretches. A strand is what stands, and which of several alike it is.
struct Weaving<K> {
    standing: BTreeMap<(K, u32), Date>,
    ended: Vec<Woven<K>>,
}

/// A strand, its first day, and the day after its last.
type Woven<K> = ((K, u32), Date, Option<Date>);

impl<K> Default for Weaving<K> {
    fn default() -> Self {
        Self { standing: BTreeMap::new(), ended: Vec::new() }
    }
}

impl<K: Ord> Weaving<K> {
    fn on(&mut self, day: Date, keys: impl IntoIterator<Item = K>) {
        let mut now = BTreeMap::new();
        for key in keys {
            let mut strand = (key, 0);
            while now.contains_key(&strand) {
                strand.1 += 1;
            }
            let since = self.standing.remove(&strand).unwrap_or(day);
            now.insert(strand, since);
        }
        let before = std::mem::replace(&mut self.standing, now);
        self.ended.extend(before.into_iter().map(|(strand, from)| (strand, from, Some(day))));
    }

    fn done(mut self) -> Vec<Woven<K>> {
        self.ended.extend(self.standing.into_iter().map(|(strand, from)| (strand, from, None)));
        self.ended.sort();
        self.ended
    }
}

/// The day itself, when a thing falls due, and the day after, when it is overdue.
fn due(day: Option<Date>) -> [Option<Date>; 2] {
    [day, day.map(|day| days_after(day, 1))]
}

impl ActionStanding {
    fn turns(&self, rules: Rules<'_>) -> Vec<Date> {
        let effective = self.effective_target.map(|target| target.value);
        let targets = [due(self.original_target.map(|target| target.value)), due(effective)];
        let bands = rules.policy.overdue_bands.into_iter().filter_map(|bound| {
            let days = u16::try_from(bound).unwrap_or(u16::MAX).saturating_add(1);
            effective.map(|target| days_after(target, days))
        });
        let reviews = self.reviews.iter().flat_map(|cycle| due(Some(cycle.due)));
        targets.into_iter().flatten().chain(reviews).flatten().chain(bands).collect()
    }
}

impl ReporterStanding {
    fn turns(&self, rules: Rules<'_>) -> Vec<Date> {
        let dues = [due(self.acknowledgement_due.date()), due(self.outcome_due.date())];
        let since = self.last_message.map_or(self.reported.on, |message| message.on);
        let silent = days_after(since, rules.policy.progress_interval_days.saturating_add(1));
        dues.into_iter().flatten().flatten().chain([silent]).collect()
    }
}

impl CandourStanding {
    fn turns(&self) -> Vec<Date> {
        let clocks = [self.reported_clock, self.aware_clock].map(|clock| clock.map(|clock| clock.due));
        let stages = [self.decision_due, self.first_letter_due, self.results_due];
        let dues = clocks.into_iter().chain(stages).flatten();
        dues.flat_map(|stage| due(stage.date())).flatten().collect()
    }
}
