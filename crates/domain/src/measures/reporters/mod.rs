//! What the reporter of an incident was told, and the figures F0 to F4.

mod figures;

pub(super) use figures::MEASURES;

use jiff::{Timestamp, civil::Date};

use super::{
    Dated, Due, Fact, FeedbackUnit, Rules,
    fact::{days_after, days_between, seen},
};
use crate::{
    entry::Entry,
    feedback::{ChannelKind, Event},
    identifier::{EventId, IncidentId},
    incident::{self, ReporterIdentity},
    text::{Prose, PublicReference},
};

coded_enum! {
    /// F0: whether the reporter can be told. Every report has exactly one class.
    pub enum ReporterClass {
        /// Can be told, or was; also one that left only after the outcome was due.
        Eligible = "eligible",
        /// Anonymous, and no way back was opened.
        AnonymousWithoutChannel = "anonymous-without-channel",
        /// Does not want to be told, recorded while the outcome was not overdue.
        OptedOut = "opted-out",
        /// The same reporter reported the same thing twice, recorded while the outcome was not overdue.
        DuplicateBySameReporter = "duplicate-by-same-reporter",
        /// Could not be reached, recorded while the outcome was not overdue.
        Unreachable = "unreachable",
    }
}

impl ReporterClass {
    /// The words shown.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Eligible => "eligible",
            Self::AnonymousWithoutChannel => "anonymous without a channel",
            Self::OptedOut => "opted out",
            Self::DuplicateBySameReporter => "duplicate by the same reporter",
            Self::Unreachable => "unreachable",
        }
    }
}

/// How a report leaves the figures. Whether it does depends on when ([`ExitEffect`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReporterExitKind {
    /// The reporter does not want to be told.
    OptedOut,
    /// The reporter could not be reached.
    Unreachable,
    /// A duplicate by the same reporter.
    DuplicateBySameReporter,
}

impl ReporterExitKind {
    const fn class(self) -> ReporterClass {
        match self {
            Self::OptedOut => ReporterClass::OptedOut,
            Self::Unreachable => ReporterClass::Unreachable,
            Self::DuplicateBySameReporter => ReporterClass::DuplicateBySameReporter,
        }
    }
}

/// What an exit does to the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitEffect {
    /// On or before the outcome's due date as it stood then: the report leaves the denominators.
    Excluded,
    /// After it, or where the due date cannot be known: the report stays, not met unless told.
    Stays,
    /// The outcome had been told before: nothing is left to leave.
    AfterTold,
}

/// How a report left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReporterExit {
    /// How.
    pub kind: ReporterExitKind,
    /// The day it was recorded to have happened.
    pub on: Date,
    /// What it does to the figures.
    pub effect: ExitEffect,
    /// What was tried, where the reporter could not be reached. The reason of an opt-out is sealed and not shown.
    pub reason: Option<Prose>,
    /// The event that proves it.
    pub event_id: EventId,
}

/// Where a report and its reporter stand at the end of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReporterStanding {
    /// The incident.
    pub incident: IncidentId,
    /// Its public reference.
    pub reference: PublicReference,
    /// How much the reporter lets be known.
    pub identity: ReporterIdentity,
    /// The day of the report.
    pub reported: Dated,
    /// Whether the reporter can be told (F0).
    pub class: ReporterClass,
    /// The way back that was opened first.
    pub channel: Option<Fact<ChannelKind>>,
    /// The day of the first acknowledgement.
    pub acknowledged: Option<Dated>,
    /// F1: the day by which it is to be acknowledged.
    pub acknowledgement_due: Due,
    /// The latest acknowledgement or word of progress.
    pub last_message: Option<Dated>,
    /// The closing that no reopening followed; `None` while the incident is open.
    pub closed: Option<Dated>,
    /// The latest reopening.
    pub reopened: Option<Dated>,
    /// The day on which the outcome was first told.
    pub told: Option<Dated>,
    /// The day on which a source asserts that it was told, without what was found and what changed: that counts as nothing
    /// ([`crate::assertion`]).
    pub told_asserted: Option<Dated>,
    /// F2: the day by which the outcome is to be told: the earlier of the closure clock and the backstop, as things stood when it was
    /// told or when the report left late, else as they stand now.
    pub outcome_due: Due,
    /// F2: the backstop alone, in calendar days from the report.
    pub backstop: Date,
    /// How it left, where it did; the first exit that is on record.
    pub exit: Option<ReporterExit>,
    /// Days past the outcome's due date, while eligible and not told.
    pub days_overdue: Option<i64>,
    /// Days from the report to `as_of`, while eligible and not told (F3).
    pub days_waiting: Option<i64>,
    /// Every event of the feedback and those of the incident that count here, each in the order in which things happened.
    pub evidence: Vec<EventId>,
}

impl ReporterStanding {
    /// Can be told, or was (F0).
    pub fn is_eligible(&self) -> bool {
        self.class == ReporterClass::Eligible
    }

    /// Days since the last message, or since the report where none was sent (F4).
    pub fn days_since_last_message(&self, as_of: Date) -> i64 {
        days_between(self.last_message.map_or(self.reported.on, |message| message.on), as_of)
    }

    /// What is to be done next, in words; `None` where nothing is.
    pub fn next_step(&self) -> Option<&'static str> {
        if !self.is_eligible() || self.told.is_some() {
            None
        } else if self.exit.is_some() {
            Some("left after its due date: try another way to tell the outcome")
        } else if self.told_asserted.is_some() {
            Some(
                "record what was found and what changed, or why nothing did: the source asserts only that the reporter was told",
            )
        } else if self.closed.is_some() || self.days_overdue.is_some() {
            Some("tell the reporter what was found and what changed, or why nothing did")
        } else if self.acknowledged.is_none() {
            Some("acknowledge the report")
        } else {
            Some("send word of progress until the outcome can be told")
        }
    }
}

/// Where the report stands at the end of `as_of`; `None` where it was not made by then, nobody reported, or it was recorded in error.
pub fn standing(unit: &FeedbackUnit, as_of: Date, rules: Rules<'_>) -> Option<ReporterStanding> {
    let incident = seen(&unit.incident_history, as_of);
    let feedback = seen(&unit.feedback_history, as_of);
    if incident.iter().any(|entry| matches!(entry.event, incident::Event::IncidentRecordedInError { .. })) {
        return None;
    }
    let (report, identity) = incident.iter().find_map(|entry| match &entry.event {
        incident::Event::IncidentReported(report) => {
            report.reporter.as_ref().map(|reporter| (*entry, reporter.identity))
        }
        _ => None,
    })?;
    let reported = Dated::at(report);
    let first = |wanted: fn(&Event) -> bool| feedback.iter().copied().find(|entry| wanted(&entry.event));
    let told = first(|event| matches!(event, Event::ReporterOutcomeSent(_)));
    let channel = feedback.iter().find_map(|entry| match &entry.event {
        Event::ReturnChannelOpened(channel) => Some(Fact::of(*entry, channel.kind)),
        _ => None,
    });
    let clock = OutcomeClock { reported_on: reported.on, incident: &incident, rules };
    let exit = first_exit(&incident, &feedback).map(|(at, mut exit)| {
        exit.effect = match told {
            Some(told) if told.occurred_at <= at => ExitEffect::AfterTold,
            _ if clock.due(Some(at)).is_met_by(exit.on) => ExitEffect::Excluded,
            _ => ExitEffect::Stays,
        };
        (at, exit)
    });
    let class = match &exit {
        _ if told.is_none() && channel.is_none() && identity == ReporterIdentity::Anonymous => {
            ReporterClass::AnonymousWithoutChannel
        }
        Some((_, exit)) if exit.effect == ExitEffect::Excluded => exit.kind.class(),
        _ => ReporterClass::Eligible,
    };
    // What already happened is judged by the due date as it stood then: a later reopening rescues neither an outcome told late nor a
    // report that left late.
    let judged_at = match (&exit, told) {
        (Some((at, exit)), _) if exit.effect != ExitEffect::AfterTold => Some(*at),
        (_, told) => told.map(|told| told.occurred_at),
    };
    let outcome_due = clock.due(judged_at);
    let waiting = class == ReporterClass::Eligible && told.is_none();
    Some(ReporterStanding {
        incident: unit.incident,
        reference: unit.reference.clone(),
        identity,
        reported,
        class,
        channel,
        acknowledged: first(|event| matches!(event, Event::ReporterAcknowledged(_))).map(Dated::at),
        acknowledgement_due: Due::working_days_after(
            reported.on,
            rules.policy.acknowledge_reporter_working_days,
            rules.of(&reported),
        ),
        last_message: feedback
            .iter()
            .rfind(|entry| {
                matches!(entry.event, Event::ReporterAcknowledged(_) | Event::ReporterProgressSent(_))
            })
            .map(|entry| Dated::at(entry)),
        closed: closing_in_force(&incident, None),
        reopened: incident
            .iter()
            .rfind(|entry| matches!(entry.event, incident::Event::IncidentReopened { .. }))
            .map(|entry| Dated::at(entry)),
        told: told.map(Dated::at),
        told_asserted: first(|event| matches!(event, Event::ReporterOutcomeAsserted(_))).map(Dated::at),
        outcome_due,
        backstop: clock.backstop(),
        exit: exit.map(|(_, exit)| exit),
        days_overdue: if waiting { outcome_due.days_past(as_of) } else { None },
        days_waiting: waiting.then(|| days_between(reported.on, as_of)),
        evidence: evidence(&incident, &feedback),
    })
}

/// The first exit and its instant. Its effect is decided by the caller.
fn first_exit(
    incident: &[&Entry<incident::Event>],
    feedback: &[&Entry<Event>],
) -> Option<(Timestamp, ReporterExit)> {
    let of_feedback = feedback.iter().filter_map(|entry| match &entry.event {
        Event::FeedbackOptedOut { .. } => Some(exit_at(entry, ReporterExitKind::OptedOut, None)),
        Event::ReporterUnreachable { reason } => {
            Some(exit_at(entry, ReporterExitKind::Unreachable, Some(reason.clone())))
        }
        _ => None,
    });
    let of_incident = incident.iter().filter_map(|entry| match &entry.event {
        incident::Event::DuplicateLinked(link) if link.same_reporter => {
            Some(exit_at(entry, ReporterExitKind::DuplicateBySameReporter, None))
        }
        _ => None,
    });
    // The minimum is the first of equals, so that two streams with the same instant always come out alike.
    of_feedback.chain(of_incident).min_by_key(|(at, _)| *at)
}

fn exit_at<E>(entry: &Entry<E>, kind: ReporterExitKind, reason: Option<Prose>) -> (Timestamp, ReporterExit) {
    let (on, event_id) = (entry.occurred_on(), entry.event_id);
    (entry.occurred_at, ReporterExit { kind, on, effect: ExitEffect::Stays, reason, event_id })
}

/// The closing that no reopening followed, as things stood at an instant, or at the end of what is seen.
fn closing_in_force(incident: &[&Entry<incident::Event>], at: Option<Timestamp>) -> Option<Dated> {
    incident.iter().filter(|entry| at.is_none_or(|at| entry.occurred_at <= at)).fold(None, |closed, entry| {
        match entry.event {
            // Closed again while closed does not start the clock anew.
            incident::Event::IncidentClosed(_) => closed.or_else(|| Some(Dated::at(entry))),
            incident::Event::IncidentReopened { .. } => None,
            _ => closed,
        }
    })
}

/// F2: the earlier of so many working days after the closing and so many calendar days after the report.
/// A reopening stops the closure clock; the backstop stands.
struct OutcomeClock<'a> {
    reported_on: Date,
    incident: &'a [&'a Entry<incident::Event>],
    rules: Rules<'a>,
}

impl OutcomeClock<'_> {
    fn backstop(&self) -> Date {
        days_after(self.reported_on, self.rules.policy.outcome_backstop_days)
    }

    /// The due date as it stood at an instant, or as it stands.
    fn due(&self, at: Option<Timestamp>) -> Due {
        let backstop = self.backstop();
        let Some(closed) = closing_in_force(self.incident, at) else { return Due::On(backstop) };
        let count = self.rules.policy.outcome_after_closure_working_days;
        // So many working days are never fewer than so many calendar days: a backstop that comes no later decides, calendar or not.
        if backstop <= days_after(closed.on, count) {
            return Due::On(backstop);
        }
        match Due::working_days_after(closed.on, count, self.rules.of(&closed)) {
            Due::On(after_closing) => Due::On(after_closing.min(backstop)),
            Due::OutsideCalendar => Due::OutsideCalendar,
        }
    }
}

fn evidence(incident: &[&Entry<incident::Event>], feedback: &[&Entry<Event>]) -> Vec<EventId> {
    let of_incident = incident.iter().filter(|entry| {
        matches!(
            entry.event,
            incident::Event::IncidentReported(_)
                | incident::Event::IncidentClosed(_)
                | incident::Event::IncidentReopened { .. }
                | incident::Event::DuplicateLinked(_)
        )
    });
    of_incident.map(|entry| entry.event_id).chain(feedback.iter().map(|entry| entry.event_id)).collect()
}
