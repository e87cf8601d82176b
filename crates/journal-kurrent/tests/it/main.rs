//! The tests of the engine on KurrentDB: through the real client, against the protocol's double.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod cluster;
mod common;
mod conformance;
mod faults;
mod following;
mod operators;
mod restarting;
mod security;
mod starting;
mod uncertain;
