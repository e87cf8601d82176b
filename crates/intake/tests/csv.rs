//! Exports of reporting systems, from files written for these tests: nothing in them happened to anybody.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]
#![expect(clippy::unnecessary_wraps, reason = "fills an optional field of a literal")]

use std::{
    ops::ControlFlow,
    sync::{Arc, LazyLock},
};

use candour_api::v1::{
    self, CaseDecision, IncidentKind, PhysicalHarm, PsychologicalHarm, ReporterIdentity, Strength,
    source_moment::Moment,
};
use candour_intake::{
    csv::{self, Header, TableProblem},
    duplicates::Seen,
    mapping::{BuiltIn, FIELDS, FieldKind, Mapping},
    row::{Raw, Row},
};

fn mapping(name: &str) -> Mapping {
    BuiltIn::named(name).expect("it is built in").mapping().expect("it can be read")
}

/// Read once for the tests that read many tables.
static DATIX_LIKE: LazyLock<Mapping> = LazyLock::new(|| mapping("datix-like"));

fn read(file: &[u8], mapping: &Mapping) -> Result<(Header, Vec<Row>), TableProblem> {
    let (mut header, mut rows) = (None, Vec::new());
    csv::read(file, mapping, &mut |found| header = Some(found.clone()), &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    Ok((header.expect("a table begins with its columns"), rows))
}

fn request(row: &Row) -> &v1::ImportRecordsRequest {
    row.request.as_deref().unwrap_or_else(|| panic!("row {}: {:?}", row.number, row.findings))
}

fn incident(row: &Row) -> &v1::ImportedIncident {
    request(row).incident.as_ref().expect("the row tells of the incident")
}

fn violations(row: &Row) -> Vec<String> {
    row.findings.violations.iter().map(ToString::to_string).collect()
}

fn notices(row: &Row) -> Vec<String> {
    row.findings.notices.iter().map(ToString::to_string).collect()
}

fn day(year: i32, month: i32, day: i32) -> Option<v1::SourceMoment> {
    Some(v1::SourceMoment { moment: Some(Moment::Day(v1::Date { year, month, day })) })
}

fn absent() -> Option<v1::SourceMoment> {
    Some(v1::SourceMoment { moment: Some(Moment::Absent(true)) })
}

fn at(instant: &str) -> Option<v1::SourceMoment> {
    let instant: jiff::Timestamp = instant.parse().unwrap();
    let time = prost_types::Timestamp { seconds: instant.as_second(), nanos: 0 };
    Some(v1::SourceMoment { moment: Some(Moment::ExactTime(time)) })
}

#[test]
fn a_datix_like_export_of_incidents() {
    // Windows-1252, semicolons, a title above the columns, line breaks inside cells, day numbers of a spreadsheet.
    let file = include_bytes!("files/datix-like.synthetic.csv");
    let (header, rows) = read(file, &mapping("datix-like")).unwrap();
    assert_eq!((header.separator, header.line), (b';', 3));
    assert_eq!(header.passed_over(), ["Handler", "Cost"]);
    assert_eq!(rows.len(), 5);

    let row = &rows[0];
    assert_eq!((row.number, row.line), (1, Some(4)));
    assert_eq!(request(row).source_system, "datixweb");
    assert_eq!(request(row).incident_source_id, "W10001");
    let told = incident(row);
    assert_eq!(told.kind(), IncidentKind::PatientSafetyIncident);
    assert_eq!(told.incident_date, Some(v1::Date { year: 2026, month: 3, day: 27 }));
    assert_eq!(told.reported, at("2026-03-28T09:15:00Z"));
    assert_eq!(told.source_recorded_time.unwrap().seconds, at_seconds("2026-03-30T11:00:00Z"));
    assert_eq!(told.closed, day(2026, 5, 1));
    assert_eq!(
        told.narrative,
        "Synthetic: the dose was \u{201c}doubled\u{201d} \u{2013} noticed at 22:00;\nnight staff told."
    );
    let place = told.place.as_ref().unwrap();
    assert_eq!(
        [place.site.as_str(), place.directorate.as_str(), place.team.as_str()],
        ["Northgate Hospital", "Medicine", "Ward 7"]
    );
    let reporter = told.reporter.as_ref().unwrap();
    assert_eq!(
        (reporter.identity(), reporter.name.as_str()),
        (ReporterIdentity::Named, "Ren\u{e9}e Example")
    );
    assert_eq!(told.source_candour_flag, Some(true));
    let person = &request(row).persons[0];
    let harm = person.harm.unwrap();
    assert_eq!((harm.physical(), harm.psychological()), (PhysicalHarm::Moderate, PsychologicalHarm::Low));
    // What the source asserts of the duty of candour: dates, no elements.
    let candour = person.candour.unwrap();
    assert_eq!(candour.decision(), CaseDecision::Notifiable);
    assert_eq!((candour.decided, candour.first_notification), (None, day(2026, 4, 2)));
    assert_eq!((candour.written_notification, candour.enquiry_results), (day(2026, 4, 10), None));
    let feedback = request(row).feedback.as_ref().unwrap();
    assert_eq!((feedback.acknowledged, feedback.told), (day(2026, 3, 30), day(2026, 5, 8)));
    assert_eq!(feedback.message, "Synthetic: thank you, the chart was changed.");

    // An anonymous reporter is so by an explicit yes; an empty name is not.
    let identity = |row| incident(row).reporter.as_ref().unwrap().identity();
    assert_eq!(identity(&rows[1]), ReporterIdentity::Anonymous);
    assert_eq!(identity(&rows[2]), ReporterIdentity::Confidential);
    // Good care is kept as what it is; nobody is affected.
    assert_eq!(incident(&rows[2]).kind(), IncidentKind::GoodCare);
    assert_eq!(request(&rows[2]).persons, []);
    // No harm grade, a candour flag: there is a person, so that the prompt is seen.
    assert_eq!(request(&rows[3]).persons[0].harm, None);
    assert_eq!(incident(&rows[3]).source_candour_flag, Some(true));
    assert_eq!(incident(&rows[3]).reported, day(2026, 4, 2));
    // Rejected there.
    assert_eq!(incident(&rows[4]).recorded_in_error, Some(true));
    // An empty cell says that it did not happen; a file without the column says nothing.
    assert_eq!(incident(&rows[1]).closed, absent());
    assert_eq!(request(&rows[1]).persons[0].candour.unwrap().enquiry_results, None);
    assert_eq!(request(&rows[1]).persons[0].candour.unwrap().first_notification, absent());
    assert_eq!(
        notices(&rows[4]),
        [
            "incident.kind [Type]: holds a word that the mapping does not know: taken as patient-safety-incident"
        ]
    );
}

fn at_seconds(instant: &str) -> i64 {
    instant.parse::<jiff::Timestamp>().unwrap().as_second()
}

#[test]
fn a_dirty_export_names_each_bad_row_and_reads_the_others() {
    let file = include_bytes!("files/ulysses-like-dirty.synthetic.csv");
    let (header, rows) = read(file, &mapping("ulysses-like")).unwrap();
    assert_eq!(header.separator, b',');
    let refused: Vec<_> = rows
        .iter()
        .filter(|row| row.request.is_none())
        .map(|row| (row.number, row.line.unwrap_or_default(), violations(row)))
        .collect();
    let expected: Vec<(u64, u64, Vec<&str>)> = vec![
        (
            2,
            3,
            vec![
                "incident.reported [Reported Date]: is a day or time that does not exist (the day is read first)",
            ],
        ),
        (
            3,
            4,
            vec![
                "incident.id [Incident Number]: is empty: without it the incident cannot be recognised again",
            ],
        ),
        (4, 5, vec!["has 11 cells where the line with the column names has 12"]),
        (
            5,
            6,
            vec![
                "has a quotation mark inside a quoted cell that is not written twice, or opens a quoted cell in the wrong place",
            ],
        ),
        (
            7,
            8,
            vec![
                "person.physical_harm [Actual Impact]: holds a word that the mapping does not know; add it to person.physical_harm.values",
            ],
        ),
        (8, 9, vec!["incident.closed [Date Closed]: lies before the day of the report"]),
        (
            9,
            10,
            vec![
                "incident.reported [Reported Date]: is empty: every clock starts with the report",
                "incident.candour_flag [Duty of Candour Applicable]: holds a word that the mapping does not know; add it to incident.candour_flag.values",
                "candour.decision [Duty of Candour Applicable]: holds a word that the mapping does not know; add it to candour.decision.values",
            ],
        ),
        (
            10,
            11,
            vec![
                "incident.reported [Reported Date]: is a date that systems write where they know none; leave the cell empty instead",
            ],
        ),
    ];
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(row, line, words)| (row, line, words.into_iter().map(ToOwned::to_owned).collect::<Vec<_>>()))
        .collect();
    assert_eq!(refused, expected);
    // No finding holds a value of the row.
    let said = format!("{:?}", rows.iter().map(|row| &row.findings).collect::<Vec<_>>());
    for value in ["Jane", "31/02/2026", "Terrible", "Perhaps"] {
        assert!(!said.contains(value), "{value}");
    }
    let read: Vec<_> =
        rows.iter().filter_map(|row| row.request.as_ref()).map(|r| r.incident_source_id.as_str()).collect();
    assert_eq!(read, ["2001", "2006", "2011", "2011", "2012"]);
    // The same number twice: with the same content it is harmless, with another it is named.
    let mut seen = Seen::new();
    let contradictions: Vec<_> = rows
        .iter()
        .filter_map(|row| row.request.as_deref())
        .map(|request| (request.row, seen.note(&Arc::from("a.csv"), request).len()))
        .collect();
    assert_eq!(contradictions, [(1, 0), (6, 0), (11, 0), (12, 1), (13, 0)]);
}

#[test]
fn learning_actions_find_their_incident_and_evidence() {
    let table = "Action ID,Incident ID,Description,Start date,Due date,Done date,Evidence,Owner role,Strength,Cancelled date\n\
                 A1,W10001,Change the chart,01/04/2026,30/06/2026,15/05/2026,doc:77; doc:78,Matron,Strong,\n\
                 A2,W10001,Train staff,01/04/2026,,10/05/2026,,,Weak,\n\
                 A3,W10002,Buy a label printer,01/04/2026,30/04/2026,31/03/2026,,Manager,,\n\
                 A4,W10002,Move the shelf,02/04/2026,30/04/2026,,,Manager,,20/04/2026\n";
    let (_, rows) = read(table.as_bytes(), &mapping("datix-like-actions")).unwrap();
    let action = |row: &Row| request(row).action.clone().unwrap();
    let first = action(&rows[0]);
    assert_eq!((first.source_id.as_str(), request(&rows[0]).incident_source_id.as_str()), ("A1", "W10001"));
    assert_eq!(first.evidence, ["doc:77", "doc:78"]);
    assert_eq!((first.agreed, first.implemented), (day(2026, 4, 1), day(2026, 5, 15)));
    assert_eq!(first.target_on, Some(v1::Date { year: 2026, month: 6, day: 30 }));
    assert_eq!(first.strength(), Strength::Stronger);
    assert_eq!(action(&rows[1]).evidence, [""; 0]);
    assert_eq!(
        violations(&rows[2]),
        ["action.implemented [Done date]: lies before the day the action was agreed"]
    );
    assert_eq!(action(&rows[3]).withdrawn, day(2026, 4, 20));
    assert!(request(&rows[0]).incident.is_none(), "the rows tell of actions, not of the incident");
    // ACT-1: an action without an owner is agreed and counts as incomplete, whatever else its columns say of them.
    let table = "Action ID,Incident ID,Description,Start date,Owner role,Directorate\n\
                 A5,W10001,Train staff,01/04/2026,,Medicine\n";
    let (_, rows) = read(table.as_bytes(), &mapping("datix-like-actions")).unwrap();
    assert_eq!((action(&rows[0]).owner_role, action(&rows[0]).owner_directorate), Default::default());
    assert_eq!(
        notices(&rows[0]),
        ["action.owner_role [Owner role]: is empty: the rest of the owner was left out"]
    );
}

#[test]
fn an_empty_cell_takes_a_decision_back_and_a_missing_column_says_nothing_of_it() {
    let decision = |table: &str| {
        let (_, rows) = read(table.as_bytes(), &DATIX_LIKE).unwrap();
        request(&rows[0]).persons[0].candour.unwrap().decision()
    };
    let head = "ID,Reported date,Description,Harm,DoC letter date";
    let row = "W1,28/03/2026,Synthetic.,Severe,";
    assert_eq!(decision(&format!("{head},Duty of candour\n{row},\n")), CaseDecision::Undecided);
    assert_eq!(decision(&format!("{head},Duty of candour\n{row},No\n")), CaseDecision::NotRequired);
    assert_eq!(decision(&format!("{head}\n{row}\n")), CaseDecision::Unspecified);
}

#[test]
fn a_table_extracted_from_the_national_service_has_a_row_for_each_patient() {
    let table = "Reference,Patient no.,Reported Date,T005 - Event Date,CL001 - Event Type,F001 - Describe what happened,OT001 - Physical harm,OT002 - Psychological harm\n\
                 L-77,1,2026-04-02,2026-04-01,1,Synthetic.,3,4\n\
                 L-77,2,2026-04-02,2026-04-01,1,Synthetic.,Severe physical harm,1\n";
    let (_, rows) = read(table.as_bytes(), &mapping("lfpse-extract")).unwrap();
    let harm = |row: &Row| request(row).persons[0].harm.map(|harm| (harm.physical(), harm.psychological()));
    assert_eq!(harm(&rows[0]), Some((PhysicalHarm::Moderate, PsychologicalHarm::None)));
    assert_eq!(harm(&rows[1]), Some((PhysicalHarm::Severe, PsychologicalHarm::Severe)));
    assert_eq!(request(&rows[1]).persons[0].source_id, "2");
    let mut seen = Seen::new();
    assert!(
        rows.iter().all(|row| seen.note(&Arc::from("a.csv"), request(row)).is_empty()),
        "one incident, two persons"
    );
}

#[test]
fn bytes_are_understood_row_by_row_and_marks_at_the_beginning_are_followed() {
    let table = "ID,Reported date,Description\nW1,28/03/2026,caf\u{e9}\n";
    let narrative =
        |file: &[u8]| incident(&read(file, &mapping("datix-like")).unwrap().1[0]).narrative.clone();
    assert_eq!(narrative(table.as_bytes()), "caf\u{e9}");
    assert_eq!(narrative(&[b"\xef\xbb\xbf", table.as_bytes()].concat()), "caf\u{e9}");
    let utf_16: Vec<u8> =
        std::iter::once(0xfeff).chain(table.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(narrative(&utf_16), "caf\u{e9}");
    assert_eq!(
        narrative(b"ID,Reported date,Description\nW1,28/03/2026,caf\xe9 \x93q\x94\n"),
        "caf\u{e9} \u{201c}q\u{201d}"
    );
    // Two encodings in one file, as happens when exports are joined.
    let mixed = [table.as_bytes(), b"W2,28/03/2026,caf\xe9\n"].concat();
    let (_, rows) = read(&mixed, &mapping("datix-like")).unwrap();
    assert_eq!([&incident(&rows[0]).narrative, &incident(&rows[1]).narrative], ["caf\u{e9}"; 2]);
    // A mapping that says UTF-8 means it.
    let strict = Mapping::parse(
        "source_system = \"x\"\nencoding = \"utf-8\"\n[incident]\nid = \"ID\"\nreported = \"Reported date\"\nnarrative = \"Description\"",
    );
    let (_, rows) = read(&mixed, &strict.unwrap()).unwrap();
    assert_eq!(violations(&rows[1]), ["holds bytes that are not UTF-8, which the mapping says the file is"]);
}

#[test]
fn a_mended_row_of_a_rejects_file_is_read_as_the_row_it_should_have_been() {
    let table = "ID,Reported date,Description,candour_row,candour_reasons,candour_text\n\
                 ,,,5,\"has 4 cells\",\"W5,28/03/2026,\"\"a, b\"\"\"\n\
                 W6,29/03/2026,mended in its cells,6,was wrong,\n\
                 ,,,7,\"has 4 cells\",\"W7,28/03/2026,a, still wrong\"\n";
    let (header, rows) = read(table.as_bytes(), &mapping("datix-like")).unwrap();
    assert_eq!(header.passed_over(), [""; 0], "the columns of a rejects file are no strangers");
    assert_eq!(
        (request(&rows[0]).incident_source_id.as_str(), incident(&rows[0]).narrative.as_str()),
        ("W5", "a, b")
    );
    assert_eq!(request(&rows[1]).incident_source_id, "W6");
    assert!(rows[2].request.is_none());
    assert!(matches!(&rows[2].raw, Raw::Cells(cells) if cells.len() == 6));
}

#[test]
fn a_table_without_the_columns_that_are_needed_is_refused_in_words() {
    let error = read(b"1,2,3\n4,5,6\n", &mapping("datix-like")).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "no line of the first 50 names the columns that the mapping needs: incident.id (\"ID\" or "
        ),
        "{error}"
    );
    let error = read(b"", &mapping("datix-like")).unwrap_err();
    assert!(matches!(error, TableProblem::NoHeader { .. }));
    let error = read(b"ID,Reported date,Description,Description\n", &mapping("datix-like")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "has more than one column named \"Description\", which the mapping uses: name them apart"
    );
    let wide = format!("ID,Reported date{}\n", ",x".repeat(1_000));
    assert!(matches!(
        read(wide.as_bytes(), &mapping("datix-like")),
        Err(TableProblem::TooManyColumns(1_002))
    ));
}

#[test]
fn the_guide_and_each_field_name_one_another() {
    let guide = include_str!("../README.md");
    for key in FIELDS {
        let line = guide.lines().find(|line| line.starts_with(&format!("| `{}` |", key.full_name())));
        let line = line.unwrap_or_else(|| panic!("{} is not in the guide", key.full_name()));
        assert!(line.ends_with(&format!("| {} |", key.meaning())), "{line}");
        if let FieldKind::Words(words) = key.kind() {
            assert!(words.iter().all(|word| line.contains(&format!("`{word}`"))), "{line}");
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_bring_the_reader_down(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let file = [b"ID,Reported date,Description\n".as_slice(), &bytes].concat();
        let read = read(&file, &DATIX_LIKE);
        proptest::prop_assert!(read.is_ok());
        for row in read.unwrap().1 {
            proptest::prop_assert_eq!(row.request.is_some(), row.findings.violations.is_empty());
        }
    }

    #[test]
    fn neither_do_cells_of_any_kind(cells in proptest::collection::vec("[-0-9/: A-Za-z;\u{e9}\"]{0,20}", 12)) {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(["ID", "Reported date", "Description", "Incident date", "Closed date", "Type", "Degree of harm",
            "Duty of candour", "Reporter", "Anonymous", "Feedback date", "DoC letter date"]).unwrap();
        writer.write_record(&cells).unwrap();
        let (_, rows) = read(&writer.into_inner().unwrap(), &DATIX_LIKE).unwrap();
        for row in rows {
            proptest::prop_assert_eq!(row.request.is_some(), row.findings.violations.is_empty());
        }
    }
}

#[test]
fn a_line_of_a_million_columns_is_refused_by_the_limit_and_at_once() {
    let limit = candour_intake::limits::COLUMNS_MAX;
    // Each of the lines in which the column names are looked for, read with each of the four separators.
    let wide = format!("ID,Date reported{}\n", ",".repeat(1_000_000));
    let problem = read(wide.repeat(3).as_bytes(), &DATIX_LIKE).unwrap_err();
    assert!(matches!(problem, TableProblem::TooManyColumns(1_000_002)), "{problem}");
    assert_eq!(problem.to_string(), "has 1000002 columns, at most 1000 are read");
    // The names that the mapping needs may stand past the limit, too.
    let late = format!("{}ID,Date reported\n", "x,".repeat(limit));
    let problem = read(late.as_bytes(), &DATIX_LIKE).unwrap_err();
    assert!(matches!(problem, TableProblem::TooManyColumns(1_002)), "{problem}");
    // A title with many commas above the column names does no harm, and the limit itself is allowed.
    let most = format!("{}\nID,Date reported{}\n", "a,".repeat(2_000), ",x".repeat(limit - 2));
    let (header, rows) = read(most.as_bytes(), &DATIX_LIKE).unwrap();
    assert_eq!((header.width(), header.line, rows.len()), (limit, 2, 0));
    // A row as wide is one damaged row.
    let (_, rows) =
        read(format!("ID,Date reported\n{}\n", ",1".repeat(500_000)).as_bytes(), &DATIX_LIKE).unwrap();
    assert_eq!(violations(&rows[0]), ["has 500001 cells where the line with the column names has 2"]);
}
