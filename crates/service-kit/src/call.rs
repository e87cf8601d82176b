//! The beginning of every call: who asks, may they, and what every command carries.

use candour_api::v1;
use candour_domain::{
    Situation,
    calendar::civil_date,
    identifier::RequestId,
    text::{PersonReference, SystemName},
};
use candour_journal::StreamVersion;
use jiff::Timestamp;
use prost::Message;
use tonic::Request;
use uuid::Uuid;

use crate::{
    caller::Caller, check::Check, engine::Engine, failure::Failure, permission, token,
    trace_context::TraceContext,
};

/// The target of the lines of the access log: one for each answer that showed a record with its personal fields.
pub const ACCESS_LOG: &str = "candour::access";

/// A call that may proceed.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who asks.
    pub caller: Caller,
    /// The method, such as `IncidentService/GradeHarm`.
    pub method: &'static str,
    /// The trace it belongs to.
    pub trace: TraceContext,
    /// The keyed digest of the request's content, by which a repeat is told from another request.
    content: [u8; 32],
}

/// What every command carries beside its content.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Who asks.
    pub caller: Caller,
    /// The trace it belongs to.
    pub trace: TraceContext,
    /// The request's id.
    pub request: RequestId,
    /// The keyed digest of the request's content.
    pub content: [u8; 32],
    /// The version the caller saw, where it said so.
    pub seen: Option<StreamVersion>,
    /// When the source system claims to have recorded it.
    pub source_recorded_at: Option<Timestamp>,
    /// The source system.
    pub source_system: Option<SystemName>,
    /// Now, when it happened, and who acted.
    pub situation: Situation,
}

/// The caller that was authenticated, where it may call the method.
fn permitted<M>(request: &Request<M>, method: &'static str) -> Result<Caller, Failure> {
    let Some(caller) = request.extensions().get::<Caller>().cloned() else {
        return Err(Failure::Unauthenticated("the call came without an authenticated caller".to_owned()));
    };
    permission::check(&caller, method)?;
    Ok(caller)
}

impl Call {
    /// Takes the caller that was authenticated and checks its permission, before anything of the request is looked at.
    pub fn begin<M: Message>(
        engine: &Engine,
        request: &Request<M>,
        method: &'static str,
    ) -> Result<Self, Failure> {
        let caller = permitted(request, method)?;
        let mut content = method.as_bytes().to_vec();
        content.push(0);
        content.extend_from_slice(&request.get_ref().encode_to_vec());
        Ok(Self {
            caller,
            method,
            trace: TraceContext::of(request.metadata()),
            content: engine.authenticate_request(&content),
        })
    }

    /// Begins a stream, of which every message is a request of its own: who asks, as one that may.
    pub fn begin_stream<M>(
        request: &Request<M>,
        method: &'static str,
    ) -> Result<(Caller, TraceContext), Failure> {
        Ok((permitted(request, method)?, TraceContext::of(request.metadata())))
    }

    /// Notes in the access log ([`ACCESS_LOG`]) that the caller was shown a record with its personal fields: who, by which method, which record
    /// of which incident; never what it says. `incident` where that is another id than the record's own.
    pub fn shown(&self, record: &'static str, id: Uuid, incident: Option<Uuid>) {
        tracing::info!(
            target: ACCESS_LOG,
            caller = %self.caller.id,
            roles = self.caller.role_codes().join(","),
            method = self.method,
            record,
            %id,
            incident_id = incident.map(tracing::field::display),
            "record shown"
        );
    }

    /// Reads the part that every command carries.
    pub fn envelope(
        &self,
        engine: &Engine,
        context: Option<&v1::CommandContext>,
        check: &mut Check,
    ) -> Option<Envelope> {
        let empty = v1::CommandContext::default();
        let context = context.unwrap_or(&empty);
        let now = engine.now();
        let request = check.id::<RequestId>("command.request_id", &context.request_id);
        if let Some(request) = request {
            tracing::Span::current().record("request_id", tracing::field::display(request));
        }
        let seen = check.accept("command.etag", token::parse_etag(&context.etag));
        let occurred_at = check.optional_instant("command.occurred_time", context.occurred_time.as_ref());
        let source_recorded_at =
            check.optional_instant("command.source_recorded_time", context.source_recorded_time.as_ref());
        for (field, instant) in
            [("command.occurred_time", occurred_at), ("command.source_recorded_time", source_recorded_at)]
        {
            if instant.flatten().is_some_and(|instant| instant > now) {
                check.violation(field, "lies in the future");
            }
        }
        // A claim to have recorded a thing days before it happened would hide that it was recorded late (E-15).
        if let (Some(Some(recorded)), Some(Some(occurred))) = (source_recorded_at, occurred_at)
            && civil_date(recorded) < civil_date(occurred)
        {
            check.violation("command.source_recorded_time", "lies before the day it occurred");
        }
        let performed_by =
            check.optional_reference::<PersonReference>("command.performed_by", &context.performed_by);
        let performed_by = performed_by.and_then(|named| {
            let acted = self.caller.performers.of(named);
            if acted.is_none() {
                check.deny(Failure::PerformerNotPermitted { caller: self.caller.id.to_string() });
            }
            acted
        });
        let source_system =
            check.optional_reference::<SystemName>("command.source_system", &context.source_system);
        Some(Envelope {
            caller: self.caller.clone(),
            trace: self.trace.clone(),
            request: request?,
            content: self.content,
            seen: seen?,
            source_recorded_at: source_recorded_at?,
            source_system: source_system?,
            situation: Situation {
                now,
                occurred_at: occurred_at?.unwrap_or(now),
                performed_by: performed_by?,
            },
        })
    }
}
