//! One client on a runtime of its own.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eventstore::{BatchAppendClient, Client, ClientSettings};
use tokio::runtime::Runtime;
use tokio::time::Instant;

use crate::fault::{EngineFault, Failure, Meaning};
use crate::settings::{BATCH_SESSIONS, SCAN_BUDGET};

/// A client on its own runtime.
pub(crate) struct Contained {
    pub(crate) client: Client,
    pub(crate) number: u64,
    sessions: [Mutex<Option<Arc<BatchAppendClient>>>; BATCH_SESSIONS],
    pub(crate) serves_no_sessions: AtomicBool,
    /// Answers in a row that named another node as the leader.
    pub(crate) moves: AtomicU64,
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

impl Contained {
    pub(crate) fn new(settings: ClientSettings, number: u64) -> Result<Self, String> {
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
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        until: Instant,
        budget: Duration,
        call: impl Future<Output = eventstore::Result<T>> + Send + 'static,
        in_session: bool,
    ) -> Result<T, Failure> {
        let mut task = self.spawn(call)?;
        match tokio::time::timeout_at(until, &mut task.0).await {
            Ok(ended) => read(ended, in_session),
            // A session that says nothing is closed; the client is judged by its next call.
            Err(_) => Err(Failure { client_is_spent: !in_session, ..Failure::no_answer(budget) }),
        }
    }

    /// Runs a call that may take long while the server is at work and sends nothing. As long as it answers another one
    /// in the meantime, the call is waited for, up to [`SCAN_BUDGET`].
    pub(crate) async fn run_while_answering<T: Send + 'static, F>(
        &self,
        budget: Duration,
        call: impl Future<Output = eventstore::Result<T>> + Send + 'static,
        question: impl Fn(Client) -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = eventstore::Result<()>> + Send + 'static,
    {
        let give_up = Instant::now() + SCAN_BUDGET;
        let mut task = self.spawn(call)?;
        loop {
            match tokio::time::timeout(budget, &mut task.0).await {
                Ok(ended) => return read(ended, false),
                Err(_) if Instant::now() >= give_up => return Err(Failure::no_answer(SCAN_BUDGET)),
                Err(_) => {
                    let until = Instant::now() + budget;
                    self.run(until, budget, question(self.client.clone()), false).await?;
                    tracing::debug!("KurrentDB is looking through what others wrote");
                }
            }
        }
    }

    fn spawn<T: Send + 'static>(
        &self,
        call: impl Future<Output = eventstore::Result<T>> + Send + 'static,
    ) -> Result<AbortOnDrop<eventstore::Result<T>>, Failure> {
        let runtime = self.runtime.as_ref().ok_or_else(|| {
            let fault = EngineFault::NoConnection("the client is being dropped".to_owned());
            Failure::new(Meaning::NotDone, fault, false)
        })?;
        Ok(AbortOnDrop(runtime.spawn(call)))
    }

    /// Keeps a session for the appends that go through it.
    pub(crate) fn keep_session(&self, slot: usize, session: &Arc<BatchAppendClient>) {
        *self.sessions[slot].lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(session));
    }

    pub(crate) fn session(&self, slot: usize) -> Option<Arc<BatchAppendClient>> {
        self.sessions[slot].lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn close_session(&self, slot: usize, session: &Arc<BatchAppendClient>) {
        let mut current = self.sessions[slot].lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, session)) {
            *current = None;
        }
    }
}

/// How a call has ended.
fn read<T>(
    ended: Result<eventstore::Result<T>, tokio::task::JoinError>,
    in_session: bool,
) -> Result<T, Failure> {
    match ended {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Failure::of(&error, in_session)),
        Err(_) => {
            let fault = EngineFault::Failed("the client panicked".to_owned());
            Err(Failure::new(Meaning::Unknown, fault, true))
        }
    }
}

/// A task that does not outlive its caller.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
