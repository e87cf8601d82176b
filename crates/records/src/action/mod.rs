//! The stored form of what may happen to a learning action.

mod agreement;
mod course;
mod implementation;

pub(crate) use agreement::{ActionAgreedV1, ActionMeasureSetV1, OwnerAssignedV1};
pub(crate) use course::{
    ActionClosedV1, ActionSupersededV1, ActionWithdrawnV1, ProgressNotedV1, RiskAcceptedV1, TargetMovedV1,
};
pub(crate) use implementation::{
    EffectivenessReviewedV1, ImplementationReportedV1, ImplementationVerifiedV1, VerificationRefusedV1,
};

use candour_domain::{
    Aggregate,
    action::{Action, Event},
};
use uuid::Uuid;

use crate::{
    aggregate::{EncodedEvent, Stored, StoredAggregate, Storing},
    assertion::ActionStageAssertedV1,
    correction::EntryCorrectedV1,
    error::{DecodeError, EncodeError},
    form::EventForm,
    sealing::{Opener, Sealer, Subjects},
};

impl StoredAggregate for Action {
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
            Event::ActionAgreed(value) => storing.write::<ActionAgreedV1, _>(value),
            Event::OwnerAssigned(value) => storing.write::<OwnerAssignedV1, _>(value),
            Event::ActionMeasureSet(value) => storing.write::<ActionMeasureSetV1, _>(value),
            Event::TargetMoved(value) => storing.write::<TargetMovedV1, _>(value),
            Event::ProgressNoted { note } => storing.write::<ProgressNotedV1, _>(note),
            Event::ImplementationReported(value) => storing.write::<ImplementationReportedV1, _>(value),
            Event::ImplementationVerified(value) => storing.write::<ImplementationVerifiedV1, _>(value),
            Event::VerificationRefused { reason } => storing.write::<VerificationRefusedV1, _>(reason),
            Event::EffectivenessReviewed(value) => storing.write::<EffectivenessReviewedV1, _>(value),
            Event::ActionSuperseded { by, reason } => storing.write::<ActionSupersededV1, _>((by, reason)),
            Event::ActionWithdrawn { reason } => storing.write::<ActionWithdrawnV1, _>(reason),
            Event::RiskAccepted(value) => storing.write::<RiskAcceptedV1, _>(value),
            Event::ActionClosed { reason } => storing.write::<ActionClosedV1, _>(reason),
            Event::ActionStageAsserted(value) => storing.write::<ActionStageAssertedV1, _>(value),
            Event::EntryCorrected(value) => storing.write::<EntryCorrectedV1, _>(value),
        }
    }

    fn decode(type_name: &str, data: &[u8], opener: &dyn Opener) -> Result<Event, DecodeError> {
        let stored = Stored { data, opener };
        Ok(match type_name {
            ActionAgreedV1::TYPE => Event::ActionAgreed(stored.read::<ActionAgreedV1, _>()?),
            OwnerAssignedV1::TYPE => Event::OwnerAssigned(stored.read::<OwnerAssignedV1, _>()?),
            ActionMeasureSetV1::TYPE => Event::ActionMeasureSet(stored.read::<ActionMeasureSetV1, _>()?),
            TargetMovedV1::TYPE => Event::TargetMoved(stored.read::<TargetMovedV1, _>()?),
            ProgressNotedV1::TYPE => Event::ProgressNoted { note: stored.read::<ProgressNotedV1, _>()? },
            ImplementationReportedV1::TYPE => {
                Event::ImplementationReported(stored.read::<ImplementationReportedV1, _>()?)
            }
            ImplementationVerifiedV1::TYPE => {
                Event::ImplementationVerified(stored.read::<ImplementationVerifiedV1, _>()?)
            }
            VerificationRefusedV1::TYPE => {
                Event::VerificationRefused { reason: stored.read::<VerificationRefusedV1, _>()? }
            }
            EffectivenessReviewedV1::TYPE => {
                Event::EffectivenessReviewed(stored.read::<EffectivenessReviewedV1, _>()?)
            }
            ActionSupersededV1::TYPE => {
                let (by, reason) = stored.read::<ActionSupersededV1, _>()?;
                Event::ActionSuperseded { by, reason }
            }
            ActionWithdrawnV1::TYPE => {
                Event::ActionWithdrawn { reason: stored.read::<ActionWithdrawnV1, _>()? }
            }
            RiskAcceptedV1::TYPE => Event::RiskAccepted(stored.read::<RiskAcceptedV1, _>()?),
            ActionClosedV1::TYPE => Event::ActionClosed { reason: stored.read::<ActionClosedV1, _>()? },
            ActionStageAssertedV1::TYPE => {
                Event::ActionStageAsserted(stored.read::<ActionStageAssertedV1, _>()?)
            }
            EntryCorrectedV1::TYPE => Event::EntryCorrected(stored.read::<EntryCorrectedV1, _>()?),
            _ => return Err(DecodeError::unknown_type(Self::CATEGORY, type_name)),
        })
    }
}
