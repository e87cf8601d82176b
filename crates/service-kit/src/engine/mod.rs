//! Load → answer a repeat → decide → seal → append: the one way a command is carried out.
//!
//! One command, once: a request id is looked for in the stream *before* deciding. A repeat with the same content is answered with the
//! first outcome; with other content it is refused. The append expects the version that was decided on, so two writers never both win;
//! without an etag the loser reloads and decides anew, a few times.
//!
//! Where the stream was seen a short while ago, or must be empty because its name derives from the request, the command is first tried
//! without reading (`warm`); what comes of that counts only where the journal's own answer proves it (`command`).
//!
//! Commands open no personal field. Only [`Engine::load`], which answers questions, uses the keys.

mod append;
mod command;
mod loaded;
mod warm;

use std::sync::Arc;

use candour_api::v1;
use candour_domain::calendar::{Calendar, Calendars};
use candour_journal::{Clock, Journal, Position, RecordedEvent, StreamName, StreamVersion, limits};
use candour_records::{StoredAggregate, Withheld};
use candour_vault::Vault;
use jiff::Timestamp;
use tokio::sync::watch;
use uuid::Uuid;

use crate::{failure::Failure, organisation::Organisation, sealing::Cell, token, wire};
use warm::WarmStreams;

pub(crate) use command::out_of_order;
pub use loaded::{Done, Loaded, Recorded};
pub use warm::{WARM_BYTES_MAX, WARM_STREAM_BYTES_MAX, WARM_STREAMS_MAX};

/// How often a command without an etag is decided anew when others write to the same stream.
pub const ATTEMPTS_MAX: usize = 5;
/// The most events one stream is loaded with; a longer one is refused rather than half read.
pub const STREAM_EVENTS_MAX: usize = 20_000;

/// Carries out commands over one journal and one vault.
///
/// Over a journal without another writer ([`Journal::is_sole_writer`]) make one engine, clone it, and let nothing be appended or taken over
/// beside it: it knows of what it appended itself.
#[derive(Clone)]
pub struct Engine {
    journal: Arc<dyn Journal>,
    vault: Arc<dyn Vault>,
    clock: Arc<dyn Clock>,
    organisation: Arc<Organisation>,
    unreadable: Arc<watch::Sender<u64>>,
    warm: Arc<WarmStreams>,
}

impl Engine {
    /// An engine over its parts.
    pub fn new(
        journal: Arc<dyn Journal>,
        vault: Arc<dyn Vault>,
        clock: Arc<dyn Clock>,
        organisation: Organisation,
    ) -> Self {
        Self {
            journal,
            vault,
            clock,
            organisation: Arc::new(organisation),
            unreadable: Arc::new(watch::Sender::new(0)),
            warm: Arc::new(WarmStreams::new()),
        }
    }

    /// Counts the sealed values that should have been readable and were not. Anything but 0 is data loss: health is degraded.
    pub fn unreadable_values(&self) -> watch::Receiver<u64> {
        self.unreadable.subscribe()
    }

    /// Whom this server serves.
    pub fn organisation(&self) -> &Organisation {
        &self.organisation
    }

    /// The calendar in force for the organisation's nation.
    pub fn calendar(&self) -> &'static Calendar {
        Calendars::built_in().in_force(self.organisation.nation)
    }

    /// The journal.
    pub fn journal(&self) -> &Arc<dyn Journal> {
        &self.journal
    }

    /// What the time is read from.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Now, to the precision that is stored.
    pub fn now(&self) -> Timestamp {
        candour_journal::to_stored_precision(self.clock.now())
    }

    /// The keyed digest of a request's content. Never a plain digest: that would outlive erasure.
    pub fn authenticate_request(&self, content: &[u8]) -> [u8; 32] {
        self.vault.authenticate("request-content", content)
    }

    /// A keyed digest for another purpose.
    pub fn authenticate(&self, purpose: &str, content: &[u8]) -> [u8; 32] {
        self.vault.authenticate(purpose, content)
    }

    /// The name of an aggregate's stream.
    pub fn stream<A: StoredAggregate>(&self, id: Uuid) -> Result<StreamName, Failure> {
        StreamName::new(&self.organisation.namespace, A::CATEGORY, id)
            .map_err(|error| Failure::Internal(error.to_string()))
    }

    /// Loads a whole stream from the log, personal fields opened, to be shown. One that does not exist is empty.
    pub async fn load<A: StoredAggregate>(&self, id: Uuid) -> Result<Loaded<A>, Failure> {
        self.page_through(&self.stream::<A>(id)?, |event| {
            let cell = Cell {
                vault: self.vault.as_ref(),
                stream: event.stream.as_str(),
                event_id: event.event_id,
                unreadable: &self.unreadable,
            };
            Recorded::read(event, &cell)
        })
        .await
    }

    /// Loads a stream that must exist, as [`Engine::load`] does.
    pub async fn load_existing<A: StoredAggregate>(
        &self,
        kind: &'static str,
        id: Uuid,
    ) -> Result<Loaded<A>, Failure> {
        let loaded = self.load::<A>(id).await?;
        if loaded.is_empty() { Err(Failure::NotFound { kind, id: id.to_string() }) } else { Ok(loaded) }
    }

    /// A stream that must exist, as facts for a command on another one: personal fields stay closed. Read from the log unless it is warm
    /// and nobody but this engine can have appended to it.
    pub async fn facts<A: StoredAggregate>(
        &self,
        kind: &'static str,
        id: Uuid,
    ) -> Result<Arc<Loaded<A>>, Failure> {
        let loaded = self.facts_if_any::<A>(id).await?;
        if loaded.is_empty() { Err(Failure::NotFound { kind, id: id.to_string() }) } else { Ok(loaded) }
    }

    /// As [`Engine::facts`]; a stream that does not exist is empty.
    pub async fn facts_if_any<A: StoredAggregate>(&self, id: Uuid) -> Result<Arc<Loaded<A>>, Failure> {
        let stream = self.stream::<A>(id)?;
        if self.journal.is_sole_writer()
            && let Some(known) = self.warm.get(&stream)
        {
            return Ok(known);
        }
        self.read(&stream).await
    }

    /// Reads a stream for a command, without keys, and keeps it warm.
    async fn read<A: StoredAggregate>(&self, stream: &StreamName) -> Result<Arc<Loaded<A>>, Failure> {
        let reading = self.warm.begin_reading(stream);
        let loaded = Arc::new(self.page_through(stream, |event| Recorded::read(event, &Withheld)).await?);
        self.warm.keep(stream, &reading, &loaded);
        Ok(loaded)
    }

    async fn page_through<A: StoredAggregate>(
        &self,
        stream: &StreamName,
        read: impl Fn(&RecordedEvent) -> Result<Recorded<A>, Failure>,
    ) -> Result<Loaded<A>, Failure> {
        let mut from = StreamVersion::FIRST;
        let mut history = Vec::new();
        let mut stored_bytes = 0_usize;
        loop {
            let page = self.journal.read_stream(stream, from, limits::PAGE_EVENTS_MAX).await?;
            for event in page.events {
                from = event.version.next();
                stored_bytes = stored_bytes.saturating_add(event.bytes());
                history.push(read(&event)?);
            }
            if page.reached_end {
                return Ok(Loaded::of(history, stored_bytes));
            }
            if history.len() > STREAM_EVENTS_MAX {
                return Err(Failure::Limit(format!("the record has more than {STREAM_EVENTS_MAX} events")));
            }
        }
    }

    /// What a reply says about the outcome of its command.
    pub fn result<A: StoredAggregate>(&self, done: &Done<A>) -> v1::CommandResult {
        v1::CommandResult {
            etag: done.version.map(token::etag).unwrap_or_default(),
            position: token::position(self.journal.as_ref(), done.position),
            repeated: done.repeated,
            event_ids: done.events.iter().map(|(id, _)| id.to_string()).collect(),
            recorded_time: done.recorded_at.map(wire::instant),
        }
    }

    /// The opaque position of a loaded stream.
    pub fn position_of<A: StoredAggregate>(&self, loaded: &Loaded<A>) -> String {
        token::position(self.journal.as_ref(), loaded.position.unwrap_or(Position::BEFORE_FIRST))
    }
}
