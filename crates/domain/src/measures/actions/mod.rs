//! Where a learning action stands, and the figures R1 to R7.

mod figures;

pub(super) use figures::MEASURES;

use jiff::civil::Date;

use super::{
    ActionUnit, Dated, Fact, Rules,
    fact::{days_between, seen},
};
use crate::{
    action::{
        ActionSource, AssertedStage, Effectiveness, Event, Exit, Measure, MeasurePlan, MissingElement, Owner,
        RiskAcceptance, StageAssertion, Status, Strength, TargetMove,
    },
    calendar::add_calendar_months,
    entry::Entry,
    identifier::{ActionId, EventId},
    text::{Line, Prose, PublicReference},
};

/// A move of the target (ACT-4). The setting of a first target is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetChange {
    /// The target in force before.
    pub from: Date,
    /// The new target.
    pub to: Date,
    /// Days added; negative where the target was brought forward.
    pub days_added: i64,
    /// The day it was moved.
    pub on: Date,
    /// The effective target had passed by then, so that this move is no target for any on-time or overdue figure (§6.0). Never said of the
    /// first move after a review that opened the action again: that is a target for the new work.
    pub after_target_passed: bool,
    /// The role that approved.
    pub approved_by_role: Line,
    /// Why.
    pub reason: Prose,
    /// The event that proves it.
    pub event_id: EventId,
}

/// How an action left without being implemented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionExit {
    /// Superseded, withdrawn, or its risk accepted.
    pub kind: Exit,
    /// The day it left.
    pub on: Date,
    /// It left in time: it had no effective target, or left on or before it (R1).
    pub in_time: bool,
    /// Why, where said.
    pub reason: Option<Prose>,
    /// The action that took its place.
    pub superseded_by: Option<ActionId>,
    /// The event that proves it.
    pub event_id: EventId,
}

/// A review of effectiveness that is or was due (R6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReviewCycle {
    /// The day it is due: the action's own review date in force before the review, else three months after the verified implementation.
    /// A date before that implementation is no review date: there was nothing to review yet.
    pub due: Date,
    /// The review, where it took place.
    pub review: Option<Fact<Effectiveness>>,
}

/// Where a learning action stands at the end of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionStanding {
    /// The action.
    pub id: ActionId,
    /// Its public reference.
    pub reference: PublicReference,
    /// What it stands under.
    pub source: ActionSource,
    /// What is to change.
    pub description: Prose,
    /// Where it stands; never [`Status::NotAgreed`]. Verified is the latest verification that stands: a refusal or a review that says
    /// "not effective" after it opens the action again.
    pub status: Status,
    /// The day it was agreed.
    pub agreed: Dated,
    /// Who is responsible.
    pub owner: Option<Fact<Owner>>,
    /// ACT-1: what it lacks.
    pub missing: Vec<MissingElement>,
    /// The measure.
    pub measure: Option<Measure>,
    /// Who oversees it.
    pub monitor: Option<Line>,
    /// How strong the change is (ACT-6).
    pub strength: Option<Fact<Strength>>,
    /// The first target ever set (ACT-4).
    pub original_target: Option<Fact<Date>>,
    /// The last target set while the one before it had not passed, or the first one set once a review had opened the action again (§6.0):
    /// the one that overdue is judged by.
    pub effective_target: Option<Fact<Date>>,
    /// The target as last set, in time or not.
    pub current_target: Option<Fact<Date>>,
    /// Every move, also those made too late (R5).
    pub moves: Vec<TargetChange>,
    /// The latest note of progress.
    pub last_progress: Option<Dated>,
    /// The day of implementation as reported, while the report stands.
    pub reported: Option<Fact<Date>>,
    /// The day of implementation that the verifier accepted, while the verification stands.
    pub verified: Option<Fact<Date>>,
    /// What a source asserts, in order: it counts as neither reported nor verified ([`crate::assertion`]).
    pub asserted: Vec<Fact<StageAssertion>>,
    /// The latest refusal to verify.
    pub refused: Option<Dated>,
    /// The review that opened it again.
    pub reopened: Option<Dated>,
    /// How it left.
    pub exit: Option<ActionExit>,
    /// The file was closed; changes no figure but the count of closed files beside R1 (ACT-5). A review that opens the action again
    /// opens its file.
    pub closed: Option<Dated>,
    /// The latest review.
    pub latest_review: Option<Fact<Effectiveness>>,
    /// The reviews that are or were due, in order.
    pub reviews: Vec<ReviewCycle>,
    /// Days past the effective target, while it has not left and is not verified.
    pub days_overdue: Option<i64>,
    /// Every event of it, in the order in which things happened.
    pub evidence: Vec<EventId>,
}

impl ActionStanding {
    /// Implemented, and verified by an independent person.
    pub fn is_verified(&self) -> bool {
        self.status == Status::Verified
    }

    /// What a source first asserts of this stage.
    pub fn asserted(&self, stage: AssertedStage) -> Option<&Fact<StageAssertion>> {
        self.asserted.iter().find(|fact| fact.value.stage == stage)
    }

    /// It has not left.
    pub fn is_live(&self) -> bool {
        self.exit.is_none()
    }

    /// Reported as implemented and not verified.
    pub fn is_reported_only(&self) -> bool {
        self.status == Status::ReportedImplemented
    }

    /// The latest review that is due by `as_of`, reviewed or not.
    pub fn review_due_by(&self, as_of: Date) -> Option<&ReviewCycle> {
        self.reviews.iter().rfind(|cycle| cycle.due <= as_of)
    }

    /// The review still to be done, where one is.
    pub fn open_review(&self) -> Option<&ReviewCycle> {
        self.reviews.iter().find(|cycle| cycle.review.is_none())
    }

    /// Whether it left on or before this target, or left without one.
    pub(super) fn left_by(&self, target: Option<Date>) -> bool {
        self.exit.as_ref().is_some_and(|exit| target.is_none_or(|target| exit.on <= target))
    }

    /// What is to be done next, in words; `None` where nothing is.
    pub fn next_step(&self, as_of: Date) -> Option<&'static str> {
        match self.status {
            Status::Left(_) | Status::NotAgreed => None,
            Status::Verified => self.open_review().map(|cycle| {
                if cycle.due < as_of {
                    "review its effectiveness: the review is overdue"
                } else {
                    "review its effectiveness when the review is due"
                }
            }),
            Status::ReportedImplemented => Some("have the implementation verified by an independent person"),
            Status::Open if self.owner.is_none() => Some("make somebody responsible"),
            Status::Open if self.effective_target.is_none() => Some("set a target date"),
            Status::Open if self.asserted(AssertedStage::Implementation).is_some() => {
                Some("report the implementation that the source asserts, with evidence")
            }
            Status::Open if self.days_overdue.is_some() => {
                Some("implement it and report that with evidence, or say that it is withdrawn and why")
            }
            Status::Open => Some("implement it and report that with evidence"),
        }
    }
}

/// Where the action stands at the end of `as_of`; `None` where it was not agreed by then, or the agreement was struck out.
pub fn standing(unit: &ActionUnit, as_of: Date, rules: Rules<'_>) -> Option<ActionStanding> {
    let history = seen(&unit.history, as_of);
    let (agreed, agreement) = history.iter().find_map(|entry| match &entry.event {
        Event::ActionAgreed(agreement) => Some((*entry, agreement)),
        _ => None,
    })?;
    let target = agreement.target_on.map(|target| Fact::of(agreed, target));
    let mut fold = Fold {
        standing: ActionStanding {
            id: unit.id,
            reference: unit.reference.clone(),
            source: unit.source.clone(),
            description: agreement.description.clone(),
            status: Status::Open,
            agreed: Dated::at(agreed),
            owner: agreement.owner.clone().map(|owner| Fact::of(agreed, owner)),
            missing: Vec::new(),
            measure: None,
            monitor: None,
            strength: None,
            original_target: target,
            effective_target: target,
            current_target: target,
            moves: Vec::new(),
            last_progress: None,
            reported: None,
            verified: None,
            asserted: Vec::new(),
            refused: None,
            reopened: None,
            exit: None,
            closed: None,
            latest_review: None,
            reviews: Vec::new(),
            days_overdue: None,
            evidence: history.iter().map(|entry| entry.event_id).collect(),
        },
        own_review_on: None,
        first_review_pending: false,
        target_to_be_set_again: false,
        review_after_months: u16::try_from(rules.policy.review_after_months.max(0)).unwrap_or(u16::MAX),
    };
    fold.plan(agreed, &agreement.plan);
    for entry in history {
        fold.apply(entry);
    }
    Some(fold.finish(as_of))
}

/// The fold of a history into a standing. The agreement comes first, whatever date a correction gave it.
struct Fold {
    standing: ActionStanding,
    /// The action's own date of the next review, where it has one.
    own_review_on: Option<Date>,
    /// Verified, and not reviewed since: without an own date, the review falls due some months after implementation.
    first_review_pending: bool,
    /// Opened again by a review, and no target set since: the next one is effective though the one before it has passed.
    target_to_be_set_again: bool,
    review_after_months: u16,
}

impl Fold {
    fn apply(&mut self, entry: &Entry<Event>) {
        let standing = &mut self.standing;
        match &entry.event {
            Event::ActionAgreed(_) | Event::EntryCorrected(_) => {}
            Event::OwnerAssigned(owner) => standing.owner = Some(Fact::of(entry, owner.clone())),
            Event::ActionMeasureSet(plan) => self.plan(entry, plan),
            Event::TargetMoved(change) => self.move_target(entry, change),
            Event::ProgressNoted { .. } => standing.last_progress = Some(Dated::at(entry)),
            Event::ImplementationReported(report) => {
                standing.reported = Some(Fact::of(entry, report.implemented_on));
            }
            Event::ImplementationVerified(verification) => {
                standing.verified = Some(Fact::of(entry, verification.implemented_on));
                standing.reopened = None;
                self.first_review_pending = true;
            }
            Event::VerificationRefused { .. } => {
                standing.refused = Some(Dated::at(entry));
                standing.reported = None;
                standing.verified = None;
            }
            Event::EffectivenessReviewed(review) => {
                let found = Fact::of(entry, review.result);
                self.review(found, review.next_review_on);
                if review.result == Effectiveness::NotEffective {
                    self.standing.reopened = Some(Dated::at(entry));
                    self.standing.reported = None;
                    self.standing.verified = None;
                    self.standing.closed = None;
                    self.target_to_be_set_again = true;
                }
            }
            Event::ActionSuperseded { by, reason } => {
                self.leave(entry, Exit::Superseded, reason.clone(), Some(*by));
            }
            Event::ActionWithdrawn { reason } => {
                self.leave(entry, Exit::Withdrawn, Some(reason.clone()), None);
            }
            Event::RiskAccepted(RiskAcceptance { reason, .. }) => {
                self.leave(entry, Exit::RiskAccepted, Some(reason.clone()), None);
            }
            Event::ActionClosed { .. } => standing.closed = Some(Dated::at(entry)),
            Event::ActionStageAsserted(assertion) => {
                standing.asserted.push(Fact::of(entry, assertion.clone()));
            }
        }
    }

    fn plan(&mut self, entry: &Entry<Event>, plan: &MeasurePlan) {
        let standing = &mut self.standing;
        if let Some(measure) = &plan.measure {
            standing.measure = Some(measure.clone());
        }
        if let Some(monitor) = &plan.monitor {
            standing.monitor = Some(monitor.clone());
        }
        if let Some(strength) = plan.strength {
            standing.strength = Some(Fact::of(entry, strength));
        }
        if let Some(review_on) = plan.review_on {
            self.own_review_on = Some(review_on);
        }
    }

    /// The target before is the one that this fold knows, not the one the event states: a correction may have changed it.
    fn move_target(&mut self, entry: &Entry<Event>, change: &TargetMove) {
        let set_again = std::mem::take(&mut self.target_to_be_set_again);
        let standing = &mut self.standing;
        let target = Fact::of(entry, change.to);
        let Some(current) = standing.current_target else {
            standing.original_target = Some(target);
            standing.effective_target = Some(target);
            standing.current_target = Some(target);
            return;
        };
        let after_target_passed =
            !set_again && standing.effective_target.is_some_and(|effective| effective.value < target.on);
        standing.moves.push(TargetChange {
            from: current.value,
            to: change.to,
            days_added: days_between(current.value, change.to),
            on: target.on,
            after_target_passed,
            approved_by_role: change.approved_by_role.clone(),
            reason: change.reason.clone(),
            event_id: entry.event_id,
        });
        standing.current_target = Some(target);
        if !after_target_passed {
            standing.effective_target = Some(target);
        }
    }

    fn review(&mut self, found: Fact<Effectiveness>, next_review_on: Option<Date>) {
        match self.review_due() {
            Some(due) => self.standing.reviews.push(ReviewCycle { due, review: Some(found) }),
            // A further review that nothing asked for answers the one before it.
            None => {
                if let Some(cycle) = self.standing.reviews.last_mut() {
                    cycle.review = Some(found);
                }
            }
        }
        self.standing.latest_review = Some(found);
        self.own_review_on = next_review_on;
        self.first_review_pending = false;
    }

    /// The day on which the next review is due: the action's own date, unless it lies before the implementation, else some months after
    /// implementation.
    fn review_due(&self) -> Option<Date> {
        let verified = self.standing.verified?;
        self.own_review_on.filter(|own| *own >= verified.value).or_else(|| {
            self.first_review_pending.then(|| add_calendar_months(verified.value, self.review_after_months))
        })
    }

    fn leave(
        &mut self,
        entry: &Entry<Event>,
        kind: Exit,
        reason: Option<Prose>,
        superseded_by: Option<ActionId>,
    ) {
        let on = entry.occurred_on();
        let in_time = self.standing.effective_target.is_none_or(|target| on <= target.value);
        self.standing.exit =
            Some(ActionExit { kind, on, in_time, reason, superseded_by, event_id: entry.event_id });
    }

    fn finish(mut self, as_of: Date) -> ActionStanding {
        if let Some(due) = self.review_due() {
            self.standing.reviews.push(ReviewCycle { due, review: None });
        }
        let mut standing = self.standing;
        standing.status = match (&standing.exit, &standing.verified, &standing.reported) {
            (Some(exit), _, _) => Status::Left(exit.kind),
            (None, Some(_), _) => Status::Verified,
            (None, None, Some(_)) => Status::ReportedImplemented,
            (None, None, None) => Status::Open,
        };
        standing.missing = [
            (standing.owner.is_none(), MissingElement::Owner),
            (standing.current_target.is_none(), MissingElement::TargetDate),
            (standing.measure.is_none(), MissingElement::Measure),
            (standing.monitor.is_none(), MissingElement::Monitor),
        ]
        .into_iter()
        .filter_map(|(missing, element)| missing.then_some(element))
        .collect();
        if matches!(standing.status, Status::Open | Status::ReportedImplemented) {
            standing.days_overdue = standing
                .effective_target
                .map(|target| days_between(target.value, as_of))
                .filter(|days| *days > 0);
        }
        standing
    }
}
