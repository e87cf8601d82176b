//! The reference: the rules of the port in the fewest lines, in memory. For tests; nothing survives the process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::watch;
use uuid::Uuid;

use crate::admission::{self, Found, StoredStream, Verdict};
use crate::limits::PAGE_BYTES_MAX;
use crate::{
    AllPage, AppendError, Appended, Clock, CopyError, Copying, ExpectedVersion, Fact, FactError, Journal,
    Limit, NewEvent, Position, ReadError, RecordedEvent, StoreId, StreamName, StreamPage, StreamVersion,
    check_fact_value, to_stored_precision,
};

/// A journal in memory. Always synthetic, always healthy.
pub struct MemoryJournal {
    store_id: StoreId,
    clock: Arc<dyn Clock>,
    log: Mutex<Log>,
    head: watch::Sender<Position>,
}

impl MemoryJournal {
    /// An empty journal that stamps `recorded_at` from `clock`.
    pub fn new(store_id: StoreId, clock: Arc<dyn Clock>) -> Self {
        Self { store_id, clock, log: Mutex::default(), head: watch::Sender::new(Position::BEFORE_FIRST) }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn append(
        &self,
        stream: &StreamName,
        expected: ExpectedVersion,
        events: Vec<NewEvent>,
    ) -> Result<Appended, AppendError> {
        admission::check_request(&events)?;
        let mut log = self.log();
        let appended = log.append(stream, expected, events, self.clock.now())?;
        self.head.send_replace(log.head());
        Ok(appended)
    }

    async fn read_stream(
        &self,
        stream: &StreamName,
        from: StreamVersion,
        limit: usize,
    ) -> Result<StreamPage, ReadError> {
        check_page(limit)?;
        let log = self.log();
        let indexes = log.streams.get(stream).map_or(&[][..], Vec::as_slice);
        let start = usize::try_from(from.number()).map_or(indexes.len(), |start| start.min(indexes.len()));
        let rest = &indexes[start..];
        let events = take_page(rest.iter().map(|index| &log.events[*index]), limit);
        Ok(StreamPage {
            reached_end: events.len() == rest.len(),
            events,
            last_version: log.last_version(stream),
        })
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<AllPage, ReadError> {
        check_page(limit)?;
        let log = self.log();
        let start = log.events.partition_point(|event| event.position <= after);
        Ok(AllPage { events: take_page(log.events[start..].iter(), limit), head: log.head() })
    }

    async fn head(&self) -> Result<Position, ReadError> {
        Ok(self.log().head())
    }

    fn store_id(&self) -> StoreId {
        self.store_id
    }

    fn epoch(&self) -> u64 {
        0
    }

    fn changes(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    fn is_synthetic(&self) -> bool {
        true
    }

    fn is_healthy(&self) -> bool {
        true
    }

    fn is_answering(&self) -> bool {
        true
    }

    fn is_sole_writer(&self) -> bool {
        false
    }

    async fn settle(&self, fact: Fact, value: &str) -> Result<String, FactError> {
        check_fact_value(value)?;
        Ok(self.log().facts.entry(fact).or_insert_with(|| value.to_owned()).clone())
    }

    async fn settled(&self, fact: Fact) -> Result<Option<String>, FactError> {
        Ok(self.log().facts.get(&fact).cloned())
    }
}

#[async_trait]
impl Copying for MemoryJournal {
    async fn copy(&self, events: Vec<RecordedEvent>) -> Result<(), CopyError> {
        let mut log = self.log();
        for event in events {
            let next = log.last_version(&event.stream).map_or(StreamVersion::FIRST, StreamVersion::next);
            if event.version != next {
                return Err(CopyError::OutOfPlace { stream: event.stream, version: event.version });
            }
            if log.event_ids.contains_key(&event.event_id) {
                return Err(AppendError::DuplicateEventId { event_id: event.event_id }.into());
            }
            log.push(event);
        }
        self.head.send_replace(log.head());
        Ok(())
    }
}

fn check_page(limit: usize) -> Result<(), ReadError> {
    if limit == 0 {
        return Err(ReadError::EmptyPage);
    }
    Ok(Limit::PageEvents.check(limit)?)
}

fn take_page<'a>(events: impl Iterator<Item = &'a RecordedEvent>, limit: usize) -> Vec<RecordedEvent> {
    let mut bytes = 0_usize;
    let mut page = Vec::new();
    for event in events.take(limit) {
        bytes = bytes.saturating_add(event.bytes());
        page.push(event.clone());
        if bytes >= PAGE_BYTES_MAX {
            break;
        }
    }
    page
}

/// The whole log, with indexes into it by stream and by event id.
#[derive(Default)]
struct Log {
    events: Vec<RecordedEvent>,
    streams: HashMap<StreamName, Vec<usize>>,
    event_ids: HashMap<Uuid, usize>,
    facts: HashMap<Fact, String>,
}

impl Log {
    fn head(&self) -> Position {
        self.events.last().map_or(Position::BEFORE_FIRST, |event| event.position)
    }

    fn last_version(&self, stream: &StreamName) -> Option<StreamVersion> {
        let index = self.streams.get(stream)?.last()?;
        Some(self.events[*index].version)
    }

    fn append(
        &mut self,
        stream: &StreamName,
        expected: ExpectedVersion,
        events: Vec<NewEvent>,
        now: Timestamp,
    ) -> Result<Appended, AppendError> {
        let count = events.len();
        let first = match admission::judge(stream, expected, &events, &mut InLog { log: self, stream })? {
            Verdict::Write { first } => first,
            Verdict::Repeat { first } => return Ok(self.outcome(stream, first, count, true)),
        };
        if let Some(known) = events.iter().find(|event| self.event_ids.contains_key(&event.event_id)) {
            return Err(AppendError::DuplicateEventId { event_id: known.event_id });
        }
        let now = to_stored_precision(now);
        // Of a copied log the last event need not be the latest.
        let recorded_at = self.events.iter().map(|event| event.recorded_at).fold(now, Timestamp::max);
        let mut version = first;
        for event in events {
            self.push(RecordedEvent {
                position: Position::BEFORE_FIRST,
                stream: stream.clone(),
                version,
                event_id: event.event_id,
                event_type: event.event_type,
                occurred_at: to_stored_precision(event.occurred_at),
                recorded_at,
                metadata: event.metadata,
                data: event.data,
            });
            version = version.next();
        }
        Ok(self.outcome(stream, first, count, false))
    }

    /// Puts an event at the end, at the next position.
    fn push(&mut self, event: RecordedEvent) {
        let index = self.events.len();
        let position = Position::from_raw(self.head().raw() + 1);
        self.event_ids.insert(event.event_id, index);
        self.streams.entry(event.stream.clone()).or_default().push(index);
        self.events.push(RecordedEvent { position, ..event });
    }

    /// The outcome of the append that put `count` events into the stream from version `first` on.
    fn outcome(&self, stream: &StreamName, first: StreamVersion, count: usize, repeated: bool) -> Appended {
        let last_index = usize::try_from(first.number()).unwrap_or(usize::MAX) + count - 1;
        let last = &self.events[self.streams[stream][last_index]];
        Appended {
            first_version: first,
            last_version: last.version,
            position: last.position,
            recorded_at: last.recorded_at,
            repeated,
        }
    }
}

/// One stream of the log, for the admission rules.
struct InLog<'a> {
    log: &'a Log,
    stream: &'a StreamName,
}

impl StoredStream for InLog<'_> {
    type Error = AppendError;

    fn last_version(&mut self) -> Result<Option<StreamVersion>, AppendError> {
        Ok(self.log.last_version(self.stream))
    }

    fn event_ids(&mut self, from: StreamVersion, count: usize) -> Result<Vec<Uuid>, AppendError> {
        let indexes = self.log.streams.get(self.stream).map_or(&[][..], Vec::as_slice);
        let start = usize::try_from(from.number()).unwrap_or(usize::MAX);
        Ok(indexes.iter().skip(start).take(count).map(|index| self.log.events[*index].event_id).collect())
    }

    fn find(&mut self, event_id: Uuid) -> Result<Option<Found>, AppendError> {
        Ok(self.log.event_ids.get(&event_id).map(|index| {
            let event = &self.log.events[*index];
            if event.stream == *self.stream { Found::Here(event.version) } else { Found::Elsewhere }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::Subject;

    fn subject(clock: Arc<dyn Clock>) -> std::future::Ready<Subject> {
        let journal = MemoryJournal::new(StoreId(Uuid::from_u128(1)), clock);
        std::future::ready(Subject::new(Arc::new(journal)))
    }

    crate::journal_conformance!(subject);
}
