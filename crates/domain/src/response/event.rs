//! What may happen to a learning response and its recommendations.

use jiff::civil::Date;

use crate::{
    correction::Correction,
    identifier::{IncidentId, RecommendationId, ResponseId},
    text::{DocumentReference, Line, Prose, PublicReference},
};

coded_enum! {
    /// The kind of learning response (domain rules §2.2).
    pub enum ResponseKind {
        /// Patient safety incident investigation.
        Psii = "psii",
        /// Multidisciplinary team review.
        MdtReview = "mdt-review",
        /// Swarm huddle.
        SwarmHuddle = "swarm-huddle",
        /// After action review.
        AfterActionReview = "after-action-review",
        /// Thematic review.
        ThematicReview = "thematic-review",
        /// Case record or note review.
        CaseRecordReview = "case-record-review",
        /// Structured judgement review.
        StructuredJudgementReview = "structured-judgement-review",
        /// Round table.
        RoundTable = "round-table",
        /// Horizon scan.
        HorizonScan = "horizon-scan",
        /// Walkthrough analysis.
        Walkthrough = "walkthrough",
        /// No response of its own; referred to an improvement programme.
        ReferredToImprovement = "referred-to-improvement",
        /// An investigation under the Serious Incident Framework of 2015 (legacy).
        LegacySeriousIncident = "legacy-serious-incident",
    }
}

coded_enum! {
    /// What kind of recommendation: a superset, as the law and PSIRF use different words (domain rules §2.3).
    pub enum RecommendationKind {
        /// PSIRF: where improvement is needed, not how.
        AreaForImprovement = "area-for-improvement",
        /// A national body's safety recommendation.
        SafetyRecommendation = "safety-recommendation",
        /// A specific change, recorded as a recommendation.
        SafetyAction = "safety-action",
        /// A recommendation of a root cause analysis report.
        LegacyRcaRecommendation = "legacy-rca-recommendation",
    }
}

coded_enum! {
    /// How one recommendation or action relates to another (ACT-7).
    pub enum RelationKind {
        /// Says the same.
        Duplicates = "duplicates",
        /// Says the opposite.
        Contradicts = "contradicts",
        /// Takes the place of.
        Supersedes = "supersedes",
        /// Belongs to the same theme.
        SameTheme = "same-theme",
    }
}

/// A link to another recommendation or action by its public reference (ACT-7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// How.
    pub kind: RelationKind,
    /// To which.
    pub reference: PublicReference,
}

/// A learning response began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseStart {
    /// The response.
    pub id: ResponseId,
    /// Its public reference.
    pub reference: PublicReference,
    /// What kind.
    pub kind: ResponseKind,
    /// The incidents it covers: at least one.
    pub incidents: Vec<IncidentId>,
    /// The day it started (P-2).
    pub started_on: Date,
    /// The day agreed for it to end, where agreed (P-2).
    pub agreed_due_on: Option<Date>,
}

/// A recommendation. Its text is in clear and must not hold personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation {
    /// The recommendation.
    pub id: RecommendationId,
    /// Its stable public reference (ACT-7).
    pub reference: PublicReference,
    /// What kind.
    pub kind: RecommendationKind,
    /// What is recommended.
    pub text: Prose,
    /// Links to others (ACT-7).
    pub relates_to: Vec<Relation>,
}

/// The report of the response was signed off; starts the clock of C4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOff {
    /// The role that signed.
    pub signed_off_by_role: Line,
    /// The report.
    pub report: Option<DocumentReference>,
}

/// What may happen to a learning response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It began.
    ResponseStarted(ResponseStart),
    /// It made a recommendation.
    RecommendationMade(Recommendation),
    /// A recommendation was accepted.
    RecommendationAccepted {
        /// Which.
        recommendation: RecommendationId,
        /// The role that accepted.
        accepted_by_role: Option<Line>,
    },
    /// A recommendation was rejected.
    RecommendationRejected {
        /// Which.
        recommendation: RecommendationId,
        /// Why.
        reason: Prose,
        /// The role that rejected.
        rejected_by_role: Option<Line>,
    },
    /// Its report was signed off.
    ReportSignedOff(SignOff),
    /// An earlier entry was put right.
    EntryCorrected(Correction),
}
