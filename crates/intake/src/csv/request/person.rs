//! A person affected, and what is asserted of the duty of candour to them.

use candour_api::v1;

use super::{wire, wire_physical, wire_psychological};
use crate::{
    csv::cells::Cells,
    mapping::{Key, Section},
    words,
};

/// The person of the row. There is one wherever the row says anything of a person or of the duty of candour to one.
pub(super) fn person(cells: &mut Cells<'_>) -> Option<v1::ImportedPerson> {
    let candour = cells.mapping().has(Section::Candour).then(|| candour(cells));
    let asserted = candour.as_ref().is_some_and(concerns_somebody);
    let flagged = cells.mapping().has_incident() && cells.yes_or_no(Key::IncidentCandourFlag) == Some(true);
    if !cells.any(Section::Person) && !asserted && !flagged {
        return None;
    }
    let physical = cells.word(Key::PersonPhysicalHarm, words::physical_harm);
    let psychological = cells.word(Key::PersonPsychologicalHarm, words::psychological_harm);
    let could_result = cells.yes_or_no(Key::PersonCouldResult).unwrap_or_default();
    let harm = (physical.is_some() || psychological.is_some() || could_result).then(|| v1::HarmGrade {
        physical: physical.map_or(0, wire_physical),
        psychological: psychological.map_or(0, wire_psychological),
        could_result,
    });
    let is_service_user = cells.text(Key::PersonKind).as_deref() == Some("service-user");
    let kind =
        if is_service_user { v1::AffectedPersonKind::ServiceUser } else { v1::AffectedPersonKind::Patient };
    Some(v1::ImportedPerson {
        source_id: cells.text_or_empty(Key::PersonId),
        kind: kind.into(),
        name: cells.text_or_empty(Key::PersonName),
        contact: cells.text_or_empty(Key::PersonContact),
        harm,
        candour,
    })
}

/// Whether what is asserted is of somebody: that the duty applies, or that a stage took place. That it does not apply is said of incidents
/// that affected nobody too.
fn concerns_somebody(candour: &v1::AssertedCandour) -> bool {
    use v1::source_moment::Moment::{Day, ExactTime};
    let stages = [candour.first_notification, candour.written_notification, candour.enquiry_results];
    let took_place = |stage: &v1::SourceMoment| matches!(stage.moment, Some(Day(_) | ExactTime(_)));
    candour.decision() == v1::CaseDecision::Notifiable || stages.iter().flatten().any(took_place)
}

fn candour(cells: &mut Cells<'_>) -> v1::AssertedCandour {
    let decision = cells.word(Key::CandourDecision, |word| match word {
        "notifiable" => Some(v1::CaseDecision::Notifiable),
        "not-notifiable" => Some(v1::CaseDecision::NotRequired),
        _ => match words::yes_or_no(word) {
            Some(true) => Some(v1::CaseDecision::Notifiable),
            Some(false) => Some(v1::CaseDecision::NotRequired),
            None => None,
        },
    });
    let mut decided = cells.moment(Key::CandourDecided);
    if decision.is_none() && decided.is_some() {
        cells.notice(Key::CandourDecided, "is given without the decision, and was left out");
        decided = None;
    }
    // An empty cell in a column of the file says that none was taken.
    let without = if cells.has_column(Key::CandourDecision) {
        v1::CaseDecision::Undecided
    } else {
        v1::CaseDecision::Unspecified
    };
    v1::AssertedCandour {
        decision: decision.unwrap_or(without).into(),
        decided: wire(decided),
        first_notification: cells.happened(Key::CandourFirstNotification),
        written_notification: cells.happened(Key::CandourWritten),
        enquiry_results: cells.happened(Key::CandourResults),
    }
}
