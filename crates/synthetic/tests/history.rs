//! The history of a small trust: made through the rules, the same in every run, folded by the projections without a fault.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::{collections::BTreeSet, sync::Arc};

use candour_domain::{
    action::Action, calendar::Nation, candour_case::CandourCase, correction, feedback::Feedback,
    incident::Incident, policy::Policy, regime::BodyType, response::Response,
};
use candour_journal::{Copying as _, Journal, ManualClock, MemoryJournal, Position, RecordedEvent, StoreId};
use candour_records::{EVENT_TYPES, StoredAggregate};
use candour_service_kit::{Engine, Organisation};
use candour_synthetic::{Trust, Written, write};
use candour_vault::{FileVault, VaultPaths};
use jiff::civil::date;
use tempfile::TempDir;
use uuid::Uuid;

const TRUST: Trust =
    Trust { incidents: 1_000, first_day: date(2024, 1, 1), last_day: date(2025, 12, 31), seed: 1 };

struct Store {
    folder: TempDir,
    journal: Arc<MemoryJournal>,
    engine: Engine,
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new("2026-01-01T12:00:00Z".parse().unwrap()));
        let journal = Arc::new(MemoryJournal::new(StoreId(Uuid::from_u128(1)), clock.clone()));
        let vault = Arc::new(FileVault::open(&VaultPaths::in_folder(folder.path())).unwrap());
        let organisation = Organisation {
            name: "Northgate".to_owned(),
            nation: Nation::England,
            body_type: BodyType::HealthServiceBody,
            policy: Policy::local_defaults(),
            namespace: "candour".to_owned(),
        };
        let engine = Engine::new(journal.clone(), vault, clock, organisation);
        Self { folder, journal, engine }
    }

    async fn of(trust: Trust) -> (Self, Written) {
        let store = Self::new();
        let written = write(trust, &store.engine, store.journal.as_ref(), |_| {}).await.unwrap();
        (store, written)
    }

    async fn log(&self) -> Vec<RecordedEvent> {
        let mut events: Vec<RecordedEvent> = Vec::new();
        loop {
            let after = events.last().map_or(Position::BEFORE_FIRST, |event| event.position);
            let page = self.journal.read_all(after, 1000).await.unwrap();
            if page.events.is_empty() {
                return events;
            }
            events.extend(page.events);
        }
    }

    /// Loads every stream of an aggregate as a question does, and looks whether it holds together.
    async fn check<A: StoredAggregate>(&self, log: &[RecordedEvent]) {
        for first in log.iter().filter(|event| event.version.number() == 0) {
            if first.stream.category() == A::CATEGORY {
                let loaded = self.engine.load::<A>(first.stream.id()).await.unwrap();
                let history = correction::applied::<A>(&loaded.entries());
                assert_eq!(A::incoherence(&history), None, "{}", first.stream);
            }
        }
    }
}

#[tokio::test]
async fn every_stream_holds_together_and_every_personal_field_can_be_opened() {
    let (store, written) = Store::of(TRUST).await;
    let log = store.log().await;
    assert_eq!(written, Written { incidents: 1_000, events: log.len() as u64, found: 0 });
    assert!(log.is_sorted_by_key(|event| event.recorded_at));
    store.check::<Incident>(&log).await;
    store.check::<Feedback>(&log).await;
    store.check::<CandourCase>(&log).await;
    store.check::<Response>(&log).await;
    store.check::<Action>(&log).await;
    assert_eq!(*store.engine.unreadable_values().borrow(), 0);
}

/// The trust that `candour demo` loads.
const DEMO: Trust =
    Trust { incidents: 2_000, first_day: date(2024, 7, 1), last_day: date(2026, 6, 30), seed: 1 };

#[tokio::test]
async fn every_type_of_event_there_is_happens_in_the_trust_of_the_demonstration() {
    let (store, written) = Store::of(DEMO).await;
    let found: BTreeSet<(String, String)> = store
        .log()
        .await
        .iter()
        .map(|event| (event.stream.category().to_owned(), event.event_type.to_string()))
        .collect();
    let missing: Vec<_> = EVENT_TYPES
        .iter()
        .filter(|known| !found.contains(&(known.category.to_owned(), known.name.to_owned())))
        .map(|known| format!("{} {}", known.category, known.name))
        .collect();
    assert!(missing.is_empty(), "{missing:?} of {}", EVENT_TYPES.len());
    assert_eq!(found.len(), EVENT_TYPES.len());
    // Four to five events an incident, most of them about report and reporter.
    assert_eq!(written.incidents, 2_000);
    assert!((4..=6).contains(&(written.events / written.incidents)), "{written:?}");
}

#[tokio::test]
async fn no_rule_refuses_what_is_planned_whatever_the_seed() {
    for seed in [0, 2, 3, 5, 8, 13, u64::MAX] {
        let (_, written) = Store::of(Trust { incidents: 800, seed, ..DEMO }).await;
        assert_eq!(written.incidents, 800, "seed {seed}");
    }
}

#[tokio::test]
async fn a_second_run_writes_nothing_and_one_after_an_interruption_the_rest() {
    let small = Trust { incidents: 900, ..TRUST };
    let (whole, written) = Store::of(small).await;
    let again = write(small, &whole.engine, whole.journal.as_ref(), |_| {}).await.unwrap();
    assert_eq!(again, Written { found: written.events, ..written });
    let log = whole.log().await;
    assert_eq!(log.len() as u64, written.events);

    let begun = Store::new();
    begun.journal.copy(log[..1_234].to_vec()).await.unwrap();
    let rest = write(small, &begun.engine, begun.journal.as_ref(), |_| {}).await.unwrap();
    assert_eq!(rest, Written { found: 1_234, ..written });
    assert!(begun.log().await.iter().map(shape).eq(log.iter().map(shape)));

    let other = Trust { seed: 2, ..small };
    let refused = write(other, &begun.engine, begun.journal.as_ref(), |_| {}).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the log holds another history than this one, from event 1 on; another folder can take it"
    );
    assert_eq!(begun.log().await.len() as u64, written.events, "a refused run writes nothing");
}

/// What two runs have in common: everything but what is sealed, whose nonces are drawn, and the metadata, whose digests are keyed.
fn shape(event: &RecordedEvent) -> (String, Uuid, String, jiff::Timestamp, jiff::Timestamp, Vec<u8>) {
    let is_sealed = event.data.windows(8).any(|bytes| bytes == b"\"sealed\"");
    (
        format!("{} {}", event.stream, event.version),
        event.event_id,
        event.event_type.to_string(),
        event.occurred_at,
        event.recorded_at,
        if is_sealed { Vec::new() } else { event.data.clone() },
    )
}

#[tokio::test]
async fn the_same_trust_has_the_same_history_and_another_seed_another() {
    let small = Trust { incidents: 300, ..TRUST };
    let (one, other) = (Store::of(small).await.0.log().await, Store::of(small).await.0.log().await);
    assert!(one.iter().map(shape).eq(other.iter().map(shape)));
    let another = Store::of(Trust { seed: 2, ..small }).await.0.log().await;
    assert!(!one.iter().map(shape).eq(another.iter().map(shape)));
}

#[tokio::test]
async fn the_projections_fold_all_of_it() {
    let (store, written) = Store::of(Trust { incidents: 500, ..TRUST }).await;
    let path = store.folder.path().join("read-model.sqlite");
    let progress = candour_projections::rebuild::fold_afresh(
        store.journal.as_ref(),
        &path,
        &store.engine.organisation().grounds(),
        |_, _| {},
    )
    .await
    .unwrap();
    assert_eq!((progress.events, progress.stopped), (written.events, None));
}
