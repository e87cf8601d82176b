//! Two connections to one store, as of two servers: neither knows what the other does but through KurrentDB.

use std::{sync::Arc, time::Instant};

use candour_journal::{
    AppendError, ExpectedVersion, Fact, Journal as _, Position, RecordedEvent, StreamVersion, next_page,
};
use candour_journal_kurrent::KurrentJournal;
use uuid::Uuid;

use crate::{
    check::{Check, Outcome},
    sample::{event, stream},
    setting::Setting,
};

/// Events in one page of a follower.
const PAGE: usize = 50;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "two-connections/store",
            "servers that begin a store at the same time agree on one",
            store,
        ),
        Check::new("two-connections/facts", "a fact that two servers settle at once is settled once", facts),
        Check::new("two-connections/conflict", "of two appends to one place one is written", conflict),
        Check::new(
            "two-connections/repeat",
            "a repeat through another server gives the first outcome",
            repeat,
        ),
        Check::new(
            "two-connections/follow",
            "each server sees what the other appends, all of it and in order",
            follow,
        ),
    ]
}

/// Two journals in one namespace of its own.
async fn two(setting: &Setting) -> (String, Arc<KurrentJournal>, Arc<KurrentJournal>) {
    let namespace = setting.namespace();
    let options = setting.options(&namespace);
    let (one, other) = tokio::join!(setting.connect(&options), setting.connect(&options));
    (namespace, Arc::new(one), Arc::new(other))
}

async fn store(setting: Arc<Setting>) -> Outcome {
    for _ in 0..3 {
        let (namespace, one, other) = two(&setting).await;
        let later = setting.connect(&setting.options(&namespace)).await;
        let stores = [one.store_id(), other.store_id(), later.store_id()];
        assert!(stores.iter().all(|store| *store == stores[0]), "{stores:?}");
    }
    Outcome::passed()
}

async fn facts(setting: Arc<Setting>) -> Outcome {
    for _ in 0..2 {
        let (namespace, one, other) = two(&setting).await;
        for fact in Fact::ALL {
            let (first, second) =
                tokio::join!(one.settle(fact, "of the one"), other.settle(fact, "of the other"));
            let (first, second) = (first.expect("a fact is settled"), second.expect("a fact is settled"));
            assert_eq!(first, second, "{fact:?}");
        }
        let later = setting.connect(&setting.options(&namespace)).await;
        for fact in Fact::ALL {
            let stands = one.settled(fact).await.expect("a fact is read");
            assert_eq!(later.settled(fact).await.expect("a fact is read"), stands, "{fact:?}");
            assert!(stands.is_some(), "{fact:?}");
        }
        assert_eq!(later.head().await.expect("the head is read"), Position::BEFORE_FIRST);
    }
    Outcome::passed()
}

async fn conflict(setting: Arc<Setting>) -> Outcome {
    let (namespace, one, other) = two(&setting).await;
    let stream = stream(&namespace, 1);
    let mut expected = ExpectedVersion::NoStream;
    for round in 0..30_u128 {
        let (ours, theirs) = (event(round * 2), event(round * 2 + 1));
        let (first, second) = tokio::join!(
            one.append(&stream, expected, vec![ours.clone()]),
            other.append(&stream, expected, vec![theirs.clone()]),
        );
        let won = match (&first, &second) {
            (Ok(_), Err(AppendError::Conflict { .. })) => ours.event_id,
            (Err(AppendError::Conflict { .. }), Ok(_)) => theirs.event_id,
            both => panic!("of two appends to one place one is written: {both:?}"),
        };
        let version = StreamVersion::new(u64::try_from(round).expect("a small number"));
        let page = one.read_stream(&stream, version, PAGE).await.expect("the stream is read");
        let there: Vec<Uuid> = page.events.iter().map(|event| event.event_id).collect();
        assert_eq!(there, [won], "round {round}");
        expected = ExpectedVersion::Exact(version);
    }
    Outcome::passed()
}

async fn repeat(setting: Arc<Setting>) -> Outcome {
    let (namespace, one, other) = two(&setting).await;
    for number in 0..20 {
        let stream = stream(&namespace, number);
        let events = vec![event(number * 2), event(number * 2 + 1)];
        let first = one.append(&stream, ExpectedVersion::NoStream, events.clone()).await;
        let first = first.expect("the append is written");
        let again = other.append(&stream, ExpectedVersion::NoStream, events).await;
        let again = again.expect("it is a repeat");
        assert!(again.repeated && !first.repeated, "{first:?}, {again:?}");
        assert_eq!(
            (again.position, again.recorded_at, again.last_version),
            (first.position, first.recorded_at, first.last_version)
        );
    }
    assert_eq!(whole_log(&one).await.len(), 40);
    Outcome::passed()
}

async fn follow(setting: Arc<Setting>) -> Outcome {
    const APPENDS: u128 = 100;
    let (namespace, one, other) = two(&setting).await;
    let begun = Instant::now();
    let followers = [Arc::clone(&one), Arc::clone(&other)].map(|journal| {
        tokio::spawn(async move {
            let mut changes = journal.changes();
            let mut seen: Vec<RecordedEvent> = Vec::new();
            while seen.len() < 2 * usize::try_from(APPENDS).expect("a small number") {
                let after = seen.last().map_or(Position::BEFORE_FIRST, |last| last.position);
                let page = next_page(&*journal, &mut changes, after, PAGE).await.expect("the log is read");
                assert!(
                    page.events.iter().all(|event| event.position > after && event.position <= page.head)
                );
                seen.extend(page.events);
            }
            seen
        })
    });
    for number in 0..APPENDS {
        let (first, second) = (stream(&namespace, number % 7), stream(&namespace, 10 + number % 7));
        let (first, second) = tokio::join!(
            one.append(&first, ExpectedVersion::Any, vec![event(number * 2)]),
            other.append(&second, ExpectedVersion::Any, vec![event(number * 2 + 1)]),
        );
        first.expect("the append is written");
        second.expect("the append is written");
    }
    let log = whole_log(&one).await;
    for follower in followers {
        let seen = follower.await.expect("the follower ends");
        assert!(seen == log, "a follower saw another order or other events");
    }
    assert!(whole_log(&other).await == log, "the servers read different logs");
    Outcome::Passed(format!("{} events in {:.1} s", log.len(), begun.elapsed().as_secs_f64()))
}

async fn whole_log(journal: &KurrentJournal) -> Vec<RecordedEvent> {
    let mut log: Vec<RecordedEvent> = Vec::new();
    loop {
        let after = log.last().map_or(Position::BEFORE_FIRST, |last| last.position);
        let page = journal.read_all(after, PAGE).await.expect("the log is read");
        let is_last = page.reached_head(after);
        log.extend(page.events);
        if is_last {
            return log;
        }
    }
}
