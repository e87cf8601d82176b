//! The services of one node.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::{Stream, StreamExt, stream};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::{AsciiMetadataValue, MetadataMap, MetadataValue};
use tonic::{Code, Request, Response, Status, Streaming};
use uuid::Uuid;

use crate::double::Credentials;
use crate::fault::{Call, Fault, Script, count};
use crate::log::{APPEND_BYTES_MAX, Expected, From as Place, Outcome, Proposed, Record};
use crate::network::Network;
use crate::store::{Gone, Store};
use crate::wire::gossip::{
    ClusterInfo, EndPoint, MemberInfo, gossip_server::Gossip, member_info::VNodeState,
};
use crate::wire::server_features::{
    SupportedMethod, SupportedMethods, server_features_server::ServerFeatures,
};
use crate::wire::streams::streams_server::Streams;
use crate::wire::streams::{
    AppendReq, AppendResp, BatchAppendReq, BatchAppendResp, ReadReq, ReadResp, append_req, append_resp,
    batch_append_req, batch_append_resp, read_req, read_resp,
};
use crate::wire::{AllStreamPosition, StreamIdentifier, WireUuid, wire_uuid};

/// Answers of a batch session that wait to be sent.
const BATCH_ANSWERS: usize = 64;

/// What every node of a double shares.
pub(crate) struct Cluster {
    pub(crate) store: Store,
    pub(crate) script: Arc<Script>,
    pub(crate) network: Arc<Network>,
    pub(crate) ports: Vec<u16>,
    pub(crate) leader: AtomicUsize,
    pub(crate) version: Option<String>,
    pub(crate) batch_append: bool,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) confirmed_position_skew: u64,
    pub(crate) all_denied: AtomicBool,
}

/// One node.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) index: usize,
}

type Answer<T> = Result<Response<T>, Status>;
type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What is to happen after an append was carried out.
enum Afterwards {
    Answer,
    StaySilent,
    Die,
    Abort,
}

impl Node {
    /// Refuses whom the node does not know, and what only the leader may do.
    fn admit(&self, headers: &MetadataMap) -> Result<(), Status> {
        if let Some(credentials) = &self.cluster.credentials {
            let sent = headers.get("authorization").and_then(|value| value.to_str().ok());
            if sent != Some(header_of(credentials).as_str()) {
                return Err(Status::unauthenticated("Not Authenticated"));
            }
        }
        let leader = self.cluster.leader.load(Ordering::Acquire);
        if headers.contains_key("requires-leader") && leader != self.index {
            return Err(not_leader("127.0.0.1", self.cluster.ports[leader]));
        }
        Ok(())
    }

    /// Carries out the faults that come before the call itself. Gives the one that comes later, if any.
    async fn before(&self, call: Call) -> Result<Option<Fault>, Status> {
        match self.cluster.script.take(Some(call)) {
            Some(Fault::AnswerUnavailable(_)) => Err(Status::unavailable("Server Is Not Ready")),
            Some(Fault::AnswerNotLeader { host, port, .. }) => Err(not_leader(&host, port)),
            Some(Fault::AbortBeforeCommit) => Err(Status::aborted("Operation timed out")),
            Some(Fault::StaySilent(_)) => std::future::pending().await,
            Some(Fault::DieBeforeCommit) => {
                self.cluster.network.break_connections();
                std::future::pending().await
            }
            other => Ok(other),
        }
    }

    /// Carries out an append and whatever goes wrong with it.
    async fn carry_out(
        &self,
        stream: String,
        expected: Expected,
        events: Vec<Proposed>,
        fault: Option<Fault>,
    ) -> Result<Outcome, Status> {
        let afterwards = match fault {
            Some(Fault::CommitThenStaySilent) => Afterwards::StaySilent,
            Some(Fault::CommitThenDie) => Afterwards::Die,
            Some(Fault::CommitThenAbort) => Afterwards::Abort,
            _ => Afterwards::Answer,
        };
        let mut outcome = self.cluster.store.append(stream, expected, events).await.map_err(gone)?;
        if let Outcome::Success { position, .. } = &mut outcome {
            *position += self.cluster.confirmed_position_skew;
        }
        match afterwards {
            Afterwards::Answer => Ok(outcome),
            Afterwards::Abort => Err(Status::aborted("Operation timed out")),
            Afterwards::StaySilent => std::future::pending().await,
            Afterwards::Die => {
                self.cluster.network.break_connections();
                std::future::pending().await
            }
        }
    }
}

#[tonic::async_trait]
impl ServerFeatures for Node {
    async fn get_supported_methods(&self, _request: Request<()>) -> Answer<SupportedMethods> {
        count(&self.cluster.script.features);
        let Some(version) = self.cluster.version.clone() else {
            return Err(Status::unimplemented("unknown service"));
        };
        let method = |name: &str, features: &[&str]| SupportedMethod {
            method_name: name.to_owned(),
            service_name: "event_store.client.streams.streams".to_owned(),
            features: features.iter().map(|&feature| feature.to_owned()).collect(),
        };
        let mut methods = vec![method("append", &[]), method("read", &["position", "events"])];
        if self.cluster.batch_append {
            methods.push(method("batchappend", &["deadline_duration"]));
        }
        Ok(Response::new(SupportedMethods { methods, event_store_server_version: version }))
    }
}

#[tonic::async_trait]
impl Gossip for Node {
    async fn read(&self, _request: Request<()>) -> Answer<ClusterInfo> {
        count(&self.cluster.script.gossip);
        let leader = self.cluster.leader.load(Ordering::Acquire);
        let member = |(index, port): (usize, &u16)| MemberInfo {
            instance_id: Some(id_to_wire(Uuid::from_u128(index as u128 + 1))),
            time_stamp: 0,
            state: if index == leader { VNodeState::Leader } else { VNodeState::Follower }.into(),
            is_alive: true,
            http_end_point: Some(EndPoint { address: "127.0.0.1".to_owned(), port: u32::from(*port) }),
        };
        Ok(Response::new(ClusterInfo {
            members: self.cluster.ports.iter().enumerate().map(member).collect(),
        }))
    }
}

#[tonic::async_trait]
impl Streams for Node {
    type ReadStream = Answers<ReadResp>;
    type BatchAppendStream = Answers<BatchAppendResp>;

    async fn read(&self, request: Request<ReadReq>) -> Answer<Self::ReadStream> {
        let (headers, _, request) = request.into_parts();
        self.admit(&headers)?;
        let options = request.options.ok_or_else(|| missing("options"))?;
        let Some(read_req::options::CountOption::Count(limit)) = options.count_option else {
            count(&self.cluster.script.subscriptions);
            return Err(Status::unimplemented("the double serves no subscriptions"));
        };
        let backwards = options.read_direction == read_req::options::ReadDirection::Backwards as i32;
        let (answers, call) = match options.stream_option {
            Some(read_req::options::StreamOption::Stream(wanted)) => {
                count(&self.cluster.script.stream_reads);
                let fault = self.before(Call::ReadStream).await?;
                (self.read_stream(wanted, backwards, limit).await?, fault)
            }
            Some(read_req::options::StreamOption::All(wanted)) => {
                count(&self.cluster.script.all_reads);
                if self.cluster.all_denied.load(Ordering::Acquire) {
                    return Err(with_exception(Code::PermissionDenied, "Access Denied", "access-denied"));
                }
                let fault = self.before(Call::ReadAll).await?;
                (self.read_all(wanted, options.filter_option, backwards, limit).await?, fault)
            }
            None => return Err(missing("stream_option")),
        };
        let mut answers: Vec<Result<ReadResp, Status>> = answers.into_iter().map(Ok).collect();
        if let Some(Fault::BreakRead { after, .. }) = call {
            answers.truncate(after);
            answers.push(Err(Status::unavailable("Server Is Shutting Down")));
        }
        Ok(Response::new(stream::iter(answers).boxed()))
    }

    async fn append(&self, request: Request<Streaming<AppendReq>>) -> Answer<AppendResp> {
        count(&self.cluster.script.appends);
        let (headers, _, mut messages) = request.into_parts();
        self.admit(&headers)?;
        let Some(append_req::Content::Options(options)) = messages.message().await?.and_then(|m| m.content)
        else {
            return Err(missing("options"));
        };
        let mut events = Vec::new();
        while let Some(message) = messages.message().await? {
            let Some(append_req::Content::ProposedMessage(event)) = message.content else {
                return Err(missing("proposed_message"));
            };
            events.push(proposed(event.id, event.metadata, event.custom_metadata, event.data)?);
        }
        use append_req::options::ExpectedStreamRevision as Sent;
        let expected =
            match options.expected_stream_revision.ok_or_else(|| missing("expected_stream_revision"))? {
                Sent::Revision(revision) => Expected::Revision(revision),
                Sent::NoStream(()) => Expected::NoStream,
                Sent::Any(()) => Expected::Any,
                Sent::StreamExists(()) => Expected::StreamExists,
            };
        let fault = self.before(Call::Append).await?;
        let stream = name_of(options.stream_identifier)?;
        let result = match self.carry_out(stream, expected, events, fault).await? {
            Outcome::Success { last_revision, position } => {
                append_resp::Result::Success(append_resp::Success {
                    current_revision_option: Some(
                        append_resp::success::CurrentRevisionOption::CurrentRevision(last_revision),
                    ),
                    position_option: Some(append_resp::success::PositionOption::Position(
                        append_resp::Position { commit_position: position, prepare_position: position },
                    )),
                })
            }
            Outcome::WrongExpected { current } => {
                append_resp::Result::WrongExpectedVersion(wrong_expected_version(expected, current))
            }
            Outcome::TooLarge => return Err(too_large()),
        };
        Ok(Response::new(AppendResp { result: Some(result) }))
    }

    async fn batch_append(
        &self,
        request: Request<Streaming<BatchAppendReq>>,
    ) -> Answer<Self::BatchAppendStream> {
        count(&self.cluster.script.batch_sessions);
        let (headers, _, mut messages) = request.into_parts();
        self.admit(&headers)?;
        if !self.cluster.batch_append {
            return Err(Status::unimplemented("unknown method"));
        }
        let (answers, receiver) = mpsc::channel(BATCH_ANSWERS);
        let node = self.clone();
        tokio::spawn(async move {
            loop {
                // A receiver that is gone closes the session as well as an end of the messages does.
                let next = tokio::select! {
                    next = messages.message() => next,
                    () = answers.closed() => return,
                };
                let Ok(Some(message)) = next else { return };
                let answer = tokio::select! {
                    answer = node.append_of_batch(message) => answer,
                    () = answers.closed() => return,
                };
                let is_last = answer.is_err();
                let Some(answer) = answer.transpose() else { return };
                if answers.send(answer).await.is_err() || is_last {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver).boxed()))
    }
}

impl Node {
    async fn read_stream(
        &self,
        wanted: read_req::options::StreamOptions,
        backwards: bool,
        limit: u64,
    ) -> Result<Vec<ReadResp>, Status> {
        use read_req::options::stream_options::RevisionOption;
        use read_resp::Content;
        let identifier = wanted.stream_identifier.clone();
        let stream = name_of(wanted.stream_identifier)?;
        let from = match wanted.revision_option.ok_or_else(|| missing("revision_option"))? {
            RevisionOption::Revision(revision) if i64::try_from(revision).is_err() => {
                return Err(Status::invalid_argument("the revision is out of range"));
            }
            RevisionOption::Revision(revision) => Some(revision),
            RevisionOption::Start(()) => Some(0),
            RevisionOption::End(()) => None,
        };
        let slice = self.cluster.store.read_stream(stream, backwards, from, limit).await.map_err(gone)?;
        let answer = |content| ReadResp { content: Some(content) };
        let Some(last) = slice.last_revision else {
            let not_found = read_resp::StreamNotFound { stream_identifier: identifier };
            return Ok(vec![answer(Content::StreamNotFound(not_found))]);
        };
        let reached_end = slice.records.last().is_none_or(|record| record.revision == last);
        let is_empty = slice.records.is_empty();
        let mut answers: Vec<ReadResp> = slice.records.iter().map(|record| event_answer(record)).collect();
        if !backwards && is_empty && from != Some(0) {
            answers.push(answer(Content::FirstStreamPosition(0)));
        }
        if !backwards && reached_end {
            answers.push(answer(Content::LastStreamPosition(last)));
        }
        Ok(answers)
    }

    async fn read_all(
        &self,
        wanted: read_req::options::AllOptions,
        filter: Option<read_req::options::FilterOption>,
        backwards: bool,
        limit: u64,
    ) -> Result<Vec<ReadResp>, Status> {
        use read_req::options::FilterOption;
        use read_req::options::all_options::AllOption;
        use read_req::options::filter_options::Filter;
        let from = match wanted.all_option.ok_or_else(|| missing("all_option"))? {
            AllOption::Position(position) if position.commit_position != position.prepare_position => {
                return Err(Status::unknown("Unexpected ReadAllResult: InvalidPosition"));
            }
            AllOption::Position(position) => Place::Position(position.commit_position),
            AllOption::Start(()) => Place::Start,
            AllOption::End(()) => Place::End,
        };
        let prefixes = match filter {
            None | Some(FilterOption::NoFilter(())) => Vec::new(),
            Some(FilterOption::Filter(filter)) => match filter.filter {
                Some(Filter::StreamIdentifier(expression)) if expression.regex.is_empty() => {
                    expression.prefix
                }
                _ => {
                    return Err(Status::unimplemented("the double filters by prefixes of stream names only"));
                }
            },
        };
        let records = self.cluster.store.read_all(backwards, from, limit, prefixes).await.map_err(gone)?;
        let records = records.map_err(|_| Status::unknown("Unexpected ReadAllResult: InvalidPosition"))?;
        Ok(records.iter().map(|record| event_answer(record)).collect())
    }

    /// One append of a batch session. `None` ends the session without a word; an error ends it with that status.
    async fn append_of_batch(&self, message: BatchAppendReq) -> Result<Option<BatchAppendResp>, Status> {
        use batch_append_req::options::ExpectedStreamPosition as Sent;
        use batch_append_resp::success::{CurrentRevisionOption, PositionOption};
        use batch_append_resp::{ExpectedStreamPosition, Result as Answered};
        count(&self.cluster.script.batch_appends);
        if !message.is_final {
            return Err(Status::unimplemented(
                "the double takes an append of a batch session in one message",
            ));
        }
        let options = message.options.ok_or_else(|| missing("options"))?;
        let identifier = options.stream_identifier.clone();
        let sent = options.expected_stream_position.ok_or_else(|| missing("expected_stream_position"))?;
        let (expected, echo) = match sent {
            Sent::StreamPosition(revision) => {
                (Expected::Revision(revision), ExpectedStreamPosition::StreamPosition(revision))
            }
            Sent::NoStream(()) => (Expected::NoStream, ExpectedStreamPosition::NoStream(())),
            Sent::Any(()) => (Expected::Any, ExpectedStreamPosition::Any(())),
            Sent::StreamExists(()) => (Expected::StreamExists, ExpectedStreamPosition::StreamExists(())),
        };
        let events = message
            .proposed_messages
            .into_iter()
            .map(|event| proposed(event.id, event.metadata, event.custom_metadata, event.data))
            .collect::<Result<Vec<_>, _>>()?;
        let fault = self.before(Call::Append).await;
        if matches!(fault, Ok(Some(Fault::EndBatchSession))) {
            return Ok(None);
        }
        let outcome = match fault {
            Ok(fault) => self.carry_out(name_of(options.stream_identifier)?, expected, events, fault).await,
            Err(status) => Err(status),
        };
        // A failure of one append is an answer in the session; one of the node ends the session.
        let result = match outcome {
            Ok(Outcome::Success { last_revision, position }) => {
                Answered::Success(batch_append_resp::Success {
                    current_revision_option: Some(CurrentRevisionOption::CurrentRevision(last_revision)),
                    position_option: Some(PositionOption::Position(AllStreamPosition {
                        commit_position: position,
                        prepare_position: position,
                    })),
                })
            }
            Ok(Outcome::WrongExpected { .. }) => batch_error(Code::AlreadyExists, "WrongExpectedVersion"),
            Ok(Outcome::TooLarge) => batch_error(Code::InvalidArgument, "Maximum Append Size Exceeded"),
            Err(status) if status.code() == Code::Aborted => batch_error(Code::DeadlineExceeded, "Timeout"),
            Err(status) => return Err(status),
        };
        Ok(Some(BatchAppendResp {
            correlation_id: message.correlation_id,
            stream_identifier: identifier,
            result: Some(result),
            expected_stream_position: Some(echo),
        }))
    }
}

fn header_of(credentials: &Credentials) -> String {
    match credentials {
        Credentials::Password { user, password } => {
            format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
        }
        Credentials::Bearer(token) => format!("Bearer {token}"),
    }
}

fn gone(_: Gone) -> Status {
    Status::unavailable("the double is being dropped")
}

fn missing(field: &str) -> Status {
    Status::invalid_argument(format!("{field} is missing"))
}

fn with_exception(code: Code, message: &str, exception: &'static str) -> Status {
    let mut trailers = MetadataMap::new();
    trailers.insert("exception", AsciiMetadataValue::from_static(exception));
    Status::with_metadata(code, message, trailers)
}

fn not_leader(host: &str, port: u16) -> Status {
    let mut status = with_exception(Code::NotFound, "Leader info available", "not-leader");
    if let Ok(host) = MetadataValue::try_from(host) {
        status.metadata_mut().insert("leader-endpoint-host", host);
    }
    status.metadata_mut().insert("leader-endpoint-port", MetadataValue::from(port));
    status
}

fn too_large() -> Status {
    let mut status =
        with_exception(Code::InvalidArgument, "Maximum Append Size Exceeded", "maximum-append-size-exceeded");
    status.metadata_mut().insert("maximum-append-size", MetadataValue::from(APPEND_BYTES_MAX as u64));
    status
}

fn batch_error(code: Code, message: &str) -> batch_append_resp::Result {
    batch_append_resp::Result::Error(batch_append_resp::Status {
        code: code as i32,
        message: message.to_owned(),
        details: None,
    })
}

fn wrong_expected_version(expected: Expected, current: Option<u64>) -> append_resp::WrongExpectedVersion {
    use append_resp::wrong_expected_version::{
        CurrentRevisionOption as Current, CurrentRevisionOption2060 as OldCurrent,
        ExpectedRevisionOption as Wanted, ExpectedRevisionOption2060 as OldWanted,
    };
    let (wanted, old_wanted) = match expected {
        Expected::Any => (Wanted::ExpectedAny(()), OldWanted::Any2060(())),
        Expected::StreamExists => (Wanted::ExpectedStreamExists(()), OldWanted::StreamExists2060(())),
        Expected::NoStream => (Wanted::ExpectedNoStream(()), OldWanted::ExpectedRevision2060(u64::MAX)),
        Expected::Revision(revision) => {
            (Wanted::ExpectedRevision(revision), OldWanted::ExpectedRevision2060(revision))
        }
    };
    append_resp::WrongExpectedVersion {
        current_revision_option: Some(current.map_or(Current::CurrentNoStream(()), Current::CurrentRevision)),
        current_revision_option_20_6_0: Some(
            current.map_or(OldCurrent::NoStream2060(()), OldCurrent::CurrentRevision2060),
        ),
        expected_revision_option: Some(wanted),
        expected_revision_option_20_6_0: Some(old_wanted),
    }
}

fn name_of(identifier: Option<StreamIdentifier>) -> Result<String, Status> {
    let name = identifier.ok_or_else(|| missing("stream_identifier"))?.stream_name;
    String::from_utf8(name).map_err(|_| Status::invalid_argument("the stream name is not UTF-8"))
}

fn proposed(
    id: Option<WireUuid>,
    metadata: std::collections::HashMap<String, String>,
    custom_metadata: Vec<u8>,
    data: Vec<u8>,
) -> Result<Proposed, Status> {
    for required in ["type", "content-type"] {
        if !metadata.contains_key(required) {
            return Err(with_exception(
                Code::InvalidArgument,
                "Required Metadata Property is missing",
                "missing-required-metadata-property",
            ));
        }
    }
    Ok(Proposed { id: id_from_wire(id)?, metadata, custom_metadata, data })
}

fn id_from_wire(id: Option<WireUuid>) -> Result<Uuid, Status> {
    match id.and_then(|id| id.value) {
        Some(wire_uuid::Value::Structured(structured)) => Ok(Uuid::from_u64_pair(
            structured.most_significant_bits.cast_unsigned(),
            structured.least_significant_bits.cast_unsigned(),
        )),
        Some(wire_uuid::Value::String(text)) => {
            Uuid::try_parse(&text).map_err(|_| Status::invalid_argument("the id is not a UUID"))
        }
        None => Err(missing("id")),
    }
}

fn id_to_wire(id: Uuid) -> WireUuid {
    WireUuid { value: Some(wire_uuid::Value::String(id.to_string())) }
}

fn event_answer(record: &Record) -> ReadResp {
    let event = read_resp::read_event::RecordedEvent {
        id: Some(id_to_wire(record.event.id)),
        stream_identifier: Some(StreamIdentifier { stream_name: record.stream.clone().into_bytes() }),
        stream_revision: record.revision,
        prepare_position: record.position,
        commit_position: record.position,
        metadata: record.event.metadata.clone(),
        custom_metadata: record.event.custom_metadata.clone(),
        data: record.event.data.clone(),
    };
    ReadResp {
        content: Some(read_resp::Content::Event(read_resp::ReadEvent {
            event: Some(event),
            link: None,
            position: Some(read_resp::read_event::Position::CommitPosition(record.position)),
        })),
    }
}
