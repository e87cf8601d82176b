//! What the reporters were told.

use candour_api::v1;

use super::Telling;

/// Who tells the reporters.
const STAFF: &str = "staff:2001";

impl Telling<'_> {
    /// The confidential reporter is told the outcome; the anonymous one has a return channel and opts out; a third cannot be reached.
    pub(super) async fn reporters(&mut self) {
        let incident_id = self.story.incident_id.clone();
        let method = v1::FeedbackMethod::Email.into();
        let request = v1::AcknowledgeReporterRequest {
            command: Some(self.requests.command_on(STAFF, 4)),
            incident_id: incident_id.clone(),
            method,
        };
        let answer: v1::AcknowledgeReporterResponse =
            self.call("FollowUpService/AcknowledgeReporter", request).await;
        let acknowledged = answer.result.expect("a command has a result").event_ids[0].clone();
        let request = v1::RecordProgressSentRequest {
            command: Some(self.requests.command_on(STAFF, 10)),
            incident_id: incident_id.clone(),
            method,
            message: self.personal("message"),
        };
        let _: v1::RecordProgressSentResponse =
            self.call("FollowUpService/RecordProgressSent", request).await;
        for (day, changed) in [(20, true), (21, false)] {
            let (what_changed, why_nothing_changed) = if changed {
                (self.personal("what_changed"), String::new())
            } else {
                (String::new(), self.personal("why_nothing_changed"))
            };
            let request = v1::RecordOutcomeSentRequest {
                command: Some(self.requests.command_on(STAFF, day)),
                incident_id: incident_id.clone(),
                method,
                what_was_found: self.personal("what_was_found"),
                what_changed,
                why_nothing_changed,
            };
            let _: v1::RecordOutcomeSentResponse =
                self.call("FollowUpService/RecordOutcomeSent", request).await;
        }
        let request = v1::CorrectFollowUpEntryRequest {
            command: Some(self.requests.command(STAFF)),
            subject: Some(v1::correct_follow_up_entry_request::Subject::IncidentId(incident_id)),
            event_id: acknowledged,
            reason: "It was sent a day later.".to_owned(),
            change: Some(v1::correct_follow_up_entry_request::Change::OccurredTime(crate::request::instant(
                5,
            ))),
        };
        let _: v1::CorrectFollowUpEntryResponse =
            self.call("FollowUpService/CorrectFollowUpEntry", request).await;
        self.anonymous().await;
    }

    async fn anonymous(&mut self) {
        let incident_id = self.story.duplicate_id.clone();
        let request = v1::OpenReturnChannelRequest {
            command: Some(self.requests.command_on(STAFF, 4)),
            incident_id: incident_id.clone(),
            kind: v1::ChannelKind::Intermediary.into(),
            intermediary_role: "guardian".to_owned(),
        };
        let _: v1::OpenReturnChannelResponse = self.call("FollowUpService/OpenReturnChannel", request).await;
        let request = v1::OpenReturnChannelRequest {
            command: Some(self.requests.command_on(STAFF, 4)),
            incident_id: incident_id.clone(),
            kind: v1::ChannelKind::ReceiptCode.into(),
            intermediary_role: String::new(),
        };
        let answer: v1::OpenReturnChannelResponse =
            self.call("FollowUpService/OpenReturnChannel", request).await;
        self.story.receipt_code = answer.receipt_code;
        let request = v1::OptOutOfFeedbackRequest {
            command: Some(self.requests.command_on(STAFF, 5)),
            incident_id,
            reason: self.personal("reason"),
        };
        let _: v1::OptOutOfFeedbackResponse = self.call("FollowUpService/OptOutOfFeedback", request).await;
        let request = v1::RecordReporterUnreachableRequest {
            command: Some(self.requests.command(STAFF)),
            incident_id: self.story.error_id.clone(),
            reason: "Left the organisation.".to_owned(),
        };
        let _: v1::RecordReporterUnreachableResponse =
            self.call("FollowUpService/RecordReporterUnreachable", request).await;
    }
}
