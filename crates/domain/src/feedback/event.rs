//! What may happen between the organisation and the reporter.

use crate::{
    correction::Correction,
    personal::Personal,
    text::{Line, Narrative, Prose, SystemName},
};

coded_enum! {
    /// How a message reached the reporter.
    pub enum FeedbackMethod {
        /// E-mail.
        Email = "email",
        /// Telephone.
        Telephone = "telephone",
        /// In person.
        InPerson = "in-person",
        /// Letter.
        Letter = "letter",
        /// A message in the reporting system.
        ReportingSystem = "reporting-system",
        /// A message to be fetched with the receipt code: "told" when it is available (F0).
        ReturnChannel = "return-channel",
    }
}

coded_enum! {
    /// How an anonymous or confidential reporter can be reached without being known.
    pub enum ChannelKind {
        /// A receipt code was handed out; only a keyed hash of it is stored.
        ReceiptCode = "receipt-code",
        /// A named intermediary, such as a Freedom to Speak Up guardian.
        Intermediary = "intermediary",
    }
}

/// A way back to the reporter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnChannel {
    /// What kind.
    pub kind: ChannelKind,
    /// For a receipt code: its keyed hash as lower-case hexadecimal. The code itself is never stored.
    pub receipt_code_hash: Option<String>,
    /// For an intermediary: their role.
    pub intermediary_role: Option<Line>,
}

/// The report was acknowledged to its reporter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// How.
    pub method: Option<FeedbackMethod>,
}

/// Word of progress was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How.
    pub method: Option<FeedbackMethod>,
    /// What was said. Sealed under the reporter.
    pub message: Option<Personal<Narrative>>,
}

/// The outcome was told. Needs what was found, and what changed or why nothing did (F2): less is a closure notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How.
    pub method: Option<FeedbackMethod>,
    /// What was found. Sealed under the reporter.
    pub what_was_found: Personal<Narrative>,
    /// What changed. Sealed under the reporter.
    pub what_changed: Option<Personal<Narrative>>,
    /// Why nothing changed. Sealed under the reporter.
    pub why_nothing_changed: Option<Personal<Narrative>>,
}

/// A source system asserts that the reporter was told the outcome on the day of the entry. What was found and what changed is not on record, so
/// it does not count as told (F2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeAssertion {
    /// Who asserts it.
    pub source: SystemName,
    /// What was said, where the source holds it. Sealed under the reporter.
    pub message: Option<Personal<Narrative>>,
}

/// What may happen between the organisation and the reporter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A way back to the reporter was opened.
    ReturnChannelOpened(ReturnChannel),
    /// The reporter said they do not want to be told.
    FeedbackOptedOut {
        /// Why, where said. Sealed under the reporter.
        reason: Option<Personal<Narrative>>,
    },
    /// The report was acknowledged (F1).
    ReporterAcknowledged(Acknowledgement),
    /// Word of progress was sent (F4).
    ReporterProgressSent(Progress),
    /// The outcome was told (F2).
    ReporterOutcomeSent(Outcome),
    /// The reporter could not be reached.
    ReporterUnreachable {
        /// What was tried. Kept in clear.
        reason: Prose,
    },
    /// A source system asserts that the outcome was told, without what was found and what changed.
    ReporterOutcomeAsserted(OutcomeAssertion),
    /// An earlier entry was put right.
    EntryCorrected(Correction),
}
