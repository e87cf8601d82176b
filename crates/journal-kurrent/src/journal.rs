//! The port, and the task that follows the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use candour_journal::{
    AllPage, AppendError, Appended, ExpectedVersion, Fact, FactError, Journal, NewEvent, Position, ReadError,
    StorageFault, StoreId, StreamName, StreamPage, StreamVersion, Unavailable, admission, check_fact_value,
};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::address::parse;
use crate::append::Stamp;
use crate::connect_error::ConnectError;
use crate::engine::Engine;
use crate::fault::EngineFault;
use crate::link::Link;
use crate::options::{Options, check_namespace};
use crate::read::check_page;
use crate::settings::{POLL_WAIT_FIRST, POLL_WAIT_MAX};
use crate::start::Store;

/// A journal in one namespace of a KurrentDB server or cluster.
///
/// Must be used within a tokio runtime with time enabled. Dropping it ends what it follows; appends under way are still
/// carried out.
pub struct KurrentJournal {
    engine: Arc<Engine>,
    store: Store,
    server_version: String,
    follower: JoinHandle<()>,
    /// Whether the last look at the end of the log succeeded.
    is_answering: Arc<AtomicBool>,
}

impl KurrentJournal {
    /// Opens the journal in a namespace, making the store if there is none, after checking everything that the service
    /// will need: the server and its version, the credentials, the permission to read `$all`, the kind of the store.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn connect(options: &Options) -> Result<Self, ConnectError> {
        check_namespace(&options.namespace)?;
        let link = Link::new(parse(&options.connection_string)?, options.attempt_budget);
        let engine = Arc::new(Engine::new(
            link,
            &options.namespace,
            options.append_by,
            options.call_budget,
            Arc::clone(&options.clock),
        ));
        // The checks are large and are made once: they need not be a part of whoever opens a journal.
        let (store, server_version) = Box::pin(engine.start(options)).await?;
        let is_answering = Arc::new(AtomicBool::new(true));
        let follower = tokio::spawn(follow(Arc::clone(&engine), Arc::clone(&is_answering)));
        Ok(Self { engine, store, server_version, follower, is_answering })
    }

    /// Takes no more appends and ends [`Journal::changes`]. Reads still work.
    pub fn close(&self) {
        self.follower.abort();
        self.engine.tail.close();
    }

    /// The version that the server gave when the journal was opened, such as `26.1.0`.
    pub fn server_version(&self) -> &str {
        &self.server_version
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// How many clients have been made since the journal was opened: 1, and one more each time the client was given up.
    pub fn clients_made(&self) -> u64 {
        self.engine.link.clients_made()
    }
}

impl Drop for KurrentJournal {
    fn drop(&mut self) {
        self.close();
    }
}

/// Keeps the end of the log known, so that followers learn of the appends of other processes.
async fn follow(engine: Arc<Engine>, is_answering: Arc<AtomicBool>) {
    let mut wait = POLL_WAIT_FIRST;
    loop {
        tokio::time::sleep(wait).await;
        let before = engine.tail.known().last;
        match engine.try_to_look(engine.deadline()).await {
            Ok(last) => {
                if !is_answering.swap(true, Ordering::AcqRel) {
                    tracing::info!("KurrentDB answers again");
                }
                wait = if last.raw() > before { POLL_WAIT_FIRST } else { (wait * 2).min(POLL_WAIT_MAX) };
            }
            Err(failure) => {
                if is_answering.swap(false, Ordering::AcqRel) {
                    tracing::warn!(fault = %failure.fault, "the log of KurrentDB cannot be followed at present");
                }
                wait = (wait * 2).min(POLL_WAIT_MAX);
            }
        }
    }
}

#[async_trait]
impl Journal for KurrentJournal {
    async fn append(
        &self,
        stream: &StreamName,
        expected: ExpectedVersion,
        events: Vec<NewEvent>,
    ) -> Result<Appended, AppendError> {
        admission::check_request(&events)?;
        if !self.is_healthy() {
            return Err(Unavailable::ShuttingDown.into());
        }
        // A task of its own, so that an append whose caller has gone is still brought to its end.
        let (engine, stream) = (Arc::clone(&self.engine), stream.clone());
        let appending =
            tokio::spawn(async move { engine.append(&stream, expected, &events, Stamp::Now).await });
        appending.await.unwrap_or_else(|_| {
            let fault = EngineFault::Failed("the append was broken off".to_owned());
            Err(AppendError::OutcomeUnknown(StorageFault::new(fault)))
        })
    }

    async fn read_stream(
        &self,
        stream: &StreamName,
        from: StreamVersion,
        limit: usize,
    ) -> Result<StreamPage, ReadError> {
        check_page(limit)?;
        self.engine.page_of_stream(stream, from, limit, self.engine.deadline()).await
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<AllPage, ReadError> {
        check_page(limit)?;
        self.engine.page_of_all(after, limit, self.engine.deadline()).await
    }

    async fn head(&self) -> Result<Position, ReadError> {
        self.engine.look_at_tail(self.engine.deadline()).await
    }

    fn store_id(&self) -> StoreId {
        self.store.id
    }

    /// Always 0: a server does not say that it was restored from a backup. A reader whose checkpoint lies past the head
    /// sees it there.
    fn epoch(&self) -> u64 {
        0
    }

    fn changes(&self) -> watch::Receiver<Position> {
        self.engine.tail.changes()
    }

    fn is_synthetic(&self) -> bool {
        self.store.synthetic
    }

    fn is_healthy(&self) -> bool {
        !self.engine.tail.is_closed()
    }

    fn is_answering(&self) -> bool {
        self.is_answering.load(Ordering::Acquire)
    }

    /// Other servers may write to the same streams.
    fn is_sole_writer(&self) -> bool {
        false
    }

    async fn settle(&self, fact: Fact, value: &str) -> Result<String, FactError> {
        check_fact_value(value)?;
        if !self.is_healthy() {
            return Err(Unavailable::ShuttingDown.into());
        }
        self.engine.settle(fact, value, self.engine.deadline()).await
    }

    async fn settled(&self, fact: Fact) -> Result<Option<String>, FactError> {
        self.engine.settled(fact, self.engine.deadline()).await
    }
}
