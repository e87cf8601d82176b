//! `candour migrate`: copies the log of a store to another engine, in order and as it is, and proves that the two are the same: event by event,
//! and figure by figure.
//!
//! - [`copy`]: what is there is compared, what is missing is copied, so that a run after a kill goes on where the last one stopped.
//!
//! Keys stay where they are, in the folder: they belong to the log, whichever engine keeps it. Positions do not carry over, nor what rests on
//! them: position tokens, page tokens and the read model, which is folded anew.

mod copy;

use std::sync::Arc;

use anyhow::{Context as _, bail};
use candour_journal::{Copying, Fact, Journal, Position, SystemClock};
use candour_vault::{FileVault, VaultPaths};

use crate::{
    command_line::MigrateArguments,
    configuration::{Configuration, EngineChoice},
    figures_of_log::{days_to_compare, figures, refuse_other_figures},
    output::{self, progress_bar},
    store::{Files, Kind, Log, refuse_lost_keys, refuse_other_keys, refuse_unfinished_copy},
    telemetry,
};

/// Copies, compares, and settles that the log is carried on in the target.
pub(crate) async fn run(arguments: MigrateArguments) -> anyhow::Result<()> {
    let mut overrides = arguments.overrides;
    overrides.log = overrides.log.or(Some("warn".to_owned()));
    let configuration = Configuration::read(overrides)?;
    telemetry::start(&configuration.log, configuration.log_format)?;
    let from = match arguments.from {
        Some(from) => EngineChoice::parse(&from).context("--from")?,
        None => configuration.engine,
    };
    let to = EngineChoice::parse(&arguments.to).context("--to")?;
    anyhow::ensure!(from != to, "--from and --to name the same engine: there is nothing to migrate");
    let files = Files::in_folder(&configuration.folder)?;
    if from == EngineChoice::Sqlite && !files.journal().exists() {
        bail!("there is no store in {}", configuration.folder.display());
    }
    let namespace = &configuration.organisation.namespace;
    let clock = || Arc::new(SystemClock) as Arc<dyn candour_journal::Clock>;
    let source = Log::open(&files, &from, namespace, clock(), Kind::AsItIs).await.context("--from")?;
    let journal = source.journal();
    refuse_unfinished_copy(journal.as_ref()).await.context("--from")?;
    let paths = VaultPaths::in_folder(&configuration.folder);
    refuse_lost_keys(journal.as_ref(), &paths).await?;
    // Also keeps a server with these keys from recording meanwhile.
    let vault = FileVault::open(&paths).context("cannot open the keys")?;
    refuse_other_keys(journal.as_ref(), &vault).await.context("--from")?;
    let kind = if journal.is_synthetic() { Kind::Synthetic } else { Kind::Real };
    let target = Log::open(&files, &to, namespace, clock(), kind).await.context("--to")?;
    begin(journal.as_ref(), target.copying().as_ref()).await?;

    let bar = progress_bar()?;
    let copied = copy::all(journal.as_ref(), target.copying().as_ref(), &bar).await?;
    let compared = copy::compare(journal.as_ref(), target.copying().as_ref(), &bar).await?;
    let days = match compared.recorded {
        Some((first, last)) => days_to_compare(first, last)?,
        None => Vec::new(),
    };
    let organisation = &configuration.organisation;
    let before = figures(&files.read_model_of_source(), journal.as_ref(), organisation, &days, &bar).await?;
    let copy = target.journal();
    let after = figures(&files.read_model_of_target(), copy.as_ref(), organisation, &days, &bar).await?;
    refuse_other_figures(&days, &before, &after)?;
    bar.finish_and_clear();

    settle(target.copying().as_ref(), Fact::CopyCompared, &compared.events.to_string()).await?;
    settle(journal.as_ref(), Fact::ContinuedIn, &target.copying().store_id().0.to_string()).await?;
    output::line(&format!(
        "migrated the log from {from} to {to}: {} events copied now, {} found from an earlier run\n\
         compared every event ({}) and every figure ({} figures on {} days): equal\n\
         next: set store.engine to the engine named by --to and start `candour serve`; the folder keeps the keys, and the read model is folded anew\n\
         the log on {from} stays as it is and is not served any more; positions and page tokens given out earlier are refused",
        copied.now,
        copied.earlier,
        compared.events,
        before.iter().map(Vec::len).sum::<usize>(),
        days.len()
    ));
    target.close().await?;
    source.close().await
}

/// Makes sure that the target is empty, or holds an earlier part of this very copy.
async fn begin(source: &dyn Journal, target: &dyn Copying) -> anyhow::Result<()> {
    let source_id = source.store_id().0.to_string();
    if let Some(continued) = source.settled(Fact::ContinuedIn).await? {
        anyhow::ensure!(
            continued == target.store_id().0.to_string(),
            "the log of --from was already migrated to the store {continued}, which is another than that of --to"
        );
    }
    if target.settled(Fact::CopyOf).await?.is_none() {
        anyhow::ensure!(
            target.head().await? == Position::BEFORE_FIRST,
            "the log of --to holds events of its own: choose an engine, folder or namespace without any"
        );
    }
    let copy_of = target.settle(Fact::CopyOf, &source_id).await?;
    anyhow::ensure!(
        copy_of == source_id,
        "the log of --to is a copy of another store ({copy_of}): choose an engine, folder or namespace without events"
    );
    if let Some(keys) = source.settled(Fact::Keys).await? {
        settle(target, Fact::Keys, &keys).await?;
    }
    Ok(())
}

/// Settles a fact that must stand as given.
async fn settle(journal: &dyn Journal, fact: Fact, value: &str) -> anyhow::Result<()> {
    let stands = journal.settle(fact, value).await?;
    anyhow::ensure!(stands == value, "the fact {} is {stands} and cannot become {value}", fact.code());
    Ok(())
}
