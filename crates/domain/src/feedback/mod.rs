//! What the reporter of an incident was told (charter item 15, measures F0 to F4).

mod command;
mod decide;
mod event;
#[cfg(test)]
mod specs;
mod state;

pub use command::{Command, ReportFacts};
pub use decide::Rejection;
pub use event::{
    Acknowledgement, ChannelKind, Event, FeedbackMethod, Outcome, OutcomeAssertion, Progress, ReturnChannel,
};
pub use state::{Exit, State};

use crate::{
    aggregate::{Aggregate, Situation},
    correction::Correction,
    entry::Entry,
};

/// The reporter feedback aggregate of one incident. Stream category `feedback`, with the incident's id.
#[derive(Clone, Copy, Debug)]
pub struct Feedback;

impl Aggregate for Feedback {
    type State = State;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    const CATEGORY: &'static str = "feedback";

    fn decide(state: &State, command: Command, situation: &Situation) -> Result<Vec<Event>, Rejection> {
        decide::decide(state, command, situation)
    }

    fn evolve(state: State, entry: &Entry<Event>) -> State {
        state::evolve(state, entry)
    }

    fn creates(_event: &Event) -> bool {
        // The incident's report opened what this stream tells of.
        false
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

    fn restate_date(_event: Event, _date: jiff::civil::Date) -> Option<Event> {
        None
    }

    fn incoherence(history: &[Entry<Event>]) -> Option<&'static str> {
        decide::incoherence(history)
    }
}
