//! What the tests of this crate share.

use std::sync::Arc;
use std::time::Duration;

use candour_journal::{
    Clock, EventTypeName, ExpectedVersion, Journal, ManualClock, NewEvent, Position, RecordedEvent,
    StreamName, StreamVersion,
};
use candour_journal_kurrent::{AppendBy, KurrentJournal, Options};
use candour_kurrent_double::{Double, Settings};
use jiff::Timestamp;
use uuid::Uuid;

pub(crate) const NAMESPACE: &str = "candour";

/// Nine in the morning.
pub(crate) fn nine() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

pub(crate) async fn double() -> Double {
    Double::start(Settings::default()).await.unwrap()
}

/// Short budgets, so that a fault shows within a test.
pub(crate) fn options(double: &Double) -> Options {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(nine()));
    Options {
        synthetic: true,
        call_budget: Duration::from_secs(4),
        attempt_budget: Duration::from_millis(500),
        start_budget: Duration::from_secs(5),
        ..Options::new(double.connection_string(), NAMESPACE, clock)
    }
}

pub(crate) async fn connect(double: &Double) -> KurrentJournal {
    KurrentJournal::connect(&options(double)).await.unwrap()
}

/// The same with appends by a call of their own.
pub(crate) async fn connect_by(double: &Double, append_by: AppendBy) -> KurrentJournal {
    KurrentJournal::connect(&Options { append_by, ..options(double) }).await.unwrap()
}

pub(crate) fn stream(number: u128) -> StreamName {
    StreamName::new(NAMESPACE, "incident", Uuid::from_u128(number)).unwrap()
}

pub(crate) fn event(id: u128) -> NewEvent {
    NewEvent {
        event_id: Uuid::from_u128(id),
        event_type: EventTypeName::parse("IncidentReported.v1").unwrap(),
        occurred_at: nine(),
        metadata: b"{\"caller\":\"ward-system\"}".to_vec(),
        data: b"{\"severity\":2}".to_vec(),
    }
}

pub(crate) fn exact(number: u64) -> ExpectedVersion {
    ExpectedVersion::Exact(StreamVersion::new(number))
}

pub(crate) async fn log(journal: &KurrentJournal) -> Vec<RecordedEvent> {
    journal.read_all(Position::BEFORE_FIRST, 1000).await.unwrap().events
}

/// The ids in the log, as the numbers they were made from.
pub(crate) async fn ids(journal: &KurrentJournal) -> Vec<u128> {
    log(journal).await.iter().map(|event| event.event_id.as_u128()).collect()
}
