//! Log lines on standard error. Nothing personal is ever logged: types that hold personal data show none of it in their debug form.

use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{FilterExt as _, LevelFilter, filter_fn},
    fmt,
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::{StartError, TRACED};

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Which log lines are written, and how.
#[derive(Clone, Debug)]
pub struct LogLines {
    /// In the syntax of `tracing_subscriber::EnvFilter`.
    pub filter: String,
    /// Text or JSON.
    pub format: LogFormat,
}

/// A layer over the registry.
pub(crate) type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

impl LogLines {
    /// Starts logging, together with what follows the exported spans, if anything does.
    pub(crate) fn start(&self, exported: Option<BoxedLayer>) -> Result<(), StartError> {
        let filter = EnvFilter::try_new(&self.filter)
            .map_err(|error| StartError::Filter { filter: self.filter.clone(), reason: error.to_string() })?;
        // Spans for export would only repeat what the line's own span says.
        let not_exported =
            filter_fn(|metadata| metadata.target() != TRACED).with_max_level_hint(LevelFilter::TRACE);
        let lines = fmt::layer().with_writer(std::io::stderr).with_target(true);
        let lines: BoxedLayer = match self.format {
            LogFormat::Text => lines.with_ansi(false).with_filter(filter.and(not_exported)).boxed(),
            LogFormat::Json => lines.json().flatten_event(true).with_filter(filter.and(not_exported)).boxed(),
        };
        let mut layers = vec![lines];
        layers.extend(exported);
        tracing_subscriber::registry()
            .with(layers)
            .try_init()
            .map_err(|error| StartError::AlreadyStarted(error.to_string()))
    }
}
