//! The stream of changes from the real binary: every change exactly once and in order while others write and the reader is cut off again and
//! again; a clean end when the server stops; and what `candour show changes` prints.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::{collections::BTreeSet, ffi::OsString};

use candour_api::v1;
use candour_testkit::{
    Program, Refusal, Requests, Server,
    connection::{GOVERNANCE, PATIENT_SAFETY},
    load::Load,
};

const BINARY: &str = env!("CARGO_BIN_EXE_candour");
const WRITERS: usize = 4;
const REPORTS_EACH: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_is_cut_off_again_and_again_misses_nothing_that_others_record() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(BINARY, folder.path(), &[]);
    let requests = Requests::named("changes");
    let mut writers = Vec::new();
    for _ in 0..WRITERS {
        let connection = server.connect(PATIENT_SAFETY).await;
        let requests = requests.clone();
        writers.push(tokio::spawn(async move {
            let mut reported = Vec::new();
            for _ in 0..REPORTS_EACH {
                let report: v1::ReportIncidentResponse =
                    connection.call("IncidentService/ReportIncident", requests.report()).await.unwrap();
                reported.push(report.incident_id);
            }
            reported
        }));
    }
    let (mut position, mut seen, mut cuts) = (String::new(), Vec::new(), 0_usize);
    while seen.len() < WRITERS * REPORTS_EACH {
        // A connection of its own each time, dropped in the middle of the stream.
        let mut insight = server.clients(GOVERNANCE).await.insight;
        let request = v1::WatchChangesRequest { after_position: position.clone(), ..Default::default() };
        let mut messages = insight.watch_changes(request).await.unwrap().into_inner();
        for _ in 0..=(cuts % 17) {
            let message = messages.message().await.unwrap().expect("the server goes on");
            position = message.position;
            seen.extend(message.change);
            if seen.len() == WRITERS * REPORTS_EACH {
                break;
            }
        }
        cuts += 1;
    }
    assert!(cuts > 5, "{cuts}");
    let mut reported = BTreeSet::new();
    for writer in writers {
        reported.extend(writer.await.unwrap());
    }
    let subjects: Vec<&str> = seen.iter().map(|change| change.stream_subject_id.as_str()).collect();
    let once: BTreeSet<String> = subjects.iter().map(|subject| (*subject).to_owned()).collect();
    assert_eq!((once.len(), &once), (subjects.len(), &reported), "each once, and each that was reported");
    let recorded: Vec<_> =
        seen.iter().map(|change| change.recorded_time.unwrap()).map(|at| (at.seconds, at.nanos)).collect();
    assert!(recorded.is_sorted(), "in the order of recording");

    // The program prints the same, and ends where everything was shown.
    let address = format!("http://{}", server.address());
    let shown = tokio::task::spawn_blocking(move || {
        Program::new(BINARY).run(&["show", "changes", "--server", &address])
    })
    .await
    .unwrap();
    assert!(shown.code == Some(0), "{shown:?}");
    let printed: Vec<&str> = shown.stdout.lines().collect();
    assert_eq!(printed.len(), seen.len());
    for (line, change) in printed.iter().zip(&seen) {
        assert!(line.contains(&change.event_id) && line.contains("IncidentReported.v1"), "{line}");
    }
    assert!(shown.stderr.contains("to go on from here: --after "), "{}", shown.stderr);

    // A reader in the middle of it does not hold the server up, and its stream ends well.
    let mut insight = server.clients(GOVERNANCE).await.insight;
    let request = v1::WatchChangesRequest { from_now: true, ..Default::default() };
    let mut messages = insight.watch_changes(request).await.unwrap().into_inner();
    assert!(messages.message().await.unwrap().unwrap().caught_up);
    server.signal_to_stop();
    assert_eq!(messages.message().await.unwrap(), None);
    let ended = tokio::task::spawn_blocking(move || server.finish()).await.unwrap();
    assert!(ended.code == Some(0), "{ended:?}");
}

/// Reads on from a position until everything recorded was sent, or the server has gone. Gives where it is then.
async fn read(server: &Server, mut position: String, seen: &mut Vec<v1::Change>) -> String {
    let mut insight = server.clients(GOVERNANCE).await.insight;
    let request = v1::WatchChangesRequest { after_position: position.clone(), ..Default::default() };
    let mut messages = insight.watch_changes(request).await.unwrap().into_inner();
    while let Ok(Some(message)) = messages.message().await {
        position = message.position;
        seen.extend(message.change);
        if message.caught_up {
            break;
        }
    }
    position
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_goes_on_behind_its_position_after_kill_9_and_misses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(BINARY, folder.path(), &[]);
    let requests = Requests::named("changes killed");
    let mut load = Load::begin(&server, &requests, 6).await;
    // It follows while others write, and reads whatever comes before the server is gone.
    let mut insight = server.clients(GOVERNANCE).await.insight;
    let mut messages = insight.watch_changes(v1::WatchChangesRequest::default()).await.unwrap().into_inner();
    let follower = tokio::spawn(async move {
        let (mut position, mut seen) = (String::new(), Vec::new());
        while let Ok(Some(message)) = messages.message().await {
            position = message.position;
            seen.extend(message.change);
        }
        (position, seen)
    });
    load.until_killed(server, 120).await;
    let (position, mut seen) = follower.await.unwrap();
    let before = seen.len();
    assert!(before > 50, "{before} changes were seen before the kill");

    let server = Server::start(BINARY, folder.path(), &[]);
    load.take_up(&server).await;
    read(&server, position, &mut seen).await;
    assert!(seen.len() > before, "what was recorded since the kill is seen");
    let ids =
        |changes: &[v1::Change]| changes.iter().map(|change| change.event_id.clone()).collect::<Vec<_>>();
    let mut log = Vec::new();
    read(&server, String::new(), &mut log).await;
    assert_eq!((ids(&seen), log.len()), (ids(&log), load.events()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_position_from_before_a_restore_is_refused_because_what_follows_it_is_not_what_followed_it() {
    let folder = tempfile::tempdir().unwrap();
    let [store, backup, restored] = ["store", "backup", "restored"].map(|name| folder.path().join(name));
    let run = async |arguments: &[&std::ffi::OsStr]| {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        let finished =
            tokio::task::spawn_blocking(move || Program::new(BINARY).run(&arguments)).await.unwrap();
        assert!(finished.code == Some(0), "{finished:?}");
    };
    let report = async |server: &Server, requests: &Requests| {
        let connection = server.connect(PATIENT_SAFETY).await;
        let reported: v1::ReportIncidentResponse =
            connection.call("IncidentService/ReportIncident", requests.report()).await.unwrap();
        reported.incident_id
    };
    let requests = Requests::named("changes restored");
    let server = Server::start(BINARY, &store, &[]);
    report(&server, &requests).await;
    run(&["backup".as_ref(), "--folder".as_ref(), store.as_ref(), "--to".as_ref(), backup.as_ref()]).await;
    report(&server, &requests).await;
    let mut seen = Vec::new();
    let lost = read(&server, String::new(), &mut seen).await;
    assert_eq!(seen.len(), 2);
    assert!(server.terminate().code == Some(0));

    let key_file = store.join("vault.key");
    run(&[
        "restore".as_ref(),
        "--folder".as_ref(),
        restored.as_ref(),
        "--from".as_ref(),
        backup.as_ref(),
        "--key-file".as_ref(),
        key_file.as_ref(),
    ])
    .await;
    let server = Server::start(BINARY, &restored, &[]);
    // Another report stands now where the lost one stood: going on behind it would miss this one.
    let instead = report(&server, &requests).await;
    let mut insight = server.clients(GOVERNANCE).await.insight;
    let request = v1::WatchChangesRequest { after_position: lost, ..Default::default() };
    let refusal = Refusal::of(&insight.watch_changes(request).await.unwrap_err());
    assert_eq!(refusal.paths(), ["after_position"]);
    let mut seen = Vec::new();
    read(&server, String::new(), &mut seen).await;
    assert_eq!((seen.len(), seen[1].stream_subject_id.as_str()), (2, instead.as_str()));
}
