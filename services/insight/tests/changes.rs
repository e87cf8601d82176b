//! `WatchChanges` over a real log with concurrent writers: each change exactly once and in order, however often the reader is cut off; a slow
//! reader is not buffered for; an idle log is heard of; the end is clean.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use std::{sync::Arc, time::Duration};

use candour_api::v1::{self, insight_service_server::InsightService as _};
use candour_domain::{calendar::Nation, policy::Policy, regime::BodyType};
use candour_insight::Service;
use candour_journal::{
    EventTypeName, ExpectedVersion, Journal, ManualClock, MemoryJournal, NewEvent, Position, StoreId,
    StreamName,
};
use candour_projections::ReadModel;
use candour_service_kit::{Engine, Organisation, caller::DEMO_IDENTITIES};
use candour_vault::FileVault;
use futures::StreamExt as _;

use tonic::{Code, Request};
use uuid::Uuid;

const WRITERS: u64 = 4;
const EVENTS_EACH: u64 = 150;
/// Longer than anything here takes; past it a test fails.
const PATIENCE: Duration = Duration::from_secs(30);

struct Server {
    journal: Arc<dyn Journal>,
    service: Service,
    read_model: ReadModel,
    _folder: tempfile::TempDir,
}

fn memory(store: u128) -> MemoryJournal {
    let clock = ManualClock::new("2026-06-01T12:00:00Z".parse().unwrap());
    MemoryJournal::new(StoreId(Uuid::from_u128(store)), Arc::new(clock))
}

fn server() -> Server {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new("2026-06-01T12:00:00Z".parse().unwrap()));
    let journal: Arc<dyn Journal> = Arc::new(memory(1));
    let organisation = Organisation {
        name: "Test".to_owned(),
        nation: Nation::England,
        body_type: BodyType::HealthServiceBody,
        policy: Policy::local_defaults(),
        namespace: "candour".to_owned(),
    };
    let path = folder.path().join("read-model.sqlite");
    let grounds = organisation.grounds();
    let read_model = ReadModel::open(&path, journal.store_id(), 0, Position::BEFORE_FIRST, grounds).unwrap();
    let vault = Arc::new(FileVault::in_memory().unwrap());
    let engine = Engine::new(Arc::clone(&journal), vault, clock, organisation);
    let service = Service::new(engine, read_model.clone());
    Server { journal, service, read_model, _folder: folder }
}

impl Server {
    /// Records an event of a stream; nothing here looks into it.
    async fn record(&self, category: &str, stream: u128, number: u128) {
        let name = StreamName::new("candour", category, Uuid::from_u128(stream)).unwrap();
        let event = NewEvent {
            event_id: Uuid::from_u128(number),
            event_type: EventTypeName::parse("IncidentReported.v1").unwrap(),
            occurred_at: "2026-05-01T09:00:00Z".parse().unwrap(),
            metadata: b"{}".to_vec(),
            data: b"{\"narrative\":\"Zephyrine\"}".to_vec(),
        };
        self.journal.append(&name, ExpectedVersion::Any, vec![event]).await.unwrap();
    }

    async fn watch(&self, request: v1::WatchChangesRequest) -> Messages {
        let request = asked(request);
        Messages(self.service.watch_changes(request).await.unwrap().into_inner())
    }
}

/// A request of whoever reads figures, authenticated as a server would.
fn asked<M>(message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(DEMO_IDENTITIES[2].clone());
    request
}

struct Messages(<Service as v1::insight_service_server::InsightService>::WatchChangesStream);

impl Messages {
    /// The next message, or nothing at the end.
    async fn next(&mut self) -> Option<v1::WatchChangesResponse> {
        let next = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("no message came");
        next.map(Result::unwrap)
    }

    /// The next message that says that everything was sent, and the changes before it.
    async fn caught_up(&mut self) -> (Vec<v1::Change>, v1::WatchChangesResponse) {
        let mut changes = Vec::new();
        loop {
            let message = self.next().await.expect("the stream ended");
            match message.change {
                Some(change) => changes.push(change),
                None if message.caught_up => return (changes, message),
                None => {}
            }
        }
    }
}

fn after(position: String) -> v1::WatchChangesRequest {
    v1::WatchChangesRequest { after_position: position, ..Default::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_is_cut_off_many_times_sees_every_change_once_and_in_order() {
    let server = Arc::new(server());
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let server = Arc::clone(&server);
            tokio::spawn(async move {
                for event in 0..EVENTS_EACH {
                    let number = u128::from(writer * EVENTS_EACH + event + 1);
                    server.record("incident", u128::from(writer + 1), number).await;
                }
            })
        })
        .collect();
    let (mut position, mut sequence, mut seen) = (String::new(), 0, Vec::new());
    let mut cut = 0_usize;
    while seen.len() < usize::try_from(WRITERS * EVENTS_EACH).unwrap() {
        let mut messages = server.watch(after(position.clone())).await;
        // Another length each time, so that it is cut off within pages and between them.
        for _ in 0..=(cut % 23) {
            let message = messages.next().await.unwrap();
            assert!(message.position_sequence >= sequence, "positions go on");
            (position, sequence) = (message.position, message.position_sequence);
            seen.extend(message.change.map(|change| change.event_id));
            if seen.len() == usize::try_from(WRITERS * EVENTS_EACH).unwrap() {
                break;
            }
        }
        cut += 1;
    }
    assert!(cut > 20, "{cut}");
    for writer in writers {
        writer.await.unwrap();
    }
    let log = server.journal.read_all(Position::BEFORE_FIRST, 1_000).await.unwrap();
    let recorded: Vec<String> = log.events.iter().map(|event| event.event_id.to_string()).collect();
    assert_eq!(seen, recorded);
}

#[tokio::test]
async fn a_change_says_what_and_when_and_nothing_of_its_content() {
    let server = server();
    server.record("incident", 7, 1).await;
    server.record("feedback", 7, 2).await;
    server.record("people", 9, 3).await;
    let (changes, last) = server.watch(v1::WatchChangesRequest::default()).await.caught_up().await;
    let kinds: Vec<_> = changes.iter().map(v1::Change::stream_kind).collect();
    // Restricted records are not shown; the position is past them all the same.
    assert_eq!(kinds, [v1::StreamKind::Incident, v1::StreamKind::Feedback]);
    assert_eq!((last.position_sequence, last.caught_up), (3, true));
    let [incident, _] = changes.as_slice() else { panic!("{changes:?}") };
    let time = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
    assert_eq!(
        *incident,
        v1::Change {
            event_id: Uuid::from_u128(1).to_string(),
            r#type: "IncidentReported.v1".to_owned(),
            stream_kind: v1::StreamKind::Incident.into(),
            stream_subject_id: Uuid::from_u128(7).to_string(),
            version: 0,
            occurred_time: time(1_777_626_000),
            recorded_time: time(1_780_315_200),
        }
    );
    assert!(!format!("{changes:?}").contains("Zephyrine"));
    let only =
        v1::WatchChangesRequest { stream_kinds: vec![v1::StreamKind::Feedback.into()], ..Default::default() };
    let (changes, last) = server.watch(only).await.caught_up().await;
    assert_eq!((changes.len(), last.position_sequence), (1, 3));
}

#[tokio::test]
async fn an_idle_log_is_heard_of_and_from_now_begins_at_the_end() {
    let server = server();
    server.record("incident", 7, 1).await;
    let request = v1::WatchChangesRequest { from_now: true, heartbeat_seconds: 1, ..Default::default() };
    let mut messages = server.watch(request).await;
    for _ in 0..2 {
        let (changes, beat) = messages.caught_up().await;
        assert_eq!((changes.len(), beat.position_sequence), (0, 1));
    }
    server.record("incident", 7, 2).await;
    let change = loop {
        if let Some(change) = messages.next().await.unwrap().change {
            break change;
        }
    };
    assert_eq!(change.event_id, Uuid::from_u128(2).to_string());
}

#[tokio::test]
async fn a_reader_that_does_not_read_is_not_buffered_for() {
    let server = server();
    for number in 1..=1_000 {
        server.record("incident", 7, number).await;
    }
    let mut messages = server.watch(v1::WatchChangesRequest::default()).await;
    let first = messages.next().await.unwrap();
    assert_eq!(first.position_sequence, 1);
    // What follows is read from the log only as it is taken, also what was recorded in the meantime.
    for number in 1_001..=1_200 {
        server.record("incident", 7, number).await;
    }
    let (changes, last) = messages.caught_up().await;
    assert_eq!((changes.len(), last.position_sequence), (1_199, 1_200));
}

#[tokio::test]
async fn the_stream_ends_well_when_the_server_is_being_stopped() {
    let server = server();
    server.record("incident", 7, 1).await;
    let mut messages = server.watch(v1::WatchChangesRequest::default()).await;
    let (changes, _) = messages.caught_up().await;
    assert_eq!(changes.len(), 1);
    server.read_model.stop_waiting();
    assert_eq!(messages.next().await, None);
}

#[tokio::test]
async fn what_cannot_be_watched_is_refused() {
    let server = server();
    server.record("incident", 7, 1).await;
    let refused = async |request: v1::WatchChangesRequest| {
        let request = asked(request);
        match server.service.watch_changes(request).await {
            Ok(_) => panic!("is not refused"),
            Err(status) => (status.code(), status.message().to_owned()),
        }
    };
    let position = server.watch(v1::WatchChangesRequest::default()).await.caught_up().await.1.position;
    let both = v1::WatchChangesRequest { from_now: true, ..after(position) };
    let other_store = candour_service_kit::token::position(&memory(2), Position::from_raw(1));
    let beyond = candour_service_kit::token::position(server.journal.as_ref(), Position::from_raw(9));
    for (request, field) in [
        (both, "from_now"),
        (after("x".to_owned()), "after_position"),
        (after(other_store), "after_position"),
        (after(beyond), "after_position"),
        (v1::WatchChangesRequest { heartbeat_seconds: 301, ..Default::default() }, "heartbeat_seconds"),
        (v1::WatchChangesRequest { heartbeat_seconds: -1, ..Default::default() }, "heartbeat_seconds"),
        (v1::WatchChangesRequest { stream_kinds: vec![9], ..Default::default() }, "stream_kinds[0]"),
    ] {
        let (code, message) = refused(request).await;
        assert_eq!(code, Code::InvalidArgument);
        assert!(message.starts_with(field), "{message}");
    }
    let mut readers = Vec::new();
    for _ in 0..64 {
        readers.push(server.watch(v1::WatchChangesRequest::default()).await);
    }
    assert_eq!(refused(v1::WatchChangesRequest::default()).await.0, Code::ResourceExhausted);
    // A reader that goes makes room.
    readers.pop();
    server.watch(v1::WatchChangesRequest::default()).await;
}
