//! How to reach the server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use candour_journal::{Clock, StoreId, limits::NAMESPACE_BYTES_MAX};

use crate::connect_error::ConnectError;
use crate::settings::{ATTEMPT_BUDGET, CALL_BUDGET, START_BUDGET};

/// By which call of the server an append is made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AppendBy {
    /// In a long-lived batch session, which avoids the client's delay of about 40 ms; a call of its own where that fails
    /// or is not served.
    Session,
    /// Always in a call of its own.
    Call,
}

/// How to reach the server, and what to make there. Its `Debug` form leaves out the connection string.
#[derive(Clone)]
pub struct Options {
    /// Where the server is and as whom to go there: `esdb://user:password@host:2113?tls=true`, several hosts separated
    /// by commas for a cluster, or `esdb+discover://name` for one found by gossip. User and password are taken with
    /// `%`-escapes. `bearerToken=…` instead of a user sends a bearer token. The other parameters are those of the
    /// official client, `tlsCaFile` and `tlsVerifyCert` among them; `nodePreference` must stay `leader`.
    pub connection_string: String,
    /// The part of every stream name before the full stop. Only streams of this namespace are this journal.
    pub namespace: String,
    /// Where `recorded_at` comes from.
    pub clock: Arc<dyn Clock>,
    /// Whether the store is made for a demonstration or a test. Decided for ever when the store is made; opening it
    /// later with the other value is refused.
    pub synthetic: bool,
    /// Takes an existing store as it is, synthetic or not: for tools that work on either and record nothing.
    pub either_kind: bool,
    /// The identity to give to the store if it is made now; drawn at random if not set.
    pub new_store_id: Option<StoreId>,
    /// By which call of the server an append is made.
    pub append_by: AppendBy,
    /// How long one call of the port may take in all.
    pub call_budget: Duration,
    /// How long one attempt at the server may take.
    pub attempt_budget: Duration,
    /// How long the checks at the start may take in all.
    pub start_budget: Duration,
}

impl Options {
    /// A store of real records in this namespace, with the budgets of [`settings`](crate::settings).
    pub fn new(
        connection_string: impl Into<String>,
        namespace: impl Into<String>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            connection_string: connection_string.into(),
            namespace: namespace.into(),
            clock,
            synthetic: false,
            either_kind: false,
            new_store_id: None,
            append_by: AppendBy::Session,
            call_budget: CALL_BUDGET,
            attempt_budget: ATTEMPT_BUDGET,
            start_budget: START_BUDGET,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("namespace", &self.namespace)
            .field("synthetic", &self.synthetic)
            .field("new_store_id", &self.new_store_id)
            .field("append_by", &self.append_by)
            .field("call_budget", &self.call_budget)
            .field("attempt_budget", &self.attempt_budget)
            .finish_non_exhaustive()
    }
}

/// Checks the namespace as the names of streams will.
pub(crate) fn check_namespace(namespace: &str) -> Result<(), ConnectError> {
    let begins_right = namespace.starts_with(|c: char| c.is_ascii_lowercase());
    let is_right = namespace.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if begins_right && is_right && namespace.len() <= NAMESPACE_BYTES_MAX {
        Ok(())
    } else {
        Err(ConnectError::Namespace)
    }
}
