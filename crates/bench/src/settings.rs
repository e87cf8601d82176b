//! What is measured.

use std::{path::PathBuf, time::Duration};

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use tempfile::TempDir;

/// A part of the bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Commands over gRPC.
    Commands,
    /// Many reports at once.
    Bulk,
    /// Rows of another system.
    Import,
    /// Stores of a size: folded, started on, asked.
    Stores,
}

/// Measures the built program beside what this machine can do.
#[derive(Clone, Debug, Parser)]
#[command(name = "candour-bench", version)]
pub struct Settings {
    /// A smoke run of seconds on a few hundred incidents: shows that the bench works, and no figure worth keeping.
    #[arg(long)]
    pub quick: bool,
    /// Incidents of the stores that are asked questions, smallest first [default: 10000,100000].
    #[arg(long, value_name = "NUMBER,...", value_delimiter = ',')]
    pub incidents: Vec<u64>,
    /// Seconds each kind of command is sent for, with each number of commands in flight [default: 5].
    #[arg(long, value_name = "SECONDS")]
    pub seconds: Option<u64>,
    /// Keeps to these parts [default: all].
    #[arg(long, value_name = "PART,...", value_delimiter = ',')]
    pub only: Vec<Part>,
    /// The built program [default: `candour` beside this one].
    #[arg(long, value_name = "FILE")]
    pub program: Option<PathBuf>,
    /// Where stores are made, and removed at the end [default: beside this program]. Choose the disk that is to be measured.
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// Keeps the stores of a size in this folder, and takes those that an earlier run of the same build left there instead of making them.
    #[arg(long, value_name = "FOLDER")]
    pub keep: Option<PathBuf>,
}

impl Settings {
    /// A smoke run of this program.
    pub fn quick(program: PathBuf) -> Self {
        Self {
            quick: true,
            incidents: Vec::new(),
            seconds: None,
            only: Vec::new(),
            program: Some(program),
            folder: None,
            keep: None,
        }
    }

    /// Whether a part is measured.
    pub fn measures(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    /// The sizes of the stores, smallest first.
    pub fn sizes(&self) -> Vec<u64> {
        let mut sizes = match (self.incidents.as_slice(), self.quick) {
            ([], true) => vec![100, 300],
            ([], false) => vec![10_000, 100_000],
            (given, _) => given.to_vec(),
        };
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// How long one kind of command is sent, in turns with the other kinds.
    pub fn sending(&self) -> Duration {
        match (self.seconds, self.quick) {
            (Some(seconds), _) => Duration::from_secs(seconds),
            (None, true) => Duration::from_millis(300),
            (None, false) => Duration::from_secs(5),
        }
    }

    /// Turns in which the sending is divided, so that what else the machine does falls on every kind alike.
    pub fn turns(&self) -> u32 {
        if self.quick { 1 } else { 5 }
    }

    /// Incidents that are recorded in bulk.
    pub fn bulk(&self) -> u64 {
        if self.quick { 500 } else { 50_000 }
    }

    /// Rows that are imported.
    pub(crate) fn imported(&self) -> u64 {
        self.bulk() / 5
    }

    /// The most incidents on the disk at the same time.
    pub(crate) fn most_at_once(&self) -> u64 {
        let sizes = || self.sizes().into_iter().filter(|_| self.measures(Part::Stores));
        let stores: u64 = if self.keep.is_some() { sizes().sum() } else { sizes().max().unwrap_or_default() };
        // Those of the bulk stand thrice: through the engine, in batches, and as SQLite alone writes them.
        stores + if self.measures(Part::Bulk) { 3 * self.bulk() } else { 0 }
    }

    /// How often each question is asked, at most.
    pub fn questions(&self) -> usize {
        if self.quick { 5 } else { 200 }
    }

    /// How long one question is asked again and again, at most.
    pub fn asking(&self) -> Duration {
        if self.quick { Duration::from_secs(1) } else { Duration::from_secs(5) }
    }

    /// The built program.
    ///
    /// # Errors
    /// This program does not know where it is.
    pub fn program(&self) -> anyhow::Result<PathBuf> {
        match &self.program {
            Some(program) => Ok(program.clone()),
            None => Ok(own_folder()?.join("candour")),
        }
    }

    /// A folder for stores, removed when dropped.
    pub(crate) fn scratch_folder(&self) -> anyhow::Result<TempDir> {
        let folder = match &self.folder {
            Some(folder) => folder.clone(),
            None => own_folder()?,
        };
        tempfile::Builder::new()
            .prefix("candour-bench-")
            .tempdir_in(&folder)
            .with_context(|| format!("cannot make a folder in {}", folder.display()))
    }
}

fn own_folder() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("cannot tell where this program is")?;
    Ok(own.parent().context("this program is in no folder")?.to_owned())
}
