//! Figures from sums equal figures counted unit by unit: every number, every count, every unit; for any log, date, period, place and position.
//! So does the worklist.

use std::sync::Arc;

use candour_domain::measures::{Counting, Figure, FigureUnit, Period, WorkKind};
use candour_journal::Position;
use candour_projections::{
    Snapshot,
    query::{
        Cursor, MeasuresQuestion, Page, PageRequest, PlaceFilter, WorkFilter, figure_units, measures,
        measures_by_folding, worklist, worklist_by_folding,
    },
    rebuild::differences,
};
use jiff::{Span, civil::Date};
use proptest::prelude::*;
use tempfile::tempdir;

use crate::fixture::{
    Chance, DAYS, FIRST, Seen, Story, date, fold_all, fold_through, holding, log, open, rules, text,
};

/// Numbers for the making of a log and of the questions about it.
const NUMBERS: usize = 700;

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_log_gives_the_same_figures_from_sums_as_by_folding(
        numbers in prop::collection::vec(any::<u32>(), NUMBERS),
        events in 1..90_usize,
        questions in prop::collection::vec(any::<u32>(), 20 * 24),
        page_events_max in 1..12_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(same_figures(&log(&numbers, events), page_events_max, &mut Chance::new(&questions)));
    }
}

async fn same_figures(story: &Story, page_events_max: usize, chance: &mut Chance<'_>) {
    let folder = tempdir().unwrap();
    let [grown, fresh] = ["grown", "fresh"].map(|name| folder.path().join(name));
    let journal = holding(&story.steps).await;
    fold_through(&grown, Arc::new(Seen { page_events_max, ..Seen::of(&journal) })).await;
    fold_all(&fresh, journal.as_ref()).await;
    assert_eq!(differences(&grown, &fresh).unwrap(), []);
    let read_model = open(&grown, journal.as_ref()).await;
    let snapshot = read_model.snapshot().unwrap();
    for _ in 0..24 {
        let question = question(story, chance);
        // Every figure is paged through in some question.
        let paged = |number| number % 8 == chance.below(8);
        same_answer(&snapshot, &question, paged);
        same_work(&snapshot, &work_filter(&question, chance), &question, chance.below(5) + 1);
    }
}

/// A question by chance: often of now and of everything.
fn question(story: &Story, chance: &mut Chance<'_>) -> MeasuresQuestion {
    let day = |days: usize| date(FIRST) + Span::new().days(i64::try_from(days).unwrap());
    let as_of = chance.below(DAYS + 200);
    let until = chance.one_in(2).then(|| chance.below(as_of + 1));
    let from = chance.one_in(2).then(|| chance.below(until.unwrap_or(as_of) + 1));
    let known_at = if chance.one_in(3) {
        Position::from_raw(chance.below(story.steps.len() + 1) as u64)
    } else {
        story.head()
    };
    let mut part = |name: &str| (!chance.one_in(2) && chance.one_in(2)).then(|| text(name));
    let (site, directorate, team) = (part("North"), part("Surgery"), part("Ward 8"));
    MeasuresQuestion {
        place: PlaceFilter { site, directorate, team },
        period: Period { from: from.map(day), until: until.map(day) },
        as_of: day(as_of),
        known_at,
    }
}

fn same_answer(snapshot: &Snapshot, question: &MeasuresQuestion, mut is_paged: impl FnMut(usize) -> bool) {
    let by_folding = measures_by_folding(snapshot, question, rules()).unwrap();
    let from_sums = measures(snapshot, question, usize::MAX, rules()).unwrap();
    assert_eq!(from_sums.len(), by_folding.len());
    for (number, (from_sums, by_folding)) in from_sums.iter().zip(&by_folding).enumerate() {
        let name = (from_sums.id, from_sums.variant);
        assert_eq!(in_order(from_sums), in_order(by_folding), "{name:?} of {question:?}");
        if is_paged(number) {
            let paged = pages(snapshot, question, name, number % 4 + 1);
            assert_eq!(paged, from_sums.units, "{name:?} of {question:?}");
        }
    }
    let numbers = measures(snapshot, question, 0, rules()).unwrap();
    for (numbers, mut figure) in numbers.into_iter().zip(from_sums) {
        figure.units.clear();
        assert_eq!(numbers, figure);
    }
}

/// What restricts a worklist, by chance: often nothing.
fn work_filter(question: &MeasuresQuestion, chance: &mut Chance<'_>) -> WorkFilter {
    let kinds = if chance.one_in(4) {
        WorkKind::ALL.iter().copied().filter(|_| chance.one_in(2)).collect()
    } else {
        Vec::new()
    };
    WorkFilter {
        place: question.place.clone(),
        kinds,
        role: chance.one_in(6).then(|| text("head of devices")),
        team: chance.one_in(4).then(|| text("Ward 8")),
        due_before: chance.one_in(5).then(|| chance.day()),
        overdue_only: chance.one_in(4),
        unowned_only: chance.one_in(6),
        stalled_only: chance.one_in(6),
    }
}

fn same_work(snapshot: &Snapshot, filter: &WorkFilter, question: &MeasuresQuestion, size: usize) {
    let MeasuresQuestion { as_of, known_at, .. } = *question;
    let mut by_folding = worklist_by_folding(snapshot, filter, as_of, known_at, rules()).unwrap();
    let mut paged = Vec::new();
    // From before the first item, as known at the position.
    let mut after = Some(Cursor { known_at, day: i64::MIN, id: uuid::Uuid::nil() });
    while after.is_some() {
        let Page { rows, next, .. } =
            worklist(snapshot, filter, PageRequest { size, after }, as_of, rules()).unwrap();
        assert!(rows.len() <= size);
        paged.extend(rows);
        after = next;
    }
    let due: Vec<_> = paged.iter().map(|row| row.item.due_on().unwrap_or(Date::MAX)).collect();
    assert!(due.is_sorted(), "{due:?}");
    let mut sorted = paged.clone();
    for rows in [&mut sorted, &mut by_folding] {
        rows.sort_by_key(|row| (row.reference.to_string(), format!("{:?}", row.item)));
    }
    assert_eq!(sorted, by_folding, "{filter:?} of {question:?}");
}

/// A figure with its units in an order of their own.
fn in_order(figure: &Figure) -> Figure {
    let mut figure = figure.clone();
    figure.units.sort_by(|one, other| (one.id, &one.detail).cmp(&(other.id, &other.detail)));
    figure
}

/// All units of a figure, page by page.
fn pages(
    snapshot: &Snapshot,
    question: &MeasuresQuestion,
    name: (&str, Option<&str>),
    size: usize,
) -> Vec<FigureUnit> {
    let mut units = Vec::new();
    let mut after = None;
    loop {
        let request = PageRequest { size, after };
        let Page { rows, next, .. } =
            figure_units(snapshot, question, name, request, rules()).unwrap().unwrap();
        assert!(rows.len() <= size);
        units.extend(rows);
        after = next;
        if after.is_none() {
            return units;
        }
    }
}

#[tokio::test]
async fn the_story_gives_the_same_figures_from_sums_as_by_folding_at_every_position() {
    let story = Story::told();
    let folder = tempdir().unwrap();
    let path = folder.path().join("read-model");
    let journal = holding(&story.steps).await;
    fold_through(&path, journal.clone()).await;
    let read_model = open(&path, journal.as_ref()).await;
    let snapshot = read_model.snapshot().unwrap();
    let days: [Date; 3] = ["2026-03-22", "2026-05-19", "2026-12-31"].map(date);
    for known_at in story.positions() {
        for as_of in days {
            let question =
                MeasuresQuestion { place: PlaceFilter::default(), period: Period::ALL, as_of, known_at };
            same_answer(&snapshot, &question, |number| number % 5 == 0);
        }
    }
    // Something is counted in every kind of figure, so that none of them is compared with nothing.
    let question = MeasuresQuestion {
        place: PlaceFilter::default(),
        period: Period::ALL,
        as_of: date("2026-12-31"),
        known_at: story.head(),
    };
    let counted: Vec<u64> =
        measures(&snapshot, &question, 0, rules()).unwrap().iter().map(|figure| figure.units_total).collect();
    assert_eq!(counted.len(), Counting::new(rules()).figures().len());
    assert!(counted.iter().sum::<u64>() > 20, "{counted:?}");
}
