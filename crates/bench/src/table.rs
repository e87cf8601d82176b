//! The one table.

use std::fmt;

use comfy_table::{Cell, CellAlignment, ContentArrangement, presets};

use crate::{process, sample::shown, settings::Settings};

/// Every figure of a run, each beside what it is compared with, with the settings of the run.
pub struct Table {
    settings: String,
    rows: Vec<Row>,
}

/// One figure.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) measured: String,
    pub(crate) beside: String,
    /// Measured by beside, in the way the target says.
    pub(crate) ratio: Option<f64>,
    pub(crate) target: &'static str,
}

impl Table {
    pub(crate) fn new(settings: &Settings) -> anyhow::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let sizes: Vec<String> = settings.sizes().iter().map(u64::to_string).collect();
        let settings = format!(
            "machine: {}, {cores} cores, {} memory; others may work on it, so compare ratios\n\
             program: candour {} ({}), SQLite {}\n\
             durable: SQLite's write-ahead log with synchronous=FULL; a command is answered once it is on disk\n\
             sizes: {} incidents; {} reports in bulk; each kind of command for {} in {} turns{}",
            process::processor(),
            process::mebibytes(process::memory_of_machine()),
            env!("CARGO_PKG_VERSION"),
            settings.program()?.display(),
            candour_journal_sqlite::sqlite_version(),
            sizes.join(", "),
            settings.bulk(),
            shown(settings.sending()),
            settings.turns(),
            if settings.quick { "; a smoke run, whose figures mean nothing" } else { "" },
        );
        Ok(Self { settings, rows: Vec::new() })
    }

    pub(crate) fn add(&mut self, row: Row) {
        crate::progress(&format!("{}: {}", row.what, row.measured));
        self.rows.push(row);
    }

    /// How many figures there are.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = comfy_table::Table::new();
        table.load_preset(presets::ASCII_MARKDOWN);
        // Broken into lines for a terminal; whole elsewhere, so that it can be searched and compared.
        let is_read = table.is_tty();
        table.set_content_arrangement(if is_read {
            ContentArrangement::Dynamic
        } else {
            ContentArrangement::Disabled
        });
        table.set_header(["what", "measured", "beside", "ratio", "target"]);
        for row in &self.rows {
            let ratio = row.ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
            table.add_row([
                Cell::new(&row.what),
                Cell::new(&row.measured),
                Cell::new(&row.beside),
                Cell::new(ratio).set_alignment(CellAlignment::Right),
                Cell::new(row.target),
            ]);
        }
        write!(formatter, "{}\n\n{table}", self.settings)
    }
}
