//! The key database with what is held of it in memory: keys that are nobody's yet, and notes not written yet of whose keys became whose.
//!
//! A note costs the database a transaction. Whoever seals does not wait for one: a thread writes the notes, all that are there at once, and
//! tops up the keys before they run out. Every question whose answer a note could change has it written first, so that nobody can tell.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::error::Unspecified;
use rusqlite::ErrorCode;

use crate::database::{Failure, KeyDatabase, Standing};
use crate::identity::{KeyNumber, SubjectId};
use crate::limits::{NOTES_WAITING_MAX, POOL_KEYS_LOW};
use crate::master_key::{DataKey, MasterKey};
use crate::port::SealError;

/// The key database, what is held of it, and whether it may still be written.
pub(crate) struct Store {
    pub(crate) master: MasterKey,
    held: Mutex<Held>,
    /// There is something to write, or to end.
    work: Condvar,
    writes_stopped: AtomicBool,
}

/// What one thread at a time may touch.
pub(crate) struct Held {
    pub(crate) database: KeyDatabase,
    /// Keys of this run that are nobody's yet.
    pool: VecDeque<(KeyNumber, DataKey)>,
    /// Whose keys became whose, not written yet.
    notes: Vec<(KeyNumber, SubjectId)>,
    is_closing: bool,
}

impl Store {
    /// A store with a first pool of keys.
    ///
    /// The outer error is the database's, the inner one that of the cryptographic library.
    pub(crate) fn start(
        master: MasterKey,
        database: KeyDatabase,
    ) -> Result<Result<Self, Unspecified>, Failure> {
        let mut held = Held { database, pool: VecDeque::new(), notes: Vec::new(), is_closing: false };
        Ok(held.refill(&master)?.map(|()| Self {
            master,
            held: Mutex::new(held),
            work: Condvar::new(),
            writes_stopped: AtomicBool::new(false),
        }))
    }

    pub(crate) fn hold(&self) -> MutexGuard<'_, Held> {
        // A transaction that a panic cut short was rolled back; the pool holds only keys that are nobody's.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_healthy(&self) -> bool {
        !self.writes_stopped.load(Ordering::SeqCst)
    }

    pub(crate) fn refuse_if_stopped(&self) -> Result<(), String> {
        if self.is_healthy() {
            return Ok(());
        }
        Err("an earlier write to the key database failed: look into it and start again".to_owned())
    }

    /// After a failed write the state of the disk is unknown: nothing more is written. A database that is
    /// merely busy may be tried again.
    pub(crate) fn write_failed(&self, failure: &Failure) -> String {
        let is_busy =
            matches!(failure.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked));
        if !is_busy {
            self.writes_stopped.store(true, Ordering::SeqCst);
            tracing::error!(%failure, "a write to the key database failed; no more will be tried");
        }
        failure.to_string()
    }

    /// How a subject stands with its keys.
    pub(crate) fn standing_of(&self, held: &mut Held, subject: SubjectId) -> Result<Standing, String> {
        if held.notes.iter().any(|(_, noted)| *noted == subject) {
            self.write_notes(held)?;
        }
        held.database.standing_of(subject).map_err(|failure| failure.to_string())
    }

    /// Writes the notes if one is about this key.
    pub(crate) fn write_note_of(&self, held: &mut Held, key: KeyNumber) -> Result<(), String> {
        if held.notes.iter().any(|(noted, _)| *noted == key) { self.write_notes(held) } else { Ok(()) }
    }

    /// Writes what is not written yet.
    pub(crate) fn write_notes(&self, held: &mut Held) -> Result<(), String> {
        if held.notes.is_empty() {
            return Ok(());
        }
        self.refuse_if_stopped()?;
        held.database.assign(&held.notes).map_err(|failure| self.write_failed(&failure))?;
        held.notes.clear();
        Ok(())
    }

    /// Gives a subject a key that is nobody's.
    pub(crate) fn give_key(
        &self,
        held: &mut Held,
        subject: SubjectId,
    ) -> Result<(KeyNumber, DataKey), SealError> {
        let unavailable = |detail| SealError::Unavailable { detail };
        self.refuse_if_stopped().map_err(unavailable)?;
        if held.notes.len() >= NOTES_WAITING_MAX {
            self.write_notes(held).map_err(unavailable)?;
        }
        if held.pool.is_empty() {
            held.refill(&self.master)
                .map_err(|failure| unavailable(self.write_failed(&failure)))?
                .map_err(|Unspecified| unavailable("the cryptographic library failed".to_owned()))?;
        }
        let Some((number, key)) = held.pool.pop_front() else {
            return Err(unavailable("the pool of data keys is empty".to_owned()));
        };
        held.notes.push((number, subject));
        self.work.notify_one();
        Ok((number, key))
    }

    /// Writes notes and tops up the pool until the store is closed; then what is left.
    pub(crate) fn keep_written(&self) {
        let mut held = self.hold();
        loop {
            while !(held.is_closing || self.is_healthy() && held.has_work()) {
                held = self.work.wait(held).unwrap_or_else(PoisonError::into_inner);
            }
            if self.is_healthy() {
                // Kept for the next time if the database is only busy.
                let written = self.write_notes(&mut held);
                if written.is_ok() && !held.is_closing && held.pool.len() < POOL_KEYS_LOW {
                    self.top_up(&mut held);
                }
            }
            if held.is_closing {
                return;
            }
            // Whoever waits to seal goes first, so that the next time there is more to write at once.
            drop(held);
            std::thread::yield_now();
            held = self.hold();
        }
    }

    fn top_up(&self, held: &mut Held) {
        match held.refill(&self.master) {
            Ok(Ok(())) => {}
            Ok(Err(Unspecified)) => {
                self.writes_stopped.store(true, Ordering::SeqCst);
                tracing::error!("no data keys can be made: the system may give no randomness");
            }
            Err(failure) => drop(self.write_failed(&failure)),
        }
    }

    /// Lets [`Store::keep_written`] end.
    pub(crate) fn close(&self) {
        self.hold().is_closing = true;
        self.work.notify_all();
    }
}

impl Held {
    fn has_work(&self) -> bool {
        !self.notes.is_empty() || self.pool.len() < POOL_KEYS_LOW
    }

    fn refill(&mut self, master: &MasterKey) -> Result<Result<(), Unspecified>, Failure> {
        Ok(self.database.add_keys(|number| master.generate(number))?.map(|keys| self.pool.extend(keys)))
    }

    pub(crate) fn is_in_pool(&self, key: KeyNumber) -> bool {
        self.pool.iter().any(|(number, _)| *number == key)
    }
}
