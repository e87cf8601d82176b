//! What may happen to a learning action.

use jiff::civil::Date;

use crate::{
    correction::Correction,
    identifier::{ActionId, IncidentId, RecommendationId, ResponseId},
    response::Relation,
    text::{DocumentReference, Line, PersonReference, Prose, PublicReference, SystemName},
};

coded_enum! {
    /// ACT-6: how strong a change is, by the hierarchy of effectiveness.
    pub enum Strength {
        /// Forcing functions, design.
        Stronger = "stronger",
        /// Standardise, simplify.
        Intermediate = "intermediate",
        /// Training, policy, reminder.
        Weaker = "weaker",
    }
}

coded_enum! {
    /// What a measure looks at.
    pub enum MeasureKind {
        /// Whether the change is carried out.
        Process = "process",
        /// Whether patients fare better.
        Outcome = "outcome",
        /// Whether something else fares worse.
        Balancing = "balancing",
    }
}

coded_enum! {
    /// What a review of effectiveness found.
    pub enum Effectiveness {
        /// It works.
        Effective = "effective",
        /// It does not work: the action is open again (R6).
        NotEffective = "not-effective",
        /// It cannot be said yet.
        Inconclusive = "inconclusive",
    }
}

/// Names a recommendation together with the response that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecommendationKey {
    /// The learning response.
    pub response: ResponseId,
    /// Its recommendation.
    pub recommendation: RecommendationId,
}

/// What an action stands under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionSource {
    /// One or more recommendations.
    Recommendations(Vec<RecommendationKey>),
    /// An incident directly, without a recommendation: such an action never enters R0.
    Incident(IncidentId),
}

/// Who is responsible. The role is what is shown; the person is compared for independence (ACT-2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Role.
    pub role: Line,
    /// Team.
    pub team: Option<Line>,
    /// Directorate.
    pub directorate: Option<Line>,
    /// The person, as an opaque reference.
    pub person: Option<PersonReference>,
}

/// How it will be seen whether the action works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Name of the tool or measure.
    pub name: Line,
    /// What exactly is measured.
    pub definition: Option<Prose>,
    /// Process, outcome or balancing.
    pub kind: Option<MeasureKind>,
    /// The value aimed at.
    pub target: Option<Line>,
    /// How often it is measured.
    pub frequency: Option<Line>,
}

/// Measure, monitor, review date and strength. What is `None` stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct MeasurePlan {
    /// The measure.
    pub measure: Option<Measure>,
    /// Who oversees it: a group or an individual's role.
    pub monitor: Option<Line>,
    /// When its effectiveness is to be reviewed.
    pub review_on: Option<Date>,
    /// How strong the change is (ACT-6).
    pub strength: Option<Strength>,
}

/// An action was agreed. Without owner, target date, measure and monitor it is incomplete (ACT-1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionAgreement {
    /// The action.
    pub id: ActionId,
    /// Its stable public reference (ACT-7).
    pub reference: PublicReference,
    /// What it stands under.
    pub source: ActionSource,
    /// What is to change. In clear; must not hold personal data.
    pub description: Prose,
    /// Who is responsible.
    pub owner: Option<Owner>,
    /// The day by which it is to be implemented: the original target (ACT-4).
    pub target_on: Option<Date>,
    /// Measure, monitor, review date and strength.
    pub plan: MeasurePlan,
    /// Links to others (ACT-7).
    pub relates_to: Vec<Relation>,
}

/// The target was moved, or set for the first time (ACT-4). The original target is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetMove {
    /// The target before; `None` where there was none, which makes this the original target.
    pub from: Option<Date>,
    /// The new target.
    pub to: Date,
    /// Why.
    pub reason: Prose,
    /// The role that approved.
    pub approved_by_role: Line,
    /// The person who approved.
    pub approved_by: Option<PersonReference>,
}

/// Implementation was reported (not yet verified). Needs at least one piece of evidence (ACT-3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Implementation {
    /// The day it was implemented.
    pub implemented_on: Date,
    /// Evidence: at least one reference.
    pub evidence: Vec<DocumentReference>,
    /// A remark in clear.
    pub note: Option<Prose>,
}

/// Somebody else checked and agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The implementation date that the verifier accepted (R2).
    pub implemented_on: Date,
    /// A remark in clear.
    pub note: Option<Prose>,
}

/// Effectiveness was reviewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectivenessReview {
    /// What was found.
    pub result: Effectiveness,
    /// On what evidence.
    pub evidence: Vec<DocumentReference>,
    /// A remark in clear.
    pub note: Option<Prose>,
    /// When to review again, where agreed.
    pub next_review_on: Option<Date>,
}

/// The organisation decided to live with the risk instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiskAcceptance {
    /// The role that accepted it.
    pub accepted_by_role: Line,
    /// Why.
    pub reason: Prose,
    /// When the acceptance is to be reviewed.
    pub review_on: Date,
}

coded_enum! {
    /// What a source system may assert of an action. Nothing of it counts: [`crate::assertion`].
    pub enum AssertedStage {
        /// It was implemented; no evidence is on record (ACT-3).
        Implementation = "implementation",
        /// Its implementation was verified; that the verifier is independent is not on record (ACT-2).
        Verification = "verification",
    }
}

/// A source system asserts that a stage took place on the day of the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageAssertion {
    /// Which stage.
    pub stage: AssertedStage,
    /// Who asserts it.
    pub source: SystemName,
}

/// What may happen to a learning action.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "histories are short, and every reader would have to unbox the agreement"
)]
pub enum Event {
    /// It was agreed.
    ActionAgreed(ActionAgreement),
    /// Somebody became responsible.
    OwnerAssigned(Owner),
    /// Measure, monitor, review date or strength were set.
    ActionMeasureSet(MeasurePlan),
    /// The target was moved (ACT-4).
    TargetMoved(TargetMove),
    /// Progress was noted.
    ProgressNoted {
        /// The note, in clear.
        note: Prose,
    },
    /// Implementation was reported.
    ImplementationReported(Implementation),
    /// Implementation was verified by an independent person (ACT-2).
    ImplementationVerified(Verification),
    /// Verification was refused; the action is open again.
    VerificationRefused {
        /// Why.
        reason: Prose,
    },
    /// Effectiveness was reviewed.
    EffectivenessReviewed(EffectivenessReview),
    /// Another action took its place.
    ActionSuperseded {
        /// Which.
        by: ActionId,
        /// Why.
        reason: Option<Prose>,
    },
    /// It was withdrawn.
    ActionWithdrawn {
        /// Why.
        reason: Prose,
    },
    /// The risk was accepted instead.
    RiskAccepted(RiskAcceptance),
    /// The file was closed. Closed is neither implemented nor effective (ACT-5).
    ActionClosed {
        /// Why, where said.
        reason: Option<Prose>,
    },
    /// A source system asserts a stage without what it needs.
    ActionStageAsserted(StageAssertion),
    /// An earlier entry was put right.
    EntryCorrected(Correction),
}
