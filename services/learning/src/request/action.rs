//! Requests about a learning action.

use candour_api::v1;
use candour_domain::{
    action::{
        ActionAgreement, ActionSource, Command, EVIDENCE_MAX, EffectivenessReview, Implementation, Measure,
        MeasurePlan, Owner, RECOMMENDATIONS_MAX, RecommendationKey, RiskAcceptance,
    },
    identifier::ActionId,
    text::{DocumentReference, Prose},
};
use candour_service_kit::Check;

/// An agreement. `id` is missing where the request id could not be read, which is a violation of its own.
pub(crate) fn agreement(
    check: &mut Check,
    message: &v1::AgreeActionRequest,
    id: Option<ActionId>,
) -> Option<ActionAgreement> {
    let reference = super::reference(check, &message.reference, "ACT", id.map(ActionId::uuid));
    let source = source(check, &message.recommendations, &message.incident_id);
    let description = check.text("description", &message.description);
    let owner = match &message.owner {
        None => Some(None),
        Some(given) => owner(check, given).map(Some),
    };
    let target_on = check.optional_date("target_on", message.target_on.as_ref());
    let plan = match &message.plan {
        None => Some(MeasurePlan::default()),
        Some(given) => plan(check, given),
    };
    let relates_to = super::relations(check, &message.relates_to);
    Some(ActionAgreement {
        id: id?,
        reference: reference?,
        source: source?,
        description: description?,
        owner: owner?,
        target_on: target_on?,
        plan: plan?,
        relates_to: relates_to?,
    })
}

/// What an action stands under: recommendations or an incident, exactly one of the two.
fn source(
    check: &mut Check,
    recommendations: &[v1::RecommendationKey],
    incident: &str,
) -> Option<ActionSource> {
    if recommendations.is_empty() == incident.is_empty() {
        check.violation("recommendations", "must be given where incident_id is not, and only there");
        check.violation("incident_id", "must be given where recommendations are not, and only there");
        return None;
    }
    if recommendations.is_empty() {
        return check.id("incident_id", incident).map(ActionSource::Incident);
    }
    check
        .each("recommendations", recommendations, RECOMMENDATIONS_MAX, |check, field, key| {
            let response = check.id(&format!("{field}.response_id"), &key.response_id);
            let recommendation = check.id(&format!("{field}.recommendation_id"), &key.recommendation_id);
            Some(RecommendationKey { response: response?, recommendation: recommendation? })
        })
        .map(ActionSource::Recommendations)
}

fn owner(check: &mut Check, given: &v1::Owner) -> Option<Owner> {
    let role = check.text("owner.role", &given.role);
    let team = check.optional_text("owner.team", &given.team);
    let directorate = check.optional_text("owner.directorate", &given.directorate);
    let person = check.optional_reference("owner.person", &given.person);
    Some(Owner { role: role?, team: team?, directorate: directorate?, person: person? })
}

fn plan(check: &mut Check, given: &v1::MeasurePlan) -> Option<MeasurePlan> {
    let new_measure = match &given.measure {
        None => Some(None),
        Some(given) => measure(check, given).map(Some),
    };
    let monitor = check.optional_text("plan.monitor", &given.monitor);
    let review_on = check.optional_date("plan.review_on", given.review_on.as_ref());
    let strength = check.optional_choice("plan.strength", given.strength);
    Some(MeasurePlan { measure: new_measure?, monitor: monitor?, review_on: review_on?, strength: strength? })
}

fn measure(check: &mut Check, given: &v1::Measure) -> Option<Measure> {
    let name = check.text("plan.measure.name", &given.name);
    let definition = check.optional_text("plan.measure.definition", &given.definition);
    let kind = check.optional_choice("plan.measure.kind", given.kind);
    let target = check.optional_text("plan.measure.target", &given.target);
    let frequency = check.optional_text("plan.measure.frequency", &given.frequency);
    Some(Measure {
        name: name?,
        definition: definition?,
        kind: kind?,
        target: target?,
        frequency: frequency?,
    })
}

/// A new owner.
pub(crate) fn assignment(check: &mut Check, message: &v1::AssignOwnerRequest) -> Option<Command> {
    let Some(given) = &message.owner else {
        check.violation("owner", "must be given");
        return None;
    };
    owner(check, given).map(Command::AssignOwner)
}

/// A new plan. One that sets nothing is for the domain to refuse.
pub(crate) fn measure_plan(check: &mut Check, message: &v1::SetActionMeasureRequest) -> Option<Command> {
    let Some(given) = &message.plan else {
        check.violation("plan", "must be given");
        return None;
    };
    plan(check, given).map(Command::SetActionMeasure)
}

/// A move of the target.
pub(crate) fn target_move(check: &mut Check, message: &v1::MoveTargetRequest) -> Option<Command> {
    let to = check.date("to", message.to.as_ref());
    let reason = check.text("reason", &message.reason);
    let approved_by_role = check.text("approved_by_role", &message.approved_by_role);
    let approved_by = check.optional_reference("approved_by", &message.approved_by);
    Some(Command::MoveTarget {
        to: to?,
        reason: reason?,
        approved_by_role: approved_by_role?,
        approved_by: approved_by?,
    })
}

/// A report of implementation. One without evidence is for the domain to refuse (ACT-3).
pub(crate) fn implementation(
    check: &mut Check,
    message: &v1::ReportImplementationRequest,
) -> Option<Command> {
    let implemented_on = check.date("implemented_on", message.implemented_on.as_ref());
    let evidence = evidence(check, &message.evidence);
    let note = check.optional_text("note", &message.note);
    Some(Command::ReportImplementation(Implementation {
        implemented_on: implemented_on?,
        evidence: evidence?,
        note: note?,
    }))
}

fn evidence(check: &mut Check, given: &[String]) -> Option<Vec<DocumentReference>> {
    check.each("evidence", given, EVIDENCE_MAX, |check, field, given| check.reference(field, given))
}

/// A verification. Who verifies is the person of the command (ACT-2).
pub(crate) fn verification(check: &mut Check, message: &v1::VerifyImplementationRequest) -> Option<Command> {
    let implemented_on = check.optional_date("implemented_on", message.implemented_on.as_ref());
    let note = check.optional_text("note", &message.note);
    Some(Command::VerifyImplementation { implemented_on: implemented_on?, note: note? })
}

/// A review of effectiveness.
pub(crate) fn review(check: &mut Check, message: &v1::ReviewEffectivenessRequest) -> Option<Command> {
    let result = check.choice("effectiveness", message.effectiveness);
    let evidence = evidence(check, &message.evidence);
    let note = check.optional_text("note", &message.note);
    let next_review_on = check.optional_date("next_review_on", message.next_review_on.as_ref());
    Some(Command::ReviewEffectiveness(EffectivenessReview {
        result: result?,
        evidence: evidence?,
        note: note?,
        next_review_on: next_review_on?,
    }))
}

/// The action that takes the place of `action`, and why. That it is another one is seen here, since the domain knows the field by
/// another name.
pub(crate) fn supersession(
    check: &mut Check,
    message: &v1::SupersedeActionRequest,
    action: Option<ActionId>,
) -> Option<(ActionId, Option<Prose>)> {
    let by = check.id::<ActionId>("by_action_id", &message.by_action_id);
    if by.is_some() && by == action {
        check.violation("by_action_id", "must name another action");
    }
    let reason = check.optional_text("reason", &message.reason);
    Some((by?, reason?))
}

/// An acceptance of the risk.
pub(crate) fn risk_acceptance(check: &mut Check, message: &v1::AcceptRiskRequest) -> Option<Command> {
    let accepted_by_role = check.text("accepted_by_role", &message.accepted_by_role);
    let reason = check.text("reason", &message.reason);
    let review_on = check.date("review_on", message.review_on.as_ref());
    Some(Command::AcceptRisk(RiskAcceptance {
        accepted_by_role: accepted_by_role?,
        reason: reason?,
        review_on: review_on?,
    }))
}

#[cfg(test)]
mod tests {
    use candour_service_kit::Failure;
    use uuid::Uuid;

    use super::*;

    const ID: &str = "00000000-0000-0000-0000-000000000001";

    fn read(message: &v1::AgreeActionRequest) -> Result<ActionAgreement, Failure> {
        let mut check = Check::new();
        let agreement = agreement(&mut check, message, Some(ActionId::from_uuid(Uuid::from_u128(7))));
        check.finish(|| agreement)
    }

    fn fields(message: &v1::AgreeActionRequest) -> Vec<String> {
        let Err(Failure::Invalid(violations)) = read(message) else { panic!("must be refused") };
        violations.into_iter().map(|violation| violation.field).collect()
    }

    fn request(recommendations: usize, incident_id: &str) -> v1::AgreeActionRequest {
        let key = v1::RecommendationKey { response_id: ID.to_owned(), recommendation_id: ID.to_owned() };
        v1::AgreeActionRequest {
            recommendations: vec![key; recommendations],
            incident_id: incident_id.to_owned(),
            description: "label both drawers".to_owned(),
            ..v1::AgreeActionRequest::default()
        }
    }

    #[test]
    fn an_action_stands_under_recommendations_or_an_incident_and_never_both_or_none() {
        assert_eq!(fields(&request(0, "")), ["recommendations", "incident_id"]);
        assert_eq!(fields(&request(1, ID)), ["recommendations", "incident_id"]);
        assert_eq!(fields(&request(21, "")), ["recommendations"]);
        assert!(
            matches!(read(&request(1, "")).unwrap().source, ActionSource::Recommendations(keys) if keys.len() == 1)
        );
        assert!(matches!(read(&request(0, ID)).unwrap().source, ActionSource::Incident(_)));
    }

    #[test]
    fn every_bad_field_of_an_agreement_is_named_at_once() {
        let message = v1::AgreeActionRequest {
            recommendations: vec![v1::RecommendationKey::default()],
            description: " ".to_owned(),
            owner: Some(v1::Owner { person: "Jane Doe".to_owned(), ..v1::Owner::default() }),
            plan: Some(v1::MeasurePlan {
                measure: Some(v1::Measure { kind: 99, ..v1::Measure::default() }),
                ..v1::MeasurePlan::default()
            }),
            relates_to: vec![v1::Relation::default()],
            ..v1::AgreeActionRequest::default()
        };
        assert_eq!(
            fields(&message),
            [
                "recommendations[0].response_id",
                "recommendations[0].recommendation_id",
                "description",
                "owner.role",
                "owner.person",
                "plan.measure.name",
                "plan.measure.kind",
                "relates_to[0].kind",
                "relates_to[0].reference",
            ]
        );
    }
}
