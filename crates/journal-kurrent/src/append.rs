//! Appending: once, or reported as not done.
//!
//! The server recognises a repeat at a version by the ids it was sent, which are those of one call, so an attempt whose
//! outcome is not known is answered by reading what stands there and comparing, and, while nothing does, by the *same*
//! append at the *same* version again. A repeat by another call meets the wrong version, and is found in the same way.
//! An append without a version (`Any`, `StreamExists`) is turned into one at the version that the stream is at, because
//! there the server's memory of ids is weak and lost with a restart.

use candour_journal::{
    AppendError, Appended, ExpectedVersion, NewEvent, Position, ReadError, StorageFault, StreamName,
    StreamVersion, admission, to_stored_precision,
};
use eventstore::{EventData, StreamState};
use jiff::Timestamp;
use tokio::time::Instant;
use uuid::Uuid;

use crate::engine::{Engine, pause};
use crate::envelope::{encode, sent_id};
use crate::fault::{EngineFault, Failure, Meaning};
use crate::options::AppendBy;
use crate::send::Written;
use crate::settings::REPEAT_WINDOW_EVENTS;

/// When an append is said to have been recorded.
#[derive(Clone, Copy)]
pub(crate) enum Stamp {
    /// When it is made.
    Now,
    /// When another store recorded it.
    Given(Timestamp),
}

/// What stands in a stream where an append would have gone.
enum Found {
    /// The events of the append; `by_another` if it was not this call that appended them.
    These { position: Position, recorded_at: Timestamp, by_another: bool },
    /// Nothing yet: the stream ends right before.
    Nothing,
    /// Something else, or the stream ends earlier: the append can never be written there.
    Other { actual: Option<StreamVersion> },
}

/// An append at one place.
struct Placed<'a> {
    stream: &'a StreamName,
    /// As the caller expected it, for the report of a conflict.
    expected: ExpectedVersion,
    first: StreamVersion,
    events: &'a [NewEvent],
    call: Uuid,
    /// Every event that existed when the append began stands at or before this position.
    horizon: u64,
    recorded_at: Timestamp,
    until: Instant,
}

impl Engine {
    /// Carries out an append from its checks to its outcome.
    pub(crate) async fn append(
        &self,
        stream: &StreamName,
        expected: ExpectedVersion,
        events: &[NewEvent],
        stamp: Stamp,
    ) -> Result<Appended, AppendError> {
        admission::check_request(events)?;
        if stream.namespace() != self.names.namespace {
            return Err(AppendError::Failed(StorageFault::new(EngineFault::OtherNamespace)));
        }
        let until = self.deadline();
        let Ok(_guard) = tokio::time::timeout_at(until, self.streams.lock(stream)).await else {
            return Err(not_written(EngineFault::NoAnswer(self.call_budget)));
        };
        let appended = match expected {
            ExpectedVersion::NoStream => {
                self.append_at(stream, expected, StreamVersion::FIRST, events, stamp, until).await
            }
            ExpectedVersion::Exact(version) => {
                self.append_at(stream, expected, version.next(), events, stamp, until).await
            }
            ExpectedVersion::Any | ExpectedVersion::StreamExists => {
                self.append_anywhere(stream, expected, events, until).await
            }
        }?;
        self.tail.saw(appended.position);
        Ok(appended)
    }

    async fn append_anywhere(
        &self,
        stream: &StreamName,
        expected: ExpectedVersion,
        events: &[NewEvent],
        until: Instant,
    ) -> Result<Appended, AppendError> {
        loop {
            let known =
                self.end_of_stream(stream, REPEAT_WINDOW_EVENTS, until).await.map_err(not_compared)?;
            let actual = known.last().map(|event| event.version);
            if actual.is_none() && expected == ExpectedVersion::StreamExists {
                return Err(AppendError::Conflict { stream: stream.clone(), expected, actual });
            }
            let first_id = events.first().map(|event| event.event_id);
            if let Some(index) = known.iter().position(|event| Some(event.event_id) == first_id) {
                let there = &known[index..known.len().min(index + events.len())];
                let is_repeat =
                    there.iter().map(|event| event.event_id).eq(events.iter().map(|event| event.event_id));
                return match there.last() {
                    Some(last) if is_repeat => Ok(Appended {
                        first_version: known[index].version,
                        last_version: last.version,
                        position: last.position,
                        recorded_at: last.recorded_at,
                        repeated: true,
                    }),
                    _ => Err(AppendError::DuplicateEventId { event_id: known[index].event_id }),
                };
            }
            let first = actual.map_or(StreamVersion::FIRST, StreamVersion::next);
            match self.append_at(stream, expected, first, events, Stamp::Now, until).await {
                Err(AppendError::Conflict { .. }) if pause(until).await.is_continue() => {}
                Err(AppendError::Conflict { .. }) => {
                    let last = EngineFault::Failed("the stream kept moving".to_owned());
                    return Err(not_written(EngineFault::BudgetSpent(Box::new(last))));
                }
                other => return other,
            }
        }
    }

    async fn append_at(
        &self,
        stream: &StreamName,
        expected: ExpectedVersion,
        first: StreamVersion,
        events: &[NewEvent],
        stamp: Stamp,
        until: Instant,
    ) -> Result<Appended, AppendError> {
        let horizon = self.tail.known().horizon();
        let recorded_at = match stamp {
            Stamp::Now => self.stamp(),
            Stamp::Given(recorded_at) => to_stored_precision(recorded_at),
        };
        let call = self.next_call();
        let placed = Placed { stream, expected, first, events, call, horizon, recorded_at, until };
        let last = first.number().saturating_add(events.len() as u64);
        // The server takes versions as signed numbers, and one past the largest would mean something else to it.
        if i64::try_from(last).is_err() {
            let actual = self.end_of_stream(stream, 1, until).await.map_err(not_compared)?;
            let actual = actual.last().map(|event| event.version);
            return Err(AppendError::Conflict { stream: stream.clone(), expected, actual });
        }
        let encoded =
            events.iter().map(|event| encode(event, call, recorded_at)).collect::<Result<Vec<_>, _>>();
        let encoded = encoded.map_err(|error| AppendError::Failed(StorageFault::new(error)))?;
        let mut is_unsure = false;
        let mut by = self.append_by;
        loop {
            let failure = match self.attempt_append(&placed, by, encoded.clone()).await {
                Ok(written) => return self.outcome(&placed, written).await,
                Err(failure) => failure,
            };
            match failure.meaning {
                Meaning::WrongVersion => {
                    return match self.found(&placed).await.map_err(not_compared)? {
                        Found::These { position, recorded_at, by_another } => {
                            Ok(placed.appended(position, recorded_at, by_another))
                        }
                        Found::Other { actual } => Err(placed.conflict(actual)),
                        // The stream was not at the version and now is: that takes a deletion.
                        Found::Nothing => Err(not_written(EngineFault::Contradiction(
                            "the stream is where the append expected it, but the append was refused",
                        ))),
                    };
                }
                Meaning::Refused => return Err(ended(is_unsure, failure.fault)),
                Meaning::NotDone => {}
                // No server says of an append that there is no such stream.
                Meaning::Unknown | Meaning::NoStream => {
                    is_unsure = true;
                    tracing::warn!(stream = %stream, fault = %failure.fault, "the outcome of an append is not known; comparing");
                    match self.found(&placed).await {
                        Ok(Found::These { position, recorded_at, by_another }) => {
                            return Ok(placed.appended(position, recorded_at, by_another));
                        }
                        Ok(Found::Other { actual }) => return Err(placed.conflict(actual)),
                        Err(ReadError::Corrupt(corrupt)) => return Err(corrupt.into()),
                        Ok(Found::Nothing) | Err(_) => {}
                    }
                }
            }
            // A session that has failed is not relied upon twice in one append.
            by = AppendBy::Call;
            if pause(until).await.is_break() {
                return Err(ended(is_unsure, EngineFault::BudgetSpent(Box::new(failure.fault))));
            }
        }
    }

    async fn attempt_append(
        &self,
        placed: &Placed<'_>,
        by: AppendBy,
        events: Vec<EventData>,
    ) -> Result<Written, Failure> {
        let stream = placed.stream.as_str().to_owned();
        let state = match placed.first.number().checked_sub(1) {
            None => StreamState::NoStream,
            Some(last) => StreamState::StreamRevision(last),
        };
        if by == AppendBy::Session {
            let written =
                self.link.append_in_session(placed.until, stream.clone(), state, events.clone()).await?;
            if let Some(written) = written {
                return Ok(written);
            }
        }
        self.link.append_by_call(placed.until, stream, state, events).await
    }

    /// The outcome of an append that the server says is there, by this call or an attempt of it. A position that cannot be
    /// right, as it stands before the append began, or that is not known to be exact, is not taken: what stands there is
    /// read.
    async fn outcome(&self, placed: &Placed<'_>, written: Written) -> Result<Appended, AppendError> {
        let confirmed = written
            .position
            .filter(|position| *position > placed.horizon && written.last_revision == placed.last().number());
        if let Some(position) = confirmed
            && self.confirmed.are_exact(placed.events.len())
        {
            return Ok(placed.appended(Position::from_raw(position), placed.recorded_at, false));
        }
        match self.found(placed).await {
            Ok(Found::These { position, recorded_at, by_another }) => {
                if let Some(confirmed) = confirmed {
                    self.confirmed.learn(placed.events.len(), confirmed, position.raw());
                }
                Ok(placed.appended(position, recorded_at, by_another))
            }
            Ok(Found::Nothing | Found::Other { .. }) => Err(unknown(EngineFault::Contradiction(
                "an append was confirmed, but other events stand in its place",
            ))),
            Err(ReadError::Corrupt(corrupt)) => Err(corrupt.into()),
            Err(error) => Err(AppendError::OutcomeUnknown(StorageFault::new(error))),
        }
    }

    /// Reads what stands where the append would have gone.
    async fn found(&self, placed: &Placed<'_>) -> Result<Found, ReadError> {
        let (page, sent_as) =
            self.page_as_sent(placed.stream, placed.first, placed.events.len(), placed.until).await?;
        let ids = page.events.iter().map(|event| event.event_id);
        if let Some(last) = page.events.last()
            && ids.eq(placed.events.iter().map(|event| event.event_id))
        {
            let by_another = sent_as != Some(sent_id(placed.call, last.event_id));
            return Ok(Found::These { position: last.position, recorded_at: last.recorded_at, by_another });
        }
        let next = page.last_version.map_or(StreamVersion::FIRST, StreamVersion::next);
        Ok(if next == placed.first { Found::Nothing } else { Found::Other { actual: page.last_version } })
    }
}

impl Placed<'_> {
    /// The version of its last event.
    fn last(&self) -> StreamVersion {
        StreamVersion::new(self.first.number() + self.events.len() as u64 - 1)
    }

    /// Its outcome, with its last event at this position.
    fn appended(&self, position: Position, recorded_at: Timestamp, repeated: bool) -> Appended {
        Appended { first_version: self.first, last_version: self.last(), position, recorded_at, repeated }
    }

    fn conflict(&self, actual: Option<StreamVersion>) -> AppendError {
        AppendError::Conflict { stream: self.stream.clone(), expected: self.expected, actual }
    }
}

fn not_written(fault: EngineFault) -> AppendError {
    AppendError::Failed(StorageFault::new(fault))
}

fn unknown(fault: EngineFault) -> AppendError {
    AppendError::OutcomeUnknown(StorageFault::new(fault))
}

/// The end of an append that was given up.
fn ended(is_unsure: bool, fault: EngineFault) -> AppendError {
    if is_unsure { unknown(fault) } else { not_written(fault) }
}

/// A read that was needed before anything was sent, or after a refusal, has failed: nothing was written.
fn not_compared(error: ReadError) -> AppendError {
    match error {
        ReadError::Corrupt(corrupt) => corrupt.into(),
        other => AppendError::Failed(StorageFault::new(other)),
    }
}
