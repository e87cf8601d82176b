//! Load → answer a repeat → decide → seal → append: the one way a command is carried out.
//!
//! One command, once: a request id is looked for in the loaded stream *before* deciding. A repeat with the same content is answered with the
//! first outcome; with other content it is refused. The append expects the version that was loaded, so two writers never both win; without an
//! etag the loser reloads and decides anew, a few times.

use std::sync::Arc;

use candour_api::v1;
use candour_domain::{
    Correction, Entry, Situation,
    aggregate::Aggregate,
    calendar::{Calendar, Calendars},
    correction,
    identifier::EventId,
};
use candour_journal::{
    AppendError, Clock, EventTypeName, ExpectedVersion, Journal, NewEvent, Position, RecordedEvent,
    StreamName, StreamVersion, limits,
};
use candour_records::{Metadata, SealFailed, StoredAggregate, to_entry};
use candour_vault::Vault;
use jiff::Timestamp;
use tokio::sync::watch;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::{
    call::Envelope, failure::Failure, organisation::Organisation, sealing::Cell, token,
    trace_context::TRACED, wire,
};

/// How often a command without an etag is decided anew when others write to the same stream.
pub const ATTEMPTS_MAX: usize = 5;
/// The most events one stream is loaded with; a longer one is refused rather than half read.
pub const STREAM_EVENTS_MAX: usize = 20_000;

/// Carries out commands over one journal and one vault.
#[derive(Clone)]
pub struct Engine {
    journal: Arc<dyn Journal>,
    vault: Arc<dyn Vault>,
    clock: Arc<dyn Clock>,
    organisation: Arc<Organisation>,
    unreadable: Arc<watch::Sender<u64>>,
}

/// A stream as loaded: its history as recorded, and the state after corrections.
#[derive(Clone, Debug)]
pub struct Loaded<A: StoredAggregate> {
    /// Every event, oldest first.
    pub history: Vec<Recorded<A>>,
    /// The fold of the corrected history.
    pub state: A::State,
    /// The position of the last event, where there is one.
    pub position: Option<Position>,
}

/// One loaded event.
#[derive(Clone, Debug)]
pub struct Recorded<A: StoredAggregate> {
    /// The event with its times.
    pub entry: Entry<A::Event>,
    /// Who caused it, by which request.
    pub metadata: Metadata,
    /// Its stored type name.
    pub type_name: String,
    /// Its place in the log.
    pub position: Position,
}

impl<A: StoredAggregate> Loaded<A> {
    /// Whether nothing was ever recorded.
    pub fn is_empty(&self) -> bool {
        self.history.is_empty()
    }

    /// The version of the last event.
    pub fn version(&self) -> Option<StreamVersion> {
        self.history.last().map(|recorded| StreamVersion::new(recorded.entry.version))
    }

    /// The etag of the current version; empty for an empty stream.
    pub fn etag(&self) -> String {
        self.version().map(token::etag).unwrap_or_default()
    }

    /// The entries as recorded, corrections among them.
    pub fn entries(&self) -> Vec<Entry<A::Event>> {
        self.history.iter().map(|recorded| recorded.entry.clone()).collect()
    }
}

/// What became of a command.
#[derive(Clone, Debug)]
pub struct Done<A: StoredAggregate> {
    /// The events of this request, oldest first; empty where there was nothing to do.
    pub events: Vec<(EventId, A::Event)>,
    /// The version of the stream's last event after the command.
    pub version: Option<StreamVersion>,
    /// The position a query must have reached to see it.
    pub position: Position,
    /// When it was recorded; `None` where there was nothing to do.
    pub recorded_at: Option<Timestamp>,
    /// The request had been carried out before.
    pub repeated: bool,
}

/// What decides: a command, or a correction.
type Decide<'a, A> =
    &'a (dyn Fn(&Loaded<A>, &Situation) -> Result<Vec<<A as Aggregate>::Event>, Failure> + Sync);

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

    /// Loads a whole stream. One that does not exist is empty.
    pub async fn load<A: StoredAggregate>(&self, id: Uuid) -> Result<Loaded<A>, Failure> {
        let stream = self.stream::<A>(id)?;
        let mut history = Vec::new();
        let mut from = StreamVersion::FIRST;
        loop {
            let page = self.journal.read_stream(&stream, from, limits::PAGE_EVENTS_MAX).await?;
            for event in page.events {
                from = event.version.next();
                history.push(self.read::<A>(&event)?);
            }
            if page.reached_end {
                break;
            }
            if history.len() > STREAM_EVENTS_MAX {
                return Err(Failure::Limit(format!("the record has more than {STREAM_EVENTS_MAX} events")));
            }
        }
        let entries: Vec<_> = history.iter().map(|recorded: &Recorded<A>| recorded.entry.clone()).collect();
        let position = history.last().map(|recorded| recorded.position);
        Ok(Loaded { state: A::replay(&entries), history, position })
    }

    /// Loads a stream that must exist.
    pub async fn load_existing<A: StoredAggregate>(
        &self,
        kind: &'static str,
        id: Uuid,
    ) -> Result<Loaded<A>, Failure> {
        let loaded = self.load::<A>(id).await?;
        if loaded.is_empty() { Err(Failure::NotFound { kind, id: id.to_string() }) } else { Ok(loaded) }
    }

    /// Whether this request was carried out before on this stream. Facts of other streams are asked for only where it was not: a repeat is
    /// answered as the first time, whatever became of the other streams since.
    pub async fn was_carried_out<A: StoredAggregate>(
        &self,
        envelope: &Envelope,
        id: Uuid,
    ) -> Result<bool, Failure> {
        let loaded = self.load::<A>(id).await?;
        Ok(loaded.history.iter().any(|recorded| recorded.metadata.request_id == envelope.request))
    }

    /// Carries out a command.
    pub async fn execute<A: StoredAggregate>(
        &self,
        envelope: &Envelope,
        id: Uuid,
        command: A::Command,
    ) -> Result<Done<A>, Failure>
    where
        A::Command: Clone + Sync,
    {
        self.carry_out::<A>(envelope, id, &|loaded, situation| {
            A::decide(&loaded.state, command.clone(), situation)
                .map_err(|rejection| Failure::refused(&rejection))
        })
        .await
    }

    /// Carries out a correction of an earlier entry.
    pub async fn correct<A: StoredAggregate>(
        &self,
        envelope: &Envelope,
        id: Uuid,
        correction: Correction,
    ) -> Result<Done<A>, Failure> {
        self.carry_out::<A>(envelope, id, &|loaded, situation| {
            correction::decide::<A>(&loaded.entries(), correction.clone(), situation)
                .map_err(|rejection| Failure::refused(&rejection))
        })
        .await
    }

    async fn carry_out<A: StoredAggregate>(
        &self,
        envelope: &Envelope,
        id: Uuid,
        decide: Decide<'_, A>,
    ) -> Result<Done<A>, Failure> {
        for attempt in 1..=ATTEMPTS_MAX {
            let loading = tracing::info_span!(target: TRACED, "load");
            let loaded = self.load::<A>(id).instrument(loading).await?;
            if let Some(first) = repeat_of(&loaded, envelope)? {
                return Ok(first);
            }
            if let Some(seen) = envelope.seen
                && loaded.version() != Some(seen)
            {
                return Err(stale(seen, loaded.version()));
            }
            let events = decide(&loaded, &envelope.situation)?;
            out_of_order::<A>(&loaded, &events, &envelope.situation)?;
            if events.is_empty() {
                let position = match loaded.position {
                    Some(position) => position,
                    None => self.journal.head().await?,
                };
                return Ok(Done {
                    events: Vec::new(),
                    version: loaded.version(),
                    position,
                    recorded_at: None,
                    repeated: false,
                });
            }
            let appending =
                tracing::info_span!(target: TRACED, "append", candour.append.events = events.len() as u64);
            match self.append::<A>(envelope, id, &loaded, events).instrument(appending).await {
                Ok(done) => return Ok(done),
                Err(Attempt::Conflict) if attempt < ATTEMPTS_MAX => {}
                Err(Attempt::Conflict) => return Err(Failure::Contended { attempts: ATTEMPTS_MAX }),
                Err(Attempt::Failed(failure)) => return Err(failure),
            }
        }
        Err(Failure::Contended { attempts: ATTEMPTS_MAX })
    }

    async fn append<A: StoredAggregate>(
        &self,
        envelope: &Envelope,
        id: Uuid,
        loaded: &Loaded<A>,
        events: Vec<A::Event>,
    ) -> Result<Done<A>, Attempt> {
        let stream = self.stream::<A>(id)?;
        let first = loaded.history.first().map(|recorded| &recorded.entry.event).or(events.first());
        let subjects = A::subjects(id, first);
        let mut new_events = Vec::with_capacity(events.len());
        for (index, event) in events.iter().enumerate() {
            let event_id = EventId::of(envelope.request, index);
            let mut cell = Cell {
                vault: self.vault.as_ref(),
                stream: stream.as_str(),
                event_id: event_id.uuid(),
                unreadable: &self.unreadable,
            };
            let encoded = A::encode(event, &subjects, &mut cell).map_err(encode_failed)?;
            let metadata = self.metadata(envelope, index)?.encode().map_err(encode_failed)?;
            new_events.push(NewEvent {
                event_id: event_id.uuid(),
                event_type: EventTypeName::parse(encoded.type_name)
                    .map_err(|error| Failure::Internal(error.to_string()))?,
                occurred_at: envelope.situation.occurred_at,
                metadata,
                data: encoded.data,
            });
        }
        let expected = loaded.version().map_or(ExpectedVersion::NoStream, ExpectedVersion::Exact);
        let appended =
            self.journal.append(&stream, expected, new_events).await.map_err(|error| match error {
                AppendError::Conflict { .. } => Attempt::Conflict,
                other => Attempt::Failed(other.into()),
            })?;
        tracing::info!(
            stream = stream.as_str(),
            version = appended.last_version.number(),
            position = appended.position.raw(),
            events = events.len(),
            "recorded"
        );
        Ok(Done {
            events: events
                .into_iter()
                .enumerate()
                .map(|(index, event)| (EventId::of(envelope.request, index), event))
                .collect(),
            version: Some(appended.last_version),
            position: appended.position,
            recorded_at: Some(appended.recorded_at),
            repeated: appended.repeated,
        })
    }

    fn metadata(&self, envelope: &Envelope, index: usize) -> Result<Metadata, Failure> {
        let internal = |error: &dyn std::fmt::Display| Failure::Internal(format!("metadata: {error}"));
        let roles = envelope.caller.role_codes();
        Ok(Metadata {
            caller: candour_records::Caller {
                id: candour_records::CallerId::parse(envelope.caller.id).map_err(|error| internal(&error))?,
                roles: roles
                    .iter()
                    .map(|role| candour_records::CallerRole::parse(role))
                    .collect::<Result<_, _>>()
                    .map_err(|error| internal(&error))?,
            },
            performed_by: envelope.situation.performed_by.clone(),
            occurred_at: envelope.situation.occurred_at,
            source_recorded_at: envelope.source_recorded_at,
            request_id: envelope.request,
            request_mac: envelope.content,
            request_index: u32::try_from(index).map_err(|error| internal(&error))?,
            correlation_id: envelope.request.uuid(),
            causation_id: None,
            traceparent: envelope
                .trace
                .traceparent
                .as_deref()
                .map(candour_records::TraceParent::parse)
                .transpose()
                .map_err(|error| internal(&error))?,
            tracestate: envelope
                .trace
                .tracestate
                .as_deref()
                .and_then(|state| candour_records::TraceState::parse(state).ok()),
            source_system: envelope.source_system.clone(),
            rules: candour_records::Rules {
                calendar: self.calendar().version().clone(),
                policy: candour_records::PolicyVersion::parse(self.organisation.policy.version)
                    .map_err(|error| internal(&error))?,
            },
        })
    }

    fn read<A: StoredAggregate>(&self, event: &RecordedEvent) -> Result<Recorded<A>, Failure> {
        let metadata = Metadata::decode(&event.metadata)?;
        if metadata.occurred_at != event.occurred_at {
            return Err(Failure::Corrupt(format!(
                "event {}: its metadata and its record differ in when it occurred",
                event.event_id
            )));
        }
        let cell = Cell {
            vault: self.vault.as_ref(),
            stream: event.stream.as_str(),
            event_id: event.event_id,
            unreadable: &self.unreadable,
        };
        let entry = to_entry::<A>(
            EventId::from_uuid(event.event_id),
            event.version.number(),
            event.recorded_at,
            event.event_type.as_str(),
            &event.data,
            &metadata,
            &cell,
        )?;
        Ok(Recorded {
            entry,
            metadata,
            type_name: event.event_type.as_str().to_owned(),
            position: event.position,
        })
    }

    /// What a reply says about the outcome of its command.
    pub fn result<A: StoredAggregate>(&self, done: &Done<A>) -> v1::CommandResult {
        v1::CommandResult {
            etag: done.version.map(token::etag).unwrap_or_default(),
            position: token::position(self.journal.store_id(), done.position),
            repeated: done.repeated,
            event_ids: done.events.iter().map(|(id, _)| id.to_string()).collect(),
            recorded_time: done.recorded_at.map(wire::instant),
        }
    }

    /// The opaque position of a loaded stream.
    pub fn position_of<A: StoredAggregate>(&self, loaded: &Loaded<A>) -> String {
        token::position(self.journal.store_id(), loaded.position.unwrap_or(Position::BEFORE_FIRST))
    }
}

/// The first outcome of this request, where it was carried out before.
fn repeat_of<A: StoredAggregate>(
    loaded: &Loaded<A>,
    envelope: &Envelope,
) -> Result<Option<Done<A>>, Failure> {
    let earlier: Vec<&Recorded<A>> =
        loaded.history.iter().filter(|recorded| recorded.metadata.request_id == envelope.request).collect();
    let Some(last) = earlier.last() else { return Ok(None) };
    if last.metadata.request_mac != envelope.content || last.metadata.caller.id.as_str() != envelope.caller.id
    {
        return Err(Failure::RequestIdReused);
    }
    Ok(Some(Done {
        events: earlier
            .iter()
            .map(|recorded| (recorded.entry.event_id, recorded.entry.event.clone()))
            .collect(),
        version: Some(StreamVersion::new(last.entry.version)),
        position: last.position,
        recorded_at: Some(last.entry.recorded_at),
        repeated: true,
    }))
}

/// Refuses what would contradict the record in the order in which things occurred, such as a verification dated before its report.
fn out_of_order<A: StoredAggregate>(
    loaded: &Loaded<A>,
    events: &[A::Event],
    situation: &Situation,
) -> Result<(), Failure> {
    let history = loaded.entries();
    match correction::incoherence_with::<A>(&history, events, situation) {
        // What contradicted itself before (written by an older version) is no fault of this command.
        Some(what) if correction::incoherence_with::<A>(&history, &[], situation).is_none() => {
            Err(Failure::OutOfOrder(what))
        }
        Some(_) | None => Ok(()),
    }
}

fn stale(seen: StreamVersion, current: Option<StreamVersion>) -> Failure {
    Failure::StaleEtag {
        seen: seen.to_string(),
        current: current.map_or_else(|| "none".to_owned(), |version| version.to_string()),
    }
}

/// How one attempt ended without success.
enum Attempt {
    /// Somebody else wrote in between.
    Conflict,
    /// For another reason.
    Failed(Failure),
}

impl From<Failure> for Attempt {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

fn encode_failed(error: candour_records::EncodeError) -> Attempt {
    Attempt::Failed(match error {
        candour_records::EncodeError::Seal { source, .. } => match source {
            SealFailed::SubjectErased => Failure::SubjectErased,
            SealFailed::TooLong { .. } => Failure::Limit(source.to_string()),
            SealFailed::Unavailable { detail } => Failure::Unavailable(detail),
        },
        other => Failure::Internal(other.to_string()),
    })
}
