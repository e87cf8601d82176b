//! A change of the master key: a new key file, and every data key wrapped anew under it.
//!
//! Data keys stay as they are, so that every sealed value opens as before and the log is not touched; what
//! authenticates stays as well, so that digests in the log are recognised as before. [`KeysId`](crate::KeysId) stays.
//!
//! It takes two steps, between which the caller proves what it likes with the new key file:
//!
//! 1. [`rewrap`]: writes the new key file beside the old one, as `….next`, then wraps all keys in one transaction.
//! 2. [`install`]: keeps the old key file as `….retired-FINGERPRINT`, then puts the new one in its place.
//!
//! Killed or cut off at any point, either the key file in place or the one named `….next` opens the key database;
//! [`FileVault::open`](crate::FileVault::open) says where it is the latter
//! ([`OpenError::RotationUnfinished`]), and both steps can be repeated. The order on the disk is: the new key
//! file is durable before the database names it, the database is before the new file takes its place, and
//! the old one has its second name before it loses its first.
//!
//! What it is good for: a key file that was seen, without the key database, opens nothing that the key database
//! holds from then on. What it cannot undo: whoever has the old key file *and* a copy of the key database of
//! before can open whatever is in that copy; and the key that authenticates can be derived from the first key
//! file for ever.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use aws_lc_rs::error::Unspecified;
use jiff::Timestamp;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::database::rotation::{RewrapFailure, StoredAuthentication};
use crate::database::{KeyDatabase, Refusal};
use crate::file_vault::{
    OpenError, VaultPaths, authenticate_as_before, draw_identity, explain, lock, with_suffix,
};
use crate::identity::{Fingerprint, KeyNumber};
use crate::key_file::{self, KeyFileError};
use crate::limits::KEY_BYTES;
use crate::master_key::MasterKey;

/// What is added to the name of a key file, before its fingerprint, when it is retired.
const RETIRED: &str = ".retired-";

/// Why the master key was not changed. Each text says what to do.
#[derive(Debug, Error)]
pub enum RotationError {
    /// The vault does not open as it is.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A data key cannot be unwrapped. Nothing was changed.
    #[error(
        "data key {key} is damaged, so it cannot be wrapped anew; nothing was changed: put the key database back from \
         its backup first"
    )]
    KeyDamaged {
        /// Its number.
        key: KeyNumber,
    },
    /// The keys are wrapped anew, but their old form may still be in the write-ahead log.
    #[error(
        "the keys are wrapped anew, but another process reading the key database keeps a copy of their old form: end \
         that process (a backup?) and run this again, which goes on where it stopped"
    )]
    CopyRemains,
    /// The file that the old key is to be kept in holds something else.
    #[error("{} exists already and is not the key file that is to be kept there: move it away", path.display())]
    RetiredNameTaken {
        /// The file.
        path: PathBuf,
    },
    /// There is nothing to put in its place: [`rewrap`] was not run.
    #[error("{} does not open the key database: nothing was put in its place", path.display())]
    NotRewrapped {
        /// The new key file, or where it should be.
        path: PathBuf,
    },
}

impl From<KeyFileError> for RotationError {
    fn from(error: KeyFileError) -> Self {
        Self::Open(error.into())
    }
}

impl From<Unspecified> for RotationError {
    fn from(error: Unspecified) -> Self {
        Self::Open(error.into())
    }
}

/// What [`rewrap`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrapped {
    /// Data keys wrapped anew, those included that are nobody's yet; `None` where an earlier run did it.
    pub keys: Option<u64>,
    /// Of the new master key.
    pub fingerprint: Fingerprint,
}

/// What [`install`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Of the master key now in place.
    pub fingerprint: Fingerprint,
    /// The old key file.
    pub retired: PathBuf,
}

impl VaultPaths {
    /// The new key file, from the moment it is made until it has its place.
    pub fn next_key_file(&self) -> PathBuf {
        with_suffix(&self.key_file, ".next")
    }

    /// What a key file is called once it is not in use any more.
    pub fn retired_key_file(&self, fingerprint: Fingerprint) -> PathBuf {
        with_suffix(&self.key_file, &format!("{RETIRED}{fingerprint}"))
    }

    /// Whether a file is a key file that is not in use any more, by its name.
    pub fn is_retired_key_file(&self, path: &Path) -> bool {
        let begins = with_suffix(&self.key_file, RETIRED);
        path.as_os_str().as_encoded_bytes().starts_with(begins.as_os_str().as_encoded_bytes())
    }

    /// The same key database, with the new key file.
    #[must_use]
    pub fn with_next_key_file(&self) -> Self {
        Self { key_file: self.next_key_file(), key_database: self.key_database.clone() }
    }
}

/// Makes a new key file beside the one in place and wraps every data key anew under it; does nothing where an earlier
/// run did. `at` is kept, to say when the old key was retired.
///
/// # Errors
/// [`RotationError`]. After any but [`RotationError::CopyRemains`] the key file in place opens the key database, if
/// it did before.
pub fn rewrap(paths: &VaultPaths, at: Timestamp) -> Result<Rewrapped, RotationError> {
    let _lock = lock_existing(paths)?;
    let mut current = MasterKey::derive(&key_file::load_or_create(&paths.key_file, false)?)?;
    let mut database = match open_database(paths, current.fingerprint()) {
        Ok(database) => database,
        Err(OpenError::RotationUnfinished { next_key_file }) => {
            let next = MasterKey::derive(&key_file::load_or_create(&next_key_file, false)?)?;
            let mut database = open_database(paths, next.fingerprint())?;
            purge(&mut database, paths)?;
            return Ok(Rewrapped { keys: None, fingerprint: next.fingerprint() });
        }
        Err(refusal) => return Err(refusal.into()),
    };
    authenticate_as_before(&mut current, &database, &paths.key_database)?;

    // The key file in place opens the database, so one left over from an earlier run opens nothing.
    let next_key_file = paths.next_key_file();
    remove_if_there(&next_key_file)?;
    let next = MasterKey::derive(&key_file::create(&next_key_file)?)?;
    let authentication = StoredAuthentication {
        origin: current.origin(),
        wrapped: current.wrap_authentication(&next)?.to_vec(),
    };
    let keys = database
        .rewrap(next.fingerprint(), &authentication, at, |number, wrapped| {
            current.rewrap(number, wrapped, &next)
        })
        .map_err(|failure| match failure {
            RewrapFailure::Key(key, Unspecified) => {
                // It opens nothing. Should it stay, the next run removes it.
                let _ = remove_if_there(&next_key_file);
                RotationError::KeyDamaged { key }
            }
            RewrapFailure::Database(failure) => {
                explain(Refusal::Failed(failure), paths, current.fingerprint()).into()
            }
        })?;
    purge(&mut database, paths)?;
    tracing::info!(keys, fingerprint = %next.fingerprint(), "wrapped every data key under a new master key");
    Ok(Rewrapped { keys: Some(keys), fingerprint: next.fingerprint() })
}

/// Keeps the key file in place under another name and puts the new one, which [`rewrap`] made, in its place.
///
/// # Errors
/// [`RotationError`]; the new key file still opens the key database, and this can be repeated.
pub fn install(paths: &VaultPaths) -> Result<Installed, RotationError> {
    let _lock = lock_existing(paths)?;
    let next_key_file = paths.next_key_file();
    let next = MasterKey::derive(&key_file::load_or_create(&next_key_file, false)?)?;
    if open_database(paths, next.fingerprint()).is_err() {
        return Err(RotationError::NotRewrapped { path: next_key_file });
    }
    let current = MasterKey::derive(&key_file::load_or_create(&paths.key_file, false)?)?;
    let retired = paths.retired_key_file(current.fingerprint());
    match fs::hard_link(&paths.key_file, &retired) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let kept = key_file::load_or_create(&retired, false)
                .ok()
                .and_then(|secret| MasterKey::derive(&secret).ok());
            if kept.is_none_or(|kept| kept.fingerprint() != current.fingerprint()) {
                return Err(RotationError::RetiredNameTaken { path: retired });
            }
        }
        linked => linked.map_err(|source| failed(&retired, "kept", source))?,
    }
    key_file::sync_folder_of(&retired).map_err(|source| failed(&retired, "kept", source))?;
    fs::rename(&next_key_file, &paths.key_file)
        .and_then(|()| key_file::sync_folder_of(&paths.key_file))
        .map_err(|source| failed(&paths.key_file, "put in place", source))?;
    Ok(Installed { fingerprint: next.fingerprint(), retired })
}

/// The fingerprint of a key file that waits for its place, if there is one that can be read.
pub(crate) fn next_fingerprint(paths: &VaultPaths) -> Option<Fingerprint> {
    let secret: Zeroizing<[u8; KEY_BYTES]> = key_file::load_or_create(&paths.next_key_file(), false).ok()?;
    MasterKey::derive(&secret).ok().map(|master| master.fingerprint())
}

/// Locks a key database that exists: a rotation makes no new one.
fn lock_existing(paths: &VaultPaths) -> Result<fs::File, OpenError> {
    fs::metadata(&paths.key_database).map_err(|source| OpenError::Io {
        path: paths.key_database.clone(),
        action: "examined",
        source,
    })?;
    lock(&paths.lock_file())
}

fn open_database(paths: &VaultPaths, master: Fingerprint) -> Result<KeyDatabase, OpenError> {
    KeyDatabase::open(&paths.key_database, master, 0, draw_identity()?)
        .map_err(|refusal| explain(refusal, paths, master))
}

fn purge(database: &mut KeyDatabase, paths: &VaultPaths) -> Result<(), RotationError> {
    match database.purge_log() {
        Ok(true) => Ok(()),
        Ok(false) => Err(RotationError::CopyRemains),
        Err(failure) => {
            Err(OpenError::Database { path: paths.key_database.clone(), detail: failure.to_string() }.into())
        }
    }
}

fn remove_if_there(path: &Path) -> Result<(), KeyFileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path, "removed", error)),
        _ => Ok(()),
    }
}

fn failed(path: &Path, action: &'static str, source: io::Error) -> KeyFileError {
    KeyFileError::Io { path: path.to_owned(), action, source }
}
