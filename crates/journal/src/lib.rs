//! The event-store port of Candour: append to one stream, read, follow.
//!
//! Start at [`Journal`]. An engine is an adapter crate that implements it and passes the suite in `conformance`
//! (cargo feature of that name); [`MemoryJournal`] is the reference in the fewest lines.
//!
//! What every engine promises:
//! - An append is atomic, goes to one stream, and states the version it expects ([`ExpectedVersion`]).
//! - Acknowledged means durable in the engine's own sense (for SQLite: synced to disk).
//! - Every reader sees the same order. Positions are opaque and ordered; they need not be dense.
//! - **A position you have read is a completed prefix**: once a reader has seen a position, nothing will ever appear
//!   at or before it that the reader has not been given.
//! - Repeating an append with the same expected version and the same event ids gives the first outcome and writes
//!   nothing ([`admission`]), and is told that it is a repeat.
//! - A fact about the store itself is settled once ([`Fact`]): the first value given stands for every server of the log.
//! - A record that cannot be read back is reported ([`ReadError::Corrupt`]), never skipped.
//!
//! This crate does not know what an event means: data and metadata are bytes, kept as they came. Instants are kept to
//! the microsecond ([`to_stored_precision`]).

pub mod admission;
mod clock;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod copying;
mod error;
mod event;
mod fact;
mod follow;
mod journal;
pub mod limits;
mod memory;
mod name;
#[cfg(feature = "observed")]
pub mod observed;
mod position;

pub use clock::{Clock, ClockMovedBack, ManualClock, SystemClock};
pub use copying::{CopyError, Copying};
pub use error::{
    AppendError, CorruptRecord, FactError, Limit, LimitExceeded, ReadError, RecordPlace, StorageFault,
    Unavailable,
};
pub use event::{AllPage, Appended, NewEvent, RecordedEvent, StreamPage, to_stored_precision};
pub use fact::{Fact, check_fact_value};
pub use follow::next_page;
pub use journal::Journal;
pub use memory::MemoryJournal;
pub use name::{EventTypeName, InvalidName, StreamName};
pub use position::{ExpectedVersion, Position, StoreId, StreamVersion};
