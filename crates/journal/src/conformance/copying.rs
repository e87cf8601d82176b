//! What every engine into which a log can be copied promises.

use std::sync::Arc;

use uuid::Uuid;

use super::{UnsteadyClock, event, events, exact, ids_of, instant, stream, versions, whole_log};
use crate::{
    CopyError, Copying, ExpectedVersion, Journal as _, MemoryJournal, Position, RecordedEvent, StoreId,
    StreamVersion,
};

/// A log of two streams that take turns, recorded in the past by a clock that went back once.
fn recorded() -> Vec<RecordedEvent> {
    let turns: [(u128, u64, i64); 6] =
        [(1, 0, 10), (1, 1, 10), (2, 0, 20), (1, 2, 15), (2, 1, 15), (2, 2, 30)];
    turns
        .into_iter()
        .enumerate()
        .map(|(index, (number, version, at))| {
            let new = event(1000 + index as u128);
            RecordedEvent {
                position: Position::from_raw(7 * (index as u64 + 1)),
                stream: stream(number),
                version: StreamVersion::new(version),
                event_id: new.event_id,
                event_type: new.event_type,
                occurred_at: instant(-5),
                recorded_at: instant(at),
                metadata: new.metadata,
                data: new.data,
            }
        })
        .collect()
}

/// Everything but the position.
fn without_positions(log: Vec<RecordedEvent>) -> Vec<RecordedEvent> {
    log.into_iter().map(|event| RecordedEvent { position: Position::BEFORE_FIRST, ..event }).collect()
}

/// Order, versions, ids, both instants and contents stay; a clock that went back stays visible.
pub async fn a_copied_log_is_the_same_but_for_its_positions(
    journal: Arc<dyn Copying>,
    clock: Arc<UnsteadyClock>,
) {
    clock.set(instant(99));
    let mut left = recorded();
    let rest = left.split_off(3);
    journal.copy(left).await.expect("the first part is copied");
    journal.copy(rest).await.expect("the rest is copied");
    assert_eq!(without_positions(whole_log(&*journal, 4).await), without_positions(recorded()));
}

/// An event that leaves one out, comes again, or begins in the middle is refused.
pub async fn an_event_out_of_place_is_not_copied(journal: Arc<dyn Copying>, _clock: Arc<UnsteadyClock>) {
    let log = recorded();
    journal.copy(log[..2].to_vec()).await.expect("the first part is copied");
    for index in [0, 1, 4, 5] {
        let refused = journal.copy(vec![log[index].clone()]).await;
        assert!(matches!(refused, Err(CopyError::OutOfPlace { .. })), "{index}: {refused:?}");
    }
    assert_eq!(whole_log(&*journal, 10).await.len(), 2);
}

/// What is appended after a copy follows it in position, version and time.
pub async fn a_copy_is_carried_on_by_appends(journal: Arc<dyn Copying>, clock: Arc<UnsteadyClock>) {
    clock.set(instant(5));
    journal.copy(recorded()).await.expect("the log is copied");
    let before = whole_log(&*journal, 10).await;
    let appended = journal.append(&stream(1), exact(2), events(5, 1)).await.expect("an append is written");
    assert_eq!(versions(appended), (3, 3));
    assert!(appended.position > before[5].position);
    assert!(appended.recorded_at >= instant(30), "{}", appended.recorded_at);
    let again = journal.append(&stream(1), exact(2), events(5, 1)).await.expect("a repeat is answered");
    assert_eq!((again.repeated, again.position), (true, appended.position));
    // A repeat of a command that was answered by the store that was copied is recognised too.
    let first = vec![event(1000), event(1001)];
    assert_eq!(ids_of(&first), [before[0].event_id, before[1].event_id]);
    let repeated = journal.append(&stream(1), ExpectedVersion::NoStream, first).await;
    assert!(repeated.expect("a repeat is answered").repeated);
}

/// The reference is a journal like any other; its log can be the source of a copy.
pub async fn what_one_engine_recorded_another_takes_over(
    journal: Arc<dyn Copying>,
    clock: Arc<UnsteadyClock>,
) {
    let source = MemoryJournal::new(StoreId(Uuid::from_u128(77)), clock);
    for number in 0..5 {
        let new = events(number, number + 1);
        source.append(&stream(number % 2), ExpectedVersion::Any, new).await.expect("an append is written");
    }
    let log = whole_log(&source, 10).await;
    journal.copy(log.clone()).await.expect("the log is copied");
    assert_eq!(without_positions(whole_log(&*journal, 3).await), without_positions(log));
}
