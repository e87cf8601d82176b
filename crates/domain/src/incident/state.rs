//! The fold of an incident.

use jiff::Timestamp;

use super::{AffectedPerson, DuplicateLink, Event, HarmGrade, IncidentKind, Place, Report, ReporterIdentity};
use crate::{
    entry::Entry,
    identifier::{AffectedPersonId, IncidentId},
    text::PublicReference,
};

/// Whether an incident is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Status {
    /// Not reported yet: the stream is empty.
    #[default]
    NotReported,
    /// Reported, or reopened.
    Open,
    /// Closed.
    Closed,
    /// Should not have been recorded.
    RecordedInError,
}

/// What is known of one affected person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonState {
    /// The person.
    pub id: AffectedPersonId,
    /// Their number in the incident, never another's: from 1 in the order of the report; for whoever was added later, the number of persons
    /// in the report and the version of the event that added them, together.
    pub number: u64,
    /// The reference of their candour case, where given.
    pub case_reference: Option<PublicReference>,
    /// The grade in force.
    pub harm: HarmGrade,
}

/// What the rules of an incident remember.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Where it stands.
    pub status: Status,
    /// The incident, once reported.
    pub id: Option<IncidentId>,
    /// Its reference.
    pub reference: Option<PublicReference>,
    /// Its kind.
    pub kind: Option<IncidentKind>,
    /// Where it happened.
    pub place: Place,
    /// How much the reporter lets be known; `None` where nobody reported.
    pub reporter_identity: Option<ReporterIdentity>,
    /// When it was reported (the event's own time).
    pub reported_at: Option<Timestamp>,
    /// Everybody affected, in the order they became known.
    pub persons: Vec<PersonState>,
    /// How many of them the report named.
    pub persons_in_report: u64,
    /// The incident it duplicates.
    pub duplicate_of: Option<DuplicateLink>,
    /// The source system's candour flag.
    pub source_candour_flag: bool,
}

impl State {
    /// The affected person with this id, if they are part of the incident.
    pub fn person(&self, id: AffectedPersonId) -> Option<&PersonState> {
        self.persons.iter().find(|person| person.id == id)
    }
}

/// Folds one entry. Nothing can happen to an incident that was not reported.
pub(super) fn evolve(state: State, entry: &Entry<Event>) -> State {
    if let Event::IncidentReported(report) = &entry.event {
        return reported(report, entry.occurred_at);
    }
    match state.status {
        Status::NotReported => state,
        Status::Open | Status::Closed | Status::RecordedInError => after_report(state, entry),
    }
}

fn reported(report: &Report, reported_at: Timestamp) -> State {
    State {
        status: Status::Open,
        id: Some(report.id),
        reference: Some(report.reference.clone()),
        kind: Some(report.kind),
        place: report.place.clone(),
        reporter_identity: report.reporter.as_ref().map(|reporter| reporter.identity),
        reported_at: Some(reported_at),
        persons: reported_persons(report),
        persons_in_report: (1..).zip(&report.affected_persons).last().map_or(0, |(number, _)| number),
        duplicate_of: None,
        source_candour_flag: report.source_candour_flag,
    }
}

fn after_report(mut state: State, entry: &Entry<Event>) -> State {
    match &entry.event {
        Event::IncidentAmended(amendment) => {
            state.kind = amendment.kind.or(state.kind);
            if let Some(place) = &amendment.place {
                state.place = place.clone();
            }
        }
        Event::AffectedPersonAdded(person) => {
            let number = state.persons_in_report.saturating_add(entry.version);
            state.persons.push(person_state(number, person));
        }
        Event::HarmGraded(grading) | Event::HarmRegraded { grading, .. } => {
            for person in state.persons.iter_mut().filter(|person| person.id == grading.person) {
                person.harm = grading.grade;
            }
        }
        Event::DuplicateLinked(link) => state.duplicate_of = Some(link.clone()),
        Event::IncidentClosed(_) => state.status = Status::Closed,
        Event::IncidentReopened { .. } => state.status = Status::Open,
        Event::IncidentRecordedInError { .. } => state.status = Status::RecordedInError,
        Event::SourceCandourFlagSet { flag } => state.source_candour_flag = *flag,
        // The report is folded apart; corrections are applied before the fold.
        Event::IncidentReported(_) | Event::EntryCorrected(_) => {}
    }
    state
}

/// Everybody a report names, numbered from 1.
pub(super) fn reported_persons(report: &Report) -> Vec<PersonState> {
    (1..).zip(&report.affected_persons).map(|(number, person)| person_state(number, person)).collect()
}

fn person_state(number: u64, person: &AffectedPerson) -> PersonState {
    PersonState { id: person.id, number, case_reference: person.case_reference.clone(), harm: person.harm }
}
