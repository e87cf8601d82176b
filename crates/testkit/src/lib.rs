//! What the end-to-end tests share: they drive the real program from outside, as its users do.
//!
//! - [`process`]: the program run to its end, with a clean environment and a bounded time.
//! - [`server`]: `candour serve` on a store, to be asked, stopped, or killed.
//! - [`connection`]: calls as a named demo identity or with a token, typed or not.
//! - [`tokens`]: a tokens file, changed by the program itself.
//! - [`request`]: valid requests, with fresh request ids.
//! - [`dynamic`]: a client that knows nothing but what the server says of itself by reflection.
//! - [`load`]: writers under load while server or engine are killed, and the proof that nothing acknowledged is lost or doubled.
//! - [`story`]: one story in which every method of the API is called once with success.
//! - [`tables`]: what `candour demo` prints, to be compared between engines.
//! - [`variation`]: every request that differs from a valid one in one field, by a hostile value.
//! - [`refusal`]: what is inside an error.
//! - [`collector`]: takes the telemetry that a program delivers.
//! - [`metrics_page`]: the metrics that a program shows.
//!
//! A harness has no caller to answer to: what goes wrong here panics, with words that say what was being done, and fails the test.

pub mod collector;
pub mod connection;
pub mod dynamic;
pub mod load;
pub mod metrics_page;
pub mod process;
pub mod refusal;
pub mod request;
pub mod server;
pub mod story;
pub mod tables;
pub mod tokens;
mod usage;
pub mod variation;

pub use collector::Collector;
pub use connection::{Clients, Connection, Identity};
pub use load::Load;
pub use metrics_page::Metrics;
pub use process::{Finished, Program, Running};
pub use refusal::Refusal;
pub use request::Requests;
pub use server::Server;
pub use story::Story;
pub use tokens::{Tokens, bearer};
