//! Several nodes: found by seeds or by a name, and followed as the leader moves.

use std::sync::Arc;
use std::time::Duration;

use candour_journal::{AppendError, ExpectedVersion, Journal};
use candour_journal_kurrent::{AppendBy, KurrentJournal, Options};
use candour_kurrent_double::{Double, Settings};
use tokio::task::JoinSet;

use crate::common::{connect, event, exact, ids, options, stream};

const NO_STREAM: ExpectedVersion = ExpectedVersion::NoStream;

async fn cluster() -> Double {
    Double::start(Settings { nodes: 3, ..Settings::default() }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_leader_is_found_by_any_one_seed_and_by_a_name() {
    let double = Double::start(Settings { nodes: 3, host: "localhost".to_owned(), ..Settings::default() });
    let double = double.await.unwrap();
    double.move_leader(2);
    for (number, node) in [0, 1, 2].into_iter().enumerate() {
        let connection_string = format!("kurrentdb+discover://localhost:{}?tls=false", double.ports()[node]);
        let options = Options { connection_string, ..options(&double) };
        let journal = KurrentJournal::connect(&options).await.unwrap();
        let stream = stream(number as u128);
        journal.append(&stream, NO_STREAM, vec![event(number as u128)]).await.unwrap();
    }
    // Of three seeds two do not answer.
    double.stop_node(0).await;
    double.stop_node(1).await;
    let journal = connect(&double).await;
    assert_eq!(ids(&journal).await, [0, 1, 2]);
    assert!(double.counts().gossip >= 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_stops_is_left_for_the_next_one() {
    let double = cluster().await;
    let journal = connect(&double).await;
    journal.append(&stream(1), NO_STREAM, vec![event(1)]).await.unwrap();
    double.stop_node(0).await;
    let stream = stream(1);
    let appending = journal.append(&stream, exact(0), vec![event(2)]);
    let electing = async { double.move_leader(1) };
    let (appended, ()) = tokio::join!(appending, electing);
    appended.unwrap();
    double.start_again().await.unwrap();
    assert_eq!(ids(&journal).await, [1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_while_nobody_leads_says_so_in_time_and_one_that_sees_an_election_succeeds() {
    let double = cluster().await;
    double.depose_leader();
    let short = Options { start_budget: Duration::from_millis(800), ..options(&double) };
    let error = KurrentJournal::connect(&short).await.err().unwrap();
    assert!(error.to_string().contains("no leader"), "{error}");
    let before = double.counts().stream_reads;
    let electing = async {
        while double.counts().stream_reads <= before {
            tokio::task::yield_now().await;
        }
        double.move_leader(2);
    };
    let options = options(&double);
    let (opened, ()) = tokio::join!(KurrentJournal::connect(&options), electing);
    opened.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn while_nobody_leads_appends_wait_and_are_then_written_once() {
    for append_by in [AppendBy::Session, AppendBy::Call] {
        let double = cluster().await;
        let journal =
            KurrentJournal::connect(&Options { append_by, ..options(&double) }).await.map(Arc::new).unwrap();
        journal.append(&stream(0), NO_STREAM, vec![event(0)]).await.unwrap();
        double.depose_leader();
        let appending = tokio::spawn({
            let journal = Arc::clone(&journal);
            async move { journal.append(&stream(1), NO_STREAM, vec![event(1)]).await }
        });
        let before = double.counts().gossip;
        // The nodes have been asked again who leads.
        while double.counts().gossip <= before {
            tokio::task::yield_now().await;
        }
        double.move_leader(2);
        appending.await.unwrap().unwrap();
        assert_eq!(ids(&journal).await, [0, 1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_under_way_while_the_leader_moves_are_written_once_or_reported_as_not_done() {
    let double = Arc::new(cluster().await);
    let journal = Arc::new(connect(&double).await);
    let mut appending = JoinSet::new();
    for number in 0..64_u128 {
        let journal = Arc::clone(&journal);
        appending.spawn(async move {
            let mut expected = NO_STREAM;
            let mut written = Vec::new();
            for round in 0..8_u128 {
                let id = number * 100 + round;
                match journal.append(&stream(number), expected, vec![event(id)]).await {
                    Ok(appended) => {
                        expected = ExpectedVersion::Exact(appended.last_version);
                        written.push(id);
                    }
                    Err(AppendError::Failed(_)) => break,
                    other => panic!("{id}: {other:?}"),
                }
            }
            written
        });
    }
    for leader in [1, 2, 0, 1] {
        let before = double.counts().batch_appends + double.counts().appends;
        while double.counts().batch_appends + double.counts().appends < before + 40 && !appending.is_empty() {
            tokio::task::yield_now().await;
        }
        double.move_leader(leader);
    }
    let mut expected = Vec::new();
    while let Some(written) = appending.join_next().await {
        expected.extend(written.unwrap());
    }
    expected.sort_unstable();
    let mut found = ids(&journal).await;
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(expected.len(), 64 * 8, "each was carried through");
}
