//! DESIGN §4: an answer as known at a position is the answer that was given there. Proved for every position of the story, for the tables and
//! for every list, timeline and measure.

use std::path::Path;

use candour_domain::{
    incident::Status,
    measures::{ActionStanding, Figure, Period},
};
use candour_journal::Position;
use candour_projections::{
    Snapshot,
    query::{
        self, ActionFilter, CaseFilter, CaseRow, Cursor, IncidentFilter, IncidentRow, MeasuresQuestion,
        PageRequest, PlaceFilter, RecommendationFilter, RecommendationRow, ReporterFilter, ReporterRow,
        TimelineRow,
    },
};
use jiff::civil::Date;
use tempfile::tempdir;
use uuid::Uuid;

use crate::fixture::{A, B, C, Story, assert_same, date, fold_all, holding, now, open, rules, text, then};

#[tokio::test]
async fn the_rows_that_were_true_at_a_position_are_those_of_a_fold_that_ends_there() {
    let story = Story::told();
    let folder = tempdir().unwrap();
    let whole = folder.path().join("whole");
    fold_all(&whole, holding(&story.steps).await.as_ref()).await;
    for position in story.positions() {
        let cut = folder.path().join(format!("cut-{position}"));
        fold_all(&cut, holding(story.up_to(position)).await.as_ref()).await;
        assert_same(&then(&whole, position), &now(&cut), &format!("at position {position}"));
    }
}

#[tokio::test]
async fn lists_timelines_and_measures_as_known_at_a_position_are_those_given_there() {
    let story = Story::told();
    let folder = tempdir().unwrap();
    let whole = folder.path().join("whole");
    let journal = holding(&story.steps).await;
    fold_all(&whole, journal.as_ref()).await;
    let read_model = open(&whole, journal.as_ref()).await;
    let snapshot = read_model.snapshot().unwrap();
    let mut given = Vec::new();
    for position in story.positions() {
        let then = all_answers(&snapshot, position);
        assert_eq!(then, given_at(&story, position, folder.path()).await, "at position {position}");
        given.push(then);
    }
    given.dedup();
    // Every event of the story shows in some answer, so that none of them proves nothing above.
    assert_eq!(given.len(), story.steps.len() + 1);
}

/// What one place and day are told. Compared as values: the shown form of a text hides it.
#[derive(Debug, PartialEq)]
struct Answers {
    incidents: Vec<IncidentRow>,
    in_error: Vec<IncidentRow>,
    recommendations: Vec<RecommendationRow>,
    actions: Vec<ActionStanding>,
    reporters: Vec<ReporterRow>,
    cases: Vec<CaseRow>,
    figures: Vec<Figure>,
    timelines: Vec<Option<Vec<TimelineRow>>>,
}

/// Every answer of a log that ends at a position.
async fn given_at(story: &Story, position: Position, folder: &Path) -> Vec<Answers> {
    let path = folder.join("cut");
    let journal = holding(story.up_to(position)).await;
    fold_all(&path, journal.as_ref()).await;
    let read_model = open(&path, journal.as_ref()).await;
    let snapshot = read_model.snapshot().unwrap();
    assert_eq!(snapshot.progress().position, position);
    all_answers(&snapshot, position)
}

fn all_answers(snapshot: &Snapshot, known_at: Position) -> Vec<Answers> {
    let team = |team| PlaceFilter { team: Some(text(team)), ..PlaceFilter::default() };
    let southgate = PlaceFilter {
        site: Some(text("Southgate Hospital")),
        directorate: Some(text("Surgery")),
        ..PlaceFilter::default()
    };
    let places = [PlaceFilter::default(), team("Ward 7"), team("Ward 8"), southgate];
    ["2026-03-22", "2026-05-19", "2026-12-31"]
        .into_iter()
        .flat_map(|as_of| places.iter().map(move |place| (date(as_of), place)))
        .map(|(as_of, place)| answers_about(snapshot, place, as_of, known_at))
        .collect()
}

fn answers_about(snapshot: &Snapshot, place: &PlaceFilter, as_of: Date, known_at: Position) -> Answers {
    // From before the first row, as known at the position.
    let first = Cursor { known_at, day: i64::MIN, id: Uuid::nil() };
    let request = PageRequest { size: 100, after: Some(first) };
    let incidents = |status| {
        let filter = IncidentFilter { place: place.clone(), status, ..IncidentFilter::default() };
        query::incidents(snapshot, &filter, request, as_of).unwrap().rows
    };
    let recommendations = RecommendationFilter { place: place.clone(), ..RecommendationFilter::default() };
    let actions = ActionFilter { place: place.clone(), ..ActionFilter::default() };
    let reporters = ReporterFilter { place: place.clone(), wanted: None };
    let cases = CaseFilter { place: place.clone(), wanted: None };
    Answers {
        incidents: incidents(None),
        in_error: incidents(Some(Status::RecordedInError)),
        recommendations: query::recommendations(snapshot, &recommendations, request, as_of, rules())
            .unwrap()
            .rows,
        actions: query::actions(snapshot, &actions, request, as_of, rules()).unwrap().rows,
        reporters: query::reporter_feedback(snapshot, &reporters, request, as_of, rules()).unwrap().rows,
        cases: query::candour_cases(snapshot, &cases, request, as_of, rules()).unwrap().rows,
        figures: query::measures(
            snapshot,
            &MeasuresQuestion { place: place.clone(), period: Period::ALL, as_of, known_at },
            usize::MAX,
            rules(),
        )
        .unwrap(),
        timelines: [A, B, C]
            .map(|incident| query::timeline(snapshot, incident.uuid(), as_of, known_at, rules()).unwrap())
            .into(),
    }
}
