//! Each row table after the story, version by version: what a row said, from which step to which.

use tempfile::tempdir;

use crate::fixture::{B, C, Story, date, fold_all, holding, open, rules, versions};

/// Every version of the rows of a table.
async fn after_the_story(table: &str, columns: &str) -> Vec<String> {
    let story = Story::told();
    let folder = tempdir().unwrap();
    let path = folder.path().join("read-model");
    fold_all(&path, holding(&story.steps).await.as_ref()).await;
    versions(&path, &story, table, columns)
}

#[tokio::test]
async fn incidents_are_amended_redated_closed_and_reopened() {
    assert_eq!(
        after_the_story("incident", "reference, reported_on, status").await,
        [
            "INC-A, 2026-03-02, open: A reported .. A redated",
            "INC-B, 2026-03-03, open: B reported ..",
            "INC-A, 2026-02-27, open: A redated .. A closed",
            "INC-C, 2026-07-03, open: C reported .. C recorded in error",
            "INC-C, 2026-07-03, recorded-in-error: C recorded in error ..",
            "INC-A, 2026-02-27, closed: A closed .. A reopened",
            "INC-A, 2026-02-27, open: A reopened ..",
        ]
    );
}

#[tokio::test]
async fn the_place_of_an_incident_counts_from_the_day_it_was_amended() {
    assert_eq!(
        after_the_story(
            "incident_place",
            "team, date(from_day * 86400, 'unixepoch'), date(to_day * 86400, 'unixepoch')"
        )
        .await,
        [
            "Ward 7, 2026-03-02, Null: A reported .. A amended",
            "Theatre 2, 2026-03-03, Null: B reported ..",
            "Ward 7, 2026-03-02, 2026-04-01: A amended .. A redated",
            "Ward 8, 2026-04-01, Null: A amended ..",
            "Ward 7, 2026-02-27, 2026-04-01: A redated ..",
            "Null, 2026-07-03, Null: C reported ..",
        ]
    );
}

#[tokio::test]
async fn reporters_follow_the_day_of_the_report() {
    assert_eq!(
        after_the_story("reporter_feedback", "reference, reported_on, identity").await,
        [
            "INC-A, 2026-03-02, named: A reported .. A redated",
            "INC-B, 2026-03-03, anonymous: B reported ..",
            "INC-A, 2026-02-27, named: A redated ..",
            "INC-C, 2026-07-03, confidential: C reported ..",
        ]
    );
}

#[tokio::test]
async fn each_affected_person_has_a_candour_case_while_part_of_the_incident() {
    assert_eq!(
        after_the_story("candour_case", "reference, reported_on").await,
        [
            "INC-A/1, 2026-03-02: A reported .. A redated",
            "INC-A/2, 2026-03-02: A reported .. A redated",
            "INC-B/1, 2026-03-03: B reported ..",
            "INC-A/1, 2026-02-27: A redated ..",
            "INC-A/2, 2026-02-27: A redated ..",
            "INC-A/5, 2026-02-27: A person added .. A person struck",
        ]
    );
}

#[tokio::test]
async fn recommendations_follow_decisions_and_their_corrections() {
    assert_eq!(
        after_the_story("recommendation", "reference, made_on, decision").await,
        [
            "REC-1, 2026-03-20, awaiting-response: rec 1 made .. rec 1 accepted",
            "REC-2, 2026-03-20, awaiting-response: rec 2 made .. rec 2 rejected",
            "REC-1, 2026-03-20, accepted: rec 1 accepted ..",
            "REC-2, 2026-03-20, rejected: rec 2 rejected .. rejection struck",
            "REC-2, 2026-03-20, awaiting-response: rejection struck ..",
            "REC-3, 2026-06-13, awaiting-response: wrong rec made ..",
        ]
    );
}

#[tokio::test]
async fn a_response_covers_its_incidents_until_its_start_is_struck_out() {
    assert_eq!(
        after_the_story("response_incident", "incident_id").await,
        [
            "0a000000-0000-4000-8000-00000000000a: response started ..",
            "0b000000-0000-4000-8000-00000000000b: response started ..",
            "0b000000-0000-4000-8000-00000000000b: wrong response started .. wrong response struck",
        ]
    );
}

#[tokio::test]
async fn actions_and_their_links_follow_the_agreement() {
    assert_eq!(
        after_the_story("action", "reference, agreed_on, incident_id").await,
        [
            "ACT-1, 2026-03-23, Null: action 1 agreed .. agreement redated",
            "ACT-2, 2026-03-24, 0b000000-0000-4000-8000-00000000000b: action 2 agreed .. action 2 struck",
            "ACT-1, 2026-03-20, Null: agreement redated ..",
            "ACT-3, 2026-06-13, Null: action 3 agreed ..",
        ]
    );
    assert_eq!(
        after_the_story("action_recommendation", "action_id, recommendation_id").await,
        [
            "0ac70000-0000-4000-8000-000000000001, 04ec0000-0000-4000-8000-000000000001: action 1 agreed ..",
            "0ac70000-0000-4000-8000-000000000003, 04ec0000-0000-4000-8000-000000000003: action 3 agreed ..",
        ]
    );
}

#[tokio::test]
async fn a_timeline_holds_what_concerns_the_incident_by_the_time_it_occurred() {
    let story = Story::told();
    let folder = tempdir().unwrap();
    let path = folder.path().join("read-model");
    let journal = holding(&story.steps).await;
    fold_all(&path, journal.as_ref()).await;
    let read_model = open(&path, journal.as_ref()).await;
    let snapshot = read_model.snapshot().unwrap();
    let timeline = |incident: uuid::Uuid| -> Vec<&str> {
        let day = date("2026-12-31");
        candour_projections::query::timeline(&snapshot, incident, day, story.head(), rules())
            .unwrap()
            .unwrap()
            .iter()
            .map(|row| story.name(row.position.cast_signed()))
            .collect()
    };
    assert_eq!(timeline(C.uuid()), ["C reported", "C recorded in error"]);
    assert_eq!(
        timeline(B.uuid()),
        [
            "B reported",
            "response started",
            "rec 1 made",
            "rec 2 made",
            // Redated to before the recommendation was accepted.
            "action 1 agreed",
            "rec 1 accepted",
            "action 2 agreed",
            "owner assigned",
            "target moved",
            "target restated",
            "agreement redated",
            "implemented",
            "verified",
            "reviewed",
            "wrong signed off",
            "signed off",
            "rec 2 rejected",
            "rejection struck",
            "wrong response started",
            "wrong rec made",
            "action 3 agreed",
            "wrong response struck",
            "action 2 struck",
            "B linked",
            "B link struck",
        ]
    );
}
