//! A learning action as it stands.

use candour_api::v1;
use candour_domain::{
    Entry,
    action::{
        Action, ActionSource, Event, Exit, Measure, MissingElement, Owner, RecommendationKey, State, Status,
    },
    aggregate::Aggregate as _,
    correction,
    identifier::ActionId,
};
use candour_service_kit::wire::{self, WireEnum as _};

use super::{relations, text};

/// The action, from its entries as recorded.
///
/// An action whose agreement was struck out is void: it shows no more than its id, and its status is unspecified.
pub(crate) fn action(id: ActionId, entries: &[Entry<Event>]) -> v1::LearningAction {
    let mut told = v1::LearningAction { action_id: id.to_string(), ..v1::LearningAction::default() };
    let mut state = State::default();
    for entry in correction::applied::<Action>(entries) {
        tell(&mut told, &state, &entry);
        state = Action::evolve(state, &entry);
    }
    // A refused verification, or a review that found no effect, takes away what was told before it.
    told.reported = told.reported.filter(|_| state.reported.is_some());
    told.verified = told.verified.filter(|_| state.status == Status::Verified);
    told.exit = told.exit.filter(|_| matches!(state.status, Status::Left(_)));
    standing(told, &state)
}

/// What only the entries say: texts, times, and the events that prove them. `before` is the state before the entry.
fn tell(told: &mut v1::LearningAction, before: &State, entry: &Entry<Event>) {
    let event_id = entry.event_id.to_string();
    let time = Some(wire::instant(entry.occurred_at));
    match &entry.event {
        Event::ActionAgreed(agreement) => {
            told.description = agreement.description.to_string();
            told.agreed_time = time;
            told.relates_to = relations(&agreement.relates_to);
        }
        Event::TargetMoved(target_move) => told.target_moves.push(v1::TargetMove {
            event_id,
            moved_time: time,
            // Not the date in the entry: an earlier target may have been corrected since.
            from: before.target.map(wire::date),
            to: Some(wire::date(target_move.to)),
            reason: target_move.reason.to_string(),
            approved_by_role: target_move.approved_by_role.to_string(),
            approved_by: text(target_move.approved_by.as_ref()),
        }),
        Event::ImplementationReported(report) => {
            told.reported = Some(v1::ReportedImplementation {
                event_id,
                reported_time: time,
                reported_by: text(entry.performed_by.as_ref()),
                implemented_on: Some(wire::date(report.implemented_on)),
                evidence: report.evidence.iter().map(ToString::to_string).collect(),
                note: text(report.note.as_ref()),
            });
        }
        Event::ImplementationVerified(verification) => {
            told.verified = Some(v1::VerifiedImplementation {
                event_id,
                verified_time: time,
                verified_by: text(entry.performed_by.as_ref()),
                implemented_on: Some(wire::date(verification.implemented_on)),
                note: text(verification.note.as_ref()),
            });
        }
        Event::EffectivenessReviewed(review) => {
            told.latest_review = Some(v1::RecordedEffectivenessReview {
                event_id,
                reviewed_time: time,
                effectiveness: review.result.to_wire(),
                evidence: review.evidence.iter().map(ToString::to_string).collect(),
                note: text(review.note.as_ref()),
                next_review_on: review.next_review_on.map(wire::date),
            });
        }
        Event::ActionSuperseded { by, reason } => {
            told.exit = Some(v1::ActionExit {
                event_id,
                left_time: time,
                reason: text(reason.as_ref()),
                superseded_by: by.to_string(),
                ..v1::ActionExit::default()
            });
        }
        Event::ActionWithdrawn { reason } => {
            told.exit = Some(v1::ActionExit {
                event_id,
                left_time: time,
                reason: reason.to_string(),
                ..v1::ActionExit::default()
            });
        }
        Event::RiskAccepted(acceptance) => {
            told.exit = Some(v1::ActionExit {
                event_id,
                left_time: time,
                reason: acceptance.reason.to_string(),
                risk_accepted_by_role: acceptance.accepted_by_role.to_string(),
                risk_review_on: Some(wire::date(acceptance.review_on)),
                ..v1::ActionExit::default()
            });
        }
        Event::ActionStageAsserted(assertion) => told.asserted.push(v1::RecordedAssertion {
            event_id,
            stage: wire::asserted_of_action(assertion.stage).into(),
            asserted_time: time,
            source_system: assertion.source.to_string(),
            message: None,
        }),
        // The state has all there is to tell of these.
        Event::OwnerAssigned(_)
        | Event::ActionMeasureSet(_)
        | Event::ProgressNoted { .. }
        | Event::VerificationRefused { .. }
        | Event::ActionClosed { .. }
        | Event::EntryCorrected(_) => {}
    }
}

/// What the state says.
fn standing(told: v1::LearningAction, state: &State) -> v1::LearningAction {
    let (recommendations, incident_id) = match &state.source {
        None => (Vec::new(), String::new()),
        Some(ActionSource::Incident(incident)) => (Vec::new(), incident.to_string()),
        Some(ActionSource::Recommendations(keys)) => {
            let key = |key: &RecommendationKey| v1::RecommendationKey {
                response_id: key.response.to_string(),
                recommendation_id: key.recommendation.to_string(),
            };
            (keys.iter().map(key).collect(), String::new())
        }
    };
    v1::LearningAction {
        reference: text(state.reference.as_ref()),
        recommendations,
        incident_id,
        status: status(state.status).into(),
        closed: state.closed,
        owner: state.owner.as_ref().map(owner),
        original_target_on: state.original_target.map(wire::date),
        target_on: state.target.map(wire::date),
        plan: Some(v1::MeasurePlan {
            measure: state.measure.as_ref().map(measure),
            monitor: text(state.monitor.as_ref()),
            review_on: state.review_on.map(wire::date),
            strength: state.strength.map_or(0, wire::WireEnum::to_wire),
        }),
        missing: missing(state),
        ..told
    }
}

/// What an action lacks to be complete (ACT-1), in the order of the enumeration.
pub(crate) fn missing(state: &State) -> Vec<i32> {
    let element = |element| match element {
        MissingElement::Owner => v1::MissingElement::Owner,
        MissingElement::TargetDate => v1::MissingElement::TargetDate,
        MissingElement::Measure => v1::MissingElement::Measure,
        MissingElement::Monitor => v1::MissingElement::Monitor,
    };
    state.missing().into_iter().map(|lacking| element(lacking).into()).collect()
}

fn status(status: Status) -> v1::ActionStatus {
    match status {
        Status::NotAgreed => v1::ActionStatus::Unspecified,
        Status::Open => v1::ActionStatus::Open,
        Status::ReportedImplemented => v1::ActionStatus::ReportedImplemented,
        Status::Verified => v1::ActionStatus::Verified,
        Status::Left(Exit::Superseded) => v1::ActionStatus::Superseded,
        Status::Left(Exit::Withdrawn) => v1::ActionStatus::Withdrawn,
        Status::Left(Exit::RiskAccepted) => v1::ActionStatus::RiskAccepted,
    }
}

fn owner(owner: &Owner) -> v1::Owner {
    v1::Owner {
        role: owner.role.to_string(),
        team: text(owner.team.as_ref()),
        directorate: text(owner.directorate.as_ref()),
        person: text(owner.person.as_ref()),
    }
}

fn measure(measure: &Measure) -> v1::Measure {
    v1::Measure {
        name: measure.name.to_string(),
        definition: text(measure.definition.as_ref()),
        kind: measure.kind.map_or(0, wire::WireEnum::to_wire),
        target: text(measure.target.as_ref()),
        frequency: text(measure.frequency.as_ref()),
    }
}

#[cfg(test)]
mod tests {
    use candour_domain::{
        Correction, CorrectionChange,
        action::{
            ActionAgreement, Effectiveness, EffectivenessReview, Implementation, MeasurePlan, TargetMove,
            Verification,
        },
        identifier::{EventId, IncidentId},
        text::{PersonReference, PublicReference, Text},
    };
    use jiff::{
        Timestamp,
        civil::{Date, date},
    };
    use uuid::Uuid;

    use super::*;

    const MAY: Date = date(2026, 5, 31);
    const JUNE: Date = date(2026, 6, 30);
    const JULY: Date = date(2026, 7, 31);

    fn id() -> ActionId {
        ActionId::from_uuid(Uuid::from_u128(1))
    }

    fn event_id(version: u64) -> EventId {
        EventId::from_uuid(Uuid::from_u128(100 + u128::from(version)))
    }

    fn words<const MAX: usize>(text: &str) -> Text<MAX> {
        Text::parse(text).unwrap()
    }

    /// One entry for each event, a day apart from 1 March, each by `staff:<version>`.
    fn entries(events: Vec<Event>) -> Vec<Entry<Event>> {
        let first: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        (0_u64..)
            .zip(events)
            .map(|(version, event)| {
                let at = first + jiff::SignedDuration::from_hours(24 * i64::try_from(version).unwrap());
                Entry {
                    event,
                    event_id: event_id(version),
                    version,
                    occurred_at: at,
                    recorded_at: at,
                    source_recorded_at: None,
                    performed_by: PersonReference::parse(&format!("staff:{version}")).ok(),
                    recorded_under: candour_domain::calendar::RecordedUnder::default(),
                    corrected_by: None,
                }
            })
            .collect()
    }

    fn agreed(target_on: Option<Date>) -> Event {
        Event::ActionAgreed(ActionAgreement {
            id: id(),
            reference: PublicReference::parse("ACT-2026-001").unwrap(),
            source: ActionSource::Incident(IncidentId::from_uuid(Uuid::from_u128(9))),
            description: words("label both drawers"),
            owner: None,
            target_on,
            plan: MeasurePlan::default(),
            relates_to: Vec::new(),
        })
    }

    fn moved(from: Option<Date>, to: Date) -> Event {
        Event::TargetMoved(TargetMove {
            from,
            to,
            reason: words("supplier is late"),
            approved_by_role: words("matron"),
            approved_by: None,
        })
    }

    fn reported() -> Event {
        Event::ImplementationReported(Implementation {
            implemented_on: date(2026, 3, 1),
            evidence: Vec::new(),
            note: None,
        })
    }

    fn verified() -> Event {
        Event::ImplementationVerified(Verification { implemented_on: date(2026, 3, 1), note: None })
    }

    fn reviewed(result: Effectiveness) -> Event {
        Event::EffectivenessReviewed(EffectivenessReview {
            result,
            evidence: Vec::new(),
            note: None,
            next_review_on: None,
        })
    }

    fn corrected(version: u64, change: CorrectionChange) -> Event {
        Event::EntryCorrected(Correction { corrects: event_id(version), reason: words("a slip"), change })
    }

    fn shown(events: Vec<Event>) -> v1::LearningAction {
        action(id(), &entries(events))
    }

    fn moves(action: &v1::LearningAction) -> Vec<(Option<v1::Date>, Option<v1::Date>)> {
        action.target_moves.iter().map(|target_move| (target_move.from, target_move.to)).collect()
    }

    #[test]
    fn act_4_the_original_target_is_kept_and_every_move_is_told() {
        let action = shown(vec![agreed(None), moved(None, MAY), moved(Some(MAY), JUNE)]);
        assert_eq!(action.original_target_on, Some(wire::date(MAY)));
        assert_eq!(action.target_on, Some(wire::date(JUNE)));
        assert_eq!(
            moves(&action),
            [(None, Some(wire::date(MAY))), (Some(wire::date(MAY)), Some(wire::date(JUNE)))]
        );
    }

    #[test]
    fn a_move_starts_from_the_target_as_corrected() {
        let restated = corrected(0, CorrectionChange::StatedDate(JUNE));
        let action = shown(vec![agreed(Some(MAY)), moved(Some(MAY), JULY), restated]);
        assert_eq!(action.original_target_on, Some(wire::date(JUNE)));
        assert_eq!(moves(&action), [(Some(wire::date(JUNE)), Some(wire::date(JULY)))]);

        let struck = corrected(1, CorrectionChange::Struck);
        let action = shown(vec![agreed(None), moved(None, MAY), moved(Some(MAY), JULY), struck]);
        assert_eq!(action.original_target_on, Some(wire::date(JULY)));
        assert_eq!(moves(&action), [(None, Some(wire::date(JULY)))]);
    }

    #[test]
    fn a_refused_verification_takes_the_report_away_and_a_new_report_is_told_with_its_own_reporter() {
        let refused = || Event::VerificationRefused { reason: words("not on every ward") };
        let action = shown(vec![agreed(None), reported(), refused()]);
        assert_eq!(action.status(), v1::ActionStatus::Open);
        assert_eq!(action.reported, None);

        let action = shown(vec![agreed(None), reported(), refused(), reported()]);
        assert_eq!(action.status(), v1::ActionStatus::ReportedImplemented);
        let standing = action.reported.unwrap();
        assert_eq!(
            (standing.event_id, standing.reported_by),
            (event_id(3).to_string(), "staff:3".to_owned())
        );
    }

    #[test]
    fn r6_not_effective_takes_report_and_verification_away_and_stays_the_latest_review() {
        let action = shown(vec![agreed(None), reported(), verified()]);
        assert_eq!(action.status(), v1::ActionStatus::Verified);
        assert_eq!(action.verified.unwrap().verified_by, "staff:2");

        let action = shown(vec![agreed(None), reported(), verified(), reviewed(Effectiveness::NotEffective)]);
        assert_eq!(action.status(), v1::ActionStatus::Open);
        assert_eq!((action.reported, action.verified), (None, None));
        assert_eq!(action.latest_review.unwrap().effectiveness(), v1::Effectiveness::NotEffective);
    }

    #[test]
    fn act_5_a_closed_file_of_an_action_that_left_is_neither_implemented_nor_effective() {
        let by = ActionId::from_uuid(Uuid::from_u128(2));
        let left = Event::ActionSuperseded { by, reason: None };
        let action = shown(vec![agreed(None), left, Event::ActionClosed { reason: None }]);
        assert_eq!(action.status(), v1::ActionStatus::Superseded);
        assert!(action.closed);
        assert_eq!((action.verified, action.latest_review), (None, None));
        let exit = action.exit.unwrap();
        assert_eq!((exit.event_id, exit.superseded_by), (event_id(1).to_string(), by.to_string()));
    }

    #[test]
    fn an_exit_that_was_struck_out_is_no_exit() {
        let left = Event::ActionWithdrawn { reason: words("no longer needed") };
        let action = shown(vec![agreed(None), left, corrected(1, CorrectionChange::Struck)]);
        assert_eq!((action.status(), action.exit), (v1::ActionStatus::Open, None));
    }

    #[test]
    fn an_action_whose_agreement_was_struck_out_is_void() {
        let action = shown(vec![agreed(Some(MAY)), corrected(0, CorrectionChange::Struck)]);
        assert_eq!(action.status(), v1::ActionStatus::Unspecified);
        assert_eq!((action.reference.as_str(), action.description.as_str()), ("", ""));
        assert!(action.missing.is_empty());
    }
}
