//! Making, opening, closing and opening again.

use crate::common::{Place, append, at, clock, event, log, stream};
use candour_journal::{
    AppendError, ExpectedVersion, Fact, Journal, Position, ReadError, StoreId, Unavailable,
};
use candour_journal_sqlite::{OpenError, OpenOptions, SqliteJournal};
use uuid::Uuid;

#[tokio::test]
async fn opening_again_keeps_events_positions_and_identity() {
    let place = Place::new();
    let id = StoreId(Uuid::from_u128(42));
    let options = OpenOptions::new(clock(100)).synthetic(true).new_store_id(id);
    let journal = SqliteJournal::open(&place.file, &options).unwrap();
    append(&journal, 1, 1).await;
    append(&journal, 2, 2).await;
    let before = log(&journal).await;
    journal.close().await.unwrap();
    drop(journal);

    // The clock is behind what was recorded, and another id is asked for.
    let options = OpenOptions::new(clock(0)).synthetic(true).new_store_id(StoreId(Uuid::from_u128(43)));
    let journal = SqliteJournal::open(&place.file, &options).unwrap();
    assert_eq!((journal.store_id(), journal.epoch(), journal.is_synthetic()), (id, 0, true));
    assert_eq!(*journal.changes().borrow(), before[1].position);
    assert_eq!(log(&journal).await, before);
    let next = append(&journal, 1, 3).await;
    assert!(next.position > before[1].position);
    assert_eq!(next.recorded_at, at(100));
    let again = append(&journal, 1, 1).await;
    assert_eq!((again.repeated, again.position), (true, before[0].position));
}

#[tokio::test]
async fn a_second_writer_is_refused_until_the_first_has_closed() {
    let place = Place::new();
    let first = place.open();
    let refused = place.try_open().err().unwrap();
    assert!(matches!(refused, OpenError::AlreadyOpen { .. }), "{refused:?}");
    let text = refused.to_string();
    assert!(text.contains("journal.sqlite.lock") && text.contains("stop that process"), "{text}");
    append(&first, 1, 1).await;
    first.close().await.unwrap();
    let second = place.open();
    assert_eq!(log(&second).await.len(), 1);
    drop(second);
    place.open();
}

#[cfg(unix)]
#[tokio::test]
async fn a_second_writer_is_refused_through_a_link_too() {
    let place = Place::new();
    let _first = place.open();
    let link = place.file.with_file_name("link.sqlite");
    std::os::unix::fs::symlink(&place.file, &link).unwrap();
    let refused = crate::common::open_at(&link).err().unwrap();
    assert!(matches!(refused, OpenError::AlreadyOpen { .. }), "{refused:?}");
}

#[tokio::test]
async fn a_store_of_a_newer_schema_is_refused() {
    let place = Place::new();
    place.open();
    place.raw().execute_batch("PRAGMA user_version = 7").unwrap();
    let refused = place.try_open().err().unwrap();
    assert!(matches!(refused, OpenError::NewerSchema { found: 7, known: 2, .. }), "{refused:?}");
    assert!(refused.to_string().contains("use a newer program"), "{refused}");
}

#[tokio::test]
async fn a_file_of_something_else_is_refused_and_left_alone() {
    let place = Place::new();
    std::fs::create_dir_all(place.file.parent().unwrap()).unwrap();
    std::fs::write(&place.file, "reports of this week, and not a database at all\n".repeat(100)).unwrap();
    let before = std::fs::read(&place.file).unwrap();
    let refused = place.try_open().err().unwrap();
    assert!(matches!(refused, OpenError::NotAJournal { .. }), "{refused:?}");
    assert_eq!(std::fs::read(&place.file).unwrap(), before);

    std::fs::remove_file(&place.file).unwrap();
    place.raw().execute_batch("CREATE TABLE other (id INTEGER)").unwrap();
    let before = std::fs::read(&place.file).unwrap();
    let refused = place.try_open().err().unwrap();
    assert!(matches!(refused, OpenError::NotAJournal { .. }), "{refused:?}");
    assert_eq!(std::fs::read(&place.file).unwrap(), before);
}

#[tokio::test]
async fn a_synthetic_store_is_synthetic_for_ever() {
    let place = Place::new();
    place.open();
    let refused = SqliteJournal::open(&place.file, &OpenOptions::new(clock(0))).err().unwrap();
    assert!(matches!(refused, OpenError::Synthetic { is_synthetic: true, .. }), "{refused:?}");
    let real = Place::new();
    SqliteJournal::open(&real.file, &OpenOptions::new(clock(0))).unwrap();
    let refused = real.try_open().err().unwrap();
    assert!(matches!(refused, OpenError::Synthetic { is_synthetic: false, .. }), "{refused:?}");
    let changed = real.raw().execute("UPDATE store SET synthetic = 1", ());
    assert!(changed.unwrap_err().to_string().contains("a store keeps its identity"));
}

#[tokio::test]
async fn the_settings_that_durability_rests_on_are_in_the_file() {
    let place = Place::new();
    let journal = place.open();
    append(&journal, 1, 1).await;
    let raw = place.raw();
    let read = |pragma: &str| raw.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!((read("page_size"), read("application_id"), read("user_version")), (8192, 0x436e_6472, 2));
    let mode: String = raw.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

#[cfg(unix)]
#[tokio::test]
async fn folder_and_files_are_made_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;

    let place = Place::new();
    let journal = place.open();
    append(&journal, 1, 1).await;
    let folder = place.file.parent().unwrap();
    assert_eq!(std::fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().permissions().mode() & 0o777)
        })
        .collect();
    files.sort();
    let expected = ["journal.sqlite", "journal.sqlite-shm", "journal.sqlite-wal", "journal.sqlite.lock"];
    assert_eq!(files, expected.map(|name| (name.to_owned(), 0o600)));
}

#[tokio::test]
async fn closing_finishes_what_is_queued_empties_the_wal_and_refuses_the_rest() {
    let place = Place::new();
    let journal = place.open();
    let mut changes = journal.changes();
    // While another program holds the write lock, nothing can be answered.
    let raw = place.raw();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    let target = stream(1);
    let mut queued: Vec<_> =
        (0..20).map(|id| Box::pin(journal.append(&target, ExpectedVersion::Any, vec![event(id)]))).collect();
    crate::common::poll_each_once(&mut queued).await;
    raw.execute_batch("ROLLBACK").unwrap();
    drop(raw);
    journal.close().await.unwrap();
    for append in queued {
        append.await.unwrap();
    }
    assert!(!place.file.with_file_name("journal.sqlite-wal").exists());
    assert!(!journal.is_healthy());
    let late = journal.append(&stream(1), ExpectedVersion::Any, vec![event(99)]).await;
    assert!(matches!(late, Err(AppendError::Unavailable(Unavailable::ShuttingDown))), "{late:?}");
    let late = journal.read_all(Position::BEFORE_FIRST, 1).await;
    assert!(matches!(late, Err(ReadError::Unavailable(Unavailable::ShuttingDown))), "{late:?}");
    assert_eq!(changes.borrow_and_update().raw(), 20);
    assert!(changes.changed().await.is_err(), "followers are told that nothing more comes");
    journal.close().await.unwrap();
    assert_eq!(log(&place.open()).await.len(), 20);
}

#[tokio::test]
async fn a_store_of_schema_version_1_gets_the_table_of_facts_and_keeps_its_events() {
    let place = Place::new();
    let journal = place.open();
    append(&journal, 1, 1).await;
    let before = (journal.store_id(), log(&journal).await);
    journal.close().await.unwrap();
    drop(journal);
    place
        .raw()
        .execute_batch("DROP TABLE fact; UPDATE store SET schema_version = 1; PRAGMA user_version = 1")
        .unwrap();
    let journal = place.open();
    assert_eq!((journal.store_id(), log(&journal).await), before);
    assert_eq!(journal.settle(Fact::Keys, "keys").await.unwrap(), "keys");
    drop(journal);
    let journal = place.open();
    assert_eq!(journal.settled(Fact::Keys).await.unwrap().as_deref(), Some("keys"));
    drop(journal);
    // A fact that was settled is neither changed nor removed, whoever asks the file.
    for statement in ["UPDATE fact SET value = 'other'", "DELETE FROM fact"] {
        assert!(place.raw().execute_batch(statement).is_err(), "{statement}");
    }
}
