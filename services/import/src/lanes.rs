//! A stream of rows, applied several at a time.
//!
//! A log that commits many writers at once is fast only with many writers. So rows go to lanes that work side by side; rows about one
//! incident go to the same lane, in the order sent. Every lane holds one row waiting and one in hand, so a stream that comes faster than the
//! store can take waits.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, OnceLock},
};

use candour_api::v1::{ImportRecordsRequest, ImportRecordsResponse};
use candour_service_kit::Failure;
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tonic::{Status, Streaming};

use crate::apply::{Applier, Sender};

/// How many rows of one stream are applied at the same time.
pub const ROWS_AT_ONCE: usize = 64;
/// How many rows wait in one lane.
const ROWS_WAITING: usize = 1;

/// The answers to a stream of rows.
pub(crate) type Answers = mpsc::Sender<Result<ImportRecordsResponse, Status>>;

/// One stream of rows.
#[derive(Clone)]
pub(crate) struct Lanes {
    pub(crate) applier: Applier,
    pub(crate) sender: Sender,
    pub(crate) answers: Answers,
    /// Nobody waits for further rows: the caller went away, or the store cannot go on.
    ending: CancellationToken,
    why: Arc<OnceLock<Failure>>,
}

impl Lanes {
    pub(crate) fn new(applier: Applier, sender: Sender, answers: Answers) -> Self {
        Self { applier, sender, answers, ending: CancellationToken::new(), why: Arc::new(OnceLock::new()) }
    }

    /// Applies every row and answers each. A server that is to stop takes no further row, answers those it took, and says so.
    /// `place` is given back when every row has its answer.
    pub(crate) async fn run(
        self,
        mut rows: Streaming<ImportRecordsRequest>,
        stopping: CancellationToken,
        place: OwnedSemaphorePermit,
    ) {
        let mut working = JoinSet::new();
        let lanes: Vec<_> = (0..ROWS_AT_ONCE)
            .map(|_| {
                let (lane, waiting) = mpsc::channel(ROWS_WAITING);
                working.spawn(self.clone().work(waiting));
                lane
            })
            .collect();
        loop {
            let next = tokio::select! {
                biased;
                () = self.ending.cancelled() => break,
                () = stopping.cancelled() => {
                    self.end(Failure::Stopping);
                    break;
                }
                next = rows.message() => next,
            };
            match next {
                Ok(None) => break,
                Ok(Some(row)) => {
                    if lanes[lane_of(&row)].send(row).await.is_err() {
                        break;
                    }
                }
                Err(status) => {
                    let message = status.message().to_owned();
                    self.end(Failure::Transport { code: status.code(), message });
                    break;
                }
            }
        }
        drop(lanes);
        while let Some(worked) = working.join_next().await {
            if worked.is_err() {
                self.end(Failure::Internal("a lane of an import ended abnormally".to_owned()));
            }
        }
        drop(place);
        // Last, so that every row that was applied has its answer.
        let Self { answers, why, .. } = self;
        if let Some(failure) = Arc::into_inner(why).and_then(OnceLock::into_inner) {
            // A caller that went away needs no reason.
            let _ = answers.send(Err(failure.into())).await;
        }
    }

    /// Applies the rows of one lane, one after the other.
    async fn work(self, mut waiting: mpsc::Receiver<ImportRecordsRequest>) {
        while let Some(row) = waiting.recv().await {
            match self.applier.apply(&self.sender, row).await {
                Ok(answer) => {
                    if self.answers.send(Ok(answer)).await.is_err() {
                        self.ending.cancel();
                        return;
                    }
                }
                Err(failure) => {
                    self.end(failure);
                    return;
                }
            }
        }
    }

    /// No further row is taken, for this reason; the first one counts.
    fn end(&self, failure: Failure) {
        let _ = self.why.set(failure);
        self.ending.cancel();
    }
}

/// Rows about one incident share a lane. One without an id is recognised by its content alone, so any lane will do.
fn lane_of(row: &ImportRecordsRequest) -> usize {
    let mut hasher = DefaultHasher::new();
    row.source_system.hash(&mut hasher);
    row.incident_source_id.hash(&mut hasher);
    if row.incident_source_id.is_empty() {
        row.row.hash(&mut hasher);
    }
    let lanes = u64::try_from(ROWS_AT_ONCE).unwrap_or(1);
    usize::try_from(hasher.finish() % lanes).unwrap_or(0)
}
