//! A learning response as it stands.

use candour_api::v1;
use candour_domain::{
    Entry, correction,
    identifier::{RecommendationId, ResponseId},
    response::{Event, Recommendation, Response},
};
use candour_service_kit::wire::{self, WireEnum as _};

use super::{relations, text};

/// The response, from its entries as recorded.
pub(crate) fn response(id: ResponseId, entries: &[Entry<Event>]) -> v1::LearningResponse {
    let nothing = v1::LearningResponse { response_id: id.to_string(), ..v1::LearningResponse::default() };
    correction::applied::<Response>(entries).iter().fold(nothing, then)
}

fn then(mut response: v1::LearningResponse, entry: &Entry<Event>) -> v1::LearningResponse {
    match &entry.event {
        Event::ResponseStarted(start) => {
            response.reference = start.reference.to_string();
            response.kind = start.kind.to_wire();
            response.incident_ids = start.incidents.iter().map(ToString::to_string).collect();
            response.started_on = Some(wire::date(start.started_on));
            response.agreed_due_on = start.agreed_due_on.map(wire::date);
        }
        Event::RecommendationMade(recommendation) => {
            response.recommendations.push(made(recommendation, entry));
        }
        Event::RecommendationAccepted { recommendation, accepted_by_role } => {
            let decision = v1::RecommendationDecision::Accepted;
            decide(
                &mut response,
                *recommendation,
                entry,
                decision,
                text(accepted_by_role.as_ref()),
                String::new(),
            );
        }
        Event::RecommendationRejected { recommendation, reason, rejected_by_role } => {
            let decision = v1::RecommendationDecision::Rejected;
            let role = text(rejected_by_role.as_ref());
            decide(&mut response, *recommendation, entry, decision, role, reason.to_string());
        }
        Event::ReportSignedOff(sign_off) => {
            response.sign_off = Some(v1::ReportSignOff {
                event_id: entry.event_id.to_string(),
                signed_off_time: Some(wire::instant(entry.occurred_at)),
                signed_off_by_role: sign_off.signed_off_by_role.to_string(),
                report: text(sign_off.report.as_ref()),
            });
        }
        // Corrections are applied before.
        Event::EntryCorrected(_) => {}
    }
    response
}

fn made(recommendation: &Recommendation, entry: &Entry<Event>) -> v1::Recommendation {
    v1::Recommendation {
        recommendation_id: recommendation.id.to_string(),
        reference: recommendation.reference.to_string(),
        kind: recommendation.kind.to_wire(),
        text: recommendation.text.to_string(),
        relates_to: relations(&recommendation.relates_to),
        decision: v1::RecommendationDecision::AwaitingResponse.into(),
        decided_by_role: String::new(),
        rejection_reason: String::new(),
        made_time: Some(wire::instant(entry.occurred_at)),
        decided_time: None,
    }
}

/// A later decision takes the place of an earlier one with all that was said about it.
fn decide(
    response: &mut v1::LearningResponse,
    recommendation: RecommendationId,
    entry: &Entry<Event>,
    decision: v1::RecommendationDecision,
    role: String,
    rejection_reason: String,
) {
    let id = recommendation.to_string();
    if let Some(decided) = response.recommendations.iter_mut().find(|made| made.recommendation_id == id) {
        decided.decision = decision.into();
        decided.decided_by_role = role;
        decided.rejection_reason = rejection_reason;
        decided.decided_time = Some(wire::instant(entry.occurred_at));
    }
}

#[cfg(test)]
mod tests {
    use candour_domain::{
        Correction, CorrectionChange,
        identifier::{EventId, IncidentId},
        response::{RecommendationKind, ResponseKind, ResponseStart},
        text::{PublicReference, Text},
    };
    use jiff::{SignedDuration, Timestamp, civil::date};
    use uuid::Uuid;

    use super::*;

    fn recommendation() -> RecommendationId {
        RecommendationId::from_uuid(Uuid::from_u128(11))
    }

    fn words<const MAX: usize>(text: &str) -> Text<MAX> {
        Text::parse(text).unwrap()
    }

    fn event_id(version: u64) -> EventId {
        EventId::from_uuid(Uuid::from_u128(100 + u128::from(version)))
    }

    /// A response with one recommendation, then these events, a day apart from 1 March.
    fn shown(events: Vec<Event>) -> v1::Recommendation {
        let id = ResponseId::from_uuid(Uuid::from_u128(1));
        let beginning = [
            Event::ResponseStarted(ResponseStart {
                id,
                reference: PublicReference::parse("RSP-1").unwrap(),
                kind: ResponseKind::Psii,
                incidents: vec![IncidentId::from_uuid(Uuid::from_u128(9))],
                started_on: date(2026, 3, 1),
                agreed_due_on: None,
            }),
            Event::RecommendationMade(Recommendation {
                id: recommendation(),
                reference: PublicReference::parse("REC-1").unwrap(),
                kind: RecommendationKind::AreaForImprovement,
                text: words("label both drawers"),
                relates_to: Vec::new(),
            }),
        ];
        let entries: Vec<_> = (0_u64..)
            .zip(beginning.into_iter().chain(events))
            .map(|(version, event)| Entry {
                event,
                event_id: event_id(version),
                version,
                occurred_at: on(version),
                recorded_at: on(version),
                source_recorded_at: None,
                performed_by: None,
                recorded_under: candour_domain::calendar::RecordedUnder::default(),
                corrected_by: None,
            })
            .collect();
        response(id, &entries).recommendations.remove(0)
    }

    fn on(version: u64) -> Timestamp {
        let first: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        first + SignedDuration::from_hours(24 * i64::try_from(version).unwrap())
    }

    fn rejected() -> Event {
        Event::RecommendationRejected {
            recommendation: recommendation(),
            reason: words("too costly"),
            rejected_by_role: Some(words("finance director")),
        }
    }

    fn accepted() -> Event {
        Event::RecommendationAccepted { recommendation: recommendation(), accepted_by_role: None }
    }

    #[test]
    fn a_later_acceptance_leaves_nothing_of_the_rejection() {
        let made = shown(vec![rejected(), accepted()]);
        assert_eq!(made.decision(), v1::RecommendationDecision::Accepted);
        assert_eq!((made.decided_by_role.as_str(), made.rejection_reason.as_str()), ("", ""));
        assert_eq!(made.decided_time, Some(wire::instant(on(3))));
        assert_eq!(made.made_time, Some(wire::instant(on(1))));
    }

    #[test]
    fn a_struck_acceptance_leaves_the_rejection_before_it() {
        let struck = Event::EntryCorrected(Correction {
            corrects: event_id(3),
            reason: words("entered for another one"),
            change: CorrectionChange::Struck,
        });
        let made = shown(vec![rejected(), accepted(), struck]);
        assert_eq!(made.decision(), v1::RecommendationDecision::Rejected);
        assert_eq!(made.decided_by_role, "finance director");
        assert_eq!(made.rejection_reason, "too costly");
        assert_eq!(made.decided_time, Some(wire::instant(on(2))));
    }

    #[test]
    fn a_recommendation_nobody_answered_awaits_its_response() {
        let made = shown(vec![]);
        assert_eq!(made.decision(), v1::RecommendationDecision::AwaitingResponse);
        assert_eq!(made.decided_time, None);
    }
}
