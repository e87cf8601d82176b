//! The duty of candour case: one incident and one affected person, with contacts per relevant person inside it.
//!
//! The law of the nation is in [`crate::regime`]; here is what the organisation did, and what that makes of the case.

mod command;
mod decide;
mod event;
mod independence;
#[cfg(test)]
mod specs;
mod state;

pub use command::{CaseFacts, Command, Request};
pub use decide::Rejection;
pub use event::{
    AssertedStage, ContactAttempt, ContactMethod, ContactResult, CoversEnquiries, Declined, EnquiryResults,
    Event, Exemption, FirstNotification, FurtherEnquiries, LetterCovers, NotNotifiable, NotifiableAssessment,
    NotificationMode, Opinion, RelevantPerson, RelevantPersonBasis, Representative, StageAssertion, Support,
    SupportResponse, WrittenNotification,
};
pub use independence::OpinionIndependence;
pub use state::{
    AttemptCount, CaseDecision, Exit, FirstNotificationElements, IdentifiedPerson, State, UnsuccessfulAttempt,
};

use crate::{
    aggregate::{Aggregate, Situation},
    correction::Correction,
    entry::Entry,
};

/// The duty of candour aggregate. Stream category `candour`.
#[derive(Clone, Copy, Debug)]
pub struct CandourCase;

/// The most relevant persons one case may have.
pub const RELEVANT_PERSONS_MAX: usize = 20;
/// The most representatives one contact may name.
pub const REPRESENTATIVES_MAX: usize = 20;

impl Aggregate for CandourCase {
    type State = State;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    const CATEGORY: &'static str = "candour";

    fn decide(state: &State, command: Command, situation: &Situation) -> Result<Vec<Event>, Rejection> {
        decide::decide(state, command, situation)
    }

    fn evolve(state: State, entry: &Entry<Event>) -> State {
        state::evolve(state, entry)
    }

    fn creates(event: &Event) -> bool {
        matches!(event, Event::CandourCaseOpened { .. })
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
            Event::NotifiableAssessed(assessment) => {
                Some(Event::NotifiableAssessed(NotifiableAssessment { aware_on: date, ..assessment }))
            }
            _ => None,
        }
    }

    fn incoherence(history: &[Entry<Event>]) -> Option<&'static str> {
        decide::incoherence(history)
    }
}
