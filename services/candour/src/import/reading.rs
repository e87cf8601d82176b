//! Reads the files, row by row, on a thread of their own: the readers are synchronous.

use std::{fs::File, ops::ControlFlow, path::PathBuf, sync::Arc};

use candour_intake::{
    csv::{self, Header},
    lfpse,
    mapping::Mapping,
    row::Row,
};
use indicatif::ProgressBar;
use tokio::sync::mpsc;

/// How many rows may wait between the reader and the sender.
const ROWS_WAITING: usize = 64;

/// The files of a run, all of one format.
pub(super) struct Input {
    pub(super) files: Vec<PathBuf>,
    pub(super) format: Format,
}

/// What the files hold.
pub(super) enum Format {
    /// A table and which column holds what.
    Csv { mapping: Box<Mapping> },
    /// Events of the national service, under the name of the system they come from.
    Lfpse { source_system: String },
}

/// What the reader comes upon, in order.
pub(super) enum Found {
    /// A file begins.
    File(Arc<str>),
    /// The columns of a table.
    Columns(Box<Header>),
    /// A row.
    Row(Box<Row>),
    /// That many resources of the file are no events, and no rows.
    PassedOver(u64),
    /// The file cannot be read any further, in words.
    Unreadable(String),
}

impl Input {
    /// How many bytes there are to read, as far as known.
    pub(super) fn bytes(&self) -> u64 {
        self.files.iter().filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
    }

    /// Starts reading. What is found comes out of the channel; dropping that ends the reading.
    pub(super) fn read(self, bar: ProgressBar) -> mpsc::Receiver<Found> {
        let (found, receiver) = mpsc::channel(ROWS_WAITING);
        tokio::task::spawn_blocking(move || {
            for file in &self.files {
                let name: Arc<str> = file.display().to_string().into();
                if found.blocking_send(Found::File(name)).is_err() {
                    return;
                }
                let unreadable = match File::open(file) {
                    Ok(opened) => self.format.read(bar.wrap_read(opened), &found),
                    Err(error) => Some(format!("cannot be opened: {error}")),
                };
                if let Some(words) = unreadable
                    && found.blocking_send(Found::Unreadable(words)).is_err()
                {
                    return;
                }
            }
        });
        receiver
    }
}

impl Format {
    /// Reads a file to its end; why not, where it cannot.
    fn read(&self, input: impl std::io::Read, found: &mpsc::Sender<Found>) -> Option<String> {
        let mut sink = |row| match found.blocking_send(Found::Row(Box::new(row))) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        };
        match self {
            Self::Csv { mapping } => {
                // Where nobody listens any more, the first row ends the reading.
                let mut begun = |header: &Header| {
                    let _ = found.blocking_send(Found::Columns(Box::new(header.clone())));
                };
                csv::read(input, mapping, &mut begun, &mut sink).err().map(|problem| problem.to_string())
            }
            Self::Lfpse { source_system } => match lfpse::read(input, source_system, &mut sink) {
                Ok(read) => {
                    let _ = found.blocking_send(Found::PassedOver(read.passed_over));
                    None
                }
                Err(error) => Some(format!("cannot be read: {error}")),
            },
        }
    }
}
