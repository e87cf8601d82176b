//! The command line of `candour import`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::client::ServerArguments;

#[derive(Args)]
pub(crate) struct ImportArguments {
    #[command(subcommand)]
    pub(crate) source: Source,
}

#[derive(Subcommand)]
pub(crate) enum Source {
    /// Events of the national service for learning from patient safety events (LFPSE): FHIR AdverseEvent as JSON, profile versions 5 and 6.
    ///
    /// A file holds one event, an array, a Bundle, or one event on each line. The exit code is 1 where rows were rejected: they are written to a
    /// file that can be mended and imported.
    Lfpse(LfpseArguments),
    /// A table with separated values, as reporting systems export it, read by a mapping that says which column holds what.
    ///
    /// Commas, semicolons, tabs or bars; UTF-8, UTF-16 or Windows-1252; days as dd/mm/yyyy, yyyy-mm-dd, with a month's name, or the day numbers of a
    /// spreadsheet. The exit code is 1 where rows were rejected: they are written to a file that can be mended and imported.
    Csv(CsvArguments),
}

#[derive(Args)]
pub(crate) struct LfpseArguments {
    /// Files of events, or folders with such files (.json, .ndjson).
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The name of the source system: names what is recorded, for ever.
    #[arg(long, default_value = candour_intake::lfpse::SOURCE_SYSTEM, value_name = "NAME")]
    pub(crate) source_system: String,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Args)]
pub(crate) struct CsvArguments {
    /// The exported table.
    #[arg(required_unless_present = "print_mapping", value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Which column holds what: a file, or one of the built-in mappings datix-like, datix-like-actions, ulysses-like, ulysses-like-actions and
    /// lfpse-extract.
    #[arg(long, required_unless_present = "print_mapping", value_name = "NAME|FILE")]
    pub(crate) mapping: Option<String>,
    /// Print a built-in mapping, to start a mapping of your own from, and do nothing else.
    #[arg(long, value_name = "NAME")]
    pub(crate) print_mapping: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Args)]
pub(crate) struct Common {
    /// Read only: show what would be sent and what would be rejected before it is sent. Needs no server.
    #[arg(long)]
    pub(crate) check: bool,
    /// Where rejected rows go [default: beside the first file, as NAME.rejects.csv or NAME.rejects.ndjson]. An existing file is never overwritten.
    #[arg(long, value_name = "FILE")]
    pub(crate) rejects: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}
