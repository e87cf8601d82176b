//! The client, contained: every client lives on a runtime of its own, every attempt has a time, and a client that has
//! failed is thrown away and made anew after a wait.
//!
//! The runtime of its own is what makes throwing away work: the client's connection task never ends by itself and would
//! keep its connection open for ever. It also means that whatever a client does, its tasks do not take a thread from
//! the service. A panic in the client ends the attempt and nothing else.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eventstore::{Client, ClientSettings};
use tokio::time::Instant;

use crate::address::Address;
use crate::contained::Contained;
use crate::fault::{EngineFault, Failure, Meaning};
use crate::settings::{REBUILD_WAIT_FIRST, REBUILD_WAIT_MAX};

/// Answers in a row that name another leader before the client is made anew.
const MOVES_MAX: u64 = 2;

/// The client of the moment, and how to make the next one.
pub(crate) struct Link {
    address: Address,
    pub(crate) attempt_budget: Duration,
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
        until: Instant,
        settings: ClientSettings,
        call: impl FnOnce(Client) -> F,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Future<Output = eventstore::Result<T>> + Send + 'static,
    {
        let contained = make(settings, 0).await?;
        contained.run(until, self.attempt_budget, call(contained.client.clone()), false).await
    }

    /// When an attempt that begins now is given up. The wait for a client is not part of it: a new client that were
    /// left with the rest of a time would be given up before it could connect.
    pub(crate) fn end_of_attempt(&self, until: Instant) -> Instant {
        until.min(Instant::now() + self.attempt_budget)
    }

    pub(crate) async fn client_until(&self, until: Instant) -> Result<Arc<Contained>, Failure> {
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
    pub(crate) async fn settle<T>(
        &self,
        contained: &Contained,
        outcome: Result<T, Failure>,
    ) -> Result<T, Failure> {
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
