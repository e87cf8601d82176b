//! Proves that no value of any field of any method brings the server down or out of its manners.
//!
//! Every method of `candour.v1` is found over reflection. Each is called with a valid request in which one field, at any depth, holds a
//! hostile value. Whatever the answer, it is an answer in good order: never a defect, never lost data, every error with one stable reason,
//! every bad field named, no value repeated; and the server goes on serving on the same connection. What is refused leaves the store as it was.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use candour_api::v1;
use candour_testkit::{
    Connection, Refusal, Requests, Server, Story,
    connection::PATIENT_SAFETY,
    dynamic,
    variation::{NEVER_ECHOED, Variation, variations},
};
use futures::{StreamExt as _, stream};
use prost_reflect::{DynamicMessage, MethodDescriptor, Value};
use tonic::{Code, Status};

const BINARY: &str = env!("CARGO_BIN_EXE_candour");
/// Every service, as reflection lists them.
const SERVICES: &[&str] = &[
    "candour.v1.FollowUpService",
    "candour.v1.ImportService",
    "candour.v1.IncidentService",
    "candour.v1.InsightService",
    "candour.v1.LearningService",
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
];
/// Calls in flight on the one connection.
const CALLS_IN_FLIGHT: usize = 64;
/// Streams of rows in flight: as many as the server takes at the same time.
const STREAMS_IN_FLIGHT: usize = 8;
/// The codes of an answer in good order. The others would tell of a defect, of lost data, or of a server that cannot go on.
const IN_GOOD_ORDER: &[Code] = &[
    Code::InvalidArgument,
    Code::NotFound,
    Code::AlreadyExists,
    Code::FailedPrecondition,
    Code::Aborted,
    Code::ResourceExhausted,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_value_of_any_field_brings_the_server_out_of_its_manners() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(BINARY, folder.path(), &["--log", "warn"]);
    let requests = Requests::named("hostile values");
    let connection = server.connect(PATIENT_SAFETY).await;
    let story = Story::tell(&connection, &requests, &|path| format!("The text of {path}.")).await;
    let reflection = dynamic::reflection_of(server.channel().await).await;
    let listed: BTreeSet<&str> = reflection.services().iter().map(String::as_str).collect();
    assert_eq!(listed, SERVICES.iter().copied().collect(), "what the server serves");
    let methods = reflection.methods("candour.v1");

    let examples: BTreeSet<String> =
        story.examples.iter().map(|e| format!("candour.v1.{}", e.method)).collect();
    let all: BTreeSet<String> = methods.iter().map(dynamic::path).collect();
    assert_eq!(examples, all, "the story must have an example of every method, and of no other");

    let mut tally = Tally::default();
    for method in &methods {
        let path = dynamic::path(method);
        let name = path.trim_start_matches("candour.v1.");
        let example = story.example(name).expect("an example of every method");
        let base = DynamicMessage::decode(method.input(), example.request.as_slice())
            .expect("the example of a request");
        let in_flight = if method.is_client_streaming() { STREAMS_IN_FLIGHT } else { CALLS_IN_FLIGHT };
        let found = stream::iter(variations(&base))
            .map(|variation| judge(&connection, method, variation, &requests))
            .buffer_unordered(in_flight)
            .collect::<Vec<_>>()
            .await;
        tally.take(name, found);
    }
    assert!(tally.faults.is_empty(), "{} faults:\n{}", tally.faults.len(), tally.summary());
    assert!(tally.calls > 5_000, "the hostile values are reached: {} calls only", tally.calls);
    assert!(
        tally.refused > tally.calls / 2,
        "most hostile values are refused: {} of {}",
        tally.refused,
        tally.calls
    );

    for service in ["", "candour.v1.IncidentService", "candour.v1.InsightService"] {
        assert!(server.is_serving(service).await, "health of {service:?}");
    }
    let request = requests.report();
    let after: Result<v1::ReportIncidentResponse, Status> =
        connection.call("IncidentService/ReportIncident", request).await;
    let position =
        after.expect("the same connection still works").result.expect("a command has a result").position;
    let query = Some(v1::QueryContext { min_position: position, ..Default::default() });
    let request = v1::GetMeasuresRequest { query, ..Default::default() };
    let figures: Result<v1::GetMeasuresResponse, Status> =
        connection.call("InsightService/GetMeasures", request).await;
    assert!(!figures.expect("what was accepted can be folded and counted").figures.is_empty());
    let ended = server.terminate();
    assert_eq!(ended.code, Some(0));
    assert!(!ended.stderr.contains("panic"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("ERROR"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_over_the_size_limit_is_refused_and_the_connection_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(BINARY, folder.path(), &["--log", "warn"]);
    let requests = Requests::named("size limit");
    let connection = server.connect(PATIENT_SAFETY).await;
    for bytes in [1024 * 1024, 8 * 1024 * 1024] {
        let mut request = requests.report();
        if let Some(report) = &mut request.report {
            report.narrative = "x".repeat(bytes);
        }
        let outcome: Result<v1::ReportIncidentResponse, Status> =
            connection.call("IncidentService/ReportIncident", request).await;
        let refusal = Refusal::expect(outcome);
        assert!(matches!(refusal.code, Code::OutOfRange | Code::ResourceExhausted), "{refusal:?}");
    }
    let outcome: Result<v1::ReportIncidentResponse, Status> =
        connection.call("IncidentService/ReportIncident", requests.report()).await;
    outcome.expect("the same connection still works");
    assert!(server.is_serving("").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_leaves_the_store_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(BINARY, folder.path(), &["--log", "warn"]);
    let requests = Requests::named("nothing half written");
    let connection = server.connect(PATIENT_SAFETY).await;
    let story = Story::tell(&connection, &requests, &|path| format!("The text of {path}.")).await;
    let reflection = dynamic::reflection_of(server.channel().await).await;
    let methods = reflection.methods("candour.v1");
    let told = stored(folder.path());
    assert!(told.len() > 80, "the story is in the log: {} events", told.len());

    // One stream of rows, each of them wrong in another field, and among them what would be right by itself.
    let import = methods.iter().find(|method| method.name() == "ImportRecords").expect("rows are imported");
    let example = story.example("ImportService/ImportRecords").expect("an example");
    let base = DynamicMessage::decode(import.input(), example.request.as_slice()).expect("a row");
    let row = |variation: Variation| -> v1::ImportRecordsRequest {
        variation.request.transcode_to().expect("a row")
    };
    let hostile = |row: &v1::ImportRecordsRequest| {
        let mut row = row.clone();
        // Wrong in the last part that is read, so that everything before it is right.
        if let Some(action) = &mut row.action {
            action.source_recorded_time = Some(prost_types::Timestamp { seconds: i64::MAX, nanos: i32::MAX });
        }
        row
    };
    let rows: Vec<_> = variations(&base)
        .into_iter()
        .map(row)
        .filter(|row| row.action.is_some())
        .map(|row| hostile(&row))
        .collect();
    assert!(rows.len() > 300, "{} rows", rows.len());
    let sent = rows.len();
    let mut importing = server.clients(PATIENT_SAFETY).await.import;
    let mut answers =
        importing.import_records(stream::iter(rows)).await.expect("the stream is taken").into_inner();
    let mut answered = 0;
    while let Some(answer) = answers.message().await.expect("every row has an answer") {
        assert_eq!(answer.outcome(), v1::ImportOutcome::Rejected, "{answer:?}");
        answered += 1;
    }
    assert_eq!(answered, sent);
    assert_eq!(stored(folder.path()), told, "no row of a rejected batch is recorded, and no part of one");

    // Commands, each sound but for its last part.
    let mut report = requests.report();
    if let Some(report) = &mut report.report {
        report.affected_persons.push(v1::AffectedPerson { kind: i32::MAX, ..v1::AffectedPerson::default() });
    }
    let refused: Result<v1::ReportIncidentResponse, Status> =
        connection.call("IncidentService/ReportIncident", report).await;
    assert_eq!(Refusal::expect(refused).code, Code::InvalidArgument);
    assert_eq!(stored(folder.path()), told, "no part of a refused command is recorded");
    assert_eq!(server.terminate().code, Some(0));
}

/// Position, stream, version, metadata and data of an event of the log.
type StoredEvent = (i64, i64, i64, Vec<u8>, Vec<u8>);

/// Every event of the log.
fn stored(folder: &std::path::Path) -> Vec<StoredEvent> {
    let log = rusqlite::Connection::open(folder.join("journal.sqlite")).expect("the log is a database");
    let mut events = log
        .prepare("SELECT position, stream_no, version, metadata, data FROM event ORDER BY position")
        .expect("a query");
    let rows =
        events.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)));
    rows.expect("events").collect::<Result<_, _>>().expect("events")
}

/// What came of one call: nothing of note, a refusal, or a fault in words.
enum Verdict {
    Answered,
    Refused,
    Fault(String),
}

async fn judge(
    connection: &Connection,
    method: &MethodDescriptor,
    variation: Variation,
    requests: &Requests,
) -> Verdict {
    let Variation { path, what, mut request } = variation;
    if path != "command" && path != "command.request_id" {
        renew(&mut request, requests);
    }
    let status = match dynamic::call(connection, method, request).await {
        Ok(answer) if method.name() == "ImportRecords" => return judge_row(&path, what, &answer),
        Ok(_) => return Verdict::Answered,
        Err(status) => status,
    };
    let refusal = Refusal::of(&status);
    let mut faults = Vec::new();
    if !IN_GOOD_ORDER.contains(&refusal.code) {
        faults.push(format!("the code is {:?}: {}", refusal.code, refusal.message));
    }
    if refusal.infos != 1 || refusal.domain != "candour.v1" {
        faults.push(format!("{} ErrorInfo, domain {:?}", refusal.infos, refusal.domain));
    }
    if refusal.reason.is_empty()
        || !refusal.reason.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    {
        faults.push(format!("the reason is {:?}", refusal.reason));
    }
    if refusal.code == Code::InvalidArgument {
        if refusal.fields.is_empty() {
            faults.push(format!("{} names no field", refusal.reason));
        }
        if refusal.fields.iter().any(|(path, description)| path.is_empty() || description.is_empty()) {
            faults.push(format!("{} names a field without path or words", refusal.reason));
        }
    }
    let said = String::from_utf8_lossy(&refusal.bytes);
    if let Some(echoed) = NEVER_ECHOED.iter().find(|text| said.contains(**text)) {
        faults.push(format!("the error repeats the value {echoed:?}"));
    }
    if faults.is_empty() {
        Verdict::Refused
    } else {
        Verdict::Fault(format!("{path} = {what}: {}", faults.join("; ")))
    }
}

/// A row that is refused says so in its answer, by the rules of an error: every field at fault, a stable reason, no value.
fn judge_row(path: &str, what: &str, answer: &DynamicMessage) -> Verdict {
    let answer: v1::ImportRecordsResponse = answer.transcode_to().expect("the answer to a row");
    let mut faults = Vec::new();
    let is_refused = answer.outcome() == v1::ImportOutcome::Rejected;
    if is_refused == answer.violations.is_empty() || answer.outcome() == v1::ImportOutcome::Unspecified {
        faults.push(format!("{:?} with {} violations", answer.outcome(), answer.violations.len()));
    }
    if answer.violations.iter().any(|found| found.reason.is_empty() || found.description.is_empty()) {
        faults.push("a violation without reason or words".to_owned());
    }
    if answer.violations.iter().any(|found| found.reason == "INVALID_FIELDS" && found.field.is_empty()) {
        faults.push("a violation without its field".to_owned());
    }
    let said = format!("{answer:?}");
    if let Some(echoed) = NEVER_ECHOED.iter().find(|text| said.contains(**text)) {
        faults.push(format!("the answer repeats the value {echoed:?}"));
    }
    match (faults.is_empty(), is_refused) {
        (true, true) => Verdict::Refused,
        (true, false) => Verdict::Answered,
        (false, _) => Verdict::Fault(format!("{path} = {what}: {}", faults.join("; "))),
    }
}

/// A request id of its own, so that no call is taken for the repeat of another.
fn renew(request: &mut DynamicMessage, requests: &Requests) {
    if let Some(command) = request.get_field_by_name_mut("command").and_then(Value::as_message_mut) {
        command.set_field_by_name("request_id", Value::String(requests.id()));
    }
}

/// What came of all calls.
#[derive(Default)]
struct Tally {
    calls: usize,
    refused: usize,
    faults: BTreeMap<Arc<str>, Vec<String>>,
}

impl Tally {
    fn take(&mut self, method: &str, verdicts: Vec<Verdict>) {
        let method: Arc<str> = method.into();
        for verdict in verdicts {
            self.calls += 1;
            match verdict {
                Verdict::Answered => {}
                Verdict::Refused => self.refused += 1,
                Verdict::Fault(fault) => self.faults.entry(Arc::clone(&method)).or_default().push(fault),
            }
        }
    }

    fn summary(&self) -> String {
        let lines = self.faults.iter().map(|(method, faults)| {
            let shown =
                faults.iter().take(12).map(|fault| format!("  {fault}")).collect::<Vec<_>>().join("\n");
            format!("{method}: {} faults\n{shown}", faults.len())
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}
