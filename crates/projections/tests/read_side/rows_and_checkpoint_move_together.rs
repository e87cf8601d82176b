//! Invariant 6: rows and checkpoint are written in one transaction, so that a failure leaves neither; and what is handed out twice is folded
//! once.

use std::{path::Path, sync::Arc, time::Duration};

use candour_journal::{Journal, Position};
use candour_projections::{query, rebuild::differences, runner::RunError};
use rusqlite::{Connection, TransactionBehavior};
use tempfile::tempdir;

use crate::fixture::{
    A, Following, Seen, Story, append, assert_same, date, fold_all, fold_through, holding, now, open, rules,
};

/// Short enough to wait for in vain.
const MOMENT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn a_row_that_cannot_be_written_leaves_neither_the_page_nor_the_checkpoint() {
    fails_whole("BEFORE INSERT ON action").await;
}

#[tokio::test]
async fn a_checkpoint_that_cannot_be_written_leaves_no_rows() {
    fails_whole("BEFORE UPDATE ON read_model").await;
}

/// Folds a part of the story, then the rest on one page while a trigger fails.
async fn fails_whole(trigger: &str) {
    let story = Story::told();
    let folded = Position::from_raw(story.position("action 1 agreed").raw() - 3);
    let folder = tempdir().unwrap();
    let [path, fresh] = ["read-model", "fresh"].map(|name| folder.path().join(name));
    fold_through(&path, holding(story.up_to(folded)).await).await;
    let before = now(&path);
    let journal: Arc<dyn Journal> = holding(&story.steps).await;
    let on_file = Connection::open(&path).unwrap();
    on_file
        .execute_batch(&format!(
            "CREATE TRIGGER failing {trigger} BEGIN SELECT RAISE(ABORT, 'injected'); END"
        ))
        .unwrap();

    let read_model = open(&path, journal.as_ref()).await;
    let ended = Following::run(read_model.clone(), Arc::clone(&journal)).ended().await;

    assert!(matches!(ended, RunError::Database(_)), "{ended}");
    assert_same(&now(&path), &before, "after the failure");
    assert_eq!(checkpoint(&path), (folded.raw(), folded.raw()));
    let progress = read_model.progress();
    assert_eq!(progress.position, folded);
    let stopped = progress.stopped.expect("queries go on as though nothing had happened");
    assert_eq!(
        (stopped.position, stopped.reason.as_str()),
        (folded, "after this position: the read model cannot be written: injected")
    );

    // Once it can be written, the same read model is brought up to date by another runner.
    on_file.execute_batch("DROP TRIGGER failing").unwrap();
    let again = Following::run(read_model, Arc::clone(&journal));
    assert_eq!(again.stopped_no_more(story.head()).await.events, story.steps.len() as u64);
    again.end().await.unwrap();
    fold_all(&fresh, journal.as_ref()).await;
    assert_eq!(differences(&path, &fresh).unwrap(), []);
}

#[tokio::test]
async fn while_another_writer_holds_the_file_neither_rows_nor_checkpoint_move() {
    let story = Story::told();
    let folded = story.position("B reported");
    let folder = tempdir().unwrap();
    let path = folder.path().join("read-model");
    let journal = holding(story.up_to(folded)).await;
    let following = Following::start(&path, Arc::clone(&journal) as Arc<dyn Journal>).await;
    following.reach(folded).await;
    let before = now(&path);
    let mut other = Connection::open(&path).unwrap();

    let held = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    append(journal.as_ref(), &story.steps[usize::try_from(folded.raw()).unwrap()]).await;
    let progress = following.read_model.wait_for(journal.head().await.unwrap(), MOMENT).await;

    assert_eq!((progress.position, progress.stopped), (folded, None));
    assert_same(&now(&path), &before, "while the file is held");
    assert_eq!(checkpoint(&path), (folded.raw(), folded.raw()));
    held.rollback().unwrap();
    following.reach(journal.head().await.unwrap()).await;
    following.end().await.unwrap();
}

#[tokio::test]
async fn a_snapshot_sees_rows_and_checkpoint_of_one_moment() {
    let story = Story::told();
    let folded = story.position("B reported");
    let folder = tempdir().unwrap();
    let journal = holding(story.up_to(folded)).await;
    let following =
        Following::start(&folder.path().join("read-model"), Arc::clone(&journal) as Arc<dyn Journal>).await;
    following.reach(folded).await;
    let snapshot = following.read_model.snapshot().unwrap();
    let timeline = || {
        // As known at a position that the snapshot does not reach.
        let entries = query::timeline(&snapshot, A.uuid(), date("2026-12-31"), story.head(), rules());
        entries.unwrap().unwrap().len()
    };
    for step in &story.steps[usize::try_from(folded.raw()).unwrap()..] {
        append(journal.as_ref(), step).await;
    }

    following.reach(story.head()).await;

    assert_eq!((snapshot.progress().position, timeline()), (folded, 1));
    drop(snapshot);
    assert_eq!(following.read_model.snapshot().unwrap().progress().position, story.head());
    following.end().await.unwrap();
}

#[tokio::test]
async fn events_that_are_handed_out_twice_are_folded_once() {
    let story = Story::told();
    let journal = holding(&story.steps).await;
    let folder = tempdir().unwrap();
    let [path, fresh] = ["read-model", "fresh"].map(|name| folder.path().join(name));
    let seen = Seen { page_events_max: 4, again: 7, ..Seen::of(&journal) };

    let progress = fold_through(&path, Arc::new(seen)).await;

    assert_eq!((progress.position, progress.events), (story.head(), story.steps.len() as u64));
    fold_all(&fresh, journal.as_ref()).await;
    assert_eq!(differences(&path, &fresh).unwrap(), []);
}

/// Checkpoint and number of events as they stand in the file.
fn checkpoint(path: &Path) -> (u64, u64) {
    Connection::open(path)
        .unwrap()
        .query_row("SELECT checkpoint, events_folded FROM read_model", [], |row| {
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, i64>(1)?.cast_unsigned()))
        })
        .unwrap()
}
