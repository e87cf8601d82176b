//! Proves that the server stops in order: what it accepted it answers, it ends promptly and well, and the next one starts at once; and that
//! a store never has two writers.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use candour_api::v1;
use candour_testkit::{Program, Refusal, Requests, Server, connection::PATIENT_SAFETY};
use tokio::sync::mpsc;
use tonic::Status;

const BINARY: &str = env!("CARGO_BIN_EXE_candour");
const WRITERS: usize = 32;
/// How many commands are answered before the server is asked to stop.
const ANSWERED_BEFORE: usize = 100;
/// How often a server is asked to stop in the moment in which it says where it listens.
const STOPS_AT_ONCE: usize = 20;
/// How long an orderly end may take with nothing slow in flight. A debug build on a busy machine stays far below.
const PROMPTLY: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_answers_every_command_that_was_accepted_and_ends_well() {
    let folder = tempfile::tempdir().expect("a folder");
    let requests = Requests::named("shutdown");
    let server = Server::start(BINARY, folder.path(), &[]);
    // A connection that does nothing must not hold the server up.
    let idle = server.connect(PATIENT_SAFETY).await;

    let (answer, mut answered) = mpsc::unbounded_channel();
    let mut writers = Vec::new();
    for _ in 0..WRITERS {
        let connection = server.connect(PATIENT_SAFETY).await;
        let (requests, answer) = (requests.clone(), answer.clone());
        writers.push(tokio::spawn(async move {
            let mut reported = Vec::new();
            loop {
                let outcome: Result<v1::ReportIncidentResponse, Status> =
                    connection.call("IncidentService/ReportIncident", requests.report()).await;
                match outcome {
                    Ok(report) => reported.push(report.incident_id),
                    Err(status) => {
                        // Either an answer of the server's, or none at all because the connection had closed before the request.
                        let refusal = Refusal::of(&status);
                        assert!(refusal.infos == 0 || refusal.domain == "candour.v1", "{refusal:?}");
                        return reported;
                    }
                }
                // The receiver is gone once the server was asked to stop.
                let _ = answer.send(());
            }
        }));
    }
    for _ in 0..ANSWERED_BEFORE {
        answered.recv().await.expect("the writers go on until the server stops");
    }
    server.signal_to_stop();
    let asked = Instant::now();
    let ended = tokio::task::spawn_blocking(move || server.finish()).await.expect("the server ends");
    assert!(asked.elapsed() < PROMPTLY, "it took {:?}", asked.elapsed());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains("panic") && !ended.stderr.contains("ERROR"), "{}", ended.stderr);
    drop(idle);
    let mut acknowledged = BTreeSet::new();
    for writer in writers {
        acknowledged.extend(writer.await.expect("a writer ends in order"));
    }
    assert!(acknowledged.len() >= ANSWERED_BEFORE);

    let server = Server::start(BINARY, folder.path(), &[]);
    // What is recorded was answered: nothing was carried out behind the back of its caller, and nothing answered is missing.
    assert_eq!(incidents(&server).await, acknowledged);
    assert_eq!(server.terminate().code, Some(0));
}

#[test]
fn a_second_writer_on_the_same_store_is_refused_and_the_first_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("a path in UTF-8");
    let first = Server::start(BINARY, folder.path(), &[]);
    let program = Program::new(BINARY);
    for arguments in [
        vec!["serve", "--demo-identities", "--folder", path, "--listen", "127.0.0.1:0"],
        vec!["rebuild", "--folder", path],
        vec!["rebuild", "--check", "--folder", path],
    ] {
        let second = program.run(&arguments);
        assert_eq!(second.code, Some(1), "{arguments:?}: {}", second.stderr);
        assert!(second.stderr.contains("open in another writer"), "{arguments:?}: {}", second.stderr);
        assert!(!second.stdout.contains("listens"), "{}", second.stdout);
    }
    assert_eq!(first.terminate().code, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lock_of_a_killed_server_holds_nobody_up() {
    let folder = tempfile::tempdir().expect("a folder");
    Server::start(BINARY, folder.path(), &[]).kill();
    let server = Server::start(BINARY, folder.path(), &[]);
    assert!(server.is_serving("").await);
    assert_eq!(server.terminate().code, Some(0));
}

#[test]
fn a_server_that_says_where_it_listens_can_be_stopped_in_order_from_then_on() {
    let folder = tempfile::tempdir().expect("a folder");
    for round in 0..STOPS_AT_ONCE {
        let ended = Server::start(BINARY, folder.path(), &[]).terminate();
        assert_eq!(ended.code, Some(0), "round {round}: a signal ended it before it could stop in order");
    }
}

async fn incidents(server: &Server) -> BTreeSet<String> {
    let connection = server.connect(PATIENT_SAFETY).await;
    let status = v1::GetReadModelStatusRequest::default();
    let status: v1::GetReadModelStatusResponse = connection
        .call("InsightService/GetReadModelStatus", status)
        .await
        .expect("the state of the read model");
    assert!(status.head_reached, "an orderly stop, and a start, leave the read model at the end of the log");
    let mut found = BTreeSet::new();
    let mut page_token = String::new();
    loop {
        let request = v1::ListIncidentsRequest { page_size: 500, page_token, ..Default::default() };
        let answer: v1::ListIncidentsResponse =
            connection.call("IncidentService/ListIncidents", request).await.expect("a list");
        found.extend(answer.incidents.into_iter().map(|row| row.incident_id));
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}
