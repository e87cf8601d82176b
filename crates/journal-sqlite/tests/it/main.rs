//! The tests of the embedded engine, on real files.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod common;
mod conformance;
mod corruption;
mod durability;
mod opening;
