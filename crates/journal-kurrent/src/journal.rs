//! The port, and the task that follows the log.

use std::sync::Arc;

use async_trait::async_trait;
use candour_journal::{
    AllPage, AppendError, Appended, ExpectedVersion, Journal, NewEvent, Position, ReadError, StorageFault,
    StoreId, StreamName, StreamPage, StreamVersion, Unavailable, admission,
};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::engine::Engine;
use crate::fault::EngineFault;
use crate::link::Link;
use crate::options::{Options, check_namespace, parse};
use crate::read::check_page;
use crate::settings::{POLL_WAIT_FIRST, POLL_WAIT_MAX};
use crate::start::{ConnectError, Store};

/// A journal in one namespace of a KurrentDB server or cluster.
///
/// Must be used within a tokio runtime with time enabled. Dropping it ends what it follows; appends under way are still
/// carried out.
pub struct KurrentJournal {
    engine: Arc<Engine>,
    store: Store,
    follower: JoinHandle<()>,
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
        let store = engine.start(options).await?;
        let follower = tokio::spawn(follow(Arc::clone(&engine)));
        Ok(Self { engine, store, follower })
    }

    /// Takes no more appends and ends [`Journal::changes`]. Reads still work.
    pub fn close(&self) {
        self.follower.abort();
        self.engine.tail.close();
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
async fn follow(engine: Arc<Engine>) {
    let mut wait = POLL_WAIT_FIRST;
    let mut is_failing = false;
    loop {
        tokio::time::sleep(wait).await;
        let before = engine.tail.known().last;
        match engine.try_to_look(engine.deadline()).await {
            Ok(last) => {
                if std::mem::take(&mut is_failing) {
                    tracing::info!("KurrentDB answers again");
                }
                wait = if last.raw() > before { POLL_WAIT_FIRST } else { (wait * 2).min(POLL_WAIT_MAX) };
            }
            Err(failure) => {
                if !std::mem::replace(&mut is_failing, true) {
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
        let appending = tokio::spawn(async move { engine.append(&stream, expected, &events).await });
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
}
