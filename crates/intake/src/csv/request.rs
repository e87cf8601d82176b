//! From the cells of a row to a row of `ImportService`.

use candour_api::v1;
use candour_domain::{
    feedback::FeedbackMethod,
    incident::{PhysicalHarm, PsychologicalHarm},
};

use super::cells::Cells;
use crate::{
    mapping::{Key, Section},
    moment::{Moment, wire_date, wire_instant, wire_partial_date},
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
    let persons = person(cells).into_iter().collect();
    let feedback = cells.mapping().has(Section::Feedback).then(|| feedback(cells));
    let action = if cells.mapping().has(Section::Action) { action(cells) } else { None };
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
    let (closed, recorded_in_error) = life(cells, reported);
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
        source_candour_flag: cells.yes_or_no(Key::IncidentCandourFlag).unwrap_or_default(),
        closed: wire(closed),
        recorded_in_error,
    }
}

/// Whether it was closed, and when; and whether the source rejected it. What is closed without a date stays open here: nothing says when.
fn life(cells: &mut Cells<'_>, reported: Option<Moment>) -> (Option<Moment>, bool) {
    let closed = cells.moment(Key::IncidentClosed);
    if let (Some(closed), Some(reported)) = (closed, reported)
        && closed.day() < reported.day()
    {
        cells.violation(Key::IncidentClosed, "lies before the day of the report");
    }
    match (cells.word(Key::IncidentStatus, |word| Some(word.to_owned())).as_deref(), closed) {
        (Some("recorded-in-error"), closed) => (closed, true),
        (Some("open"), Some(_)) => {
            cells.notice(Key::IncidentStatus, "says open beside a date of closure: taken as open");
            (None, false)
        }
        (Some("closed"), None) => {
            cells.notice(Key::IncidentStatus, "says closed without a date of closure: taken as open");
            (None, false)
        }
        (_, closed) => (closed, false),
    }
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

/// The person of the row. There is one wherever the row says anything of a person or of the duty of candour to one.
fn person(cells: &mut Cells<'_>) -> Option<v1::ImportedPerson> {
    let candour = cells.mapping().has(Section::Candour).then(|| candour(cells));
    let asserted = candour.as_ref().is_some_and(|candour| *candour != v1::AssertedCandour::default());
    let flagged = cells.mapping().has_incident() && cells.yes_or_no(Key::IncidentCandourFlag) == Some(true);
    if !cells.any(Section::Person) && !asserted && !flagged {
        return None;
    }
    let physical = cells.word(Key::PersonPhysicalHarm, words::physical_harm);
    let psychological = cells.word(Key::PersonPsychologicalHarm, words::psychological_harm);
    let could_result = cells.yes_or_no(Key::PersonCouldResult).unwrap_or_default();
    let harm = (physical.is_some() || psychological.is_some() || could_result).then(|| v1::HarmGrade {
        physical: physical.map_or(0, wire_physical),
        psychological: psychological.map_or(0, wire_psychological),
        could_result,
    });
    let is_service_user = cells.text(Key::PersonKind).as_deref() == Some("service-user");
    let kind =
        if is_service_user { v1::AffectedPersonKind::ServiceUser } else { v1::AffectedPersonKind::Patient };
    Some(v1::ImportedPerson {
        source_id: cells.text_or_empty(Key::PersonId),
        kind: kind.into(),
        name: cells.text_or_empty(Key::PersonName),
        contact: cells.text_or_empty(Key::PersonContact),
        harm,
        candour,
    })
}

fn candour(cells: &mut Cells<'_>) -> v1::AssertedCandour {
    let decision = cells.word(Key::CandourDecision, |word| match word {
        "notifiable" => Some(v1::CaseDecision::Notifiable),
        "not-notifiable" => Some(v1::CaseDecision::NotRequired),
        _ => match words::yes_or_no(word) {
            Some(true) => Some(v1::CaseDecision::Notifiable),
            Some(false) => Some(v1::CaseDecision::NotRequired),
            None => None,
        },
    });
    let mut decided = cells.moment(Key::CandourDecided);
    if decision.is_none() && decided.is_some() {
        cells.notice(Key::CandourDecided, "is given without the decision, and was left out");
        decided = None;
    }
    v1::AssertedCandour {
        decision: decision.unwrap_or_default().into(),
        decided: wire(decided),
        first_notification: wire(cells.moment(Key::CandourFirstNotification)),
        written_notification: wire(cells.moment(Key::CandourWritten)),
        enquiry_results: wire(cells.moment(Key::CandourResults)),
    }
}

fn feedback(cells: &mut Cells<'_>) -> v1::ImportedFeedback {
    let method = cells.word(Key::FeedbackMethod, FeedbackMethod::from_code);
    v1::ImportedFeedback {
        acknowledged: wire(cells.moment(Key::FeedbackAcknowledged)),
        told: wire(cells.moment(Key::FeedbackTold)),
        method: method.map_or(0, wire_method),
        what_was_found: cells.text_or_empty(Key::FeedbackFound),
        what_changed: cells.text_or_empty(Key::FeedbackChanged),
        why_nothing_changed: cells.text_or_empty(Key::FeedbackNothingChanged),
        message: cells.text_or_empty(Key::FeedbackMessage),
    }
}

/// The action of the row; `None` where it has none, which an empty id says.
fn action(cells: &mut Cells<'_>) -> Option<v1::ImportedAction> {
    let source_id = cells.text(Key::ActionId);
    let Some(source_id) = source_id else {
        if cells.any(Section::Action) {
            cells.violation(
                Key::ActionId,
                "is empty beside other columns of the action: it cannot be recognised again",
            );
        }
        return None;
    };
    let given = cells.text(Key::ActionAgreed).is_some();
    let agreed = cells.moment(Key::ActionAgreed);
    if !given {
        cells.violation(Key::ActionAgreed, "is empty");
    }
    for (key, words) in [
        (Key::ActionImplemented, "lies before the day the action was agreed"),
        (Key::ActionWithdrawn, "lies before the day the action was agreed"),
    ] {
        let happened = cells.moment(key);
        if let (Some(happened), Some(agreed)) = (happened, agreed)
            && happened.day() < agreed.day()
        {
            cells.violation(key, words);
        }
    }
    let strength = cells.text(Key::ActionStrength);
    Some(v1::ImportedAction {
        source_id,
        reference: cells.text_or_empty(Key::ActionReference),
        description: cells.text_or_empty(Key::ActionDescription),
        agreed: wire(agreed),
        target_on: cells.date(Key::ActionTarget).map(wire_date),
        owner_role: cells.text_or_empty(Key::ActionOwnerRole),
        owner_team: cells.text_or_empty(Key::ActionOwnerTeam),
        owner_directorate: cells.text_or_empty(Key::ActionOwnerDirectorate),
        owner_person: cells.text_or_empty(Key::ActionOwnerPerson),
        measure: cells.text_or_empty(Key::ActionMeasure),
        monitor: cells.text_or_empty(Key::ActionMonitor),
        strength: match strength.as_deref() {
            Some("stronger") => v1::Strength::Stronger,
            Some("intermediate") => v1::Strength::Intermediate,
            Some("weaker") => v1::Strength::Weaker,
            _ => v1::Strength::Unspecified,
        }
        .into(),
        implemented: wire(cells.moment(Key::ActionImplemented)),
        evidence: cells.references(Key::ActionEvidence),
        implemented_by: cells.text_or_empty(Key::ActionImplementedBy),
        verified: wire(cells.moment(Key::ActionVerified)),
        withdrawn: wire(cells.moment(Key::ActionWithdrawn)),
        withdrawn_reason: cells.text_or_empty(Key::ActionWithdrawnReason),
        source_recorded_time: claimed(cells, Key::ActionRecorded, agreed),
    })
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
