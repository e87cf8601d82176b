//! The limits of the read side.

use std::time::Duration;

/// Events folded in one transaction.
pub const BATCH_EVENTS_MAX: usize = 1_000;
/// Rows on one page of a list when the caller names no number.
pub const PAGE_SIZE_DEFAULT: usize = 50;
/// Rows on one page of a list at most; a larger number is lowered to this.
pub const PAGE_SIZE_MAX: usize = 500;
/// Units printed under one figure at most; the rest is reached through the drill-down.
pub const UNITS_PER_FIGURE_MAX: usize = 1_000;
/// How long a query waits for its position at most.
pub const WAIT_MAX: Duration = Duration::from_secs(10);
/// How long SQLite waits for a lock.
pub const BUSY_WAIT: Duration = Duration::from_secs(5);
/// Idle read connections that are kept.
pub const READERS_KEPT_MAX: usize = 4;

/// How long the runner waits before it reads again from an engine that did not answer.
pub const READ_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Memory for pages of the file that the runner keeps at most, in KiB.
pub const WRITER_CACHE_KIB: i64 = 64 * 1024;
/// Memory for pages of the file that one read connection keeps at most, in KiB.
pub const READER_CACHE_KIB: i64 = 16 * 1024;
