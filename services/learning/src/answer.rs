//! Shows learning responses and learning actions as they stand, corrections applied.

pub(crate) mod action;
pub(crate) mod response;

use std::fmt::Display;

use candour_api::v1;
use candour_domain::response::Relation;
use candour_service_kit::wire::WireEnum as _;

/// A text that may be missing; empty where it is.
fn text(text: Option<&impl Display>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

fn relations(relations: &[Relation]) -> Vec<v1::Relation> {
    relations
        .iter()
        .map(|relation| v1::Relation {
            kind: relation.kind.to_wire(),
            reference: relation.reference.to_string(),
        })
        .collect()
}
