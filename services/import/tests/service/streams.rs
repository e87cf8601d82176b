//! Streams of rows.

use std::collections::BTreeMap;

use candour_api::v1::ImportOutcome;
use candour_domain::incident::{Event, Incident};
use candour_import::STREAMS_MAX;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::world::{World, incident, incident_id, part};

#[tokio::test]
async fn every_row_has_one_answer_and_the_outcomes_add_up() {
    let world = World::new().await;
    world.import((0..50).map(|number| incident(&format!("W{number}"))).collect()).await;
    let mut rows: Vec<_> = (0..150).map(|number| incident(&format!("W{number}"))).collect();
    for row in &mut rows[20..50] {
        part(row).narrative = "Changed.".to_owned();
    }
    for row in &mut rows[140..] {
        part(row).kind = 0;
    }
    let mut counted: BTreeMap<ImportOutcome, usize> = BTreeMap::new();
    let answers = world.import(rows).await;
    for answer in &answers {
        *counted.entry(answer.outcome()).or_default() += 1;
    }
    let numbers: Vec<_> = answers.iter().map(|answer| answer.row).collect();
    assert_eq!(numbers, (1..=150).collect::<Vec<_>>());
    let expected = [
        (ImportOutcome::New, 90),
        (ImportOutcome::Changed, 30),
        (ImportOutcome::Unchanged, 20),
        (ImportOutcome::Rejected, 10),
    ];
    assert_eq!(counted, BTreeMap::from(expected));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_about_one_incident_are_applied_in_the_order_sent() {
    let world = World::new().await;
    let rows = (0..200)
        .map(|number| {
            let mut row = incident("W1");
            part(&mut row).narrative = format!("Version {number}.");
            row
        })
        .collect();
    let answers = world.import(rows).await;
    assert_eq!(answers[0].outcome(), ImportOutcome::New);
    assert!(answers[1..].iter().all(|answer| answer.outcome() == ImportOutcome::Changed));
    let entries = world.entries::<Incident>(incident_id("W1").uuid()).await;
    let told: Vec<_> = entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::IncidentAmended(amendment) => amendment.narrative.clone(),
            _ => None,
        })
        .map(|narrative| narrative.known().unwrap().as_str().to_owned())
        .collect();
    assert_eq!(told, (1..200).map(|number| format!("Version {number}.")).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_streams_with_the_same_rows_record_each_once() {
    let world = World::new().await;
    let rows: Vec<_> = (0..100).map(|number| incident(&format!("W{number}"))).collect();
    let (one, other) = tokio::join!(world.import(rows.clone()), world.import(rows));
    for (one, other) in one.iter().zip(&other) {
        let mut outcomes = [one.outcome(), other.outcome()];
        outcomes.sort();
        assert_eq!(outcomes, [ImportOutcome::New, ImportOutcome::Unchanged], "row {}", one.row);
        assert_eq!(world.events::<Incident>(incident_id(&format!("W{}", one.row - 1)).uuid()).await, 1);
    }
}

#[tokio::test]
async fn a_server_that_stops_answers_what_it_took_and_says_so() {
    let world = World::new().await;
    let (rows, mut answers) = world.open("demo-patient-safety").await.unwrap();
    rows.send(incident("W1")).await.unwrap();
    assert_eq!(answers.message().await.unwrap().unwrap().outcome(), ImportOutcome::New);
    world.stopping.cancel();
    let status = answers.message().await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status.get_error_details().error_info().unwrap().reason, "SERVER_STOPPING");
    assert_eq!(status.message(), "the server is stopping; send what has no answer yet again once it is back");
}

#[tokio::test]
async fn who_may_not_record_may_not_import() {
    let world = World::new().await;
    for identity in ["demo-governance", "demo-auditor"] {
        let status = world.open(identity).await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied, "{identity}");
    }
    assert!(world.open("demo-reporter-system").await.is_ok());
}

#[tokio::test]
async fn another_stream_than_the_most_is_refused_until_one_ends() {
    let world = World::new().await;
    let mut open = Vec::new();
    for _ in 0..STREAMS_MAX {
        open.push(world.open("demo-patient-safety").await.unwrap());
    }
    let status = world.open("demo-patient-safety").await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    let (rows, mut answers) = open.pop().unwrap();
    drop(rows);
    assert!(answers.message().await.unwrap().is_none());
    assert!(world.open("demo-patient-safety").await.is_ok());
}
