//! What every engine must pass: one async function per promise, and [`journal_conformance!`](crate::journal_conformance)
//! which makes a test of each.
//!
//! Each function takes a fresh, empty journal and the clock that the journal was made with, and panics if the promise is
//! broken. Nothing sleeps: followers wait for a position.
//!
//! Where tests cannot be made, as against a server that is known only when the program runs, [`core`] gives the same functions as
//! a list; [`InNamespace`] keeps each in a namespace of its own on a server that is not its alone.
//!
//! Functions in [`appending`], [`reading`], [`facts`] and [`copying`] hold for every engine; those in [`embedded`] for engines that own their
//! store, and so know every event id ever used and stamp `recorded_at` from the injected clock.

pub mod appending;
pub mod copying;
pub mod embedded;
pub mod facts;
mod in_namespace;
pub mod reading;

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    Appended, Clock, Copying, EventTypeName, ExpectedVersion, Journal, NewEvent, Position, RecordedEvent,
    StreamName, StreamVersion,
};

pub use in_namespace::InNamespace;

/// The namespace of every stream of the suite.
pub const NAMESPACE: &str = "conformance";

/// How long one test may take before it counts as hung.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// A journal to be tested, with whatever must live as long as it does, such as a temporary folder.
pub struct Subject {
    journal: Arc<dyn Copying>,
    _held: Box<dyn Any + Send>,
}

impl Subject {
    /// A journal that needs nothing else.
    pub fn new(journal: Arc<dyn Copying>) -> Self {
        Self::holding(journal, ())
    }

    /// A journal, and what is dropped after it.
    pub fn holding(journal: Arc<dyn Copying>, held: impl Any + Send) -> Self {
        Self { journal, _held: Box::new(held) }
    }

    /// The journal.
    pub fn journal(&self) -> Arc<dyn Copying> {
        Arc::clone(&self.journal)
    }
}

/// A clock that shows what it is told, earlier instants included: a machine's clock at its worst.
#[derive(Debug)]
pub struct UnsteadyClock(Mutex<Timestamp>);

impl UnsteadyClock {
    /// A clock that shows a fixed instant.
    pub fn new() -> Self {
        Self(Mutex::new(instant(0)))
    }

    /// Moves the clock, forward or back.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Default for UnsteadyClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for UnsteadyClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A function of the suite, to be called by name.
#[derive(Clone, Copy)]
pub struct Promise {
    /// Its module and its name: what must hold.
    pub name: &'static str,
    test: Test,
}

/// A function of the suite: a fresh, empty journal and its clock, to a future that panics if the promise is broken.
type Test = fn(Arc<dyn Copying>, Arc<UnsteadyClock>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

impl Promise {
    /// A function under its name.
    pub const fn new(name: &'static str, test: Test) -> Self {
        Self { name, test }
    }

    /// Tests a fresh, empty journal, and panics if the promise is broken or the test hangs.
    pub async fn test(self, journal: Arc<dyn Copying>, clock: Arc<UnsteadyClock>) {
        tokio::time::timeout(PATIENCE, (self.test)(journal, clock)).await.expect("the test hangs");
    }
}

/// Every function that holds for every engine.
pub fn core() -> Vec<Promise> {
    let mut promises = Vec::new();
    crate::journal_conformance!(@core list promises);
    promises
}

/// The functions for engines that own their store which also hold for an engine elsewhere while nobody else appends.
pub fn while_one_process_appends() -> Vec<Promise> {
    let mut promises = Vec::new();
    crate::journal_conformance!(@alone list promises);
    promises
}

/// Makes a `#[tokio::test]` of every function of the suite. The argument is the path of a function from `Arc<dyn Clock>`
/// to a future of a [`Subject`]: a fresh, empty journal on that clock. With `core:` before it, only what holds for every
/// engine is tested; with `alone:`, what also holds for an engine elsewhere while nobody else appends. The calling crate needs tokio with `macros`, `rt-multi-thread` and `time`.
#[macro_export]
macro_rules! journal_conformance {
    (core: $make:path) => {
        $crate::journal_conformance!(@core tests $make);
    };
    (alone: $make:path) => {
        $crate::journal_conformance!(@alone tests $make);
    };
    ($make:path) => {
        $crate::journal_conformance!(core: $make);
        $crate::journal_conformance!(alone: $make);
        $crate::journal_conformance!(@tests $make, embedded:
            an_event_id_is_used_once_in_the_store,
            a_refused_append_leaves_no_trace,
        );
    };
    // What the suite consists of: told to the arm of this name, which makes tests of it, or a list.
    (@core $arm:ident $into:path) => {
        $crate::journal_conformance!(@$arm $into, appending:
            an_empty_append_is_refused,
            expected_no_stream_holds_only_once,
            expected_exact_version_must_be_the_last_one,
            expected_stream_exists_needs_a_stream,
            expected_any_always_holds,
            a_repeated_append_gives_the_first_outcome,
            a_repeat_of_only_some_events_is_a_conflict,
            each_limit_is_refused_with_nothing_written,
            largest_allowed_append_is_accepted,
            of_racing_appends_exactly_one_is_written_whole,
        );
        $crate::journal_conformance!(@$arm $into, reading:
            an_empty_journal_reads_as_empty,
            what_is_read_is_what_was_appended,
            a_stream_is_read_in_pages,
            the_log_is_read_in_pages,
            page_limits_are_refused,
            every_reader_sees_the_same_order,
            a_position_read_is_a_completed_prefix,
            a_follower_waits_for_the_next_event,
            an_acknowledged_append_is_visible_at_once,
        );
        $crate::journal_conformance!(@$arm $into, facts:
            the_first_value_of_a_fact_stands,
            of_racing_values_one_stands_for_everybody,
            a_fact_is_no_part_of_the_log,
            a_value_past_the_limit_settles_nothing,
        );
        $crate::journal_conformance!(@$arm $into, copying:
            a_copied_log_is_the_same_but_for_its_positions,
            an_event_out_of_place_is_not_copied,
            a_copy_is_carried_on_by_appends,
            what_one_engine_recorded_another_takes_over,
        );
    };
    (@alone $arm:ident $into:path) => {
        $crate::journal_conformance!(@$arm $into, embedded:
            a_repeat_without_a_version_gives_the_first_outcome,
            recorded_at_never_decreases,
            a_page_ends_at_its_byte_limit,
        );
    };
    (@list $promises:path, $module:ident: $($name:ident),+ $(,)?) => {
        $(
            $promises.extend([$crate::conformance::Promise::new(
                concat!(stringify!($module), "::", stringify!($name)),
                |journal, clock| Box::pin($crate::conformance::$module::$name(journal, clock)),
            )]);
        )+
    };
    (@tests $make:path, $module:ident: $($name:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let clock = ::std::sync::Arc::new($crate::conformance::UnsteadyClock::new());
                let subject = $make(clock.clone()).await;
                let test = $crate::conformance::$module::$name(subject.journal(), clock);
                tokio::time::timeout($crate::conformance::PATIENCE, test).await.expect("the test hangs");
            }
        )+
    };
}

/// An instant some microseconds after a fixed one.
fn instant(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(1_772_442_000_000_000 + microseconds).expect("the instant is in range")
}

/// The stream with a number.
fn stream(number: u128) -> StreamName {
    StreamName::new(NAMESPACE, "thing", Uuid::from_u128(number)).expect("the name is right")
}

/// `count` small events whose ids no other `series` shares.
fn events(series: u128, count: u128) -> Vec<NewEvent> {
    (0..count).map(|index| event((series << 32) | index)).collect()
}

/// A small event with this id.
fn event(id: u128) -> NewEvent {
    NewEvent {
        event_id: Uuid::from_u128(id),
        event_type: EventTypeName::parse("ThingHappened.v1").expect("the name is right"),
        occurred_at: instant(-1),
        metadata: format!("metadata {id}").into_bytes(),
        data: format!("data {id}").into_bytes(),
    }
}

/// Expects exactly this version.
fn exact(number: u64) -> ExpectedVersion {
    ExpectedVersion::Exact(StreamVersion::new(number))
}

/// First and last version of an append.
fn versions(appended: Appended) -> (u64, u64) {
    (appended.first_version.number(), appended.last_version.number())
}

/// The ids of events that went in.
fn ids_of(events: &[NewEvent]) -> Vec<Uuid> {
    events.iter().map(|event| event.event_id).collect()
}

/// The ids of a whole stream, read from its beginning in pages.
async fn ids_in(journal: &dyn Journal, stream: &StreamName) -> Vec<Uuid> {
    let mut ids = Vec::new();
    let mut from = StreamVersion::FIRST;
    loop {
        let page = journal.read_stream(stream, from, 100).await.expect("the stream is read");
        ids.extend(page.events.iter().map(|event| event.event_id));
        match page.events.last() {
            Some(last) if !page.reached_end => from = last.version.next(),
            _ => return ids,
        }
    }
}

/// The whole log, read from its beginning in pages of `limit` up to the head.
async fn whole_log(journal: &dyn Journal, limit: usize) -> Vec<RecordedEvent> {
    let mut log = Vec::new();
    let mut after = Position::BEFORE_FIRST;
    loop {
        let page = journal.read_all(after, limit).await.expect("the log is read");
        let is_last = page.reached_head(after);
        log.extend(page.events);
        match log.last() {
            Some(last) if !is_last => after = last.position,
            _ => return log,
        }
    }
}
