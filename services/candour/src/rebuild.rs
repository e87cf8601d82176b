//! `candour rebuild`: folds the whole log afresh, with a progress bar, and puts the result in place of the read model; or only compares the two.

use std::{path::Path, sync::Arc};

use anyhow::{Context as _, bail};
use candour_journal::SystemClock;
use candour_projections::rebuild::{differences, fold_afresh};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    command_line::RebuildArguments,
    configuration::{Configuration, EngineChoice},
    output,
    store::{Kind, Store},
    telemetry,
};

/// Rebuilds, or checks.
pub(crate) async fn run(arguments: RebuildArguments) -> anyhow::Result<()> {
    let mut overrides = arguments.overrides;
    overrides.log = overrides.log.or(Some("warn".to_owned()));
    let configuration = Configuration::read(overrides)?;
    telemetry::start(&configuration.log, configuration.log_format)?;
    if configuration.engine == EngineChoice::Sqlite && !configuration.folder.join("journal.sqlite").exists() {
        bail!("there is no store in {}", configuration.folder.display());
    }
    let store = Store::open(
        &configuration.folder,
        &configuration.engine,
        configuration.organisation,
        Arc::new(SystemClock),
        Kind::AsItIs,
    )
    .await?;
    let head = store.journal.head().await?;

    let bar = ProgressBar::new(head.raw()).with_style(
        ProgressStyle::with_template("{bar:40} {percent}% of the log, {msg}, {elapsed} elapsed, {eta} to go")
            .context("progress bar")?,
    );
    let afresh = store.files.read_model_afresh();
    let grounds = store.engine.organisation().grounds();
    let progress = fold_afresh(store.journal.as_ref(), &afresh, &grounds, |events, position| {
        bar.set_position(position.raw());
        bar.set_message(format!("{events} events"));
    })
    .await?;
    bar.finish_and_clear();
    if let Some(stopped) = progress.stopped {
        bail!(
            "folding stopped at position {}: {}; the read model was left as it is",
            stopped.position,
            stopped.reason
        );
    }

    let current = store.files.read_model();
    if arguments.check {
        check(&store, &current, &afresh).await?;
        output::line(&format!("the read model equals a fresh fold of {} events", progress.events));
    } else {
        replace(&current, &afresh)?;
        output::line(&format!("the read model was folded afresh from {} events", progress.events));
    }
    store.close().await
}

/// Compares the read model with the fresh fold, after bringing it to the end of the log as a server would.
async fn check(store: &Store, current: &Path, afresh: &Path) -> anyhow::Result<()> {
    let read_model = store.open_read_model().await?;
    let head = store.journal.head().await?;
    let stop = tokio_util::sync::CancellationToken::new();
    let runner = candour_projections::Runner::new(Arc::clone(&store.journal), read_model.clone());
    let folding = tokio::spawn(runner.run(stop.clone()));
    let mut changes = read_model.changes();
    changes
        .wait_for(|progress| progress.position >= head || progress.stopped.is_some())
        .await
        .context("the read model went away")?;
    stop.cancel();
    folding.await.context("folding ended abnormally")??;
    let found = differences(current, afresh)?;
    candour_projections::rebuild::remove(afresh)?;
    if found.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = found
        .iter()
        .map(|d| {
            format!(
                "{}: {} rows only in the read model, {} only in the fresh fold",
                d.table, d.only_one, d.only_other
            )
        })
        .collect();
    bail!(
        "the read model differs from a fresh fold; run `candour rebuild` without --check\n{}",
        lines.join("\n")
    )
}

/// Puts the fresh file in place of the current one. Both are closed; the rename is atomic, so that a crash leaves one or the other.
fn replace(current: &Path, afresh: &Path) -> anyhow::Result<()> {
    candour_projections::rebuild::remove(current)?;
    std::fs::rename(afresh, current)
        .with_context(|| format!("cannot put {} in place of {}", afresh.display(), current.display()))
}
