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
    AppendToStreamOptions, BatchAppendClient, BatchAppendOptions, Client, ClientSettings, EventData,
    Position as ServerPosition, StreamState,
};
use tokio::time::Instant;

use crate::address::Address;
use crate::contained::Contained;
use crate::fault::{EngineFault, Failure, Meaning};
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
    /// Whether the next client asks as the user which nodes there are. A server tells anybody by default, but can be
    /// told not to; and it tells nobody who gives a wrong password, which then is to show by the first call.
    asks_as_user: AtomicBool,
    /// Why the last client was thrown away.
    last_fault: Mutex<Option<EngineFault>>,
}

#[derive(Default)]
struct Current {
    client: Option<Arc<Contained>>,
    /// No client is made before.
    not_before: Option<Instant>,
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
            asks_as_user: AtomicBool::new(true),
            last_fault: Mutex::new(None),
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
        let with_user = self.address.client_with_user.as_ref();
        let with_user = with_user.filter(|_| self.asks_as_user.load(Ordering::Relaxed));
        match make(with_user.unwrap_or(&self.address.client).clone(), number).await {
            Ok(client) => {
                let client = Arc::new(client);
                current.client = Some(Arc::clone(&client));
                Ok(client)
            }
            Err(failure) => {
                current.not_before = Some(Instant::now() + self.next_wait());
                self.note(&failure.fault);
                Err(failure)
            }
        }
    }

    /// Keeps a fault for whoever then waits in vain for the next client.
    fn note(&self, fault: &EngineFault) {
        *self.last_fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault.clone());
    }

    /// Counts a failure and gives the wait that follows it.
    fn next_wait(&self) -> Duration {
        let before = self.failures.fetch_add(1, Ordering::Relaxed);
        let doublings = u32::try_from(before.min(16)).unwrap_or(16);
        REBUILD_WAIT_FIRST.saturating_mul(2_u32.saturating_pow(doublings)).min(REBUILD_WAIT_MAX)
    }

    /// Throws a client away, unless another has taken its place already.
    async fn discard(&self, number: u64, fault: &EngineFault) {
        let mut current = self.current.lock().await;
        if current.client.as_ref().is_some_and(|client| client.number == number) {
            self.note(fault);
            if *fault == EngineFault::NoNode {
                self.asks_as_user.fetch_xor(true, Ordering::Relaxed);
            }
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

    /// One attempt at a read for which the server may have to look through much that others wrote. While it does it
    /// sends nothing; so it is asked now and then whether it is there.
    pub(crate) async fn scan<T, F, Q>(
        &self,
        until: Instant,
        call: impl FnOnce(Client) -> F,
        question: impl Fn(Client) -> Q,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Future<Output = eventstore::Result<T>> + Send + 'static,
        Q: Future<Output = eventstore::Result<()>> + Send + 'static,
    {
        let contained = self.client_until(until).await?;
        let call = call(contained.client.clone());
        let outcome = contained.run_while_answering(self.attempt_budget, call, question).await;
        self.settle(&contained, outcome).await
    }

    /// One call of a client that is made for it alone.
    pub(crate) async fn ask_aside<T, F>(
        &self,
        settings: ClientSettings,
        call: impl FnOnce(Client) -> F,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Future<Output = eventstore::Result<T>> + Send + 'static,
    {
        let contained = make(settings, 0).await?;
        let until = Instant::now() + self.attempt_budget;
        contained.run(until, self.attempt_budget, call(contained.client.clone()), false).await
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
        contained.keep_session(slot, &session);
        Ok(session)
    }

    /// When an attempt that begins now is given up. The wait for a client is not part of it: a new client that were
    /// left with the rest of a time would be given up before it could connect.
    fn end_of_attempt(&self, until: Instant) -> Instant {
        until.min(Instant::now() + self.attempt_budget)
    }

    async fn client_until(&self, until: Instant) -> Result<Arc<Contained>, Failure> {
        if let Ok(made) = tokio::time::timeout_at(until, self.client()).await {
            return made;
        }
        let last = self.last_fault.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let fault = match last {
            Some(last) => EngineFault::NoClient(Box::new(last)),
            None => EngineFault::NoConnection("no client was made in time".to_owned()),
        };
        Err(Failure::new(Meaning::NotDone, fault, false))
    }

    /// Notes how an attempt ended.
    async fn settle<T>(&self, contained: &Contained, outcome: Result<T, Failure>) -> Result<T, Failure> {
        match &outcome {
            // A refusal is an answer too: the client works.
            Ok(_) => {
                self.failures.store(0, Ordering::Relaxed);
                contained.moves.store(0, Ordering::Relaxed);
            }
            Err(failure) if failure.client_is_spent => {
                self.discard(contained.number, &failure.fault).await;
            }
            // The client moves to the leader by itself, unless what it was told is wrong.
            Err(failure)
                if failure.fault == EngineFault::NotLeader
                    && contained.moves.fetch_add(1, Ordering::Relaxed) >= MOVES_MAX =>
            {
                self.discard(contained.number, &failure.fault).await;
            }
            Err(_) => {}
        }
        outcome
    }
}

/// Which batch session the appends to a stream go through.
fn slot_of(stream: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    stream.hash(&mut hasher);
    usize::try_from(hasher.finish() % BATCH_SESSIONS as u64).unwrap_or_default()
}

/// Makes a client. Reads certificates from files, and panics at some that are none.
async fn make(settings: ClientSettings, number: u64) -> Result<Contained, Failure> {
    let made = tokio::task::spawn_blocking(move || Contained::new(settings, number)).await;
    let cause = match made {
        Ok(Ok(client)) => return Ok(client),
        Ok(Err(cause)) => cause,
        Err(_) => "the client could not be made; are the certificate files in order?".to_owned(),
    };
    Err(Failure::new(Meaning::NotDone, EngineFault::NoConnection(cause), false))
}
