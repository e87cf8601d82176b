//! Log lines, traces and metrics: what an operator sees of the program from outside.
//!
//! - [`log_lines`]: standard error, as text or JSON.
//! - [`export`]: spans and metrics to a collector over OTLP, where one is configured.
//! - [`page`]: the same metrics for Prometheus to fetch, where an address is configured.
//! - [`catalogue`]: every metric there is.
//! - [`calls`]: the layer that measures and traces each gRPC call.
//! - [`links`]: spans that follow from the traces of others.
//! - [`limits`]: how much telemetry may cost.
//!
//! What leaves the machine is only what was made to leave it. A span is exported if its target is [`TRACED`], and nothing logged inside it is; a
//! metric has no labels but those of the catalogue. A log line with something personal in it, which would be a defect, would still not leave.

pub mod calls;
pub mod catalogue;
pub mod export;
pub mod limits;
pub mod links;
mod log_lines;
pub mod page;

use opentelemetry_sdk::{metrics::SdkMeterProvider, trace::SdkTracerProvider};

pub use export::Otlp;
pub use log_lines::{LogFormat, LogLines};
pub use opentelemetry::{
    KeyValue,
    metrics::{Counter, Histogram},
};
pub use page::Page;

/// The target of the spans that are exported. Their names and fields are constants of the program, or values from a closed set.
pub const TRACED: &str = "candour_traced";

/// What is written, and where telemetry goes.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Log lines.
    pub log: LogLines,
    /// The collectors; none by default.
    pub otlp: Otlp,
    /// Whether metrics are kept for a [`Page`].
    pub with_page: bool,
    /// The version of the program.
    pub version: &'static str,
}

/// Why telemetry was not started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The filter of log lines.
    #[error("log.filter: {filter:?}: {reason}")]
    Filter {
        /// As given.
        filter: String,
        /// What is wrong.
        reason: String,
    },
    /// It was started before in this process.
    #[error("logging: {0}")]
    AlreadyStarted(String),
    /// The exporter cannot be made.
    #[error("telemetry.otlp_endpoint: {0}")]
    Otlp(String),
    /// The page cannot be made.
    #[error("telemetry.prometheus: {0}")]
    Page(String),
}

/// Running telemetry.
#[derive(Debug)]
#[must_use = "the last spans and figures are delivered by `flush`"]
pub struct Telemetry {
    spans: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
    page: Option<Page>,
    deliveries: export::Deliveries,
}

impl Telemetry {
    /// Starts log lines alone.
    pub fn log_lines(log: &LogLines) -> Result<(), StartError> {
        log.start(None)
    }

    /// Starts log lines and whatever else is configured. Within a tokio runtime.
    pub fn start(settings: &Settings) -> Result<Self, StartError> {
        let deliveries = export::Deliveries::default();
        let resource = export::resource(settings.version);
        let mut builder = SdkMeterProvider::builder().with_resource(resource.clone());
        builder = settings.otlp.deliver_metrics(builder, &deliveries)?;
        let mut page = None;
        if settings.with_page {
            let (reader, made) = Page::new()?;
            builder = builder.with_reader(reader);
            page = Some(made);
        }
        let spans = settings.otlp.deliver_spans(resource, &deliveries)?;
        let is_measured = settings.with_page || settings.otlp.metrics.is_some();
        let metrics = is_measured.then(|| builder.build());
        if let Some(provider) = &metrics {
            opentelemetry::global::set_meter_provider(provider.clone());
            if settings.otlp.traces.is_some() || settings.otlp.metrics.is_some() {
                deliveries.count();
            }
        }
        settings.log.start(spans.as_ref().map(export::layer))?;
        Ok(Self { spans, metrics, page, deliveries })
    }

    /// The page of metrics, once, if there is one.
    pub fn take_page(&mut self) -> Option<Page> {
        self.page.take()
    }

    /// Whether anything collects metrics.
    pub fn is_measured(&self) -> bool {
        self.metrics.is_some()
    }

    /// Whether spans are exported.
    pub fn is_traced(&self) -> bool {
        self.spans.is_some()
    }

    /// Delivers what is left, within [`limits::FLUSH_TIME_MAX`].
    pub async fn flush(self) {
        export::flush(self.spans, self.metrics, self.deliveries).await;
    }
}
