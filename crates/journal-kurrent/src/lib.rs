//! The engine of the journal on KurrentDB, through its official client, which nothing else in Candour sees.
//!
//! Start at [`KurrentJournal::connect`]. The modules, from the outside in: `journal` (the port, and the task that
//! follows the log), `start` (the checks at the start), `diagnosis` (why a server is not reached), `append` (once, or
//! reported as not done), `read` (pages), `tail` (where the log ends), `copy` and `facts`, `envelope` (events into what is
//! stored and back), `link` (the client of the moment) and `contained` (one client on its own runtime), `fault` (what an
//! error says about the call), `options`, `address` (the connection string), `engine` (what they share), [`settings`].
//!
//! # What the client does wrong, and what is done about it
//! Each has a test under its letter, against the double of the protocol, through the real client.
//! - A: one failed connect ends a client for ever; B: it stays on a node that is down. Such a client is thrown away,
//!   with the runtime of its own that it lives on, and another is made, after 50 ms and up to 2 s.
//! - B2: a call that meets a node that does not lead fails, though the client then moves. It is made again.
//! - C, D: its subscriptions spin or panic. None is made: the log is followed by reading pages of `$all`.
//! - F, G: it enforces no deadline, and notices a silent peer after 20 s. Every attempt has a time here (3 s), and so
//!   has every call (10 s).
//! - H: most calls wait about 40 ms for an acknowledgement of the network; see the figures.
//! - I: a batch session ends with the first append that is refused, takes the others in it along, and may end without a
//!   word. There are four sessions; whatever fails in one is settled outside it. That a node does not lead ends a session
//!   as well, and says nothing of the other appends in it.
//! - A client waits 500 ms before its first connection; here 50 ms, unless the connection string says otherwise. It also
//!   sends a user and a password with their `%`-escapes; here they are sent without, and so they are when a cluster is
//!   asked for its nodes. If no node is found like that, the next client asks without them, so that a wrong password shows
//!   as one.
//! - It does not say why a connection fails: `diagnosis` finds out beside it, and says it at the start.
//!
//! # Appends
//! An append goes to the version that it expects, under ids of its own; those of the events travel in their metadata
//! (`envelope`). If the outcome is not known, what stands in its place is read and compared; while nothing does, the same
//! append is made again at the same version, which the server carries out once. Only if the time is up before either
//! answers is the outcome reported as not known; repeating the append with the same version and event ids is then safe.
//! Whether an append is new or a repeat is always told, whoever made the first.
//!
//! A batch session or a call of its own ([`AppendBy`]): measured by `examples/latencies.rs`, release build, against the
//! double on loopback with the network's ordinary delays, two cores; one event of 400 bytes in a new stream:
//!
//! | | p50 | 64 at once, p50 | 64 at once |
//! |---|---|---|---|
//! | append in a batch session (the default) | 0.2 to 0.3 ms | 1.4 to 1.7 ms | 29 000 to 33 000 a second |
//! | append in a call of its own | 44 ms | 44 ms | 1 500 to 1 600 a second |
//! | read of a stream | 44 ms | | |
//!
//! An idle journal makes about one read of one event a second (21 reads, no new connection and 0.02 s of processor time
//! in 20 s). So does one after ten restarts of the server under 64 appends at once (34 clients made in 10 s, all appends
//! done; then 0.02 s in 20 s): nothing is left that spins. These are figures of client and adapter, not of a server: a
//! real one adds its disk and its network.
//!
//! # Reading
//! `$all` is read with a filter on the names of our streams. Positions are commit positions: ordered, not dense. The
//! head of the journal is the position of *our* last event; how far the events of others have been looked through is
//! kept here, so that an idle tail is not read again and again (`tail`).
//!
//! A server that filters looks through everything that others wrote between two events of ours, or behind the last one,
//! and says nothing until it is through. A page is taken as it comes and left when it is full. Where it takes longer than
//! an attempt may, the server is asked something else now and then, and waited for while it answers, up to
//! [`settings::SCAN_BUDGET`]. Nothing before the identity of the store is ever looked through. In a server shared with
//! others who write a lot, the first look after a long rest can take minutes; a server of its own knows no such rest.
//!
//! # What a server must be
//! - 22.10 or newer: from 22.6 on, events read in their stream carry the position that appends are answered with.
//! - Its options `MaxAppendSize` and `MaxAppendEventSize` as they are by default (1 MiB, no limit), or larger. An append of
//!   the journal fits, if its metadata are JSON objects; other metadata travel in base64 and take a third more.
//! - The user reads and writes the streams of the namespace and reads `$all`. That takes a list for `$all`: an event of
//!   type `$metadata` in the stream `$$$all` with the data `{"$acl":{"$r":["$admins","USER"]}}`.
//!
//! What of all this was checked with the sources of the server, and what is assumed, is in the README of the double.
//!
//! # What this engine does not promise
//! - A stream of ours that an administrator deletes (not for ever) reads as if it had never been; its events stay in
//!   `$all` until the server is scavenged. Deleting for ever, truncating and limiting a stream are noticed and reported.
//!   None of them should be done to a stream of the namespace.
//! - `recorded_at` is stamped here and never decreases within one process, nor below the last event at the start; between
//!   processes it is as good as their clocks.
//! - An event id that exists in *another* stream is not refused: the server does not look for it.
//! - `Any` and `StreamExists` recognise a repeat among the last [`settings::REPEAT_WINDOW_EVENTS`] events of the stream.
//! - [`Journal::epoch`](candour_journal::Journal::epoch) is 0: a server does not say that it was restored from a backup.
//!
//! # Building
//! The client brings its own tonic 0.13 beside ours, and rustls on aws-lc, which needs a C compiler.

mod address;
mod append;
mod connect_error;
mod contained;
mod copy;
mod diagnosis;
mod engine;
mod envelope;
mod facts;
mod fault;
mod journal;
mod link;
mod options;
mod read;
mod send;
pub mod settings;
mod start;
mod tail;
mod take;

pub use address::check_connection_string;
pub use connect_error::ConnectError;
pub use fault::EngineFault;
pub use journal::KurrentJournal;
pub use options::{AppendBy, Options};
