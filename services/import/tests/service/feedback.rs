//! What the reporter was told.

use candour_api::v1::{self, ImportOutcome};
use candour_domain::feedback::{Event, Feedback, State};

use crate::world::{World, about, absent, at, incident, incident_id, names, on, part};

fn told(feedback: v1::ImportedFeedback) -> v1::ImportRecordsRequest {
    v1::ImportRecordsRequest { feedback: Some(feedback), ..about("W1") }
}

fn texts(found: &str, changed: &str) -> v1::ImportedFeedback {
    v1::ImportedFeedback {
        told: on(2026, 6, 20),
        what_was_found: found.to_owned(),
        what_changed: changed.to_owned(),
        ..v1::ImportedFeedback::default()
    }
}

async fn state(world: &World) -> State {
    world.state::<Feedback>(incident_id("W1").uuid()).await
}

#[tokio::test]
async fn f2_a_date_alone_is_asserted_and_never_counts_as_told() {
    let world = World::new().await;
    world.row(incident("W1")).await;
    let row = told(texts("", ""));
    assert_eq!(world.outcome(row.clone()).await, ImportOutcome::Changed);
    assert_eq!(world.outcome(row).await, ImportOutcome::Unchanged);
    assert!(!state(&world).await.told);
    // What was found alone says neither what changed nor why nothing did.
    assert_eq!(world.outcome(told(texts("The pump was worn.", ""))).await, ImportOutcome::Changed);
    assert!(!state(&world).await.told);
    let entries = world.entries::<Feedback>(incident_id("W1").uuid()).await;
    let [entry] = entries.as_slice() else { panic!("{entries:?}") };
    let Event::ReporterOutcomeAsserted(assertion) = &entry.event else { panic!() };
    assert_eq!(assertion.source.as_str(), "datixweb");
    assert_eq!(assertion.message.as_ref().unwrap().known().unwrap().as_str(), "The pump was worn.");

    assert_eq!(
        world.outcome(told(texts("The pump was worn.", "It was replaced."))).await,
        ImportOutcome::Changed
    );
    assert!(state(&world).await.told, "with what changed it does");
    // A later export without the texts takes nothing back.
    assert_eq!(world.outcome(told(texts("", ""))).await, ImportOutcome::Unchanged);
    assert!(state(&world).await.told);
    assert_eq!(
        world.outcome(told(v1::ImportedFeedback { told: absent(), ..Default::default() })).await,
        ImportOutcome::Changed
    );
    assert!(!state(&world).await.told);
    assert_eq!(names(&world.entries::<Feedback>(incident_id("W1").uuid()).await), Vec::<String>::new());
}

#[tokio::test]
async fn f2_another_date_corrects_and_other_words_replace() {
    let world = World::new().await;
    let id = incident_id("W1").uuid();
    world.row(incident("W1")).await;
    world.row(told(texts("Found.", "Changed."))).await;
    let mut later = texts("Found.", "Changed.");
    later.told = on(2026, 6, 22);
    assert_eq!(world.outcome(told(later.clone())).await, ImportOutcome::Changed);
    assert_eq!(world.events::<Feedback>(id).await, 2, "one correction");
    later.what_changed = "Changed more.".to_owned();
    assert_eq!(world.outcome(told(later.clone())).await, ImportOutcome::Changed);
    later.method = v1::FeedbackMethod::Letter.into();
    assert_eq!(world.outcome(told(later.clone())).await, ImportOutcome::Changed);
    assert_eq!(world.outcome(told(later.clone())).await, ImportOutcome::Unchanged);
    let entries = world.entries::<Feedback>(id).await;
    let [entry] = entries.as_slice() else { panic!("{entries:?}") };
    let Event::ReporterOutcomeSent(outcome) = &entry.event else { panic!() };
    assert_eq!(outcome.what_changed.as_ref().unwrap().known().unwrap().as_str(), "Changed more.");
    assert_eq!(entry.occurred_at, at("2026-06-22T11:00:00Z"));
    let mut both = later;
    both.why_nothing_changed = "Nothing was to change.".to_owned();
    let answer = world.row(told(both)).await;
    assert_eq!(answer.violations[0].reason, "OUTCOME_CONTRADICTORY");
    assert_eq!(answer.violations[0].field, "feedback.told");
}

#[tokio::test]
async fn f1_an_acknowledgement_is_recorded_corrected_and_taken_back() {
    let world = World::new().await;
    world.row(incident("W1")).await;
    let acknowledged = |acknowledged| told(v1::ImportedFeedback { acknowledged, ..Default::default() });
    assert_eq!(world.outcome(acknowledged(absent())).await, ImportOutcome::Unchanged);
    // On the day of the report: not before it.
    assert_eq!(world.outcome(acknowledged(on(2026, 6, 1))).await, ImportOutcome::Changed);
    assert_eq!(world.outcome(acknowledged(on(2026, 6, 3))).await, ImportOutcome::Changed);
    let entries = world.entries::<Feedback>(incident_id("W1").uuid()).await;
    assert_eq!(entries[0].occurred_at, at("2026-06-03T11:00:00Z"));
    let answer = world.row(acknowledged(on(2026, 5, 31))).await;
    assert_eq!(answer.violations[0].description, "lies before the day of the report");
    assert_eq!(world.outcome(acknowledged(None)).await, ImportOutcome::Unchanged);
    assert_eq!(world.outcome(acknowledged(absent())).await, ImportOutcome::Changed);
    assert!(!state(&world).await.acknowledged);
}

#[tokio::test]
async fn f0_nobody_without_a_way_back_was_told_whatever_the_source_says() {
    let world = World::new().await;
    let mut row = incident("W1");
    part(&mut row).reporter =
        Some(v1::Reporter { identity: v1::ReporterIdentity::Anonymous.into(), ..v1::Reporter::default() });
    row.feedback = Some(v1::ImportedFeedback { acknowledged: on(2026, 6, 2), ..texts("Found.", "Changed.") });
    let answer = world.row(row.clone()).await;
    assert_eq!(answer.outcome(), ImportOutcome::New);
    let fields: Vec<_> = answer.notices.iter().map(|finding| finding.field.as_str()).collect();
    assert_eq!(fields, ["feedback.acknowledged", "feedback.told"]);
    let State { acknowledged, told, .. } = state(&world).await;
    assert_eq!((acknowledged, told), (false, false));
    assert_eq!(world.outcome(row).await, ImportOutcome::Unchanged);

    let mut nobody = incident("W2");
    part(&mut nobody).reporter = None;
    nobody.feedback = Some(texts("Found.", "Changed."));
    let answer = world.row(nobody).await;
    assert_eq!(answer.outcome(), ImportOutcome::New, "the incident is not lost");
    assert_eq!(
        answer.notices[0].description,
        "is not recorded: nobody reported this incident, so nobody is to be told"
    );
}

#[tokio::test]
async fn texts_without_a_date_are_not_recorded_and_that_is_noted() {
    let world = World::new().await;
    world.row(incident("W1")).await;
    let answer =
        world.row(told(v1::ImportedFeedback { told: absent(), ..texts("Found.", "Changed.") })).await;
    assert_eq!(answer.outcome(), ImportOutcome::Unchanged);
    assert_eq!(answer.notices[0].field, "feedback.told");
}
