//! `candour backup` and `candour restore`.
//!
//! A backup is a folder with a copy of the log and of the key database, each of one moment, the log's before the keys', so that no key is missing;
//! and `backup.json`, written last, which says what is there. It is made while the server runs, and proved before it is called made: every record is
//! read and opened with the keys, and every figure is worked out, so that a restore can show the same ones.
//!
//! - [`manifest`]: the file `backup.json`.
//! - [`restore`]: the way back, into a folder without a store.

pub(crate) mod manifest;
pub(crate) mod restore;

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use candour_journal::{Clock as _, Journal, SystemClock};
use candour_journal_sqlite::{OpenOptions, SqliteJournal};
use candour_service_kit::{Engine, Organisation};
use candour_sqlite_copy::copy_database;
use candour_vault::{FileVault, Vault, VaultPaths};
use indicatif::ProgressBar;
use manifest::{FiguresInBackup, FileInBackup, LogInBackup, Manifest};

use crate::{
    command_line::BackupArguments,
    configuration::{Configuration, EngineChoice},
    figures_of_log::{days_to_compare, figures},
    output::{self, progress_bar},
    records_of_log::{self, every_record},
    store::refuse_other_keys,
    telemetry,
};

const LOG: &str = "journal.sqlite";
const KEYS: &str = "keys.sqlite";
const KEY_FILE: &str = "vault.key";
/// A fold that is made for the figures and removed again.
const FIGURES: &str = "figures.sqlite";

/// Copies, proves, and writes down what was copied.
pub(crate) async fn run(arguments: BackupArguments) -> anyhow::Result<()> {
    let mut overrides = arguments.overrides;
    overrides.log = overrides.log.or(Some("warn".to_owned()));
    let configuration = Configuration::read(overrides)?;
    telemetry::start(&configuration.log, configuration.log_format)?;
    let (folder, target) = (&configuration.folder, &arguments.to);
    for name in [KEYS, KEY_FILE] {
        anyhow::ensure!(
            folder.join(name).exists(),
            "there is no store in {}: {name} is missing",
            folder.display()
        );
    }
    let has_log = configuration.engine == EngineChoice::Sqlite;
    anyhow::ensure!(
        !has_log || folder.join(LOG).exists(),
        "there is no store in {}: {LOG} is missing",
        folder.display()
    );
    make_empty_folder(target)?;

    let made = make(&configuration, target, arguments.key_file_to.as_deref()).await;
    if made.is_err() {
        remove_what_was_made(target, &[LOG, KEYS, KEY_FILE, manifest::FILE, FIGURES]);
    }
    say(&made?, target, arguments.key_file_to.as_deref());
    Ok(())
}

/// Copies, proves, and writes down what was copied, into an empty folder.
async fn make(
    configuration: &Configuration,
    target: &Path,
    key_file_to: Option<&Path>,
) -> anyhow::Result<Manifest> {
    let folder = &configuration.folder;
    let bar = progress_bar()?;
    let log = if configuration.engine == EngineChoice::Sqlite {
        copy(folder, target, LOG, &bar)?;
        copy(folder, target, KEYS, &bar)?;
        Some(prove(folder, target, &configuration.organisation, &bar).await?)
    } else {
        copy(folder, target, KEYS, &bar)?;
        None
    };
    let key_file = keep_key_file(folder, target, key_file_to)?;
    refuse_other_key_file(target, &key_file_to.unwrap_or(folder).join(KEY_FILE))?;
    bar.finish_and_clear();
    let manifest = Manifest::new(SystemClock.now(), log, FileInBackup::of(target, KEYS)?, key_file);
    manifest.write(target)?;
    Ok(manifest)
}

fn say(manifest: &Manifest, target: &Path, key_file_to: Option<&Path>) {
    match &manifest.log {
        Some(log) => output::line(&format!(
            "backed up {} events to {}: every record read and every personal field opened; {} figures on {} days worked out for the restore",
            log.events,
            target.display(),
            log.figures.count,
            log.figures.days.len()
        )),
        None => output::line(&format!(
            "backed up the keys to {}; the log is kept on KurrentDB, which has backups of its own: the keys fit one that was made before now",
            target.display()
        )),
    }
    output::line(&match key_file_to {
        Some(folder) if manifest.key_file.is_some() => format!(
            "the key file is included in {}: whoever holds this backup can read every personal field",
            folder.display()
        ),
        Some(folder) => format!(
            "the key file is apart, in {}: without it the backup opens no personal field",
            folder.display()
        ),
        None => format!(
            "the key file {KEY_FILE} was left where it is: without a copy of it, kept apart, this backup opens no personal field (--key-file-to)"
        ),
    });
}

/// Copies one database of the store, of one moment, while a server may be writing to it.
fn copy(folder: &Path, target: &Path, name: &'static str, bar: &ProgressBar) -> anyhow::Result<()> {
    bar.set_message(format!("copying {name}"));
    copy_database(&folder.join(name), &target.join(name), |copied, pages| {
        bar.set_length(pages);
        bar.set_position(copied);
    })?;
    Ok(())
}

/// Opens the copies as a server would, reads everything, and works out the figures.
async fn prove(
    folder: &Path,
    target: &Path,
    organisation: &Organisation,
    bar: &ProgressBar,
) -> anyhow::Result<LogInBackup> {
    let clock = Arc::new(SystemClock);
    let options = OpenOptions::new(clock.clone()).either_kind();
    let journal = Arc::new(
        SqliteJournal::open(target.join(LOG), &options).context("the copy of the log cannot be opened")?,
    );
    let problems = journal.find_problems().await?;
    if !problems.is_empty() {
        bail!("the log is damaged, and so is the copy: {}", problems.join("; "));
    }
    let paths = VaultPaths { key_file: folder.join(KEY_FILE), key_database: target.join(KEYS) };
    let vault = Arc::new(FileVault::open(&paths).context("the copy of the keys cannot be opened")?);
    refuse_other_keys(journal.as_ref(), vault.as_ref()).await?;
    let engine = Engine::new(
        Arc::clone(&journal) as Arc<dyn Journal>,
        Arc::clone(&vault) as Arc<dyn Vault>,
        clock,
        organisation.clone(),
    );
    let read = every_record(&engine, bar).await?;
    refuse_unreadable(&read)?;
    let figures = figures_of(&read, target, journal.as_ref(), organisation, bar).await?;
    let (store_id, head) = (journal.store_id().0, journal.head().await?.raw());
    let synthetic = journal.is_synthetic();
    journal.close().await?;
    drop((engine, vault, journal));
    // Locks of ours, which would say nothing to whoever finds them.
    for name in [LOG, KEYS] {
        remove_if_there(&target.join(format!("{name}.lock")))?;
    }
    Ok(LogInBackup {
        file: FileInBackup::of(target, LOG)?,
        store_id,
        synthetic,
        namespace: organisation.namespace.clone(),
        events: read.events,
        head,
        figures,
    })
}

/// Refuses a log of which some personal field does not open although nobody was erased.
fn refuse_unreadable(read: &records_of_log::Read) -> anyhow::Result<()> {
    anyhow::ensure!(
        read.unreadable == 0,
        "{} personal fields cannot be opened although no erasure is recorded: a newer {KEYS} exists or keys are lost; see `candour doctor`",
        read.unreadable
    );
    Ok(())
}

/// Every figure of the log, on the days that a comparison looks at.
async fn figures_of(
    read: &records_of_log::Read,
    folder: &Path,
    journal: &dyn Journal,
    organisation: &Organisation,
    bar: &ProgressBar,
) -> anyhow::Result<FiguresInBackup> {
    let days = match read.recorded {
        Some((first, last)) => days_to_compare(first, last)?,
        None => Vec::new(),
    };
    let found = figures(&folder.join(FIGURES), journal, organisation, &days, bar).await?;
    Ok(FiguresInBackup::of(days, &found))
}

/// Copies the key file where it was asked for. Gives its description where that is the backup itself.
fn keep_key_file(folder: &Path, target: &Path, to: Option<&Path>) -> anyhow::Result<Option<FileInBackup>> {
    let Some(to) = to else { return Ok(None) };
    fs::create_dir_all(to).with_context(|| format!("cannot create the folder {}", to.display()))?;
    copy_private(&folder.join(KEY_FILE), &to.join(KEY_FILE))?;
    if to.canonicalize()? == target.canonicalize()? {
        Ok(Some(FileInBackup::of(target, KEY_FILE)?))
    } else {
        Ok(None)
    }
}

/// Refuses a key file that does not open the copy of the keys: the master key may have been changed while they were copied.
fn refuse_other_key_file(target: &Path, key_file: &Path) -> anyhow::Result<()> {
    let paths = VaultPaths { key_file: key_file.to_owned(), key_database: target.join(KEYS) };
    drop(FileVault::open(&paths).context("the copy of the keys cannot be opened")?);
    remove_if_there(&target.join(format!("{KEYS}.lock")))
}

/// Makes the folder of a backup, owner-only. One that holds anything is refused.
fn make_empty_folder(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        let is_empty = fs::read_dir(folder)
            .with_context(|| format!("cannot look into {}", folder.display()))?
            .next()
            .is_none();
        anyhow::ensure!(
            is_empty,
            "{} holds files already: a backup overwrites nothing, name another folder",
            folder.display()
        );
        return Ok(());
    }
    crate::store::create_private_folder(folder)
        .with_context(|| format!("cannot create the folder {}", folder.display()))
}

/// Makes a file that does not exist yet, readable by its owner only.
fn create_private(path: &Path) -> anyhow::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).with_context(|| format!("cannot create {}", path.display()))
}

/// Copies a file, durably, to where none is yet.
fn copy_private(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut source = File::open(from).with_context(|| format!("cannot read {}", from.display()))?;
    let mut target = create_private(to)?;
    io::copy(&mut source, &mut target).with_context(|| format!("cannot write {}", to.display()))?;
    target.flush()?;
    target.sync_all()?;
    Ok(())
}

/// Takes away what a run that failed made in a folder that held nothing of the kind before.
fn remove_what_was_made(folder: &Path, names: &[&str]) {
    for name in names {
        for suffix in ["", "-wal", "-shm", ".lock"] {
            // Most of them are not there; what cannot be removed is named by the next run, which refuses it.
            let _ = fs::remove_file(folder.join(format!("{name}{suffix}")));
        }
    }
    let _ = fs::remove_file(folder.join(FIGURES).with_extension("lock"));
}

fn remove_if_there(path: &PathBuf) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(anyhow::Error::new(error).context(format!("cannot remove {}", path.display())))
        }
        _ => Ok(()),
    }
}
