//! Reads the requests of `LearningService` into commands, naming every bad field.
//!
//! What a rule of the domain refuses under the same path is left to the domain, which answers with a reason of its own.

pub(crate) mod action;
pub(crate) mod response;

use candour_api::v1;
use candour_domain::{
    response::{RELATIONS_MAX, Relation},
    text::PublicReference,
};
use candour_service_kit::Check;
use uuid::Uuid;

/// The reference given, or one made of the prefix and the id. The id is missing where the request id could not be read, which is a
/// violation of its own.
fn reference(
    check: &mut Check,
    given: &str,
    prefix: &'static str,
    id: Option<Uuid>,
) -> Option<PublicReference> {
    if given.trim().is_empty() {
        id.map(|id| PublicReference::derived(prefix, id))
    } else {
        check.reference("reference", given)
    }
}

fn relations(check: &mut Check, given: &[v1::Relation]) -> Option<Vec<Relation>> {
    check.each("relates_to", given, RELATIONS_MAX, |check, field, given| {
        let kind = check.choice(&format!("{field}.kind"), given.kind);
        let reference = check.reference(&format!("{field}.reference"), &given.reference);
        Some(Relation { kind: kind?, reference: reference? })
    })
}
