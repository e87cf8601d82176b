//! Tables with separated values: exports of reporting systems.
//!
//! `lines.rs` takes a file apart into lines of bounded length, `record.rs` finds the rows in them and notices damage, `header.rs` finds the
//! line with the column names, `cells.rs` reads one row by the mapping, `request.rs` makes a row of the API out of it.
//!
//! The reader is stricter than the usual ones on purpose. A quotation mark in the wrong place makes a lenient reader swallow the rows after
//! it without a word; here such a row is refused, and the rows after it are read.

mod cells;
mod header;
mod lines;
mod record;
mod request;

use std::{io::Read, ops::ControlFlow};

use encoding_rs_io::DecodeReaderBytesBuilder;

pub use header::{Header, REASONS_COLUMN, ROW_COLUMN, TEXT_COLUMN};
pub(crate) use request::{NO_ACCOUNT, wire_kind, wire_physical, wire_psychological};

use crate::{
    mapping::{Encoding, Mapping},
    row::{Findings, Raw, Row, Sink},
};
use lines::Lines;
use record::{Damage, Record, Records};

/// Why a file cannot be read as a table at all. Nothing of it was taken, or nothing more is.
#[derive(Debug, thiserror::Error)]
pub enum TableProblem {
    /// Reading failed.
    #[error("cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// No line names the columns that the mapping needs.
    #[error(
        "no line of the first {lines} names the columns that the mapping needs: {needed}; name them as the file does in the mapping \
         (candour import csv --print-mapping shows one to start from)",
        lines = crate::limits::HEADER_LINES_MAX
    )]
    NoHeader {
        /// The fields and the columns they may be in.
        needed: String,
    },
    /// More columns than a table may have.
    #[error("has {0} columns, at most {max} are read", max = crate::limits::COLUMNS_MAX)]
    TooManyColumns(usize),
    /// A column that the mapping needs has a name twice.
    #[error("has more than one column named {0:?}, which the mapping uses: name them apart")]
    ColumnTwice(String),
}

/// Reads a table row by row. `begun` is told of the columns before the first row.
///
/// Rows that hold nothing are passed over and not counted. Reading ends early where the sink breaks.
pub fn read(
    input: impl Read,
    mapping: &Mapping,
    begun: &mut dyn FnMut(&Header),
    sink: Sink<'_>,
) -> Result<(), TableProblem> {
    // UTF-16 says so by its first bytes and is brought to UTF-8; everything else stays as it is, without the mark of UTF-8.
    let input =
        DecodeReaderBytesBuilder::new().bom_override(true).utf8_passthru(true).strip_bom(true).build(input);
    let mut records = Records::new(Lines::new(input));
    let header = Header::find(&mut records, mapping)?;
    begun(&header);
    let mut number = 0;
    while let Some(record) = records.next(header.width())? {
        let row = match record {
            Record::Row { cells, .. } if cells.iter().all(|cell| cell.trim_ascii().is_empty()) => continue,
            Record::Row { cells, line } => {
                number += 1;
                match decode(&cells, mapping.encoding) {
                    Some(cells) => header.row(number, line, cells, mapping),
                    None => refused(
                        number,
                        line,
                        Raw::Cells(lossy(&cells)),
                        "holds bytes that are not UTF-8, which the mapping says the file is",
                    ),
                }
            }
            Record::Damaged { bytes, line, damage } => {
                number += 1;
                let lines = decode(std::slice::from_ref(&bytes), Encoding::Automatic).unwrap_or_default();
                let text = lines.concat();
                refused(
                    number,
                    line,
                    Raw::Lines(text.trim_end_matches(['\r', '\n']).to_owned()),
                    &damage_words(damage),
                )
            }
        };
        if sink(row) == ControlFlow::Break(()) {
            break;
        }
    }
    Ok(())
}

fn refused(number: u64, line: u64, raw: Raw, words: &str) -> Row {
    let mut findings = Findings::default();
    findings.violation("", words);
    Row { number, line: Some(line), raw, request: None, findings }
}

fn damage_words(damage: Damage) -> String {
    use crate::limits::{ROW_BYTES_MAX, ROW_LINES_MAX};
    match damage {
        Damage::CellCount { found, expected } => {
            format!("has {found} cells where the line with the column names has {expected}")
        }
        Damage::QuotationMark => {
            "has a quotation mark inside a quoted cell that is not written twice, or opens a \
                                  quoted cell in the wrong place"
                .to_owned()
        }
        Damage::NotClosed => "opens a quoted cell that is not closed before the end of the file".to_owned(),
        Damage::TooLong => format!(
            "is too long: a row has at most {ROW_BYTES_MAX} bytes and {ROW_LINES_MAX} lines; a quoted cell may not be closed"
        ),
    }
}

/// The cells as text. A row that is not UTF-8 is Windows-1252, which every sequence of bytes is: exports mix the two, also within one file.
/// `None` where the mapping says that there is only UTF-8 and it is not.
fn decode(cells: &[Vec<u8>], encoding: Encoding) -> Option<Vec<String>> {
    let windows = |cell: &Vec<u8>| {
        let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(cell);
        text.into_owned()
    };
    let utf_8 = || cells.iter().map(|cell| String::from_utf8(cell.clone()).ok()).collect::<Option<Vec<_>>>();
    match encoding {
        Encoding::Utf8 => utf_8(),
        Encoding::Windows1252 => Some(cells.iter().map(windows).collect()),
        Encoding::Automatic => Some(utf_8().unwrap_or_else(|| cells.iter().map(windows).collect())),
    }
}

fn lossy(cells: &[Vec<u8>]) -> Vec<String> {
    cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()
}
