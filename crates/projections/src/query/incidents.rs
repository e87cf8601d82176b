//! The list of incidents.

use candour_domain::{
    Aggregate as _, Entry,
    identifier::{CaseId, EventId, IncidentId},
    incident::{Event, Incident, IncidentKind, PhysicalHarm, PsychologicalHarm, State, Status},
};
use jiff::civil::Date;

use super::{
    Page, PageRequest, PlaceFilter, QueryError,
    lists::{self, Restriction},
    page::Cursor,
    units::Units,
};
use crate::Snapshot;

/// What restricts the list of incidents.
#[derive(Clone, Debug, Default)]
pub struct IncidentFilter {
    /// Where.
    pub place: PlaceFilter,
    /// Only this kind.
    pub kind: Option<IncidentKind>,
    /// Only this status.
    pub status: Option<Status>,
    /// Only those in which something prompts a candour decision (C0).
    pub prompted_only: bool,
}

/// One incident at the end of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct IncidentRow {
    /// The incident.
    pub id: IncidentId,
    /// Its state from what had occurred by then.
    pub state: State,
    /// The date of the incident itself, as far as known.
    pub incident_date: Option<candour_domain::PartialDate>,
    /// The day it was reported.
    pub reported_on: Date,
    /// The day it was last closed, while it is closed.
    pub closed_on: Option<Date>,
    /// The worst physical harm to anybody.
    pub worst_physical: Option<PhysicalHarm>,
    /// The worst psychological harm to anybody.
    pub worst_psychological: Option<PsychologicalHarm>,
    /// Something prompted a candour decision for at least one person (C0), whatever the grade is now.
    pub prompts: bool,
    /// The candour cases.
    pub cases: Vec<CaseId>,
    /// The events that prove it.
    pub evidence: Vec<EventId>,
}

/// Incidents in the order of their reports; those recorded in error are shown only when asked for.
pub fn incidents(
    snapshot: &Snapshot,
    filter: &IncidentFilter,
    request: PageRequest,
    as_of: Date,
) -> Result<Page<IncidentRow>, QueryError> {
    let known_at = request.after.map_or(snapshot.progress().position, |cursor| cursor.known_at);
    let mut units = Units::new(snapshot.connection()?, known_at);
    let mut page = Page { rows: Vec::new(), next: None, known_at };
    let mut last = None;
    let after = request.after.map(|cursor| (cursor.day, cursor.id));
    let here = Restriction::of_place(&filter.place, as_of);
    lists::run_through(snapshot, &lists::INCIDENTS, &here, known_at, after, &mut |day, id, _row| {
        let Some(row) = row(IncidentId::from_uuid(id), &units.incident(id)?, as_of) else { return Ok(true) };
        let status_wanted = match filter.status {
            Some(status) => row.state.status == status,
            None => row.state.status != Status::RecordedInError,
        };
        let wanted = status_wanted
            && filter.kind.is_none_or(|kind| row.state.kind == Some(kind))
            && (row.prompts || !filter.prompted_only);
        if !wanted {
            return Ok(true);
        }
        if page.rows.len() == request.size {
            page.next = last;
            return Ok(false);
        }
        page.rows.push(row);
        last = Some(Cursor { known_at, day, id });
        Ok(true)
    })?;
    Ok(page)
}

/// What had happened to an incident by the end of `as_of`, in the order in which it happened.
fn seen(history: &[Entry<Event>], as_of: Date) -> Vec<&Entry<Event>> {
    let mut seen: Vec<&Entry<Event>> = history.iter().filter(|entry| entry.occurred_on() <= as_of).collect();
    seen.sort_by_key(|entry| (entry.occurred_at, entry.version));
    seen
}

/// The state of an incident from what had occurred by the end of `as_of`.
pub(super) fn state(history: &[Entry<Event>], as_of: Date) -> State {
    seen(history, as_of).into_iter().fold(State::default(), Incident::evolve)
}

fn row(id: IncidentId, history: &[Entry<Event>], as_of: Date) -> Option<IncidentRow> {
    let seen = seen(history, as_of);
    let reported_on =
        seen.iter().find(|entry| matches!(entry.event, Event::IncidentReported(_)))?.occurred_on();
    let state = seen.iter().fold(State::default(), |state, entry| Incident::evolve(state, entry));
    let (mut closed_on, mut incident_date) = (None, None);
    for entry in &seen {
        match &entry.event {
            Event::IncidentReported(report) => incident_date = report.incident_date,
            Event::IncidentAmended(amendment) => incident_date = amendment.incident_date.or(incident_date),
            Event::IncidentClosed(_) => closed_on = Some(entry.occurred_on()),
            Event::IncidentReopened { .. } => closed_on = None,
            _ => {}
        }
    }
    let harms = || state.persons.iter().map(|person| person.harm);
    Some(IncidentRow {
        id,
        incident_date,
        reported_on,
        closed_on,
        worst_physical: harms().filter_map(|harm| harm.physical).min_by_key(|harm| harm.level()),
        worst_psychological: harms().filter_map(|harm| harm.psychological).min_by_key(|harm| harm.level()),
        prompts: (seen.iter().any(|entry| flags(&entry.event)) && !state.persons.is_empty())
            || seen.iter().any(|entry| prompts(&entry.event)),
        cases: state.persons.iter().map(|person| CaseId::of(id, person.id)).collect(),
        evidence: seen.iter().map(|entry| entry.event_id).collect(),
        state,
    })
}

/// Whether an entry sets the source system's own flag, which prompts for everybody affected also once it is taken back.
fn flags(event: &Event) -> bool {
    match event {
        Event::IncidentReported(report) => report.source_candour_flag,
        Event::SourceCandourFlagSet { flag } => *flag,
        _ => false,
    }
}

/// Whether an entry asks for a candour decision about somebody. A prompt stands although the harm is graded down later (the reverse sample).
fn prompts(event: &Event) -> bool {
    match event {
        Event::IncidentReported(report) => {
            report.affected_persons.iter().any(|person| person.harm.prompts_candour_decision())
        }
        Event::AffectedPersonAdded(person) => person.harm.prompts_candour_decision(),
        Event::HarmGraded(grading) | Event::HarmRegraded { grading, .. } => {
            grading.grade.prompts_candour_decision()
        }
        _ => false,
    }
}
