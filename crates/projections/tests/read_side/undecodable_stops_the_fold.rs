//! DESIGN §5, lessons 2.4: an event that is not understood stops the fold just before it, visibly, until a reader understands it.

use std::{path::Path, sync::Arc};

use candour_journal::{EventTypeName, Journal, RecordedEvent, StreamName, StreamVersion};
use candour_projections::{Progress, rebuild::differences};
use tempfile::tempdir;

use crate::fixture::{
    Following, MARKER, Seen, Story, Tables, assert_same, fold_all, holding, id, now, open, rules,
};

#[tokio::test]
async fn an_unknown_event_type_stops_the_fold() {
    let reason =
        stopped_by(|event| event.event_type = EventTypeName::parse("ResponseImagined.v1").unwrap()).await;
    assert_eq!(reason, "(ResponseImagined.v1): response: ResponseImagined.v1 is no event type of this build");
}

#[tokio::test]
async fn an_unknown_field_stops_the_fold_and_is_not_repeated() {
    let reason = stopped_by(|event| {
        let field = format!("{{\"{MARKER}\":\"{MARKER}\",");
        event.data = String::from_utf8(event.data.clone()).unwrap().replacen('{', &field, 1).into_bytes();
    })
    .await;
    assert_eq!(
        reason,
        "(ResponseStarted.v1): ResponseStarted.v1: has a missing, unknown or repeated field, or one of another JSON type, at line 1 column 12"
    );
}

#[tokio::test]
async fn metadata_of_a_later_schema_stops_the_fold() {
    let reason = stopped_by(|event| {
        let metadata = String::from_utf8(event.metadata.clone()).unwrap();
        event.metadata = metadata.replacen("\"schema\":1", "\"schema\":2", 1).into_bytes();
    })
    .await;
    assert_eq!(reason, "(ResponseStarted.v1): metadata of schema 2 is not understood by this build");
}

#[tokio::test]
async fn a_calendar_that_is_not_known_stops_the_fold() {
    let reason = stopped_by(|event| {
        let metadata = String::from_utf8(event.metadata.clone()).unwrap();
        let known = format!("\"{}\"", rules().calendar.version().as_str());
        assert!(metadata.contains(&known));
        event.metadata = metadata.replacen(&known, "\"england-and-wales-2099-01\"", 1).into_bytes();
    })
    .await;
    assert_eq!(
        reason,
        "(ResponseStarted.v1): metadata: the calendar version is not one that this version knows"
    );
}

#[tokio::test]
async fn an_unknown_category_stops_the_fold() {
    let reason =
        stopped_by(|event| event.stream = StreamName::new("candour", "weather", id("weather")).unwrap())
            .await;
    assert_eq!(reason, "(ResponseStarted.v1): streams of category weather are not known to this version");
}

#[tokio::test]
async fn a_gap_before_the_first_version_of_a_stream_stops_the_fold() {
    let reason = stopped_by(|event| event.version = StreamVersion::new(1)).await;
    assert_eq!(reason, "(ResponseStarted.v1): version 1 follows None in its stream");
}

#[tokio::test]
async fn a_gap_within_a_stream_stops_the_fold() {
    let reason = stopped_at("A amended", |event| event.version = StreamVersion::new(2)).await;
    assert_eq!(reason, "(IncidentAmended.v1): version 2 follows Some(0) in its stream");
}

/// The first event of a stream in the middle of the story is changed.
async fn stopped_by(change: fn(&mut RecordedEvent)) -> String {
    stopped_at("response started", change).await
}

/// Folds the story with one event changed and proves that the fold stops before it, stops there again, and goes on once it is as it was.
/// Answers the reason, after the event's id.
async fn stopped_at(step: &str, change: fn(&mut RecordedEvent)) -> String {
    let story = Story::told();
    let poisoned = story.position(step);
    let journal = holding(&story.steps).await;
    let changed: Arc<dyn Journal> =
        Arc::new(Seen { changed: Some((poisoned, change)), ..Seen::of(&journal) });
    let folder = tempdir().unwrap();
    let [path, cut, fresh, afresh] =
        ["read-model", "cut", "fresh", "afresh"].map(|name| folder.path().join(name));
    let before = poisoned.raw() - 1;
    let up_to_there = holding(&story.steps[..usize::try_from(before).unwrap()]).await;
    fold_all(&cut, up_to_there.as_ref()).await;

    let (progress, tables) = stop(&path, &changed).await;
    let stopped = progress.stopped.clone().unwrap();
    assert_eq!((progress.position.raw(), progress.events), (before, before), "where it stands");
    assert_eq!(stopped.position, poisoned);
    assert_same(&tables, &now(&cut), "earlier events are kept, later ones are not folded");

    let reopened = open(&path, changed.as_ref()).await;
    assert_eq!(reopened.progress(), progress, "it says so before anything is folded");
    assert_eq!(reopened.snapshot().unwrap().progress(), &progress);
    drop(reopened);
    assert_eq!(stop(&path, &changed).await, (progress.clone(), tables), "it stops there again");
    assert_eq!(fold_all(&afresh, changed.as_ref()).await, progress, "a rebuild stops there too");

    let understood = Following::start(&path, Arc::clone(&journal) as Arc<dyn Journal>).await;
    let resumed = understood.stopped_no_more(story.head()).await;
    understood.end().await.unwrap();
    assert_eq!((resumed.position, resumed.events), (story.head(), story.steps.len() as u64));
    fold_all(&fresh, journal.as_ref()).await;
    assert_eq!(differences(&path, &fresh).unwrap(), []);

    assert!(!stopped.reason.contains(MARKER), "{}", stopped.reason);
    stopped.reason.strip_prefix(&format!("event {} ", id(step))).unwrap().to_owned()
}

/// Follows the log until folding stops.
async fn stop(path: &Path, journal: &Arc<dyn Journal>) -> (Progress, Tables) {
    let following = Following::start(path, Arc::clone(journal)).await;
    let progress = following.stopped().await;
    following.end().await.unwrap();
    (progress, now(path))
}
