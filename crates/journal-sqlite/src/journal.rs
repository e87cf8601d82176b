//! The port, served by the writer and the readers.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use async_trait::async_trait;
use candour_journal::limits::WRITE_QUEUE_DEPTH_MAX;
use candour_journal::{
    AllPage, AppendError, Appended, CopyError, Copying, ExpectedVersion, Fact, FactError, Journal, NewEvent,
    Position, ReadError, RecordedEvent, StorageFault, StoreId, StreamName, StreamPage, StreamVersion,
    Unavailable, admission, check_fact_value,
};
use tokio::sync::{mpsc, oneshot, watch};

use crate::append::{AppendRequest, TypeNumbers};
use crate::fact::{not_read, settled};
use crate::integrity::find_problems;
use crate::lock::WriterLock;
use crate::reader::{Readers, check_page, page_of_all, page_of_stream};
use crate::record::read_failed;
use crate::store::{self, OpenError, OpenOptions, OpenedStore, StoreRow};
use crate::writer::{
    CommitObserver, Ended, Message, Queued, Settling, Shared, ToCopy, Writer, WriterStatistics,
};

/// A journal in one SQLite file, of which this is the only writer.
///
/// Dropping it without [`SqliteJournal::close`] loses nothing that was acknowledged: what is queued is still written,
/// and the drop waits for that.
pub struct SqliteJournal {
    store: StoreRow,
    requests: mpsc::Sender<Message>,
    readers: Readers,
    head: watch::Receiver<Position>,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<Ended>>>,
    lock: Mutex<Option<WriterLock>>,
}

impl SqliteJournal {
    /// Opens the journal in the file at `path`, making it, and its folder, if there is none. Folder and files are made
    /// readable by their owner only. Beside the file stand its `-wal` and `-shm` while it is open, and its `.lock`.
    ///
    /// Reads and writes files on the calling thread, in a time that does not grow with the log.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self, OpenError> {
        let OpenedStore { lock, connection, database, store, head, last_recorded } =
            store::open(path.as_ref(), options)?;
        let (requests, receiver) = mpsc::channel(WRITE_QUEUE_DEPTH_MAX);
        let (head_sender, head) = watch::channel(head);
        let shared = Arc::new(Shared::new());
        let writer = Writer {
            connection,
            requests: receiver,
            head: head_sender,
            clock: Arc::clone(&options.clock),
            last_recorded,
            types: TypeNumbers::new(),
            shared: Arc::clone(&shared),
        };
        let thread = std::thread::Builder::new()
            .name("journal-writer".to_owned())
            .spawn(move || writer.run())
            .map_err(|source| OpenError::File { database: database.clone(), source })?;
        Ok(Self {
            store,
            requests,
            readers: Readers::new(database),
            head,
            shared,
            thread: Mutex::new(Some(thread)),
            lock: Mutex::new(Some(lock)),
        })
    }

    /// Closes the journal in order: refuses new reads and appends, finishes those that are under way, puts the
    /// write-ahead log back into the database file, and lets another writer in. Closing again does nothing.
    ///
    /// # Errors
    /// See [`CloseError`]. Whatever it says, what was acknowledged is in the files.
    pub async fn close(&self) -> Result<(), CloseError> {
        self.shared.is_closing.store(true, Ordering::Release);
        self.readers.close().await;
        // An error says that the writer has ended already.
        drop(self.requests.send(Message::Close).await);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return Ok(()) };
        let ended = tokio::task::spawn_blocking(move || thread.join()).await;
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner).take());
        match ended {
            Ok(Ok(Ended::Orderly(result))) => result.map_err(CloseError::Checkpoint),
            Ok(Ok(Ended::Failed) | Err(_)) | Err(_) => Err(CloseError::WriterFailed),
        }
    }

    /// What the writer has done since the journal was opened.
    pub fn statistics(&self) -> WriterStatistics {
        self.shared.statistics(self.requests.max_capacity() - self.requests.capacity())
    }

    /// Tells an observer of each commit from now on. There is one: a second is not told.
    pub fn observe(&self, observer: Arc<dyn CommitObserver>) {
        // Whoever came first stays.
        let _ = self.shared.observer.set(observer);
    }

    /// Looks through the whole file for damage: SQLite's own quick check, positions and versions without gaps. Gives
    /// the problems in words that hold nothing of any record; none is good. Takes time in proportion to the log and
    /// keeps the write-ahead log from shrinking meanwhile, so it is for an operator and not for a health probe.
    ///
    /// It does not decode the events: reading the log does that.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`] or [`ReadError::Failed`].
    pub async fn find_problems(&self) -> Result<Vec<String>, ReadError> {
        self.readers.read(find_problems).await
    }
}

#[async_trait]
impl Journal for SqliteJournal {
    async fn append(
        &self,
        stream: &StreamName,
        expected: ExpectedVersion,
        events: Vec<NewEvent>,
    ) -> Result<Appended, AppendError> {
        admission::check_request(&events)?;
        if self.shared.is_closing.load(Ordering::Acquire) {
            return Err(Unavailable::ShuttingDown.into());
        }
        let (reply, answer) = oneshot::channel();
        let request = AppendRequest { stream: stream.clone(), expected, events };
        self.requests.try_send(Message::Append(Queued { request, reply })).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Unavailable::QueueFull,
            mpsc::error::TrySendError::Closed(_) => self.shared.unavailable(),
        })?;
        // No answer means that the writer died over this batch.
        answer.await.unwrap_or_else(|error| Err(AppendError::OutcomeUnknown(StorageFault::new(error))))
    }

    async fn read_stream(
        &self,
        stream: &StreamName,
        from: StreamVersion,
        limit: usize,
    ) -> Result<StreamPage, ReadError> {
        check_page(limit)?;
        let stream = stream.clone();
        self.readers.read(move |snapshot| page_of_stream(snapshot, &stream, from, limit)).await
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<AllPage, ReadError> {
        check_page(limit)?;
        self.readers.read(move |snapshot| page_of_all(snapshot, after, limit)).await
    }

    async fn head(&self) -> Result<Position, ReadError> {
        self.readers.read(|snapshot| store::head(snapshot).map_err(read_failed)).await
    }

    fn store_id(&self) -> StoreId {
        self.store.id
    }

    fn epoch(&self) -> u64 {
        self.store.epoch
    }

    fn changes(&self) -> watch::Receiver<Position> {
        self.head.clone()
    }

    fn is_synthetic(&self) -> bool {
        self.store.synthetic
    }

    fn is_healthy(&self) -> bool {
        self.shared.is_serving.load(Ordering::Acquire) && !self.shared.is_closing.load(Ordering::Acquire)
    }

    fn is_answering(&self) -> bool {
        true
    }

    /// The lock on the store sees to it.
    fn is_sole_writer(&self) -> bool {
        true
    }

    async fn settle(&self, fact: Fact, value: &str) -> Result<String, FactError> {
        check_fact_value(value)?;
        if self.shared.is_closing.load(Ordering::Acquire) {
            return Err(Unavailable::ShuttingDown.into());
        }
        let (reply, answer) = oneshot::channel();
        let message = Message::Settle(Settling { fact, value: value.to_owned(), reply });
        self.requests.try_send(message).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Unavailable::QueueFull,
            mpsc::error::TrySendError::Closed(_) => self.shared.unavailable(),
        })?;
        answer.await.unwrap_or_else(|error| Err(FactError::Failed(StorageFault::new(error))))
    }

    async fn settled(&self, fact: Fact) -> Result<Option<String>, FactError> {
        self.readers
            .read(move |snapshot| settled(snapshot, fact).map_err(read_failed))
            .await
            .map_err(not_read)
    }
}

#[async_trait]
impl Copying for SqliteJournal {
    async fn copy(&self, events: Vec<RecordedEvent>) -> Result<(), CopyError> {
        if self.shared.is_closing.load(Ordering::Acquire) {
            return Err(AppendError::from(Unavailable::ShuttingDown).into());
        }
        let (reply, answer) = oneshot::channel();
        let sent = self.requests.send(Message::Copy(ToCopy { events, reply })).await;
        sent.map_err(|_| AppendError::from(self.shared.unavailable()))?;
        answer.await.unwrap_or_else(|error| Err(CopyError::Failed(StorageFault::new(error))))
    }
}

impl Drop for SqliteJournal {
    fn drop(&mut self) {
        // The writer ends once nobody can send to it; the lock must not be released before.
        let (nobody, _) = mpsc::channel(1);
        drop(std::mem::replace(&mut self.requests, nobody));
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the journal's writer panicked");
        }
    }
}

/// Why a journal was not closed in order. What was acknowledged is in the files all the same.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// The write-ahead log could not be put back into the database file; the next start does that.
    #[error("the write-ahead log of the journal could not be put back into its file")]
    Checkpoint(#[source] rusqlite::Error),
    /// The writer had stopped after a failure before it was told to close.
    #[error("the writer of the journal had stopped after a failure")]
    WriterFailed,
}
