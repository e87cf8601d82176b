//! Lessons 2.2: a query that must see a position waits for it, up to a time, and no longer than there is hope.

use std::{sync::Arc, time::Duration};

use candour_journal::{EventTypeName, Journal, Position, RecordedEvent};
use tempfile::tempdir;
use tokio::time::timeout;

use crate::fixture::{Following, Seen, Story, append, holding, open};

/// The most that is waited for at all; the tests below are over long before.
const LONG: Duration = Duration::from_secs(10);
const SHORTER: Duration = Duration::from_secs(5);
const MOMENT: Duration = Duration::from_millis(20);

#[tokio::test]
async fn it_answers_as_soon_as_the_position_is_reached() {
    let story = Story::told();
    let folder = tempdir().unwrap();
    let journal = holding(&[]).await;
    let following =
        Following::start(&folder.path().join("read-model"), Arc::clone(&journal) as Arc<dyn Journal>).await;
    let wanted = Position::from_raw(3);
    let (progress, ()) = tokio::join!(timeout(SHORTER, following.read_model.wait_for(wanted, LONG)), async {
        for step in story.up_to(wanted) {
            append(journal.as_ref(), step).await;
        }
    });
    assert_eq!(progress.unwrap().position, wanted);
    let already = following.read_model.wait_for(Position::from_raw(2), Duration::ZERO).await;
    assert_eq!((already.position, already.stopped), (wanted, None));
    following.end().await.unwrap();
}

#[tokio::test]
async fn it_answers_where_it_is_when_the_time_is_up() {
    let story = Story::told();
    let folder = tempdir().unwrap();
    let journal = holding(story.up_to(Position::from_raw(2))).await;
    let following =
        Following::start(&folder.path().join("read-model"), Arc::clone(&journal) as Arc<dyn Journal>).await;
    following.reach(Position::from_raw(2)).await;
    let progress = following.read_model.wait_for(Position::from_raw(3), MOMENT).await;
    assert_eq!((progress.position, progress.stopped), (Position::from_raw(2), None));
    following.end().await.unwrap();
}

#[tokio::test]
async fn it_does_not_wait_once_folding_has_stopped() {
    let story = Story::told();
    let folder = tempdir().unwrap();
    let path = folder.path().join("read-model");
    let journal = holding(&story.steps).await;
    let poisoned = story.position("response started");
    let changed = |event: &mut RecordedEvent| event.event_type = EventTypeName::parse("Imagined.v1").unwrap();
    let seen: Arc<dyn Journal> = Arc::new(Seen { changed: Some((poisoned, changed)), ..Seen::of(&journal) });
    // The wait begins before there is a runner.
    let read_model = open(&path, seen.as_ref()).await;
    let waiting = {
        let read_model = read_model.clone();
        let head = story.head();
        tokio::spawn(async move { timeout(SHORTER, read_model.wait_for(head, LONG)).await })
    };
    let following = Following::run(read_model, seen);

    let progress = waiting.await.unwrap().expect("it waits for what cannot come");

    assert_eq!(progress.stopped.unwrap().position, poisoned);
    let later = timeout(SHORTER, following.read_model.wait_for(story.head(), LONG)).await;
    assert_eq!(later.expect("a later query waits too").position, Position::from_raw(poisoned.raw() - 1));
    following.end().await.unwrap();
}
