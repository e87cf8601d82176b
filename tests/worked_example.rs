//! The worked example of the domain rules (§6.1), entered through gRPC into a durable store by the real binary, comes back out as exactly the
//! figures printed there: as of 30 June 2026, as of 10 May 2026, and the second again after every later event.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::collections::BTreeMap;

use candour_api::v1::{self, UnitOutcome};
use candour_kurrent_double::{Double, Settings};
use candour_testkit::{Clients, Program, Requests, Server};

/// As of 2026-06-30, with the period from 2026-01-01.
const JUNE: &str = "\
R0: 2/6; met RC1 RC2; not met RC3 RC4 RC5 RC7; listed RC6 RC8
R1: 4/8; met A1 A10 A2 A3; not met A4 A5 A6 A7; excluded A11
R2 original target: 2/7; met A1 A10; not met A2(41) A3(18) A4(30) A5(91) A9; excluded A11; not yet due A6
R2 effective target: 3/7; met A1 A10 A2; not met A3(18) A4(30) A5(91) A9; excluded A11; not yet due A6
R2 on time, verified after the target: 1/-; listed A10(8)
R3: 2/-; not met A5(91) A8(181); listed A4(30) A7
R4: -/4; met A1(70) A10(101) A2(126) A3(126); median days 113.5; 90th centile days 126
R5: 2/8; met A1 A10 A3 A4 A6 A7; not met A2(61) A5(122); excluded A11; days added 183
R6: 1/2; met A10; not met A1(14); not yet due A2 A3
R7: 4/7; met A1 A10 A3 A6; not met A2 A4 A5; excluded A11; listed A7
F0: -/13; excluded P10 P11 P12 P9; listed P1 P13 P2 P3 P4 P5 P6 P7 P8
F1: 8/9; met P1 P13 P2 P4 P5 P6 P7 P8; not met P3(1); excluded P10 P11 P12 P9
F2: 5/8; met P1 P2 P3 P5 P6; not met P13(84) P4(1) P7(12); excluded P10 P11 P12 P9; not yet due P8
F3: -/6; met P1(49) P2(56) P3(70) P4(79) P5(62) P6(50); listed P13(140) P7(102) P8(56); median days 59; 90th centile days 79
F4: 1/2; met P7(18); not met P8(33)
C0: -/11; listed N1 N10 N11 N2 N3 N4 N5 N6 N7 N8 N9
C1: 8/10; met N1 N2 N3 N4 N5 N6 N8 N9; not met N10(19) N7(6); not yet due N11
C2 reported clock: 1/6; met N1; not met N2(1) N3(28) N6 N7(49) N8(35); excluded N4; not yet due N5
C2 aware clock: 2/6; met N1 N6; not met N2(1) N3(28) N7(41) N8(33); excluded N4; not yet due N5
C3: 2/6; met N1 N6; not met N2(6) N3(14) N7(26) N8(19); excluded N4; not yet due N5
C4: 1/2; met N1; not met N2(11); excluded N4; listed N3(43) N5(8) N7(55) N8(48)
C5 by the as-of date: 3/3; met N1 N2 N6
C5 at the first contact: 2/3; met N1 N6; not met N2
C6: 1/8; met N1 N2 N3 N4 N5 N7 N8; not met N6(77)
C7: 1/11; met N1 N2 N3 N4 N5 N6 N7 N8 N9; not met N10(19); not yet due N11
X1 20(5): 2/-; listed N4 N7(41)
X1 exempted locally: 1/-; listed N8(33)
X1 overdue: 10/-; listed A1(14) A4(30) A5(91) A8(181) N10(19) N2(11) N3(14) N3(28) P13(84) P7(12)
X1 harm without a decision in time: 2/-; listed N10(19) N7(6)
X1 downgraded after the clock started: 0/-
X1 contradiction: 0/-";

/// As of 2026-05-10, with the period from 2026-01-01.
const MAY: &str = "\
R0: 0/5; not met RC1 RC2 RC3 RC4 RC5; listed RC6
R1: 2/9; met A1 A10; not met A11 A2 A3 A4 A5 A6 A7
R2 original target: 2/6; met A1 A10; not met A2(40) A3(10) A5(40) A9; not yet due A11 A4 A6
R2 effective target: 2/5; met A1 A10; not met A3(10) A5(40) A9; not yet due A11 A2 A4 A6
R2 on time, verified after the target: 1/-; listed A10(8)
R3: 3/-; not met A3(10) A5(40) A8(130); listed A7
R4: -/2; met A1(70) A10(101); median days 85.5; 90th centile days 101
R5: 2/9; met A1 A10 A11 A3 A4 A6 A7; not met A2(61) A5(122); days added 183
R6: 0/0; not yet due A1 A10
R7: 4/8; met A1 A10 A3 A6; not met A11 A2 A4 A5; listed A7
F0: -/12; excluded P11 P12 P9; listed P1 P13 P2 P3 P4 P5 P6 P7 P8
F1: 8/9; met P1 P13 P2 P4 P5 P6 P7 P8; not met P3(1); excluded P11 P12 P9
F2: 2/3; met P1 P2; not met P13(33); excluded P11 P12 P9; not yet due P3 P4 P5 P6 P7 P8
F3: -/2; met P1(49) P2(56); listed P13(89) P3(62) P4(55) P5(33) P6(38) P7(51) P8(5); median days 52.5; 90th centile days 56
F4: 2/5; met P7(20) P8(4); not met P4(55) P5(32) P6(32)
C0: -/4; listed N1 N2 N4 N7
C1: 3/4; met N1 N2 N4; not met N7(6)
C2 reported clock: 1/2; met N1; not met N2(1); excluded N4; not yet due N7
C2 aware clock: 1/2; met N1; not met N2(1); excluded N4; not yet due N7
C3: 1/2; met N1; not met N2(6); excluded N4; not yet due N7
C4: 0/0; excluded N4; listed N1(41) N2(41) N7(4)
C5 by the as-of date: 2/2; met N1 N2
C5 at the first contact: 1/2; met N1; not met N2
C6: 0/4; met N1 N2 N4 N7
C7: 0/4; met N1 N2 N4 N7
X1 20(5): 1/-; listed N4
X1 exempted locally: 0/-
X1 overdue: 4/-; listed A3(10) A5(40) A8(130) P13(33)
X1 harm without a decision in time: 1/-; listed N7(6)
X1 downgraded after the clock started: 0/-
X1 contradiction: 0/-";

/// What is counted beside the figures as of 2026-06-30, where the worked example prints it.
const JUNE_COUNTS: &[(&str, &str, u64)] = &[
    ("R0", "rejected", 1),
    ("R0", "awaiting response", 1),
    ("R0", "accepted, no action", 1),
    ("R0", "in progress", 3),
    ("R0", "implemented", 2),
    ("R1", "reported, not verified", 1),
    ("R3", "1–30 days", 0),
    ("R3", "31–90 days", 0),
    ("R3", "91–180 days", 1),
    ("R3", "over 180 days", 1),
    ("R3", "past target, awaiting verification", 1),
    ("R3", "without a target", 1),
    ("R6", "reviewed", 1),
    ("R7", "strength not recorded", 1),
    ("F0", "eligible", 9),
    ("F0", "anonymous without a channel", 2),
    ("F0", "opted out", 1),
    ("F0", "duplicate by the same reporter", 1),
    ("F0", "unreachable", 0),
    ("C2 aware clock", "left before the due date (20(5))", 1),
    ("C2 aware clock", "left after the due date, not met (20(5))", 1),
    ("C2 aware clock", "exempted locally", 1),
    ("C2 aware clock", "not yet due", 1),
];

async fn clients(server: &Server) -> Clients {
    server.clients("demo-patient-safety").await
}

fn date((year, month, day): (i32, i32, i32)) -> v1::Date {
    v1::Date { year, month, day }
}

async fn measures(server: &Server, as_of: (i32, i32, i32), min_position: &str) -> v1::GetMeasuresResponse {
    let request = v1::GetMeasuresRequest {
        query: Some(v1::QueryContext {
            as_of: Some(date(as_of)),
            min_position: min_position.to_owned(),
            place: None,
        }),
        period_from: Some(date((2026, 1, 1))),
        units_per_figure: 1_000,
        ..Default::default()
    };
    clients(server).await.insight.get_measures(request).await.unwrap().into_inner()
}

fn name(figure: &v1::Figure) -> String {
    format!("{} {}", figure.measure_id, figure.variant).trim().to_owned()
}

/// One line per figure: the fraction, the references by outcome with their days, the statistics.
fn summary(answer: &v1::GetMeasuresResponse) -> String {
    let lines: Vec<String> = answer
        .figures
        .iter()
        .map(|figure| {
            let number =
                |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
            let mut parts = vec![format!(
                "{}: {}/{}",
                name(figure),
                number(figure.numerator),
                number(figure.denominator)
            )];
            for (outcome, word) in [
                (UnitOutcome::Met, "met"),
                (UnitOutcome::NotMet, "not met"),
                (UnitOutcome::Excluded, "excluded"),
                (UnitOutcome::NotYetDue, "not yet due"),
                (UnitOutcome::Listed, "listed"),
            ] {
                let mut units: Vec<String> = figure
                    .units
                    .iter()
                    .filter(|unit| unit.outcome() == outcome)
                    .map(|unit| match unit.days {
                        Some(days) => format!("{}({days})", unit.reference),
                        None => unit.reference.clone(),
                    })
                    .collect();
                units.sort();
                if !units.is_empty() {
                    parts.push(format!("{word} {}", units.join(" ")));
                }
            }
            parts.extend(
                figure.statistics.iter().map(|statistic| format!("{} {}", statistic.name, statistic.value)),
            );
            parts.join("; ")
        })
        .collect();
    lines.join("\n")
}

fn assert_lines(found: &str, expected: &str) {
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.lines().count(), expected.lines().count());
}

#[tokio::test]
async fn section_6_1_comes_out_exactly_on_both_dates_and_the_earlier_one_again_after_all_later_events() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::demo(env!("CARGO_BIN_EXE_candour"), folder.path());
    comes_out_exactly(&server).await;
}

// The double must go on answering while this test waits for the program.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn section_6_1_comes_out_exactly_on_kurrentdb_too() {
    let folder = tempfile::tempdir().unwrap();
    let double = Double::start(Settings::default()).await.unwrap();
    let engine = ["--engine", &double.connection_string()];
    let server = Server::demo_with(env!("CARGO_BIN_EXE_candour"), folder.path(), &engine);
    comes_out_exactly(&server).await;
    assert!(!folder.path().join("journal.sqlite").exists(), "the log is on the engine that was named");
}

/// Both columns of the worked example, and the earlier one again after all later events.
async fn comes_out_exactly(server: &Server) {
    let june = measures(server, (2026, 6, 30), "").await;
    assert_lines(&summary(&june), JUNE);
    for (figure, count, value) in JUNE_COUNTS {
        let figure = june.figures.iter().find(|candidate| name(candidate) == *figure).unwrap();
        let found = figure.counts.iter().find(|candidate| candidate.name == *count);
        assert_eq!(found.map(|found| found.value), Some(*value), "{} {count}", name(figure));
    }
    let may = measures(server, (2026, 5, 10), "").await;
    assert_lines(&summary(&may), MAY);
    assert!(june.basis.as_ref().unwrap().synthetic, "a store made for a demonstration says so");

    let position = everything_left_undone_is_done(server).await;
    let later = measures(server, (2026, 6, 30), &position).await;
    assert_ne!(summary(&later), summary(&june), "the later events changed the later date");
    let again = measures(server, (2026, 5, 10), &position).await;
    assert_eq!(
        again.figures, may.figures,
        "the earlier date is not changed by later events, to the last event id"
    );
}

/// Events of 30 June, after all others: recommendations answered, actions implemented, reporters told, incidents closed.
async fn everything_left_undone_is_done(server: &Server) -> String {
    let requests = Requests::named("after all other events");
    let mut clients = clients(server).await;
    let query = Some(v1::QueryContext { as_of: Some(date((2026, 6, 30))), ..Default::default() });
    let mut position = String::new();
    let recommendations = clients
        .insight
        .list_recommendations(v1::ListRecommendationsRequest { query: query.clone(), ..Default::default() })
        .await
        .unwrap()
        .into_inner()
        .recommendations;
    let open =
        recommendations.iter().find(|row| row.reference == "RC8").unwrap().recommendation.clone().unwrap();
    let request = v1::AcceptRecommendationRequest {
        command: Some(requests.command("staff:later")),
        response_id: open.response_id,
        recommendation_id: open.recommendation_id,
        accepted_by_role: "divisional director".to_owned(),
    };
    clients.learning.accept_recommendation(request).await.unwrap();
    let actions = clients
        .insight
        .list_actions(v1::ListActionsRequest { query: query.clone(), ..Default::default() })
        .await
        .unwrap()
        .into_inner()
        .actions;
    for action in actions.iter().filter(|action| action.status() == v1::ActionStatus::Open) {
        let request = v1::ReportImplementationRequest {
            command: Some(requests.command("staff:later")),
            action_id: action.action_id.clone(),
            implemented_on: Some(date((2026, 6, 30))),
            evidence: vec!["evidence/later".to_owned()],
            note: String::new(),
        };
        clients.learning.report_implementation(request).await.unwrap();
    }
    let reports = clients
        .insight
        .list_reporter_feedback(v1::ListReporterFeedbackRequest { query, ..Default::default() })
        .await
        .unwrap()
        .into_inner()
        .reports;
    for report in reports
        .iter()
        .filter(|report| report.class() == v1::ReporterClass::Eligible && report.closed.is_none())
    {
        let request = v1::RecordOutcomeSentRequest {
            command: Some(requests.command("staff:later")),
            incident_id: report.incident_id.clone(),
            what_was_found: "Found.".to_owned(),
            what_changed: "Changed.".to_owned(),
            ..Default::default()
        };
        clients.follow_up.record_outcome_sent(request).await.unwrap();
        let request = v1::CloseIncidentRequest {
            command: Some(requests.command("staff:later")),
            incident_id: report.incident_id.clone(),
            ..Default::default()
        };
        position =
            clients.incident.close_incident(request).await.unwrap().into_inner().result.unwrap().position;
    }
    assert!(!position.is_empty());
    position
}

#[tokio::test]
async fn every_unit_and_row_names_events_that_are_in_the_timeline_of_an_incident() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::demo(env!("CARGO_BIN_EXE_candour"), folder.path());
    let mut clients = clients(&server).await;
    let incidents = clients
        .incident
        .list_incidents(v1::ListIncidentsRequest { page_size: 500, ..Default::default() })
        .await
        .unwrap()
        .into_inner()
        .incidents;
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for incident in &incidents {
        let request = v1::GetTimelineRequest {
            incident_id: incident.incident_id.clone(),
            page_size: 500,
            ..Default::default()
        };
        let answer = clients.insight.get_timeline(request).await.unwrap().into_inner();
        known.extend(answer.entries.into_iter().map(|entry| (entry.event_id, entry.summary)));
    }
    let answer = measures(&server, (2026, 6, 30), "").await;
    for figure in &answer.figures {
        for unit in &figure.units {
            assert!(
                !unit.evidence_event_ids.is_empty(),
                "{} {} proves nothing",
                name(figure),
                unit.reference
            );
            for event in &unit.evidence_event_ids {
                assert!(known.contains_key(event), "{} {}: {event}", name(figure), unit.reference);
            }
        }
    }
    // E-9, E-8: the exemption and the attempts can be read off the timeline in words.
    assert!(known.values().any(|summary| summary.starts_with("exempted locally by medical director")));
    assert!(known.values().any(|summary| summary == "contact tried by letter: no-answer"));
}

#[tokio::test]
async fn a_second_run_finds_the_example_and_enters_nothing_again() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::new(env!("CARGO_BIN_EXE_candour"));
    let folder = folder.path().to_str().unwrap();
    let on_folder = ["--listen", "127.0.0.1:0", "--folder", folder];
    let run = || {
        let finished = program.run(&[&["demo", "--once", "--incidents", "0"][..], &on_folder].concat());
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
        finished.stdout
    };
    let (first, second) = (run(), run());
    assert!(first.contains("entered the worked example into"), "{first}");
    assert!(first.contains("129 commands, 138 events"), "{first}");
    assert!(
        second.contains(
            "129 commands were entered by an earlier run, none was entered again (138 events in the log)"
        ),
        "{second}"
    );
    let answers = |text: &str| text.split_once("1. Was each").unwrap().1.to_owned();
    assert_eq!(answers(&first), answers(&second));
    // What the log of a demonstration holds cannot be served as real.
    let refused = program.run(&[&["serve", "--demo-identities"][..], &on_folder].concat());
    assert!(refused.code.is_some_and(|code| code != 0));
    assert!(refused.stderr.contains("synthetic"), "{}", refused.stderr);
}

#[tokio::test]
async fn pages_of_a_list_show_each_row_once_and_refuse_a_token_of_another_question() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::demo(env!("CARGO_BIN_EXE_candour"), folder.path());
    let mut clients = clients(&server).await;
    let mut request = v1::ListActionsRequest { page_size: 4, ..Default::default() };
    let mut references = Vec::new();
    loop {
        let answer = clients.insight.list_actions(request.clone()).await.unwrap().into_inner();
        references.extend(answer.actions.into_iter().map(|action| action.reference));
        if answer.next_page_token.is_empty() {
            break;
        }
        request.page_token = answer.next_page_token;
    }
    references.sort();
    assert_eq!(references, ["A1", "A10", "A11", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9"]);
    request.overdue_only = true;
    let status = clients.insight.list_actions(request).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::InvalidArgument);
    assert!(status.message().contains("page_token"), "{}", status.message());
}
