//! What a row changes of what is on record about the reporter.

use candour_domain::{
    CorrectionChange, Entry,
    feedback::{
        Acknowledgement, Command, Event, Feedback, FeedbackMethod, Outcome, OutcomeAssertion, ReportFacts,
    },
    identifier::EventId,
    incident::ReporterIdentity,
    personal::Personal,
    text::Narrative,
};
use jiff::Timestamp;

use crate::{
    finding::{Notes, Refused},
    incident::changed,
    row::{FeedbackPart, Said, When},
    source::{Occurrence, Source},
    stream::Stream,
};

const ACKNOWLEDGED: &str = "feedback.acknowledged";
const TOLD: &str = "feedback.told";

/// Plans what a row changes.
pub(crate) struct Planning<'a> {
    pub(crate) part: &'a FeedbackPart,
    /// What the incident says of the report, and when it was made.
    pub(crate) facts: ReportFacts,
    pub(crate) reported_at: Timestamp,
    pub(crate) source: &'a Source,
    pub(crate) stream: &'a mut Stream<Feedback>,
    pub(crate) notes: &'a mut Notes,
}

/// What a source said of the outcome.
enum OutcomeSaid<'a> {
    Sent(&'a Outcome),
    Asserted(&'a OutcomeAssertion),
}

impl Planning<'_> {
    /// The whole plan.
    pub(crate) fn plan(mut self) -> Result<(), Refused> {
        self.acknowledged()?;
        self.told()
    }

    fn acknowledged(&mut self) -> Result<(), Refused> {
        let before = last(&self.stream.said, |event| matches!(event, Event::ReporterAcknowledged(_)));
        match (self.part.acknowledged, before) {
            (None, _) | (Some(Said::Absent), None) => Ok(()),
            (Some(Said::Absent), Some((entry, _))) => self.strike(ACKNOWLEDGED, entry),
            (Some(Said::Happened(when)), Some((entry, at))) => self.move_to(ACKNOWLEDGED, entry, at, when),
            (Some(Said::Happened(when)), None) => {
                let command = Command::AcknowledgeReporter(self.facts, Acknowledgement { method: None });
                self.command(ACKNOWLEDGED, when, command)
            }
        }
    }

    fn told(&mut self) -> Result<(), Refused> {
        let said = std::mem::take(&mut self.stream.said);
        let before = said.iter().rev().find_map(|entry| match &entry.event {
            Event::ReporterOutcomeSent(outcome) => Some((entry, OutcomeSaid::Sent(outcome))),
            Event::ReporterOutcomeAsserted(assertion) => Some((entry, OutcomeSaid::Asserted(assertion))),
            _ => None,
        });
        match (self.part.told, before) {
            (None, _) | (Some(Said::Absent), None) => {
                if self.texts().next().is_some() {
                    self.notes.note(TOLD, "is not given, so what was to be told is not recorded");
                }
                Ok(())
            }
            (Some(Said::Absent), Some((entry, _))) => self.strike(TOLD, entry.event_id),
            (Some(Said::Happened(when)), None) => self.tell(when),
            (Some(Said::Happened(when)), Some((entry, before))) => {
                if self.says_more_or_other(&before) {
                    self.strike(TOLD, entry.event_id)?;
                    self.tell(when)
                } else {
                    self.move_to(TOLD, entry.event_id, entry.occurred_at, when)
                }
            }
        }
    }

    /// F2: with what was found, and what changed or why nothing did, the reporter was told. With less it is what the source asserts, which counts
    /// nowhere.
    fn outcome(&self) -> Option<Outcome> {
        let FeedbackPart { method, what_was_found, what_changed, why_nothing_changed, .. } =
            self.part.clone();
        let what_was_found = what_was_found.filter(|_| self.says_enough())?;
        // F0: nobody can be told without a way back to them, whatever the source says.
        let needs_channel = self.facts.identity == Some(ReporterIdentity::Anonymous)
            || method == Some(FeedbackMethod::ReturnChannel);
        if needs_channel && !self.stream.state().channel_open() {
            return None;
        }
        Some(Outcome { method, what_was_found, what_changed, why_nothing_changed })
    }

    fn says_enough(&self) -> bool {
        let part = self.part;
        part.what_was_found.is_some() && (part.what_changed.is_some() || part.why_nothing_changed.is_some())
    }

    fn tell(&mut self, when: When) -> Result<(), Refused> {
        let command = if let Some(outcome) = self.outcome() {
            Command::RecordOutcomeSent(self.facts, outcome)
        } else {
            if self.says_enough() {
                self.notes
                    .note(TOLD, "is kept as asserted by the source: there is no way back to the reporter");
            }
            let message = self.texts().next().cloned();
            let assertion = OutcomeAssertion { source: self.source.system.clone(), message };
            Command::RecordOutcomeAsserted(self.facts, assertion)
        };
        self.command(TOLD, when, command)
    }

    /// The texts of the row, the most telling first.
    fn texts(&self) -> impl Iterator<Item = &Personal<Narrative>> {
        let part = self.part;
        [&part.message, &part.what_was_found, &part.what_changed, &part.why_nothing_changed]
            .into_iter()
            .flatten()
    }

    /// Whether the row tells otherwise than the source did. A text that it leaves empty stays, and nothing is compared with one that was
    /// erased.
    fn says_more_or_other(&self, before: &OutcomeSaid<'_>) -> bool {
        match (self.outcome(), before) {
            (Some(_), OutcomeSaid::Asserted(_)) => true,
            (Some(now), OutcomeSaid::Sent(before)) => {
                changed(Some(&now.what_was_found), Some(&before.what_was_found)).is_some()
                    || (before.what_was_found.known().is_some()
                        && (now.method.is_some_and(|method| Some(method) != before.method)
                            || now.what_changed != before.what_changed
                            || now.why_nothing_changed != before.why_nothing_changed))
            }
            (None, OutcomeSaid::Sent(_)) => false,
            (None, OutcomeSaid::Asserted(before)) => {
                changed(self.texts().next(), before.message.as_ref()).is_some()
            }
        }
    }

    fn move_to(&mut self, field: &str, entry: EventId, at: Timestamp, when: When) -> Result<(), Refused> {
        if when.is_same_as(at) {
            return Ok(());
        }
        if when.day() < self.facts.reported_on {
            return Err(Refused::field(field, "lies before the day of the report"));
        }
        let at = when.instant(Some(self.reported_at), self.source.now);
        self.stream.correct(self.source, field, entry, CorrectionChange::OccurredAt(at), self.notes)
    }

    fn strike(&mut self, field: &str, entry: EventId) -> Result<(), Refused> {
        self.stream.strike(self.source, field, entry, self.notes)
    }

    fn command(&mut self, field: &str, when: When, command: Command) -> Result<(), Refused> {
        let at = when.instant(Some(self.reported_at), self.source.now);
        self.stream.command(self.source, field, Occurrence::at(at), command, self.notes)
    }
}

/// The last entry of a kind, and when it happened.
fn last<E>(said: &[Entry<E>], is_it: impl Fn(&E) -> bool) -> Option<(EventId, Timestamp)> {
    said.iter().rev().find(|entry| is_it(&entry.event)).map(|entry| (entry.event_id, entry.occurred_at))
}
