//! Incidents: the row that lists filter by. Reporter feedback and candour cases get their rows from the same stream.

use candour_domain::{
    Aggregate as _, Entry,
    incident::{Event, Incident, Place, Report, State, Status},
};
use jiff::civil::Date;
use rusqlite::{Transaction, types::Value};
use uuid::Uuid;

use super::{Projected, Rows, Table, candour_cases, day, id, optional_text, reporter_feedback, text};

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
            | Event::EntryCorrected(_) => true,
            Event::DuplicateLinked(_) => false,
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
                (&reporter_feedback::TABLE, Vec::new()),
                (&candour_cases::TABLE, Vec::new()),
            ];
        };
        vec![
            (&TABLE, vec![row(entry, report, &state)]),
            (&PLACES, places(report, history)),
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

/// The word stored for a status.
pub(crate) const fn status_word(status: Status) -> &'static str {
    match status {
        Status::NotReported => "not-reported",
        Status::Open => "open",
        Status::Closed => "closed",
        Status::RecordedInError => "recorded-in-error",
    }
}
