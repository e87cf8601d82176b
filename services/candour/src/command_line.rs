//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;

use crate::{
    client::ServerArguments,
    configuration::{CallersOverrides, Overrides},
    import::arguments::ImportArguments,
    keys::KeysCommand,
    token::TokenCommand,
};

/// Candour keeps the record of what happened after an incident report: whether recommendations were implemented, whether reporters were told
/// the outcome, and when duty of candour notifications were given.
#[derive(Parser)]
#[command(name = "candour", version, long_version = long_version(), propagate_version = true)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The version with that of the database engine inside, which an audit will ask for.
fn long_version() -> &'static str {
    use std::sync::LazyLock;
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        format!("{} (SQLite {})", env!("CARGO_PKG_VERSION"), candour_journal_sqlite::sqlite_version())
    });
    &TEXT
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve gRPC over the organisation's store until told to stop.
    Serve(ServeArguments),
    /// Enter the worked example into a store of its own through the real services, and show the three answers and the measures.
    Demo(DemoArguments),
    /// Show the answers of a running server as tables.
    Show(ShowArguments),
    /// Make, list, renew and end the tokens by which callers are known. A running server takes the change within two seconds.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Bring in what another system holds, through a running server: incidents, what their reporters were told, duty of candour dates, actions.
    /// May be run again at any time: only what changed there is recorded.
    Import(ImportArguments),
    /// Write a list of a running server as CSV: every row, every field. Cells that a spreadsheet would run as a formula are made text.
    Export(ExportArguments),
    /// Call any method of a running server with JSON; without a method, list them all.
    Call(CallArguments),
    /// Fold the whole log afresh into the read model, or check that the read model equals a fresh fold. The server must be stopped.
    Rebuild(RebuildArguments),
    /// Look at configuration, disk, clock, log, keys and every record, and say what to do about each finding. Changes nothing; the server must be
    /// stopped for all of it.
    Doctor(DoctorArguments),
    /// Copy the log and the keys to a folder while the server runs, and prove the copy: every record is read, every personal field opened, every
    /// figure worked out.
    Backup(BackupArguments),
    /// Put a backup into a folder without a store, and prove that it shows the same figures.
    Restore(RestoreArguments),
    /// Change the master key of a store that is not being served.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Copy the log to another engine, event by event and in order, and compare every event and every figure at the end. The server must be
    /// stopped. A run after an interruption goes on where the last one stopped.
    Migrate(MigrateArguments),
}

#[derive(Args)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    #[command(flatten)]
    pub(crate) callers: CallersOverrides,
}

#[derive(Args)]
pub(crate) struct DemoArguments {
    /// The folder of the demo store. It is marked synthetic for ever.
    #[arg(long, default_value = "candour-demo", value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// Where the log is kept: `sqlite`, in the folder, or the connection string of a KurrentDB server or cluster.
    #[arg(
        long,
        env = "CANDOUR_DEMO_ENGINE",
        default_value = "sqlite",
        value_name = "ENGINE",
        hide_env_values = true
    )]
    pub(crate) engine: String,
    /// The namespace of the streams in the log.
    #[arg(long, default_value = "candour", value_name = "NAME")]
    pub(crate) namespace: String,
    /// Where gRPC listens; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:7450", value_name = "ADDRESS")]
    pub(crate) listen: std::net::SocketAddr,
    /// How many incidents the synthetic trust beside the worked example has, over two years; 0 is only the worked example.
    #[arg(
        long,
        default_value_t = 2_000,
        value_name = "NUMBER",
        value_parser = clap::value_parser!(u64).range(0..=DEMO_INCIDENTS_MAX)
    )]
    pub(crate) incidents: u64,
    /// Which synthetic trust: the same seed and number of incidents make the same events and figures.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    pub(crate) seed: u64,
    /// Where the synthetic trust's gRPC listens; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:7451", value_name = "ADDRESS")]
    pub(crate) listen_trust: std::net::SocketAddr,
    /// Print and exit instead of staying up.
    #[arg(long)]
    pub(crate) once: bool,
}

/// The most incidents of a synthetic trust.
const DEMO_INCIDENTS_MAX: u64 = 1_000_000;

#[derive(Args)]
pub(crate) struct ShowArguments {
    /// What to show.
    #[arg(value_enum, default_value = "all")]
    pub(crate) what: What,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
    /// The end of this civil day in Europe/London [default: the server's today].
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) as_of: Option<Date>,
    /// The first day of the measures' period [default: no lower bound].
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from: Option<Date>,
    /// The last day of the measures' period [default: no upper bound but as-of].
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) until: Option<Date>,
    /// For `timeline`: the id of the incident.
    #[arg(long, value_name = "UUID", required_if_eq("what", "timeline"))]
    pub(crate) incident: Option<String>,
    #[command(flatten)]
    pub(crate) worklist: WorklistArguments,
    #[command(flatten)]
    pub(crate) changes: ChangesArguments,
}

/// What restricts `show worklist`.
#[derive(Args)]
#[command(next_help_heading = "For `worklist`")]
pub(crate) struct WorklistArguments {
    /// How many items, from the top.
    #[arg(long, default_value_t = 20, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=500))]
    pub(crate) rows: u16,
    /// Only what is overdue.
    #[arg(long)]
    pub(crate) overdue: bool,
    /// Only what is due before this day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) due_before: Option<Date>,
    /// Only what somebody has to be responsible for, and nobody is.
    #[arg(long)]
    pub(crate) unowned: bool,
    /// Only what nothing was recorded about for too long.
    #[arg(long)]
    pub(crate) stalled: bool,
    /// Only what this role is responsible for, as it was recorded.
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Option<String>,
    /// Only what this team is responsible for, as it was recorded.
    #[arg(long, value_name = "TEAM")]
    pub(crate) team: Option<String>,
}

/// From where and how long `show changes` shows.
#[derive(Args)]
#[command(next_help_heading = "For `changes`")]
pub(crate) struct ChangesArguments {
    /// Changes after this position, as an earlier run printed it [default: from the beginning of the log].
    #[arg(long, value_name = "POSITION")]
    pub(crate) after: Option<String>,
    /// Only what is recorded from now on.
    #[arg(long, conflicts_with = "after", requires = "follow")]
    pub(crate) from_now: bool,
    /// Go on when everything recorded was shown, until the server stops.
    #[arg(long)]
    pub(crate) follow: bool,
}

/// What `show` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// The three answers and the measures.
    All,
    /// Was each recommendation implemented?
    Recommendations,
    /// Each learning action.
    Actions,
    /// Was each reporter told the outcome?
    Reporters,
    /// When were the duty of candour notifications given and sent?
    Candour,
    /// The figures.
    Measures,
    /// Every entry about one incident.
    Timeline,
    /// How far the read model is.
    Status,
    /// Whether the server serves, and each part of it; asks without a token, and fails where it does not.
    Health,
    /// What is to be done, the most overdue first.
    Worklist,
    /// What was recorded, one line to a change.
    Changes,
}

#[derive(Args)]
pub(crate) struct ExportArguments {
    /// Which list.
    #[arg(value_enum)]
    pub(crate) list: ExportList,
    /// The file to write, readable by its owner only; an existing one is not overwritten [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
    /// The end of this civil day in Europe/London [default: the server's today].
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) as_of: Option<Date>,
    /// For `measures`: the first day of the period [default: no lower bound].
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from: Option<Date>,
    /// For `measures`: the last day of the period [default: no upper bound but as-of].
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) until: Option<Date>,
}

/// What `export` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportList {
    /// Each incident: kind, place, dates, status. Nothing personal.
    Incidents,
    /// What is to be done: the most overdue first.
    Worklist,
    /// Each recommendation: whether it was implemented, and by which actions.
    Recommendations,
    /// Each learning action.
    Actions,
    /// Each report: whether its reporter was told the outcome.
    Reporters,
    /// Each duty of candour case: its stages, clocks and what is missing.
    Candour,
    /// The figures.
    Measures,
}

#[derive(Args)]
pub(crate) struct CallArguments {
    /// The method: `InsightService/GetMeasures`, or `GetMeasures` where that is the only one [default: all are listed].
    #[arg(value_name = "METHOD")]
    pub(crate) method: Option<String>,
    /// The request as JSON, `-` to read it from standard input; for a stream one message after the other [default: {}].
    #[arg(value_name = "JSON", allow_hyphen_values = true)]
    pub(crate) json: Option<String>,
    /// Print what a request looks like, with every field, and call nothing.
    #[arg(long, requires = "method")]
    pub(crate) template: bool,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}

#[derive(Args)]
pub(crate) struct RebuildArguments {
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    /// Compare the read model with a fresh fold and leave it as it is; fails where they differ.
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Args)]
pub(crate) struct MigrateArguments {
    /// The engine that keeps the log now: `sqlite`, in the folder, or a connection string of KurrentDB [default: store.engine].
    #[arg(long, env = "CANDOUR_MIGRATE_FROM", value_name = "ENGINE", hide_env_values = true)]
    pub(crate) from: Option<String>,
    /// The engine that is to keep it. Its log must be empty, or an earlier part of this copy.
    #[arg(long, env = "CANDOUR_MIGRATE_TO", value_name = "ENGINE", hide_env_values = true)]
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
}

#[derive(Args)]
pub(crate) struct BackupArguments {
    /// The folder of the backup; it must not exist or be empty.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) to: PathBuf,
    /// Where to copy the key file: another place than the backup, so that neither alone opens personal fields; or the folder of the backup, to
    /// include it [default: it is not copied].
    #[arg(long, value_name = "FOLDER")]
    pub(crate) key_file_to: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
}

#[derive(Args)]
pub(crate) struct RestoreArguments {
    /// The folder of the backup.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) from: PathBuf,
    /// The key file, where the backup does not include it.
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
}

#[derive(Args)]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    /// Leave out reading every record, which takes time in proportion to the log.
    #[arg(long)]
    pub(crate) quick: bool,
}
