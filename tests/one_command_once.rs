//! One command, once: repeats, etags, reading one's own writes, corrections, and what is stored beside an event.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use candour_api::v1;
use candour_testkit::{Clients, Requests, Server};
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

fn serve(folder: &tempfile::TempDir) -> Server {
    Server::start(env!("CARGO_BIN_EXE_candour"), folder.path(), &[])
}

/// Names the request ids of these tests.
const NAME: &str = "one command, once";

async fn clients(server: &Server) -> Clients {
    server.clients("demo-patient-safety").await
}

fn report(requests: &Requests, reference: &str) -> v1::ReportIncidentRequest {
    let mut request = requests.report();
    reference.clone_into(&mut request.report.as_mut().unwrap().reference);
    request
}

fn reason(status: &tonic::Status) -> String {
    status.get_error_details().error_info().unwrap().reason.clone()
}

#[tokio::test]
async fn a_repeat_answers_as_the_first_did_and_another_content_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(&folder);
    let mut clients = clients(&server).await;
    let requests = Requests::named(NAME);
    let request = report(&requests, "INC-1");
    let first = clients.incident.report_incident(request.clone()).await.unwrap().into_inner();
    let again = clients.incident.report_incident(request.clone()).await.unwrap().into_inner();
    assert!(!first.result.as_ref().unwrap().repeated);
    assert!(again.result.as_ref().unwrap().repeated);
    assert_eq!((&first.incident_id, &first.affected_persons), (&again.incident_id, &again.affected_persons));
    assert_eq!(first.result.as_ref().unwrap().event_ids, again.result.as_ref().unwrap().event_ids);

    // The repeat is recognised before the rules: the incident is closed, and the repeat of its closing is still no error.
    let close = v1::CloseIncidentRequest {
        command: Some(requests.command("staff:1")),
        incident_id: first.incident_id.clone(),
        ..Default::default()
    };
    clients.incident.close_incident(close.clone()).await.unwrap();
    assert!(
        clients.incident.close_incident(close.clone()).await.unwrap().into_inner().result.unwrap().repeated
    );

    let mut other = request;
    other.report.as_mut().unwrap().narrative = "Something else.".to_owned();
    let status = clients.incident.report_incident(other).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::AlreadyExists, "REQUEST_ID_REUSED"));
    let reused = v1::ReopenIncidentRequest {
        command: close.command,
        incident_id: first.incident_id,
        reason: "With the request id of the closing.".to_owned(),
    };
    let status = clients.incident.reopen_incident(reused).await.unwrap_err();
    assert_eq!(reason(&status), "REQUEST_ID_REUSED");
}

/// Whether the stream is warm or was never read by this process, and whatever was recorded since.
#[tokio::test]
async fn a_repeat_answers_as_the_first_did_after_more_was_recorded_and_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(&folder);
    let requests = Requests::named(NAME);
    let request = report(&requests, "INC-1");
    let mut other = request.clone();
    other.report.as_mut().unwrap().narrative = "Something else.".to_owned();
    let mut client = clients(&server).await.incident;
    let first = client.report_incident(request.clone()).await.unwrap().into_inner();
    let add = v1::AddAffectedPersonRequest {
        command: Some(requests.command("staff:1")),
        incident_id: first.incident_id.clone(),
        affected_person: request.report.as_ref().unwrap().affected_persons.first().cloned(),
    };
    let added = client.add_affected_person(add.clone()).await.unwrap().into_inner();
    let mut expected = (first, added);
    for result in [&mut expected.0.result, &mut expected.1.result] {
        result.as_mut().unwrap().repeated = true;
    }
    let mut servers = Some(server);
    for restarted in [false, true] {
        if restarted {
            // Elsewhere, so that the connection can be told meanwhile that it ends.
            let server = servers.take().unwrap();
            tokio::task::spawn_blocking(move || server.terminate()).await.unwrap();
            servers = Some(serve(&folder));
            client = clients(servers.as_ref().unwrap()).await.incident;
        }
        let status = client.report_incident(other.clone()).await.unwrap_err();
        assert_eq!(reason(&status), "REQUEST_ID_REUSED");
        let again = (
            client.report_incident(request.clone()).await.unwrap().into_inner(),
            client.add_affected_person(add.clone()).await.unwrap().into_inner(),
        );
        assert_eq!(again, expected);
    }
}

#[tokio::test]
async fn many_at_once_with_one_request_id_make_one_incident() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(&folder);
    let clients = clients(&server).await;
    let requests = Requests::named(NAME);
    let request = report(&requests, "INC-1");
    let calls = (0..16).map(|_| {
        let (mut clients, request) = (clients.clone(), request.clone());
        async move { clients.incident.report_incident(request).await.unwrap().into_inner() }
    });
    let answers = futures::future::join_all(calls).await;
    let fresh = answers.iter().filter(|answer| !answer.result.as_ref().unwrap().repeated).count();
    assert_eq!(fresh, 1, "exactly one of them recorded it");
    assert!(answers.iter().all(|answer| answer.incident_id == answers[0].incident_id));
    let request = v1::GetIncidentRequest { incident_id: answers[0].incident_id.clone() };
    let incident = clients.clone().incident.get_incident(request).await.unwrap().into_inner();
    assert_eq!(incident.history.len(), 1);
}

#[tokio::test]
async fn a_stale_etag_is_refused_with_both_versions_and_without_one_the_rules_decide() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(&folder);
    let mut clients = clients(&server).await;
    let requests = Requests::named(NAME);
    let reported = clients.incident.report_incident(report(&requests, "INC-1")).await.unwrap().into_inner();
    let close = |etag: &str| v1::CloseIncidentRequest {
        command: Some(v1::CommandContext { etag: etag.to_owned(), ..requests.command("staff:1") }),
        incident_id: reported.incident_id.clone(),
        ..Default::default()
    };
    let seen = reported.result.as_ref().unwrap().etag.clone();
    let amend = v1::AmendIncidentRequest {
        command: Some(requests.command("staff:2")),
        incident_id: reported.incident_id.clone(),
        reason: "The ward was wrong.".to_owned(),
        place: Some(v1::Place { team: "Ward 9".to_owned(), ..Default::default() }),
        ..Default::default()
    };
    let amended = clients.incident.amend_incident(amend).await.unwrap().into_inner();
    let status = clients.incident.close_incident(close(&seen)).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Aborted, "STALE_ETAG"));
    let details = status.get_error_details();
    let metadata = &details.error_info().unwrap().metadata;
    assert_eq!((metadata["seen"].as_str(), metadata["current"].as_str()), ("0", "1"));
    clients.incident.close_incident(close(&amended.result.unwrap().etag)).await.unwrap();
}

#[tokio::test]
async fn a_query_with_the_position_of_a_write_sees_the_write() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(&folder);
    let mut clients = clients(&server).await;
    let requests = Requests::named(NAME);
    for number in 0..50 {
        let reference = format!("INC-{number}");
        let answer =
            clients.incident.report_incident(report(&requests, &reference)).await.unwrap().into_inner();
        let request = v1::ListIncidentsRequest {
            query: Some(v1::QueryContext {
                min_position: answer.result.unwrap().position,
                ..Default::default()
            }),
            page_size: 500,
            ..Default::default()
        };
        let seen = clients.incident.list_incidents(request).await.unwrap().into_inner();
        assert!(seen.incidents.iter().any(|row| row.reference == reference), "{reference}");
    }
}

#[tokio::test]
async fn a_correction_is_shown_beside_what_it_corrects_and_the_figures_follow() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(&folder);
    let mut clients = clients(&server).await;
    let requests = Requests::named(NAME);
    let mut request = report(&requests, "INC-1");
    request.command.as_mut().unwrap().occurred_time = Some(instant("2026-03-02T09:00:00Z"));
    let reported = clients.incident.report_incident(request).await.unwrap().into_inner();
    let acknowledge = v1::AcknowledgeReporterRequest {
        command: Some(at(&requests, "2026-03-12T09:00:00Z")),
        incident_id: reported.incident_id.clone(),
        method: v1::FeedbackMethod::Email.into(),
    };
    let acknowledged = clients.follow_up.acknowledge_reporter(acknowledge).await.unwrap().into_inner();
    let acknowledged = acknowledged.result.unwrap();
    assert_eq!(
        f1(&mut clients, &acknowledged.position).await,
        (Some(0), Some(1)),
        "F1: ten days are too late"
    );

    // F3: nobody waits a negative number of days.
    let before_the_report = v1::CorrectFollowUpEntryRequest {
        command: Some(requests.command("staff:1")),
        subject: Some(v1::correct_follow_up_entry_request::Subject::IncidentId(reported.incident_id.clone())),
        event_id: acknowledged.event_ids[0].clone(),
        reason: "A day that cannot be.".to_owned(),
        change: Some(v1::correct_follow_up_entry_request::Change::OccurredTime(instant(
            "2026-03-01T09:00:00Z",
        ))),
    };
    let status = clients.follow_up.correct_follow_up_entry(before_the_report).await.unwrap_err();
    assert_eq!(reason(&status), "INVALID_FIELDS");
    assert!(
        status.message().starts_with("occurred_time must not lie before 2026-03-02"),
        "{}",
        status.message()
    );

    let correct = v1::CorrectFollowUpEntryRequest {
        command: Some(requests.command("staff:1")),
        subject: Some(v1::correct_follow_up_entry_request::Subject::IncidentId(reported.incident_id.clone())),
        event_id: acknowledged.event_ids[0].clone(),
        reason: "The day was mistyped: it was the 3rd.".to_owned(),
        change: Some(v1::correct_follow_up_entry_request::Change::OccurredTime(instant(
            "2026-03-03T09:00:00Z",
        ))),
    };
    let corrected =
        clients.follow_up.correct_follow_up_entry(correct).await.unwrap().into_inner().result.unwrap();
    assert_eq!(f1(&mut clients, &corrected.position).await, (Some(1), Some(1)), "the figure follows");

    let request = v1::GetTimelineRequest {
        query: Some(v1::QueryContext { min_position: corrected.position, ..Default::default() }),
        incident_id: reported.incident_id,
        ..Default::default()
    };
    let entries = clients.insight.get_timeline(request).await.unwrap().into_inner().entries;
    let original = entries.iter().find(|entry| entry.event_id == acknowledged.event_ids[0]).unwrap();
    assert_eq!(original.occurred_time, Some(instant("2026-03-03T09:00:00Z")));
    assert_eq!(
        original.original_occurred_time,
        Some(instant("2026-03-12T09:00:00Z")),
        "what was first said stays"
    );
    assert_eq!(original.corrected_by, corrected.event_ids[0]);
    let correction = entries.iter().find(|entry| entry.event_id == corrected.event_ids[0]).unwrap();
    assert_eq!(correction.corrects, acknowledged.event_ids[0]);
    assert_eq!(correction.correction_reason, "The day was mistyped: it was the 3rd.");
    // E-15: the report was recorded months after it occurred, and says so.
    assert!(entries[0].flags.as_ref().unwrap().late_working_days.unwrap() > 5);
}

#[tokio::test]
async fn act_2_verification_compares_the_people_who_act_and_not_the_calling_system() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(&folder);
    let mut clients = clients(&server).await;
    let requests = Requests::named(NAME);
    let reported = clients.incident.report_incident(report(&requests, "INC-1")).await.unwrap().into_inner();
    let agree = v1::AgreeActionRequest {
        command: Some(v1::CommandContext {
            occurred_time: Some(instant("2026-03-01T09:00:00Z")),
            ..requests.command("staff:lead")
        }),
        incident_id: reported.incident_id,
        description: "Use one chart.".to_owned(),
        owner: Some(v1::Owner {
            role: "matron".to_owned(),
            person: "staff:owner".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let agreed = clients.learning.agree_action(agree).await.unwrap().into_inner();
    // ACT-1: no target, measure and monitor.
    assert_eq!(agreed.missing.len(), 3);
    let action_id = agreed.action_id;
    let report = v1::ReportImplementationRequest {
        command: Some(requests.command("staff:reporter")),
        action_id: action_id.clone(),
        implemented_on: Some(v1::Date { year: 2026, month: 3, day: 2 }),
        evidence: vec!["evidence/1".to_owned()],
        note: String::new(),
    };
    clients.learning.report_implementation(report).await.unwrap();
    let verify = |person: &str| v1::VerifyImplementationRequest {
        command: Some(requests.command(person)),
        action_id: action_id.clone(),
        ..Default::default()
    };
    for (person, expected) in [
        ("", "VERIFIER_UNKNOWN"),
        ("staff:owner", "VERIFIER_IS_OWNER"),
        ("STAFF:OWNER", "VERIFIER_IS_OWNER"),
        ("staff:reporter", "VERIFIER_REPORTED_IMPLEMENTATION"),
    ] {
        let status = clients.learning.verify_implementation(verify(person)).await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::FailedPrecondition, expected),
            "{person:?}"
        );
    }
    // The same system calls; another person acts.
    clients.learning.verify_implementation(verify("staff:other")).await.unwrap();
}

#[tokio::test]
async fn the_trace_of_a_request_is_stored_with_its_event_even_when_not_sampled() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(&folder);
    let requests = Requests::named(NAME);
    let mut request = Request::new(report(&requests, "INC-1"));
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    request.metadata_mut().insert("traceparent", parent.parse().unwrap());
    clients(&server).await.incident.report_incident(request).await.unwrap();
    // On a thread of its own, so that the client goes on and its connection can be closed.
    tokio::task::spawn_blocking(move || server.terminate()).await.unwrap();
    let log = std::fs::read(folder.path().join("journal.sqlite")).unwrap();
    let stored = log.windows(parent.len()).any(|window| window == parent.as_bytes());
    assert!(stored, "the traceparent is in the metadata of the event");
}

fn instant(text: &str) -> prost_types::Timestamp {
    text.parse().unwrap()
}

fn at(requests: &Requests, text: &str) -> v1::CommandContext {
    v1::CommandContext { occurred_time: Some(instant(text)), ..requests.command("staff:1") }
}

/// Numerator and denominator of F1.
async fn f1(clients: &mut Clients, min_position: &str) -> (Option<u64>, Option<u64>) {
    let request = v1::GetMeasuresRequest {
        query: Some(v1::QueryContext { min_position: min_position.to_owned(), ..Default::default() }),
        measure_ids: vec!["F1".to_owned()],
        ..Default::default()
    };
    let figures = clients.insight.get_measures(request).await.unwrap().into_inner().figures;
    (figures[0].numerator, figures[0].denominator)
}
