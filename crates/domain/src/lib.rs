//! The pure core of Candour: what an incident, its reporter, its duty of candour cases, its learning responses and its learning
//! actions are, what may happen to them, and how the figures are counted.
//!
//! Nothing here performs I/O, is asynchronous, reads a clock or draws randomness: time, identifiers and facts looked up elsewhere
//! arrive as inputs ([`Situation`], and the facts inside a command).
//! Nothing here knows of gRPC, JSON, SQL or encryption; a personal field is simply [`Personal`].
//!
//! Where to start reading:
//! - what is recorded: [`incident`], [`feedback`], [`candour_case`], [`response`], [`action`], each with `event.rs` (what happened),
//!   `command.rs` (what is asked for), `state.rs` (the fold) and `decide.rs` (the rules);
//! - the law of a nation: [`regime`]; working days: [`calendar`]; locally agreed numbers of days: [`policy`];
//! - how a wrong entry is put right: [`correction`]; what a source merely asserts: [`assertion`];
//! - how every figure is counted: [`measures`].

#[macro_use]
mod coded;

pub mod action;
pub mod aggregate;
pub mod assertion;
pub mod calendar;
pub mod candour_case;
pub mod correction;
pub mod entry;
pub mod feedback;
pub mod identifier;
pub mod incident;
pub mod measures;
pub mod partial_date;
pub mod personal;
pub mod policy;
pub mod regime;
pub mod response;
#[cfg(test)]
mod specification;
pub mod text;

pub use aggregate::{Aggregate, Refusal, RefusalKind, Situation};
pub use correction::{Correction, CorrectionChange};
pub use entry::Entry;
pub use partial_date::PartialDate;
pub use personal::Personal;
