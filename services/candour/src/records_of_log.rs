//! Every record of a log read as a command would read it: decoded, and every personal field opened with the keys.

use candour_domain::{
    action::Action, candour_case::CandourCase, feedback::Feedback, incident::Incident, response::Response,
};
use candour_journal::{Position, StreamVersion, limits};
use candour_service_kit::Engine;
use indicatif::ProgressBar;
use jiff::Timestamp;

/// What was read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Read {
    /// Events, all of which can be decoded.
    pub(crate) events: u64,
    /// Streams.
    pub(crate) streams: u64,
    /// Personal fields that should have opened and did not: data loss, or other keys. Erased ones are not among them.
    pub(crate) unreadable: u64,
    /// When the first and the last event were recorded; `None` in an empty log.
    pub(crate) recorded: Option<(Timestamp, Timestamp)>,
}

/// Reads the whole log. An event that cannot be decoded is an error that names it.
pub(crate) async fn every_record(engine: &Engine, bar: &ProgressBar) -> anyhow::Result<Read> {
    let journal = engine.journal();
    bar.set_message("reading every record");
    bar.set_length(journal.head().await?.raw());
    let unreadable = engine.unreadable_values();
    let before = *unreadable.borrow();
    let mut read = Read::default();
    let mut after = Position::BEFORE_FIRST;
    loop {
        let page = journal.read_all(after, limits::PAGE_EVENTS_MAX).await?;
        for event in &page.events {
            let first = read.recorded.map_or(event.recorded_at, |(first, _)| first);
            read.recorded = Some((first, event.recorded_at));
            read.events += 1;
            // Its first event stands for the whole stream.
            if event.version == StreamVersion::FIRST {
                let (category, id) = (event.stream.category(), event.stream.id());
                let loaded = match category {
                    "incident" => engine.load::<Incident>(id).await.map(drop),
                    "feedback" => engine.load::<Feedback>(id).await.map(drop),
                    "candour" => engine.load::<CandourCase>(id).await.map(drop),
                    "response" => engine.load::<Response>(id).await.map(drop),
                    "action" => engine.load::<Action>(id).await.map(drop),
                    _ => anyhow::bail!("streams of category {category} are not known to this version"),
                };
                loaded.map_err(|failure| anyhow::anyhow!("stream {}: {failure}", event.stream))?;
                read.streams += 1;
            }
            bar.set_position(event.position.raw());
        }
        if page.reached_head(after) {
            break;
        }
        after = page.events.last().map_or(after, |event| event.position);
    }
    read.unreadable = *unreadable.borrow() - before;
    Ok(read)
}
