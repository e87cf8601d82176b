//! Incidents: the row that lists filter by. Reporter feedback and candour cases get their rows from the same stream.

use candour_domain::{
    Aggregate as _, Entry,
    incident::{Event, Incident, Place, Report, State, Status},
};
use jiff::civil::Date;
use rusqlite::{Transaction, types::Value};
use uuid::Uuid;

use super::{
    Projected, Rows, Table, add_units, candour_cases, day, id, optional_text, reporter_feedback, text,
};
use crate::tally::UnitKind;

pub(super) static TABLE: Table = Table {
    name: "incident",
    owner: "id",
    columns: &["id", "reference", "kind", "status", "reported_on", "has_reporter"],
};

/// Where an incident was said to have happened, from which day to which: an amendment of the place counts from the day it occurred.
static PLACES: Table = Table {
    name: "incident_place",
    owner: "incident_id",
    columns: &["incident_id", "from_day", "to_day", "site", "directorate", "team"],
};

/// Which incident a report was said to be a duplicate of.
static DUPLICATES: Table =
    Table { name: "duplicate", owner: "incident_id", columns: &["incident_id", "kept_id"] };

impl Projected for Incident {
    fn changes_rows(event: &Event) -> bool {
        match event {
            Event::IncidentReported(_)
            | Event::IncidentAmended(_)
            | Event::AffectedPersonAdded(_)
            | Event::HarmGraded(_)
            | Event::HarmRegraded { .. }
            | Event::IncidentClosed(_)
            | Event::IncidentReopened { .. }
            | Event::IncidentRecordedInError { .. }
            | Event::DuplicateLinked(_)
            | Event::EntryCorrected(_) => true,
            Event::SourceCandourFlagSet { .. } => false,
        }
    }

    fn rows(_stream: Uuid, history: &[Entry<Event>]) -> Rows {
        let state = history.iter().fold(State::default(), Self::evolve);
        let report = history.iter().find_map(|entry| match &entry.event {
            Event::IncidentReported(report) => Some((entry, report)),
            _ => None,
        });
        let Some((entry, report)) = report else {
            return vec![
                (&TABLE, Vec::new()),
                (&PLACES, Vec::new()),
                (&DUPLICATES, Vec::new()),
                (&reporter_feedback::TABLE, Vec::new()),
                (&candour_cases::TABLE, Vec::new()),
            ];
        };
        vec![
            (&TABLE, vec![row(entry, report, &state)]),
            (&PLACES, places(report, history)),
            (&DUPLICATES, duplicates(report, history)),
            (&reporter_feedback::TABLE, reporter_feedback::rows(entry, report)),
            (&candour_cases::TABLE, candour_cases::rows(entry, report, &state)),
        ]
    }

    fn incidents(
        _transaction: &Transaction<'_>,
        stream: Uuid,
        _event: &Event,
    ) -> Result<Vec<Uuid>, rusqlite::Error> {
        Ok(vec![stream])
    }

    fn units(
        transaction: &Transaction<'_>,
        stream: Uuid,
        event: &Event,
    ) -> Result<Vec<(UnitKind, Uuid)>, rusqlite::Error> {
        let (moved, voided) = match event {
            Event::IncidentReported(_) => (true, false),
            Event::IncidentAmended(amendment) => (amendment.place.is_some(), false),
            Event::IncidentRecordedInError { .. } => (false, true),
            Event::EntryCorrected(_) => (true, true),
            Event::AffectedPersonAdded(_)
            | Event::HarmGraded(_)
            | Event::HarmRegraded { .. }
            | Event::DuplicateLinked(_)
            | Event::IncidentClosed(_)
            | Event::IncidentReopened { .. }
            | Event::SourceCandourFlagSet { .. } => (false, false),
        };
        let mut units = Vec::new();
        let reporter = "SELECT DISTINCT incident_id FROM reporter_feedback WHERE incident_id = ?1";
        add_units(transaction, &mut units, UnitKind::Reporter, reporter, stream)?;
        let cases = "SELECT DISTINCT case_id FROM candour_case WHERE incident_id = ?1 ORDER BY 1";
        add_units(transaction, &mut units, UnitKind::Case, cases, stream)?;
        if moved {
            let recommendations = "SELECT DISTINCT id FROM recommendation JOIN response_incident USING (response_id) \
                                   WHERE incident_id = ?1 ORDER BY 1";
            add_units(transaction, &mut units, UnitKind::Recommendation, recommendations, stream)?;
            let actions = "SELECT id FROM action WHERE incident_id = ?1 \
                           UNION SELECT action_id FROM action_recommendation JOIN response_incident USING (response_id) \
                           WHERE response_incident.incident_id = ?1 ORDER BY 1";
            add_units(transaction, &mut units, UnitKind::Action, actions, stream)?;
        }
        if voided {
            // Whoever was linked to it as a duplicate is to be told after all.
            let linked = "SELECT DISTINCT incident_id FROM duplicate WHERE kept_id = ?1 ORDER BY 1";
            add_units(transaction, &mut units, UnitKind::Reporter, linked, stream)?;
        }
        Ok(units)
    }
}

fn row(entry: &Entry<Event>, report: &Report, state: &State) -> Vec<Value> {
    vec![
        id(report.id.uuid()),
        text(&report.reference),
        text(state.kind.unwrap_or(report.kind)),
        text(status_word(state.status)),
        day(entry.occurred_on()),
        Value::Integer(report.reporter.is_some().into()),
    ]
}

/// The place of each stretch of days, oldest first.
fn places(report: &Report, history: &[Entry<Event>]) -> Vec<Vec<Value>> {
    let mut stretches: Vec<(Date, &Place)> = Vec::new();
    for entry in history {
        let place = match &entry.event {
            Event::IncidentReported(report) => Some(&report.place),
            Event::IncidentAmended(amendment) => amendment.place.as_ref(),
            _ => None,
        };
        let Some(place) = place else { continue };
        // Two on one day: the later one is what that day ended with.
        stretches.retain(|(from, _)| *from != entry.occurred_on());
        stretches.push((entry.occurred_on(), place));
    }
    stretches
        .iter()
        .enumerate()
        .map(|(index, (from, place))| {
            let to = stretches.get(index + 1).map_or(Value::Null, |(to, _)| day(*to));
            let Place { site, directorate, team } = place;
            vec![
                id(report.id.uuid()),
                day(*from),
                to,
                optional_text(site.as_ref()),
                optional_text(directorate.as_ref()),
                optional_text(team.as_ref()),
            ]
        })
        .collect()
}

fn duplicates(report: &Report, history: &[Entry<Event>]) -> Vec<Vec<Value>> {
    let mut kept: Vec<Uuid> = history
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::DuplicateLinked(link) => Some(link.duplicate_of.uuid()),
            _ => None,
        })
        .collect();
    kept.sort_unstable();
    kept.dedup();
    kept.into_iter().map(|kept| vec![id(report.id.uuid()), id(kept)]).collect()
}

/// The word stored for a status.
pub(crate) const fn status_word(status: Status) -> &'static str {
    match status {
        Status::NotReported => "not-reported",
        Status::Open => "open",
        Status::Closed => "closed",
        Status::RecordedInError => "recorded-in-error",
    }
}
