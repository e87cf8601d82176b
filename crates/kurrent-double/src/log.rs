//! The log: what is appended, where, and how it is read back. No input or output, no clock.
//!
//! What is copied is what a server's `IndexWriter`, `IndexReader` and `AllReader` do, each named where it is.

mod check;
mod filter;
mod metadata;
mod reading;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

pub(crate) use filter::{Filter, Matcher};
pub(crate) use metadata::{AccessList, Action, stream_of_metadata};
pub(crate) use reading::{Found, Place};
#[cfg(test)]
use reading::{InvalidPosition, StreamPage};

use check::Decision;
use metadata::Metadata;

/// Position of the first record. A fresh server has written its own records before it takes any.
const FIRST_POSITION: u64 = 2048;

/// Bytes that a record takes besides its data and metadata, so that positions are as sparse as byte offsets are.
const RECORD_OVERHEAD_BYTES: u64 = 110;

/// Ticks of 100 ns since the Unix epoch at which the log begins; every byte of it then takes one. The double has no clock.
const FIRST_TICK: u64 = 17_724_420_000_000_000;

/// The stream of the records that say who leads. A server keeps it in the log and shows it in no read of `$all`.
pub(crate) const EPOCH_STREAM: &str = "$epoch-information";

/// What the name of a stream of metadata begins with.
pub(crate) const METADATA_PREFIX: &str = "$$";

/// Revision of the last record of a stream that was deleted for ever.
pub(crate) const TOMBSTONE_REVISION: u64 = i64::MAX as u64;

/// An event to append.
#[derive(Clone, Debug)]
pub(crate) struct Proposed {
    pub(crate) id: Uuid,
    /// The type, the content type and whatever else the client sent.
    pub(crate) metadata: HashMap<String, String>,
    pub(crate) custom_metadata: Vec<u8>,
    pub(crate) data: Vec<u8>,
}

impl Proposed {
    /// An event of the server's own, in JSON.
    pub(crate) fn of_server(event_type: &str, id: Uuid, data: Vec<u8>) -> Self {
        let metadata = HashMap::from([
            ("type".to_owned(), event_type.to_owned()),
            ("content-type".to_owned(), "application/json".to_owned()),
        ]);
        Self { id, metadata, custom_metadata: vec![], data }
    }

    pub(crate) fn event_type(&self) -> &str {
        self.metadata.get("type").map_or("", String::as_str)
    }

    /// What it counts towards the limits of an append (`Event.SizeOnDisk`).
    pub(crate) fn size_on_disk(&self) -> usize {
        self.data.len() + self.custom_metadata.len() + self.event_type().encode_utf16().count() * 2
    }
}

/// An event of the log.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) stream: String,
    pub(crate) revision: u64,
    /// Commit and prepare position, which are the same for every event that this protocol can write.
    pub(crate) position: u64,
    /// Where the next record begins.
    pub(crate) end: u64,
    pub(crate) event: Proposed,
}

/// The expected revision as a server sees it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Expected {
    Any,
    StreamExists,
    NoStream,
    Revision(u64),
}

/// What became of an append.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// Written, now or by the append that this one repeats. The revision is missing if nothing was written to a stream
    /// that does not exist.
    Success { last_revision: Option<u64>, position: u64 },
    /// The stream is not as expected. `current` is its last revision.
    WrongExpected { current: Option<u64> },
    /// The stream was deleted for ever.
    Deleted,
}

/// The whole log, with an index by stream.
pub(crate) struct Log {
    records: Vec<Arc<Record>>,
    streams: HashMap<String, Vec<usize>>,
    /// The events whose ids are remembered: all since the start of the server, which remembers a bounded number.
    recent: HashMap<Uuid, usize>,
    next_position: u64,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self {
            records: Vec::new(),
            streams: HashMap::new(),
            recent: HashMap::new(),
            next_position: FIRST_POSITION,
        }
    }

    /// What a restart costs: the ids of what was appended before are no longer remembered.
    pub(crate) fn forget_recent_ids(&mut self) {
        self.recent.clear();
    }

    fn indexes(&self, stream: &str) -> &[usize] {
        self.streams.get(stream).map_or(&[], Vec::as_slice)
    }

    fn last_of(&self, stream: &str) -> Option<&Arc<Record>> {
        self.indexes(stream).last().and_then(|index| self.records.get(*index))
    }

    /// The last revision of a stream, deleted events included; `None` if it never existed.
    pub(crate) fn last_revision(&self, stream: &str) -> Option<u64> {
        self.last_of(stream).map(|record| record.revision)
    }

    /// How an append to the end of a stream would be confirmed.
    pub(crate) fn would_append(&self, stream: &str, events: &[Proposed]) -> Outcome {
        let next = self.last_revision(stream).map_or(0, |last| last + 1);
        let last_revision = (next + events.len() as u64).checked_sub(1);
        Outcome::Success { last_revision, position: self.next_position }
    }

    fn metadata_of(&self, stream: &str) -> Metadata {
        if stream.starts_with(METADATA_PREFIX) {
            return Metadata::of_metadata_stream();
        }
        let last = self.last_of(&format!("{METADATA_PREFIX}{stream}"));
        last.map_or_else(Metadata::default, |record| Metadata::parse(&record.event.data))
    }

    /// Who may do what with a stream: its own list, then the defaults of `$settings`, then those of a fresh server.
    pub(crate) fn access_list(&self, stream: &str) -> AccessList {
        let settings = self.last_of("$settings").map(|record| record.event.data.as_slice());
        self.metadata_of(stream).access_list.or(AccessList::default_for(stream, settings))
    }

    /// Appends, or recognises a repeat, or refuses.
    pub(crate) fn append(&mut self, stream: &str, expected: Expected, events: Vec<Proposed>) -> Outcome {
        let current = self.last_revision(stream);
        match self.check(stream, expected, &events) {
            Decision::Deleted => Outcome::Deleted,
            Decision::Wrong => Outcome::WrongExpected { current },
            Decision::Repeat(last) => {
                Outcome::Success { last_revision: Some(last.revision), position: last.position }
            }
            // An append without events takes room in the log and shows nowhere.
            Decision::Write if events.is_empty() => {
                let position = self.next_position;
                self.next_position += RECORD_OVERHEAD_BYTES;
                Outcome::Success { last_revision: current, position }
            }
            Decision::Write => {
                let was_deleted = self.is_soft_deleted(stream);
                for event in events {
                    self.write(stream, None, event);
                }
                let outcome = self.last_of(stream).map_or(Outcome::WrongExpected { current }, |last| {
                    Outcome::Success { last_revision: Some(last.revision), position: last.position }
                });
                if was_deleted {
                    self.write_metadata(stream, current.map_or(0, |current| current + 1));
                }
                outcome
            }
        }
    }

    /// Deletes a stream: so that it can be written again, its revisions going on, or for ever.
    pub(crate) fn delete(&mut self, stream: &str, expected: Expected, for_ever: bool) -> Outcome {
        let current = self.last_revision(stream);
        match self.check(stream, expected, &[]) {
            Decision::Deleted => Outcome::Deleted,
            Decision::Wrong | Decision::Repeat(_) => Outcome::WrongExpected { current },
            Decision::Write => {
                let position = self.next_position;
                if for_ever {
                    let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, stream.as_bytes());
                    let event = Proposed::of_server("$streamDeleted", id, vec![]);
                    self.write(stream, Some(TOMBSTONE_REVISION), event);
                } else {
                    self.write_metadata(stream, TOMBSTONE_REVISION);
                }
                Outcome::Success { last_revision: current, position }
            }
        }
    }

    /// Writes an event whose revision nobody expects.
    pub(crate) fn write_of_server(&mut self, stream: &str, event: Proposed) {
        self.write(stream, None, event);
    }

    /// Notes in the metadata of a stream that everything before a revision is gone.
    fn write_metadata(&mut self, stream: &str, truncate_before: u64) {
        let stream = format!("{METADATA_PREFIX}{stream}");
        let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{stream}/{}", self.next_position).as_bytes());
        let data = format!("{{\"$tb\":{truncate_before}}}").into_bytes();
        self.write(&stream, None, Proposed::of_server("$metadata", id, data));
    }

    fn write(&mut self, stream: &str, revision: Option<u64>, mut event: Proposed) {
        let position = self.next_position;
        event.metadata.insert("created".to_owned(), (FIRST_TICK + position).to_string());
        let bytes = event.data.len() + event.custom_metadata.len() + stream.len();
        self.next_position += RECORD_OVERHEAD_BYTES + bytes as u64;
        let end = self.next_position;
        let revision = revision.or_else(|| self.last_revision(stream).map(|last| last + 1)).unwrap_or(0);
        let index = self.records.len();
        self.streams.entry(stream.to_owned()).or_default().push(index);
        self.recent.insert(event.id, index);
        self.records.push(Arc::new(Record { stream: stream.to_owned(), revision, position, end, event }));
    }
}
