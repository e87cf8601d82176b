//! Writers that record under load, while the server or its engine is killed, and the proof of what must hold afterwards: every command that was
//! acknowledged is there exactly once, and nothing else is.
//!
//! A writer whose command has no answer sends it again with the same request id, as the contract of the API asks, until it has one.

mod proof;
mod writer;

use std::{
    collections::BTreeMap,
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use candour_api::v1;
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    task::JoinHandle,
};
use writer::{Acknowledged, Sent, Writer};

use crate::{
    connection::{Connection, PATIENT_SAFETY},
    process::Program,
    refusal::Refusal,
    request::Requests,
    server::Server,
};

/// What a server may answer while its engine is away.
pub const REASONS_WHILE_AWAY: &[&str] = &["STORE_UNAVAILABLE", "OUTCOME_UNKNOWN"];
/// How long an answer may take while the engine is away: the budgets of loading a history and of appending to it, ten seconds each, and some more
/// for a busy machine.
pub const ANSWER_TIME_MAX: Duration = Duration::from_secs(25);
/// How long nothing may be acknowledged before the engine counts as gone for good.
pub const AWAY_TIME_MAX: Duration = Duration::from_mins(3);

/// Writers, and what each was told.
#[derive(Clone, Debug)]
pub struct Load {
    action_id: String,
    writers: Vec<Writer>,
}

/// What writers went through while an engine was away.
#[derive(Clone, Debug, Default)]
pub struct Endured {
    /// Commands acknowledged.
    pub acknowledged: usize,
    /// How often a command was answered with an error, by its reason.
    pub refused: BTreeMap<String, usize>,
    /// The longest that one answer took.
    pub longest_answer: Duration,
    /// The longest that nobody was acknowledged anything.
    pub longest_gap: Duration,
}

/// What one writer tells of one command.
#[derive(Debug)]
enum Told {
    Acknowledged(Duration),
    Refused(String, Duration),
}

impl Load {
    /// Makes the writers, and what they share: an action that all of them note progress on, so that they also contend for one stream.
    pub async fn begin(server: &Server, requests: &Requests, writers: usize) -> Self {
        let connection = server.connect(PATIENT_SAFETY).await;
        let report: v1::ReportIncidentResponse =
            connection.call("IncidentService/ReportIncident", requests.report()).await.expect("a report");
        let request = v1::AgreeActionRequest {
            command: Some(requests.command("staff:1")),
            incident_id: report.incident_id,
            description: "Print one chart.".to_owned(),
            ..Default::default()
        };
        let action: v1::AgreeActionResponse =
            connection.call("LearningService/AgreeAction", request).await.expect("an action");
        let writers = (0..writers).map(|_| Writer::new(requests, &action.action_id)).collect();
        Self { action_id: action.action_id, writers }
    }

    /// How many commands were acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.writers.iter().map(|writer| writer.acknowledged.len()).sum()
    }

    /// How many events the log must hold: what was acknowledged, and the report and the action that were recorded before.
    pub fn events(&self) -> usize {
        2 + self.all_acknowledged().iter().map(|one| one.event_ids.len()).sum::<usize>()
    }

    fn all_acknowledged(&self) -> Vec<&Acknowledged> {
        self.writers.iter().flat_map(|writer| &writer.acknowledged).collect()
    }

    /// Lets all write until the server has acknowledged so many commands, then kills it in the middle of the others.
    pub async fn until_killed(&mut self, server: Server, acknowledgements: usize) {
        let (acknowledge, mut acknowledged) = unbounded_channel();
        let mut tasks = Vec::new();
        for mut writer in std::mem::take(&mut self.writers) {
            let connection = server.connect(PATIENT_SAFETY).await;
            let acknowledge = acknowledge.clone();
            tasks.push(tokio::spawn(async move {
                loop {
                    match writer.step(&connection).await {
                        // The receiver is gone once enough was acknowledged.
                        Sent::Acknowledged => drop(acknowledge.send(())),
                        Sent::Contended => {}
                        Sent::Unanswered(status) => {
                            let refusal = Refusal::of(&status);
                            assert_eq!(
                                refusal.infos, 0,
                                "a server that goes on must not refuse: {refusal:?}"
                            );
                            return writer;
                        }
                    }
                }
            }));
        }
        drop(acknowledge);
        for _ in 0..acknowledgements {
            let told = tokio::time::timeout(AWAY_TIME_MAX, acknowledged.recv()).await;
            if told.expect("commands go on being acknowledged").is_none() {
                break;
            }
        }
        server.kill();
        self.writers = ended(tasks).await;
    }

    /// Goes on with a server that was started again: each writer repeats the last command that was acknowledged, which must be answered as before,
    /// and sends the one that was not until it is. Gives how many were not.
    pub async fn take_up(&mut self, server: &Server) -> usize {
        let connection = server.connect(PATIENT_SAFETY).await;
        let mut unanswered = 0;
        for writer in &mut self.writers {
            writer.repeat_the_last_acknowledged(&connection).await;
            unanswered += usize::from(writer.waits_for_an_answer());
            writer.settle(&connection).await;
        }
        unanswered
    }

    /// Lets all write while something happens to the engine of a server that stays up: until `before` commands are acknowledged, then while
    /// `disturbance` lasts, then until `after` more are acknowledged and every command has its answer. What is answered with an error is sent
    /// again; only errors that say that the engine is away are allowed, and each must come in time.
    pub async fn through<T>(
        &mut self,
        server: &Server,
        before: usize,
        disturbance: impl Future<Output = T>,
        after: usize,
    ) -> (T, Endured) {
        let (tell, told) = unbounded_channel();
        let enough = Arc::new(AtomicBool::new(false));
        let mut tasks = Vec::new();
        for mut writer in std::mem::take(&mut self.writers) {
            let connection = server.connect(PATIENT_SAFETY).await;
            let (tell, enough) = (tell.clone(), Arc::clone(&enough));
            tasks.push(tokio::spawn(async move {
                while writer.waits_for_an_answer() || !enough.load(Ordering::Acquire) {
                    if let Some(what) = endure(&mut writer, &connection).await {
                        // Nobody listens any more once enough was acknowledged.
                        drop(tell.send(what));
                    }
                }
                writer
            }));
        }
        drop(tell);
        let mut counting = Counting { told, endured: Endured::default(), last: Instant::now() };
        counting.until(before).await;
        let mut disturbance = pin!(disturbance);
        let outcome = loop {
            tokio::select! {
                outcome = &mut disturbance => break outcome,
                Some(what) = counting.told.recv() => counting.note(what),
            }
        };
        let so_far = counting.endured.acknowledged;
        counting.until(so_far + after).await;
        enough.store(true, Ordering::Release);
        self.writers = ended(tasks).await;
        (outcome, counting.endured)
    }

    /// Expects every acknowledged command exactly once, in its history and in the list.
    pub async fn every_acknowledged_command_is_there_once(&self, server: &Server) {
        let connection = server.connect(PATIENT_SAFETY).await;
        let acknowledged = self.all_acknowledged();
        proof::every_history_is_what_was_acknowledged(&connection, &acknowledged, &self.action_id).await;
        proof::every_incident_is_listed_once(&connection, &acknowledged).await;
    }

    /// Expects that the log holds what was acknowledged, so many events that others recorded beside it, and no more; and that the read model,
    /// which may have been killed in the middle of its work as well, equals a fresh fold of it. The server must have ended.
    pub fn the_read_model_equals_a_fresh_fold(&self, program: &Program, beside: usize) {
        let checked = program.run(&["rebuild", "--check"]);
        assert_eq!(checked.code, Some(0), "{}", checked.stderr);
        let equal = format!("the read model equals a fresh fold of {} events", self.events() + beside);
        assert_eq!(checked.stdout.trim(), equal);
    }
}

/// One command of a writer that goes on whatever it is told.
async fn endure(writer: &mut Writer, connection: &Connection) -> Option<Told> {
    let begun = Instant::now();
    let sent = writer.step(connection).await;
    let took = begun.elapsed();
    assert!(took <= ANSWER_TIME_MAX, "an answer took {took:?}: {sent:?}");
    match sent {
        Sent::Acknowledged => Some(Told::Acknowledged(took)),
        Sent::Contended => None,
        Sent::Unanswered(status) => {
            let refusal = Refusal::of(&status);
            assert!(REASONS_WHILE_AWAY.contains(&refusal.reason.as_str()), "after {took:?}: {refusal:?}");
            Some(Told::Refused(refusal.reason, took))
        }
    }
}

/// Counts what the writers tell.
struct Counting {
    told: UnboundedReceiver<Told>,
    endured: Endured,
    /// When the last command was acknowledged.
    last: Instant,
}

impl Counting {
    fn note(&mut self, what: Told) {
        let endured = &mut self.endured;
        let took = match what {
            Told::Acknowledged(took) => {
                endured.acknowledged += 1;
                endured.longest_gap = endured.longest_gap.max(self.last.elapsed());
                self.last = Instant::now();
                took
            }
            Told::Refused(reason, took) => {
                *endured.refused.entry(reason).or_default() += 1;
                took
            }
        };
        endured.longest_answer = endured.longest_answer.max(took);
    }

    /// Waits until so many commands were acknowledged in all; not any longer where every writer has ended, which its task explains.
    async fn until(&mut self, acknowledged: usize) {
        while self.endured.acknowledged < acknowledged {
            let left = AWAY_TIME_MAX.saturating_sub(self.last.elapsed());
            match tokio::time::timeout(left, self.told.recv()).await {
                Ok(Some(what)) => self.note(what),
                Ok(None) => return,
                Err(tokio::time::error::Elapsed { .. }) => {
                    panic!("nothing was acknowledged for {AWAY_TIME_MAX:?}: {:?}", self.endured)
                }
            }
        }
    }
}

async fn ended(tasks: Vec<JoinHandle<Writer>>) -> Vec<Writer> {
    let mut writers = Vec::new();
    for task in tasks {
        match task.await {
            Ok(writer) => writers.push(writer),
            // As if the writer had not been a task of its own.
            Err(failed) => std::panic::resume_unwind(failed.into_panic()),
        }
    }
    writers
}
