//! What may be asked about reporter feedback.

use jiff::civil::Date;

use super::event::{Acknowledgement, Outcome, OutcomeAssertion, Progress, ReturnChannel};
use crate::{
    incident::ReporterIdentity,
    personal::Personal,
    text::{Narrative, Prose},
};

/// What the incident's own stream says, read before the command (facts from another stream enter as inputs).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportFacts {
    /// How much the reporter lets be known; `None` where nobody reported and so nobody is to be told.
    pub identity: Option<ReporterIdentity>,
    /// The incident was recorded in error.
    pub recorded_in_error: bool,
    /// The day of the report: nothing about its reporter can have happened before.
    pub reported_on: Date,
}

/// What may be asked about reporter feedback. Each carries the facts of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Open a way back to the reporter.
    OpenReturnChannel(ReportFacts, ReturnChannel),
    /// Record that the reporter does not want to be told, and why where said.
    OptOutOfFeedback(ReportFacts, Option<Personal<Narrative>>),
    /// Record that the report was acknowledged.
    AcknowledgeReporter(ReportFacts, Acknowledgement),
    /// Record that word of progress was sent.
    RecordProgressSent(ReportFacts, Progress),
    /// Record that the outcome was told.
    RecordOutcomeSent(ReportFacts, Outcome),
    /// Record that the reporter could not be reached, and what was tried.
    RecordReporterUnreachable(ReportFacts, Prose),
    /// Record that a source system asserts that the outcome was told.
    RecordOutcomeAsserted(ReportFacts, OutcomeAssertion),
}
