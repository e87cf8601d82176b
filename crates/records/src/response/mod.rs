//! The stored form of what may happen to a learning response and its recommendations.

mod course;
mod recommendation;

pub(crate) use course::{ReportSignedOffV1, ResponseStartedV1};
pub(crate) use recommendation::{
    RecommendationAcceptedV1, RecommendationMadeV1, RecommendationRejectedV1, RelationV1,
};

use candour_domain::{
    Aggregate,
    response::{Event, Response},
};
use uuid::Uuid;

use crate::{
    aggregate::{EncodedEvent, Stored, StoredAggregate, Storing},
    correction::EntryCorrectedV1,
    error::{DecodeError, EncodeError},
    form::EventForm,
    sealing::{Opener, Sealer, Subjects},
};

impl StoredAggregate for Response {
    /// Nothing in these streams is personal.
    fn subjects(_stream: Uuid, _first: Option<&Event>) -> Subjects {
        Subjects::default()
    }

    fn encode(
        event: &Event,
        subjects: &Subjects,
        sealer: &mut dyn Sealer,
    ) -> Result<EncodedEvent, EncodeError> {
        let storing = Storing { subjects, sealer };
        match event {
            Event::ResponseStarted(value) => storing.write::<ResponseStartedV1, _>(value),
            Event::RecommendationMade(value) => storing.write::<RecommendationMadeV1, _>(value),
            Event::RecommendationAccepted { recommendation, accepted_by_role } => {
                storing.write::<RecommendationAcceptedV1, _>((recommendation, accepted_by_role))
            }
            Event::RecommendationRejected { recommendation, reason, rejected_by_role } => {
                storing.write::<RecommendationRejectedV1, _>((recommendation, reason, rejected_by_role))
            }
            Event::ReportSignedOff(value) => storing.write::<ReportSignedOffV1, _>(value),
            Event::EntryCorrected(value) => storing.write::<EntryCorrectedV1, _>(value),
        }
    }

    fn decode(type_name: &str, data: &[u8], opener: &dyn Opener) -> Result<Event, DecodeError> {
        let stored = Stored { data, opener };
        Ok(match type_name {
            ResponseStartedV1::TYPE => Event::ResponseStarted(stored.read::<ResponseStartedV1, _>()?),
            RecommendationMadeV1::TYPE => {
                Event::RecommendationMade(stored.read::<RecommendationMadeV1, _>()?)
            }
            RecommendationAcceptedV1::TYPE => {
                let (recommendation, accepted_by_role) = stored.read::<RecommendationAcceptedV1, _>()?;
                Event::RecommendationAccepted { recommendation, accepted_by_role }
            }
            RecommendationRejectedV1::TYPE => {
                let (recommendation, reason, rejected_by_role) =
                    stored.read::<RecommendationRejectedV1, _>()?;
                Event::RecommendationRejected { recommendation, reason, rejected_by_role }
            }
            ReportSignedOffV1::TYPE => Event::ReportSignedOff(stored.read::<ReportSignedOffV1, _>()?),
            EntryCorrectedV1::TYPE => Event::EntryCorrected(stored.read::<EntryCorrectedV1, _>()?),
            _ => return Err(DecodeError::unknown_type(Self::CATEGORY, type_name)),
        })
    }
}
