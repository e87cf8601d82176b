//! The rules of reporter feedback.

use jiff::civil::Date;

use super::{
    Acknowledgement, ChannelKind, Command, Event, Exit, FeedbackMethod, Outcome, Progress, ReportFacts,
    ReturnChannel, State,
};
use crate::{
    aggregate::{Refusal, RefusalKind, Situation},
    entry::Entry,
    incident::ReporterIdentity,
    personal::Personal,
    text::{Narrative, Prose},
};

/// Characters of a receipt code's keyed hash: 32 bytes in lower-case hexadecimal.
const RECEIPT_CODE_HASH_CHARACTERS: usize = 64;

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The incident left every figure, and its reporter with it.
    #[error("the incident was recorded in error")]
    IncidentRecordedInError,
    /// The organisation recorded the incident itself: nobody waits to be told.
    #[error("nobody reported this incident, so nobody is to be told")]
    NoReporter,
    /// There is no way back to the reporter (F0).
    #[error("there is no way back to the reporter; open a return channel first")]
    NoReturnChannel,
    /// A receipt code without the means to recognise it.
    #[error(
        "a receipt code channel needs the keyed hash of its code: {RECEIPT_CODE_HASH_CHARACTERS} lower-case hexadecimal digits"
    )]
    ReceiptCodeHashInvalid,
    /// An intermediary has no receipt code.
    #[error("an intermediary channel has no receipt code")]
    IntermediaryWithReceiptCode,
    /// An intermediary nobody could find.
    #[error("an intermediary channel needs the role of the intermediary")]
    IntermediaryRoleMissing,
    /// A receipt code has no intermediary.
    #[error("a receipt code channel has no intermediary; open a channel of its own for them")]
    ReceiptCodeWithIntermediary,
    /// Acknowledged before; the first time counts (F1).
    #[error("the report was already acknowledged; correct that entry if it is wrong")]
    AlreadyAcknowledged,
    /// Nobody is told about a report that was not made yet.
    #[error("{occurred_on} lies before {reported_on}, the day of the report")]
    BeforeTheReport {
        /// The day on which it is said to have happened.
        occurred_on: Date,
        /// The day of the report.
        reported_on: Date,
    },
    /// Who was told cannot leave the figures afterwards (F0, F2).
    #[error("the reporter was already told the outcome")]
    AlreadyTold,
    /// Less than this is a closure notice and does not count as telling (F2).
    #[error("the outcome must say what changed, or why nothing changed; less is a closure notice")]
    OutcomeIncomplete,
    /// Something changed, or nothing did.
    #[error("the outcome cannot say both what changed and why nothing changed")]
    OutcomeContradictory,
}

impl Refusal for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::IncidentRecordedInError => "INCIDENT_RECORDED_IN_ERROR",
            Self::NoReporter => "NO_REPORTER",
            Self::NoReturnChannel => "NO_RETURN_CHANNEL",
            Self::ReceiptCodeHashInvalid => "RECEIPT_CODE_HASH_INVALID",
            Self::IntermediaryWithReceiptCode => "INTERMEDIARY_WITH_RECEIPT_CODE",
            Self::IntermediaryRoleMissing => "INTERMEDIARY_ROLE_MISSING",
            Self::ReceiptCodeWithIntermediary => "RECEIPT_CODE_WITH_INTERMEDIARY",
            Self::AlreadyAcknowledged => "REPORTER_ALREADY_ACKNOWLEDGED",
            Self::BeforeTheReport { .. } => "BEFORE_THE_REPORT",
            Self::AlreadyTold => "REPORTER_ALREADY_TOLD",
            Self::OutcomeIncomplete => "OUTCOME_INCOMPLETE",
            Self::OutcomeContradictory => "OUTCOME_CONTRADICTORY",
        }
    }

    fn kind(&self) -> RefusalKind {
        match self {
            Self::IncidentRecordedInError | Self::NoReporter | Self::NoReturnChannel | Self::AlreadyTold => {
                RefusalKind::State
            }
            Self::AlreadyAcknowledged => RefusalKind::AlreadyDone,
            Self::BeforeTheReport { .. } => RefusalKind::InvalidField("command.occurred_time"),
            Self::ReceiptCodeHashInvalid | Self::IntermediaryWithReceiptCode => {
                RefusalKind::InvalidField("kind")
            }
            Self::IntermediaryRoleMissing | Self::ReceiptCodeWithIntermediary => {
                RefusalKind::InvalidField("intermediary_role")
            }
            Self::OutcomeIncomplete => RefusalKind::InvalidField("what_changed"),
            Self::OutcomeContradictory => RefusalKind::InvalidField("why_nothing_changed"),
        }
    }
}

pub(super) fn decide(
    state: &State,
    command: Command,
    situation: &Situation,
) -> Result<Vec<Event>, Rejection> {
    let facts = facts(&command);
    let identity = reporter(facts)?;
    let (occurred_on, reported_on) = (situation.occurred_on(), facts.reported_on);
    if occurred_on < reported_on {
        return Err(Rejection::BeforeTheReport { occurred_on, reported_on });
    }
    match command {
        Command::OpenReturnChannel(_, channel) => open_return_channel(state, channel),
        Command::OptOutOfFeedback(_, reason) => opt_out(state, reason),
        Command::AcknowledgeReporter(_, acknowledgement) => acknowledge(state, identity, acknowledgement),
        Command::RecordProgressSent(_, progress) => progress_sent(state, identity, progress),
        Command::RecordOutcomeSent(_, outcome) => outcome_sent(state, identity, outcome),
        Command::RecordReporterUnreachable(_, reason) => unreachable(state, reason),
        // Nothing counts by it, so it needs no way back to the reporter.
        Command::RecordOutcomeAsserted(_, assertion) => Ok(vec![Event::ReporterOutcomeAsserted(assertion)]),
    }
}

fn facts(command: &Command) -> ReportFacts {
    match command {
        Command::OpenReturnChannel(facts, _)
        | Command::OptOutOfFeedback(facts, _)
        | Command::AcknowledgeReporter(facts, _)
        | Command::RecordProgressSent(facts, _)
        | Command::RecordOutcomeSent(facts, _)
        | Command::RecordReporterUnreachable(facts, _)
        | Command::RecordOutcomeAsserted(facts, _) => *facts,
    }
}

/// Somebody reported, and the report stands.
fn reporter(facts: ReportFacts) -> Result<ReporterIdentity, Rejection> {
    if facts.recorded_in_error {
        return Err(Rejection::IncidentRecordedInError);
    }
    facts.identity.ok_or(Rejection::NoReporter)
}

/// F0: an anonymous reporter can be told only through a channel, and a message through a channel needs one.
fn can_be_reached(
    state: &State,
    identity: ReporterIdentity,
    method: Option<FeedbackMethod>,
) -> Result<(), Rejection> {
    let needs_channel =
        identity == ReporterIdentity::Anonymous || method == Some(FeedbackMethod::ReturnChannel);
    if needs_channel && !state.channel_open() { Err(Rejection::NoReturnChannel) } else { Ok(()) }
}

/// One channel of each kind is open at a time: another receipt code, or another intermediary, takes the earlier one's place.
fn open_return_channel(state: &State, channel: ReturnChannel) -> Result<Vec<Event>, Rejection> {
    match channel.kind {
        ChannelKind::ReceiptCode => {
            if !channel.receipt_code_hash.as_deref().is_some_and(is_receipt_code_hash) {
                return Err(Rejection::ReceiptCodeHashInvalid);
            }
            if channel.intermediary_role.is_some() {
                return Err(Rejection::ReceiptCodeWithIntermediary);
            }
        }
        ChannelKind::Intermediary => {
            if channel.intermediary_role.is_none() {
                return Err(Rejection::IntermediaryRoleMissing);
            }
            if channel.receipt_code_hash.is_some() {
                return Err(Rejection::IntermediaryWithReceiptCode);
            }
        }
    }
    if state.channel(channel.kind) == Some(&channel) {
        return Ok(Vec::new());
    }
    Ok(vec![Event::ReturnChannelOpened(channel)])
}

fn is_receipt_code_hash(text: &str) -> bool {
    text.len() == RECEIPT_CODE_HASH_CHARACTERS && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn opt_out(state: &State, reason: Option<Personal<Narrative>>) -> Result<Vec<Event>, Rejection> {
    leave(state, Exit::OptedOut, Event::FeedbackOptedOut { reason })
}

fn unreachable(state: &State, reason: Prose) -> Result<Vec<Event>, Rejection> {
    leave(state, Exit::Unreachable, Event::ReporterUnreachable { reason })
}

/// F0: only who was not told can leave the figures.
fn leave(state: &State, exit: Exit, event: Event) -> Result<Vec<Event>, Rejection> {
    if state.told {
        return Err(Rejection::AlreadyTold);
    }
    if state.exit == Some(exit) {
        return Ok(Vec::new());
    }
    Ok(vec![event])
}

fn acknowledge(
    state: &State,
    identity: ReporterIdentity,
    acknowledgement: Acknowledgement,
) -> Result<Vec<Event>, Rejection> {
    if state.acknowledged {
        return Err(Rejection::AlreadyAcknowledged);
    }
    can_be_reached(state, identity, acknowledgement.method)?;
    Ok(vec![Event::ReporterAcknowledged(acknowledgement)])
}

fn progress_sent(
    state: &State,
    identity: ReporterIdentity,
    progress: Progress,
) -> Result<Vec<Event>, Rejection> {
    can_be_reached(state, identity, progress.method)?;
    Ok(vec![Event::ReporterProgressSent(progress)])
}

/// F2. May follow an exit, for who opted out may change their mind; and may be sent again with more in it: the first one counts.
fn outcome_sent(
    state: &State,
    identity: ReporterIdentity,
    outcome: Outcome,
) -> Result<Vec<Event>, Rejection> {
    match (&outcome.what_changed, &outcome.why_nothing_changed) {
        (None, None) => return Err(Rejection::OutcomeIncomplete),
        (Some(_), Some(_)) => return Err(Rejection::OutcomeContradictory),
        (Some(_), None) | (None, Some(_)) => {}
    }
    can_be_reached(state, identity, outcome.method)?;
    Ok(vec![Event::ReporterOutcomeSent(outcome)])
}

/// What does not hold together in a corrected history. Whether the reporter is anonymous is not known here, so only a message that
/// says it went through a channel holds that channel in place.
pub(super) fn incoherence(history: &[Entry<Event>]) -> Option<&'static str> {
    let mut channel_open = false;
    for entry in history {
        let method = match &entry.event {
            Event::ReturnChannelOpened(_) => {
                channel_open = true;
                None
            }
            Event::ReporterAcknowledged(acknowledgement) => acknowledgement.method,
            Event::ReporterProgressSent(progress) => progress.method,
            Event::ReporterOutcomeSent(outcome) => outcome.method,
            Event::FeedbackOptedOut { .. }
            | Event::ReporterUnreachable { .. }
            | Event::ReporterOutcomeAsserted(_)
            | Event::EntryCorrected(_) => None,
        };
        if method == Some(FeedbackMethod::ReturnChannel) && !channel_open {
            return Some("a message went through the return channel; strike out the message first");
        }
    }
    None
}
