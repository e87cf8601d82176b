//! What an engine that owns its store promises beyond the others: event ids unique for ever, repeats known without a
//! version, `recorded_at` from the injected clock.

use std::sync::Arc;

use super::{UnsteadyClock, event, events, exact, ids_in, ids_of, instant, stream, versions, whole_log};
use crate::{
    AppendError, ExpectedVersion, Journal, NewEvent, Position, StreamVersion,
    limits::{APPEND_BYTES_MAX, EVENT_DATA_BYTES_MAX, PAGE_BYTES_MAX},
};

const ANY: ExpectedVersion = ExpectedVersion::Any;

/// An event id that exists in another stream, earlier in the same one, or twice in the request is refused, and none of
/// the request is written.
pub async fn an_event_id_is_used_once_in_the_store(journal: Arc<dyn Journal>, _clock: Arc<UnsteadyClock>) {
    journal.append(&stream(1), ANY, events(1, 2)).await.expect("the append is written");
    journal.append(&stream(2), ANY, events(2, 2)).await.expect("the append is written");
    let used = events(1, 2).remove(1);
    let cases = [
        (stream(2), exact(1), vec![event(10), used.clone(), event(11)]),
        (stream(2), ANY, vec![used.clone()]),
        (stream(2), ANY, vec![event(10), used.clone()]),
        (stream(3), ExpectedVersion::NoStream, vec![event(10), used.clone()]),
        (stream(1), exact(1), vec![event(10), used.clone()]),
        (stream(1), ANY, vec![used.clone(), event(10)]),
        (stream(4), ANY, vec![used.clone(), used.clone()]),
    ];
    for (stream, expected, request) in cases {
        match journal.append(&stream, expected, request).await {
            Err(AppendError::DuplicateEventId { event_id }) => assert_eq!(event_id, used.event_id),
            other => panic!("expected the id to be refused in {stream} at {expected}, got {other:?}"),
        }
    }
    assert_eq!(whole_log(&*journal, 10).await.len(), 4);
    assert_eq!(ids_in(&*journal, &stream(3)).await.len(), 0);
}

/// After refusals of every kind the log goes on without a gap in versions, and the refused ids are free.
pub async fn a_refused_append_leaves_no_trace(journal: Arc<dyn Journal>, _clock: Arc<UnsteadyClock>) {
    journal.append(&stream(1), ANY, events(1, 1)).await.expect("the append is written");
    let used = events(1, 1).remove(0);
    let mut request = events(2, 3);
    let mut with_used = request.clone();
    with_used.push(used);
    assert!(journal.append(&stream(1), exact(0), with_used.clone()).await.is_err());
    assert!(journal.append(&stream(2), ANY, with_used).await.is_err());
    assert!(journal.append(&stream(1), exact(7), request.clone()).await.is_err());
    let appended = journal.append(&stream(1), exact(0), request.clone()).await.expect("the ids are free");
    assert_eq!((versions(appended), appended.repeated), ((1, 3), false));
    request.insert(0, events(1, 1).remove(0));
    let log = whole_log(&*journal, 2).await;
    assert_eq!(log.iter().map(|event| event.event_id).collect::<Vec<_>>(), ids_of(&request));
}

/// `Any` and `StreamExists` name no place, so a repeat is known by its ids alone.
pub async fn a_repeat_without_a_version_gives_the_first_outcome(
    journal: Arc<dyn Journal>,
    _clock: Arc<UnsteadyClock>,
) {
    journal.append(&stream(1), ANY, events(1, 1)).await.expect("the append is written");
    let first = journal.append(&stream(1), ANY, events(2, 2)).await.expect("the append is written");
    journal.append(&stream(1), ANY, events(3, 1)).await.expect("the append is written");
    for expected in [ANY, ExpectedVersion::StreamExists] {
        let mut again = journal.append(&stream(1), expected, events(2, 2)).await.expect("it is a repeat");
        assert!(again.repeated);
        again.repeated = false;
        assert_eq!(again, first);
    }
    assert_eq!(ids_in(&*journal, &stream(1)).await.len(), 4);
}

/// `recorded_at` is the journal's clock, the same for one append, and stands still while the clock is behind.
pub async fn recorded_at_never_decreases(journal: Arc<dyn Journal>, clock: Arc<UnsteadyClock>) {
    for (round, now) in [100, 50, 90, 100, 101, -5].into_iter().enumerate() {
        clock.set(instant(now));
        let appended = journal
            .append(&stream(round as u128), ANY, events(round as u128, 2))
            .await
            .expect("it is written");
        let expected = [100, 100, 100, 100, 101, 101][round];
        assert_eq!(appended.recorded_at, instant(expected), "round {round}");
    }
    let recorded: Vec<_> = whole_log(&*journal, 5).await.iter().map(|event| event.recorded_at).collect();
    let expected = [100, 100, 100, 100, 100, 100, 100, 100, 101, 101, 101, 101].map(instant);
    assert_eq!(recorded, expected);
    let again = journal.append(&stream(0), ANY, events(0, 2)).await.expect("it is a repeat");
    assert_eq!((again.repeated, again.recorded_at), (true, instant(100)));
}

/// Large events end a page before its limit in events; reading on gives the rest.
pub async fn a_page_ends_at_its_byte_limit(journal: Arc<dyn Journal>, _clock: Arc<UnsteadyClock>) {
    let per_append = APPEND_BYTES_MAX / EVENT_DATA_BYTES_MAX;
    let appends = PAGE_BYTES_MAX / (per_append * EVENT_DATA_BYTES_MAX) + 1;
    for round in 0..appends {
        let large = events(round as u128, per_append as u128)
            .into_iter()
            .map(|small| NewEvent { metadata: vec![], data: vec![1; EVENT_DATA_BYTES_MAX], ..small })
            .collect();
        journal.append(&stream(1), ANY, large).await.expect("the append is written");
    }
    let total = appends * per_append;
    let in_page = PAGE_BYTES_MAX / EVENT_DATA_BYTES_MAX;
    assert!(in_page < total);
    let all = journal.read_all(Position::BEFORE_FIRST, 1000).await.expect("the log is read");
    assert_eq!(all.events.len(), in_page);
    assert!(!all.reached_head(Position::BEFORE_FIRST));
    let page = journal.read_stream(&stream(1), StreamVersion::FIRST, 1000).await.expect("the stream is read");
    assert_eq!((page.events.len(), page.reached_end), (in_page, false));
    assert_eq!(whole_log(&*journal, 1000).await.len(), total);
    assert_eq!(ids_in(&*journal, &stream(1)).await.len(), total);
}
