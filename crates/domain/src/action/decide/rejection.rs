//! Why something asked of a learning action is refused.

use jiff::civil::Date;

use crate::{
    action::{EVIDENCE_MAX, Exit, RECOMMENDATIONS_MAX},
    aggregate::{Refusal, RefusalKind},
    identifier::RecommendationId,
    response::RELATIONS_MAX,
    text::PublicReference,
};

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// There is no such action.
    #[error("no such action was agreed")]
    NotAgreed,
    /// The action exists.
    #[error("action {reference} was agreed already")]
    AlreadyAgreed {
        /// Its reference.
        reference: PublicReference,
    },
    /// The action left without being implemented; only its file can still be closed.
    #[error("the action {}; only its file can still be closed", left(*exit))]
    AlreadyLeft {
        /// How.
        exit: Exit,
    },
    /// The file was closed.
    #[error(
        "the file of the action is closed: where it was verified, whether it works can still be reviewed; strike out the closure if it was entered wrongly"
    )]
    AlreadyClosed,
    /// Implementation was verified.
    #[error(
        "implementation was verified already; close the file (CloseAction) or review whether it works (ReviewEffectiveness)"
    )]
    AlreadyVerified,
    /// Nothing to stand under.
    #[error("an action stands under at least one recommendation, or on an incident")]
    NoRecommendation,
    /// Past the limit.
    #[error("{count} recommendations were named; an action stands under at most {RECOMMENDATIONS_MAX}")]
    TooManyRecommendations {
        /// How many were named.
        count: usize,
    },
    /// Named twice.
    #[error("recommendation {recommendation} is named twice")]
    DuplicateRecommendation {
        /// Which.
        recommendation: RecommendationId,
    },
    /// Not made by the response it is said to belong to.
    #[error("no such recommendation: {recommendation}")]
    RecommendationUnknown {
        /// Which.
        recommendation: RecommendationId,
    },
    /// An action cannot stand under a rejected recommendation.
    #[error("recommendation {recommendation} was rejected; accept it first")]
    RecommendationRejected {
        /// Which.
        recommendation: RecommendationId,
    },
    /// Past the limit.
    #[error("{count} relations were stated; at most {RELATIONS_MAX} are allowed")]
    TooManyRelations {
        /// How many were stated.
        count: usize,
    },
    /// ACT-7: a relation leads to another.
    #[error("an action does not relate to itself")]
    RelatesToItself,
    /// An empty request.
    #[error("nothing is set: name a measure, a monitor, a review date or a strength")]
    NothingToSet,
    /// ACT-3.
    #[error("a report of implementation needs at least one piece of evidence")]
    NoEvidence,
    /// Past the limit.
    #[error("{count} pieces of evidence were named; at most {EVIDENCE_MAX} are allowed")]
    TooMuchEvidence {
        /// How many were named.
        count: usize,
    },
    /// Implementation cannot be later than the day somebody says it is done.
    #[error("the implementation date {implemented_on} lies after {stated_on}, the day on which it is stated")]
    ImplementedAfterwards {
        /// The implementation date given or accepted.
        implemented_on: Date,
        /// The day on which it is reported or verified.
        stated_on: Date,
    },
    /// R4: what is done before it was agreed is not the implementation of what was agreed.
    #[error(
        "the implementation date {implemented_on} lies before {agreed_on}, the day the action was agreed"
    )]
    ImplementedBeforeAgreed {
        /// The implementation date given or accepted.
        implemented_on: Date,
        /// The day the action was agreed.
        agreed_on: Date,
    },
    /// There is no report to verify.
    #[error("no report of implementation awaits verification")]
    NothingReported,
    /// ACT-2: an unknown person is not independent.
    #[error("the person who verifies is not known, and an unknown person is not independent: say who acts")]
    VerifierUnknown,
    /// ACT-2: independence from an unknown owner cannot be shown.
    #[error(
        "the person who owns the action is not known, so independence cannot be shown: record the owner's person with AssignOwner first"
    )]
    OwnerUnknown,
    /// ACT-2: independence from an unknown reporter cannot be shown, also where another report took the place of theirs.
    #[error(
        "a person who reported implementation is not known, so independence cannot be shown: strike out that report, and report it again saying who acts where no other report stands"
    )]
    ImplementerUnknown,
    /// ACT-2.
    #[error("the person who verifies owns the action, or owned it when implementation was reported")]
    VerifierIsOwner,
    /// ACT-2.
    #[error("the person who verifies also reported implementation")]
    VerifierReportedImplementation,
    /// R6: only what was verified can be reviewed.
    #[error("implementation was not verified, so there is nothing to review yet")]
    NotVerified,
    /// Another action takes its place.
    #[error("an action cannot supersede itself")]
    SupersededByItself,
    /// A risk is accepted until it is reviewed.
    #[error("the review date {review_on} must lie after {accepted_on}, the day the risk is accepted")]
    ReviewNotAfterAcceptance {
        /// The review date given.
        review_on: Date,
        /// The day of the acceptance.
        accepted_on: Date,
    },
    /// ACT-5: a closed file is neither implemented nor effective, so it must first be clear which.
    #[error(
        "the action is neither verified nor left: report and verify it, or withdraw it, supersede it or accept the risk, before closing the file"
    )]
    NotVerifiedNorLeft,
}

const fn left(exit: Exit) -> &'static str {
    match exit {
        Exit::Superseded => "was superseded",
        Exit::Withdrawn => "was withdrawn",
        Exit::RiskAccepted => "ended with the risk accepted",
    }
}

impl Refusal for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotAgreed => "ACTION_NOT_FOUND",
            Self::AlreadyAgreed { .. } => "ACTION_ALREADY_AGREED",
            Self::AlreadyLeft { .. } => "ACTION_ALREADY_LEFT",
            Self::AlreadyClosed => "ACTION_ALREADY_CLOSED",
            Self::AlreadyVerified => "ACTION_ALREADY_VERIFIED",
            Self::NoRecommendation => "ACTION_WITHOUT_RECOMMENDATION",
            Self::TooManyRecommendations { .. } => "TOO_MANY_RECOMMENDATIONS",
            Self::DuplicateRecommendation { .. } => "DUPLICATE_RECOMMENDATION",
            Self::RecommendationUnknown { .. } => "RECOMMENDATION_NOT_FOUND",
            Self::RecommendationRejected { .. } => "RECOMMENDATION_REJECTED",
            Self::TooManyRelations { .. } => "TOO_MANY_RELATIONS",
            Self::RelatesToItself => "RELATES_TO_ITSELF",
            Self::NothingToSet => "NOTHING_TO_SET",
            Self::NoEvidence => "IMPLEMENTATION_WITHOUT_EVIDENCE",
            Self::TooMuchEvidence { .. } => "TOO_MUCH_EVIDENCE",
            Self::ImplementedAfterwards { .. } => "IMPLEMENTED_AFTER_STATED",
            Self::ImplementedBeforeAgreed { .. } => "IMPLEMENTED_BEFORE_AGREED",
            Self::NothingReported => "NO_IMPLEMENTATION_REPORTED",
            Self::VerifierUnknown => "VERIFIER_UNKNOWN",
            Self::OwnerUnknown => "OWNER_UNKNOWN",
            Self::ImplementerUnknown => "IMPLEMENTER_UNKNOWN",
            Self::VerifierIsOwner => "VERIFIER_IS_OWNER",
            Self::VerifierReportedImplementation => "VERIFIER_REPORTED_IMPLEMENTATION",
            Self::NotVerified => "ACTION_NOT_VERIFIED",
            Self::SupersededByItself => "ACTION_SUPERSEDED_BY_ITSELF",
            Self::ReviewNotAfterAcceptance { .. } => "REVIEW_NOT_AFTER_ACCEPTANCE",
            Self::NotVerifiedNorLeft => "ACTION_NOT_VERIFIED_NOR_LEFT",
        }
    }

    fn kind(&self) -> RefusalKind {
        match self {
            Self::NotAgreed | Self::RecommendationUnknown { .. } => RefusalKind::Missing,
            Self::AlreadyAgreed { .. } => RefusalKind::AlreadyDone,
            Self::NoRecommendation
            | Self::TooManyRecommendations { .. }
            | Self::DuplicateRecommendation { .. } => RefusalKind::InvalidField("recommendations"),
            Self::TooManyRelations { .. } | Self::RelatesToItself => RefusalKind::InvalidField("relates_to"),
            Self::NothingToSet => RefusalKind::InvalidField("plan"),
            Self::NoEvidence | Self::TooMuchEvidence { .. } => RefusalKind::InvalidField("evidence"),
            Self::ImplementedAfterwards { .. } | Self::ImplementedBeforeAgreed { .. } => {
                RefusalKind::InvalidField("implemented_on")
            }
            Self::SupersededByItself => RefusalKind::InvalidField("by_action_id"),
            Self::ReviewNotAfterAcceptance { .. } => RefusalKind::InvalidField("review_on"),
            Self::AlreadyLeft { .. }
            | Self::AlreadyClosed
            | Self::AlreadyVerified
            | Self::RecommendationRejected { .. }
            | Self::NothingReported
            | Self::VerifierUnknown
            | Self::OwnerUnknown
            | Self::ImplementerUnknown
            | Self::VerifierIsOwner
            | Self::VerifierReportedImplementation
            | Self::NotVerified
            | Self::NotVerifiedNorLeft => RefusalKind::State,
        }
    }
}
