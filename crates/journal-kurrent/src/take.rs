//! One read through the client, up to a number of events and bytes.

use candour_journal::limits::{PAGE_BYTES_MAX, PAGE_EVENTS_MAX};
use eventstore::{
    Client, ReadAllOptions, ReadEvent, ReadStream, ReadStreamOptions, RecordedEvent as ServerEvent,
};

/// What one read of the server gave.
pub(crate) struct Taken {
    pub(crate) events: Vec<ServerEvent>,
    /// Whether the server had nothing more; otherwise the limit in events or bytes was reached.
    pub(crate) is_all: bool,
    /// The last revision of the stream, if the server said so.
    pub(crate) last_revision: Option<u64>,
}

/// Reads `$all` until there are so many events, or enough have come. The server would look on for one more.
pub(crate) async fn take_all(
    client: Client,
    options: ReadAllOptions,
    count: usize,
    is_enough: impl Fn(&ServerEvent) -> bool,
) -> eventstore::Result<Taken> {
    let mut taken = Taking::new(count);
    let mut stream = client.read_all(&options).await?;
    while taken.events.len() < count {
        let Some(next) = stream.next_read_event().await? else { break };
        let Some(event) = taken.add(next) else { continue };
        if is_enough(event) {
            return Ok(taken.ended(true));
        }
        if taken.is_full {
            break;
        }
    }
    Ok(taken.ended(false))
}

/// Reads a stream to the end of the page, where the server says what the last revision is.
pub(crate) async fn take_stream(
    client: Client,
    stream: String,
    options: ReadStreamOptions,
    count: usize,
) -> eventstore::Result<Taken> {
    let mut taken = Taking::new(count);
    let mut stream: ReadStream = client.read_stream(stream, &options).await?;
    while let Some(next) = stream.next_read_event().await? {
        taken.add(next);
        if taken.is_full {
            break;
        }
    }
    Ok(taken.ended(false))
}

/// A page as it comes in.
struct Taking {
    events: Vec<ServerEvent>,
    count: usize,
    bytes: usize,
    /// The limit in bytes was reached.
    is_full: bool,
    last_revision: Option<u64>,
}

impl Taking {
    fn new(count: usize) -> Self {
        let events = Vec::with_capacity(count.min(PAGE_EVENTS_MAX));
        Self { events, count, bytes: 0, is_full: false, last_revision: None }
    }

    /// Takes what has come, and gives it back if it is an event.
    fn add(&mut self, next: ReadEvent) -> Option<&ServerEvent> {
        match next {
            ReadEvent::Event(resolved) => {
                let event = resolved.event?;
                let bytes = event.data.len().saturating_add(event.custom_metadata.len());
                self.bytes = self.bytes.saturating_add(bytes);
                self.is_full = self.bytes >= PAGE_BYTES_MAX;
                self.events.push(event);
                self.events.last()
            }
            ReadEvent::LastStreamPosition(revision) => {
                self.last_revision = Some(revision);
                None
            }
            ReadEvent::FirstStreamPosition(_) | ReadEvent::LastAllStreamPosition(_) => None,
        }
    }

    fn ended(self, is_enough: bool) -> Taken {
        let is_all = is_enough || (!self.is_full && self.events.len() < self.count);
        Taken { is_all, events: self.events, last_revision: self.last_revision }
    }
}
