//! What a source said of an incident, as of its last word.

use candour_domain::{
    Entry, PartialDate,
    calendar::civil_date,
    identifier::{AffectedPersonId, EventId},
    incident::{AffectedPerson, AffectedPersonKind, Event, HarmGrade, IncidentKind, Place, Reporter},
    personal::Personal,
    text::{Line, Narrative},
};
use jiff::{Timestamp, civil::Date};

/// What a source said of an incident.
#[derive(Debug, Default)]
pub(super) struct IncidentSaid {
    /// The entry of the report, and when it was.
    pub(super) report: Option<(EventId, Timestamp)>,
    pub(super) kind: Option<IncidentKind>,
    pub(super) incident_date: Option<PartialDate>,
    pub(super) place: Place,
    pub(super) narrative: Option<Personal<Narrative>>,
    pub(super) immediate_actions: Option<Personal<Narrative>>,
    pub(super) reporter: Option<Reporter>,
    pub(super) source_candour_flag: bool,
    pub(super) persons: Vec<PersonSaid>,
    pub(super) closed: Closed,
    /// The entry that took it out of every figure.
    pub(super) in_error: Option<EventId>,
}

/// What a source said of a person.
#[derive(Debug)]
pub(super) struct PersonSaid {
    pub(super) id: AffectedPersonId,
    /// The entry that added them, where it was not the report.
    pub(super) added: Option<EventId>,
    /// Since when they are part of the incident.
    pub(super) added_at: Timestamp,
    pub(super) kind: AffectedPersonKind,
    pub(super) name: Option<Personal<Line>>,
    pub(super) contact: Option<Personal<Line>>,
    pub(super) harm: HarmGrade,
}

/// Whether a source said that it is closed.
#[derive(Debug, Default)]
pub(super) enum Closed {
    #[default]
    Never,
    /// Closed, by this entry.
    Since { entry: EventId, at: Timestamp },
    /// Open again by this entry, after that closure.
    Reopened { entry: EventId, at: Timestamp, closure: EventId, closed_at: Timestamp },
}

impl IncidentSaid {
    /// The fold of what the source said, in that order.
    pub(super) fn of(entries: &[Entry<Event>]) -> Self {
        let mut said = Self::default();
        for entry in entries {
            said.hear(entry);
        }
        said
    }

    /// The day of the report; where the source never reported it, none is earlier.
    pub(super) fn reported_on(&self) -> Date {
        self.report.map_or(Date::MAX, |(_, at)| civil_date(at))
    }

    fn hear(&mut self, entry: &Entry<Event>) {
        match &entry.event {
            Event::IncidentReported(report) => {
                self.report = Some((entry.event_id, entry.occurred_at));
                self.kind = Some(report.kind);
                self.incident_date = report.incident_date;
                self.place = report.place.clone();
                self.narrative = Some(report.narrative.clone());
                self.immediate_actions.clone_from(&report.immediate_actions);
                self.reporter.clone_from(&report.reporter);
                self.source_candour_flag = report.source_candour_flag;
                let persons = report.affected_persons.iter();
                self.persons = persons.map(|person| person_said(person, None, entry.occurred_at)).collect();
            }
            Event::IncidentAmended(amendment) => {
                self.kind = amendment.kind.or(self.kind);
                self.incident_date = amendment.incident_date.or(self.incident_date);
                self.place = amendment.place.clone().unwrap_or_else(|| self.place.clone());
                self.narrative = amendment.narrative.clone().or(self.narrative.take());
                self.immediate_actions =
                    amendment.immediate_actions.clone().or(self.immediate_actions.take());
            }
            Event::AffectedPersonAdded(person) => {
                self.persons.push(person_said(person, Some(entry.event_id), entry.occurred_at));
            }
            Event::HarmGraded(grading) | Event::HarmRegraded { grading, .. } => {
                for person in self.persons.iter_mut().filter(|person| person.id == grading.person) {
                    person.harm = grading.grade;
                }
            }
            Event::IncidentClosed(_) => {
                self.closed = Closed::Since { entry: entry.event_id, at: entry.occurred_at };
            }
            Event::IncidentReopened { .. } => {
                if let Closed::Since { entry: closure, at: closed_at } = self.closed {
                    self.closed =
                        Closed::Reopened { entry: entry.event_id, at: entry.occurred_at, closure, closed_at };
                }
            }
            Event::IncidentRecordedInError { .. } => self.in_error = Some(entry.event_id),
            Event::SourceCandourFlagSet { flag } => self.source_candour_flag = *flag,
            // A source links no duplicates; its corrections are applied already.
            Event::DuplicateLinked(_) | Event::EntryCorrected(_) => {}
        }
    }
}

fn person_said(person: &AffectedPerson, added: Option<EventId>, added_at: Timestamp) -> PersonSaid {
    PersonSaid {
        id: person.id,
        added,
        added_at,
        kind: person.kind,
        name: person.name.clone(),
        contact: person.contact.clone(),
        harm: person.harm,
    }
}
