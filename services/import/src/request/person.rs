//! A person affected, and what the source asserts of the duty of candour to them.

use std::collections::BTreeSet;

use candour_api::v1::{self, CaseDecision};
use candour_domain::incident::HarmGrade;
use candour_service_kit::Check;
use jiff::Timestamp;

use super::said;
use crate::row::{AssertedDecision, CandourPart, PersonPart, Said};

pub(super) fn person(
    check: &mut Check,
    field: &str,
    given: &v1::ImportedPerson,
    now: Timestamp,
) -> Option<PersonPart> {
    let source_id = check.optional_reference(&format!("{field}.source_id"), &given.source_id);
    let kind = check.optional_choice(&format!("{field}.kind"), given.kind);
    let name = check.optional_personal(&format!("{field}.name"), &given.name);
    let contact = check.optional_personal(&format!("{field}.contact"), &given.contact);
    let harm = match &given.harm {
        None => Some(None),
        Some(given) => harm(check, field, given).map(|harm| Some(harm).filter(|harm| harm.is_graded())),
    };
    let candour = match &given.candour {
        None => Some(None),
        Some(given) => candour(check, &format!("{field}.candour"), given, now).map(Some),
    };
    Some(PersonPart {
        source_id: source_id?,
        kind: kind?,
        name: name?,
        contact: contact?,
        harm: harm?,
        candour: candour?,
    })
}

/// Who has no id is the only one, and an id names one.
pub(super) fn must_be_told_apart(check: &mut Check, persons: &[v1::ImportedPerson]) {
    let mut seen = BTreeSet::new();
    for (index, person) in persons.iter().enumerate() {
        let id = person.source_id.trim();
        let field = format!("persons[{index}].source_id");
        if id.is_empty() && persons.len() > 1 {
            check.violation(field, "must be given where a row has several persons");
        } else if !seen.insert(id) {
            check.violation(field, "is that of an earlier person of the row");
        }
    }
}

fn harm(check: &mut Check, field: &str, given: &v1::HarmGrade) -> Option<HarmGrade> {
    let physical = check.optional_choice(&format!("{field}.harm.physical"), given.physical);
    let psychological = check.optional_choice(&format!("{field}.harm.psychological"), given.psychological);
    Some(HarmGrade { physical: physical?, psychological: psychological?, could_result: given.could_result })
}

fn candour(
    check: &mut Check,
    field: &str,
    given: &v1::AssertedCandour,
    now: Timestamp,
) -> Option<CandourPart> {
    let decided = said(check, &format!("{field}.decided"), given.decided.as_ref(), now);
    let decision = match CaseDecision::try_from(given.decision) {
        Ok(CaseDecision::Unspecified) => Some(None),
        Ok(CaseDecision::Undecided) => Some(Some(AssertedDecision::Absent)),
        Ok(decision @ (CaseDecision::Notifiable | CaseDecision::NotRequired)) => {
            let when = match decided {
                Some(Some(Said::Happened(when))) => Some(when),
                Some(Some(Said::Absent) | None) | None => None,
            };
            let is_notifiable = decision == CaseDecision::Notifiable;
            Some(Some(AssertedDecision::Taken { is_notifiable, when }))
        }
        Err(_) => {
            check.violation(format!("{field}.decision"), format!("has the unknown value {}", given.decision));
            None
        }
    };
    if matches!(decided, Some(Some(Said::Happened(_))))
        && matches!(decision, Some(None | Some(AssertedDecision::Absent)))
    {
        check.violation(format!("{field}.decision"), "must be given with the day it was taken");
    }
    let first_notification =
        said(check, &format!("{field}.first_notification"), given.first_notification.as_ref(), now);
    let written_notification =
        said(check, &format!("{field}.written_notification"), given.written_notification.as_ref(), now);
    let enquiry_results =
        said(check, &format!("{field}.enquiry_results"), given.enquiry_results.as_ref(), now);
    decided?;
    Some(CandourPart {
        decision: decision?,
        first_notification: first_notification?,
        written_notification: written_notification?,
        enquiry_results: enquiry_results?,
    })
}
