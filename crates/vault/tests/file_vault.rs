//! The file vault on real files.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests stand outside a test function")]

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::Path;

use candour_vault::limits::{ERASURE_TEXT_BYTES_MAX, KEYS_FOUND_IN_LOG_MAX, POOL_KEYS};
use candour_vault::{
    AssociatedData, EraseError, Erased, Erasure, ErasureText, FileVault, KeyFileError, KeyNumber, OpenError,
    Opened, SealError, Sealed, SubjectId, UnreadableReason, Vault, VaultPaths,
};
use jiff::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;
use uuid::Uuid;

const ALICE: SubjectId = SubjectId::new(Uuid::from_u128(1));
const BOB: SubjectId = SubjectId::new(Uuid::from_u128(2));

fn cell() -> AssociatedData {
    AssociatedData::new("candour.incident-1", Uuid::from_u128(7), "affected_persons[0].name")
}

fn nth(number: u32) -> SubjectId {
    SubjectId::new(Uuid::from_u128(1_000 + u128::from(number)))
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn vault_in(folder: &Path) -> FileVault {
    FileVault::open(&VaultPaths::in_folder(folder)).unwrap()
}

fn refusal_in(folder: &Path) -> OpenError {
    FileVault::open(&VaultPaths::in_folder(folder)).unwrap_err()
}

fn raw(folder: &Path) -> Connection {
    Connection::open(folder.join("keys.sqlite")).unwrap()
}

fn known(text: &str) -> Opened {
    Opened::Known(text.as_bytes().to_vec().into())
}

fn unreadable(reason: UnreadableReason) -> Opened {
    Opened::Unreadable(reason)
}

fn erasure() -> Erasure {
    Erasure {
        reason: "end of retention".to_owned(),
        authority: "records manager, decision 12".to_owned(),
        at: Timestamp::from_second(1_800_000_000).unwrap(),
    }
}

/// What a killed server leaves: its files as they are at this moment, without any closing.
fn as_killed(folder: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for name in ["vault.key", "keys.sqlite", "keys.sqlite-wal"] {
        fs::copy(folder.join(name), copy.path().join(name)).unwrap();
    }
    copy
}

/// Waits until the notes of so many keys are written.
fn await_notes(folder: &Path, count: i64) {
    let database = raw(folder);
    let written = || database.query_row("SELECT count(*) FROM assignment", [], |row| row.get::<_, i64>(0));
    while written().unwrap() < count {
        std::thread::yield_now();
    }
}

/// What a power cut may take: the note of whose key it is.
fn lose_assignment(folder: &Path, key: KeyNumber) {
    let lost = raw(folder)
        .execute("DELETE FROM assignment WHERE key_number = ?1", [key.as_u64().cast_signed()])
        .unwrap();
    assert_eq!(lost, 1);
}

fn wrapped(database: &Connection, key: KeyNumber) -> Vec<u8> {
    database
        .query_row(
            "SELECT wrapped FROM data_key WHERE key_number = ?1",
            [key.as_u64().cast_signed()],
            |row| row.get(0),
        )
        .unwrap()
}

/// The subject is bytes 8 to 24 of the value, so character 28 of the text lies within it.
fn with_other_subject(text: &str) -> String {
    let mut forged = text.to_owned();
    forged.replace_range(28..29, if &text[28..29] == "A" { "B" } else { "A" });
    forged
}

fn files_hold(folder: &Path, needle: &[u8]) -> bool {
    fs::read_dir(folder)
        .unwrap()
        .map(|file| fs::read(file.unwrap().path()).unwrap())
        .any(|bytes| bytes.windows(needle.len()).any(|window| window == needle))
}

#[test]
fn a_sealed_field_opens_in_its_cell_and_after_the_vault_is_opened_again() {
    let folder = folder();
    let vault = vault_in(folder.path());
    let text = vault.seal(ALICE, &cell(), b"Alice").unwrap().to_text();
    assert_eq!(vault.open_text(&cell(), &text), known("Alice"));
    let empty = vault.seal(ALICE, &cell(), b"").unwrap();
    assert_eq!(empty.key(), Sealed::parse(&text).unwrap().key(), "one key per subject");
    let keys_id = vault.keys_id();
    drop(vault);

    let vault = vault_in(folder.path());
    assert_eq!(vault.open_text(&cell(), &text), known("Alice"));
    assert_eq!(vault.open(&cell(), &empty), known(""));
    assert_eq!(vault.keys_id(), keys_id);
    assert_eq!(vault.seal(ALICE, &cell(), b"again").unwrap().key(), empty.key());
    assert!(vault.is_healthy());
}

#[test]
fn a_value_moved_to_another_cell_is_unreadable() {
    let vault = FileVault::in_memory().unwrap();
    let sealed = vault.seal(ALICE, &cell(), b"Alice").unwrap();
    for (stream, event, field) in [
        ("candour.incident-2", 7, "affected_persons[0].name"),
        ("candour.incident-1", 8, "affected_persons[0].name"),
        ("candour.incident-1", 7, "affected_persons[1].name"),
    ] {
        let elsewhere = AssociatedData::new(stream, Uuid::from_u128(event), field);
        assert_eq!(vault.open(&elsewhere, &sealed), unreadable(UnreadableReason::NotAuthentic));
    }
}

#[test]
fn a_value_that_claims_another_subject_is_unreadable() {
    let folder = folder();
    let vault = vault_in(folder.path());
    let text = vault.seal(ALICE, &cell(), b"Alice").unwrap().to_text();
    vault.seal(BOB, &cell(), b"Bob").unwrap();
    let forged = with_other_subject(&text);
    let expected = unreadable(UnreadableReason::KeyOfAnotherSubject);
    assert_eq!(vault.open_text(&cell(), &forged), expected, "from the cache");
    drop(vault);
    assert_eq!(vault_in(folder.path()).open_text(&cell(), &forged), expected, "from the database");
}

#[test]
fn an_erased_subject_is_erased_for_ever_and_others_are_untouched() {
    let folder = folder();
    let vault = vault_in(folder.path());
    let alice = vault.seal(ALICE, &cell(), b"Alice").unwrap();
    let bob = vault.seal(BOB, &cell(), b"Bob").unwrap();
    let first = Erased { keys_destroyed: vec![alice.key()], at: erasure().at, repeated: false };
    assert_eq!(vault.erase(ALICE, &[alice.key()], &erasure()), Ok(first.clone()));

    let later = Erasure { at: Timestamp::from_second(1_900_000_000).unwrap(), ..erasure() };
    assert_eq!(vault.erase(ALICE, &[], &later), Ok(Erased { repeated: true, ..first }));
    let copy = as_killed(folder.path());
    for vault in [vault, vault_in(copy.path())] {
        assert_eq!(vault.open(&cell(), &alice), Opened::Erased);
        assert_eq!(vault.open(&cell(), &bob), known("Bob"));
        assert_eq!(vault.seal(ALICE, &cell(), b"x"), Err(SealError::SubjectErased { subject: ALICE }));
        vault.seal(BOB, &cell(), b"x").unwrap();
    }
}

#[test]
fn a_subject_never_sealed_for_can_be_erased_and_is_then_refused() {
    let vault = FileVault::in_memory().unwrap();
    let done = vault.erase(ALICE, &[], &erasure()).unwrap();
    assert_eq!(done, Erased { keys_destroyed: vec![], at: erasure().at, repeated: false });
    assert_eq!(vault.seal(ALICE, &cell(), b"x"), Err(SealError::SubjectErased { subject: ALICE }));
}

#[test]
fn no_byte_of_a_destroyed_key_stays_in_any_file() {
    let folder = folder();
    let vault = vault_in(folder.path());
    // Enough for several pages and pools, so that neighbours share pages with what is destroyed.
    let sealed: Vec<_> = (0..600).map(|n| vault.seal(nth(n), &cell(), b"name").unwrap()).collect();
    let database = raw(folder.path());
    let keys: Vec<_> = sealed.iter().map(|value| wrapped(&database, value.key())).collect();
    drop(database);
    let erased: BTreeSet<usize> = (0..600).step_by(7).collect();
    for &n in &erased {
        assert!(files_hold(folder.path(), &keys[n]), "the search finds a key that is there");
        vault.erase(sealed[n].subject(), &[], &erasure()).unwrap();
    }
    for &n in &erased {
        // Nonce and ciphertext apart, in case a part was overwritten.
        assert!(!files_hold(folder.path(), &keys[n][..12]), "key {n}");
        assert!(!files_hold(folder.path(), &keys[n][12..44]), "key {n}");
    }
    drop(vault);
    let vault = vault_in(folder.path());
    for (n, value) in sealed.iter().enumerate() {
        assert!(!erased.contains(&n) || !files_hold(folder.path(), &keys[n][12..44]), "key {n} came back");
        let expected = if erased.contains(&n) { Opened::Erased } else { known("name") };
        assert_eq!(vault.open(&cell(), value), expected, "subject {n}");
    }
}

#[test]
fn an_erasure_is_not_reported_done_while_a_reader_keeps_a_copy() {
    let folder = folder();
    let vault = vault_in(folder.path());
    let sealed = vault.seal(ALICE, &cell(), b"Alice").unwrap();
    let reader = raw(folder.path());
    reader.execute_batch("BEGIN").unwrap();
    let key = wrapped(&reader, sealed.key());
    assert_eq!(vault.erase(ALICE, &[], &erasure()), Err(EraseError::CopyRemains { subject: ALICE }));
    assert_eq!(vault.open(&cell(), &sealed), Opened::Erased);
    assert!(vault.is_healthy());
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(vault.erase(ALICE, &[], &erasure()).unwrap().keys_destroyed, [sealed.key()]);
    assert!(!files_hold(folder.path(), &key));
}

#[test]
fn a_missing_key_without_an_erasure_is_data_loss() {
    let folder = folder();
    let sealed = vault_in(folder.path()).seal(ALICE, &cell(), b"Alice").unwrap();
    raw(folder.path()).execute("DELETE FROM data_key", []).unwrap();
    let vault = vault_in(folder.path());
    assert_eq!(vault.open(&cell(), &sealed), unreadable(UnreadableReason::KeyMissing));
}

#[test]
fn a_damaged_key_is_unreadable_and_its_subject_can_still_be_recorded_and_erased() {
    let folder = folder();
    let sealed = vault_in(folder.path()).seal(ALICE, &cell(), b"Alice").unwrap();
    raw(folder.path()).execute("UPDATE data_key SET wrapped = randomblob(60)", []).unwrap();
    let vault = vault_in(folder.path());
    assert_eq!(vault.open(&cell(), &sealed), unreadable(UnreadableReason::KeyDamaged));
    let second = vault.seal(ALICE, &cell(), b"Alice").unwrap();
    assert_ne!(second.key(), sealed.key());
    assert_eq!(vault.open(&cell(), &second), known("Alice"));
    assert_eq!(vault.erase(ALICE, &[], &erasure()).unwrap().keys_destroyed, [sealed.key(), second.key()]);
}

#[test]
fn a_killed_server_loses_nothing_and_its_pool_is_never_given_to_anyone() {
    let folder = folder();
    let vault = vault_in(folder.path());
    let sealed: Vec<_> = (0..5).map(|n| vault.seal(nth(n), &cell(), b"name").unwrap()).collect();
    await_notes(folder.path(), 5);
    let after_kill = as_killed(folder.path());
    let old_keys: HashSet<i64> = raw(after_kill.path())
        .prepare("SELECT key_number FROM data_key")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(old_keys.len(), POOL_KEYS);

    let vault = vault_in(after_kill.path());
    for value in &sealed {
        assert_eq!(vault.open(&cell(), value), known("name"));
        assert_eq!(vault.seal(value.subject(), &cell(), b"more").unwrap().key(), value.key());
    }
    // More than one pool, so that a refill is seen as well.
    let mut new_keys = HashSet::new();
    for n in 100..1_500 {
        let key = vault.seal(nth(n), &cell(), b"name").unwrap().key().as_u64().cast_signed();
        assert!(!old_keys.contains(&key), "key {key} of the old pool was given out");
        assert!(new_keys.insert(key), "key {key} was given out twice");
    }
}

#[test]
fn a_subject_keeps_its_key_and_is_erased_with_it_whether_or_not_its_note_is_written_yet() {
    let folder = folder();
    let vault = vault_in(folder.path());
    for n in 0..2_000 {
        let first = vault.seal(nth(n), &cell(), b"first").unwrap();
        assert_eq!(vault.seal(nth(n), &cell(), b"second").unwrap().key(), first.key());
        if n % 3 == 0 {
            assert_eq!(vault.erase(nth(n), &[], &erasure()).unwrap().keys_destroyed, [first.key()]);
            assert_eq!(vault.open(&cell(), &first), Opened::Erased);
        }
    }
    drop(vault);
    let noted: i64 =
        raw(folder.path()).query_row("SELECT count(*) FROM assignment", [], |row| row.get(0)).unwrap();
    assert_eq!(noted, 2_000 - 667, "closing writes every note, and the erased are no longer among them");
}

#[test]
fn a_lost_assignment_leaves_values_readable_and_erasure_reaches_the_key_through_the_log() {
    let folder = folder();
    let first = vault_in(folder.path()).seal(ALICE, &cell(), b"first").unwrap();
    lose_assignment(folder.path(), first.key());

    let vault = vault_in(folder.path());
    assert_eq!(vault.open(&cell(), &first), known("first"));
    let forged = with_other_subject(&first.to_text());
    assert_eq!(vault.open_text(&cell(), &forged), unreadable(UnreadableReason::NotAuthentic));
    let second = vault.seal(ALICE, &cell(), b"second").unwrap();
    assert_ne!(second.key(), first.key());
    let done = vault.erase(ALICE, &[first.key(), first.key(), second.key()], &erasure()).unwrap();
    assert_eq!(done.keys_destroyed, [first.key(), second.key()]);
    assert_eq!(vault.open(&cell(), &first), Opened::Erased);
    assert_eq!(vault.open(&cell(), &second), Opened::Erased);
}

#[test]
fn a_key_the_erasure_was_not_told_of_is_destroyed_when_its_value_is_opened() {
    let folder = folder();
    let sealed = vault_in(folder.path()).seal(ALICE, &cell(), b"Alice").unwrap();
    lose_assignment(folder.path(), sealed.key());
    let key = wrapped(&raw(folder.path()), sealed.key());

    let vault = vault_in(folder.path());
    assert_eq!(vault.erase(ALICE, &[], &erasure()).unwrap().keys_destroyed, []);
    let elsewhere = AssociatedData::new("candour.incident-2", Uuid::nil(), "name");
    assert_eq!(vault.open(&elsewhere, &sealed), unreadable(UnreadableReason::NotAuthentic));
    assert!(files_hold(folder.path(), &key), "a value that proves nothing destroys nothing");
    assert_eq!(vault.open(&cell(), &sealed), Opened::Erased);
    assert!(!files_hold(folder.path(), &key));
    assert_eq!(vault.erase(ALICE, &[], &erasure()).unwrap().keys_destroyed, [sealed.key()]);
}

#[test]
fn keys_of_another_subject_or_of_nobody_are_refused_and_nothing_is_destroyed() {
    let folder = folder();
    let vault = vault_in(folder.path());
    let alice = vault.seal(ALICE, &cell(), b"Alice").unwrap();
    let bob = vault.seal(BOB, &cell(), b"Bob").unwrap();
    let in_pool = KeyNumber::new(bob.key().as_u64() + 1);
    for foreign in [bob.key(), in_pool] {
        assert_eq!(
            vault.erase(ALICE, &[alice.key(), foreign, foreign], &erasure()),
            Err(EraseError::KeyOfAnotherSubject { subject: ALICE, keys: vec![foreign] })
        );
    }
    vault.erase(BOB, &[], &erasure()).unwrap();
    assert_eq!(
        vault.erase(ALICE, &[bob.key()], &erasure()),
        Err(EraseError::KeyOfAnotherSubject { subject: ALICE, keys: vec![bob.key()] }),
        "also once it is destroyed"
    );
    assert_eq!(vault.open(&cell(), &alice), known("Alice"));
    let carol = vault.seal(nth(0), &cell(), b"Carol").unwrap();
    assert_eq!((carol.key(), vault.open(&cell(), &carol)), (in_pool, known("Carol")));
    // A number this vault never made is no obstacle.
    vault.erase(ALICE, &[KeyNumber::new(u64::MAX)], &erasure()).unwrap();
}

#[test]
fn an_erasure_past_a_limit_is_refused_by_its_name() {
    let vault = FileVault::in_memory().unwrap();
    let sealed = vault.seal(ALICE, &cell(), b"Alice").unwrap();
    let keys = vec![sealed.key(); KEYS_FOUND_IN_LOG_MAX + 1];
    assert_eq!(
        vault.erase(ALICE, &keys, &erasure()),
        Err(EraseError::TooManyKeys { limit: KEYS_FOUND_IN_LOG_MAX, actual: KEYS_FOUND_IN_LOG_MAX + 1 })
    );
    let silent = Erasure { authority: " ".to_owned(), ..erasure() };
    assert_eq!(
        vault.erase(ALICE, &[], &silent),
        Err(EraseError::TextMissing { text: ErasureText::Authority })
    );
    let wordy = Erasure { reason: "x".repeat(ERASURE_TEXT_BYTES_MAX + 1), ..erasure() };
    assert_eq!(
        vault.erase(ALICE, &[], &wordy),
        Err(EraseError::TextTooLong {
            text: ErasureText::Reason,
            limit: ERASURE_TEXT_BYTES_MAX,
            actual: ERASURE_TEXT_BYTES_MAX + 1
        })
    );
    assert_eq!(vault.open(&cell(), &sealed), known("Alice"));
}

#[test]
fn digests_are_the_same_after_opening_again_and_differ_by_purpose_and_vault() {
    let (folder, other) = (folder(), folder());
    let digest = vault_in(folder.path()).authenticate("request", b"content");
    let vault = vault_in(folder.path());
    assert_eq!(vault.authenticate("request", b"content"), digest);
    assert_ne!(vault.authenticate("receipt", b"content"), digest);
    assert_ne!(vault_in(other.path()).authenticate("request", b"content"), digest);
}

#[test]
fn a_second_opener_is_refused_and_the_first_goes_on() {
    let folder = folder();
    let vault = vault_in(folder.path());
    let refusal = refusal_in(folder.path());
    assert!(matches!(refusal, OpenError::AlreadyOpen { .. }), "{refusal}");
    vault.seal(ALICE, &cell(), b"Alice").unwrap();
    drop(vault);
    vault_in(folder.path());
}

#[test]
fn a_key_file_that_does_not_fit_the_database_is_refused() {
    let (folder, other) = (folder(), folder());
    let ours = vault_in(folder.path()).keys_id().first_master_key;
    let theirs = vault_in(other.path()).keys_id().first_master_key;
    fs::copy(other.path().join("vault.key"), folder.path().join("vault.key")).unwrap();
    let refusal = refusal_in(folder.path());
    let text = refusal.to_string();
    assert!(
        matches!(refusal, OpenError::WrongKeyFile { key_file_fingerprint, key_database_fingerprint: Some(found), .. }
            if key_file_fingerprint == theirs && found == ours),
        "{text}"
    );
    assert!(text.contains(&ours.to_string()) && text.contains("use the key file that belongs"), "{text}");
}

#[test]
fn a_missing_damaged_or_newer_key_file_is_refused_and_never_replaced() {
    let folder = folder();
    vault_in(folder.path());
    let key_file = folder.path().join("vault.key");
    let good = fs::read_to_string(&key_file).unwrap();

    let damaged = good.to_lowercase();
    fs::write(&key_file, &damaged).unwrap();
    let refusal = refusal_in(folder.path());
    assert!(matches!(refusal, OpenError::KeyFile(KeyFileError::Damaged { .. })), "{refusal}");
    assert_eq!(fs::read_to_string(&key_file).unwrap(), damaged);

    fs::write(&key_file, good.replace("version 1", "version 2")).unwrap();
    let refusal = refusal_in(folder.path());
    assert!(matches!(refusal, OpenError::KeyFile(KeyFileError::UnknownVersion { .. })), "{refusal}");

    fs::remove_file(&key_file).unwrap();
    let refusal = refusal_in(folder.path());
    assert!(matches!(refusal, OpenError::KeyFile(KeyFileError::Missing { .. })), "{refusal}");
    assert!(!key_file.exists());
}

#[test]
fn two_key_databases_under_one_master_key_are_told_apart_and_a_copy_is_not() {
    let (one, other, copy) = (folder(), folder(), folder());
    let first = vault_in(one.path()).keys_id();
    fs::copy(one.path().join("vault.key"), other.path().join("vault.key")).unwrap();
    let second = vault_in(other.path()).keys_id();
    assert_eq!(first.first_master_key, second.first_master_key);
    assert_ne!(first.key_database, second.key_database);
    for file in ["vault.key", "keys.sqlite"] {
        fs::copy(one.path().join(file), copy.path().join(file)).unwrap();
    }
    assert_eq!(vault_in(copy.path()).keys_id(), first);
    let text = first.to_string();
    let (key, database) = text.split_once('/').unwrap();
    assert_eq!((key.len(), database.len()), (16, 32), "{text}");
}

#[test]
fn a_key_database_of_version_1_gets_an_identity_and_keeps_its_keys() {
    let folder = folder();
    let sealed = {
        let vault = vault_in(folder.path());
        vault.seal(nth(1), &cell(), b"Mrs Example").unwrap()
    };
    raw(folder.path()).execute_batch("DROP TABLE identity; PRAGMA user_version = 1").unwrap();
    let vault = vault_in(folder.path());
    let Opened::Known(plaintext) = vault.open(&cell(), &sealed) else { panic!("it opens") };
    assert_eq!(plaintext.as_slice(), b"Mrs Example");
    let keys_id = vault.keys_id();
    drop(vault);
    assert_eq!(vault_in(folder.path()).keys_id(), keys_id);
}

#[test]
fn a_database_of_another_kind_or_a_newer_schema_is_refused() {
    let folder = folder();
    vault_in(folder.path());
    raw(folder.path()).pragma_update(None, "user_version", 4).unwrap();
    let refusal = refusal_in(folder.path());
    assert!(matches!(refusal, OpenError::NewerSchema { found: 4, .. }), "{refusal}");
    raw(folder.path()).pragma_update(None, "application_id", 5).unwrap();
    let refusal = refusal_in(folder.path());
    assert!(matches!(refusal, OpenError::NotAKeyDatabase { .. }), "{refusal}");
    fs::write(folder.path().join("keys.sqlite"), "no database at all, but long enough to be read as one")
        .unwrap();
    let refusal = refusal_in(folder.path());
    assert!(matches!(refusal, OpenError::NotAKeyDatabase { .. }), "{refusal}");
}

#[test]
fn many_threads_sealing_for_the_same_subjects_agree_on_one_key_each() {
    let vault = FileVault::in_memory().unwrap();
    let keys: Vec<Vec<KeyNumber>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| (0..300).map(|n| vault.seal(nth(n), &cell(), b"x").unwrap().key()).collect())
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(keys.iter().all(|of_thread| of_thread == &keys[0]));
    assert_eq!(keys[0].iter().collect::<HashSet<_>>().len(), 300);
}

#[cfg(unix)]
mod permissions {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn files_are_made_for_their_owner_alone() {
        let folder = folder();
        let inner = folder.path().join("keys");
        let vault = vault_in(&inner);
        vault.seal(ALICE, &cell(), b"Alice").unwrap();
        assert_eq!(mode(&inner), 0o700);
        let names: Vec<_> = fs::read_dir(&inner).unwrap().map(|file| file.unwrap().path()).collect();
        assert!(names.len() >= 4, "{names:?}");
        for file in names {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
    }

    #[test]
    fn a_key_file_open_to_others_is_refused() {
        let folder = folder();
        vault_in(folder.path());
        let key_file = folder.path().join("vault.key");
        for exposed in [0o640, 0o604, 0o620] {
            fs::set_permissions(&key_file, fs::Permissions::from_mode(exposed)).unwrap();
            let refusal = refusal_in(folder.path());
            assert!(
                matches!(refusal, OpenError::KeyFile(KeyFileError::Exposed { mode, .. }) if mode == exposed),
                "{refusal}"
            );
        }
        fs::set_permissions(&key_file, fs::Permissions::from_mode(0o600)).unwrap();
        vault_in(folder.path());
    }
}
