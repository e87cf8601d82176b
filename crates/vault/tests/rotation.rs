//! A change of the master key on real files: everything sealed opens afterwards, what was erased stays erased, the log's
//! facts hold, and a run that is cut off anywhere leaves a key file that opens the keys and can be run again.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests stand outside a test function")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use candour_vault::limits::POOL_KEYS;
use candour_vault::rotation::{RotationError, install, rewrap};
use candour_vault::{
    AssociatedData, Erasure, FileVault, OpenError, Opened, SealError, SubjectId, Vault, VaultPaths,
};
use jiff::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;
use uuid::Uuid;

const ALICE: SubjectId = SubjectId::new(Uuid::from_u128(1));
const BOB: SubjectId = SubjectId::new(Uuid::from_u128(2));
const CAROL: SubjectId = SubjectId::new(Uuid::from_u128(3));

fn cell() -> AssociatedData {
    AssociatedData::new("candour.incident-1", Uuid::from_u128(7), "affected_persons[0].name")
}

fn known(text: &str) -> Opened {
    Opened::Known(text.as_bytes().to_vec().into())
}

fn at() -> Timestamp {
    "2026-11-22T09:00:00Z".parse().unwrap()
}

fn paths(folder: &TempDir) -> VaultPaths {
    VaultPaths::in_folder(folder.path())
}

fn vault(folder: &TempDir) -> FileVault {
    FileVault::open(&paths(folder)).unwrap()
}

fn rotate(folder: &TempDir) {
    rewrap(&paths(folder), at()).unwrap();
    install(&paths(folder)).unwrap();
}

/// A vault in which Alice and Bob have a field and Bob was erased, and the two fields as they are in the log.
fn folder_with_fields() -> (TempDir, [String; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let vault = vault(&folder);
    let fields = [(ALICE, "Alice"), (BOB, "Bob")]
        .map(|(subject, name)| vault.seal(subject, &cell(), name.as_bytes()).unwrap().to_text());
    let erasure = Erasure {
        reason: "end of retention".to_owned(),
        authority: "records manager, decision 12".to_owned(),
        at: at(),
    };
    vault.erase(BOB, &[], &erasure).unwrap();
    (folder, fields)
}

fn copy_of(folder: &TempDir) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    copy
}

fn put(from: &TempDir, name: &str, to: &TempDir, as_name: &str) {
    fs::copy(from.path().join(name), to.path().join(as_name)).unwrap();
}

fn names(folder: &TempDir) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("vault.key"))
        .collect();
    names.sort();
    names
}

fn wrapped_keys(folder: &TempDir) -> Vec<(i64, Vec<u8>)> {
    let database = Connection::open(folder.path().join("keys.sqlite")).unwrap();
    let mut statement =
        database.prepare("SELECT key_number, wrapped FROM data_key ORDER BY key_number").unwrap();
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

fn holds(folder: &TempDir, fields: &[String; 2]) {
    let vault = vault(folder);
    assert_eq!(vault.open_text(&cell(), &fields[0]), known("Alice"));
    assert_eq!(vault.open_text(&cell(), &fields[1]), Opened::Erased);
    assert_eq!(
        vault.seal(BOB, &cell(), b"Bob"),
        Err(SealError::SubjectErased { subject: BOB }),
        "erased for ever"
    );
    let again = vault.seal(ALICE, &cell(), b"Alice, again").unwrap();
    assert_eq!(vault.open(&cell(), &again), known("Alice, again"));
}

#[test]
fn after_a_change_every_field_opens_erased_ones_stay_erased_and_the_vault_is_the_same_to_the_log() {
    let (folder, fields) = folder_with_fields();
    let (keys_id, digest) = {
        let vault = vault(&folder);
        (vault.keys_id(), vault.authenticate("request", b"content"))
    };
    let before = wrapped_keys(&folder);

    let rewrapped = rewrap(&paths(&folder), at()).unwrap();
    assert_eq!(rewrapped.keys, Some(before.len() as u64 - 1), "all but the destroyed one");
    let installed = install(&paths(&folder)).unwrap();
    assert_eq!(installed.fingerprint, rewrapped.fingerprint);
    let old = keys_id.first_master_key;
    assert_eq!(names(&folder), ["vault.key".to_owned(), format!("vault.key.retired-{old}")]);
    for name in names(&folder) {
        let mode = fs::metadata(folder.path().join(&name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }

    holds(&folder, &fields);
    let vault = vault(&folder);
    assert_eq!(vault.keys_id(), keys_id, "the log's fact holds");
    assert_eq!(vault.authenticate("request", b"content"), digest, "a retry is recognised");
}

#[test]
fn a_master_key_may_be_changed_again_and_again() {
    let (folder, fields) = folder_with_fields();
    let keys_id = vault(&folder).keys_id();
    let digest = vault(&folder).authenticate("receipt-code", b"content");
    for _ in 0..3 {
        rotate(&folder);
        holds(&folder, &fields);
    }
    assert_eq!(names(&folder).len(), 4, "the one in use and three retired");
    assert_eq!(vault(&folder).keys_id(), keys_id);
    assert_eq!(vault(&folder).authenticate("receipt-code", b"content"), digest);
    let carol = vault(&folder).seal(CAROL, &cell(), b"Carol").unwrap();
    rotate(&folder);
    assert_eq!(vault(&folder).open(&cell(), &carol), known("Carol"));
}

#[test]
fn nothing_of_the_old_wrapping_stays_in_the_key_database_and_destroyed_keys_stay_zero() {
    let (folder, _) = folder_with_fields();
    let before = wrapped_keys(&folder);
    let zero = vec![0; 60];
    assert_eq!(before.iter().filter(|(_, wrapped)| *wrapped == zero).count(), 1);
    rotate(&folder);
    let after = wrapped_keys(&folder);
    assert_eq!(after.len(), before.len());
    let files: Vec<u8> = ["keys.sqlite", "keys.sqlite-wal"]
        .iter()
        .flat_map(|name| fs::read(folder.path().join(name)).unwrap_or_default())
        .collect();
    for ((number, old), (same_number, new)) in before.iter().zip(&after) {
        assert_eq!(number, same_number);
        if *old == zero {
            assert_eq!(*new, zero);
        } else {
            assert_ne!(old, new);
            assert!(!files.windows(60).any(|window| window == old.as_slice()), "key {number}");
        }
    }
}

#[test]
fn the_old_key_file_is_refused_with_a_clear_word_and_opens_what_was_copied_before() {
    let (folder, fields) = folder_with_fields();
    let before = copy_of(&folder);
    rotate(&folder);
    let new_key = fs::read(folder.path().join("vault.key")).unwrap();
    put(&before, "vault.key", &folder, "vault.key");
    let refusal = FileVault::open(&paths(&folder)).unwrap_err();
    assert!(matches!(refusal, OpenError::RetiredKeyFile { .. }), "{refusal}");
    let text = refusal.to_string();
    assert!(text.contains("was retired at 2026-11-22T09:00:00Z"), "{text}");
    assert!(text.contains("use the key file of after the change"), "{text}");
    let refused = rewrap(&paths(&folder), at()).unwrap_err();
    assert!(refused.to_string().contains("was retired at"), "{refused}");

    holds(&before, &fields);
    fs::write(before.path().join("vault.key"), new_key).unwrap();
    let refusal = FileVault::open(&paths(&before)).unwrap_err();
    assert!(
        matches!(refusal, OpenError::WrongKeyFile { .. }),
        "the new key does not open an old copy: {refusal}"
    );
}

/// What a kill leaves, step by step, made from the files of before and after: in each state one of the two key files opens
/// the keys, and a run to the end leaves one that does, in its place.
#[test]
fn cut_off_at_any_step_one_key_file_opens_the_keys_and_the_change_can_be_run_again() {
    let (before, fields) = folder_with_fields();
    let keys_id = vault(&before).keys_id();
    let after = copy_of(&before);
    rewrap(&paths(&after), at()).unwrap();
    let retired = format!("vault.key.retired-{}", keys_id.first_master_key);

    // The new key file is half written; then whole, and the database does not name it yet.
    let half_written = copy_of(&before);
    put(&after, "vault.key.next", &half_written, "vault.key.next.unfinished");
    let before_rewrapping = copy_of(&before);
    put(&after, "vault.key.next", &before_rewrapping, "vault.key.next");
    // In the middle of the transaction: slots overwritten in the write-ahead log, without a commit.
    let in_the_transaction = copy_of(&before_rewrapping);
    {
        let live = copy_of(&before);
        let database = Connection::open(live.path().join("keys.sqlite")).unwrap();
        database
            .execute_batch(
                "PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = 1; BEGIN IMMEDIATE;
                 UPDATE data_key SET wrapped = randomblob(60);
                 UPDATE vault SET fingerprint = x'0000000000000000';",
            )
            .unwrap();
        assert!(fs::metadata(live.path().join("keys.sqlite-wal")).unwrap().len() > 0, "pages were spilled");
        for name in ["keys.sqlite", "keys.sqlite-wal"] {
            put(&live, name, &in_the_transaction, name);
        }
    }
    for state in [&half_written, &before_rewrapping, &in_the_transaction] {
        holds(state, &fields);
        rotate(state);
        holds(state, &fields);
        assert_eq!(names(state), ["vault.key".to_owned(), retired.clone()]);
    }

    // The database names the new key; then the old file has its second name already.
    let after_rewrapping = copy_of(&after);
    let before_renaming = copy_of(&after);
    put(&before_renaming, "vault.key", &before_renaming, &retired);
    for state in [&after_rewrapping, &before_renaming] {
        let refusal = FileVault::open(&paths(state)).unwrap_err();
        assert!(matches!(refusal, OpenError::RotationUnfinished { .. }), "{refusal}");
        let text = refusal.to_string();
        assert!(text.contains("run `candour keys rotate` again"), "{text}");
        let new = FileVault::open(&paths(state).with_next_key_file()).unwrap();
        assert_eq!(new.open_text(&cell(), &fields[0]), known("Alice"));
        drop(new);
        assert_eq!(rewrap(&paths(state), at()).unwrap().keys, None, "that is done already");
        install(&paths(state)).unwrap();
        holds(state, &fields);
        assert_eq!(vault(state).keys_id(), keys_id);
        assert_eq!(names(state), ["vault.key".to_owned(), retired.clone()]);
    }
}

#[test]
fn a_damaged_key_stops_the_change_before_anything_is_changed() {
    let (folder, fields) = folder_with_fields();
    let key = candour_vault::Sealed::parse(&fields[0]).unwrap().key();
    let untouched = fs::read(folder.path().join("vault.key")).unwrap();
    let database = Connection::open(folder.path().join("keys.sqlite")).unwrap();
    let number = key.as_u64().cast_signed();
    let good: Vec<u8> = database
        .query_row("SELECT wrapped FROM data_key WHERE key_number = ?1", [number], |row| row.get(0))
        .unwrap();
    let set = |wrapped: &[u8]| {
        database
            .execute(
                "UPDATE data_key SET wrapped = ?2 WHERE key_number = ?1",
                rusqlite::params![number, wrapped],
            )
            .unwrap()
    };
    set(&[1; 60]);
    let before = wrapped_keys(&folder);
    let refused = rewrap(&paths(&folder), at()).unwrap_err();
    assert!(matches!(refused, RotationError::KeyDamaged { key: named } if named == key), "{refused}");
    assert_eq!(wrapped_keys(&folder), before);
    assert_eq!(fs::read(folder.path().join("vault.key")).unwrap(), untouched);
    assert_eq!(names(&folder), ["vault.key"]);
    assert!(matches!(install(&paths(&folder)), Err(RotationError::Open(_))), "nothing to put in place");
    set(&good);
    drop(database);
    holds(&folder, &fields);
}

/// A disk that fails in the middle of the transaction: the new key file is whole by then, the database as it was.
#[test]
fn the_new_key_file_is_whole_before_the_first_key_is_overwritten() {
    let (folder, fields) = folder_with_fields();
    let before = wrapped_keys(&folder);
    let database = Connection::open(folder.path().join("keys.sqlite")).unwrap();
    database
        .execute_batch(
            "CREATE TRIGGER stop BEFORE UPDATE ON vault BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
        )
        .unwrap();
    let refused = rewrap(&paths(&folder), at()).unwrap_err();
    assert!(refused.to_string().contains("the disk is full"), "{refused}");
    assert_eq!(names(&folder), ["vault.key", "vault.key.next"]);
    let next = fs::read_to_string(folder.path().join("vault.key.next")).unwrap();
    assert_eq!((next.lines().count(), next.len()), (3, 90), "a whole key file");
    assert_eq!(wrapped_keys(&folder), before);
    assert!(matches!(install(&paths(&folder)), Err(RotationError::NotRewrapped { .. })));
    holds(&folder, &fields);
    database.execute_batch("DROP TRIGGER stop").unwrap();
    drop(database);
    rotate(&folder);
    holds(&folder, &fields);
    assert_ne!(fs::read_to_string(folder.path().join("vault.key")).unwrap(), next, "a fresh one was made");
}

#[test]
fn while_a_server_or_a_reader_has_the_keys_the_change_waits_or_is_refused() {
    let (folder, fields) = folder_with_fields();
    let server = vault(&folder);
    let refused = rewrap(&paths(&folder), at()).unwrap_err();
    assert!(refused.to_string().contains("is open in another server"), "{refused}");
    drop(server);

    let reader = Connection::open(folder.path().join("keys.sqlite")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM data_key;").unwrap();
    let refused = rewrap(&paths(&folder), at()).unwrap_err();
    assert!(matches!(refused, RotationError::CopyRemains), "{refused}");
    drop(reader);
    rotate(&folder);
    holds(&folder, &fields);
}

#[test]
fn another_file_under_the_name_of_the_retired_key_is_not_overwritten() {
    let (folder, _) = folder_with_fields();
    let keys_id = vault(&folder).keys_id();
    let taken = paths(&folder).retired_key_file(keys_id.first_master_key);
    fs::write(&taken, "something else").unwrap();
    rewrap(&paths(&folder), at()).unwrap();
    let refused = install(&paths(&folder)).unwrap_err();
    assert!(matches!(refused, RotationError::RetiredNameTaken { .. }), "{refused}");
    assert_eq!(fs::read_to_string(&taken).unwrap(), "something else");
    fs::remove_file(&taken).unwrap();
    install(&paths(&folder)).unwrap();
}

#[test]
fn where_there_is_no_vault_none_is_made_and_a_large_one_is_changed_whole() {
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(rewrap(&paths(&empty), at()), Err(RotationError::Open(_))));
    assert!(fs::read_dir(empty.path()).unwrap().next().is_none(), "nothing was made");

    let folder = tempfile::tempdir().unwrap();
    let subjects = 9 * POOL_KEYS as u128;
    let large = vault(&folder);
    let sealed: Vec<_> = (0..subjects)
        .map(|n| large.seal(SubjectId::new(Uuid::from_u128(1_000 + n)), &cell(), &n.to_be_bytes()).unwrap())
        .collect();
    drop(large);
    rotate(&folder);
    let large = vault(&folder);
    for (n, sealed) in (0..subjects).zip(&sealed) {
        assert_eq!(large.open(&cell(), sealed), Opened::Known(n.to_be_bytes().to_vec().into()));
    }
    assert!(Path::new(&paths(&folder).key_file).exists());
}
