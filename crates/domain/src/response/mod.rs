//! The learning response (PSIRF), over one or several incidents, and its recommendations.

mod command;
mod decide;
mod event;
#[cfg(test)]
mod specs;
mod state;

pub use command::Command;
pub use decide::Rejection;
pub use event::{
    Event, Recommendation, RecommendationKind, Relation, RelationKind, ResponseKind, ResponseStart, SignOff,
};
pub use state::{Decision, RecommendationState, State};

use crate::{
    aggregate::{Aggregate, Situation},
    correction::Correction,
    entry::Entry,
};

/// The learning response aggregate. Stream category `response`.
#[derive(Clone, Copy, Debug)]
pub struct Response;

/// The most incidents one response may cover.
pub const INCIDENTS_MAX: usize = 100;
/// The most recommendations one response may make.
pub const RECOMMENDATIONS_MAX: usize = 200;
/// The most relations one recommendation or action may state.
pub const RELATIONS_MAX: usize = 20;

impl Aggregate for Response {
    type State = State;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    const CATEGORY: &'static str = "response";

    fn decide(state: &State, command: Command, situation: &Situation) -> Result<Vec<Event>, Rejection> {
        decide::decide(state, command, situation)
    }

    fn evolve(state: State, entry: &Entry<Event>) -> State {
        state::evolve(state, entry)
    }

    fn creates(event: &Event) -> bool {
        matches!(event, Event::ResponseStarted(_))
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
            Event::ResponseStarted(start) => {
                Some(Event::ResponseStarted(ResponseStart { started_on: date, ..start }))
            }
            _ => None,
        }
    }

    fn incoherence(history: &[Entry<Event>]) -> Option<&'static str> {
        decide::incoherence(history)
    }
}
