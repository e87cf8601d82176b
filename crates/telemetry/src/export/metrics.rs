//! Metrics on their way out.

use std::time::{Duration, Instant};

use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{Temporality, data::ResourceMetrics, exporter::PushMetricExporter},
};

use super::outcome::Outcome;

/// An exporter whose outcomes are noted.
#[derive(Debug)]
pub(crate) struct WatchedMetrics<E> {
    inner: E,
    outcome: Outcome,
}

impl<E> WatchedMetrics<E> {
    pub(crate) fn new(inner: E, outcome: Outcome) -> Self {
        Self { inner, outcome }
    }
}

impl<E: PushMetricExporter> PushMetricExporter for WatchedMetrics<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let begun = Instant::now();
        let result = self.inner.export(metrics).await;
        self.outcome.note(&result, 0, begun.elapsed());
        result
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.inner.temporality()
    }
}
