//! The limits and times of this engine, with their reasons.

use std::time::Duration;

use candour_journal::Fact;

/// How long one call of the port may take in all, attempts and waits between them included.
pub const CALL_BUDGET: Duration = Duration::from_secs(10);

/// How long one attempt at the server may take. The client itself does not enforce any deadline, and notices a silent
/// peer after 20 s only.
pub const ATTEMPT_BUDGET: Duration = Duration::from_secs(3);

/// How long a read of `$all` is waited for while the server looks through what others wrote and answers other calls. A
/// server with a year of foreign events between two of ours needs minutes.
pub const SCAN_BUDGET: Duration = Duration::from_mins(10);

/// How long the checks at the start may take in all. Only a server that answers, and has much to look through, is waited
/// for longer: see [`SCAN_BUDGET`].
pub const START_BUDGET: Duration = Duration::from_secs(30);

/// Wait between two attempts of one call.
pub const RETRY_WAIT: Duration = Duration::from_millis(50);

/// Wait before a client is made anew for the first time; it doubles with every failure in a row.
pub const REBUILD_WAIT_FIRST: Duration = Duration::from_millis(50);

/// Longest wait before a client is made anew.
pub const REBUILD_WAIT_MAX: Duration = Duration::from_secs(2);

/// How long one step takes at most of finding out why a server is not reached: a name, a connection, a handshake.
pub const DIAGNOSIS_STEP: Duration = Duration::from_secs(2);

/// Wait of the follower of the log while events come.
pub const POLL_WAIT_FIRST: Duration = Duration::from_millis(100);

/// Longest wait of the follower of the log; it doubles while none come.
pub const POLL_WAIT_MAX: Duration = Duration::from_secs(1);

/// Batch sessions in each client. A refused append ends its session, and with it everything else in that session has to
/// be tried again, so there are several.
pub const BATCH_SESSIONS: usize = 4;

/// Events at the end of a stream that an append without a version (`Any`, `StreamExists`) is compared with. A repeat
/// further back is not recognised as one.
pub const REPEAT_WINDOW_EVENTS: usize = 1000;

/// Events read at once to learn where our last event is.
pub(crate) const TAIL_EVENTS: usize = 64;

/// Oldest server version that is accepted: the first with long-term support that gives the position of an event that is
/// read in its stream, which came with 22.6.
pub const OLDEST_SERVER: (usize, usize) = (22, 10);

/// Events in the store's own stream: its identity, and one for each fact.
pub(crate) const STORE_EVENTS_MAX: usize = 1 + Fact::ALL.len();
