//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Seconds that the idle run lasts unless told otherwise.
const SECONDS: u64 = 60;
/// The most seconds of an idle run: a day.
const SECONDS_MAX: u64 = 24 * 60 * 60;

/// Judges Candour on a KurrentDB server or cluster: the conformance suite, the worked example, kills and restarts under load, an idle run, and
/// latencies beside SQLite.
///
/// Each run writes streams of its own, named `suite_` and eight hexadecimal digits, and leaves them on the server: Candour deletes no stream.
/// Streams of others are neither read nor written.
#[derive(Parser)]
#[command(name = "candour-kurrent-suite", version)]
pub(crate) struct CommandLine {
    /// The connection string of the server or cluster, such as kurrentdb://user:password@host:2113?tls=true. Keep a password in the
    /// environment: other users of the machine see the flags of a process.
    #[arg(
        long,
        env = "CANDOUR_KURRENTDB",
        value_name = "CONNECTION",
        hide_env_values = true,
        required_unless_present = "list"
    )]
    pub(crate) server: Option<String>,
    /// Run only the checks whose names begin so. May be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Vec<String>,
    /// Name the checks and what each proves, and run none.
    #[arg(long)]
    pub(crate) list: bool,
    /// How long the idle run lasts, in seconds; each measurement lasts a thirtieth of it.
    #[arg(long, value_name = "N", default_value_t = SECONDS, value_parser = clap::value_parser!(u64).range(1..=SECONDS_MAX))]
    pub(crate) seconds: u64,
    /// A shell command that restarts the server, or one node of the cluster, and ends once it has. Without it that check is not run.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) restart_command: Option<String>,
    /// Where the folders of the service and the logs on SQLite are made, for the time of the run. Figures of SQLite are those of its disk.
    /// [default: the folder for temporary files]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// Write everything that was found to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}
