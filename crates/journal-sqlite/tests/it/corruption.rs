//! What was tampered with is refused or reported, never skipped.

use crate::common::{Place, append, event, stream};
use candour_journal::{
    AppendError, CorruptRecord, ExpectedVersion, Journal, Position, ReadError, RecordPlace, StreamVersion,
};
use candour_journal_sqlite::SqliteJournal;

/// A closed store of five events: versions 0 to 3 of stream 1 at positions 1, 2, 4 and 5, and stream 2 at 3.
async fn five_events() -> Place {
    let place = Place::new();
    let journal = place.open();
    for (stream, id) in [(1, 1), (1, 2), (2, 3), (1, 4), (1, 5)] {
        append(&journal, stream, id).await;
    }
    journal.close().await.unwrap();
    place
}

/// Changes the file behind the journal's back, past triggers and constraints.
fn tamper(place: &Place, sql: &str) {
    let raw = place.raw();
    raw.execute_batch(
        "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF;
         DROP TRIGGER event_is_never_changed; DROP TRIGGER event_is_never_deleted;
         DROP TRIGGER stream_is_never_renamed; DROP TRIGGER event_type_is_never_deleted;",
    )
    .unwrap();
    raw.execute_batch(sql).unwrap();
}

async fn corrupt_in_log(journal: &SqliteJournal) -> CorruptRecord {
    match journal.read_all(Position::BEFORE_FIRST, 100).await {
        Err(ReadError::Corrupt(corrupt)) => corrupt,
        other => panic!("expected a corrupt record, got {other:?}"),
    }
}

async fn corrupt_in_stream(journal: &SqliteJournal) -> CorruptRecord {
    match journal.read_stream(&stream(1), StreamVersion::FIRST, 100).await {
        Err(ReadError::Corrupt(corrupt)) => corrupt,
        other => panic!("expected a corrupt record, got {other:?}"),
    }
}

fn position(raw: u64) -> RecordPlace {
    RecordPlace::Position(Position::from_raw(raw))
}

fn version(number: u64) -> RecordPlace {
    RecordPlace::Stream { stream: stream(1), version: StreamVersion::new(number) }
}

#[tokio::test]
async fn each_damaged_field_is_reported_with_its_position() {
    let cases = [
        ("UPDATE event SET event_id = x'0102' WHERE position = 4", "its event id is not 16 bytes"),
        ("UPDATE event SET occurred_at = 9223372036854775807 WHERE position = 4", "its time of occurrence"),
        ("UPDATE event SET recorded_at = -9223372036854775807 WHERE position = 4", "its time of recording"),
        ("UPDATE event SET version = -1 WHERE position = 4", "its version is not"),
        ("UPDATE event SET stream_no = 77 WHERE position = 4", "its stream name is missing"),
        ("UPDATE event SET type_no = 77 WHERE position = 4", "its event type is missing"),
        (
            "INSERT INTO event_type VALUES (77, 'x'); UPDATE event SET type_no = 77 WHERE position = 4",
            "its event type is missing or not one",
        ),
        (
            "INSERT INTO stream VALUES (77, 'Mrs Smith', 2); UPDATE event SET stream_no = 77 WHERE position = 4",
            "its stream name is missing or not one",
        ),
    ];
    for (sql, reason) in cases {
        let place = five_events().await;
        tamper(&place, sql);
        let journal = place.open();
        let corrupt = corrupt_in_log(&journal).await;
        assert_eq!(corrupt.place, position(4), "after {sql}");
        assert!(corrupt.reason.starts_with(reason), "{corrupt} after {sql}");
        assert!(!corrupt.to_string().contains("Smith"));
        let before = journal.read_all(Position::BEFORE_FIRST, 3).await.unwrap();
        assert_eq!(before.events.len(), 3, "what lies before is still read, after {sql}");
    }
}

#[tokio::test]
async fn a_missing_event_is_reported_in_the_log_and_in_its_stream() {
    for (missing, in_stream) in [(1, 0), (4, 2), (5, 3)] {
        let place = five_events().await;
        tamper(&place, &format!("DELETE FROM event WHERE position = {missing}"));
        let journal = place.open();
        assert_eq!(corrupt_in_log(&journal).await.place, position(missing));
        assert_eq!(corrupt_in_stream(&journal).await.place, version(in_stream));
        let problems = journal.find_problems().await.unwrap();
        let stream_problem = format!("stream {} should hold 4 events and holds 3", stream(1));
        assert_eq!(problems, [format!("positions {missing} to {missing} are missing"), stream_problem]);
    }
}

#[tokio::test]
async fn an_event_moved_into_another_stream_is_reported() {
    let place = five_events().await;
    tamper(&place, "UPDATE event SET stream_no = 1, version = 4 WHERE position = 3");
    let journal = place.open();
    assert_eq!(corrupt_in_stream(&journal).await.place, position(3));
    let other = journal.read_stream(&stream(2), StreamVersion::FIRST, 10).await;
    assert!(matches!(other, Err(ReadError::Corrupt(_))), "{other:?}");
    // The stream's version says 3, so the next append finds its place taken.
    let refused = journal.append(&stream(1), ExpectedVersion::Any, vec![event(9)]).await;
    assert!(matches!(refused, Err(AppendError::Corrupt(_))), "{refused:?}");
    assert!(journal.is_healthy());
    append(&journal, 3, 10).await;
}

#[tokio::test]
async fn a_whole_store_has_no_problems() {
    let place = five_events().await;
    assert_eq!(place.open().find_problems().await.unwrap(), Vec::<String>::new());
    let empty = Place::new();
    assert_eq!(empty.open().find_problems().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn triggers_refuse_to_change_or_remove_what_was_recorded() {
    let place = five_events().await;
    let raw = place.raw();
    for (sql, reason) in [
        ("UPDATE event SET data = x'00' WHERE position = 1", "a recorded event is never changed"),
        ("DELETE FROM event WHERE position = 5", "a recorded event is never deleted"),
        ("UPDATE stream SET name = 'other'", "a stream is never renamed"),
        ("UPDATE stream SET version = version - 1", "the version of a stream only grows"),
        ("DELETE FROM stream", "a stream is never deleted"),
        ("UPDATE event_type SET name = 'Other.v1'", "an event type is never changed"),
        ("DELETE FROM event_type", "an event type is never deleted"),
        ("DELETE FROM store", "a store keeps its identity"),
    ] {
        let refused = raw.execute(sql, ()).unwrap_err().to_string();
        assert!(refused.contains(reason), "{sql}: {refused}");
    }
}
