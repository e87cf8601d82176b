//! Following a log that others write into as well.

use std::sync::Arc;
use std::time::Duration;

use candour_journal::{ExpectedVersion, Journal, ManualClock, Position, ReadError, next_page};
use candour_journal_kurrent::{KurrentJournal, Options};
use candour_kurrent_double::{Double, Settings};

use tokio::time::timeout;

use crate::common::{connect, double, event, ids, log, nine, options, stream};

/// How long a server that looks for ever is waited for before the test gives up.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn events_of_others_are_passed_over_and_those_of_another_process_are_seen() {
    let double = double().await;
    let journal = connect(&double).await;
    let other = connect(&double).await;
    let mut changes = journal.changes();
    let mut after = Position::BEFORE_FIRST;
    for round in 1..=3_u128 {
        double.append_foreign("elsewhere-1", 200);
        let appended =
            other.append(&stream(round), ExpectedVersion::NoStream, vec![event(round)]).await.unwrap();
        double.append_foreign("elsewhere-2", 200);
        // Nothing but the follower of the journal tells it of this append.
        let page = next_page(&journal, &mut changes, after, 10).await.unwrap();
        assert_eq!(page.events.iter().map(|event| event.position).collect::<Vec<_>>(), [appended.position]);
        assert_eq!(page.head, appended.position);
        after = appended.position;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_an_idle_end_a_page_is_empty_and_its_head_is_the_last_event_of_ours() {
    let double = double().await;
    let journal = connect(&double).await;
    let appended = journal.append(&stream(1), ExpectedVersion::NoStream, vec![event(1)]).await.unwrap();
    double.append_foreign("elsewhere-1", 500);
    for _ in 0..2 {
        let page = journal.read_all(appended.position, 10).await.unwrap();
        assert_eq!((page.events.len(), page.head), (0, appended.position));
    }
    // The second page knew the end: it took one read, of the head of everything.
    let before = double.counts().all_reads;
    journal.close();
    let page = journal.read_all(appended.position, 10).await.unwrap();
    assert!(page.reached_head(appended.position));
    assert!(double.counts().all_reads - before <= 2, "{} reads", double.counts().all_reads - before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_log_of_another_process_is_read_whole_from_its_beginning() {
    let double = double().await;
    let other = connect(&double).await;
    for number in 0..4_u128 {
        let events = (0..100).map(|index| event(number * 100 + index)).collect();
        other.append(&stream(number), ExpectedVersion::NoStream, events).await.unwrap();
    }
    let journal = connect(&double).await;
    let mut after = Position::BEFORE_FIRST;
    let mut seen = Vec::new();
    loop {
        let page = journal.read_all(after, 90).await.unwrap();
        let is_last = page.reached_head(after);
        seen.extend(page.events.iter().map(|event| event.event_id.as_u128()));
        after = page.events.last().map_or(after, |last| last.position);
        if is_last {
            break;
        }
    }
    assert_eq!(seen, (0..400).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_the_namespace_that_is_not_ours_is_reported_and_not_skipped() {
    let double = double().await;
    let journal = connect(&double).await;
    journal.append(&stream(1), ExpectedVersion::NoStream, vec![event(1)]).await.unwrap();
    double.append_foreign("candour.something", 1);
    let read = journal.read_all(Position::BEFORE_FIRST, 10).await;
    assert!(matches!(read, Err(ReadError::Corrupt(_))), "{read:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_that_is_none_of_this_log_is_refused_at_once() {
    // Before 24.10 a server says no more than that there was an error.
    for version in ["26.1.0", "22.10.4"] {
        let settings = Settings { version: Some(version.to_owned()), ..Settings::default() };
        let double = Double::start(settings).await.unwrap();
        let journal = connect(&double).await;
        let appended = journal.append(&stream(1), ExpectedVersion::NoStream, vec![event(1)]).await.unwrap();
        let between = Position::from_raw(appended.position.raw() - 1);
        let read = journal.read_all(between, 10).await;
        assert!(matches!(read, Err(ReadError::Failed(_))), "{version}: {read:?}");
        assert_eq!(journal.clients_made(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_page_does_not_wait_until_the_server_has_looked_for_more() {
    let double = double().await;
    let journal = connect(&double).await;
    journal.append(&stream(1), ExpectedVersion::NoStream, (1..=40).map(event).collect()).await.unwrap();
    let other = connect(&double).await;
    double.set_scanning(true);
    for journal in [&journal, &other] {
        let page = timeout(PATIENCE, journal.read_all(Position::BEFORE_FIRST, 10)).await.unwrap().unwrap();
        assert_eq!(page.events.len(), 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_opens_while_the_server_would_look_for_ever_through_what_others_wrote_before_it() {
    let double = double().await;
    double.append_foreign("elsewhere-1", 500);
    double.set_scanning(true);
    // The store is new, and so nothing of ours can stand in the log before it.
    timeout(PATIENCE, connect(&double)).await.unwrap();
    // The store holds no event of the journal yet, and nothing of ours stands before its own.
    let journal = timeout(PATIENCE, connect(&double)).await.unwrap();
    double.set_scanning(false);
    assert_eq!(journal.head().await.unwrap(), Position::BEFORE_FIRST);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_looks_long_through_what_others_wrote_is_waited_for_while_it_answers() {
    let double = Arc::new(double().await);
    let journal = Arc::new(connect(&double).await);
    let appended = journal.append(&stream(1), ExpectedVersion::NoStream, vec![event(1)]).await.unwrap();
    double.append_foreign("elsewhere-1", 100);
    double.set_scanning(true);
    let reading = tokio::spawn({
        let journal = Arc::clone(&journal);
        async move { journal.read_all(appended.position, 10).await }
    });
    // It has been asked again and again whether it is there, for longer than an attempt may take.
    let before = double.counts().unfiltered_reads;
    while double.counts().unfiltered_reads < before + 6 {
        tokio::task::yield_now().await;
    }
    double.set_scanning(false);
    let page = reading.await.unwrap().unwrap();
    assert_eq!((page.events.len(), page.head), (0, appended.position));
    assert_eq!(journal.clients_made(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_is_answered_with_the_position_that_its_last_event_is_read_with() {
    for skew in [0, 7] {
        let settings = Settings { confirmed_position_skew: skew, ..Settings::default() };
        let double = Double::start(settings).await.unwrap();
        let journal = connect(&double).await;
        for number in 0..6_u128 {
            let events = (0..=number % 2).map(|index| event(number * 10 + index)).collect();
            let appended = journal.append(&stream(number), ExpectedVersion::NoStream, events).await.unwrap();
            let last = log(&journal).await.pop().unwrap();
            assert_eq!((appended.position, appended.recorded_at), (last.position, last.recorded_at));
            assert!(!appended.repeated);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn time_does_not_go_back_when_the_journal_is_opened_again() {
    let double = double().await;
    let first = connect(&double).await;
    let appended = first.append(&stream(1), ExpectedVersion::NoStream, vec![event(1)]).await.unwrap();
    let earlier = Arc::new(ManualClock::new("2020-01-01T00:00:00Z".parse().unwrap()));
    let second = KurrentJournal::connect(&Options { clock: earlier, ..options(&double) }).await.unwrap();
    let later = second.append(&stream(2), ExpectedVersion::NoStream, vec![event(2)]).await.unwrap();
    assert_eq!((appended.recorded_at, later.recorded_at), (nine(), nine()));
    assert_eq!(ids(&second).await, [1, 2]);
}
