//! Taking over the log of another store: one append after the other, so that the order stays.

use async_trait::async_trait;
use candour_journal::limits::{APPEND_BYTES_MAX, EVENTS_PER_APPEND_MAX};
use candour_journal::{
    AppendError, CopyError, Copying, ExpectedVersion, NewEvent, RecordedEvent, StreamVersion,
};

use crate::append::Stamp;
use crate::engine::Engine;
use crate::journal::KurrentJournal;

#[async_trait]
impl Copying for KurrentJournal {
    async fn copy(&self, events: Vec<RecordedEvent>) -> Result<(), CopyError> {
        let mut rest = events.as_slice();
        while let Some(first) = rest.first() {
            let together = length_of_run(rest);
            self.engine().copy_run(first, &rest[..together]).await?;
            rest = &rest[together..];
        }
        Ok(())
    }
}

impl Engine {
    /// Appends events of one stream, recorded at one instant, right behind each other.
    async fn copy_run(&self, first: &RecordedEvent, run: &[RecordedEvent]) -> Result<(), CopyError> {
        let out_of_place = || CopyError::OutOfPlace { stream: first.stream.clone(), version: first.version };
        let expected = match first.version.number().checked_sub(1) {
            None => ExpectedVersion::NoStream,
            Some(before) => ExpectedVersion::Exact(StreamVersion::new(before)),
        };
        let events: Vec<NewEvent> = run.iter().map(as_new).collect();
        // Its own later appends must not be stamped earlier than what it took over.
        self.stamp_no_earlier_than(first.recorded_at);
        match self.append(&first.stream, expected, &events, Stamp::Given(first.recorded_at)).await {
            Ok(appended) if appended.repeated => Err(out_of_place()),
            Ok(_) => Ok(()),
            Err(AppendError::Conflict { .. }) => Err(out_of_place()),
            Err(error) => Err(error.into()),
        }
    }
}

/// How many of the events can go in one append: of one stream, recorded at one instant, within the limits.
fn length_of_run(events: &[RecordedEvent]) -> usize {
    let Some(first) = events.first() else { return 0 };
    let mut bytes = 0_usize;
    let fits = |(index, event): &(usize, &RecordedEvent)| {
        bytes = bytes.saturating_add(event.bytes());
        *index == 0
            || (event.stream == first.stream
                && event.recorded_at == first.recorded_at
                && event.version.number() == first.version.number() + *index as u64
                && *index < EVENTS_PER_APPEND_MAX
                && bytes <= APPEND_BYTES_MAX)
    };
    events.iter().enumerate().take_while(fits).count()
}

fn as_new(event: &RecordedEvent) -> NewEvent {
    NewEvent {
        event_id: event.event_id,
        event_type: event.event_type.clone(),
        occurred_at: event.occurred_at,
        metadata: event.metadata.clone(),
        data: event.data.clone(),
    }
}
