//! The client, contained: every client lives on a runtime of its own, every attempt has a time, and a client that has
//! failed is thrown away and made anew after a wait.
//!
//! The runtime of its own is what makes throwing away work: the client's connection task never ends by itself and would
//! keep its connection open for ever. It also means that whatever a client does, its tasks do not take a thread from
//! the service. A panic in the client ends the attempt and nothing else.

use std::collections::hash_map::DefaultHasher;
use std::future::Future;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eventstore::{
    AppendToStreamOptions, BatchAppendClient, BatchAppendOptions, Client, EventData,
    Position as ServerPosition, StreamState,
};
use tokio::runtime::Runtime;
use tokio::time::Instant;

use crate::fault::{EngineFault, Failure, Meaning};
use crate::options::Address;
use crate::settings::{BATCH_SESSIONS, REBUILD_WAIT_FIRST, REBUILD_WAIT_MAX};

/// Answers in a row that name another leader before the client is made anew.
const MOVES_MAX: u64 = 2;

/// The client of the moment, and how to make the next one.
pub(crate) struct Link {
    address: Address,
    attempt_budget: Duration,
    current: tokio::sync::Mutex<Current>,
    /// Clients thrown away since the last attempt that succeeded.
    failures: AtomicU64,
    /// Clients made so far.
    made: AtomicU64,
}

#[derive(Default)]
struct Current {
    client: Option<Arc<Contained>>,
    /// No client is made before.
    not_before: Option<Instant>,
}

/// A client on its own runtime.
pub(crate) struct Contained {
    client: Client,
    number: u64,
    sessions: [Mutex<Option<Arc<BatchAppendClient>>>; BATCH_SESSIONS],
    serves_no_sessions: AtomicBool,
    /// Answers in a row that named another node as the leader.
    moves: AtomicU64,
    /// Taken when dropped: a runtime may not be dropped in the ordinary way from within another.
    runtime: Option<Runtime>,
}

impl Drop for Contained {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Where an append was written, as the server says it. The position is missing where the server gives none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    pub(crate) last_revision: u64,
    pub(crate) position: Option<u64>,
}

impl Link {
    pub(crate) fn new(address: Address, attempt_budget: Duration) -> Self {
        Self {
            address,
            attempt_budget,
            current: tokio::sync::Mutex::default(),
            failures: AtomicU64::new(0),
            made: AtomicU64::new(0),
        }
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// How many clients have been made so far.
    pub(crate) fn clients_made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    /// The client of the moment; a new one, after the wait that its predecessors' failures ask for, if there is none.
    async fn client(&self) -> Result<Arc<Contained>, Failure> {
        let mut current = self.current.lock().await;
        if let Some(client) = &current.client {
            return Ok(Arc::clone(client));
        }
        if let Some(instant) = current.not_before {
            tokio::time::sleep_until(instant).await;
        }
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let settings = self.address.client.clone();
        // Reads certificates from files, and panics at some that are none.
        let made = tokio::task::spawn_blocking(move || Contained::new(settings, number)).await;
        let failed = |cause: String| Failure::new(Meaning::NotDone, EngineFault::NoConnection(cause), false);
        let client = match made {
            Ok(Ok(client)) => Arc::new(client),
            Ok(Err(cause)) => {
                current.not_before = Some(Instant::now() + self.next_wait());
                return Err(failed(cause));
            }
            Err(_) => {
                current.not_before = Some(Instant::now() + self.next_wait());
                return Err(failed(
                    "the client could not be made; are the certificate files in order?".to_owned(),
                ));
            }
        };
        current.client = Some(Arc::clone(&client));
        Ok(client)
    }

    /// Counts a failure and gives the wait that follows it.
    fn next_wait(&self) -> Duration {
        let before = self.failures.fetch_add(1, Ordering::Relaxed);
        let doublings = u32::try_from(before.min(16)).unwrap_or(16);
        REBUILD_WAIT_FIRST.saturating_mul(2_u32.saturating_pow(doublings)).min(REBUILD_WAIT_MAX)
    }

    /// Throws a client away, unless another has taken its place already.
    async fn discard(&self, number: u64) {
        let mut current = self.current.lock().await;
        if current.client.as_ref().is_some_and(|client| client.number == number) {
            current.client = None;
            let wait = self.next_wait();
            current.not_before = Some(Instant::now() + wait);
            tracing::warn!(client = number, wait = ?wait, "the client of KurrentDB is made anew");
        }
    }

    /// One attempt with the client of the moment: within the time of an attempt, or less, and with its outcome read.
    pub(crate) async fn attempt<T, F>(
        &self,
        until: Instant,
        call: impl FnOnce(Client) -> F,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Future<Output = eventstore::Result<T>> + Send + 'static,
    {
        let contained = self.client_until(until).await?;
        let until = self.end_of_attempt(until);
        let outcome = contained.run(until, self.attempt_budget, call(contained.client.clone()), false).await;
        self.settle(&contained, outcome).await
    }

    /// One attempt at an append in a call of its own.
    pub(crate) async fn append_by_call(
        &self,
        until: Instant,
        stream: String,
        expected: StreamState,
        events: Vec<EventData>,
    ) -> Result<Written, Failure> {
        let mut options = AppendToStreamOptions::default().stream_state(expected);
        if let Some(authentication) = &self.address.authentication {
            options = options.authenticated(authentication.clone());
        }
        let result = self
            .attempt(until, |client| async move { client.append_to_stream(stream, &options, events).await })
            .await?;
        let position = Some(result.position.commit).filter(|position| *position != 0);
        Ok(Written { last_revision: result.next_expected_version, position })
    }

    /// One attempt at an append in a batch session. `None` if the server serves none, and nothing was sent.
    pub(crate) async fn append_in_session(
        &self,
        until: Instant,
        stream: String,
        expected: StreamState,
        events: Vec<EventData>,
    ) -> Result<Option<Written>, Failure> {
        let contained = self.client_until(until).await?;
        let until = self.end_of_attempt(until);
        if contained.serves_no_sessions.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let slot = slot_of(&stream);
        let session = match contained.session(slot) {
            Some(session) => session,
            None => match self.open_session(&contained, slot, until).await {
                Ok(session) => session,
                Err(failure) if failure.fault == EngineFault::Unsupported => {
                    contained.serves_no_sessions.store(true, Ordering::Relaxed);
                    return Ok(None);
                }
                Err(failure) => return Err(failure),
            },
        };
        let call = {
            let session = Arc::clone(&session);
            async move { session.append_to_stream(stream, expected, events).await }
        };
        let outcome = contained.run(until, self.attempt_budget, call, true).await;
        if outcome.is_err() {
            contained.close_session(slot, &session);
        }
        let outcome = outcome.map(|result| {
            let position = result.current_position().map(|ServerPosition { commit, .. }| commit);
            (result.current_revision(), position.filter(|position| *position != 0))
        });
        match self.settle(&contained, outcome).await? {
            (Some(last_revision), position) => Ok(Some(Written { last_revision, position })),
            (None, _) => Err(Failure::new(
                Meaning::Unknown,
                EngineFault::Contradiction("an append was written to a stream that does not exist"),
                false,
            )),
        }
    }

    async fn open_session(
        &self,
        contained: &Arc<Contained>,
        slot: usize,
        until: Instant,
    ) -> Result<Arc<BatchAppendClient>, Failure> {
        let mut options = BatchAppendOptions::default();
        if let Some(authentication) = &self.address.authentication {
            options = options.authenticated(authentication.clone());
        }
        let client = contained.client.clone();
        let opened = contained
            .run(until, self.attempt_budget, async move { client.batch_append(&options).await }, false)
            .await
            // Opening carries out nothing, whatever became of it.
            .map_err(|failure| match failure.meaning {
                Meaning::Unknown => Failure { meaning: Meaning::NotDone, ..failure },
                _ => failure,
            });
        let session = Arc::new(self.settle(contained, opened).await?);
        *contained.sessions[slot].lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&session));
        Ok(session)
    }

    /// When an attempt that begins now is given up. The wait for a client is not part of it: a new client that were
    /// left with the rest of a time would be given up before it could connect.
    fn end_of_attempt(&self, until: Instant) -> Instant {
        until.min(Instant::now() + self.attempt_budget)
    }

    async fn client_until(&self, until: Instant) -> Result<Arc<Contained>, Failure> {
        match tokio::time::timeout_at(until, self.client()).await {
            Ok(made) => made,
            Err(_) => Err(Failure::new(
                Meaning::NotDone,
                EngineFault::NoConnection("no client could be made in time".to_owned()),
                false,
            )),
        }
    }

    /// Notes how an attempt ended.
    async fn settle<T>(&self, contained: &Contained, outcome: Result<T, Failure>) -> Result<T, Failure> {
        match &outcome {
            // A refusal is an answer too: the client works.
            Ok(_) => {
                self.failures.store(0, Ordering::Relaxed);
                contained.moves.store(0, Ordering::Relaxed);
            }
            Err(failure) if failure.client_is_spent => self.discard(contained.number).await,
            // The client moves to the leader by itself, unless what it was told is wrong.
            Err(failure)
                if failure.fault == EngineFault::NotLeader
                    && contained.moves.fetch_add(1, Ordering::Relaxed) >= MOVES_MAX =>
            {
                self.discard(contained.number).await;
            }
            Err(_) => {}
        }
        outcome
    }
}

impl Contained {
    fn new(settings: eventstore::ClientSettings, number: u64) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("kurrent-client")
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let client = match Client::with_runtime_handle(runtime.handle().clone(), settings) {
            Ok(client) => client,
            Err(error) => {
                runtime.shutdown_background();
                return Err(error.to_string());
            }
        };
        Ok(Self {
            client,
            number,
            sessions: Default::default(),
            serves_no_sessions: AtomicBool::new(false),
            moves: AtomicU64::new(0),
            runtime: Some(runtime),
        })
    }

    /// Runs a call on the runtime of this client, until it ends or its time is up.
    async fn run<T: Send + 'static>(
        &self,
        until: Instant,
        budget: Duration,
        call: impl Future<Output = eventstore::Result<T>> + Send + 'static,
        in_session: bool,
    ) -> Result<T, Failure> {
        let Some(runtime) = &self.runtime else {
            return Err(Failure::new(
                Meaning::NotDone,
                EngineFault::NoConnection("the client is being dropped".to_owned()),
                false,
            ));
        };
        let mut task = AbortOnDrop(runtime.spawn(call));
        match tokio::time::timeout_at(until, &mut task.0).await {
            Ok(Ok(Ok(value))) => Ok(value),
            Ok(Ok(Err(error))) => Err(Failure::of(&error, in_session)),
            Ok(Err(_)) => Err(Failure::new(
                Meaning::Unknown,
                EngineFault::Failed("the client panicked".to_owned()),
                true,
            )),
            // A session that says nothing is closed; the client is judged by its next call.
            Err(_) => Err(Failure { client_is_spent: !in_session, ..Failure::no_answer(budget) }),
        }
    }

    fn session(&self, slot: usize) -> Option<Arc<BatchAppendClient>> {
        self.sessions[slot].lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn close_session(&self, slot: usize, session: &Arc<BatchAppendClient>) {
        let mut current = self.sessions[slot].lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, session)) {
            *current = None;
        }
    }
}

/// Which batch session the appends to a stream go through.
fn slot_of(stream: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    stream.hash(&mut hasher);
    usize::try_from(hasher.finish() % BATCH_SESSIONS as u64).unwrap_or_default()
}

/// A task that does not outlive its caller.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
