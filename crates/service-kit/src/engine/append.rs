//! Decided events into the journal: sealed and encoded, appended at the version they were decided on, and read back for the next command.

use std::sync::Arc;

use candour_domain::identifier::EventId;
use candour_journal::{
    AppendError, Appended, EventTypeName, ExpectedVersion, NewEvent, RecordedEvent, StreamName, StreamVersion,
};
use candour_records::{EncodeError, Metadata, SealFailed, StoredAggregate, Subjects, Withheld};
use tracing::Instrument as _;

use super::{
    Engine,
    loaded::{Loaded, Recorded},
};
use crate::{call::Envelope, failure::Failure, sealing::Cell};

/// Why decided events were not recorded.
pub(super) enum NotRecorded {
    /// The stream is not as it was when they were decided, or the request was carried out already.
    Moved,
    /// These events cannot be recorded: the wrong ones were decided, or the request is at fault.
    Refused(Failure),
    /// The journal cannot say, or cannot write now.
    Failed(Failure),
}

impl Engine {
    /// Appends events that were decided on a stream as loaded, and gives the stream as it is then.
    ///
    /// A success is proof that the stream was still as loaded. A request that the journal knows already is no success: whether its content
    /// is the same is for the ordinary path to find out.
    pub(super) async fn append<A: StoredAggregate>(
        &self,
        envelope: &Envelope,
        stream: &StreamName,
        before: Arc<Loaded<A>>,
        events: &[A::Event],
    ) -> Result<Arc<Loaded<A>>, NotRecorded> {
        let first = before.history.first().map(|recorded| &recorded.entry.event).or(events.first());
        let subjects = A::subjects(stream.id(), first);
        let new_events =
            self.stored_form::<A>(envelope, stream, &subjects, events).map_err(NotRecorded::Refused)?;
        let expected = before.version().map_or(ExpectedVersion::NoStream, ExpectedVersion::Exact);
        let appending = self.warm.begin_appending(stream);
        let (journal, stream) = (Arc::clone(&self.journal), stream.clone());
        let appending = async move {
            let copies = new_events.clone();
            let appended = journal.append(&stream, expected, new_events).await.map_err(not_recorded)?;
            if appended.repeated {
                return Err(NotRecorded::Moved);
            }
            tracing::info!(
                stream = stream.as_str(),
                version = appended.last_version.number(),
                position = appended.position.raw(),
                events = copies.len(),
                "recorded"
            );
            let after =
                Arc::new(extended::<A>(before, &stream, copies, &appended).map_err(NotRecorded::Failed)?);
            appending.keep(&after);
            Ok(after)
        };
        // A task of its own, so that a caller who goes away leaves no append behind of which the warm stream knows nothing.
        let task = tokio::spawn(appending.in_current_span());
        task.await
            .unwrap_or_else(|error| Err(NotRecorded::Failed(Failure::OutcomeUnknown(error.to_string()))))
    }

    /// Decided events as the journal takes them: sealed under `subjects`, encoded, and with the metadata of their request.
    ///
    /// # Errors
    /// A subject that was erased, a text that is too long, or a vault that cannot seal now.
    pub fn stored_form<A: StoredAggregate>(
        &self,
        envelope: &Envelope,
        stream: &StreamName,
        subjects: &Subjects,
        events: &[A::Event],
    ) -> Result<Vec<NewEvent>, Failure> {
        let mut new_events = Vec::with_capacity(events.len());
        for (index, event) in events.iter().enumerate() {
            let event_id = EventId::of(envelope.request, index);
            let mut cell = Cell {
                vault: self.vault.as_ref(),
                stream: stream.as_str(),
                event_id: event_id.uuid(),
                unreadable: &self.unreadable,
            };
            let encoded = A::encode(event, subjects, &mut cell).map_err(encode_failed)?;
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
        Ok(new_events)
    }

    fn metadata(&self, envelope: &Envelope, index: usize) -> Result<Metadata, Failure> {
        let internal = |error: &dyn std::fmt::Display| Failure::Internal(format!("metadata: {error}"));
        let roles = envelope.caller.role_codes();
        Ok(Metadata {
            caller: candour_records::Caller {
                id: candour_records::CallerId::parse(&envelope.caller.id)
                    .map_err(|error| internal(&error))?,
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
}

/// The stream after an accepted append: what was appended is read from the very bytes that the journal took, without keys, as reading the
/// stream again would.
fn extended<A: StoredAggregate>(
    before: Arc<Loaded<A>>,
    stream: &StreamName,
    new_events: Vec<NewEvent>,
    appended: &Appended,
) -> Result<Loaded<A>, Failure> {
    let mut stored_bytes = before.stored_bytes;
    // Nobody else holds it, unless another command on the same stream is under way.
    let mut history = match Arc::try_unwrap(before) {
        Ok(before) => before.history,
        Err(shared) => shared.history.clone(),
    };
    for (event, version) in new_events.into_iter().zip(appended.first_version.number()..) {
        stored_bytes = stored_bytes.saturating_add(event.bytes());
        let event = RecordedEvent {
            position: appended.position,
            stream: stream.clone(),
            version: StreamVersion::new(version),
            event_id: event.event_id,
            event_type: event.event_type,
            occurred_at: candour_journal::to_stored_precision(event.occurred_at),
            recorded_at: appended.recorded_at,
            metadata: event.metadata,
            data: event.data,
        };
        history.push(Recorded::read(&event, &Withheld)?);
    }
    Ok(Loaded::of(history, stored_bytes))
}

fn not_recorded(error: AppendError) -> NotRecorded {
    match error {
        AppendError::Conflict { .. } => NotRecorded::Moved,
        AppendError::Empty | AppendError::Limit(_) | AppendError::DuplicateEventId { .. } => {
            NotRecorded::Refused(error.into())
        }
        AppendError::Unavailable(_)
        | AppendError::Corrupt(_)
        | AppendError::Failed(_)
        | AppendError::OutcomeUnknown(_) => NotRecorded::Failed(error.into()),
    }
}

fn encode_failed(error: EncodeError) -> Failure {
    match error {
        EncodeError::Seal { source, .. } => match source {
            SealFailed::SubjectErased => Failure::SubjectErased,
            SealFailed::TooLong { .. } => Failure::Limit(source.to_string()),
            SealFailed::Unavailable { detail } => Failure::Unavailable(detail),
        },
        other => Failure::Internal(other.to_string()),
    }
}
