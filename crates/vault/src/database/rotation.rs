//! A change of the master key, as the key database keeps it: every data key wrapped anew in its slot, what
//! authenticates carried over, and which master keys there were before.
//!
//! The two tables are made by the first change. A database that never saw one stays at version 2 and can be
//! read by the programs that know no more.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::{Failure, KeyDatabase, number_at, stored};
use crate::identity::{Fingerprint, KeyNumber};
use crate::limits::REWRAP_KEYS_AT_ONCE;
use crate::master_key::WrappedKey;

/// The version of a database whose master key was changed.
pub(super) const SCHEMA_VERSION_ROTATED: i32 = 3;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS authentication (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        origin BLOB NOT NULL CHECK (length(origin) = 8),
        wrapped BLOB NOT NULL CHECK (length(wrapped) = 60)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS retired_master_key (
        fingerprint BLOB PRIMARY KEY,
        at_microseconds INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
";

/// The key that authenticates, as it is stored after a change of the master key.
pub(crate) struct StoredAuthentication {
    pub(crate) origin: Fingerprint,
    pub(crate) wrapped: Vec<u8>,
}

/// Why the keys were not wrapped anew. Nothing was changed.
pub(crate) enum RewrapFailure<E> {
    /// The key could not be taken from one master key to the other.
    Key(KeyNumber, E),
    /// A statement failed.
    Database(Failure),
}

impl<E> From<Failure> for RewrapFailure<E> {
    fn from(failure: Failure) -> Self {
        Self::Database(failure)
    }
}

impl KeyDatabase {
    /// What authenticates, where the master key was changed.
    pub(crate) fn authentication(&self) -> Result<Option<StoredAuthentication>, Failure> {
        if version(&self.connection)? < SCHEMA_VERSION_ROTATED {
            return Ok(None);
        }
        self.connection
            .query_row("SELECT origin, wrapped FROM authentication WHERE only_row = 1", [], |row| {
                Ok(StoredAuthentication {
                    origin: Fingerprint::from_bytes(row.get(0)?),
                    wrapped: row.get(1)?,
                })
            })
            .map(Some)
    }

    /// Wraps every data key anew, each in its slot, and makes `next` the master key: durably, and whole or not
    /// at all. Destroyed keys stay destroyed. Returns how many were wrapped.
    ///
    /// [`KeyDatabase::purge_log`] must follow: until then the write-ahead log may hold the slots as they were.
    pub(crate) fn rewrap<E>(
        &mut self,
        next: Fingerprint,
        authentication: &StoredAuthentication,
        at: Timestamp,
        rewrap: impl Fn(KeyNumber, &[u8]) -> Result<WrappedKey, E>,
    ) -> Result<u64, RewrapFailure<E>> {
        self.set_durable(true)?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(SCHEMA)?;
        transaction.execute(
            "INSERT INTO retired_master_key (fingerprint, at_microseconds)
             SELECT fingerprint, ?1 FROM vault WHERE only_row = 1",
            params![at.as_microsecond()],
        )?;
        transaction.execute("UPDATE vault SET fingerprint = ?1 WHERE only_row = 1", [next.as_bytes()])?;
        transaction.execute(
            "INSERT OR REPLACE INTO authentication (only_row, origin, wrapped) VALUES (1, ?1, ?2)",
            params![authentication.origin.as_bytes(), authentication.wrapped],
        )?;
        let mut rewrapped = 0;
        let mut after = i64::MIN;
        loop {
            let keys = present_keys(&transaction, after)?;
            let Some((last, _)) = keys.last() else { break };
            after = stored(*last);
            let mut overwrite =
                transaction.prepare_cached("UPDATE data_key SET wrapped = ?2 WHERE key_number = ?1")?;
            for (number, wrapped) in &keys {
                let anew = rewrap(*number, wrapped).map_err(|error| RewrapFailure::Key(*number, error))?;
                overwrite.execute(params![stored(*number), anew])?;
                rewrapped += 1;
            }
        }
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION_ROTATED)?;
        transaction.commit()?;
        Ok(rewrapped)
    }
}

/// When a master key was retired, if it once was this database's.
pub(super) fn retired_at(connection: &Connection, master: Fingerprint) -> Result<Option<Timestamp>, Failure> {
    if version(connection)? < SCHEMA_VERSION_ROTATED {
        return Ok(None);
    }
    let at: Option<i64> = connection
        .query_row(
            "SELECT at_microseconds FROM retired_master_key WHERE fingerprint = ?1",
            [master.as_bytes()],
            |row| row.get(0),
        )
        .optional()?;
    Ok(at.and_then(|at| Timestamp::from_microsecond(at).ok()))
}

/// The next keys in ascending order that were not destroyed.
fn present_keys(transaction: &Transaction<'_>, after: i64) -> Result<Vec<(KeyNumber, Vec<u8>)>, Failure> {
    transaction
        .prepare_cached(
            "SELECT key_number, wrapped FROM data_key
             WHERE key_number > ?1 AND key_number NOT IN (SELECT key_number FROM erased_key)
             ORDER BY key_number LIMIT ?2",
        )?
        .query_map(params![after, REWRAP_KEYS_AT_ONCE], |row| Ok((number_at(row, 0)?, row.get(1)?)))?
        .collect()
}

fn version(connection: &Connection) -> Result<i32, Failure> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
