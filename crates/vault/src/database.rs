//! The key database: which data keys there are, wrapped; whose they are; who was erased.
//!
//! **Nothing of a destroyed key stays behind.** The rows of `data_key` are slots of one fixed size, added at
//! the end in ascending order and never deleted. Destroying a key overwrites its slot with zeros in place,
//! and the checkpoint that follows empties the write-ahead log, where older images of the page stood. The row
//! itself is left on purpose: deleting rows, or adding them in the middle, makes SQLite move neighbouring
//! cells between pages, and where it rebuilds a page it leaves the old copies in the page's free space, even
//! with `secure_delete` on. Those copies would outlive a later erasure of the neighbours. For the same reason
//! the subject is noted in a table of its own, whose rows hold nothing secret.
//!
//! **What a crash may lose.** Keys are durable before they are used; erasures are durable before they are
//! reported. An assignment is written shortly after the key is first used, many together, and without a sync:
//! a kill may lose those of the last moment, a power cut those of the last seconds. The key is then *spent*:
//! no later run gives it to anyone, since each run gives out only keys it made, and it still opens what
//! names it.

pub(crate) mod rotation;

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{
    Connection, OpenFlags, OptionalExtension as _, Row, Transaction, TransactionBehavior, params,
};
use uuid::Uuid;

use crate::identity::{Fingerprint, KeyNumber, SubjectId};
use crate::limits::{
    BUSY_WAIT, KEY_NUMBER_GAP_MAX, POOL_KEYS, SUBJECT_BYTES, WAL_BYTES_KEPT, WRAPPED_KEY_BYTES,
};
use crate::master_key::WrappedKey;
use crate::port::Erasure;
use rotation::SCHEMA_VERSION_ROTATED;

/// Marks the file as a key database ("CVLT").
const APPLICATION_ID: i32 = 0x4356_4c54;
const SCHEMA_VERSION: i32 = 2;

const SCHEMA: &str = "
    CREATE TABLE vault (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        fingerprint BLOB NOT NULL
    ) STRICT;
    CREATE TABLE data_key (
        key_number INTEGER PRIMARY KEY,
        wrapped BLOB NOT NULL CHECK (length(wrapped) = 60)
    ) STRICT;
    CREATE TABLE assignment (
        key_number INTEGER PRIMARY KEY,
        subject BLOB NOT NULL
    ) STRICT;
    CREATE INDEX assignment_subject ON assignment (subject);
    CREATE TABLE erased_subject (
        subject BLOB PRIMARY KEY,
        reason TEXT NOT NULL,
        authority TEXT NOT NULL,
        at_microseconds INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE erased_key (
        key_number INTEGER PRIMARY KEY,
        subject BLOB NOT NULL
    ) STRICT;
    CREATE INDEX erased_key_subject ON erased_key (subject);
";
/// What version 1 did not have: the identity of the key database, drawn when it is made.
const IDENTITY: &str = "
    CREATE TABLE identity (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        id BLOB NOT NULL CHECK (length(id) = 16)
    ) STRICT;
";
const _: () = assert!(WRAPPED_KEY_BYTES == 60, "the CHECK on data_key.wrapped says 60");

/// A statement failed. Its text names tables and columns, never values.
pub(crate) type Failure = rusqlite::Error;

/// Why the database cannot be used at all.
pub(crate) enum Refusal {
    NotAKeyDatabase,
    NewerSchema {
        found: i32,
    },
    /// `retired_at` where the master key was the database's until then.
    OtherMasterKey {
        database: Option<Fingerprint>,
        retired_at: Option<Timestamp>,
    },
    NoWriteAheadLog,
    Failed(Failure),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What the database knows of a key.
pub(crate) struct KeyRecord {
    pub(crate) state: KeyState,
    /// Whether the subject that was asked about is recorded as erased.
    pub(crate) subject_is_erased: bool,
}

pub(crate) enum KeyState {
    /// Usable; `subject` is absent if it was never given out or a power cut lost to whom.
    Present {
        wrapped: Vec<u8>,
        subject: Option<SubjectId>,
    },
    /// Destroyed on the erasure of `subject`.
    Destroyed {
        subject: SubjectId,
    },
    Missing,
}

/// How a subject stands with its keys.
pub(crate) enum Standing {
    /// No key is noted for it.
    New,
    /// Its latest key.
    Known { key: KeyNumber, wrapped: Vec<u8> },
    /// An erasure of it is recorded.
    Erased,
}

/// What came of an erasure.
pub(crate) enum ErasureOutcome {
    /// `destroyed` are all keys of the subject destroyed so far; `at` is when it was first erased.
    Done {
        destroyed: Vec<KeyNumber>,
        at: Timestamp,
        repeated: bool,
    },
    Refused {
        keys_of_others: Vec<KeyNumber>,
    },
}

/// One connection, for everything.
pub(crate) struct KeyDatabase {
    connection: Connection,
    next_number: u64,
    /// Whether transactions wait for the disk (`synchronous=FULL`).
    is_durable: bool,
    /// Drawn when the database was made; copies share it.
    pub(crate) identity: Uuid,
}

impl KeyDatabase {
    /// Opens the file, which exists; an empty one becomes a key database. `gap` key numbers are skipped.
    /// It takes `new_identity` if it has none yet.
    pub(crate) fn open(
        path: &Path,
        master: Fingerprint,
        gap: u64,
        new_identity: Uuid,
    ) -> Result<Self, Refusal> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Self::prepare(Connection::open_with_flags(path, flags)?, master, gap, new_identity)
    }

    /// A database that lives as long as the value.
    pub(crate) fn in_memory(master: Fingerprint, gap: u64, new_identity: Uuid) -> Result<Self, Refusal> {
        Self::prepare(Connection::open_in_memory()?, master, gap, new_identity)
    }

    fn prepare(
        mut connection: Connection,
        master: Fingerprint,
        gap: u64,
        new_identity: Uuid,
    ) -> Result<Self, Refusal> {
        connection.busy_timeout(BUSY_WAIT)?;
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        let found = inspect(&connection)?;
        let journal: String =
            connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
        if !matches!(journal.as_str(), "wal" | "memory") {
            return Err(Refusal::NoWriteAheadLog);
        }
        // Checkpoints cost syncs: they run where syncs are due anyway, never under an assignment.
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT)?;
        connection.pragma_update(None, "synchronous", "full")?;
        match found {
            Found::Empty => create(&mut connection, master, new_identity)?,
            Found::KeyDatabase { version } => {
                refuse_other_master_key(&connection, master)?;
                if version == 1 {
                    upgrade_from_1(&mut connection, new_identity)?;
                }
            }
        }
        let identity =
            connection.query_row("SELECT id FROM identity WHERE only_row = 1", [], |row| row.get(0))?;
        let last_number: Option<i64> =
            connection.query_row("SELECT max(key_number) FROM data_key", [], |row| row.get(0))?;
        let next_number =
            last_number.map_or(1, |last| last.cast_unsigned().saturating_add(1)).saturating_add(gap);
        let mut database =
            Self { connection, next_number, is_durable: true, identity: Uuid::from_bytes(identity) };
        // Makes durable what an earlier run wrote without a sync, and finishes a purge it may have been
        // stopped in. If another process is reading, the next erasure or start does it.
        database.purge_log()?;
        Ok(database)
    }

    /// Adds keys to the store, durably. Returns their numbers with what `make` kept of each.
    ///
    /// The outer error is the database's, the inner one `make`'s; after either, no key was added.
    pub(crate) fn add_keys<K, E>(
        &mut self,
        make: impl Fn(KeyNumber) -> Result<(K, WrappedKey), E>,
    ) -> Result<Result<Vec<(KeyNumber, K)>, E>, Failure> {
        self.set_durable(true)?;
        let mut added = Vec::with_capacity(POOL_KEYS);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut insert =
                transaction.prepare_cached("INSERT INTO data_key (key_number, wrapped) VALUES (?1, ?2)")?;
            for offset in 0..POOL_KEYS as u64 {
                // Past the last number there is, the insert fails: a signed maximum is never passed.
                let number = KeyNumber::new(self.next_number.saturating_add(offset).min(i64::MAX as u64));
                let (key, wrapped) = match make(number) {
                    Ok(made) => made,
                    Err(error) => return Ok(Err(error)),
                };
                insert.execute(params![stored(number), wrapped])?;
                added.push((number, key));
            }
        }
        transaction.commit()?;
        self.next_number = self.next_number.saturating_add(POOL_KEYS as u64);
        self.checkpoint_if_free()?;
        Ok(Ok(added))
    }

    /// Notes whose keys these are, in one transaction. Survives the death of the process; a power cut may lose it.
    pub(crate) fn assign(&mut self, notes: &[(KeyNumber, SubjectId)]) -> Result<(), Failure> {
        self.set_durable(false)?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut insert =
                transaction.prepare_cached("INSERT INTO assignment (key_number, subject) VALUES (?1, ?2)")?;
            for (key, subject) in notes {
                insert.execute(params![stored(*key), subject.to_bytes()])?;
            }
        }
        transaction.commit()
    }

    /// What a subject's fields are to be sealed under.
    pub(crate) fn standing_of(&self, subject: SubjectId) -> Result<Standing, Failure> {
        // One statement, because each costs the locks of a transaction of its own.
        let (is_erased, latest): (bool, Option<i64>) = self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM erased_subject WHERE subject = ?1),
                        (SELECT max(key_number) FROM assignment WHERE subject = ?1)",
            )?
            .query_row(params![subject.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let Some(number) = latest.filter(|_| !is_erased) else {
            return Ok(if is_erased { Standing::Erased } else { Standing::New });
        };
        let wrapped = self
            .connection
            .prepare_cached("SELECT wrapped FROM data_key WHERE key_number = ?1")?
            .query_row([number], |row| row.get(0))
            .optional()?;
        Ok(wrapped.map_or(Standing::New, |wrapped| Standing::Known {
            key: KeyNumber::new(number.cast_unsigned()),
            wrapped,
        }))
    }

    /// What is known of a key, and whether `subject` was erased.
    pub(crate) fn find(&self, key: KeyNumber, subject: SubjectId) -> Result<KeyRecord, Failure> {
        self.connection
            .prepare_cached(
                "SELECT k.wrapped, a.subject, e.subject,
                        EXISTS (SELECT 1 FROM erased_subject WHERE subject = ?2)
                 FROM (SELECT ?1 AS key_number) AS asked
                 LEFT JOIN data_key k ON k.key_number = asked.key_number
                 LEFT JOIN assignment a ON a.key_number = asked.key_number
                 LEFT JOIN erased_key e ON e.key_number = asked.key_number",
            )?
            .query_row(params![stored(key), subject.to_bytes()], |row| {
                let state = match (row.get(0)?, subject_at(row, 1)?, subject_at(row, 2)?) {
                    (_, _, Some(erased)) => KeyState::Destroyed { subject: erased },
                    (Some(wrapped), assigned, None) => KeyState::Present { wrapped, subject: assigned },
                    (None, _, None) => KeyState::Missing,
                };
                Ok(KeyRecord { state, subject_is_erased: row.get(3)? })
            })
    }

    /// Destroys the subject's keys, those noted here and those `found_in_log`, and records the erasure; or,
    /// if a key found in the log is another subject's, changes nothing. Durable when it returns, but the
    /// write-ahead log still holds the keys: [`KeyDatabase::purge_log`] must follow.
    pub(crate) fn erase(
        &mut self,
        subject: SubjectId,
        found_in_log: &[KeyNumber],
        erasure: &Erasure,
    ) -> Result<ErasureOutcome, Failure> {
        let mut keys_of_others = Vec::new();
        let mut keys = self.keys_of(subject)?;
        for &key in found_in_log {
            match self.find(key, subject)?.state {
                KeyState::Present { subject: Some(other), .. } | KeyState::Destroyed { subject: other }
                    if other != subject =>
                {
                    keys_of_others.push(key);
                }
                KeyState::Present { .. } => keys.push(key),
                KeyState::Destroyed { .. } | KeyState::Missing => {}
            }
        }
        if !keys_of_others.is_empty() {
            return Ok(ErasureOutcome::Refused { keys_of_others });
        }
        keys.sort_unstable();
        keys.dedup();

        self.set_durable(true)?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let recorded = transaction.execute(
            "INSERT INTO erased_subject (subject, reason, authority, at_microseconds)
             VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            params![subject.to_bytes(), erasure.reason, erasure.authority, erasure.at.as_microsecond()],
        )?;
        destroy(&transaction, subject, &keys)?;
        let at = transaction.query_row(
            "SELECT at_microseconds FROM erased_subject WHERE subject = ?1",
            params![subject.to_bytes()],
            |row| {
                let microseconds = row.get(0)?;
                Timestamp::from_microsecond(microseconds)
                    .map_err(|_| Failure::IntegralValueOutOfRange(0, microseconds))
            },
        )?;
        let destroyed = numbers(
            &transaction,
            "SELECT key_number FROM erased_key WHERE subject = ?1 ORDER BY key_number",
            subject,
        )?;
        transaction.commit()?;
        Ok(ErasureOutcome::Done { destroyed, at, repeated: recorded == 0 })
    }

    /// Destroys a key that nobody is noted for, on proof that it is the key of a subject recorded as erased.
    /// [`KeyDatabase::purge_log`] must follow.
    pub(crate) fn finish_erasure(&mut self, subject: SubjectId, key: KeyNumber) -> Result<(), Failure> {
        self.set_durable(true)?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        destroy(&transaction, subject, &[key])?;
        transaction.commit()
    }

    /// Moves the write-ahead log into the database file and cuts it to nothing. `false` if another process
    /// still reads from it.
    pub(crate) fn purge_log(&mut self) -> Result<bool, Failure> {
        self.set_durable(true)?;
        let busy: i64 = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(busy == 0)
    }

    fn checkpoint_if_free(&self) -> Result<(), Failure> {
        self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
    }

    /// Whether the next transactions wait for the disk.
    fn set_durable(&mut self, durable: bool) -> Result<(), Failure> {
        if self.is_durable != durable {
            self.connection.execute_batch(if durable {
                "PRAGMA synchronous = FULL"
            } else {
                "PRAGMA synchronous = NORMAL"
            })?;
            self.is_durable = durable;
        }
        Ok(())
    }

    fn keys_of(&self, subject: SubjectId) -> Result<Vec<KeyNumber>, Failure> {
        numbers(&self.connection, "SELECT key_number FROM assignment WHERE subject = ?1", subject)
    }
}

fn numbers(connection: &Connection, query: &str, subject: SubjectId) -> Result<Vec<KeyNumber>, Failure> {
    connection
        .prepare_cached(query)?
        .query_map(params![subject.to_bytes()], |row| number_at(row, 0))?
        .collect()
}

/// Overwrites the keys' slots in place and notes that they were destroyed, and whose they were.
fn destroy(transaction: &Transaction<'_>, subject: SubjectId, keys: &[KeyNumber]) -> Result<(), Failure> {
    let mut overwrite =
        transaction.prepare_cached("UPDATE data_key SET wrapped = ?2 WHERE key_number = ?1")?;
    let mut release = transaction.prepare_cached("DELETE FROM assignment WHERE key_number = ?1")?;
    let mut note =
        transaction.prepare_cached("INSERT INTO erased_key (key_number, subject) VALUES (?1, ?2)")?;
    for &key in keys {
        overwrite.execute(params![stored(key), [0_u8; WRAPPED_KEY_BYTES]])?;
        release.execute(params![stored(key)])?;
        note.execute(params![stored(key), subject.to_bytes()])?;
    }
    Ok(())
}

enum Found {
    Empty,
    KeyDatabase { version: i32 },
}

fn inspect(connection: &Connection) -> Result<Found, Refusal> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (tables, number("application_id")?, number("user_version")?) {
        (0, 0, 0) => Ok(Found::Empty),
        (_, APPLICATION_ID, version @ 1..=SCHEMA_VERSION_ROTATED) => Ok(Found::KeyDatabase { version }),
        (_, APPLICATION_ID, found) if found > SCHEMA_VERSION_ROTATED => Err(Refusal::NewerSchema { found }),
        _ => Err(Refusal::NotAKeyDatabase),
    }
}

fn create(connection: &mut Connection, master: Fingerprint, identity: Uuid) -> Result<(), Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    transaction.execute_batch(SCHEMA)?;
    identify(&transaction, identity)?;
    transaction
        .execute("INSERT INTO vault (only_row, fingerprint) VALUES (1, ?1)", params![master.as_bytes()])?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()
}

/// Brings a database of version 1 to the present one, whole or not at all. Keys are not touched.
fn upgrade_from_1(connection: &mut Connection, identity: Uuid) -> Result<(), Failure> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    identify(&transaction, identity)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()
}

fn identify(transaction: &Transaction<'_>, identity: Uuid) -> Result<(), Failure> {
    transaction.execute_batch(IDENTITY)?;
    transaction
        .execute("INSERT INTO identity (only_row, id) VALUES (1, ?1)", params![identity.as_bytes()])?;
    Ok(())
}

fn refuse_other_master_key(connection: &Connection, master: Fingerprint) -> Result<(), Refusal> {
    let stored: Option<Vec<u8>> = connection
        .query_row("SELECT fingerprint FROM vault WHERE only_row = 1", [], |row| row.get(0))
        .optional()?;
    let database =
        stored.and_then(|bytes| <[u8; 8]>::try_from(bytes.as_slice()).ok()).map(Fingerprint::from_bytes);
    if database == Some(master) {
        return Ok(());
    }
    Err(Refusal::OtherMasterKey { database, retired_at: rotation::retired_at(connection, master)? })
}

/// SQLite's integers are signed; the same 64 bits stand for a key number.
fn stored(number: KeyNumber) -> i64 {
    number.as_u64().cast_signed()
}

fn number_at(row: &Row<'_>, column: usize) -> Result<KeyNumber, Failure> {
    Ok(KeyNumber::new(row.get::<_, i64>(column)?.cast_unsigned()))
}

fn subject_at(row: &Row<'_>, column: usize) -> Result<Option<SubjectId>, Failure> {
    Ok(row.get::<_, Option<[u8; SUBJECT_BYTES]>>(column)?.map(SubjectId::from_bytes))
}

const _: () = assert!(KEY_NUMBER_GAP_MAX.is_power_of_two());
