//! Opening the file: its folder, its lock, its settings, its marks, its store row.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candour_journal::{Clock, Position, StoreId, to_stored_precision};
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior};
use uuid::Uuid;

use crate::lock::WriterLock;
use crate::schema::{APPLICATION_ID, CREATE, FACTS, SCHEMA_VERSION};
use crate::settings::{
    BUSY_TIMEOUT, PAGE_BYTES, READER_CACHE_KIB, STATEMENTS_KEPT, WAL_BYTES_KEPT, WRITER_CACHE_KIB,
};

/// How a journal is opened, and made if it does not exist.
#[derive(Clone)]
pub struct OpenOptions {
    pub(crate) clock: Arc<dyn Clock>,
    synthetic: bool,
    either_kind: bool,
    new_store_id: Option<StoreId>,
}

impl OpenOptions {
    /// A store of real records, stamped by this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, synthetic: false, either_kind: false, new_store_id: None }
    }

    /// Whether the store is synthetic, that is made for a demonstration or a test. Decided for ever when the store is
    /// made; opening it later with the other value is refused.
    #[must_use]
    pub fn synthetic(mut self, synthetic: bool) -> Self {
        self.synthetic = synthetic;
        self
    }

    /// Takes an existing store as it is, synthetic or not: for tools that work on either and record nothing.
    #[must_use]
    pub fn either_kind(mut self) -> Self {
        self.either_kind = true;
        self
    }

    /// The identity to give to the store if it is made now; drawn at random if not set. Ignored for an existing store.
    #[must_use]
    pub fn new_store_id(mut self, id: StoreId) -> Self {
        self.new_store_id = Some(id);
        self
    }
}

impl std::fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenOptions")
            .field("synthetic", &self.synthetic)
            .field("new_store_id", &self.new_store_id)
            .finish_non_exhaustive()
    }
}

/// Why a journal was not opened. Nothing was changed in an existing store.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another writer has the store open, in this process or in another.
    #[error(
        "the journal {} is open in another writer, which holds {}; stop that process, or choose another file",
        .database.display(), .lock.display()
    )]
    AlreadyOpen {
        /// The database file.
        database: PathBuf,
        /// The lock file.
        lock: PathBuf,
    },
    /// The file is a database of something else, or no database at all.
    #[error("{} is not a Candour journal; choose another file", .database.display())]
    NotAJournal {
        /// The file.
        database: PathBuf,
    },
    /// The store was written by a newer version of the program.
    #[error(
        "the journal {} has schema version {found}, and this program knows versions up to {known}; use a newer program",
        .database.display()
    )]
    NewerSchema {
        /// The database file.
        database: PathBuf,
        /// Version in the file.
        found: i32,
        /// Highest version known here.
        known: i32,
    },
    /// The store is synthetic and was to be opened as real, or the other way round.
    #[error(
        "the journal {} was made {}; choose another file",
        .database.display(),
        if *.is_synthetic { "as synthetic and never holds real records" } else { "for real records and is not synthetic" }
    )]
    Synthetic {
        /// The database file.
        database: PathBuf,
        /// What the store says of itself.
        is_synthetic: bool,
    },
    /// The store's own description is damaged.
    #[error("the journal {} is damaged: {reason}; restore it from a backup", .database.display())]
    Damaged {
        /// The database file.
        database: PathBuf,
        /// What is wrong.
        reason: &'static str,
    },
    /// A setting that durability depends on did not take effect; network file systems are a usual cause.
    #[error("the journal {} cannot be served safely: {setting} did not take effect there", .database.display())]
    Setting {
        /// The database file.
        database: PathBuf,
        /// Which setting.
        setting: &'static str,
    },
    /// The folder or a file could not be made, read or locked.
    #[error("the journal {} could not be opened", .database.display())]
    File {
        /// The database file.
        database: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// SQLite failed.
    #[error("the journal {} could not be opened", .database.display())]
    Sqlite {
        /// The database file.
        database: PathBuf,
        /// The cause.
        #[source]
        source: rusqlite::Error,
    },
}

/// A store that is locked, set up and checked.
pub(crate) struct OpenedStore {
    pub(crate) lock: WriterLock,
    /// The writing connection.
    pub(crate) connection: Connection,
    /// The database file, with symbolic links resolved.
    pub(crate) database: PathBuf,
    pub(crate) store: StoreRow,
    pub(crate) head: Position,
    /// `recorded_at` of the last event.
    pub(crate) last_recorded: Option<Timestamp>,
}

/// What a store says of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoreRow {
    pub(crate) id: StoreId,
    pub(crate) epoch: u64,
    pub(crate) synthetic: bool,
}

/// Opens the store at `path`, making it if there is none.
pub(crate) fn open(path: &Path, options: &OpenOptions) -> Result<OpenedStore, OpenError> {
    let io = |source| OpenError::File { database: path.to_owned(), source };
    let database = prepare_folder(path).map_err(io)?;
    let lock_path = WriterLock::path_for(&database);
    let lock = WriterLock::take(&lock_path)
        .map_err(io)?
        .ok_or_else(|| OpenError::AlreadyOpen { database: database.clone(), lock: lock_path })?;
    create_file(&database).map_err(io)?;
    let opening = Opening { database, options };
    let mut connection = opening.sqlite(connect(&opening.database, OpenFlags::SQLITE_OPEN_READ_WRITE))?;
    opening.identify(&mut connection)?;
    opening.apply_settings(&connection)?;
    let store = opening.store_row(&connection)?;
    let (head, last_recorded) = opening.end_of_log(&connection)?;
    Ok(OpenedStore { lock, connection, database: opening.database, store, head, last_recorded })
}

/// Notes that the store at `path`, which is not open, was put back from a backup: its epoch goes up by one, so that whatever was kept against the
/// earlier one is known to be of another time.
///
/// # Errors
/// See [`OpenError`].
pub fn mark_restored(path: impl AsRef<Path>) -> Result<(), OpenError> {
    // The clock stamps nothing here.
    let options = OpenOptions::new(Arc::new(candour_journal::SystemClock)).either_kind();
    let opened = open(path.as_ref(), &options)?;
    opened
        .connection
        .execute("UPDATE store SET epoch = epoch + 1", [])
        .map(drop)
        .map_err(|source| OpenError::Sqlite { database: opened.database, source })
}

/// A connection that can only read.
pub(crate) fn connect_reader(database: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -i64::from(READER_CACHE_KIB))?;
    Ok(connection)
}

/// The position of the last event ever written. Taken from SQLite's own counter and not from the rows, so that a row
/// missing at the end is noticed.
pub(crate) fn head(connection: &Connection) -> rusqlite::Result<Position> {
    let seq: Option<i64> = connection
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'event'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(seq.and_then(|seq| u64::try_from(seq).ok()).map_or(Position::BEFORE_FIRST, Position::from_raw))
}

fn connect(database: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(database, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}

/// Makes the folder if it is missing, closed to other users, and resolves links, so that one store has one lock.
fn prepare_folder(path: &Path) -> io::Result<PathBuf> {
    let name =
        path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not a file name"))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let database = folder.canonicalize()?.join(name);
    if database.try_exists()? { database.canonicalize() } else { Ok(database) }
}

/// Makes an empty file, closed to other users, before SQLite would: SQLite gives its side files the same mode.
fn create_file(database: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(database) {
        Ok(file) => {
            file.sync_all()?;
            #[cfg(unix)]
            if let Some(folder) = database.parent() {
                File::open(folder)?.sync_all()?;
            }
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// The steps of opening that need to name the file in their errors.
struct Opening<'a> {
    database: PathBuf,
    options: &'a OpenOptions,
}

impl Opening<'_> {
    /// Makes the tables in an empty file; refuses a file that is not ours or is newer than we are.
    fn identify(&self, connection: &mut Connection) -> Result<(), OpenError> {
        let marks = connection.query_row(
            "SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version),
                    (SELECT count(*) FROM sqlite_schema)",
            [],
            |row| Ok((row.get::<_, i32>(0)?, row.get::<_, i32>(1)?, row.get::<_, i64>(2)?)),
        );
        let not_ours = || OpenError::NotAJournal { database: self.database.clone() };
        match marks {
            Ok((0, 0, 0)) => self.sqlite(self.create(connection)),
            Ok((APPLICATION_ID, SCHEMA_VERSION, _)) => Ok(()),
            Ok((APPLICATION_ID, 1, _)) => self.sqlite(upgrade_from_1(connection)),
            Ok((APPLICATION_ID, found, _)) if found > SCHEMA_VERSION => {
                Err(OpenError::NewerSchema { database: self.database.clone(), found, known: SCHEMA_VERSION })
            }
            Ok((APPLICATION_ID, ..)) => Err(self.damaged("its schema version was never released")),
            Ok(_) => Err(not_ours()),
            Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
                Err(not_ours())
            }
            Err(error) => self.sqlite(Err(error)),
        }
    }

    fn create(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        // The page size must be set before the first page is written, which turning to WAL does.
        connection.pragma_update(None, "page_size", PAGE_BYTES)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(CREATE)?;
        transaction.execute_batch(FACTS)?;
        let id = self.options.new_store_id.unwrap_or_else(draw_store_id);
        let created_at = to_stored_precision(self.options.clock.now()).as_microsecond();
        transaction.execute(
            "INSERT INTO store (only_row, id, epoch, created_at, schema_version, synthetic)
             VALUES (1, ?1, 0, ?2, ?3, ?4)",
            (id.0.as_bytes(), created_at, SCHEMA_VERSION, self.options.synthetic),
        )?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        transaction.commit()
    }

    fn apply_settings(&self, connection: &Connection) -> Result<(), OpenError> {
        let settings = || {
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT)?;
            connection.pragma_update(None, "cache_size", -i64::from(WRITER_CACHE_KIB))?;
            let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
            let synchronous: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
            Ok((mode, synchronous))
        };
        let (mode, synchronous) = self.sqlite(settings())?;
        let not_taken = |setting| OpenError::Setting { database: self.database.clone(), setting };
        if mode != "wal" {
            return Err(not_taken("journal_mode=WAL"));
        }
        if synchronous != 2 {
            return Err(not_taken("synchronous=FULL"));
        }
        Ok(())
    }

    fn store_row(&self, connection: &Connection) -> Result<StoreRow, OpenError> {
        let row = connection
            .query_row(
                "SELECT id, epoch, schema_version, synthetic FROM store WHERE only_row = 1",
                [],
                |row| {
                    Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?, row.get::<_, i32>(2)?, row.get(3)?))
                },
            )
            .optional();
        let (id, epoch, schema_version, synthetic) =
            self.sqlite(row)?.ok_or_else(|| self.damaged("its store row is missing"))?;
        let id = Uuid::from_slice(&id).map_err(|_| self.damaged("its store id is not a UUID"))?;
        let epoch = u64::try_from(epoch).map_err(|_| self.damaged("its epoch is negative"))?;
        if schema_version != SCHEMA_VERSION {
            return Err(self.damaged("its store row and its header differ in the schema version"));
        }
        if synthetic != self.options.synthetic && !self.options.either_kind {
            return Err(OpenError::Synthetic { database: self.database.clone(), is_synthetic: synthetic });
        }
        Ok(StoreRow { id: StoreId(id), epoch, synthetic })
    }

    fn end_of_log(&self, connection: &Connection) -> Result<(Position, Option<Timestamp>), OpenError> {
        let head = self.sqlite(head(connection))?;
        let last = connection
            .query_row("SELECT recorded_at FROM event ORDER BY position DESC LIMIT 1", [], |row| row.get(0))
            .optional();
        let last_recorded = self
            .sqlite(last)?
            .map(Timestamp::from_microsecond)
            .transpose()
            .map_err(|_| self.damaged("its last event was recorded at an impossible time"))?;
        Ok((head, last_recorded))
    }

    fn damaged(&self, reason: &'static str) -> OpenError {
        OpenError::Damaged { database: self.database.clone(), reason }
    }

    fn sqlite<T>(&self, result: rusqlite::Result<T>) -> Result<T, OpenError> {
        result.map_err(|source| OpenError::Sqlite { database: self.database.clone(), source })
    }
}

/// Brings a store of version 1 to the present one, whole or not at all. Events are not touched.
fn upgrade_from_1(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(FACTS)?;
    transaction.execute("UPDATE store SET schema_version = ?1", [SCHEMA_VERSION])?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a new store is identified by chance, once, unless its maker says how"
)]
fn draw_store_id() -> StoreId {
    StoreId(Uuid::new_v4())
}
