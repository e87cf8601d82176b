//! Recommendations: one unit of R0 each, and the links from a learning response to its incidents.

use candour_domain::{
    Aggregate as _, Entry,
    response::{Decision, Event, Response, State},
};
use rusqlite::{Transaction, types::Value};
use uuid::Uuid;

use super::{Projected, Rows, Table, add_units, day, id, text};
use crate::tally::UnitKind;

static TABLE: Table = Table {
    name: "recommendation",
    owner: "response_id",
    columns: &["id", "response_id", "reference", "made_on", "decision"],
};

static INCIDENTS: Table =
    Table { name: "response_incident", owner: "response_id", columns: &["response_id", "incident_id"] };

impl Projected for Response {
    fn changes_rows(event: &Event) -> bool {
        match event {
            Event::ResponseStarted(_)
            | Event::RecommendationMade(_)
            | Event::RecommendationAccepted { .. }
            | Event::RecommendationRejected { .. }
            | Event::EntryCorrected(_) => true,
            Event::ReportSignedOff(_) => false,
        }
    }

    fn rows(stream: Uuid, history: &[Entry<Event>]) -> Rows {
        let state = history.iter().fold(State::default(), Self::evolve);
        let recommendations = history
            .iter()
            .filter_map(|entry| match &entry.event {
                Event::RecommendationMade(made) => Some((entry, made)),
                _ => None,
            })
            .map(|(entry, made)| {
                let decision = state
                    .recommendations
                    .iter()
                    .find(|known| known.id == made.id)
                    .map_or(Decision::AwaitingResponse, |known| known.decision);
                vec![
                    id(made.id.uuid()),
                    id(stream),
                    text(&made.reference),
                    day(entry.occurred_on()),
                    text(decision_word(decision)),
                ]
            })
            .collect();
        let incidents: Vec<Vec<Value>> =
            state.incidents.iter().map(|incident| vec![id(stream), id(incident.uuid())]).collect();
        vec![(&TABLE, recommendations), (&INCIDENTS, incidents)]
    }

    fn incidents(
        transaction: &Transaction<'_>,
        stream: Uuid,
        _event: &Event,
    ) -> Result<Vec<Uuid>, rusqlite::Error> {
        transaction
            .prepare_cached("SELECT DISTINCT incident_id FROM response_incident WHERE response_id = ?1 ORDER BY incident_id")?
            .query_map([stream.as_bytes().as_slice()], |row| row.get(0))?
            .collect()
    }

    fn units(
        transaction: &Transaction<'_>,
        stream: Uuid,
        event: &Event,
    ) -> Result<Vec<(UnitKind, Uuid)>, rusqlite::Error> {
        let (learning, cases) = match event {
            Event::ResponseStarted(_) | Event::EntryCorrected(_) => (true, true),
            Event::RecommendationMade(_)
            | Event::RecommendationAccepted { .. }
            | Event::RecommendationRejected { .. } => (true, false),
            Event::ReportSignedOff(_) => (false, true),
        };
        let mut units = Vec::new();
        if learning {
            let made = "SELECT DISTINCT id FROM recommendation WHERE response_id = ?1 ORDER BY 1";
            add_units(transaction, &mut units, UnitKind::Recommendation, made, stream)?;
            let under =
                "SELECT DISTINCT action_id FROM action_recommendation WHERE response_id = ?1 ORDER BY 1";
            add_units(transaction, &mut units, UnitKind::Action, under, stream)?;
        }
        if cases {
            let covered = "SELECT DISTINCT case_id FROM candour_case JOIN response_incident USING (incident_id) \
                           WHERE response_id = ?1 ORDER BY 1";
            add_units(transaction, &mut units, UnitKind::Case, covered, stream)?;
        }
        Ok(units)
    }
}

/// The word stored for a decision.
pub(crate) const fn decision_word(decision: Decision) -> &'static str {
    match decision {
        Decision::AwaitingResponse => "awaiting-response",
        Decision::Accepted => "accepted",
        Decision::Rejected => "rejected",
    }
}
