//! An organisation's store: the log, on the engine that the configuration names, and the files of a folder: the keys, the read model and, with
//! SQLite, the log.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use candour_journal::{Clock, Copying, Fact, Journal, Position};
use candour_journal_kurrent::KurrentJournal;
use candour_journal_sqlite::{OpenOptions, SqliteJournal};
use candour_projections::ReadModel;
use candour_service_kit::{Engine, Organisation};
use candour_vault::{FileVault, Vault, VaultPaths};

use crate::{configuration::EngineChoice, telemetry::journal::Measured};

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

    /// The files in a folder that is left as it is.
    pub(crate) fn of_existing(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.join("journal.sqlite")
    }

    pub(crate) fn read_model(&self) -> PathBuf {
        self.folder.join("read-model.sqlite")
    }

    /// A read model of the log that is migrated, for the comparison.
    pub(crate) fn read_model_of_source(&self) -> PathBuf {
        self.folder.join("read-model-source.sqlite")
    }

    /// A read model of the copy of a migration, for the comparison.
    pub(crate) fn read_model_of_target(&self) -> PathBuf {
        self.folder.join("read-model-target.sqlite")
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

/// An open log. Only opening and closing depend on the engine.
pub(crate) enum Log {
    Sqlite(Arc<SqliteJournal>),
    KurrentDb(Arc<KurrentJournal>),
}

impl Log {
    /// Opens the log of the engine, or makes it.
    pub(crate) async fn open(
        files: &Files,
        engine: &EngineChoice,
        namespace: &str,
        clock: Arc<dyn Clock>,
        kind: Kind,
    ) -> anyhow::Result<Self> {
        match engine {
            EngineChoice::Sqlite => {
                let options = OpenOptions::new(clock);
                let options = match kind {
                    Kind::Real => options,
                    Kind::Synthetic => options.synthetic(true),
                    Kind::AsItIs => options.either_kind(),
                };
                let journal =
                    SqliteJournal::open(files.journal(), &options).context("cannot open the log")?;
                Ok(Self::Sqlite(Arc::new(journal)))
            }
            EngineChoice::KurrentDb(connection) => {
                let options = candour_journal_kurrent::Options {
                    synthetic: kind == Kind::Synthetic,
                    either_kind: kind == Kind::AsItIs,
                    ..candour_journal_kurrent::Options::new(connection.expose(), namespace, clock)
                };
                let journal = KurrentJournal::connect(&options).await.context("cannot open the log")?;
                Ok(Self::KurrentDb(Arc::new(journal)))
            }
        }
    }

    pub(crate) fn journal(&self) -> Arc<dyn Journal> {
        self.copying()
    }

    /// The log as one that another can be copied into.
    pub(crate) fn copying(&self) -> Arc<dyn Copying> {
        match self {
            Self::Sqlite(journal) => Arc::clone(journal) as Arc<dyn Copying>,
            Self::KurrentDb(journal) => Arc::clone(journal) as Arc<dyn Copying>,
        }
    }

    pub(crate) async fn close(&self) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(journal) => journal.close().await.context("cannot close the log"),
            Self::KurrentDb(journal) => {
                journal.close();
                Ok(())
            }
        }
    }
}

/// An open store. With SQLite the process that has it open is its only writer; on KurrentDB other servers may write to the same log, each with a
/// folder of its own.
pub(crate) struct Store {
    pub(crate) files: Files,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) engine: Engine,
    log: Log,
    vault: Arc<FileVault>,
}

impl Store {
    /// Opens or creates the store of an organisation.
    pub(crate) async fn open(
        folder: &Path,
        engine: &EngineChoice,
        organisation: Organisation,
        clock: Arc<dyn Clock>,
        kind: Kind,
    ) -> anyhow::Result<Self> {
        let files = Files::in_folder(folder)?;
        let system = engine.system_name();
        let log = Log::open(&files, engine, &organisation.namespace, Arc::clone(&clock), kind).await?;
        let journal = Measured::of(log.journal(), system);
        refuse_unfinished_copy(journal.as_ref()).await?;
        refuse_continued(journal.as_ref()).await?;
        let paths = VaultPaths::in_folder(folder);
        refuse_lost_keys(journal.as_ref(), &paths).await?;
        let vault = Arc::new(FileVault::open(&paths).context("cannot open the keys")?);
        refuse_other_keys(journal.as_ref(), vault.as_ref()).await?;
        let engine =
            Engine::new(Arc::clone(&journal), Arc::clone(&vault) as Arc<dyn Vault>, clock, organisation);
        Ok(Self { files, journal, engine, log, vault })
    }

    /// Opens the read model of the store; one that does not fit is discarded and folded anew.
    pub(crate) async fn open_read_model(&self) -> anyhow::Result<ReadModel> {
        let head = self.journal.head().await.context("cannot read the log")?;
        let (store, epoch) = (self.journal.store_id(), self.journal.epoch());
        ReadModel::open(&self.files.read_model(), store, epoch, head, self.engine.organisation().grounds())
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

    /// The log, as its engine has it.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Closes the log in order.
    pub(crate) async fn close(&self) -> anyhow::Result<()> {
        self.log.close().await
    }
}

/// Refuses a copy that is not complete: its figures would be too small.
pub(crate) async fn refuse_unfinished_copy(journal: &dyn Journal) -> anyhow::Result<()> {
    let settled = async |fact| journal.settled(fact).await.context("cannot read the facts of the log");
    match settled(Fact::CopyOf).await? {
        Some(source) if settled(Fact::CopyCompared).await?.is_none() => bail!(
            "this log is a copy of the store {source} that is not complete: run `candour migrate` again, which goes on where it stopped"
        ),
        _ => Ok(()),
    }
}

/// Refuses a log that is carried on elsewhere: there would be two.
async fn refuse_continued(journal: &dyn Journal) -> anyhow::Result<()> {
    match journal.settled(Fact::ContinuedIn).await.context("cannot read the facts of the log")? {
        Some(target) => bail!(
            "this log was copied to the store {target} and is carried on there: set store.engine to the engine it was migrated to"
        ),
        None => Ok(()),
    }
}

/// Refuses a log that holds events but has lost its keys: new ones would be made in silence, and every personal field would be unreadable.
pub(crate) async fn refuse_lost_keys(journal: &dyn Journal, paths: &VaultPaths) -> anyhow::Result<()> {
    let is_empty = journal.head().await.context("cannot read the log")? == Position::BEFORE_FIRST;
    for file in [&paths.key_file, &paths.key_database] {
        anyhow::ensure!(
            is_empty || file.exists(),
            "the log holds events, but {} is missing: put it back from a backup; without it no personal field can be read",
            file.display()
        );
    }
    Ok(())
}

/// Refuses keys that are not those of the log. The first server of a log settles which they are, for ever: two servers with different keys could
/// not read what the other sealed, nor carry out an erasure for the other.
pub(crate) async fn refuse_other_keys(journal: &dyn Journal, vault: &dyn Vault) -> anyhow::Result<()> {
    let ours = vault.keys_id().to_string();
    let stands = journal.settle(Fact::Keys, &ours).await.context("cannot settle whose keys the log has")?;
    anyhow::ensure!(
        stands == ours,
        "the log is sealed with other keys than those in this folder: the log names {stands}, the folder holds {ours} (master key/key \
         database). Give this server the vault.key and keys.sqlite that the log was begun with; nothing was recorded"
    );
    Ok(())
}

/// Makes a folder that only its owner may look into.
#[cfg(unix)]
pub(crate) fn create_private_folder(folder: &Path) -> std::io::Result<()> {
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
pub(crate) fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).create(folder)
}
