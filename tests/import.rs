//! `candour import`: exports brought in through a running server, as somebody does who has only the program, an export and the guide.
//!
//! The exports are written for these tests: nothing in them happened to anybody.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use candour_api::v1;
use candour_testkit::{
    Connection, Finished, Program, Running, Server,
    connection::{GOVERNANCE, PATIENT_SAFETY},
};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_candour");

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/intake/tests/files").join(name)
}

/// A server on a store of its own, and a folder for exports.
struct World {
    folder: TempDir,
    server: Server,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(BINARY, &folder.path().join("store"), &["--log", "warn"]);
        Self { folder, server }
    }

    /// A file of the folder.
    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.file(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// A copy of a fixture, a year earlier: whenever the tests run, nothing in it lies in the future.
    fn copy(&self, name: &str) -> PathBuf {
        let mut content = fs::read(fixture(name)).unwrap();
        // A spreadsheet's number of 1 April 2026, and of the same day in 2025.
        for (from, to) in [(b"2026".as_slice(), b"2025".as_slice()), (b"46113", b"45748")] {
            while let Some(place) = content.windows(from.len()).position(|window| window == from) {
                content[place..place + from.len()].copy_from_slice(to);
            }
        }
        self.write(name, content)
    }

    fn csv(&self, file: &Path, mapping: &str) -> Finished {
        self.start(file, mapping).finish()
    }

    fn start(&self, file: &Path, mapping: &str) -> Running {
        let server = format!("http://{}", self.server.address());
        let file = file.to_string_lossy();
        Program::new(BINARY).start(&["import", "csv", &file, "--mapping", mapping, "--server", &server])
    }

    fn lfpse(&self, files: &[&Path]) -> Finished {
        let server = format!("http://{}", self.server.address());
        let files: Vec<_> = files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
        let mut arguments = vec!["import", "lfpse", "--server", &server];
        arguments.extend(files.iter().map(String::as_str));
        Program::new(BINARY).run(&arguments)
    }

    /// The figures at the end of June 2025, once everything recorded is folded.
    async fn figures(&self) -> Figures {
        self.figures_as_of(Some(v1::Date { year: 2025, month: 6, day: 30 })).await
    }

    async fn figures_today(&self) -> Figures {
        self.figures_as_of(None).await
    }

    async fn figures_as_of(&self, as_of: Option<v1::Date>) -> Figures {
        let connection = self.server.connect(GOVERNANCE).await;
        let query = Some(v1::QueryContext {
            as_of,
            min_position: self.position().await,
            ..v1::QueryContext::default()
        });
        let request = v1::GetMeasuresRequest { query, ..v1::GetMeasuresRequest::default() };
        let answer: v1::GetMeasuresResponse =
            connection.call("InsightService/GetMeasures", request).await.unwrap();
        Figures(answer.figures)
    }

    /// Where the log stands: an import of nothing new says so by a row of its own.
    async fn position(&self) -> String {
        let connection = self.server.connect(PATIENT_SAFETY).await;
        let answer = marker(&connection).await;
        assert!(!answer.position.is_empty(), "{answer:?}");
        answer.position
    }

    /// Everything that can be shown, for comparison.
    fn shown(&self) -> String {
        let server = format!("http://{}", self.server.address());
        let shown = Program::new(BINARY).run(&["show", "all", "--as-of", "2025-06-30", "--server", &server]);
        assert_eq!(shown.code, Some(0), "{}", shown.stderr);
        shown.stdout
    }
}

/// A new report of good care, which is no unit of any measure but F, for its position in the log.
async fn marker(connection: &Connection) -> v1::ImportRecordsResponse {
    static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let day = v1::Date { year: 2025, month: 7, day: 1 };
    let request = v1::ImportRecordsRequest {
        source_system: "marker".to_owned(),
        incident_source_id: format!("M{number}"),
        incident: Some(v1::ImportedIncident {
            kind: v1::IncidentKind::GoodCare.into(),
            reported: Some(v1::SourceMoment { moment: Some(v1::source_moment::Moment::Day(day)) }),
            narrative: "A marker in the log.".to_owned(),
            ..v1::ImportedIncident::default()
        }),
        ..v1::ImportRecordsRequest::default()
    };
    connection.call("ImportService/ImportRecords", request).await.unwrap()
}

#[derive(Debug, PartialEq)]
struct Figures(Vec<v1::Figure>);

impl Figures {
    /// Numerator and denominator of a measure, in the form that comes first.
    fn of(&self, measure: &str) -> (u64, u64) {
        let figure = self.0.iter().find(|figure| figure.measure_id == measure).unwrap();
        (figure.numerator.unwrap_or_default(), figure.denominator.unwrap_or_default())
    }

    /// A count beside a figure.
    fn count(&self, measure: &str, name: &str) -> u64 {
        let figure = self.0.iter().find(|figure| figure.measure_id == measure).unwrap();
        let found = figure.counts.iter().find(|count| count.name == name);
        found.unwrap_or_else(|| panic!("{measure} has no {name:?}: {:?}", figure.counts)).value
    }
}

/// The line that accounts for every row.
fn reconciliation(finished: &Finished) -> &str {
    let line = finished.stdout.lines().find(|line| line.contains(" rows read = "));
    line.unwrap_or_else(|| panic!("no rows: {finished:?}"))
}

const ASSERTED: &str = "asserted by source, elements not evidenced";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_datix_like_export_is_brought_in_once_and_its_figures_claim_nothing_that_is_only_asserted() {
    let world = World::new();
    let file = world.copy("datix-like.synthetic.csv");
    let first = world.csv(&file, "datix-like");
    assert_eq!(first.code, Some(0), "{first:?}");
    assert_eq!(reconciliation(&first), "5 rows read = 5 new + 0 changed + 0 unchanged + 0 rejected");
    assert!(first.stdout.contains("columns passed over: Handler, Cost"), "{}", first.stdout);
    assert!(first.stdout.contains("kinds: 1 good-care, 4 patient-safety-incident"), "{}", first.stdout);
    let again = world.csv(&file, "datix-like");
    assert_eq!(reconciliation(&again), "5 rows read = 0 new + 0 changed + 5 unchanged + 0 rejected");

    let figures = world.figures().await;
    // Reporters who can be told: W10001, W10003, W10004. W10002 is anonymous without a way back, W10005 was rejected there.
    assert_eq!(figures.of("F1"), (1, 3));
    // W10001 has a date of feedback and a text, but neither what was found nor what changed.
    assert_eq!(figures.of("F2").0, 0);
    assert_eq!(figures.count("F2", ASSERTED), 1);
    // Prompted by moderate harm and by a flag; the source says yes to both, which is no decision.
    assert_eq!(figures.of("C1"), (0, 2));
    // Neither says on which day, so all that is known is that somebody had by the time of the import.
    assert_eq!(figures.count("C1", ASSERTED), 0);
    assert_eq!(world.figures_today().await.count("C1", ASSERTED), 2);
    // No case is notifiable on any evidence, so no notification is due and none was met.
    for measure in ["C2", "C3", "C4"] {
        assert_eq!(figures.of(measure), (0, 0), "{measure}");
    }
    assert!(world.shown().contains(ASSERTED));

    // One cell changes; one row is new. Nothing else is recorded.
    let mut table = fs::read(&file).unwrap();
    let place = table.windows(8).position(|window| window == b"Theatre ").unwrap();
    table[place + 8] = b'3';
    table.extend_from_slice(b"W10006;Good care;05/04/2025;05/04/2025;;;New;Northgate Hospital;Medicine;Ward 9;Synthetic.;;;;;;;;;;;;\n");
    let changed = world.csv(&world.write("datix-like.synthetic.csv", table), "datix-like");
    assert_eq!(reconciliation(&changed), "6 rows read = 1 new + 1 changed + 4 unchanged + 0 rejected");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dirty_export_loses_nothing_its_bad_rows_are_mended_and_fed_back() {
    let world = World::new();
    let file = world.copy("ulysses-like-dirty.synthetic.csv");
    let first = world.csv(&file, "ulysses-like");
    assert_eq!(first.code, Some(1), "rows were rejected");
    assert_eq!(reconciliation(&first), "13 rows read = 4 new + 0 changed + 0 unchanged + 9 rejected");
    assert!(first.stderr.contains("9 of 13 rows were rejected"), "{}", first.stderr);
    let shown = first.stdout.lines().find(|line| line.contains("row 2 (line 3)")).unwrap();
    assert!(
        shown.ends_with(
            "rejected: incident.reported [Reported Date]: is a day or time that does not exist (the day is read first)"
        ),
        "{shown}"
    );
    for value in ["Jane", "31/02/2025", "Terrible"] {
        assert!(!first.stdout.contains(value) && !first.stderr.contains(value), "{value} is printed");
    }

    // Mended where it says: dates, a number, a missing cell, a quotation mark, words.
    let rejects = world.file("ulysses-like-dirty.synthetic.rejects.csv");
    let mut mended = fs::read_to_string(&rejects).unwrap();
    assert_eq!(mended.matches('\n').count(), 10, "{mended}");
    for (wrong, right) in [
        ("2002,01/02/2025,31/02/2025", "2002,01/02/2025,03/02/2025"),
        (
            ",01/04/2025,02/04/2025,,Open,Ward 1,Synthetic: no number.",
            "2003,01/04/2025,02/04/2025,,Open,Ward 1,Synthetic: no number.",
        ),
        ("Synthetic: a cell short.,Low,Jane Example,No,", "Synthetic: a cell short.,Low,Jane Example,No,,"),
        ("\"\"Synthetic: never closed,", "Synthetic: never closed,"),
        ("Terrible", "Severe"),
        ("02/04/2025,01/04/2025,Closed", "02/04/2025,03/04/2025,Closed"),
        ("2009,01/04/2025,,,Open", "2009,01/04/2025,02/04/2025,,Open"),
        ("Perhaps", "Yes"),
        ("01/01/1900", "02/04/2025"),
    ] {
        assert!(mended.contains(wrong), "{wrong}\nis not in\n{mended}");
        mended = mended.replacen(wrong, right, 1);
    }
    // One row contradicts another of the file: the first was taken. It stays rejected until somebody decides.
    fs::write(&rejects, &mended).unwrap();
    let second = world.csv(&rejects, "ulysses-like");
    assert_eq!(reconciliation(&second), "9 rows read = 8 new + 1 changed + 0 unchanged + 0 rejected");
    assert_eq!(second.code, Some(0), "{second:?}");
    assert!(!world.file("ulysses-like-dirty.synthetic.rejects-2.csv").exists());
    let figures = world.figures().await;
    // Twelve reporters, none acknowledged.
    assert_eq!(figures.of("F1"), (0, 12));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l_4_events_of_the_national_service_are_brought_in_with_their_worst_harm() {
    let world = World::new();
    let files: Vec<_> =
        ["lfpse-5.synthetic.json", "lfpse-6-bundle.synthetic.json", "lfpse-lines.synthetic.ndjson"]
            .iter()
            .map(|name| world.copy(name))
            .collect();
    let paths: Vec<_> = files.iter().map(PathBuf::as_path).collect();
    let first = world.lfpse(&paths);
    assert_eq!(first.code, Some(1), "{first:?}");
    let again = world.lfpse(&[world.folder.path()]);
    assert_eq!(again.code, Some(1));
    let (first, again) = (reconciliation(&first), reconciliation(&again));
    let new: u64 = first.split_whitespace().nth(4).unwrap().parse().unwrap();
    assert!(new > 5, "{first}");
    assert_eq!(
        first.replace(&format!("{new} new"), "0 new").replace("0 unchanged", &format!("{new} unchanged")),
        again
    );
    // The rejected events, one on each line, with the reasons beside them.
    let rejects = fs::read_to_string(world.file("lfpse-5.synthetic.rejects.ndjson")).unwrap();
    let reasons = fs::read_to_string(world.file("lfpse-5.synthetic.rejects.reasons.txt")).unwrap();
    let rejected: usize = first.split_whitespace().rev().nth(1).unwrap().parse().unwrap();
    assert_eq!(rejects.lines().count(), rejected);
    assert!(reasons.starts_with("line 1, from "), "{reasons}");
    let figures = world.figures().await;
    assert_eq!(figures.of("F2").0, 0, "the service records no feedback");
    assert_eq!(figures.of("C1").0, 0, "a flag is a prompt, never a decision");
}

/// A table of rows that are good but for one in the middle, which is said at once.
fn long_table() -> String {
    let mut table =
        "ID,Reported date,Description,Harm,Closed date,Feedback date,DoC letter date\n".to_owned();
    for number in 0..ROWS {
        let day = number % 28 + 1;
        let reported = if number == BAD_ROW { "31/02/2025".to_owned() } else { format!("{day:02}/03/2025") };
        writeln!(table, "W{number},{reported},Synthetic {number}.,Moderate,01/05/2025,02/05/2025,03/05/2025")
            .unwrap();
    }
    table
}

/// How many rows the long table has, more than may be on the way at once; and the bad one among them.
const ROWS: usize = 1_500;
const BAD_ROW: usize = 600;

/// What an import of the long table makes of a store where nothing goes wrong.
async fn undisturbed() -> Figures {
    let world = World::new();
    let file = world.write("long.csv", long_table());
    let finished = world.csv(&file, "datix-like");
    assert_eq!(reconciliation(&finished), "1500 rows read = 1499 new + 0 changed + 0 unchanged + 1 rejected");
    world.figures().await
}

/// How many rows an import found recorded before, where the rest was new.
fn recorded_before(finished: &Finished) -> usize {
    let line = reconciliation(finished);
    let number = |index| line.split_whitespace().nth(index).unwrap().parse::<usize>().unwrap();
    let (read, new, changed, unchanged, rejected) = (number(0), number(4), number(7), number(10), number(13));
    assert_eq!((read, rejected), (ROWS, 1), "{line}");
    assert_eq!(read, new + changed + unchanged + rejected, "{line}");
    assert!(changed <= 64, "rows in hand at the end may have been recorded in part: {line}");
    unchanged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_goes_on_after_its_client_was_killed() {
    let world = World::new();
    let file = world.write("long.csv", long_table());
    let running = world.start(&file, "datix-like");
    running.says("rejected: incident.reported");
    running.kill();
    let finished = world.csv(&file, "datix-like");
    let before = recorded_before(&finished);
    assert!((1..ROWS - 1).contains(&before), "{before} rows were recorded before the kill");
    assert_eq!(world.figures().await, undisturbed().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_goes_on_after_its_server_was_killed() {
    let World { folder, server } = World::new();
    let store = folder.path().join("store");
    let world = World { folder, server };
    let file = world.write("long.csv", long_table());
    let running = world.start(&file, "datix-like");
    running.says("rejected: incident.reported");
    let World { folder, server } = world;
    server.kill();
    let broken_off = running.finish();
    assert_eq!(broken_off.code, Some(1));
    assert!(broken_off.stderr.contains("went away"), "{}", broken_off.stderr);
    assert!(broken_off.stderr.contains("nothing is recorded twice"), "{}", broken_off.stderr);
    assert!(reconciliation(&broken_off).ends_with(" without a result"), "{}", broken_off.stdout);
    let world = World { folder, server: Server::start(BINARY, &store, &["--log", "warn"]) };
    let before = recorded_before(&world.csv(&file, "datix-like"));
    assert!((1..ROWS - 1).contains(&before), "{before} rows were recorded before the kill");
    assert_eq!(world.figures().await, undisturbed().await);
}

#[test]
fn a_server_that_is_asked_to_stop_ends_an_import_in_order() {
    let World { folder, server } = World::new();
    let store = folder.path().join("store");
    let world = World { folder, server };
    let file = world.write("long.csv", long_table());
    let running = world.start(&file, "datix-like");
    running.says("rejected: incident.reported");
    let World { folder, server } = world;
    let stopped = server.terminate();
    assert_eq!(stopped.code, Some(0), "{}", stopped.stderr);
    let ended = running.finish();
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("the server is stopping"), "{}", ended.stderr);
    let world = World { folder, server: Server::start(BINARY, &store, &["--log", "warn"]) };
    assert!(recorded_before(&world.csv(&file, "datix-like")) > 0);
}

#[tokio::test]
async fn an_import_that_is_open_and_idle_keeps_no_server_from_stopping() {
    let world = World::new();
    let clients = candour_testkit::Clients::new(world.server.channel().await, PATIENT_SAFETY);
    let (rows, receiver) = tokio::sync::mpsc::channel::<v1::ImportRecordsRequest>(1);
    let mut import = clients.import.clone();
    let mut answers = import
        .import_records(tokio_stream::wrappers::ReceiverStream::new(receiver))
        .await
        .unwrap()
        .into_inner();
    world.server.signal_to_stop();
    let status = answers.message().await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::Unavailable);
    assert_eq!(world.server.finish().code, Some(0));
    drop(rows);
}

#[test]
fn what_the_command_line_says_is_checked_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    fs::write(&file, "ID,Reported date,Description\nW1,01/03/2025,Synthetic.\nW2,x,Synthetic.\n").unwrap();
    let file = file.to_string_lossy();
    let run = |arguments: &[&str]| Program::new(BINARY).run(&[&["import"], arguments].concat());

    let printed = run(&["csv", "--print-mapping", "datix-like"]);
    assert_eq!(printed.code, Some(0));
    assert!(printed.stdout.contains("source_system = \"datixweb\""));
    let own = folder.path().join("own.toml");
    fs::write(&own, &printed.stdout).unwrap();
    let own = own.to_string_lossy();

    // Without a server: what would be sent, and no file of rejected rows.
    let checked = run(&["csv", &file, "--mapping", &own, "--check"]);
    assert_eq!(checked.code, Some(1));
    assert_eq!(reconciliation(&checked), "2 rows read = 1 to be sent + 1 rejected; nothing was sent");
    assert!(checked.stdout.contains("columns read: incident.id [ID], "), "{}", checked.stdout);
    assert!(!folder.path().join("a.rejects.csv").exists());

    for (arguments, words) in [
        (
            vec!["csv", &*file, "--mapping", "datx-like"],
            "neither a file that can be read nor one of the built-in mappings datix-like,",
        ),
        (vec!["csv", "--print-mapping", "datx-like"], "is none of the built-in mappings"),
        (vec!["csv", &*file], "--mapping"),
        (vec!["csv", "no-such.csv", "--mapping", "datix-like", "--check"], "could not be read to their end"),
        (vec!["lfpse", "no-such-folder", "--check"], "could not be read to their end"),
        (
            vec!["csv", &*file, "--mapping", "datix-like", "--server", "http://127.0.0.1:1"],
            "cannot reach a server",
        ),
    ] {
        let refused = run(&arguments);
        assert!(refused.code.is_some_and(|code| code != 0), "{arguments:?}");
        assert!(refused.stderr.contains(words), "{arguments:?}: {}", refused.stderr);
    }
    let broken = folder.path().join("broken.toml");
    fs::write(&broken, "source_system = \"x y\"\n[incident]\nidd = \"ID\"\n").unwrap();
    let refused = run(&["csv", &file, "--mapping", &broken.to_string_lossy(), "--check"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("idd") && refused.stderr.contains("source_system"), "{}", refused.stderr);
}

#[test]
fn who_may_not_record_may_not_import() {
    let world = World::new();
    let file = world.copy("datix-like.synthetic.csv");
    let server = format!("http://{}", world.server.address());
    let refused = Program::new(BINARY).run(&[
        "import",
        "csv",
        &file.to_string_lossy(),
        "--mapping",
        "datix-like",
        "--server",
        &server,
        "--identity",
        "demo-governance",
    ]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("may not call ImportService/ImportRecords"), "{}", refused.stderr);
}
