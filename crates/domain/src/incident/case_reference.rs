//! What a duty of candour case is called.

use super::PersonState;
use crate::{
    identifier::{CaseId, IncidentId},
    text::PublicReference,
};

/// The public reference of the case of one affected person: the one the caller gave, or else the incident's reference with the person's
/// [number](PersonState::number), which stays theirs whoever else is struck out. Where that would be too long, one derived from the case's
/// id.
pub fn case_reference(
    incident: IncidentId,
    reference: &PublicReference,
    person: &PersonState,
) -> PublicReference {
    person.case_reference.clone().unwrap_or_else(|| {
        PublicReference::parse(&format!("{reference}/{}", person.number))
            .unwrap_or_else(|_| PublicReference::derived("CASE", CaseId::of(incident, person.id).uuid()))
    })
}

/// Whether a case reference has the form of those made from this incident's reference and a number: it would be taken for the case of
/// whoever has, or comes to have, that number.
pub(super) fn has_made_form(incident: &PublicReference, given: &PublicReference) -> bool {
    let rest = given.as_str().strip_prefix(incident.as_str()).and_then(|rest| rest.strip_prefix('/'));
    rest.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}
