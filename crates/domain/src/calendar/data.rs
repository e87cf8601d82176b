//! Reads a calendar file.
//!
//! ```text
//! # version: scotland-2026-11
//! # nations: scotland
//! # covers: 2024-2028
//! # source: where the dates come from
//! # certainty: how sure they are
//! # any other comment
//! date,name,kind
//! 2024-01-01,New Year's Day,statutory
//! ```
//!
//! The five header lines are required, once each. Rows are weekdays in the covered years, in order of date, and
//! every covered year has at least one: a year that was promised and forgotten would read as a year without
//! bank holidays.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::working_days::is_weekend;
use super::{Calendar, CalendarVersion, DayKind, Nation, NonWorkingDay};

/// The longest calendar file, in bytes.
pub const CALENDAR_FILE_BYTES_MAX: usize = 262_144;
/// The longest header value or name of a day, in bytes.
pub const CALENDAR_TEXT_BYTES_MAX: usize = 500;
/// The most years that one calendar covers.
pub const CALENDAR_YEARS_MAX: i16 = 100;

const COLUMNS: &str = "date,name,kind";

impl Calendar {
    /// The calendars in one file, one for each nation that it names, in that order.
    ///
    /// # Errors
    /// [`CalendarDataError`] with the line, for anything that does not hold to the form. Nothing is skipped.
    pub fn parse(text: &str) -> Result<Vec<Self>, CalendarDataError> {
        if text.len() > CALENDAR_FILE_BYTES_MAX {
            return Err(Fault::FileTooLong.at(1));
        }
        let mut header = Header::default();
        let mut columns_seen = false;
        let mut rows = BTreeMap::new();
        let mut last_line = 1;
        for (line, content) in (1..).zip(text.lines()) {
            last_line = line;
            if let Some(comment) = content.strip_prefix('#') {
                header.read(comment, columns_seen).map_err(|fault| fault.at(line))?;
            } else if columns_seen {
                let (date, day) = parse_row(content).map_err(|fault| fault.at(line))?;
                if rows.last_key_value().is_some_and(|(previous, _)| date <= *previous) {
                    return Err(Fault::NotInOrder.at(line));
                }
                rows.insert(date, day);
            } else if content == COLUMNS {
                columns_seen = true;
            } else {
                return Err(Fault::Columns.at(line));
            }
        }
        if !columns_seen {
            return Err(Fault::Columns.at(last_line));
        }
        header.calendars(&rows).map_err(|fault| fault.at(last_line))
    }
}

#[derive(Default)]
struct Header {
    version: Option<String>,
    nations: Option<String>,
    covers: Option<String>,
    source: Option<String>,
    certainty: Option<String>,
}

impl Header {
    fn read(&mut self, comment: &str, columns_seen: bool) -> Result<(), Fault> {
        let Some((key, value)) = comment.split_once(':') else { return Ok(()) };
        let (field, slot) = match key.trim() {
            "version" => (HeaderField::VERSION, &mut self.version),
            "nations" => (HeaderField::NATIONS, &mut self.nations),
            "covers" => (HeaderField::COVERS, &mut self.covers),
            "source" => (HeaderField::SOURCE, &mut self.source),
            "certainty" => (HeaderField::CERTAINTY, &mut self.certainty),
            _ => return Ok(()),
        };
        let value = value.trim();
        if columns_seen || slot.is_some() || value.is_empty() || value.len() > CALENDAR_TEXT_BYTES_MAX {
            return Err(Fault::Header(field));
        }
        *slot = Some(value.to_owned());
        Ok(())
    }

    fn calendars(self, rows: &BTreeMap<Date, NonWorkingDay>) -> Result<Vec<Calendar>, Fault> {
        let version = self.version.ok_or(Fault::Header(HeaderField::VERSION))?;
        let nations = self.nations.ok_or(Fault::Header(HeaderField::NATIONS))?;
        let covers = self.covers.ok_or(Fault::Header(HeaderField::COVERS))?;
        let source = self.source.ok_or(Fault::Header(HeaderField::SOURCE))?;
        let certainty = self.certainty.ok_or(Fault::Header(HeaderField::CERTAINTY))?;

        let (first_year, last_year) = parse_years(&covers).ok_or(Fault::Header(HeaderField::COVERS))?;
        if rows.keys().any(|date| !(first_year..=last_year).contains(&date.year())) {
            return Err(Fault::NotCovered);
        }
        if let Some(year) = (first_year..=last_year).find(|year| !rows.keys().any(|d| d.year() == *year)) {
            return Err(Fault::YearWithoutRows(year));
        }
        nations
            .split(',')
            .map(|code| {
                Ok(Calendar {
                    version: CalendarVersion::new(version.as_str()),
                    nation: Nation::parse(code.trim()).map_err(|_| Fault::Header(HeaderField::NATIONS))?,
                    first_year,
                    last_year,
                    source: source.clone(),
                    certainty: certainty.clone(),
                    non_working_days: rows.clone(),
                })
            })
            .collect()
    }
}

/// The names of the header lines, for errors.
struct HeaderField;

impl HeaderField {
    const VERSION: &str = "version";
    const NATIONS: &str = "nations";
    const COVERS: &str = "covers";
    const SOURCE: &str = "source";
    const CERTAINTY: &str = "certainty";
}

fn parse_years(covers: &str) -> Option<(i16, i16)> {
    let (first, last) = covers.split_once('-')?;
    let (first, last) = (first.parse::<i16>().ok()?, last.parse::<i16>().ok()?);
    let years = last.checked_sub(first)?.checked_add(1)?;
    (first > 0 && (1..=CALENDAR_YEARS_MAX).contains(&years)).then_some((first, last))
}

fn parse_row(row: &str) -> Result<(Date, NonWorkingDay), Fault> {
    let mut fields = row.split(',');
    let (Some(date), Some(name), Some(kind), None) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(Fault::Columns);
    };
    // jiff reads more forms than one; only YYYY-MM-DD is written the same again.
    let parsed = date.parse::<Date>().ok().filter(|parsed| parsed.to_string() == date);
    let date = parsed.ok_or(Fault::Date)?;
    if is_weekend(date) {
        return Err(Fault::Weekend);
    }
    if name.trim().is_empty() || name.len() > CALENDAR_TEXT_BYTES_MAX {
        return Err(Fault::Name);
    }
    let kind = DayKind::parse(kind).ok_or(Fault::Kind)?;
    Ok((date, NonWorkingDay { name: name.to_owned(), kind }))
}

/// A calendar file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("calendar file, line {line}: {fault}")]
pub struct CalendarDataError {
    /// The line, from 1. What concerns the whole file is told of its last line.
    pub line: usize,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a calendar file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file is longer than [`CALENDAR_FILE_BYTES_MAX`].
    #[error("the file is longer than {CALENDAR_FILE_BYTES_MAX} bytes")]
    FileTooLong,
    /// A header line is missing, repeated, empty, too long, after the rows, or cannot be read.
    #[error(
        "header `{0}`: needed once, before the rows, in at most {CALENDAR_TEXT_BYTES_MAX} bytes; nations by \
         code, years as 2024-2028 and at most {CALENDAR_YEARS_MAX} of them"
    )]
    Header(&'static str),
    /// The column line is missing, or a row has not three columns.
    #[error("the columns must be {COLUMNS}")]
    Columns,
    /// A date is not a date.
    #[error("date: must be a date written YYYY-MM-DD")]
    Date,
    /// A Saturday or Sunday, which is never a working day: a slip in the date.
    #[error("date: falls on a weekend")]
    Weekend,
    /// Not later than the row before it, or the same.
    #[error("date: rows must be in order of date, each date once")]
    NotInOrder,
    /// A row lies outside the covered years.
    #[error("date: a row lies outside the years that the header says are covered")]
    NotCovered,
    /// A covered year has no rows.
    #[error("the year {0} is said to be covered and has no rows")]
    YearWithoutRows(i16),
    /// The name is empty or longer than [`CALENDAR_TEXT_BYTES_MAX`].
    #[error("name: needed, in at most {CALENDAR_TEXT_BYTES_MAX} bytes")]
    Name,
    /// The kind is not one of the four.
    #[error("kind: must be one of statutory, substitute, proclaimed, computed")]
    Kind,
}

impl Fault {
    const fn at(self, line: usize) -> CalendarDataError {
        CalendarDataError { line, fault: self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
# version: test-1
# nations: england, wales
# covers: 2026-2026
# source: a test
# certainty: none
date,name,kind
# a comment: between rows
2026-01-01,New Year's Day,statutory
2026-12-28,Boxing Day (substitute day),substitute
";

    #[test]
    fn a_file_is_read_for_each_nation_that_it_names() {
        let calendars = Calendar::parse(GOOD).unwrap();
        let nations: Vec<_> = calendars.iter().map(Calendar::nation).collect();
        assert_eq!(nations, [Nation::England, Nation::Wales]);
        assert_eq!(calendars[0].version().as_str(), "test-1");
        assert_eq!((calendars[0].first_year(), calendars[0].last_year()), (2026, 2026));
        assert_eq!((calendars[0].source(), calendars[0].certainty()), ("a test", "none"));
        let kinds: Vec<_> = calendars[1].non_working_days().map(|(_, day)| day.kind).collect();
        assert_eq!(kinds, [DayKind::Statutory, DayKind::Substitute]);
    }

    #[test]
    fn each_fault_is_told_with_its_line() {
        let row = "2026-12-28,Boxing Day (substitute day),substitute";
        for (from, to, line, fault) in [
            ("# version: test-1\n", "", 8, Fault::Header("version")),
            ("# source: a test", "# source:", 4, Fault::Header("source")),
            ("# a comment: between rows", "# version: test-2", 7, Fault::Header("version")),
            ("# nations: england, wales", "# nations: england, france", 9, Fault::Header("nations")),
            ("2026-2026", "2026-2025", 9, Fault::Header("covers")),
            ("2026-2026", "1926-2026", 9, Fault::Header("covers")),
            ("2026-2026", "2026-2027", 9, Fault::YearWithoutRows(2027)),
            ("2026-2026", "2025-2025", 9, Fault::NotCovered),
            ("date,name,kind\n", "", 7, Fault::Columns),
            (row, "2026-12-28,Boxing Day", 9, Fault::Columns),
            (row, "2026-12-28,Boxing, Day,substitute", 9, Fault::Columns),
            (row, "2026-02-29,Leap Day,proclaimed", 9, Fault::Date),
            (row, "20261228,Boxing Day,substitute", 9, Fault::Date),
            (row, "2026-12-26,Boxing Day,statutory", 9, Fault::Weekend),
            (row, "2026-01-01,New Year's Day,statutory", 9, Fault::NotInOrder),
            (row, "2026-12-28,,substitute", 9, Fault::Name),
            (row, "2026-12-28,Boxing Day,Substitute", 9, Fault::Kind),
            (row, "", 9, Fault::Columns),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let found = Calendar::parse(&GOOD.replace(from, to));
            assert_eq!(found, Err(fault.at(line)), "{from} → {to}");
        }
        assert_eq!(Calendar::parse(""), Err(Fault::Columns.at(1)));
        let long = "#".repeat(CALENDAR_FILE_BYTES_MAX + 1);
        assert_eq!(Calendar::parse(&long), Err(Fault::FileTooLong.at(1)));
    }
}
