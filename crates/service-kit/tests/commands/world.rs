//! A journal, in memory or in a SQLite file, and servers over it.

use std::sync::Arc;

use candour_domain::{
    Situation,
    calendar::Nation,
    identifier::{AffectedPersonId, IncidentId, RequestId},
    incident::{
        AffectedPerson, AffectedPersonKind, Closure, Command, HarmGrade, HarmGrading, Incident, IncidentKind,
        PhysicalHarm, Place, Report,
    },
    personal::Personal,
    policy::Policy,
    regime::BodyType,
    text::{PublicReference, Text},
};
use candour_journal::{
    Clock as _, Journal, ManualClock, MemoryJournal, StoreId, StreamVersion, observed::Observed,
};
use candour_journal_sqlite::{OpenOptions, SqliteJournal};
use candour_service_kit::{
    Done, Engine, Envelope, Failure, Organisation, caller::DEMO_IDENTITIES, trace_context::TraceContext,
};
use candour_vault::{FileVault, VaultPaths};
use jiff::Timestamp;
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) const NOON: &str = "2026-03-02T12:00:00Z";

/// One log and one vault, for any number of servers.
pub(crate) struct World {
    journal: Arc<dyn Journal>,
    pub(crate) vault: Arc<FileVault>,
    clock: Arc<ManualClock>,
    _folder: TempDir,
}

impl World {
    pub(crate) fn in_memory() -> Self {
        Self::over(|_, clock| Arc::new(MemoryJournal::new(StoreId(Uuid::from_u128(1)), clock)))
    }

    pub(crate) fn on_sqlite() -> Self {
        Self::over(|folder, clock| {
            let options = OpenOptions::new(clock).synthetic(true);
            Arc::new(SqliteJournal::open(folder.path().join("journal.sqlite"), &options).unwrap())
        })
    }

    /// One of each kind.
    pub(crate) fn both() -> [Self; 2] {
        [Self::in_memory(), Self::on_sqlite()]
    }

    fn over(journal: impl FnOnce(&TempDir, Arc<ManualClock>) -> Arc<dyn Journal>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(NOON.parse().unwrap()));
        Self {
            journal: journal(&folder, clock.clone()),
            vault: Arc::new(FileVault::open(&VaultPaths::in_folder(folder.path())).unwrap()),
            clock,
            _folder: folder,
        }
    }

    /// A server beside others.
    pub(crate) fn server(&self) -> Server {
        self.server_that(Observed::with_other_writers(Arc::clone(&self.journal)))
    }

    /// The only server.
    pub(crate) fn only_server(&self) -> Server {
        self.server_that(Observed::alone(Arc::clone(&self.journal)))
    }

    fn server_that(&self, link: Observed) -> Server {
        let link = Arc::new(link);
        let organisation = Organisation {
            name: "Northgate".to_owned(),
            nation: Nation::England,
            body_type: BodyType::HealthServiceBody,
            policy: Policy::local_defaults(),
            namespace: "candour".to_owned(),
        };
        let engine = Engine::new(link.clone(), self.vault.clone(), self.clock.clone(), organisation);
        Server { engine, link }
    }

    pub(crate) fn minutes_later(&self, minutes: i64) {
        self.clock.set(self.clock.now() + jiff::SignedDuration::from_mins(minutes)).unwrap();
    }
}

/// One server: an engine, and what it asks of the journal.
pub(crate) struct Server {
    pub(crate) engine: Engine,
    pub(crate) link: Arc<Observed>,
}

impl Server {
    /// Carries out a command on an incident.
    pub(crate) async fn command(
        &self,
        request: Asked,
        incident: IncidentId,
        command: Command,
    ) -> Result<Done<Incident>, Failure> {
        let envelope = request.envelope(&self.engine);
        self.engine.execute::<Incident>(&envelope, incident.uuid(), command).await
    }

    /// Reports an incident.
    pub(crate) async fn report(&self, request: Asked, report: Report) -> Result<Done<Incident>, Failure> {
        let envelope = request.envelope(&self.engine);
        let id = report.id.uuid();
        self.engine.create::<Incident>(&envelope, id, Command::ReportIncident(report)).await
    }

    /// What the log holds of an incident.
    pub(crate) async fn events(&self, incident: IncidentId) -> Vec<String> {
        let loaded = self.engine.load::<Incident>(incident.uuid()).await.unwrap();
        loaded.history.into_iter().map(|recorded| recorded.type_name).collect()
    }
}

/// A request: its id, its content, and what it says of time and version.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    id: u128,
    content: u8,
    seen: Option<u64>,
    occurred_at: Option<&'static str>,
}

/// The request with this id.
pub(crate) fn request(id: u128) -> Asked {
    Asked { id, content: 0, seen: None, occurred_at: None }
}

impl Asked {
    /// The same id with another content.
    pub(crate) fn with_other_content(self) -> Self {
        Self { content: 1, ..self }
    }

    pub(crate) fn having_seen(self, version: u64) -> Self {
        Self { seen: Some(version), ..self }
    }

    pub(crate) fn of(self, occurred_at: &'static str) -> Self {
        Self { occurred_at: Some(occurred_at), ..self }
    }

    pub(crate) fn envelope(self, engine: &Engine) -> Envelope {
        let now = engine.now();
        let occurred_at = self.occurred_at.map(|at| at.parse::<Timestamp>().unwrap());
        Envelope {
            caller: DEMO_IDENTITIES[1].clone(),
            trace: TraceContext::default(),
            request: RequestId::from_uuid(Uuid::from_u128(self.id)),
            content: [self.content; 32],
            seen: self.seen.map(StreamVersion::new),
            source_recorded_at: None,
            source_system: None,
            situation: Situation { now, occurred_at: occurred_at.unwrap_or(now), performed_by: None },
        }
    }
}

pub(crate) const INCIDENT: IncidentId = IncidentId::from_uuid(Uuid::from_u128(0xface));
pub(crate) const PATIENT: AffectedPersonId = AffectedPersonId::from_uuid(Uuid::from_u128(0xaffe));
pub(crate) const RELATIVE: AffectedPersonId = AffectedPersonId::from_uuid(Uuid::from_u128(0xbeef));

pub(crate) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

pub(crate) fn person(id: AffectedPersonId) -> AffectedPerson {
    AffectedPerson {
        id,
        case_reference: None,
        kind: AffectedPersonKind::Patient,
        name: Some(Personal::Known(text("Wilhelmina Quaife"))),
        contact: None,
        harm: HarmGrade::default(),
    }
}

/// A report of one affected person.
pub(crate) fn a_report() -> Report {
    Report {
        id: INCIDENT,
        reference: PublicReference::derived("INC", INCIDENT.uuid()),
        kind: IncidentKind::PatientSafetyIncident,
        incident_date: None,
        place: Place::default(),
        narrative: Personal::Known(text("The evening dose was given twice.")),
        immediate_actions: None,
        reporter: None,
        affected_persons: vec![person(PATIENT)],
        source: None,
        source_candour_flag: false,
    }
}

pub(crate) fn grade(person: AffectedPersonId, physical: PhysicalHarm) -> Command {
    Command::GradeHarm(HarmGrading {
        person,
        grade: HarmGrade { physical: Some(physical), ..HarmGrade::default() },
        graded_by_role: None,
        reason: None,
    })
}

pub(crate) fn close() -> Command {
    Command::CloseIncident(Closure { reason: None, closed_by: None })
}

pub(crate) fn reopen() -> Command {
    Command::ReopenIncident { reason: text("more came to light") }
}

/// The reason of a failure that a rule gave.
pub(crate) fn reason(failed: Result<Done<Incident>, Failure>) -> &'static str {
    match failed.err().unwrap() {
        Failure::Refused { reason, .. } => reason,
        Failure::StaleEtag { .. } => "STALE_ETAG",
        Failure::RequestIdReused => "REQUEST_ID_REUSED",
        Failure::OutOfOrder(_) => "OUT_OF_ORDER",
        other => panic!("{other}"),
    }
}
