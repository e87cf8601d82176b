//! What a follow-up command asks of the log, on a real store.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::sync::Arc;

use candour_api::v1::{self, follow_up_service_server::FollowUpService as _};
use candour_domain::{
    Situation,
    calendar::Nation,
    identifier::{AffectedPersonId, CaseId, IncidentId, RequestId},
    incident::{
        AffectedPerson, AffectedPersonKind, Command, HarmGrade, Incident, IncidentKind, Place, Report,
        Reporter, ReporterIdentity,
    },
    personal::Personal,
    policy::Policy,
    regime::BodyType,
    text::{PublicReference, Text},
};
use candour_follow_up::Service;
use candour_journal::{Clock as _, ManualClock, observed::Observed};
use candour_journal_sqlite::{OpenOptions, SqliteJournal};
use candour_service_kit::{
    Engine, Envelope, Organisation, caller::DEMO_IDENTITIES, trace_context::TraceContext,
};
use candour_vault::{FileVault, VaultPaths};
use tonic::Request;
use uuid::Uuid;

const INCIDENT: IncidentId = IncidentId::from_uuid(Uuid::from_u128(1));
const PATIENT: AffectedPersonId = AffectedPersonId::from_uuid(Uuid::from_u128(2));

fn report() -> Report {
    Report {
        id: INCIDENT,
        reference: PublicReference::derived("INC", INCIDENT.uuid()),
        kind: IncidentKind::PatientSafetyIncident,
        incident_date: None,
        place: Place::default(),
        narrative: Personal::Known(Text::parse("The evening dose was given twice.").unwrap()),
        immediate_actions: None,
        reporter: Some(Reporter {
            identity: ReporterIdentity::Confidential,
            role: None,
            name: None,
            contact: None,
        }),
        affected_persons: vec![AffectedPerson {
            id: PATIENT,
            case_reference: None,
            kind: AffectedPersonKind::Patient,
            name: None,
            contact: None,
            harm: HarmGrade::default(),
        }],
        source: None,
        source_candour_flag: false,
    }
}

fn command(request: u128) -> v1::CommandContext {
    v1::CommandContext {
        request_id: Uuid::from_u128(request).to_string(),
        performed_by: "staff:1".to_owned(),
        ..v1::CommandContext::default()
    }
}

/// A request of an authenticated caller, as the server hands it on.
fn asked<M>(message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(DEMO_IDENTITIES[1].clone());
    request
}

fn attempt(request: u128) -> Request<v1::RecordContactAttemptRequest> {
    asked(v1::RecordContactAttemptRequest {
        command: Some(command(request)),
        case_id: CaseId::of(INCIDENT, PATIENT).to_string(),
        incident_id: INCIDENT.to_string(),
        method: v1::ContactMethod::Telephone.into(),
        by_role: "ward manager".to_owned(),
        contact_result: v1::ContactResult::NoAnswer.into(),
        ..v1::RecordContactAttemptRequest::default()
    })
}

fn progress(request: u128) -> Request<v1::RecordProgressSentRequest> {
    asked(v1::RecordProgressSentRequest {
        command: Some(command(request)),
        incident_id: INCIDENT.to_string(),
        method: v1::FeedbackMethod::Email.into(),
        ..v1::RecordProgressSentRequest::default()
    })
}

#[tokio::test]
async fn a_follow_up_command_reads_nothing_once_its_streams_are_warm() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new("2026-03-02T12:00:00Z".parse().unwrap()));
    let options = OpenOptions::new(clock.clone()).synthetic(true);
    let journal = Arc::new(SqliteJournal::open(folder.path().join("journal.sqlite"), &options).unwrap());
    let journal = Arc::new(Observed::alone(journal));
    let engine = Engine::new(
        journal.clone(),
        Arc::new(FileVault::open(&VaultPaths::in_folder(folder.path())).unwrap()),
        clock.clone(),
        Organisation {
            name: "Northgate".to_owned(),
            nation: Nation::England,
            body_type: BodyType::HealthServiceBody,
            policy: Policy::local_defaults(),
            namespace: "candour".to_owned(),
        },
    );
    let envelope = Envelope {
        caller: DEMO_IDENTITIES[1].clone(),
        trace: TraceContext::default(),
        request: RequestId::from_uuid(Uuid::from_u128(100)),
        content: [0; 32],
        seen: None,
        source_recorded_at: None,
        source_system: None,
        situation: Situation { now: clock.now(), occurred_at: clock.now(), performed_by: None },
    };
    engine.create::<Incident>(&envelope, INCIDENT.uuid(), Command::ReportIncident(report())).await.unwrap();
    let service = Service::new(engine);
    assert_eq!(journal.asked(), (0, 1));
    // The first entry of a record is the one whose stream is not known yet; its incident is.
    service.record_contact_attempt(attempt(1)).await.unwrap();
    assert_eq!(journal.asked(), (1, 1));
    service.record_contact_attempt(attempt(2)).await.unwrap();
    assert_eq!(journal.asked(), (0, 1));
    service.record_progress_sent(progress(3)).await.unwrap();
    assert_eq!(journal.asked(), (1, 1));
    service.record_progress_sent(progress(4)).await.unwrap();
    assert_eq!(journal.asked(), (0, 1));
    // A repeat is known at once.
    let again = service.record_progress_sent(progress(3)).await.unwrap().into_inner();
    assert!(again.result.unwrap().repeated);
    assert_eq!(journal.asked(), (0, 0));
}
