//! What comes out of a file: one row for each that went in.

use candour_api::v1::ImportRecordsRequest;

use crate::limits::FINDINGS_MAX;

/// Something found about a row. Never holds a value of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is about: a path such as `incident.reported`, with the column's name where there is one; empty for the row as a whole.
    pub field: String,
    /// What is the case, as words that follow the field's name.
    pub words: String,
}

impl Finding {
    /// Of a field.
    pub fn of(field: impl Into<String>, words: impl Into<String>) -> Self {
        Self { field: field.into(), words: words.into() }
    }

    /// Of the row as a whole.
    pub fn of_row(words: impl Into<String>) -> Self {
        Self::of("", words)
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.field.is_empty() {
            formatter.write_str(&self.words)
        } else {
            write!(formatter, "{}: {}", self.field, self.words)
        }
    }
}

/// What is found about a row while it is read: what makes it none, and what should be known though it is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Why the row cannot be taken.
    pub violations: Vec<Finding>,
    /// What should be known of it.
    pub notices: Vec<Finding>,
}

impl Findings {
    /// Notes why the row cannot be taken.
    pub fn violation(&mut self, field: impl Into<String>, words: impl Into<String>) {
        note(&mut self.violations, Finding::of(field, words));
    }

    /// Notes what should be known of the row.
    pub fn notice(&mut self, field: impl Into<String>, words: impl Into<String>) {
        note(&mut self.notices, Finding::of(field, words));
    }
}

/// Once: two fields may be read from one cell.
fn note(findings: &mut Vec<Finding>, finding: Finding) {
    if findings.len() < FINDINGS_MAX && !findings.contains(&finding) {
        findings.push(finding);
    }
}

/// A row as it stands in its file, so that one that cannot be taken can be handed back to be mended.
#[derive(Clone, PartialEq, Eq)]
pub enum Raw {
    /// The cells of a row of a table, decoded.
    Cells(Vec<String>),
    /// Lines of a table that are no row: decoded, without the last line's end.
    Lines(String),
    /// An event as JSON, or what should have been one.
    Json(String),
}

impl std::fmt::Debug for Raw {
    /// Shows sizes only: a row holds personal data.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cells(cells) => write!(formatter, "Cells({})", cells.len()),
            Self::Lines(lines) => write!(formatter, "Lines({} bytes)", lines.len()),
            Self::Json(json) => write!(formatter, "Json({} bytes)", json.len()),
        }
    }
}

/// One row of a file.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its number among the rows of its file, from 1.
    pub number: u64,
    /// The line of the file it begins on, from 1; `None` in a JSON document, which has no rows by line.
    pub line: Option<u64>,
    /// As it stands in the file.
    pub raw: Raw,
    /// What it says; `None` where it cannot be taken. Its `row` is [`Row::number`].
    pub request: Option<Box<ImportRecordsRequest>>,
    /// What was found: a violation wherever there is no request.
    pub findings: Findings,
}

/// Takes the rows of a file, one by one, and says whether to go on.
pub type Sink<'a> = &'a mut dyn FnMut(Row) -> std::ops::ControlFlow<()>;
