//! The learning response, its recommendations and actions.

use candour_api::v1;

use super::Telling;
use crate::request::date;

/// Who leads the response and reports implementation.
const LEAD: &str = "staff:4001";
/// Who verifies: neither owner nor reporter of implementation (ACT-2).
const VERIFIER: &str = "staff:4009";

impl Telling<'_> {
    pub(super) async fn learning(&mut self) {
        let request = v1::StartResponseRequest {
            command: Some(self.requests.command_on(LEAD, 10)),
            reference: "RSP-2025-014".to_owned(),
            kind: v1::ResponseKind::Psii.into(),
            incident_ids: vec![self.story.incident_id.clone()],
            started_on: Some(date(10)),
            agreed_due_on: Some(date(28)),
        };
        let answer: v1::StartResponseResponse = self.call("LearningService/StartResponse", request).await;
        self.story.response_id = answer.response_id;
        self.recommendations().await;
        self.actions().await;
        let action_id = self.story.action_ids[0].clone();
        self.course(&action_id).await;
        self.exits().await;
        let request = v1::SignOffReportRequest {
            command: Some(self.requests.command_on(LEAD, 27)),
            response_id: self.story.response_id.clone(),
            signed_off_by_role: "medical director".to_owned(),
            report: "doc:5001".to_owned(),
        };
        let answer: v1::SignOffReportResponse = self.call("LearningService/SignOffReport", request).await;
        let request = v1::CorrectLearningEntryRequest {
            command: Some(self.requests.command(LEAD)),
            subject: Some(v1::correct_learning_entry_request::Subject::ResponseId(
                self.story.response_id.clone(),
            )),
            event_id: answer.result.expect("a command has a result").event_ids[0].clone(),
            reason: "Signed a day later.".to_owned(),
            change: Some(v1::correct_learning_entry_request::Change::OccurredTime(crate::request::instant(
                28,
            ))),
        };
        let _: v1::CorrectLearningEntryResponse =
            self.call("LearningService/CorrectLearningEntry", request).await;
    }

    async fn recommendations(&mut self) {
        let response_id = self.story.response_id.clone();
        for reference in ["REC-2025-014", "REC-2025-015"] {
            let request = v1::MakeRecommendationRequest {
                command: Some(self.requests.command_on(LEAD, 12)),
                response_id: response_id.clone(),
                reference: reference.to_owned(),
                kind: v1::RecommendationKind::AreaForImprovement.into(),
                text: "Let one chart carry every dose.".to_owned(),
                relates_to: vec![relation()],
            };
            let answer: v1::MakeRecommendationResponse =
                self.call("LearningService/MakeRecommendation", request).await;
            self.story.recommendation_ids.push(answer.recommendation_id);
        }
        let request = v1::AcceptRecommendationRequest {
            command: Some(self.requests.command_on(LEAD, 13)),
            response_id: response_id.clone(),
            recommendation_id: self.story.recommendation_ids[0].clone(),
            accepted_by_role: "medical director".to_owned(),
        };
        let _: v1::AcceptRecommendationResponse =
            self.call("LearningService/AcceptRecommendation", request).await;
        let request = v1::RejectRecommendationRequest {
            command: Some(self.requests.command_on(LEAD, 13)),
            response_id,
            recommendation_id: self.story.recommendation_ids[1].clone(),
            reason: "Another one covers it.".to_owned(),
            rejected_by_role: "medical director".to_owned(),
        };
        let _: v1::RejectRecommendationResponse =
            self.call("LearningService/RejectRecommendation", request).await;
    }

    /// Four actions under the accepted recommendation, and one directly on the incident.
    async fn actions(&mut self) {
        for index in 0..5 {
            let directly = index == 4;
            let key = v1::RecommendationKey {
                response_id: self.story.response_id.clone(),
                recommendation_id: self.story.recommendation_ids[0].clone(),
            };
            let request = v1::AgreeActionRequest {
                command: Some(self.requests.command_on(LEAD, 14)),
                reference: format!("ACT-2025-{index}"),
                recommendations: if directly { Vec::new() } else { vec![key] },
                incident_id: if directly { self.story.incident_id.clone() } else { String::new() },
                description: "Print one chart.".to_owned(),
                owner: Some(owner()),
                target_on: Some(date(24)),
                plan: Some(plan()),
                relates_to: vec![relation()],
            };
            let answer: v1::AgreeActionResponse = self.call("LearningService/AgreeAction", request).await;
            assert!(answer.missing.is_empty(), "owner, target, measure and monitor are given (ACT-1)");
            self.story.action_ids.push(answer.action_id);
        }
    }

    /// From owner to review.
    async fn course(&mut self, action_id: &str) {
        let action_id = action_id.to_owned();
        let request = v1::AssignOwnerRequest {
            command: Some(self.requests.command_on(LEAD, 15)),
            action_id: action_id.clone(),
            owner: Some(v1::Owner { person: "staff:4003".to_owned(), ..owner() }),
        };
        let _: v1::AssignOwnerResponse = self.call("LearningService/AssignOwner", request).await;
        let request = v1::SetActionMeasureRequest {
            command: Some(self.requests.command_on(LEAD, 15)),
            action_id: action_id.clone(),
            plan: Some(v1::MeasurePlan { monitor: "medicines safety group".to_owned(), ..plan() }),
        };
        let _: v1::SetActionMeasureResponse = self.call("LearningService/SetActionMeasure", request).await;
        let request = v1::MoveTargetRequest {
            command: Some(self.requests.command_on(LEAD, 16)),
            action_id: action_id.clone(),
            to: Some(date(26)),
            reason: "The printer is slow.".to_owned(),
            approved_by_role: "medical director".to_owned(),
            approved_by: "staff:4004".to_owned(),
        };
        let _: v1::MoveTargetResponse = self.call("LearningService/MoveTarget", request).await;
        let request = v1::NoteProgressRequest {
            command: Some(self.requests.command_on(LEAD, 17)),
            action_id: action_id.clone(),
            note: "The chart is drafted.".to_owned(),
        };
        let _: v1::NoteProgressResponse = self.call("LearningService/NoteProgress", request).await;
        self.report_implementation(&action_id, 18).await;
        let request = v1::RefuseVerificationRequest {
            command: Some(self.requests.command_on(VERIFIER, 19)),
            action_id: action_id.clone(),
            reason: "Two wards still use the old one.".to_owned(),
        };
        let _: v1::RefuseVerificationResponse =
            self.call("LearningService/RefuseVerification", request).await;
        self.report_implementation(&action_id, 20).await;
        let request = v1::VerifyImplementationRequest {
            command: Some(self.requests.command_on(VERIFIER, 21)),
            action_id: action_id.clone(),
            implemented_on: Some(date(18)),
            note: "Seen on both wards.".to_owned(),
        };
        let _: v1::VerifyImplementationResponse =
            self.call("LearningService/VerifyImplementation", request).await;
        let request = v1::ReviewEffectivenessRequest {
            command: Some(self.requests.command_on(VERIFIER, 25)),
            action_id: action_id.clone(),
            effectiveness: v1::Effectiveness::Effective.into(),
            evidence: vec!["doc:5003".to_owned()],
            note: "No double dose since.".to_owned(),
            next_review_on: Some(v1::Date { year: 2026, ..date(25) }),
        };
        let _: v1::ReviewEffectivenessResponse =
            self.call("LearningService/ReviewEffectiveness", request).await;
        let request = v1::CloseActionRequest {
            command: Some(self.requests.command_on(LEAD, 26)),
            action_id,
            reason: "Done.".to_owned(),
        };
        let _: v1::CloseActionResponse = self.call("LearningService/CloseAction", request).await;
    }

    async fn report_implementation(&mut self, action_id: &str, day: i32) {
        let request = v1::ReportImplementationRequest {
            command: Some(self.requests.command_on(LEAD, day)),
            action_id: action_id.to_owned(),
            implemented_on: Some(date(18)),
            evidence: vec!["doc:5002".to_owned()],
            note: "In use.".to_owned(),
        };
        let _: v1::ReportImplementationResponse =
            self.call("LearningService/ReportImplementation", request).await;
    }

    async fn exits(&mut self) {
        let ids = self.story.action_ids.clone();
        let request = v1::SupersedeActionRequest {
            command: Some(self.requests.command_on(LEAD, 20)),
            action_id: ids[1].clone(),
            by_action_id: ids[0].clone(),
            reason: "The first does both.".to_owned(),
        };
        let _: v1::SupersedeActionResponse = self.call("LearningService/SupersedeAction", request).await;
        let request = v1::WithdrawActionRequest {
            command: Some(self.requests.command_on(LEAD, 20)),
            action_id: ids[2].clone(),
            reason: "The ward was closed.".to_owned(),
        };
        let _: v1::WithdrawActionResponse = self.call("LearningService/WithdrawAction", request).await;
        let request = v1::AcceptRiskRequest {
            command: Some(self.requests.command_on(LEAD, 20)),
            action_id: ids[3].clone(),
            accepted_by_role: "medical director".to_owned(),
            reason: "The device leaves service this year.".to_owned(),
            review_on: Some(v1::Date { year: 2026, ..date(20) }),
        };
        let _: v1::AcceptRiskResponse = self.call("LearningService/AcceptRisk", request).await;
    }
}

fn relation() -> v1::Relation {
    v1::Relation { kind: v1::RelationKind::SameTheme.into(), reference: "REC-2024-001".to_owned() }
}

fn owner() -> v1::Owner {
    v1::Owner {
        role: "ward manager".to_owned(),
        team: "Ward 7".to_owned(),
        directorate: "Medicine".to_owned(),
        person: "staff:4002".to_owned(),
    }
}

fn plan() -> v1::MeasurePlan {
    v1::MeasurePlan {
        measure: Some(v1::Measure {
            name: "doses given twice".to_owned(),
            definition: "Counted weekly from the charts.".to_owned(),
            kind: v1::MeasureKind::Outcome.into(),
            target: "none".to_owned(),
            frequency: "weekly".to_owned(),
        }),
        monitor: "drug committee".to_owned(),
        review_on: Some(v1::Date { month: 6, ..date(18) }),
        strength: v1::Strength::Intermediate.into(),
    }
}
