//! `candour serve`.

use std::sync::Arc;

use anyhow::Context as _;
use candour_journal::SystemClock;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Prepared, Server};
use crate::{
    command_line::ServeArguments,
    configuration::{Admitting, Configuration, Serving},
    output,
    store::{Kind, Store},
    telemetry,
};

/// Serves until told to stop.
pub(crate) async fn run(arguments: ServeArguments) -> anyhow::Result<()> {
    let configuration = Configuration::read(arguments.overrides)?;
    let serving = configuration.serving(arguments.callers)?;
    let telemetry = telemetry::Serving::start(&configuration).await?;
    let outcome = serve(configuration, &serving, &telemetry).await;
    // Also after a failure: its last spans may say why.
    telemetry.end().await;
    outcome
}

async fn serve(
    configuration: Configuration,
    serving: &Serving,
    telemetry: &telemetry::Serving,
) -> anyhow::Result<()> {
    let prepared = Prepared::of(serving)?;
    if serving.admitting == Admitting::DemoIdentities {
        tracing::warn!(
            "--demo-identities: callers are whoever they say they are. Anybody who can reach the port, through a proxy as well, can record and read \
             everything; never use it with real records"
        );
    }
    if serving.tls.is_none() {
        tracing::info!("without TLS: listening on loopback only");
    }
    let asked_to_stop = AskedToStop::listen()?;
    let store = Store::open(
        &configuration.folder,
        &configuration.engine,
        configuration.organisation,
        Arc::new(SystemClock),
        Kind::Real,
    )
    .await?;
    let server = Server::start(store, prepared, telemetry.observed()).await?;
    output::line(&format!("candour: gRPC listens on {}", server.url()));
    telemetry.announce();
    asked_to_stop.or_failure_of(&server).await;
    server.stop().await
}

/// SIGTERM and SIGINT. Listened for before the server says where it listens, so that whoever reads that can stop it in order.
pub(crate) struct AskedToStop {
    terminate: Signal,
    interrupt: Signal,
}

impl AskedToStop {
    /// From now on a signal asks to stop instead of ending the process.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?,
            interrupt: signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?,
        })
    }

    /// Waits for the first signal, or for the server to fail. A second signal ends the process at once.
    pub(crate) async fn or_failure_of(mut self, server: &Server) {
        tokio::select! {
            () = self.asked() => tracing::info!("asked to stop; draining"),
            () = server.failed() => tracing::error!("the server failed; draining"),
        }
        tokio::spawn(async move {
            self.asked().await;
            tracing::warn!("asked again; stopping at once");
            std::process::exit(1);
        });
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
