//! One stream as it grows, and how what a command causes gets its stored form.

use candour_domain::{
    Aggregate, Entry, Refusal as _, Situation,
    calendar::RecordedUnder,
    identifier::{EventId, RequestId},
    text::PersonReference,
};
use candour_journal::{Position, RecordedEvent, StreamName, StreamVersion};
use candour_records::{StoredAggregate, Subjects};
use candour_service_kit::{Caller, Engine, Envelope, trace_context::TraceContext};
use jiff::Timestamp;
use uuid::Uuid;

use crate::SyntheticError;

/// A stream with the state of what it is about. Its history is not kept.
pub(crate) struct Stream<A: Aggregate> {
    name: StreamName,
    subjects: Subjects,
    version: StreamVersion,
    is_new: bool,
    occurred_at: Timestamp,
    /// What has happened so far comes to this.
    pub(crate) state: A::State,
}

/// A command that is about to be carried out: when, by whom, and the request that asks for it.
pub(crate) struct Moment {
    /// When the server hears of it.
    pub(crate) recorded_at: Timestamp,
    /// When it happened; never before anything else in its stream.
    pub(crate) occurred_at: Timestamp,
    /// Who acts.
    pub(crate) performed_by: PersonReference,
    /// The request.
    pub(crate) request: RequestId,
}

/// What takes down the events.
pub(crate) struct Recorder<'a> {
    pub(crate) engine: &'a Engine,
    /// The system that sends the requests.
    pub(crate) caller: &'a Caller,
    /// The events not handed out yet, in the order of recording.
    pub(crate) events: Vec<RecordedEvent>,
}

impl<A: StoredAggregate> Stream<A> {
    /// A stream in which nothing has happened.
    pub(crate) fn new(engine: &Engine, id: Uuid) -> Result<Self, SyntheticError> {
        Ok(Self {
            name: engine.stream::<A>(id)?,
            subjects: Subjects::default(),
            version: StreamVersion::FIRST,
            is_new: true,
            occurred_at: Timestamp::MIN,
            state: A::State::default(),
        })
    }
}

impl Recorder<'_> {
    /// Carries out a command as a server would: the rules decide, and what they decide is sealed, encoded and taken down.
    pub(crate) fn command<A: StoredAggregate>(
        &mut self,
        stream: &mut Stream<A>,
        moment: &Moment,
        command: A::Command,
    ) -> Result<(), SyntheticError> {
        let occurred_at = moment.occurred_at.max(stream.occurred_at).min(moment.recorded_at);
        let situation = Situation {
            now: moment.recorded_at,
            occurred_at,
            performed_by: Some(moment.performed_by.clone()),
        };
        let events = A::decide(&stream.state, command, &situation).map_err(|rejection| {
            SyntheticError::Refused { category: A::CATEGORY, reason: rejection.reason() }
        })?;
        let envelope = Envelope {
            caller: self.caller.clone(),
            trace: TraceContext::default(),
            request: moment.request,
            content: self.engine.authenticate_request(moment.request.uuid().as_bytes()),
            seen: None,
            source_recorded_at: None,
            source_system: None,
            situation,
        };
        if stream.is_new {
            stream.subjects = A::subjects(stream.name.id(), events.first());
        }
        let stored = self.engine.stored_form::<A>(&envelope, &stream.name, &stream.subjects, &events)?;
        for (event, new) in events.into_iter().zip(stored) {
            let version = if stream.is_new { StreamVersion::FIRST } else { stream.version.next() };
            (stream.is_new, stream.version, stream.occurred_at) = (false, version, occurred_at);
            let entry = Entry {
                event,
                event_id: EventId::from_uuid(new.event_id),
                version: version.number(),
                occurred_at,
                recorded_at: moment.recorded_at,
                source_recorded_at: None,
                performed_by: Some(moment.performed_by.clone()),
                recorded_under: RecordedUnder::calendar(self.engine.calendar()),
                corrected_by: None,
            };
            // In the order of recording, which is that of occurring here.
            stream.state = A::evolve(std::mem::take(&mut stream.state), &entry);
            self.events.push(RecordedEvent {
                // The journal gives its own.
                position: Position::BEFORE_FIRST,
                stream: stream.name.clone(),
                version,
                event_id: new.event_id,
                event_type: new.event_type,
                occurred_at: new.occurred_at,
                recorded_at: moment.recorded_at,
                metadata: new.metadata,
                data: new.data,
            });
        }
        Ok(())
    }
}
