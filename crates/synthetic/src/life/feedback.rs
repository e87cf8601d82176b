//! What the reporter is told.

use candour_domain::{
    Personal,
    feedback::{
        Acknowledgement, ChannelKind, Command, FeedbackMethod, Outcome, OutcomeAssertion, Progress,
        ReportFacts, ReturnChannel,
    },
};
use jiff::Timestamp;

use super::{Life, step::FeedbackStep};
use crate::{
    SyntheticError,
    stream::{Recorder, Stream},
    words,
};

impl Life {
    pub(super) fn of_the_reporter(
        &mut self,
        recorder: &mut Recorder<'_>,
        at: Timestamp,
        step: &FeedbackStep,
    ) -> Result<(), SyntheticError> {
        let moment = self.moment(at, 2)?;
        let facts = ReportFacts {
            identity: self.incident.state.reporter_identity,
            recorded_in_error: false,
            reported_on: self.reported_on,
        };
        let chance = &mut self.chance;
        let method = Some(chance.one_of(&[
            FeedbackMethod::Email,
            FeedbackMethod::Telephone,
            FeedbackMethod::ReportingSystem,
        ]));
        let command = match step {
            FeedbackStep::OpenChannel => Command::OpenReturnChannel(
                facts,
                ReturnChannel {
                    kind: ChannelKind::Intermediary,
                    receipt_code_hash: None,
                    intermediary_role: Some(words::text("freedom to speak up guardian")?),
                },
            ),
            FeedbackStep::Acknowledge => Command::AcknowledgeReporter(facts, Acknowledgement { method }),
            FeedbackStep::SendProgress => Command::RecordProgressSent(
                facts,
                Progress { method, message: Some(Personal::Known(words::found(chance)?)) },
            ),
            FeedbackStep::SendOutcome => {
                let is_changed = chance.in_thousand(800);
                let changed = Personal::Known(words::changed(chance)?);
                Command::RecordOutcomeSent(
                    facts,
                    Outcome {
                        method,
                        what_was_found: Personal::Known(words::found(chance)?),
                        what_changed: is_changed.then_some(changed),
                        why_nothing_changed: if is_changed {
                            None
                        } else {
                            Some(Personal::Known(words::text(
                                "The change asked for is under way already, in another review.",
                            )?))
                        },
                    },
                )
            }
            FeedbackStep::OptOut => Command::OptOutOfFeedback(facts, None),
            FeedbackStep::GiveUp => Command::RecordReporterUnreachable(
                facts,
                words::text("left the trust; two letters came back")?,
            ),
            FeedbackStep::AssertOutcome => Command::RecordOutcomeAsserted(
                facts,
                OutcomeAssertion { source: words::other_system()?, message: None },
            ),
        };
        let stream = match &mut self.feedback {
            Some(stream) => stream,
            none => none.insert(Stream::new(recorder.engine, self.id.uuid(), self.is_corrected)?),
        };
        recorder.command(stream, &moment, command)
    }
}
