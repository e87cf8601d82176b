//! `ListActions`: learning actions with their targets and how they stand against them (R1 to R7).

use candour_api::v1;
use candour_domain::{
    action::{ActionSource, Effectiveness, Owner, RecommendationKey},
    identifier::IncidentId,
    measures::{
        ActionStanding, Fact,
        actions::{ActionExit, ReviewCycle, TargetChange},
    },
};
use candour_projections::{
    ReadModel,
    query::{self, ActionFilter},
};
use candour_service_kit::{
    Check, Engine, Failure, question,
    wire::{self, WireEnum as _},
};
use jiff::civil::Date;

use crate::{listing::listing, shapes, words};

pub(crate) const METHOD: &str = "InsightService/ListActions";

pub(crate) async fn list(
    engine: &Engine,
    read_model: &ReadModel,
    message: v1::ListActionsRequest,
) -> Result<v1::ListActionsResponse, Failure> {
    let mut check = Check::new();
    let listing = listing!(engine, METHOD, message, &mut check);
    let recommendation = recommendation(&mut check, message.recommendation.as_ref());
    let incident = check.optional_id::<IncidentId>("incident_id", &message.incident_id);
    let status =
        words::optional(&mut check, "status", message.status, &words::ACTION_STATUSES, words::action_status);
    let (listing, recommendation, incident, status) =
        check.finish(|| Some((listing?, recommendation?, incident?, status?)))?;

    let (place, as_of, page) = (listing.question.place.clone(), listing.question.as_of, listing.page);
    let (overdue_only, unowned_only) = (message.overdue_only, message.unowned_only);
    let (answer, basis) =
        question::answer(engine, read_model, &listing.question, page.known_at(), move |snapshot, rules| {
            let wanted = |standing: &ActionStanding| {
                status.is_none_or(|status| standing.status == status)
                    && (!overdue_only || standing.days_overdue.is_some())
                    && (!unowned_only || (standing.is_live() && standing.owner.is_none()))
            };
            let filter = ActionFilter { place, recommendation, incident, wanted: Some(&wanted) };
            query::actions(snapshot, &filter, page, as_of, rules)
        })
        .await?;
    Ok(v1::ListActionsResponse {
        actions: answer.rows.into_iter().map(|standing| row(standing, as_of)).collect(),
        next_page_token: listing.next_page_token(engine, answer.next),
        basis: Some(basis),
    })
}

#[expect(
    clippy::option_option,
    reason = "wrong, not given and given are three things, as everywhere in Check"
)]
fn recommendation(
    check: &mut Check,
    key: Option<&v1::RecommendationKey>,
) -> Option<Option<RecommendationKey>> {
    let Some(key) = key else { return Some(None) };
    let response = check.id("recommendation.response_id", &key.response_id);
    let recommendation = check.id("recommendation.recommendation_id", &key.recommendation_id);
    Some(Some(RecommendationKey { response: response?, recommendation: recommendation? }))
}

fn row(standing: ActionStanding, as_of: Date) -> v1::ActionStanding {
    let next_step = shapes::text(standing.next_step(as_of));
    let ActionStanding {
        id,
        reference,
        source,
        description,
        status,
        agreed,
        owner,
        missing,
        measure,
        monitor,
        strength,
        original_target,
        effective_target,
        current_target,
        moves,
        last_progress,
        reported,
        verified,
        asserted,
        refused,
        reopened,
        exit,
        closed,
        latest_review,
        reviews,
        days_overdue,
        evidence,
    } = standing;
    let (recommendations, incident_id) = match source {
        ActionSource::Recommendations(keys) => {
            (keys.into_iter().map(shapes::recommendation_key).collect(), String::new())
        }
        ActionSource::Incident(incident) => (Vec::new(), incident.to_string()),
    };
    let owner_assigned = owner.as_ref().map(shapes::occurrence);
    // The person who owns it is for comparison only (ACT-2) and is never shown.
    let (owner_role, owner_team, owner_directorate) = match owner.map(|owner| owner.value) {
        Some(Owner { role, team, directorate, person: _ }) => {
            (role.to_string(), shapes::text(team), shapes::text(directorate))
        }
        None => Default::default(),
    };
    v1::ActionStanding {
        action_id: id.to_string(),
        reference: reference.to_string(),
        recommendations,
        incident_id,
        description: description.to_string(),
        status: words::action_status(status).into(),
        agreed: Some(shapes::occurrence(&agreed)),
        owner_role,
        owner_team,
        owner_directorate,
        owner_assigned,
        missing: missing.into_iter().map(|element| words::missing_element(element).into()).collect(),
        measure: shapes::text(measure.map(|measure| measure.name)),
        monitor: shapes::text(monitor),
        strength: strength.map_or(0, |strength| strength.value.to_wire()),
        original_target: original_target.as_ref().map(shapes::stated_day),
        effective_target: effective_target.as_ref().map(shapes::stated_day),
        current_target: current_target.as_ref().map(shapes::stated_day),
        moves: moves.into_iter().map(target_change).collect(),
        last_progress: last_progress.as_ref().map(shapes::occurrence),
        reported: reported.as_ref().map(shapes::stated_day),
        verified: verified.as_ref().map(shapes::stated_day),
        refused: refused.as_ref().map(shapes::occurrence),
        reopened: reopened.as_ref().map(shapes::occurrence),
        exit: exit.map(action_exit),
        closed: closed.as_ref().map(shapes::occurrence),
        latest_review: latest_review.as_ref().map(finding),
        reviews: reviews.iter().map(review_cycle).collect(),
        days_overdue: days_overdue.map(shapes::days),
        next_step,
        evidence_event_ids: shapes::ids(&evidence),
        asserted: asserted
            .iter()
            .map(|fact| {
                shapes::asserted(fact, wire::asserted_of_action(fact.value.stage), &fact.value.source)
            })
            .collect(),
    }
}

fn target_change(change: TargetChange) -> v1::TargetChange {
    let TargetChange { from, to, days_added, on, after_target_passed, approved_by_role, reason, event_id } =
        change;
    v1::TargetChange {
        from: Some(wire::date(from)),
        to: Some(wire::date(to)),
        days_added: shapes::days(days_added),
        moved_on: Some(wire::date(on)),
        after_target_passed,
        approved_by_role: approved_by_role.to_string(),
        reason: reason.to_string(),
        event_id: event_id.to_string(),
    }
}

/// How it left; which way is in its status.
fn action_exit(exit: ActionExit) -> v1::ActionExitStanding {
    let ActionExit { kind: _, on, in_time, reason, superseded_by, event_id } = exit;
    v1::ActionExitStanding {
        left: Some(shapes::occurrence_at(on, event_id)),
        within_target: in_time,
        reason: shapes::text(reason),
        superseded_by: shapes::text(superseded_by),
    }
}

fn finding(review: &Fact<Effectiveness>) -> v1::EffectivenessFinding {
    v1::EffectivenessFinding {
        effectiveness: review.value.to_wire(),
        reviewed: Some(shapes::occurrence(review)),
    }
}

fn review_cycle(cycle: &ReviewCycle) -> v1::ReviewCycle {
    let ReviewCycle { due, review } = cycle;
    v1::ReviewCycle { due_on: Some(wire::date(*due)), review: review.as_ref().map(finding) }
}
