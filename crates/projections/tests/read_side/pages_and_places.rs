//! Places are those known at the position asked for, and the pages of one list are all known at the position of the first.

use std::sync::Arc;

use candour_domain::{identifier::IncidentId, incident::Status};
use candour_journal::{Journal, Position};
use candour_projections::{
    Snapshot,
    query::{
        self, ActionFilter, CaseFilter, Cursor, IncidentFilter, Page, PageRequest, PlaceFilter,
        RecommendationFilter, ReporterFilter,
    },
};
use tempfile::tempdir;
use uuid::Uuid;

use crate::fixture::{
    A, B, C, Following, REC_1, RESPONSE, Story, append, date, fold_all, holding, open, rules, text,
};

#[tokio::test]
async fn a_place_means_where_the_incident_was_known_to_be_at_the_position() {
    let story = Story::told();
    let amended = story.position("A amended");
    let before = Position::from_raw(amended.raw() - 1);
    let folder = tempdir().unwrap();
    let path = folder.path().join("read-model");
    let journal = holding(&story.steps).await;
    fold_all(&path, journal.as_ref()).await;
    let read_model = open(&path, journal.as_ref()).await;
    let snapshot = read_model.snapshot().unwrap();
    for (team, known_at, expected) in [
        ("Ward 7", before, ["INC-A"].as_slice()),
        ("Ward 8", before, &[]),
        ("Ward 7", amended, &[]),
        ("Ward 8", amended, &["INC-A"]),
        ("Theatre 2", before, &["INC-B"]),
    ] {
        let place = PlaceFilter { team: Some(text(team)), ..PlaceFilter::default() };
        assert_eq!(references(&snapshot, &place, known_at), expected, "{team} at {known_at}");
    }
    // §6.0: as of a day before the move, the incident is still where it was said to be then, whatever was recorded since.
    for (team, as_of, expected) in [
        ("Ward 7", "2026-03-31", ["INC-A"].as_slice()),
        ("Ward 8", "2026-03-31", &[]),
        ("Ward 7", "2026-04-01", &[]),
        ("Ward 8", "2026-04-01", &["INC-A"]),
    ] {
        let place = PlaceFilter { team: Some(text(team)), ..PlaceFilter::default() };
        assert_eq!(references_as_of(&snapshot, &place, amended, as_of), expected, "{team} as of {as_of}");
    }
    // Each part of a place restricts.
    let elsewhere = PlaceFilter {
        site: Some(text("Northgate Hospital")),
        directorate: Some(text("Surgery")),
        team: None,
    };
    assert_eq!(references(&snapshot, &elsewhere, amended), Vec::<String>::new());
}

#[tokio::test]
async fn what_follows_an_incident_is_found_by_its_place() {
    let story = Story::told();
    let known_at = story.position("action 2 agreed");
    let folder = tempdir().unwrap();
    let path = folder.path().join("read-model");
    let journal = holding(&story.steps).await;
    fold_all(&path, journal.as_ref()).await;
    let read_model = open(&path, journal.as_ref()).await;
    let snapshot = read_model.snapshot().unwrap();
    let request = from_start(known_at);
    let as_of = date("2026-12-31");
    // The response covers both incidents; the second action is about B alone.
    for (team, actions, cases) in [
        ("Ward 7", ["ACT-1"].as_slice(), ["INC-A/1", "INC-A/2"].as_slice()),
        ("Theatre 2", &["ACT-1", "ACT-2"], &["INC-B/1"]),
        ("Ward 8", &[], &[]),
    ] {
        let place = PlaceFilter { team: Some(text(team)), ..PlaceFilter::default() };
        let filter = RecommendationFilter { place: place.clone(), ..RecommendationFilter::default() };
        let found = query::recommendations(&snapshot, &filter, request, as_of, rules()).unwrap();
        let found: Vec<String> = found.rows.iter().map(|row| row.standing.reference.to_string()).collect();
        let expected: &[&str] = if actions.is_empty() { &[] } else { &["REC-1", "REC-2"] };
        assert_eq!(found, expected, "{team}");
        let filter = ActionFilter { place: place.clone(), ..ActionFilter::default() };
        let found = query::actions(&snapshot, &filter, request, as_of, rules()).unwrap();
        let found: Vec<String> = found.rows.iter().map(|row| row.reference.to_string()).collect();
        assert_eq!(found, actions, "{team}");
        let filter = CaseFilter { place: place.clone(), wanted: None };
        let found = query::candour_cases(&snapshot, &filter, request, as_of, rules()).unwrap();
        let mut found: Vec<String> =
            found.rows.iter().map(|row| row.standing.reference.to_string()).collect();
        // Within one day the order is that of the ids.
        found.sort();
        assert_eq!(found, cases, "{team}");
        let filter = ReporterFilter { place, wanted: None };
        let found = query::reporter_feedback(&snapshot, &filter, request, as_of, rules()).unwrap();
        assert_eq!(found.rows.is_empty(), cases.is_empty(), "{team}");
        assert!(found.rows.iter().all(|row| row.place.team == Some(text(team))), "{team}");
    }
}

#[tokio::test]
async fn actions_are_found_by_recommendation_and_by_incident_as_known_at_the_position() {
    let story = Story::told();
    let folder = tempdir().unwrap();
    let path = folder.path().join("read-model");
    let journal = holding(&story.steps).await;
    fold_all(&path, journal.as_ref()).await;
    let read_model = open(&path, journal.as_ref()).await;
    let snapshot = read_model.snapshot().unwrap();
    let found = |filter: &ActionFilter<'_>, known_at: Position| -> Vec<String> {
        query::actions(&snapshot, filter, from_start(known_at), date("2026-12-31"), rules())
            .unwrap()
            .rows
            .iter()
            .map(|row| row.reference.to_string())
            .collect()
    };
    let about = |incident: IncidentId| ActionFilter { incident: Some(incident), ..ActionFilter::default() };
    let key = candour_domain::action::RecommendationKey { response: RESPONSE, recommendation: REC_1 };
    let under = ActionFilter { recommendation: Some(key), ..ActionFilter::default() };
    assert_eq!(found(&under, story.position("rec 1 accepted")), Vec::<String>::new());
    assert_eq!(found(&under, story.head()), ["ACT-1"]);
    assert_eq!(found(&about(A), story.head()), ["ACT-1"]);
    assert_eq!(found(&about(B), story.position("action 2 agreed")), ["ACT-1", "ACT-2"]);
    assert_eq!(found(&about(B), story.position("action 2 struck")), ["ACT-1"]);
}

#[tokio::test]
async fn pages_stay_as_known_at_the_first_while_the_log_grows() {
    let story = Story::told();
    let first_at = Position::from_raw(story.position("A redated").raw() - 1);
    let folder = tempdir().unwrap();
    let journal = holding(story.up_to(first_at)).await;
    let following =
        Following::start(&folder.path().join("read-model"), Arc::clone(&journal) as Arc<dyn Journal>).await;
    following.reach(first_at).await;
    let first = page(&following.read_model.snapshot().unwrap(), None);
    assert_eq!((ids(&first), first.known_at), (vec![A], first_at));

    // A moves to another day and B's page is asked for; C appears.
    for step in &story.steps[usize::try_from(first_at.raw()).unwrap()..] {
        append(journal.as_ref(), step).await;
    }
    following.reach(story.head()).await;
    let snapshot = following.read_model.snapshot().unwrap();
    let second = page(&snapshot, first.next);

    assert_eq!((ids(&second), second.next, second.known_at), (vec![B], None, first_at));
    let filter = IncidentFilter { status: Some(Status::RecordedInError), ..IncidentFilter::default() };
    let now = query::incidents(&snapshot, &filter, PageRequest { size: 9, after: None }, date("2026-12-31"))
        .unwrap();
    assert_eq!((ids(&now), now.known_at), (vec![C], story.head()));
    following.end().await.unwrap();
}

#[tokio::test]
async fn pages_of_one_row_together_are_the_whole_list_at_every_position() {
    let story = Story::told();
    let folder = tempdir().unwrap();
    let path = folder.path().join("read-model");
    let journal = holding(&story.steps).await;
    fold_all(&path, journal.as_ref()).await;
    let read_model = open(&path, journal.as_ref()).await;
    let snapshot = read_model.snapshot().unwrap();
    let as_of = date("2026-12-31");
    let cases =
        |request| query::candour_cases(&snapshot, &CaseFilter::default(), request, as_of, rules()).unwrap();
    for known_at in story.positions() {
        let whole = cases(from_start(known_at));
        let mut rows = Vec::new();
        let mut request = PageRequest { size: 1, ..from_start(known_at) };
        loop {
            let one = cases(request);
            assert!(one.rows.len() <= 1);
            rows.extend(one.rows);
            request.after = one.next;
            if one.next.is_none() {
                break;
            }
        }
        assert_eq!((rows, whole.next), (whole.rows, None), "at position {known_at}");
    }
}

#[tokio::test]
async fn a_response_that_was_struck_out_is_at_no_place() {
    let story = Story::told();
    let folder = tempdir().unwrap();
    let path = folder.path().join("read-model");
    let journal = holding(&story.steps).await;
    fold_all(&path, journal.as_ref()).await;
    let read_model = open(&path, journal.as_ref()).await;
    let snapshot = read_model.snapshot().unwrap();
    let place = PlaceFilter { team: Some(text("Theatre 2")), ..PlaceFilter::default() };
    for (step, recommendations, actions, about_b) in [
        ("action 3 agreed", &["REC-1", "REC-2", "REC-3"][..], &["ACT-1", "ACT-2", "ACT-3"][..], 3),
        ("wrong response struck", &["REC-1", "REC-2"], &["ACT-1", "ACT-2"], 2),
    ] {
        let (request, as_of) = (from_start(story.position(step)), date("2026-12-31"));
        let filter = RecommendationFilter { place: place.clone(), ..RecommendationFilter::default() };
        let found = query::recommendations(&snapshot, &filter, request, as_of, rules()).unwrap();
        let found: Vec<String> = found.rows.iter().map(|row| row.standing.reference.to_string()).collect();
        assert_eq!(found, recommendations, "{step}");
        let filter = ActionFilter { place: place.clone(), ..ActionFilter::default() };
        let found = query::actions(&snapshot, &filter, request, as_of, rules()).unwrap();
        let found: Vec<String> = found.rows.iter().map(|row| row.reference.to_string()).collect();
        assert_eq!(found, actions, "{step}");
        let filter = ActionFilter { incident: Some(B), ..ActionFilter::default() };
        let found = query::actions(&snapshot, &filter, request, as_of, rules()).unwrap();
        assert_eq!(found.rows.len(), about_b, "{step}");
    }
}

#[tokio::test]
async fn a_sign_off_counts_for_an_incident_while_its_response_covers_it() {
    let story = Story::told();
    let folder = tempdir().unwrap();
    let path = folder.path().join("read-model");
    let journal = holding(&story.steps).await;
    fold_all(&path, journal.as_ref()).await;
    let read_model = open(&path, journal.as_ref()).await;
    let snapshot = read_model.snapshot().unwrap();
    for (step, signed_off) in [
        ("action 3 agreed", Some(date("2026-06-10"))),
        ("wrong signed off", Some(date("2026-06-09"))),
        ("wrong response struck", Some(date("2026-06-10"))),
        ("reviewed", None),
    ] {
        let request = from_start(story.position(step));
        let found =
            query::candour_cases(&snapshot, &CaseFilter::default(), request, date("2026-12-31"), rules());
        let of_b = found.unwrap().rows.into_iter().find(|row| row.standing.incident == B).unwrap();
        assert_eq!(of_b.standing.signed_off.map(|fact| fact.on), signed_off, "{step}");
    }
}

/// A large page as known at a position, from before the first row.
fn from_start(known_at: Position) -> PageRequest {
    PageRequest { size: 100, after: Some(Cursor { known_at, day: i64::MIN, id: Uuid::nil() }) }
}

fn references(snapshot: &Snapshot, place: &PlaceFilter, known_at: Position) -> Vec<String> {
    references_as_of(snapshot, place, known_at, "2026-12-31")
}

fn references_as_of(
    snapshot: &Snapshot,
    place: &PlaceFilter,
    known_at: Position,
    as_of: &str,
) -> Vec<String> {
    let filter = IncidentFilter { place: place.clone(), ..IncidentFilter::default() };
    let page = query::incidents(snapshot, &filter, from_start(known_at), date(as_of)).unwrap();
    page.rows.iter().map(|row| row.state.reference.as_ref().unwrap().to_string()).collect()
}

/// One incident.
fn page(snapshot: &Snapshot, after: Option<Cursor>) -> Page<query::IncidentRow> {
    let request = PageRequest { size: 1, after };
    query::incidents(snapshot, &IncidentFilter::default(), request, date("2026-12-31")).unwrap()
}

fn ids(page: &Page<query::IncidentRow>) -> Vec<IncidentId> {
    page.rows.iter().map(|row| row.id).collect()
}
