//! `candour keys`: what is done to the keys of a store that is not being served.
//!
//! `rotate` changes the master key. The steps and what a kill leaves after each are [`candour_vault::rotation`]'s; here every record is read before
//! and after, so that the old key file loses its place only once the new one was seen to open everything.

use std::{path::Path, sync::Arc};

use anyhow::{Context as _, ensure};
use candour_journal::{Clock as _, Fact, Journal, SystemClock};
use candour_service_kit::{Engine, Organisation};
use candour_vault::{
    FileVault, OpenError, Vault, VaultPaths,
    rotation::{Installed, install, rewrap},
};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;

use crate::{
    configuration::{Configuration, EngineChoice, Overrides},
    output::{self, progress_bar},
    records_of_log::{Read, every_record},
    store::{Files, Kind, Log},
    telemetry,
};

/// What `candour keys` can do.
#[derive(Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a new master key and wrap the key of every person anew under it. The log is not touched, and everything opens as before. The server
    /// must be stopped. A run after an interruption goes on where the last one stopped.
    Rotate(RotateArguments),
}

#[derive(Args)]
pub(crate) struct RotateArguments {
    #[command(flatten)]
    pub(crate) overrides: Overrides,
}

/// Runs what was asked for.
pub(crate) async fn run(command: KeysCommand) -> anyhow::Result<()> {
    let KeysCommand::Rotate(arguments) = command;
    rotate(arguments).await
}

async fn rotate(arguments: RotateArguments) -> anyhow::Result<()> {
    let mut overrides = arguments.overrides;
    overrides.log = overrides.log.or(Some("warn".to_owned()));
    let configuration = Configuration::read(overrides)?;
    telemetry::start(&configuration.log, configuration.log_format)?;
    let folder = &configuration.folder;
    let (files, paths) = (Files::of_existing(folder), VaultPaths::in_folder(folder));
    for file in [&paths.key_file, &paths.key_database] {
        ensure!(file.exists(), "there is no store in {}: {} is missing", folder.display(), file.display());
    }
    ensure!(
        configuration.engine != EngineChoice::Sqlite || files.journal().exists(),
        "there is no store in {}: {} is missing",
        folder.display(),
        files.journal().display()
    );
    let organisation = &configuration.organisation;
    let clock = Arc::new(SystemClock);
    // Open from before the first step until after the last one: no server starts meanwhile.
    let log = Log::open(&files, &configuration.engine, &organisation.namespace, clock, Kind::AsItIs).await?;
    let changed = change(&log, &paths, organisation).await;
    log.close().await?;
    let (read, installed) = changed?;
    say(&read, &installed, folder);
    Ok(())
}

/// Proves the old key file, wraps the keys anew, proves the new key file, and puts it in place.
async fn change(
    log: &Log,
    paths: &VaultPaths,
    organisation: &Organisation,
) -> anyhow::Result<(Read, Installed)> {
    let bar = progress_bar()?;
    let journal = log.journal();
    match FileVault::open(paths) {
        Ok(vault) => {
            prove(Arc::clone(&journal), vault, organisation, &bar)
                .await
                .context("the master key was not changed")?;
        }
        // An earlier run proved it.
        Err(OpenError::RotationUnfinished { .. }) => {}
        Err(error) => return Err(anyhow::Error::new(error).context("the master key was not changed")),
    }
    bar.set_message("wrapping every key anew");
    rewrap(paths, SystemClock.now())?;
    let new = FileVault::open(&paths.with_next_key_file())?;
    let read = prove(journal, new, organisation, &bar).await.with_context(|| {
        format!(
            "the keys are wrapped under {}, which is not in its place: once this is put right, run `candour keys rotate` again",
            paths.next_key_file().display()
        )
    })?;
    let installed = install(paths)?;
    bar.finish_and_clear();
    Ok((read, installed))
}

/// Reads every record with these keys and refuses them if they are not the log's or leave anything closed.
async fn prove(
    journal: Arc<dyn Journal>,
    vault: FileVault,
    organisation: &Organisation,
    bar: &ProgressBar,
) -> anyhow::Result<Read> {
    let ours = vault.keys_id().to_string();
    let of_log = journal.settled(Fact::Keys).await.context("cannot read whose keys the log has")?;
    if let Some(of_log) = of_log {
        ensure!(of_log == ours, "the log is sealed with the keys {of_log}, and the folder holds {ours}");
    }
    let vault = Arc::new(vault) as Arc<dyn Vault>;
    let engine = Engine::new(journal, vault, Arc::new(SystemClock), organisation.clone());
    let read = every_record(&engine, bar).await?;
    ensure!(
        read.unreadable == 0,
        "{} personal fields do not open although nobody was erased: put the newest keys.sqlite back first; see `candour doctor`",
        read.unreadable
    );
    Ok(read)
}

fn say(read: &Read, installed: &Installed, folder: &Path) {
    output::line(&format!(
        "the master key of {} is changed to {}: {} events read, and every personal field opens or was erased",
        folder.display(),
        installed.fingerprint,
        read.events
    ));
    output::line(&format!(
        "the old key file is {}: backups made until now need it, nothing else does; move it to where they are kept, and destroy it with the last of \
         them",
        installed.retired.display()
    ));
    output::line(
        "next: `candour backup`, with --key-file-to: no backup made until now opens with the new key file",
    );
}
