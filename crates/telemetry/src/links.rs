//! Spans that follow from the traces of others without being part of them.

use opentelemetry::{
    Context,
    propagation::TextMapPropagator as _,
    trace::{Status, TraceContextExt as _},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::{calls::TraceparentOnly, limits::LINKS_MAX};

/// Links a span to the traces that these headers (`traceparent`) name, at most [`LINKS_MAX`] of them; what is malformed is left out.
pub fn follows_from<'a>(span: &tracing::Span, traceparents: impl IntoIterator<Item = &'a str>) {
    let propagator = TraceContextPropagator::new();
    for traceparent in traceparents.into_iter().take(LINKS_MAX) {
        let context = propagator.extract_with_context(&Context::new(), &TraceparentOnly(Some(traceparent)));
        span.add_link(context.span().span_context().clone());
    }
}

/// Says that what a span stands for did not succeed.
pub fn failed(span: &tracing::Span) {
    span.set_status(Status::error(""));
}
