//! What this program tells of itself: where its figures come from. How they are kept and delivered is in `candour_telemetry`.
//!
//! - [`methods`]: which calls there are to measure.
//! - [`journal`]: how long the log takes, on either engine, and each commit.
//! - [`folding`]: each batch of the read model, its age, and the traces it follows from.
//! - [`gauges`]: what is asked for when metrics are collected.
//! - [`worklist`]: how many things are due, overdue or unowned.

pub(crate) mod folding;
pub(crate) mod gauges;
pub(crate) mod journal;
pub(crate) mod methods;
pub(crate) mod worklist;

use std::net::SocketAddr;

use anyhow::Context as _;
use candour_service_kit::ACCESS_LOG;
use candour_telemetry::{LogFormat, LogLines, Page, Settings, Telemetry};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    configuration::{Configuration, TelemetryChoice},
    output,
};

/// Starts logging alone: what a command that serves nothing needs. `filter` is in the syntax of `tracing_subscriber::EnvFilter`.
pub(crate) fn start(filter: &str, format: LogFormat) -> anyhow::Result<()> {
    Ok(Telemetry::log_lines(&log_lines(filter, format))?)
}

/// The lines of a filter and, whatever it says of others, those of the access log: who was shown what is to be found out later, also where nothing
/// else is of interest. Only a directive of its own turns it off.
fn log_lines(filter: &str, format: LogFormat) -> LogLines {
    let filter =
        if filter.contains(ACCESS_LOG) { filter.to_owned() } else { format!("{filter},{ACCESS_LOG}=info") };
    LogLines { filter, format }
}

/// What somebody looks at; by default nobody at anything.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Observed {
    /// Metrics.
    pub(crate) is_measured: bool,
    /// Spans.
    pub(crate) is_traced: bool,
}

/// The telemetry of a server.
pub(crate) struct Serving {
    telemetry: Telemetry,
    page: Option<(SocketAddr, JoinHandle<()>)>,
}

impl Serving {
    /// Starts everything that is configured; the page listens from now on.
    pub(crate) async fn start(configuration: &Configuration) -> anyhow::Result<Self> {
        let TelemetryChoice { otlp, prometheus, unread } = &configuration.telemetry;
        let mut telemetry = Telemetry::start(&Settings {
            log: log_lines(&configuration.log, configuration.log_format),
            otlp: otlp.clone(),
            with_page: prometheus.is_some(),
            version: env!("CARGO_PKG_VERSION"),
        })?;
        for (what, endpoint) in [("traces", &otlp.traces), ("metrics", &otlp.metrics)] {
            if let Some(endpoint) = endpoint {
                tracing::info!(what, endpoint, "telemetry is delivered to a collector");
            }
        }
        if !unread.is_empty() {
            tracing::warn!(
                variables = unread.join(", "),
                "variables of OpenTelemetry that mean nothing here"
            );
        }
        let mut page = None;
        if let (Some(address), Some(metrics)) = (prometheus, telemetry.take_page()) {
            let listener = TcpListener::bind(address)
                .await
                .with_context(|| format!("telemetry.prometheus: cannot listen on {address}"))?;
            let address = listener.local_addr().context("cannot tell where metrics are served")?;
            page = Some((address, metrics.serve(listener)));
            tracing::info!(%address, "metrics can be fetched");
        }
        Ok(Self { telemetry, page })
    }

    /// Says on standard output where the metrics are, where they are.
    pub(crate) fn announce(&self) {
        if let Some((address, _)) = &self.page {
            output::line(&format!("candour: metrics are at {}", Page::url(*address)));
        }
    }

    /// What a server is to take the trouble to observe.
    pub(crate) fn observed(&self) -> Observed {
        Observed { is_measured: self.telemetry.is_measured(), is_traced: self.telemetry.is_traced() }
    }

    /// Delivers what is left, in bounded time.
    pub(crate) async fn end(self) {
        if let Some((_, page)) = self.page {
            page.abort();
        }
        self.telemetry.flush().await;
    }
}
