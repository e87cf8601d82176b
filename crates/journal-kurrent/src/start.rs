//! The checks at the start: what is wrong is said then, plainly and with what to do, and not by the first command.

use std::time::Duration;

use candour_journal::{StorageFault, StoreId, to_stored_precision};
use eventstore::{EventData, StreamState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use uuid::Uuid;

use crate::engine::Engine;
use crate::envelope::decode;
use crate::fault::{EngineFault, Failure, Meaning};
use crate::options::Options;
use crate::settings::{OLDEST_SERVER, STORE_EVENTS_MAX};

/// The event type of the first event in the stream of the store.
const STORE_EVENT: &str = "StoreMade.v1";

/// Events looked at from the end of the log for the last one of ours: the others may be of the store's own stream.
const LAST_EVENTS: usize = 1 + STORE_EVENTS_MAX;

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
    /// The server was not reached, or answered nothing that could be understood.
    #[error("KurrentDB was not reached within {within:?} ({fault}); {advice}")]
    Unreachable {
        /// How long it was tried.
        within: Duration,
        /// How the last attempt ended.
        fault: EngineFault,
        /// What to look at.
        advice: &'static str,
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
        "KurrentDB lets this user read streams but not $all, which the read models follow. As an administrator, add the \
         user (or a group of it) to `$r` of the default access list of system streams, or to `$acl` in the metadata of \
         `$all`, then start again"
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

fn kind(synthetic: bool) -> &'static str {
    if synthetic { "synthetic (made for a demonstration or a test)" } else { "one of real records" }
}

/// The first event of the store's own stream; facts follow it.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoreMade {
    store_id: Uuid,
    synthetic: bool,
    made_at: Timestamp,
}

/// What the stream of the store says.
pub(crate) struct Store {
    pub(crate) id: StoreId,
    pub(crate) synthetic: bool,
}

impl Engine {
    /// Checks server, permissions and kind, makes the store if there is none, and finds the end of the log.
    pub(crate) async fn start(&self, options: &Options) -> Result<Store, ConnectError> {
        let until = Instant::now() + options.start_budget;
        self.check_server(options, until).await?;
        let store = self.open_store(options, until).await?;
        if store.synthetic != options.synthetic && !options.either_kind {
            return Err(ConnectError::OtherKind { found: store.synthetic });
        }
        let head = self.repeat(until, || self.head_of_all(until)).await;
        head.map_err(|failure| match failure.fault {
            EngineFault::AccessDenied => ConnectError::AllDenied,
            _ => self.unreachable(options, failure),
        })?;
        self.find_end(options, until).await?;
        Ok(store)
    }

    async fn check_server(&self, options: &Options, until: Instant) -> Result<(), ConnectError> {
        let info = self
            .repeat(until, || self.link.attempt(until, |client| async move { client.server_info().await }));
        let version = info.await.map_err(|failure| self.unreachable(options, failure))?.version();
        if (version.major(), version.minor()) < OLDEST_SERVER {
            return Err(ConnectError::ServerTooOld { found: version.to_string() });
        }
        Ok(())
    }

    /// Reads the identity of the store, or draws it.
    async fn open_store(&self, options: &Options, until: Instant) -> Result<Store, ConnectError> {
        if let Some(store) = self.read_store(options, until).await? {
            return Ok(store);
        }
        let id = options.new_store_id.unwrap_or_else(draw_store_id);
        let made = StoreMade {
            store_id: id.0,
            synthetic: options.synthetic,
            made_at: to_stored_precision(options.clock.now()),
        };
        let failed = |error: serde_json::Error| ConnectError::Failed(EngineFault::Failed(error.to_string()));
        let event = EventData::json(STORE_EVENT, &made).map_err(failed)?.id(id.0);
        let written = self.repeat(until, || {
            self.link.append_by_call(
                until,
                self.names.store.clone(),
                StreamState::NoStream,
                vec![event.clone()],
            )
        });
        match written.await {
            Ok(_) => {}
            // Another server was faster: its identity is the store's.
            Err(failure) if failure.meaning == Meaning::WrongVersion => {}
            Err(failure) if failure.fault == EngineFault::AccessDenied => return Err(self.denied()),
            Err(failure) => return Err(self.unreachable(options, failure)),
        }
        let store = self.read_store(options, until).await?;
        store.ok_or_else(|| {
            ConnectError::Failed(EngineFault::Contradiction(
                "the identity of the store was written and is not there",
            ))
        })
    }

    async fn read_store(&self, options: &Options, until: Instant) -> Result<Option<Store>, ConnectError> {
        let events = self.repeat(until, || self.store_events(until)).await;
        let events = events.map_err(|failure| match failure.fault {
            EngineFault::AccessDenied => self.denied(),
            _ => self.unreachable(options, failure),
        })?;
        let Some(event) = events.first() else { return Ok(None) };
        let made: Option<StoreMade> = serde_json::from_slice(&event.data).ok();
        match made.filter(|_| event.event_type == STORE_EVENT) {
            Some(made) => Ok(Some(Store { id: StoreId(made.store_id), synthetic: made.synthetic })),
            None => Err(ConnectError::NotAStore { stream: self.names.store.clone() }),
        }
    }

    /// Finds our last event, from which on time does not go back.
    async fn find_end(&self, options: &Options, until: Instant) -> Result<(), ConnectError> {
        let before = self.tail.known();
        let find = || async {
            let head = self.head_of_all(until).await?;
            let taken = self.take_of_all(until, None, LAST_EVENTS).await?;
            Ok((head, taken))
        };
        let (head, taken) =
            self.repeat(until, find).await.map_err(|failure| self.unreachable(options, failure))?;
        let last = taken.events.iter().find(|event| self.names.are_ours(event.stream_id()));
        if let Some(last) = last {
            let last = decode(last).map_err(|corrupt| ConnectError::LastEvent(StorageFault::new(corrupt)))?;
            self.stamp_no_earlier_than(last.recorded_at);
            self.tail.saw(last.position);
        }
        let usable = head.filter(|place| place.commit == place.prepare);
        let found = last.map(|event| event.position.commit);
        self.tail.looked(before, found, usable.map_or(0, |place| place.commit));
        Ok(())
    }

    fn denied(&self) -> ConnectError {
        ConnectError::AccessDenied {
            stream: self.names.store.clone(),
            advice: if self.link.address().authentication.is_some() {
                "the user or password (or bearer token) is wrong, or the user may not read and write the streams of \
                 the namespace: correct the connection string or the access list"
            } else {
                "the connection string has no user: add `user:password@` before the host, or a bearerToken"
            },
        }
    }

    fn unreachable(&self, options: &Options, failure: Failure) -> ConnectError {
        let fault = match failure.fault {
            EngineFault::BudgetSpent(last) => *last,
            other => other,
        };
        match fault {
            EngineFault::NoConnection(_) | EngineFault::NoAnswer(_) | EngineFault::Failed(_) => {
                ConnectError::Unreachable {
                    within: options.start_budget,
                    fault,
                    advice: if self.link.address().client.is_secure_mode_enabled() {
                        "check that the server runs at this host and port, that its certificate is trusted here \
                         (tlsCaFile=…), and that it does serve TLS (tls=false if it was started insecurely)"
                    } else {
                        "check that the server runs at this host and port, and that it was started without TLS, as \
                         tls=false says"
                    },
                }
            }
            other => ConnectError::Failed(other),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the identity of a store is drawn once, where the store is made"
)]
fn draw_store_id() -> StoreId {
    StoreId(Uuid::new_v4())
}
