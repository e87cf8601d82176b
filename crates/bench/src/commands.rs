//! Commands over gRPC against the real program on a real store, beside commands that store nothing and beside the disk.
//!
//! - *Recorded*: a report of an incident with a named reporter and a named patient. It is sealed, and answered once it is on disk.
//! - *Refused*: the same report by a reporter who is anonymous and yet named. It passes every check of fields and permissions, its content is
//!   authenticated, its stream is looked at, and the last rule refuses it; nothing is stored.
//! - *Mixed*: a report, its reporter acknowledged, harm graded twice, the incident closed: five commands on two records.
//! - *Health*: a round trip in which nothing is done.
//!
//! The kinds take turns on one server. Client and server share the cores.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use candour_api::v1;
use candour_testkit::{Clients, Requests, Server};
use tonic::{Code, Status, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::{
    disk, progress,
    sample::{Sample, a_second, shown},
    settings::Settings,
    table::{Row, Table},
};

/// Commands in flight.
const IN_FLIGHT: [usize; 3] = [1, 16, 64];
/// Commands in flight on one connection at most; beyond, there are several.
const IN_FLIGHT_PER_CONNECTION: usize = 16;
/// Syncs that are measured.
const SYNCS: usize = 1_000;

/// The kinds of call.
#[derive(Clone, Copy)]
enum Kind {
    Recorded,
    Refused,
    Mixed,
    Health,
}

const KINDS: [Kind; 4] = [Kind::Recorded, Kind::Refused, Kind::Mixed, Kind::Health];

/// What the calls of one number in flight took, by kind.
type Samples = [Sample; KINDS.len()];

pub(crate) async fn measure(settings: &Settings, folder: &Path, table: &mut Table) -> anyhow::Result<()> {
    let store = folder.join("commands");
    let program = settings.program()?;
    let program = program.to_str().context("the path of the program is not text")?;
    let server = Server::start(program, &store, &["--log", "warn"]);
    let requests = Requests::named("bench");
    let mut syncs = Sample::default();
    for in_flight in IN_FLIGHT {
        let caller = Caller::connect(&server, in_flight, &requests).await;
        // What is made once, such as keys and prepared statements, is not measured.
        caller.send(Kind::Mixed, in_flight, settings.sending() / 10).await?;
        let mut samples = Samples::default();
        for turn in 1..=settings.turns() {
            progress(&format!("{in_flight} in flight, turn {turn} of {}", settings.turns()));
            for (kind, sample) in KINDS.into_iter().zip(&mut samples) {
                let sent = caller.send(kind, in_flight, settings.sending() / settings.turns()).await?;
                sample.add(sent.0, sent.1);
            }
            if in_flight == 1 {
                let scratch = folder.to_owned();
                let count = SYNCS / usize::try_from(settings.turns()).unwrap_or(1);
                let measured = tokio::task::spawn_blocking(move || disk::syncs(&scratch, count)).await??;
                syncs.extend(measured);
            }
        }
        rows(table, in_flight, samples, &mut syncs);
    }
    let ended = server.terminate();
    anyhow::ensure!(ended.code == Some(0), "the server ended with {:?}: {}", ended.code, ended.stderr);
    Ok(())
}

fn rows(table: &mut Table, in_flight: usize, samples: Samples, syncs: &mut Sample) {
    let [mut recorded, mut refused, mut mixed, mut health] = samples;
    table.add(Row {
        what: format!("reports recorded durably over gRPC, {in_flight} in flight"),
        measured: both(&mut recorded),
        beside: format!("refused by the last rule: {}", both(&mut refused)),
        ratio: Some(recorded.rate() / refused.rate()),
        target: if in_flight == 64 { "at least 0.70" } else { "" },
    });
    table.add(Row {
        what: format!("mixed commands over gRPC, {in_flight} in flight"),
        measured: both(&mut mixed),
        beside: format!("a round trip that does nothing: {}", both(&mut health)),
        ratio: Some(mixed.rate() / health.rate()),
        target: "",
    });
    if in_flight == 1 {
        let floor = health.centile(50) + syncs.centile(50);
        table.add(Row {
            what: "one durable report at a time".to_owned(),
            measured: format!("p50 {}", shown(recorded.centile(50))),
            beside: format!(
                "round trip p50 {} + one fdatasync p50 {} (p99 {})",
                shown(health.centile(50)),
                shown(syncs.centile(50)),
                shown(syncs.centile(99))
            ),
            ratio: Some(recorded.centile(50).as_secs_f64() / floor.as_secs_f64()),
            target: "at most 1.50",
        });
    }
}

fn both(sample: &mut Sample) -> String {
    format!(
        "{}, p50 {}, p99 {}",
        a_second(sample.rate(), ""),
        shown(sample.centile(50)),
        shown(sample.centile(99))
    )
}

/// Calls over several connections.
struct Caller {
    connections: Vec<Connection>,
    requests: Requests,
    sent: AtomicU64,
}

#[derive(Clone)]
struct Connection {
    clients: Clients,
    health: HealthClient<Channel>,
}

impl Caller {
    async fn connect(server: &Server, in_flight: usize, requests: &Requests) -> Arc<Self> {
        let mut connections = Vec::new();
        for _ in 0..in_flight.div_ceil(IN_FLIGHT_PER_CONNECTION) {
            let channel = server.channel().await;
            connections.push(Connection {
                clients: Clients::new(channel.clone(), "demo-patient-safety"),
                health: HealthClient::new(channel),
            });
        }
        Arc::new(Self { connections, requests: requests.clone(), sent: AtomicU64::new(0) })
    }

    /// Keeps so many calls in flight for so long. Gives what each took, and the time from the first to the end of the last.
    async fn send(
        self: &Arc<Self>,
        kind: Kind,
        in_flight: usize,
        time: Duration,
    ) -> anyhow::Result<(Vec<Duration>, Duration)> {
        let begun = Instant::now();
        let senders = (0..in_flight).map(|index| {
            let caller = Arc::clone(self);
            tokio::spawn(async move {
                let mut connection = caller.connections[index % caller.connections.len()].clone();
                let mut durations = Vec::new();
                while begun.elapsed() < time {
                    caller.call(kind, &mut connection, &mut durations).await?;
                }
                Ok::<_, Status>(durations)
            })
        });
        let mut all = Vec::new();
        for sender in futures::future::join_all(senders).await {
            all.extend(sender?.context("a command was not answered as it should be")?);
        }
        Ok((all, begun.elapsed()))
    }

    async fn call(
        &self,
        kind: Kind,
        connection: &mut Connection,
        durations: &mut Vec<Duration>,
    ) -> Result<(), Status> {
        match kind {
            Kind::Recorded => {
                let report = self.report();
                timed(durations, connection.clients.incident.report_incident(report)).await.map(drop)
            }
            Kind::Refused => {
                let mut report = self.report();
                if let Some(reporter) = report.report.as_mut().and_then(|report| report.reporter.as_mut()) {
                    reporter.identity = v1::ReporterIdentity::Anonymous.into();
                }
                match timed(durations, connection.clients.incident.report_incident(report)).await {
                    Err(status) if status.code() == Code::InvalidArgument => Ok(()),
                    Err(status) => Err(status),
                    Ok(_) => Err(Status::internal("what should be refused was recorded")),
                }
            }
            Kind::Mixed => self.mixed(&mut connection.clients, durations).await,
            Kind::Health => {
                let request = HealthCheckRequest::default();
                timed(durations, connection.health.check(request)).await.map(drop)
            }
        }
    }

    async fn mixed(&self, clients: &mut Clients, durations: &mut Vec<Duration>) -> Result<(), Status> {
        let reported = timed(durations, clients.incident.report_incident(self.report())).await?.into_inner();
        let incident_id = reported.incident_id;
        let person = reported.affected_persons.into_iter().next().map(|person| person.affected_person_id);
        let acknowledged = v1::AcknowledgeReporterRequest {
            command: Some(self.requests.command("staff:2001")),
            incident_id: incident_id.clone(),
            ..Default::default()
        };
        timed(durations, clients.follow_up.acknowledge_reporter(acknowledged)).await?;
        for physical in [v1::PhysicalHarm::Severe, v1::PhysicalHarm::Low] {
            let graded = v1::GradeHarmRequest {
                command: Some(self.requests.command("staff:3001")),
                incident_id: incident_id.clone(),
                affected_person_id: person.clone().unwrap_or_default(),
                grade: Some(v1::HarmGrade { physical: physical.into(), ..Default::default() }),
                ..Default::default()
            };
            timed(durations, clients.incident.grade_harm(graded)).await?;
        }
        let closed = v1::CloseIncidentRequest {
            command: Some(self.requests.command("staff:3001")),
            incident_id,
            ..Default::default()
        };
        timed(durations, clients.incident.close_incident(closed)).await.map(drop)
    }

    /// A report with personal fields.
    fn report(&self) -> v1::ReportIncidentRequest {
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        let mut request = self.requests.report();
        if let Some(report) = &mut request.report {
            report.narrative = format!(
                "The evening dose was given twice after the chart had been rewritten; the earlier entry, number {number}, was not crossed through."
            );
            if let Some(reporter) = &mut report.reporter {
                "Bronwen Carruthers".clone_into(&mut reporter.name);
            }
            for person in &mut report.affected_persons {
                "Emeka Hathersage".clone_into(&mut person.name);
            }
        }
        request
    }
}

/// Takes the time of a call.
async fn timed<T>(
    durations: &mut Vec<Duration>,
    call: impl Future<Output = Result<T, Status>>,
) -> Result<T, Status> {
    let begun = Instant::now();
    let answer = call.await;
    durations.push(begun.elapsed());
    answer
}
