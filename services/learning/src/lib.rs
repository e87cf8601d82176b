//! `LearningService`: learning responses with their recommendations, learning actions, and both as they stand.
//!
//! `request.rs` reads requests into commands, `facts.rs` looks up what they need to know of other streams, `answer.rs` shows responses
//! and actions, and here each method is carried out.

mod answer;
mod facts;
mod request;

use candour_api::v1::{self, learning_service_server::LearningService};
use candour_domain::{
    action::{self, Action, Command},
    identifier::{ActionId, Derived, RecommendationId, ResponseId, derive},
    response,
};
use candour_service_kit::{
    Call, Check, Done, Engine, Envelope, Failure,
    history::{self, Change},
    wire,
};
use tonic::{Request, Response, Status as RpcStatus};
use uuid::Uuid;

pub use candour_api::v1::learning_service_server::LearningServiceServer;

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

    /// Carries out a command on a response; the domain answers where there is none.
    async fn of_response(
        &self,
        envelope: &Envelope,
        response: ResponseId,
        command: response::Command,
    ) -> Result<Option<v1::CommandResult>, Failure> {
        let done = self.engine.execute::<response::Response>(envelope, response.uuid(), command).await?;
        Ok(Some(self.engine.result(&done)))
    }

    /// Carries out a command on an action; the domain answers where there is none.
    async fn of_action(
        &self,
        envelope: &Envelope,
        action: ActionId,
        command: Command,
    ) -> Result<Option<v1::CommandResult>, Failure> {
        let done = self.engine.execute::<Action>(envelope, action.uuid(), command).await?;
        Ok(Some(self.engine.result(&done)))
    }
}

/// Begins a command of this service.
macro_rules! begin {
    ($self:ident, $request:ident, $method:literal) => {{
        let call = Call::begin(&$self.engine, &$request, concat!("LearningService/", $method))?;
        let message = $request.into_inner();
        let mut check = Check::new();
        let envelope = call.envelope(&$self.engine, message.command.as_ref(), &mut check);
        (message, check, envelope)
    }};
}

/// An id that the request makes, where its own id could be read.
fn derived<I>(envelope: Option<&Envelope>, what: Derived, id: fn(Uuid) -> I) -> Option<I> {
    envelope.map(|envelope| id(derive(&envelope.caller.id, envelope.request, what)))
}

/// Whose entry is corrected.
enum Subject {
    Response(ResponseId),
    Action(ActionId),
}

#[tonic::async_trait]
impl LearningService for Service {
    async fn start_response(
        &self,
        request: Request<v1::StartResponseRequest>,
    ) -> Result<Response<v1::StartResponseResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "StartResponse");
        let id = derived(envelope.as_ref(), Derived::Response, ResponseId::from_uuid);
        let occurred_on = envelope.as_ref().map(|envelope| envelope.situation.occurred_on());
        let start = request::response::start(&mut check, &message, id, occurred_on);
        let (envelope, start) = check.finish(|| Some((envelope?, start?)))?;
        let (response, reference) = (start.id, start.reference.to_string());
        let done: Done<response::Response> = match facts::for_start(&self.engine, &start).await {
            Ok(()) => {
                let command = response::Command::StartResponse(start);
                self.engine.create(&envelope, response.uuid(), command).await?
            }
            Err(failure) => self.engine.first_outcome_or(&envelope, response.uuid(), failure).await?,
        };
        Ok(Response::new(v1::StartResponseResponse {
            result: Some(self.engine.result(&done)),
            response_id: response.to_string(),
            reference,
        }))
    }

    async fn sign_off_report(
        &self,
        request: Request<v1::SignOffReportRequest>,
    ) -> Result<Response<v1::SignOffReportResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "SignOffReport");
        let response = check.id::<ResponseId>("response_id", &message.response_id);
        let sign_off = request::response::sign_off(&mut check, &message);
        let (envelope, response, sign_off) = check.finish(|| Some((envelope?, response?, sign_off?)))?;
        let command = response::Command::SignOffReport(sign_off);
        Ok(Response::new(v1::SignOffReportResponse {
            result: self.of_response(&envelope, response, command).await?,
            response_id: response.to_string(),
        }))
    }

    async fn make_recommendation(
        &self,
        request: Request<v1::MakeRecommendationRequest>,
    ) -> Result<Response<v1::MakeRecommendationResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "MakeRecommendation");
        let response = check.id::<ResponseId>("response_id", &message.response_id);
        let id = derived(envelope.as_ref(), Derived::Recommendation, RecommendationId::from_uuid);
        let made = request::response::recommendation(&mut check, &message, id);
        let (envelope, response, made) = check.finish(|| Some((envelope?, response?, made?)))?;
        let (recommendation, reference) = (made.id, made.reference.to_string());
        let command = response::Command::MakeRecommendation(made);
        Ok(Response::new(v1::MakeRecommendationResponse {
            result: self.of_response(&envelope, response, command).await?,
            response_id: response.to_string(),
            recommendation_id: recommendation.to_string(),
            reference,
        }))
    }

    async fn accept_recommendation(
        &self,
        request: Request<v1::AcceptRecommendationRequest>,
    ) -> Result<Response<v1::AcceptRecommendationResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "AcceptRecommendation");
        let response = check.id::<ResponseId>("response_id", &message.response_id);
        let decided = request::response::acceptance(&mut check, &message);
        let (envelope, response, decided) = check.finish(|| Some((envelope?, response?, decided?)))?;
        let (recommendation, command) = decided;
        Ok(Response::new(v1::AcceptRecommendationResponse {
            result: self.of_response(&envelope, response, command).await?,
            response_id: response.to_string(),
            recommendation_id: recommendation.to_string(),
        }))
    }

    async fn reject_recommendation(
        &self,
        request: Request<v1::RejectRecommendationRequest>,
    ) -> Result<Response<v1::RejectRecommendationResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "RejectRecommendation");
        let response = check.id::<ResponseId>("response_id", &message.response_id);
        let decided = request::response::rejection(&mut check, &message);
        let (envelope, response, decided) = check.finish(|| Some((envelope?, response?, decided?)))?;
        let (recommendation, command) = decided;
        Ok(Response::new(v1::RejectRecommendationResponse {
            result: self.of_response(&envelope, response, command).await?,
            response_id: response.to_string(),
            recommendation_id: recommendation.to_string(),
        }))
    }

    async fn agree_action(
        &self,
        request: Request<v1::AgreeActionRequest>,
    ) -> Result<Response<v1::AgreeActionResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "AgreeAction");
        let id = derived(envelope.as_ref(), Derived::Action, ActionId::from_uuid);
        let agreement = request::action::agreement(&mut check, &message, id);
        let (envelope, agreement) = check.finish(|| Some((envelope?, agreement?)))?;
        let (action, reference) = (agreement.id, agreement.reference.to_string());
        let done: Done<Action> = match facts::for_agreement(&self.engine, &agreement).await {
            Ok(facts) => {
                let command = Command::AgreeAction(facts, agreement);
                self.engine.create(&envelope, action.uuid(), command).await?
            }
            Err(failure) => self.engine.first_outcome_or(&envelope, action.uuid(), failure).await?,
        };
        Ok(Response::new(v1::AgreeActionResponse {
            result: Some(self.engine.result(&done)),
            action_id: action.to_string(),
            reference,
            missing: answer::action::missing(&done.state),
        }))
    }

    async fn assign_owner(
        &self,
        request: Request<v1::AssignOwnerRequest>,
    ) -> Result<Response<v1::AssignOwnerResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "AssignOwner");
        let action = check.id::<ActionId>("action_id", &message.action_id);
        let command = request::action::assignment(&mut check, &message);
        let (envelope, action, command) = check.finish(|| Some((envelope?, action?, command?)))?;
        Ok(Response::new(v1::AssignOwnerResponse {
            result: self.of_action(&envelope, action, command).await?,
            action_id: action.to_string(),
        }))
    }

    async fn set_action_measure(
        &self,
        request: Request<v1::SetActionMeasureRequest>,
    ) -> Result<Response<v1::SetActionMeasureResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "SetActionMeasure");
        let action = check.id::<ActionId>("action_id", &message.action_id);
        let command = request::action::measure_plan(&mut check, &message);
        let (envelope, action, command) = check.finish(|| Some((envelope?, action?, command?)))?;
        Ok(Response::new(v1::SetActionMeasureResponse {
            result: self.of_action(&envelope, action, command).await?,
            action_id: action.to_string(),
        }))
    }

    async fn move_target(
        &self,
        request: Request<v1::MoveTargetRequest>,
    ) -> Result<Response<v1::MoveTargetResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "MoveTarget");
        let action = check.id::<ActionId>("action_id", &message.action_id);
        let command = request::action::target_move(&mut check, &message);
        let (envelope, action, command) = check.finish(|| Some((envelope?, action?, command?)))?;
        let done = self.engine.execute::<Action>(&envelope, action.uuid(), command).await?;
        let from = done.events.iter().find_map(|(_, event)| match event {
            action::Event::TargetMoved(target_move) => Some(target_move.from.map(wire::date)),
            _ => None,
        });
        Ok(Response::new(v1::MoveTargetResponse {
            result: Some(self.engine.result(&done)),
            action_id: action.to_string(),
            // Nothing to do: the target asked for was in force before.
            from: from.unwrap_or(message.to),
        }))
    }

    async fn note_progress(
        &self,
        request: Request<v1::NoteProgressRequest>,
    ) -> Result<Response<v1::NoteProgressResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "NoteProgress");
        let action = check.id::<ActionId>("action_id", &message.action_id);
        let note = check.text("note", &message.note);
        let (envelope, action, note) = check.finish(|| Some((envelope?, action?, note?)))?;
        Ok(Response::new(v1::NoteProgressResponse {
            result: self.of_action(&envelope, action, Command::NoteProgress { note }).await?,
            action_id: action.to_string(),
        }))
    }

    async fn report_implementation(
        &self,
        request: Request<v1::ReportImplementationRequest>,
    ) -> Result<Response<v1::ReportImplementationResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "ReportImplementation");
        let action = check.id::<ActionId>("action_id", &message.action_id);
        let command = request::action::implementation(&mut check, &message);
        let (envelope, action, command) = check.finish(|| Some((envelope?, action?, command?)))?;
        Ok(Response::new(v1::ReportImplementationResponse {
            result: self.of_action(&envelope, action, command).await?,
            action_id: action.to_string(),
        }))
    }

    async fn verify_implementation(
        &self,
        request: Request<v1::VerifyImplementationRequest>,
    ) -> Result<Response<v1::VerifyImplementationResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "VerifyImplementation");
        let action = check.id::<ActionId>("action_id", &message.action_id);
        let command = request::action::verification(&mut check, &message);
        let (envelope, action, command) = check.finish(|| Some((envelope?, action?, command?)))?;
        Ok(Response::new(v1::VerifyImplementationResponse {
            result: self.of_action(&envelope, action, command).await?,
            action_id: action.to_string(),
        }))
    }

    async fn refuse_verification(
        &self,
        request: Request<v1::RefuseVerificationRequest>,
    ) -> Result<Response<v1::RefuseVerificationResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "RefuseVerification");
        let action = check.id::<ActionId>("action_id", &message.action_id);
        let reason = check.text("reason", &message.reason);
        let (envelope, action, reason) = check.finish(|| Some((envelope?, action?, reason?)))?;
        Ok(Response::new(v1::RefuseVerificationResponse {
            result: self.of_action(&envelope, action, Command::RefuseVerification { reason }).await?,
            action_id: action.to_string(),
        }))
    }

    async fn review_effectiveness(
        &self,
        request: Request<v1::ReviewEffectivenessRequest>,
    ) -> Result<Response<v1::ReviewEffectivenessResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "ReviewEffectiveness");
        let action = check.id::<ActionId>("action_id", &message.action_id);
        let command = request::action::review(&mut check, &message);
        let (envelope, action, command) = check.finish(|| Some((envelope?, action?, command?)))?;
        Ok(Response::new(v1::ReviewEffectivenessResponse {
            result: self.of_action(&envelope, action, command).await?,
            action_id: action.to_string(),
        }))
    }

    async fn supersede_action(
        &self,
        request: Request<v1::SupersedeActionRequest>,
    ) -> Result<Response<v1::SupersedeActionResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "SupersedeAction");
        let action = check.id::<ActionId>("action_id", &message.action_id);
        let supersession = request::action::supersession(&mut check, &message, action);
        let (envelope, action, supersession) = check.finish(|| Some((envelope?, action?, supersession?)))?;
        let (by, reason) = supersession;
        let done: Done<Action> = match facts::for_supersession(&self.engine, by).await {
            Ok(()) => {
                let command = Command::SupersedeAction { by, reason };
                self.engine.execute(&envelope, action.uuid(), command).await?
            }
            Err(failure) => self.engine.first_outcome_or(&envelope, action.uuid(), failure).await?,
        };
        Ok(Response::new(v1::SupersedeActionResponse {
            result: Some(self.engine.result(&done)),
            action_id: action.to_string(),
        }))
    }

    async fn withdraw_action(
        &self,
        request: Request<v1::WithdrawActionRequest>,
    ) -> Result<Response<v1::WithdrawActionResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "WithdrawAction");
        let action = check.id::<ActionId>("action_id", &message.action_id);
        let reason = check.text("reason", &message.reason);
        let (envelope, action, reason) = check.finish(|| Some((envelope?, action?, reason?)))?;
        Ok(Response::new(v1::WithdrawActionResponse {
            result: self.of_action(&envelope, action, Command::WithdrawAction { reason }).await?,
            action_id: action.to_string(),
        }))
    }

    async fn accept_risk(
        &self,
        request: Request<v1::AcceptRiskRequest>,
    ) -> Result<Response<v1::AcceptRiskResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "AcceptRisk");
        let action = check.id::<ActionId>("action_id", &message.action_id);
        let command = request::action::risk_acceptance(&mut check, &message);
        let (envelope, action, command) = check.finish(|| Some((envelope?, action?, command?)))?;
        Ok(Response::new(v1::AcceptRiskResponse {
            result: self.of_action(&envelope, action, command).await?,
            action_id: action.to_string(),
        }))
    }

    async fn close_action(
        &self,
        request: Request<v1::CloseActionRequest>,
    ) -> Result<Response<v1::CloseActionResponse>, RpcStatus> {
        let (message, mut check, envelope) = begin!(self, request, "CloseAction");
        let action = check.id::<ActionId>("action_id", &message.action_id);
        let reason = check.optional_text("reason", &message.reason);
        let (envelope, action, reason) = check.finish(|| Some((envelope?, action?, reason?)))?;
        Ok(Response::new(v1::CloseActionResponse {
            result: self.of_action(&envelope, action, Command::CloseAction { reason }).await?,
            action_id: action.to_string(),
        }))
    }

    async fn correct_learning_entry(
        &self,
        request: Request<v1::CorrectLearningEntryRequest>,
    ) -> Result<Response<v1::CorrectLearningEntryResponse>, RpcStatus> {
        use v1::{
            correct_learning_entry_request::{Change as Wire, Subject as Asked},
            correct_learning_entry_response::Subject as Answered,
        };
        let (message, mut check, envelope) = begin!(self, request, "CorrectLearningEntry");
        let subject = match &message.subject {
            Some(Asked::ResponseId(id)) => check.id("response_id", id).map(Subject::Response),
            Some(Asked::ActionId(id)) => check.id("action_id", id).map(Subject::Action),
            None => {
                check.violation("subject", "must be given: response_id or action_id");
                None
            }
        };
        let change = message.change.as_ref().map(|change| match change {
            Wire::Struck(struck) => Change::Struck(*struck),
            Wire::OccurredTime(at) => Change::OccurredTime(at),
            Wire::StatedDate(date) => Change::StatedDate(date),
        });
        let correction = history::correction(&mut check, &message.event_id, &message.reason, change);
        let (envelope, subject, correction) = check.finish(|| Some((envelope?, subject?, correction?)))?;
        let (result, subject) = match subject {
            Subject::Response(id) => {
                self.engine.facts::<response::Response>(facts::RESPONSE, id.uuid()).await?;
                let done: Done<response::Response> =
                    self.engine.correct(&envelope, id.uuid(), correction).await?;
                (self.engine.result(&done), Answered::ResponseId(id.to_string()))
            }
            Subject::Action(id) => {
                self.engine.facts::<Action>(facts::ACTION, id.uuid()).await?;
                let done: Done<Action> = self.engine.correct(&envelope, id.uuid(), correction).await?;
                (self.engine.result(&done), Answered::ActionId(id.to_string()))
            }
        };
        Ok(Response::new(v1::CorrectLearningEntryResponse { result: Some(result), subject: Some(subject) }))
    }

    async fn get_response(
        &self,
        request: Request<v1::GetResponseRequest>,
    ) -> Result<Response<v1::GetResponseResponse>, RpcStatus> {
        let call = Call::begin(&self.engine, &request, "LearningService/GetResponse")?;
        let mut check = Check::new();
        let id = check.id::<ResponseId>("response_id", &request.get_ref().response_id);
        let id = check.finish(|| id)?;
        let loaded = self.engine.load_existing::<response::Response>(facts::RESPONSE, id.uuid()).await?;
        call.shown("learning-response", id.uuid(), None);
        Ok(Response::new(v1::GetResponseResponse {
            response: Some(answer::response::response(id, &loaded.entries())),
            etag: loaded.etag(),
            position: self.engine.position_of(&loaded),
            history: history::entries(&loaded),
        }))
    }

    async fn get_action(
        &self,
        request: Request<v1::GetActionRequest>,
    ) -> Result<Response<v1::GetActionResponse>, RpcStatus> {
        let call = Call::begin(&self.engine, &request, "LearningService/GetAction")?;
        let mut check = Check::new();
        let id = check.id::<ActionId>("action_id", &request.get_ref().action_id);
        let id = check.finish(|| id)?;
        let loaded = self.engine.load_existing::<Action>(facts::ACTION, id.uuid()).await?;
        call.shown("learning-action", id.uuid(), None);
        Ok(Response::new(v1::GetActionResponse {
            action: Some(answer::action::action(id, &loaded.entries())),
            etag: loaded.etag(),
            position: self.engine.position_of(&loaded),
            history: history::entries(&loaded),
        }))
    }
}
