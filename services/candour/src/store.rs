//! The files of one organisation's store: one for the log, one for the read model, two for the keys.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use candour_journal::{Clock, Journal as _};
use candour_journal_sqlite::{OpenOptions, SqliteJournal};
use candour_projections::ReadModel;
use candour_service_kit::{Engine, Organisation};
use candour_vault::{FileVault, Vault as _, VaultPaths};

/// Where the files of a store are.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    folder: PathBuf,
}

impl Files {
    /// The files in a folder, which is created with owner-only permissions where it does not exist.
    pub(crate) fn in_folder(folder: &Path) -> anyhow::Result<Self> {
        create_private_folder(folder)
            .with_context(|| format!("cannot create the folder {}", folder.display()))?;
        warn_of_open_folder(folder);
        Ok(Self { folder: folder.to_owned() })
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.join("journal.sqlite")
    }

    pub(crate) fn read_model(&self) -> PathBuf {
        self.folder.join("read-model.sqlite")
    }

    /// A read model that is being folded afresh.
    pub(crate) fn read_model_afresh(&self) -> PathBuf {
        self.folder.join("read-model-afresh.sqlite")
    }
}

/// What a store is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Real records.
    Real,
    /// A demonstration, on a clock of its own; marked so for ever.
    Synthetic,
    /// Whichever an existing store is.
    AsItIs,
}

/// An open store. The process that has it open is its only writer.
pub(crate) struct Store {
    pub(crate) files: Files,
    pub(crate) journal: Arc<SqliteJournal>,
    pub(crate) engine: Engine,
    vault: Arc<FileVault>,
}

impl Store {
    /// Opens or creates the store in a folder.
    pub(crate) fn open(
        folder: &Path,
        organisation: Organisation,
        clock: Arc<dyn Clock>,
        kind: Kind,
    ) -> anyhow::Result<Self> {
        let files = Files::in_folder(folder)?;
        let options = OpenOptions::new(Arc::clone(&clock));
        let options = match kind {
            Kind::Real => options,
            Kind::Synthetic => options.synthetic(true),
            Kind::AsItIs => options.either_kind(),
        };
        let journal = SqliteJournal::open(files.journal(), &options).context("cannot open the log")?;
        let journal = Arc::new(journal);
        let paths = VaultPaths::in_folder(folder);
        refuse_lost_keys(&journal, &paths)?;
        let vault = Arc::new(FileVault::open(&paths).context("cannot open the keys")?);
        let engine = Engine::new(
            Arc::clone(&journal) as Arc<dyn candour_journal::Journal>,
            Arc::clone(&vault) as Arc<dyn candour_vault::Vault>,
            clock,
            organisation,
        );
        Ok(Self { files, journal, engine, vault })
    }

    /// Opens the read model of the store; one that does not fit is discarded and folded anew.
    pub(crate) async fn open_read_model(&self) -> anyhow::Result<ReadModel> {
        let head = self.journal.head().await.context("cannot read the log")?;
        ReadModel::open(&self.files.read_model(), self.journal.store_id(), self.journal.epoch(), head)
            .context("cannot open the read model")
    }

    /// Whether log and keys can be written.
    pub(crate) fn is_healthy(&self) -> bool {
        self.journal.is_healthy() && self.vault.is_healthy()
    }

    /// The keys.
    pub(crate) fn vault(&self) -> Arc<FileVault> {
        Arc::clone(&self.vault)
    }

    /// Closes the log in order.
    pub(crate) async fn close(&self) -> anyhow::Result<()> {
        self.journal.close().await.context("cannot close the log")
    }
}

/// Refuses a log that holds events but has lost its keys: new ones would be made in silence, and every personal field would be unreadable.
fn refuse_lost_keys(journal: &SqliteJournal, paths: &VaultPaths) -> anyhow::Result<()> {
    let is_empty = *journal.changes().borrow() == candour_journal::Position::BEFORE_FIRST;
    for file in [&paths.key_file, &paths.key_database] {
        anyhow::ensure!(
            is_empty || file.exists(),
            "the log holds events, but {} is missing: put it back from a backup; without it no personal field can be read",
            file.display()
        );
    }
    Ok(())
}

#[cfg(unix)]
fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Says so where others may look into an existing folder. Its files are readable to their owner only, so this is no reason to stop.
#[cfg(unix)]
fn warn_of_open_folder(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let is_open = std::fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & 0o077 != 0);
    if is_open {
        tracing::warn!(folder = %folder.display(), "others may look into the store's folder; chmod 700 it");
    }
}

#[cfg(not(unix))]
fn warn_of_open_folder(_folder: &Path) {}

#[cfg(not(unix))]
fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).create(folder)
}
