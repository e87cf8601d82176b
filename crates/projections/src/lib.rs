//! The read side: folds of the log into one read-model file, and the queries over it.
//!
//! - [`schema`]: the tables. Every row is a version: the positions from which and to which it was true, so that "as known at" is answered
//!   from the same tables; nothing stores "overdue".
//! - [`projection`]: one module per projection: incidents, recommendations, actions, reporter feedback, candour cases, timeline.
//! - [`fold`]: takes one recorded event to all of them inside one transaction, together with the checkpoint.
//! - [`runner`]: follows the log. An event that cannot be decoded or folded stops it, visibly.
//! - [`observer`]: what the runner tells of each batch, for telemetry.
//! - [`read_model`]: the file: opening, waiting for a position, snapshots for queries.
//! - [`rebuild`]: a fresh fold beside the file that serves; comparing the two.
//! - `tally`: what figures are counted from: every unit's lines over all as-of dates, and their sums.
//! - [`query`]: lists, timeline and measures, each from one snapshot.
//!
//! Personal fields never come here: events are decoded without keys, and what is stored is their clear part.

pub mod fold;
pub mod limits;
pub mod observer;
pub mod projection;
pub mod query;
pub mod read_model;
pub mod rebuild;
pub mod runner;
pub mod schema;
pub(crate) mod tally;

pub use read_model::{Grounds, OpenError, Progress, ReadModel, Snapshot};
pub use runner::Runner;
