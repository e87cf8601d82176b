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

use crate::{
    caller::Caller,
    check::Check,
    engine::Engine,
    failure::Failure,
    permission::{self, Access},
    token,
    trace_context::TraceContext,
};

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

impl Call {
    /// Authenticates and authorises. Permission is checked before anything of the request is looked at.
    pub fn begin<M: Message>(
        engine: &Engine,
        request: &Request<M>,
        method: &'static str,
        access: Access,
    ) -> Result<Self, Failure> {
        let caller = Caller::of(request.metadata())?;
        tracing::Span::current().record("caller", caller.id);
        permission::check(caller, method, access)?;
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
        let source_system =
            check.optional_reference::<SystemName>("command.source_system", &context.source_system);
        Some(Envelope {
            caller: self.caller,
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
