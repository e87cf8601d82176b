//! One writer: reports incidents and follows each up, one command after the other, and keeps what it was told.

use candour_api::v1;
use tonic::{Code, Status};

use crate::{connection::Connection, refusal::Refusal, request::Requests};

/// A request, kept so that its repeat is the same to the last byte.
#[derive(Clone, Debug)]
pub(super) enum Command {
    Report(v1::ReportIncidentRequest),
    Amend(v1::AmendIncidentRequest),
    Acknowledge(v1::AcknowledgeReporterRequest),
    Note(v1::NoteProgressRequest),
    Close(v1::CloseIncidentRequest),
}

/// The history that a command's events belong to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum History {
    Incident(String),
    Feedback(String),
    Action,
}

/// A command that the server answered.
#[derive(Clone, Debug)]
pub(super) struct Acknowledged {
    pub(super) command: Command,
    pub(super) history: History,
    pub(super) event_ids: Vec<String>,
}

/// What became of a command that was sent.
#[derive(Debug)]
pub(super) enum Sent {
    /// It was answered, and what it recorded was noted.
    Acknowledged,
    /// The other writers got in between too often: to be sent again, as the contract says.
    Contended,
    /// It was not answered with success, and is sent again next.
    Unanswered(Status),
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    requests: Requests,
    action_id: String,
    incident_id: String,
    sent: usize,
    /// What was sent and not answered yet.
    pending: Option<Command>,
    pub(super) acknowledged: Vec<Acknowledged>,
}

impl Writer {
    pub(super) fn new(requests: &Requests, action_id: &str) -> Self {
        Self {
            requests: requests.clone(),
            action_id: action_id.to_owned(),
            incident_id: String::new(),
            sent: 0,
            pending: None,
            acknowledged: Vec::new(),
        }
    }

    /// Whether the last command it sent has no answer yet.
    pub(super) fn waits_for_an_answer(&self) -> bool {
        self.pending.is_some()
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

    /// Sends what is pending, or else the next command.
    pub(super) async fn step(&mut self, connection: &Connection) -> Sent {
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
                Sent::Acknowledged
            }
            Err(status) if status.code() == Code::Aborted => Sent::Contended,
            Err(status) => Sent::Unanswered(status),
        }
    }

    /// Sends what is pending, if anything is, until it is answered. The server must not refuse it.
    pub(super) async fn settle(&mut self, connection: &Connection) {
        while self.pending.is_some() {
            if let Sent::Unanswered(status) = self.step(connection).await {
                panic!("a retry with the same request id is answered: {:?}", Refusal::of(&status));
            }
        }
    }

    /// Sends the last command that was answered once more, and expects the same answer.
    pub(super) async fn repeat_the_last_acknowledged(&self, connection: &Connection) {
        let Some(last) = self.acknowledged.last() else { return };
        let (_, result) = send(connection, &last.command).await.expect("a repeat is answered");
        assert!(result.repeated, "what was acknowledged is there: {last:?}");
        assert_eq!(result.event_ids, last.event_ids, "the repeat answers as the first did");
    }
}

pub(super) async fn send(
    connection: &Connection,
    command: &Command,
) -> Result<(History, v1::CommandResult), Status> {
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
