//! The real binary on KurrentDB, by the one line of configuration: against the double of its protocol, through the official client.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::{fs, path::Path};

use candour_api::v1;
use candour_kurrent_double::{Double, Settings, User};
use candour_testkit::{
    Finished, Program, Requests, Server,
    connection::{GOVERNANCE, PATIENT_SAFETY},
};

const BINARY: &str = env!("CARGO_BIN_EXE_candour");

/// A server on the double with a folder of its own. The engine comes from the environment, as a password would.
fn serve(double: &Double, folder: &Path) -> Server {
    Server::serve(&program(double, folder))
}

/// A server that must not start.
fn refused(double: &Double, folder: &Path) -> Finished {
    let finished = program(double, folder).run(&["serve", "--demo-identities"]);
    assert!(finished.code.is_some_and(|code| code != 0), "must not start: {finished:?}");
    finished
}

fn program(double: &Double, folder: &Path) -> Program {
    Program::new(BINARY).on_engine(folder, &double.connection_string(), "candour")
}

async fn report(server: &Server, requests: &Requests) -> v1::ReportIncidentResponse {
    let connection = server.connect(PATIENT_SAFETY).await;
    connection.call("IncidentService/ReportIncident", requests.report()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_records_another_start_finds_and_reads_its_personal_fields() {
    let (double, folder) = (Double::start(Settings::default()).await.unwrap(), tempfile::tempdir().unwrap());
    let requests = Requests::named("kurrentdb");
    let server = serve(&double, folder.path());
    let reported = report(&server, &requests).await;
    assert_eq!(server.terminate().code, Some(0));
    let server = serve(&double, folder.path());
    let request = v1::GetIncidentRequest { incident_id: reported.incident_id };
    let connection = server.connect(PATIENT_SAFETY).await;
    let found: v1::GetIncidentResponse =
        connection.call("IncidentService/GetIncident", request).await.unwrap();
    let narrative = found.incident.unwrap().narrative.unwrap();
    assert_eq!(narrative.state(), v1::PersonalTextState::Known, "it opens with the keys of the folder");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_other_keys_than_those_of_the_log_does_not_start() {
    let (double, one, other) = (
        Double::start(Settings::default()).await.unwrap(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let first = serve(&double, one.path());
    // Nothing was recorded yet, so there is no event whose keys could be missing: only the fact that the first one settled.
    let finished = refused(&double, other.path());
    for word in ["other keys", "vault.key", "keys.sqlite"] {
        assert!(finished.stderr.contains(word), "{word}: {}", finished.stderr);
    }
    // The same master key with a key database of its own could not open what the first one seals either.
    fs::remove_file(other.path().join("keys.sqlite")).unwrap();
    fs::copy(one.path().join("vault.key"), other.path().join("vault.key")).unwrap();
    assert!(refused(&double, other.path()).stderr.contains("other keys"));
    // The first one goes on.
    report(&first, &Requests::named("after the other one was refused")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_says_plainly_what_is_wrong_with_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let double = Double::start(Settings { version: Some("21.10.0.0".to_owned()), ..Settings::default() })
        .await
        .unwrap();
    let finished = refused(&double, folder.path());
    assert!(finished.stderr.contains("21.10") && finished.stderr.contains("upgrade"), "{}", finished.stderr);
    let users = vec![User::new("clerk", "word")];
    let double = Double::start(Settings { users, ..Settings::default() }).await.unwrap();
    let as_clerk = double.connection_string().replace("://", "://clerk:word@");
    let finished = Program::new(BINARY)
        .on_engine(folder.path(), &as_clerk, "candour")
        .run(&["serve", "--demo-identities"]);
    assert!(finished.code.is_some_and(|code| code != 0), "must not start: {finished:?}");
    assert!(finished.stderr.contains("$all"), "{}", finished.stderr);
    let program = Program::new(BINARY).variable("CANDOUR_ENGINE", "postgres://clerk:secret@host/log");
    let finished = program.run(&["serve"]);
    assert!(
        finished.stderr.contains("store.engine") && !finished.stderr.contains("secret"),
        "{}",
        finished.stderr
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_says_that_the_engine_is_away_and_that_it_is_back_and_folding_goes_on() {
    let (double, folder) = (Double::start(Settings::default()).await.unwrap(), tempfile::tempdir().unwrap());
    let server = serve(&double, folder.path());
    let requests = Requests::named("engine away");
    report(&server, &requests).await;
    double.set_refusing(true);
    double.break_connections();
    let mut away = server.health_changes("candour.v1.IncidentService").await;
    away.until_serving(false).await;
    double.set_refusing(false);
    away.until_serving(true).await;
    let reported = report(&server, &Requests::named("engine back")).await;
    let connection = server.connect(GOVERNANCE).await;
    let query = v1::QueryContext { min_position: reported.result.unwrap().position, ..Default::default() };
    let listed: v1::ListIncidentsResponse = connection
        .call(
            "IncidentService/ListIncidents",
            v1::ListIncidentsRequest { query: Some(query), ..Default::default() },
        )
        .await
        .unwrap();
    assert_eq!(listed.incidents.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_of_changes_goes_on_after_broken_connections_and_another_start_and_sees_each_once() {
    let (double, folder) = (Double::start(Settings::default()).await.unwrap(), tempfile::tempdir().unwrap());
    let requests = Requests::named("changes on kurrentdb");
    let mut server = serve(&double, folder.path());
    let (mut position, mut seen, mut reported) = (String::new(), Vec::new(), Vec::new());
    for round in 0..4 {
        if round == 2 {
            assert_eq!(server.terminate().code, Some(0));
            server = serve(&double, folder.path());
        }
        for _ in 0..5 {
            reported.push(report(&server, &requests).await.incident_id);
        }
        double.break_connections();
        // A reader that is cut off for want of the engine asks again, from where it is.
        while seen.len() < reported.len() {
            let mut insight = server.clients(GOVERNANCE).await.insight;
            let request = v1::WatchChangesRequest { after_position: position.clone(), ..Default::default() };
            let Ok(messages) = insight.watch_changes(request).await else { continue };
            let mut messages = messages.into_inner();
            while seen.len() < reported.len()
                && let Ok(Some(message)) = messages.message().await
            {
                position = message.position;
                seen.extend(message.change.map(|change| change.stream_subject_id));
            }
        }
    }
    assert_eq!(seen, reported);
    let mut insight = server.clients(GOVERNANCE).await.insight;
    let request = v1::WatchChangesRequest { after_position: position, ..Default::default() };
    let mut messages = insight.watch_changes(request).await.unwrap().into_inner();
    let nothing_more = messages.message().await.unwrap().unwrap();
    assert!(nothing_more.caught_up && nothing_more.change.is_none(), "{nothing_more:?}");
}
