//! The log: what is appended, where, and what counts as a repeat. No input or output.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

/// Position of the first event. A fresh server has written its own records before it takes any.
const FIRST_POSITION: u64 = 2048;

/// Bytes that a record takes besides its data and metadata, so that positions are as sparse as byte offsets are.
const RECORD_OVERHEAD_BYTES: u64 = 110;

/// Ticks of 100 ns since the Unix epoch at which the log begins; every byte of it then takes one. The double has no clock.
const FIRST_TICK: u64 = 17_724_420_000_000_000;

/// Largest append, in bytes of data and metadata: what a server accepts unless configured otherwise.
pub(crate) const APPEND_BYTES_MAX: usize = 1024 * 1024;

/// An event to append.
#[derive(Clone, Debug)]
pub(crate) struct Proposed {
    pub(crate) id: Uuid,
    pub(crate) metadata: HashMap<String, String>,
    pub(crate) custom_metadata: Vec<u8>,
    pub(crate) data: Vec<u8>,
}

/// An event of the log.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) stream: String,
    pub(crate) revision: u64,
    /// Commit and prepare position, which are the same for every event that this protocol can write.
    pub(crate) position: u64,
    pub(crate) event: Proposed,
}

/// The expected revision as a server sees it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Expected {
    Any,
    StreamExists,
    NoStream,
    /// As it was sent: a server takes it as a signed number.
    Revision(u64),
}

/// What became of an append.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// Written, now or by the append that this one repeats.
    Success { last_revision: u64, position: u64 },
    /// The stream is not as expected. `current` is its last revision.
    WrongExpected { current: Option<u64> },
    /// Larger than a server accepts.
    TooLarge,
}

/// Where and which way a page of `$all` is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum From {
    Start,
    End,
    Position(u64),
}

/// No event stands at the position asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct InvalidPosition;

/// The whole log, with an index by stream.
pub(crate) struct Log {
    records: Vec<Arc<Record>>,
    streams: HashMap<String, Vec<usize>>,
    ids: HashMap<Uuid, usize>,
    next_position: u64,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self {
            records: Vec::new(),
            streams: HashMap::new(),
            ids: HashMap::new(),
            next_position: FIRST_POSITION,
        }
    }

    fn indexes(&self, stream: &str) -> &[usize] {
        self.streams.get(stream).map_or(&[], Vec::as_slice)
    }

    /// The last revision of a stream; `None` if it does not exist.
    pub(crate) fn last_revision(&self, stream: &str) -> Option<u64> {
        (self.indexes(stream).len() as u64).checked_sub(1)
    }

    /// Appends, or recognises a repeat, or refuses.
    pub(crate) fn append(&mut self, stream: &str, expected: Expected, events: Vec<Proposed>) -> Outcome {
        let bytes: usize = events.iter().map(|event| event.data.len() + event.custom_metadata.len()).sum();
        if bytes > APPEND_BYTES_MAX {
            return Outcome::TooLarge;
        }
        let current = self.last_revision(stream);
        let wrong = Outcome::WrongExpected { current };
        match self.check(stream, expected, current, &events) {
            Decision::Wrong => wrong,
            Decision::Repeat(last) => {
                Outcome::Success { last_revision: last.revision, position: last.position }
            }
            Decision::Write => {
                for event in events {
                    self.write(stream, event);
                }
                match self.indexes(stream).last().and_then(|index| self.records.get(*index)) {
                    Some(last) => Outcome::Success { last_revision: last.revision, position: last.position },
                    None => wrong,
                }
            }
        }
    }

    /// The rules of a server (`IndexWriter.CheckCommit`), in their order.
    fn check(&self, stream: &str, expected: Expected, current: Option<u64>, events: &[Proposed]) -> Decision {
        let actual = current.map_or(-1, signed);
        let wanted = match expected {
            Expected::StreamExists if current.is_none() => return Decision::Wrong,
            Expected::Any | Expected::StreamExists => return self.check_by_ids(stream, events),
            Expected::NoStream => -1,
            Expected::Revision(revision) => signed(revision),
        };
        if wanted > actual {
            return Decision::Wrong;
        }
        if wanted == actual {
            return Decision::Write;
        }
        let mut last = None;
        for (event, revision) in events.iter().zip(wanted + 1..) {
            let there = usize::try_from(revision).ok().and_then(|index| self.indexes(stream).get(index));
            match there.and_then(|index| self.records.get(*index)) {
                Some(record) if record.event.id == event.id => last = Some(Arc::clone(record)),
                _ => return Decision::Wrong,
            }
        }
        last.map_or(Decision::Wrong, Decision::Repeat)
    }

    /// Without a revision, the ids decide. A server remembers recent ids only; the double remembers all of them.
    fn check_by_ids(&self, stream: &str, events: &[Proposed]) -> Decision {
        let mut last = None;
        for event in events {
            match self.ids.get(&event.id).and_then(|index| self.records.get(*index)) {
                Some(record) if record.stream == stream => last = Some(Arc::clone(record)),
                _ if last.is_none() => return Decision::Write,
                _ => return Decision::Wrong,
            }
        }
        last.map_or(Decision::Write, Decision::Repeat)
    }

    fn write(&mut self, stream: &str, mut event: Proposed) {
        let position = self.next_position;
        event.metadata.insert("created".to_owned(), (FIRST_TICK + position).to_string());
        let bytes = event.data.len() + event.custom_metadata.len() + stream.len();
        self.next_position += RECORD_OVERHEAD_BYTES + bytes as u64;
        let index = self.records.len();
        let indexes = self.streams.entry(stream.to_owned()).or_default();
        let revision = indexes.len() as u64;
        indexes.push(index);
        self.ids.insert(event.id, index);
        self.records.push(Arc::new(Record { stream: stream.to_owned(), revision, position, event }));
    }

    /// At most `count` events of a stream from a revision on, or back from it; `None` for its end.
    pub(crate) fn read_stream(
        &self,
        stream: &str,
        backwards: bool,
        from: Option<u64>,
        count: u64,
    ) -> Vec<Arc<Record>> {
        let indexes = self.indexes(stream);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let from = from.map(|from| usize::try_from(from).unwrap_or(usize::MAX));
        let chosen: Vec<usize> = if backwards {
            let end = from.map_or(indexes.len(), |from| from.saturating_add(1).min(indexes.len()));
            indexes[..end].iter().rev().take(count).copied().collect()
        } else {
            let start = from.unwrap_or(indexes.len()).min(indexes.len());
            indexes[start..].iter().take(count).copied().collect()
        };
        chosen.into_iter().filter_map(|index| self.records.get(index).cloned()).collect()
    }

    /// At most `count` events of the log whose stream begins with one of the prefixes (any, if there is none): forwards
    /// from a position, itself included, or backwards before it.
    pub(crate) fn read_all(
        &self,
        backwards: bool,
        from: From,
        count: u64,
        prefixes: &[String],
    ) -> Result<Vec<Arc<Record>>, InvalidPosition> {
        let split = match from {
            From::Start => 0,
            From::End => self.records.len(),
            From::Position(position) => self
                .records
                .binary_search_by_key(&position, |record| record.position)
                .map_err(|_| InvalidPosition)?,
        };
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let matches = |record: &&Arc<Record>| {
            prefixes.is_empty() || prefixes.iter().any(|prefix| record.stream.starts_with(prefix.as_str()))
        };
        Ok(if backwards {
            self.records[..split].iter().rev().filter(matches).take(count).cloned().collect()
        } else {
            self.records[split..].iter().filter(matches).take(count).cloned().collect()
        })
    }
}

/// What is to be done with an append.
enum Decision {
    Write,
    /// The last event of the append that this one repeats.
    Repeat(Arc<Record>),
    Wrong,
}

/// A server takes every revision as a signed number; one past the largest turns negative.
fn signed(revision: u64) -> i64 {
    revision.cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposed(ids: impl IntoIterator<Item = u128>) -> Vec<Proposed> {
        ids.into_iter()
            .map(|id| Proposed {
                id: Uuid::from_u128(id),
                metadata: HashMap::new(),
                custom_metadata: vec![],
                data: vec![1],
            })
            .collect()
    }

    /// A log whose stream `s` holds the events 1, 2 and 3.
    fn three() -> Log {
        let mut log = Log::new();
        assert!(matches!(log.append("s", Expected::NoStream, proposed([1, 2, 3])), Outcome::Success { .. }));
        log
    }

    fn last_revision(outcome: Outcome) -> Option<u64> {
        match outcome {
            Outcome::Success { last_revision, .. } => Some(last_revision),
            Outcome::WrongExpected { .. } | Outcome::TooLarge => None,
        }
    }

    #[test]
    fn a_repeat_below_the_current_revision_succeeds_and_writes_nothing() {
        let mut log = three();
        assert_eq!(last_revision(log.append("s", Expected::NoStream, proposed([1, 2]))), Some(1));
        assert_eq!(last_revision(log.append("s", Expected::Revision(0), proposed([2, 3]))), Some(2));
        assert_eq!(log.last_revision("s"), Some(2));
    }

    #[test]
    fn a_repeat_of_only_some_events_is_a_wrong_expected_version() {
        let mut log = three();
        for (expected, ids) in [
            (Expected::NoStream, vec![1, 2, 3, 4]),
            (Expected::NoStream, vec![1, 9]),
            (Expected::Revision(0), vec![3, 2]),
            (Expected::Revision(7), vec![8]),
        ] {
            assert_eq!(log.append("s", expected, proposed(ids)), Outcome::WrongExpected { current: Some(2) });
        }
    }

    #[test]
    fn at_the_current_revision_even_known_ids_are_written_again() {
        let mut log = three();
        assert_eq!(last_revision(log.append("s", Expected::Revision(2), proposed([1]))), Some(3));
    }

    #[test]
    fn without_a_revision_the_ids_decide() {
        let mut log = three();
        assert_eq!(last_revision(log.append("s", Expected::Any, proposed([2, 3]))), Some(2));
        assert_eq!(last_revision(log.append("s", Expected::Any, proposed([4]))), Some(3));
        assert_eq!(
            log.append("t", Expected::StreamExists, proposed([5])),
            Outcome::WrongExpected { current: None }
        );
    }

    #[test]
    fn a_revision_past_the_signed_range_means_no_stream() {
        let mut log = Log::new();
        assert_eq!(last_revision(log.append("s", Expected::Revision(u64::MAX), proposed([1]))), Some(0));
    }

    #[test]
    fn a_read_of_all_begins_where_an_event_stands_and_includes_it() {
        let mut log = three();
        log.append("other", Expected::Any, proposed([7]));
        let prefixes = ["s".to_owned()];
        let all = log.read_all(false, From::Start, 10, &prefixes).unwrap();
        assert_eq!(all.len(), 3);
        assert_eq!(all[0].position, FIRST_POSITION);
        let from_second = log.read_all(false, From::Position(all[1].position), 10, &prefixes).unwrap();
        assert_eq!(from_second.len(), 2);
        assert_eq!(log.read_all(true, From::End, 1, &prefixes).unwrap()[0].revision, 2);
        assert_eq!(log.read_all(true, From::End, 1, &[]).unwrap()[0].stream, "other");
        let between = From::Position(all[1].position + 1);
        assert_eq!(log.read_all(false, between, 10, &[]).unwrap_err(), InvalidPosition);
    }
}
