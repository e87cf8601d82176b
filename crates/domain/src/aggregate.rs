//! The shape every aggregate has: a decider.

use jiff::{Timestamp, civil::Date};

use crate::{
    calendar::civil_date,
    correction::{self, Correction},
    entry::Entry,
    text::PersonReference,
};

/// The inputs from outside that every decision may need. Facts of other streams travel in the command itself.
#[derive(Clone, Debug)]
pub struct Situation {
    /// Now, by the service's clock.
    pub now: Timestamp,
    /// When the actor says the thing happened; never later than `now` (checked at the edge).
    pub occurred_at: Timestamp,
    /// The person who acts, where known.
    pub performed_by: Option<PersonReference>,
}

impl Situation {
    /// The civil date in Europe/London of `occurred_at`.
    pub fn occurred_on(&self) -> Date {
        civil_date(self.occurred_at)
    }
}

/// A decider: commands in, events out, state by folding.
pub trait Aggregate: 'static {
    /// What the rules need to remember.
    type State: Default + Clone + std::fmt::Debug + Send + Sync + 'static;
    /// What may be asked for.
    type Command;
    /// What may have happened.
    type Event: Clone + std::fmt::Debug + Send + Sync + 'static;
    /// Why a command may be refused.
    type Rejection: Refusal;

    /// The category of the stream (`incident`, `feedback`, `candour`, `response`, `action`).
    const CATEGORY: &'static str;

    /// Decides. An empty vector means "nothing to do" and is a success; a refusal changes nothing.
    fn decide(
        state: &Self::State,
        command: Self::Command,
        situation: &Situation,
    ) -> Result<Vec<Self::Event>, Self::Rejection>;

    /// Folds one entry. Total: never panics, whatever the order of events.
    fn evolve(state: Self::State, entry: &Entry<Self::Event>) -> Self::State;

    /// Whether an event is the one that creates the thing. It comes before all others of its stream, whatever its date: a record may be
    /// opened long after what it tells of.
    fn creates(event: &Self::Event) -> bool;

    /// The correction inside an event, if it is one.
    fn correction(event: &Self::Event) -> Option<&Correction>;

    /// The event that records a correction.
    fn corrected(correction: Correction) -> Self::Event;

    /// Replaces the one date that the event itself states (such as the date of implementation), if it states one.
    fn restate_date(event: Self::Event, date: Date) -> Option<Self::Event>;

    /// What does not hold together in a history as [`correction::applied`] gives it, if anything: for example a verification without a report
    /// that occurred before it. Checked with the events of every command and correction before they are recorded.
    fn incoherence(history: &[Entry<Self::Event>]) -> Option<&'static str>;

    /// The state after a whole history, corrections applied, in the order in which things occurred.
    fn replay<'a>(history: impl IntoIterator<Item = &'a Entry<Self::Event>>) -> Self::State
    where
        Self: Sized,
    {
        correction::applied::<Self>(history).iter().fold(Self::State::default(), Self::evolve)
    }
}

/// How a refusal is to be answered. The edge maps it to a status; the domain knows no status codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// The request itself is at fault, whatever the state: the field named (a path in the request) breaks a rule.
    InvalidField(&'static str),
    /// The thing exists already, or was done already with another content.
    AlreadyDone,
    /// What the command refers to does not exist.
    Missing,
    /// The state does not allow it now.
    State,
}

/// A refusal with a stable reason that clients may rely on.
pub trait Refusal: std::error::Error + Clone + PartialEq + Send + Sync + 'static {
    /// The stable reason, `UPPER_SNAKE_CASE`, listed in `proto/README.md`.
    fn reason(&self) -> &'static str;
    /// How it is to be answered.
    fn kind(&self) -> RefusalKind;
    /// Every field at fault with what is wrong, where there may be several. By default the one that [`Refusal::kind`] names.
    fn faults(&self) -> Vec<(String, String)> {
        match self.kind() {
            RefusalKind::InvalidField(field) => vec![(field.to_owned(), self.to_string())],
            RefusalKind::AlreadyDone | RefusalKind::Missing | RefusalKind::State => Vec::new(),
        }
    }
}
