//! What every gRPC service of Candour does alike, so that a service itself is only: parse the request, name the stream, hand over.
//!
//! The life of a command: [`caller`] (who asks) → [`permission`] (may they) → [`check`] (every field violation at once) →
//! [`engine`] (load, answer a repeat, decide, seal, append) → [`status`] (one function from failure to status). Several steps that stand or
//! fall together are decided beforehand by a [`rehearsal`].
//!
//! The life of a query: caller and permission as above → [`question`] (as of when, from which position, which page) → one snapshot of the
//! read model.
//!
//! This crate knows gRPC, the journal, the stored records, the vault and the read model. It knows no SQL.

pub mod call;
pub mod caller;
pub mod check;
pub mod engine;
pub mod failure;
pub mod history;
pub mod organisation;
pub mod permission;
pub mod question;
pub mod rehearsal;
mod sealing;
pub mod status;
pub mod token;
pub mod trace_context;
pub mod wire;

pub use call::{ACCESS_LOG, Call, Envelope};
pub use caller::{Caller, CallerId};
pub use candour_records::StoredAggregate;
pub use check::Check;
pub use engine::{Done, Engine, Loaded};
pub use failure::{Failure, Violation};
pub use organisation::Organisation;
