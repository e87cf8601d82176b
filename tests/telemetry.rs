//! Proves how the program's traces and metrics leave it: the trace of a command and the fold that follows from it, delivered over OTLP to a collector
//! that speaks the real protocol; the page for Prometheus where it was asked for; and that a collector that is away or never answers hurts nobody.

use std::{collections::BTreeSet, path::Path};

use candour_api::v1;
use candour_journal::{Journal as _, Position};
use candour_journal_sqlite::{OpenOptions, SqliteJournal};
use candour_telemetry::{calls, catalogue, limits};
use candour_testkit::{
    Collector, Metrics, Program, Requests, Server,
    collector::{common::v1::any_value, trace::v1::Span},
    connection::{GOVERNANCE, IDENTITY_HEADER, PATIENT_SAFETY},
    metrics_page,
};
use tonic::{Code, Request};

const BINARY: &str = env!("CARGO_BIN_EXE_candour");
/// A caller's trace and the span in it that calls.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLING: &str = "00f067aa0ba902b7";
/// What the caller's own tracing says beside it: free text.
const TRACE_STATE: &str = "hospital=Absalom-Thistlewood";
/// The method that most of these call.
const REPORT: &str = "candour.v1.IncidentService/ReportIncident";

/// The program with quick deliveries to a collector.
fn delivering_to(endpoint: &str) -> Program {
    Program::new(BINARY)
        .variable("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .variable("OTEL_BSP_SCHEDULE_DELAY", "50")
        .variable("OTEL_METRIC_EXPORT_INTERVAL", "100")
}

/// Serves a folder with the page of metrics.
fn serve(program: &Program, folder: &Path) -> Server {
    let arguments = ["--folder", path(folder), "--listen", "127.0.0.1:0", "--prometheus", "127.0.0.1:0"];
    Server::of(program, &arguments.map(Into::into))
}

fn path(folder: &Path) -> &str {
    folder.to_str().expect("a path in UTF-8")
}

/// Reports an incident as part of the caller's trace.
async fn report_in_trace(server: &Server, requests: &Requests, traceparent: &str) -> v1::CommandResult {
    let mut request = Request::new(requests.report());
    request.metadata_mut().insert(IDENTITY_HEADER, PATIENT_SAFETY.parse().expect("an identity"));
    request.metadata_mut().insert("traceparent", traceparent.parse().expect("a header"));
    request.metadata_mut().insert("tracestate", TRACE_STATE.parse().expect("a header"));
    let mut client = v1::incident_service_client::IncidentServiceClient::new(server.channel().await);
    let answer = client.report_incident(request).await.expect("a valid report");
    answer.into_inner().result.expect("a result")
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a text can be written to");
        text
    })
}

fn text_of(span: &Span, key: &str) -> Option<String> {
    let attribute = span.attributes.iter().find(|attribute| attribute.key == key)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        any_value::Value::StringValue(text) => Some(text.clone()),
        _ => None,
    }
}

/// The `traceparent` stored with each event of a store that is no longer served.
async fn stored_traces(folder: &Path) -> Vec<Option<String>> {
    let options = OpenOptions::new(std::sync::Arc::new(candour_journal::SystemClock));
    let journal = SqliteJournal::open(folder.join("journal.sqlite"), &options).expect("the log opens");
    let page = journal.read_all(Position::BEFORE_FIRST, 1_000).await.expect("the log is read");
    page.events
        .iter()
        .map(|event| {
            let metadata = candour_records::Metadata::decode(&event.metadata).expect("metadata");
            metadata.traceparent.map(|trace| trace.as_str().to_owned())
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_is_a_part_of_its_callers_trace_and_the_fold_is_linked_to_it_without_being_a_part() {
    let (collector, folder) = (Collector::start().await, tempfile::tempdir().expect("a folder"));
    let server = serve(&delivering_to(&collector.endpoint()), folder.path());
    report_in_trace(&server, &Requests::named("traced"), &format!("00-{TRACE}-{CALLING}-01")).await;

    let named =
        |name: &'static str| move |spans: &[Span]| spans.iter().find(|span| span.name == name).cloned();
    let call = collector.span(named(REPORT)).await;
    assert_eq!((hex(&call.trace_id), hex(&call.parent_span_id)), (TRACE.to_owned(), CALLING.to_owned()));
    assert_eq!(call.kind, 2, "a server's span");
    for (key, value) in
        [("rpc.system.name", "grpc"), ("rpc.method", REPORT), ("rpc.response.status_code", "OK")]
    {
        assert_eq!(text_of(&call, key).as_deref(), Some(value), "{key}: {call:#?}");
    }
    let part = collector.span(named("append")).await;
    assert_eq!((&part.trace_id, &part.parent_span_id), (&call.trace_id, &call.span_id), "{part:#?}");
    assert_eq!(text_of(&part, "db.system.name").as_deref(), Some("sqlite"));

    let told = collector.bytes().windows(8).any(|bytes| bytes == b"Thistlew");
    assert!(!told, "free text of a caller is not handed on to the collector");

    let fold = collector.span(named("fold")).await;
    assert!(fold.parent_span_id.is_empty(), "a root of its own: {fold:#?}");
    assert_ne!(fold.trace_id, call.trace_id);
    let links: Vec<_> = fold.links.iter().map(|link| (hex(&link.trace_id), hex(&link.span_id))).collect();
    assert_eq!(links, [(TRACE.to_owned(), hex(&call.span_id))], "to the command, and to it once: {fold:#?}");

    assert_eq!(server.terminate().code, Some(0));
    let stored = stored_traces(folder.path()).await;
    assert!(!stored.is_empty());
    let traceparent = format!("00-{TRACE}-{}-01", hex(&call.span_id));
    assert!(stored.iter().all(|trace| trace.as_deref() == Some(traceparent.as_str())), "{stored:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unsampled_trace_is_stored_and_linked_all_the_same_and_its_spans_stay_here() {
    let (collector, folder) = (Collector::start().await, tempfile::tempdir().expect("a folder"));
    let server = serve(&delivering_to(&collector.endpoint()), folder.path());
    report_in_trace(&server, &Requests::named("unsampled"), &format!("00-{TRACE}-{CALLING}-00")).await;
    let fold = collector.span(|spans| spans.iter().find(|span| span.name == "fold").cloned()).await;
    let link = fold.links.first().expect("a link");
    assert_eq!(hex(&link.trace_id), TRACE);
    assert_eq!(server.terminate().code, Some(0));
    assert!(collector.spans().iter().all(|span| hex(&span.trace_id) != TRACE), "nobody asked for it");
    let traceparent = format!("00-{TRACE}-{}-00", hex(&link.span_id));
    assert_ne!(hex(&link.span_id), CALLING, "the span of this server");
    for stored in stored_traces(folder.path()).await {
        assert_eq!(stored.as_deref(), Some(traceparent.as_str()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_collector_the_callers_own_trace_is_stored() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(BINARY, folder.path(), &[]);
    let traceparent = format!("00-{TRACE}-{CALLING}-00");
    report_in_trace(&server, &Requests::named("no collector"), &traceparent).await;
    assert_eq!(server.terminate().code, Some(0));
    for stored in stored_traces(folder.path()).await {
        assert_eq!(stored.as_deref(), Some(traceparent.as_str()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_told_by_its_code_and_its_stable_reason_and_a_made_up_method_by_no_name() {
    let (collector, folder) = (Collector::start().await, tempfile::tempdir().expect("a folder"));
    let server = serve(&delivering_to(&collector.endpoint()), folder.path());
    let connection = server.connect(PATIENT_SAFETY).await;
    let refused: Result<v1::ReportIncidentResponse, _> =
        connection.call("IncidentService/ReportIncident", v1::ReportIncidentRequest::default()).await;
    assert_eq!(refused.expect_err("nothing was reported").code(), Code::InvalidArgument);
    let unknown: Result<v1::ReportIncidentResponse, _> =
        connection.call("IncidentService/Perdita", v1::ReportIncidentRequest::default()).await;
    assert_eq!(unknown.expect_err("there is no such method").code(), Code::Unimplemented);

    let metrics = Metrics::of(server.metrics_address());
    let calls = |method: &str, code: &str| {
        let labels =
            [("rpc_method", method), ("rpc_response_status_code", code), ("rpc_system_name", "grpc")];
        metrics.value("rpc_server_call_duration_seconds_count", &labels)
    };
    assert_eq!(calls(REPORT, "INVALID_ARGUMENT"), Some(1.0));
    assert_eq!(calls(calls::OTHER, "UNIMPLEMENTED"), Some(1.0));
    let refused = |reason| metrics.value("candour_calls_refused_total", &[("candour_reason", reason)]);
    assert_eq!(refused("INVALID_FIELDS"), Some(1.0));
    assert_eq!(refused("UNKNOWN_METHOD"), Some(1.0));
    let failures = metrics.label_values("rpc_server_call_duration_seconds_count", "error_type");
    assert_eq!(failures, BTreeSet::from(["UNIMPLEMENTED".to_owned()]), "a caller's mistake is no failure");
    assert_eq!(metrics.value("candour_calls_active", &[]), Some(0.0));

    let call = collector.span(|spans| spans.iter().find(|span| span.name == REPORT).cloned()).await;
    assert_eq!(text_of(&call, "candour.reason").as_deref(), Some("INVALID_FIELDS"));
    assert_eq!(
        call.status.map(|status| status.code).unwrap_or_default(),
        0,
        "a caller's mistake is no failure"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_away_costs_nothing_but_telemetry_which_is_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    // Nobody listens where somebody just did.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let endpoint = format!("http://{}", gone.expect("a free port"));
    let server = serve(&delivering_to(&endpoint), folder.path());
    let requests = Requests::named("away");
    report_in_trace(&server, &requests, &format!("00-{TRACE}-{CALLING}-01")).await;
    Metrics::until(server.metrics_address(), |metrics| {
        metrics.value("otel_sdk_exporter_span_exported_total", &[("error_type", "export_failed")]) > Some(0.0)
    });
    report_in_trace(&server, &requests, &format!("00-{TRACE}-{CALLING}-01")).await;
    let ended = server.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let said = ended.stderr.matches("the collector does not take telemetry").count();
    assert_eq!(said, 2, "once for traces and once for metrics, not with every try: {}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_never_answers_fills_a_bounded_queue_and_holds_up_neither_calls_nor_the_end() {
    let (collector, folder) = (Collector::start().await, tempfile::tempdir().expect("a folder"));
    collector.set_silent(true);
    let server = serve(&delivering_to(&collector.endpoint()), folder.path());
    let connection = server.connect(GOVERNANCE).await;
    let calls = limits::SPANS_WAITING_MAX + 200;
    let mut done = 0;
    while done < calls {
        let group = (0..100).map(|_| {
            connection.call::<_, v1::GetReadModelStatusResponse>(
                "InsightService/GetReadModelStatus",
                v1::GetReadModelStatusRequest::default(),
            )
        });
        for answer in futures::future::join_all(group).await {
            answer.expect("telemetry does not stand in the way");
            done += 1;
        }
    }
    let metrics = Metrics::of(server.metrics_address());
    let processed = |labels: &[(&str, &str)]| {
        metrics.value("otel_sdk_processor_span_processed_total", labels).unwrap_or_default()
    };
    let dropped = processed(&[("error_type", "queue_full")]);
    let (all, most) = (f64::from(u32::try_from(done).expect("a few")), limits::SPANS_WAITING_MAX);
    assert!(
        (processed(&[]) - all).abs() < 0.5,
        "every span is counted, taken or dropped: {}",
        processed(&[])
    );
    let taken = f64::from(u32::try_from(most).expect("a few"));
    assert!((dropped - (all - taken)).abs() < 0.5, "as many wait as may, the rest is dropped: {dropped}");
    let ended = server.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("could not be delivered in time"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_https_collector_is_told_everything_if_its_authority_is_known_and_nothing_otherwise() {
    let folder = tempfile::tempdir().expect("a folder");
    let (collector, authority) = Collector::start_with_tls().await;
    let server = serve(&delivering_to(&collector.endpoint()), folder.path());
    Metrics::until(server.metrics_address(), |metrics| {
        let failed = [("otel_component_type", "otlp_grpc_metric_exporter"), ("error_type", "export_failed")];
        metrics.value("otel_sdk_exporter_operation_duration_seconds_count", &failed) > Some(0.0)
    });
    server.terminate();
    assert!(collector.bytes().is_empty(), "whoever answers there is not trusted");

    let file = folder.path().join("authority.pem");
    std::fs::write(&file, authority).expect("a file");
    let program = delivering_to(&collector.endpoint()).variable("OTEL_EXPORTER_OTLP_CERTIFICATE", &file);
    let server = serve(&program, folder.path());
    report_in_trace(&server, &Requests::named("https"), &format!("00-{TRACE}-{CALLING}-01")).await;
    collector.span(|spans| spans.iter().find(|span| span.name == REPORT).cloned()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_is_delivered_before_the_program_ends() {
    let (collector, folder) = (Collector::start().await, tempfile::tempdir().expect("a folder"));
    // No delivery of its own accord within the time of a test.
    let program = Program::new(BINARY)
        .variable("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
        .variable("OTEL_BSP_SCHEDULE_DELAY", "600000")
        .variable("OTEL_METRIC_EXPORT_INTERVAL", "600000");
    let server = serve(&program, folder.path());
    report_in_trace(&server, &Requests::named("last"), &format!("00-{TRACE}-{CALLING}-01")).await;
    assert!(collector.spans().is_empty());
    assert_eq!(server.terminate().code, Some(0));
    assert!(collector.spans().iter().any(|span| span.name == REPORT));
    let metric = collector.metric(catalogue::CALL_DURATION.name).await;
    assert_eq!(metric.unit, "s");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_answers_for_metrics_and_nothing_else_and_only_where_it_was_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(&Program::new(BINARY), folder.path());
    let page = server.metrics_address();
    assert!(page.ip().is_loopback());
    let fetched = metrics_page::fetch(page, "GET /metrics");
    assert!(fetched.text.contains("text/plain; version=0.0.4"), "{}", fetched.text);
    for (request, status) in [
        ("HEAD /metrics", 200),
        ("GET /metrics?x=1", 200),
        ("GET /", 404),
        ("GET /metrics/", 404),
        ("POST /metrics", 405),
        ("DELETE /metrics", 405),
    ] {
        assert_eq!(metrics_page::fetch(page, request).status, status, "{request}");
    }
    assert!(fetched.text.contains("service_name=\"candour\""), "{}", fetched.text);
    server.terminate();

    let server = Server::start(BINARY, folder.path(), &[]);
    assert!(!server.output().contains("metrics"), "no page unless it is asked for: {}", server.output());
    let refused = Program::new(BINARY).variable("CANDOUR_PROMETHEUS", "0.0.0.0:0").run(&[
        "serve",
        "--folder",
        path(folder.path()),
        "--listen",
        "127.0.0.1:0",
    ]);
    assert!(refused.code.is_some_and(|code| code != 0));
    for word in ["telemetry.prometheus", "not a loopback address", "prometheus_beyond_loopback"] {
        assert!(refused.stderr.contains(word), "{word}: {}", refused.stderr);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beyond_loopback_by_decision_and_unread_variables_by_name() {
    let (collector, folder) = (Collector::start().await, tempfile::tempdir().expect("a folder"));
    let program = delivering_to(&collector.endpoint())
        .variable("CANDOUR_PROMETHEUS", "0.0.0.0:0")
        .variable("CANDOUR_PROMETHEUS_BEYOND_LOOPBACK", "true")
        .variable("OTEL_SERVICE_NAME", "candour-of-northgate")
        .variable("OTEL_LOGS_EXPORTER", "otlp");
    let server =
        Server::of(&program, &["--folder", path(folder.path()), "--listen", "127.0.0.1:0"].map(Into::into));
    let port = server.metrics_address().port();
    let fetched = metrics_page::fetch(([127, 0, 0, 1], port).into(), "GET /metrics");
    assert!(fetched.text.contains("service_name=\"candour-of-northgate\""), "{}", fetched.text);
    let output = server.terminate().stderr;
    assert!(output.contains("mean nothing here") && output.contains("OTEL_LOGS_EXPORTER"), "{output}");
    assert!(!output.contains("OTEL_SERVICE_NAME"), "{output}");
}
