//! The report and its life.

use candour_api::v1;
use candour_domain::{
    calendar::civil_date,
    incident::{Place, Reporter, ReporterIdentity},
};
use candour_service_kit::Check;
use jiff::Timestamp;

use super::{said, source_recorded, when};
use crate::row::{IncidentPart, Said};

pub(super) fn incident(
    check: &mut Check,
    given: &v1::ImportedIncident,
    now: Timestamp,
) -> Option<IncidentPart> {
    let reference = check.optional_reference("incident.reference", &given.reference);
    let kind = check.choice("incident.kind", given.kind);
    let incident_date = check.optional_partial_date("incident.incident_date", given.incident_date.as_ref());
    if incident_date.flatten().is_some_and(|date| date.earliest() > civil_date(now)) {
        check.violation("incident.incident_date", "lies in the future");
    }
    let reported = when(check, "incident.reported", given.reported.as_ref(), now);
    let source_recorded_at = source_recorded(
        check,
        "incident.source_recorded_time",
        given.source_recorded_time.as_ref(),
        reported,
        now,
    );
    let place = place(check, given.place.as_ref());
    let narrative = check.personal("incident.narrative", &given.narrative);
    let immediate_actions = check.optional_personal("incident.immediate_actions", &given.immediate_actions);
    let reporter = match &given.reporter {
        None => Some(None),
        Some(given) => reporter(check, given).map(Some),
    };
    let closed = said(check, "incident.closed", given.closed.as_ref(), now);
    if let (Some(Some(Said::Happened(closed))), Some(reported)) = (closed, reported)
        && closed.day() < reported.day()
    {
        check.violation("incident.closed", "lies before the day of the report");
    }
    Some(IncidentPart {
        reference: reference?,
        kind: kind?,
        incident_date: incident_date?,
        reported: reported?,
        reported_is_assumed: given.reported_is_assumed,
        source_recorded_at: source_recorded_at?,
        place: place?,
        narrative: narrative?,
        immediate_actions: immediate_actions?,
        reporter: reporter?,
        source_candour_flag: given.source_candour_flag,
        closed: closed?,
        recorded_in_error: given.recorded_in_error,
    })
}

fn place(check: &mut Check, given: Option<&v1::Place>) -> Option<Place> {
    let Some(given) = given else { return Some(Place::default()) };
    let site = check.optional_text("incident.place.site", &given.site);
    let directorate = check.optional_text("incident.place.directorate", &given.directorate);
    let team = check.optional_text("incident.place.team", &given.team);
    Some(Place { site: site?, directorate: directorate?, team: team? })
}

fn reporter(check: &mut Check, given: &v1::Reporter) -> Option<Reporter> {
    let identity = check.choice("incident.reporter.identity", given.identity);
    let role = check.optional_text("incident.reporter.role", &given.role);
    let name = check.optional_personal("incident.reporter.name", &given.name);
    let contact = check.optional_personal("incident.reporter.contact", &given.contact);
    if identity == Some(ReporterIdentity::Anonymous) {
        for (field, is_given) in [
            ("incident.reporter.name", name.as_ref().is_some_and(Option::is_some)),
            ("incident.reporter.contact", contact.as_ref().is_some_and(Option::is_some)),
        ] {
            if is_given {
                check.violation(field, "must be left out: the reporter is anonymous");
            }
        }
    }
    Some(Reporter { identity: identity?, role: role?, name: name?, contact: contact? })
}
