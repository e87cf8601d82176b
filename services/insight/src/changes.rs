//! `WatchChanges`: every change from a position on, read from the log at the reader's own pace.
//!
//! Nothing is buffered for a reader but the page it is at, without the events' content: a slow one leaves the log unread, and the next page is
//! read when the one before was taken.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use candour_api::v1;
use candour_journal::{AllPage, Journal, Position, ReadError, RecordedEvent, next_page};
use candour_projections::ReadModel;
use candour_service_kit::{Check, Engine, Failure, token, wire};
use futures::Stream;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::{Instant, sleep_until},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status as RpcStatus;

use crate::words;

pub(crate) const METHOD: &str = "InsightService/WatchChanges";

/// Readers at a time.
pub(crate) const READERS_MAX: usize = 64;
/// Messages that wait for a reader at most, beside those of the page it is at.
const MESSAGES_WAITING_MAX: usize = 32;
/// Events read from the log at a time.
const PAGE_EVENTS: usize = 200;
/// Seconds between heartbeats when the reader names none.
const HEARTBEAT_SECONDS_DEFAULT: u64 = 15;
/// Seconds between heartbeats at most.
const HEARTBEAT_SECONDS_MAX: u64 = 300;

/// The messages of one reader.
pub(crate) type Changes = Pin<Box<dyn Stream<Item = Result<v1::WatchChangesResponse, RpcStatus>> + Send>>;

pub(crate) async fn watch(
    engine: &Engine,
    read_model: &ReadModel,
    readers: &Arc<Semaphore>,
    message: v1::WatchChangesRequest,
) -> Result<Changes, Failure> {
    let journal = Arc::clone(engine.journal());
    let mut check = Check::new();
    let after =
        check.accept("after_position", token::parse_position(&message.after_position, journal.as_ref()));
    if message.from_now && !message.after_position.is_empty() {
        check.violation("from_now", "cannot be combined with after_position");
    }
    let kinds = check.each(
        "stream_kinds",
        &message.stream_kinds,
        words::STREAM_KINDS.len(),
        |check, field, number| {
            let kind = words::optional(check, field, *number, &words::STREAM_KINDS, |(_, kind)| kind)?;
            if kind.is_none() {
                check.violation(field, "must name a kind of history");
            }
            kind.map(|(category, _)| category)
        },
    );
    let heartbeat = heartbeat(&mut check, message.heartbeat_seconds);
    let (after, kinds, heartbeat) = check.finish(|| Some((after?, kinds?, heartbeat?)))?;
    let place = Arc::clone(readers).try_acquire_owned().map_err(|_| {
        Failure::Limit(format!("{READERS_MAX} readers are watching already; try again later"))
    })?;
    let head = journal.head().await?;
    if after.is_some_and(|after| after > head) {
        return Err(Failure::field("after_position", "lies after the end of the log"));
    }
    let position = if message.from_now { head } else { after.unwrap_or(Position::BEFORE_FIRST) };
    let (sender, receiver) = mpsc::channel(MESSAGES_WAITING_MAX);
    let reader = Reader {
        journal,
        position,
        kinds,
        heartbeat,
        sender,
        last_sent: Instant::now(),
        caught_up: position >= head,
    };
    let read_model = read_model.clone();
    tokio::spawn(async move {
        // Nothing is cut: what was sent was sent whole, and a reader goes on behind it.
        tokio::select! {
            () = read_model.stopping() => {}
            () = reader.run() => {}
        }
    });
    Ok(Box::pin(Messages { messages: ReceiverStream::new(receiver), _place: place }))
}

fn heartbeat(check: &mut Check, seconds: i32) -> Option<Duration> {
    match u64::try_from(seconds) {
        Ok(0) => Some(Duration::from_secs(HEARTBEAT_SECONDS_DEFAULT)),
        Ok(seconds) if seconds <= HEARTBEAT_SECONDS_MAX => Some(Duration::from_secs(seconds)),
        _ => {
            check.violation("heartbeat_seconds", format!("must be 0 to {HEARTBEAT_SECONDS_MAX}"));
            None
        }
    }
}

/// The messages of a reader, with its place among the readers, which is free again as soon as it goes.
struct Messages {
    messages: ReceiverStream<Result<v1::WatchChangesResponse, RpcStatus>>,
    _place: OwnedSemaphorePermit,
}

impl Stream for Messages {
    type Item = Result<v1::WatchChangesResponse, RpcStatus>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.messages).poll_next(context)
    }
}

/// One reader of the log.
struct Reader {
    journal: Arc<dyn Journal>,
    /// Everything up to here was sent or is not wanted.
    position: Position,
    /// The categories wanted; none means all.
    kinds: Vec<&'static str>,
    heartbeat: Duration,
    sender: mpsc::Sender<Result<v1::WatchChangesResponse, RpcStatus>>,
    last_sent: Instant,
    caught_up: bool,
}

/// The reader has gone.
struct Gone;

impl Reader {
    /// Sends until the reader goes, or the log cannot be read.
    async fn run(mut self) {
        if let Ok(failure) = self.follow().await {
            // A reader that has gone does not need to hear it.
            let _gone = self.sender.send(Err(failure.into())).await;
        }
    }

    /// Answers why it ended.
    async fn follow(&mut self) -> Result<Failure, Gone> {
        if self.caught_up {
            self.send(None).await?;
        }
        loop {
            let (page, after) = (self.next().await?, self.position);
            match page {
                Ok(page) if page.head < after => {
                    let was_put_back =
                        "the log ends before what was sent: it was put back to an earlier state";
                    return Ok(Failure::Unavailable(was_put_back.to_owned()));
                }
                Ok(page) => self.page(page).await?,
                Err(error) => return Ok(error.into()),
            }
        }
    }

    /// The next page of the log. However long that takes, a heartbeat is sent meanwhile, and the read goes on.
    async fn next(&mut self) -> Result<Result<AllPage, ReadError>, Gone> {
        let (journal, after) = (Arc::clone(&self.journal), self.position);
        let mut changes = journal.changes();
        let mut page = std::pin::pin!(next_page(journal.as_ref(), &mut changes, after, PAGE_EVENTS));
        loop {
            let beat_at = self.last_sent + self.heartbeat;
            tokio::select! {
                biased;
                page = &mut page => return Ok(page),
                () = self.sender.closed() => return Err(Gone),
                () = sleep_until(beat_at) => {
                    // As far as this server knows of the log.
                    self.caught_up = *self.journal.changes().borrow() <= self.position;
                    self.send(None).await?;
                }
            }
        }
    }

    async fn page(&mut self, page: AllPage) -> Result<(), Gone> {
        let reached_head = page.reached_head(self.position);
        // An engine may hand out again what was sent already.
        let fresh = page.events.iter().filter(|event| event.position > self.position);
        let mut changes: VecDeque<_> = fresh.map(|event| (event.position, self.change(event))).collect();
        // What waits for a slow reader is what it is told, not the content of the events.
        drop(page);
        while let Some((position, change)) = changes.pop_front() {
            self.position = position;
            if change.is_some() {
                self.send(change).await?;
            }
        }
        let reached_now = reached_head && !self.caught_up;
        self.caught_up = reached_head;
        if reached_now || self.last_sent.elapsed() >= self.heartbeat {
            self.send(None).await?;
        }
        Ok(())
    }

    async fn send(&mut self, change: Option<v1::Change>) -> Result<(), Gone> {
        let message = v1::WatchChangesResponse {
            position: token::position(self.journal.as_ref(), self.position),
            position_sequence: self.position.raw(),
            caught_up: self.caught_up && change.is_none(),
            change,
        };
        self.sender.send(Ok(message)).await.map_err(|_| Gone)?;
        self.last_sent = Instant::now();
        Ok(())
    }

    /// What is told of an event; nothing where it is of a history that is not wanted, or of a kind that is not shown here.
    fn change(&self, event: &RecordedEvent) -> Option<v1::Change> {
        let category = event.stream.category();
        let (category, kind) = words::STREAM_KINDS.iter().find(|(known, _)| *known == category)?;
        (self.kinds.is_empty() || self.kinds.contains(category)).then(|| v1::Change {
            event_id: event.event_id.to_string(),
            r#type: event.event_type.as_str().to_owned(),
            stream_kind: (*kind).into(),
            stream_subject_id: event.stream.id().to_string(),
            version: event.version.number(),
            occurred_time: Some(wire::instant(event.occurred_at)),
            recorded_time: Some(wire::instant(event.recorded_at)),
        })
    }
}
