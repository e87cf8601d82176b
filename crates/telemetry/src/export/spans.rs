//! Spans on their way out: how many may wait, and whether they arrive.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanExporter, SpanProcessor},
};

use super::outcome::{Deliveries, Outcome};
use crate::limits::SPANS_WAITING_MAX;

/// How many spans wait for their delivery to end.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    waiting: Arc<AtomicUsize>,
    deliveries: Deliveries,
}

impl Load {
    pub(crate) fn new(deliveries: Deliveries) -> Self {
        Self { waiting: Arc::default(), deliveries }
    }

    /// Takes a place, if one is free.
    fn take(&self) -> bool {
        let taken = self
            .waiting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |waiting| {
                (waiting < SPANS_WAITING_MAX).then_some(waiting + 1)
            })
            .is_ok();
        self.deliveries.span_processed(taken);
        taken
    }

    /// Gives places back.
    fn give_back(&self, places: usize) {
        self.waiting.fetch_sub(places, Ordering::AcqRel);
    }
}

/// A processor before which spans wait only while there is room for them. Its own queue is as long, so nothing is dropped behind this count.
#[derive(Debug)]
pub(crate) struct Bounded<P> {
    inner: P,
    load: Load,
}

impl<P> Bounded<P> {
    pub(crate) fn new(inner: P, load: Load) -> Self {
        Self { inner, load }
    }
}

impl<P: SpanProcessor> SpanProcessor for Bounded<P> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.load.take() {
            self.inner.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// An exporter whose outcomes are noted.
#[derive(Debug)]
pub(crate) struct WatchedSpans<E> {
    inner: E,
    load: Load,
    outcome: Outcome,
}

impl<E> WatchedSpans<E> {
    pub(crate) fn new(inner: E, load: Load, outcome: Outcome) -> Self {
        Self { inner, load, outcome }
    }
}

impl<E: SpanExporter> SpanExporter for WatchedSpans<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let (spans, begun) = (batch.len(), Instant::now());
        let result = self.inner.export(batch).await;
        self.load.give_back(spans);
        self.outcome.note(&result, spans, begun.elapsed());
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
