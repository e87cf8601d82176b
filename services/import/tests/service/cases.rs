//! What a source asserts of the duty of candour.

use candour_api::v1::{self, ImportOutcome};
use candour_domain::{
    CorrectionChange, Entry,
    candour_case::{AssertedStage, CandourCase, CaseDecision, Event},
    identifier::CaseId,
    incident::{self, Incident},
};
use uuid::Uuid;

use crate::world::{World, about, absent, at, incident, incident_id, on, person, person_id};

fn case() -> Uuid {
    CaseId::of(incident_id("W1"), person_id("W1", "1")).uuid()
}

fn asserting(candour: v1::AssertedCandour) -> v1::ImportRecordsRequest {
    let person = v1::ImportedPerson {
        source_id: "1".to_owned(),
        candour: Some(candour),
        ..v1::ImportedPerson::default()
    };
    v1::ImportRecordsRequest { persons: vec![person], ..about("W1") }
}

async fn asserted(world: &World) -> Vec<(AssertedStage, String)> {
    let stage = |entry: &Entry<Event>| match &entry.event {
        Event::CandourStageAsserted(assertion) => Some((assertion.stage, entry.occurred_on().to_string())),
        _ => None,
    };
    world.entries::<CandourCase>(case()).await.iter().filter_map(stage).collect()
}

#[tokio::test]
async fn e6_e7_asserted_dates_are_kept_as_such_and_make_no_stage() {
    let world = World::new().await;
    world.row(incident("W1")).await;
    let row = asserting(v1::AssertedCandour {
        decision: v1::CaseDecision::Notifiable.into(),
        decided: on(2026, 6, 2),
        first_notification: on(2026, 6, 3),
        written_notification: on(2026, 6, 8),
        enquiry_results: absent(),
    });
    let answer = world.row(row.clone()).await;
    // The case is opened by the first assertion.
    assert_eq!((answer.outcome(), answer.events), (ImportOutcome::Changed, 4));
    assert_eq!(world.outcome(row).await, ImportOutcome::Unchanged);
    assert_eq!(
        asserted(&world).await,
        [
            (AssertedStage::DecidedNotifiable, "2026-06-02".to_owned()),
            (AssertedStage::FirstNotification, "2026-06-03".to_owned()),
            (AssertedStage::WrittenNotification, "2026-06-08".to_owned()),
        ]
    );
    let state = world.state::<CandourCase>(case()).await;
    assert_eq!(state.decision, CaseDecision::Undecided);
    assert!(!state.contacted && !state.elements.is_complete());
}

#[tokio::test]
async fn what_is_asserted_is_moved_flipped_and_taken_back_as_the_source_says() {
    let world = World::new().await;
    world.row(incident("W1")).await;
    let decided = |decision: v1::CaseDecision, decided| {
        asserting(v1::AssertedCandour {
            decision: decision.into(),
            decided,
            ..v1::AssertedCandour::default()
        })
    };
    // Without a day: known by now.
    world.row(decided(v1::CaseDecision::NotRequired, None)).await;
    assert_eq!(asserted(&world).await, [(AssertedStage::DecidedNotNotifiable, "2026-07-01".to_owned())]);
    world.days_pass(1);
    assert_eq!(world.outcome(decided(v1::CaseDecision::NotRequired, None)).await, ImportOutcome::Unchanged);
    assert_eq!(
        world.outcome(decided(v1::CaseDecision::NotRequired, on(2026, 6, 9))).await,
        ImportOutcome::Changed
    );
    assert_eq!(asserted(&world).await, [(AssertedStage::DecidedNotNotifiable, "2026-06-09".to_owned())]);
    assert_eq!(
        world.outcome(decided(v1::CaseDecision::Notifiable, on(2026, 6, 10))).await,
        ImportOutcome::Changed
    );
    assert_eq!(asserted(&world).await, [(AssertedStage::DecidedNotifiable, "2026-06-10".to_owned())]);
    assert_eq!(world.outcome(decided(v1::CaseDecision::Unspecified, None)).await, ImportOutcome::Unchanged);
    assert_eq!(world.outcome(decided(v1::CaseDecision::Undecided, None)).await, ImportOutcome::Changed);
    assert_eq!(asserted(&world).await, []);

    let first = |first_notification| {
        asserting(v1::AssertedCandour { first_notification, ..v1::AssertedCandour::default() })
    };
    world.row(first(on(2026, 6, 3))).await;
    assert_eq!(world.outcome(first(on(2026, 6, 4))).await, ImportOutcome::Changed);
    assert_eq!(asserted(&world).await, [(AssertedStage::FirstNotification, "2026-06-04".to_owned())]);
    assert_eq!(world.outcome(first(None)).await, ImportOutcome::Unchanged);
    assert_eq!(world.outcome(first(absent())).await, ImportOutcome::Changed);
    assert_eq!(asserted(&world).await, []);
}

#[tokio::test]
async fn each_person_of_an_incident_has_a_case_of_their_own() {
    let world = World::new().await;
    let mut row = incident("W1");
    row.persons.push(person("2", v1::PhysicalHarm::Severe));
    row.persons[1].candour =
        Some(v1::AssertedCandour { first_notification: on(2026, 6, 3), ..v1::AssertedCandour::default() });
    assert_eq!(world.outcome(row).await, ImportOutcome::New);
    assert_eq!(world.events::<CandourCase>(case()).await, 0);
    let second = CaseId::of(incident_id("W1"), person_id("W1", "2")).uuid();
    assert_eq!(world.events::<CandourCase>(second).await, 2);
}

#[tokio::test]
async fn whoever_was_struck_out_here_is_left_alone() {
    let world = World::new().await;
    let id = incident_id("W1").uuid();
    world.row(incident("W1")).await;
    let mut row = incident("W1");
    row.persons.push(person("2", v1::PhysicalHarm::Severe));
    world.row(row.clone()).await;
    let entries = world.entries::<Incident>(id).await;
    assert!(matches!(entries[1].event, incident::Event::AffectedPersonAdded(_)));
    world.corrected_here::<Incident>(id, entries[1].event_id, CorrectionChange::Struck).await;
    row.persons[1].harm.as_mut().unwrap().physical = v1::PhysicalHarm::Low.into();
    row.persons[1].candour =
        Some(v1::AssertedCandour { first_notification: on(2026, 6, 3), ..v1::AssertedCandour::default() });
    let answer = world.row(row).await;
    assert_eq!(answer.outcome(), ImportOutcome::Unchanged);
    let fields: Vec<_> = answer.notices.iter().map(|finding| finding.field.as_str()).collect();
    assert_eq!(fields, ["persons[1].harm", "persons[1].candour"]);
    assert_eq!(world.state::<Incident>(id).await.persons.len(), 1);
}

#[tokio::test]
async fn a_day_of_the_report_is_not_before_it_and_today_is_not_in_the_future() {
    let world = World::new().await;
    let mut row = incident("W1");
    crate::world::part(&mut row).reported = crate::world::exactly("2026-06-01T15:00:00Z");
    row.persons[0].candour = Some(v1::AssertedCandour {
        first_notification: on(2026, 6, 1),
        written_notification: on(2026, 7, 1),
        ..v1::AssertedCandour::default()
    });
    assert_eq!(world.outcome(row).await, ImportOutcome::New);
    let entries = world.entries::<CandourCase>(case()).await;
    let instants: Vec<_> = entries.iter().map(|entry| entry.occurred_at).collect();
    assert_eq!(instants[1..], [at("2026-06-01T15:00:00Z"), at("2026-07-01T08:00:00Z")]);
}
