//! The embedded engine of the journal: one SQLite file, one writer, acknowledged means on disk.
//!
//! Start at [`SqliteJournal::open`]. The modules, from the outside in: `journal` (the port), `writer` (the thread that
//! owns the writing connection and commits in groups), `append` (one append inside a transaction), `reader` (the pool
//! and the pages), `record` (rows into events), `integrity` (looking for damage), `store` (files, settings, opening),
//! `schema`, `lock`.
//!
//! # Layout
//! `store` holds one row: identity, epoch, creation, whether the store is synthetic. `stream` and `event_type` intern
//! names. `event` is the log: its integer key is the position, without gaps, because it is allotted inside the
//! transaction that commits it. Event ids are unique. Triggers refuse any change or removal of what was written: a
//! guard against mistakes and not against an owner of the file, who can drop them.
//!
//! There is no table of commands: the request id and the HMAC of its content are in the metadata of the events, so a
//! repeat is found in the stream that the command loads anyway, and there is one truth about it and not two. There is no
//! table of hashes either: what proves that the log was not altered is computed from the log and kept outside it.
//!
//! Instants are integers: microseconds since the Unix epoch.
//!
//! # Corruption
//! Positions have no gaps and neither have the versions of a stream, so a missing row is seen as well as a damaged one.
//! Both are reported with their place, and nothing past them is given.

mod append;
mod copy;
mod fact;
mod integrity;
mod journal;
mod lock;
mod reader;
mod record;
mod schema;
mod store;
mod writer;

pub use journal::{CloseError, SqliteJournal};
pub use schema::{APPLICATION_ID, SCHEMA_VERSION};
pub use store::{OpenError, OpenOptions, mark_restored};
pub use writer::{Commit, CommitObserver, WriterStatistics};

/// The version of SQLite that is compiled in, such as `3.50.2`.
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

/// The settings of this engine that are limits or sizes, with their reasons.
pub mod settings {
    use std::time::Duration;

    /// Bytes in a page of the database file. Fixed when a store is made; measured best for batches of small events.
    pub const PAGE_BYTES: u32 = 8192;

    /// Size to which the write-ahead log shrinks again after it has swollen: 64 MiB.
    pub const WAL_BYTES_KEPT: u64 = 64 * 1024 * 1024;

    /// Memory for pages in the writer, in KiB: the index of event ids is touched at random.
    pub const WRITER_CACHE_KIB: u32 = 32 * 1024;

    /// Memory for pages in each reader, in KiB.
    pub const READER_CACHE_KIB: u32 = 4 * 1024;

    /// How long a connection waits for a lock that another program holds on the file.
    pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

    /// Connections that read at the same time. More reads wait for one to be free.
    pub const READERS: u32 = 4;

    /// Prepared statements kept by a connection.
    pub const STATEMENTS_KEPT: usize = 32;
}
