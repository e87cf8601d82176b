//! Proves what the metrics say: each one of the catalogue is on the page and in the runbook, counts are exact, what goes wrong shows, and every alert
//! is about a metric that exists.

use std::{collections::BTreeSet, path::Path};

use candour_api::v1;
use candour_kurrent_double::{Double, Settings};
use candour_telemetry::catalogue;
use candour_testkit::{
    Collector, Metrics, Program, Requests, Server, Story,
    connection::{GOVERNANCE, PATIENT_SAFETY},
};
use rusqlite::Connection as Database;
use saphyr::{LoadableYamlNode as _, Yaml};
use tokio::sync::OnceCell;
use tonic::Code;

const BINARY: &str = env!("CARGO_BIN_EXE_candour");
/// The method that most of these call.
const REPORT: &str = "candour.v1.IncidentService/ReportIncident";
/// The rules that are handed out.
const ALERTS: &str = include_str!("../deploy/alerts.yml");

/// Serves a folder with the page of metrics.
fn serve(program: &Program, folder: &Path) -> Server {
    let folder = folder.to_str().expect("a path in UTF-8");
    let arguments = ["--folder", folder, "--listen", "127.0.0.1:0", "--prometheus", "127.0.0.1:0"];
    Server::of(program, &arguments.map(Into::into))
}

/// The pages of a server on SQLite and of one on KurrentDB, after everything that a metric counts has happened.
async fn pages() -> &'static [Metrics; 2] {
    static PAGES: OnceCell<[Metrics; 2]> = OnceCell::const_new();
    PAGES.get_or_init(|| async { [with_sqlite().await, with_kurrentdb().await] }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_metric_of_the_catalogue_is_on_the_page_and_in_the_runbook_and_nothing_else_is() {
    let [sqlite, kurrentdb] = pages().await;
    let shown: BTreeSet<String> = sqlite.families.keys().chain(kurrentdb.families.keys()).cloned().collect();
    let described = described();
    let names: BTreeSet<_> = described.iter().map(|row| row.name.as_str()).collect();
    let catalogue: BTreeSet<_> = catalogue::ALL.iter().map(|metric| metric.name).collect();
    assert_eq!(names, catalogue, "deploy/watching.md describes every metric of the catalogue, and no other");
    let mut on_page: BTreeSet<_> = described.iter().map(|row| row.on_page.clone()).collect();
    on_page.insert("target_info".to_owned());
    assert_eq!(shown, on_page, "what is on the page is what deploy/watching.md says is there");
    for row in &described {
        let metric = catalogue::ALL.iter().find(|metric| metric.name == row.name).expect("compared above");
        let page = if sqlite.families.contains_key(&row.on_page) { sqlite } else { kurrentdb };
        let kind = match metric.kind {
            catalogue::Kind::Counter => "counter",
            catalogue::Kind::Gauge => "gauge",
            catalogue::Kind::Histogram(_) => "histogram",
        };
        assert_eq!(page.families[&row.on_page], kind, "{}", row.name);
        let known: BTreeSet<String> = metric.labels.iter().map(|label| label.replace('.', "_")).collect();
        let labels = page.labels(&row.on_page);
        assert!(labels.is_subset(&known), "{}: {labels:?} are not all of {known:?}", row.name);
        assert_eq!(row.unit, metric.unit, "{}", row.name);
    }
}

/// The page of a server on SQLite after a whole story, a refusal and a delivery.
async fn with_sqlite() -> Metrics {
    let (collector, folder) = (Collector::start().await, tempfile::tempdir().expect("a folder"));
    let program = Program::new(BINARY)
        .variable("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
        .variable("OTEL_BSP_SCHEDULE_DELAY", "50")
        .variable("OTEL_METRIC_EXPORT_INTERVAL", "100");
    let server = serve(&program, folder.path());
    let connection = server.connect(PATIENT_SAFETY).await;
    Story::tell(&connection, &Requests::named("page"), &|_| "told".to_owned()).await;
    connection
        .call::<_, v1::ReportIncidentResponse>(
            "IncidentService/ReportIncident",
            v1::ReportIncidentRequest::default(),
        )
        .await
        .expect_err("nothing was reported");
    collector.span(|spans| spans.iter().find(|span| span.name == REPORT).cloned()).await;
    collector.metric(catalogue::CALL_DURATION.name).await;
    let metrics = Metrics::until(server.metrics_address(), |metrics| {
        metrics.families.contains_key("otel_sdk_exporter_operation_duration_seconds")
    });
    let methods = metrics.label_values("rpc_server_call_duration_seconds_count", "rpc_method");
    assert!(methods.contains(REPORT) && methods.len() > 20, "{methods:?}");
    metrics
}

/// The page of a server on KurrentDB, whose engine goes away and comes back.
async fn with_kurrentdb() -> Metrics {
    let double = Double::start(Settings::default()).await.expect("the double starts");
    let folder = tempfile::tempdir().expect("a folder");
    let server =
        serve(&Program::new(BINARY).variable("CANDOUR_ENGINE", double.connection_string()), folder.path());
    let page = server.metrics_address();
    let requests = Requests::named("page of KurrentDB");
    let connection = server.connect(PATIENT_SAFETY).await;
    let _: v1::ReportIncidentResponse =
        connection.call("IncidentService/ReportIncident", requests.report()).await.expect("a valid report");
    let before = Metrics::of(page);
    assert_eq!(before.value("candour_journal_answering", &[]), Some(1.0));
    assert_eq!(before.value("candour_journal_clients_made_total", &[]), Some(1.0));
    let appends = [("db_system_name", "kurrentdb"), ("db_operation_name", "append")];
    assert_eq!(before.value("db_client_operation_duration_seconds_count", &appends), Some(1.0));
    double.set_refusing(true);
    double.break_connections();
    Metrics::until(page, |metrics| metrics.value("candour_journal_answering", &[]) == Some(0.0));
    double.set_refusing(false);
    let after = Metrics::until(page, |metrics| metrics.value("candour_journal_answering", &[]) == Some(1.0));
    assert!(after.value("candour_journal_clients_made_total", &[]) > Some(1.0));
    assert_eq!(after.value("candour_journal_writable", &[]), Some(1.0), "away is not failed");
    after
}

/// A row of the table of metrics in the runbook.
struct Row {
    name: String,
    on_page: String,
    unit: String,
}

/// The table of metrics in the runbook.
fn described() -> Vec<Row> {
    let runbook = include_str!("../deploy/watching.md");
    let (_, table) = runbook.split_once("<!-- metrics -->").expect("where the table begins");
    let (table, _) = table.split_once("<!-- /metrics -->").expect("where the table ends");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    rows.map(|line| {
        let cell = |number| {
            let cell: &str = line.split('|').nth(number).expect("a cell of the table");
            cell.trim().trim_matches('`').to_owned()
        };
        Row { name: cell(1), on_page: cell(2), unit: cell(3) }
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_folds_and_positions_are_counted_exactly() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(&Program::new(BINARY), folder.path());
    let requests = Requests::named("exactly");
    let connection = server.connect(PATIENT_SAFETY).await;
    let mut last = String::new();
    for _ in 0..5 {
        let answer: v1::ReportIncidentResponse = connection
            .call("IncidentService/ReportIncident", requests.report())
            .await
            .expect("a valid report");
        last = answer.result.expect("a result").position;
    }
    let query = v1::QueryContext { min_position: last, ..v1::QueryContext::default() };
    let request = v1::GetMeasuresRequest { query: Some(query), ..v1::GetMeasuresRequest::default() };
    let _: v1::GetMeasuresResponse = connection
        .as_identity(GOVERNANCE)
        .call("InsightService/GetMeasures", request)
        .await
        .expect("everything is folded");

    let metrics = Metrics::of(server.metrics_address());
    let value = |name: &str| metrics.value(name, &[]);
    let events = value("candour_journal_position").expect("a log");
    assert!(events >= 5.0);
    assert_eq!(value("candour_projection_position"), Some(events));
    assert_eq!(value("candour_projection_batch_events_sum"), Some(events), "each event is folded once");
    assert_eq!(value("candour_projection_lag_seconds"), Some(0.0));
    assert_eq!(value("candour_projection_stopped"), Some(0.0));
    assert_eq!(value("candour_journal_commit_appends_sum"), Some(5.0));
    assert_eq!(value("candour_journal_commit_duration_seconds_count"), Some(5.0), "one at a time");
    assert_eq!(value("candour_journal_queue_length"), Some(0.0));
    assert_eq!(value("candour_journal_queue_limit"), Some(1024.0));
    assert_eq!(value("candour_journal_writable"), Some(1.0));
    assert_eq!(value("candour_keys_unreadable_total"), Some(0.0));
    assert_eq!(value("candour_keys_writable"), Some(1.0));
    let count = |labels: &[(&str, &str)]| metrics.value("rpc_server_call_duration_seconds_count", labels);
    assert_eq!(count(&[("rpc_method", REPORT), ("rpc_response_status_code", "OK")]), Some(5.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_worklist_on_the_page_is_that_of_the_figures() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(BINARY, folder.path(), &[]);
    let connection = server.connect(PATIENT_SAFETY).await;
    Story::tell(&connection, &Requests::named("worklist"), &|_| "told".to_owned()).await;
    server.terminate();

    // It is counted at the start, once everything is folded.
    let server = serve(&Program::new(BINARY), folder.path());
    let figures: v1::GetMeasuresResponse = server
        .connect(GOVERNANCE)
        .await
        .call("InsightService/GetMeasures", v1::GetMeasuresRequest::default())
        .await
        .expect("figures");
    let overdue = figures
        .figures
        .iter()
        .find(|figure| figure.measure_id == "X1" && figure.variant == "overdue")
        .expect("X1 is always there");
    let metrics = Metrics::until(server.metrics_address(), |metrics| {
        metrics.families.contains_key("candour_worklist_entries")
    });
    let waiting = |kind| metrics.value("candour_worklist_entries", &[("candour_worklist_kind", kind)]);
    let expected = f64::from(u32::try_from(overdue.numerator.expect("a number")).expect("a small number"));
    assert!(expected > 0.0, "the story leaves something overdue");
    assert_eq!(waiting("overdue"), Some(expected));
    assert!(metrics.value("candour_worklist_age_seconds", &[]).is_some_and(|age| age < 60.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_cannot_be_written_or_read_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(&Program::new(BINARY), folder.path());
    let page = server.metrics_address();
    let requests = Requests::named("faults");
    let connection = server.connect(PATIENT_SAFETY).await;
    let reported: v1::ReportIncidentResponse =
        connection.call("IncidentService/ReportIncident", requests.report()).await.expect("a valid report");
    let failures = |metrics: &Metrics, operation, kind| {
        let labels = [("db_operation_name", operation), ("error_type", kind)];
        metrics.value("candour_journal_failures_total", &labels)
    };
    let before = Metrics::of(page);
    for (operation, kind) in [("append", "failed"), ("append", "outcome_unknown"), ("read_stream", "corrupt")]
    {
        assert_eq!(failures(&before, operation, kind), Some(0.0), "a first failure is seen to come");
    }
    // Another program holds the file for longer than the writer waits.
    let raw = Database::open(folder.path().join("journal.sqlite")).expect("the log is a database");
    raw.execute_batch("BEGIN IMMEDIATE").expect("nobody is writing");
    let refused: Result<v1::ReportIncidentResponse, _> =
        connection.call("IncidentService/ReportIncident", requests.report()).await;
    assert_eq!(refused.expect_err("nothing can be written").code(), Code::Unavailable);
    raw.execute_batch("ROLLBACK").expect("the file is given back");
    let after = Metrics::of(page);
    assert_eq!(failures(&after, "append", "failed"), Some(1.0));
    assert_eq!(after.value("candour_journal_writable", &[]), Some(1.0), "what passes is no end");
    assert_eq!(
        after.value("candour_calls_refused_total", &[("candour_reason", "STORE_UNAVAILABLE")]),
        Some(1.0)
    );
    server.terminate();

    // The first event of the record is lost.
    let raw = Database::open(folder.path().join("journal.sqlite")).expect("the log is a database");
    raw.execute_batch("DROP TRIGGER event_is_never_deleted; DELETE FROM event WHERE version = 0")
        .expect("damage is done");
    let server = serve(&Program::new(BINARY), folder.path());
    let request = v1::GetIncidentRequest { incident_id: reported.incident_id };
    let refused: Result<v1::GetIncidentResponse, _> =
        server.connect(PATIENT_SAFETY).await.call("IncidentService/GetIncident", request).await;
    assert_eq!(refused.expect_err("it cannot be read").code(), Code::DataLoss);
    let metrics = Metrics::of(server.metrics_address());
    assert_eq!(failures(&metrics, "read_stream", "corrupt"), Some(1.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn folding_that_stopped_and_how_late_it_is_show() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(BINARY, folder.path(), &[]);
    let _: v1::ReportIncidentResponse = server
        .connect(PATIENT_SAFETY)
        .await
        .call("IncidentService/ReportIncident", Requests::named("stopped").report())
        .await
        .expect("a valid report");
    server.terminate();
    let raw = Database::open(folder.path().join("journal.sqlite")).expect("the log is a database");
    raw.execute_batch(
        "DROP TRIGGER event_is_never_changed; UPDATE event SET data = x'7b7d' WHERE position = 1",
    )
    .expect("damage is done");
    std::fs::remove_file(folder.path().join("read-model.sqlite")).expect("folded anew");

    let server = serve(&Program::new(BINARY), folder.path());
    let metrics = Metrics::until(server.metrics_address(), |metrics| {
        metrics.value("candour_projection_stopped", &[]) == Some(1.0)
    });
    let value = |name| metrics.value(name, &[]).expect("a figure");
    assert!(value("candour_projection_lag_seconds") > 0.0, "the event that it stopped at grows older");
    assert!(value("candour_journal_position") > value("candour_projection_position"));
    assert_eq!(
        metrics.value("candour_worklist_age_seconds", &[]),
        None,
        "what cannot be counted is not shown as 0"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sealed_value_that_cannot_be_opened_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(BINARY, folder.path(), &[]);
    let reported: v1::ReportIncidentResponse = server
        .connect(PATIENT_SAFETY)
        .await
        .call("IncidentService/ReportIncident", Requests::named("unreadable").report())
        .await
        .expect("a valid report");
    server.terminate();
    let keys = Database::open(folder.path().join("keys.sqlite")).expect("the keys are a database");
    keys.execute_batch("DELETE FROM data_key").expect("keys are lost");
    drop(keys);

    let server = serve(&Program::new(BINARY), folder.path());
    let unreadable = |metrics: &Metrics| metrics.value("candour_keys_unreadable_total", &[]);
    assert_eq!(unreadable(&Metrics::of(server.metrics_address())), Some(0.0), "nobody asked yet");
    let request = v1::GetIncidentRequest { incident_id: reported.incident_id };
    let shown: v1::GetIncidentResponse = server
        .connect(PATIENT_SAFETY)
        .await
        .call("IncidentService/GetIncident", request)
        .await
        .expect("the rest is shown");
    let narrative = shown.incident.expect("the incident").narrative.expect("a narrative");
    assert_eq!(narrative.state(), v1::PersonalTextState::Unreadable);
    assert!(unreadable(&Metrics::of(server.metrics_address())) > Some(0.0));
}

/// A rule of the file of alerts.
struct Rule {
    alert: String,
    expression: String,
}

fn rules() -> Vec<Rule> {
    let documents = Yaml::load_from_str(ALERTS).expect("deploy/alerts.yml is YAML");
    let groups = documents[0]["groups"].as_sequence().expect("groups");
    let rules = groups.iter().flat_map(|group| group["rules"].as_sequence().expect("rules"));
    rules
        .map(|rule| {
            let text =
                |key: &str| rule[key].as_str().unwrap_or_else(|| panic!("{key} of {rule:?}")).to_owned();
            let severity = rule["labels"]["severity"].as_str().expect("a severity");
            assert!(["critical", "warning"].contains(&severity), "{severity}");
            for what in ["summary", "action"] {
                let said = rule["annotations"][what].as_str().unwrap_or_default();
                assert!(said.ends_with('.'), "{what} of {}: {said:?}", text("alert"));
            }
            Rule { alert: text("alert"), expression: text("expr") }
        })
        .collect()
}

/// The words of PromQL that the rules use. Whatever else stands outside braces is the name of a metric.
const WORDS: &[&str] = &["sum", "by", "rate", "increase", "histogram_quantile", "or", "instance", "le"];

/// The metrics that an expression names, each with the labels it selects by.
fn selected(expression: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut found: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        let word: String =
            rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
        if !word.is_empty() {
            rest = &rest[word.len()..];
            if word.starts_with(|letter: char| letter.is_ascii_alphabetic())
                && !WORDS.contains(&word.as_str())
            {
                found.push((word, Vec::new()));
            }
        } else if first == '{' {
            let (matchers, after) = rest[1..].split_once('}').expect("braces close");
            let matchers = matchers.split(',').map(|matcher| {
                let (label, value) = matcher.split_once(['=', '!']).expect("a label and a value");
                (label.trim().to_owned(), value.trim_start_matches(['=', '~']).trim_matches('"').to_owned())
            });
            found.last_mut().expect("a metric before its labels").1.extend(matchers);
            rest = after;
        } else if first == '[' {
            (_, rest) = rest.split_once(']').expect("a range closes");
        } else {
            rest = &rest[first.len_utf8()..];
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_alert_is_about_a_metric_that_exists_and_selects_by_labels_that_it_has() {
    let pages = pages().await;
    let rules = rules();
    assert!(rules.len() >= 16, "the file is read");
    let mut names = BTreeSet::new();
    for Rule { alert, expression } in &rules {
        assert!(names.insert(alert), "{alert} is there twice");
        let selected = selected(expression);
        assert!(!selected.is_empty(), "{alert}: {expression}");
        for (metric, labels) in selected {
            if metric == "up" {
                // Prometheus makes it itself.
                continue;
            }
            let family = |page: &&Metrics| {
                ["", "_count", "_bucket", "_sum"].iter().find_map(|suffix| {
                    let family = metric.strip_suffix(suffix)?;
                    page.families.contains_key(family).then(|| family.to_owned())
                })
            };
            let page = pages.iter().find(|page| family(page).is_some());
            let page = page.unwrap_or_else(|| panic!("{alert}: there is no metric {metric}"));
            let family = family(&page).expect("found just now");
            let described = catalogue_labels(&family);
            for (label, value) in labels {
                assert!(described.contains(&label), "{alert}: {metric} has no label {label}");
                let is_plain = !value.is_empty()
                    && value.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
                if is_plain {
                    let values = page.label_values(&metric, &label);
                    assert!(
                        values.contains(&value),
                        "{alert}: {label} of {metric} is one of {values:?}, not {value}"
                    );
                }
            }
        }
    }
}

/// The labels of a family, by the catalogue.
fn catalogue_labels(family: &str) -> BTreeSet<String> {
    let row = described().into_iter().find(|row| row.on_page == family).expect("described");
    let metric = catalogue::ALL.iter().find(|metric| metric.name == row.name).expect("in the catalogue");
    metric.labels.iter().map(|label| label.replace('.', "_")).collect()
}

#[test]
fn every_alert_is_tried_out() {
    let tried = include_str!("alerts.yml");
    for Rule { alert, .. } in rules() {
        assert!(tried.contains(&alert), "tests/alerts.yml does not make {alert} fire");
    }
    Yaml::load_from_str(tried).expect("tests/alerts.yml is YAML");
}

#[test]
fn the_pipelines_of_the_collector_are_made_of_what_it_has() {
    let documents = Yaml::load_from_str(include_str!("../deploy/collector.yml")).expect("YAML");
    let collector = &documents[0];
    let pipelines = collector["service"]["pipelines"].as_mapping().expect("pipelines");
    assert_eq!(pipelines.len(), 2, "traces and metrics");
    for (_, pipeline) in pipelines {
        for kind in ["receivers", "processors", "exporters"] {
            for part in pipeline[kind].as_sequence().expect("parts of a pipeline") {
                let name = part.as_str().expect("a name");
                assert!(
                    collector[kind].as_mapping().expect(kind).keys().any(|key| key.as_str() == Some(name)),
                    "{name}"
                );
            }
        }
    }
}
