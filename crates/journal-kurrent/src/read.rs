//! Reading: one stream, the whole log, and where it ends.

use std::sync::atomic::Ordering;

use candour_journal::{
    AllPage, CorruptRecord, Limit, Position, ReadError, RecordPlace, RecordedEvent, StorageFault, StreamName,
    StreamPage, StreamVersion, Unavailable,
};
use eventstore::{
    Position as ServerPosition, ReadAllOptions, ReadStreamOptions, RecordedEvent as ServerEvent,
    StreamPosition, SubscriptionFilter,
};
use tokio::time::Instant;
use uuid::Uuid;

use crate::engine::Engine;
use crate::envelope::decode;
use crate::fault::{EngineFault, Failure, Meaning};
use crate::settings::{STORE_EVENTS_MAX, TAIL_EVENTS};
use crate::take::{Taken, take_all, take_stream};

/// Events asked for beyond a page: the one at its start, which the page leaves out, and those of the store's own stream.
const BESIDES: usize = 1 + STORE_EVENTS_MAX;

/// Where a read of one stream begins, and which way it goes.
#[derive(Clone, Copy)]
enum InStream {
    From(u64),
    BackFromEnd,
}

/// A failed attempt as the error of a read. Where the time was up before the server could be asked, a later read may succeed.
pub(crate) fn read_failed(failure: Failure) -> ReadError {
    match failure.fault {
        EngineFault::BudgetSpent(last) => {
            tracing::debug!(fault = %last, "a read was given up");
            Unavailable::NotAnswering.into()
        }
        fault => ReadError::Failed(StorageFault::new(fault)),
    }
}

pub(crate) fn check_page(limit: usize) -> Result<(), ReadError> {
    if limit == 0 {
        return Err(ReadError::EmptyPage);
    }
    Ok(Limit::PageEvents.check(limit)?)
}

impl Engine {
    /// A page of one stream, from a version on.
    pub(crate) async fn page_of_stream(
        &self,
        stream: &StreamName,
        from: StreamVersion,
        limit: usize,
        until: Instant,
    ) -> Result<StreamPage, ReadError> {
        let (page, _) = self.page_as_sent(stream, from, limit, until).await?;
        Ok(page)
    }

    /// A page of one stream, from a version on, and the id under which its last event was sent.
    pub(crate) async fn page_as_sent(
        &self,
        stream: &StreamName,
        from: StreamVersion,
        limit: usize,
        until: Instant,
    ) -> Result<(StreamPage, Option<Uuid>), ReadError> {
        if stream.namespace() != self.names.namespace {
            return Err(ReadError::Failed(StorageFault::new(EngineFault::OtherNamespace)));
        }
        // The server takes versions as signed numbers; nothing can be past the largest one.
        if i64::try_from(from.number()).is_err() {
            let last_version = self.last_version(stream, until).await?;
            return Ok((StreamPage { events: vec![], last_version, reached_end: true }, None));
        }
        let read = self.repeat(until, || {
            self.take_of_stream(until, stream.as_str(), InStream::From(from.number()), limit)
        });
        let taken = match read.await {
            Ok(taken) => taken,
            Err(failure) if failure.meaning == Meaning::NoStream => {
                return Ok((StreamPage { events: vec![], last_version: None, reached_end: true }, None));
            }
            Err(failure) => return Err(read_failed(failure)),
        };
        let events = versions_from(stream, from, &taken.events)?;
        let last_read = events.last().map(|event| event.version);
        let said = taken.last_revision.map(StreamVersion::new);
        let last_version = match last_read.filter(|_| taken.is_all).max(said) {
            Some(last) => Some(last),
            None => self.last_version(stream, until).await?.max(last_read),
        };
        let next = last_read.map_or(from, StreamVersion::next);
        let reached_end = last_version.is_none_or(|last| last < next);
        // What the server said belongs to the same read as the events; a last version read later proves nothing.
        if taken.is_all && said.is_some_and(|said| said >= next) {
            return Err(missing(stream, next).into());
        }
        let sent_as = taken.events.last().map(|event| event.id);
        Ok((StreamPage { events, last_version, reached_end }, sent_as))
    }

    /// The version of the last event of a stream.
    async fn last_version(
        &self,
        stream: &StreamName,
        until: Instant,
    ) -> Result<Option<StreamVersion>, ReadError> {
        Ok(self.end_of_stream(stream, 1, until).await?.last().map(|event| event.version))
    }

    /// The last events of a stream, in the order of versions; none if it does not exist.
    pub(crate) async fn end_of_stream(
        &self,
        stream: &StreamName,
        count: usize,
        until: Instant,
    ) -> Result<Vec<RecordedEvent>, ReadError> {
        let read =
            self.repeat(until, || self.take_of_stream(until, stream.as_str(), InStream::BackFromEnd, count));
        let mut taken = match read.await {
            Ok(taken) => taken.events,
            Err(failure) if failure.meaning == Meaning::NoStream => return Ok(vec![]),
            Err(failure) => return Err(read_failed(failure)),
        };
        taken.reverse();
        let first = taken.first().map_or(StreamVersion::FIRST, |event| StreamVersion::new(event.revision));
        versions_from(stream, first, &taken)
    }

    /// A page of the whole log.
    pub(crate) async fn page_of_all(
        &self,
        after: Position,
        limit: usize,
        until: Instant,
    ) -> Result<AllPage, ReadError> {
        if self.tail.known().last <= after.raw() && self.look_at_tail(until).await? <= after {
            return Ok(AllPage { events: vec![], head: Position::from_raw(self.tail.known().last) });
        }
        // Nothing of ours stands before the identity of the store.
        let start = self.tail.known().start_after(after.raw()).max(self.begins_at.load(Ordering::Relaxed));
        let taken = self.repeat(until, || self.take_of_all(until, Some(start), limit + BESIDES)).await;
        let taken = taken.map_err(read_failed)?;
        let mut ours = taken
            .events
            .iter()
            .filter(|event| self.names.are_ours(event.stream_id()) && event.position.commit > after.raw());
        let events = ours.by_ref().take(limit).map(decode).collect::<Result<Vec<_>, _>>()?;
        let is_all = taken.is_all && ours.next().is_none();
        if let Some(last) = events.last() {
            self.tail.saw(last.position);
        }
        let head = if is_all {
            Position::from_raw(self.tail.known().last)
        } else {
            self.look_at_tail(until).await?
        };
        Ok(AllPage { events, head })
    }

    /// The position of our last event, as the server has it now.
    pub(crate) async fn look_at_tail(&self, until: Instant) -> Result<Position, ReadError> {
        self.repeat(until, || self.try_to_look(until)).await.map_err(read_failed)
    }

    /// One attempt at that. The reads of one attempt may meet two clients; both speak to the leader only.
    pub(crate) async fn try_to_look(&self, until: Instant) -> Result<Position, Failure> {
        let before = self.tail.known();
        let head = match self.head_of_all(until).await? {
            Some(place) if place.commit <= before.scanned => {
                return Ok(Position::from_raw(self.tail.known().last));
            }
            // The two differ for what somebody wrote in a transaction. The commit position alone is a place as well: a
            // read that starts there leaves the transaction out, and there is nothing of ours in it.
            Some(place) => place.commit,
            None => return Ok(Position::BEFORE_FIRST),
        };
        let from = before.scanned.max(self.begins_at.load(Ordering::Relaxed));
        let taken = self.take_of_all(until, Some(from), TAIL_EVENTS).await?;
        let mut found = self.last_of(&taken);
        if !taken.is_all {
            // Much has come: our last event is near the end, and found from there.
            let from_end = self.take_of_all(until, None, BESIDES).await?;
            found = self.last_of(&from_end).max(found);
        }
        self.tail.looked(before, found, head);
        Ok(Position::from_raw(self.tail.known().last))
    }

    /// The highest position of an event of ours.
    fn last_of(&self, taken: &Taken) -> Option<u64> {
        let ours = taken.events.iter().filter(|event| self.names.are_ours(event.stream_id()));
        ours.map(|event| event.position.commit).max()
    }

    /// Where the last event of the whole log is, anybody's. Refused if the user may not read `$all`.
    pub(crate) async fn head_of_all(&self, until: Instant) -> Result<Option<ServerPosition>, Failure> {
        let options = self.head_options();
        let taken = self.link.attempt(until, |client| take_all(client, options, 1, |_| false)).await?;
        Ok(taken.events.first().map(|event| event.position))
    }

    /// What reads the last event of everybody.
    fn head_options(&self) -> ReadAllOptions {
        self.all_options(StreamPosition::End).max_count(1)
    }

    fn all_options(&self, position: StreamPosition<ServerPosition>) -> ReadAllOptions {
        let options = ReadAllOptions::default().position(position);
        match &self.link.address().authentication {
            Some(authentication) => options.authenticated(authentication.clone()),
            None => options,
        }
    }

    /// Events of our namespace, at most `count`: from a position on, that one included, or back from the end up to the
    /// last event of ours or the first of the store's own, behind which there can be none.
    pub(crate) async fn take_of_all(
        &self,
        until: Instant,
        from: Option<u64>,
        count: usize,
    ) -> Result<Taken, Failure> {
        let names = from.is_none().then(|| self.names.clone());
        let is_enough = move |event: &ServerEvent| {
            names.as_ref().is_some_and(|names| names.are_ours(event.stream_id()) || event.revision == 0)
        };
        let position = match from {
            Some(0) => StreamPosition::Start,
            Some(place) => StreamPosition::Position(ServerPosition { commit: place, prepare: place }),
            None => StreamPosition::End,
        };
        let filter = SubscriptionFilter::on_stream_name().add_prefix(&self.names.prefix);
        let options = self.all_options(position).filter(filter).max_count(count);
        let head = self.head_options();
        let is_there = |client| {
            let options = head.clone();
            async move { take_all(client, options, 1, |_| false).await.map(drop) }
        };
        self.link.scan(until, |client| take_all(client, options, count, is_enough), is_there).await
    }

    async fn take_of_stream(
        &self,
        until: Instant,
        stream: &str,
        place: InStream,
        count: usize,
    ) -> Result<Taken, Failure> {
        let mut options = ReadStreamOptions::default().max_count(count);
        options = match place {
            InStream::From(0) => options.position(StreamPosition::Start),
            InStream::From(revision) => options.position(StreamPosition::Position(revision)),
            InStream::BackFromEnd => options.position(StreamPosition::End),
        };
        if let Some(authentication) = &self.link.address().authentication {
            options = options.authenticated(authentication.clone());
        }
        let stream = stream.to_owned();
        self.link.attempt(until, |client| take_stream(client, stream, options, count)).await
    }

    /// The events of the store's own stream, which is no part of the journal; none if it does not exist.
    pub(crate) async fn store_events(&self, until: Instant) -> Result<Vec<ServerEvent>, Failure> {
        // One more than there may be, so that too many are noticed.
        let count = STORE_EVENTS_MAX + 1;
        match self.take_of_stream(until, &self.names.store, InStream::From(0), count).await {
            Ok(taken) => Ok(taken.events),
            Err(failure) if failure.meaning == Meaning::NoStream => Ok(Vec::new()),
            Err(failure) => Err(failure),
        }
    }
}

fn missing(stream: &StreamName, version: StreamVersion) -> CorruptRecord {
    CorruptRecord {
        place: RecordPlace::Stream { stream: stream.clone(), version },
        reason: "it is missing: the stream was cut short or deleted in the server",
    }
}

/// The events of a stream, which must have the versions from `first` on without a gap.
fn versions_from(
    stream: &StreamName,
    first: StreamVersion,
    events: &[ServerEvent],
) -> Result<Vec<RecordedEvent>, ReadError> {
    let mut expected = first;
    let mut decoded = Vec::with_capacity(events.len());
    for event in events {
        if event.revision != expected.number() {
            return Err(missing(stream, expected).into());
        }
        decoded.push(decode(event)?);
        expected = expected.next();
    }
    Ok(decoded)
}
