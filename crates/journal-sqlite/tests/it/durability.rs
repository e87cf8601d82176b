//! Acknowledged means on disk: groups, kills, and a commit that fails.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use crate::common::{Place, append, event, log, open_at, poll_each_once, stream};
use candour_journal::{AppendError, ExpectedVersion, Journal, Position, StreamVersion, Unavailable, limits};
use candour_journal_sqlite::{Commit, CommitObserver};
use uuid::Uuid;

/// Tells the child process where the journal is.
const CHILD_JOURNAL: &str = "CANDOUR_TEST_JOURNAL_OF_THE_CHILD";

/// Keeps what it is told.
#[derive(Default)]
struct Commits(Mutex<Vec<Commit>>);

impl CommitObserver for Commits {
    fn committed(&self, commit: Commit) {
        self.0.lock().unwrap().push(commit);
    }
}

#[tokio::test]
async fn appends_that_queue_up_share_a_commit() {
    let place = Place::new();
    let journal = place.open();
    let commits = Arc::new(Commits::default());
    journal.observe(Arc::clone(&commits) as Arc<dyn CommitObserver>);
    append(&journal, 1, 1000).await;
    // A repeat and a refusal write nothing.
    append(&journal, 1, 1000).await;
    journal.append(&stream(1), ExpectedVersion::NoStream, vec![event(1001)]).await.unwrap_err();
    let before = journal.statistics();
    assert_eq!((before.commits, before.appends, before.waiting), (1, 1, 0));

    // While another program holds the write lock, the writer waits with its first batch and the others queue up.
    let raw = place.raw();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    let streams: Vec<_> = (0..50).map(stream).collect();
    let mut queued: Vec<_> = streams
        .iter()
        .zip(0..)
        .map(|(stream, id)| Box::pin(journal.append(stream, ExpectedVersion::Any, vec![event(id)])))
        .collect();
    poll_each_once(&mut queued).await;
    raw.execute_batch("ROLLBACK").unwrap();
    for append in queued {
        append.await.unwrap();
    }

    let after = journal.statistics();
    assert_eq!(after.appends, 51);
    assert!(after.commits <= 3, "{after:?}");
    assert!(after.largest_batch >= 25, "{after:?}");
    assert_eq!(log(&journal).await.len(), 51);

    let seen = commits.0.lock().unwrap();
    assert_eq!(seen.iter().map(|commit| commit.appends).sum::<u64>(), 51, "{seen:?}");
    assert_eq!(seen.iter().map(|commit| commit.appends).max(), Some(after.largest_batch));
    assert_eq!(seen.len() as u64, after.commits, "what wrote nothing is no commit");
    assert!(seen.iter().all(|commit| !commit.took.is_zero()), "{seen:?}");
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_with_nothing_written() {
    let place = Place::new();
    let journal = place.open();
    let raw = place.raw();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    let target = stream(1);
    // The writer holds at most one batch, so this many more cannot all be waiting.
    let too_many = limits::WRITE_QUEUE_DEPTH_MAX + limits::WRITE_BATCH_APPENDS_MAX + 1;
    let mut taken = Vec::new();
    let mut refused = 0;
    for id in 0..too_many as u128 {
        let mut append = Box::pin(journal.append(&target, ExpectedVersion::Any, vec![event(id)]));
        let first_step =
            std::future::poll_fn(|context| std::task::Poll::Ready(Future::poll(append.as_mut(), context)));
        match first_step.await {
            std::task::Poll::Pending => taken.push(append),
            std::task::Poll::Ready(Err(AppendError::Unavailable(Unavailable::QueueFull))) => refused += 1,
            std::task::Poll::Ready(other) => panic!("{other:?}"),
        }
    }
    assert!(refused >= 1);
    raw.execute_batch("ROLLBACK").unwrap();
    let expected = taken.len() as u64;
    for append in taken {
        append.await.unwrap();
    }
    let page = journal.read_stream(&target, StreamVersion::FIRST, 1).await.unwrap();
    assert_eq!(page.last_version, Some(StreamVersion::new(expected - 1)));
}

#[tokio::test]
async fn a_commit_that_fails_stops_the_writer_for_good() {
    let place = Place::new();
    let journal = place.open();
    let first = append(&journal, 1, 1).await;
    let mut changes = journal.changes();
    // A constraint that is only checked at COMMIT.
    place
        .raw()
        .execute_batch(
            "CREATE TABLE parent (id INTEGER PRIMARY KEY);
             CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
             CREATE TRIGGER fail_at_commit AFTER INSERT ON event BEGIN INSERT INTO child VALUES (1); END;",
        )
        .unwrap();
    let failed = journal.append(&stream(1), ExpectedVersion::Any, vec![event(2)]).await;
    assert!(matches!(failed, Err(AppendError::OutcomeUnknown(_))), "{failed:?}");
    assert!(!journal.is_healthy());

    // The cause goes away, the writer does not come back.
    place.raw().execute_batch("DROP TRIGGER fail_at_commit").unwrap();
    let later = journal.append(&stream(1), ExpectedVersion::Any, vec![event(3)]).await;
    assert!(matches!(later, Err(AppendError::Unavailable(Unavailable::Stopped))), "{later:?}");
    assert!(changes.wait_for(|head| *head > first.position).await.is_err(), "followers are told");
    assert_eq!(log(&journal).await.len(), 1, "reads go on");
    assert!(journal.close().await.is_err());
    drop(journal);

    // A restart knows the outcome: the same append again is written once.
    let journal = place.open();
    append(&journal, 1, 2).await;
    assert_eq!(log(&journal).await.len(), 2);
}

#[tokio::test]
async fn dropping_without_closing_keeps_what_was_acknowledged() {
    let place = Place::new();
    let journal = place.open();
    for id in 0..10 {
        append(&journal, id % 3, id).await;
    }
    let before = log(&journal).await;
    drop(journal);
    assert_eq!(log(&place.open()).await, before);
}

#[tokio::test]
async fn killing_the_process_loses_nothing_acknowledged() {
    let place = Place::new();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "durability::child_that_appends_until_it_is_killed",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(CHILD_JOURNAL, &place.file)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut acknowledged = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some((_, id)) = line.split_once("acknowledged ") {
            acknowledged.extend(id.parse::<u128>());
        }
        if acknowledged.len() == 40 {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged.len() >= 40, "the child ended by itself after {}", acknowledged.len());

    let journal = place.open();
    let mut found = Vec::new();
    let mut after = Position::BEFORE_FIRST;
    loop {
        let page = journal.read_all(after, 1000).await.unwrap();
        let Some(last) = page.events.last() else { break };
        after = last.position;
        found.extend(page.events.iter().map(|event| event.event_id));
    }
    let acknowledged: Vec<_> = acknowledged.into_iter().map(Uuid::from_u128).collect();
    assert_eq!(found[..acknowledged.len()], acknowledged);
    assert_eq!(journal.find_problems().await.unwrap(), Vec::<String>::new());
}

/// The child of the test above: it appends and says so, one event at a time. Run on its own it has nothing to do.
#[tokio::test]
async fn child_that_appends_until_it_is_killed() {
    let Some(file) = std::env::var_os(CHILD_JOURNAL) else { return };
    let journal = open_at(file.as_ref()).unwrap();
    let mut output = std::io::stdout();
    // An end in case the parent dies first.
    for id in 0..100_000 {
        append(&journal, id % 7, id).await;
        if writeln!(output, "acknowledged {id}").and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}
