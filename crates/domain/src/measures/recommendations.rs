//! Where a recommendation stands, and the figure R0. Recommendations and actions are measured apart.

use jiff::civil::Date;

use super::{
    ActionStanding, Dated, Fact, Figure, Outcome, Placing, RecommendationUnit, Rules, actions,
    fact::seen,
    line::{Judged, Lines, Measure},
};
use crate::{
    action::{Effectiveness, RecommendationKey},
    identifier::EventId,
    policy::Standing::LocalDefault,
    response::{Decision, Event, RecommendationKind},
    text::{Line, Prose, PublicReference},
};

coded_enum! {
    /// R0: the state of a recommendation. Made = accepted + rejected + awaiting response.
    pub enum RecommendationState {
        /// Made, not answered.
        AwaitingResponse = "awaiting-response",
        /// Rejected.
        Rejected = "rejected",
        /// Accepted; no action was ever agreed under it.
        AcceptedNoAction = "accepted-no-action",
        /// Accepted; every action left without being implemented.
        ActionsAllWithdrawn = "actions-all-withdrawn",
        /// Accepted; an action is open.
        InProgress = "in-progress",
        /// Accepted; what is not verified was reported as implemented, which is somebody's word for it.
        StatedAwaitingVerification = "stated-awaiting-verification",
        /// At least one verified action, and no live action unverified.
        Implemented = "implemented",
        /// Implemented, and the latest review of every verified action says effective.
        Effective = "effective",
    }
}

impl RecommendationState {
    /// The words shown.
    pub const fn words(self) -> &'static str {
        match self {
            Self::AwaitingResponse => "awaiting response",
            Self::Rejected => "rejected",
            Self::AcceptedNoAction => "accepted, no action",
            Self::ActionsAllWithdrawn => "actions all withdrawn",
            Self::InProgress => "in progress",
            Self::StatedAwaitingVerification => "stated, awaiting verification",
            Self::Implemented => "implemented",
            Self::Effective => "effective",
        }
    }

    /// Whether it is in the numerator of R0.
    pub const fn is_implemented(self) -> bool {
        matches!(self, Self::Implemented | Self::Effective)
    }

    /// What is to be done next, in words; `None` where nothing is.
    pub const fn next_step(self) -> Option<&'static str> {
        match self {
            Self::AwaitingResponse => Some("accept it or reject it with a reason"),
            Self::AcceptedNoAction => Some("agree an action with an owner and a target"),
            Self::ActionsAllWithdrawn => Some("agree another action: every one under it has left"),
            Self::InProgress => Some("implement the open actions"),
            Self::StatedAwaitingVerification => {
                Some("have the implementation verified by an independent person")
            }
            Self::Implemented => Some("review whether it works"),
            Self::Rejected | Self::Effective => None,
        }
    }
}

/// The answer to a recommendation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Accepted or rejected.
    pub decision: Decision,
    /// The role that decided, where said.
    pub by_role: Option<Line>,
    /// Why, for a rejection.
    pub reason: Option<Prose>,
}

/// Where a recommendation stands at the end of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecommendationStanding {
    /// The response and the recommendation.
    pub key: RecommendationKey,
    /// Its public reference.
    pub reference: PublicReference,
    /// What kind.
    pub kind: RecommendationKind,
    /// What is recommended.
    pub text: Prose,
    /// The day it was made.
    pub made: Dated,
    /// The answer to it.
    pub answer: Option<Fact<Answer>>,
    /// Its state (R0).
    pub state: RecommendationState,
    /// Every action under it that was agreed by then.
    pub actions: Vec<ActionStanding>,
    /// The events about it, in the order in which things happened; those of its actions are with them.
    pub evidence: Vec<EventId>,
}

/// Where the recommendation stands at the end of `as_of`; `None` where it was not made by then, or was struck out.
pub fn standing(unit: &RecommendationUnit, as_of: Date, rules: Rules<'_>) -> Option<RecommendationStanding> {
    let mut made = None;
    let mut answer = None;
    let mut evidence = Vec::new();
    for entry in seen(&unit.history, as_of) {
        let about_this = match &entry.event {
            Event::RecommendationMade(recommendation) if recommendation.id == unit.key.recommendation => {
                made = made.or(Some((Dated::at(entry), recommendation)));
                true
            }
            Event::RecommendationAccepted { recommendation, accepted_by_role }
                if *recommendation == unit.key.recommendation =>
            {
                let by_role = accepted_by_role.clone();
                answer =
                    Some(Fact::of(entry, Answer { decision: Decision::Accepted, by_role, reason: None }));
                true
            }
            Event::RecommendationRejected { recommendation, reason, rejected_by_role }
                if *recommendation == unit.key.recommendation =>
            {
                let (by_role, reason) = (rejected_by_role.clone(), Some(reason.clone()));
                answer = Some(Fact::of(entry, Answer { decision: Decision::Rejected, by_role, reason }));
                true
            }
            _ => false,
        };
        if about_this {
            evidence.push(entry.event_id);
        }
    }
    let (made, recommendation) = made?;
    let actions: Vec<_> =
        unit.actions.iter().filter_map(|action| actions::standing(action, as_of, rules)).collect();
    Some(RecommendationStanding {
        key: unit.key,
        reference: unit.reference.clone(),
        kind: recommendation.kind,
        text: recommendation.text.clone(),
        made,
        state: match answer.as_ref().map(|answer| answer.value.decision) {
            None | Some(Decision::AwaitingResponse) => RecommendationState::AwaitingResponse,
            Some(Decision::Rejected) => RecommendationState::Rejected,
            Some(Decision::Accepted) => accepted_state(&actions),
        },
        answer,
        actions,
        evidence,
    })
}

/// A live action is one that has not left.
fn accepted_state(actions: &[ActionStanding]) -> RecommendationState {
    let mut unverified = actions.iter().filter(|action| action.is_live() && !action.is_verified()).peekable();
    let mut verified = actions.iter().filter(|action| action.is_verified()).peekable();
    let effective = |action: &ActionStanding| {
        action.latest_review.is_some_and(|review| review.value == Effectiveness::Effective)
    };
    if actions.is_empty() {
        RecommendationState::AcceptedNoAction
    } else if unverified.peek().is_some() {
        if unverified.all(ActionStanding::is_reported_only) {
            RecommendationState::StatedAwaitingVerification
        } else {
            RecommendationState::InProgress
        }
    } else if verified.peek().is_none() {
        RecommendationState::ActionsAllWithdrawn
    } else if verified.all(effective) {
        RecommendationState::Effective
    } else {
        RecommendationState::Implemented
    }
}

/// R0.
pub(super) static MEASURES: [Measure<RecommendationStanding>; 1] =
    [Measure { empty: implemented, lines: implemented_line }];

fn implemented(_rules: Rules<'_>) -> Figure {
    let mut figure = Figure::new(
        "R0",
        "Recommendations implemented",
        LocalDefault,
        "no number of days; of the accepted ones, those with a verified action and no live action unverified",
    )
    .counting(&["made"]);
    for state in RecommendationState::ALL {
        figure.add(state.words(), 0);
    }
    figure
}

/// R0. A stock: every recommendation made up to the end of the period counts, whatever its beginning.
fn implemented_line(recommendation: &RecommendationStanding, lines: &mut Lines<'_>) {
    let state = recommendation.state;
    let outcome = match state {
        RecommendationState::AwaitingResponse | RecommendationState::Rejected => Outcome::Listed,
        _ if state.is_implemented() => Outcome::Met,
        _ => Outcome::NotMet,
    };
    let judged = Judged::new(outcome, lines.day.words(|| state.words().to_owned()))
        .counted_as("made")
        .counted_as(state.words());
    lines.push(Placing::Since(recommendation.made.on), judged, || {
        let proof = recommendation.actions.iter().flat_map(|action| {
            let verified = action.verified.map(|verified| verified.event_id);
            let left = action.exit.as_ref().map(|exit| exit.event_id);
            [Some(action.agreed.event_id), verified, left].into_iter().flatten()
        });
        recommendation.evidence.iter().copied().chain(proof)
    });
}
