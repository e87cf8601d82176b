//! `candour demo`: two organisations that never were, each in a store of its own.
//!
//! - The worked example of the measures, entered through the real gRPC services. It is small, and its figures are known to the last unit.
//! - [`trust`]: a synthetic trust with two years of incidents, for lists and figures with something in them.
//!
//! The store of the worked example runs on the example's own clock, which stands at the moment of each entry and then at [`END`], and is marked synthetic for ever.
//! Each command has a request id of its own that never changes, so a second run (or one after a kill) finds what is there and repeats nothing.

mod enter;
mod step;
mod trust;
mod worked_example;

use std::sync::Arc;

use anyhow::Context as _;
use candour_domain::{calendar::Nation, policy::Policy, regime::BodyType};
use candour_journal::ManualClock;
use candour_service_kit::Organisation;
use jiff::civil::{Date, date};

use crate::{
    client::{Clients, ServerArguments},
    command_line::DemoArguments,
    configuration::{self, Admitting, EngineChoice, LogFormat, Serving},
    output,
    server::{Prepared, Server, command::AskedToStop},
    show::{self, Question},
    store::{Kind, Store},
    telemetry,
};

/// The first day of the period that the example's figures are about.
const PERIOD_FROM: Date = date(2026, 1, 1);
/// The day on which the example ends.
const END: Date = date(2026, 6, 30);
/// The earlier day that the example gives figures for.
const EARLIER: Date = date(2026, 5, 10);

/// Enters the example where it is not there yet, prints the answers, and stays up unless told otherwise.
pub(crate) async fn run(arguments: DemoArguments) -> anyhow::Result<()> {
    let listen = configuration::loopback_only(arguments.listen)?;
    telemetry::start("warn", LogFormat::Text)?;
    let asked_to_stop = AskedToStop::listen()?;
    let clock = Arc::new(ManualClock::new(step::at(worked_example::first_day(), 0)?));
    let organisation = Organisation {
        name: "the worked example".to_owned(),
        nation: Nation::England,
        body_type: BodyType::HealthServiceBody,
        policy: Policy::local_defaults(),
        namespace: arguments.namespace.clone(),
    };
    let engine = EngineChoice::parse(&arguments.engine).context("--engine")?;
    let store = Store::open(
        &arguments.folder,
        &engine,
        organisation,
        Arc::clone(&clock) as Arc<dyn candour_journal::Clock>,
        Kind::Synthetic,
    )
    .await?;
    let serving = Serving { listen, tls: None, admitting: Admitting::DemoIdentities };
    let server = Server::start(store, Prepared::of(&serving)?, telemetry::Observed::default()).await?;
    let address = server.url();
    let us = ServerArguments::of_this_process(&address);
    let mut clients = Clients::connect_with(&us, None, "demo-patient-safety").await?;
    let entered =
        enter::all(&mut clients, &clock).await.context("the worked example could not be entered")?;
    let events = server.events_folded().await?;
    let folder = arguments.folder.display();
    if entered.new == 0 {
        output::line(&format!(
            "found the worked example in {folder}: {} commands were entered by an earlier run, none was entered again ({events} events in the log)",
            entered.repeated
        ));
    } else if entered.repeated == 0 {
        output::line(&format!(
            "entered the worked example into {folder}: {} commands, {events} events",
            entered.new
        ));
    } else {
        output::line(&format!(
            "found a part of the worked example in {folder}: {} commands were there, {} were entered now ({events} events in the log)",
            entered.repeated, entered.new
        ));
    }

    let question = |as_of| Question {
        as_of: Some(as_of),
        from: Some(PERIOD_FROM),
        until: None,
        min_position: entered.position.clone(),
    };
    show::three_answers(&mut clients, &question(END)).await?;
    show::measures(&mut clients, &[question(END), question(EARLIER)]).await?;

    let trust = match arguments.incidents {
        0 => None,
        incidents => {
            let (folder, seed) = (&arguments.folder, arguments.seed);
            let store = trust::open(folder, &engine, &arguments.namespace, incidents, seed).await?;
            let listen = configuration::loopback_only(arguments.listen_trust)?;
            let serving = Serving { listen, tls: None, admitting: Admitting::DemoIdentities };
            let server =
                Server::start(store, Prepared::of(&serving)?, telemetry::Observed::default()).await?;
            server.events_folded().await?;
            let us = ServerArguments::of_this_process(&server.url());
            trust::show(&mut Clients::connect_with(&us, None, "demo-patient-safety").await?).await?;
            Some(server)
        }
    };

    if !arguments.once {
        say_where(&address, trust.as_ref());
        tokio::select! {
            () = asked_to_stop.or_failure_of(&server) => {}
            () = failed(trust.as_ref()) => {}
        }
    }
    if let Some(trust) = trust {
        trust.stop().await?;
    }
    server.stop().await
}

/// Resolves when a server that there may be stops by itself.
async fn failed(server: Option<&Server>) {
    match server {
        Some(server) => server.failed().await,
        None => std::future::pending().await,
    }
}

fn say_where(address: &str, trust: Option<&Server>) {
    if let Some(trust) = trust {
        let (address, last, from) = (trust.url(), trust::LAST_DAY, trust::PERIOD_FROM);
        output::line(&format!(
            "\nThe clock of the synthetic trust stands at {last}.\n\
             Ask it:  candour show measures --server {address} --as-of {last} --from {from}\n\
             synthetic trust: it listens on {address}"
        ));
    }
    output::line(&format!(
        "\nThe clock of the worked example stands at {END}; callers are demo identities on loopback.\n\
         Ask it:  candour show measures --server {address} --as-of {END} --from {PERIOD_FROM}\n\
         Stop it: Ctrl-C\n\
         candour demo: gRPC listens on {address}"
    ));
}
