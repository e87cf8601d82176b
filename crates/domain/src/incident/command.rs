//! What may be asked of an incident.

use super::event::{AffectedPerson, Amendment, Closure, DuplicateLink, HarmGrading, Report};
use crate::text::Prose;

/// What may be asked of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Record a report. Creates the incident.
    ReportIncident(Report),
    /// Change what the report says.
    AmendIncident(Amendment),
    /// Record another affected person, and with them another candour case.
    AddAffectedPerson(AffectedPerson),
    /// Grade harm for one person.
    GradeHarm(HarmGrading),
    /// Mark it a duplicate. The other incident is known to exist and to be a different one that is not itself recorded in error.
    LinkDuplicate(DuplicateLink),
    /// Close it.
    CloseIncident(Closure),
    /// Reopen it.
    ReopenIncident {
        /// Why.
        reason: Prose,
    },
    /// Take it out of every figure: it should not have been recorded.
    RecordedInError {
        /// Why.
        reason: Prose,
    },
    /// Record what the source system's own duty of candour flag says now.
    SetSourceCandourFlag {
        /// Whether it is set.
        flag: bool,
    },
}
