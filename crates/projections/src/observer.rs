//! What a runner tells of each batch it folds: how much, how old, and by which requests. For telemetry; nothing here changes what is folded.

use candour_journal::AllPage;
use candour_records::{Metadata, TraceParent};
use jiff::Timestamp;

/// Watches a runner.
pub trait FoldObserver: Send + Sync {
    /// How many of a batch's trace contexts are wanted at most. They are read from the events, so none is the cheapest.
    fn traces_max(&self) -> usize;

    /// A batch was read and is folded next. What is returned is told the end.
    fn begins(&self, batch: &Batch) -> Box<dyn Folding>;
}

/// A batch being folded. Dropping it says that the batch was not folded.
pub trait Folding: Send {
    /// The batch is folded and committed.
    fn ends(self: Box<Self>, folded: Folded);
}

/// A batch that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// How many events.
    pub events: usize,
    /// When the first of them was recorded; none of them earlier.
    pub oldest: Timestamp,
    /// The traces in which its events were recorded, each once, oldest first: at most as many as were wanted.
    pub traces: Vec<TraceParent>,
}

/// How folding a batch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folded {
    /// When the last event of the batch was recorded.
    pub newest: Timestamp,
    /// Whether nothing followed the batch when it was read.
    pub reached_head: bool,
    /// Whether folding stopped at an event of the batch.
    pub stopped: bool,
}

impl Batch {
    /// What there is to tell of a page; `None` where it holds no events.
    pub(crate) fn of(page: &AllPage, traces_max: usize) -> Option<Self> {
        let oldest = page.events.first()?.recorded_at;
        let mut traces: Vec<TraceParent> = Vec::new();
        let mut events = page.events.iter();
        while traces.len() < traces_max
            && let Some(event) = events.next()
        {
            // One that cannot be decoded stops the fold itself, which says so.
            let trace = Metadata::decode(&event.metadata).ok().and_then(|metadata| metadata.traceparent);
            traces.extend(trace.filter(|trace| !traces.contains(trace)));
        }
        Some(Self { events: page.events.len(), oldest, traces })
    }
}
