//! What is to be done about recommendations and learning actions.

use jiff::civil::Date;

use super::{WorkItem, WorkKind};
use crate::{
    action::{MissingElement, Status},
    measures::{
        ActionStanding, Day, Due, ExceptionKind, RecommendationStanding, RecommendationState, exceptions,
        fact::days_after,
    },
    policy::Standing::LocalDefault,
};

impl RecommendationStanding {
    /// What is to be done about it; what is to be done about its actions is theirs.
    pub fn work(&self, day: Day<'_>) -> Vec<WorkItem> {
        let kind = match self.state {
            RecommendationState::AwaitingResponse => WorkKind::RecommendationAnswer,
            RecommendationState::AcceptedNoAction | RecommendationState::ActionsAllWithdrawn => {
                WorkKind::ActionToAgree
            }
            RecommendationState::Rejected
            | RecommendationState::InProgress
            | RecommendationState::StatedAwaitingVerification
            | RecommendationState::Implemented
            | RecommendationState::Effective => return Vec::new(),
        };
        let Some(next_step) = self.state.next_step() else { return Vec::new() };
        let since = self.answer.as_ref().map_or(self.made.on, |answer| answer.on);
        let left = self.actions.iter().filter_map(|action| action.exit.as_ref().map(|exit| exit.on)).max();
        let missing = match kind {
            WorkKind::RecommendationAnswer => "an answer: accepted, or rejected with the reason",
            _ => "an action that could carry it out",
        };
        let item = WorkItem::new(kind, next_step, &self.evidence).missing([missing]).detail(format!(
            "{}, made {}",
            self.state.words(),
            self.made.on
        ));
        vec![WorkItem {
            stalled_from: Some(stalled(left.map_or(since, |left| left.max(since)), day)),
            ..item
        }]
    }
}

impl ActionStanding {
    /// What is to be done about it. `recommendations` are those it stands under that are on record.
    pub fn work(&self, recommendations: &[&RecommendationStanding], day: Day<'_>) -> Vec<WorkItem> {
        let mut items = Vec::new();
        let kind = match self.status {
            Status::Open => Some(WorkKind::Implementation),
            Status::ReportedImplemented => Some(WorkKind::Verification),
            Status::Verified => self.open_review().map(|_| WorkKind::EffectivenessReview),
            Status::Left(_) | Status::NotAgreed => None,
        };
        if let (Some(kind), Some(next_step)) = (kind, self.next_step(day.as_of)) {
            items.push(self.owned(self.step(kind, next_step, day)));
        }
        for exception in exceptions::of_action(self, recommendations, day.as_of) {
            if let (ExceptionKind::Contradiction, Some(next_step)) = (exception.kind, exception.next_step) {
                let item = WorkItem::new(WorkKind::Contradiction, next_step, &exception.evidence)
                    .detail(exception.detail);
                items.push(self.owned(WorkItem { reason: exception.reason, ..item }));
            }
        }
        items
    }

    fn step(&self, kind: WorkKind, next_step: &'static str, day: Day<'_>) -> WorkItem {
        let mut item = WorkItem::new(kind, next_step, &self.evidence);
        if kind == WorkKind::EffectivenessReview {
            if let Some(review) = self.open_review() {
                let words = format!(
                    "the action's own review date, else {} months after implementation",
                    day.rules.policy.review_after_months
                );
                item = item.due(LocalDefault, Due::On(review.due), words);
            }
            let found = self.verified.map(|verified| format!("implemented {}", verified.value));
            return item.missing(["a review of whether it works (R6)"]).detail(found.unwrap_or_default());
        }
        if let Some(target) = self.effective_target {
            item = item.due(LocalDefault, Due::On(target.value), "the action's own effective target");
        }
        item.stalled_from = Some(stalled(self.last_movement(), day));
        item.unowned = self.owner.is_none();
        let missing = self.missing.iter().map(|element| match element {
            MissingElement::Owner => "an owner",
            MissingElement::TargetDate => "a target date",
            MissingElement::Measure => "a measure",
            MissingElement::Monitor => "somebody who oversees it",
        });
        let step = match kind {
            WorkKind::Verification => "verification by somebody who neither owns it nor reported it (ACT-2)",
            _ => "a report that it is implemented, with evidence (ACT-3)",
        };
        item.missing(missing.chain([step])).detail(self.words())
    }

    fn words(&self) -> String {
        let mut words = vec![match (self.reported, self.reopened) {
            (Some(reported), _) => format!("reported as implemented {}, not verified", reported.value),
            (None, Some(reopened)) => format!("open again since {}: reviewed as not effective", reopened.on),
            (None, None) => format!("agreed {}, open", self.agreed.on),
        }];
        if let (Some(effective), Some(current)) = (self.effective_target, self.current_target)
            && effective.value != current.value
        {
            // ACT-4: the move is shown, and changes nothing.
            words.push(format!("the target was moved to {} after it had passed", current.value));
        }
        words.join("; ")
    }

    /// The last day on which anything was recorded to have happened to it.
    fn last_movement(&self) -> Date {
        [
            self.owner.as_ref().map(|fact| fact.on),
            self.strength.map(|fact| fact.on),
            self.current_target.map(|fact| fact.on),
            self.last_progress.map(|fact| fact.on),
            self.reported.map(|fact| fact.on),
            self.refused.map(|fact| fact.on),
            self.reopened.map(|fact| fact.on),
        ]
        .into_iter()
        .flatten()
        .fold(self.agreed.on, Date::max)
    }

    fn owned(&self, item: WorkItem) -> WorkItem {
        let owner = self.owner.as_ref().map(|owner| &owner.value);
        WorkItem {
            owner_role: owner.map(|owner| owner.role.clone()),
            owner_team: owner.and_then(|owner| owner.team.clone()),
            ..item
        }
    }
}

/// The first day on which something counts as stalled that last moved on a day.
fn stalled(moved: Date, day: Day<'_>) -> Date {
    days_after(moved, day.rules.policy.stalled_after_days.saturating_add(1))
}
