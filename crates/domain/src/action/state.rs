//! The fold of a learning action.

use jiff::civil::Date;

use super::{ActionSource, Effectiveness, Event, Implementation, Measure, MeasurePlan, Owner, Strength};
use crate::{
    entry::Entry,
    identifier::ActionId,
    text::{Line, PersonReference, PublicReference},
};

/// How an action left without being implemented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Another action took its place.
    Superseded,
    /// Withdrawn.
    Withdrawn,
    /// The risk was accepted.
    RiskAccepted,
}

/// Where an action stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Status {
    /// Not agreed yet: the stream is empty.
    #[default]
    NotAgreed,
    /// Agreed, not reported as implemented.
    Open,
    /// Reported as implemented, not verified.
    ReportedImplemented,
    /// Verified by an independent person.
    Verified,
    /// Left without being implemented.
    Left(Exit),
}

/// ACT-1: what an agreed action lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MissingElement {
    /// Nobody is responsible.
    Owner,
    /// No target date.
    TargetDate,
    /// No measure.
    Measure,
    /// Nobody oversees it.
    Monitor,
}

/// What the rules of an action remember.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Where it stands.
    pub status: Status,
    /// The file was closed. A review that opens the action again opens its file as well.
    pub closed: bool,
    /// The action.
    pub id: Option<ActionId>,
    /// Its reference.
    pub reference: Option<PublicReference>,
    /// The day it was agreed.
    pub agreed_on: Option<Date>,
    /// What it stands under.
    pub source: Option<ActionSource>,
    /// Who is responsible.
    pub owner: Option<Owner>,
    /// The first target ever set (ACT-4).
    pub original_target: Option<Date>,
    /// The target in force.
    pub target: Option<Date>,
    /// The measure.
    pub measure: Option<Measure>,
    /// Who oversees it.
    pub monitor: Option<Line>,
    /// When effectiveness is to be reviewed.
    pub review_on: Option<Date>,
    /// How strong the change is.
    pub strength: Option<Strength>,
    /// The latest report of implementation that stands.
    pub reported: Option<Implementation>,
    /// Who acted in that report; `None` is unknown.
    pub reported_by: Option<PersonReference>,
    /// Everybody known to have reported implementation since the action was last open, each once. A report that replaces another does
    /// not make the earlier reporter independent (ACT-2).
    pub reporters: Vec<PersonReference>,
    /// Somebody unknown reported implementation since the action was last open. A report that replaces theirs does not make them known,
    /// so nobody's independence can be shown until theirs is struck out (ACT-2).
    pub unknown_reporter: bool,
    /// The owners at the time of those reports, each once, so that naming another owner just before the verification does not defeat
    /// ACT-2. Where the owner's person was not known then, the first one named afterwards stands here.
    pub owners_when_reported: Vec<PersonReference>,
    /// The implementation date accepted by the verifier.
    pub verified_on: Option<Date>,
    /// The latest review.
    pub effectiveness: Option<Effectiveness>,
}

impl State {
    /// ACT-1: what an agreed action lacks; an action that lacks anything is incomplete and counts as such.
    /// Empty for an action that was not agreed.
    pub fn missing(&self) -> Vec<MissingElement> {
        if self.status == Status::NotAgreed {
            return Vec::new();
        }
        [
            (self.owner.is_none(), MissingElement::Owner),
            (self.target.is_none(), MissingElement::TargetDate),
            (self.measure.is_none(), MissingElement::Measure),
            (self.monitor.is_none(), MissingElement::Monitor),
        ]
        .into_iter()
        .filter_map(|(lacks, element)| lacks.then_some(element))
        .collect()
    }

    /// The person who owns it now, where known.
    pub(super) fn owner_person(&self) -> Option<&PersonReference> {
        self.owner.as_ref()?.person.as_ref()
    }

    /// Whether such a plan would change nothing.
    pub(super) fn already_planned(&self, plan: &MeasurePlan) -> bool {
        fn same<T: PartialEq>(asked: Option<&T>, known: Option<&T>) -> bool {
            asked.is_none() || asked == known
        }
        let MeasurePlan { measure, monitor, review_on, strength } = plan;
        same(measure.as_ref(), self.measure.as_ref())
            && same(monitor.as_ref(), self.monitor.as_ref())
            && same(review_on.as_ref(), self.review_on.as_ref())
            && same(strength.as_ref(), self.strength.as_ref())
    }

    fn plan(&mut self, plan: &MeasurePlan) {
        let MeasurePlan { measure, monitor, review_on, strength } = plan.clone();
        self.measure = measure.or(self.measure.take());
        self.monitor = monitor.or(self.monitor.take());
        self.review_on = review_on.or(self.review_on);
        self.strength = strength.or(self.strength);
    }

    /// Open again: whatever was reported and verified before no longer stands.
    fn reopen(&mut self) {
        self.status = Status::Open;
        self.reported = None;
        self.reported_by = None;
        self.reporters.clear();
        self.unknown_reporter = false;
        self.owners_when_reported.clear();
        self.verified_on = None;
    }
}

pub(super) fn evolve(mut state: State, entry: &Entry<Event>) -> State {
    match &entry.event {
        Event::ActionAgreed(agreement) => {
            state.status = Status::Open;
            state.id = Some(agreement.id);
            state.reference = Some(agreement.reference.clone());
            state.agreed_on = Some(entry.occurred_on());
            state.source = Some(agreement.source.clone());
            state.owner.clone_from(&agreement.owner);
            state.original_target = agreement.target_on;
            state.target = agreement.target_on;
            state.plan(&agreement.plan);
        }
        Event::OwnerAssigned(owner) => {
            state.owner = Some(owner.clone());
            if state.status == Status::ReportedImplemented && state.owners_when_reported.is_empty() {
                state.owners_when_reported.extend(owner.person.clone());
            }
        }
        Event::ActionMeasureSet(plan) => state.plan(plan),
        Event::TargetMoved(target_move) => {
            state.target = Some(target_move.to);
            state.original_target = state.original_target.or(Some(target_move.to));
        }
        Event::ImplementationReported(report) => {
            state.status = Status::ReportedImplemented;
            state.reported = Some(report.clone());
            state.reported_by.clone_from(&entry.performed_by);
            state.unknown_reporter |= entry.performed_by.is_none();
            let owner = state.owner_person().cloned();
            add_once(&mut state.reporters, entry.performed_by.clone());
            add_once(&mut state.owners_when_reported, owner);
        }
        Event::ImplementationVerified(verification) => {
            state.status = Status::Verified;
            state.verified_on = Some(verification.implemented_on);
        }
        Event::VerificationRefused { .. } => state.reopen(),
        Event::EffectivenessReviewed(review) => {
            state.effectiveness = Some(review.result);
            state.review_on = review.next_review_on.or(state.review_on);
            if review.result == Effectiveness::NotEffective {
                state.reopen();
                state.closed = false;
            }
        }
        Event::ActionSuperseded { .. } => state.status = Status::Left(Exit::Superseded),
        Event::ActionWithdrawn { .. } => state.status = Status::Left(Exit::Withdrawn),
        // When the acceptance is to be reviewed is another date than when effectiveness is.
        Event::RiskAccepted(_) => state.status = Status::Left(Exit::RiskAccepted),
        Event::ActionClosed { .. } => state.closed = true,
        // What a progress note says or a source asserts moves nothing; a correction acts through the corrected history.
        Event::ProgressNoted { .. } | Event::ActionStageAsserted(_) | Event::EntryCorrected(_) => {}
    }
    state
}

fn add_once(people: &mut Vec<PersonReference>, person: Option<PersonReference>) {
    if let Some(person) = person.filter(|person| !people.contains(person)) {
        people.push(person);
    }
}
