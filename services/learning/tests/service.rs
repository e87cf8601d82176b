//! The service over a journal in memory and a file vault: what spans several streams, and what a repeat answers.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests stand outside a test function")]

use std::{cell::Cell, sync::Arc};

use candour_api::v1::{self, learning_service_server::LearningService};
use candour_domain::{
    Situation,
    calendar::Nation,
    identifier::{IncidentId, RequestId},
    incident::{Command, Incident, IncidentKind, Place, Report},
    personal::Personal,
    policy::Policy,
    regime::BodyType,
    text::{PublicReference, Text},
};
use candour_journal::{Clock as _, ManualClock, MemoryJournal, StoreId};
use candour_learning::Service;
use candour_service_kit::{
    Engine, Envelope, Organisation, caller::DEMO_IDENTITIES, trace_context::TraceContext,
};
use candour_vault::{FileVault, VaultPaths};
use tempfile::TempDir;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

/// A request of the patient safety team, authenticated as a server would.
fn asked<M>(message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(DEMO_IDENTITIES[1].clone());
    request
}

/// The service and what it stands on.
struct World {
    engine: Engine,
    service: Service,
    clock: Arc<ManualClock>,
    requests: Cell<u128>,
    _folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Half past midnight on 2 July in London.
        let clock = Arc::new(ManualClock::new("2026-07-01T23:30:00Z".parse().unwrap()));
        let engine = Engine::new(
            Arc::new(MemoryJournal::new(StoreId(Uuid::from_u128(1)), clock.clone())),
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
        let service = Service::new(engine.clone());
        Self { engine, service, clock, requests: Cell::new(1_000), _folder: folder }
    }

    fn request_id(&self) -> Uuid {
        self.requests.set(self.requests.get() + 1);
        Uuid::from_u128(self.requests.get())
    }

    /// What a command of `staff:<person>` carries.
    fn by(&self, person: &str) -> v1::CommandContext {
        v1::CommandContext {
            request_id: self.request_id().to_string(),
            performed_by: format!("staff:{person}"),
            ..v1::CommandContext::default()
        }
    }

    async fn on_incident(&self, incident: IncidentId, command: Command) {
        let envelope = Envelope {
            caller: DEMO_IDENTITIES[1].clone(),
            trace: TraceContext::default(),
            request: RequestId::from_uuid(self.request_id()),
            content: [0; 32],
            seen: None,
            source_recorded_at: None,
            source_system: None,
            situation: Situation { now: self.clock.now(), occurred_at: self.clock.now(), performed_by: None },
        };
        self.engine.execute::<Incident>(&envelope, incident.uuid(), command).await.unwrap();
    }

    async fn incident(&self) -> IncidentId {
        let id = IncidentId::from_uuid(self.request_id());
        let report = Report {
            id,
            reference: PublicReference::derived("INC", id.uuid()),
            kind: IncidentKind::PatientSafetyIncident,
            incident_date: None,
            place: Place::default(),
            narrative: Personal::Known(Text::parse("The evening dose was given twice.").unwrap()),
            immediate_actions: None,
            reporter: None,
            affected_persons: Vec::new(),
            source: None,
            source_candour_flag: false,
        };
        self.on_incident(id, Command::ReportIncident(report)).await;
        id
    }

    async fn recorded_in_error(&self, incident: IncidentId) {
        self.on_incident(incident, Command::RecordedInError { reason: Text::parse("a test").unwrap() }).await;
    }

    fn start(&self, incidents: &[IncidentId]) -> v1::StartResponseRequest {
        v1::StartResponseRequest {
            command: Some(self.by("1")),
            kind: v1::ResponseKind::Psii.into(),
            incident_ids: incidents.iter().map(ToString::to_string).collect(),
            ..v1::StartResponseRequest::default()
        }
    }

    /// A recommendation of a response of its own.
    async fn recommendation(&self) -> v1::RecommendationKey {
        let start = self.start(&[self.incident().await]);
        let response_id = self.service.start_response(asked(start)).await.unwrap().into_inner().response_id;
        let made = v1::MakeRecommendationRequest {
            command: Some(self.by("1")),
            response_id: response_id.clone(),
            kind: v1::RecommendationKind::AreaForImprovement.into(),
            text: "Look-alike ampoules are stored apart.".to_owned(),
            ..v1::MakeRecommendationRequest::default()
        };
        let made = self.service.make_recommendation(asked(made)).await.unwrap().into_inner();
        v1::RecommendationKey { response_id, recommendation_id: made.recommendation_id }
    }

    fn agreement(&self, recommendations: Vec<v1::RecommendationKey>) -> v1::AgreeActionRequest {
        v1::AgreeActionRequest {
            command: Some(self.by("1")),
            recommendations,
            description: "Label both drawers.".to_owned(),
            ..v1::AgreeActionRequest::default()
        }
    }

    async fn agreed(&self) -> String {
        let request = self.agreement(vec![self.recommendation().await]);
        self.service.agree_action(asked(request)).await.unwrap().into_inner().action_id
    }

    async fn supersede(&self, action: &str, by: &str) -> Result<(), Status> {
        let request = v1::SupersedeActionRequest {
            command: Some(self.by("1")),
            action_id: action.to_owned(),
            by_action_id: by.to_owned(),
            ..v1::SupersedeActionRequest::default()
        };
        self.service.supersede_action(asked(request)).await.map(drop)
    }

    /// Strikes out the agreement, which leaves the action void.
    async fn make_void(&self, action: &str) {
        let got = self.got(action).await;
        let request = v1::CorrectLearningEntryRequest {
            command: Some(self.by("1")),
            subject: Some(v1::correct_learning_entry_request::Subject::ActionId(action.to_owned())),
            event_id: got.history[0].event_id.clone(),
            reason: "agreed twice".to_owned(),
            change: Some(v1::correct_learning_entry_request::Change::Struck(true)),
        };
        self.service.correct_learning_entry(asked(request)).await.unwrap();
    }

    async fn got(&self, action: &str) -> v1::GetActionResponse {
        let request = v1::GetActionRequest { action_id: action.to_owned() };
        self.service.get_action(asked(request)).await.unwrap().into_inner()
    }
}

fn reason(status: &Status) -> (Code, String) {
    (status.code(), status.get_error_details().error_info().unwrap().reason.clone())
}

fn violated(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    details.bad_request().unwrap().field_violations.iter().map(|violation| violation.field.clone()).collect()
}

fn date(year: i32, month: i32, day: i32) -> v1::Date {
    v1::Date { year, month, day }
}

#[tokio::test]
async fn a_response_starts_on_the_london_day_of_the_command_where_no_day_is_given() {
    let world = World::new();
    let start = world.start(&[world.incident().await]);
    let response_id = world.service.start_response(asked(start)).await.unwrap().into_inner().response_id;
    let request = v1::GetResponseRequest { response_id };
    let response = world.service.get_response(asked(request)).await.unwrap().into_inner().response.unwrap();
    assert_eq!(response.started_on, Some(date(2026, 7, 2)));
}

#[tokio::test]
async fn a_response_covers_only_incidents_that_exist_and_stand() {
    let world = World::new();
    let (standing, in_error, other) =
        (world.incident().await, world.incident().await, world.incident().await);
    world.recorded_in_error(in_error).await;
    world.recorded_in_error(other).await;

    let start = world.start(&[in_error, standing, other]);
    let refused = world.service.start_response(asked(start)).await.unwrap_err();
    assert_eq!(reason(&refused), (Code::InvalidArgument, "INVALID_FIELDS".to_owned()));
    assert_eq!(violated(&refused), ["incident_ids[0]", "incident_ids[2]"]);

    let start = world.start(&[standing, IncidentId::from_uuid(Uuid::from_u128(404))]);
    let refused = world.service.start_response(asked(start)).await.unwrap_err();
    assert_eq!(reason(&refused), (Code::NotFound, "NOT_FOUND".to_owned()));
}

#[tokio::test]
async fn a_repeated_start_answers_as_the_first_did_though_its_incident_was_recorded_in_error_since() {
    let world = World::new();
    let incident = world.incident().await;
    let start = world.start(&[incident]);
    let first = world.service.start_response(asked(start.clone())).await.unwrap().into_inner();
    world.recorded_in_error(incident).await;
    let again = world.service.start_response(asked(start)).await.unwrap().into_inner();
    assert!(again.result.unwrap().repeated);
    assert_eq!((again.response_id, again.reference), (first.response_id, first.reference));
}

#[tokio::test]
async fn an_action_stands_only_under_recommendations_that_were_made_and_not_rejected() {
    let world = World::new();
    let (one, two) = (world.recommendation().await, world.recommendation().await);

    let swapped = v1::RecommendationKey { recommendation_id: two.recommendation_id.clone(), ..one.clone() };
    let request = world.agreement(vec![one.clone(), swapped]);
    let refused = world.service.agree_action(asked(request)).await.unwrap_err();
    let resource = refused.get_error_details().resource_info().cloned().unwrap();
    assert_eq!(refused.code(), Code::NotFound);
    assert_eq!(
        (resource.resource_type.as_str(), resource.resource_name.as_str()),
        ("recommendation", two.recommendation_id.as_str())
    );

    let rejection = v1::RejectRecommendationRequest {
        command: Some(world.by("1")),
        response_id: two.response_id.clone(),
        recommendation_id: two.recommendation_id.clone(),
        reason: "too costly".to_owned(),
        ..v1::RejectRecommendationRequest::default()
    };
    world.service.reject_recommendation(asked(rejection)).await.unwrap();
    let request = world.agreement(vec![one.clone(), two]);
    let refused = world.service.agree_action(asked(request)).await.unwrap_err();
    assert_eq!(reason(&refused), (Code::FailedPrecondition, "RECOMMENDATION_REJECTED".to_owned()));

    let request = world.agreement(vec![one.clone(), one]);
    let refused = world.service.agree_action(asked(request)).await.unwrap_err();
    assert_eq!(reason(&refused), (Code::InvalidArgument, "DUPLICATE_RECOMMENDATION".to_owned()));
}

#[tokio::test]
async fn act_1_a_repeated_agreement_names_what_was_missing_when_it_was_agreed() {
    use v1::MissingElement::{Measure, Monitor, Owner};
    let world = World::new();
    let incident = world.incident().await;
    let request = v1::AgreeActionRequest {
        incident_id: incident.to_string(),
        target_on: Some(date(2026, 9, 30)),
        ..world.agreement(vec![])
    };
    let first = world.service.agree_action(asked(request.clone())).await.unwrap().into_inner();
    let missing: Vec<i32> = vec![Owner.into(), Measure.into(), Monitor.into()];
    assert_eq!(first.missing, missing);

    let assignment = v1::AssignOwnerRequest {
        command: Some(world.by("1")),
        action_id: first.action_id.clone(),
        owner: Some(v1::Owner { role: "ward manager".to_owned(), ..v1::Owner::default() }),
    };
    world.service.assign_owner(asked(assignment)).await.unwrap();
    world.recorded_in_error(incident).await;

    let again = world.service.agree_action(asked(request)).await.unwrap().into_inner();
    assert!(again.result.unwrap().repeated);
    assert_eq!((again.action_id, again.missing), (first.action_id.clone(), missing));
    let now: Vec<i32> = vec![Measure.into(), Monitor.into()];
    assert_eq!(world.got(&first.action_id).await.action.unwrap().missing, now);
}

#[tokio::test]
async fn act_4_a_move_says_which_target_was_in_force_before() {
    let world = World::new();
    let action = world.agreed().await;
    let mut from = Vec::new();
    for to in [date(2026, 9, 30), date(2026, 10, 31), date(2026, 10, 31)] {
        let request = v1::MoveTargetRequest {
            command: Some(world.by("1")),
            action_id: action.clone(),
            to: Some(to),
            reason: "supplier is late".to_owned(),
            approved_by_role: "matron".to_owned(),
            ..v1::MoveTargetRequest::default()
        };
        from.push(world.service.move_target(asked(request)).await.unwrap().into_inner().from);
    }
    assert_eq!(from, [None, Some(date(2026, 9, 30)), Some(date(2026, 10, 31))]);
}

#[tokio::test]
async fn only_another_action_that_stands_supersedes() {
    let world = World::new();
    let (action, void, other) = (world.agreed().await, world.agreed().await, world.agreed().await);
    world.make_void(&void).await;

    let refused = world.supersede(&action, &action).await.unwrap_err();
    assert_eq!(violated(&refused), ["by_action_id"]);
    for missing in [void.as_str(), "00000000-0000-0000-0000-000000000404"] {
        let refused = world.supersede(&action, missing).await.unwrap_err();
        assert_eq!(reason(&refused), (Code::NotFound, "NOT_FOUND".to_owned()));
    }
    world.supersede(&action, &other).await.unwrap();
    assert_eq!(world.got(&action).await.action.unwrap().exit.unwrap().superseded_by, other);
}

#[tokio::test]
async fn only_an_action_that_has_not_left_supersedes() {
    let world = World::new();
    let (action, left, stands) = (world.agreed().await, world.agreed().await, world.agreed().await);
    world.supersede(&left, &stands).await.unwrap();
    let refused = world.supersede(&action, &left).await.unwrap_err();
    assert_eq!(violated(&refused), ["by_action_id"]);
    world.supersede(&action, &stands).await.unwrap();
}

#[tokio::test]
async fn a_repeated_supersession_answers_as_the_first_did_though_the_other_action_is_void_since() {
    let world = World::new();
    let (action, other) = (world.agreed().await, world.agreed().await);
    let request = v1::SupersedeActionRequest {
        command: Some(world.by("1")),
        action_id: action,
        by_action_id: other.clone(),
        ..v1::SupersedeActionRequest::default()
    };
    world.service.supersede_action(asked(request.clone())).await.unwrap();
    world.make_void(&other).await;
    let again = world.service.supersede_action(asked(request)).await.unwrap().into_inner();
    assert!(again.result.unwrap().repeated);
}

#[tokio::test]
async fn a_command_on_an_action_nobody_agreed_finds_none() {
    let world = World::new();
    let request = v1::NoteProgressRequest {
        command: Some(world.by("1")),
        action_id: "00000000-0000-0000-0000-000000000404".to_owned(),
        note: "labels ordered".to_owned(),
    };
    let refused = world.service.note_progress(asked(request)).await.unwrap_err();
    assert_eq!(reason(&refused), (Code::NotFound, "ACTION_NOT_FOUND".to_owned()));
}

#[tokio::test]
async fn act_2_the_verifier_is_the_person_of_the_command() {
    let world = World::new();
    let request = v1::AgreeActionRequest {
        owner: Some(v1::Owner {
            role: "ward manager".to_owned(),
            person: "staff:owner".to_owned(),
            ..v1::Owner::default()
        }),
        ..world.agreement(vec![world.recommendation().await])
    };
    let action_id = world.service.agree_action(asked(request)).await.unwrap().into_inner().action_id;
    let report = v1::ReportImplementationRequest {
        command: Some(world.by("reporter")),
        action_id: action_id.clone(),
        implemented_on: Some(date(2026, 7, 2)),
        evidence: vec!["audit-2026-07".to_owned()],
        ..v1::ReportImplementationRequest::default()
    };
    world.service.report_implementation(asked(report)).await.unwrap();
    let verify = |person| v1::VerifyImplementationRequest {
        command: Some(world.by(person)),
        action_id: action_id.clone(),
        ..v1::VerifyImplementationRequest::default()
    };
    for (person, refusal) in
        [("owner", "VERIFIER_IS_OWNER"), ("reporter", "VERIFIER_REPORTED_IMPLEMENTATION")]
    {
        let refused = world.service.verify_implementation(asked(verify(person))).await.unwrap_err();
        assert_eq!(reason(&refused), (Code::FailedPrecondition, refusal.to_owned()));
    }
    world.service.verify_implementation(asked(verify("verifier"))).await.unwrap();
    let action = world.got(&action_id).await.action.unwrap();
    assert_eq!(action.status(), v1::ActionStatus::Verified);
    assert_eq!(action.verified.unwrap().verified_by, "staff:verifier");
}

#[tokio::test]
async fn governance_neither_records_nor_reads_records() {
    let world = World::new();
    let action_id = world.agreed().await;
    let mut request = Request::new(v1::GetActionRequest { action_id });
    request.extensions_mut().insert(DEMO_IDENTITIES[2].clone());
    let refused = world.service.get_action(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn a_request_without_an_authenticated_caller_is_refused_also_without_the_server_around_the_service() {
    let world = World::new();
    let action_id = world.agreed().await;
    let refused =
        world.service.get_action(Request::new(v1::GetActionRequest { action_id })).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
}
