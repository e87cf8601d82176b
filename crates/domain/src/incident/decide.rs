//! The rules of an incident.

use std::collections::BTreeSet;

use super::{
    AFFECTED_PERSONS_MAX, AffectedPerson, Amendment, Closure, Command, DuplicateLink, Event, HarmGrading,
    PersonState, Report, ReporterIdentity, State, Status,
    case_reference::{case_reference, has_made_form},
    state::reported_persons,
};
use crate::{
    aggregate::{Refusal, RefusalKind, Situation},
    calendar::civil_date,
    entry::Entry,
    identifier::{AffectedPersonId, IncidentId},
    partial_date::PartialDate,
    text::{Prose, PublicReference},
};

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The incident exists, from another request.
    #[error("incident {0} is already reported")]
    AlreadyReported(IncidentId),
    /// There is no such incident.
    #[error("the incident is not reported")]
    NotReported,
    /// The incident has left every figure; nothing more may happen to it until that entry is struck out.
    #[error("incident {0} was recorded in error")]
    RecordedInError(IncidentId),
    /// Whoever gives their name is not anonymous (charter item 12).
    #[error("an anonymous reporter cannot have a name; report as confidential or named instead")]
    AnonymousReporterNamed,
    /// Whoever can be reached is not anonymous (charter item 12).
    #[error("an anonymous reporter cannot have contact details; open a return channel instead")]
    AnonymousReporterHasContact,
    /// A day to come.
    #[error("the incident cannot have happened after today")]
    IncidentDateInTheFuture {
        /// The field of the request.
        field: &'static str,
    },
    /// More people than one report may name.
    #[error("{count} affected persons are too many; an incident has at most {AFFECTED_PERSONS_MAX}")]
    TooManyAffectedPersons {
        /// How many were given.
        count: usize,
    },
    /// One person twice in a report.
    #[error("affected person {0} is given twice")]
    AffectedPersonGivenTwice(AffectedPersonId),
    /// A case reference names one case.
    #[error(
        "case reference {reference} is, or may come to be, that of another affected person of the incident"
    )]
    CaseReferenceTaken {
        /// The reference.
        reference: PublicReference,
        /// The field of the request.
        field: &'static str,
    },
    /// The incident has as many people as it may have.
    #[error("the incident already has {AFFECTED_PERSONS_MAX} affected persons, the most it may have")]
    AffectedPersonsFull,
    /// This person is part of the incident already.
    #[error("affected person {0} is already part of the incident")]
    AffectedPersonAlreadyAdded(AffectedPersonId),
    /// Nobody with this id is part of the incident.
    #[error("affected person {0} is not part of the incident")]
    AffectedPersonNotFound(AffectedPersonId),
    /// An amendment without content.
    #[error("the amendment changes nothing")]
    NothingToAmend,
    /// A grade without content. "No harm" is a grade; no grade is not.
    #[error("the grade is empty; grade physical or psychological harm, or say that harm could result")]
    NothingGraded,
    /// An incident cannot repeat itself.
    #[error("incident {0} cannot duplicate itself")]
    DuplicateOfItself(IncidentId),
    /// One report repeats one other at most.
    #[error("the incident is already marked a duplicate of {0}; correct that entry first")]
    AlreadyLinked(IncidentId),
    /// Nobody reported it, so nobody can be the same reporter.
    #[error("nobody reported incident {0}, so its reporter cannot be the same as another's")]
    NoReporterToBeTheSame(IncidentId),
    /// Closed incidents are not closed again.
    #[error("incident {0} is already closed")]
    AlreadyClosed(IncidentId),
    /// Only a closed incident can be reopened.
    #[error("incident {0} is not closed")]
    NotClosed(IncidentId),
}

impl Refusal for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyReported(_) => "INCIDENT_ALREADY_REPORTED",
            Self::NotReported => "INCIDENT_NOT_REPORTED",
            Self::RecordedInError(_) => "INCIDENT_RECORDED_IN_ERROR",
            Self::AnonymousReporterNamed => "ANONYMOUS_REPORTER_NAMED",
            Self::AnonymousReporterHasContact => "ANONYMOUS_REPORTER_HAS_CONTACT",
            Self::IncidentDateInTheFuture { .. } => "INCIDENT_DATE_IN_THE_FUTURE",
            Self::TooManyAffectedPersons { .. } => "TOO_MANY_AFFECTED_PERSONS",
            Self::AffectedPersonGivenTwice(_) => "AFFECTED_PERSON_GIVEN_TWICE",
            Self::CaseReferenceTaken { .. } => "CASE_REFERENCE_TAKEN",
            Self::AffectedPersonsFull => "AFFECTED_PERSONS_FULL",
            Self::AffectedPersonAlreadyAdded(_) => "AFFECTED_PERSON_ALREADY_ADDED",
            Self::AffectedPersonNotFound(_) => "AFFECTED_PERSON_NOT_FOUND",
            Self::NothingToAmend => "NOTHING_TO_AMEND",
            Self::NothingGraded => "NOTHING_GRADED",
            Self::DuplicateOfItself(_) => "DUPLICATE_OF_ITSELF",
            Self::AlreadyLinked(_) => "DUPLICATE_ALREADY_LINKED",
            Self::NoReporterToBeTheSame(_) => "SAME_REPORTER_WITHOUT_REPORTER",
            Self::AlreadyClosed(_) => "INCIDENT_ALREADY_CLOSED",
            Self::NotClosed(_) => "INCIDENT_NOT_CLOSED",
        }
    }

    fn kind(&self) -> RefusalKind {
        match self {
            Self::AlreadyReported(_) | Self::AffectedPersonAlreadyAdded(_) | Self::AlreadyLinked(_) => {
                RefusalKind::AlreadyDone
            }
            Self::NotReported | Self::AffectedPersonNotFound(_) => RefusalKind::Missing,
            Self::RecordedInError(_)
            | Self::AffectedPersonsFull
            | Self::AlreadyClosed(_)
            | Self::NotClosed(_) => RefusalKind::State,
            Self::AnonymousReporterNamed => RefusalKind::InvalidField("report.reporter.name"),
            Self::AnonymousReporterHasContact => RefusalKind::InvalidField("report.reporter.contact"),
            Self::IncidentDateInTheFuture { field } | Self::CaseReferenceTaken { field, .. } => {
                RefusalKind::InvalidField(field)
            }
            Self::TooManyAffectedPersons { .. } | Self::AffectedPersonGivenTwice(_) => {
                RefusalKind::InvalidField("report.affected_persons")
            }
            Self::NothingToAmend => RefusalKind::InvalidField("reason"),
            Self::NothingGraded => RefusalKind::InvalidField("grade"),
            Self::DuplicateOfItself(_) => RefusalKind::InvalidField("duplicate_of"),
            Self::NoReporterToBeTheSame(_) => RefusalKind::InvalidField("same_reporter"),
        }
    }
}

pub(super) fn decide(
    state: &State,
    command: Command,
    situation: &Situation,
) -> Result<Vec<Event>, Rejection> {
    if let Command::ReportIncident(report) = command {
        return report_incident(state, report, situation);
    }
    let id = state.id.ok_or(Rejection::NotReported)?;
    if state.status == Status::RecordedInError {
        return match command {
            Command::RecordedInError { .. } => Ok(Vec::new()),
            _ => Err(Rejection::RecordedInError(id)),
        };
    }
    match command {
        Command::ReportIncident(_) => Err(Rejection::AlreadyReported(id)),
        Command::AmendIncident(amendment) => amend(amendment, situation),
        Command::AddAffectedPerson(person) => add_affected_person(state, person),
        Command::GradeHarm(grading) => grade_harm(state, grading),
        Command::LinkDuplicate(link) => link_duplicate(state, id, link),
        Command::CloseIncident(closure) => close(state, id, closure),
        Command::ReopenIncident { reason } => reopen(state, id, reason),
        Command::RecordedInError { reason } => Ok(vec![Event::IncidentRecordedInError { reason }]),
        Command::SetSourceCandourFlag { flag } if flag == state.source_candour_flag => Ok(Vec::new()),
        Command::SetSourceCandourFlag { flag } => Ok(vec![Event::SourceCandourFlagSet { flag }]),
    }
}

/// A report may name nobody: a near miss, a risk or good care affects nobody, and in the others it may not be known yet who was
/// affected. Refusing such a report would lose it; whoever becomes known later is added.
fn report_incident(state: &State, report: Report, situation: &Situation) -> Result<Vec<Event>, Rejection> {
    if let Some(id) = state.id {
        return Err(Rejection::AlreadyReported(id));
    }
    if let Some(reporter) = &report.reporter
        && reporter.identity == ReporterIdentity::Anonymous
    {
        if reporter.name.is_some() {
            return Err(Rejection::AnonymousReporterNamed);
        }
        if reporter.contact.is_some() {
            return Err(Rejection::AnonymousReporterHasContact);
        }
    }
    not_in_the_future(report.incident_date, situation, "report.incident_date")?;
    let count = report.affected_persons.len();
    if count > AFFECTED_PERSONS_MAX {
        return Err(Rejection::TooManyAffectedPersons { count });
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = report.affected_persons.iter().find(|person| !seen.insert(person.id)) {
        return Err(Rejection::AffectedPersonGivenTwice(twice.id));
    }
    case_references_differ(&report)?;
    Ok(vec![Event::IncidentReported(report)])
}

/// Two cases of one report never share a reference, given or made.
fn case_references_differ(report: &Report) -> Result<(), Rejection> {
    let mut seen = BTreeSet::new();
    for person in reported_persons(report) {
        let reference = case_reference(report.id, &report.reference, &person);
        let made = PersonState { case_reference: None, ..person };
        let of_another = has_made_form(&report.reference, &reference)
            && reference != case_reference(report.id, &report.reference, &made);
        if of_another || !seen.insert(reference.to_string()) {
            return Err(Rejection::CaseReferenceTaken { reference, field: "report.affected_persons" });
        }
    }
    Ok(())
}

/// The date of the incident is the reporter's own statement, apart from the time of reporting, so the edge does not judge it.
/// A partial date is refused only when no day it could mean has come yet.
fn not_in_the_future(
    date: Option<PartialDate>,
    situation: &Situation,
    field: &'static str,
) -> Result<(), Rejection> {
    match date {
        Some(date) if date.earliest() > civil_date(situation.now) => {
            Err(Rejection::IncidentDateInTheFuture { field })
        }
        _ => Ok(()),
    }
}

/// Open or closed: a report may turn out wrong at any time.
fn amend(amendment: Amendment, situation: &Situation) -> Result<Vec<Event>, Rejection> {
    let Amendment { reason: _, kind, incident_date, place, narrative, immediate_actions } = &amendment;
    let changes_something = kind.is_some()
        || incident_date.is_some()
        || place.is_some()
        || narrative.is_some()
        || immediate_actions.is_some();
    if !changes_something {
        return Err(Rejection::NothingToAmend);
    }
    not_in_the_future(*incident_date, situation, "incident_date")?;
    Ok(vec![Event::IncidentAmended(amendment)])
}

/// Open or closed: whoever is found to be affected later has a right to be told too.
fn add_affected_person(state: &State, person: AffectedPerson) -> Result<Vec<Event>, Rejection> {
    if state.person(person.id).is_some() {
        return Err(Rejection::AffectedPersonAlreadyAdded(person.id));
    }
    if state.persons.len() >= AFFECTED_PERSONS_MAX {
        return Err(Rejection::AffectedPersonsFull);
    }
    if let (Some(id), Some(incident), Some(given)) = (state.id, &state.reference, &person.case_reference) {
        let taken = state.persons.iter().any(|other| case_reference(id, incident, other) == *given);
        if taken || has_made_form(incident, given) {
            let reference = given.clone();
            return Err(Rejection::CaseReferenceTaken { reference, field: "affected_person.case_reference" });
        }
    }
    Ok(vec![Event::AffectedPersonAdded(person)])
}

/// Open or closed: harm may show late (E-13).
fn grade_harm(state: &State, grading: HarmGrading) -> Result<Vec<Event>, Rejection> {
    let person = state.person(grading.person).ok_or(Rejection::AffectedPersonNotFound(grading.person))?;
    if !grading.grade.is_graded() {
        return Err(Rejection::NothingGraded);
    }
    let from = person.harm;
    Ok(match from {
        same if same == grading.grade => Vec::new(),
        graded if graded.is_graded() => vec![Event::HarmRegraded { grading, from }],
        _ => vec![Event::HarmGraded(grading)],
    })
}

fn link_duplicate(state: &State, id: IncidentId, link: DuplicateLink) -> Result<Vec<Event>, Rejection> {
    if link.duplicate_of == id {
        return Err(Rejection::DuplicateOfItself(id));
    }
    match &state.duplicate_of {
        Some(existing) if *existing == link => Ok(Vec::new()),
        Some(existing) => Err(Rejection::AlreadyLinked(existing.duplicate_of)),
        None if link.same_reporter && state.reporter_identity.is_none() => {
            Err(Rejection::NoReporterToBeTheSame(id))
        }
        None => Ok(vec![Event::DuplicateLinked(link)]),
    }
}

fn close(state: &State, id: IncidentId, closure: Closure) -> Result<Vec<Event>, Rejection> {
    match state.status {
        Status::Closed => Err(Rejection::AlreadyClosed(id)),
        Status::NotReported | Status::Open | Status::RecordedInError => {
            Ok(vec![Event::IncidentClosed(closure)])
        }
    }
}

fn reopen(state: &State, id: IncidentId, reason: Prose) -> Result<Vec<Event>, Rejection> {
    match state.status {
        Status::Closed => Ok(vec![Event::IncidentReopened { reason }]),
        Status::NotReported | Status::Open | Status::RecordedInError => Err(Rejection::NotClosed(id)),
    }
}

/// What does not hold together in a corrected history. A regrade whose first grade was struck out still stands: it says what the harm
/// is, and `from` says what it was taken to be.
pub(super) fn incoherence(history: &[Entry<Event>]) -> Option<&'static str> {
    let Some(report) = history.iter().find(|entry| matches!(entry.event, Event::IncidentReported(_))) else {
        return Some(
            "the report itself cannot be struck out; record the incident as recorded in error instead",
        );
    };
    if history.iter().any(|entry| entry.occurred_on() < report.occurred_on()) {
        return Some("an entry would lie before the report of the incident");
    }
    let mut persons = BTreeSet::new();
    let mut closed = false;
    for entry in history {
        match &entry.event {
            Event::IncidentReported(report) => {
                persons.extend(report.affected_persons.iter().map(|person| person.id));
            }
            Event::AffectedPersonAdded(person) => {
                persons.insert(person.id);
            }
            Event::HarmGraded(grading) | Event::HarmRegraded { grading, .. } => {
                if !persons.contains(&grading.person) {
                    return Some(
                        "harm would be graded for a person who is not part of the incident by then; strike out the grade first, or date it later",
                    );
                }
            }
            Event::IncidentClosed(_) if closed => {
                return Some(
                    "it would be closed twice without being reopened in between; strike out the later closure first",
                );
            }
            Event::IncidentClosed(_) => closed = true,
            Event::IncidentReopened { .. } if !closed => {
                return Some(
                    "it would be reopened without having been closed; strike out the reopening first",
                );
            }
            Event::IncidentReopened { .. } => closed = false,
            Event::IncidentAmended(_)
            | Event::DuplicateLinked(_)
            | Event::IncidentRecordedInError { .. }
            | Event::SourceCandourFlagSet { .. }
            | Event::EntryCorrected(_) => {}
        }
    }
    None
}
