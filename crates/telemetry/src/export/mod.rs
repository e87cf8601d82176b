//! Delivery of spans and metrics to a collector over OTLP (gRPC).
//!
//! A collector that is away or slow costs nothing but telemetry: a bounded number of spans waits ([`limits`]), what finds no room is dropped and
//! counted, what cannot be delivered is dropped and counted, and each change between the two is said once in the log.

mod metrics;
mod outcome;
mod spans;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithExportConfig as _, WithTonicConfig as _};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    metrics::{MeterProviderBuilder, PeriodicReader, SdkMeterProvider},
    trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider},
};
use tonic::transport::{Certificate, ClientTlsConfig};
use tracing_subscriber::{
    Layer as _,
    filter::{LevelFilter, filter_fn},
};

pub(crate) use self::outcome::Deliveries;
use self::{
    metrics::WatchedMetrics,
    outcome::{METRIC_EXPORTER, SPAN_EXPORTER},
    spans::{Bounded, Load, WatchedSpans},
};
use crate::{StartError, TRACED, limits, log_lines::BoxedLayer};

/// Where telemetry is delivered to.
#[derive(Clone, Debug, Default)]
pub struct Otlp {
    /// The collector of spans, such as `http://127.0.0.1:4317`; none are made without one.
    pub traces: Option<String>,
    /// The collector of metrics.
    pub metrics: Option<String>,
    /// The certificate authorities, in PEM, that an `https` collector is checked against; those of the system without it.
    pub certificates: Option<Vec<u8>>,
}

impl Otlp {
    fn tls(&self) -> ClientTlsConfig {
        match &self.certificates {
            Some(pem) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)),
            None => ClientTlsConfig::new().with_enabled_roots(),
        }
    }

    /// Adds the delivery of metrics, where there is a collector for them.
    pub(crate) fn deliver_metrics(
        &self,
        builder: MeterProviderBuilder,
        deliveries: &Deliveries,
    ) -> Result<MeterProviderBuilder, StartError> {
        let Some(endpoint) = &self.metrics else { return Ok(builder) };
        let exporter = MetricExporter::builder().with_tonic().with_endpoint(endpoint);
        let exporter = if is_https(endpoint) { exporter.with_tls_config(self.tls()) } else { exporter };
        let exporter = exporter.build().map_err(|error| StartError::Otlp(error.to_string()))?;
        let exporter = WatchedMetrics::new(exporter, deliveries.of(METRIC_EXPORTER, "metrics"));
        Ok(builder.with_reader(PeriodicReader::builder(exporter).build()))
    }

    /// Makes the provider of spans, where there is a collector for them.
    pub(crate) fn deliver_spans(
        &self,
        resource: Resource,
        deliveries: &Deliveries,
    ) -> Result<Option<SdkTracerProvider>, StartError> {
        let Some(endpoint) = &self.traces else { return Ok(None) };
        let exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint);
        let exporter = if is_https(endpoint) { exporter.with_tls_config(self.tls()) } else { exporter };
        let exporter = exporter.build().map_err(|error| StartError::Otlp(error.to_string()))?;
        let load = Load::new(deliveries.clone());
        let exporter = WatchedSpans::new(exporter, load.clone(), deliveries.of(SPAN_EXPORTER, "traces"));
        let batches = BatchSpanProcessor::builder(exporter)
            .with_batch_config(
                BatchConfigBuilder::default()
                    .with_max_queue_size(limits::SPANS_WAITING_MAX)
                    .with_max_export_batch_size(limits::SPANS_PER_DELIVERY_MAX)
                    .build(),
            )
            .build();
        Ok(Some(
            SdkTracerProvider::builder()
                .with_resource(resource)
                .with_max_links_per_span(LINKS_MAX_U32)
                .with_span_processor(Bounded::new(batches, load))
                .build(),
        ))
    }
}

/// [`limits::LINKS_MAX`] as the provider wants it.
const LINKS_MAX_U32: u32 = 128;
const _: () = assert!(LINKS_MAX_U32 as usize == limits::LINKS_MAX);

fn is_https(endpoint: &str) -> bool {
    endpoint.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
}

/// The spans that leave: those made for it ([`TRACED`]), without anything that was logged inside them.
pub(crate) fn layer(provider: &SdkTracerProvider) -> BoxedLayer {
    let made_for_export = filter_fn(|metadata| metadata.is_span() && metadata.target() == TRACED)
        .with_max_level_hint(LevelFilter::INFO);
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("candour"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_level(false)
        .with_tracked_inactivity(false)
        .with_filter(made_for_export)
        .boxed()
}

/// What is delivered by either provider has the same description of the program.
pub(crate) fn resource(version: &'static str) -> Resource {
    // What the environment says of itself wins.
    let is_named = Resource::builder()
        .build()
        .get(&opentelemetry::Key::new("service.name"))
        .is_some_and(|name| !name.as_str().starts_with("unknown_service"));
    let builder = Resource::builder();
    let builder = if is_named { builder } else { builder.with_service_name("candour") };
    builder.with_attribute(opentelemetry::KeyValue::new("service.version", version)).build()
}

/// The last spans and figures are delivered, or given up after [`limits::FLUSH_TIME_MAX`].
pub(crate) async fn flush(
    spans: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
    deliveries: Deliveries,
) {
    let (spans, metrics) = tokio::join!(
        ended(spans.map(|provider| move || provider.shutdown_with_timeout(limits::FLUSH_TIME_MAX))),
        ended(metrics.map(|provider| move || provider.shutdown_with_timeout(limits::FLUSH_TIME_MAX))),
    );
    // What is still on its way fails when the program ends, which is no news.
    deliveries.end();
    if !(spans && metrics) {
        tracing::warn!("the last telemetry could not be delivered in time");
    }
}

/// Whether there is nothing to end, or it ended well in time. It has a thread of its own, because the end of the runtime waits for its tasks.
async fn ended(end: Option<impl FnOnce() -> OTelSdkResult + Send + 'static>) -> bool {
    let Some(end) = end else { return true };
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new().name("telemetry-flush".to_owned()).spawn(move || {
        // Nobody waits any more once the time is up.
        let _ = sender.send(end().is_ok());
    });
    thread.is_ok() && matches!(tokio::time::timeout(limits::FLUSH_TIME_MAX, receiver).await, Ok(Ok(true)))
}
