//! What a row changes of what a source asserts about a duty of candour case. None of it is a decision or a stage (E-1, E-6, E-7).

use candour_domain::{
    CorrectionChange,
    candour_case::{AssertedStage, CandourCase, CaseFacts, Command, Event, Request, StageAssertion},
    identifier::EventId,
};
use jiff::Timestamp;

use crate::{
    finding::{Notes, Refused},
    row::{AssertedDecision, CandourPart, Said, When},
    source::{Occurrence, Source},
    stream::Stream,
};

/// Plans what a row changes.
pub(crate) struct Planning<'a> {
    pub(crate) part: &'a CandourPart,
    /// The path of the part in the request.
    pub(crate) field: String,
    pub(crate) facts: CaseFacts,
    /// When the incident was reported.
    pub(crate) reported_at: Timestamp,
    pub(crate) source: &'a Source,
    pub(crate) stream: &'a mut Stream<CandourCase>,
    pub(crate) notes: &'a mut Notes,
}

impl Planning<'_> {
    /// The whole plan.
    pub(crate) fn plan(mut self) -> Result<(), Refused> {
        self.decision()?;
        self.stage("first_notification", AssertedStage::FirstNotification, self.part.first_notification)?;
        self.stage(
            "written_notification",
            AssertedStage::WrittenNotification,
            self.part.written_notification,
        )?;
        self.stage("enquiry_results", AssertedStage::EnquiryResults, self.part.enquiry_results)
    }

    fn decision(&mut self) -> Result<(), Refused> {
        let field = format!("{}.decision", self.field);
        let before = self
            .said(AssertedStage::DecidedNotifiable)
            .map(|said| (true, said))
            .or_else(|| self.said(AssertedStage::DecidedNotNotifiable).map(|said| (false, said)));
        match (self.part.decision, before) {
            (None, _) | (Some(AssertedDecision::Absent), None) => Ok(()),
            (Some(AssertedDecision::Absent), Some((_, (entry, _)))) => self.strike(&field, entry),
            (Some(AssertedDecision::Taken { is_notifiable, when }), Some((was_notifiable, (entry, at))))
                if is_notifiable == was_notifiable =>
            {
                when.map_or(Ok(()), |when| self.move_to(&field, entry, at, when))
            }
            (Some(AssertedDecision::Taken { is_notifiable, when }), before) => {
                if let Some((_, (entry, _))) = before {
                    self.strike(&field, entry)?;
                }
                let stage = if is_notifiable {
                    AssertedStage::DecidedNotifiable
                } else {
                    AssertedStage::DecidedNotNotifiable
                };
                // Of a decision without a day it is known only that it was taken by now.
                let at = when.map_or(self.source.now, |when| self.instant(when));
                self.assert(&field, stage, at)
            }
        }
    }

    fn stage(&mut self, name: &str, stage: AssertedStage, said: Option<Said>) -> Result<(), Refused> {
        let field = format!("{}.{name}", self.field);
        match (said, self.said(stage)) {
            (None, _) | (Some(Said::Absent), None) => Ok(()),
            (Some(Said::Absent), Some((entry, _))) => self.strike(&field, entry),
            (Some(Said::Happened(when)), Some((entry, at))) => self.move_to(&field, entry, at, when),
            (Some(Said::Happened(when)), None) => self.assert(&field, stage, self.instant(when)),
        }
    }

    /// The last assertion of a stage, and when it is said to have been.
    fn said(&self, stage: AssertedStage) -> Option<(EventId, Timestamp)> {
        let of_stage =
            |event: &Event| matches!(event, Event::CandourStageAsserted(said) if said.stage == stage);
        let last = self.stream.said.iter().rev().find(|entry| of_stage(&entry.event))?;
        Some((last.event_id, last.occurred_at))
    }

    fn instant(&self, when: When) -> Timestamp {
        when.instant(Some(self.reported_at), self.source.now)
    }

    fn assert(&mut self, field: &str, stage: AssertedStage, at: Timestamp) -> Result<(), Refused> {
        let assertion = StageAssertion { stage, source: self.source.system.clone() };
        let command = Command { facts: self.facts, request: Request::RecordStageAsserted(assertion) };
        self.stream.command(self.source, field, Occurrence::at(at), command, self.notes)
    }

    fn move_to(&mut self, field: &str, entry: EventId, at: Timestamp, when: When) -> Result<(), Refused> {
        if when.is_same_as(at) {
            return Ok(());
        }
        let change = CorrectionChange::OccurredAt(self.instant(when));
        self.stream.correct(self.source, field, entry, change, self.notes)
    }

    fn strike(&mut self, field: &str, entry: EventId) -> Result<(), Refused> {
        self.stream.strike(self.source, field, entry, self.notes)
    }
}
