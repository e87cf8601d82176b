//! The line with the column names, and which field is read from which column.

use std::{collections::BTreeMap, io::Read};

use super::{TableProblem, cells::Cells, decode, record::Records};
use crate::{
    limits::{COLUMNS_MAX, HEADER_LINES_MAX},
    mapping::{Encoding, Key, Mapping},
    row::{Findings, Raw, Row},
    text::{clean, fold},
};

/// The column of a rejects file that says why a row was rejected.
pub const REASONS_COLUMN: &str = "candour_reasons";
/// The column of a rejects file with the number of the row in the file it came from.
pub const ROW_COLUMN: &str = "candour_row";
/// The column of a rejects file with the lines of what was no row: mended there, they are read as the row they should have been.
pub const TEXT_COLUMN: &str = "candour_text";

/// Bytes that may separate cells, where the mapping does not say.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The columns of a table.
#[derive(Clone, Debug)]
pub struct Header {
    /// The names, as they stand in the file.
    pub names: Vec<String>,
    /// The byte between cells.
    pub separator: u8,
    /// The line they stand on.
    pub line: u64,
    /// Which columns each field is read from, in the order in which they count.
    columns: BTreeMap<Key, Vec<usize>>,
    /// The column with the text of what was no row, in a rejects file.
    text: Option<usize>,
}

impl Header {
    /// Finds the first line that has a column for each field that is needed, and takes it and what stands above off the file.
    pub(super) fn find<R: Read>(records: &mut Records<R>, mapping: &Mapping) -> Result<Self, TableProblem> {
        let separators = mapping.separator.map_or(SEPARATORS.to_vec(), |separator| vec![separator]);
        let mut too_wide = None;
        for index in 0..HEADER_LINES_MAX {
            if !records.has_line(index)? {
                break;
            }
            for separator in &separators {
                records.separate_by(*separator);
                let Some((cells, lines)) = records.peek(index)? else { continue };
                // Not looked into: comparing a million names would take longer than reading any table.
                if cells.len() > COLUMNS_MAX {
                    too_wide = too_wide.max(Some(cells.len()));
                    continue;
                }
                let names = decode(&cells, Encoding::Automatic).unwrap_or_default();
                let line = (1..).nth(index).unwrap_or(u64::MAX);
                let header = Self::of(&names, *separator, line, mapping);
                if mapping.needed().all(|(key, _)| header.columns.contains_key(&key)) {
                    header.check()?;
                    records.skip(index + lines);
                    return Ok(header);
                }
            }
        }
        if let Some(columns) = too_wide {
            return Err(TableProblem::TooManyColumns(columns));
        }
        let needed: Vec<_> = mapping
            .needed()
            .map(|(key, field)| {
                let names: Vec<_> = field.columns.iter().map(|name| format!("{name:?}")).collect();
                format!("{} ({})", key.full_name(), names.join(" or "))
            })
            .collect();
        Err(TableProblem::NoHeader { needed: needed.join(", ") })
    }

    fn of(names: &[String], separator: u8, line: u64, mapping: &Mapping) -> Self {
        let names: Vec<String> = names.iter().map(|name| clean(name).0).collect();
        let folded: Vec<String> = names.iter().map(|name| comparable(name)).collect();
        let place = |name: &str| {
            let name = comparable(name);
            folded.iter().position(|known| *known == name)
        };
        let columns = mapping
            .fields()
            .map(|(key, field)| {
                (key, field.columns.iter().filter_map(|name| place(name)).collect::<Vec<_>>())
            })
            .filter(|(_, places)| !places.is_empty())
            .collect();
        let text = place(TEXT_COLUMN);
        Self { names, separator, line, columns, text }
    }

    fn check(&self) -> Result<(), TableProblem> {
        let compared: Vec<String> = self.names.iter().map(|name| comparable(name)).collect();
        let used = self.columns.values().flatten().filter_map(|index| compared.get(*index));
        for name in used {
            let mut same = (0..).zip(&compared).filter(|(_, other)| *other == name).map(|(index, _)| index);
            if let (Some(first), Some(_)) = (same.next(), same.next()) {
                return Err(TableProblem::ColumnTwice(
                    self.names.get::<usize>(first).cloned().unwrap_or_default(),
                ));
            }
        }
        Ok(())
    }

    /// How many cells a row has.
    pub fn width(&self) -> usize {
        self.names.len()
    }

    /// The columns that a field is read from, in the order in which they count.
    pub(super) fn columns(&self, key: Key) -> &[usize] {
        self.columns.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The fields that are read from a column of this file.
    pub fn read(&self) -> impl Iterator<Item = Key> {
        self.columns.keys().copied()
    }

    /// The columns that no field is read from.
    pub fn passed_over(&self) -> Vec<&str> {
        let used: Vec<usize> = self.columns.values().flatten().copied().collect();
        let of_rejects = [REASONS_COLUMN, ROW_COLUMN, TEXT_COLUMN];
        (0..)
            .zip(&self.names)
            .filter(|(index, name)| {
                !used.contains(index) && !name.is_empty() && !of_rejects.contains(&name.as_str())
            })
            .map(|(_, name)| name.as_str())
            .collect()
    }

    /// A field with its column, as findings name it: `incident.reported [Date reported]`.
    pub fn label(&self, key: Key) -> String {
        match self.columns(key).first().and_then(|index| self.names.get(*index)) {
            Some(name) => format!("{} [{name}]", key.full_name()),
            None => key.full_name(),
        }
    }

    /// Reads a row.
    pub(super) fn row(&self, number: u64, line: u64, cells: Vec<String>, mapping: &Mapping) -> Row {
        let mended = self.mended(&cells);
        let mut findings = Findings::default();
        let mut read = Cells::new(self, mapping, mended.as_deref().unwrap_or(&cells), &mut findings);
        let request = super::request::request(&mut read, number);
        let request = request.filter(|_| findings.violations.is_empty()).map(Box::new);
        if request.is_none() && findings.violations.is_empty() {
            findings.violation("", "says nothing that the mapping reads");
        }
        Row { number, line: Some(line), raw: Raw::Cells(cells), request, findings }
    }

    /// The cells of the text that was no row and was mended in a rejects file; `None` where there is no such text, or it still is no row.
    fn mended(&self, cells: &[String]) -> Option<Vec<String>> {
        let place = self.text?;
        let text = cells.get(place).filter(|text| !text.trim().is_empty())?;
        let of_rejects = [REASONS_COLUMN, ROW_COLUMN, TEXT_COLUMN];
        let own: Vec<usize> = (0..self.names.len())
            .filter(|index| !of_rejects.contains(&self.names[*index].as_str()))
            .collect();
        if own.iter().any(|index| cells.get(*index).is_some_and(|cell| !cell.trim().is_empty())) {
            return None;
        }
        let mut records = Records::new(super::lines::Lines::new(text.as_bytes()));
        records.separate_by(self.separator);
        let (found, lines) = records.peek(0).ok().flatten()?;
        if found.len() != own.len() || records.has_line(lines).ok()? {
            return None;
        }
        let mut mended = vec![String::new(); self.names.len()];
        for (index, cell) in own.into_iter().zip(decode(&found, Encoding::Automatic)?) {
            mended[index] = cell;
        }
        Some(mended)
    }
}

/// A column's name as names are compared: without case, a mark at its end, and the form of a date in brackets.
fn comparable(name: &str) -> String {
    let folded = fold(name);
    let bare = folded.trim_end_matches([':', '?', '*', '.', ' ']);
    let bare = match bare.rsplit_once('(') {
        Some((before, form)) if form.contains("yy") => before,
        _ => bare,
    };
    bare.trim().to_owned()
}
