//! Appending in a batch session (`Streams.BatchAppend`).
//!
//! A session takes an append in one message or several and answers each by its correlation id. What is refused is
//! refused in the session, which goes on; only that the node does not lead ends it, and with it whatever else is under
//! way in it. A server says in no answer which revision was expected.

use std::collections::HashMap;

use futures::StreamExt;
use prost::Message;
use prost_types::Any;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Response, Status, Streaming};
use uuid::Uuid;

use super::append::{Gathered, TooLarge};
use super::convert::{expected_revision, id_from_wire, identifier, name_of, proposed};
use super::{Answer, Answers, Carried, Node, refusal};
use crate::fault::{Call, Fault, count};
use crate::log::{Action, Expected, Outcome};
use crate::security::Caller;
use crate::wire::streams::{BatchAppendReq, BatchAppendResp, batch_append_req, batch_append_resp};
use crate::wire::{AllStreamPosition, shared};

/// Answers of a batch session that wait to be sent.
const ANSWERS: usize = 64;

/// An append that is being sent.
struct Pending {
    stream: String,
    expected: Expected,
    gathered: Gathered,
}

/// One session.
struct Session {
    node: Node,
    caller: Caller,
    headers: MetadataMap,
    pending: HashMap<Uuid, Pending>,
}

/// What comes of one message.
enum Next {
    /// Nothing is said to it.
    Nothing,
    Answer(batch_append_resp::Result),
    /// The session ends with this.
    End(Option<Status>),
}

impl Node {
    pub(super) fn batch_session(
        &self,
        request: Request<Streaming<BatchAppendReq>>,
    ) -> Answer<Answers<BatchAppendResp>> {
        count(&self.cluster.script.batch_sessions);
        let (headers, _, mut messages) = request.into_parts();
        let caller = self.caller(&headers)?;
        if !self.cluster.batch_append {
            return Err(Status::unimplemented("unknown method"));
        }
        let (answers, receiver) = mpsc::channel(ANSWERS);
        let mut session = Session { node: self.clone(), caller, headers, pending: HashMap::new() };
        tokio::spawn(async move {
            loop {
                // A receiver that is gone closes the session as well as an end of the messages does.
                let next = tokio::select! {
                    next = messages.message() => next,
                    () = answers.closed() => return,
                };
                let Ok(Some(message)) = next else { return };
                let correlation_id = message.correlation_id.clone();
                let (stream, next) = session.take(message).await;
                let is_gone = match next {
                    Next::Nothing => false,
                    Next::End(status) => {
                        if let Some(status) = status {
                            // Whoever is gone does not need to know.
                            answers.send(Err(status)).await.ok();
                        }
                        return;
                    }
                    Next::Answer(result) => {
                        let answer = BatchAppendResp {
                            correlation_id,
                            stream_identifier: stream.as_deref().map(identifier),
                            result: Some(result),
                            expected_stream_position: None,
                        };
                        answers.send(Ok(answer)).await.is_err()
                    }
                };
                if is_gone {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver).boxed()))
    }
}

impl Session {
    /// Takes one message, and gives the stream that it is about, as far as it is known.
    async fn take(&mut self, message: BatchAppendReq) -> (Option<String>, Next) {
        let id = match id_from_wire(message.correlation_id.clone()) {
            Ok(id) => id,
            Err(status) => return (None, Next::Answer(bad_request(status.message()))),
        };
        if let Some(options) = message.options {
            let Ok(stream) = name_of(options.stream_identifier.clone()) else {
                return (None, Next::Answer(bad_request("Required field StreamIdentifier not set.")));
            };
            match self.begin(&stream, &options) {
                Ok(pending) => drop(self.pending.entry(id).or_insert(pending)),
                Err(refused) => return (Some(stream), Next::Answer(refused)),
            }
        }
        let Some(mut pending) = self.pending.remove(&id) else { return (None, Next::Nothing) };
        let stream = Some(pending.stream.clone());
        let limits = &self.node.cluster.limits;
        for event in message.proposed_messages {
            let event = match proposed(event.id, event.metadata, event.custom_metadata, event.data) {
                Ok(event) => event,
                Err(status) => return (stream, Next::Answer(bad_request(status.message()))),
            };
            match pending.gathered.add(event, limits) {
                Ok(()) => {}
                Err(TooLarge::Event { id, size }) => {
                    return (stream, Next::Answer(event_too_large(id, size, limits.event_bytes)));
                }
                Err(TooLarge::Append) => {
                    return (stream, Next::Answer(append_too_large(limits.append_bytes)));
                }
            }
        }
        if !message.is_final {
            self.pending.insert(id, pending);
            return (stream, Next::Nothing);
        }
        count(&self.node.cluster.script.batch_appends);
        (stream, self.carry_out(pending).await)
    }

    /// Checks what an append begins with.
    fn begin(
        &self,
        stream: &str,
        options: &batch_append_req::Options,
    ) -> Result<Pending, batch_append_resp::Result> {
        use batch_append_req::options::{DeadlineOption, ExpectedStreamPosition as Sent};
        if !self.caller.may(Action::Write, stream, &self.node.cluster.store) {
            return Err(access_denied());
        }
        // A server waits no longer than it is told, and no longer than it is configured to. There is no clock here, so
        // that only a time that is up before it begins can be told.
        if let Some(DeadlineOption::Deadline(duration)) = &options.deadline_option
            && (duration.seconds, duration.nanos) <= (0, 0)
        {
            return Err(timeout());
        }
        let expected = match options.expected_stream_position {
            Some(Sent::StreamPosition(revision)) => {
                expected_revision(revision).map_err(|status| bad_request(status.message()))?
            }
            Some(Sent::NoStream(())) => Expected::NoStream,
            Some(Sent::Any(())) => Expected::Any,
            Some(Sent::StreamExists(())) => Expected::StreamExists,
            None => return Err(bad_request("'None' is not a valid expected position")),
        };
        Ok(Pending { stream: stream.to_owned(), expected, gathered: Gathered::new() })
    }

    async fn carry_out(&self, pending: Pending) -> Next {
        let refused = match self.node.lead(&self.headers, true) {
            Ok(()) => match self.node.cluster.script.take(Some(Call::Append)) {
                Some(Fault::EndBatchSession) => return Next::End(None),
                Some(Fault::AnswerUnavailable(_)) => refusal::not_ready(),
                Some(Fault::AnswerNotLeader { host, port, .. }) => refusal::not_leader(&host, port),
                Some(Fault::AbortBeforeCommit) => return Next::Answer(timeout()),
                // What is not answered holds up no other append of the session.
                Some(Fault::StaySilent(_)) => return Next::Nothing,
                Some(Fault::DieBeforeCommit) => {
                    self.node.cluster.network.break_connections();
                    std::future::pending().await
                }
                fault => return self.write(pending, fault.as_ref()),
            },
            Err(refused) => refused,
        };
        // Only who leads instead is told to the session as a whole.
        if refused.code() == Code::NotFound {
            Next::End(Some(refused))
        } else {
            Next::Answer(not_handled(refused.message()))
        }
    }

    fn write(&self, pending: Pending, fault: Option<&Fault>) -> Next {
        use batch_append_resp::success::{CurrentRevisionOption, PositionOption};
        let Pending { stream, expected, gathered } = pending;
        let outcome = match self.node.carry_out(&stream, expected, gathered.events, fault) {
            Ok(Carried::Out(outcome)) => outcome,
            Ok(Carried::Aborted) => return Next::Answer(timeout()),
            Ok(Carried::Silent) => return Next::Nothing,
            Err(stopped) => return Next::End(Some(stopped)),
        };
        Next::Answer(match outcome {
            Outcome::Success { last_revision, position } => {
                batch_append_resp::Result::Success(batch_append_resp::Success {
                    current_revision_option: Some(
                        last_revision.map_or(
                            CurrentRevisionOption::NoStream(()),
                            CurrentRevisionOption::CurrentRevision,
                        ),
                    ),
                    position_option: Some(PositionOption::Position(AllStreamPosition {
                        commit_position: position,
                        prepare_position: position,
                    })),
                })
            }
            Outcome::WrongExpected { current } => wrong_expected_version(expected, current),
            Outcome::Deleted => {
                let details = shared::StreamDeleted { stream_identifier: Some(identifier(&stream)) };
                error(Code::NotFound, "StreamDeleted", "StreamDeleted", &details)
            }
        })
    }
}

/// An error of one append, as a server packs it (`Google.Rpc.Status`).
fn error(code: Code, message: &str, details_name: &str, details: &impl Message) -> batch_append_resp::Result {
    packed(code, message, &format!("event_store.client.{details_name}"), details)
}

fn packed(code: Code, message: &str, type_name: &str, details: &impl Message) -> batch_append_resp::Result {
    batch_append_resp::Result::Error(batch_append_resp::Status {
        code: code as i32,
        message: message.to_owned(),
        details: Some(Any {
            type_url: format!("type.googleapis.com/{type_name}"),
            value: details.encode_to_vec(),
        }),
    })
}

/// A node that cannot take the append says so without setting a code.
fn not_handled(message: &str) -> batch_append_resp::Result {
    packed(Code::Ok, message, "google.protobuf.Empty", &())
}

fn access_denied() -> batch_append_resp::Result {
    error(Code::PermissionDenied, "AccessDenied", "AccessDenied", &shared::AccessDenied {})
}

fn timeout() -> batch_append_resp::Result {
    error(Code::DeadlineExceeded, "Timeout", "Timeout", &shared::Timeout {})
}

fn bad_request(message: &str) -> batch_append_resp::Result {
    let details = shared::BadRequest { message: message.to_owned() };
    error(Code::InvalidArgument, "BadRequest", "BadRequest", &details)
}

fn append_too_large(limit: usize) -> batch_append_resp::Result {
    let name = "MaximumAppendSizeExceeded";
    let details = shared::MaximumAppendSizeExceeded { max_append_size: narrow(limit) };
    error(Code::InvalidArgument, name, name, &details)
}

fn event_too_large(event_id: String, size: usize, limit: usize) -> batch_append_resp::Result {
    let name = "MaximumAppendEventSizeExceeded";
    let details = shared::MaximumAppendEventSizeExceeded {
        event_id,
        proposed_event_size: narrow(size),
        max_append_event_size: narrow(limit),
    };
    error(Code::InvalidArgument, name, name, &details)
}

fn narrow(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

fn wrong_expected_version(expected: Expected, current: Option<u64>) -> batch_append_resp::Result {
    use shared::wrong_expected_version::{
        CurrentStreamRevisionOption as Current, ExpectedStreamPositionOption as Wanted,
    };
    let details = shared::WrongExpectedVersion {
        current_stream_revision_option: Some(
            current.map_or(Current::CurrentNoStream(()), Current::CurrentStreamRevision),
        ),
        expected_stream_position_option: Some(match expected {
            Expected::Any => Wanted::ExpectedAny(()),
            Expected::StreamExists => Wanted::ExpectedStreamExists(()),
            Expected::NoStream => Wanted::ExpectedNoStream(()),
            Expected::Revision(revision) => Wanted::ExpectedStreamPosition(revision),
        }),
    };
    error(Code::AlreadyExists, "WrongExpectedVersion", "WrongExpectedVersion", &details)
}
