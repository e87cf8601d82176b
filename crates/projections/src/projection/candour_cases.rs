//! Candour cases: one unit of C0 to C7 per incident and affected person, from the moment the person is known.

use candour_domain::{
    Entry,
    candour_case::{CandourCase, Event as CaseEvent},
    identifier::CaseId,
    incident::{Event, Report, State, case_reference},
};
use rusqlite::{OptionalExtension as _, Transaction, types::Value};
use uuid::Uuid;

use super::{Projected, Rows, Table, day, id, text};
use crate::tally::UnitKind;

pub(super) static TABLE: Table = Table {
    name: "candour_case",
    owner: "incident_id",
    columns: &["case_id", "incident_id", "person_id", "reference", "reported_on"],
};

/// The rows of an incident: one per affected person.
pub(super) fn rows(entry: &Entry<Event>, report: &Report, state: &State) -> Vec<Vec<Value>> {
    state
        .persons
        .iter()
        .map(|person| {
            let reference = case_reference(report.id, &report.reference, person);
            vec![
                id(CaseId::of(report.id, person.id).uuid()),
                id(report.id.uuid()),
                id(person.id.uuid()),
                text(reference),
                day(entry.occurred_on()),
            ]
        })
        .collect()
}

impl Projected for CandourCase {
    fn changes_rows(_event: &CaseEvent) -> bool {
        false
    }

    fn rows(_stream: Uuid, _history: &[Entry<CaseEvent>]) -> Rows {
        Vec::new()
    }

    fn incidents(
        transaction: &Transaction<'_>,
        stream: Uuid,
        event: &CaseEvent,
    ) -> Result<Vec<Uuid>, rusqlite::Error> {
        if let CaseEvent::CandourCaseOpened { incident, .. } = event {
            return Ok(vec![incident.uuid()]);
        }
        let incident: Option<Uuid> = transaction
            .prepare_cached("SELECT incident_id FROM candour_case WHERE case_id = ?1 LIMIT 1")?
            .query_row([stream.as_bytes().as_slice()], |row| row.get(0))
            .optional()?;
        Ok(incident.into_iter().collect())
    }

    fn units(
        _transaction: &Transaction<'_>,
        stream: Uuid,
        _event: &CaseEvent,
    ) -> Result<Vec<(UnitKind, Uuid)>, rusqlite::Error> {
        Ok(vec![(UnitKind::Case, stream)])
    }
}
