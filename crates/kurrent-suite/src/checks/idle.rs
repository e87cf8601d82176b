//! A service with nothing to do: no growing lag, no storm of connections or log lines, no spinning core.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use candour_api::v1;
use candour_journal::{ExpectedVersion, Journal as _};
use candour_journal_kurrent::KurrentJournal;
use candour_testkit::{
    Connection, Requests, Server,
    connection::{AUDITOR, PATIENT_SAFETY},
};
use tokio::time::Instant;

use crate::{
    check::{Check, Outcome},
    sample,
    setting::Setting,
};

/// How many events are recorded before and after a service is watched: a report each time.
pub(super) const EVENTS_RECORDED: usize = 2;
/// How often the service is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The most processor time that an idle service may use, as a part of one core.
const PROCESSOR_SHARE_MAX: f64 = 0.15;
/// The most connections that an idle service may make anew: a server or a network may close one now and then.
const NEW_CONNECTIONS_MAX: usize = 3;
/// The most lines that an idle service may log.
const LOG_LINES_MAX: usize = 10;

pub(super) fn checks() -> Vec<Check> {
    vec![Check::new(
        "idle",
        "a service with nothing to do stays at the end of the log, keeps its connections and uses next to no processor time, \
         while others write to the server",
        idle,
    )]
}

async fn idle(setting: Arc<Setting>) -> Outcome {
    let folder = setting.folder();
    let server = Server::serve(&setting.service(&folder, &setting.namespace()));
    let seen = stays_idle(&setting, &server, setting.idle).await;
    assert_eq!(server.terminate().code, Some(0), "the service ends in order");
    match seen {
        Some(seen) => Outcome::Passed(seen),
        None => {
            Outcome::NotRun("this system does not show processor time and connections under /proc".to_owned())
        }
    }
}

/// Watches a service that has nothing to do, after it has recorded something and before it does so again, and gives what was seen, in a few words.
/// `None`, and nothing recorded, where the system does not show it.
pub(super) async fn stays_idle(setting: &Setting, server: &Server, how_long: Duration) -> Option<String> {
    server.processor_time().zip(server.connections_made())?;
    let requests = Requests::named("idle");
    let connection = server.connect(PATIENT_SAFETY).await;
    is_recorded_and_seen(&connection, &requests).await;
    let (busy_before, connections_before) = (server.processor_time()?, server.connections_made()?);
    let lines_before = server.output().lines().count();

    let auditor = connection.as_identity(AUDITOR);
    let mut others = Others::begin(setting).await;
    let mut connections: BTreeSet<u64> = BTreeSet::new();
    let begun = Instant::now();
    let mut looks = 0;
    while begun.elapsed() < how_long {
        others.write().await;
        looks += 1;
        let request = v1::GetReadModelStatusRequest::default();
        let status: Result<v1::GetReadModelStatusResponse, _> =
            auditor.call("InsightService/GetReadModelStatus", request).await;
        let status = status.expect("the status is told");
        assert!(status.head_reached, "after {:?} the read model lags behind", begun.elapsed());
        assert_eq!(status.lag_events, Some(0), "after {:?}", begun.elapsed());
        connections.extend(server.connections_made()?);
        tokio::time::sleep_until(begun + LOOK_EVERY * looks).await;
    }
    let took = begun.elapsed();
    let busy = server.processor_time()?.saturating_sub(busy_before);
    let output = server.output();
    let lines: Vec<&str> = output.lines().skip(lines_before).collect();

    let share = busy.as_secs_f64() / took.as_secs_f64();
    let new = connections.difference(&connections_before).count();
    let seen = format!(
        "in {:.1} s processor {:.2} s ({:.1} % of one core), {} connections and {new} new ones, {} log lines, lag 0 in {looks} looks",
        took.as_secs_f64(),
        busy.as_secs_f64(),
        share * 100.0,
        connections_before.len(),
        lines.len(),
    );
    assert!(!connections_before.is_empty(), "a service on KurrentDB has a connection to it: {seen}");
    assert!(share <= PROCESSOR_SHARE_MAX, "a core spins: {seen}");
    assert!(new <= NEW_CONNECTIONS_MAX, "connections are made again and again: {seen}");
    assert!(lines.len() <= LOG_LINES_MAX, "{seen}: {lines:?}");
    is_recorded_and_seen(&connection, &requests).await;
    Some(seen)
}

/// Records something, and waits until the read model shows it.
async fn is_recorded_and_seen(connection: &Connection, requests: &Requests) {
    let reported: Result<v1::ReportIncidentResponse, _> =
        connection.call("IncidentService/ReportIncident", requests.report()).await;
    let position = reported.expect("a report").result.expect("a command has a result").position;
    let query = v1::QueryContext { min_position: position, ..Default::default() };
    let request = v1::GetReadModelStatusRequest { query: Some(query) };
    let status: Result<v1::GetReadModelStatusResponse, _> =
        connection.as_identity(AUDITOR).call("InsightService/GetReadModelStatus", request).await;
    status.expect("what was recorded is seen");
}

/// Somebody else who writes to the same server: events that the service looks at and passes over.
struct Others {
    namespace: String,
    journal: KurrentJournal,
    written: u128,
}

impl Others {
    async fn begin(setting: &Setting) -> Self {
        let namespace = setting.namespace();
        let journal = setting.connect(&setting.options(&namespace)).await;
        Self { namespace, journal, written: 0 }
    }

    async fn write(&mut self) {
        self.written += 1;
        let stream = sample::stream(&self.namespace, 1);
        let event = sample::event(self.written);
        self.journal.append(&stream, ExpectedVersion::Any, vec![event]).await.expect("the append is written");
    }
}
