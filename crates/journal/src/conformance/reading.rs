//! Reading and following: order, pages, prefixes.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{UnsteadyClock, event, events, ids_of, instant, stream, whole_log};
use crate::{
    ExpectedVersion, Journal, Limit, Position, ReadError, RecordedEvent, StreamVersion,
    limits::PAGE_EVENTS_MAX, next_page,
};

const ANY: ExpectedVersion = ExpectedVersion::Any;

/// A journal without events has its head before the first one, and a stream that does not exist is an empty page.
pub async fn an_empty_journal_reads_as_empty(journal: Arc<dyn Journal>, _clock: Arc<UnsteadyClock>) {
    assert_eq!(journal.head().await.expect("the head is read"), Position::BEFORE_FIRST);
    assert_eq!(*journal.changes().borrow(), Position::BEFORE_FIRST);
    let all = journal.read_all(Position::BEFORE_FIRST, 10).await.expect("the log is read");
    assert_eq!((all.events.len(), all.head), (0, Position::BEFORE_FIRST));
    assert!(all.reached_head(Position::BEFORE_FIRST));
    let page = journal.read_stream(&stream(1), StreamVersion::FIRST, 10).await.expect("the stream is read");
    assert_eq!((page.events.len(), page.last_version, page.reached_end), (0, None, true));
    assert!(journal.is_healthy());
}

/// Every field comes back as it went in, instants to the microsecond, and both reads give the same event.
pub async fn what_is_read_is_what_was_appended(journal: Arc<dyn Journal>, _clock: Arc<UnsteadyClock>) {
    let mut sent = event(1);
    sent.data = vec![0, 255, 10, 0];
    sent.metadata = vec![];
    sent.occurred_at = "1969-07-20T20:17:40.123456789Z".parse().expect("an instant");
    let appended = journal.append(&stream(1), ANY, vec![sent.clone()]).await.expect("the append is written");
    let page = journal.read_stream(&stream(1), StreamVersion::FIRST, 10).await.expect("the stream is read");
    let [read] = &page.events[..] else { panic!("expected one event, got {page:?}") };
    assert_eq!((read.event_id, &read.event_type), (sent.event_id, &sent.event_type));
    assert_eq!((&read.data, &read.metadata), (&sent.data, &sent.metadata));
    // Before 1970, cutting towards the epoch is cutting towards the later microsecond.
    assert_eq!(read.occurred_at, "1969-07-20T20:17:40.123457Z".parse().expect("an instant"));
    assert_eq!((&read.stream, read.version), (&stream(1), StreamVersion::FIRST));
    assert_eq!((read.position, read.recorded_at), (appended.position, appended.recorded_at));
    assert_eq!(whole_log(&*journal, 10).await, page.events);
}

/// Pages of a stream follow each other without gap or overlap, and the last one says so.
pub async fn a_stream_is_read_in_pages(journal: Arc<dyn Journal>, _clock: Arc<UnsteadyClock>) {
    for series in 0..5 {
        journal.append(&stream(1), ANY, events(series, 2)).await.expect("the append is written");
        journal.append(&stream(2), ANY, events(100 + series, 1)).await.expect("the append is written");
    }
    let mut seen = Vec::new();
    for (from, reached_end) in [(0, false), (3, false), (6, false), (9, true), (10, true), (u64::MAX, true)] {
        let from = StreamVersion::new(from);
        let page = journal.read_stream(&stream(1), from, 3).await.expect("the stream is read");
        assert_eq!(page.reached_end, reached_end, "from {from}");
        assert_eq!(page.last_version, Some(StreamVersion::new(9)));
        seen.extend(page.events.into_iter().map(|event| (event.version.number(), event.event_id)));
    }
    let sent: Vec<_> = (0..5).flat_map(|series| ids_of(&events(series, 2))).collect();
    assert_eq!(seen, (0..10).zip(sent).collect::<Vec<_>>());
}

/// Pages of the log follow each other without gap or overlap, whatever their size, up to the head.
pub async fn the_log_is_read_in_pages(journal: Arc<dyn Journal>, _clock: Arc<UnsteadyClock>) {
    let mut sent = Vec::new();
    for series in 0..7 {
        sent.extend(ids_of(&events(series, 3)));
        journal.append(&stream(series % 3), ANY, events(series, 3)).await.expect("the append is written");
    }
    for limit in [1, 4, 7, 21, PAGE_EVENTS_MAX] {
        let log = whole_log(&*journal, limit).await;
        assert_eq!(log.iter().map(|event| event.event_id).collect::<Vec<_>>(), sent, "in pages of {limit}");
        assert!(log.is_sorted_by(|one, next| one.position < next.position));
    }
    let head = journal.head().await.expect("the head is read");
    let past = Position::from_raw(head.raw() + 10);
    for after in [head, past] {
        let page = journal.read_all(after, 5).await.expect("the log is read");
        assert_eq!((page.events.len(), page.head), (0, head));
        assert!(page.reached_head(after));
    }
}

/// A page of nothing and a page past the limit are refused.
pub async fn page_limits_are_refused(journal: Arc<dyn Journal>, _clock: Arc<UnsteadyClock>) {
    let none = journal.read_all(Position::BEFORE_FIRST, 0).await;
    assert!(matches!(none, Err(ReadError::EmptyPage)), "{none:?}");
    let none = journal.read_stream(&stream(1), StreamVersion::FIRST, 0).await;
    assert!(matches!(none, Err(ReadError::EmptyPage)), "{none:?}");
    let too_many = PAGE_EVENTS_MAX + 1;
    let all = journal.read_all(Position::BEFORE_FIRST, too_many).await.map(drop);
    let one = journal.read_stream(&stream(1), StreamVersion::FIRST, too_many).await.map(drop);
    for result in [all, one] {
        match result {
            Err(ReadError::Limit(exceeded)) => {
                assert_eq!((exceeded.limit, exceeded.actual), (Limit::PageEvents, too_many));
            }
            other => panic!("expected the page to be refused, got {other:?}"),
        }
    }
}

/// Readers at work while appends go on, and one that comes later, see the same events in the same order.
pub async fn every_reader_sees_the_same_order(journal: Arc<dyn Journal>, _clock: Arc<UnsteadyClock>) {
    let total = 4 * 25 * 2;
    let mut readers = JoinSet::new();
    for limit in [1, 3, 50] {
        readers.spawn(follow_until(Arc::clone(&journal), total, limit));
    }
    append_from_everywhere(&journal).await;
    let log = whole_log(&*journal, 100).await;
    assert_eq!(log.len(), total);
    while let Some(seen) = readers.join_next().await {
        assert_eq!(seen.expect("the reader ends"), log);
    }
    for number in 0..4 {
        let in_log: Vec<_> = log.iter().filter(|event| event.stream == stream(number)).collect();
        let versions = in_log.iter().map(|event| event.version.number());
        assert!(versions.eq(0..50), "stream {number} is out of order in the log");
    }
}

/// A reader that takes every page while appends race each other never finds, later, an event at or before a position
/// it has been given.
pub async fn a_position_read_is_a_completed_prefix(journal: Arc<dyn Journal>, _clock: Arc<UnsteadyClock>) {
    let reader = tokio::spawn({
        let journal = Arc::clone(&journal);
        async move {
            let mut prefixes: Vec<(Position, Vec<RecordedEvent>)> = Vec::new();
            let mut changes = journal.changes();
            let mut after = Position::BEFORE_FIRST;
            let mut seen = 0;
            while seen < 4 * 25 * 2 {
                let page = next_page(&*journal, &mut changes, after, 7).await.expect("the log is read");
                assert!(
                    page.events.iter().all(|event| event.position > after && event.position <= page.head)
                );
                seen += page.events.len();
                prefixes.push((after, page.events));
                after =
                    prefixes.last().and_then(|(_, events)| events.last()).map_or(after, |last| last.position);
            }
            prefixes
        }
    });
    append_from_everywhere(&journal).await;
    for (after, then) in reader.await.expect("the reader ends") {
        let now = journal.read_all(after, then.len()).await.expect("the log is read").events;
        assert_eq!(now, then, "the page after {after} has changed");
    }
}

/// A follower at the head waits, without polling, and gets the next event; one that is ahead of the store is told.
pub async fn a_follower_waits_for_the_next_event(journal: Arc<dyn Journal>, _clock: Arc<UnsteadyClock>) {
    let first = journal.append(&stream(1), ANY, events(1, 1)).await.expect("the append is written");
    let follower = tokio::spawn({
        let journal = Arc::clone(&journal);
        let mut changes = journal.changes();
        async move { next_page(&*journal, &mut changes, first.position, 10).await }
    });
    let second = journal.append(&stream(2), ANY, events(2, 1)).await.expect("the append is written");
    let page = follower.await.expect("the follower ends").expect("the log is read");
    assert_eq!(page.events.iter().map(|event| event.position).collect::<Vec<_>>(), [second.position]);

    let ahead = Position::from_raw(second.position.raw() + 1);
    let page = next_page(&*journal, &mut journal.changes(), ahead, 10).await.expect("the log is read");
    assert_eq!((page.events.len(), page.head), (0, second.position));
}

/// Once an append has been answered, its head is published and every read holds it.
pub async fn an_acknowledged_append_is_visible_at_once(journal: Arc<dyn Journal>, clock: Arc<UnsteadyClock>) {
    let changes = journal.changes();
    for series in 0..50 {
        clock.set(instant(i64::try_from(series).expect("a small number")));
        let appended = journal.append(&stream(series), ANY, events(series, 2)).await.expect("it is written");
        assert!(*changes.borrow() >= appended.position);
        assert!(journal.head().await.expect("the head is read") >= appended.position);
        let page =
            journal.read_stream(&stream(series), appended.first_version, 10).await.expect("it is read");
        assert_eq!(page.last_version, Some(appended.last_version));
        assert_eq!(page.events.last().map(|event| event.position), Some(appended.position));
    }
}

/// Four appenders at once, 25 appends of two events each, each to its own stream.
async fn append_from_everywhere(journal: &Arc<dyn Journal>) {
    let mut appenders = JoinSet::new();
    for number in 0..4_u128 {
        let journal = Arc::clone(journal);
        appenders.spawn(async move {
            for round in 0..25_u128 {
                let request = events(number * 1000 + round, 2);
                journal.append(&stream(number), ANY, request).await.expect("the append is written");
            }
        });
    }
    while let Some(ended) = appenders.join_next().await {
        ended.expect("the appender ends");
    }
}

/// Follows the log from its beginning until `total` events have been seen.
async fn follow_until(journal: Arc<dyn Journal>, total: usize, limit: usize) -> Vec<RecordedEvent> {
    let mut changes = journal.changes();
    let mut seen: Vec<RecordedEvent> = Vec::new();
    while seen.len() < total {
        let after = seen.last().map_or(Position::BEFORE_FIRST, |last| last.position);
        let page = next_page(&*journal, &mut changes, after, limit).await.expect("the log is read");
        seen.extend(page.events);
    }
    seen
}
