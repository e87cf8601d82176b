//! Whether deliveries succeed: counted, and said in the log when it changes.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use opentelemetry::{
    KeyValue,
    metrics::{Counter, Histogram},
};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};

use crate::catalogue::{COMPONENT, ERROR_TYPE, EXPORT_DURATION, SPANS_EXPORTED, SPANS_PROCESSED};

/// The counts of all deliveries. They exist once there is something to count in, which needs the provider that is itself watched.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deliveries(Arc<State>);

#[derive(Debug, Default)]
struct State {
    instruments: OnceLock<Instruments>,
    is_over: AtomicBool,
}

#[derive(Debug)]
struct Instruments {
    processed: Counter<u64>,
    exported: Counter<u64>,
    duration: Histogram<f64>,
}

impl Deliveries {
    /// Counts from now on.
    pub(crate) fn count(&self) {
        let instruments = self.0.instruments.get_or_init(|| Instruments {
            processed: SPANS_PROCESSED.counter(),
            exported: SPANS_EXPORTED.counter(),
            duration: EXPORT_DURATION.histogram(),
        });
        // From 0, so that the first loss is seen to come.
        instruments.processed.add(0, &processed_labels());
        for kind in [TIMEOUT, EXPORT_FAILED] {
            let exporter = KeyValue::new(COMPONENT, SPAN_EXPORTER);
            instruments.exported.add(0, &[exporter, KeyValue::new(ERROR_TYPE, kind)]);
        }
    }

    /// Nothing more is said of what follows.
    pub(crate) fn end(&self) {
        self.0.is_over.store(true, Ordering::Relaxed);
    }

    /// Counts a span that was taken, or dropped as too many waited.
    pub(crate) fn span_processed(&self, taken: bool) {
        if let Some(instruments) = self.0.instruments.get() {
            let labels = processed_labels();
            instruments.processed.add(1, if taken { &labels[..1] } else { &labels });
        }
    }

    /// The deliveries of one exporter. `what` it delivers is for people.
    pub(crate) fn of(&self, component: &'static str, what: &'static str) -> Outcome {
        Outcome { deliveries: self.clone(), component, what, is_failing: AtomicBool::new(false) }
    }
}

/// The deliveries of one exporter.
#[derive(Debug)]
pub(crate) struct Outcome {
    deliveries: Deliveries,
    component: &'static str,
    what: &'static str,
    is_failing: AtomicBool,
}

impl Outcome {
    /// Takes note of a delivery.
    pub(crate) fn note(&self, result: &OTelSdkResult, spans: usize, took: Duration) {
        if let Some(instruments) = self.deliveries.0.instruments.get() {
            let mut labels = vec![KeyValue::new(COMPONENT, self.component)];
            labels.extend(result.as_ref().err().map(|error| KeyValue::new(ERROR_TYPE, kind(error))));
            instruments.duration.record(took.as_secs_f64(), &labels);
            if spans > 0 {
                instruments.exported.add(spans as u64, &labels);
            }
        }
        if self.deliveries.0.is_over.load(Ordering::Relaxed) {
            return;
        }
        match result {
            Ok(()) => {
                if self.is_failing.swap(false, Ordering::Relaxed) {
                    tracing::info!(what = self.what, "the collector takes telemetry again");
                }
            }
            Err(error) => {
                if !self.is_failing.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        what = self.what,
                        %error,
                        "the collector does not take telemetry; it is dropped and counted meanwhile"
                    );
                }
            }
        }
    }
}

/// The exporter of spans, and that of metrics.
pub(crate) const SPAN_EXPORTER: &str = "otlp_grpc_span_exporter";
pub(crate) const METRIC_EXPORTER: &str = "otlp_grpc_metric_exporter";

const TIMEOUT: &str = "timeout";
const EXPORT_FAILED: &str = "export_failed";

/// The label of spans that were taken, and the further one of those that were not.
fn processed_labels() -> [KeyValue; 2] {
    [KeyValue::new(COMPONENT, "batching_span_processor"), KeyValue::new(ERROR_TYPE, "queue_full")]
}

fn kind(error: &OTelSdkError) -> &'static str {
    match error {
        OTelSdkError::Timeout(_) => TIMEOUT,
        OTelSdkError::AlreadyShutdown => "already_shutdown",
        OTelSdkError::InternalFailure(_) => EXPORT_FAILED,
    }
}
