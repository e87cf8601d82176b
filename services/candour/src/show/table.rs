//! Tables for a terminal: readable without colour, and never wider than it.

use candour_api::v1;
use comfy_table::{ContentArrangement, Table, presets};

use crate::output;

/// The width used where standard output is not a terminal, in characters.
const WIDTH: u16 = 160;

/// A table with a heading above it.
pub(crate) struct Titled {
    title: String,
    table: Table,
}

impl Titled {
    pub(crate) fn new(title: impl Into<String>, columns: &[&str]) -> Self {
        let mut table = Table::new();
        table.load_preset(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
        if !table.is_tty() {
            table.set_width(WIDTH);
        }
        table.set_header(columns.iter().copied());
        Self { title: title.into(), table }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.table.add_row(cells);
    }

    /// Prints it, with a line for an empty one.
    pub(crate) fn print(self) {
        output::line(&format!("\n{}", self.title));
        if self.table.is_empty() {
            output::line("  (none)");
        } else {
            output::line(&format!("{}", self.table));
        }
    }
}

/// A day as `2026-06-30`; a dash where there is none.
pub(super) fn day(date: Option<&v1::Date>) -> String {
    date.map_or_else(|| "–".to_owned(), |d| format!("{:04}-{:02}-{:02}", d.year, d.month, d.day))
}

/// The day something happened.
pub(super) fn on(occurrence: Option<&v1::Occurrence>) -> String {
    day(occurrence.and_then(|occurrence| occurrence.on.as_ref()))
}

/// The day a due date falls on.
pub(super) fn due(due: Option<&v1::Due>) -> String {
    match due {
        None => "–".to_owned(),
        Some(due) if due.outside_calendar => "outside the calendar".to_owned(),
        Some(due) => day(due.date.as_ref()),
    }
}

/// The last words of a constant of the API: `ACTION_STATUS_RISK_ACCEPTED` without its prefix is `risk accepted`.
pub(super) fn words(name: &str, prefix: &str) -> String {
    let word = name.strip_prefix(prefix).unwrap_or(name);
    if word == "UNSPECIFIED" { "–".to_owned() } else { word.to_lowercase().replace('_', " ") }
}

/// A text, or a dash where it is empty.
pub(super) fn or_dash(text: &str) -> String {
    if text.is_empty() { "–".to_owned() } else { text.to_owned() }
}

/// The basis of an answer in one line.
pub(super) fn basis(basis: Option<&v1::AnswerBasis>) -> String {
    let Some(basis) = basis else { return String::new() };
    format!(
        "as of {}, log position {}, {}, calendar {}{}",
        day(basis.as_of.as_ref()),
        basis.position_sequence,
        basis.policy_version,
        basis.calendar_version,
        if basis.synthetic { ", SYNTHETIC" } else { "" }
    )
}
