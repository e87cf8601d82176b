//! What may be asked of a learning action.

use jiff::civil::Date;

use super::event::{
    ActionAgreement, EffectivenessReview, Implementation, MeasurePlan, Owner, RiskAcceptance, StageAssertion,
};
use crate::{
    identifier::ActionId,
    response::Decision,
    text::{Line, PersonReference, Prose},
};

/// What the response streams say about the recommendations an action is to stand under, read before the command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecommendationFacts {
    /// The decision on each, in the order of the agreement's keys; empty for an action directly on an incident.
    pub decisions: Vec<Decision>,
}

/// What may be asked of a learning action.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "one command at a time is in hand; a box would gain nothing")]
pub enum Command {
    /// Agree an action. Creates it; what it stands under is known to exist.
    AgreeAction(RecommendationFacts, ActionAgreement),
    /// Make somebody responsible.
    AssignOwner(Owner),
    /// Set measure, monitor, review date or strength.
    SetActionMeasure(MeasurePlan),
    /// Move the target, or set the first one.
    MoveTarget {
        /// The new target.
        to: Date,
        /// Why.
        reason: Prose,
        /// The role that approved.
        approved_by_role: Line,
        /// The person who approved.
        approved_by: Option<PersonReference>,
    },
    /// Note progress.
    NoteProgress {
        /// The note.
        note: Prose,
    },
    /// Report implementation.
    ReportImplementation(Implementation),
    /// Verify implementation.
    VerifyImplementation {
        /// The implementation date accepted; `None` accepts the reported one.
        implemented_on: Option<Date>,
        /// A remark.
        note: Option<Prose>,
    },
    /// Refuse verification.
    RefuseVerification {
        /// Why.
        reason: Prose,
    },
    /// Review effectiveness.
    ReviewEffectiveness(EffectivenessReview),
    /// Let another action take its place; that action is known to exist and to be another.
    SupersedeAction {
        /// Which.
        by: ActionId,
        /// Why.
        reason: Option<Prose>,
    },
    /// Withdraw it.
    WithdrawAction {
        /// Why.
        reason: Prose,
    },
    /// Accept the risk instead.
    AcceptRisk(RiskAcceptance),
    /// Close the file.
    CloseAction {
        /// Why.
        reason: Option<Prose>,
    },
    /// Record what a source system asserts.
    RecordStageAsserted(StageAssertion),
}
