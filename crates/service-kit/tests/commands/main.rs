//! How commands are carried out, on real journals and a real vault: one command once, whatever this process believes of a stream.
//!
//! Two engines over one journal stand for two servers. Each test of `stale` names what a warm stream that is behind the log would get wrong.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod creates;
mod facts;
mod personal_fields;
mod reading;
mod stale;
mod world;
