//! Following the log without polling.

use tokio::sync::watch;

use crate::{AllPage, Journal, Position, ReadError, Unavailable};

/// Reads the next page after a position, waiting until there is one.
///
/// `changes` is a receiver from [`Journal::changes`] of the same journal. The page holds at least one event, unless the
/// head lies *below* `after`: then it is returned empty at once, because the reader is ahead of the store and waiting
/// would hide that.
///
/// # Errors
/// Those of [`Journal::read_all`], and [`ReadError::Unavailable`] once everything has
/// been read and the journal takes no more appends.
pub async fn next_page(
    journal: &dyn Journal,
    changes: &mut watch::Receiver<Position>,
    after: Position,
    limit: usize,
) -> Result<AllPage, ReadError> {
    loop {
        let page = journal.read_all(after, limit).await?;
        if !page.events.is_empty() || page.head < after {
            return Ok(page);
        }
        if changes.wait_for(|head| *head > after).await.is_err() {
            // The last appends may have been published after the page was read and before the journal closed.
            let page = journal.read_all(after, limit).await?;
            if page.events.is_empty() {
                return Err(Unavailable::Stopped.into());
            }
            return Ok(page);
        }
    }
}
