//! The rows of a table, and what is damaged in them.
//!
//! Cells are separated by one byte; a cell that begins with a quotation mark ends with one, may hold separators and line breaks, and writes a
//! quotation mark of its own twice (RFC 4180). Spaces around the quotation marks are passed over; a quotation mark inside a cell that does
//! not begin with one is a character like any other.

use std::io::{self, Read};

use super::lines::Lines;
use crate::limits::{ROW_BYTES_MAX, ROW_LINES_MAX};

/// How far behind damage a sound row is looked for. Where there is none, so many lines are one damaged row.
const RECOVERY_LINES_MAX: usize = 100;

/// What is wrong with a row as a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    /// Not as many cells as columns.
    CellCount {
        /// Cells it has.
        found: usize,
        /// Columns there are.
        expected: usize,
    },
    /// A quotation mark in the wrong place.
    QuotationMark,
    /// A quoted cell that runs to the end of the file.
    NotClosed,
    /// Past the limits of a row.
    TooLong,
}

/// What stands next in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// A row with as many cells as there are columns.
    Row {
        /// Its cells.
        cells: Vec<Vec<u8>>,
        /// The line it begins on.
        line: u64,
    },
    /// Lines that are no row.
    Damaged {
        /// The lines.
        bytes: Vec<u8>,
        /// The first line.
        line: u64,
        /// What is wrong.
        damage: Damage,
    },
}

/// Takes rows off a file.
pub(super) struct Records<R> {
    lines: Lines<R>,
    separator: u8,
}

/// What the lines from one on amount to.
enum Scan {
    /// A row.
    Row {
        cells: Vec<Vec<u8>>,
        /// Over so many lines.
        lines: usize,
        /// A cell that is not quoted holds a quotation mark.
        stray: bool,
    },
    /// Damage, noticed on the line at this place.
    Damaged(Damage),
    /// There are no more lines.
    End,
}

impl<R: Read> Records<R> {
    pub(super) fn new(lines: Lines<R>) -> Self {
        Self { lines, separator: b',' }
    }

    /// The byte between cells from now on.
    pub(super) fn separate_by(&mut self, separator: u8) {
        self.separator = separator;
    }

    /// The cells of the row that begins at this line ahead, if that is one, and how many lines it takes.
    pub(super) fn peek(&mut self, index: usize) -> io::Result<Option<(Vec<Vec<u8>>, usize)>> {
        Ok(match self.scan(index, ROW_LINES_MAX)? {
            Scan::Row { cells, lines, .. } => Some((cells, lines)),
            Scan::Damaged(_) | Scan::End => None,
        })
    }

    /// Whether there is a line at this place ahead.
    pub(super) fn has_line(&mut self, index: usize) -> io::Result<bool> {
        Ok(self.lines.get(index)?.is_some())
    }

    /// Passes over lines.
    pub(super) fn skip(&mut self, count: usize) {
        self.lines.take(count);
    }

    /// The next row, or the next damage; `None` at the end.
    pub(super) fn next(&mut self, expected: usize) -> io::Result<Option<Record>> {
        let line = self.lines.number();
        let (damage, lines) = match self.scan(0, ROW_LINES_MAX)? {
            Scan::End => return Ok(None),
            Scan::Row { mut cells, lines, .. } if fits(&cells, expected) => {
                self.lines.take(lines);
                cells.resize(expected, Vec::new());
                return Ok(Some(Record::Row { cells, line }));
            }
            Scan::Row { cells, lines, .. } => {
                // A quotation mark may have joined rows that are none: one that stands by itself ends the damage.
                let sound = self.sound_row_within(1..lines, expected)?;
                (Damage::CellCount { found: cells.len(), expected }, sound.unwrap_or(lines))
            }
            Scan::Damaged(damage) => {
                let sound = self.sound_row_within(1..RECOVERY_LINES_MAX, expected)?;
                (damage, sound.unwrap_or(RECOVERY_LINES_MAX))
            }
        };
        Ok(Some(Record::Damaged { bytes: self.lines.take(lines), line, damage }))
    }

    /// The first line in a range ahead on which a sound row begins. What ends a quoted cell of the damaged row looks like a row with a stray
    /// quotation mark, so such a one is none here.
    fn sound_row_within(
        &mut self,
        range: std::ops::Range<usize>,
        expected: usize,
    ) -> io::Result<Option<usize>> {
        for index in range {
            match self.scan(index, RECOVERY_LINES_MAX)? {
                Scan::Row { cells, stray: false, .. } if fits(&cells, expected) => return Ok(Some(index)),
                Scan::End => return Ok(None),
                Scan::Row { .. } | Scan::Damaged(_) => {}
            }
        }
        Ok(None)
    }

    fn scan(&mut self, from: usize, lines_max: usize) -> io::Result<Scan> {
        let mut cells = Vec::new();
        let mut cell = Cell::default();
        let mut size = 0;
        for used in 1..=lines_max {
            let separator = self.separator;
            let Some(line) = self.lines.get(from + used - 1)? else {
                let nothing = used == 1;
                return Ok(if nothing { Scan::End } else { Scan::Damaged(Damage::NotClosed) });
            };
            size += line.bytes.len();
            if line.too_long || size > ROW_BYTES_MAX {
                return Ok(Scan::Damaged(Damage::TooLong));
            }
            for byte in &line.bytes {
                if !cell.take(*byte, separator, &mut cells) {
                    return Ok(Scan::Damaged(Damage::QuotationMark));
                }
            }
            if cell.place == Place::Quoted {
                cell.bytes.push(b'\n');
            } else {
                cells.push(std::mem::take(&mut cell.bytes));
                return Ok(Scan::Row { cells, lines: used, stray: cell.stray });
            }
        }
        Ok(Scan::Damaged(Damage::TooLong))
    }
}

/// Whether a row has as many cells as there are columns. More are allowed where they are empty, as spreadsheets write them; a row without
/// anything in it is blank, whatever its width.
fn fits(cells: &[Vec<u8>], expected: usize) -> bool {
    let is_blank = |cells: &[Vec<u8>]| cells.iter().all(|cell| cell.trim_ascii().is_empty());
    cells.get(expected..).map_or_else(|| is_blank(cells), is_blank)
}

/// Where in a cell a byte stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Before anything but spaces.
    #[default]
    Start,
    /// In a cell that did not begin with a quotation mark.
    Plain,
    /// In a quoted cell.
    Quoted,
    /// After a quotation mark in a quoted cell: its end, or the first of two.
    Quote,
    /// After a quoted cell.
    Closed,
}

/// A cell while it is read.
#[derive(Default)]
struct Cell {
    bytes: Vec<u8>,
    place: Place,
    /// This cell or one before it holds a quotation mark without being quoted.
    stray: bool,
}

impl Cell {
    /// Takes a byte in; `false` where a quotation mark stands in the wrong place.
    fn take(&mut self, byte: u8, separator: u8, cells: &mut Vec<Vec<u8>>) -> bool {
        match (self.place, byte) {
            (Place::Quoted, b'"') => self.place = Place::Quote,
            (Place::Quoted, byte) => self.bytes.push(byte),
            (Place::Quote, b'"') => {
                self.bytes.push(byte);
                self.place = Place::Quoted;
            }
            (_, byte) if byte == separator => {
                cells.push(std::mem::take(&mut self.bytes));
                self.place = Place::Start;
            }
            (Place::Start, b'"') => {
                self.bytes.clear();
                self.place = Place::Quoted;
            }
            (Place::Quote | Place::Closed, b' ') => self.place = Place::Closed,
            (Place::Quote | Place::Closed, _) => return false,
            (Place::Start, b' ') => self.bytes.push(byte),
            (Place::Start | Place::Plain, byte) => {
                self.stray |= byte == b'"';
                self.bytes.push(byte);
                self.place = Place::Plain;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every record of a table of so many columns, in words: the cells, or the damage with its lines.
    fn records(table: &str, expected: usize) -> Vec<String> {
        let mut records = Records::new(Lines::new(table.as_bytes()));
        let mut found = Vec::new();
        while let Some(record) = records.next(expected).unwrap() {
            found.push(match record {
                Record::Row { cells, line } => {
                    let cells: Vec<_> = cells.iter().map(|cell| String::from_utf8_lossy(cell)).collect();
                    format!("{line}: {}", cells.join("|"))
                }
                Record::Damaged { bytes, line, damage } => {
                    format!("{line}: {damage:?} {:?}", String::from_utf8_lossy(&bytes))
                }
            });
        }
        found
    }

    #[test]
    fn a_quoted_cell_holds_separators_line_breaks_and_quotation_marks() {
        let table = "1,\"a, \"\"b\"\"\nc\",3\r\n4, \"five\" ,6\n7,8\" pipe,9";
        assert_eq!(records(table, 3), ["1: 1|a, \"b\"\nc|3", "3: 4|five|6", "4: 7|8\" pipe|9"]);
    }

    #[test]
    fn a_row_with_too_few_or_too_many_cells_is_damaged_and_alone() {
        let table = "1,2\n1,2,3\n1,2,3,4\n1,2,3,,\n,,\n\n4,5,6\n";
        assert_eq!(
            records(table, 3),
            [
                "1: CellCount { found: 2, expected: 3 } \"1,2\"",
                "2: 1|2|3",
                "3: CellCount { found: 4, expected: 3 } \"1,2,3,4\"",
                "4: 1|2|3",
                "5: ||",
                "6: ||",
                "7: 4|5|6",
            ]
        );
    }

    #[test]
    fn a_quotation_mark_that_is_not_closed_swallows_no_row() {
        // A lenient reader makes one row of the first three lines and loses the second.
        let table = "1,\"broken,x\n2,\"good, text\",y\n3,plain,z\n";
        assert_eq!(
            records(table, 3),
            ["1: QuotationMark \"1,\\\"broken,x\"", "2: 2|good, text|y", "3: 3|plain|z"]
        );
        let table = "1,plain,x\n2,\"never closed,y\n3,plain,z\n4,plain,w";
        assert_eq!(
            records(table, 3),
            ["1: 1|plain|x", "2: NotClosed \"2,\\\"never closed,y\"", "3: 3|plain|z", "4: 4|plain|w"]
        );
    }

    #[test]
    fn quotation_marks_that_are_not_doubled_refuse_their_own_row_with_all_its_lines() {
        let table = "1,\"he said \"stop\"\nand left\",x\n2,b,y\n";
        assert_eq!(
            records(table, 3),
            ["1: QuotationMark \"1,\\\"he said \\\"stop\\\"\\nand left\\\",x\"", "3: 2|b|y"]
        );
    }

    #[test]
    fn a_row_over_several_lines_with_a_cell_too_many_is_one_damaged_row() {
        let table = "1,\"first\nsecond\",x,more\n2,b,y\n";
        assert_eq!(
            records(table, 3),
            ["1: CellCount { found: 4, expected: 3 } \"1,\\\"first\\nsecond\\\",x,more\"", "3: 2|b|y"]
        );
    }

    #[test]
    fn a_row_past_the_limits_is_damaged_and_the_next_is_read() {
        let table = format!("1,\"{}\",3\n4,5,6\n", "x".repeat(ROW_BYTES_MAX));
        let found = records(&table, 3);
        assert_eq!(found.len(), 2);
        assert!(found[0].starts_with("1: TooLong"), "{}", &found[0][..20]);
        assert_eq!(found[1], "2: 4|5|6");
    }

    #[test]
    fn many_damaged_lines_are_handed_back_in_few_pieces_and_none_is_lost() {
        let table = "\"x\"y\n".repeat(1_000);
        let found = records(&table, 3);
        assert_eq!(found.len(), 10);
        let lines: usize = found.iter().map(|record| record.matches("\\\"x\\\"y").count()).sum();
        assert_eq!(lines, 1_000);
    }

    proptest::proptest! {
        /// What is written by the rules is read as others read it.
        #[test]
        fn a_well_formed_table_reads_as_it_was_written(
            rows in proptest::collection::vec(proptest::collection::vec("[a-c\" ,;\n]{0,8}", 3), 1..20)
        ) {
            let mut written = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            for row in &rows {
                written.write_record(row).unwrap();
            }
            let table = written.into_inner().unwrap();
            let mut records = Records::new(Lines::new(table.as_slice()));
            for row in &rows {
                let expected: Vec<Vec<u8>> = row.iter().map(|cell| cell.as_bytes().to_vec()).collect();
                match records.next(3).unwrap() {
                    Some(Record::Row { cells, .. }) => proptest::prop_assert_eq!(cells, expected),
                    other => proptest::prop_assert!(false, "{:?}", other),
                }
            }
            proptest::prop_assert!(records.next(3).unwrap().is_none());
        }

        /// Whatever the bytes, every line comes out once and in order.
        #[test]
        fn no_line_is_lost(bytes in proptest::collection::vec(proptest::prop_oneof![
            proptest::strategy::Just(b'"'), proptest::strategy::Just(b','), proptest::strategy::Just(b'\n'),
            proptest::strategy::Just(b'a'), proptest::prelude::any::<u8>()
        ], 0..400)) {
            let mut records = Records::new(Lines::new(bytes.as_slice()));
            let mut line = 1;
            while let Some(record) = records.next(2).unwrap() {
                let at = match record { Record::Row { line, .. } | Record::Damaged { line, .. } => line };
                proptest::prop_assert_eq!(at, line);
                line = records.lines.number();
            }
            let lines = bytes.split(|byte| *byte == b'\n').count() as u64;
            let ends_with_break = bytes.last().is_none_or(|byte| *byte == b'\n');
            proptest::prop_assert_eq!(line, lines + u64::from(!ends_with_break));
        }
    }
}
