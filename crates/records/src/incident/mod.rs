//! The stored form of what may happen to an incident.

mod life;
mod person;
mod report;

pub(crate) use life::{
    DuplicateLinkedV1, IncidentClosedV1, IncidentRecordedInErrorV1, IncidentReopenedV1,
    SourceCandourFlagSetV1,
};
pub(crate) use person::{AffectedPersonAddedV1, HarmGradedV1, HarmRegradedV1};
pub(crate) use report::{IncidentAmendedV1, IncidentReportedV1};

use candour_domain::{
    Aggregate,
    identifier::IncidentId,
    incident::{Event, Incident},
};
use uuid::Uuid;

use crate::{
    aggregate::{EncodedEvent, Stored, StoredAggregate, Storing},
    correction::EntryCorrectedV1,
    error::{DecodeError, EncodeError},
    form::EventForm,
    sealing::{Opener, Sealer, Subjects},
};

impl StoredAggregate for Incident {
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
            Event::IncidentReported(value) => storing.write::<IncidentReportedV1, _>(value),
            Event::IncidentAmended(value) => storing.write::<IncidentAmendedV1, _>(value),
            Event::AffectedPersonAdded(value) => storing.write::<AffectedPersonAddedV1, _>(value),
            Event::HarmGraded(value) => storing.write::<HarmGradedV1, _>(value),
            Event::HarmRegraded { grading, from } => storing.write::<HarmRegradedV1, _>((grading, from)),
            Event::DuplicateLinked(value) => storing.write::<DuplicateLinkedV1, _>(value),
            Event::IncidentClosed(value) => storing.write::<IncidentClosedV1, _>(value),
            Event::IncidentReopened { reason } => storing.write::<IncidentReopenedV1, _>(reason),
            Event::IncidentRecordedInError { reason } => {
                storing.write::<IncidentRecordedInErrorV1, _>(reason)
            }
            Event::SourceCandourFlagSet { flag } => storing.write::<SourceCandourFlagSetV1, _>(flag),
            Event::EntryCorrected(value) => storing.write::<EntryCorrectedV1, _>(value),
        }
    }

    fn decode(type_name: &str, data: &[u8], opener: &dyn Opener) -> Result<Event, DecodeError> {
        let stored = Stored { data, opener };
        Ok(match type_name {
            IncidentReportedV1::TYPE => Event::IncidentReported(stored.read::<IncidentReportedV1, _>()?),
            IncidentAmendedV1::TYPE => Event::IncidentAmended(stored.read::<IncidentAmendedV1, _>()?),
            AffectedPersonAddedV1::TYPE => {
                Event::AffectedPersonAdded(stored.read::<AffectedPersonAddedV1, _>()?)
            }
            HarmGradedV1::TYPE => Event::HarmGraded(stored.read::<HarmGradedV1, _>()?),
            HarmRegradedV1::TYPE => {
                let (grading, from) = stored.read::<HarmRegradedV1, _>()?;
                Event::HarmRegraded { grading, from }
            }
            DuplicateLinkedV1::TYPE => Event::DuplicateLinked(stored.read::<DuplicateLinkedV1, _>()?),
            IncidentClosedV1::TYPE => Event::IncidentClosed(stored.read::<IncidentClosedV1, _>()?),
            IncidentReopenedV1::TYPE => {
                Event::IncidentReopened { reason: stored.read::<IncidentReopenedV1, _>()? }
            }
            IncidentRecordedInErrorV1::TYPE => {
                Event::IncidentRecordedInError { reason: stored.read::<IncidentRecordedInErrorV1, _>()? }
            }
            SourceCandourFlagSetV1::TYPE => {
                Event::SourceCandourFlagSet { flag: stored.read::<SourceCandourFlagSetV1, _>()? }
            }
            EntryCorrectedV1::TYPE => Event::EntryCorrected(stored.read::<EntryCorrectedV1, _>()?),
            _ => return Err(DecodeError::unknown_type(Self::CATEGORY, type_name)),
        })
    }
}
