//! From an event to a row of `ImportService`.

use candour_api::v1;
use candour_domain::{PartialDate, incident::IncidentKind, text::PublicReference};
use serde_json::Value;

use super::{
    patient::{candour_flag, patients},
    resource::{codes, extensions, field, list, name_and_version, text, values},
};
use crate::{
    csv::{NO_ACCOUNT, wire_kind},
    moment::{self, DateOrder, Moment, wire_instant, wire_partial_date},
    row::Findings,
    text::clean,
    words,
};

/// The versions of the profile that are read.
const VERSIONS: std::ops::RangeInclusive<u32> = 5..=6;

/// The request of an event; `None` where it cannot be made, which has been noted.
pub(super) fn request(
    event: &Value,
    source_system: &str,
    row: u64,
    findings: &mut Findings,
) -> Option<v1::ImportRecordsRequest> {
    version(event, findings)?;
    let kind = kind(event, findings);
    let incident_date = incident_date(event, findings);
    let (reported, is_assumed) = reported(event, incident_date, findings)?;
    let reference = metadata(event, "ReferenceNumber");
    let id = id(event, reference.as_deref(), findings);
    let flag = candour_flag(event);
    let mut persons = patients(event, findings);
    if flag == Some(true) && persons.is_empty() {
        findings.notice(
            "adverse-event-governance, DutyOfCandour",
            "is set though the event names no patient: one was added, of whom nothing is known",
        );
        persons.push(v1::ImportedPerson {
            source_id: "1".to_owned(),
            kind: v1::AffectedPersonKind::Patient.into(),
            ..v1::ImportedPerson::default()
        });
    }
    let reference = reference.filter(|reference| PublicReference::parse(reference).is_ok());
    Some(v1::ImportRecordsRequest {
        row,
        source_system: source_system.to_owned(),
        incident_source_id: id,
        incident: Some(v1::ImportedIncident {
            reference: reference.unwrap_or_default(),
            kind: wire_kind(kind?).into(),
            incident_date: incident_date.map(wire_partial_date),
            reported: Some(reported.to_wire()),
            source_recorded_time: text(event, "recordedDate").and_then(instant).map(wire_instant),
            place: Some(place(event)),
            narrative: narrative(event, findings),
            immediate_actions: cleaned(
                field(event, "adverse-event-outcome", "ImmediateActions"),
                "ImmediateActions",
                findings,
            )
            .unwrap_or_default(),
            reporter: Some(reporter(event)),
            source_candour_flag: flag,
            closed: None,
            recorded_in_error: None,
            reported_is_assumed: is_assumed,
        }),
        persons,
        feedback: None,
        action: None,
    })
}

/// The version of the profile: from the profile named, or else from the names of the extensions.
fn version(event: &Value, findings: &mut Findings) -> Option<u32> {
    let profiles = event.get("meta").map(|meta| list(meta, "profile")).into_iter().flatten();
    let named = profiles
        .filter_map(Value::as_str)
        .map(name_and_version)
        .find(|(name, _)| *name == "patient-safety-adverse-event")
        .and_then(|(_, version)| version);
    let contained = list(event, "contained").flat_map(|resource| list(resource, "extension"));
    let of_extensions = list(event, "extension")
        .chain(contained)
        .filter_map(|extension| text(extension, "url"))
        .find_map(|url| name_and_version(url).1);
    let version = named.or(of_extensions);
    match version {
        Some(version) if VERSIONS.contains(&version) => Some(version),
        Some(_) => {
            findings
                .violation("meta.profile", "names a version of the profile that is not read; 5 and 6 are");
            None
        }
        None => {
            findings.violation(
                "meta.profile",
                "names no profile patient-safety-adverse-event, so this is no event of the national service",
            );
            None
        }
    }
}

/// The kind of event. 1 is an incident and 4 good care; which of 2 and 3 is a risk and which an outcome was not verified, so what the event
/// tells decides: a risk has no patients and tells of the risk, an outcome has a patient or an outcome type.
fn kind(event: &Value, findings: &mut Findings) -> Option<IncidentKind> {
    const FIELD: &str = "event.coding.code";
    let concept = event.get("event");
    let code = concept.and_then(|concept| list(concept, "coding").find_map(|coding| text(coding, "code")));
    match code {
        Some("1") => Some(IncidentKind::PatientSafetyIncident),
        Some("4") => Some(IncidentKind::GoodCare),
        Some("2" | "3") => {
            let tells_of_a_risk = extensions(event, "adverse-event-risk-details").next().is_some();
            let outcome_types =
                extensions(event, "adverse-event-outcome").map(|outcome| codes(outcome, "OutcomeType").len());
            let tells_of_an_outcome = outcome_types.sum::<usize>() > 0
                || list(event, "contained")
                    .any(|resource| extensions(resource, "patient-information").count() > 0);
            match (tells_of_a_risk, tells_of_an_outcome) {
                (true, false) => Some(IncidentKind::Risk),
                (false, true) => Some(IncidentKind::Outcome),
                _ => {
                    findings.violation(
                        FIELD,
                        "is 2 or 3, and the event does not tell whether it is a risk or an outcome",
                    );
                    None
                }
            }
        }
        Some(_) => {
            findings.violation(FIELD, "is not one of the codes 1 to 4");
            None
        }
        None => {
            findings.violation(FIELD, "is missing: it says what kind of event this is");
            None
        }
    }
}

/// When it happened, as far as known: the event's own date, or the month that the reporter could say.
fn incident_date(event: &Value, findings: &mut Findings) -> Option<PartialDate> {
    let given = text(event, "date").map(ToOwned::to_owned).map(|date| ("date", date));
    let approximate = field(event, "adverse-event-estimated-date", "ApproximateDate");
    let (name, given) = given.or(approximate.map(|date| ("ApproximateDate", date)))?;
    match moment::partial_date(&given, DateOrder::DayFirst) {
        Ok(date) => Some(date),
        Err(error) => {
            findings.violation(name, error.to_string());
            None
        }
    }
}

/// When it was reported, and whether that is assumed. The service gives the day of the report only where the incident happened on it; else it
/// is the first submission, or at the earliest the day of the incident, so that no clock starts too late.
fn reported(
    event: &Value,
    incident_date: Option<PartialDate>,
    findings: &mut Findings,
) -> Option<(Moment, bool)> {
    let read = |text: &str| moment::moment(text, DateOrder::DayFirst).ok();
    // Some clients write the day into another extension than the taxonomy has it in.
    let todays_date = list(event, "extension").find_map(|extension| values(extension, "TodaysDate").next());
    if let Some(stated) =
        todays_date.as_deref().and_then(read).or_else(|| text(event, "recordedDate").and_then(read))
    {
        return Some((stated, false));
    }
    let meta = event.get("meta");
    let is_first = meta.and_then(|meta| text(meta, "versionId")).is_none_or(|version| version == "1");
    let submitted = meta.and_then(|meta| text(meta, "lastUpdated")).and_then(read).filter(|_| is_first);
    if let Some(submitted) = submitted {
        return Some((submitted, true));
    }
    if let Some(date) = incident_date {
        findings.notice(
            "date",
            "the event gives no date of report: its own date was taken, the earliest it can be",
        );
        return Some((Moment::Day(date.earliest()), true));
    }
    // A date that cannot be read was noted.
    if findings.violations.is_empty() {
        findings.violation("date", "the event has no date at all, so no clock can start");
    }
    None
}

/// What names the event for ever: its id, a business identifier, or the reference number. An event that was never submitted has none.
fn id(event: &Value, reference: Option<&str>, findings: &mut Findings) -> String {
    let identifier = list(event, "identifier").find_map(|identifier| text(identifier, "value"));
    let given = text(event, "id").or(identifier).or(reference);
    if given.is_none() {
        findings.notice(
            "id",
            "the event has no id: it is recognised by its content, and comes as another incident once that changes",
        );
    }
    given.unwrap_or_default().to_owned()
}

fn metadata(event: &Value, name: &str) -> Option<String> {
    field(event, "adverse-event-reference-metadata", name)
        .or_else(|| list(event, "extension").find_map(|extension| values(extension, name).next()))
}

/// The organisation and the service area, by their codes.
fn place(event: &Value) -> v1::Place {
    let locations: Vec<&Value> = list(event, "contained")
        .filter(|resource| text(resource, "resourceType") == Some("Location"))
        .collect();
    let detail = |name: &str| locations.iter().find_map(|location| field(location, "location-details", name));
    v1::Place {
        site: detail("Organisation").or_else(|| detail("OrganisationOther")).unwrap_or_default(),
        directorate: detail("ServiceArea")
            .map(|code| format!("LFPSE service area {code}"))
            .unwrap_or_default(),
        team: String::new(),
    }
}

/// Who reported: anonymous where the event says so. Nobody's name is in an event, so everybody else is known to their own system only.
fn reporter(event: &Value) -> v1::Reporter {
    let anonymous = metadata(event, "IsAnonymous").and_then(|flag| words::yes_or_no(&flag)) == Some(true);
    let identity =
        if anonymous { v1::ReporterIdentity::Anonymous } else { v1::ReporterIdentity::Confidential };
    let practitioner = list(event, "contained")
        .filter(|resource| text(resource, "resourceType") == Some("Practitioner"))
        .find_map(|resource| field(resource, "practitioner-details", "ReporterType"));
    let role = match practitioner.as_deref() {
        Some("1") => "affected patient",
        Some("2") => "friend, family member or carer",
        Some("3") => "member of staff",
        Some(_) => "other reporter",
        None => "",
    };
    v1::Reporter {
        identity: identity.into(),
        role: role.to_owned(),
        name: String::new(),
        contact: String::new(),
    }
}

/// What happened: the description; for a risk or good care, what is told of that.
fn narrative(event: &Value, findings: &mut Findings) -> String {
    let told = field(event, "adverse-event-core", "Description")
        .or_else(|| text(event, "description").map(ToOwned::to_owned))
        .or_else(|| field(event, "adverse-event-risk-details", "RiskDescription"))
        .or_else(|| field(event, "adverse-event-went-well", "StrengthsOfCare"))
        .or_else(|| field(event, "adverse-event-outcome", "WentWell"));
    cleaned(told, "description", findings).unwrap_or_else(|| {
        findings.notice("description", "is missing: recorded as not given");
        NO_ACCOUNT.to_owned()
    })
}

fn cleaned(told: Option<String>, name: &str, findings: &mut Findings) -> Option<String> {
    let (told, left_out) = clean(&told?);
    if left_out {
        findings.notice(name, "held control characters, which were left out");
    }
    (!told.is_empty()).then_some(told)
}

fn instant(text: &str) -> Option<jiff::Timestamp> {
    moment::moment(text, DateOrder::DayFirst).ok().map(Moment::instant)
}
