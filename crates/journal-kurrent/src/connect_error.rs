//! Why a journal was not opened.

use std::time::Duration;

use candour_journal::StorageFault;

use crate::fault::EngineFault;
use crate::settings::OLDEST_SERVER;

/// Why a journal was not opened. No text holds the connection string or credentials.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The connection string is not one.
    #[error("the connection string of KurrentDB is not usable: {reason}")]
    ConnectionString {
        /// What is wrong with it.
        reason: String,
    },
    /// The namespace breaks its rule.
    #[error("the namespace is 1 to 32 of a-z, 0-9 and _, beginning with a letter")]
    Namespace,
    /// The server was not reached, or answered nothing that could be understood, and waiting longer may or may not help.
    #[error("KurrentDB was not reached within {within:?} ({fault}); {advice}")]
    Unreachable {
        /// How long it was tried.
        within: Duration,
        /// How the last attempt ended.
        fault: EngineFault,
        /// What was found out, and what to do.
        advice: String,
    },
    /// The server cannot be reached as the connection string says: certificates, TLS on one side only.
    #[error("KurrentDB cannot be reached: {advice}")]
    Insecure {
        /// What is wrong, and what to do.
        advice: String,
    },
    /// The server is older than what is supported.
    #[error(
        "the KurrentDB server has version {found}; Candour needs {}.{} or newer: upgrade the server",
        OLDEST_SERVER.0,
        OLDEST_SERVER.1
    )]
    ServerTooOld {
        /// The version that it gave; `0.0.0` if it gave none.
        found: String,
    },
    /// The user is not known, or may not do what every part of the journal needs.
    #[error("KurrentDB refused access to the stream {stream}: {advice}")]
    AccessDenied {
        /// The stream.
        stream: String,
        /// What to do.
        advice: &'static str,
    },
    /// The user may not read the log as a whole.
    #[error(
        "KurrentDB lets this user read streams but not $all, which the read models follow: as an administrator, append to \
         the stream $$$all an event of the type $metadata with the data {ALL_ACCESS}, USER being the name of the user or a \
         group of it, then start again"
    )]
    AllDenied,
    /// The store was made as the other kind.
    #[error(
        "the store in this namespace is {}; it cannot be opened as {}",
        kind(*.found),
        kind(!*.found)
    )]
    OtherKind {
        /// Whether the store is synthetic.
        found: bool,
    },
    /// The stream with the identity of the store holds something else.
    #[error("the stream {stream} does not hold the identity of a Candour store: choose another namespace")]
    NotAStore {
        /// The stream.
        stream: String,
    },
    /// The last event of the log cannot be read back.
    #[error("the last event of the log cannot be read back")]
    LastEvent(#[source] StorageFault),
    /// Something else failed.
    #[error("the journal on KurrentDB could not be opened")]
    Failed(#[source] EngineFault),
}

/// The metadata that let a user read `$all` as well as the administrators, who always may.
const ALL_ACCESS: &str = r#"{"$acl":{"$r":["$admins","USER"]}}"#;

fn kind(synthetic: bool) -> &'static str {
    if synthetic { "synthetic (made for a demonstration or a test)" } else { "one of real records" }
}
