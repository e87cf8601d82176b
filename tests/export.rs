//! `candour export`: lists as CSV that are whole, of one position of the log, and safe to open in a spreadsheet.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::{collections::BTreeSet, fmt::Write as _, fs, path::PathBuf};

use candour_testkit::{Finished, Program, Server};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_candour");

struct World {
    folder: TempDir,
    server: Server,
}

/// A table as a reader of CSV has it: rows of cells by the names of their columns.
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn read(bytes: &[u8]) -> Self {
        let mut reader = csv::Reader::from_reader(bytes);
        let columns = reader.headers().unwrap().iter().map(ToOwned::to_owned).collect();
        let rows = reader.records().map(|row| row.unwrap().iter().map(ToOwned::to_owned).collect()).collect();
        Self { columns, rows }
    }

    fn cells(&self, column: &str) -> Vec<&str> {
        let index = self.columns.iter().position(|name| name == column);
        let index = index.unwrap_or_else(|| panic!("{column} is none of {:?}", self.columns));
        self.rows.iter().map(|row| row[index].as_str()).collect()
    }
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(BINARY, &folder.path().join("store"), &["--log", "warn"]);
        Self { folder, server }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Finished {
        Program::new(BINARY)
            .variable("CANDOUR_SERVER", format!("http://{}", self.server.address()))
            .run(arguments)
    }

    /// Imports a table of incidents.
    fn import(&self, table: &str) {
        let file = self.file("incidents.csv");
        fs::write(&file, table).unwrap();
        let imported = self.run(&["import", "csv", &file.to_string_lossy(), "--mapping", "datix-like"]);
        assert_eq!(imported.code, Some(0), "{imported:?}");
    }

    fn export(&self, list: &str) -> Table {
        let exported = self.run(&["export", list]);
        assert_eq!(exported.code, Some(0), "{}", exported.stderr);
        Table::read(exported.stdout.as_bytes())
    }
}

#[test]
fn every_row_of_every_page_is_exported_once_at_one_position() {
    let world = World::new();
    let mut table = "ID,Reported date,Description,Harm\n".to_owned();
    for number in 0..1_203 {
        writeln!(table, "W{number},01/03/2025,Synthetic.,Moderate").unwrap();
    }
    world.import(&table);
    for (list, reference) in
        [("incidents", "reference"), ("reporters", "reference"), ("candour", "incident_reference")]
    {
        let exported = world.export(list);
        assert_eq!(exported.rows.len(), 1_203, "{list}");
        assert_eq!(exported.cells(reference).into_iter().collect::<BTreeSet<_>>().len(), 1_203, "{list}");
        assert_eq!(exported.cells("log_position").into_iter().collect::<BTreeSet<_>>().len(), 1, "{list}");
        assert_eq!(&exported.columns[..3], ["as_of", "log_position", "synthetic"]);
    }
    for list in ["recommendations", "actions"] {
        assert!(world.export(list).rows.is_empty(), "{list}");
    }
    let worklist = world.export("worklist");
    assert!(worklist.rows.len() > 1_203, "each reporter is to be told, and more is to be done");
    assert!(worklist.cells("next_step").iter().all(|step| !step.is_empty()));
    let measures = world.export("measures");
    let c1 = measures.cells("measure_id").iter().position(|measure| *measure == "C1").unwrap();
    assert_eq!(measures.cells("denominator")[c1], "1203");
}

#[test]
fn what_a_spreadsheet_would_run_is_made_text_and_dates_stay_dates() {
    let world = World::new();
    world.import(
        "ID,Reported date,Description,Site,Ward\n\
         W1,01/03/2025,Synthetic.,=HYPERLINK(\"\"http://x\"\"),@SUM(A1)\nW2,02/03/2025,Synthetic.,+44 20,Ward 7\n",
    );
    let exported = world.export("incidents");
    let reference = exported.cells("reference");
    let first = reference.iter().position(|reference| *reference == "W1").unwrap();
    assert_eq!(exported.cells("place.site")[first], "'=HYPERLINK(\"\"http://x\"\")");
    assert_eq!(exported.cells("place.team")[first], "'@SUM(A1)");
    assert_eq!(exported.cells("place.site")[1 - first], "'+44 20");
    assert_eq!(exported.cells("place.team")[1 - first], "Ward 7");
    assert_eq!(exported.cells("reported_on")[first], "2025-03-01");
}

#[test]
fn a_file_is_whole_for_its_owner_only_and_never_overwritten() {
    let world = World::new();
    world.import("ID,Reported date,Description\nW1,01/03/2025,Synthetic.\n");
    let file = world.file("reporters.csv");
    let path = file.to_string_lossy().into_owned();
    let exported = world.run(&["export", "reporters", "--as-of", "2025-06-30", "--out", &path]);
    assert_eq!((exported.code, exported.stdout.as_str()), (Some(0), ""), "{}", exported.stderr);
    assert!(exported.stderr.starts_with("1 row as of 2025-06-30, log position "), "{}", exported.stderr);
    let written = fs::read(&file).unwrap();
    assert_eq!(Table::read(&written).cells("as_of"), ["2025-06-30"]);
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions()) & 0o777,
        0o600
    );
    let again = world.run(&["export", "candour", "--out", &path]);
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("exists already: name another file with --out"), "{}", again.stderr);
    assert_eq!(fs::read(&file).unwrap(), written);
    let mistaken = world.run(&["export", "actions", "--from", "2025-01-01"]);
    assert!(mistaken.stderr.contains("--from goes with measures only"), "{}", mistaken.stderr);
    let names: Vec<_> =
        fs::read_dir(world.folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "the store, the table and the export: {names:?}");
}
