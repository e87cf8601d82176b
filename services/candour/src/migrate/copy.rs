//! The copy itself, and the comparison of the two logs.

use candour_journal::{Copying, Journal, Position, RecordedEvent, limits};
use indicatif::ProgressBar;
use jiff::Timestamp;

/// How many events were copied.
pub(super) struct Copied {
    /// By this run.
    pub(super) now: u64,
    /// By an earlier one.
    pub(super) earlier: u64,
}

/// What was compared.
pub(super) struct Compared {
    pub(super) events: u64,
    /// When the first and the last event were recorded; `None` in an empty log.
    pub(super) recorded: Option<(Timestamp, Timestamp)>,
}

/// One log read from its beginning, event by event.
struct Walk<'a> {
    journal: &'a dyn Journal,
    page: std::vec::IntoIter<RecordedEvent>,
    after: Position,
    is_over: bool,
}

impl<'a> Walk<'a> {
    fn new(journal: &'a dyn Journal) -> Self {
        Self { journal, page: Vec::new().into_iter(), after: Position::BEFORE_FIRST, is_over: false }
    }

    async fn next(&mut self) -> anyhow::Result<Option<RecordedEvent>> {
        loop {
            if let Some(event) = self.page.next() {
                self.after = event.position;
                return Ok(Some(event));
            }
            if self.is_over {
                return Ok(None);
            }
            let page = self.journal.read_all(self.after, limits::PAGE_EVENTS_MAX).await?;
            self.is_over = page.reached_head(self.after);
            self.page = page.events.into_iter();
        }
    }
}

/// Compares what the target holds with the beginning of the source, and copies the rest.
pub(super) async fn all(
    source: &dyn Journal,
    target: &dyn Copying,
    bar: &ProgressBar,
) -> anyhow::Result<Copied> {
    bar.set_length(source.head().await?.raw());
    bar.set_message("copying");
    let mut copied = Copied { now: 0, earlier: 0 };
    let mut there = Walk::new(target);
    let mut from = Walk::new(source);
    let mut missing = Vec::new();
    let mut is_behind = false;
    while let Some(event) = from.next().await? {
        let position = event.position.raw();
        if !is_behind {
            match there.next().await? {
                Some(found) => {
                    refuse_difference(&event, &found)?;
                    copied.earlier += 1;
                    bar.set_position(position);
                    continue;
                }
                None => is_behind = true,
            }
        }
        missing.push(event);
        if missing.len() == limits::PAGE_EVENTS_MAX {
            copied.now += missing.len() as u64;
            target.copy(std::mem::take(&mut missing)).await?;
            bar.set_position(position);
        }
    }
    copied.now += missing.len() as u64;
    target.copy(missing).await?;
    Ok(copied)
}

/// Compares the two logs from beginning to end.
pub(super) async fn compare(
    source: &dyn Journal,
    target: &dyn Journal,
    bar: &ProgressBar,
) -> anyhow::Result<Compared> {
    bar.set_position(0);
    bar.set_message("comparing events");
    let (mut from, mut there) = (Walk::new(source), Walk::new(target));
    let mut compared = Compared { events: 0, recorded: None };
    loop {
        match (from.next().await?, there.next().await?) {
            (Some(event), Some(found)) => {
                refuse_difference(&event, &found)?;
                compared.events += 1;
                let first = compared.recorded.map_or(event.recorded_at, |(first, _)| first);
                compared.recorded = Some((first, event.recorded_at));
                bar.set_position(event.position.raw());
            }
            (None, None) => return Ok(compared),
            (Some(event), None) => {
                anyhow::bail!("the copy lacks event {} at position {}", event.event_id, event.position)
            }
            (None, Some(found)) => anyhow::bail!(
                "the copy holds event {} at position {}, which the source does not: something was recorded there",
                found.event_id,
                found.position
            ),
        }
    }
}

/// Names the first thing in which two events differ that should be the same. Positions are each store's own.
fn refuse_difference(event: &RecordedEvent, found: &RecordedEvent) -> anyhow::Result<()> {
    let differs = [
        ("stream", event.stream != found.stream),
        ("version", event.version != found.version),
        ("event id", event.event_id != found.event_id),
        ("type", event.event_type != found.event_type),
        ("time of occurrence", event.occurred_at != found.occurred_at),
        ("time of recording", event.recorded_at != found.recorded_at),
        ("metadata", event.metadata != found.metadata),
        ("data", event.data != found.data),
    ];
    match differs.into_iter().find(|(_, differs)| *differs) {
        None => Ok(()),
        Some((what, _)) => anyhow::bail!(
            "the logs differ in the {what} of the event at position {} of the source ({}) and position {} of the copy ({}): \
             nothing was changed; if something was recorded in the copy meanwhile, copy into an engine, folder or namespace without events",
            event.position,
            event.event_id,
            found.position,
            found.event_id
        ),
    }
}
