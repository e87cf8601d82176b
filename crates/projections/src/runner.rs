//! Follows the log and folds it into the read model.

use std::sync::Arc;

use candour_journal::{AllPage, Journal, Position, ReadError, Unavailable, next_page};
use rusqlite::Connection;
use tokio_util::sync::CancellationToken;

use crate::{
    fold, limits,
    observer::{Batch, FoldObserver, Folded},
    query::QueryError,
    read_model::{Grounds, Progress, ReadModel, Stopped},
};

/// The one process that writes the read model. No side effects beyond it: a rebuild cannot send anything.
pub struct Runner {
    journal: Arc<dyn Journal>,
    read_model: ReadModel,
    observer: Option<Arc<dyn FoldObserver>>,
}

/// Why a runner ended.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Another runner writes this read model.
    #[error("another runner writes this read model")]
    AlreadyRunning,
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The read model could not be written.
    #[error("the read model cannot be written: {0}")]
    Database(#[from] rusqlite::Error),
    /// What was folded cannot be counted: a defect, or a damaged file.
    #[error("the figures cannot be kept: {0}")]
    Uncountable(QueryError),
    /// The log ends before what is folded, so the rows may tell of events that are no longer there. Opening the read model again discards it.
    #[error("the log ends at {head}, before what is folded: the store was put back to an earlier state")]
    PutBack {
        /// The last position of the log.
        head: Position,
    },
    /// The fold panicked: a defect.
    #[error("the fold ended abnormally")]
    Abnormal,
}

impl Runner {
    /// A runner from a log into a read model.
    pub fn new(journal: Arc<dyn Journal>, read_model: ReadModel) -> Self {
        Self { journal, read_model, observer: None }
    }

    /// The same, watched.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn FoldObserver>) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// Runs until cancelled, or until an event cannot be folded: then the read model says so ([`Progress::stopped`]), queries fail instead of
    /// answering with stale figures, and the runner waits to be cancelled. It starts again from its checkpoint.
    ///
    /// While the engine of the log does not answer, the runner waits and tries again.
    /// A log that cannot be read or was put back, and a read model that cannot be written, are shown in the same way before the error is returned.
    pub async fn run(self, cancelled: CancellationToken) -> Result<(), RunError> {
        let mut connection = Some(self.read_model.take_writer().ok_or(RunError::AlreadyRunning)?);
        let outcome = self.follow(&mut connection, &cancelled).await;
        if let Some(connection) = connection {
            self.read_model.give_writer(connection);
        }
        if let Err(error) = &outcome {
            let progress = self.read_model.progress();
            let stopped =
                Stopped { position: progress.position, reason: format!("after this position: {error}") };
            self.read_model.publish(Progress { stopped: Some(stopped), ..progress });
        }
        outcome
    }

    async fn follow(
        &self,
        writer: &mut Option<Connection>,
        cancelled: &CancellationToken,
    ) -> Result<(), RunError> {
        let mut changes = self.journal.changes();
        while let Some(connection) = writer.take() {
            let after = self.read_model.progress().position;
            let page = tokio::select! {
                () = cancelled.cancelled() => Err(ReadError::Unavailable(Unavailable::ShuttingDown)),
                page = next_page(self.journal.as_ref(), &mut changes, after, limits::BATCH_EVENTS_MAX) => page,
            };
            let page = match page {
                Ok(page) => page,
                // An engine elsewhere that cannot be reached comes back; until then health says so and nothing is folded.
                Err(ReadError::Unavailable(Unavailable::NotAnswering)) => {
                    *writer = Some(connection);
                    tokio::select! {
                        () = cancelled.cancelled() => return Ok(()),
                        () = tokio::time::sleep(limits::READ_AGAIN_AFTER) => continue,
                    }
                }
                Err(error) => {
                    *writer = Some(connection);
                    let is_over = cancelled.is_cancelled() && matches!(error, ReadError::Unavailable(_));
                    return if is_over { Ok(()) } else { Err(error.into()) };
                }
            };
            if page.head < after {
                *writer = Some(connection);
                return Err(RunError::PutBack { head: page.head });
            }
            let reached_head = page.reached_head(after);
            let newest = page.events.last().map(|event| event.recorded_at);
            let folding = self.observer.as_ref().and_then(|observer| {
                Batch::of(&page, observer.traces_max()).map(|batch| observer.begins(&batch))
            });
            let grounds = self.read_model.grounds().clone();
            let (connection, outcome) = fold_page(connection, page, Some(grounds)).await?;
            *writer = Some(connection);
            let progress = outcome?;
            if let (Some(folding), Some(newest)) = (folding, newest) {
                folding.ends(Folded { newest, reached_head, stopped: progress.stopped.is_some() });
            }
            if let Some(stopped) = &progress.stopped {
                tracing::error!(position = %stopped.position, reason = %stopped.reason, "projections stopped");
                self.read_model.publish(progress);
                cancelled.cancelled().await;
                return Ok(());
            }
            self.read_model.publish(progress);
        }
        Ok(())
    }
}

impl From<QueryError> for RunError {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Database(error) => Self::Database(error),
            error @ QueryError::Undecodable(_) => Self::Uncountable(error),
        }
    }
}

/// Folds a page on a blocking thread and hands the connection back.
pub(crate) async fn fold_page(
    mut connection: Connection,
    page: AllPage,
    grounds: Option<Grounds>,
) -> Result<(Connection, Result<Progress, QueryError>), RunError> {
    tokio::task::spawn_blocking(move || {
        let outcome = fold::page(&mut connection, &page, grounds.as_ref());
        (connection, outcome)
    })
    .await
    .map_err(|_| RunError::Abnormal)
}
