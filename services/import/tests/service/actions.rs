//! Learning actions.

use candour_api::v1::{self, ImportOutcome};
use candour_domain::action::{Action, Command, Event, Exit, Status, Strength};

use crate::world::{NAMES_NOBODY, World, about, absent, action_id, at, incident, incident_id, names, on};

fn action(change: impl FnOnce(&mut v1::ImportedAction)) -> v1::ImportRecordsRequest {
    let mut action = v1::ImportedAction {
        source_id: "A1".to_owned(),
        description: "Replace the pump.".to_owned(),
        agreed: on(2026, 6, 5),
        target_on: Some(v1::Date { year: 2026, month: 8, day: 1 }),
        owner_role: "matron".to_owned(),
        owner_team: "Ward 7".to_owned(),
        ..v1::ImportedAction::default()
    };
    change(&mut action);
    v1::ImportRecordsRequest { action: Some(action), ..about("W1") }
}

async fn world() -> World {
    let world = World::new().await;
    world.row(incident("W1")).await;
    world
}

async fn entries(world: &World) -> Vec<candour_domain::Entry<Event>> {
    world.entries::<Action>(action_id("A1").uuid()).await
}

#[tokio::test]
async fn an_action_is_new_then_unchanged_then_only_what_changed() {
    let world = world().await;
    let answer = world.row(action(|_| ())).await;
    assert_eq!((answer.outcome(), answer.events), (ImportOutcome::New, 1));
    assert_eq!(answer.action_id, action_id("A1").to_string());
    assert_eq!(answer.incident_id, incident_id("W1").to_string());
    assert_eq!(world.outcome(action(|_| ())).await, ImportOutcome::Unchanged);
    let changed = |action: &mut v1::ImportedAction| {
        action.target_on = Some(v1::Date { year: 2026, month: 9, day: 1 });
        action.owner_person = "staff:7".to_owned();
        action.owner_team = String::new();
        action.measure = "Share of pumps checked".to_owned();
        action.strength = v1::Strength::Stronger.into();
        action.description = "Something else.".to_owned();
    };
    let answer = world.row(action(changed)).await;
    assert_eq!((answer.outcome(), answer.events), (ImportOutcome::Changed, 3));
    assert_eq!(answer.notices[0].field, "action.description");
    assert_eq!(world.outcome(action(changed)).await, ImportOutcome::Unchanged);
    let state = world.state::<Action>(action_id("A1").uuid()).await;
    let owner = state.owner.unwrap();
    assert_eq!(owner.person.unwrap().as_str(), "staff:7");
    assert_eq!(owner.team.unwrap().as_str(), "Ward 7", "what a row leaves empty stays");
    assert_eq!(state.original_target, Some(jiff::civil::date(2026, 8, 1)), "ACT-4");
    assert_eq!(state.target, Some(jiff::civil::date(2026, 9, 1)));
    assert_eq!(state.strength, Some(Strength::Stronger));
    let moved = entries(&world).await.into_iter().find_map(|entry| match entry.event {
        Event::TargetMoved(moved) => Some(moved),
        _ => None,
    });
    assert_eq!(moved.unwrap().approved_by_role.as_str(), "not stated by the source");
}

#[tokio::test]
async fn act3_without_evidence_implementation_is_asserted_and_with_it_reported_never_verified() {
    let world = world().await;
    let implemented = |evidence: &[&str]| {
        let evidence = evidence.iter().map(ToString::to_string).collect();
        action(|action| {
            action.implemented = on(2026, 6, 20);
            action.verified = on(2026, 6, 25);
            action.evidence = evidence;
        })
    };
    assert_eq!(world.outcome(implemented(&[])).await, ImportOutcome::New);
    assert_eq!(names(&entries(&world).await), ["ActionAgreed", "ActionStageAsserted", "ActionStageAsserted"]);
    assert_eq!(world.state::<Action>(action_id("A1").uuid()).await.status, Status::Open);
    assert_eq!(world.outcome(implemented(&[])).await, ImportOutcome::Unchanged);
    assert_eq!(world.outcome(implemented(&["audit/7"])).await, ImportOutcome::Changed);
    assert_eq!(world.outcome(implemented(&["audit/7"])).await, ImportOutcome::Unchanged);
    let state = world.state::<Action>(action_id("A1").uuid()).await;
    assert_eq!(
        state.status,
        Status::ReportedImplemented,
        "ACT-2: the source's verification shows no independence"
    );
    assert!(state.unknown_reporter, "ACT-2: nobody known reported it");
    // A later export without the evidence takes nothing back.
    let answer = world.row(implemented(&[])).await;
    assert_eq!(answer.outcome(), ImportOutcome::Unchanged);
    assert_eq!(answer.notices[0].field, "action.evidence");
    let other_day = action(|action| {
        action.implemented = on(2026, 6, 21);
        action.evidence = vec!["audit/7".to_owned()];
        action.implemented_by = "staff:8".to_owned();
    });
    assert_eq!(world.outcome(other_day).await, ImportOutcome::Changed);
    let state = world.state::<Action>(action_id("A1").uuid()).await;
    assert_eq!(state.reported.unwrap().implemented_on, jiff::civil::date(2026, 6, 21));
    assert_eq!(state.reported_by.unwrap().as_str(), "staff:8");
    let gone = action(|action| {
        action.implemented = absent();
        action.verified = absent();
    });
    assert_eq!(world.outcome(gone).await, ImportOutcome::Changed);
    assert_eq!(names(&entries(&world).await), ["ActionAgreed"]);
}

#[tokio::test]
async fn an_action_is_withdrawn_and_comes_back_as_the_source_says() {
    let world = world().await;
    let withdrawn = |withdrawn, reason: &str| {
        action(|action| {
            action.withdrawn = withdrawn;
            action.withdrawn_reason = reason.to_owned();
        })
    };
    assert_eq!(world.outcome(withdrawn(on(2026, 6, 20), "")).await, ImportOutcome::New);
    let state = world.state::<Action>(action_id("A1").uuid()).await;
    assert_eq!(state.status, Status::Left(Exit::Withdrawn));
    assert_eq!(world.outcome(withdrawn(on(2026, 6, 22), "")).await, ImportOutcome::Changed);
    assert_eq!(world.outcome(withdrawn(on(2026, 6, 22), "")).await, ImportOutcome::Unchanged);
    let entries = entries(&world).await;
    assert_eq!(entries[1].occurred_at, at("2026-06-22T11:00:00Z"));
    let Event::ActionWithdrawn { reason } = &entries[1].event else { panic!() };
    assert_eq!(reason.as_str(), "withdrawn in the source system");
    // Back, with another owner in the same row.
    let back = action(|action| {
        action.withdrawn = absent();
        action.owner_role = "ward manager".to_owned();
    });
    assert_eq!(world.outcome(back).await, ImportOutcome::Changed);
    let state = world.state::<Action>(action_id("A1").uuid()).await;
    assert_eq!(state.status, Status::Open);
    assert_eq!(state.owner.unwrap().role.as_str(), "ward manager");
}

#[tokio::test]
async fn an_action_that_left_here_stays_so() {
    let world = world().await;
    world.row(action(|_| ())).await;
    let reason = candour_domain::text::Text::parse("a test").unwrap();
    world.here::<Action>(action_id("A1").uuid(), Command::WithdrawAction { reason }).await;
    let answer = world.row(action(|action| action.owner_role = "ward manager".to_owned())).await;
    assert_eq!(answer.outcome(), ImportOutcome::Unchanged);
    assert_eq!(answer.notices[0].field, "action.owner_role");
    assert!(
        answer.notices[0].description.starts_with("is not recorded: the action was withdrawn"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn nothing_of_an_action_lies_before_it_was_agreed_however_that_is_moved() {
    let world = world().await;
    let dated = |agreed, implemented| {
        action(|action| {
            action.agreed = agreed;
            action.implemented = implemented;
        })
    };
    let answer = world.row(dated(on(2026, 6, 5), on(2026, 6, 4))).await;
    assert_eq!(answer.violations[0].field, "action.implemented");
    assert_eq!(world.outcome(dated(on(2026, 6, 5), on(2026, 6, 6))).await, ImportOutcome::New);
    assert_eq!(world.outcome(dated(on(2026, 6, 10), on(2026, 6, 12))).await, ImportOutcome::Changed);
    assert_eq!(world.outcome(dated(on(2026, 6, 2), on(2026, 6, 3))).await, ImportOutcome::Changed);
    let days: Vec<_> = entries(&world).await.iter().map(candour_domain::Entry::occurred_on).collect();
    assert_eq!(days, [jiff::civil::date(2026, 6, 2), jiff::civil::date(2026, 6, 3)]);
}

#[tokio::test]
async fn one_id_names_one_action_of_one_incident() {
    let world = world().await;
    world.row(incident("W2")).await;
    world.row(action(|_| ())).await;
    let mut elsewhere = action(|_| ());
    elsewhere.incident_source_id = "W2".to_owned();
    let answer = world.row(elsewhere).await;
    assert_eq!(answer.outcome(), ImportOutcome::Rejected);
    assert_eq!(answer.violations[0].field, "action.source_id");
    assert_eq!(answer.violations[0].description, "names an action that stands elsewhere");
    let mut unknown = action(|_| ());
    unknown.incident_source_id = "W3".to_owned();
    assert_eq!(world.row(unknown).await.violations[0].field, "incident_source_id");
    let team_of_nobody = action(|action| action.owner_role = String::new());
    assert_eq!(world.row(team_of_nobody).await.violations[0].field, "action.owner_role");
}

#[tokio::test]
async fn act_2_who_implemented_is_taken_only_from_a_caller_that_may_name_them() {
    let world = world().await;
    let named = |action: &mut v1::ImportedAction| {
        action.evidence = vec!["checklist-2026-06-05".to_owned()];
        action.implemented = on(2026, 6, 6);
        action.implemented_by = "staff:7".to_owned();
    };
    let answers = world.import_as(NAMES_NOBODY, vec![action(named), action(|_| ())]).await;
    assert_eq!(answers[0].outcome(), ImportOutcome::Rejected);
    let violation = &answers[0].violations[0];
    assert_eq!(
        (&*violation.field, &*violation.reason),
        ("action.implemented_by", "PERFORMED_BY_NOT_PERMITTED")
    );
    assert_eq!(answers[1].outcome(), ImportOutcome::New, "nothing was recorded of the row that was rejected");
    assert_eq!(world.outcome(action(named)).await, ImportOutcome::Changed);
}
