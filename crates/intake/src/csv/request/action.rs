//! A learning action.

use candour_api::v1;

use super::{claimed, wire};
use crate::{
    csv::cells::Cells,
    mapping::{Key, Section},
    moment::wire_date,
};

/// The action of the row; `None` where it has none, which an empty id says.
pub(super) fn action(cells: &mut Cells<'_>) -> Option<v1::ImportedAction> {
    let source_id = cells.text(Key::ActionId);
    let Some(source_id) = source_id else {
        if cells.any(Section::Action) {
            cells.violation(
                Key::ActionId,
                "is empty beside other columns of the action: it cannot be recognised again",
            );
        }
        return None;
    };
    let given = cells.text(Key::ActionAgreed).is_some();
    let agreed = cells.moment(Key::ActionAgreed);
    if !given {
        cells.violation(Key::ActionAgreed, "is empty");
    }
    for (key, words) in [
        (Key::ActionImplemented, "lies before the day the action was agreed"),
        (Key::ActionWithdrawn, "lies before the day the action was agreed"),
    ] {
        let happened = cells.moment(key);
        if let (Some(happened), Some(agreed)) = (happened, agreed)
            && happened.day() < agreed.day()
        {
            cells.violation(key, words);
        }
    }
    let strength = cells.text(Key::ActionStrength);
    let owner = owner(cells);
    Some(v1::ImportedAction {
        source_id,
        reference: cells.text_or_empty(Key::ActionReference),
        description: cells.text_or_empty(Key::ActionDescription),
        agreed: wire(agreed),
        target_on: cells.date(Key::ActionTarget).map(wire_date),
        owner_role: owner.role,
        owner_team: owner.team,
        owner_directorate: owner.directorate,
        owner_person: owner.person,
        measure: cells.text_or_empty(Key::ActionMeasure),
        monitor: cells.text_or_empty(Key::ActionMonitor),
        strength: match strength.as_deref() {
            Some("stronger") => v1::Strength::Stronger,
            Some("intermediate") => v1::Strength::Intermediate,
            Some("weaker") => v1::Strength::Weaker,
            _ => v1::Strength::Unspecified,
        }
        .into(),
        implemented: cells.happened(Key::ActionImplemented),
        evidence: cells.references(Key::ActionEvidence),
        implemented_by: cells.text_or_empty(Key::ActionImplementedBy),
        verified: cells.happened(Key::ActionVerified),
        withdrawn: cells.happened(Key::ActionWithdrawn),
        withdrawn_reason: cells.text_or_empty(Key::ActionWithdrawnReason),
        source_recorded_time: claimed(cells, Key::ActionRecorded, agreed),
    })
}

/// Who is responsible. Without the role nobody is: the action counts as one without an owner (ACT-1).
fn owner(cells: &mut Cells<'_>) -> v1::Owner {
    let owner = v1::Owner {
        role: cells.text_or_empty(Key::ActionOwnerRole),
        team: cells.text_or_empty(Key::ActionOwnerTeam),
        directorate: cells.text_or_empty(Key::ActionOwnerDirectorate),
        person: cells.text_or_empty(Key::ActionOwnerPerson),
    };
    if owner.role.is_empty() && owner != v1::Owner::default() {
        cells.notice(Key::ActionOwnerRole, "is empty: the rest of the owner was left out");
        return v1::Owner::default();
    }
    owner
}
