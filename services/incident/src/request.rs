//! Reads the requests of `IncidentService` into commands, naming every bad field.

use candour_api::v1;
use candour_domain::{
    identifier::{AffectedPersonId, IncidentId},
    incident::{
        AFFECTED_PERSONS_MAX, AffectedPerson, Amendment, Closure, HarmGrade, HarmGrading, Place, Report,
        Reporter, SourceReference, State, Status,
    },
    text::PublicReference,
};
use candour_service_kit::{Check, Failure};

/// A report. `incident` and `person` are missing where the request id could not be read, which is a violation of its own.
pub(crate) fn report(
    check: &mut Check,
    report: Option<&v1::Report>,
    incident: Option<IncidentId>,
    person: Option<&impl Fn(usize) -> AffectedPersonId>,
) -> Option<Report> {
    let Some(report) = report else {
        check.violation("report", "must be given");
        return None;
    };
    let reference = if report.reference.trim().is_empty() {
        incident.map(|id| PublicReference::derived("INC", id.uuid()))
    } else {
        check.reference("report.reference", &report.reference)
    };
    let kind = check.choice("report.kind", report.kind);
    let incident_date = check.optional_partial_date("report.incident_date", report.incident_date.as_ref());
    let place = place(check, "report.place", report.place.as_ref());
    let narrative = check.personal("report.narrative", &report.narrative);
    let immediate_actions = check.optional_personal("report.immediate_actions", &report.immediate_actions);
    let reporter = match &report.reporter {
        None => Some(None),
        Some(given) => reporter(check, given).map(Some),
    };
    let mut index = 0;
    let affected_persons = check.each(
        "report.affected_persons",
        &report.affected_persons,
        AFFECTED_PERSONS_MAX,
        |check, field, given| {
            let id = person.map(|person| person(index));
            index += 1;
            affected_person(check, field, given, id)
        },
    );
    let source = match &report.source {
        None => Some(None),
        Some(given) => {
            let system = check.reference("report.source.system", &given.system);
            let id = check.reference("report.source.id", &given.id);
            (|| Some(Some(SourceReference { system: system?, id: id? })))()
        }
    };
    Some(Report {
        id: incident?,
        reference: reference?,
        kind: kind?,
        incident_date: incident_date?,
        place: place?,
        narrative: narrative?,
        immediate_actions: immediate_actions?,
        reporter: reporter?,
        affected_persons: affected_persons?,
        source: source?,
        source_candour_flag: report.source_candour_flag,
    })
}

fn reporter(check: &mut Check, given: &v1::Reporter) -> Option<Reporter> {
    let identity = check.choice("report.reporter.identity", given.identity);
    let role = check.optional_text("report.reporter.role", &given.role);
    let name = check.optional_personal("report.reporter.name", &given.name);
    let contact = check.optional_personal("report.reporter.contact", &given.contact);
    Some(Reporter { identity: identity?, role: role?, name: name?, contact: contact? })
}

/// An affected person.
pub(crate) fn affected_person(
    check: &mut Check,
    field: &str,
    given: &v1::AffectedPerson,
    id: Option<AffectedPersonId>,
) -> Option<AffectedPerson> {
    let case_reference = check.optional_reference(&format!("{field}.case_reference"), &given.case_reference);
    let kind = check.choice(&format!("{field}.kind"), given.kind);
    let name = check.optional_personal(&format!("{field}.name"), &given.name);
    let contact = check.optional_personal(&format!("{field}.contact"), &given.contact);
    let harm = harm(check, &format!("{field}.harm"), given.harm.as_ref());
    Some(AffectedPerson {
        id: id?,
        case_reference: case_reference?,
        kind: kind?,
        name: name?,
        contact: contact?,
        harm: harm?,
    })
}

fn harm(check: &mut Check, field: &str, given: Option<&v1::HarmGrade>) -> Option<HarmGrade> {
    let Some(given) = given else { return Some(HarmGrade::default()) };
    let physical = check.optional_choice(&format!("{field}.physical"), given.physical);
    let psychological = check.optional_choice(&format!("{field}.psychological"), given.psychological);
    Some(HarmGrade { physical: physical?, psychological: psychological?, could_result: given.could_result })
}

fn place(check: &mut Check, field: &str, given: Option<&v1::Place>) -> Option<Place> {
    let Some(given) = given else { return Some(Place::default()) };
    let site = check.optional_text(&format!("{field}.site"), &given.site);
    let directorate = check.optional_text(&format!("{field}.directorate"), &given.directorate);
    let team = check.optional_text(&format!("{field}.team"), &given.team);
    Some(Place { site: site?, directorate: directorate?, team: team? })
}

/// An amendment.
pub(crate) fn amendment(check: &mut Check, message: &v1::AmendIncidentRequest) -> Option<Amendment> {
    let reason = check.optional_text("reason", &message.reason);
    let kind = check.optional_choice("kind", message.kind);
    let incident_date = check.optional_partial_date("incident_date", message.incident_date.as_ref());
    let new_place = match &message.place {
        None => Some(None),
        given => place(check, "place", given.as_ref()).map(Some),
    };
    let narrative = check.optional_personal("narrative", &message.narrative);
    let immediate_actions = check.optional_personal("immediate_actions", &message.immediate_actions);
    Some(Amendment {
        reason: reason?,
        kind: kind?,
        incident_date: incident_date?,
        place: new_place?,
        narrative: narrative?,
        immediate_actions: immediate_actions?,
    })
}

/// A harm grading.
pub(crate) fn harm_grading(check: &mut Check, message: &v1::GradeHarmRequest) -> Option<HarmGrading> {
    let person = check.id("affected_person_id", &message.affected_person_id);
    let grade = harm(check, "grade", message.grade.as_ref());
    let graded_by_role = check.optional_text("graded_by_role", &message.graded_by_role);
    let reason = check.optional_text("reason", &message.reason);
    Some(HarmGrading { person: person?, grade: grade?, graded_by_role: graded_by_role?, reason: reason? })
}

/// A closure.
pub(crate) fn closure(check: &mut Check, message: &v1::CloseIncidentRequest) -> Option<Closure> {
    let reason = check.optional_text("reason", &message.reason);
    let closed_by = check.optional_reference("closed_by", &message.closed_by);
    Some(Closure { reason: reason?, closed_by: closed_by? })
}

/// Whether an incident may be kept in place of one that duplicates it: it stands, duplicates no other, and where both are said to have the
/// same reporter it has one. What concerns the duplicate alone, the domain judges.
pub(crate) fn may_be_kept(
    duplicate: IncidentId,
    kept_id: IncidentId,
    same_reporter: bool,
    kept: &State,
) -> Result<(), Failure> {
    if duplicate == kept_id {
        return Ok(());
    }
    let mut check = Check::new();
    if kept.status == Status::RecordedInError {
        check.violation("duplicate_of", "names an incident that was recorded in error");
    }
    if let Some(link) = &kept.duplicate_of {
        check.violation(
            "duplicate_of",
            format!(
                "names an incident that is itself a duplicate, of {}; name the one that is kept",
                link.duplicate_of
            ),
        );
    }
    if same_reporter && kept.reporter_identity.is_none() {
        check.violation("same_reporter", "cannot be so: nobody reported the incident that is kept");
    }
    check.finish(|| Some(()))
}

#[cfg(test)]
mod tests {
    use candour_domain::incident::{DuplicateLink, ReporterIdentity};

    use super::*;

    fn incident(number: u8) -> IncidentId {
        IncidentId::parse(&format!("00000000-0000-0000-0000-{number:012}")).unwrap()
    }

    fn violations(same_reporter: bool, kept: &State) -> Vec<(String, String)> {
        match may_be_kept(incident(1), incident(2), same_reporter, kept) {
            Ok(()) => Vec::new(),
            Err(Failure::Invalid(violations)) => {
                violations.into_iter().map(|violation| (violation.field, violation.description)).collect()
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn f0_the_incident_that_is_kept_is_no_duplicate_and_has_a_reporter_where_that_is_the_same() {
        let kept = State {
            status: Status::Open,
            reporter_identity: Some(ReporterIdentity::Named),
            ..State::default()
        };
        assert_eq!(violations(true, &kept), []);
        let nobody = State { reporter_identity: None, ..kept.clone() };
        assert_eq!(violations(false, &nobody), []);
        let no_reporter = "cannot be so: nobody reported the incident that is kept".to_owned();
        assert_eq!(violations(true, &nobody), [("same_reporter".to_owned(), no_reporter)]);
        let duplicate = State {
            duplicate_of: Some(DuplicateLink { duplicate_of: incident(3), same_reporter: false }),
            ..kept.clone()
        };
        let words = "names an incident that is itself a duplicate, of 00000000-0000-0000-0000-000000000003; \
                     name the one that is kept";
        assert_eq!(violations(true, &duplicate), [("duplicate_of".to_owned(), words.to_owned())]);
        let in_error = State { status: Status::RecordedInError, ..kept };
        let words = "names an incident that was recorded in error".to_owned();
        assert_eq!(violations(true, &in_error), [("duplicate_of".to_owned(), words)]);
    }
}
