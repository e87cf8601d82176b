//! Log lines on standard error. Nothing personal is ever logged: types that hold personal data show none of it in their debug form.

use anyhow::Context as _;
use tracing_subscriber::{EnvFilter, fmt};

use crate::configuration::LogFormat;

/// Starts logging. `filter` is in the syntax of `tracing_subscriber::EnvFilter`.
pub(crate) fn start(filter: &str, format: LogFormat) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).with_context(|| format!("log.filter: {filter:?}"))?;
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(true);
    let started = match format {
        LogFormat::Text => lines.with_ansi(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging: {error}"))
}
