//! The span of a call.

use opentelemetry::{
    propagation::{Extractor, TextMapPropagator as _},
    trace::{Status as SpanStatus, TraceContextExt as _},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tonic::codegen::http::{HeaderMap, HeaderValue};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::{
    TRACED,
    catalogue::{ERROR_TYPE, METHOD, REASON, RPC_SYSTEM, STATUS_CODE},
};

/// The header that names a trace and a span in it.
const TRACEPARENT: &str = "traceparent";

/// Begins the span of a call, below the caller's if it names one, and names it in the header in the caller's place: what the services store with an
/// event, sampled or not, leads to this span. Where spans are not exported nothing is changed.
pub(super) fn span(method: &str, headers: &mut HeaderMap) -> tracing::Span {
    let span = tracing::info_span!(
        target: TRACED,
        "call",
        otel.name = method,
        otel.kind = "server",
        { RPC_SYSTEM } = "grpc",
        { METHOD } = method,
    );
    if span.is_disabled() {
        return span;
    }
    let caller = TraceContextPropagator::new().extract_with_context(
        &opentelemetry::Context::new(),
        &TraceparentOnly(headers.get(TRACEPARENT).and_then(|value| value.to_str().ok())),
    );
    // It was not begun yet, so it can still be put below another.
    let _ = span.set_parent(caller);
    let context = span.context();
    let begun = context.span().span_context().clone();
    if begun.is_valid() {
        tracing::Span::current().record("trace_id", tracing::field::display(begun.trace_id()));
        let header =
            format!("00-{}-{}-{:02x}", begun.trace_id(), begun.span_id(), begun.trace_flags().to_u8());
        if let Ok(header) = HeaderValue::from_str(&header) {
            headers.insert(TRACEPARENT, header);
        }
    }
    span
}

/// Says how the call ended.
pub(super) fn end(span: &tracing::Span, code: &'static str, is_failure: bool, reason: Option<&str>) {
    if span.is_disabled() {
        return;
    }
    span.set_attribute(STATUS_CODE, code);
    if let Some(reason) = reason {
        span.set_attribute(REASON, reason.to_owned());
    }
    if is_failure {
        span.set_attribute(ERROR_TYPE, code);
        span.set_status(SpanStatus::error(""));
    }
}

/// The one header that is read of a caller's trace. A `tracestate` is free text, so it does not go into what is exported.
pub(crate) struct TraceparentOnly<'a>(pub(crate) Option<&'a str>);

impl Extractor for TraceparentOnly<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.filter(|_| key == TRACEPARENT)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}
