//! `IncidentService`: report, amend, grade harm, link, close, reopen, correct; and the incident as it stands.
//!
//! `request.rs` reads requests into commands, `answer.rs` shows the incident, and here each method is carried out.

mod answer;
mod list;
mod request;

use candour_api::v1::{self, incident_service_server::IncidentService};
use candour_domain::{
    Correction, CorrectionChange,
    candour_case::CandourCase,
    correction::CorrectionRejection,
    identifier::{AffectedPersonId, CaseId, Derived, IncidentId, derive},
    incident::{AffectedPerson, Command, DuplicateLink, Event, Incident},
};
use candour_projections::ReadModel;
use candour_service_kit::{
    Call, Check, Done, Engine, Failure, Loaded,
    history::{self, Change},
};
use tonic::{Request, Response, Status as RpcStatus};

pub use candour_api::v1::incident_service_server::IncidentServiceServer;

/// The service over an engine, with the read model for its list.
#[derive(Clone)]
pub struct Service {
    engine: Engine,
    read_model: ReadModel,
}

impl Service {
    /// A service over its parts.
    pub fn new(engine: Engine, read_model: ReadModel) -> Self {
        Self { engine, read_model }
    }

    /// Refuses to mark an incident a duplicate of one that cannot be kept.
    async fn check_kept(
        &self,
        incident: IncidentId,
        duplicate_of: IncidentId,
        same_reporter: bool,
    ) -> Result<(), Failure> {
        let kept = self.engine.facts::<Incident>("incident", duplicate_of.uuid()).await?;
        request::may_be_kept(incident, duplicate_of, same_reporter, &kept.state)
    }

    /// A person about whom candour entries exist cannot be struck from the incident: their case would vanish with everything that is overdue in it.
    async fn refuse_to_strike_a_case(
        &self,
        loaded: &Loaded<Incident>,
        incident: IncidentId,
        correction: &Correction,
    ) -> Result<(), Failure> {
        let struck = loaded.history.iter().find(|recorded| {
            recorded.entry.event_id == correction.corrects && correction.change == CorrectionChange::Struck
        });
        let Some(person) = struck.and_then(|recorded| person_of(&recorded.entry.event)) else {
            return Ok(());
        };
        let case = CaseId::of(incident, person.id);
        if self.engine.facts_if_any::<CandourCase>(case.uuid()).await?.is_empty() {
            return Ok(());
        }
        Err(Failure::refused(&CorrectionRejection::PersonHasCase(case)))
    }
}

/// Begins a command of this service.
macro_rules! begin {
    ($self:ident, $request:ident, $method:literal) => {{
        let call = Call::begin(&$self.engine, &$request, concat!("IncidentService/", $method))?;
        let message = $request.into_inner();
        let mut check = Check::new();
        let envelope = call.envelope(&$self.engine, message.command.as_ref(), &mut check);
        (message, check, envelope)
    }};
}

#[tonic::async_trait]
impl IncidentService for Service {
    async fn report_incident(
        &self,
        request: Request<v1::ReportIncidentRequest>,
    ) -> Result<Response<v1::ReportIncidentResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "ReportIncident");
        let ids = envelope.as_ref().map(|envelope| {
            let id = |what| derive(&envelope.caller.id, envelope.request, what);
            (IncidentId::from_uuid(id(Derived::Incident)), move |index| {
                AffectedPersonId::from_uuid(id(Derived::AffectedPerson(index)))
            })
        });
        let (incident, person) = ids.unzip();
        let report = request::report(&mut check, message.report.as_ref(), incident, person.as_ref());
        let (envelope, report) = check.finish(|| Some((envelope?, report?)))?;
        let (incident, reference) = (report.id, report.reference.to_string());
        let done = self
            .engine
            .create::<Incident>(&envelope, incident.uuid(), Command::ReportIncident(report))
            .await?;
        Ok(Response::new(v1::ReportIncidentResponse {
            result: Some(self.engine.result(&done)),
            incident_id: incident.to_string(),
            reference,
            affected_persons: answer::cases(incident, &done.state),
        }))
    }

    async fn amend_incident(
        &self,
        request: Request<v1::AmendIncidentRequest>,
    ) -> Result<Response<v1::AmendIncidentResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "AmendIncident");
        let incident = check.id::<IncidentId>("incident_id", &message.incident_id);
        let amendment = request::amendment(&mut check, &message);
        let (envelope, incident, amendment) = check.finish(|| Some((envelope?, incident?, amendment?)))?;
        let done = self
            .engine
            .execute::<Incident>(&envelope, incident.uuid(), Command::AmendIncident(amendment))
            .await?;
        Ok(Response::new(v1::AmendIncidentResponse {
            result: Some(self.engine.result(&done)),
            incident_id: incident.to_string(),
        }))
    }

    async fn add_affected_person(
        &self,
        request: Request<v1::AddAffectedPersonRequest>,
    ) -> Result<Response<v1::AddAffectedPersonResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "AddAffectedPerson");
        let incident = check.id::<IncidentId>("incident_id", &message.incident_id);
        let id = envelope.as_ref().map(|envelope| {
            AffectedPersonId::from_uuid(derive(
                &envelope.caller.id,
                envelope.request,
                Derived::AffectedPerson(0),
            ))
        });
        if message.affected_person.is_none() {
            check.violation("affected_person", "must be given");
        }
        let person = message
            .affected_person
            .as_ref()
            .and_then(|person| request::affected_person(&mut check, "affected_person", person, id));
        let (envelope, incident, person) = check.finish(|| Some((envelope?, incident?, person?)))?;
        let case = CaseId::of(incident, person.id);
        let done = self
            .engine
            .execute::<Incident>(&envelope, incident.uuid(), Command::AddAffectedPerson(person))
            .await?;
        let affected_person =
            answer::cases(incident, &done.state).into_iter().find(|known| known.case_id == case.to_string());
        Ok(Response::new(v1::AddAffectedPersonResponse {
            result: Some(self.engine.result(&done)),
            incident_id: incident.to_string(),
            affected_person,
        }))
    }

    async fn grade_harm(
        &self,
        request: Request<v1::GradeHarmRequest>,
    ) -> Result<Response<v1::GradeHarmResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "GradeHarm");
        let incident = check.id::<IncidentId>("incident_id", &message.incident_id);
        let grading = request::harm_grading(&mut check, &message);
        let (envelope, incident, grading) = check.finish(|| Some((envelope?, incident?, grading?)))?;
        let person = grading.person;
        let done =
            self.engine.execute::<Incident>(&envelope, incident.uuid(), Command::GradeHarm(grading)).await?;
        Ok(Response::new(v1::GradeHarmResponse {
            result: Some(self.engine.result(&done)),
            incident_id: incident.to_string(),
            affected_person_id: person.to_string(),
        }))
    }

    async fn link_duplicate(
        &self,
        request: Request<v1::LinkDuplicateRequest>,
    ) -> Result<Response<v1::LinkDuplicateResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "LinkDuplicate");
        let incident = check.id::<IncidentId>("incident_id", &message.incident_id);
        let kept = check.id::<IncidentId>("duplicate_of", &message.duplicate_of);
        let (envelope, incident, duplicate_of) = check.finish(|| Some((envelope?, incident?, kept?)))?;
        let link = DuplicateLink { duplicate_of, same_reporter: message.same_reporter };
        let done: Done<Incident> = match self.check_kept(incident, duplicate_of, link.same_reporter).await {
            Ok(()) => self.engine.execute(&envelope, incident.uuid(), Command::LinkDuplicate(link)).await?,
            Err(failure) => self.engine.first_outcome_or(&envelope, incident.uuid(), failure).await?,
        };
        Ok(Response::new(v1::LinkDuplicateResponse {
            result: Some(self.engine.result(&done)),
            incident_id: incident.to_string(),
        }))
    }

    async fn close_incident(
        &self,
        request: Request<v1::CloseIncidentRequest>,
    ) -> Result<Response<v1::CloseIncidentResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "CloseIncident");
        let incident = check.id::<IncidentId>("incident_id", &message.incident_id);
        let closure = request::closure(&mut check, &message);
        let (envelope, incident, closure) = check.finish(|| Some((envelope?, incident?, closure?)))?;
        let done = self
            .engine
            .execute::<Incident>(&envelope, incident.uuid(), Command::CloseIncident(closure))
            .await?;
        Ok(Response::new(v1::CloseIncidentResponse {
            result: Some(self.engine.result(&done)),
            incident_id: incident.to_string(),
        }))
    }

    async fn reopen_incident(
        &self,
        request: Request<v1::ReopenIncidentRequest>,
    ) -> Result<Response<v1::ReopenIncidentResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "ReopenIncident");
        let incident = check.id::<IncidentId>("incident_id", &message.incident_id);
        let reason = check.text("reason", &message.reason);
        let (envelope, incident, reason) = check.finish(|| Some((envelope?, incident?, reason?)))?;
        let done = self
            .engine
            .execute::<Incident>(&envelope, incident.uuid(), Command::ReopenIncident { reason })
            .await?;
        Ok(Response::new(v1::ReopenIncidentResponse {
            result: Some(self.engine.result(&done)),
            incident_id: incident.to_string(),
        }))
    }

    async fn recorded_in_error(
        &self,
        request: Request<v1::RecordedInErrorRequest>,
    ) -> Result<Response<v1::RecordedInErrorResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "RecordedInError");
        let incident = check.id::<IncidentId>("incident_id", &message.incident_id);
        let reason = check.text("reason", &message.reason);
        let (envelope, incident, reason) = check.finish(|| Some((envelope?, incident?, reason?)))?;
        let done = self
            .engine
            .execute::<Incident>(&envelope, incident.uuid(), Command::RecordedInError { reason })
            .await?;
        Ok(Response::new(v1::RecordedInErrorResponse {
            result: Some(self.engine.result(&done)),
            incident_id: incident.to_string(),
        }))
    }

    async fn correct_incident_entry(
        &self,
        request: Request<v1::CorrectIncidentEntryRequest>,
    ) -> Result<Response<v1::CorrectIncidentEntryResponse>, RpcStatus> {
        use v1::correct_incident_entry_request::Change as Wire;
        let (message, mut check, envelope) = begin!(self, request, "CorrectIncidentEntry");
        let incident = check.id::<IncidentId>("incident_id", &message.incident_id);
        let change = message.change.as_ref().map(|change| match change {
            Wire::Struck(struck) => Change::Struck(*struck),
            Wire::OccurredTime(at) => Change::OccurredTime(at),
            Wire::StatedDate(date) => Change::StatedDate(date),
        });
        let correction = history::correction(&mut check, &message.event_id, &message.reason, change);
        let (envelope, incident, correction) = check.finish(|| Some((envelope?, incident?, correction?)))?;
        let loaded = self.engine.facts::<Incident>("incident", incident.uuid()).await?;
        self.refuse_to_strike_a_case(&loaded, incident, &correction).await?;
        let done: Done<Incident> = self.engine.correct(&envelope, incident.uuid(), correction).await?;
        Ok(Response::new(v1::CorrectIncidentEntryResponse {
            result: Some(self.engine.result(&done)),
            incident_id: incident.to_string(),
        }))
    }

    async fn get_incident(
        &self,
        request: Request<v1::GetIncidentRequest>,
    ) -> Result<Response<v1::GetIncidentResponse>, RpcStatus> {
        let call = Call::begin(&self.engine, &request, "IncidentService/GetIncident")?;
        let mut check = Check::new();
        let id = check.id::<IncidentId>("incident_id", &request.get_ref().incident_id);
        let id = check.finish(|| id)?;
        let loaded = self.engine.load_existing::<Incident>("incident", id.uuid()).await?;
        call.shown("incident", id.uuid(), None);
        Ok(Response::new(v1::GetIncidentResponse {
            incident: Some(answer::incident(id, &loaded)),
            etag: loaded.etag(),
            position: self.engine.position_of(&loaded),
            history: history::entries(&loaded),
        }))
    }

    async fn list_incidents(
        &self,
        request: Request<v1::ListIncidentsRequest>,
    ) -> Result<Response<v1::ListIncidentsResponse>, RpcStatus> {
        Call::begin(&self.engine, &request, "IncidentService/ListIncidents")?;
        Ok(Response::new(list::list(&self.engine, &self.read_model, request.into_inner()).await?))
    }
}

/// What of an incident's events the answers need.
pub(crate) fn person_of(event: &Event) -> Option<&AffectedPerson> {
    match event {
        Event::AffectedPersonAdded(person) => Some(person),
        _ => None,
    }
}
