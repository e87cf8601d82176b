//! Reporter feedback: one unit of F0 to F4 per incident that somebody reported.

use candour_domain::{
    Entry,
    feedback::{Event as FeedbackEvent, Feedback},
    incident::{Event, Report},
};
use rusqlite::{Transaction, types::Value};
use uuid::Uuid;

use super::{Projected, Rows, Table, day, id, text};
use crate::tally::UnitKind;

pub(super) static TABLE: Table = Table {
    name: "reporter_feedback",
    owner: "incident_id",
    columns: &["incident_id", "reference", "reported_on", "identity"],
};

/// The row of an incident, where somebody reported it.
pub(super) fn rows(entry: &Entry<Event>, report: &Report) -> Vec<Vec<Value>> {
    report
        .reporter
        .iter()
        .map(|reporter| {
            vec![
                id(report.id.uuid()),
                text(&report.reference),
                day(entry.occurred_on()),
                text(reporter.identity),
            ]
        })
        .collect()
}

impl Projected for Feedback {
    fn changes_rows(_event: &FeedbackEvent) -> bool {
        false
    }

    fn rows(_stream: Uuid, _history: &[Entry<FeedbackEvent>]) -> Rows {
        Vec::new()
    }

    fn incidents(
        _transaction: &Transaction<'_>,
        stream: Uuid,
        _event: &FeedbackEvent,
    ) -> Result<Vec<Uuid>, rusqlite::Error> {
        // The feedback of an incident has the incident's own id.
        Ok(vec![stream])
    }

    fn units(
        _transaction: &Transaction<'_>,
        stream: Uuid,
        _event: &FeedbackEvent,
    ) -> Result<Vec<(UnitKind, Uuid)>, rusqlite::Error> {
        Ok(vec![(UnitKind::Reporter, stream)])
    }
}
