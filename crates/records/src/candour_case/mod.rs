//! The stored form of what may happen in a duty of candour case.

mod assessment;
mod contact;
mod course;
mod first_notification;
mod letter;

pub(crate) use assessment::{CandourNotRequiredV1, NotifiableAssessedV1};
pub(crate) use contact::{
    ContactAttemptedV1, ContactDeclinedV1, RelevantPersonIdentifiedV1, SupportOfferedV1,
};
pub(crate) use course::{CandourCaseOpenedV1, CandourExemptedV1, CandourReopenedV1, NotContactableV1};
pub(crate) use first_notification::InPersonNotifiedV1;
pub(crate) use letter::{EnquiryResultsSharedV1, NoFurtherEnquiriesV1, WrittenNotificationSentV1};

use candour_domain::{
    Aggregate,
    candour_case::{CandourCase, Event},
};
use uuid::Uuid;

use crate::{
    aggregate::{EncodedEvent, Stored, StoredAggregate, Storing},
    assertion::CandourStageAssertedV1,
    correction::EntryCorrectedV1,
    error::{DecodeError, EncodeError},
    form::EventForm,
    sealing::{Opener, Sealer, Subjects},
};

impl StoredAggregate for CandourCase {
    fn subjects(_stream: Uuid, first: Option<&Event>) -> Subjects {
        match first {
            Some(Event::CandourCaseOpened { case: _, incident, person }) => {
                Subjects { incident: Some(*incident), affected_person: Some(*person) }
            }
            _ => Subjects::default(),
        }
    }

    fn encode(
        event: &Event,
        subjects: &Subjects,
        sealer: &mut dyn Sealer,
    ) -> Result<EncodedEvent, EncodeError> {
        let storing = Storing { subjects, sealer };
        match event {
            Event::CandourCaseOpened { case, incident, person } => {
                storing.write::<CandourCaseOpenedV1, _>((case, incident, person))
            }
            Event::NotifiableAssessed(value) => storing.write::<NotifiableAssessedV1, _>(value),
            Event::CandourNotRequired(value) => storing.write::<CandourNotRequiredV1, _>(value),
            Event::RelevantPersonIdentified(value) => storing.write::<RelevantPersonIdentifiedV1, _>(value),
            Event::ContactAttempted(value) => storing.write::<ContactAttemptedV1, _>(value),
            Event::InPersonNotified(value) => storing.write::<InPersonNotifiedV1, _>(value),
            Event::SupportOffered(value) => storing.write::<SupportOfferedV1, _>(value),
            Event::WrittenNotificationSent(value) => storing.write::<WrittenNotificationSentV1, _>(value),
            Event::EnquiryResultsShared(value) => storing.write::<EnquiryResultsSharedV1, _>(value),
            Event::NoFurtherEnquiries { because } => storing.write::<NoFurtherEnquiriesV1, _>(because),
            Event::ContactDeclined(value) => storing.write::<ContactDeclinedV1, _>(value),
            Event::NotContactable { reason } => storing.write::<NotContactableV1, _>(reason),
            Event::CandourExempted(value) => storing.write::<CandourExemptedV1, _>(value),
            Event::CandourReopened { reason } => storing.write::<CandourReopenedV1, _>(reason),
            Event::CandourStageAsserted(value) => storing.write::<CandourStageAssertedV1, _>(value),
            Event::EntryCorrected(value) => storing.write::<EntryCorrectedV1, _>(value),
        }
    }

    fn decode(type_name: &str, data: &[u8], opener: &dyn Opener) -> Result<Event, DecodeError> {
        let stored = Stored { data, opener };
        Ok(match type_name {
            CandourCaseOpenedV1::TYPE => {
                let (case, incident, person) = stored.read::<CandourCaseOpenedV1, _>()?;
                Event::CandourCaseOpened { case, incident, person }
            }
            NotifiableAssessedV1::TYPE => {
                Event::NotifiableAssessed(stored.read::<NotifiableAssessedV1, _>()?)
            }
            CandourNotRequiredV1::TYPE => {
                Event::CandourNotRequired(stored.read::<CandourNotRequiredV1, _>()?)
            }
            RelevantPersonIdentifiedV1::TYPE => {
                Event::RelevantPersonIdentified(stored.read::<RelevantPersonIdentifiedV1, _>()?)
            }
            ContactAttemptedV1::TYPE => Event::ContactAttempted(stored.read::<ContactAttemptedV1, _>()?),
            InPersonNotifiedV1::TYPE => Event::InPersonNotified(stored.read::<InPersonNotifiedV1, _>()?),
            SupportOfferedV1::TYPE => Event::SupportOffered(stored.read::<SupportOfferedV1, _>()?),
            WrittenNotificationSentV1::TYPE => {
                Event::WrittenNotificationSent(stored.read::<WrittenNotificationSentV1, _>()?)
            }
            EnquiryResultsSharedV1::TYPE => {
                Event::EnquiryResultsShared(stored.read::<EnquiryResultsSharedV1, _>()?)
            }
            NoFurtherEnquiriesV1::TYPE => {
                Event::NoFurtherEnquiries { because: stored.read::<NoFurtherEnquiriesV1, _>()? }
            }
            ContactDeclinedV1::TYPE => Event::ContactDeclined(stored.read::<ContactDeclinedV1, _>()?),
            NotContactableV1::TYPE => Event::NotContactable { reason: stored.read::<NotContactableV1, _>()? },
            CandourExemptedV1::TYPE => Event::CandourExempted(stored.read::<CandourExemptedV1, _>()?),
            CandourReopenedV1::TYPE => {
                Event::CandourReopened { reason: stored.read::<CandourReopenedV1, _>()? }
            }
            CandourStageAssertedV1::TYPE => {
                Event::CandourStageAsserted(stored.read::<CandourStageAssertedV1, _>()?)
            }
            EntryCorrectedV1::TYPE => Event::EntryCorrected(stored.read::<EntryCorrectedV1, _>()?),
            _ => return Err(DecodeError::unknown_type(Self::CATEGORY, type_name)),
        })
    }
}
