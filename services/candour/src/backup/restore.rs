//! `candour restore`: a backup into a folder without a store, proved before it is called restored.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use candour_journal::SystemClock;

use super::{
    FIGURES, KEY_FILE, KEYS, LOG, copy_private, figures_of,
    manifest::{LogInBackup, Manifest},
    refuse_unreadable, remove_what_was_made,
};
use crate::{
    command_line::RestoreArguments,
    configuration::{Configuration, EngineChoice},
    output::{self, progress_bar},
    records_of_log::every_record,
    store::{Files, Kind, Store},
    telemetry,
};

/// Checks the backup, copies it, opens it as a server would, and compares what it shows.
pub(crate) async fn run(arguments: RestoreArguments) -> anyhow::Result<()> {
    let mut overrides = arguments.overrides;
    overrides.log = overrides.log.or(Some("warn".to_owned()));
    let mut configuration = Configuration::read(overrides)?;
    telemetry::start(&configuration.log, configuration.log_format)?;
    let (from, folder) = (&arguments.from, configuration.folder.clone());
    let manifest = Manifest::read(from)?;
    let files = manifest.log.iter().map(|log| &log.file).chain([&manifest.keys]).chain(&manifest.key_file);
    for file in files {
        file.check(from)?;
    }
    let key_file = key_file(&manifest, from, arguments.key_file)?;
    refuse_existing_store(&folder)?;

    let made = Files::in_folder(&folder).and_then(|_| {
        if manifest.log.is_some() {
            copy_private(&from.join(LOG), &folder.join(LOG))?;
            candour_journal_sqlite::mark_restored(folder.join(LOG)).context("the restored log")?;
        }
        copy_private(&from.join(KEYS), &folder.join(KEYS))?;
        copy_private(&key_file, &folder.join(KEY_FILE))
    });
    let proved = match (made, &manifest.log) {
        (Ok(()), Some(log)) => {
            configuration.organisation.namespace.clone_from(&log.namespace);
            configuration.engine = EngineChoice::Sqlite;
            prove(&manifest, log, &folder, configuration).await
        }
        (Ok(()), None) => Ok(
            "restored the keys; restore the log on KurrentDB from the backup that was made just before them"
                .to_owned(),
        ),
        (Err(error), _) => Err(error),
    };
    match proved {
        Ok(words) => {
            output::line(&format!("{words}\nnext: start `candour serve` on {}", folder.display()));
            Ok(())
        }
        Err(error) => {
            remove_what_was_made(&folder, &[LOG, KEYS, KEY_FILE, FIGURES]);
            Err(error.context("nothing was restored, and what was copied is removed again"))
        }
    }
}

/// Where the key file of the backup is.
fn key_file(manifest: &Manifest, from: &Path, named: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    match (named, &manifest.key_file) {
        (Some(named), _) => {
            anyhow::ensure!(named.is_file(), "--key-file: there is no file {}", named.display());
            Ok(named)
        }
        (None, Some(included)) => Ok(from.join(&included.name)),
        (None, None) => anyhow::bail!(
            "the backup does not hold the key file, which is kept apart: name it with --key-file; without it no personal field can be read"
        ),
    }
}

/// Refuses a folder in which any part of a store is.
fn refuse_existing_store(folder: &Path) -> anyhow::Result<()> {
    for name in [LOG, KEYS, KEY_FILE, "read-model.sqlite"] {
        let path = folder.join(name);
        anyhow::ensure!(
            !path.exists(),
            "{} exists already: a restore overwrites nothing, name a folder without a store (--folder)",
            path.display()
        );
    }
    Ok(())
}

/// Opens the restored store, reads everything, works out the figures, and compares with what the backup says.
async fn prove(
    manifest: &Manifest,
    log: &LogInBackup,
    folder: &Path,
    configuration: Configuration,
) -> anyhow::Result<String> {
    let bar = progress_bar()?;
    let organisation = configuration.organisation.clone();
    let store = Store::open(
        folder,
        &configuration.engine,
        configuration.organisation,
        Arc::new(SystemClock),
        Kind::AsItIs,
    )
    .await?;
    let read = every_record(&store.engine, &bar).await?;
    refuse_unreadable(&read)?;
    let head = store.journal.head().await?.raw();
    anyhow::ensure!(
        (read.events, head, store.journal.store_id().0) == (log.events, log.head, log.store_id),
        "the restored log holds {} events up to position {head}, and the backup says {} up to {}",
        read.events,
        log.events,
        log.head
    );
    let figures = figures_of(&read, folder, store.journal.as_ref(), &organisation, &bar).await?;
    let compared = if manifest.figures_are_comparable() {
        anyhow::ensure!(
            figures == log.figures,
            "the figures of the restored log are not those of the backup"
        );
        format!("{} figures on {} days are those of the backup", figures.count, figures.days.len())
    } else {
        format!("the backup was made by version {}, whose figures are not compared", manifest.made_by)
    };
    store.close().await?;
    bar.finish_and_clear();
    let synthetic = if log.synthetic { ", which is synthetic," } else { "" };
    Ok(format!(
        "restored the store {}{synthetic} as of {}: {} events, every record read and every personal field opened; {compared}\n\
         what was recorded after the backup is not in it: callers repeat it with the same request ids, and people erased since are to be erased again",
        log.store_id, manifest.made_at, read.events
    ))
}
