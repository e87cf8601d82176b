//! The service behind a real connection, over a journal in memory and a file vault.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use candour_api::v1::{self, import_service_client::ImportServiceClient};
use candour_domain::{
    Correction, CorrectionChange, Entry,
    calendar::Nation,
    correction,
    identifier::{ActionId, AffectedPersonId, EventId, IncidentId, RequestId, SourceThing, of_source},
    policy::Policy,
    regime::BodyType,
    text::{SystemName, Text},
};
use candour_import::{ImportServiceServer, Service};
use candour_journal::{Clock as _, ManualClock, MemoryJournal, StoreId};
use candour_service_kit::{
    Caller, Engine, Envelope, Organisation, StoredAggregate,
    caller::{DEMO_IDENTITIES, IDENTITY_HEADER, Performers, demo_identity},
    trace_context::TraceContext,
};
use candour_vault::{FileVault, VaultPaths};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::mpsc};
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{
    Request, Status, Streaming,
    transport::{Channel, Server},
};
use uuid::Uuid;

pub(crate) const SYSTEM: &str = "datixweb";

/// Rows may be sent, and answers come back.
pub(crate) type OpenStream = (mpsc::Sender<v1::ImportRecordsRequest>, Streaming<v1::ImportRecordsResponse>);

/// A caller that may record, and may name nobody as the person who acted.
pub(crate) const NAMES_NOBODY: &str = "names-nobody";

/// The service and what it stands on.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) vault: Arc<FileVault>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) stopping: CancellationToken,
    requests: AtomicU64,
    channel: Channel,
    _serving: DropGuard,
    _folder: TempDir,
}

impl World {
    /// At 09:00 in London on 1 July 2026.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(at("2026-07-01T08:00:00Z")));
        let vault = Arc::new(FileVault::open(&VaultPaths::in_folder(folder.path())).unwrap());
        let engine = Engine::new(
            Arc::new(MemoryJournal::new(StoreId(Uuid::from_u128(1)), clock.clone())),
            vault.clone(),
            clock.clone(),
            Organisation {
                name: "Northgate".to_owned(),
                nation: Nation::England,
                body_type: BodyType::HealthServiceBody,
                policy: Policy::local_defaults(),
                namespace: "candour".to_owned(),
            },
        );
        let stopping = CancellationToken::new();
        let service = Service::new(engine.clone(), stopping.clone());
        // As the server does around every service.
        let service = ImportServiceServer::with_interceptor(service, |mut request: Request<()>| {
            let named = request.metadata().get(IDENTITY_HEADER).map(|name| name.to_str().unwrap());
            let caller = match named {
                Some(NAMES_NOBODY) => Caller { performers: Performers::Nobody, ..demo_identity(None)? },
                named => demo_identity(named)?,
            };
            request.extensions_mut().insert(caller);
            Ok(request)
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let end = CancellationToken::new();
        let serving = Server::builder().add_service(service);
        let ended = end.clone().cancelled_owned();
        tokio::spawn(serving.serve_with_incoming_shutdown(TcpListenerStream::new(listener), ended));
        let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
        Self {
            engine,
            vault,
            clock,
            stopping,
            requests: AtomicU64::new(0),
            channel,
            _serving: end.drop_guard(),
            _folder: folder,
        }
    }

    /// Days later.
    pub(crate) fn days_pass(&self, days: i64) {
        let later = self.clock.now() + jiff::SignedDuration::from_hours(24 * days);
        self.clock.set(later).unwrap();
    }

    /// A stream of rows that stays open.
    pub(crate) async fn open(&self, identity: &str) -> Result<OpenStream, Status> {
        let (rows, receiver) = mpsc::channel(16);
        let mut request = Request::new(ReceiverStream::new(receiver));
        request.metadata_mut().insert(IDENTITY_HEADER, identity.parse().unwrap());
        let answers = ImportServiceClient::new(self.channel.clone()).import_records(request).await?;
        Ok((rows, answers.into_inner()))
    }

    /// Sends rows, numbered from 1, and returns the answers in the order of the rows.
    pub(crate) async fn import(&self, rows: Vec<v1::ImportRecordsRequest>) -> Vec<v1::ImportRecordsResponse> {
        self.import_as("demo-patient-safety", rows).await
    }

    /// The same as another caller.
    pub(crate) async fn import_as(
        &self,
        identity: &str,
        rows: Vec<v1::ImportRecordsRequest>,
    ) -> Vec<v1::ImportRecordsResponse> {
        let (sender, mut answers) = self.open(identity).await.unwrap();
        let count = rows.len();
        let sending = tokio::spawn(async move {
            for (number, mut row) in (1..).zip(rows) {
                row.row = number;
                sender.send(row).await.unwrap();
            }
        });
        let mut received = Vec::new();
        while let Some(answer) = answers.message().await.unwrap() {
            received.push(answer);
        }
        sending.await.unwrap();
        received.sort_by_key(|answer| answer.row);
        assert_eq!(received.len(), count, "one answer for each row");
        received
    }

    /// Sends one row.
    pub(crate) async fn row(&self, row: v1::ImportRecordsRequest) -> v1::ImportRecordsResponse {
        self.import(vec![row]).await.remove(0)
    }

    /// Sends one row that must be taken, and says what became of it.
    pub(crate) async fn outcome(&self, row: v1::ImportRecordsRequest) -> v1::ImportOutcome {
        let answer = self.row(row).await;
        assert_eq!(answer.violations, [], "refused");
        answer.outcome()
    }

    /// The history as rules and figures fold it.
    pub(crate) async fn entries<A: StoredAggregate>(&self, id: Uuid) -> Vec<Entry<A::Event>> {
        correction::applied::<A>(&self.engine.load::<A>(id).await.unwrap().entries())
    }

    /// What the rules remember of a stream.
    pub(crate) async fn state<A: StoredAggregate>(&self, id: Uuid) -> A::State {
        self.engine.load::<A>(id).await.unwrap().state
    }

    /// How many events a stream has, corrections among them.
    pub(crate) async fn events<A: StoredAggregate>(&self, id: Uuid) -> usize {
        self.engine.load::<A>(id).await.unwrap().history.len()
    }

    /// Somebody here does something, apart from the import.
    pub(crate) async fn here<A: StoredAggregate>(&self, id: Uuid, command: A::Command)
    where
        A::Command: Clone + Sync,
    {
        self.engine.execute::<A>(&self.envelope(), id, command).await.unwrap();
    }

    /// Somebody here corrects an entry.
    pub(crate) async fn corrected_here<A: StoredAggregate>(
        &self,
        id: Uuid,
        corrects: EventId,
        change: CorrectionChange,
    ) {
        let reason = Text::parse("wrong").unwrap();
        let correction = Correction { corrects, reason, change };
        self.engine.correct::<A>(&self.envelope(), id, correction).await.unwrap();
    }

    fn envelope(&self) -> Envelope {
        Envelope {
            caller: DEMO_IDENTITIES[1].clone(),
            trace: TraceContext::default(),
            request: RequestId::from_uuid(Uuid::from_u64_pair(
                7,
                self.requests.fetch_add(1, Ordering::Relaxed),
            )),
            content: [0; 32],
            seen: None,
            source_recorded_at: None,
            source_system: None,
            situation: candour_domain::Situation {
                now: self.engine.now(),
                occurred_at: self.engine.now(),
                performed_by: None,
            },
        }
    }
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn incident_id(source_id: &str) -> IncidentId {
    IncidentId::from_uuid(of_source(&SystemName::parse(SYSTEM).unwrap(), SourceThing::Incident, source_id))
}

pub(crate) fn action_id(source_id: &str) -> ActionId {
    ActionId::from_uuid(of_source(&SystemName::parse(SYSTEM).unwrap(), SourceThing::Action, source_id))
}

pub(crate) fn person_id(incident: &str, person: &str) -> AffectedPersonId {
    AffectedPersonId::of_source(incident_id(incident), person)
}

/// On this day.
#[expect(clippy::unnecessary_wraps, reason = "every field that takes a moment is optional")]
pub(crate) fn on(year: i32, month: i32, day: i32) -> Option<v1::SourceMoment> {
    Some(v1::SourceMoment { moment: Some(v1::source_moment::Moment::Day(v1::Date { year, month, day })) })
}

/// At this instant.
#[expect(clippy::unnecessary_wraps, reason = "every field that takes a moment is optional")]
pub(crate) fn exactly(text: &str) -> Option<v1::SourceMoment> {
    let at = at(text);
    let at = prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() };
    Some(v1::SourceMoment { moment: Some(v1::source_moment::Moment::ExactTime(at)) })
}

/// It did not happen.
#[expect(clippy::unnecessary_wraps, reason = "every field that takes a moment is optional")]
pub(crate) fn absent() -> Option<v1::SourceMoment> {
    Some(v1::SourceMoment { moment: Some(v1::source_moment::Moment::Absent(true)) })
}

/// An incident reported on 1 June 2026 by a named member of staff, with one patient, moderately harmed.
pub(crate) fn incident(source_id: &str) -> v1::ImportRecordsRequest {
    v1::ImportRecordsRequest {
        row: 0,
        source_system: SYSTEM.to_owned(),
        incident_source_id: source_id.to_owned(),
        incident: Some(v1::ImportedIncident {
            kind: v1::IncidentKind::PatientSafetyIncident.into(),
            incident_date: Some(v1::Date { year: 2026, month: 5, day: 30 }),
            reported: on(2026, 6, 1),
            place: Some(v1::Place {
                site: "Northgate".to_owned(),
                team: "Ward 7".to_owned(),
                ..v1::Place::default()
            }),
            narrative: "A dose was given twice.".to_owned(),
            reporter: Some(v1::Reporter {
                identity: v1::ReporterIdentity::Named.into(),
                role: "staff nurse".to_owned(),
                name: "Synthetic Reporter".to_owned(),
                contact: String::new(),
            }),
            ..v1::ImportedIncident::default()
        }),
        persons: vec![person("1", v1::PhysicalHarm::Moderate)],
        ..v1::ImportRecordsRequest::default()
    }
}

/// The incident part of a row, to be changed.
pub(crate) fn part(row: &mut v1::ImportRecordsRequest) -> &mut v1::ImportedIncident {
    row.incident.as_mut().unwrap()
}

/// A patient.
pub(crate) fn person(source_id: &str, harm: v1::PhysicalHarm) -> v1::ImportedPerson {
    v1::ImportedPerson {
        source_id: source_id.to_owned(),
        kind: v1::AffectedPersonKind::Patient.into(),
        name: "Synthetic Patient".to_owned(),
        harm: Some(v1::HarmGrade { physical: harm.into(), ..v1::HarmGrade::default() }),
        ..v1::ImportedPerson::default()
    }
}

/// A row about an incident that is known already.
pub(crate) fn about(source_id: &str) -> v1::ImportRecordsRequest {
    v1::ImportRecordsRequest {
        source_system: SYSTEM.to_owned(),
        incident_source_id: source_id.to_owned(),
        ..v1::ImportRecordsRequest::default()
    }
}

/// The names of the event types of a history, in order.
pub(crate) fn names<E: std::fmt::Debug>(entries: &[Entry<E>]) -> Vec<String> {
    entries
        .iter()
        .map(|entry| {
            let text = format!("{:?}", entry.event);
            text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
        })
        .collect()
}
