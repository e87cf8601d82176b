//! The read-model file: opening, what a runner has reached, and snapshots for queries.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use candour_domain::{calendar::Calendar, measures::Rules, policy::Policy};
use candour_journal::{Position, StoreId};
use fs4::fs_std::FileExt;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{limits, schema};

/// What due dates are worked out with. Lines and sums are kept for one calendar and one policy; a file made with others is folded anew.
#[derive(Clone, Debug)]
pub struct Grounds {
    /// The working days of the organisation's nation.
    pub calendar: &'static Calendar,
    /// The organisation's numbers of days.
    pub policy: Policy,
}

impl Grounds {
    /// As the measures take them.
    pub fn rules(&self) -> Rules<'_> {
        Rules { calendar: self.calendar, policy: &self.policy }
    }

    /// Names them in the file.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.calendar.version().as_str(), self.policy.version)
    }
}

/// Where the read model is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Everything up to here is folded.
    pub position: Position,
    /// How many events that were.
    pub events: u64,
    /// Why folding stopped, if it did.
    pub stopped: Option<Stopped>,
}

/// An event that could not be decoded or folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Its position.
    pub position: Position,
    /// What is wrong, without its content.
    pub reason: String,
}

/// Why a read-model file could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process folds into it.
    #[error("{} is in use by another process; stop that process first", .0.display())]
    InUse(PathBuf),
    /// The file system failed.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What failed.
        source: io::Error,
    },
    /// SQLite failed.
    #[error("{}: {source}", path.display())]
    Database {
        /// Which file.
        path: PathBuf,
        /// What failed.
        source: rusqlite::Error,
    },
}

/// The read model: one file with every projection and one checkpoint.
///
/// Cheap to clone. There is one [`crate::Runner`] that writes; any number of snapshots read.
#[derive(Clone)]
pub struct ReadModel {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    store: StoreId,
    grounds: Grounds,
    readers: Mutex<Vec<Connection>>,
    writer: Mutex<Option<Connection>>,
    progress: watch::Sender<Progress>,
    closing: CancellationToken,
    /// Held while the file is in use; released by the operating system even after a kill.
    _lock: File,
}

impl std::fmt::Debug for ReadModel {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ReadModel").field("path", &self.inner.path).finish_non_exhaustive()
    }
}

impl ReadModel {
    /// Opens or creates the file for a store.
    ///
    /// A file that belongs to another store or epoch, is of another schema version or other grounds, or has read further than the log goes
    /// (a restored store) is discarded and will be folded anew: everything in it can be made again.
    pub fn open(
        path: &Path,
        store: StoreId,
        epoch: u64,
        head: Position,
        grounds: Grounds,
    ) -> Result<Self, OpenError> {
        let lock = lock(path)?;
        let database = |source| OpenError::Database { path: path.to_owned(), source };
        let mut connection = None;
        if path.exists() {
            let opened = open_writer(path)
                .and_then(|c| is_current(&c, store, epoch, head, &grounds).map(|ok| ok.then_some(c)));
            match opened {
                Ok(Some(current)) => connection = Some(current),
                Ok(None) => {
                    tracing::warn!("the read model is of another store, version or time; folding it anew");
                }
                Err(error) => tracing::warn!(%error, "the read model cannot be read; folding it anew"),
            }
            if connection.is_none() {
                remove(path)?;
            }
        }
        let connection = match connection {
            Some(connection) => connection,
            None => create(path, store, epoch, &grounds).map_err(database)?,
        };
        let progress = read_progress(&connection).map_err(database)?;
        Ok(Self {
            inner: Arc::new(Inner {
                path: path.to_owned(),
                store,
                grounds,
                readers: Mutex::new(Vec::new()),
                writer: Mutex::new(Some(connection)),
                progress: watch::Sender::new(progress),
                closing: CancellationToken::new(),
                _lock: lock,
            }),
        })
    }

    /// The store it folds.
    pub fn store_id(&self) -> StoreId {
        self.inner.store
    }

    /// What its lines and sums are made with.
    pub fn grounds(&self) -> &Grounds {
        &self.inner.grounds
    }

    /// Where it is now.
    pub fn progress(&self) -> Progress {
        self.inner.progress.borrow().clone()
    }

    /// Follows where it is.
    pub fn changes(&self) -> watch::Receiver<Progress> {
        self.inner.progress.subscribe()
    }

    /// Waits until it has reached a position, folding has stopped, or the time is up. Answers where it is.
    pub async fn wait_for(&self, position: Position, time: Duration) -> Progress {
        let mut changes = self.changes();
        let reached =
            changes.wait_for(|progress| progress.position >= position || progress.stopped.is_some());
        // Whether it was reached is read off the progress, so how the wait ended does not matter.
        tokio::select! {
            _ = reached => {}
            () = tokio::time::sleep(time.min(limits::WAIT_MAX)) => {}
            () = self.inner.closing.cancelled() => {}
        }
        self.progress()
    }

    /// Ends every wait for a position: the server is being stopped, and nobody should hold that up.
    pub fn stop_waiting(&self) {
        self.inner.closing.cancel();
    }

    /// Resolves once the server is being stopped: whoever answers without end ends.
    pub async fn stopping(&self) {
        self.inner.closing.cancelled().await;
    }

    /// A consistent view at what is folded now. Blocking: call it from a blocking task.
    pub fn snapshot(&self) -> Result<Snapshot, rusqlite::Error> {
        let kept = self.inner.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match kept {
            Some(connection) => connection,
            None => open_reader(&self.inner.path)?,
        };
        connection.execute_batch("BEGIN")?;
        let progress = read_progress(&connection)?;
        Ok(Snapshot { connection: Some(connection), home: Arc::clone(&self.inner), progress })
    }

    /// Takes the one writing connection; `None` while somebody has it.
    pub(crate) fn take_writer(&self) -> Option<Connection> {
        self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Gives the writing connection back.
    pub(crate) fn give_writer(&self, connection: Connection) {
        *self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
    }

    /// Tells everybody who waits.
    pub(crate) fn publish(&self, progress: Progress) {
        self.inner.progress.send_replace(progress);
    }
}

/// A consistent view of the read model. Returns its connection when dropped.
pub struct Snapshot {
    connection: Option<Connection>,
    home: Arc<Inner>,
    progress: Progress,
}

impl Snapshot {
    /// What is folded in this view.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The store.
    pub fn store_id(&self) -> StoreId {
        self.home.store
    }

    /// What its lines and sums are made with.
    pub(crate) fn grounds(&self) -> &Grounds {
        &self.home.grounds
    }

    /// The connection inside its read transaction.
    pub(crate) fn connection(&self) -> Result<&Connection, rusqlite::Error> {
        // Taken only by drop.
        self.connection.as_ref().ok_or(rusqlite::Error::InvalidQuery)
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && connection.execute_batch("COMMIT").is_ok()
        {
            let mut readers = self.home.readers.lock().unwrap_or_else(PoisonError::into_inner);
            if readers.len() < limits::READERS_KEPT_MAX {
                readers.push(connection);
            }
        }
    }
}

/// Reads checkpoint and health.
pub(crate) fn read_progress(connection: &Connection) -> Result<Progress, rusqlite::Error> {
    connection.query_row(
        "SELECT checkpoint, events_folded, stopped_position, stopped_reason FROM read_model WHERE id = 1",
        [],
        |row| {
            let stopped: Option<i64> = row.get(2)?;
            let reason: Option<String> = row.get(3)?;
            Ok(Progress {
                position: Position::from_raw(row.get::<_, i64>(0)?.cast_unsigned()),
                events: row.get::<_, i64>(1)?.cast_unsigned(),
                stopped: stopped.map(|position| Stopped {
                    position: Position::from_raw(position.cast_unsigned()),
                    reason: reason.unwrap_or_default(),
                }),
            })
        },
    )
}

/// Creates an empty read-model file.
pub(crate) fn create(
    path: &Path,
    store: StoreId,
    epoch: u64,
    grounds: &Grounds,
) -> Result<Connection, rusqlite::Error> {
    create_private(path).map_err(|_| rusqlite::Error::InvalidPath(path.to_owned()))?;
    let connection = open_writer(path)?;
    connection.pragma_update(None, "page_size", 8192)?;
    connection.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.execute_batch(&format!("BEGIN IMMEDIATE;{}COMMIT;", schema::CREATE))?;
    connection.execute(
        "INSERT INTO read_model (id, schema_version, store_id, epoch, grounds, checkpoint, events_folded) VALUES (1, ?1, ?2, ?3, ?4, 0, 0)",
        (schema::VERSION, store.0.as_bytes().as_slice(), epoch.cast_signed(), grounds.name()),
    )?;
    Ok(connection)
}

/// Lets a fresh file be written without regard for a crash: what is not finished is made again from the beginning.
pub(crate) fn begin_unsafely(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "journal_mode", "MEMORY")?;
    connection.pragma_update(None, "synchronous", "OFF")
}

/// Goes further: nothing is kept to take a change back with, which for one transaction over the whole file would be a copy of the file in
/// memory. After a failure the file is of no use.
pub(crate) fn go_on_without_return(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "journal_mode", "OFF")
}

/// Ends [`begin_unsafely`]: from here on the file is as safe as any, and what it holds is on disk.
pub(crate) fn end_safely(connection: &Connection, path: &Path) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|_| rusqlite::Error::InvalidPath(path.to_owned()))
}

fn open_writer(path: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    configure(&connection)?;
    // A read model can be made again from the log, so a power cut may cost its last transactions, never its consistency.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    connection.pragma_update(None, "cache_size", -limits::WRITER_CACHE_KIB)?;
    Ok(connection)
}

fn open_reader(path: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    configure(&connection)?;
    connection.pragma_update(None, "query_only", "ON")?;
    connection.pragma_update(None, "cache_size", -limits::READER_CACHE_KIB)?;
    Ok(connection)
}

fn configure(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(limits::BUSY_WAIT)?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(())
}

fn is_current(
    connection: &Connection,
    store: StoreId,
    epoch: u64,
    head: Position,
    grounds: &Grounds,
) -> Result<bool, rusqlite::Error> {
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != schema::APPLICATION_ID {
        return Ok(false);
    }
    let found = connection
        .query_row(
            "SELECT schema_version, store_id, epoch, checkpoint, grounds FROM read_model WHERE id = 1",
            [],
            |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    row.get::<_, Vec<u8>>(1)?,
                    row.get::<_, i64>(2)?,
                    row.get::<_, i64>(3)?,
                    row.get::<_, String>(4)?,
                ))
            },
        )
        .optional()?;
    Ok(found.is_some_and(|(version, id, found_epoch, checkpoint, made_with)| {
        version == schema::VERSION
            && id == store.0.as_bytes()
            && found_epoch.cast_unsigned() == epoch
            && checkpoint.cast_unsigned() <= head.raw()
            && made_with == grounds.name()
    }))
}

fn lock(path: &Path) -> Result<File, OpenError> {
    let lock_path = path.with_extension("lock");
    let io = |source| OpenError::Io { path: lock_path.clone(), source };
    let file = create_private(&lock_path).map_err(io)?;
    if FileExt::try_lock_exclusive(&file).map_err(io)? {
        Ok(file)
    } else {
        Err(OpenError::InUse(path.to_owned()))
    }
}

/// Removes a database with its side files.
pub(crate) fn remove(path: &Path) -> Result<(), OpenError> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let file = PathBuf::from(name);
        match std::fs::remove_file(&file) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(OpenError::Io { path: file, source });
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new().create(true).truncate(false).write(true).read(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<File> {
    std::fs::OpenOptions::new().create(true).truncate(false).write(true).read(true).open(path)
}
