//! An in-process server for tests that speaks the public protocol of KurrentDB to its official clients, so that an
//! adapter is tested through the real client, over a real socket, without a container.
//!
//! Start at [`Double::start`]. It serves `ServerFeatures/GetSupportedMethods`, `Gossip/Read`, `Streams/Append`,
//! `Streams/BatchAppend`, `Streams/Read` (a stream and `$all`, both ways, `$all` with any filter), `Streams/Delete` and
//! `Streams/Tombstone`, on 127.0.0.1 at a free port, in clear or with TLS, with users and access lists or without, from a
//! log in memory. Several nodes can stand before it ([`Settings::nodes`]), one of which leads. All of them can be stopped
//! and started again on the same ports with the log kept.
//!
//! `cargo run -p candour-kurrent-double --example serve` runs one for clients in other languages.
//!
//! What goes wrong is scripted, one [`Fault`] for one call, or set until it is taken back ([`Double::set_silent`],
//! [`Double::set_refusing`], [`Double::set_scanning`], [`Double::depose_leader`]). What it does not serve: subscriptions
//! (counted and refused), explicit transactions, ages of events, HTTP.
//!
//! It has never been compared with a running server, call by call. `README.md` beside this says what of it was compared
//! with the sources of the server, what was driven by clients we did not write, and what is assumed.

mod double;
mod fault;
mod log;
mod network;
mod security;
mod service;
mod settings;
mod store;

pub use double::Double;
pub use fault::{Call, Counts, Fault};
pub use security::User;
pub use settings::{Limits, Settings, Tls};

/// The messages and services of the protocol.
#[expect(
    clippy::enum_variant_names,
    clippy::large_enum_variant,
    reason = "the names and shapes are the protocol's"
)]
mod wire {
    pub(crate) mod event_store {
        pub(crate) mod client {
            tonic::include_proto!("event_store.client");

            pub(crate) mod gossip {
                tonic::include_proto!("event_store.client.gossip");
            }
            pub(crate) mod server_features {
                tonic::include_proto!("event_store.client.server_features");
            }
            pub(crate) mod streams {
                tonic::include_proto!("event_store.client.streams");
            }
        }
    }
    pub(crate) use event_store::client as shared;
    pub(crate) use event_store::client::{
        AllStreamPosition, StreamIdentifier, Uuid as WireUuid, uuid as wire_uuid,
    };
    pub(crate) use event_store::client::{gossip, server_features, streams};
}
