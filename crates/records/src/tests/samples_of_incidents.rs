//! A literal of every event of an incident, each optional field filled.

use candour_domain::{
    PartialDate,
    incident::{
        AffectedPerson, AffectedPersonKind, Amendment, Closure, DuplicateLink, Event, HarmGrade, HarmGrading,
        IncidentKind, PhysicalHarm, Place, PsychologicalHarm, Report, Reporter, ReporterIdentity,
        SourceReference,
    },
    text::SystemName,
};

use super::samples::{
    INCIDENT, OTHER_INCIDENT, OTHER_PERSON, PERSON, Sample, corrections, date, known, reference, some, staff,
    text,
};

pub(super) fn samples() -> Vec<Sample<Event>> {
    let mut samples = vec![
        ("", Event::IncidentReported(report())),
        (
            "",
            Event::IncidentAmended(Amendment {
                reason: some("wrong ward"),
                kind: Some(IncidentKind::Risk),
                incident_date: Some(PartialDate::Month(2026, 2)),
                place: Some(place()),
                narrative: Some(known("The pump had been set twice.")),
                immediate_actions: Some(known("Pump taken out of use.")),
            }),
        ),
        ("", Event::AffectedPersonAdded(person())),
        ("", Event::HarmGraded(grading())),
        ("", Event::HarmRegraded { grading: grading(), from: grade() }),
        ("", Event::DuplicateLinked(DuplicateLink { duplicate_of: OTHER_INCIDENT, same_reporter: true })),
        (
            "",
            Event::IncidentClosed(Closure {
                reason: some("learning response signed off"),
                closed_by: Some(staff("staff:48211")),
            }),
        ),
        ("", Event::IncidentReopened { reason: text("new information from the family") }),
        ("", Event::IncidentRecordedInError { reason: text("a test entry") }),
        ("", Event::SourceCandourFlagSet { flag: true }),
    ];
    samples.extend(corrections(Event::EntryCorrected));
    samples
}

fn report() -> Report {
    Report {
        id: INCIDENT,
        reference: reference("INC-2026-0117"),
        kind: IncidentKind::PatientSafetyIncident,
        incident_date: Some(PartialDate::Day(date("2026-03-04"))),
        place: place(),
        narrative: known("The infusion ran at ten times the rate.\nNoticed at handover."),
        immediate_actions: Some(known("Infusion stopped, registrar called.")),
        reporter: Some(Reporter {
            identity: ReporterIdentity::Named,
            role: some("staff nurse"),
            name: Some(known("Ada Example")),
            contact: Some(known("ada@example.org")),
        }),
        affected_persons: vec![
            person(),
            AffectedPerson {
                id: OTHER_PERSON,
                case_reference: None,
                kind: AffectedPersonKind::ServiceUser,
                name: None,
                contact: None,
                harm: HarmGrade { physical: None, psychological: None, could_result: true },
            },
        ],
        source: Some(SourceReference {
            system: SystemName::parse("datixweb").unwrap(),
            id: reference("W-88112"),
        }),
        source_candour_flag: true,
    }
}

fn place() -> Place {
    Place { site: some("Northgate Hospital"), directorate: some("Medicine"), team: some("Ward 7") }
}

fn person() -> AffectedPerson {
    AffectedPerson {
        id: PERSON,
        case_reference: Some(reference("DOC-2026-0031")),
        kind: AffectedPersonKind::Patient,
        name: Some(known("Grace Example")),
        contact: Some(known("01632 960 001")),
        harm: grade(),
    }
}

fn grade() -> HarmGrade {
    HarmGrade {
        physical: Some(PhysicalHarm::Low),
        psychological: Some(PsychologicalHarm::None),
        could_result: false,
    }
}

fn grading() -> HarmGrading {
    HarmGrading {
        person: PERSON,
        grade: HarmGrade {
            physical: Some(PhysicalHarm::Moderate),
            psychological: Some(PsychologicalHarm::Low),
            could_result: true,
        },
        graded_by_role: some("consultant"),
        reason: some("needed a return to theatre"),
    }
}
