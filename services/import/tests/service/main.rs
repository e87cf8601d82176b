//! The service over a journal in memory and a file vault: what a row changes of the record, and what a second one does.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests stand outside a test function")]

mod actions;
mod cases;
mod feedback;
mod incidents;
mod streams;
mod world;
