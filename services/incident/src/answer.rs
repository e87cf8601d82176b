//! Shows an incident as it stands.

use candour_api::v1;
use candour_domain::{
    Personal, correction,
    identifier::{CaseId, IncidentId},
    incident::{Event, HarmGrade, Incident, Place, Report, State, Status, case_reference},
    text::{Narrative, PublicReference},
};
use candour_service_kit::{
    Loaded,
    wire::{self, WireEnum},
};

use crate::person_of;

/// The cases of an incident's affected persons.
pub(crate) fn cases(incident: IncidentId, state: &State) -> Vec<v1::AffectedPersonCase> {
    let Some(reference) = &state.reference else { return Vec::new() };
    state
        .persons
        .iter()
        .map(|person| v1::AffectedPersonCase {
            affected_person_id: person.id.to_string(),
            case_id: CaseId::of(incident, person.id).to_string(),
            case_reference: case_reference(incident, reference, person).to_string(),
        })
        .collect()
}

/// The incident as it stands, corrections applied.
pub(crate) fn incident(id: IncidentId, loaded: &Loaded<Incident>) -> v1::Incident {
    let state = &loaded.state;
    let history = correction::applied::<Incident>(&loaded.entries());
    let report = history.iter().find_map(|entry| match &entry.event {
        Event::IncidentReported(report) => Some(report),
        _ => None,
    });
    let texts = texts(history.iter().map(|entry| &entry.event));
    v1::Incident {
        incident_id: id.to_string(),
        reference: state.reference.as_ref().map(PublicReference::to_string).unwrap_or_default(),
        status: status(state.status).into(),
        kind: state.kind.map_or(0, WireEnum::to_wire),
        reported_time: state.reported_at.map(wire::instant),
        incident_date: texts.incident_date,
        place: Some(place(&state.place)),
        narrative: texts.narrative.map(wire::personal),
        immediate_actions: texts.immediate_actions.map(wire::personal),
        reporter: report.and_then(|report| report.reporter.as_ref()).map(|reporter| v1::IncidentReporter {
            identity: reporter.identity.to_wire(),
            role: reporter.role.as_ref().map(ToString::to_string).unwrap_or_default(),
            name: reporter.name.as_ref().map(wire::personal),
            contact: reporter.contact.as_ref().map(wire::personal),
        }),
        affected_persons: affected_persons(id, report, &history, state),
        source: report.and_then(|report| report.source.as_ref()).map(|source| v1::SourceReference {
            system: source.system.to_string(),
            id: source.id.to_string(),
        }),
        source_candour_flag: state.source_candour_flag,
        duplicate_of: state
            .duplicate_of
            .as_ref()
            .map(|link| link.duplicate_of.to_string())
            .unwrap_or_default(),
        duplicate_same_reporter: state.duplicate_of.as_ref().is_some_and(|link| link.same_reporter),
    }
}

/// The latest of what amendments replace.
#[derive(Default)]
struct Texts<'a> {
    incident_date: Option<v1::Date>,
    narrative: Option<&'a Personal<Narrative>>,
    immediate_actions: Option<&'a Personal<Narrative>>,
}

fn texts<'a>(events: impl Iterator<Item = &'a Event>) -> Texts<'a> {
    events.fold(Texts::default(), |before, event| match event {
        Event::IncidentReported(report) => Texts {
            incident_date: report.incident_date.map(wire::partial_date),
            narrative: Some(&report.narrative),
            immediate_actions: report.immediate_actions.as_ref(),
        },
        Event::IncidentAmended(amendment) => Texts {
            incident_date: amendment.incident_date.map(wire::partial_date).or(before.incident_date),
            narrative: amendment.narrative.as_ref().or(before.narrative),
            immediate_actions: amendment.immediate_actions.as_ref().or(before.immediate_actions),
        },
        _ => before,
    })
}

fn affected_persons(
    id: IncidentId,
    report: Option<&Report>,
    history: &[candour_domain::Entry<Event>],
    state: &State,
) -> Vec<v1::IncidentAffectedPerson> {
    let known: Vec<_> = report
        .into_iter()
        .flat_map(|report| &report.affected_persons)
        .chain(history.iter().filter_map(|entry| person_of(&entry.event)))
        .collect();
    cases(id, state)
        .into_iter()
        .zip(&state.persons)
        .map(|(case, now)| {
            let details = known.iter().find(|person| person.id == now.id);
            v1::IncidentAffectedPerson {
                affected_person_id: case.affected_person_id,
                case_id: case.case_id,
                case_reference: case.case_reference,
                kind: details.map_or(0, |person| person.kind.to_wire()),
                name: details.and_then(|person| person.name.as_ref()).map(wire::personal),
                contact: details.and_then(|person| person.contact.as_ref()).map(wire::personal),
                harm: Some(harm(now.harm)),
            }
        })
        .collect()
}

/// A grade for the API.
pub(crate) fn harm(grade: HarmGrade) -> v1::HarmGrade {
    v1::HarmGrade {
        physical: grade.physical.map_or(0, WireEnum::to_wire),
        psychological: grade.psychological.map_or(0, WireEnum::to_wire),
        could_result: grade.could_result,
    }
}

/// A status for the API.
pub(crate) fn status(status: Status) -> v1::IncidentStatus {
    match status {
        Status::NotReported => v1::IncidentStatus::Unspecified,
        Status::Open => v1::IncidentStatus::Open,
        Status::Closed => v1::IncidentStatus::Closed,
        Status::RecordedInError => v1::IncidentStatus::RecordedInError,
    }
}

/// A place for the API.
pub(crate) fn place(place: &Place) -> v1::Place {
    let text = |line: &Option<candour_domain::text::Line>| {
        line.as_ref().map(ToString::to_string).unwrap_or_default()
    };
    v1::Place { site: text(&place.site), directorate: text(&place.directorate), team: text(&place.team) }
}
