//! Proves that every method may be called by exactly those whom the API guide names: each method of each service, as reflection lists them, as
//! each role and as nobody.

use std::collections::{BTreeMap, BTreeSet};

use candour_testkit::{Connection, Identity, Refusal, Tokens, bearer, dynamic};
use prost_reflect::MethodDescriptor;
use tonic::{Code, Status, transport::Channel};

const BINARY: &str = env!("CARGO_BIN_EXE_candour");
/// What the reader is promised. `cargo xtask docs --check` holds it to the table that the program checks by.
const GUIDE: &str = include_str!("../proto/README.md");
/// The callers of this test: one for each role, and nobody.
const ROLES: [&str; 5] = ["reporter-system", "patient-safety", "governance-read", "auditor", "administrator"];
const NOBODY: &str = "without a token";

/// Who may call each method, as the guide says.
fn promised() -> BTreeMap<String, BTreeSet<String>> {
    let (_, rest) = GUIDE.split_once("<!-- permissions:begin -->\n").expect("the table begins");
    let (table, _) = rest.split_once("<!-- permissions:end -->").expect("the table ends");
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
    };
    let mut lines = table.lines();
    let heading = cells(lines.next().expect("the heading of the table"));
    assert_eq!(heading, [&["method", NOBODY], &ROLES[..]].concat());
    let rows = lines.skip(1).map(|line| {
        let row = cells(line);
        let may = row.iter().zip(&heading).skip(1).filter(|(cell, _)| match cell.as_str() {
            "yes" => true,
            "no" => false,
            other => panic!("{other:?} is neither yes nor no: {line}"),
        });
        (row[0].clone(), may.map(|(_, who)| who.clone()).collect())
    });
    rows.collect()
}

/// The name of a method in the guide.
fn name(method: &MethodDescriptor) -> String {
    let path = dynamic::path(method);
    path.strip_prefix("candour.v1.").unwrap_or(&path).to_owned()
}

/// Whether a call passed permission. What became of it then, with its empty request, is of no interest.
fn passed(outcome: &Result<(), Status>, who: &str) -> bool {
    let Err(status) = outcome else { return true };
    let refusal = Refusal::of(status);
    let expected = if who == NOBODY { "UNKNOWN_CALLER" } else { "CALLER_NOT_PERMITTED" };
    match status.code() {
        Code::Unauthenticated | Code::PermissionDenied => {
            assert_eq!(refusal.reason, expected, "{who}: {status:?}");
            false
        }
        _ => {
            assert!(
                !["UNKNOWN_CALLER", "CALLER_NOT_PERMITTED", "UNKNOWN_METHOD"]
                    .contains(&refusal.reason.as_str())
            );
            true
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_may_be_called_by_exactly_those_whom_the_guide_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let tokens = Tokens::in_folder(BINARY, folder.path());
    let mut callers: Vec<(&str, Identity)> =
        ROLES.iter().map(|role| (*role, bearer(&tokens.add(role, role, &[])))).collect();
    callers.push((NOBODY, Identity::nobody()));
    let server = tokens.serve(&folder.path().join("store"), &["--log", "error"]);
    let channel = server.channel().await;
    let reflection = dynamic::reflection_told_to(channel.clone(), callers[0].1.clone()).await;
    let packages = ["candour.v1", "grpc.health.v1", "grpc.reflection.v1", "grpc.reflection.v1alpha"];
    let methods: Vec<MethodDescriptor> =
        packages.iter().flat_map(|package| reflection.methods(package)).collect();

    // All at once, since whoever is not known is answered late after a while.
    let calls = methods.iter().flat_map(|method| callers.iter().map(move |caller| (method, caller)));
    let calls = calls.map(async |(method, (who, identity))| {
        let connection = Connection::with(channel.clone(), identity.clone());
        let passed = passed(&dynamic::begin(&connection, method).await, who);
        (name(method), passed.then(|| (*who).to_owned()))
    });
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (method, who) in futures::future::join_all(calls).await {
        found.entry(method).or_default().extend(who);
    }
    let promised = promised();
    let methods: BTreeSet<&String> = found.keys().chain(promised.keys()).collect();
    let differences: Vec<String> = methods
        .into_iter()
        .filter(|&method| found.get(method) != promised.get(method))
        .map(|method| format!("{method}: done {:?}, promised {:?}", found.get(method), promised.get(method)))
        .collect();
    assert!(differences.is_empty(), "server and proto/README.md differ:\n{}", differences.join("\n"));
    assert!(found.len() > 60, "every service was asked: {}", found.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_with_several_roles_may_what_any_of_them_may_and_each_role_is_recorded() {
    let folder = tempfile::tempdir().expect("a folder");
    let tokens = Tokens::in_folder(BINARY, folder.path());
    let both = bearer(&tokens.add("team", "governance-read", &["--role", "reporter-system"]));
    let server = tokens.serve(&folder.path().join("store"), &["--log", "error"]);
    let connection = Connection::with(server.channel().await, both);
    let report: candour_api::v1::ReportIncidentResponse = connection
        .call("IncidentService/ReportIncident", candour_testkit::Requests::named("permissions").report())
        .await
        .expect("a reporter system may report");
    let request = candour_api::v1::GetTimelineRequest {
        incident_id: report.incident_id,
        query: Some(candour_api::v1::QueryContext {
            min_position: report.result.expect("a result").position,
            ..Default::default()
        }),
        ..Default::default()
    };
    let timeline: candour_api::v1::GetTimelineResponse =
        connection.call("InsightService/GetTimeline", request).await.expect("governance may read a timeline");
    assert_eq!(timeline.entries[0].caller_id, "team");
    server.terminate();
    let log = std::fs::read(folder.path().join("store/journal.sqlite")).expect("the log");
    let text = String::from_utf8_lossy(&log);
    assert!(
        text.contains(r#""caller":{"id":"team","roles":["reporter-system","governance-read"]}"#),
        "the metadata names both"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_request_is_read_before_its_caller_and_permission() {
    let folder = tempfile::tempdir().expect("a folder");
    let tokens = Tokens::in_folder(BINARY, folder.path());
    let dashboard = bearer(&tokens.add("dashboard", "governance-read", &[]));
    let audit = bearer(&tokens.add("audit-team", "auditor", &[]));
    let server = tokens.serve(&folder.path().join("store"), &["--log", "error"]);
    let channel = server.channel().await;
    // One field of bytes that are no text where a text is expected, and one that is too long to be read.
    for request in [vec![0xff_u8, 0xfe], vec![b'0'; 2 * 1024 * 1024]] {
        for (identity, reason) in [
            (Identity::nobody(), "UNKNOWN_CALLER"),
            (dashboard.clone(), "CALLER_NOT_PERMITTED"),
            (audit.clone(), if request.len() == 2 { "UNDECODABLE_REQUEST" } else { "REQUEST_TOO_LARGE" }),
        ] {
            let connection = Connection::with(channel.clone(), identity);
            let outcome: Result<(), Status> =
                connection.call("IncidentService/GetIncident", request.clone()).await;
            assert_eq!(Refusal::expect(outcome).reason, reason, "{} bytes", request.len());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_served_is_refused_to_callers_and_not_even_that_is_told_to_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let tokens = Tokens::in_folder(BINARY, folder.path());
    let administrator = bearer(&tokens.add("operator", "administrator", &[]));
    let server = tokens.serve(&folder.path().join("store"), &["--log", "error"]);
    let channel: Channel = server.channel().await;
    for method in ["IncidentService/DeleteIncident", "NoService/DoNothing", "IncidentService/"] {
        for (identity, code, reason) in [
            (administrator.clone(), Code::Unimplemented, "UNKNOWN_METHOD"),
            (Identity::nobody(), Code::Unauthenticated, "UNKNOWN_CALLER"),
        ] {
            let connection = Connection::with(channel.clone(), identity);
            let outcome: Result<(), Status> =
                connection.call(method, candour_api::v1::GetIncidentRequest::default()).await;
            let refusal = Refusal::expect(outcome);
            assert_eq!((refusal.code, refusal.reason.as_str()), (code, reason), "{method}");
        }
    }
}
