//! What may be asked of a learning response.

use super::event::{Recommendation, ResponseStart, SignOff};
use crate::{
    identifier::RecommendationId,
    text::{Line, Prose},
};

/// What may be asked of a learning response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Start it. Creates the response; its incidents are known to exist.
    StartResponse(ResponseStart),
    /// Make a recommendation.
    MakeRecommendation(Recommendation),
    /// Accept a recommendation.
    AcceptRecommendation {
        /// Which.
        recommendation: RecommendationId,
        /// The role that accepts.
        accepted_by_role: Option<Line>,
    },
    /// Reject a recommendation.
    RejectRecommendation {
        /// Which.
        recommendation: RecommendationId,
        /// Why.
        reason: Prose,
        /// The role that rejects.
        rejected_by_role: Option<Line>,
    },
    /// Sign off the report.
    SignOffReport(SignOff),
}
