//! Requests as they come over the wire, frame and message, handed to the real services over a journal in memory.

use std::{
    cell::{Cell, OnceCell},
    collections::BTreeSet,
    sync::Arc,
};

use candour_api::v1;
use candour_follow_up::FollowUpServiceServer;
use candour_import::ImportServiceServer;
use candour_incident::IncidentServiceServer;
use candour_insight::InsightServiceServer;
use candour_journal::{Journal, ManualClock, MemoryJournal, Position, StoreId};
use candour_learning::LearningServiceServer;
use candour_projections::{Grounds, ReadModel, Runner};
use candour_records::TraceParent;
use candour_service_kit::{
    Caller, CallerId, Engine,
    caller::{Performers, Role, demo_identity},
    trace_context::{TRACESTATE_BYTES_MAX, TraceContext},
};
use candour_testkit::{Connection, Requests, Story, connection::PATIENT_SAFETY};
use candour_vault::FileVault;
use http_body_util::{BodyExt as _, Full};
use prost::{Message as _, bytes::Bytes};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
};
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::{
    Code, Request, Status,
    body::Body,
    codegen::{Service as _, http},
    metadata::{AsciiMetadataValue, MetadataMap},
    service::{Interceptor, Routes, interceptor::InterceptedService},
    transport::{Endpoint, Server},
};
use uuid::Uuid;

use super::{choosing, chosen, opaque::organisation, repeats_no_secret};
use crate::{Decoder, SECRET};

/// The parts that every request shares.
const EVERY_REQUEST: &str = "crates/service-kit/src/check.rs";
/// As the server takes them.
const REQUEST_BYTES_MAX: usize = 1024 * 1024;
/// The codes with which a service refuses a request in good order.
const IN_GOOD_ORDER: &[Code] = &[
    Code::InvalidArgument,
    Code::NotFound,
    Code::AlreadyExists,
    Code::FailedPrecondition,
    Code::Aborted,
    Code::ResourceExhausted,
];

pub(super) const INCIDENT: Decoder = Decoder {
    name: "incident_requests",
    what: "every request of IncidentService: frame and protobuf message",
    sources: &[EVERY_REQUEST],
    run: |input| ask("IncidentService", input),
    samples: || samples_of("IncidentService"),
    chooses: true,
    cases: 1_000,
};

pub(super) const LEARNING: Decoder = Decoder {
    name: "learning_requests",
    what: "every request of LearningService: frame and protobuf message",
    run: |input| ask("LearningService", input),
    samples: || samples_of("LearningService"),
    ..INCIDENT
};

pub(super) const FOLLOW_UP: Decoder = Decoder {
    name: "follow_up_requests",
    what: "every request of FollowUpService: frame and protobuf message",
    run: |input| ask("FollowUpService", input),
    samples: || samples_of("FollowUpService"),
    ..INCIDENT
};

pub(super) const INSIGHT: Decoder = Decoder {
    name: "insight_requests",
    what: "every request of InsightService: frame and protobuf message",
    run: |input| ask("InsightService", input),
    samples: || samples_of("InsightService"),
    cases: 600,
    ..INCIDENT
};

pub(super) const IMPORT: Decoder = Decoder {
    name: "import_rows",
    what: "a stream of rows of ImportService: frames and protobuf messages",
    run: |input| with_world(|world| world.import(input)),
    samples: || {
        with_world(|world| {
            let rows: Vec<Vec<u8>> =
                world.examples("ImportService").into_iter().map(|(_, row)| frame(&row)).collect();
            let mut samples = rows.clone();
            samples.push(rows.concat());
            samples.push([rows.concat(), rows.concat()].concat());
            samples
        })
    },
    chooses: false,
    cases: 250,
    ..INCIDENT
};

pub(super) const TRACE_CONTEXT: Decoder = Decoder {
    name: "call_headers",
    what: "the headers of a call: trace context, and the demo identity where the server takes those",
    sources: &["crates/service-kit/src/trace_context.rs", "crates/service-kit/src/caller/demo.rs"],
    run: |input| {
        let mut headers = MetadataMap::new();
        let lines = input.split(|byte| *byte == b'\n');
        for (name, value) in ["traceparent", "tracestate", "candour-identity"].into_iter().zip(lines) {
            if let Ok(value) = AsciiMetadataValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        let TraceContext { traceparent, tracestate } = TraceContext::of(&headers);
        match traceparent {
            Some(traceparent) => {
                assert!(
                    TraceParent::parse(&traceparent).is_ok(),
                    "what is kept can be stored: {traceparent}"
                );
            }
            None => assert_eq!(tracestate, None, "no state without its trace"),
        }
        assert!(tracestate.is_none_or(|state| state.len() <= TRACESTATE_BYTES_MAX));
        let identity = headers.get("candour-identity").and_then(|value| value.to_str().ok());
        if let Err(failure) = demo_identity(identity) {
            repeats_no_secret(&format!("{failure:?}"));
        }
    },
    samples: || {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        [
            format!("{trace}\nvendor=1,other=2\ndemo-auditor"),
            format!("{trace}\n{}\ndemo-{SECRET}", "v=".repeat(256)),
            format!("{trace}-more\n\t \n"),
        ]
        .map(String::into_bytes)
        .into()
    },
    chooses: false,
    cases: 1_000,
};

/// The services over one journal in memory, in which a story was told: so that what a request refers to is there.
struct World {
    runtime: Runtime,
    services: Routes,
    journal: Arc<MemoryJournal>,
    story: Story,
    /// Requests made fresh so far.
    renewed: Cell<u64>,
    _folder: tempfile::TempDir,
}

thread_local! {
    static WORLD: OnceCell<World> = const { OnceCell::new() };
}

fn with_world<T>(act: impl FnOnce(&World) -> T) -> T {
    WORLD.with(|world| act(world.get_or_init(World::new)))
}

fn ask(service: &str, input: &[u8]) {
    with_world(|world| world.ask(service, input));
}

fn samples_of(service: &str) -> Vec<Vec<u8>> {
    with_world(|world| {
        let methods = world.methods(service);
        let choice = |method| methods.iter().position(|known| *known == method).unwrap_or_default();
        let examples = world.examples(service).into_iter();
        examples.map(|(method, request)| choosing(choice(method), &frame(&request))).collect()
    })
}

/// A message as it stands in the body of a request: not compressed, its length, its bytes.
fn frame(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("a sample is short");
    [&[0], length.to_be_bytes().as_slice(), message].concat()
}

/// What a call was answered with.
struct Answer {
    status: Status,
    body: Bytes,
}

impl World {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::new("2026-03-02T12:00:00Z".parse().expect("an instant")));
        let journal = Arc::new(MemoryJournal::new(StoreId(Uuid::from_u128(1)), clock.clone()));
        let vault = Arc::new(FileVault::in_memory().expect("a vault in memory"));
        let engine = Engine::new(journal.clone(), vault, clock, organisation());
        let grounds = Grounds { calendar: engine.calendar(), policy: organisation().policy };
        let read_model = ReadModel::open(
            &folder.path().join("read-model.sqlite"),
            journal.store_id(),
            0,
            Position::BEFORE_FIRST,
            grounds,
        )
        .expect("a read model");
        let incident = candour_incident::Service::new(engine.clone(), read_model.clone());
        let insight = candour_insight::Service::new(engine.clone(), read_model.clone());
        let (learning, follow_up) =
            (candour_learning::Service::new(engine.clone()), candour_follow_up::Service::new(engine.clone()));
        let import = candour_import::Service::new(engine, CancellationToken::new());
        let services = Routes::new(called(
            IncidentServiceServer::new(incident).max_decoding_message_size(REQUEST_BYTES_MAX),
        ))
        .add_service(called(
            LearningServiceServer::new(learning).max_decoding_message_size(REQUEST_BYTES_MAX),
        ))
        .add_service(called(
            FollowUpServiceServer::new(follow_up).max_decoding_message_size(REQUEST_BYTES_MAX),
        ))
        .add_service(called(InsightServiceServer::new(insight).max_decoding_message_size(REQUEST_BYTES_MAX)))
        .add_service(called(ImportServiceServer::new(import).max_decoding_message_size(REQUEST_BYTES_MAX)))
        .prepare();
        let story = runtime.block_on(async {
            tokio::spawn(Runner::new(journal.clone(), read_model.clone()).run(CancellationToken::new()));
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let address = listener.local_addr().expect("its address");
            let serving = Server::builder()
                .add_routes(services.clone())
                .serve_with_incoming(TcpListenerStream::new(listener));
            let serving = tokio::spawn(serving);
            let channel =
                Endpoint::from_shared(format!("http://{address}")).expect("an address").connect().await;
            let connection = Connection::new(channel.expect("the server listens"), PATIENT_SAFETY);
            let story = Story::tell(&connection, &Requests::named("hostile input"), &|path| {
                format!("{SECRET} {path}")
            })
            .await;
            serving.abort();
            story
        });
        // A position that the log has not reached is waited for; a hostile one would be waited for each time.
        read_model.stop_waiting();
        Self { runtime, services, journal, story, renewed: Cell::new(0), _folder: folder }
    }

    /// The methods of a service, in the order of their names.
    fn methods(&self, service: &str) -> Vec<&'static str> {
        let of_service = |method: &&str| method.split('/').next() == Some(service);
        let methods: BTreeSet<&str> =
            self.story.examples.iter().map(|e| e.method).filter(of_service).collect();
        methods.into_iter().collect()
    }

    /// The last request of each method of a service, and for a stream every one.
    fn examples(&self, service: &str) -> Vec<(&'static str, Vec<u8>)> {
        let is_stream = service == "ImportService";
        let mut examples = Vec::new();
        for method in self.methods(service) {
            let all = self.story.examples.iter().filter(|example| example.method == method);
            let passed_over = if is_stream { 0 } else { all.clone().count() - 1 };
            examples.extend(all.skip(passed_over).map(|example| (method, example.request.clone())));
        }
        examples
    }

    /// A request of a method that the first byte chooses: answered, or refused in good order with nothing recorded.
    fn ask(&self, service: &str, input: &[u8]) {
        let methods = self.methods(service);
        let (choice, body) = chosen(input, methods.len());
        let before = self.head();
        let answer = self.call(methods[choice], self.renew(body));
        if answer.status.code() == Code::Ok {
            return;
        }
        in_good_order(&answer.status);
        assert_eq!(self.head(), before, "what is refused records nothing: {:?}", answer.status);
    }

    /// A stream of rows: each is answered; where none was taken, nothing was recorded.
    fn import(&self, input: &[u8]) {
        let before = self.head();
        let answer = self.call("ImportService/ImportRecords", input.to_vec());
        if answer.status.code() != Code::Ok {
            in_good_order(&answer.status);
        }
        let mut body = answer.body;
        let mut taken = 0_usize;
        while body.len() >= 5 {
            let length = u32::from_be_bytes([body[1], body[2], body[3], body[4]]);
            let _ = body.split_to(5);
            let message = body.split_to(usize::try_from(length).expect("a length"));
            let row = v1::ImportRecordsResponse::decode(message).expect("an answer is a message");
            repeats_no_secret(&format!("{row:?}"));
            let is_rejected = row.outcome() == v1::ImportOutcome::Rejected;
            assert_eq!(is_rejected, !row.violations.is_empty(), "rejected, with why: {row:?}");
            taken += usize::from(!is_rejected);
        }
        if taken == 0 {
            assert_eq!(self.head(), before, "where no row was taken, nothing is recorded");
        }
    }

    fn head(&self) -> Position {
        self.runtime.block_on(self.journal.head()).expect("a journal in memory answers")
    }

    fn call(&self, method: &str, body: Vec<u8>) -> Answer {
        let request = http::Request::post(format!("/candour.v1.{method}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(Body::new(Full::new(Bytes::from(body))))
            .expect("a request");
        self.runtime.block_on(async {
            let answer = self.services.clone().call(request).await.expect("a service always answers");
            let in_headers = Status::from_header_map(answer.headers());
            let read = answer.into_body().collect().await.expect("an answer can be read");
            let in_trailers = read.trailers().and_then(Status::from_header_map);
            let status = in_headers.or(in_trailers).expect("every answer has a status");
            Answer { status, body: read.to_bytes() }
        })
    }

    /// The same request under a request id of its own, so that it is not taken for a repeat: the last twelve digits are counted up.
    fn renew(&self, body: &[u8]) -> Vec<u8> {
        let mut body = body.to_vec();
        // Field 1 of field 1, a text of 36 bytes, behind the five bytes of the frame.
        let ids = (5..12).find(|place| body.get(*place..place + 2) == Some(&[0x0a, 36]));
        let digits = ids.map(|place| place + 2 + 24..place + 2 + 36);
        if let Some(digits) = digits.and_then(|digits| body.get_mut(digits)) {
            self.renewed.set(self.renewed.get() + 1);
            digits.copy_from_slice(format!("{:012x}", self.renewed.get() & 0xffff_ffff_ffff).as_bytes());
        }
        body
    }
}

/// A refusal is one of a service, with its details, or one of the transport, which has none; and repeats nothing personal.
fn in_good_order(status: &Status) {
    if status.details().is_empty() {
        let code = status.code();
        // A message that is none, one that is too large, one that says it is compressed. The server adds the reason to these.
        assert!(
            matches!(
                code,
                Code::Internal
                    | Code::OutOfRange
                    | Code::ResourceExhausted
                    | Code::Unimplemented
                    | Code::InvalidArgument
            ),
            "{status:?}"
        );
    } else {
        // A position is nobody's secret, so one that the log has not reached is waited for, in vain.
        let is_behind = status.code() == Code::Unavailable && status.message().contains("the query asks for");
        assert!(is_behind || IN_GOOD_ORDER.contains(&status.code()), "{status:?}");
    }
    assert!(!status.message().trim().is_empty(), "{status:?}");
    repeats_no_secret(status.message());
    repeats_no_secret(&String::from_utf8_lossy(status.details()));
}

/// A service as the server has it: its callers known.
fn called<S>(service: S) -> InterceptedService<S, Known> {
    InterceptedService::new(service, Known)
}

/// Says who calls: somebody who may do everything and act for anybody, so that nothing is refused before it is read.
#[derive(Clone, Copy)]
struct Known;

impl Interceptor for Known {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.extensions_mut().insert(Caller {
            id: CallerId::parse("hostile").expect("an id"),
            roles: Arc::new(Role::ALL),
            performers: Performers::Anybody,
        });
        Ok(request)
    }
}
