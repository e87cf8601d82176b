//! Lessons 2.14: a read model of another store, epoch or version, or one that is ahead of its log, is discarded and folded anew.

use std::{path::Path, sync::Arc};

use candour_journal::{Journal, Position, StoreId};
use candour_projections::{ReadModel, rebuild::differences, runner::RunError, schema};
use rusqlite::Connection;
use tempfile::tempdir;
use uuid::Uuid;

use crate::fixture::{Following, STORE, Seen, Story, fold_all, fold_through, grounds, holding, open};

const OTHER_STORE: StoreId = StoreId(Uuid::from_u128(0x07e5));

#[tokio::test]
async fn a_read_model_of_this_log_is_kept() {
    let story = Story::told();
    let (_folder, path) = folded(&story).await;
    assert_eq!(opened_at(&path, STORE, 0, story.head()), story.head());
}

#[tokio::test]
async fn a_read_model_of_another_store_is_discarded() {
    let story = Story::told();
    let (_folder, path) = folded(&story).await;
    assert_eq!(opened_at(&path, OTHER_STORE, 0, story.head()), Position::BEFORE_FIRST);
    assert_eq!(
        opened_at(&path, STORE, 0, story.head()),
        Position::BEFORE_FIRST,
        "it was the other store's since"
    );
}

#[tokio::test]
async fn a_read_model_of_another_epoch_is_discarded_and_folded_anew() {
    let story = Story::told();
    let (_kept, short) = folded(&story).await;
    assert_eq!(opened_at(&short, STORE, 1, story.head()), Position::BEFORE_FIRST);

    let (folder, path) = folded(&story).await;
    // The store was put back to an earlier state, and went another way from there.
    let mut steps = story.up_to(story.position("A amended")).to_vec();
    steps.extend_from_slice(
        &story.steps[usize::try_from(story.position("owner assigned").raw()).unwrap() - 1..],
    );
    let restored = holding(&steps).await;
    let seen: Arc<dyn Journal> = Arc::new(Seen { epoch: 1, ..Seen::of(&restored) });

    let progress = fold_through(&path, Arc::clone(&seen)).await;

    assert_eq!(progress.events, steps.len() as u64);
    let fresh = folder.path().join("fresh");
    fold_all(&fresh, seen.as_ref()).await;
    assert_eq!(differences(&path, &fresh).unwrap(), []);
}

#[tokio::test]
async fn a_read_model_of_another_schema_version_is_discarded() {
    let story = Story::told();
    for version in [schema::VERSION - 1, schema::VERSION + 1] {
        let (_folder, path) = folded(&story).await;
        Connection::open(&path)
            .unwrap()
            .execute("UPDATE read_model SET schema_version = ?1", [version])
            .unwrap();
        assert_eq!(opened_at(&path, STORE, 0, story.head()), Position::BEFORE_FIRST, "version {version}");
    }
}

#[tokio::test]
async fn a_read_model_ahead_of_its_log_is_discarded_and_folded_anew() {
    let story = Story::told();
    let (folder, path) = folded(&story).await;
    let restored = holding(story.up_to(Position::from_raw(story.head().raw() - 1))).await;

    let progress = fold_through(&path, restored.clone()).await;

    assert_eq!(progress.events, story.head().raw() - 1);
    let fresh = folder.path().join("fresh");
    fold_all(&fresh, restored.as_ref()).await;
    assert_eq!(differences(&path, &fresh).unwrap(), []);
}

#[tokio::test]
async fn what_is_no_read_model_is_discarded() {
    let story = Story::told();
    for content in [&b""[..], b"not a database, though it is long enough to be taken for the header of one: 0123456789 0123456789 0123456789"] {
        let (_folder, path) = folded(&story).await;
        std::fs::write(&path, content).unwrap();
        assert_eq!(opened_at(&path, STORE, 0, story.head()), Position::BEFORE_FIRST, "{} bytes", content.len());
    }
    let (_folder, path) = folded(&story).await;
    Connection::open(&path).unwrap().execute("DELETE FROM read_model", []).unwrap();
    assert_eq!(opened_at(&path, STORE, 0, story.head()), Position::BEFORE_FIRST);
}

#[tokio::test]
async fn a_log_that_is_put_back_while_it_is_followed_stops_the_fold() {
    let story = Story::told();
    let (_folder, path) = folded(&story).await;
    let journal = holding(&story.steps).await;
    let read_model = open(&path, journal.as_ref()).await;
    let put_back = Seen { ends_at: Some(story.position("A amended")), ..Seen::of(&journal) };

    let ended = Following::run(read_model.clone(), Arc::new(put_back)).ended().await;

    assert!(matches!(ended, RunError::PutBack { head } if head == story.position("A amended")), "{ended}");
    let progress = read_model.progress();
    assert_eq!(progress.position, story.head());
    let stopped = progress.stopped.expect("queries go on as though nothing had happened");
    assert_eq!(
        stopped.reason,
        "after this position: the log ends at 15, before what is folded: the store was put back to an earlier state"
    );
}

/// A file in which the whole story is folded.
async fn folded(story: &Story) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("read-model");
    fold_through(&path, holding(&story.steps).await).await;
    (folder, path)
}

/// Where a read model stands once it was opened for a log.
fn opened_at(path: &Path, store: StoreId, epoch: u64, head: Position) -> Position {
    let read_model = ReadModel::open(path, store, epoch, head, grounds()).unwrap();
    assert_eq!(read_model.snapshot().unwrap().progress(), &read_model.progress());
    read_model.progress().position
}
