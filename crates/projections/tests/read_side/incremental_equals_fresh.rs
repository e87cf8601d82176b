//! Invariant 6: however the log was folded, the rows equal a fresh fold of it.

use std::sync::Arc;

use candour_journal::{Journal, Position};
use candour_projections::rebuild::differences;
use proptest::prelude::*;
use tempfile::tempdir;

use crate::fixture::{Following, Seen, Step, Story, append, fold_all, fold_through, holding};

#[tokio::test]
async fn one_event_on_a_page_makes_the_same_rows_as_all_of_them_in_one_go() {
    let story = Story::told();
    let journal = holding(&story.steps).await;
    let folder = tempdir().unwrap();
    let [one_by_one, in_one_go] = ["one-by-one", "in-one-go"].map(|name| folder.path().join(name));
    fold_through(&one_by_one, Arc::new(Seen { page_events_max: 1, ..Seen::of(&journal) })).await;

    let progress = fold_all(&in_one_go, journal.as_ref()).await;

    assert_eq!((progress.position, progress.events), (story.head(), story.steps.len() as u64));
    assert_eq!(differences(&one_by_one, &in_one_go).unwrap(), []);
}

#[tokio::test]
async fn a_fresh_fold_replaces_what_stood_in_its_file() {
    let story = Story::told();
    let folder = tempdir().unwrap();
    let [before, fresh] = ["before", "fresh"].map(|name| folder.path().join(name));
    let short = holding(story.up_to(Position::from_raw(9))).await;
    fold_all(&before, short.as_ref()).await;
    let journal = holding(&story.steps).await;

    fold_all(&before, journal.as_ref()).await;
    fold_all(&fresh, journal.as_ref()).await;

    assert_eq!(differences(&before, &fresh).unwrap(), []);
}

#[tokio::test]
async fn a_row_that_was_changed_by_hand_is_found_in_every_table() {
    let story = Story::told();
    let journal = holding(&story.steps).await;
    let folder = tempdir().unwrap();
    let [changed, fresh] = ["changed", "fresh"].map(|name| folder.path().join(name));
    fold_all(&fresh, journal.as_ref()).await;
    for (table, change) in [
        ("stream", "UPDATE stream SET id = zeroblob(16) WHERE stream_no = 1"),
        ("history", "UPDATE history SET occurred_at = occurred_at + 1 WHERE position = 1"),
        ("incident", "UPDATE incident SET kind = 'risk' WHERE from_position = 1"),
        ("incident_place", "UPDATE incident_place SET team = NULL WHERE from_position = 1"),
        ("reporter_feedback", "UPDATE reporter_feedback SET identity = 'other' WHERE from_position = 1"),
        ("candour_case", "UPDATE candour_case SET reported_on = 0 WHERE reference = 'INC-A/1'"),
        ("recommendation", "UPDATE recommendation SET decision = 'rejected' WHERE reference = 'REC-1'"),
        ("response_incident", "DELETE FROM response_incident"),
        ("action", "UPDATE action SET agreed_on = 0"),
        ("action_recommendation", "DELETE FROM action_recommendation"),
        ("duplicate", "DELETE FROM duplicate"),
        ("timeline", "DELETE FROM timeline WHERE position = 3"),
        ("unit", "UPDATE unit SET touched = touched + 1 WHERE unit_no = 1"),
        ("line", "DELETE FROM line WHERE unit_no = 1 AND figure = 10"),
        ("work", "UPDATE work SET role = 'another' WHERE unit_no = 1"),
        ("tally", "UPDATE tally SET lines = lines + 1 WHERE kind = 0 AND scope_no = 0"),
    ] {
        fold_all(&changed, journal.as_ref()).await;
        rusqlite::Connection::open(&changed).unwrap().execute_batch(change).unwrap();
        let found: Vec<&str> =
            differences(&changed, &fresh).unwrap().iter().map(|difference| difference.table).collect();
        assert_eq!(found, [table]);
    }
}

/// So many events are recorded, then so many at a time are folded, by the same runner or by a new one.
#[derive(Clone, Debug)]
struct Stretch {
    events: usize,
    page_events_max: usize,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn stretches_and_pages_of_any_size_make_the_same_rows(
        stretches in prop::collection::vec(
            (1..=15_usize, 1..=6_usize).prop_map(|(events, page_events_max)| Stretch { events, page_events_max }),
            1..12,
        ),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(grown_in(&stretches));
    }
}

/// Folds while the log grows, each stretch by a runner that starts from the checkpoint of the one before.
async fn grown_in(stretches: &[Stretch]) {
    let story = Story::told();
    let folder = tempdir().unwrap();
    let [grown, fresh] = ["grown", "fresh"].map(|name| folder.path().join(name));
    let journal = holding(&[]).await;
    let mut steps = story.steps.iter();
    for Stretch { events, page_events_max } in stretches {
        let seen = Arc::new(Seen { page_events_max: *page_events_max, ..Seen::of(&journal) });
        let following = Following::start(&grown, Arc::clone(&seen) as Arc<dyn Journal>).await;
        for step in steps.by_ref().take(*events).collect::<Vec<&Step>>() {
            append(seen.as_ref(), step).await;
        }
        following.reach(journal.head().await.unwrap()).await;
        following.end().await.unwrap();
    }
    fold_all(&fresh, journal.as_ref()).await;
    assert_eq!(differences(&grown, &fresh).unwrap(), []);
}
