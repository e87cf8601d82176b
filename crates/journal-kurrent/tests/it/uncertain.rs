//! Appends whose outcome the client does not tell: each is written once and reported as written, or reported as not.

use std::sync::Arc;

use candour_journal::{AppendError, ExpectedVersion, Journal, StreamVersion};
use candour_journal_kurrent::AppendBy;
use candour_kurrent_double::{Call, Fault};
use tokio::task::JoinSet;

use crate::common::{connect, connect_by, double, event, exact, ids, log, stream};

const NO_STREAM: ExpectedVersion = ExpectedVersion::NoStream;

/// Appends two events past the first one under a fault, and expects them once, as new, with their true place and time.
async fn append_under(fault: Fault, append_by: AppendBy, expected: ExpectedVersion) {
    let double = double().await;
    let journal = connect_by(&double, append_by).await;
    journal.append(&stream(1), NO_STREAM, vec![event(1)]).await.unwrap();
    double.script(fault.clone());
    let appended = journal.append(&stream(1), expected, vec![event(2), event(3)]).await.unwrap();
    assert_eq!(double.waiting_faults(), 0, "{fault:?} did not come");
    let events = log(&journal).await;
    let found: Vec<_> = events.iter().map(|event| event.event_id.as_u128()).collect();
    assert_eq!(found, [1, 2, 3], "{fault:?} by {append_by:?} at {expected}");
    assert_eq!((appended.first_version.number(), appended.last_version.number()), (1, 2));
    assert_eq!((appended.position, appended.recorded_at), (events[2].position, events[2].recorded_at));
    assert!(!appended.repeated, "{fault:?} by {append_by:?} at {expected}");
}

async fn append_under_in_every_way(fault: Fault) {
    let mut ways = JoinSet::new();
    for append_by in [AppendBy::Session, AppendBy::Call] {
        for expected in [exact(0), ExpectedVersion::Any, ExpectedVersion::StreamExists] {
            ways.spawn(append_under(fault.clone(), append_by, expected));
        }
    }
    ways.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn death_of_the_connection_after_the_commit() {
    append_under_in_every_way(Fault::CommitThenDie).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn death_of_the_connection_before_the_commit() {
    append_under_in_every_way(Fault::DieBeforeCommit).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn abortion_after_the_commit() {
    append_under_in_every_way(Fault::CommitThenAbort).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn abortion_before_the_commit() {
    append_under_in_every_way(Fault::AbortBeforeCommit).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_after_the_commit() {
    append_under_in_every_way(Fault::CommitThenStaySilent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_that_was_overtaken_while_its_outcome_was_unknown_is_a_conflict() {
    for append_by in [AppendBy::Session, AppendBy::Call] {
        let double = double().await;
        let journal = Arc::new(connect_by(&double, append_by).await);
        let faster = connect(&double).await;
        double.script(Fault::StaySilent(Call::Append));
        let slow = tokio::spawn({
            let journal = Arc::clone(&journal);
            async move { journal.append(&stream(1), NO_STREAM, vec![event(1)]).await }
        });
        while double.waiting_faults() > 0 {
            tokio::task::yield_now().await;
        }
        faster.append(&stream(1), NO_STREAM, vec![event(2)]).await.unwrap();
        match slow.await.unwrap() {
            Err(AppendError::Conflict { actual, expected, .. }) => {
                assert_eq!((actual, expected), (Some(StreamVersion::FIRST), NO_STREAM));
            }
            other => panic!("expected a conflict, got {other:?}"),
        }
        assert_eq!(ids(&journal).await, [2]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_after_an_unknown_outcome_from_another_process_gives_the_first_outcome() {
    let double = double().await;
    let first = connect(&double).await;
    let appended = first.append(&stream(1), NO_STREAM, vec![event(1), event(2)]).await.unwrap();
    drop(first);
    let second = connect(&double).await;
    let again = second.append(&stream(1), NO_STREAM, vec![event(1), event(2)]).await.unwrap();
    assert!(again.repeated);
    assert_eq!((again.position, again.recorded_at), (appended.position, appended.recorded_at));
    assert_eq!(ids(&second).await, [1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_whose_caller_has_gone_is_brought_to_its_end() {
    let double = double().await;
    let journal = connect(&double).await;
    let mut changes = journal.changes();
    let stream = stream(1);
    let mut appending = journal.append(&stream, NO_STREAM, vec![event(1)]);
    std::future::poll_fn(|context| {
        assert!(appending.as_mut().poll(context).is_pending());
        std::task::Poll::Ready(())
    })
    .await;
    drop(appending);
    changes.changed().await.unwrap();
    assert_eq!(ids(&journal).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_of_what_another_process_has_just_appended_is_known_as_one_whatever_its_content() {
    for append_by in [AppendBy::Session, AppendBy::Call] {
        let double = double().await;
        let (first, second) = (connect(&double).await, connect_by(&double, append_by).await);
        // From then on the second takes the server's word for where its appends stand. Both clocks stand still at the same instant.
        second.append(&stream(9), NO_STREAM, vec![event(8), event(9)]).await.unwrap();
        second.append(&stream(9), exact(1), vec![event(10)]).await.unwrap();
        let appended = first.append(&stream(1), NO_STREAM, vec![event(1), event(2)]).await.unwrap();
        let mut other = vec![event(1), event(2)];
        other[1].data = b"{\"severity\":5}".to_vec();
        let again = second.append(&stream(1), NO_STREAM, other).await.unwrap();
        assert!(again.repeated, "by {append_by:?}");
        assert_eq!((again.position, again.recorded_at), (appended.position, appended.recorded_at));
        let third = first.append(&stream(1), exact(1), vec![event(3)]).await.unwrap();
        let again = second.append(&stream(1), exact(1), vec![event(3)]).await.unwrap();
        assert!(again.repeated && !third.repeated, "by {append_by:?}");
        assert_eq!(ids(&second).await, [8, 9, 10, 1, 2, 3]);
    }
}
