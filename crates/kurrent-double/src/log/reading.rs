//! Pages of one stream and of the whole log.

use std::sync::Arc;

use super::{Filter, Log, Record, TOMBSTONE_REVISION};

/// Whether a stream can be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Found {
    Stream {
        last_revision: u64,
    },
    /// It never existed, or all of it was deleted.
    NoStream,
    /// It was deleted for ever.
    Deleted,
}

/// Some events of one stream.
#[derive(Debug)]
pub(crate) struct StreamPage {
    pub(crate) found: Found,
    pub(crate) records: Vec<Arc<Record>>,
    /// Where the next page begins.
    pub(crate) next: u64,
    /// Whether there is nothing more in this direction.
    pub(crate) is_end: bool,
}

/// A place in the log: commit and prepare position.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Place {
    pub(crate) commit: u64,
    pub(crate) prepare: u64,
}

impl Place {
    pub(crate) const START: Self = Self { commit: 0, prepare: 0 };

    fn exactly(position: u64) -> Self {
        Self { commit: position, prepare: position }
    }
}

/// Some events of the whole log.
#[derive(Debug)]
pub(crate) struct AllPage {
    pub(crate) records: Vec<Arc<Record>>,
    /// Where the next page begins.
    pub(crate) next: Place,
    /// Whether there is nothing more in this direction.
    pub(crate) is_end: bool,
}

/// No record begins at the position asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct InvalidPosition;

impl Log {
    fn found(&self, stream: &str) -> Found {
        match self.last_revision(stream) {
            Some(TOMBSTONE_REVISION) => Found::Deleted,
            Some(last_revision) if !self.is_soft_deleted(stream) => Found::Stream { last_revision },
            _ => Found::NoStream,
        }
    }

    /// The events of a stream whose revisions lie between two, both included.
    fn between(&self, stream: &str, first: u64, last: u64) -> Vec<Arc<Record>> {
        self.indexes(stream)
            .iter()
            .filter_map(|index| self.records.get(*index))
            .filter(|record| (first..=last).contains(&record.revision))
            .map(Arc::clone)
            .collect()
    }

    /// At most `count` events of a stream from a revision on (`IndexReader.ReadStreamEventsForward`).
    pub(crate) fn page_forwards(&self, stream: &str, from: u64, count: u64) -> StreamPage {
        let found = self.found(stream);
        let empty = |next, is_end| StreamPage { found, records: Vec::new(), next, is_end };
        let Found::Stream { last_revision: last } = found else { return empty(from, true) };
        let first_readable = self.metadata_of(stream).first_readable(last);
        let end = from.saturating_add(count - 1);
        if end < first_readable {
            return empty(first_readable, false);
        }
        let start = from.max(first_readable);
        if start > last {
            return empty(last + 1, true);
        }
        let records = self.between(stream, start, end);
        let next = records.last().map_or(end.min(last) + 1, |record| record.revision + 1);
        StreamPage { found, records, next, is_end: end >= last }
    }

    /// At most `count` events of a stream back from a revision, or from its end
    /// (`IndexReader.ReadStreamEventsBackward`).
    pub(crate) fn page_backwards(&self, stream: &str, from: Option<u64>, count: u64) -> StreamPage {
        let found = self.found(stream);
        let empty = |is_end| StreamPage { found, records: Vec::new(), next: 0, is_end };
        let Found::Stream { last_revision: last } = found else { return empty(true) };
        let first_readable = self.metadata_of(stream).first_readable(last);
        let end = from.unwrap_or(last);
        if end < first_readable {
            return empty(true);
        }
        let wanted = (end + 1).saturating_sub(count);
        let start = wanted.max(first_readable);
        let mut records = self.between(stream, start, end);
        records.reverse();
        let is_end = wanted <= first_readable;
        StreamPage { found, records, next: start.saturating_sub(1).min(last), is_end }
    }

    /// The place behind the last record, which reading the end begins at.
    pub(crate) fn end_place(&self) -> Place {
        Place::exactly(self.next_position)
    }

    /// Looks at no more than `window` events for at most `count` that the filter allows, from a place on, the event
    /// there included (`AllReader.ReadAllEventsForward`).
    pub(crate) fn all_forwards(
        &self,
        from: Place,
        count: usize,
        window: usize,
        filter: &Filter,
    ) -> Result<AllPage, InvalidPosition> {
        let mut page = AllPage { records: Vec::new(), next: from, is_end: false };
        // Past the last record nothing is looked at, and so no position there is wrong.
        if self.records.last().is_none_or(|last| from.commit > last.position) {
            page.is_end = true;
            return Ok(page);
        }
        let start = match self.records.binary_search_by_key(&from.commit, |record| record.position) {
            Ok(index) => index,
            Err(_) if from.commit == 0 => 0,
            Err(_) => return Err(InvalidPosition),
        };
        let mut considered = 0;
        let mut index = start;
        while page.records.len() < count && considered < window {
            let Some(record) = self.records.get(index) else {
                page.is_end = true;
                break;
            };
            index += 1;
            if Place::exactly(record.position) < from {
                continue;
            }
            considered += 1;
            page.next = Place { commit: record.end, prepare: 0 };
            if filter.allows(record) {
                page.records.push(Arc::clone(record));
            }
        }
        Ok(page)
    }

    /// The same backwards, over the records that end at or before the place (`AllReader.ReadAllEventsBackward`).
    pub(crate) fn all_backwards(
        &self,
        from: Place,
        count: usize,
        window: usize,
        filter: &Filter,
    ) -> Result<AllPage, InvalidPosition> {
        let mut page = AllPage { records: Vec::new(), next: from, is_end: false };
        let before = self.records.partition_point(|record| record.end <= from.commit);
        let is_boundary = from.commit == 0
            || from.commit == self.next_position
            || before.checked_sub(1).is_some_and(|index| self.records[index].end == from.commit)
            || self.records.get(before).is_some_and(|record| record.position == from.commit);
        if !is_boundary {
            return Err(InvalidPosition);
        }
        let mut considered = 0;
        let mut index = before;
        while page.records.len() < count && considered < window {
            let Some(previous) = index.checked_sub(1) else {
                page.is_end = true;
                break;
            };
            index = previous;
            let record = &self.records[index];
            if Place::exactly(record.end) > from {
                continue;
            }
            considered += 1;
            page.next = Place::exactly(record.position);
            if filter.allows(record) {
                page.records.push(Arc::clone(record));
            }
        }
        Ok(page)
    }
}
