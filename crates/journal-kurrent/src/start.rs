//! The checks at the start: what is wrong is said then, plainly and with what to do, and not by the first command.

use std::sync::atomic::Ordering;

use candour_journal::{StorageFault, StoreId, to_stored_precision};
use eventstore::{Authentication, EventData, StreamState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use uuid::Uuid;

use crate::connect_error::ConnectError;
use crate::diagnosis::diagnose;
use crate::engine::{Engine, pause};
use crate::envelope::decode;
use crate::fault::{EngineFault, Failure, Meaning};
use crate::options::Options;
use crate::settings::{OLDEST_SERVER, STORE_EVENTS_MAX};

/// The event type of the first event in the stream of the store.
const STORE_EVENT: &str = "StoreMade.v1";

/// Events looked at from the end of the log for the last one of ours: the others may be of the store's own stream.
const LAST_EVENTS: usize = 1 + STORE_EVENTS_MAX;

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
    /// Gives the store and the version of the server.
    pub(crate) async fn start(&self, options: &Options) -> Result<(Store, String), ConnectError> {
        let until = Instant::now() + options.start_budget;
        let version = self.check_server(options, until).await?;
        let store = self.open_store(options, until).await?;
        if store.synthetic != options.synthetic && !options.either_kind {
            return Err(ConnectError::OtherKind { found: store.synthetic });
        }
        let head = self.repeat(until, || self.head_of_all(until)).await;
        head.map_err(|failure| match failure.fault {
            EngineFault::AccessDenied => ConnectError::AllDenied,
            _ => unreachable_now(options, failure),
        })?;
        self.find_end(options, until).await?;
        Ok((store, version))
    }

    async fn check_server(&self, options: &Options, until: Instant) -> Result<String, ConnectError> {
        let info = loop {
            let info = self.link.attempt(until, |client| async move { client.server_info().await }).await;
            let failure = match info {
                Ok(info) => break info,
                Err(failure) => failure,
            };
            // Rare and large: a handshake beside the client.
            let found = Box::pin(diagnose(&self.link.address().client)).await;
            if found.is_lasting() {
                return Err(ConnectError::Insecure { advice: found.to_string() });
            }
            if pause(until).await.is_break() {
                return Err(ConnectError::Unreachable {
                    within: options.start_budget,
                    fault: failure.fault,
                    advice: found.to_string(),
                });
            }
        };
        let version = info.version();
        if (version.major(), version.minor()) < OLDEST_SERVER {
            return Err(ConnectError::ServerTooOld { found: version.to_string() });
        }
        Ok(version.to_string())
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
            Err(failure) if failure.fault == EngineFault::AccessDenied => {
                return Err(self.denied(until).await);
            }
            Err(failure) => return Err(unreachable_now(options, failure)),
        }
        let store = self.read_store(options, until).await?;
        store.ok_or_else(|| {
            ConnectError::Failed(EngineFault::Contradiction(
                "the identity of the store was written and is not there",
            ))
        })
    }

    async fn read_store(&self, options: &Options, until: Instant) -> Result<Option<Store>, ConnectError> {
        let events = match self.repeat(until, || self.store_events(until)).await {
            Ok(events) => events,
            Err(failure) if failure.fault == EngineFault::AccessDenied => {
                return Err(self.denied(until).await);
            }
            Err(failure) => return Err(unreachable_now(options, failure)),
        };
        let Some(event) = events.first() else { return Ok(None) };
        self.begins_at.store(event.position.commit, Ordering::Relaxed);
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
            self.repeat(until, find).await.map_err(|failure| unreachable_now(options, failure))?;
        let last = taken.events.iter().find(|event| self.names.are_ours(event.stream_id()));
        if let Some(last) = last {
            let last = decode(last).map_err(|corrupt| ConnectError::LastEvent(StorageFault::new(corrupt)))?;
            self.stamp_no_earlier_than(last.recorded_at);
            self.tail.saw(last.position);
        }
        let found = last.map(|event| event.position.commit);
        self.tail.looked(before, found, head.map_or(0, |place| place.commit));
        Ok(())
    }

    async fn denied(&self, until: Instant) -> ConnectError {
        let address = self.link.address();
        let advice = match (&address.authentication, self.knows_user(until).await) {
            (None, _) => {
                "the connection string has no user: add `user:password@` before the host, or a bearerToken"
            }
            (Some(_), Some(false)) => "the user or the password is wrong: correct the connection string",
            (Some(_), Some(true)) => {
                "the user is known but may not read and write it: allow both for every stream of the namespace, in the \
                 access list of the stream or in the default one for the streams of users"
            }
            (Some(Authentication::Bearer(_)), None) => {
                "the bearer token is wrong, or its user may not read and write it: correct the connection string, or the \
                 access list of the stream"
            }
            (Some(_), None) => {
                "the user or the password is wrong, or the user may not read and write it: correct the connection \
                 string, or the access list of the stream"
            }
        };
        ConnectError::AccessDenied { stream: self.names.store.clone(), advice }
    }

    /// Whether the server knows the user and the password, as far as it tells: a question that it answers to anybody, it
    /// does not answer to somebody with a wrong password.
    async fn knows_user(&self, until: Instant) -> Option<bool> {
        let mut is_answered = [false; 2];
        for (with_user, is_answered) in [false, true].into_iter().zip(&mut is_answered) {
            let settings = self.link.address().asking_for_nodes(with_user)?;
            let asked = self
                .link
                .ask_aside(until, settings, |client| async move { client.server_info().await })
                .await;
            *is_answered = match asked {
                Ok(_) => true,
                Err(failure) if failure.fault == EngineFault::NoNode => false,
                // An answer that does not come says nothing about the user.
                Err(_) => return None,
            };
        }
        let [to_anybody, to_the_user] = is_answered;
        if to_the_user { Some(true) } else { to_anybody.then_some(false) }
    }
}

/// The server was reached and then failed.
fn unreachable_now(options: &Options, failure: Failure) -> ConnectError {
    let fault = match failure.fault {
        EngineFault::BudgetSpent(last) => *last,
        other => other,
    };
    match fault {
        EngineFault::NoConnection(_)
        | EngineFault::NoClient(_)
        | EngineFault::NoNode
        | EngineFault::NotReady(_)
        | EngineFault::NotLeader
        | EngineFault::NoAnswer(_)
        | EngineFault::Failed(_) => ConnectError::Unreachable {
            within: options.start_budget,
            fault,
            advice: "it took the connection and then did not answer: it may still be starting, or have no leader because \
                     too few nodes of its cluster run; see its own log"
                .to_owned(),
        },
        other => ConnectError::Failed(other),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the identity of a store is drawn once, where the store is made"
)]
fn draw_store_id() -> StoreId {
    StoreId(Uuid::new_v4())
}
