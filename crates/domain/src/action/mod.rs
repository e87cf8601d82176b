//! One learning action, under one or more recommendations or directly on an incident (rules ACT-1 to ACT-7).

mod command;
mod decide;
mod event;
#[cfg(test)]
mod specs;
mod state;

pub use command::{Command, RecommendationFacts};
pub use decide::Rejection;
pub use event::{
    ActionAgreement, ActionSource, AssertedStage, Effectiveness, EffectivenessReview, Event, Implementation,
    Measure, MeasureKind, MeasurePlan, Owner, RecommendationKey, RiskAcceptance, StageAssertion, Strength,
    TargetMove, Verification,
};
pub use state::{Exit, MissingElement, State, Status};

use crate::{
    aggregate::{Aggregate, Situation},
    correction::Correction,
    entry::Entry,
};

/// The learning action aggregate. Stream category `action`.
#[derive(Clone, Copy, Debug)]
pub struct Action;

/// The most recommendations one action may stand under.
pub const RECOMMENDATIONS_MAX: usize = 20;
/// The most pieces of evidence one report of implementation may name.
pub const EVIDENCE_MAX: usize = 50;

impl Aggregate for Action {
    type State = State;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    const CATEGORY: &'static str = "action";

    fn decide(state: &State, command: Command, situation: &Situation) -> Result<Vec<Event>, Rejection> {
        decide::decide(state, command, situation)
    }

    fn evolve(state: State, entry: &Entry<Event>) -> State {
        state::evolve(state, entry)
    }

    fn creates(event: &Event) -> bool {
        matches!(event, Event::ActionAgreed(_))
    }

    fn correction(event: &Event) -> Option<&Correction> {
        match event {
            Event::EntryCorrected(correction) => Some(correction),
            _ => None,
        }
    }

    fn corrected(correction: Correction) -> Event {
        Event::EntryCorrected(correction)
    }

    fn restate_date(event: Event, date: jiff::civil::Date) -> Option<Event> {
        match event {
            Event::ActionAgreed(mut agreement) if agreement.target_on.is_some() => {
                agreement.target_on = Some(date);
                Some(Event::ActionAgreed(agreement))
            }
            Event::TargetMoved(target_move) => {
                Some(Event::TargetMoved(TargetMove { to: date, ..target_move }))
            }
            Event::ImplementationReported(report) => {
                Some(Event::ImplementationReported(Implementation { implemented_on: date, ..report }))
            }
            Event::ImplementationVerified(verification) => {
                Some(Event::ImplementationVerified(Verification { implemented_on: date, ..verification }))
            }
            _ => None,
        }
    }

    fn incoherence(history: &[Entry<Event>]) -> Option<&'static str> {
        decide::incoherence(history)
    }
}
