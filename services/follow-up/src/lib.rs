//! `FollowUpService`: what the reporter of an incident was told, and the duty of candour to each person affected.
//!
//! `request/` reads requests into commands, `answer/` shows the two kinds of record, `receipt_code.rs` makes the way back to a reporter
//! who is not known, and here each method is carried out.
//!
//! Reporter feedback is kept under the incident's id, a case under its own. Both are judged by facts of the incident, which are read
//! before each command.

mod answer;
mod receipt_code;
mod request;
mod restatement;

use std::sync::Arc;

use candour_api::v1::{self, follow_up_service_server::FollowUpService};
use candour_domain::{
    Correction, CorrectionChange,
    calendar::civil_date,
    candour_case::{self, CandourCase, CaseFacts, Request as CaseRequest},
    feedback::{self, Feedback, ReportFacts, ReturnChannel},
    identifier::{CaseId, Derived, IncidentId, RelevantPersonId, derive},
    incident::{self, Incident, Status, case_reference},
};
use candour_service_kit::{Call, Check, Done, Engine, Envelope, Failure, Loaded, history};
use tonic::{Request, Response, Status as RpcStatus};

use answer::candour_case::CaseInIncident;
use receipt_code::ReceiptCode;
use request::{Subject, candour_case::CaseIds};

pub use candour_api::v1::follow_up_service_server::FollowUpServiceServer;

/// The service over an engine.
#[derive(Clone)]
pub struct Service {
    engine: Engine,
}

impl Service {
    /// A service over its engine.
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }

    /// The incident, for what a command must know of it.
    async fn facts_of_incident(&self, incident: IncidentId) -> Result<Arc<Loaded<Incident>>, Failure> {
        self.engine.facts("incident", incident.uuid()).await
    }

    /// The incident, to be shown.
    async fn load_incident(&self, incident: IncidentId) -> Result<Loaded<Incident>, Failure> {
        self.engine.load_existing("incident", incident.uuid()).await
    }

    /// Carries out a command about the reporter, with the facts of the report.
    async fn about_reporter(
        &self,
        envelope: &Envelope,
        incident: IncidentId,
        command: impl FnOnce(ReportFacts) -> feedback::Command + Send,
    ) -> Result<Done<Feedback>, Failure> {
        let loaded = self.facts_of_incident(incident).await?;
        let facts = ReportFacts {
            identity: loaded.state.reporter_identity,
            recorded_in_error: loaded.state.status == Status::RecordedInError,
            reported_on: reported_on(&loaded)?,
        };
        self.engine.execute::<Feedback>(envelope, incident.uuid(), command(facts)).await
    }

    /// Carries out a request on a case, with the facts of its incident.
    async fn about_case(
        &self,
        envelope: &Envelope,
        ids: CaseIds,
        request: CaseRequest,
    ) -> Result<Done<CandourCase>, Failure> {
        let incident = self.facts_of_incident(ids.incident).await?;
        let found = find_case(ids, &incident)?;
        let facts = CaseFacts {
            case: ids.case,
            incident: ids.incident,
            person: found.person,
            recorded_in_error: incident.state.status == Status::RecordedInError,
            reported_on: reported_on(&incident)?,
        };
        let command = candour_case::Command { facts, request };
        self.engine.execute::<CandourCase>(envelope, ids.case.uuid(), command).await
    }

    /// Checks a correction of a case against the facts of its incident: a restated day of awareness (E-12).
    async fn check_correction_of_case(
        &self,
        case: &Loaded<CandourCase>,
        correction: &Correction,
    ) -> Result<(), Failure> {
        let CorrectionChange::StatedDate(aware_on) = correction.change else { return Ok(()) };
        let corrected = case.history.iter().find(|recorded| recorded.entry.event_id == correction.corrects);
        let (Some(candour_case::Event::NotifiableAssessed(assessment)), Some((_, incident, _))) =
            (corrected.map(|recorded| &recorded.entry.event), case.state.opened)
        else {
            return Ok(());
        };
        let reported_on = reported_on(&*self.facts_of_incident(incident).await?)?;
        let mut check = Check::new();
        restatement::awareness(&mut check, assessment, aware_on, reported_on);
        check.finish(|| Some(()))
    }

    /// The keyed digest of the vault, as receipt codes need it.
    fn authenticate(&self) -> impl Fn(&str, &[u8]) -> [u8; 32] {
        |purpose, content| self.engine.authenticate(purpose, content)
    }
}

/// The case in its incident: the one of the affected person whose case this is.
fn find_case(ids: CaseIds, incident: &Loaded<Incident>) -> Result<CaseInIncident, Failure> {
    let state = &incident.state;
    let person = state
        .persons
        .iter()
        .find(|person| CaseId::of(ids.incident, person.id) == ids.case)
        .ok_or_else(|| Failure::NotFound { kind: "candour case", id: ids.case.to_string() })?;
    let reference = state.reference.as_ref().map(|reference| case_reference(ids.incident, reference, person));
    let reported_by = incident.history.iter().find_map(|recorded| match recorded.entry.event {
        incident::Event::IncidentReported(_) => recorded.entry.performed_by.clone(),
        _ => None,
    });
    Ok(CaseInIncident { ids, person: person.id, reference, reported_by })
}

/// The civil date on which an incident was reported.
fn reported_on(incident: &Loaded<Incident>) -> Result<jiff::civil::Date, Failure> {
    let reported_at = incident.state.reported_at;
    reported_at
        .map(civil_date)
        .ok_or_else(|| Failure::Internal("an incident that exists has no report".to_owned()))
}

/// Begins a command of this service.
macro_rules! begin {
    ($self:ident, $request:ident, $method:literal) => {{
        let call = Call::begin(&$self.engine, &$request, concat!("FollowUpService/", $method))?;
        let message = $request.into_inner();
        let mut check = Check::new();
        let envelope = call.envelope(&$self.engine, message.command.as_ref(), &mut check);
        (message, check, envelope)
    }};
}

#[tonic::async_trait]
impl FollowUpService for Service {
    async fn open_return_channel(
        &self,
        request: Request<v1::OpenReturnChannelRequest>,
    ) -> Result<Response<v1::OpenReturnChannelResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "OpenReturnChannel");
        let incident = check.id::<IncidentId>("incident_id", &message.incident_id);
        let channel = request::feedback::return_channel(&mut check, &message);
        let (envelope, incident, (kind, intermediary_role)) =
            check.finish(|| Some((envelope?, incident?, channel?)))?;
        let code = (kind == feedback::ChannelKind::ReceiptCode)
            .then(|| ReceiptCode::derive(self.authenticate(), incident, envelope.request));
        let receipt_code_hash = code.as_ref().map(|code| code.stored_hash(self.authenticate()));
        let channel = ReturnChannel { kind, receipt_code_hash, intermediary_role };
        let done = self
            .about_reporter(&envelope, incident, |facts| feedback::Command::OpenReturnChannel(facts, channel))
            .await?;
        Ok(Response::new(v1::OpenReturnChannelResponse {
            result: Some(self.engine.result(&done)),
            incident_id: incident.to_string(),
            receipt_code: code.map(|code| code.to_string()).unwrap_or_default(),
        }))
    }

    async fn opt_out_of_feedback(
        &self,
        request: Request<v1::OptOutOfFeedbackRequest>,
    ) -> Result<Response<v1::OptOutOfFeedbackResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "OptOutOfFeedback");
        let incident = check.id::<IncidentId>("incident_id", &message.incident_id);
        let reason = check.optional_personal("reason", &message.reason);
        let (envelope, incident, reason) = check.finish(|| Some((envelope?, incident?, reason?)))?;
        let done = self
            .about_reporter(&envelope, incident, |facts| feedback::Command::OptOutOfFeedback(facts, reason))
            .await?;
        Ok(Response::new(v1::OptOutOfFeedbackResponse {
            result: Some(self.engine.result(&done)),
            incident_id: incident.to_string(),
        }))
    }

    async fn acknowledge_reporter(
        &self,
        request: Request<v1::AcknowledgeReporterRequest>,
    ) -> Result<Response<v1::AcknowledgeReporterResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "AcknowledgeReporter");
        let incident = check.id::<IncidentId>("incident_id", &message.incident_id);
        let acknowledgement = request::feedback::acknowledgement(&mut check, &message);
        let (envelope, incident, acknowledgement) =
            check.finish(|| Some((envelope?, incident?, acknowledgement?)))?;
        let done = self
            .about_reporter(&envelope, incident, |facts| {
                feedback::Command::AcknowledgeReporter(facts, acknowledgement)
            })
            .await?;
        Ok(Response::new(v1::AcknowledgeReporterResponse {
            result: Some(self.engine.result(&done)),
            incident_id: incident.to_string(),
        }))
    }

    async fn record_progress_sent(
        &self,
        request: Request<v1::RecordProgressSentRequest>,
    ) -> Result<Response<v1::RecordProgressSentResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "RecordProgressSent");
        let incident = check.id::<IncidentId>("incident_id", &message.incident_id);
        let progress = request::feedback::progress(&mut check, &message);
        let (envelope, incident, progress) = check.finish(|| Some((envelope?, incident?, progress?)))?;
        let done = self
            .about_reporter(&envelope, incident, |facts| {
                feedback::Command::RecordProgressSent(facts, progress)
            })
            .await?;
        Ok(Response::new(v1::RecordProgressSentResponse {
            result: Some(self.engine.result(&done)),
            incident_id: incident.to_string(),
        }))
    }

    async fn record_outcome_sent(
        &self,
        request: Request<v1::RecordOutcomeSentRequest>,
    ) -> Result<Response<v1::RecordOutcomeSentResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "RecordOutcomeSent");
        let incident = check.id::<IncidentId>("incident_id", &message.incident_id);
        let outcome = request::feedback::outcome(&mut check, &message);
        let (envelope, incident, outcome) = check.finish(|| Some((envelope?, incident?, outcome?)))?;
        let done = self
            .about_reporter(&envelope, incident, |facts| feedback::Command::RecordOutcomeSent(facts, outcome))
            .await?;
        Ok(Response::new(v1::RecordOutcomeSentResponse {
            result: Some(self.engine.result(&done)),
            incident_id: incident.to_string(),
        }))
    }

    async fn record_reporter_unreachable(
        &self,
        request: Request<v1::RecordReporterUnreachableRequest>,
    ) -> Result<Response<v1::RecordReporterUnreachableResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "RecordReporterUnreachable");
        let incident = check.id::<IncidentId>("incident_id", &message.incident_id);
        let reason = check.text("reason", &message.reason);
        let (envelope, incident, reason) = check.finish(|| Some((envelope?, incident?, reason?)))?;
        let done = self
            .about_reporter(&envelope, incident, |facts| {
                feedback::Command::RecordReporterUnreachable(facts, reason)
            })
            .await?;
        Ok(Response::new(v1::RecordReporterUnreachableResponse {
            result: Some(self.engine.result(&done)),
            incident_id: incident.to_string(),
        }))
    }

    async fn get_reporter_feedback(
        &self,
        request: Request<v1::GetReporterFeedbackRequest>,
    ) -> Result<Response<v1::GetReporterFeedbackResponse>, RpcStatus> {
        let call = Call::begin(&self.engine, &request, "FollowUpService/GetReporterFeedback")?;
        let mut check = Check::new();
        let incident = check.id::<IncidentId>("incident_id", &request.get_ref().incident_id);
        let incident = check.finish(|| incident)?;
        let identity = self.load_incident(incident).await?.state.reporter_identity;
        let loaded = self.engine.load::<Feedback>(incident.uuid()).await?;
        call.shown("reporter-feedback", incident.uuid(), None);
        Ok(Response::new(v1::GetReporterFeedbackResponse {
            feedback: Some(answer::feedback::reporter_feedback(incident, identity, &loaded.entries())),
            etag: loaded.etag(),
            position: self.engine.position_of(&loaded),
            history: history::entries(&loaded),
        }))
    }

    async fn assess_notifiable(
        &self,
        request: Request<v1::AssessNotifiableRequest>,
    ) -> Result<Response<v1::AssessNotifiableResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "AssessNotifiable");
        let ids = request::candour_case::case_ids(&mut check, &message.case_id, &message.incident_id);
        let occurred_on = envelope.as_ref().map(|envelope| envelope.situation.occurred_on());
        let assessment = request::candour_case::assessment(
            &mut check,
            message.assessment.as_ref(),
            occurred_on,
            self.engine.organisation(),
        );
        let (envelope, ids, assessment) = check.finish(|| Some((envelope?, ids?, assessment?)))?;
        let done = self.about_case(&envelope, ids, CaseRequest::AssessNotifiable(assessment)).await?;
        Ok(Response::new(v1::AssessNotifiableResponse {
            result: Some(self.engine.result(&done)),
            case_id: ids.case.to_string(),
        }))
    }

    async fn record_not_notifiable(
        &self,
        request: Request<v1::RecordNotNotifiableRequest>,
    ) -> Result<Response<v1::RecordNotNotifiableResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "RecordNotNotifiable");
        let ids = request::candour_case::case_ids(&mut check, &message.case_id, &message.incident_id);
        let occurred_on = envelope.as_ref().map(|envelope| envelope.situation.occurred_on());
        let judgement = request::candour_case::not_notifiable(&mut check, &message, occurred_on);
        let (envelope, ids, judgement) = check.finish(|| Some((envelope?, ids?, judgement?)))?;
        let done = self.about_case(&envelope, ids, CaseRequest::RecordNotNotifiable(judgement)).await?;
        Ok(Response::new(v1::RecordNotNotifiableResponse {
            result: Some(self.engine.result(&done)),
            case_id: ids.case.to_string(),
        }))
    }

    async fn identify_relevant_person(
        &self,
        request: Request<v1::IdentifyRelevantPersonRequest>,
    ) -> Result<Response<v1::IdentifyRelevantPersonResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "IdentifyRelevantPerson");
        let ids = request::candour_case::case_ids(&mut check, &message.case_id, &message.incident_id);
        let id = envelope.as_ref().map(|envelope| {
            RelevantPersonId::from_uuid(derive(
                &envelope.caller.id,
                envelope.request,
                Derived::RelevantPerson,
            ))
        });
        let person = request::candour_case::relevant_person(&mut check, &message, id);
        let (envelope, ids, person) = check.finish(|| Some((envelope?, ids?, person?)))?;
        let relevant_person_id = person.id.to_string();
        let done = self.about_case(&envelope, ids, CaseRequest::IdentifyRelevantPerson(person)).await?;
        Ok(Response::new(v1::IdentifyRelevantPersonResponse {
            result: Some(self.engine.result(&done)),
            case_id: ids.case.to_string(),
            relevant_person_id,
        }))
    }

    async fn record_contact_attempt(
        &self,
        request: Request<v1::RecordContactAttemptRequest>,
    ) -> Result<Response<v1::RecordContactAttemptResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "RecordContactAttempt");
        let ids = request::candour_case::case_ids(&mut check, &message.case_id, &message.incident_id);
        let attempt = request::candour_case::contact_attempt(&mut check, &message);
        let (envelope, ids, attempt) = check.finish(|| Some((envelope?, ids?, attempt?)))?;
        let done = self.about_case(&envelope, ids, CaseRequest::RecordContactAttempt(attempt)).await?;
        Ok(Response::new(v1::RecordContactAttemptResponse {
            result: Some(self.engine.result(&done)),
            case_id: ids.case.to_string(),
        }))
    }

    async fn record_first_notification(
        &self,
        request: Request<v1::RecordFirstNotificationRequest>,
    ) -> Result<Response<v1::RecordFirstNotificationResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "RecordFirstNotification");
        let ids = request::candour_case::case_ids(&mut check, &message.case_id, &message.incident_id);
        let contact = request::candour_case::first_notification(&mut check, &message);
        let (envelope, ids, contact) = check.finish(|| Some((envelope?, ids?, contact?)))?;
        let done = self.about_case(&envelope, ids, CaseRequest::RecordFirstNotification(contact)).await?;
        Ok(Response::new(v1::RecordFirstNotificationResponse {
            result: Some(self.engine.result(&done)),
            case_id: ids.case.to_string(),
            missing: answer::candour_case::missing(done.state.elements),
        }))
    }

    async fn record_support_offered(
        &self,
        request: Request<v1::RecordSupportOfferedRequest>,
    ) -> Result<Response<v1::RecordSupportOfferedResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "RecordSupportOffered");
        let ids = request::candour_case::case_ids(&mut check, &message.case_id, &message.incident_id);
        let support = request::candour_case::support(&mut check, &message);
        let (envelope, ids, support) = check.finish(|| Some((envelope?, ids?, support?)))?;
        let done = self.about_case(&envelope, ids, CaseRequest::RecordSupportOffered(support)).await?;
        Ok(Response::new(v1::RecordSupportOfferedResponse {
            result: Some(self.engine.result(&done)),
            case_id: ids.case.to_string(),
        }))
    }

    async fn record_written_notification(
        &self,
        request: Request<v1::RecordWrittenNotificationRequest>,
    ) -> Result<Response<v1::RecordWrittenNotificationResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "RecordWrittenNotification");
        let ids = request::candour_case::case_ids(&mut check, &message.case_id, &message.incident_id);
        let letter = request::candour_case::written_notification(&mut check, &message);
        let (envelope, ids, letter) = check.finish(|| Some((envelope?, ids?, letter?)))?;
        let done = self.about_case(&envelope, ids, CaseRequest::RecordWrittenNotification(letter)).await?;
        Ok(Response::new(v1::RecordWrittenNotificationResponse {
            result: Some(self.engine.result(&done)),
            case_id: ids.case.to_string(),
        }))
    }

    async fn share_enquiry_results(
        &self,
        request: Request<v1::ShareEnquiryResultsRequest>,
    ) -> Result<Response<v1::ShareEnquiryResultsResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "ShareEnquiryResults");
        let ids = request::candour_case::case_ids(&mut check, &message.case_id, &message.incident_id);
        let results = request::candour_case::enquiry_results(&mut check, &message);
        let (envelope, ids, results) = check.finish(|| Some((envelope?, ids?, results?)))?;
        let done = self.about_case(&envelope, ids, CaseRequest::ShareEnquiryResults(results)).await?;
        Ok(Response::new(v1::ShareEnquiryResultsResponse {
            result: Some(self.engine.result(&done)),
            case_id: ids.case.to_string(),
        }))
    }

    async fn record_no_further_enquiries(
        &self,
        request: Request<v1::RecordNoFurtherEnquiriesRequest>,
    ) -> Result<Response<v1::RecordNoFurtherEnquiriesResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "RecordNoFurtherEnquiries");
        let ids = request::candour_case::case_ids(&mut check, &message.case_id, &message.incident_id);
        let because = check.text("because", &message.because);
        let (envelope, ids, because) = check.finish(|| Some((envelope?, ids?, because?)))?;
        let done = self.about_case(&envelope, ids, CaseRequest::RecordNoFurtherEnquiries { because }).await?;
        Ok(Response::new(v1::RecordNoFurtherEnquiriesResponse {
            result: Some(self.engine.result(&done)),
            case_id: ids.case.to_string(),
        }))
    }

    async fn record_declined(
        &self,
        request: Request<v1::RecordDeclinedRequest>,
    ) -> Result<Response<v1::RecordDeclinedResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "RecordDeclined");
        let ids = request::candour_case::case_ids(&mut check, &message.case_id, &message.incident_id);
        let declined = request::candour_case::declined(&mut check, &message);
        let (envelope, ids, declined) = check.finish(|| Some((envelope?, ids?, declined?)))?;
        let done = self.about_case(&envelope, ids, CaseRequest::RecordDeclined(declined)).await?;
        Ok(Response::new(v1::RecordDeclinedResponse {
            result: Some(self.engine.result(&done)),
            case_id: ids.case.to_string(),
        }))
    }

    async fn record_not_contactable(
        &self,
        request: Request<v1::RecordNotContactableRequest>,
    ) -> Result<Response<v1::RecordNotContactableResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "RecordNotContactable");
        let ids = request::candour_case::case_ids(&mut check, &message.case_id, &message.incident_id);
        let reason = check.optional_text("reason", &message.reason);
        let (envelope, ids, reason) = check.finish(|| Some((envelope?, ids?, reason?)))?;
        let done = self.about_case(&envelope, ids, CaseRequest::RecordNotContactable { reason }).await?;
        Ok(Response::new(v1::RecordNotContactableResponse {
            result: Some(self.engine.result(&done)),
            case_id: ids.case.to_string(),
        }))
    }

    async fn exempt_locally(
        &self,
        request: Request<v1::ExemptLocallyRequest>,
    ) -> Result<Response<v1::ExemptLocallyResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "ExemptLocally");
        let ids = request::candour_case::case_ids(&mut check, &message.case_id, &message.incident_id);
        let exemption = request::candour_case::exemption(&mut check, &message);
        let (envelope, ids, exemption) = check.finish(|| Some((envelope?, ids?, exemption?)))?;
        let done = self.about_case(&envelope, ids, CaseRequest::ExemptLocally(exemption)).await?;
        Ok(Response::new(v1::ExemptLocallyResponse {
            result: Some(self.engine.result(&done)),
            case_id: ids.case.to_string(),
        }))
    }

    async fn reopen_case(
        &self,
        request: Request<v1::ReopenCaseRequest>,
    ) -> Result<Response<v1::ReopenCaseResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "ReopenCase");
        let ids = request::candour_case::case_ids(&mut check, &message.case_id, &message.incident_id);
        let reason = check.text("reason", &message.reason);
        let (envelope, ids, reason) = check.finish(|| Some((envelope?, ids?, reason?)))?;
        let done = self.about_case(&envelope, ids, CaseRequest::ReopenCase { reason }).await?;
        Ok(Response::new(v1::ReopenCaseResponse {
            result: Some(self.engine.result(&done)),
            case_id: ids.case.to_string(),
        }))
    }

    async fn correct_follow_up_entry(
        &self,
        request: Request<v1::CorrectFollowUpEntryRequest>,
    ) -> Result<Response<v1::CorrectFollowUpEntryResponse>, RpcStatus> {
        use v1::correct_follow_up_entry_response::Subject as Wire;
        let (message, mut check, envelope) = begin!(self, request, "CorrectFollowUpEntry");
        let subject = request::subject(&mut check, &message);
        let correction = request::correction(&mut check, &message);
        let (envelope, subject, correction) = check.finish(|| Some((envelope?, subject?, correction?)))?;
        let (result, subject) = match subject {
            Subject::Feedback(incident) => {
                let loaded = self.facts_of_incident(incident).await?;
                let mut check = Check::new();
                restatement::feedback(&mut check, &correction, loaded.state.reported_at);
                let done: Done<Feedback> = match check.finish(|| Some(())) {
                    Ok(()) => self.engine.correct(&envelope, incident.uuid(), correction).await?,
                    Err(failure) => self.engine.first_outcome_or(&envelope, incident.uuid(), failure).await?,
                };
                (self.engine.result(&done), Wire::IncidentId(incident.to_string()))
            }
            Subject::Case(case) => {
                let loaded = self.engine.facts::<CandourCase>("candour case", case.uuid()).await?;
                let done: Done<CandourCase> = match self.check_correction_of_case(&loaded, &correction).await
                {
                    Ok(()) => self.engine.correct(&envelope, case.uuid(), correction).await?,
                    Err(failure) => self.engine.first_outcome_or(&envelope, case.uuid(), failure).await?,
                };
                (self.engine.result(&done), Wire::CaseId(case.to_string()))
            }
        };
        Ok(Response::new(v1::CorrectFollowUpEntryResponse { result: Some(result), subject: Some(subject) }))
    }

    async fn get_candour_case(
        &self,
        request: Request<v1::GetCandourCaseRequest>,
    ) -> Result<Response<v1::GetCandourCaseResponse>, RpcStatus> {
        let call = Call::begin(&self.engine, &request, "FollowUpService/GetCandourCase")?;
        let mut check = Check::new();
        let message = request.get_ref();
        let ids = request::candour_case::case_ids(&mut check, &message.case_id, &message.incident_id);
        let ids = check.finish(|| ids)?;
        let case = find_case(ids, &self.load_incident(ids.incident).await?)?;
        let loaded = self.engine.load::<CandourCase>(ids.case.uuid()).await?;
        call.shown("candour-case", ids.case.uuid(), Some(ids.incident.uuid()));
        Ok(Response::new(v1::GetCandourCaseResponse {
            case: Some(answer::candour_case::candour_case(&case, &loaded.entries())),
            etag: loaded.etag(),
            position: self.engine.position_of(&loaded),
            history: history::entries(&loaded),
        }))
    }
}
