//! Appending: expected versions, repeats, limits, atomicity.

use std::sync::Arc;

use super::{UnsteadyClock, event, events, exact, ids_in, ids_of, stream, versions, whole_log};
use crate::{
    AppendError, ExpectedVersion, Journal, Limit, NewEvent, Position, StreamVersion,
    limits::{APPEND_BYTES_MAX, EVENT_DATA_BYTES_MAX, EVENT_METADATA_BYTES_MAX, EVENTS_PER_APPEND_MAX},
};

const ANY: ExpectedVersion = ExpectedVersion::Any;
const NO_STREAM: ExpectedVersion = ExpectedVersion::NoStream;
const STREAM_EXISTS: ExpectedVersion = ExpectedVersion::StreamExists;

/// Asserts that an append was refused as a conflict, with this actual version.
#[track_caller]
fn assert_conflict<T: std::fmt::Debug>(
    result: Result<T, AppendError>,
    wanted: ExpectedVersion,
    found: Option<u64>,
) {
    match result {
        Err(AppendError::Conflict { expected, actual, .. }) => {
            assert_eq!((expected, actual), (wanted, found.map(StreamVersion::new)));
        }
        other => panic!("expected a conflict, got {other:?}"),
    }
}

/// An append without events is an error of its own.
pub async fn an_empty_append_is_refused(journal: Arc<dyn Journal>, _clock: Arc<UnsteadyClock>) {
    let result = journal.append(&stream(1), ANY, vec![]).await;
    assert!(matches!(result, Err(AppendError::Empty)), "{result:?}");
    assert_eq!(journal.head().await.expect("the head is read"), Position::BEFORE_FIRST);
}

/// `NoStream` is met by a stream without events, and by no other.
pub async fn expected_no_stream_holds_only_once(journal: Arc<dyn Journal>, _clock: Arc<UnsteadyClock>) {
    let first = journal.append(&stream(1), NO_STREAM, events(1, 2)).await.expect("the stream is new");
    assert_eq!((versions(first), first.repeated), ((0, 1), false));
    assert_conflict(journal.append(&stream(1), NO_STREAM, events(2, 1)).await, NO_STREAM, Some(1));
    assert_eq!(ids_in(&*journal, &stream(1)).await, ids_of(&events(1, 2)));
}

/// `Exact` is met by the version of the last event, and by no other.
pub async fn expected_exact_version_must_be_the_last_one(
    journal: Arc<dyn Journal>,
    _clock: Arc<UnsteadyClock>,
) {
    assert_conflict(journal.append(&stream(1), exact(0), events(1, 1)).await, exact(0), None);
    journal.append(&stream(1), NO_STREAM, events(1, 2)).await.expect("the stream is new");
    let next = journal.append(&stream(1), exact(1), events(2, 1)).await.expect("1 is the last version");
    assert_eq!(versions(next), (2, 2));
    for wrong in [0, 1, 3, u64::MAX] {
        assert_conflict(journal.append(&stream(1), exact(wrong), events(3, 1)).await, exact(wrong), Some(2));
    }
    assert_eq!(ids_in(&*journal, &stream(1)).await.len(), 3);
}

/// `StreamExists` is met by any stream with events.
pub async fn expected_stream_exists_needs_a_stream(journal: Arc<dyn Journal>, _clock: Arc<UnsteadyClock>) {
    assert_conflict(journal.append(&stream(1), STREAM_EXISTS, events(1, 1)).await, STREAM_EXISTS, None);
    journal.append(&stream(1), NO_STREAM, events(1, 1)).await.expect("the stream is new");
    let next = journal.append(&stream(1), STREAM_EXISTS, events(2, 1)).await.expect("the stream exists");
    assert_eq!(versions(next), (1, 1));
}

/// `Any` is met by a new stream and by an existing one.
pub async fn expected_any_always_holds(journal: Arc<dyn Journal>, _clock: Arc<UnsteadyClock>) {
    let first = journal.append(&stream(1), ANY, events(1, 1)).await.expect("any version will do");
    let next = journal.append(&stream(1), ANY, events(2, 2)).await.expect("any version will do");
    assert_eq!((versions(first), versions(next)), ((0, 0), (1, 2)));
    assert!(next.position > first.position);
}

/// The same events with the same expected version again: the first outcome, nothing written, even when the stream has
/// moved on since.
pub async fn a_repeated_append_gives_the_first_outcome(
    journal: Arc<dyn Journal>,
    _clock: Arc<UnsteadyClock>,
) {
    let first = journal.append(&stream(1), NO_STREAM, events(1, 3)).await.expect("the stream is new");
    let second = journal.append(&stream(1), exact(2), events(2, 2)).await.expect("2 is the last version");
    let head = journal.head().await.expect("the head is read");

    let mut again = journal.append(&stream(1), NO_STREAM, events(1, 3)).await.expect("it is a repeat");
    assert!(again.repeated);
    again.repeated = false;
    assert_eq!(again, first);

    let mut again = journal.append(&stream(1), exact(2), events(2, 2)).await.expect("it is a repeat");
    assert!(again.repeated);
    again.repeated = false;
    assert_eq!(again, second);

    // Known by its ids alone: another content changes nothing, and whoever did not read before learns that it is a repeat.
    let mut other = events(1, 3);
    for event in &mut other {
        event.data = b"{\"another\":true}".to_vec();
    }
    let mut again = journal.append(&stream(1), NO_STREAM, other).await.expect("it is a repeat");
    assert!(again.repeated);
    again.repeated = false;
    assert_eq!(again, first);
    let page = journal.read_stream(&stream(1), StreamVersion::FIRST, 1).await.expect("the stream is read");
    assert_eq!(page.events[0].data, events(1, 1)[0].data);

    assert_eq!(journal.head().await.expect("the head is read"), head);
    assert_eq!(ids_in(&*journal, &stream(1)).await.len(), 5);
}

/// Where only some of the events are there already, in number or in identity, the append conflicts.
pub async fn a_repeat_of_only_some_events_is_a_conflict(
    journal: Arc<dyn Journal>,
    _clock: Arc<UnsteadyClock>,
) {
    journal.append(&stream(1), NO_STREAM, events(1, 2)).await.expect("the stream is new");
    let one_more = events(1, 3);
    let one_other = vec![events(1, 1).remove(0), event(99)];
    let mut other_order = events(1, 2);
    other_order.reverse();
    for partial in [one_more, one_other, other_order] {
        assert_conflict(journal.append(&stream(1), NO_STREAM, partial).await, NO_STREAM, Some(1));
    }
    assert_eq!(ids_in(&*journal, &stream(1)).await, ids_of(&events(1, 2)));
}

/// One past each limit is refused with the name of that limit; the journal stays as it was.
pub async fn each_limit_is_refused_with_nothing_written(
    journal: Arc<dyn Journal>,
    _clock: Arc<UnsteadyClock>,
) {
    let over = |data: usize, metadata: usize| {
        let mut large = event(1);
        (large.data, large.metadata) = (vec![0; data], vec![0; metadata]);
        large
    };
    let in_total = |count: usize| {
        (0..count)
            .map(|_| over(EVENT_DATA_BYTES_MAX, 0))
            .enumerate()
            .map(|(index, large)| NewEvent { event_id: event(index as u128).event_id, ..large })
    };
    let too_many = EVENTS_PER_APPEND_MAX + 1;
    let too_many_large = APPEND_BYTES_MAX / EVENT_DATA_BYTES_MAX + 1;
    let cases = [
        (Limit::EventsPerAppend, too_many, events(1, too_many as u128)),
        (Limit::EventDataBytes, EVENT_DATA_BYTES_MAX + 1, vec![event(2), over(EVENT_DATA_BYTES_MAX + 1, 0)]),
        (
            Limit::EventMetadataBytes,
            EVENT_METADATA_BYTES_MAX + 1,
            vec![over(0, EVENT_METADATA_BYTES_MAX + 1)],
        ),
        (Limit::AppendBytes, too_many_large * EVENT_DATA_BYTES_MAX, in_total(too_many_large).collect()),
    ];
    for (limit, actual, request) in cases {
        match journal.append(&stream(1), ANY, request).await {
            Err(AppendError::Limit(exceeded)) => {
                assert_eq!((exceeded.limit, exceeded.actual), (limit, actual));
                assert_eq!(exceeded.maximum, limit.maximum());
            }
            other => panic!("expected {limit:?} to be refused, got {other:?}"),
        }
    }
    assert_eq!(whole_log(&*journal, 10).await, []);
    assert_eq!(ids_in(&*journal, &stream(1)).await.len(), 0);
}

/// The limits themselves are within what is allowed.
pub async fn largest_allowed_append_is_accepted(journal: Arc<dyn Journal>, _clock: Arc<UnsteadyClock>) {
    let count = EVENTS_PER_APPEND_MAX as u128;
    let appended = journal.append(&stream(1), ANY, events(1, count)).await.expect("the limit is allowed");
    assert_eq!(versions(appended), (0, 127));
    let mut large = event(1);
    large.data = vec![7; EVENT_DATA_BYTES_MAX];
    large.metadata = vec![9; EVENT_METADATA_BYTES_MAX];
    journal.append(&stream(2), ANY, vec![large.clone()]).await.expect("the limit is allowed");
    let page = journal.read_stream(&stream(2), StreamVersion::FIRST, 1).await.expect("the stream is read");
    assert_eq!((&page.events[0].data, &page.events[0].metadata), (&large.data, &large.metadata));
}

/// Several appends race for the same place with several events each: one is written whole, the others not at all.
pub async fn of_racing_appends_exactly_one_is_written_whole(
    journal: Arc<dyn Journal>,
    _clock: Arc<UnsteadyClock>,
) {
    for round in 0..10_u128 {
        let racers: Vec<_> = (1..=4_u128)
            .map(|racer| {
                let journal = Arc::clone(&journal);
                let request = events(round * 4 + racer, 3);
                let ids = ids_of(&request);
                tokio::spawn(async move { (ids, journal.append(&stream(round), NO_STREAM, request).await) })
            })
            .collect();
        let mut winners = Vec::new();
        for racer in racers {
            let (ids, result) = racer.await.expect("the racer ends");
            match result {
                Ok(appended) => {
                    assert_eq!(versions(appended), (0, 2));
                    winners.push(ids);
                }
                refused => assert_conflict(refused, NO_STREAM, Some(2)),
            }
        }
        assert_eq!(winners, [ids_in(&*journal, &stream(round)).await]);
    }
}
