//! A learning action.

use candour_api::v1;
use candour_domain::action::{EVIDENCE_MAX, Owner};
use candour_service_kit::Check;
use jiff::Timestamp;

use super::{said, source_recorded, when};
use crate::row::{ActionPart, Said};

pub(super) fn action(check: &mut Check, given: &v1::ImportedAction, now: Timestamp) -> Option<ActionPart> {
    let source_id = check.reference("action.source_id", &given.source_id);
    let reference = check.optional_reference("action.reference", &given.reference);
    let description = check.text("action.description", &given.description);
    let agreed = when(check, "action.agreed", given.agreed.as_ref(), now);
    let target_on = check.optional_date("action.target_on", given.target_on.as_ref());
    let owner = owner(check, given);
    let measure = check.optional_text("action.measure", &given.measure);
    let monitor = check.optional_text("action.monitor", &given.monitor);
    let strength = check.optional_choice("action.strength", given.strength);
    let implemented = said(check, "action.implemented", given.implemented.as_ref(), now);
    let evidence = check.each("action.evidence", &given.evidence, EVIDENCE_MAX, |check, field, reference| {
        check.reference(field, reference)
    });
    let implemented_by = check.optional_reference("action.implemented_by", &given.implemented_by);
    let verified = said(check, "action.verified", given.verified.as_ref(), now);
    let withdrawn = said(check, "action.withdrawn", given.withdrawn.as_ref(), now);
    let withdrawn_reason = check.optional_text("action.withdrawn_reason", &given.withdrawn_reason);
    let source_recorded_at = source_recorded(
        check,
        "action.source_recorded_time",
        given.source_recorded_time.as_ref(),
        agreed,
        now,
    );
    for (field, said) in
        [("action.implemented", implemented), ("action.verified", verified), ("action.withdrawn", withdrawn)]
    {
        if let (Some(Some(Said::Happened(when))), Some(agreed)) = (said, agreed)
            && when.day() < agreed.day()
        {
            check.violation(field, "lies before the day the action was agreed");
        }
    }
    Some(ActionPart {
        source_id: source_id?,
        reference: reference?,
        description: description?,
        agreed: agreed?,
        target_on: target_on?,
        owner: owner?,
        measure: measure?,
        monitor: monitor?,
        strength: strength?,
        implemented: implemented?,
        evidence: evidence?,
        implemented_by: implemented_by?,
        verified: verified?,
        withdrawn: withdrawn?,
        withdrawn_reason: withdrawn_reason?,
        source_recorded_at: source_recorded_at?,
    })
}

/// Who is responsible. A team or a person without a role would be nobody's post.
#[expect(
    clippy::option_option,
    reason = "wrong, not given and given are three things; see Check's own words"
)]
fn owner(check: &mut Check, given: &v1::ImportedAction) -> Option<Option<Owner>> {
    let role = check.optional_text("action.owner_role", &given.owner_role);
    let team = check.optional_text("action.owner_team", &given.owner_team);
    let directorate = check.optional_text("action.owner_directorate", &given.owner_directorate);
    let person = check.optional_reference("action.owner_person", &given.owner_person);
    let (role, team, directorate, person) = (role?, team?, directorate?, person?);
    match role {
        Some(role) => Some(Some(Owner { role, team, directorate, person })),
        None if team.is_none() && directorate.is_none() && person.is_none() => Some(None),
        None => {
            check.violation("action.owner_role", "must be given with the rest of the owner");
            None
        }
    }
}
