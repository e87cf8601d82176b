//! Learning actions: one unit of R1 to R7 each, and the links to the recommendations they stand under.

use candour_domain::{
    Entry,
    action::{Action, ActionSource, Event},
};
use rusqlite::{Transaction, types::Value};
use uuid::Uuid;

use super::{Projected, Rows, Table, add_units, day, id, text};
use crate::tally::UnitKind;

static TABLE: Table =
    Table { name: "action", owner: "id", columns: &["id", "reference", "agreed_on", "incident_id"] };

static RECOMMENDATIONS: Table = Table {
    name: "action_recommendation",
    owner: "action_id",
    columns: &["action_id", "recommendation_id", "response_id"],
};

impl Projected for Action {
    fn changes_rows(event: &Event) -> bool {
        matches!(event, Event::ActionAgreed(_) | Event::EntryCorrected(_))
    }

    fn rows(_stream: Uuid, history: &[Entry<Event>]) -> Rows {
        let agreed = history.iter().find_map(|entry| match &entry.event {
            Event::ActionAgreed(agreement) => Some((entry, agreement)),
            _ => None,
        });
        let Some((entry, agreement)) = agreed else {
            return vec![(&TABLE, Vec::new()), (&RECOMMENDATIONS, Vec::new())];
        };
        let (incident, keys) = match &agreement.source {
            ActionSource::Incident(incident) => (id(incident.uuid()), &[][..]),
            ActionSource::Recommendations(keys) => (Value::Null, keys.as_slice()),
        };
        let row =
            vec![id(agreement.id.uuid()), text(&agreement.reference), day(entry.occurred_on()), incident];
        let links = keys
            .iter()
            .map(|key| vec![id(agreement.id.uuid()), id(key.recommendation.uuid()), id(key.response.uuid())])
            .collect();
        vec![(&TABLE, vec![row]), (&RECOMMENDATIONS, links)]
    }

    fn incidents(
        transaction: &Transaction<'_>,
        stream: Uuid,
        _event: &Event,
    ) -> Result<Vec<Uuid>, rusqlite::Error> {
        transaction
            .prepare_cached(
                "SELECT incident_id FROM action WHERE id = ?1 AND incident_id IS NOT NULL \
                 UNION SELECT response_incident.incident_id FROM action_recommendation \
                 JOIN response_incident USING (response_id) WHERE action_id = ?1 ORDER BY 1",
            )?
            .query_map([stream.as_bytes().as_slice()], |row| row.get(0))?
            .collect()
    }

    fn units(
        transaction: &Transaction<'_>,
        stream: Uuid,
        _event: &Event,
    ) -> Result<Vec<(UnitKind, Uuid)>, rusqlite::Error> {
        let mut units = vec![(UnitKind::Action, stream)];
        let under =
            "SELECT DISTINCT recommendation_id FROM action_recommendation WHERE action_id = ?1 ORDER BY 1";
        add_units(transaction, &mut units, UnitKind::Recommendation, under, stream)?;
        Ok(units)
    }
}
