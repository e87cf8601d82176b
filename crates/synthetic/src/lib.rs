//! A trust that never was: the history of any number of incidents, for a bench or a demonstration.
//!
//! The history is made as a server makes it: commands are decided by the domain's own rules, and what they decide is sealed, encoded and given
//! the metadata of its request by the engine. Only the way into the log is another: it is taken over in large batches, with the instants at
//! which it would have been recorded, because years pass in it.
//!
//! The same [`Trust`] makes the same history in every run, but for the nonces of what is sealed. Whoever writes one into a store that is kept
//! marks that store as synthetic when making it.
//!
//! - `chance`: choices that look like chance.
//! - `existing`: what an earlier run wrote.
//! - `life`: what becomes of one incident, planned when it is reported.
//! - `stream`: a stream as it grows.
//! - `words`: what is written down.

mod chance;
mod existing;
mod life;
mod stream;
mod words;

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

use candour_journal::{CopyError, Copying, ReadError, RecordedEvent};
use candour_service_kit::{Engine, Failure, caller::demo_identity};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use tokio::sync::mpsc;

use existing::Existing;
use life::{Life, Step};
use stream::Recorder;

/// Events written in one transaction.
pub const BATCH_EVENTS: usize = 4_096;
/// Batches that wait for the journal.
const BATCHES_WAITING: usize = 2;
/// Within how many minutes from eight in the morning the reports of a day come.
const REPORTING_MINUTES: u64 = 12 * 60;

/// Which history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trust {
    /// How many incidents are reported, spread evenly over the days.
    pub incidents: u64,
    /// The day of the first.
    pub first_day: Date,
    /// The last day of the history; what would come later has not happened yet.
    pub last_day: Date,
    /// Another seed is another trust.
    pub seed: u64,
}

/// What has been written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Incidents reported.
    pub incidents: u64,
    /// Events of the history that are in the log.
    pub events: u64,
    /// Those of them that an earlier run had written.
    pub found: u64,
}

/// Why a history was not written, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum SyntheticError {
    /// The first day lies after the last, or at an end of time.
    #[error("the days of the history are not a stretch of days")]
    Days,
    /// A text of this crate breaks the rule of its field: a defect of this crate.
    #[error("a text breaks the rule of its field: {0}")]
    Text(String),
    /// A rule refused what was planned: a defect of this crate.
    #[error("what was planned for the {category} was refused: {reason}")]
    Refused {
        /// The kind of stream.
        category: &'static str,
        /// The reason of the refusal.
        reason: &'static str,
    },
    /// Something was to happen to what is not there: a defect of this crate.
    #[error("something was planned that cannot happen")]
    OutOfPlan,
    /// No law governs the organisation on that day.
    #[error("no regime of the duty of candour governs the organisation on the days of the history")]
    NoRegime,
    /// Sealing or encoding failed.
    #[error("an event could not be given its stored form: {0}")]
    Stored(#[from] Failure),
    /// The log cannot be read.
    #[error("the log cannot be read")]
    Read(#[from] ReadError),
    /// The log holds something else than this history.
    #[error("the log holds another history than this one, from event {0} on; another folder can take it")]
    Another(u64),
    /// The journal did not take it.
    #[error("the journal did not take the history")]
    Journal(#[from] CopyError),
    /// The task that makes the history ended abnormally.
    #[error("making the history ended abnormally")]
    Abnormal,
}

/// Writes the history of a trust into a log that is empty, or holds a beginning of this history or all of it: what is there already is
/// compared and not written again. `report` is told after each batch how much of it is in the log.
///
/// # Errors
/// See [`SyntheticError`]; what was written before stays.
pub async fn write(
    trust: Trust,
    engine: &Engine,
    journal: &dyn Copying,
    mut report: impl FnMut(Written),
) -> Result<Written, SyntheticError> {
    let (batches, mut waiting) = mpsc::channel(BATCHES_WAITING);
    let engine = engine.clone();
    let making = tokio::task::spawn_blocking(move || make(trust, &engine, &batches));
    let mut existing = Existing::of(journal);
    let mut written = Written::default();
    while let Some((events, incidents)) = waiting.recv().await {
        let mut missing: Vec<RecordedEvent> = events;
        written.incidents = incidents;
        written.events += missing.len() as u64;
        let found = existing.at_the_beginning_of(&missing).await?;
        written.found += found as u64;
        missing.drain(..found);
        journal.copy(missing).await?;
        report(written);
    }
    making.await.map_err(|_| SyntheticError::Abnormal)??;
    Ok(written)
}

/// Makes the history and hands it out in batches, each with the number of incidents reported so far.
fn make(
    trust: Trust,
    engine: &Engine,
    batches: &mpsc::Sender<(Vec<RecordedEvent>, u64)>,
) -> Result<(), SyntheticError> {
    let caller = &demo_identity(None)?;
    let mut recorder = Recorder { engine, caller, events: Vec::with_capacity(BATCH_EVENTS) };
    let mut history = History::new(trust)?;
    while history.next(&mut recorder)? {
        if recorder.events.len() >= BATCH_EVENTS {
            let batch = std::mem::replace(&mut recorder.events, Vec::with_capacity(BATCH_EVENTS));
            if batches.blocking_send((batch, history.reported)).is_err() {
                // Whoever takes them has failed, and says so itself.
                return Ok(());
            }
        }
    }
    // If nobody takes the rest, the same holds.
    let _ = batches.blocking_send((recorder.events, history.reported)).is_ok();
    Ok(())
}

/// The lives that are being lived, and what comes next in each.
struct History {
    trust: Trust,
    first_day: Timestamp,
    days: u64,
    end: Timestamp,
    reported: u64,
    lives: HashMap<u64, Life>,
    agenda: BinaryHeap<Reverse<(Timestamp, u64, Step)>>,
}

impl History {
    fn new(trust: Trust) -> Result<Self, SyntheticError> {
        let morning = |day: Date| {
            let at = day.at(8, 0, 0, 0).to_zoned(TimeZone::UTC).map_err(|_| SyntheticError::Days)?;
            Ok::<_, SyntheticError>(at.timestamp())
        };
        let days = (trust.last_day - trust.first_day).get_days();
        Ok(Self {
            trust,
            first_day: morning(trust.first_day)?,
            days: u64::try_from(days).map_err(|_| SyntheticError::Days)? + 1,
            end: morning(trust.last_day.tomorrow().map_err(|_| SyntheticError::Days)?)?,
            reported: 0,
            lives: HashMap::new(),
            agenda: BinaryHeap::new(),
        })
    }

    /// Lives the next step of any life. False once there is none before the end.
    fn next(&mut self, recorder: &mut Recorder<'_>) -> Result<bool, SyntheticError> {
        let report_at = (self.reported < self.trust.incidents).then(|| self.reported_at(self.reported));
        let next_at = self.agenda.peek().map(|Reverse((at, ..))| *at);
        if let Some(at) = report_at
            && next_at.is_none_or(|next| at <= next)
        {
            let number = self.reported;
            self.reported += 1;
            let (life, steps) = Life::new(recorder.engine, self.trust.seed, number, at)?;
            self.lives.insert(number, life);
            self.agenda.extend(steps.into_iter().map(|(at, step)| Reverse((at, number, step))));
        }
        let Some(Reverse((at, number, step))) = self.agenda.pop() else { return Ok(false) };
        if at >= self.end {
            return Ok(false);
        }
        let Some(life) = self.lives.get_mut(&number) else { return Err(SyntheticError::OutOfPlan) };
        life.live(recorder, at, &step)?;
        life.remaining -= 1;
        if life.remaining == 0 {
            self.lives.remove(&number);
        }
        Ok(true)
    }

    /// When an incident is reported: the incidents of a day are spread over its hours.
    fn reported_at(&self, number: u64) -> Timestamp {
        let (incidents, days) = (u128::from(self.trust.incidents.max(1)), u128::from(self.days));
        let place = u128::from(number) * days;
        let day = i64::try_from(place / incidents).unwrap_or(i64::MAX);
        let microseconds = u128::from(REPORTING_MINUTES) * 60_000_000 * (place % incidents) / incidents;
        let offset = SignedDuration::from_hours(day.saturating_mul(24))
            + SignedDuration::from_micros(i64::try_from(microseconds).unwrap_or_default());
        self.first_day.checked_add(offset).unwrap_or(Timestamp::MAX)
    }
}
