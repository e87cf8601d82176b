//! Reads the requests of `FollowUpService` into commands, naming every bad field.

pub(crate) mod candour_case;
pub(crate) mod feedback;

use candour_api::v1;
use candour_domain::{
    Correction,
    identifier::{CaseId, IncidentId},
};
use candour_service_kit::{
    Check,
    history::{self, Change},
};

/// Whose entry a correction is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The reporter feedback of this incident.
    Feedback(IncidentId),
    /// This duty of candour case.
    Case(CaseId),
}

/// Whose entry is corrected: exactly one.
pub(crate) fn subject(check: &mut Check, message: &v1::CorrectFollowUpEntryRequest) -> Option<Subject> {
    use v1::correct_follow_up_entry_request::Subject as Wire;
    match &message.subject {
        Some(Wire::IncidentId(id)) => check.id("incident_id", id).map(Subject::Feedback),
        Some(Wire::CaseId(id)) => check.id("case_id", id).map(Subject::Case),
        None => {
            check.violation("subject", "must be given: incident_id or case_id");
            None
        }
    }
}

/// A correction.
pub(crate) fn correction(check: &mut Check, message: &v1::CorrectFollowUpEntryRequest) -> Option<Correction> {
    use v1::correct_follow_up_entry_request::Change as Wire;
    let change = message.change.as_ref().map(|change| match change {
        Wire::Struck(struck) => Change::Struck(*struck),
        Wire::OccurredTime(at) => Change::OccurredTime(at),
        Wire::StatedDate(date) => Change::StatedDate(date),
    });
    history::correction(check, &message.event_id, &message.reason, change)
}

#[cfg(test)]
mod tests {
    use candour_service_kit::Failure;

    use super::*;

    fn fields(result: Result<impl std::fmt::Debug, Failure>) -> Vec<String> {
        let Err(Failure::Invalid(violations)) = result else { panic!("must be refused: {result:?}") };
        violations.into_iter().map(|violation| violation.field).collect()
    }

    #[test]
    fn a_correction_without_subject_and_change_names_both_and_its_other_fields() {
        let mut check = Check::new();
        let message = v1::CorrectFollowUpEntryRequest::default();
        let subject = subject(&mut check, &message);
        let correction = correction(&mut check, &message);
        let refused = check.finish(|| Some((subject?, correction?)));
        assert_eq!(fields(refused), ["subject", "event_id", "reason", "change"]);
    }
}
