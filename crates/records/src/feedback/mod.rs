//! The stored form of what the reporter was told.

mod channel;
mod message;

pub(crate) use channel::{FeedbackOptedOutV1, ReporterUnreachableV1, ReturnChannelOpenedV1};
pub(crate) use message::{ReporterAcknowledgedV1, ReporterOutcomeSentV1, ReporterProgressSentV1};

use candour_domain::{
    Aggregate,
    feedback::{Event, Feedback},
    identifier::IncidentId,
};
use uuid::Uuid;

use crate::{
    aggregate::{EncodedEvent, Stored, StoredAggregate, Storing},
    assertion::ReporterOutcomeAssertedV1,
    correction::EntryCorrectedV1,
    error::{DecodeError, EncodeError},
    form::EventForm,
    sealing::{Opener, Sealer, Subjects},
};

impl StoredAggregate for Feedback {
    fn subjects(stream: Uuid, _first: Option<&Event>) -> Subjects {
        Subjects { incident: Some(IncidentId::from_uuid(stream)), affected_person: None }
    }

    fn encode(
        event: &Event,
        subjects: &Subjects,
        sealer: &mut dyn Sealer,
    ) -> Result<EncodedEvent, EncodeError> {
        let storing = Storing { subjects, sealer };
        match event {
            Event::ReturnChannelOpened(value) => storing.write::<ReturnChannelOpenedV1, _>(value),
            Event::FeedbackOptedOut { reason } => storing.write::<FeedbackOptedOutV1, _>(reason),
            Event::ReporterAcknowledged(value) => storing.write::<ReporterAcknowledgedV1, _>(value),
            Event::ReporterProgressSent(value) => storing.write::<ReporterProgressSentV1, _>(value),
            Event::ReporterOutcomeSent(value) => storing.write::<ReporterOutcomeSentV1, _>(value),
            Event::ReporterUnreachable { reason } => storing.write::<ReporterUnreachableV1, _>(reason),
            Event::ReporterOutcomeAsserted(value) => storing.write::<ReporterOutcomeAssertedV1, _>(value),
            Event::EntryCorrected(value) => storing.write::<EntryCorrectedV1, _>(value),
        }
    }

    fn decode(type_name: &str, data: &[u8], opener: &dyn Opener) -> Result<Event, DecodeError> {
        let stored = Stored { data, opener };
        Ok(match type_name {
            ReturnChannelOpenedV1::TYPE => {
                Event::ReturnChannelOpened(stored.read::<ReturnChannelOpenedV1, _>()?)
            }
            FeedbackOptedOutV1::TYPE => {
                Event::FeedbackOptedOut { reason: stored.read::<FeedbackOptedOutV1, _>()? }
            }
            ReporterAcknowledgedV1::TYPE => {
                Event::ReporterAcknowledged(stored.read::<ReporterAcknowledgedV1, _>()?)
            }
            ReporterProgressSentV1::TYPE => {
                Event::ReporterProgressSent(stored.read::<ReporterProgressSentV1, _>()?)
            }
            ReporterOutcomeSentV1::TYPE => {
                Event::ReporterOutcomeSent(stored.read::<ReporterOutcomeSentV1, _>()?)
            }
            ReporterUnreachableV1::TYPE => {
                Event::ReporterUnreachable { reason: stored.read::<ReporterUnreachableV1, _>()? }
            }
            ReporterOutcomeAssertedV1::TYPE => {
                Event::ReporterOutcomeAsserted(stored.read::<ReporterOutcomeAssertedV1, _>()?)
            }
            EntryCorrectedV1::TYPE => Event::EntryCorrected(stored.read::<EntryCorrectedV1, _>()?),
            _ => return Err(DecodeError::unknown_type(Self::CATEGORY, type_name)),
        })
    }
}
