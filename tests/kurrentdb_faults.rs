//! Each known defect of KurrentDB's client and each failure of its server, met by the real service: the call that meets it is answered within its
//! budget, and the next one succeeds without a restart. The letters are the rows of the list of defects (`crates/journal-kurrent/src/lib.rs`).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::time::{Duration, Instant};

use candour_api::v1;
use candour_kurrent_double::{Call, Double, Fault, Settings};
use candour_testkit::{
    Connection, Program, Refusal, Requests, Server,
    connection::PATIENT_SAFETY,
    load::{ANSWER_TIME_MAX, REASONS_WHILE_AWAY},
};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_candour");

/// A double and a service on it that stays up for the whole test.
struct Standing {
    double: Double,
    server: Server,
    connection: Connection,
    requests: Requests,
    _folder: TempDir,
}

impl Standing {
    async fn on(settings: Settings) -> Self {
        let double = Double::start(settings).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let program = Program::new(BINARY).on_engine(folder.path(), &double.connection_string(), "candour");
        let server = Server::serve(&program);
        let connection = server.connect(PATIENT_SAFETY).await;
        let standing =
            Self { double, server, connection, requests: Requests::named("faults"), _folder: folder };
        standing.records_once("before anything goes wrong").await;
        standing
    }

    /// Calls a method, which must be answered in time, with success or not.
    async fn call<Q, A>(&self, what: &str, method: &str, request: Q) -> Result<A, Refusal>
    where
        Q: prost::Message + 'static,
        A: prost::Message + Default + 'static,
    {
        let begun = Instant::now();
        let answer = self.connection.call(method, request).await;
        let took = begun.elapsed();
        assert!(took <= ANSWER_TIME_MAX, "{what}: the answer of {method} took {took:?}");
        answer.map_err(|status| Refusal::of(&status))
    }

    async fn answered<Q, A>(&self, what: &str, method: &str, request: Q) -> A
    where
        Q: prost::Message + 'static,
        A: prost::Message + Default + 'static,
    {
        match self.call(what, method, request).await {
            Ok(answer) => answer,
            Err(refusal) => {
                panic!("{what}: {method} must be answered: {refusal:?}\n{}", self.server.output())
            }
        }
    }

    /// A call that cannot succeed now.
    async fn is_away<Q, A>(&self, what: &str, method: &str, request: Q)
    where
        Q: prost::Message + 'static,
        A: prost::Message + Default + std::fmt::Debug + 'static,
    {
        match self.call::<Q, A>(what, method, request).await {
            Ok(answer) => panic!("{what}: {method} cannot be answered now: {answer:?}"),
            Err(refusal) => {
                assert!(
                    REASONS_WHILE_AWAY.contains(&refusal.reason.as_str()),
                    "{what}: {method}: {refusal:?}"
                );
            }
        }
    }

    /// Records a report that is new.
    async fn records_once(&self, what: &str) {
        self.is_recorded_once(what, self.requests.report()).await;
    }

    /// Sends a report, and expects it once: in its history, and in the list of the read model.
    async fn is_recorded_once(&self, what: &str, report: v1::ReportIncidentRequest) {
        let reported: v1::ReportIncidentResponse =
            self.answered(what, "IncidentService/ReportIncident", report).await;
        let result = reported.result.unwrap();
        let request = v1::GetIncidentRequest { incident_id: reported.incident_id.clone() };
        let found: v1::GetIncidentResponse =
            self.answered(what, "IncidentService/GetIncident", request).await;
        let history: Vec<String> = found.history.into_iter().map(|entry| entry.event_id).collect();
        assert_eq!(history, result.event_ids, "{what}");
        let query = v1::QueryContext { min_position: result.position, ..Default::default() };
        let request = v1::ListIncidentsRequest { query: Some(query), page_size: 500, ..Default::default() };
        let listed: v1::ListIncidentsResponse =
            self.answered(what, "IncidentService/ListIncidents", request).await;
        let rows = listed.incidents.iter().filter(|row| row.incident_id == reported.incident_id);
        assert_eq!(rows.count(), 1, "{what}");
    }
}

/// What goes wrong once is not noticed by the caller, who waits a little longer.
async fn each_is_survived_by_the_command_that_meets_it(faults: &[(&str, Fault)]) {
    let standing = Standing::on(Settings::default()).await;
    for (what, fault) in faults {
        let what = format!("{what}: {fault:?}");
        standing.double.script(fault.clone());
        if *fault == Fault::RefuseConnection {
            standing.double.break_connections();
        }
        standing.records_once(&what).await;
        assert_eq!(standing.double.waiting_faults(), 0, "{what} did not come");
        standing.records_once(&format!("after {what}")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_b_b2_i_what_goes_wrong_once_is_survived_by_the_command_that_meets_it() {
    let not_leader = |call| Fault::AnswerNotLeader { call, host: "127.0.0.1".to_owned(), port: 9 };
    each_is_survived_by_the_command_that_meets_it(&[
        ("A", Fault::RefuseConnection),
        ("B", Fault::AnswerUnavailable(Call::Append)),
        ("B", Fault::AnswerUnavailable(Call::ReadStream)),
        ("B", Fault::AnswerUnavailable(Call::ReadAll)),
        ("B2", not_leader(Call::Append)),
        ("B2", not_leader(Call::ReadStream)),
        ("I", Fault::EndBatchSession),
        ("unsure", Fault::CommitThenDie),
        ("unsure", Fault::DieBeforeCommit),
        ("unsure", Fault::CommitThenAbort),
        ("unsure", Fault::AbortBeforeCommit),
        ("broken off", Fault::BreakRead { call: Call::ReadStream, after: 0 }),
        ("broken off", Fault::BreakRead { call: Call::ReadAll, after: 0 }),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f_what_is_never_answered_is_given_up_and_survived_by_the_command_that_meets_it() {
    // Each waits for the time of an attempt.
    let faults = [
        ("F", Fault::StaySilent(Call::Append)),
        ("F", Fault::StaySilent(Call::ReadStream)),
        ("F, unsure", Fault::CommitThenStaySilent),
    ];
    let mut waiting = tokio::task::JoinSet::new();
    for fault in faults {
        waiting.spawn(async move { each_is_survived_by_the_command_that_meets_it(&[fault]).await });
    }
    waiting.join_all().await;
}

/// While the engine is away every call that needs it is answered in time and with the reason, and the same command succeeds, once, when it is back.
async fn is_endured(what: &str, begin: impl Fn(&Double), end: impl Fn(&Double)) {
    let standing = Standing::on(Settings::default()).await;
    let report = standing.requests.report();
    let unknown = v1::GetIncidentRequest { incident_id: standing.requests.id() };
    let mut health = standing.server.health_changes("candour.v1.IncidentService").await;
    let connections = standing.double.counts().connections;
    begin(&standing.double);
    tokio::join!(
        standing.is_away::<_, v1::ReportIncidentResponse>(
            what,
            "IncidentService/ReportIncident",
            report.clone()
        ),
        standing.is_away::<_, v1::GetIncidentResponse>(what, "IncidentService/GetIncident", unknown),
    );
    health.until_serving(false).await;
    // Waits of 50, 100, 200, … 2000 ms: a few clients in these ten or twenty seconds, each with a few connections.
    let connections = standing.double.counts().connections - connections;
    assert!(connections <= 60, "{what}: {connections} connections were made");
    end(&standing.double);
    standing.is_recorded_once(what, report).await;
    health.until_serving(true).await;
    standing.records_once(what).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_g_an_engine_that_refuses_or_says_nothing_holds_no_call_past_its_budget() {
    tokio::join!(
        is_endured(
            "A, lasting",
            |double| {
                double.set_refusing(true);
                double.break_connections();
            },
            |double| double.set_refusing(false),
        ),
        is_endured("G", |double| double.set_silent(true), |double| double.set_silent(false)),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b2_commands_follow_a_leader_that_moves() {
    let standing = Standing::on(Settings { nodes: 3, ..Settings::default() }).await;
    for leader in [1, 2, 0] {
        standing.double.move_leader(leader);
        standing.records_once(&format!("B2: node {leader} leads")).await;
    }
    assert!(standing.double.counts().gossip > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c_d_h_i_no_subscription_is_made_and_slow_acknowledgements_and_a_server_without_sessions_will_do() {
    let settings = Settings { delayed_acknowledgements: true, batch_append: false, ..Settings::default() };
    let standing = Standing::on(settings).await;
    standing.records_once("H, I").await;
    let counts = standing.double.counts();
    assert_eq!((counts.subscriptions, counts.batch_sessions), (0, 0), "{counts:?}");
    // The service has ended in order and in time, with its connections open.
    let begun = Instant::now();
    assert_eq!(standing.server.terminate().code, Some(0));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}
