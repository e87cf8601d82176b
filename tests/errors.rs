//! Proves what an error says: the code, one stable reason, every field at fault at once, and nothing about what the caller may not know.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use candour_api::v1;
use candour_testkit::{
    Connection, Refusal, Requests, Server, Story,
    connection::{AUDITOR, GOVERNANCE, PATIENT_SAFETY},
    request::{date, instant},
};
use prost::Message;
use tempfile::TempDir;
use tonic::{Code, Status};

const BINARY: &str = env!("CARGO_BIN_EXE_candour");
/// A well-formed id of nothing.
const UNKNOWN: &str = "0192f0c1-2b5e-7c3a-9f00-5a1b2c3d4e5f";

/// A server in which the story was told.
struct Told {
    _folder: TempDir,
    server: Server,
    connection: Connection,
    requests: Requests,
    story: Story,
}

impl Told {
    async fn new(name: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Server::start(BINARY, folder.path(), &["--log", "warn"]);
        let connection = server.connect(PATIENT_SAFETY).await;
        let requests = Requests::named(name);
        let story = Story::tell(&connection, &requests, &|path| format!("The text of {path}.")).await;
        Self { _folder: folder, server, connection, requests, story }
    }

    /// How a call is refused. What is in the answer, had there been one, is of no interest.
    async fn refusal<Q: Message + 'static>(&self, method: &str, request: Q) -> Refusal {
        let outcome: Result<(), Status> = self.connection.call(method, request).await;
        let refusal = Refusal::expect(outcome);
        assert_eq!((refusal.infos, refusal.domain.as_str()), (1, "candour.v1"), "{method}: {refusal:?}");
        refusal
    }

    fn command(&self) -> v1::CommandContext {
        self.requests.command("staff:7001")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_field_at_fault_is_named_at_once_by_its_path() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(BINARY, folder.path(), &[]);
    let connection = server.connect(PATIENT_SAFETY).await;
    let request = v1::ReportIncidentRequest {
        command: Some(v1::CommandContext {
            request_id: "Jane Doe".to_owned(),
            etag: "3".to_owned(),
            occurred_time: Some(prost_types::Timestamp { seconds: 4_102_444_800, nanos: 0 }),
            performed_by: "Jane Doe".to_owned(),
            source_recorded_time: Some(prost_types::Timestamp { seconds: 0, nanos: -1 }),
            source_system: "a b".to_owned(),
        }),
        report: Some(v1::Report {
            reference: "Jane Doe".to_owned(),
            kind: 99,
            incident_date: Some(v1::Date { year: 2025, month: 2, day: 30 }),
            place: Some(v1::Place { site: "x".repeat(201), ..Default::default() }),
            narrative: String::new(),
            reporter: Some(v1::Reporter { name: "Jane\u{0}Doe".to_owned(), ..Default::default() }),
            affected_persons: vec![v1::AffectedPerson {
                harm: Some(v1::HarmGrade { physical: -1, ..Default::default() }),
                ..Default::default()
            }],
            source: Some(v1::SourceReference::default()),
            ..Default::default()
        }),
    };
    let outcome: Result<v1::ReportIncidentResponse, Status> =
        connection.call("IncidentService/ReportIncident", request).await;
    let refusal = Refusal::expect(outcome);
    assert_eq!((refusal.code, refusal.reason.as_str()), (Code::InvalidArgument, "INVALID_FIELDS"));
    let mut paths = refusal.paths();
    paths.sort_unstable();
    let expected = [
        "command.etag",
        "command.occurred_time",
        "command.performed_by",
        "command.request_id",
        "command.source_recorded_time",
        "command.source_system",
        "report.affected_persons[0].harm.physical",
        "report.affected_persons[0].kind",
        "report.incident_date",
        "report.kind",
        "report.narrative",
        "report.place.site",
        "report.reference",
        "report.reporter.identity",
        "report.reporter.name",
        "report.source.id",
        "report.source.system",
    ];
    assert_eq!(paths, expected);
    assert!(!String::from_utf8_lossy(&refusal.bytes).contains("Jane"), "no value is repeated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_before_a_service_sees_it_keeps_the_same_rules() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(BINARY, folder.path(), &[]);
    let connection = server.connect(PATIENT_SAFETY).await;
    // As a message this is one field, number 1, of raw bytes: here an id that is not UTF-8, and one that is too long to be read.
    let (not_utf_8, too_long) = (vec![0xff_u8, 0xfe], vec![b'0'; 2 * 1024 * 1024]);
    let mut faults = Vec::new();
    for (what, request, code) in [
        ("a request that cannot be read is the caller's mistake", not_utf_8, Code::InvalidArgument),
        ("a request over the size limit passes a limit", too_long, Code::ResourceExhausted),
    ] {
        let outcome: Result<v1::GetIncidentResponse, Status> =
            connection.call("IncidentService/GetIncident", request).await;
        let refusal = Refusal::expect(outcome);
        if (refusal.code, refusal.infos, refusal.domain.as_str()) != (code, 1, "candour.v1") {
            faults.push(format!(
                "{what}: {:?}, {} ErrorInfo, {}",
                refusal.code, refusal.infos, refusal.message
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What a row of a table of refusals says.
type Row = (&'static str, Refusal, Code, &'static str);

fn agree(rows: &[Row]) {
    for (call, refusal, code, reason) in rows {
        assert_eq!((refusal.code, refusal.reason.as_str()), (*code, *reason), "{call}: {}", refusal.message);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_refusals_of_incidents_and_learning_have_stable_reasons() {
    let told = Told::new("errors: incidents and learning").await;
    let story = &told.story;
    let incident_id = story.incident_id.clone();
    let action_id = story.action_ids[0].clone();
    let unknown = UNKNOWN.to_owned();
    let reused = {
        let mut request = told.requests.report();
        let first: v1::ReportIncidentResponse =
            told.connection.call("IncidentService/ReportIncident", request.clone()).await.expect("a report");
        assert!(!first.incident_id.is_empty());
        request.report.as_mut().expect("a report").narrative.push('!');
        request
    };
    let anonymous = {
        let mut request = told.requests.report();
        request.report.as_mut().expect("a report").reporter = Some(v1::Reporter {
            identity: v1::ReporterIdentity::Anonymous.into(),
            name: "A. Example".to_owned(),
            ..Default::default()
        });
        request
    };
    let close = |id: &str| v1::CloseIncidentRequest {
        command: Some(told.command()),
        incident_id: id.to_owned(),
        ..Default::default()
    };
    let reopen = v1::ReopenIncidentRequest {
        command: Some(told.command()),
        incident_id: incident_id.clone(),
        reason: "x".to_owned(),
    };
    let itself = v1::LinkDuplicateRequest {
        command: Some(told.command()),
        incident_id: incident_id.clone(),
        duplicate_of: incident_id.clone(),
        same_reporter: false,
    };
    let correction = v1::CorrectIncidentEntryRequest {
        command: Some(told.command()),
        incident_id: incident_id.clone(),
        event_id: unknown.clone(),
        reason: "x".to_owned(),
        change: Some(v1::correct_incident_entry_request::Change::Struck(true)),
    };
    let start = v1::StartResponseRequest {
        command: Some(told.command()),
        kind: v1::ResponseKind::Psii.into(),
        incident_ids: vec![unknown.clone()],
        started_on: Some(date(10)),
        ..Default::default()
    };
    let reject = v1::RejectRecommendationRequest {
        command: Some(told.command()),
        response_id: story.response_id.clone(),
        recommendation_id: story.recommendation_ids[0].clone(),
        reason: "x".to_owned(),
        ..Default::default()
    };
    let implemented = |evidence: &[&str]| v1::ReportImplementationRequest {
        command: Some(told.command()),
        action_id: story.action_ids[4].clone(),
        implemented_on: Some(date(20)),
        evidence: evidence.iter().map(|&reference| reference.to_owned()).collect(),
        ..Default::default()
    };
    let verify = |person: &str| v1::VerifyImplementationRequest {
        command: Some(told.requests.command(person)),
        action_id: story.action_ids[4].clone(),
        ..Default::default()
    };
    let withdraw = v1::WithdrawActionRequest {
        command: Some(told.command()),
        action_id: action_id.clone(),
        reason: "x".to_owned(),
    };
    let note = v1::NoteProgressRequest {
        command: Some(told.command()),
        action_id: unknown.clone(),
        note: "x".to_owned(),
    };
    let mut rows = vec![
        (
            "an unknown incident",
            told.refusal(
                "IncidentService/GetIncident",
                v1::GetIncidentRequest { incident_id: unknown.clone() },
            )
            .await,
            Code::NotFound,
            "NOT_FOUND",
        ),
        (
            "a request id used for something else",
            told.refusal("IncidentService/ReportIncident", reused).await,
            Code::AlreadyExists,
            "REQUEST_ID_REUSED",
        ),
        (
            "an anonymous reporter with a name",
            told.refusal("IncidentService/ReportIncident", anonymous).await,
            Code::InvalidArgument,
            "ANONYMOUS_REPORTER_NAMED",
        ),
        (
            "closing what was recorded in error",
            told.refusal("IncidentService/CloseIncident", close(&story.error_id)).await,
            Code::FailedPrecondition,
            "INCIDENT_RECORDED_IN_ERROR",
        ),
        (
            "reopening what is open",
            told.refusal("IncidentService/ReopenIncident", reopen).await,
            Code::FailedPrecondition,
            "INCIDENT_NOT_CLOSED",
        ),
        (
            "a duplicate of itself",
            told.refusal("IncidentService/LinkDuplicate", itself).await,
            Code::InvalidArgument,
            "DUPLICATE_OF_ITSELF",
        ),
        (
            "correcting an unknown entry",
            told.refusal("IncidentService/CorrectIncidentEntry", correction).await,
            Code::NotFound,
            "CORRECTED_ENTRY_NOT_FOUND",
        ),
        (
            "a response to an unknown incident",
            told.refusal("LearningService/StartResponse", start).await,
            Code::NotFound,
            "NOT_FOUND",
        ),
        (
            "rejecting what was accepted",
            told.refusal("LearningService/RejectRecommendation", reject).await,
            Code::FailedPrecondition,
            "RECOMMENDATION_ALREADY_ACCEPTED",
        ),
        (
            "implementation without evidence (ACT-3)",
            told.refusal("LearningService/ReportImplementation", implemented(&[])).await,
            Code::InvalidArgument,
            "IMPLEMENTATION_WITHOUT_EVIDENCE",
        ),
        (
            "verifying what nobody reported",
            told.refusal("LearningService/VerifyImplementation", verify("staff:4009")).await,
            Code::FailedPrecondition,
            "NO_IMPLEMENTATION_REPORTED",
        ),
        (
            "withdrawing what is closed",
            told.refusal("LearningService/WithdrawAction", withdraw).await,
            Code::FailedPrecondition,
            "ACTION_ALREADY_CLOSED",
        ),
        (
            "noting progress on an unknown action",
            told.refusal("LearningService/NoteProgress", note).await,
            Code::NotFound,
            "ACTION_NOT_FOUND",
        ),
    ];
    let reported: Result<v1::ReportImplementationResponse, Status> =
        told.connection.call("LearningService/ReportImplementation", implemented(&["doc:1"])).await;
    reported.expect("an implementation with evidence");
    for (call, person, reason) in [
        ("verified by nobody known (ACT-2)", "", "VERIFIER_UNKNOWN"),
        ("verified by the owner (ACT-2)", "staff:4002", "VERIFIER_IS_OWNER"),
        ("verified by whoever reported it (ACT-2)", "staff:7001", "VERIFIER_REPORTED_IMPLEMENTATION"),
    ] {
        rows.push((
            call,
            told.refusal("LearningService/VerifyImplementation", verify(person)).await,
            Code::FailedPrecondition,
            reason,
        ));
    }
    agree(&rows);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_refusals_of_reporter_feedback_and_candour_have_stable_reasons() {
    let told = Told::new("errors: follow-up").await;
    let story = &told.story;
    let incident_id = story.incident_id.clone();
    let report: v1::ReportIncidentResponse = told
        .connection
        .call("IncidentService/ReportIncident", told.requests.report())
        .await
        .expect("a report");
    let (fresh_case, fresh_incident) =
        (report.affected_persons[0].case_id.clone(), report.incident_id.clone());
    let acknowledge = v1::AcknowledgeReporterRequest {
        command: Some(told.command()),
        incident_id: incident_id.clone(),
        method: 0,
    };
    let notice = v1::RecordOutcomeSentRequest {
        command: Some(told.command()),
        incident_id: fresh_incident.clone(),
        what_was_found: "The charts did not agree.".to_owned(),
        ..Default::default()
    };
    let opt_out = v1::OptOutOfFeedbackRequest {
        command: Some(told.command()),
        incident_id: incident_id.clone(),
        ..Default::default()
    };
    let notify = v1::RecordFirstNotificationRequest {
        command: Some(told.command()),
        case_id: fresh_case.clone(),
        incident_id: fresh_incident.clone(),
        apology: true,
        ..Default::default()
    };
    let elsewhere = v1::RecordFirstNotificationRequest { incident_id: incident_id.clone(), ..notify.clone() };
    let one_limb = v1::AssessNotifiableRequest {
        command: Some(told.requests.command("staff:3001")),
        case_id: fresh_case,
        incident_id: fresh_incident,
        assessment: Some(v1::NotifiableAssessment {
            unintended_or_unexpected: true,
            regulated_activity: true,
            outcome: v1::NotifiableOutcome::ModerateHarm.into(),
            likelihood: v1::Likelihood::AppearsToHaveResulted.into(),
            significant_not_permanent: true,
            opinion: Some(v1::Opinion {
                given_by_role: "consultant".to_owned(),
                profession: "medicine".to_owned(),
                basis: "The notes.".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        }),
    };
    let not_notifiable = v1::RecordNotNotifiableRequest {
        command: Some(told.command()),
        case_id: story.cases[0].case_id.clone(),
        incident_id: incident_id.clone(),
        reason: "x".to_owned(),
        opinion: None,
    };
    let declined = v1::RecordDeclinedRequest {
        command: Some(told.command()),
        case_id: story.cases[0].case_id.clone(),
        incident_id: incident_id.clone(),
        declined_by: "daughter".to_owned(),
        declined_to_role: "ward manager".to_owned(),
        ..Default::default()
    };
    let reopen = v1::ReopenCaseRequest {
        command: Some(told.command()),
        case_id: story.cases[0].case_id.clone(),
        incident_id: incident_id.clone(),
        reason: "x".to_owned(),
    };
    let exempted =
        v1::RecordFirstNotificationRequest { case_id: story.cases[2].case_id.clone(), ..elsewhere.clone() };
    let reopened: Result<v1::ReopenCaseResponse, Status> = {
        let left = told.refusal("FollowUpService/RecordFirstNotification", exempted).await;
        agree(&[("notifying after an exit (E-8)", left, Code::FailedPrecondition, "CASE_LEFT_REOPEN_FIRST")]);
        let request = v1::ReopenCaseRequest {
            case_id: story.cases[2].case_id.clone(),
            command: Some(told.command()),
            ..reopen.clone()
        };
        told.connection.call("FollowUpService/ReopenCase", request).await
    };
    reopened.expect("a case that left can be reopened");
    let not_contactable = v1::RecordNotContactableRequest {
        command: Some(told.command()),
        case_id: story.cases[2].case_id.clone(),
        incident_id: incident_id.clone(),
        ..Default::default()
    };
    let limb = told.refusal("FollowUpService/AssessNotifiable", one_limb).await;
    assert_eq!(limb.paths(), ["assessment.moderate_increase_in_treatment"], "E-3: the missing limb is named");
    agree(&[
        (
            "acknowledging twice",
            told.refusal("FollowUpService/AcknowledgeReporter", acknowledge).await,
            Code::AlreadyExists,
            "REPORTER_ALREADY_ACKNOWLEDGED",
        ),
        (
            "a closure notice as an outcome (F2)",
            told.refusal("FollowUpService/RecordOutcomeSent", notice).await,
            Code::InvalidArgument,
            "OUTCOME_INCOMPLETE",
        ),
        (
            "opting out once told",
            told.refusal("FollowUpService/OptOutOfFeedback", opt_out).await,
            Code::FailedPrecondition,
            "REPORTER_ALREADY_TOLD",
        ),
        (
            "notifying an undecided case (E-6)",
            told.refusal("FollowUpService/RecordFirstNotification", notify).await,
            Code::FailedPrecondition,
            "CASE_NOT_ASSESSED",
        ),
        (
            "a case of another incident",
            told.refusal("FollowUpService/RecordFirstNotification", elsewhere).await,
            Code::NotFound,
            "NOT_FOUND",
        ),
        (
            "moderate harm with one limb (E-3)",
            limb,
            Code::InvalidArgument,
            "NOT_A_NOTIFIABLE_SAFETY_INCIDENT",
        ),
        (
            "not notifiable once notifiable",
            told.refusal("FollowUpService/RecordNotNotifiable", not_notifiable).await,
            Code::AlreadyExists,
            "CASE_ALREADY_NOTIFIABLE",
        ),
        (
            "declining what is complete",
            told.refusal("FollowUpService/RecordDeclined", declined).await,
            Code::FailedPrecondition,
            "FIRST_NOTIFICATION_ALREADY_COMPLETE",
        ),
        (
            "reopening what did not leave",
            told.refusal("FollowUpService/ReopenCase", reopen).await,
            Code::FailedPrecondition,
            "CASE_NOT_LEFT",
        ),
        (
            "not contactable without attempts since reopening (E-8)",
            told.refusal("FollowUpService/RecordNotContactable", not_contactable).await,
            Code::FailedPrecondition,
            "NOT_ENOUGH_CONTACT_ATTEMPTS",
        ),
    ]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn permission_comes_before_validity_and_existence_and_an_unknown_identity_before_permission() {
    let told = Told::new("errors: permission").await;
    let get = |id: &str| v1::GetIncidentRequest { incident_id: id.to_owned() };
    let close = |id: &str| v1::CloseIncidentRequest {
        command: Some(told.command()),
        incident_id: id.to_owned(),
        ..Default::default()
    };
    for id in [told.story.incident_id.as_str(), UNKNOWN, "not an id", ""] {
        for (identity, method, code, reason) in [
            (GOVERNANCE, "GetIncident", Code::PermissionDenied, "CALLER_NOT_PERMITTED"),
            (GOVERNANCE, "CloseIncident", Code::PermissionDenied, "CALLER_NOT_PERMITTED"),
            (AUDITOR, "CloseIncident", Code::PermissionDenied, "CALLER_NOT_PERMITTED"),
            ("root", "GetIncident", Code::Unauthenticated, "UNKNOWN_CALLER"),
            ("root", "CloseIncident", Code::Unauthenticated, "UNKNOWN_CALLER"),
        ] {
            let connection = told.connection.as_identity(identity);
            let path = format!("IncidentService/{method}");
            let outcome: Result<(), Status> = if method == "GetIncident" {
                connection.call(&path, get(id)).await
            } else {
                connection.call(&path, close(id)).await
            };
            let refusal = Refusal::expect(outcome);
            assert_eq!((refusal.code, refusal.reason.as_str()), (code, reason), "{identity} {method} {id:?}");
            assert!(
                !String::from_utf8_lossy(&refusal.bytes).contains(&told.story.incident_id),
                "nothing of the request is told"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_etag_is_aborted_with_both_versions_and_records_nothing() {
    let told = Told::new("errors: etag").await;
    let request = v1::GetIncidentRequest { incident_id: told.story.incident_id.clone() };
    let before: v1::GetIncidentResponse =
        told.connection.call("IncidentService/GetIncident", request.clone()).await.expect("the incident");
    let close = |etag: &str| v1::CloseIncidentRequest {
        command: Some(v1::CommandContext { etag: etag.to_owned(), ..told.requests.command("staff:7001") }),
        incident_id: told.story.incident_id.clone(),
        ..Default::default()
    };
    let stale = told.refusal("IncidentService/CloseIncident", close("\"0\"")).await;
    assert_eq!((stale.code, stale.reason.as_str()), (Code::Aborted, "STALE_ETAG"));
    let current = before.history.len() - 1;
    assert_eq!(stale.metadata.get("seen").map(String::as_str), Some("0"));
    assert_eq!(stale.metadata.get("current"), Some(&current.to_string()));
    let after: v1::GetIncidentResponse =
        told.connection.call("IncidentService/GetIncident", request).await.expect("the incident");
    assert_eq!(after, before, "nothing was recorded");
    let closed: Result<v1::CloseIncidentResponse, Status> =
        told.connection.call("IncidentService/CloseIncident", close(&before.etag)).await;
    closed.expect("the current etag is accepted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_position_of_another_store_or_of_none_is_refused_and_one_ahead_of_the_log_is_not_answered_early() {
    let told = Told::new("errors: positions").await;
    let elsewhere = Told::new("errors: positions elsewhere").await;
    let list = |position: &str| v1::ListIncidentsRequest {
        query: Some(v1::QueryContext { min_position: position.to_owned(), ..Default::default() }),
        ..Default::default()
    };
    for position in [elsewhere.story.position.as_str(), "x", "AQ", "\u{1f600}"] {
        let refusal = told.refusal("IncidentService/ListIncidents", list(position)).await;
        assert_eq!(
            (refusal.code, refusal.reason.as_str()),
            (Code::InvalidArgument, "INVALID_FIELDS"),
            "{position}"
        );
        assert_eq!(refusal.paths(), ["query.min_position"]);
    }
    let mut ahead = URL_SAFE_NO_PAD.decode(&told.story.position).expect("a position is base64");
    let last = ahead.len() - 4;
    ahead[last] += 1;
    let mut client = told.server.clients(PATIENT_SAFETY).await.incident;
    let mut request = tonic::Request::new(list(&URL_SAFE_NO_PAD.encode(&ahead)));
    // Shorter than the server's own limit for waiting, so that this test is short as well.
    request.set_timeout(std::time::Duration::from_millis(300));
    let status = client.list_incidents(request).await.expect_err("the position is never reached");
    assert!(
        matches!(status.code(), Code::Cancelled | Code::DeadlineExceeded | Code::Unavailable),
        "{status:?}"
    );
    let now: Result<v1::ListIncidentsResponse, Status> =
        told.connection.call("IncidentService/ListIncidents", list(&told.story.position)).await;
    assert!(!now.expect("a position that was reached").incidents.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_questions_of_the_read_side_refuse_what_they_cannot_answer() {
    let told = Told::new("errors: questions").await;
    let incident_id = told.story.incident_id.clone();
    let place = Some(v1::QueryContext {
        place: Some(v1::PlaceFilter { site: "Northgate Hospital".to_owned(), ..Default::default() }),
        ..Default::default()
    });
    let as_of = |day: i32| Some(v1::QueryContext { as_of: Some(date(day)), ..Default::default() });
    let timeline = v1::GetTimelineRequest {
        query: place.clone(),
        incident_id: incident_id.clone(),
        ..Default::default()
    };
    let status = v1::GetReadModelStatusRequest { query: place };
    let unknown = v1::GetTimelineRequest { incident_id: UNKNOWN.to_owned(), ..Default::default() };
    let measures = v1::GetMeasuresRequest {
        query: as_of(20),
        period_from: Some(date(1)),
        period_until: Some(date(21)),
        measure_ids: vec!["C2".to_owned(), "Z9".to_owned()],
        units_per_figure: -1,
    };
    let backwards = v1::GetMeasuresRequest {
        query: as_of(20),
        period_from: Some(date(15)),
        period_until: Some(date(14)),
        ..Default::default()
    };
    let page = v1::ListActionsRequest { page_size: -1, page_token: "AAAA".to_owned(), ..Default::default() };
    let actions = v1::ListRecommendationsRequest { page_size: 1, query: as_of(31), ..Default::default() };
    let first: v1::ListRecommendationsResponse =
        told.connection.call("InsightService/ListRecommendations", actions.clone()).await.expect("a page");
    let other_question =
        v1::ListRecommendationsRequest { page_token: first.next_page_token, query: as_of(30), ..actions };
    for (call, refusal, paths) in [
        (
            "a timeline of a place",
            told.refusal("InsightService/GetTimeline", timeline).await,
            vec!["query.place"],
        ),
        (
            "the status of a place",
            told.refusal("InsightService/GetReadModelStatus", status).await,
            vec!["query.place"],
        ),
        (
            "measures",
            told.refusal("InsightService/GetMeasures", measures).await,
            vec!["measure_ids[1]", "period_until", "units_per_figure"],
        ),
        (
            "a period that ends before it begins",
            told.refusal("InsightService/GetMeasures", backwards).await,
            vec!["period_from"],
        ),
        ("a page", told.refusal("InsightService/ListActions", page).await, vec!["page_size", "page_token"]),
        (
            "the page of another question",
            told.refusal("InsightService/ListRecommendations", other_question).await,
            vec!["page_token"],
        ),
    ] {
        let (mut found, mut expected) = (refusal.paths(), paths);
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!((refusal.code, found), (Code::InvalidArgument, expected), "{call}");
    }
    let unknown = told.refusal("InsightService/GetTimeline", unknown).await;
    agree(&[("the timeline of an unknown incident", unknown, Code::NotFound, "NOT_FOUND")]);
    let future = v1::CloseIncidentRequest {
        command: Some(v1::CommandContext {
            occurred_time: Some(prost_types::Timestamp { seconds: 4_102_444_800, ..instant(1) }),
            ..told.requests.command("staff:7001")
        }),
        incident_id,
        ..Default::default()
    };
    let future = told.refusal("IncidentService/CloseIncident", future).await;
    assert_eq!(future.paths(), ["command.occurred_time"]);
}
