//! What may be asked of a duty of candour case.

use super::event::{
    ContactAttempt, Declined, EnquiryResults, Exemption, FirstNotification, NotNotifiable,
    NotifiableAssessment, RelevantPerson, StageAssertion, Support, WrittenNotification,
};
use crate::{
    identifier::{AffectedPersonId, CaseId, IncidentId},
    text::Prose,
};

/// What the incident's own stream and the configuration say, read before the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseFacts {
    /// The case.
    pub case: CaseId,
    /// Its incident.
    pub incident: IncidentId,
    /// Its affected person, who is known to exist in the incident.
    pub person: AffectedPersonId,
    /// The incident was recorded in error.
    pub recorded_in_error: bool,
    /// The civil date on which the incident was reported.
    pub reported_on: jiff::civil::Date,
}

/// What may be asked of a duty of candour case. Every command comes with the [`CaseFacts`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What is known from elsewhere.
    pub facts: CaseFacts,
    /// What is asked.
    pub request: Request,
}

/// The request inside a [`Command`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Record that the duty applies.
    AssessNotifiable(NotifiableAssessment),
    /// Record that it does not.
    RecordNotNotifiable(NotNotifiable),
    /// Identify somebody to be told.
    IdentifyRelevantPerson(RelevantPerson),
    /// Record an attempt at contact.
    RecordContactAttempt(ContactAttempt),
    /// Record a contact of the first notification.
    RecordFirstNotification(FirstNotification),
    /// Record that support was offered.
    RecordSupportOffered(Support),
    /// Record a letter.
    RecordWrittenNotification(WrittenNotification),
    /// Record that the results of enquiries were shared.
    ShareEnquiryResults(EnquiryResults),
    /// Record that no further enquiries are to be made.
    RecordNoFurtherEnquiries {
        /// Why.
        because: Prose,
    },
    /// Record that the relevant person declined.
    RecordDeclined(Declined),
    /// Record that the relevant person cannot be contacted.
    RecordNotContactable {
        /// A summary.
        reason: Option<Prose>,
    },
    /// Exempt under local policy.
    ExemptLocally(Exemption),
    /// Take it up again.
    ReopenCase {
        /// Why.
        reason: Prose,
    },
    /// Record what a source system asserts.
    RecordStageAsserted(StageAssertion),
}
