//! `candour call`: every method of a running server with JSON, by somebody who has no other tool.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::fs;

use candour_testkit::{Finished, Program, Server};
use serde_json::{Value, json};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_candour");
const PERSONAL: &str = "Perdita was given 10 mg instead of 1 mg.";

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

    fn program(&self) -> Program {
        Program::new(BINARY).variable("CANDOUR_SERVER", format!("http://{}", self.server.address()))
    }

    fn call(&self, arguments: &[&str]) -> Finished {
        self.program().run(&[&["call"], arguments].concat())
    }

    /// The answer of a call that succeeds.
    fn answer(&self, method: &str, request: &Value) -> Value {
        let called = self.call(&[method, &request.to_string()]);
        assert_eq!(called.code, Some(0), "{}", called.stderr);
        serde_json::from_str(&called.stdout).unwrap()
    }
}

fn report(request_id: &str) -> Value {
    json!({
        "command": { "requestId": request_id, "performedBy": "staff:1" },
        "report": {
            "reference": "W1",
            "kind": "INCIDENT_KIND_PATIENT_SAFETY_INCIDENT",
            "incidentDate": { "year": 2026, "month": 3, "day": 1 },
            "place": { "site": "Northgate Hospital" },
            "narrative": PERSONAL,
            "reporter": { "identity": "REPORTER_IDENTITY_NAMED", "role": "nurse" },
        },
    })
}

#[test]
fn every_method_is_listed_and_shown_with_what_it_takes() {
    let world = World::new();
    let listed = world.call(&[]);
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    for line in [
        "candour.v1.IncidentService/ReportIncident  (ReportIncidentRequest → ReportIncidentResponse)",
        "candour.v1.ImportService/ImportRecords  (stream of ImportRecordsRequest → stream of ImportRecordsResponse)",
        "grpc.health.v1.Health/Check  (HealthCheckRequest → HealthCheckResponse)",
    ] {
        assert!(listed.stdout.lines().any(|found| found == line), "{line}\nis not in\n{}", listed.stdout);
    }
    let template = world.call(&["ReportIncident", "--template"]);
    let template: Value = serde_json::from_str(&template.stdout).unwrap();
    assert_eq!(template["report"]["kind"], "INCIDENT_KIND_PATIENT_SAFETY_INCIDENT");
    assert_eq!(template["command"]["occurred_time"], "2026-01-31T09:00:00Z");
    // What is shown is a request that the server understands, and refuses only for what it says.
    let sent = world.call(&["ReportIncident", &template.to_string()]);
    assert_eq!(sent.code, Some(1));
    assert!(sent.stderr.contains("(InvalidArgument, INVALID_FIELDS)"), "{}", sent.stderr);
}

#[test]
fn a_record_is_written_and_read_with_json_alone() {
    let world = World::new();
    let written =
        world.answer("IncidentService/ReportIncident", &report("0b2f4c1e-0000-4000-8000-000000000001"));
    let id = written["incident_id"].as_str().unwrap();
    let read = world.answer("GetIncident", &json!({ "incident_id": id }));
    assert!(read.to_string().contains(PERSONAL), "{read}");
    let health = world.answer("grpc.health.v1.Health.Check", &json!({}));
    assert_eq!(health["status"], "SERVING");
}

#[test]
fn a_refusal_names_each_field_and_the_reason_and_changes_nothing() {
    let world = World::new();
    let mut bad = report("0b2f4c1e-0000-4000-8000-000000000001");
    bad["report"]["incidentDate"]["month"] = json!(13);
    bad["command"]["requestId"] = json!("x");
    let refused = world.call(&["ReportIncident", &bad.to_string()]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    for words in
        ["\n  command.request_id: ", "\n  report.incident_date: ", "\n  (InvalidArgument, INVALID_FIELDS)"]
    {
        assert!(refused.stderr.contains(words), "{words:?} is not in {}", refused.stderr);
    }
    assert!(!refused.stderr.contains("Perdita"));
    let status = world.answer("GetReadModelStatus", &json!({}));
    assert_eq!(status["head_reached"], true);
    assert!(world.answer("ListIncidents", &json!({}))["incidents"].as_array().unwrap().is_empty());

    let forbidden = world.call(&["GetIncident", "{}", "--identity", "demo-governance"]);
    assert!(forbidden.stderr.contains("PermissionDenied"), "{}", forbidden.stderr);
}

#[test]
fn what_is_not_a_method_or_not_a_request_is_told_before_anything_is_sent() {
    let world = World::new();
    for (arguments, words) in [
        (vec!["Incident"], "did you mean candour.v1.IncidentService/"),
        (vec!["NoSuchMethod"], "`candour call` without one lists them all"),
        (vec!["ServerReflectionInfo", "{}"], "name it whole"),
        (
            vec!["GetIncident", "{\"incident\": \"x\"}"],
            "`candour call candour.v1.IncidentService/GetIncident --template` shows one",
        ),
        (vec!["GetIncident", "{} {}"], "takes one message, and 2 were given"),
        (vec!["GetIncident", "{"], "is not a candour.v1.GetIncidentRequest in JSON"),
    ] {
        let refused = world.call(&arguments);
        assert_eq!(refused.code, Some(1), "{arguments:?}");
        assert!(refused.stderr.contains(words), "{arguments:?}: {}", refused.stderr);
    }
}

#[test]
fn a_stream_of_messages_is_read_from_standard_input_and_answered_line_by_line() {
    let world = World::new();
    let row = |number: u64| {
        json!({
            "row": number,
            "source_system": "wards",
            "incident_source_id": format!("W{number}"),
            "incident": {
                "kind": "INCIDENT_KIND_GOOD_CARE",
                "reported": { "day": { "year": 2026, "month": 3, "day": 1 } },
                "narrative": "A kind word.",
            },
        })
    };
    let file = world.folder.path().join("rows.ndjson");
    fs::write(&file, format!("{}\n{}\n", row(1), row(2))).unwrap();
    let called = world.program().fed_by(&file).run(&["call", "ImportRecords", "-"]);
    assert_eq!(called.code, Some(0), "{}", called.stderr);
    let answers: Vec<Value> = called.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 2);
    for answer in answers {
        assert_eq!(answer["outcome"], "IMPORT_OUTCOME_NEW", "{answer}");
    }
}
