//! What a row is about, found again by everybody who sends it.

use candour_domain::identifier::{ActionId, IncidentId, SourceThing, of_source};
use candour_service_kit::Engine;

use crate::row::Row;

/// What a row is about.
pub(crate) struct Ids {
    pub(crate) incident: IncidentId,
    pub(crate) action: Option<ActionId>,
}

impl Ids {
    /// The ids that derive from those of the source. An incident that has none there is known by the content of its row.
    pub(crate) fn of(engine: &Engine, row: &Row, content: &[u8]) -> Self {
        let source_id = row.source_id.as_ref().map_or_else(
            // A keyed digest: one that anybody could work out would tell who guesses the text that they guessed right.
            || format!("content/{}", hexadecimal(&engine.authenticate("import-incident", content))),
            |id| id.as_str().to_owned(),
        );
        let incident = of_source(&row.system, SourceThing::Incident, &source_id);
        let action = row.action.as_ref();
        let action =
            action.map(|action| of_source(&row.system, SourceThing::Action, action.source_id.as_str()));
        Self { incident: IncidentId::from_uuid(incident), action: action.map(ActionId::from_uuid) }
    }
}

fn hexadecimal(digest: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
