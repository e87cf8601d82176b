//! Streams kept warm between commands, so that a command need not read what this process knows already.
//!
//! # What a warm stream is trusted for
//! It may be behind the log: another server may have appended to the stream since. A command decided on it is believed only where the
//! journal then accepts its append *at the version of the warm stream*, for that proves that nothing came in between. Whatever else it says
//! (a refusal, nothing to do, a stale etag, a conflict) is not believed: the stream is read and the command decided again. One thing more
//! is true however old it is: that a request was carried out, and with what content, because what was recorded stays recorded.
//!
//! As a *fact* for a command on another stream nothing proves it. There it is used only over a journal that has no other writer
//! ([`Journal::is_sole_writer`](candour_journal::Journal::is_sole_writer)), and the rules below see to it that it is then what the log holds.
//!
//! # What it holds of a person
//! Nothing. Commands read their streams without keys, so every sealed field stands here as unreadable, as in a read model; no rule depends
//! on what a person's field says. Erasure therefore has nothing to clear here, and needs to tell no other server. What remains is what the
//! log holds in clear.
//!
//! # What keeps it in step
//! - A stream leaves when an append to it begins, and comes back, with the events of the append, only if that append was accepted and no
//!   other began meanwhile.
//! - A stream that was read comes in only if no append to it was under way, or has begun, since the reading began.
//! - An append is carried to its end even if the caller has gone.
//!
//! So where all appends come through here, a stream that is warm is as it is in the log; and nobody else is given a stream while an append
//! to it is under way.

use std::{
    any::Any,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use candour_journal::StreamName;
use candour_records::StoredAggregate;
use lru::LruCache;

use super::loaded::Loaded;

/// The most streams kept warm. Past it the one that was not used for longest goes.
pub const WARM_STREAMS_MAX: usize = 16_384;
/// The most bytes that the warm streams may take in the log, data and metadata together: 16 MiB, about 12,000 events. In memory an event
/// takes two to three times as much.
pub const WARM_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The most bytes of one stream that is kept warm: a longer one is read for each command, rather than drive out all others.
pub const WARM_STREAM_BYTES_MAX: usize = WARM_BYTES_MAX / 8;

/// Appends are counted by a hash of the stream, in so many places. Two streams that share one only miss a chance to be kept.
const PLACES: usize = 4_096;

/// The warm streams of one engine. Has no `Debug` form on purpose.
pub(super) struct WarmStreams {
    kept: Mutex<Kept>,
    hasher: RandomState,
}

struct Kept {
    streams: LruCache<StreamName, Warm>,
    bytes: usize,
    appends: Vec<Appends>,
}

/// One stream, a `Loaded` of the aggregate that its category names.
struct Warm {
    loaded: Arc<dyn Any + Send + Sync>,
    bytes: usize,
}

/// The appends to the streams of one place.
#[derive(Clone, Copy, Default)]
struct Appends {
    begun: u64,
    under_way: u32,
}

/// The right to keep what is read from now on; void once an append begins.
pub(super) struct Reading {
    place: usize,
    /// `None` if an append was under way.
    begun: Option<u64>,
}

/// An append under way; it ends when this is dropped.
pub(super) struct Appending {
    warm: Arc<WarmStreams>,
    stream: StreamName,
    place: usize,
    begun: u64,
}

impl WarmStreams {
    pub(super) fn new() -> Self {
        Self {
            kept: Mutex::new(Kept {
                streams: LruCache::unbounded(),
                bytes: 0,
                appends: vec![Appends::default(); PLACES],
            }),
            hasher: RandomState::new(),
        }
    }

    /// The stream as it was last seen, if it is warm.
    pub(super) fn get<A: StoredAggregate>(&self, stream: &StreamName) -> Option<Arc<Loaded<A>>> {
        let loaded = Arc::clone(&self.kept().streams.get(stream)?.loaded);
        loaded.downcast().ok()
    }

    /// To be called before a stream is read.
    pub(super) fn begin_reading(&self, stream: &StreamName) -> Reading {
        let place = self.place(stream);
        let appends = self.kept().appends[place];
        Reading { place, begun: (appends.under_way == 0).then_some(appends.begun) }
    }

    /// Keeps what was read, unless an append may have changed it since.
    pub(super) fn keep<A: StoredAggregate>(
        &self,
        stream: &StreamName,
        reading: &Reading,
        loaded: &Arc<Loaded<A>>,
    ) {
        let mut kept = self.kept();
        if reading.begun == Some(kept.appends[reading.place].begun) {
            kept.put(stream, loaded);
        }
    }

    /// To be called before an append is sent.
    pub(super) fn begin_appending(self: &Arc<Self>, stream: &StreamName) -> Appending {
        let place = self.place(stream);
        let mut kept = self.kept();
        kept.remove(stream);
        let appends = &mut kept.appends[place];
        appends.begun += 1;
        appends.under_way += 1;
        Appending { warm: Arc::clone(self), stream: stream.clone(), place, begun: appends.begun }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self, stream: &StreamName) -> usize {
        usize::try_from(self.hasher.hash_one(stream) % PLACES as u64).unwrap_or_default()
    }
}

impl Appending {
    /// Keeps the stream as an accepted append has left it, unless a later append has begun.
    pub(super) fn keep<A: StoredAggregate>(&self, loaded: &Arc<Loaded<A>>) {
        let mut kept = self.warm.kept();
        if kept.appends[self.place].begun == self.begun {
            kept.put(&self.stream, loaded);
        }
    }
}

impl Drop for Appending {
    fn drop(&mut self) {
        self.warm.kept().appends[self.place].under_way -= 1;
    }
}

impl Kept {
    fn put<A: StoredAggregate>(&mut self, stream: &StreamName, loaded: &Arc<Loaded<A>>) {
        self.remove(stream);
        let bytes = loaded.stored_bytes;
        if loaded.position.is_none() || bytes > WARM_STREAM_BYTES_MAX {
            return;
        }
        let erased: Arc<dyn Any + Send + Sync> = Arc::<Loaded<A>>::clone(loaded);
        self.streams.put(stream.clone(), Warm { loaded: erased, bytes });
        self.bytes += bytes;
        while self.bytes > WARM_BYTES_MAX || self.streams.len() > WARM_STREAMS_MAX {
            let Some((_, coldest)) = self.streams.pop_lru() else { break };
            self.bytes -= coldest.bytes;
        }
    }

    fn remove(&mut self, stream: &StreamName) {
        if let Some(gone) = self.streams.pop(stream) {
            self.bytes -= gone.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use candour_domain::incident::Incident;
    use candour_journal::Position;
    use uuid::Uuid;

    use super::*;

    fn stream(number: usize) -> StreamName {
        StreamName::new("candour", "incident", Uuid::from_u128(number as u128)).unwrap()
    }

    /// A stream as it stands at a position, taking so many bytes in the log.
    fn at(position: u64, stored_bytes: usize) -> Arc<Loaded<Incident>> {
        Arc::new(Loaded { position: Some(Position::from_raw(position)), stored_bytes, ..Loaded::default() })
    }

    /// Appends to a stream, which is then as it stands at a position.
    fn append(warm: &Arc<WarmStreams>, number: usize, position: u64, stored_bytes: usize) {
        warm.begin_appending(&stream(number)).keep(&at(position, stored_bytes));
    }

    /// The position of a stream, if it is warm.
    fn position(warm: &WarmStreams, number: usize) -> Option<u64> {
        warm.get::<Incident>(&stream(number)).and_then(|loaded| loaded.position).map(Position::raw)
    }

    #[test]
    fn a_stream_is_cold_while_an_append_is_under_way_and_warm_after_it() {
        let warm = Arc::new(WarmStreams::new());
        append(&warm, 1, 7, 100);
        assert_eq!(position(&warm, 1), Some(7));
        let appending = warm.begin_appending(&stream(1));
        assert_eq!(position(&warm, 1), None);
        appending.keep(&at(8, 200));
        drop(appending);
        assert_eq!(position(&warm, 1), Some(8));
        // One that was not accepted leaves it cold.
        drop(warm.begin_appending(&stream(1)));
        assert_eq!(position(&warm, 1), None);
    }

    #[test]
    fn what_was_read_while_an_append_was_under_way_or_has_begun_since_is_not_kept() {
        let warm = Arc::new(WarmStreams::new());
        let before = warm.begin_reading(&stream(1));
        let appending = warm.begin_appending(&stream(1));
        let during = warm.begin_reading(&stream(1));
        for reading in [&before, &during] {
            warm.keep(&stream(1), reading, &at(7, 100));
            assert_eq!(position(&warm, 1), None);
        }
        drop(appending);
        for reading in [before, during] {
            warm.keep(&stream(1), &reading, &at(7, 100));
            assert_eq!(position(&warm, 1), None);
        }
        let after = warm.begin_reading(&stream(1));
        warm.keep(&stream(1), &after, &at(8, 100));
        assert_eq!(position(&warm, 1), Some(8));
    }

    #[test]
    fn of_two_appends_only_the_one_that_began_last_is_kept() {
        let warm = Arc::new(WarmStreams::new());
        let (first, second) = (warm.begin_appending(&stream(1)), warm.begin_appending(&stream(1)));
        // The first was accepted, the second on top of it, and the first is told last.
        second.keep(&at(8, 100));
        first.keep(&at(7, 100));
        assert_eq!(position(&warm, 1), Some(8));
    }

    #[test]
    fn past_the_limit_of_streams_the_one_not_used_for_longest_goes() {
        let warm = Arc::new(WarmStreams::new());
        for number in 0..WARM_STREAMS_MAX {
            append(&warm, number, 1, 1);
        }
        assert_eq!(position(&warm, 0), Some(1));
        append(&warm, WARM_STREAMS_MAX, 1, 1);
        assert_eq!([0, 1, 2].map(|number| position(&warm, number)), [Some(1), None, Some(1)]);
    }

    #[test]
    fn past_the_limit_of_bytes_the_ones_not_used_for_longest_go() {
        let warm = Arc::new(WarmStreams::new());
        for number in 0..8 {
            append(&warm, number, 1, WARM_STREAM_BYTES_MAX);
        }
        assert!((0..8).all(|number| position(&warm, number).is_some()), "the limit itself is allowed");
        append(&warm, 8, 1, WARM_STREAM_BYTES_MAX + 1);
        assert_eq!(
            [0, 8].map(|number| position(&warm, number)),
            [Some(1), None],
            "too long to be kept at all"
        );
        // A stream that grows counts once; 1 is the one not used for longest.
        append(&warm, 7, 2, WARM_STREAM_BYTES_MAX);
        append(&warm, 9, 1, 1);
        assert_eq!(
            [0, 1, 2, 7, 9].map(|number| position(&warm, number)),
            [Some(1), None, Some(1), Some(2), Some(1)]
        );
    }

    #[test]
    fn that_a_stream_is_empty_is_not_kept() {
        let warm = Arc::new(WarmStreams::new());
        let reading = warm.begin_reading(&stream(1));
        warm.keep(&stream(1), &reading, &Arc::<Loaded<Incident>>::default());
        assert_eq!(position(&warm, 1), None);
        assert!(warm.get::<Incident>(&stream(1)).is_none());
    }
}
