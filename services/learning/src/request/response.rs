//! Requests about a learning response and its recommendations.

use std::collections::BTreeSet;

use candour_api::v1;
use candour_domain::{
    identifier::{IncidentId, RecommendationId, ResponseId},
    response::{Command, INCIDENTS_MAX, Recommendation, ResponseStart, SignOff},
};
use candour_service_kit::Check;
use jiff::civil::Date;

/// The start of a response. `id` and `occurred_on`, the day of the command, are missing where the part that every command carries could
/// not be read, which is a violation of its own.
pub(crate) fn start(
    check: &mut Check,
    message: &v1::StartResponseRequest,
    id: Option<ResponseId>,
    occurred_on: Option<Date>,
) -> Option<ResponseStart> {
    let reference = super::reference(check, &message.reference, "RSP", id.map(ResponseId::uuid));
    let kind = check.choice("kind", message.kind);
    let incidents = incidents(check, &message.incident_ids);
    let started_on = check.optional_date("started_on", message.started_on.as_ref());
    let agreed_due_on = check.optional_date("agreed_due_on", message.agreed_due_on.as_ref());
    Some(ResponseStart {
        id: id?,
        reference: reference?,
        kind: kind?,
        incidents: incidents?,
        started_on: started_on?.or(occurred_on)?,
        agreed_due_on: agreed_due_on?,
    })
}

/// The incidents a response covers: read whole here, since the domain knows the field by another name and no index.
fn incidents(check: &mut Check, given: &[String]) -> Option<Vec<IncidentId>> {
    if given.is_empty() {
        check.violation("incident_ids", "must name at least one incident");
        return None;
    }
    let mut named = BTreeSet::new();
    check.each("incident_ids", given, INCIDENTS_MAX, |check, field, given| {
        let incident = check.id::<IncidentId>(field, given)?;
        if named.insert(incident) {
            return Some(incident);
        }
        check.violation(field, "names an incident that the list names before");
        None
    })
}

/// A sign-off.
pub(crate) fn sign_off(check: &mut Check, message: &v1::SignOffReportRequest) -> Option<SignOff> {
    let signed_off_by_role = check.text("signed_off_by_role", &message.signed_off_by_role);
    let report = check.optional_reference("report", &message.report);
    Some(SignOff { signed_off_by_role: signed_off_by_role?, report: report? })
}

/// A recommendation. `id` is missing where the request id could not be read, which is a violation of its own.
pub(crate) fn recommendation(
    check: &mut Check,
    message: &v1::MakeRecommendationRequest,
    id: Option<RecommendationId>,
) -> Option<Recommendation> {
    let reference = super::reference(check, &message.reference, "REC", id.map(RecommendationId::uuid));
    let kind = check.choice("kind", message.kind);
    let text = check.text("text", &message.text);
    let relates_to = super::relations(check, &message.relates_to);
    Some(Recommendation { id: id?, reference: reference?, kind: kind?, text: text?, relates_to: relates_to? })
}

/// An acceptance, and which recommendation it accepts.
pub(crate) fn acceptance(
    check: &mut Check,
    message: &v1::AcceptRecommendationRequest,
) -> Option<(RecommendationId, Command)> {
    let recommendation = check.id("recommendation_id", &message.recommendation_id);
    let accepted_by_role = check.optional_text("accepted_by_role", &message.accepted_by_role);
    let recommendation = recommendation?;
    Some((
        recommendation,
        Command::AcceptRecommendation { recommendation, accepted_by_role: accepted_by_role? },
    ))
}

/// A rejection, and which recommendation it rejects.
pub(crate) fn rejection(
    check: &mut Check,
    message: &v1::RejectRecommendationRequest,
) -> Option<(RecommendationId, Command)> {
    let recommendation = check.id("recommendation_id", &message.recommendation_id);
    let reason = check.text("reason", &message.reason);
    let rejected_by_role = check.optional_text("rejected_by_role", &message.rejected_by_role);
    let (recommendation, rejected_by_role) = (recommendation?, rejected_by_role?);
    Some((
        recommendation,
        Command::RejectRecommendation { recommendation, reason: reason?, rejected_by_role },
    ))
}

#[cfg(test)]
mod tests {
    use candour_service_kit::Failure;
    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;

    const ONE: &str = "00000000-0000-0000-0000-000000000001";
    const TWO: &str = "00000000-0000-0000-0000-000000000002";

    fn request(incident_ids: &[&str]) -> v1::StartResponseRequest {
        v1::StartResponseRequest {
            kind: v1::ResponseKind::Psii.into(),
            incident_ids: incident_ids.iter().map(ToString::to_string).collect(),
            ..v1::StartResponseRequest::default()
        }
    }

    fn read(message: &v1::StartResponseRequest) -> Result<ResponseStart, Failure> {
        let mut check = Check::new();
        let id = ResponseId::from_uuid(Uuid::from_u128(0xabcd_ef01_2345_6789_abcd_ef01_2345_6789));
        let start = start(&mut check, message, Some(id), Some(date(2026, 7, 2)));
        check.finish(|| start)
    }

    fn violations(message: &v1::StartResponseRequest) -> Vec<(String, String)> {
        let Err(Failure::Invalid(violations)) = read(message) else { panic!("must be refused") };
        violations.into_iter().map(|violation| (violation.field, violation.description)).collect()
    }

    #[test]
    fn a_response_without_reference_and_start_takes_them_from_its_id_and_the_day_it_happened() {
        let start = read(&request(&[ONE, TWO])).unwrap();
        assert_eq!(start.reference.as_str(), "RSP-abcdef012345");
        assert_eq!(start.started_on, date(2026, 7, 2));
        assert_eq!(start.incidents.len(), 2);
    }

    #[test]
    fn a_start_that_is_given_stays() {
        let given = v1::StartResponseRequest {
            started_on: Some(v1::Date { year: 2026, month: 6, day: 30 }),
            ..request(&[ONE])
        };
        assert_eq!(read(&given).unwrap().started_on, date(2026, 6, 30));
    }

    #[test]
    fn each_bad_incident_is_named_by_its_place_in_the_request() {
        let named = |field: &str, description: &str| (field.to_owned(), description.to_owned());
        assert_eq!(violations(&request(&[])), [named("incident_ids", "must name at least one incident")]);
        assert_eq!(
            violations(&request(&[ONE, TWO, ONE])),
            [named("incident_ids[2]", "names an incident that the list names before")]
        );
        assert_eq!(
            violations(&request(&[ONE; 101])),
            [named("incident_ids", "has 101 entries, at most 100 are allowed")]
        );
        let both_wrong: Vec<_> =
            violations(&request(&["x", ONE, "y"])).into_iter().map(|(field, _)| field).collect();
        assert_eq!(both_wrong, ["incident_ids[0]", "incident_ids[2]"]);
    }
}
