//! The answers of the service over a small log: which rows filters keep, how pages follow each other while the log grows, and what the
//! status says once folding has stopped.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use std::sync::Arc;

use candour_api::v1::{self, insight_service_server::InsightService as _};
use candour_domain::{
    Personal, Situation,
    action::{
        self, Action, ActionAgreement, ActionSource, MeasurePlan, Owner, RecommendationFacts,
        RecommendationKey,
    },
    calendar::Nation,
    candour_case::{self, CandourCase, CaseFacts, NotifiableAssessment, Opinion},
    identifier::{ActionId, AffectedPersonId, CaseId, IncidentId, RecommendationId, RequestId, ResponseId},
    incident::{
        self, AffectedPerson, AffectedPersonKind, HarmGrade, Incident, IncidentKind, PhysicalHarm, Place,
        Report, Reporter, ReporterIdentity,
    },
    policy::Policy,
    regime::{BodyType, Likelihood, Outcome, RegimeVersion},
    response::{self, Decision, Recommendation, RecommendationKind, Response, ResponseKind, ResponseStart},
    text::{PublicReference, Text},
};
use candour_insight::Service;
use candour_journal::{
    EventTypeName, ExpectedVersion, Journal, ManualClock, MemoryJournal, NewEvent, Position, StoreId,
    StreamName,
};
use candour_projections::{ReadModel, Runner};
use candour_records::StoredAggregate;
use candour_service_kit::{
    Engine, Envelope, Organisation, caller::DEMO_IDENTITIES, trace_context::TraceContext,
};
use candour_vault::FileVault;
use jiff::{Timestamp, civil::date};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Status};
use uuid::Uuid;

/// A server over an empty log, with the runner following it.
struct Server {
    engine: Engine,
    journal: Arc<dyn Journal>,
    service: Service,
    read_model: ReadModel,
    requests: u128,
    _folder: tempfile::TempDir,
}

impl Server {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(instant("2026-06-01T12:00:00Z")));
        let journal: Arc<dyn Journal> =
            Arc::new(MemoryJournal::new(StoreId(Uuid::from_u128(1)), clock.clone()));
        let path = folder.path().join("read-model.sqlite");
        let organisation = Organisation {
            name: "Test".to_owned(),
            nation: Nation::England,
            body_type: BodyType::HealthServiceBody,
            policy: Policy::local_defaults(),
            namespace: "candour".to_owned(),
        };
        let grounds = organisation.grounds();
        let read_model =
            ReadModel::open(&path, journal.store_id(), 0, Position::BEFORE_FIRST, grounds).unwrap();
        tokio::spawn(Runner::new(Arc::clone(&journal), read_model.clone()).run(CancellationToken::new()));
        let vault = Arc::new(FileVault::in_memory().unwrap());
        let engine = Engine::new(Arc::clone(&journal), vault, clock, organisation);
        let service = Service::new(engine.clone(), read_model.clone());
        Self { engine, journal, service, read_model, requests: 0, _folder: folder }
    }

    /// Carries out a command that happened at noon of a day and waits until it is in the read model.
    async fn carry_out<A>(&mut self, at: &str, stream: Uuid, command: A::Command)
    where
        A: StoredAggregate,
        A::Command: Clone + Sync,
    {
        self.requests += 1;
        let envelope = Envelope {
            caller: DEMO_IDENTITIES[1].clone(),
            trace: TraceContext::default(),
            request: RequestId::from_uuid(Uuid::from_u128(1_000 + self.requests)),
            content: [0; 32],
            seen: None,
            source_recorded_at: None,
            source_system: None,
            situation: Situation {
                now: self.engine.now(),
                occurred_at: instant(&format!("{at}T12:00:00Z")),
                performed_by: None,
            },
        };
        let done = self.engine.execute::<A>(&envelope, stream, command).await.unwrap();
        self.folded(done.position).await;
    }

    async fn folded(&self, position: Position) {
        let progress = self.read_model.wait_for(position, candour_projections::limits::WAIT_MAX).await;
        assert!(progress.position >= position || progress.stopped.is_some(), "{progress:?}");
    }
}

/// A request of the patient safety team, authenticated as a server would.
fn asked<M>(message: M) -> Request<M> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(DEMO_IDENTITIES[1].clone());
    request
}

const NORTH: IncidentId = IncidentId::from_uuid(Uuid::from_u128(11));
const SOUTH: IncidentId = IncidentId::from_uuid(Uuid::from_u128(12));
const PATIENT: AffectedPersonId = AffectedPersonId::from_uuid(Uuid::from_u128(21));
const RESPONSE: ResponseId = ResponseId::from_uuid(Uuid::from_u128(31));
const RECOMMENDATION: RecommendationId = RecommendationId::from_uuid(Uuid::from_u128(41));
const UNDER_RECOMMENDATION: ActionId = ActionId::from_uuid(Uuid::from_u128(51));
const ON_INCIDENT: ActionId = ActionId::from_uuid(Uuid::from_u128(52));
const REGIME: &str = "england-regulation-20-health-service-body-2014";

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn reference(text: &str) -> PublicReference {
    PublicReference::parse(text).unwrap()
}

fn report(
    id: IncidentId,
    public: &str,
    site: &str,
    affected_persons: Vec<AffectedPerson>,
) -> incident::Command {
    incident::Command::ReportIncident(Report {
        id,
        reference: reference(public),
        kind: IncidentKind::ALL[0],
        incident_date: None,
        place: Place { site: Some(text(site)), ..Place::default() },
        narrative: Personal::Known(text("it happened")),
        immediate_actions: None,
        reporter: Some(Reporter { identity: ReporterIdentity::Named, role: None, name: None, contact: None }),
        affected_persons,
        source: None,
        source_candour_flag: false,
    })
}

fn agree(id: ActionId, public: &str, source: ActionSource, owner: Option<Owner>) -> action::Command {
    let decisions = match &source {
        ActionSource::Recommendations(_) => vec![Decision::Accepted],
        ActionSource::Incident(_) => Vec::new(),
    };
    action::Command::AgreeAction(
        RecommendationFacts { decisions },
        ActionAgreement {
            id,
            reference: reference(public),
            source,
            description: text("change it"),
            owner,
            target_on: Some(date(2026, 3, 31)),
            plan: MeasurePlan::default(),
            relates_to: Vec::new(),
        },
    )
}

/// Two incidents at two sites. The northern one has a patient with severe harm, an assessed candour case, and a learning response with a
/// recommendation and an action; the southern one has an action of its own, without an owner.
async fn story() -> Server {
    let mut server = Server::new();
    let patient = AffectedPerson {
        id: PATIENT,
        case_reference: None,
        kind: AffectedPersonKind::Patient,
        name: None,
        contact: None,
        harm: HarmGrade { physical: Some(PhysicalHarm::Severe), ..HarmGrade::default() },
    };
    let north = report(NORTH, "INC-1", "North", vec![patient]);
    server.carry_out::<Incident>("2026-01-05", NORTH.uuid(), north).await;
    server
        .carry_out::<Incident>("2026-01-06", SOUTH.uuid(), report(SOUTH, "INC-2", "South", Vec::new()))
        .await;
    let case = CaseId::of(NORTH, PATIENT);
    let facts = CaseFacts {
        case,
        incident: NORTH,
        person: PATIENT,
        recorded_in_error: false,
        reported_on: date(2026, 1, 5),
    };
    let assessment = NotifiableAssessment {
        unintended_or_unexpected: true,
        regulated_activity: true,
        outcome: Outcome::SevereHarm,
        likelihood: Likelihood::AppearsToHaveResulted,
        moderate_increase_in_treatment: None,
        significant_not_permanent: false,
        continuous_days: None,
        likely_28_days: false,
        directly_related: false,
        opinion: Opinion {
            given_by_role: text("consultant"),
            profession: text("medicine"),
            given_by: None,
            involved_in_incident: Some(false),
            given_on: date(2026, 1, 6),
            basis: Personal::Known(text("the notes")),
        },
        aware_on: date(2026, 1, 6),
        body_type: BodyType::HealthServiceBody,
        regime: RegimeVersion::from_name(REGIME).unwrap(),
    };
    let assess =
        candour_case::Command { facts, request: candour_case::Request::AssessNotifiable(assessment) };
    server.carry_out::<CandourCase>("2026-01-06", case.uuid(), assess).await;
    let start = ResponseStart {
        id: RESPONSE,
        reference: reference("RESP-1"),
        kind: ResponseKind::ALL[0],
        incidents: vec![NORTH],
        started_on: date(2026, 1, 10),
        agreed_due_on: None,
    };
    server
        .carry_out::<Response>("2026-01-10", RESPONSE.uuid(), response::Command::StartResponse(start))
        .await;
    let make = response::Command::MakeRecommendation(Recommendation {
        id: RECOMMENDATION,
        reference: reference("REC-1"),
        kind: RecommendationKind::AreaForImprovement,
        text: text("improve it"),
        relates_to: Vec::new(),
    });
    server.carry_out::<Response>("2026-02-01", RESPONSE.uuid(), make).await;
    let accept =
        response::Command::AcceptRecommendation { recommendation: RECOMMENDATION, accepted_by_role: None };
    server.carry_out::<Response>("2026-02-02", RESPONSE.uuid(), accept).await;
    let key = RecommendationKey { response: RESPONSE, recommendation: RECOMMENDATION };
    let owner = Owner { role: text("matron"), team: Some(text("Ward 7")), directorate: None, person: None };
    let under = agree(UNDER_RECOMMENDATION, "ACT-1", ActionSource::Recommendations(vec![key]), Some(owner));
    server.carry_out::<Action>("2026-02-03", UNDER_RECOMMENDATION.uuid(), under).await;
    let own = agree(ON_INCIDENT, "ACT-2", ActionSource::Incident(SOUTH), None);
    server.carry_out::<Action>("2026-02-04", ON_INCIDENT.uuid(), own).await;
    server
}

fn query((year, month, day): (i32, i32, i32)) -> v1::QueryContext {
    v1::QueryContext { as_of: Some(v1::Date { year, month, day }), ..Default::default() }
}

const APRIL: (i32, i32, i32) = (2026, 4, 1);
const MARCH: (i32, i32, i32) = (2026, 3, 31);

fn in_site(site: &str) -> v1::QueryContext {
    let place = v1::PlaceFilter { site: site.to_owned(), ..Default::default() };
    v1::QueryContext { place: Some(place), ..query(APRIL) }
}

#[tokio::test]
async fn each_filter_of_actions_keeps_its_own() {
    let server = story().await;
    let listed = async |request: v1::ListActionsRequest| -> Vec<String> {
        let answer = server.service.list_actions(asked(request)).await.unwrap().into_inner();
        answer.actions.into_iter().map(|action| action.reference).collect()
    };
    let request = || v1::ListActionsRequest { query: Some(query(APRIL)), ..Default::default() };
    let none: [&str; 0] = [];
    assert_eq!(listed(request()).await, ["ACT-1", "ACT-2"]);
    let key = |response: Uuid| {
        Some(v1::RecommendationKey {
            response_id: response.to_string(),
            recommendation_id: RECOMMENDATION.to_string(),
        })
    };
    let under = |recommendation| v1::ListActionsRequest { recommendation, ..request() };
    assert_eq!(listed(under(key(RESPONSE.uuid()))).await, ["ACT-1"]);
    assert_eq!(listed(under(key(Uuid::from_u128(99)))).await, none);
    let about =
        |incident: IncidentId| v1::ListActionsRequest { incident_id: incident.to_string(), ..request() };
    assert_eq!(listed(about(NORTH)).await, ["ACT-1"]);
    assert_eq!(listed(about(SOUTH)).await, ["ACT-2"]);
    assert_eq!(
        listed(v1::ListActionsRequest { query: Some(in_site("North")), ..request() }).await,
        ["ACT-1"]
    );
    assert_eq!(
        listed(v1::ListActionsRequest { query: Some(in_site("South")), ..request() }).await,
        ["ACT-2"]
    );
    assert_eq!(listed(v1::ListActionsRequest { unowned_only: true, ..request() }).await, ["ACT-2"]);
    let verified = v1::ActionStatus::Verified.into();
    assert_eq!(listed(v1::ListActionsRequest { status: verified, ..request() }).await, none);
    // R3: on the day of the target it is not overdue, the day after it is.
    let overdue =
        |day| v1::ListActionsRequest { query: Some(query(day)), overdue_only: true, ..Default::default() };
    assert_eq!(listed(overdue(MARCH)).await, none);
    assert_eq!(listed(overdue(APRIL)).await, ["ACT-1", "ACT-2"]);
}

#[tokio::test]
async fn rows_carry_what_lies_behind_their_unit() {
    let server = story().await;
    let request = v1::ListRecommendationsRequest {
        query: Some(query(APRIL)),
        response_id: RESPONSE.to_string(),
        state: v1::RecommendationState::InProgress.into(),
        ..Default::default()
    };
    let answer = server.service.list_recommendations(asked(request)).await.unwrap().into_inner();
    let [row] = answer.recommendations.as_slice() else { panic!("{answer:?}") };
    assert_eq!((row.reference.as_str(), row.response_reference.as_str()), ("REC-1", "RESP-1"));
    assert_eq!(row.incident_ids, [NORTH.to_string()]);
    assert_eq!(row.actions[0].days_overdue, Some(1));

    let request = v1::ListCandourCasesRequest {
        query: Some(in_site("North")),
        overdue_only: true,
        ..Default::default()
    };
    let answer = server.service.list_candour_cases(asked(request)).await.unwrap().into_inner();
    let [row] = answer.cases.as_slice() else { panic!("{answer:?}") };
    assert_eq!((row.incident_reference.as_str(), row.regime_version.as_str()), ("INC-1", REGIME));
    assert_eq!(row.place.as_ref().unwrap().site, "North");
    assert_eq!(row.decision_stage.as_ref().unwrap().verdict(), v1::Verdict::InTime);
    assert_eq!(row.aware_clock.as_ref().unwrap().verdict(), v1::Verdict::Overdue);
    assert_eq!(row.first_notification.as_ref().unwrap().missing.len(), 7);

    let request = v1::ListReporterFeedbackRequest { query: Some(query(APRIL)), ..Default::default() };
    let answer = server.service.list_reporter_feedback(asked(request)).await.unwrap().into_inner();
    let sites: Vec<_> = answer.reports.iter().map(|row| row.place.as_ref().unwrap().site.as_str()).collect();
    assert_eq!(sites, ["North", "South"]);
    // F2: 90 days after 5 January is 5 April.
    let outcome = answer.reports[0].outcome.as_ref().unwrap();
    assert_eq!(outcome.due.as_ref().unwrap().date, Some(v1::Date { year: 2026, month: 4, day: 5 }));
    assert_eq!(outcome.verdict(), v1::Verdict::NotYetDue);
    assert_eq!(answer.reports[0].acknowledgement.as_ref().unwrap().verdict(), v1::Verdict::Overdue);
}

#[tokio::test]
async fn pages_of_a_timeline_follow_each_other_as_known_at_the_first() {
    let mut server = story().await;
    let request = |page_token: &str| v1::GetTimelineRequest {
        query: Some(query(APRIL)),
        page_size: 4,
        page_token: page_token.to_owned(),
        incident_id: NORTH.to_string(),
    };
    let first = server.service.get_timeline(asked(request(""))).await.unwrap().into_inner();
    // Recorded later, and said to have happened before everything on the second page.
    let close = incident::Command::CloseIncident(incident::Closure { reason: None, closed_by: None });
    server.carry_out::<Incident>("2026-01-07", NORTH.uuid(), close).await;
    let second =
        server.service.get_timeline(asked(request(&first.next_page_token))).await.unwrap().into_inner();
    let types: Vec<_> =
        first.entries.iter().chain(&second.entries).map(|entry| entry.r#type.as_str()).collect();
    assert_eq!(
        types,
        [
            "IncidentReported.v1",
            "CandourCaseOpened.v1",
            "NotifiableAssessed.v1",
            "ResponseStarted.v1",
            "RecommendationMade.v1",
            "RecommendationAccepted.v1",
            "ActionAgreed.v1"
        ]
    );
    assert_eq!(second.next_page_token, "");
    assert_eq!(first.basis, second.basis);
    let kinds: Vec<_> = second.entries.iter().map(v1::TimelineEntry::stream_kind).collect();
    assert_eq!(kinds, [v1::StreamKind::Response, v1::StreamKind::Response, v1::StreamKind::Action]);
}

#[tokio::test]
async fn a_timeline_needs_a_known_incident_and_takes_no_place() {
    let server = story().await;
    let refused =
        async |request| -> Status { server.service.get_timeline(asked(request)).await.unwrap_err() };
    let unknown =
        v1::GetTimelineRequest { incident_id: Uuid::from_u128(99).to_string(), ..Default::default() };
    assert_eq!(refused(unknown).await.code(), Code::NotFound);
    let placed = v1::GetTimelineRequest {
        incident_id: NORTH.to_string(),
        query: Some(in_site("North")),
        ..Default::default()
    };
    let status = refused(placed).await;
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().starts_with("query.place "), "{}", status.message());
}

#[tokio::test]
async fn units_are_paged_as_known_at_the_first_page_and_agree_with_the_figure() {
    let mut server = story().await;
    let measures = v1::GetMeasuresRequest {
        query: Some(query(APRIL)),
        measure_ids: vec!["R3".to_owned()],
        units_per_figure: 1,
        ..Default::default()
    };
    let answer = server.service.get_measures(asked(measures)).await.unwrap().into_inner();
    let [figure] = answer.figures.as_slice() else { panic!("{answer:?}") };
    assert_eq!((figure.measure_id.as_str(), figure.numerator, figure.denominator), ("R3", Some(2), None));
    assert_eq!((figure.units.len(), figure.units_total, figure.units_truncated), (1, 2, true));

    let request = |page_token: &str| v1::ListMeasureUnitsRequest {
        query: Some(query(APRIL)),
        page_size: 1,
        page_token: page_token.to_owned(),
        measure_id: "R3".to_owned(),
        ..Default::default()
    };
    let first = server.service.list_measure_units(asked(request(""))).await.unwrap().into_inner();
    let withdraw = action::Command::WithdrawAction { reason: text("no longer needed") };
    server.carry_out::<Action>("2026-02-10", UNDER_RECOMMENDATION.uuid(), withdraw).await;
    let token = first.next_page_token.as_str();
    let second = server.service.list_measure_units(asked(request(token))).await.unwrap().into_inner();
    let references: Vec<_> =
        first.units.iter().chain(&second.units).map(|unit| unit.reference.as_str()).collect();
    assert_eq!(references, ["ACT-1", "ACT-2"]);
    assert_eq!((first.units_total, second.units_total), (2, 2));
    assert_eq!(second.next_page_token, "");
    // Another list does not take the token.
    let other = v1::ListMeasureUnitsRequest { measure_id: "R1".to_owned(), ..request(token) };
    let status = server.service.list_measure_units(asked(other)).await.unwrap_err();
    assert!(status.message().starts_with("page_token "), "{}", status.message());
    // Begun anew, the list knows of the withdrawal.
    let anew = server.service.list_measure_units(asked(request(""))).await.unwrap().into_inner();
    assert_eq!(anew.units_total, 1);
}

#[tokio::test]
async fn the_status_is_answered_also_where_folding_has_stopped() {
    let server = story().await;
    let status = async || {
        let request = asked(v1::GetReadModelStatusRequest::default());
        server.service.get_read_model_status(request).await.unwrap().into_inner()
    };
    let before = status().await;
    assert!(before.head_reached);
    assert_eq!(before.lag_events, Some(0));
    let health: Vec<_> = before.projections.iter().map(v1::ProjectionStatus::health).collect();
    assert_eq!(health, [v1::ProjectionHealth::Following; 6]);

    let unknown = NewEvent {
        event_id: Uuid::from_u128(77),
        event_type: EventTypeName::parse("SomethingNew.v1").unwrap(),
        occurred_at: instant("2026-05-01T12:00:00Z"),
        metadata: b"{}".to_vec(),
        data: b"{}".to_vec(),
    };
    let stream = StreamName::new("candour", "novelty", Uuid::from_u128(78)).unwrap();
    let appended = server.journal.append(&stream, ExpectedVersion::NoStream, vec![unknown]).await.unwrap();
    server.folded(appended.position).await;
    let after = status().await;
    assert!(!after.head_reached);
    assert_eq!(after.lag_events, None);
    for projection in &after.projections {
        assert_eq!(projection.health(), v1::ProjectionHealth::Stopped);
        assert_eq!(projection.stopped_at_event_id, Uuid::from_u128(77).to_string());
        assert!(projection.stopped_because.contains("novelty"), "{}", projection.stopped_because);
    }
    assert_eq!(after.basis.unwrap().position, before.basis.unwrap().position);
    // Every other query fails rather than answering with what is known to be stale.
    let request = asked(v1::ListActionsRequest::default());
    assert_eq!(server.service.list_actions(request).await.unwrap_err().code(), Code::DataLoss);
    let dated = v1::GetReadModelStatusRequest { query: Some(query(APRIL)) };
    let refused = server.service.get_read_model_status(asked(dated)).await.unwrap_err();
    assert!(refused.message().starts_with("query.as_of "), "{}", refused.message());
}

/// The items of a page of the worklist.
async fn work(server: &Server, request: v1::ListWorkItemsRequest) -> v1::ListWorkItemsResponse {
    let request = v1::ListWorkItemsRequest { query: Some(query(APRIL)), ..request };
    server.service.list_work_items(asked(request)).await.unwrap().into_inner()
}

fn named(answer: &v1::ListWorkItemsResponse) -> Vec<String> {
    let name = |item: &v1::WorkItem| {
        let kind =
            item.kind().as_str_name().trim_start_matches("WORK_KIND_").to_lowercase().replace('_', " ");
        let overdue = item.days_overdue.map(|days| format!(" ({days})")).unwrap_or_default();
        format!("{} {kind}{overdue}", item.reference)
    };
    answer.items.iter().map(name).collect()
}

#[tokio::test]
async fn the_worklist_pages_through_the_same_items_that_it_shows_at_once() {
    let mut server = story().await;
    let all = work(&server, v1::ListWorkItemsRequest::default()).await;
    assert!(all.items.len() > 4, "{:?}", named(&all));
    assert_eq!(all.next_page_token, "");
    let days: Vec<_> = all.items.iter().map(|item| item.days_overdue.unwrap_or(-1)).collect();
    assert!(days.is_sorted_by(|one, other| one >= other), "the most overdue first: {days:?}");

    let mut paged = Vec::new();
    let mut token = String::new();
    loop {
        let request = v1::ListWorkItemsRequest { page_size: 2, page_token: token, ..Default::default() };
        let page = work(&server, request).await;
        paged.extend(page.items);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
        // Recorded in between, and not seen: all pages are as known at the first.
        let withdraw = action::Command::WithdrawAction { reason: text("no longer needed") };
        if paged.len() == 2 {
            server.carry_out::<Action>("2026-02-10", UNDER_RECOMMENDATION.uuid(), withdraw).await;
        }
    }
    assert_eq!(paged, all.items);
    let anew = work(&server, v1::ListWorkItemsRequest::default()).await;
    let of_withdrawn = |answer: &v1::ListWorkItemsResponse| {
        named(answer).iter().filter(|name| name.starts_with("ACT-1 ")).count()
    };
    assert_eq!((of_withdrawn(&all), of_withdrawn(&anew)), (1, 0), "{:?}", named(&anew));
}

const JANUARY: (i32, i32, i32) = (2026, 1, 8);
const JUNE: (i32, i32, i32) = (2026, 6, 1);

#[tokio::test]
async fn each_filter_of_the_worklist_keeps_what_it_says() {
    let server = story().await;
    let all = || v1::ListWorkItemsRequest { query: Some(query(APRIL)), ..Default::default() };
    let implementation = v1::WorkKind::Implementation.into();
    let before = v1::Date { year: 2026, month: 1, day: 19 };
    for (request, expected) in [
        (
            all(),
            &[
                "INC-1 acknowledgement (84)",
                "INC-2 acknowledgement (83)",
                "INC-1/1 first notification (72)",
                "INC-1/1 written notification (57)",
                "ACT-1 implementation (1)",
                "ACT-2 implementation (1)",
                "INC-1 outcome to reporter",
                "INC-2 outcome to reporter",
                "INC-1/1 enquiry results",
            ][..],
        ),
        (
            v1::ListWorkItemsRequest { kinds: vec![implementation], ..all() },
            &["ACT-1 implementation (1)", "ACT-2 implementation (1)"],
        ),
        (
            v1::ListWorkItemsRequest { overdue_only: true, due_before: Some(before), ..all() },
            &["INC-1 acknowledgement (84)", "INC-2 acknowledgement (83)"],
        ),
        (v1::ListWorkItemsRequest { unowned_only: true, ..all() }, &["ACT-2 implementation (1)"]),
        (
            v1::ListWorkItemsRequest { owner_role: "matron".to_owned(), ..all() },
            &["ACT-1 implementation (1)"],
        ),
        (v1::ListWorkItemsRequest { owner_role: "Matron".to_owned(), ..all() }, &[]),
        (v1::ListWorkItemsRequest { team: "Ward 7".to_owned(), ..all() }, &["ACT-1 implementation (1)"]),
        (v1::ListWorkItemsRequest { team: "Ward 8".to_owned(), ..all() }, &[]),
        (
            v1::ListWorkItemsRequest { query: Some(in_site("South")), ..all() },
            &["INC-2 acknowledgement (83)", "ACT-2 implementation (1)", "INC-2 outcome to reporter"],
        ),
        (v1::ListWorkItemsRequest { stalled_only: true, ..all() }, &[]),
        // More than 60 days after 3 and 4 February.
        (
            v1::ListWorkItemsRequest { query: Some(query(JUNE)), stalled_only: true, ..all() },
            &["ACT-1 implementation (62)", "ACT-2 implementation (62)"],
        ),
        // What occurs on the morrow has not happened: neither the second report, nor the decision that settles what is to be decided.
        (
            v1::ListWorkItemsRequest { query: Some(query((2026, 1, 5))), ..all() },
            &["INC-1 acknowledgement", "INC-1/1 candour decision", "INC-1 outcome to reporter"],
        ),
        // On the due day nothing is overdue, and what occurred later has not happened.
        (
            v1::ListWorkItemsRequest { query: Some(query(JANUARY)), ..all() },
            &[
                "INC-1 acknowledgement (1)",
                "INC-2 acknowledgement",
                "INC-1/1 first notification",
                "INC-1/1 written notification",
                "INC-1 outcome to reporter",
                "INC-2 outcome to reporter",
                "INC-1/1 enquiry results",
            ],
        ),
    ] {
        let answer = server.service.list_work_items(asked(request.clone())).await.unwrap();
        assert_eq!(named(&answer.into_inner()), expected, "{request:?}");
    }
    let wrong = v1::ListWorkItemsRequest { kinds: vec![99, 0], ..Default::default() };
    let status = server.service.list_work_items(asked(wrong)).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().contains("kinds[0]"), "{}", status.message());
}
