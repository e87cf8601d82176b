//! The fold of reporter feedback.

use super::{ChannelKind, Event, ReturnChannel};
use crate::entry::Entry;

/// How a report left the reporter figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The reporter does not want to be told.
    OptedOut,
    /// The reporter could not be reached.
    Unreachable,
}

/// What the rules of reporter feedback remember.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The return channels that are open: at most one of each kind, the latest.
    pub channels: Vec<ReturnChannel>,
    /// The report was acknowledged.
    pub acknowledged: bool,
    /// The outcome was told. Stands beside an exit: who opted out may change their mind.
    pub told: bool,
    /// How the report last left the figures, where it did.
    pub exit: Option<Exit>,
}

impl State {
    /// Whether there is a way back to a reporter who is not known.
    pub fn channel_open(&self) -> bool {
        !self.channels.is_empty()
    }

    /// The open channel of this kind.
    pub fn channel(&self, kind: ChannelKind) -> Option<&ReturnChannel> {
        self.channels.iter().find(|channel| channel.kind == kind)
    }
}

/// Folds one entry.
pub(super) fn evolve(mut state: State, entry: &Entry<Event>) -> State {
    match &entry.event {
        Event::ReturnChannelOpened(channel) => {
            state.channels.retain(|open| open.kind != channel.kind);
            state.channels.push(channel.clone());
        }
        Event::FeedbackOptedOut { .. } => state.exit = Some(Exit::OptedOut),
        Event::ReporterAcknowledged(_) => state.acknowledged = true,
        Event::ReporterOutcomeSent(_) => state.told = true,
        Event::ReporterUnreachable { .. } => state.exit = Some(Exit::Unreachable),
        // Word of progress changes no rule, nor does what a source asserts; corrections are applied before the fold.
        Event::ReporterProgressSent(_) | Event::ReporterOutcomeAsserted(_) | Event::EntryCorrected(_) => {}
    }
    state
}
