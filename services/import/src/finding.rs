//! What is found about a row: why it is refused, and what should be known of one that is taken.

use candour_api::v1::ImportFinding;
use candour_domain::RefusalKind;
use candour_service_kit::{Failure, Violation, status::code_and_reason};

/// Why a row is refused: the failure, and the field of the row it is about.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) field: String,
    pub(crate) failure: Failure,
}

impl Refused {
    /// Of a field.
    pub(crate) fn of(field: impl Into<String>, failure: Failure) -> Self {
        Self { field: field.into(), failure }
    }

    /// One bad field.
    pub(crate) fn field(field: impl Into<String>, words: impl Into<String>) -> Self {
        let field = field.into();
        let violation = Violation { field: field.clone(), description: words.into() };
        Self { field, failure: Failure::Invalid(vec![violation]) }
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::of("", failure)
    }
}

/// What should be known of a row that is taken.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<ImportFinding>);

/// The most notes on one row.
const NOTES_MAX: usize = 100;

impl Notes {
    /// Notes something about a field.
    pub(crate) fn note(&mut self, field: impl Into<String>, words: impl Into<String>) {
        let (field, description) = (field.into(), words.into());
        let is_known = |note: &ImportFinding| note.field == field && note.description == description;
        if self.0.len() < NOTES_MAX && !self.0.iter().any(is_known) {
            self.0.push(ImportFinding { field, description, reason: String::new() });
        }
    }

    /// All of them.
    pub(crate) fn into_findings(self) -> Vec<ImportFinding> {
        self.0
    }
}

/// What is wrong with a row that is refused, field by field.
pub(crate) fn findings(refused: &Refused) -> Vec<ImportFinding> {
    let (_, reason) = code_and_reason(&refused.failure);
    let finding = |field: &str, description: String| ImportFinding {
        field: field.to_owned(),
        description,
        reason: reason.to_owned(),
    };
    match &refused.failure {
        Failure::Invalid(violations) => violations
            .iter()
            .map(|violation| finding(&violation.field, violation.description.clone()))
            .collect(),
        // The domain names fields of other requests; the row has its own.
        Failure::Refused { kind: RefusalKind::InvalidField(_), faults, .. } if !faults.is_empty() => {
            faults.iter().map(|fault| finding(&refused.field, fault.description.clone())).collect()
        }
        failure => vec![finding(&refused.field, failure.to_string())],
    }
}
