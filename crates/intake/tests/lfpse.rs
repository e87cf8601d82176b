//! Events of the national service, from files written for these tests: nothing in them happened to anybody.

use std::ops::ControlFlow;

use candour_api::v1::{
    self, CaseDecision, IncidentKind, PhysicalHarm, PsychologicalHarm, ReporterIdentity,
    source_moment::Moment,
};
use candour_intake::{lfpse, row::Row};

fn rows(file: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    lfpse::read(file.as_bytes(), "lfpse", &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })
    .expect("bytes in memory can be read");
    rows
}

fn read(row: &Row) -> (&v1::ImportRecordsRequest, &v1::ImportedIncident) {
    let request = row.request.as_deref().unwrap_or_else(|| panic!("{:?}", row.findings));
    (request, request.incident.as_ref().expect("an event tells of an incident"))
}

/// Everything found about a row, violations first.
fn findings(row: &Row) -> Vec<String> {
    row.findings.violations.iter().chain(&row.findings.notices).map(ToString::to_string).collect()
}

fn day(year: i32, month: i32, day: i32) -> v1::SourceMoment {
    v1::SourceMoment { moment: Some(Moment::Day(v1::Date { year, month, day })) }
}

#[test]
fn an_event_of_version_5_becomes_an_incident_with_its_patient() {
    let rows = rows(include_str!("files/lfpse-5.synthetic.json"));
    assert_eq!(rows.len(), 1);
    let (request, incident) = read(&rows[0]);
    assert_eq!((request.row, request.source_system.as_str()), (1, "lfpse"));
    assert_eq!(request.incident_source_id, "7d2c-0001");
    assert_eq!(incident.reference, "LFPSE-2026-000117");
    assert_eq!(incident.kind(), IncidentKind::PatientSafetyIncident);
    assert_eq!(incident.incident_date, Some(v1::Date { year: 2026, month: 5, day: 22 }));
    assert_eq!((incident.reported, incident.reported_is_assumed), (Some(day(2026, 5, 22)), false));
    assert_eq!(incident.narrative, "Synthetic: the evening dose was given twice.");
    assert_eq!(incident.immediate_actions, "Synthetic: the patient was observed.");
    let place = incident.place.as_ref().unwrap();
    assert_eq!((place.site.as_str(), place.directorate.as_str()), ("Z01", "LFPSE service area 1"));
    let reporter = incident.reporter.as_ref().unwrap();
    assert_eq!(
        (reporter.identity(), reporter.role.as_str()),
        (ReporterIdentity::Confidential, "member of staff")
    );
    // The source's flag is a prompt; nothing is decided and nothing asserted.
    assert_eq!(incident.source_candour_flag, Some(true));
    assert_eq!(request.persons.len(), 1);
    assert_eq!(request.persons[0].candour, None);
    let harm = request.persons[0].harm.unwrap();
    assert_eq!((harm.physical(), harm.psychological()), (PhysicalHarm::Moderate, PsychologicalHarm::Low));
    // L-3: 18600 days are 50 years, which is nothing to remark on.
    assert_eq!(findings(&rows[0]), [""; 0]);
}

#[test]
fn l_1_l_2_an_event_of_version_6_holds_several_patients_and_what_cannot_be_of_them_is_left_out() {
    let rows = rows(include_str!("files/lfpse-6-bundle.synthetic.json"));
    assert_eq!(rows.len(), 2);
    let (request, incident) = read(&rows[0]);
    assert_eq!(incident.narrative, "Synthetic: a fire alarm delayed the evening round.");
    let patients: Vec<_> = request
        .persons
        .iter()
        .map(|person| {
            (person.source_id.as_str(), person.harm.map(|harm| (harm.physical(), harm.psychological())))
        })
        .collect();
    assert_eq!(
        patients,
        [
            ("1", Some((PhysicalHarm::None, PsychologicalHarm::Severe))),
            ("2", Some((PhysicalHarm::Fatal, PsychologicalHarm::Unspecified))),
            ("3", Some((PhysicalHarm::Low, PsychologicalHarm::None))),
        ]
    );
    // L-4.
    assert_eq!(lfpse::worst_harm(&request.persons), Some(1));
    assert_eq!(
        findings(&rows[0]),
        [
            "date: the event gives no date of report: its own date was taken, the earliest it can be",
            "patient 2, PsychologicalHarm: is given for a death, and was left out (L-1)",
            "patient 2, AgeAtTimeOfIncidentDays: is no age: 1 to 30 days, a multiple of 31 days for months, or a multiple of 372 days for years, up to 74028 (L-3)",
            "patient 3, AgeAtTimeOfIncidentDays: is an age under 16: who is told depends on whether the child is competent to decide (E-10)",
            "patient 3, StrengthOfAssociation: is given though the harm is not severe (L-2)",
        ]
    );
    assert_eq!((incident.reported, incident.reported_is_assumed), (Some(day(2026, 3, 1)), true));
    assert_eq!(incident.incident_date, Some(v1::Date { year: 2026, month: 3, day: 0 }));

    let (request, incident) = read(&rows[1]);
    assert_eq!(incident.kind(), IncidentKind::GoodCare);
    assert_eq!(incident.narrative, "Synthetic: the handover was thorough.");
    assert_eq!(incident.reporter.as_ref().unwrap().identity(), ReporterIdentity::Anonymous);
    assert!(request.persons.is_empty(), "a patient without information is nobody");
}

#[test]
fn one_event_on_each_line_with_what_is_wrong_named_and_the_rest_read() {
    let rows = rows(include_str!("files/lfpse-lines.synthetic.ndjson"));
    let outcomes: Vec<_> =
        rows.iter().map(|row| (row.line.unwrap_or_default(), row.request.is_some(), findings(row))).collect();
    let expected = [
        (
            1,
            true,
            vec![
                "id: the event has no id: it is recognised by its content, and comes as another incident once that changes",
            ],
        ),
        (2, false, vec!["breaks off at column 45"]),
        (
            3,
            false,
            vec![
                "patient 1, PhysicalHarm: is not one of the codes 1 to 5",
                "patient 2, PatientSequence: stands twice in the event",
            ],
        ),
        (4, false, vec!["meta.profile: names a version of the profile that is not read; 5 and 6 are"]),
        (5, false, vec!["is no FHIR resource: it has no resourceType"]),
        (6, true, vec![]),
        (7, true, vec![]),
        (
            8,
            false,
            vec![
                "event.coding.code: is 2 or 3, and the event does not tell whether it is a risk or an outcome",
            ],
        ),
        (9, false, vec!["date: the event has no date at all, so no clock can start"]),
    ];
    let expected: Vec<_> = expected
        .map(|(line, taken, words): (u64, bool, Vec<&str>)| {
            (line, taken, words.into_iter().map(ToOwned::to_owned).collect::<Vec<_>>())
        })
        .into();
    assert_eq!(outcomes, expected);
    assert_eq!(read(&rows[5]).1.kind(), IncidentKind::Risk);
    assert_eq!(read(&rows[6]).1.kind(), IncidentKind::Outcome);
}

#[test]
fn the_flag_without_a_patient_makes_one_so_that_the_prompt_is_seen() {
    let event = r#"{"resourceType":"AdverseEvent","id":"e1","date":"2026-05-22","description":"Synthetic.",
        "meta":{"profile":["https://x.example/fhir/StructureDefinition/patient-safety-adverse-event-6"]},
        "event":{"coding":[{"code":"1"}]},
        "extension":[{"url":"https://x.example/adverse-event-governance-6","extension":[{"url":"DutyOfCandour","valueBoolean":true}]}]}"#;
    let rows = rows(event);
    let (request, incident) = read(&rows[0]);
    assert_eq!(incident.source_candour_flag, Some(true));
    assert_eq!(request.persons.len(), 1);
    assert_eq!(request.persons[0].harm, None);
    assert_eq!(request.persons[0].candour.unwrap_or_default().decision(), CaseDecision::Unspecified);
    assert_eq!(rows[0].findings.notices.len(), 2, "{:?}", findings(&rows[0]));
}

#[test]
fn resources_that_are_no_events_are_passed_over_and_counted() {
    let bundle = r#"[{"resourceType":"Organization"},{"resourceType":"OperationOutcome"}]"#;
    let mut count = 0;
    let read = lfpse::read(bundle.as_bytes(), "lfpse", &mut |_| {
        count += 1;
        ControlFlow::Continue(())
    });
    assert_eq!((read.unwrap().passed_over, count), (2, 0));
}

#[test]
fn json_that_nests_too_deep_is_refused_in_words() {
    let deep = format!("[{}{}]", "[".repeat(500), "]".repeat(500));
    let rows = rows(&deep);
    assert_eq!(rows.len(), 1);
    assert!(findings(&rows[0])[0].starts_with("nests deeper than 128 levels"), "{:?}", findings(&rows[0]));
}

/// What is found about the one row of a file.
fn refused(file: &str) -> Vec<String> {
    let rows = rows(file);
    assert_eq!(rows.len(), 1, "{:?}", rows.iter().map(findings).collect::<Vec<_>>());
    assert!(rows[0].request.is_none());
    findings(&rows[0])
}

#[test]
fn a_name_that_stands_twice_in_an_object_is_refused_since_readers_differ_in_which_they_take() {
    for file in [
        r#"[{"resourceType":"AdverseEvent","id":"1","id":"2"}]"#,
        r#"[{"resourceType":"AdverseEvent","identifier":[{"value":"1","value":"1"}]}]"#,
        r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Organization","resourceType":"AdverseEvent"}}]}"#,
    ] {
        let found = refused(file);
        assert!(found[0].starts_with("has a name twice in one object at column "), "{found:?}");
    }
    for file in [
        r#"{"resourceType":"AdverseEvent","resourceType":"Organization"}"#,
        r#"{"resourceType":"AdverseEvent","a":{"b":1,"b":2}}"#,
    ] {
        let found = refused(file);
        assert!(found[0].starts_with("has a name twice in one object at line 1, column "), "{found:?}");
        assert!(found[0].ends_with("what follows in the file was not read"), "{found:?}");
    }
    // Spelt in two ways it is the same name.
    let found = refused(r#"[{"a":1,"\u0061":2}]"#);
    assert!(found[0].starts_with("has a name twice"), "{found:?}");
}

#[test]
fn numbers_dates_and_characters_beyond_their_range_are_refused_or_noticed_and_never_repeated() {
    let not_readable = [
        r#"[{"resourceType":"AdverseEvent","n":1e999}]"#,
        r#"[{"resourceType":"AdverseEvent","id":"\ud800"}]"#,
        r#"[{"resourceType":"AdverseEvent","id":"\udc00\ud800"}]"#,
        "[{\"resourceType\":\"AdverseEvent\",\"id\":\"a\0b\"}]",
    ];
    for file in not_readable {
        let found = refused(file);
        assert!(found[0].starts_with("is not JSON that can be read at "), "{file}: {found:?}");
    }
    // A byte order mark belongs to the beginning of a file.
    let found = refused("[\u{feff}{\"resourceType\":\"AdverseEvent\"}]");
    assert_eq!(
        found,
        ["is not JSON that can be read at line 1, column 2; what follows in the file was not read"]
    );
    for date in
        ["9999-12-31", "10000-01-01", "2026-02-30", "0000-00-00", "-9999-01-01", "99999999999999999999"]
    {
        let found = refused(&format!(
            r#"[{{"resourceType":"AdverseEvent","id":"1","date":"{date}","recordedDate":"{date}"}}]"#
        ));
        assert!(!found.is_empty() && found.iter().all(|words| !words.contains(date)), "{date}: {found:?}");
    }
}

#[test]
fn however_a_bundle_is_built_what_is_held_of_it_is_bounded() {
    // Fields between entries, each as large as an event may be: nobody reads them, so nothing of them is kept.
    let field = "x".repeat(700_000);
    let part = |number: usize| {
        format!(r#""f{number}":"{field}","entry":[{{"resource":{{"resourceType":"Organization"}}}}]"#)
    };
    let file = format!(r#"{{"resourceType":"Bundle",{},"g":"{field}"}}"#, part(0));
    assert_eq!(rows(&file).len(), 0, "one part after the entries is passed over");
    let parts: Vec<_> = (0..3).map(part).collect();
    let found = refused(&format!(r#"{{"resourceType":"Bundle",{}}}"#, parts.join(",")));
    assert!(found[0].starts_with("has a name twice in one object at line 1, column "), "{found:?}");
    let before = format!(r#"{{"resourceType":"Bundle","a":"{field}","b":"{field}","entry":[]}}"#);
    assert_eq!(refused(&before), ["is larger than 1048576 bytes; what follows in the file was not read"]);
    // Entries that hold nothing are entries, too.
    let empty =
        format!(r#"{{"resourceType":"Bundle","entry":[{}{{}}]}}"#, r#"{"fullUrl":"x"},"#.repeat(100_000));
    assert_eq!(rows(&empty).len(), 0);
}
