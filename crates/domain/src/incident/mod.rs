//! The incident: the report and its life. Several affected persons, harm graded for each.

mod case_reference;
mod command;
mod decide;
mod event;
#[cfg(test)]
mod specs;
mod state;

pub use case_reference::case_reference;
pub use command::Command;
pub use decide::Rejection;
pub use event::{
    AffectedPerson, AffectedPersonKind, Amendment, Closure, DuplicateLink, Event, HarmGrade, HarmGrading,
    IncidentKind, PhysicalHarm, Place, PsychologicalHarm, Report, Reporter, ReporterIdentity,
    SourceReference,
};
pub use state::{PersonState, State, Status};

use crate::{
    aggregate::{Aggregate, Situation},
    correction::Correction,
    entry::Entry,
};

/// The incident aggregate. Stream category `incident`.
#[derive(Clone, Copy, Debug)]
pub struct Incident;

/// The most affected persons one incident may have.
pub const AFFECTED_PERSONS_MAX: usize = 50;

impl Aggregate for Incident {
    type State = State;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    const CATEGORY: &'static str = "incident";

    fn decide(state: &State, command: Command, situation: &Situation) -> Result<Vec<Event>, Rejection> {
        decide::decide(state, command, situation)
    }

    fn evolve(state: State, entry: &Entry<Event>) -> State {
        state::evolve(state, entry)
    }

    fn creates(event: &Event) -> bool {
        matches!(event, Event::IncidentReported(_))
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
