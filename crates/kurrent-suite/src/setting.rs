//! The server that is judged, and what a check needs: namespaces of its own, folders, the service.

use std::{
    fmt::Write as _,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use candour_journal::{Clock, SystemClock};
use candour_journal_kurrent::{AppendBy, ConnectError, KurrentJournal, Options};
use candour_testkit::Program;
use tempfile::TempDir;
use uuid::Uuid;

use crate::{CANDOUR, command_line::CommandLine, figures::Figure};

/// The part of the idle run that one measurement lasts.
const MEASUREMENTS_IN_IDLE: u32 = 30;
/// The variables that say where the certificates of the system are; the service is started with an otherwise clean environment.
const CERTIFICATES: &[&str] = &["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// What all checks share.
pub(crate) struct Setting {
    connection_string: String,
    /// What every namespace of this run begins with.
    pub(crate) run: String,
    /// The version that the server gave.
    pub(crate) server_version: String,
    next_namespace: AtomicU64,
    candour: Program,
    folder: PathBuf,
    /// How long the idle run lasts.
    pub(crate) idle: Duration,
    /// How long one measurement lasts.
    pub(crate) measurement: Duration,
    pub(crate) restart_command: Option<String>,
    figures: Mutex<Vec<Figure>>,
}

impl Setting {
    /// Reads what was asked for, and makes sure that the server is there before anything is judged. An error is for people.
    pub(crate) async fn prepare(command_line: &CommandLine) -> Result<Self, String> {
        let binary =
            std::env::current_exe().map_err(|error| format!("cannot tell where this program is: {error}"))?;
        let mut candour = Program::inside(binary, CANDOUR);
        for name in CERTIFICATES {
            if let Some(value) = std::env::var_os(name) {
                candour = candour.variable(name, value);
            }
        }
        let idle = Duration::from_secs(command_line.seconds);
        let mut setting = Self {
            connection_string: command_line.server.clone().unwrap_or_default(),
            run: format!("suite_{:08x}", drawn()),
            server_version: String::new(),
            next_namespace: AtomicU64::new(1),
            candour,
            folder: command_line.folder.clone().unwrap_or_else(std::env::temp_dir),
            idle,
            measurement: idle / MEASUREMENTS_IN_IDLE,
            restart_command: command_line.restart_command.clone(),
            figures: Mutex::default(),
        };
        let journal = setting.try_connect(&setting.options(&setting.namespace())).await;
        let journal = journal.map_err(|error| with_causes(&error))?;
        journal.server_version().clone_into(&mut setting.server_version);
        Ok(setting)
    }

    /// Where the server is: the connection string without user, password and parameters, which may hold a token.
    pub(crate) fn address(&self) -> &str {
        let (_, rest) = self.connection_string.split_once("://").unwrap_or(("", &self.connection_string));
        let hosts = rest.split(['/', '?']).next().unwrap_or_default();
        hosts.rsplit_once('@').map_or(hosts, |(_, hosts)| hosts)
    }

    /// The connection string.
    pub(crate) fn connection_string(&self) -> &str {
        &self.connection_string
    }

    /// A namespace that nobody has used.
    pub(crate) fn namespace(&self) -> String {
        format!("{}_{}", self.run, self.next_namespace.fetch_add(1, Ordering::Relaxed))
    }

    /// How to open a journal of the suite itself. It is marked as made for a test.
    pub(crate) fn options(&self, namespace: &str) -> Options {
        Options { synthetic: true, ..Options::new(&self.connection_string, namespace, Arc::new(SystemClock)) }
    }

    /// Opens a journal.
    pub(crate) async fn try_connect(&self, options: &Options) -> Result<KurrentJournal, ConnectError> {
        KurrentJournal::connect(options).await
    }

    /// Opens a journal that must open.
    pub(crate) async fn connect(&self, options: &Options) -> KurrentJournal {
        match self.try_connect(options).await {
            Ok(journal) => journal,
            Err(error) => panic!("{}", with_causes(&error)),
        }
    }

    /// Opens a journal in a namespace, with appends made in one way, on a clock.
    pub(crate) async fn journal(
        &self,
        namespace: &str,
        append_by: AppendBy,
        clock: Arc<dyn Clock>,
    ) -> KurrentJournal {
        self.connect(&Options { append_by, clock, ..self.options(namespace) }).await
    }

    /// A folder of its own for a store, removed when it is dropped.
    pub(crate) fn folder(&self) -> TempDir {
        TempDir::with_prefix_in("candour-suite-", &self.folder)
            .unwrap_or_else(|error| panic!("no folder can be made in {}: {error}", self.folder.display()))
    }

    /// Where those folders are made.
    pub(crate) fn folders(&self) -> String {
        self.folder.display().to_string()
    }

    /// The program `candour`.
    pub(crate) fn candour(&self) -> Program {
        self.candour.clone()
    }

    /// The service with its log in a namespace of the server.
    pub(crate) fn service(&self, folder: &TempDir, namespace: &str) -> Program {
        self.candour().on_engine(folder.path(), &self.connection_string, namespace)
    }

    /// The service with its log in SQLite.
    pub(crate) fn service_on_sqlite(&self, folder: &TempDir) -> Program {
        self.candour().on_store(folder.path())
    }

    /// Keeps a figure for the table.
    pub(crate) fn keep(&self, figure: Figure) {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).push(figure);
    }

    /// Everything that was measured.
    pub(crate) fn figures(&self) -> Vec<Figure> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Tells the namespaces of this run from those of every other.
#[expect(clippy::disallowed_methods, reason = "a run is named once, and nothing is derived from its name")]
fn drawn() -> u32 {
    let (drawn, ..) = Uuid::new_v4().as_fields();
    drawn
}

/// An error with everything that it says was its cause.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(words, ": {error}").expect("a text can be written to");
        cause = error.source();
    }
    words
}
