//! Proves that personal data is where it may be and nowhere else.
//!
//! A full story is told in which every sealed field of every write method holds a marker. Then no marker is in any file of the store, in
//! the log at its most talkative, as text or JSON, in any list, timeline or figure, in any error, in any byte that is delivered to a collector of
//! telemetry, or on the page of metrics; and those who may see personal data do see it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Mutex,
};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use candour_api::v1;
use candour_testkit::{
    Collector, Connection, Metrics, Program, Refusal, Requests, Server, Story,
    connection::{AUDITOR, GOVERNANCE, IDENTITY_HEADER, PATIENT_SAFETY},
    dynamic,
};
use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, Value,
};
use tonic::{Code, Status};

const BINARY: &str = env!("CARGO_BIN_EXE_candour");
/// What every marker begins with. Long enough, and odd enough, to be nowhere by chance.
const MARKER: &str = "Perdita-Quillfeather-";

/// The same for what stands where no personal text belongs: in heads of calls, in the names of methods, in ids. Nothing of it is kept or told at all.
const STRAY: &str = "Absalom-Thistlewood-";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn personal_data_is_sealed_in_the_store_and_shown_only_to_those_who_may_see_it() {
    told_with("text").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn personal_data_is_sealed_in_the_store_with_log_lines_in_json_too() {
    told_with("json").await;
}

async fn told_with(log_format: &str) {
    let (collector, folder) = (Collector::start().await, tempfile::tempdir().expect("a folder"));
    let program = Program::new(BINARY)
        .variable("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
        .variable("OTEL_BSP_SCHEDULE_DELAY", "50")
        .variable("OTEL_METRIC_EXPORT_INTERVAL", "100")
        .variable("CANDOUR_PROMETHEUS", "127.0.0.1:0")
        .variable("CANDOUR_LISTEN", "127.0.0.1:0")
        .variable("CANDOUR_FOLDER", folder.path())
        .variable("CANDOUR_LOG", "trace")
        .variable("CANDOUR_LOG_FORMAT", log_format);
    let server = Server::of(&program, &[]);
    let requests = Requests::named("privacy");
    let connection = server.connect(PATIENT_SAFETY).await;
    let markers = Markers::default();
    let story = Story::tell(&connection, &requests, &|path| markers.make(path)).await;
    assert_eq!(
        filled(&story),
        sealed_fields_of_commands(),
        "the story must fill every sealed field of every command"
    );

    in_no_answer_of_the_read_side(&story);
    shown_to_those_who_may(&connection, &story, &markers).await;
    not_shown_to_governance(&connection, &story).await;
    in_no_error(&server, &connection, &story).await;
    in_no_rejected_row(&connection, &story).await;
    stray_text_is_not_told_back(&server, &requests).await;

    let receipt_code = story.receipt_code.clone();
    assert_eq!(receipt_code.len(), 19, "a receipt code was handed out");
    let searched = [
        MARKER.to_owned(),
        STRAY.to_owned(),
        receipt_code.clone(),
        receipt_code.replace('-', ""),
        receipt_code.to_lowercase(),
    ];
    nowhere_in(folder.path(), &searched);
    assert!(
        somewhere_in(folder.path(), "Northgate Hospital"),
        "what is kept in clear is found by the same search"
    );
    let page = Metrics::fetch_text(server.metrics_address());
    assert!(page.contains("ReportIncident"), "the calls are on the page");
    let output = server.output();
    assert!(output.contains("TRACE"), "the log is at its most talkative");
    // Every method of the story has a span, and the last of them is on its way.
    collector.span(|spans| spans.iter().find(|span| span.name.ends_with("/CloseAction")).cloned()).await;
    collector.metric("rpc.server.call.duration").await;
    // Files as a crash leaves them, the write-ahead logs among them, and as an orderly end does.
    server.kill();
    assert!(folder.path().join("journal.sqlite-wal").exists(), "a crash leaves the write-ahead log");
    nowhere_in(folder.path(), &searched);
    let ended = Server::of(&program, &[]).terminate();
    assert_eq!(ended.code, Some(0));
    nowhere_in(folder.path(), &searched);
    let delivered = collector.bytes();
    assert!(
        contains(&delivered, b"IncidentService/ReportIncident"),
        "what is delivered is found by the same search"
    );
    for text in &searched {
        assert!(!output.contains(text) && !ended.stderr.contains(text), "{text} is in the log");
        assert!(!page.contains(text), "{text} is on the page of metrics");
        for form in forms(text) {
            assert!(!contains(&delivered, &form), "{text} was delivered to the collector in some form");
        }
    }
}

/// Calls with text where none belongs: each is answered, and no answer repeats it. The search of everything else comes later.
async fn stray_text_is_not_told_back(server: &Server, requests: &Requests) {
    let channel = server.channel().await;
    let stray = format!("{STRAY}1");
    let mut request = tonic::Request::new(requests.report());
    for (name, value) in [
        (IDENTITY_HEADER, PATIENT_SAFETY.to_owned()),
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        ("baggage", format!("patient={stray}")),
        ("x-patient", stray.clone()),
        ("user-agent", stray.clone()),
    ] {
        let name: tonic::metadata::AsciiMetadataKey = name.parse().expect("the name of a header");
        request.metadata_mut().insert(name, value.parse().expect("the value of a header"));
    }
    let mut client = v1::incident_service_client::IncidentServiceClient::new(channel.clone());
    client.report_incident(request).await.expect("what is beside the request does not stand in its way");

    let connection = Connection::new(channel.clone(), PATIENT_SAFETY);
    let mut refusals = Vec::new();
    let method = format!("IncidentService/{stray}");
    let outcome: Result<v1::ReportIncidentResponse, _> = connection.call(&method, requests.report()).await;
    refusals.push(outcome.expect_err("no such method"));
    let request = v1::GetIncidentRequest { incident_id: stray.clone() };
    let outcome: Result<v1::GetIncidentResponse, _> =
        connection.call("IncidentService/GetIncident", request).await;
    refusals.push(outcome.expect_err("no id"));
    for spoil in [
        |command: &mut v1::CommandContext, stray: &str| stray.clone_into(&mut command.request_id),
        |command: &mut v1::CommandContext, stray: &str| stray.clone_into(&mut command.etag),
    ] {
        let mut report = requests.report();
        spoil(report.command.as_mut().expect("a command"), &stray);
        let outcome: Result<v1::ReportIncidentResponse, _> =
            connection.call("IncidentService/ReportIncident", report).await;
        refusals.push(outcome.expect_err("neither an id nor an etag"));
    }
    let outcome: Result<v1::ListIncidentsResponse, _> = connection
        .call(
            "IncidentService/ListIncidents",
            v1::ListIncidentsRequest { page_token: stray.clone(), ..v1::ListIncidentsRequest::default() },
        )
        .await;
    refusals.push(outcome.expect_err("no page token"));
    let health = tonic_health::pb::HealthCheckRequest { service: stray.clone() };
    let outcome = tonic_health::pb::health_client::HealthClient::new(channel).check(health).await;
    refusals.push(outcome.expect_err("no such service"));
    for status in refusals {
        let refusal = format!("{} {:?} {:?}", status.message(), status.details(), status.metadata());
        assert!(!refusal.contains(STRAY) && !holds(status.details(), STRAY), "{refusal}");
    }
}

/// Makes a marker for each personal text, and remembers the latest for each field.
#[derive(Default)]
struct Markers(Mutex<(usize, BTreeMap<String, String>)>);

impl Markers {
    fn make(&self, path: &str) -> String {
        let mut made = self.0.lock().expect("no test panicked while making a marker");
        made.0 += 1;
        let marker = format!("{MARKER}{:04}", made.0);
        made.1.insert(path.to_owned(), marker.clone());
        marker
    }

    fn latest(&self, path: &str) -> String {
        self.0.lock().expect("no test panicked while making a marker").1[path].clone()
    }
}

/// A pool that knows the option by which a field is marked as sealed; reflection does not hand it on.
fn pool() -> DescriptorPool {
    DescriptorPool::decode(candour_api::FILE_DESCRIPTOR_SET).expect("the contract's own descriptors")
}

fn is_sealed(field: &FieldDescriptor) -> bool {
    let option =
        field.parent_pool().get_extension_by_name("candour.v1.sensitivity").expect("the option exists");
    field.options().get_extension(&option).as_enum_number() == Some(1)
}

/// The sealed fields of every command, each as `method path`.
fn sealed_fields_of_commands() -> BTreeSet<String> {
    let pool = pool();
    let mut found = BTreeSet::new();
    for method in pool
        .services()
        .filter(|s| s.package_name() == "candour.v1")
        .flat_map(|s| s.methods().collect::<Vec<_>>())
    {
        // Every message of a stream is a command of its own, named by its content.
        if method.input().get_field_by_name("command").is_some() || method.is_client_streaming() {
            declared(&method.input(), &(dynamic::path(&method) + " "), &mut found);
        }
    }
    assert!(found.len() >= 20, "the contract marks its sealed fields: {found:?}");
    found
}

fn declared(message: &MessageDescriptor, path: &str, found: &mut BTreeSet<String>) {
    for field in message.fields() {
        let path = format!("{path}.{}", field.name());
        match field.kind() {
            Kind::Message(inner) => declared(&inner, &path, found),
            _ if is_sealed(&field) => {
                found.insert(path);
            }
            _ => {}
        }
    }
}

/// The sealed fields that the story fills with a marker.
fn filled(story: &Story) -> BTreeSet<String> {
    let pool = pool();
    let mut found = BTreeSet::new();
    for example in &story.examples {
        let (service, method) = example.method.split_once('/').expect("a method's name");
        let service = pool.get_service_by_name(&format!("candour.v1.{service}")).expect("a service");
        let method = service.methods().find(|known| known.name() == method).expect("a method");
        let message = DynamicMessage::decode(method.input(), example.request.as_slice())
            .expect("a request of the story");
        given(&message, &(dynamic::path(&method) + " "), &mut found);
    }
    found
}

fn given(message: &DynamicMessage, path: &str, found: &mut BTreeSet<String>) {
    for (field, value) in message.fields() {
        let path = format!("{path}.{}", field.name());
        let values = value.as_list().map_or_else(|| vec![value.clone()], <[Value]>::to_vec);
        for value in values {
            match value {
                Value::Message(inner) => given(&inner, &path, found),
                Value::String(text) if is_sealed(&field) && text.starts_with(MARKER) => {
                    found.insert(path.clone());
                }
                _ => {}
            }
        }
    }
}

fn in_no_answer_of_the_read_side(story: &Story) {
    let answers = story.examples.iter().filter(|example| {
        example.method.starts_with("InsightService/") || example.method == "IncidentService/ListIncidents"
    });
    let mut asked = 0;
    for example in answers {
        asked += 1;
        assert!(!holds(&example.answer, MARKER), "a marker is in an answer of {}", example.method);
    }
    assert_eq!(asked, 11, "every method of the read side was asked");
    let commands = story.examples.iter().filter(|example| !example.method.contains("/Get"));
    for example in commands {
        assert!(!holds(&example.answer, MARKER), "a marker is in an answer of {}", example.method);
    }
}

fn text(text: Option<v1::PersonalText>) -> String {
    text.expect("a personal text that was given is shown").value
}

async fn shown_to_those_who_may(connection: &Connection, story: &Story, markers: &Markers) {
    for identity in [PATIENT_SAFETY, AUDITOR] {
        let connection = connection.as_identity(identity);
        let request = v1::GetIncidentRequest { incident_id: story.incident_id.clone() };
        let answer: v1::GetIncidentResponse =
            connection.call("IncidentService/GetIncident", request).await.expect(identity);
        let incident = answer.incident.expect("the incident");
        let reporter = incident.reporter.expect("a reporter");
        assert_eq!(text(incident.narrative), markers.latest("narrative"));
        assert_eq!(text(incident.immediate_actions), markers.latest("immediate_actions"));
        assert_eq!(text(reporter.name), markers.latest("report.reporter.name"));
        assert_eq!(text(reporter.contact), markers.latest("report.reporter.contact"));
        let names: Vec<_> = incident.affected_persons.into_iter().map(|person| text(person.name)).collect();
        let expected =
            ["report.affected_persons[0].name", "report.affected_persons[1].name", "affected_person.name"];
        assert_eq!(names, expected.map(|path| markers.latest(path)));

        let request = v1::GetReporterFeedbackRequest { incident_id: story.incident_id.clone() };
        let answer: v1::GetReporterFeedbackResponse =
            connection.call("FollowUpService/GetReporterFeedback", request).await.expect(identity);
        let mut outcomes = answer.feedback.expect("the feedback").outcomes;
        let last = outcomes.pop().expect("an outcome");
        assert_eq!(text(last.what_was_found), markers.latest("what_was_found"));
        assert_eq!(text(last.why_nothing_changed), markers.latest("why_nothing_changed"));

        let request = v1::GetCandourCaseRequest {
            case_id: story.cases[2].case_id.clone(),
            incident_id: story.incident_id.clone(),
        };
        let answer: v1::GetCandourCaseResponse =
            connection.call("FollowUpService/GetCandourCase", request).await.expect(identity);
        let mut case = answer.case.expect("the case");
        let opinion = case.assessment.expect("an assessment").opinion.expect("an opinion");
        assert_eq!(text(opinion.basis), markers.latest("assessment.opinion.basis"));
        let person = case.relevant_persons.pop().expect("a relevant person");
        assert_eq!(text(person.name), markers.latest("name"));
        assert_eq!(text(person.contact), markers.latest("contact"));
        assert_eq!(text(case.attempts.pop().expect("an attempt").note), markers.latest("note"));
    }
}

/// The same words whether the thing exists or not: what may not be read may not be found out either.
async fn not_shown_to_governance(connection: &Connection, story: &Story) {
    let governance = connection.as_identity(GOVERNANCE);
    let unknown = "0192f0c1-2b5e-7c3a-9f00-5a1b2c3d4e5f";
    let mut said = Vec::new();
    for id in [story.incident_id.as_str(), unknown] {
        let request = v1::GetIncidentRequest { incident_id: id.to_owned() };
        let outcome: Result<v1::GetIncidentResponse, Status> =
            governance.call("IncidentService/GetIncident", request).await;
        let incident = Refusal::expect(outcome);
        let request = v1::GetReporterFeedbackRequest { incident_id: id.to_owned() };
        let outcome: Result<v1::GetReporterFeedbackResponse, Status> =
            governance.call("FollowUpService/GetReporterFeedback", request).await;
        let feedback = Refusal::expect(outcome);
        let case_id = if id == unknown { unknown.to_owned() } else { story.cases[0].case_id.clone() };
        let request = v1::GetCandourCaseRequest { case_id, incident_id: id.to_owned() };
        let outcome: Result<v1::GetCandourCaseResponse, Status> =
            governance.call("FollowUpService/GetCandourCase", request).await;
        let refusals = [incident, feedback, Refusal::expect(outcome)];
        assert!(refusals.iter().all(|refusal| refusal.code == Code::PermissionDenied), "{refusals:?}");
        said.push(refusals.map(|refusal| refusal.message));
    }
    assert_eq!(said[0], said[1]);
}

/// The imported rows of the story again, each with a day that makes the whole row bad: the answer says which field and nothing of the row.
async fn in_no_rejected_row(connection: &Connection, story: &Story) {
    let rows = story.examples.iter().filter(|example| example.method == "ImportService/ImportRecords");
    let mut rejected = 0;
    for example in rows {
        let mut row =
            v1::ImportRecordsRequest::decode(example.request.as_slice()).expect("a row of the story");
        let incident = row.incident.as_mut().expect("a row of an incident");
        incident.incident_date = Some(v1::Date { year: 2026, month: 2, day: 30 });
        spoil_with_marker(&mut incident.reporter);
        let answer: v1::ImportRecordsResponse =
            connection.call("ImportService/ImportRecords", row).await.expect("an answer to the row");
        assert_eq!(answer.outcome(), v1::ImportOutcome::Rejected);
        assert!(answer.violations.iter().any(|violation| violation.field == "incident.incident_date"));
        assert!(!holds(&answer.encode_to_vec(), MARKER), "{answer:?}");
        rejected += 1;
    }
    assert_eq!(rejected, 2);
}

/// A role is in clear and has a limit, which the marker makes it break.
fn spoil_with_marker(reporter: &mut Option<v1::Reporter>) {
    let reporter = reporter.as_mut().expect("a reporter");
    reporter.role = MARKER.repeat(100);
}

/// Every command of the story again, in every way in which it is refused.
async fn in_no_error(server: &Server, connection: &Connection, story: &Story) {
    let methods = dynamic::reflection_of(server.channel().await).await.methods("candour.v1");
    let mut refused = BTreeMap::new();
    for example in &story.examples {
        let path = format!("candour.v1.{}", example.method);
        let method =
            methods.iter().find(|method| dynamic::path(method) == path).expect("a method of the server");
        if method.input().get_field_by_name("command").is_none() {
            continue;
        }
        let request = DynamicMessage::decode(method.input(), example.request.as_slice())
            .expect("a request of the story");
        let bad_person = with_performed_by(&request, "not a reference!");
        let mut spoilt = request.clone();
        spoil(&mut spoilt);
        for (way, identity, request) in [
            ("not permitted", GOVERNANCE, request.clone()),
            ("request id reused", PATIENT_SAFETY, with_performed_by(&request, "staff:9999")),
            ("another field bad", PATIENT_SAFETY, bad_person),
            ("the field itself bad", PATIENT_SAFETY, spoilt),
        ] {
            if let Err(refusal) = refusal(&connection.as_identity(identity), method, request).await {
                assert!(!holds(&refusal.bytes, MARKER), "{path}, {way}: {}", refusal.message);
                *refused.entry(way).or_insert(0) += 1;
            }
        }
    }
    let commands = story.examples.iter().filter(|example| {
        !["/Get", "/List", "/Watch", "/Import"].iter().any(|kind| example.method.contains(kind))
    });
    let commands = commands.count();
    assert_eq!(refused["not permitted"], commands);
    assert_eq!(refused["request id reused"], commands);
    assert_eq!(refused["another field bad"], commands);
    assert!(refused["the field itself bad"] > 10, "{refused:?}");
}

async fn refusal(
    connection: &Connection,
    method: &MethodDescriptor,
    request: DynamicMessage,
) -> Result<(), Refusal> {
    dynamic::call(connection, method, request).await.map(|_| ()).map_err(|status| Refusal::of(&status))
}

fn with_performed_by(request: &DynamicMessage, person: &str) -> DynamicMessage {
    let mut request = request.clone();
    let command =
        request.get_field_by_name_mut("command").and_then(Value::as_message_mut).expect("a command");
    command.set_field_by_name("performed_by", Value::String(person.to_owned()));
    request
}

/// Puts a control character behind every marker, so that the field that holds it is refused.
fn spoil(message: &mut DynamicMessage) {
    let spoilt = |value: &mut Value| match value {
        Value::String(text) if text.starts_with(MARKER) => text.push('\u{7}'),
        Value::Message(inner) => spoil(inner),
        _ => {}
    };
    for (_, value) in message.fields_mut() {
        match value {
            Value::List(entries) => entries.iter_mut().for_each(spoilt),
            other => spoilt(other),
        }
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// No file holds any of the texts: not as they are, not in UTF-16, not in hexadecimal, not in base64 at any of its three alignments.
fn nowhere_in(folder: &Path, texts: &[String]) {
    let mut files = 0;
    for entry in std::fs::read_dir(folder).expect("the folder of the store") {
        let path = entry.expect("an entry of the folder").path();
        let bytes = std::fs::read(&path).expect("a file of the store");
        files += 1;
        for text in texts {
            for form in forms(text) {
                assert!(!contains(&bytes, &form), "{} holds {text} in some form", path.display());
            }
        }
    }
    assert!(files >= 4, "log, read model, keys and key file are there");
}

fn somewhere_in(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).expect("the folder of the store").any(|entry| {
        let bytes =
            std::fs::read(entry.expect("an entry of the folder").path()).expect("a file of the store");
        contains(&bytes, text.as_bytes())
    })
}

fn forms(text: &str) -> Vec<Vec<u8>> {
    let utf16 = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let digits = text.bytes().flat_map(|byte| [byte >> 4, byte & 0x0f]);
    let hexadecimal: String = digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect();
    let mut forms = vec![text.as_bytes().to_vec(), utf16, hexadecimal.into_bytes()];
    for skipped in 0..3 {
        // What lies between whole groups of three bytes does not depend on its neighbours.
        let whole = &text.as_bytes()[skipped..];
        let whole = &whole[..whole.len() / 3 * 3];
        forms.push(STANDARD_NO_PAD.encode(whole).into_bytes());
    }
    forms
}

/// Whether the text is in the bytes: its first byte is looked for first, as files are large.
fn contains(bytes: &[u8], text: &[u8]) -> bool {
    let Some((first, rest)) = text.split_first() else { return false };
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| byte == first) {
        from += at + 1;
        if bytes[from..].starts_with(rest) {
            return true;
        }
    }
    false
}
