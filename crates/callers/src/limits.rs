//! Every limit of this crate.

use std::time::Duration;

/// The greatest tokens file that is read, in bytes.
pub const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// The most tokens that a file may list, those that have ended among them.
pub const TOKENS_MAX: usize = 10_000;

/// How long a token lives where nothing else was asked for, in days.
pub const LIFETIME_DAYS: i64 = 365;
/// The longest a token may live, in days. A token that never ends is one that nobody remembers.
pub const LIFETIME_DAYS_MAX: i64 = 731;
/// How long the older token goes on after a rotation where nothing else was asked for, in days.
pub const OVERLAP_DAYS: i64 = 14;
/// From how many days before its end a token is warned of in the log, once a day.
pub const WARN_DAYS: i64 = 14;

/// How often the server looks whether the file has changed.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How many times in a row the file may be missing or unreadable before nobody is admitted any more. Replacing a file takes a moment in which
/// it can be missing; a file that stays away must not leave a revoked token in force.
pub const UNREADABLE_LOOKS_MAX: u32 = 5;

/// How often a peer may fail to authenticate within [`FAILURE_WINDOW`] before it is slowed down.
pub const FAILURES_MAX: u32 = 10;
/// The span over which failures of a peer are counted together.
pub const FAILURE_WINDOW: Duration = Duration::from_mins(1);
/// How long a peer beyond [`FAILURES_MAX`] waits for each refusal.
pub const FAILURE_DELAY: Duration = Duration::from_secs(1);
/// The most peers whose failures are told apart; any more are counted together.
pub const PEERS_MAX: usize = 1024;
