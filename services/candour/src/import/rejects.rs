//! What was rejected, as a file in the format of the input that can be mended and imported: the rows as they stood, with the reasons.
//!
//! It holds what the input holds, so personal data too: only its owner may read it.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use candour_intake::{
    csv::{Header, REASONS_COLUMN, ROW_COLUMN, TEXT_COLUMN},
    row::{Finding, Raw, Row},
};

use super::{reading::Format, summary::Place};

/// What stands at the end of the name of a file of rejected rows, before its extension.
const REJECTS: &str = ".rejects";
/// How many files of rejected rows of one name there may be.
const FILES_MAX: u32 = 1_000;
/// Only the owner reads and writes.
const MODE: u32 = 0o600;
/// What tells spreadsheets that a file is UTF-8.
const MARK: &str = "\u{feff}";

/// The rejected rows of a run. Nothing is written before the first of them.
pub(super) struct Rejects {
    place: Wanted,
    is_table: bool,
    open: Option<Open>,
}

/// Where they are to go.
enum Wanted {
    /// Into this file.
    Here(PathBuf),
    /// Beside this one.
    Beside(PathBuf),
}

/// The file, once there is one.
struct Open {
    path: PathBuf,
    form: Form,
}

/// What is written.
enum Form {
    /// A table, the reasons in a column of it.
    Table(Box<csv::Writer<File>>),
    /// Events, one on each line; the reasons beside them, for they have no place for reasons.
    Events { events: File, reasons: File, count: u64 },
}

impl Rejects {
    /// To the file named, or beside the input.
    pub(super) fn to(named: Option<PathBuf>, beside: &Path, format: &Format) -> Self {
        let place = named.map_or_else(|| Wanted::Beside(beside.to_owned()), Wanted::Here);
        Self { place, is_table: matches!(format, Format::Csv { .. }), open: None }
    }

    /// The file, where anything was rejected.
    pub(super) fn path(&self) -> Option<&Path> {
        self.open.as_ref().map(|open| open.path.as_path())
    }

    /// Writes a row. Each is handed to the system before the next: an import may be ended at any time.
    pub(super) fn write(
        &mut self,
        place: &Place,
        row: &Row,
        header: Option<&Header>,
        reasons: &[Finding],
    ) -> anyhow::Result<()> {
        let open = match &mut self.open {
            Some(open) => open,
            none => none.insert(Self::create(&self.place, self.is_table, header)?),
        };
        let context = || format!("cannot write the rejected rows to {}", open.path.display());
        match (&mut open.form, &row.raw, header) {
            (Form::Table(table), Raw::Cells(_) | Raw::Lines(_), Some(header)) => {
                table.write_record(cells_of(header, row, &joined(reasons))).with_context(context)?;
                table.flush().with_context(context)?;
            }
            (Form::Events { events, reasons: beside, count }, Raw::Json(json), _) => {
                *count += 1;
                writeln!(events, "{}", on_one_line(json)).with_context(context)?;
                for reason in reasons {
                    writeln!(beside, "line {count}, from {place}: {reason}").with_context(context)?;
                }
            }
            // A table has columns before it has rows, and a run has one format.
            (Form::Table(_) | Form::Events { .. }, _, _) => {}
        }
        Ok(())
    }

    fn create(place: &Wanted, is_table: bool, header: Option<&Header>) -> anyhow::Result<Open> {
        let extension = if is_table { "csv" } else { "ndjson" };
        let (path, mut file) = match place {
            Wanted::Here(path) => {
                let file = create(path).with_context(|| {
                    format!(
                        "cannot create {} for the rejected rows; an existing file is not overwritten",
                        path.display()
                    )
                })?;
                (path.clone(), file)
            }
            Wanted::Beside(input) => create_beside(input, extension)?,
        };
        let context = || format!("cannot write the rejected rows to {}", path.display());
        let form = if let Some(header) = header {
            write!(file, "{MARK}").with_context(context)?;
            let mut table = csv::WriterBuilder::new().delimiter(header.separator).from_writer(file);
            table.write_record(columns_of(header)).with_context(context)?;
            Form::Table(Box::new(table))
        } else {
            let beside = path.with_extension("reasons.txt");
            let reasons = create(&beside).with_context(|| format!("cannot create {}", beside.display()))?;
            Form::Events { events: file, reasons, count: 0 }
        };
        Ok(Open { path, form })
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(MODE).open(path)
}

/// The first name beside the input that is free: `incidents.rejects.csv`, then `incidents.rejects-2.csv`. Those of a mended file are named after
/// the first input.
fn create_beside(input: &Path, extension: &str) -> anyhow::Result<(PathBuf, File)> {
    let name = input.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.split(REJECTS).next().filter(|stem| stem.len() < name.len());
    let stem = stem.map_or_else(
        || input.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        ToOwned::to_owned,
    );
    for number in 1..=FILES_MAX {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        let path = input.with_file_name(format!("{stem}{REJECTS}{number}.{extension}"));
        match create(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| {
                    format!(
                        "cannot create {} for the rejected rows; name another place with --rejects",
                        path.display()
                    )
                });
            }
        }
    }
    anyhow::bail!("there are {FILES_MAX} files of rejected rows beside {}; move them away", input.display())
}

/// JSON on one line. Line breaks in it stand between its parts: inside a text they would be no JSON.
fn on_one_line(json: &str) -> String {
    json.replace(['\r', '\n'], " ")
}

fn joined(reasons: &[Finding]) -> String {
    reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The columns of the input, which may be a file of rejected rows itself, and then those of such a file.
fn columns_of(header: &Header) -> Vec<String> {
    let own = own_columns(header).map(|(_, name)| name.to_owned());
    own.chain([ROW_COLUMN, REASONS_COLUMN, TEXT_COLUMN].map(ToOwned::to_owned)).collect()
}

fn cells_of(header: &Header, row: &Row, reasons: &str) -> Vec<String> {
    let cell = |index: usize| match &row.raw {
        Raw::Cells(cells) => cells.get(index).cloned().unwrap_or_default(),
        Raw::Lines(_) | Raw::Json(_) => String::new(),
    };
    let cell_of = |name: &str| header.names.iter().position(|known| known == name).map(cell);
    let text = match &row.raw {
        Raw::Lines(lines) => lines.clone(),
        // The text of what was no row, mended not well enough.
        Raw::Cells(_) | Raw::Json(_) => cell_of(TEXT_COLUMN).unwrap_or_default(),
    };
    // The number in the file that the row first came from.
    let number = cell_of(ROW_COLUMN).filter(|number| !number.trim().is_empty());
    let number = number.unwrap_or_else(|| row.number.to_string());
    let own = own_columns(header).map(|(index, _)| cell(index));
    own.chain([number, reasons.to_owned(), text]).collect()
}

fn own_columns(header: &Header) -> impl Iterator<Item = (usize, &str)> {
    let of_rejects = [ROW_COLUMN, REASONS_COLUMN, TEXT_COLUMN];
    let names = (0..).zip(header.names.iter().map(String::as_str));
    names.filter(move |(_, name)| !of_rejects.contains(name))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use candour_intake::{mapping::BuiltIn, row::Findings};

    use super::*;

    /// The rows of a table and its columns.
    fn read(table: &str) -> (Header, Vec<Row>) {
        let mapping = BuiltIn::named("datix-like").unwrap().mapping().unwrap();
        let (mut header, mut rows) = (None, Vec::new());
        candour_intake::csv::read(
            table.as_bytes(),
            &mapping,
            &mut |found| header = Some(found.clone()),
            &mut |row| {
                rows.push(row);
                std::ops::ControlFlow::Continue(())
            },
        )
        .unwrap();
        (header.unwrap(), rows)
    }

    fn place(row: &Row) -> Place {
        Place { file: Arc::from("incidents.csv"), number: row.number, line: row.line }
    }

    fn write(folder: &Path, input: &str, table: &str) -> String {
        let (header, rows) = read(table);
        let format =
            Format::Csv { mapping: Box::new(BuiltIn::named("datix-like").unwrap().mapping().unwrap()) };
        let mut rejects = Rejects::to(None, &folder.join(input), &format);
        assert!(rejects.path().is_none(), "nothing is written before the first");
        for row in &rows {
            let reasons = [Finding::of("incident.reported [Date reported]", "is no date")];
            rejects.write(&place(row), row, Some(&header), &reasons).unwrap();
        }
        let path = rejects.path().unwrap().to_owned();
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn rows_are_handed_back_as_they_stood_and_a_rejects_file_of_a_rejects_file_has_its_columns_once() {
        let folder = tempfile::tempdir().unwrap();
        let written = write(
            folder.path(),
            "incidents.csv",
            "ID;Date reported;Description\nW1;31/02/2026;\" a \"\"b\"\";\nc\"\nW2;x;y;z\n",
        );
        let expected = "\u{feff}ID;Date reported;Description;candour_row;candour_reasons;candour_text\n\
                        W1;31/02/2026;\" a \"\"b\"\";\nc\";1;incident.reported [Date reported]: is no date;\n\
                        ;;;2;incident.reported [Date reported]: is no date;\"W2;x;y;z\"\n";
        assert_eq!(written, expected);
        let again = write(folder.path(), "incidents.rejects.csv", &written);
        assert_eq!(again, expected, "with the numbers of the first file");
        let names: Vec<_> = ["incidents.rejects.csv", "incidents.rejects-2.csv"]
            .into_iter()
            .filter(|name| folder.path().join(name).exists())
            .collect();
        assert_eq!(names, ["incidents.rejects.csv", "incidents.rejects-2.csv"]);
    }

    #[test]
    fn events_are_handed_back_one_on_each_line_with_the_reasons_beside_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let named = folder.path().join("bad.ndjson");
        let format = Format::Lfpse { source_system: "lfpse".to_owned() };
        let mut rejects = Rejects::to(Some(named.clone()), Path::new("x"), &format);
        let row = Row {
            number: 7,
            line: None,
            raw: Raw::Json("{\n \"a\": 1\n}".to_owned()),
            request: None,
            findings: Findings::default(),
        };
        rejects.write(&place(&row), &row, None, &[Finding::of("date", "is no date")]).unwrap();
        assert_eq!(std::fs::read_to_string(&named).unwrap(), "{  \"a\": 1 }\n");
        let reasons = std::fs::read_to_string(folder.path().join("bad.reasons.txt")).unwrap();
        assert_eq!(reasons, "line 1, from incidents.csv, row 7: date: is no date\n");
        assert_eq!(named.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let mut other = Rejects::to(Some(named), Path::new("x"), &format);
        let refused = other.write(&place(&row), &row, None, &[]).unwrap_err().to_string();
        assert!(refused.ends_with("an existing file is not overwritten"), "{refused}");
    }
}
