//! An in-process server for tests that speaks the public protocol of KurrentDB to its official client, so that an
//! adapter is tested through the real client, over a real socket, without a container.
//!
//! Start at [`Double::start`]. It serves `ServerFeatures/GetSupportedMethods`, `Gossip/Read`, `Streams/Append`,
//! `Streams/BatchAppend` and `Streams/Read` (a stream and `$all`, both ways, `$all` with a filter on stream names), on
//! 127.0.0.1 at a free port, from a log in memory. One task owns the log; several nodes can stand before it
//! ([`Settings::nodes`]), one of which leads.
//!
//! What it copies on purpose, because an adapter that relies on the opposite breaks on a real server:
//! - the rules by which an append counts as a repeat (`log`), with their gaps: an append at the current revision is
//!   written even if its ids exist already;
//! - positions that are sparse and begin nowhere near 0, with the events of other streams between those of the reader's;
//! - a read of `$all` from a position where no event stands fails; a revision past `i64::MAX` turns negative;
//! - a read of a stream that does not exist is answered by a message and not by a status.
//!
//! What goes wrong is scripted, one [`Fault`] for one call, or set until it is taken back ([`Double::set_silent`],
//! [`Double::set_refusing`]). What it does not serve: subscriptions (counted and refused), deletion, TLS, HTTP.
//!
//! It has never been compared with a running server, call by call; where it flatters one, that is a defect of it.

mod double;
mod fault;
mod log;
mod network;
mod service;
mod store;

pub use double::{Credentials, Double, Settings};
pub use fault::{Call, Counts, Fault};

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
    pub(crate) use event_store::client::{
        AllStreamPosition, StreamIdentifier, Uuid as WireUuid, uuid as wire_uuid,
    };
    pub(crate) use event_store::client::{gossip, server_features, streams};
}
