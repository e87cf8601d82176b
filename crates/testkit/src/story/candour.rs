//! The duty of candour: one case told in full, one to which the duty does not apply, one that left in every way.

use candour_api::v1;

use super::Telling;
use crate::request::date;

/// Who carries out the duty.
const STAFF: &str = "staff:3001";

impl Telling<'_> {
    pub(super) async fn candour(&mut self) {
        self.assess(0).await;
        let relevant_person_id = self.identify(0).await;
        self.attempt(0, &relevant_person_id, 7, v1::ContactMethod::Telephone).await;
        self.told_in_full(&relevant_person_id).await;
        self.not_notifiable().await;
        self.leaving().await;
    }

    fn opinion(&self, path: &str) -> v1::Opinion {
        v1::Opinion {
            given_by_role: "consultant".to_owned(),
            profession: "medicine".to_owned(),
            given_by: "staff:3002".to_owned(),
            involved_in_incident: Some(false),
            given_on: Some(date(5)),
            basis: self.personal(path),
        }
    }

    async fn assess(&mut self, index: usize) {
        let request = v1::AssessNotifiableRequest {
            command: Some(self.requests.command_on(STAFF, 6)),
            case_id: self.case(index).case_id,
            incident_id: self.story.incident_id.clone(),
            assessment: Some(v1::NotifiableAssessment {
                unintended_or_unexpected: true,
                regulated_activity: true,
                outcome: v1::NotifiableOutcome::ModerateHarm.into(),
                likelihood: v1::Likelihood::AppearsToHaveResulted.into(),
                moderate_increase_in_treatment: v1::ModerateIncrease::ExtraTimeInHospital.into(),
                significant_not_permanent: true,
                continuous_days: Some(3),
                likely_28_days: false,
                directly_related: false,
                opinion: Some(self.opinion("assessment.opinion.basis")),
                aware_on: Some(date(5)),
            }),
        };
        let _: v1::AssessNotifiableResponse = self.call("FollowUpService/AssessNotifiable", request).await;
    }

    async fn identify(&mut self, index: usize) -> String {
        let request = v1::IdentifyRelevantPersonRequest {
            command: Some(self.requests.command_on(STAFF, 6)),
            case_id: self.case(index).case_id,
            incident_id: self.story.incident_id.clone(),
            relationship: "daughter".to_owned(),
            basis: v1::RelevantPersonBasis::LacksCapacity.into(),
            lawful_authority: "lasting power of attorney".to_owned(),
            designated: true,
            name: self.personal("name"),
            contact: self.personal("contact"),
        };
        let answer: v1::IdentifyRelevantPersonResponse =
            self.call("FollowUpService/IdentifyRelevantPerson", request).await;
        answer.relevant_person_id
    }

    async fn attempt(&mut self, index: usize, relevant_person_id: &str, day: i32, method: v1::ContactMethod) {
        let request = v1::RecordContactAttemptRequest {
            command: Some(self.requests.command_on(STAFF, day)),
            case_id: self.case(index).case_id,
            incident_id: self.story.incident_id.clone(),
            relevant_person_id: relevant_person_id.to_owned(),
            method: method.into(),
            by_role: "ward manager".to_owned(),
            contact_result: v1::ContactResult::NoAnswer.into(),
            note: self.personal("note"),
        };
        let _: v1::RecordContactAttemptResponse =
            self.call("FollowUpService/RecordContactAttempt", request).await;
    }

    async fn told_in_full(&mut self, relevant_person_id: &str) {
        let (case_id, incident_id) = (self.case(0).case_id, self.story.incident_id.clone());
        let relevant_person_id = relevant_person_id.to_owned();
        let request = v1::RecordFirstNotificationRequest {
            command: Some(self.requests.command_on(STAFF, 8)),
            case_id: case_id.clone(),
            incident_id: incident_id.clone(),
            relevant_person_id: relevant_person_id.clone(),
            mode: v1::NotificationMode::FaceToFace.into(),
            representatives: vec![v1::Representative {
                role: "consultant".to_owned(),
                name: self.personal("representatives[0].name"),
            }],
            facts_account: true,
            further_enquiries: Some(
                v1::record_first_notification_request::FurtherEnquiries::FurtherEnquiriesAdvised(true),
            ),
            apology: true,
            support_offered: true,
            written_record: "doc:9001".to_owned(),
        };
        let answer: v1::RecordFirstNotificationResponse =
            self.call("FollowUpService/RecordFirstNotification", request).await;
        assert!(answer.missing.is_empty(), "every element was given, and the stage is complete");
        let request = v1::RecordSupportOfferedRequest {
            command: Some(self.requests.command_on(STAFF, 9)),
            case_id: case_id.clone(),
            incident_id: incident_id.clone(),
            relevant_person_id: relevant_person_id.clone(),
            what: "an advocate".to_owned(),
            response: v1::SupportResponse::Taken.into(),
        };
        let _: v1::RecordSupportOfferedResponse =
            self.call("FollowUpService/RecordSupportOffered", request).await;
        let request = v1::RecordWrittenNotificationRequest {
            command: Some(self.requests.command_on(STAFF, 10)),
            case_id: case_id.clone(),
            incident_id: incident_id.clone(),
            relevant_person_id: relevant_person_id.clone(),
            letter: "doc:9002".to_owned(),
            covers: Some(v1::LetterCovers {
                facts: true,
                enquiries: Some(v1::letter_covers::Enquiries::EnquiryDetails(true)),
                results: false,
                apology: true,
            }),
        };
        let _: v1::RecordWrittenNotificationResponse =
            self.call("FollowUpService/RecordWrittenNotification", request).await;
        let request = v1::ShareEnquiryResultsRequest {
            command: Some(self.requests.command_on(STAFF, 20)),
            case_id: case_id.clone(),
            incident_id: incident_id.clone(),
            relevant_person_id,
            letter: "doc:9003".to_owned(),
            apology: true,
        };
        let _: v1::ShareEnquiryResultsResponse =
            self.call("FollowUpService/ShareEnquiryResults", request).await;
        let request = v1::RecordNoFurtherEnquiriesRequest {
            command: Some(self.requests.command_on(STAFF, 21)),
            case_id,
            incident_id,
            because: "All questions are answered.".to_owned(),
        };
        let _: v1::RecordNoFurtherEnquiriesResponse =
            self.call("FollowUpService/RecordNoFurtherEnquiries", request).await;
    }

    async fn not_notifiable(&mut self) {
        let request = v1::RecordNotNotifiableRequest {
            command: Some(self.requests.command_on(STAFF, 6)),
            case_id: self.case(1).case_id,
            incident_id: self.story.incident_id.clone(),
            reason: "Low harm, and no more could result.".to_owned(),
            opinion: Some(self.opinion("opinion.basis")),
        };
        let _: v1::RecordNotNotifiableResponse =
            self.call("FollowUpService/RecordNotNotifiable", request).await;
    }

    async fn leaving(&mut self) {
        self.assess(2).await;
        let relevant_person_id = self.identify(2).await;
        let (case_id, incident_id) = (self.case(2).case_id, self.story.incident_id.clone());
        let request = v1::RecordDeclinedRequest {
            command: Some(self.requests.command_on(STAFF, 7)),
            case_id: case_id.clone(),
            incident_id: incident_id.clone(),
            relevant_person_id: relevant_person_id.clone(),
            declined_by: "daughter".to_owned(),
            declined_to_role: "ward manager".to_owned(),
        };
        let _: v1::RecordDeclinedResponse = self.call("FollowUpService/RecordDeclined", request).await;
        self.reopen(8).await;
        for (day, method) in [
            (9, v1::ContactMethod::Telephone),
            (10, v1::ContactMethod::Letter),
            (11, v1::ContactMethod::Telephone),
        ] {
            self.attempt(2, &relevant_person_id, day, method).await;
        }
        let request = v1::RecordNotContactableRequest {
            command: Some(self.requests.command_on(STAFF, 12)),
            case_id: case_id.clone(),
            incident_id: incident_id.clone(),
            reason: "Three attempts by two methods.".to_owned(),
        };
        let _: v1::RecordNotContactableResponse =
            self.call("FollowUpService/RecordNotContactable", request).await;
        self.reopen(13).await;
        let request = v1::ExemptLocallyRequest {
            command: Some(self.requests.command_on(STAFF, 14)),
            case_id,
            incident_id,
            approved_by_role: "medical director".to_owned(),
            approved_by: "staff:3009".to_owned(),
            reason: "Under the local policy.".to_owned(),
        };
        let _: v1::ExemptLocallyResponse = self.call("FollowUpService/ExemptLocally", request).await;
    }

    async fn reopen(&mut self, day: i32) {
        let request = v1::ReopenCaseRequest {
            command: Some(self.requests.command_on(STAFF, day)),
            case_id: self.case(2).case_id,
            incident_id: self.story.incident_id.clone(),
            reason: "They wish to speak after all.".to_owned(),
        };
        let _: v1::ReopenCaseResponse = self.call("FollowUpService/ReopenCase", request).await;
    }
}
