//! One row of a table, field by field.

use candour_api::v1;
use candour_domain::PartialDate;
use jiff::civil::Date;

use super::Header;
use crate::{
    mapping::{Field, FieldKind, Key, Mapping, Section},
    moment::{self, Moment},
    row::Findings,
    text::{clean, fold},
    words,
};

/// A row while it is read. What is wrong with a cell is noted, and the cell counts as empty.
pub(super) struct Cells<'a> {
    header: &'a Header,
    mapping: &'a Mapping,
    row: &'a [String],
    findings: &'a mut Findings,
}

impl<'a> Cells<'a> {
    pub(super) fn new(
        header: &'a Header,
        mapping: &'a Mapping,
        row: &'a [String],
        findings: &'a mut Findings,
    ) -> Self {
        Self { header, mapping, row, findings }
    }

    pub(super) fn mapping(&self) -> &'a Mapping {
        self.mapping
    }

    /// Whether any field of a section has something in this row, defaults apart.
    pub(super) fn any(&self, section: Section) -> bool {
        self.mapping
            .fields()
            .filter(|(key, _)| key.section() == section)
            .any(|(key, field)| self.raw(key, field).is_some())
    }

    pub(super) fn violation(&mut self, key: Key, words: impl Into<String>) {
        self.findings.violation(self.header.label(key), words);
    }

    pub(super) fn notice(&mut self, key: Key, words: impl Into<String>) {
        self.findings.notice(self.header.label(key), words);
    }

    /// The first cell that is not empty. An id is never taken from another column than that of the other rows: it would name another thing.
    fn raw(&self, key: Key, field: &Field) -> Option<(String, bool)> {
        let is_id = matches!(key, Key::IncidentId | Key::PersonId | Key::ActionId);
        let columns = self.header.columns(key);
        let columns = if is_id { columns.get(..1).unwrap_or(columns) } else { columns };
        let cells = columns.iter().filter_map(|index| self.row.get(*index));
        cells
            .filter(|cell| !self.mapping.is_empty(cell))
            .map(|cell| {
                let (mut cell, left_out) = clean(cell);
                for part in &field.remove {
                    cell = cell.replace(part.as_str(), "");
                }
                (cell.trim().to_owned(), left_out)
            })
            .find(|(cell, _)| !cell.is_empty())
    }

    /// What the field says: the cell, or what the mapping takes for it, or the default.
    pub(super) fn text(&mut self, key: Key) -> Option<String> {
        let field = self.mapping.field(key)?;
        let Some((cell, left_out)) = self.raw(key, field) else { return field.default.clone() };
        if left_out {
            self.notice(key, "held control characters, which were left out");
        }
        if field.values.is_empty() {
            return Some(cell);
        }
        let folded = fold(&cell);
        if let Some((_, taken)) = field.values.iter().find(|(word, _)| *word == folded) {
            return Some(taken.clone()).filter(|word| !word.is_empty());
        }
        // A cell may hold our own word already.
        if let FieldKind::Words(words) = key.kind()
            && words.contains(&folded.replace(' ', "-").as_str())
        {
            return Some(folded.replace(' ', "-"));
        }
        if let Some(taken) = &field.otherwise {
            let meaning = if taken.is_empty() { "nothing" } else { taken.as_str() };
            self.notice(key, format!("holds a word that the mapping does not know: taken as {meaning}"));
            return Some(taken.clone()).filter(|word| !word.is_empty());
        }
        let place = key.full_name();
        self.violation(key, format!("holds a word that the mapping does not know; add it to {place}.values"));
        None
    }

    pub(super) fn text_or_empty(&mut self, key: Key) -> String {
        self.text(key).unwrap_or_default()
    }

    pub(super) fn moment(&mut self, key: Key) -> Option<Moment> {
        let text = self.text(key)?;
        let order = self.mapping.dates;
        self.understood(key, moment::moment(&text, order))
    }

    /// When something happened, for the API. An empty cell in a column of the file says that it did not; a file without the column says
    /// nothing of it.
    pub(super) fn happened(&mut self, key: Key) -> Option<v1::SourceMoment> {
        if let Some(moment) = self.moment(key) {
            return Some(moment.to_wire());
        }
        let absent = v1::SourceMoment { moment: Some(v1::source_moment::Moment::Absent(true)) };
        self.has_column(key).then_some(absent)
    }

    /// Whether the file has a column for the field.
    pub(super) fn has_column(&self, key: Key) -> bool {
        !self.header.columns(key).is_empty()
    }

    pub(super) fn date(&mut self, key: Key) -> Option<Date> {
        let text = self.text(key)?;
        let order = self.mapping.dates;
        self.understood(key, moment::date(&text, order))
    }

    pub(super) fn partial_date(&mut self, key: Key) -> Option<PartialDate> {
        let text = self.text(key)?;
        let order = self.mapping.dates;
        self.understood(key, moment::partial_date(&text, order))
    }

    pub(super) fn yes_or_no(&mut self, key: Key) -> Option<bool> {
        let text = self.text(key)?;
        self.understood(
            key,
            words::yes_or_no(&text).ok_or("is neither yes nor no; say in the mapping what its words mean"),
        )
    }

    /// A word of a list, read by `read` where the mapping gave no words of its own.
    pub(super) fn word<T>(&mut self, key: Key, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(key)?;
        let FieldKind::Words(known) = key.kind() else { return read(&text) };
        let words = || {
            format!("holds none of the words {}; say in the mapping what its words mean", known.join(", "))
        };
        let read = read(&text);
        self.understood(key, read.ok_or_else(words))
    }

    /// Several references in one cell.
    pub(super) fn references(&mut self, key: Key) -> Vec<String> {
        let text = self.text_or_empty(key);
        text.split([';', '\n', '\r'])
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(ToOwned::to_owned)
            .collect()
    }

    fn understood<T, E: std::fmt::Display>(&mut self, key: Key, read: Result<T, E>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(error) => {
                self.violation(key, error.to_string());
                None
            }
        }
    }
}
