//! The lines and items of a few days are those of every day: on the worked example, from before its first day to after all its due dates.

use std::collections::BTreeMap;

use jiff::{Span, civil::Date};

use super::{
    Counted, Day, FigureNumber, Placing, RecommendationUnit, Unit, fixtures::*, over_time, work_over_time,
    worked_example::example, worklist::WorkKey,
};

const FIRST: Date = jiff::civil::date(2025, 9, 1);
const LAST: Date = jiff::civil::date(2027, 3, 31);

/// What stands, and how often.
type Standing<K> = BTreeMap<K, usize>;

fn count<K: Ord>(keys: impl IntoIterator<Item = K>) -> Standing<K> {
    keys.into_iter().fold(BTreeMap::new(), |mut standing, key| {
        *standing.entry(key).or_default() += 1;
        standing
    })
}

fn stands(from: Date, to: Option<Date>, day: Date) -> bool {
    from <= day && to.is_none_or(|to| day < to)
}

fn days() -> impl Iterator<Item = Date> {
    FIRST.series(Span::new().days(1)).take_while(|day| *day <= LAST)
}

fn lines_on(unit: Unit<'_>, as_of: Date) -> Standing<(FigureNumber, Placing, Counted)> {
    let lines = unit.lines(Day { as_of, rules: rules(), in_words: true });
    count(lines.into_iter().map(|line| (line.figure, line.placing, line.counted)))
}

fn work_on(unit: Unit<'_>, as_of: Date) -> Standing<WorkKey> {
    count(unit.work(Day { as_of, rules: rules(), in_words: true }).iter().map(super::WorkItem::key))
}

#[test]
fn the_stretches_of_every_unit_of_the_worked_example_give_its_lines_and_its_work_on_every_day() {
    let example = example();
    let none: Vec<RecommendationUnit> = Vec::new();
    let mut units: Vec<Unit<'_>> = example.recommendations.iter().map(Unit::Recommendation).collect();
    units.extend(example.actions.iter().map(|action| Unit::Action(action, &example.recommendations[..1])));
    units.extend(example.actions.iter().map(|action| Unit::Action(action, &none)));
    units.extend(example.reporters.iter().map(Unit::Reporter));
    units.extend(example.cases.iter().map(Unit::Case));
    for unit in units {
        let (lines, work) = (over_time(unit, rules()), work_over_time(unit, rules()));
        for day in days() {
            let standing = lines.iter().filter(|stretch| stands(stretch.from, stretch.to, day));
            let standing =
                standing.cloned().map(|stretch| (stretch.figure, stretch.placing, stretch.counted));
            assert_eq!(count(standing), lines_on(unit, day), "{day} {unit:?}");
            let standing = work.iter().filter(|stretch| stands(stretch.from, stretch.to, day));
            let standing = standing.cloned().map(|stretch| stretch.key);
            assert_eq!(count(standing), work_on(unit, day), "{day} {unit:?}");
        }
    }
}

#[test]
fn words_change_nothing_that_is_counted() {
    for unit in &example().reporters {
        for as_of in days().step_by(7) {
            let lines = |in_words| {
                let lines = Unit::Reporter(unit).lines(Day { as_of, rules: rules(), in_words });
                count(lines.into_iter().map(|line| (line.figure, line.placing, line.counted)))
            };
            assert_eq!(lines(true), lines(false));
        }
    }
}
