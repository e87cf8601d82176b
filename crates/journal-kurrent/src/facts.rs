//! Facts about the store: events of the store's own stream, after the one with its identity.
//!
//! The version at which a fact is appended is the one after what was read, so that of two servers that settle at the same
//! time one is refused, reads again, and finds what stands.

use candour_journal::{Fact, FactError, StorageFault};
use eventstore::{EventData, RecordedEvent as ServerEvent, StreamState};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use uuid::Uuid;

use crate::engine::{Engine, pause};
use crate::fault::{EngineFault, Failure, Meaning};
use crate::settings::STORE_EVENTS_MAX;

/// The event type of a settled fact.
const FACT_EVENT: &str = "FactSettled.v1";

/// What such an event says.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FactSettled {
    fact: String,
    value: String,
}

impl Engine {
    /// Settles a fact, or finds what stands.
    pub(crate) async fn settle(&self, fact: Fact, value: &str, until: Instant) -> Result<String, FactError> {
        let settled = FactSettled { fact: fact.code().to_owned(), value: value.to_owned() };
        loop {
            let events = self.repeat(until, || self.store_events(until)).await.map_err(failed)?;
            if let Some(stands) = value_of(fact, &events)? {
                return Ok(stands);
            }
            let last = events.last().ok_or_else(|| contradiction("the stream of the store is gone"))?;
            if events.len() >= STORE_EVENTS_MAX {
                return Err(contradiction("the stream of the store holds more than its facts"));
            }
            let event = EventData::json(FACT_EVENT, &settled)
                .map_err(|error| FactError::Failed(StorageFault::new(error)))?
                .id(Uuid::new_v5(&events[0].id, format!("{}={value}", fact.code()).as_bytes()));
            let written = self
                .link
                .append_by_call(
                    until,
                    self.names.store.clone(),
                    StreamState::StreamRevision(last.revision),
                    vec![event],
                )
                .await;
            match written {
                Ok(_) => {}
                // Refused for good. Whatever else went wrong, reading tells what stands.
                Err(failure) if failure.meaning == Meaning::Refused => return Err(failed(failure)),
                Err(failure) => {
                    if pause(until).await.is_break() {
                        return Err(failed(failure));
                    }
                }
            }
        }
    }

    /// What was settled.
    pub(crate) async fn settled(&self, fact: Fact, until: Instant) -> Result<Option<String>, FactError> {
        let events = self.repeat(until, || self.store_events(until)).await.map_err(failed)?;
        value_of(fact, &events)
    }
}

/// The value of a fact among the events of the store's stream.
fn value_of(fact: Fact, events: &[ServerEvent]) -> Result<Option<String>, FactError> {
    for event in events.iter().skip(1) {
        let settled: FactSettled = Some(event)
            .filter(|event| event.event_type == FACT_EVENT)
            .and_then(|event| serde_json::from_slice(&event.data).ok())
            .ok_or_else(|| contradiction("the stream of the store holds an event that is no fact"))?;
        if settled.fact == fact.code() {
            return Ok(Some(settled.value));
        }
    }
    Ok(None)
}

fn failed(failure: Failure) -> FactError {
    FactError::Failed(StorageFault::new(failure.fault))
}

fn contradiction(what: &'static str) -> FactError {
    FactError::Failed(StorageFault::new(EngineFault::Contradiction(what)))
}
