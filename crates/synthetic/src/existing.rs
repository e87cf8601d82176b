//! What an earlier run wrote of a history, so that nothing is written twice.

use std::collections::VecDeque;

use candour_journal::{Journal, Position, RecordedEvent, limits::PAGE_EVENTS_MAX};

use crate::SyntheticError;

/// The events of a log, in order, a page at a time.
pub(crate) struct Existing<'a> {
    journal: &'a dyn Journal,
    after: Position,
    page: VecDeque<RecordedEvent>,
    taken: u64,
    is_over: bool,
}

impl<'a> Existing<'a> {
    pub(crate) fn of(journal: &'a dyn Journal) -> Self {
        Self { journal, after: Position::BEFORE_FIRST, page: VecDeque::new(), taken: 0, is_over: false }
    }

    /// How many of these events, from the first on, are next in the log. Where the log goes on with others it is not of this history.
    pub(crate) async fn at_the_beginning_of(
        &mut self,
        events: &[RecordedEvent],
    ) -> Result<usize, SyntheticError> {
        for (index, event) in events.iter().enumerate() {
            match self.next().await? {
                None => return Ok(index),
                Some(found) if is_same(&found, event) => self.taken += 1,
                Some(_) => return Err(SyntheticError::Another(self.taken + 1)),
            }
        }
        Ok(events.len())
    }

    async fn next(&mut self) -> Result<Option<RecordedEvent>, SyntheticError> {
        if self.page.is_empty() && !self.is_over {
            let page = self.journal.read_all(self.after, PAGE_EVENTS_MAX).await?;
            self.is_over = page.reached_head(self.after);
            self.after = page.events.last().map_or(self.after, |event| event.position);
            self.page = page.events.into();
        }
        let next = self.page.pop_front();
        // What is appended later is not of an earlier run.
        self.is_over |= next.is_none();
        Ok(next)
    }
}

/// All but what is sealed or keyed, which differs from one set of keys to another.
fn is_same(one: &RecordedEvent, other: &RecordedEvent) -> bool {
    let of = |event: &RecordedEvent| {
        (event.event_id, event.version, event.occurred_at, event.recorded_at, event.event_type.clone())
    };
    one.stream == other.stream && of(one) == of(other)
}
