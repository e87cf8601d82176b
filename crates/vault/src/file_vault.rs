//! The local adapter: a key file and a SQLite key database on one machine.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use aws_lc_rs::error::Unspecified;
use fs4::fs_std::FileExt as _;
use jiff::Timestamp;
use rusqlite::ErrorCode;
use thiserror::Error;
use uuid::Uuid;

use crate::associated_data::AssociatedData;
use crate::cache::BoundedMap;
use crate::database::{ErasureOutcome, KeyDatabase, KeyState, Refusal, Standing};
use crate::identity::{Fingerprint, KeyNumber, KeysId, SubjectId};
use crate::key_file::{self, KeyFileError};
use crate::limits::{
    CACHED_KEYS_MAX, ERASURE_TEXT_BYTES_MAX, KEY_NUMBER_GAP_MAX, KEYS_FOUND_IN_LOG_MAX, PLAINTEXT_BYTES_MAX,
};
use crate::master_key::{DataKey, MasterKey, random_below, random_identity, random_secret};
use crate::port::{EraseError, Erased, Erasure, ErasureText, Opened, SealError, UnreadableReason, Vault};
use crate::rotation;
use crate::sealed::Sealed;
use crate::store::{Held, Store};

/// Where a [`FileVault`] keeps its two files. Best on separate volumes with separate backups: the one without
/// the other opens nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultPaths {
    /// The master key.
    pub key_file: PathBuf,
    /// The wrapped data keys and the record of erasures. Its lock stands beside it, with `.lock` added.
    pub key_database: PathBuf,
}

impl VaultPaths {
    /// Both in one folder, as `vault.key` and `keys.sqlite`.
    pub fn in_folder(folder: &Path) -> Self {
        Self { key_file: folder.join("vault.key"), key_database: folder.join("keys.sqlite") }
    }

    pub(crate) fn lock_file(&self) -> PathBuf {
        with_suffix(&self.key_database, ".lock")
    }
}

/// The path with something added to the name of its file.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Why the vault does not open. Each text says what to do.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The key file is missing, exposed, damaged or unreadable.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// Another vault, in this process or another, has the same key database open.
    #[error(
        "the key database is open in another server (lock file {}): stop that server, or give this one its \
         own data folder", lock_file.display()
    )]
    AlreadyOpen {
        /// The lock it holds. Deleting the file does not help and may harm.
        lock_file: PathBuf,
    },
    /// The key file is not the one that the key database was made with.
    #[error(
        "the key file {} (fingerprint {key_file_fingerprint}) does not unwrap the key database {} \
         (fingerprint {}): use the key file that belongs to this database",
        paths.key_file.display(), paths.key_database.display(), Shown(*key_database_fingerprint)
    )]
    WrongKeyFile {
        /// Both files.
        paths: VaultPaths,
        /// Of the key in the key file.
        key_file_fingerprint: Fingerprint,
        /// Of the key the database was made with; absent if the database lacks it.
        key_database_fingerprint: Option<Fingerprint>,
    },
    /// The key file is of a master key that was changed since.
    #[error(
        "the key file {} (fingerprint {fingerprint}) was retired at {at}, when the master key of {} was changed: \
         use the key file of after the change; this one opens only what was backed up before it",
        paths.key_file.display(), paths.key_database.display()
    )]
    RetiredKeyFile {
        /// Both files.
        paths: VaultPaths,
        /// Of the key in the key file.
        fingerprint: Fingerprint,
        /// When it was changed for another.
        at: Timestamp,
    },
    /// A change of the master key stopped before the new key file had its place. Nothing is lost.
    #[error(
        "a change of the master key was not finished: {} opens the key database and is not in its place yet; \
         run `candour keys rotate` again, which goes on where it stopped", next_key_file.display()
    )]
    RotationUnfinished {
        /// The new key file.
        next_key_file: PathBuf,
    },
    /// The key database was written by a later version of this program.
    #[error(
        "the key database {} has schema version {found}, which this program does not know: use a newer program",
        path.display()
    )]
    NewerSchema {
        /// The key database.
        path: PathBuf,
        /// Its schema version.
        found: i32,
    },
    /// The file at that place is a database of another kind.
    #[error("{} is not a key database: check the configured path", path.display())]
    NotAKeyDatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file system does not support the write-ahead log, as network file systems do not.
    #[error(
        "the key database {} cannot use a write-ahead log there: keep it on a local file system",
        path.display()
    )]
    NoWriteAheadLog {
        /// The key database.
        path: PathBuf,
    },
    /// A statement failed.
    #[error("the key database {} cannot be opened: {detail}", path.display())]
    Database {
        /// The key database.
        path: PathBuf,
        /// SQLite's answer.
        detail: String,
    },
    /// A folder or file could not be made or looked at.
    #[error("{} cannot be {action}", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What was tried: `created`, `locked` or `examined`.
        action: &'static str,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// The cryptographic library or the system's randomness failed.
    #[error("the cryptographic library failed: the system may give no randomness")]
    Cryptography,
    /// The system gives no thread.
    #[error("the thread that writes the key database cannot be started")]
    Thread(#[source] io::Error),
}

impl From<Unspecified> for OpenError {
    fn from(Unspecified: Unspecified) -> Self {
        Self::Cryptography
    }
}

struct Shown(Option<Fingerprint>);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(fingerprint) => fingerprint.fmt(f),
            None => f.write_str("missing"),
        }
    }
}

/// A vault in local files, for one server at a time.
///
/// A new subject takes a key that was made durable earlier; the note that the key is now this subject's is
/// written a moment later, by a thread of the vault, without waiting for the disk. A kill or a power cut may
/// lose such notes: the values stay readable, since each names its key, the key is never given to anyone
/// else, and the subject gets a second key when it next needs one. Only the log then knows of the first,
/// which is why [`Vault::erase`] asks for the key numbers found there. Should it not be told of one, the key
/// is destroyed when a value under it is next opened. Dropping the vault writes every note first.
///
/// After a write to the key database failed, nothing more is written until the server is started again
/// ([`Vault::is_healthy`] is then `false`); values under keys in place can still be sealed and opened.
pub struct FileVault {
    /// Taken after `store` when both are.
    cache: Mutex<Cache>,
    store: Arc<Store>,
    writer: Option<JoinHandle<()>>,
    key_database: Uuid,
    /// Held until the store is closed: fields are dropped in order.
    _lock: Option<File>,
}

/// Unwrapped keys of known subjects. Filled and emptied only while `store` is held, so that a key being
/// destroyed cannot slip back in.
struct Cache {
    sealing: BoundedMap<SubjectId, (KeyNumber, Arc<DataKey>)>,
    opening: BoundedMap<KeyNumber, (SubjectId, Arc<DataKey>)>,
}

impl Cache {
    fn new() -> Self {
        Self { sealing: BoundedMap::new(CACHED_KEYS_MAX), opening: BoundedMap::new(CACHED_KEYS_MAX) }
    }
}

impl FileVault {
    /// Opens the vault, or creates it when neither file exists. Folders are made with mode 700, files with
    /// mode 600.
    ///
    /// # Errors
    /// [`OpenError`]; nothing that exists is changed by a refused opening.
    pub fn open(paths: &VaultPaths) -> Result<Self, OpenError> {
        let io_error = |path: &Path, action| {
            let path = path.to_owned();
            move |source| OpenError::Io { path, action, source }
        };
        for file in [&paths.key_file, &paths.key_database] {
            let folder = key_file::folder_of(file);
            create_private_folder(folder).map_err(io_error(folder, "created"))?;
        }
        let lock = lock(&paths.lock_file())?;

        let database_path = &paths.key_database;
        let database_exists = database_path.try_exists().map_err(io_error(database_path, "examined"))?;
        let master = MasterKey::derive(&key_file::load_or_create(&paths.key_file, !database_exists)?)?;
        if !database_exists {
            tracing::info!(fingerprint = %master.fingerprint(), "creating a new key database");
            key_file::create_private(database_path)
                .and_then(|file| file.sync_all())
                .and_then(|()| key_file::sync_folder_of(database_path))
                .map_err(io_error(database_path, "created"))?;
        }
        let database = KeyDatabase::open(
            database_path,
            master.fingerprint(),
            random_below(KEY_NUMBER_GAP_MAX)?,
            draw_identity()?,
        )
        .map_err(|refusal| explain(refusal, paths, master.fingerprint()))?;
        Self::start(master, database, Some(lock), database_path)
    }

    /// A vault with a random master key that lives as long as the value. For tests and demonstrations; it
    /// shares every line with the one in files but the files.
    ///
    /// # Errors
    /// [`OpenError::Cryptography`] without randomness, [`OpenError::Database`] if SQLite fails.
    pub fn in_memory() -> Result<Self, OpenError> {
        let paths =
            VaultPaths { key_file: PathBuf::from(":memory:"), key_database: PathBuf::from(":memory:") };
        let master = MasterKey::derive(&random_secret()?)?;
        let gap = random_below(KEY_NUMBER_GAP_MAX)?;
        let database = KeyDatabase::in_memory(master.fingerprint(), gap, draw_identity()?)
            .map_err(|refusal| explain(refusal, &paths, master.fingerprint()))?;
        Self::start(master, database, None, &paths.key_database)
    }

    fn start(
        mut master: MasterKey,
        database: KeyDatabase,
        lock: Option<File>,
        path: &Path,
    ) -> Result<Self, OpenError> {
        authenticate_as_before(&mut master, &database, path)?;
        let key_database = database.identity;
        let store = Store::start(master, database).map_err(|failure| OpenError::Database {
            path: path.to_owned(),
            detail: failure.to_string(),
        })??;
        let store = Arc::new(store);
        let written = Arc::clone(&store);
        let writer = std::thread::Builder::new()
            .name("key-notes".to_owned())
            .spawn(move || written.keep_written())
            .map_err(OpenError::Thread)?;
        Ok(Self { cache: Mutex::new(Cache::new()), store, writer: Some(writer), key_database, _lock: lock })
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sealing_key(&self, subject: SubjectId) -> Result<(KeyNumber, Arc<DataKey>), SealError> {
        if let Some(found) = self.cache().sealing.get(&subject) {
            return Ok(found);
        }
        let mut held = self.store.hold();
        // Whoever held it before may have given the subject its key.
        if let Some(found) = self.cache().sealing.get(&subject) {
            return Ok(found);
        }
        let standing =
            self.store.standing_of(&mut held, subject).map_err(|detail| SealError::Unavailable { detail })?;
        let stored = match standing {
            Standing::Erased => return Err(SealError::SubjectErased { subject }),
            Standing::New => None,
            Standing::Known { key, wrapped } => {
                let unwrapped = self.store.master.unwrap(key, &wrapped);
                if unwrapped.is_err() {
                    tracing::error!(%key, "a data key is damaged; its subject gets another");
                }
                unwrapped.ok().map(|unwrapped| (key, unwrapped))
            }
        };
        let (number, key) = match stored {
            Some(found) => found,
            None => self.store.give_key(&mut held, subject)?,
        };
        let key = Arc::new(key);
        let mut cache = self.cache();
        cache.sealing.insert(subject, (number, Arc::clone(&key)));
        cache.opening.insert(number, (subject, Arc::clone(&key)));
        Ok((number, key))
    }

    /// Opens a value whose key nobody is noted for. That the value opens proves whose key it is.
    fn open_unassigned(
        &self,
        mut held: MutexGuard<'_, Held>,
        key: &DataKey,
        cell: &AssociatedData,
        sealed: &Sealed,
        subject_is_erased: bool,
    ) -> Opened {
        let opened = decrypt(key, cell, sealed);
        if !subject_is_erased || !matches!(opened, Opened::Known(_)) {
            return opened;
        }
        // The subject was erased by a call that was not told of this key.
        let database = &mut held.database;
        let finished = match self.store.refuse_if_stopped() {
            Ok(()) => database
                .finish_erasure(sealed.subject(), sealed.key())
                .and_then(|()| database.purge_log())
                .map_err(|failure| self.store.write_failed(&failure)),
            Err(stopped) => Err(stopped),
        };
        match finished {
            Ok(true) => {
                tracing::warn!(key = %sealed.key(), "destroyed a key left over from an erasure");
            }
            Ok(false) => {
                tracing::error!(key = %sealed.key(), "destroyed a key left over from an erasure, but a copy remains until the erasure is repeated");
            }
            Err(detail) => {
                tracing::error!(key = %sealed.key(), detail, "a key left over from an erasure could not be destroyed");
            }
        }
        Opened::Erased
    }
}

impl Drop for FileVault {
    fn drop(&mut self) {
        self.store.close();
        if let Some(writer) = self.writer.take() {
            // It panicked or not: there is nobody to tell.
            drop(writer.join());
        }
    }
}

impl Vault for FileVault {
    fn seal(
        &self,
        subject: SubjectId,
        associated_data: &AssociatedData,
        plaintext: &[u8],
    ) -> Result<Sealed, SealError> {
        if plaintext.len() > PLAINTEXT_BYTES_MAX {
            return Err(SealError::PlaintextTooLong { limit: PLAINTEXT_BYTES_MAX, actual: plaintext.len() });
        }
        let (number, key) = self.sealing_key(subject)?;
        self.store
            .master
            .seal(&key, number, subject, associated_data, plaintext)
            .map_err(|Unspecified| cryptography_failed())
    }

    fn open(&self, associated_data: &AssociatedData, sealed: &Sealed) -> Opened {
        if let Some((owner, key)) = self.cache().opening.get(&sealed.key()) {
            return if owner == sealed.subject() {
                decrypt(&key, associated_data, sealed)
            } else {
                Opened::Unreadable(UnreadableReason::KeyOfAnotherSubject)
            };
        }
        let mut held = self.store.hold();
        if let Err(detail) = self.store.write_note_of(&mut held, sealed.key()) {
            tracing::error!(detail, "the key database could not be written");
            return Opened::Unreadable(UnreadableReason::VaultUnavailable);
        }
        let record = match held.database.find(sealed.key(), sealed.subject()) {
            Ok(record) => record,
            Err(failure) => {
                tracing::error!(%failure, "the key database could not be read");
                return Opened::Unreadable(UnreadableReason::VaultUnavailable);
            }
        };
        let (wrapped, owner) = match record.state {
            KeyState::Present { subject: Some(owner), .. } | KeyState::Destroyed { subject: owner }
                if owner != sealed.subject() =>
            {
                return Opened::Unreadable(UnreadableReason::KeyOfAnotherSubject);
            }
            KeyState::Destroyed { .. } => return Opened::Erased,
            KeyState::Missing if record.subject_is_erased => return Opened::Erased,
            KeyState::Missing => {
                tracing::error!(key = %sealed.key(), "a data key is missing and no erasure is recorded");
                return Opened::Unreadable(UnreadableReason::KeyMissing);
            }
            KeyState::Present { wrapped, subject } => (wrapped, subject),
        };
        let Ok(key) = self.store.master.unwrap(sealed.key(), &wrapped) else {
            tracing::error!(key = %sealed.key(), "a data key is damaged");
            return Opened::Unreadable(UnreadableReason::KeyDamaged);
        };
        let Some(owner) = owner else {
            return self.open_unassigned(held, &key, associated_data, sealed, record.subject_is_erased);
        };
        let key = Arc::new(key);
        self.cache().opening.insert(sealed.key(), (owner, Arc::clone(&key)));
        drop(held);
        decrypt(&key, associated_data, sealed)
    }

    fn authenticate(&self, purpose: &str, content: &[u8]) -> [u8; 32] {
        self.store.master.authenticate(purpose, content)
    }

    fn erase(
        &self,
        subject: SubjectId,
        keys_found_in_log: &[KeyNumber],
        erasure: &Erasure,
    ) -> Result<Erased, EraseError> {
        check(keys_found_in_log, erasure)?;
        self.store.refuse_if_stopped().map_err(|detail| EraseError::Unavailable { detail })?;
        let mut held = self.store.hold();
        self.store.write_notes(&mut held).map_err(|detail| EraseError::Unavailable { detail })?;
        // A key still in the pool cannot be in the log; destroying it would harm whoever gets it.
        let mut keys_of_others: Vec<_> =
            keys_found_in_log.iter().copied().filter(|&key| held.is_in_pool(key)).collect();
        let done = if keys_of_others.is_empty() {
            match held.database.erase(subject, keys_found_in_log, erasure) {
                Ok(ErasureOutcome::Done { destroyed, at, repeated }) => {
                    Some(Erased { keys_destroyed: destroyed, at, repeated })
                }
                Ok(ErasureOutcome::Refused { keys_of_others: refused }) => {
                    keys_of_others = refused;
                    None
                }
                Err(failure) => {
                    // Whether it was recorded is unknown: no key of the subject may stay at hand.
                    *self.cache() = Cache::new();
                    return Err(EraseError::Unavailable { detail: self.store.write_failed(&failure) });
                }
            }
        } else {
            None
        };
        let Some(done) = done else {
            keys_of_others.sort_unstable();
            keys_of_others.dedup();
            return Err(EraseError::KeyOfAnotherSubject { subject, keys: keys_of_others });
        };

        let mut cache = self.cache();
        cache.sealing.remove(&subject);
        for key in &done.keys_destroyed {
            cache.opening.remove(key);
        }
        drop(cache);
        match held.database.purge_log() {
            Ok(true) => Ok(done),
            Ok(false) => Err(EraseError::CopyRemains { subject }),
            Err(failure) => Err(EraseError::Unavailable { detail: self.store.write_failed(&failure) }),
        }
    }

    fn keys_id(&self) -> KeysId {
        KeysId { first_master_key: self.store.master.origin(), key_database: self.key_database }
    }

    fn is_healthy(&self) -> bool {
        self.store.is_healthy()
    }
}

impl fmt::Debug for FileVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileVault")
            .field("fingerprint", &self.store.master.fingerprint())
            .finish_non_exhaustive()
    }
}

fn decrypt(key: &DataKey, cell: &AssociatedData, sealed: &Sealed) -> Opened {
    match key.open(cell, sealed) {
        Ok(plaintext) => Opened::Known(plaintext),
        Err(Unspecified) => Opened::Unreadable(UnreadableReason::NotAuthentic),
    }
}

fn cryptography_failed() -> SealError {
    SealError::Unavailable { detail: "the cryptographic library failed".to_owned() }
}

fn check(keys_found_in_log: &[KeyNumber], erasure: &Erasure) -> Result<(), EraseError> {
    if keys_found_in_log.len() > KEYS_FOUND_IN_LOG_MAX {
        return Err(EraseError::TooManyKeys {
            limit: KEYS_FOUND_IN_LOG_MAX,
            actual: keys_found_in_log.len(),
        });
    }
    for (text, value) in
        [(ErasureText::Reason, &erasure.reason), (ErasureText::Authority, &erasure.authority)]
    {
        if value.trim().is_empty() {
            return Err(EraseError::TextMissing { text });
        }
        if value.len() > ERASURE_TEXT_BYTES_MAX {
            return Err(EraseError::TextTooLong { text, limit: ERASURE_TEXT_BYTES_MAX, actual: value.len() });
        }
    }
    Ok(())
}

/// Carries over what authenticates, where the master key was changed.
pub(crate) fn authenticate_as_before(
    master: &mut MasterKey,
    database: &KeyDatabase,
    path: &Path,
) -> Result<(), OpenError> {
    let failed = |detail| OpenError::Database { path: path.to_owned(), detail };
    if let Some(stored) = database.authentication().map_err(|failure| failed(failure.to_string()))? {
        master.take_over_authentication(stored.origin, &stored.wrapped).map_err(|Unspecified| {
            failed(
                "the key that authenticates is damaged; put the key database back from its backup".to_owned(),
            )
        })?;
    }
    Ok(())
}

pub(crate) fn lock(path: &Path) -> Result<File, OpenError> {
    let failed = |action| move |source| OpenError::Io { path: path.to_owned(), action, source };
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(failed("created"))?;
    if file.try_lock_exclusive().map_err(failed("locked"))? {
        Ok(file)
    } else {
        Err(OpenError::AlreadyOpen { lock_file: path.to_owned() })
    }
}

fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

pub(crate) fn explain(refusal: Refusal, paths: &VaultPaths, master: Fingerprint) -> OpenError {
    let path = paths.key_database.clone();
    match refusal {
        Refusal::NotAKeyDatabase => OpenError::NotAKeyDatabase { path },
        Refusal::NewerSchema { found } => OpenError::NewerSchema { path, found },
        Refusal::OtherMasterKey { database: Some(database), .. }
            if rotation::next_fingerprint(paths) == Some(database) =>
        {
            OpenError::RotationUnfinished { next_key_file: paths.next_key_file() }
        }
        Refusal::OtherMasterKey { retired_at: Some(at), .. } => {
            OpenError::RetiredKeyFile { paths: paths.clone(), fingerprint: master, at }
        }
        Refusal::OtherMasterKey { database, retired_at: None } => OpenError::WrongKeyFile {
            paths: paths.clone(),
            key_file_fingerprint: master,
            key_database_fingerprint: database,
        },
        Refusal::NoWriteAheadLog => OpenError::NoWriteAheadLog { path },
        Refusal::Failed(failure) if failure.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            OpenError::NotAKeyDatabase { path }
        }
        Refusal::Failed(failure) => OpenError::Database { path, detail: failure.to_string() },
    }
}

/// The identity of a key database that is made now.
pub(crate) fn draw_identity() -> Result<Uuid, Unspecified> {
    Ok(uuid::Builder::from_random_bytes(random_identity()?).into_uuid())
}
