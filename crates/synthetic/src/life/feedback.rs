//! What the reporter is told.

use candour_domain::{
    Personal,
    feedback::{
        Acknowledgement, ChannelKind, Command, FeedbackMethod, Outcome, Progress, ReportFacts, ReturnChannel,
    },
};
use jiff::Timestamp;

use super::{Life, Step};
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
        step: &Step,
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
            Step::OpenChannel => Command::OpenReturnChannel(
                facts,
                ReturnChannel {
                    kind: ChannelKind::Intermediary,
                    receipt_code_hash: None,
                    intermediary_role: Some(words::text("freedom to speak up guardian")?),
                },
            ),
            Step::Acknowledge => Command::AcknowledgeReporter(facts, Acknowledgement { method }),
            Step::SendProgress => Command::RecordProgressSent(
                facts,
                Progress { method, message: Some(Personal::Known(words::found(chance)?)) },
            ),
            Step::SendOutcome => Command::RecordOutcomeSent(
                facts,
                Outcome {
                    method,
                    what_was_found: Personal::Known(words::found(chance)?),
                    what_changed: Some(Personal::Known(words::changed(chance)?)),
                    why_nothing_changed: None,
                },
            ),
            Step::OptOut => Command::OptOutOfFeedback(facts, None),
            _ => return Err(SyntheticError::OutOfPlan),
        };
        let stream = match &mut self.feedback {
            Some(stream) => stream,
            none => none.insert(Stream::new(recorder.engine, self.id.uuid())?),
        };
        recorder.command(stream, &moment, command)
    }
}
