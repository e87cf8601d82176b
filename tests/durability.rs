//! Proves that `kill -9` loses nothing that was acknowledged, and that a retry applies nothing twice.
//!
//! Eight writers record under load; the server is killed at several moments; each writer then sends the command that it had no answer to
//! once more, with the same request id. At the end every history holds exactly the events that were acknowledged, in order, and the read
//! model, which was killed in the middle of its work as well, equals a fresh fold of the log.

use std::collections::{BTreeMap, BTreeSet};

use candour_api::v1;
use candour_testkit::{Connection, Program, Refusal, Requests, Server, connection::PATIENT_SAFETY};
use tokio::sync::mpsc;
use tonic::{Code, Status};

const BINARY: &str = env!("CARGO_BIN_EXE_candour");
const WRITERS: usize = 8;
/// After how many acknowledgements the server is killed, one round after the other.
const KILLED_AFTER: &[usize] = &[1, 25, 90, 200];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_loses_nothing_acknowledged_and_a_retry_applies_nothing_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let requests = Requests::named("durability");
    let mut server = Server::start(BINARY, folder.path(), &[]);
    let action_id = shared_action(&server, &requests).await;
    let mut writers: Vec<Writer> = (0..WRITERS).map(|_| Writer::new(&requests, &action_id)).collect();
    for (round, kill_after) in KILLED_AFTER.iter().enumerate() {
        writers = until_killed(server, writers, *kill_after).await;
        server = Server::start(BINARY, folder.path(), &[]);
        let connection = server.connect(PATIENT_SAFETY).await;
        let mut unanswered = 0;
        for writer in &mut writers {
            writer.repeat_the_last_acknowledged(&connection).await;
            unanswered += usize::from(writer.pending.is_some());
            while writer.pending.is_some() {
                writer.step(&connection).await.expect("a retry with the same request id is answered");
            }
        }
        assert!(unanswered > 0, "round {round}: the server was killed in the middle of something");
    }

    let acknowledged: Vec<&Acknowledged> = writers.iter().flat_map(|writer| &writer.acknowledged).collect();
    assert!(acknowledged.len() >= KILLED_AFTER.iter().sum(), "{} acknowledged", acknowledged.len());
    let connection = server.connect(PATIENT_SAFETY).await;
    every_history_is_what_was_acknowledged(&connection, &acknowledged, &action_id).await;
    every_incident_is_listed_once(&connection, &acknowledged).await;
    assert_eq!(server.terminate().code, Some(0));

    let folder = folder.path().to_str().expect("a path in UTF-8");
    let checked = Program::new(BINARY).run(&["rebuild", "--check", "--folder", folder]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    // Besides what the writers recorded: one report and one action, made before.
    let events = 2 + acknowledged.iter().map(|one| one.event_ids.len()).sum::<usize>();
    assert_eq!(checked.stdout.trim(), format!("the read model equals a fresh fold of {events} events"));
}

/// An action that all writers note progress on, so that they also contend for one stream.
async fn shared_action(server: &Server, requests: &Requests) -> String {
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
    action.action_id
}

/// Lets all writers write until the server has acknowledged so many commands, then kills it in the middle of the others.
async fn until_killed(server: Server, writers: Vec<Writer>, kill_after: usize) -> Vec<Writer> {
    let (acknowledge, mut acknowledged) = mpsc::unbounded_channel();
    let mut tasks = Vec::new();
    for mut writer in writers {
        let connection = server.connect(PATIENT_SAFETY).await;
        let acknowledge = acknowledge.clone();
        tasks.push(tokio::spawn(async move {
            while writer.step(&connection).await.is_ok() {
                // The receiver is gone once enough was acknowledged.
                let _ = acknowledge.send(());
            }
            writer
        }));
    }
    for _ in 0..kill_after {
        acknowledged.recv().await.expect("the writers go on until the server is killed");
    }
    server.kill();
    let mut writers = Vec::new();
    for task in tasks {
        writers.push(task.await.expect("a writer ends in order"));
    }
    writers
}

/// A request, kept so that its repeat is the same to the last byte.
#[derive(Clone, Debug)]
enum Command {
    Report(v1::ReportIncidentRequest),
    Amend(v1::AmendIncidentRequest),
    Acknowledge(v1::AcknowledgeReporterRequest),
    Note(v1::NoteProgressRequest),
    Close(v1::CloseIncidentRequest),
}

/// The history that a command's events belong to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum History {
    Incident(String),
    Feedback(String),
    Action,
}

/// A command that the server answered.
#[derive(Clone, Debug)]
struct Acknowledged {
    command: Command,
    history: History,
    event_ids: Vec<String>,
}

/// Reports incidents and follows each up, one command after the other.
struct Writer {
    requests: Requests,
    action_id: String,
    incident_id: String,
    sent: usize,
    /// What was sent and not answered yet.
    pending: Option<Command>,
    acknowledged: Vec<Acknowledged>,
}

impl Writer {
    fn new(requests: &Requests, action_id: &str) -> Self {
        Self {
            requests: requests.clone(),
            action_id: action_id.to_owned(),
            incident_id: String::new(),
            sent: 0,
            pending: None,
            acknowledged: Vec::new(),
        }
    }

    fn next(&mut self) -> Command {
        let command = Some(self.requests.command("staff:1001"));
        let incident_id = self.incident_id.clone();
        let number = self.sent;
        self.sent += 1;
        match number % 6 {
            0 => Command::Report(self.requests.report()),
            1 | 3 => Command::Amend(v1::AmendIncidentRequest {
                command,
                incident_id,
                narrative: format!("What happened, told for the time number {number}."),
                ..Default::default()
            }),
            2 => Command::Acknowledge(v1::AcknowledgeReporterRequest {
                command,
                incident_id,
                method: v1::FeedbackMethod::Email.into(),
            }),
            4 => Command::Note(v1::NoteProgressRequest {
                command,
                action_id: self.action_id.clone(),
                note: format!("Note number {number}."),
            }),
            _ => Command::Close(v1::CloseIncidentRequest { command, incident_id, ..Default::default() }),
        }
    }

    /// Sends what is pending, or else the next command. An error leaves it pending.
    async fn step(&mut self, connection: &Connection) -> Result<(), Status> {
        let command = match self.pending.take() {
            Some(command) => command,
            None => self.next(),
        };
        self.pending = Some(command.clone());
        match send(connection, &command).await {
            Ok((history, result)) => {
                if let (Command::Report(_), History::Incident(id)) = (&command, &history) {
                    self.incident_id.clone_from(id);
                }
                assert!(!result.event_ids.is_empty(), "every command here records something: {command:?}");
                self.pending = None;
                self.acknowledged.push(Acknowledged { command, history, event_ids: result.event_ids });
                Ok(())
            }
            // The other writers got in between too often: to be retried, as the contract says.
            Err(status) if status.code() == Code::Aborted => Ok(()),
            Err(status) => {
                let refusal = Refusal::of(&status);
                assert_eq!(refusal.infos, 0, "a server that goes on must not refuse: {refusal:?}");
                Err(status)
            }
        }
    }

    async fn repeat_the_last_acknowledged(&self, connection: &Connection) {
        let Some(last) = self.acknowledged.last() else { return };
        let (_, result) = send(connection, &last.command).await.expect("a repeat is answered");
        assert!(result.repeated, "what was acknowledged is there after the kill");
        assert_eq!(result.event_ids, last.event_ids, "the repeat answers as the first did");
    }
}

async fn send(connection: &Connection, command: &Command) -> Result<(History, v1::CommandResult), Status> {
    let (history, result) = match command.clone() {
        Command::Report(request) => {
            let answer: v1::ReportIncidentResponse =
                connection.call("IncidentService/ReportIncident", request).await?;
            (History::Incident(answer.incident_id), answer.result)
        }
        Command::Amend(request) => {
            let answer: v1::AmendIncidentResponse =
                connection.call("IncidentService/AmendIncident", request).await?;
            (History::Incident(answer.incident_id), answer.result)
        }
        Command::Close(request) => {
            let answer: v1::CloseIncidentResponse =
                connection.call("IncidentService/CloseIncident", request).await?;
            (History::Incident(answer.incident_id), answer.result)
        }
        Command::Acknowledge(request) => {
            let answer: v1::AcknowledgeReporterResponse =
                connection.call("FollowUpService/AcknowledgeReporter", request).await?;
            (History::Feedback(answer.incident_id), answer.result)
        }
        Command::Note(request) => {
            let answer: v1::NoteProgressResponse =
                connection.call("LearningService/NoteProgress", request).await?;
            (History::Action, answer.result)
        }
    };
    Ok((history, result.expect("a command has a result")))
}

async fn every_history_is_what_was_acknowledged(
    connection: &Connection,
    acknowledged: &[&Acknowledged],
    action_id: &str,
) {
    let mut expected: BTreeMap<History, Vec<String>> = BTreeMap::new();
    for one in acknowledged {
        expected.entry(one.history.clone()).or_default().extend(one.event_ids.clone());
    }
    for (history, events) in &expected {
        match history {
            History::Incident(incident_id) => {
                let request = v1::GetIncidentRequest { incident_id: incident_id.clone() };
                let answer: v1::GetIncidentResponse = connection
                    .call("IncidentService/GetIncident", request)
                    .await
                    .expect("an incident that was acknowledged");
                assert_eq!(ids(answer.history), *events);
            }
            History::Feedback(incident_id) => {
                let request = v1::GetReporterFeedbackRequest { incident_id: incident_id.clone() };
                let answer: v1::GetReporterFeedbackResponse = connection
                    .call("FollowUpService/GetReporterFeedback", request)
                    .await
                    .expect("feedback that was acknowledged");
                assert_eq!(ids(answer.history), *events);
            }
            History::Action => {
                let request = v1::GetActionRequest { action_id: action_id.to_owned() };
                let answer: v1::GetActionResponse =
                    connection.call("LearningService/GetAction", request).await.expect("the action");
                // The writers wrote at the same time, so their order among each other is the server's.
                let found = ids(answer.history);
                assert_eq!(found.len(), events.len() + 1, "the agreement, then each note once");
                let found: BTreeSet<String> = found.into_iter().skip(1).collect();
                assert_eq!(found, events.iter().cloned().collect());
            }
        }
    }
}

fn ids(history: Vec<v1::HistoryEntry>) -> Vec<String> {
    history.into_iter().map(|entry| entry.event_id).collect()
}

async fn every_incident_is_listed_once(connection: &Connection, acknowledged: &[&Acknowledged]) {
    let reported: BTreeSet<&String> = acknowledged
        .iter()
        .filter_map(|one| match (&one.command, &one.history) {
            (Command::Report(_), History::Incident(id)) => Some(id),
            _ => None,
        })
        .collect();
    let last = acknowledged.last().expect("something was acknowledged");
    let (_, result) = send(connection, &last.command).await.expect("a repeat is answered");
    let mut listed = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = v1::ListIncidentsRequest {
            query: Some(v1::QueryContext { min_position: result.position.clone(), ..Default::default() }),
            page_size: 7,
            page_token,
            ..Default::default()
        };
        let answer: v1::ListIncidentsResponse =
            connection.call("IncidentService/ListIncidents", request).await.expect("a list");
        listed.extend(answer.incidents.into_iter().map(|row| row.incident_id));
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed.len(), reported.len() + 1, "each incident once, and the one reported before");
    let listed: BTreeSet<&String> = listed.iter().collect();
    assert!(reported.is_subset(&listed));
}
