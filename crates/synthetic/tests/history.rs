//! The history of a small trust: made through the rules, the same in every run, folded by the projections without a fault.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::{collections::BTreeMap, sync::Arc};

use candour_domain::{
    action::Action, calendar::Nation, candour_case::CandourCase, correction, feedback::Feedback,
    incident::Incident, policy::Policy, regime::BodyType, response::Response,
};
use candour_journal::{Journal, ManualClock, MemoryJournal, Position, RecordedEvent, StoreId};
use candour_records::StoredAggregate;
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
    assert_eq!((written.incidents, written.events), (1_000, log.len() as u64));
    assert!(log.is_sorted_by_key(|event| event.recorded_at));
    store.check::<Incident>(&log).await;
    store.check::<Feedback>(&log).await;
    store.check::<CandourCase>(&log).await;
    store.check::<Response>(&log).await;
    store.check::<Action>(&log).await;
    assert_eq!(*store.engine.unreadable_values().borrow(), 0);
}

#[tokio::test]
async fn all_that_ordinarily_happens_happens_in_it() {
    let (store, written) = Store::of(TRUST).await;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for event in store.log().await {
        *counts.entry(event.event_type.to_string()).or_default() += 1;
    }
    // Five to six events an incident, most of them about report and reporter.
    assert!((4..=7).contains(&(written.events / written.incidents)), "{written:?}");
    for name in
        ["IncidentReported.v1", "ReporterOutcomeSent.v1", "InPersonNotified.v1", "ImplementationVerified.v1"]
    {
        assert!(counts.contains_key(name), "{name} of {counts:?}");
    }
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
