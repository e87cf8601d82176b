//! From the cells of a row to a row of `ImportService`.

mod action;
mod person;

use candour_api::v1;
use candour_domain::{
    feedback::FeedbackMethod,
    incident::{PhysicalHarm, PsychologicalHarm},
};

use super::cells::Cells;
use crate::{
    mapping::{Key, Section},
    moment::{Moment, wire_instant, wire_partial_date},
    words,
};

/// What stands for an account that the source does not give: a report without one is still to be followed up.
pub(crate) const NO_ACCOUNT: &str = "The source gives no account of what happened.";

/// The request of a row; `None` where it cannot be made, which has been noted.
pub(super) fn request(cells: &mut Cells<'_>, row: u64) -> Option<v1::ImportRecordsRequest> {
    let incident_source_id = cells.text(Key::IncidentId);
    if incident_source_id.is_none() {
        cells.violation(Key::IncidentId, "is empty: without it the incident cannot be recognised again");
    }
    let incident = if cells.mapping().has_incident() { Some(incident(cells)) } else { None };
    let persons = person::person(cells).into_iter().collect();
    let feedback = cells.mapping().has(Section::Feedback).then(|| feedback(cells));
    let action = if cells.mapping().has(Section::Action) { action::action(cells) } else { None };
    Some(v1::ImportRecordsRequest {
        row,
        source_system: cells.mapping().source_system.clone(),
        incident_source_id: incident_source_id?,
        incident,
        persons,
        feedback,
        action,
    })
}

fn wire(moment: Option<Moment>) -> Option<v1::SourceMoment> {
    moment.map(Moment::to_wire)
}

/// When a source claims to have recorded something: dropped where it lies before the day the thing happened, which no record can.
fn claimed(cells: &mut Cells<'_>, key: Key, happened: Option<Moment>) -> Option<prost_types::Timestamp> {
    let recorded = cells.moment(key)?;
    if happened.is_some_and(|happened| recorded.day() < happened.day()) {
        cells.notice(key, "lies before the day it happened, and was left out");
        return None;
    }
    Some(wire_instant(recorded.instant()))
}

fn incident(cells: &mut Cells<'_>) -> v1::ImportedIncident {
    let kind = cells.word(Key::IncidentKind, words::incident_kind);
    let incident_date = cells.partial_date(Key::IncidentDate);
    let given = cells.text(Key::IncidentReported).is_some();
    let reported = cells.moment(Key::IncidentReported);
    if !given {
        cells.violation(Key::IncidentReported, "is empty: every clock starts with the report");
    }
    if let (Some(candour_domain::PartialDate::Day(happened)), Some(reported)) = (incident_date, reported)
        && reported.day() < happened
    {
        cells.violation(Key::IncidentReported, "lies before the day of the incident");
    }
    let narrative = cells.text(Key::IncidentNarrative).unwrap_or_else(|| {
        if cells.mapping().field(Key::IncidentNarrative).is_some() {
            cells.notice(Key::IncidentNarrative, "is empty: recorded as not given");
        }
        NO_ACCOUNT.to_owned()
    });
    let life = life(cells, reported);
    v1::ImportedIncident {
        reference: cells.text_or_empty(Key::IncidentReference),
        kind: wire_kind(kind.unwrap_or(candour_domain::incident::IncidentKind::PatientSafetyIncident)).into(),
        incident_date: incident_date.map(wire_partial_date),
        reported: wire(reported),
        reported_is_assumed: false,
        source_recorded_time: claimed(cells, Key::IncidentRecorded, reported),
        place: Some(v1::Place {
            site: cells.text_or_empty(Key::IncidentSite),
            directorate: cells.text_or_empty(Key::IncidentDirectorate),
            team: cells.text_or_empty(Key::IncidentTeam),
        }),
        narrative,
        immediate_actions: cells.text_or_empty(Key::IncidentImmediateActions),
        reporter: Some(reporter(cells)),
        source_candour_flag: cells.yes_or_no(Key::IncidentCandourFlag),
        closed: life.closed,
        recorded_in_error: life.recorded_in_error,
    }
}

/// What became of the report in the source system.
struct Life {
    closed: Option<v1::SourceMoment>,
    recorded_in_error: Option<bool>,
}

/// Whether it was closed, and when; and whether the source rejected it. What is closed without a date stays open here: nothing says when.
fn life(cells: &mut Cells<'_>, reported: Option<Moment>) -> Life {
    let mut closed = cells.happened(Key::IncidentClosed);
    let closed_on = cells.moment(Key::IncidentClosed);
    if let (Some(closed_on), Some(reported)) = (closed_on, reported)
        && closed_on.day() < reported.day()
    {
        cells.violation(Key::IncidentClosed, "lies before the day of the report");
    }
    let status = cells.word(Key::IncidentStatus, |word| Some(word.to_owned()));
    match (status.as_deref(), closed_on) {
        (Some("open"), Some(_)) => {
            cells.notice(Key::IncidentStatus, "says open beside a date of closure: taken as open");
            closed = Some(absent());
        }
        (Some("closed"), None) => {
            cells.notice(Key::IncidentStatus, "says closed without a date of closure: taken as open");
        }
        _ => {}
    }
    let recorded_in_error = status.map(|status| status == "recorded-in-error");
    Life { closed, recorded_in_error }
}

fn absent() -> v1::SourceMoment {
    v1::SourceMoment { moment: Some(v1::source_moment::Moment::Absent(true)) }
}

/// Every report has a reporter who is to be told. Only an explicit yes makes them anonymous: an export that leaves names out must not make
/// everybody anonymous, since who is anonymous without a way back leaves the figures (F0).
fn reporter(cells: &mut Cells<'_>) -> v1::Reporter {
    let name = cells.text_or_empty(Key::ReporterName);
    let anonymous = cells.yes_or_no(Key::ReporterAnonymous) == Some(true)
        || matches!(crate::text::fold(&name).as_str(), "anonymous" | "anon" | "anonymous reporter");
    let identity = if anonymous {
        v1::ReporterIdentity::Anonymous
    } else if name.is_empty() {
        v1::ReporterIdentity::Confidential
    } else {
        v1::ReporterIdentity::Named
    };
    let name = if identity == v1::ReporterIdentity::Named { name } else { String::new() };
    let contact = cells.text_or_empty(Key::ReporterContact);
    let contact = if anonymous {
        if !contact.is_empty() {
            cells.notice(Key::ReporterContact, "is given for an anonymous reporter, and was left out");
        }
        String::new()
    } else {
        contact
    };
    v1::Reporter { identity: identity.into(), role: cells.text_or_empty(Key::ReporterRole), name, contact }
}

fn feedback(cells: &mut Cells<'_>) -> v1::ImportedFeedback {
    let method = cells.word(Key::FeedbackMethod, FeedbackMethod::from_code);
    v1::ImportedFeedback {
        acknowledged: cells.happened(Key::FeedbackAcknowledged),
        told: cells.happened(Key::FeedbackTold),
        method: method.map_or(0, wire_method),
        what_was_found: cells.text_or_empty(Key::FeedbackFound),
        what_changed: cells.text_or_empty(Key::FeedbackChanged),
        why_nothing_changed: cells.text_or_empty(Key::FeedbackNothingChanged),
        message: cells.text_or_empty(Key::FeedbackMessage),
    }
}

pub(crate) fn wire_kind(kind: candour_domain::incident::IncidentKind) -> v1::IncidentKind {
    use candour_domain::incident::IncidentKind as Kind;
    match kind {
        Kind::PatientSafetyIncident => v1::IncidentKind::PatientSafetyIncident,
        Kind::Risk => v1::IncidentKind::Risk,
        Kind::Outcome => v1::IncidentKind::Outcome,
        Kind::GoodCare => v1::IncidentKind::GoodCare,
    }
}

pub(crate) fn wire_physical(harm: PhysicalHarm) -> i32 {
    match harm {
        PhysicalHarm::Fatal => v1::PhysicalHarm::Fatal,
        PhysicalHarm::Severe => v1::PhysicalHarm::Severe,
        PhysicalHarm::Moderate => v1::PhysicalHarm::Moderate,
        PhysicalHarm::Low => v1::PhysicalHarm::Low,
        PhysicalHarm::None => v1::PhysicalHarm::None,
    }
    .into()
}

pub(crate) fn wire_psychological(harm: PsychologicalHarm) -> i32 {
    match harm {
        PsychologicalHarm::Severe => v1::PsychologicalHarm::Severe,
        PsychologicalHarm::Moderate => v1::PsychologicalHarm::Moderate,
        PsychologicalHarm::Low => v1::PsychologicalHarm::Low,
        PsychologicalHarm::None => v1::PsychologicalHarm::None,
    }
    .into()
}

fn wire_method(method: FeedbackMethod) -> i32 {
    match method {
        FeedbackMethod::Email => v1::FeedbackMethod::Email,
        FeedbackMethod::Telephone => v1::FeedbackMethod::Telephone,
        FeedbackMethod::InPerson => v1::FeedbackMethod::InPerson,
        FeedbackMethod::Letter => v1::FeedbackMethod::Letter,
        FeedbackMethod::ReportingSystem => v1::FeedbackMethod::ReportingSystem,
        FeedbackMethod::ReturnChannel => v1::FeedbackMethod::ReturnChannel,
    }
    .into()
}
