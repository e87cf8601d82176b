//! The queries: each answers from one [`Snapshot`](crate::Snapshot), for an as-of date, as known at the snapshot's position.

mod by_folding;
mod figure_units;
mod incidents;
mod lists;
mod measures;
mod page;
mod timeline;
mod units;
mod worklist;

pub use by_folding::{measures as measures_by_folding, worklist as worklist_by_folding};
pub use figure_units::figure_units;
pub use incidents::{IncidentFilter, IncidentRow, incidents};
pub use lists::{
    ActionFilter, CaseFilter, CaseRow, RecommendationFilter, RecommendationRow, ReporterFilter, ReporterRow,
    Wanted, actions, candour_cases, recommendations, reporter_feedback,
};
pub use measures::{MeasuresQuestion, measures};
pub use page::{Cursor, Page, PageRequest};
pub use timeline::{TimelineRow, timeline};
pub(crate) use units::{Loaded, Units};
pub use worklist::{WorkFilter, WorkRow, WorkSubject, worklist};

use candour_domain::text::Line;

use crate::fold::FoldError;

/// Which places an answer is about. What is `None` does not restrict. An answer about a recommendation or action looks at the incidents
/// behind it: one of them must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlaceFilter {
    /// Site.
    pub site: Option<Line>,
    /// Directorate.
    pub directorate: Option<Line>,
    /// Team.
    pub team: Option<Line>,
}

/// Why a query failed.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// SQLite failed.
    #[error("the read model cannot be read: {0}")]
    Database(#[from] rusqlite::Error),
    /// A row of the read model cannot be decoded.
    #[error("the read model holds an event that cannot be decoded: {0}")]
    Undecodable(String),
}

impl From<FoldError> for QueryError {
    fn from(error: FoldError) -> Self {
        match error {
            FoldError::Database(error) => Self::Database(error),
            other => Self::Undecodable(other.to_string()),
        }
    }
}
