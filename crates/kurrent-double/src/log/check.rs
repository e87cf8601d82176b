//! What counts as a repeat, and what as a wrong expected revision.

use std::sync::Arc;

use super::{Expected, Log, METADATA_PREFIX, Proposed, Record, TOMBSTONE_REVISION};

/// What is to be done with an append.
pub(super) enum Decision {
    Write,
    /// The last event of the append that this one repeats.
    Repeat(Arc<Record>),
    Wrong,
    /// The stream was deleted for ever, or was deleted and is expected to exist.
    Deleted,
}

impl Log {
    /// The rules of a server (`IndexWriter.CheckCommit`), in their order.
    pub(super) fn check(&self, stream: &str, expected: Expected, events: &[Proposed]) -> Decision {
        let current = self.last_revision(stream);
        if current == Some(TOMBSTONE_REVISION) {
            return Decision::Deleted;
        }
        let wanted = match expected {
            Expected::StreamExists if self.is_soft_deleted(stream) => return Decision::Deleted,
            Expected::StreamExists if !self.exists(stream) => return Decision::Wrong,
            Expected::Any | Expected::StreamExists => return self.check_by_ids(stream, events),
            Expected::NoStream => None,
            Expected::Revision(revision) => Some(revision),
        };
        if wanted > current {
            return Decision::Wrong;
        }
        if wanted == current {
            return Decision::Write;
        }
        let is_new_start = wanted.is_none() && self.is_soft_deleted(stream);
        let mut last = None;
        for (event, revision) in events.iter().zip(wanted.map_or(0, |wanted| wanted + 1)..) {
            match self.record(stream, revision) {
                Some(record) if record.event.id == event.id => last = Some(Arc::clone(record)),
                _ if last.is_none() && is_new_start => return Decision::Write,
                _ => return Decision::Wrong,
            }
        }
        match last {
            Some(last) => Decision::Repeat(last),
            None if is_new_start => Decision::Write,
            None => Decision::Wrong,
        }
    }

    /// Without a revision, the ids decide that are remembered since the start. All of an append or none: a part is wrong.
    fn check_by_ids(&self, stream: &str, events: &[Proposed]) -> Decision {
        let mut last = None;
        for event in events {
            match self.recent.get(&event.id).and_then(|index| self.records.get(*index)) {
                Some(record) if record.stream == stream => last = Some(Arc::clone(record)),
                _ if last.is_none() => return Decision::Write,
                _ => return Decision::Wrong,
            }
        }
        last.map_or(Decision::Write, Decision::Repeat)
    }

    /// A stream exists if it has events, or metadata.
    fn exists(&self, stream: &str) -> bool {
        self.last_revision(stream).is_some()
            || self.last_revision(&format!("{METADATA_PREFIX}{stream}")).is_some()
    }

    /// Whether the metadata say that all that was ever in the stream is gone.
    pub(super) fn is_soft_deleted(&self, stream: &str) -> bool {
        self.metadata_of(stream).truncate_before == Some(TOMBSTONE_REVISION)
    }

    /// The event of a revision, whether it can still be read or not.
    fn record(&self, stream: &str, revision: u64) -> Option<&Arc<Record>> {
        let indexes = self.indexes(stream);
        let first = indexes.first().and_then(|index| self.records.get(*index))?.revision;
        let offset = usize::try_from(revision.checked_sub(first)?).ok()?;
        self.records.get(*indexes.get(offset)?).filter(|record| record.revision == revision)
    }
}
