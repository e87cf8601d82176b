//! What is measured and traced of folding.
//!
//! A batch holds the events of many requests, so its span is part of none of their traces: it is a root of its own, linked to each of them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};

use candour_projections::observer::{Batch, FoldObserver, Folded, Folding};
use candour_telemetry::{
    Histogram, TRACED,
    catalogue::{BATCH_DURATION, BATCH_EVENTS},
    limits::LINKS_MAX,
    links,
};
use jiff::Timestamp;

/// Watches the runner.
pub(crate) struct Folds {
    oldest_unfolded: Arc<OldestUnfolded>,
    duration: Histogram<f64>,
    events: Histogram<f64>,
    /// Whether spans are exported; without that no event is looked into for its trace.
    is_traced: bool,
}

impl Folds {
    /// Telemetry is started before.
    pub(crate) fn new(is_traced: bool) -> Self {
        Self {
            oldest_unfolded: Arc::default(),
            duration: BATCH_DURATION.histogram(),
            events: BATCH_EVENTS.histogram(),
            is_traced,
        }
    }

    /// When the oldest event was recorded that was read and is not folded.
    pub(crate) fn oldest_unfolded(&self) -> Arc<OldestUnfolded> {
        Arc::clone(&self.oldest_unfolded)
    }
}

/// When the oldest event was recorded that was read and is not folded; in microseconds, to be read without waiting.
pub(crate) struct OldestUnfolded(AtomicI64);

/// No event is waiting.
const NONE: i64 = i64::MIN;

impl Default for OldestUnfolded {
    fn default() -> Self {
        Self(AtomicI64::new(NONE))
    }
}

impl OldestUnfolded {
    fn set(&self, recorded_at: Option<Timestamp>) {
        self.0.store(recorded_at.map_or(NONE, Timestamp::as_microsecond), Ordering::Relaxed);
    }

    /// How long ago that was; 0 where nothing waits.
    pub(crate) fn lag_seconds(&self, now: Timestamp) -> f64 {
        let oldest = self.0.load(Ordering::Relaxed);
        if oldest == NONE {
            return 0.0;
        }
        match Timestamp::from_microsecond(oldest) {
            Ok(oldest) => now.duration_since(oldest).as_secs_f64().max(0.0),
            Err(_) => 0.0,
        }
    }
}

impl FoldObserver for Folds {
    fn traces_max(&self) -> usize {
        if self.is_traced { LINKS_MAX } else { 0 }
    }

    fn begins(&self, batch: &Batch) -> Box<dyn Folding> {
        self.oldest_unfolded.set(Some(batch.oldest));
        let span = tracing::info_span!(
            target: TRACED,
            parent: None,
            "fold",
            otel.kind = "internal",
            candour.batch.events = batch.events as u64,
        );
        links::follows_from(&span, batch.traces.iter().map(candour_records::TraceParent::as_str));
        Box::new(BatchUnderWay {
            span,
            begun: Instant::now(),
            events: batch.events as u64,
            oldest_unfolded: Arc::clone(&self.oldest_unfolded),
            duration: self.duration.clone(),
            sizes: self.events.clone(),
            is_folded: false,
        })
    }
}

/// A batch being folded.
struct BatchUnderWay {
    span: tracing::Span,
    begun: Instant,
    events: u64,
    oldest_unfolded: Arc<OldestUnfolded>,
    duration: Histogram<f64>,
    sizes: Histogram<f64>,
    is_folded: bool,
}

impl Folding for BatchUnderWay {
    fn ends(mut self: Box<Self>, folded: Folded) {
        self.is_folded = !folded.stopped;
        self.duration.record(self.begun.elapsed().as_secs_f64(), &[]);
        self.sizes.record(super::journal::count(self.events), &[]);
        // Where it stopped, the event that it stopped at goes on waiting.
        if !folded.stopped {
            self.oldest_unfolded.set((!folded.reached_head).then_some(folded.newest));
        }
    }
}

impl Drop for BatchUnderWay {
    fn drop(&mut self) {
        if !self.is_folded {
            links::failed(&self.span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_lag_is_the_age_of_the_oldest_event_that_waits_and_stays_where_folding_stops() {
        let folds = Folds::new(false);
        let lag = |now| folds.oldest_unfolded.lag_seconds(at(now));
        let is = |lag: f64, seconds: f64| (lag - seconds).abs() < 1e-9;
        assert!(is(lag(1_000), 0.0), "nothing was read yet");
        let batch = |oldest| Batch { events: 3, oldest: at(oldest), traces: Vec::new() };
        let folded = |newest, reached_head, stopped| Folded { newest: at(newest), reached_head, stopped };

        let under_way = folds.begins(&batch(100));
        assert!(is(lag(130), 30.0));
        under_way.ends(folded(110, false, false));
        assert!(is(lag(130), 20.0), "more waits, none of it older than the newest that is folded");
        folds.begins(&batch(115)).ends(folded(120, true, false));
        assert!(is(lag(130), 0.0), "everything is folded");
        folds.begins(&batch(125)).ends(folded(126, true, true));
        assert!(is(lag(130), 5.0) && is(lag(4_000), 3_875.0), "it grows while folding is stopped");
        assert!(is(lag(0), 0.0), "a clock that is behind makes no negative lag");
    }
}
