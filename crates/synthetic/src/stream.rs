//! One stream as it grows, and how what a command causes gets its stored form.

use candour_domain::{
    Aggregate, Correction, CorrectionChange, Entry, Refusal as _, Situation,
    calendar::RecordedUnder,
    correction::{self, CorrectionRejection},
    identifier::{EventId, RequestId},
    text::PersonReference,
};
use candour_journal::{Position, RecordedEvent, StreamName, StreamVersion};
use candour_records::{StoredAggregate, Subjects};
use candour_service_kit::{Caller, Engine, Envelope, trace_context::TraceContext};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::{SyntheticError, words};

/// A stream with the state of what it is about. Its history is kept only where an entry of it is going to be corrected.
pub(crate) struct Stream<A: Aggregate> {
    name: StreamName,
    subjects: Subjects,
    version: StreamVersion,
    is_new: bool,
    occurred_at: Timestamp,
    history: Option<Vec<Entry<A::Event>>>,
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

impl Moment {
    /// The same, recorded when it happens.
    pub(crate) fn at_once(self) -> Self {
        Self { occurred_at: self.recorded_at, ..self }
    }
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
    pub(crate) fn new(engine: &Engine, id: Uuid, keeps_history: bool) -> Result<Self, SyntheticError> {
        Ok(Self {
            name: engine.stream::<A>(id)?,
            subjects: Subjects::default(),
            version: StreamVersion::FIRST,
            is_new: true,
            occurred_at: Timestamp::MIN,
            history: keeps_history.then(Vec::new),
            state: A::State::default(),
        })
    }

    /// What it is about.
    pub(crate) fn id(&self) -> Uuid {
        self.name.id()
    }

    /// The latest entry, where the history is kept.
    pub(crate) fn latest(&self) -> Option<&Entry<A::Event>> {
        self.history.as_ref()?.last()
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
        let situation = situation(stream, moment);
        let events = A::decide(&stream.state, command, &situation).map_err(|rejection| {
            SyntheticError::Refused { category: A::CATEGORY, reason: rejection.reason() }
        })?;
        self.take_down(stream, moment, situation, events)
    }

    /// Puts the latest entry of a stream right: it is struck out, or it happened up to a day later than was said. Nothing happens where the
    /// history is not kept, or where what remains would not hold together.
    pub(crate) fn correct<A: StoredAggregate>(
        &mut self,
        stream: &mut Stream<A>,
        moment: &Moment,
        is_struck: bool,
    ) -> Result<(), SyntheticError> {
        let situation = situation(stream, moment);
        let Some(history) = &stream.history else { return Ok(()) };
        let Some(latest) = history.last().filter(|latest| A::correction(&latest.event).is_none()) else {
            return Ok(());
        };
        let later = latest.occurred_at.checked_add(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX);
        let occurred_at = later.min(situation.occurred_at);
        let correction = Correction {
            corrects: latest.event_id,
            reason: words::text(if is_struck { "it was about another report" } else { "the day was wrong" })?,
            change: if is_struck {
                CorrectionChange::Struck
            } else {
                CorrectionChange::OccurredAt(occurred_at)
            },
        };
        match correction::decide::<A>(history, correction, &situation) {
            Ok(events) => {
                self.take_down(stream, moment, situation, events)?;
                stream.occurred_at = stream.occurred_at.max(occurred_at);
                Ok(())
            }
            Err(CorrectionRejection::WouldNotHoldTogether(_)) => Ok(()),
            Err(rejection) => {
                Err(SyntheticError::Refused { category: A::CATEGORY, reason: rejection.reason() })
            }
        }
    }

    /// Takes down what was decided, and brings the stream up to it.
    fn take_down<A: StoredAggregate>(
        &mut self,
        stream: &mut Stream<A>,
        moment: &Moment,
        situation: Situation,
        events: Vec<A::Event>,
    ) -> Result<(), SyntheticError> {
        let occurred_at = situation.occurred_at;
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
            if let Some(history) = &mut stream.history {
                history.push(entry);
                stream.state = A::replay(history.iter());
            } else {
                // In the order of recording, which is that of occurring here.
                stream.state = A::evolve(std::mem::take(&mut stream.state), &entry);
            }
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

/// What a command is judged in. Nothing happens before what happened last in the stream.
fn situation<A: StoredAggregate>(stream: &Stream<A>, moment: &Moment) -> Situation {
    Situation {
        now: moment.recorded_at,
        occurred_at: moment.occurred_at.max(stream.occurred_at).min(moment.recorded_at),
        performed_by: Some(moment.performed_by.clone()),
    }
}
