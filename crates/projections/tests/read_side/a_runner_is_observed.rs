//! What a runner tells of its batches is what it folded: how much, how old, in whose traces, and nothing of a batch that was not folded.

use std::sync::{Arc, Mutex};

use candour_journal::Journal;
use candour_projections::{
    Runner,
    observer::{Batch, FoldObserver, Folded, Folding},
};
use candour_records::{Metadata, TraceParent};
use rusqlite::Connection;
use tempfile::tempdir;
use tokio_util::sync::CancellationToken;

use crate::fixture::{Story, holding, open};

/// Keeps what it is told.
struct Told {
    traces_max: usize,
    begun: Mutex<Vec<Batch>>,
    ended: Arc<Mutex<Vec<Folded>>>,
}

impl Told {
    fn wanting(traces_max: usize) -> Arc<Self> {
        Arc::new(Self { traces_max, begun: Mutex::default(), ended: Arc::default() })
    }
}

impl FoldObserver for Told {
    fn traces_max(&self) -> usize {
        self.traces_max
    }

    fn begins(&self, batch: &Batch) -> Box<dyn Folding> {
        self.begun.lock().unwrap().push(batch.clone());
        Box::new(UnderWay(Arc::clone(&self.ended)))
    }
}

struct UnderWay(Arc<Mutex<Vec<Folded>>>);

impl Folding for UnderWay {
    fn ends(self: Box<Self>, folded: Folded) {
        self.0.lock().unwrap().push(folded);
    }
}

/// The story with the first event in no trace, the next two in one, and each other in a trace of its own.
fn traced() -> (Story, Vec<TraceParent>) {
    let mut story = Story::told();
    let mut traces = Vec::new();
    for (number, step) in story.steps.iter_mut().enumerate().skip(1) {
        let number = number.max(2);
        let trace = TraceParent::parse(&format!("00-{number:032x}-{number:016x}-00")).unwrap();
        let metadata = Metadata::decode(&step.event.metadata).unwrap();
        step.event.metadata = Metadata { traceparent: Some(trace.clone()), ..metadata }.encode().unwrap();
        traces.push(trace);
    }
    traces.dedup();
    (story, traces)
}

#[tokio::test]
async fn a_batch_tells_its_size_its_age_and_each_trace_once_up_to_as_many_as_are_wanted() {
    let (story, traces) = traced();
    for wanted in [0, 1, 3, 1_000] {
        let folder = tempdir().unwrap();
        let journal: Arc<dyn Journal> = holding(&story.steps).await;
        let read_model = open(&folder.path().join("read-model"), journal.as_ref()).await;
        let (told, stop) = (Told::wanting(wanted), CancellationToken::new());
        let runner =
            Runner::new(journal, read_model.clone()).observed_by(Arc::clone(&told) as Arc<dyn FoldObserver>);
        let running = tokio::spawn(runner.run(stop.clone()));
        let progress = read_model.wait_for(story.head(), std::time::Duration::from_secs(9)).await;
        assert_eq!(progress.position, story.head());

        let expected: Vec<_> = traces.iter().take(wanted).cloned().collect();
        let oldest = story.steps[0].recorded_at;
        assert_eq!(
            *told.begun.lock().unwrap(),
            [Batch { events: story.steps.len(), oldest, traces: expected }]
        );
        // Who waits for a position finds everything told that led to it.
        let newest = story.steps.last().unwrap().recorded_at;
        assert_eq!(*told.ended.lock().unwrap(), [Folded { newest, reached_head: true, stopped: false }]);
        stop.cancel();
        running.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn of_a_batch_that_could_not_be_written_no_end_is_told() {
    let (story, _) = traced();
    let folder = tempdir().unwrap();
    let path = folder.path().join("read-model");
    let journal: Arc<dyn Journal> = holding(&story.steps).await;
    let read_model = open(&path, journal.as_ref()).await;
    Connection::open(&path)
        .unwrap()
        .execute_batch(
            "CREATE TRIGGER failing BEFORE UPDATE ON read_model BEGIN SELECT RAISE(ABORT, 'injected'); END",
        )
        .unwrap();
    let told = Told::wanting(0);
    let runner = Runner::new(journal, read_model).observed_by(Arc::clone(&told) as Arc<dyn FoldObserver>);
    runner.run(CancellationToken::new()).await.unwrap_err();
    assert_eq!(told.begun.lock().unwrap().len(), 1);
    assert!(told.ended.lock().unwrap().is_empty());
}
