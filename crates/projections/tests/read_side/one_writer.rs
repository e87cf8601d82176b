//! One process folds into a read model, and in it one runner.

use std::sync::Arc;

use candour_journal::{Journal, Position, StoreId};
use candour_projections::{OpenError, ReadModel, Runner, runner::RunError};
use tempfile::tempdir;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::fixture::{Following, STORE, Story, fold_through, grounds, holding, open};

#[tokio::test]
async fn a_second_opener_is_refused_until_the_first_has_closed() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("read-model");
    let opened = || ReadModel::open(&path, STORE, 0, Position::BEFORE_FIRST, grounds());
    let first = opened().unwrap();
    let clone = first.clone();
    assert!(matches!(opened(), Err(OpenError::InUse(refused)) if refused == path));
    drop(first);
    assert!(matches!(opened(), Err(OpenError::InUse(_))), "a clone holds it too");
    drop(clone);
    opened().unwrap();
}

#[tokio::test]
async fn a_refused_opener_leaves_the_file_as_it_is() {
    let story = Story::told();
    let folder = tempdir().unwrap();
    let path = folder.path().join("read-model");
    let journal = holding(&story.steps).await;
    fold_through(&path, journal.clone()).await;
    let first = open(&path, journal.as_ref()).await;
    // To this one the file would be of another store, and so to be discarded.
    let other = StoreId(Uuid::from_u128(1));
    assert!(matches!(ReadModel::open(&path, other, 0, story.head(), grounds()), Err(OpenError::InUse(_))));
    assert_eq!(first.snapshot().unwrap().progress().position, story.head());
}

#[tokio::test]
async fn a_second_runner_is_refused_while_the_first_goes_on() {
    let story = Story::told();
    let folder = tempdir().unwrap();
    let journal: Arc<dyn Journal> = holding(&story.steps).await;
    let following = Following::start(&folder.path().join("read-model"), Arc::clone(&journal)).await;
    following.reach(story.head()).await;
    let read_model = following.read_model.clone();
    let second = || Runner::new(Arc::clone(&journal), read_model.clone());
    let refused = second().run(CancellationToken::new()).await;
    assert!(matches!(refused, Err(RunError::AlreadyRunning)));
    following.end().await.unwrap();
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    second().run(cancelled).await.unwrap();
}
