//! Each of the client's known defects, provoked: the call is answered within its budget and the journal recovers by
//! itself. The letters are the rows of the list of defects.

use std::sync::Arc;
use std::time::Instant;

use candour_journal::{AppendError, ExpectedVersion, Journal, Position, StreamVersion};
use candour_journal_kurrent::{AppendBy, KurrentJournal, Options};
use candour_kurrent_double::{Call, Double, Fault, Settings};

use crate::common::{connect, connect_by, double, event, exact, ids, log, options, stream};

const NO_STREAM: ExpectedVersion = ExpectedVersion::NoStream;

/// Runs a test with appends in a session and with appends in a call of their own, at the same time.
async fn in_both_ways(test: impl AsyncFn(AppendBy)) {
    tokio::join!(Box::pin(test(AppendBy::Session)), Box::pin(test(AppendBy::Call)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_a_failed_connect_is_survived_with_a_new_client() {
    let double = double().await;
    let journal = connect(&double).await;
    // The connection breaks, the client's own new one is refused, and so is the first one of the next client.
    double.script(Fault::RefuseConnection);
    double.script(Fault::RefuseConnection);
    double.break_connections();
    journal.append(&stream(1), NO_STREAM, vec![event(1)]).await.unwrap();
    assert_eq!(ids(&journal).await, [1]);
    assert_eq!(double.waiting_faults(), 0);
    assert!(journal.clients_made() >= 2, "{}", journal.clients_made());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_while_no_connection_is_made_calls_fail_in_time_and_clients_are_made_with_growing_waits() {
    let double = double().await;
    let options = options(&double);
    let journal = KurrentJournal::connect(&options).await.unwrap();
    double.set_refusing(true);
    double.break_connections();
    let begun = Instant::now();
    let refused = journal.append(&stream(1), NO_STREAM, vec![event(1)]).await;
    assert!(begun.elapsed() <= options.call_budget * 2, "{:?}", begun.elapsed());
    assert!(matches!(refused, Err(AppendError::Failed(_) | AppendError::OutcomeUnknown(_))), "{refused:?}");
    // 50, 100, 200, … 2000 ms: not more than eight clients fit into two budgets, each with a few connections.
    assert!(double.counts().connections <= 40, "{:?}", double.counts());

    double.set_refusing(false);
    journal.append(&stream(1), NO_STREAM, vec![event(1)]).await.unwrap();
    assert_eq!(ids(&journal).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn b_an_unavailable_node_is_tried_again_with_a_new_client() {
    in_both_ways(async |append_by| {
        let double = double().await;
        let journal = connect_by(&double, append_by).await;
        for _ in 0..3 {
            double.script(Fault::AnswerUnavailable(Call::Append));
        }
        double.script(Fault::AnswerUnavailable(Call::ReadStream));
        double.script(Fault::AnswerUnavailable(Call::ReadAll));
        journal.append(&stream(1), NO_STREAM, vec![event(1)]).await.unwrap();
        journal.append(&stream(1), exact(0), vec![event(2)]).await.unwrap();
        assert_eq!(ids(&journal).await, [1, 2]);
        assert_eq!(double.waiting_faults(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b2_a_node_that_is_not_the_leader_is_left_for_the_one_it_names() {
    in_both_ways(async |append_by| {
        let double = double().await;
        let journal = connect_by(&double, append_by).await;
        let not_leader =
            |call| Fault::AnswerNotLeader { call, host: "127.0.0.1".to_owned(), port: double.ports()[0] };
        double.script(not_leader(Call::Append));
        double.script(not_leader(Call::Append));
        double.script(not_leader(Call::ReadStream));
        let appended = journal.append(&stream(1), NO_STREAM, vec![event(1)]).await.unwrap();
        assert!(!appended.repeated);
        let page = journal.read_stream(&stream(1), StreamVersion::FIRST, 10).await.unwrap();
        assert_eq!(page.events.len(), 1);
        assert_eq!(double.waiting_faults(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b2_a_leader_that_moves_is_followed() {
    let double = Double::start(Settings { nodes: 3, ..Settings::default() }).await.unwrap();
    let journal = connect(&double).await;
    let mut expected = NO_STREAM;
    for (version, leader) in [0, 1, 2, 0].into_iter().enumerate() {
        double.move_leader(leader);
        let appended = journal.append(&stream(1), expected, vec![event(version as u128)]).await.unwrap();
        expected = ExpectedVersion::Exact(appended.last_version);
    }
    assert_eq!(ids(&journal).await, [0, 1, 2, 3]);
    assert!(double.counts().gossip > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn c_no_subscription_is_ever_made() {
    let double = double().await;
    let journal = connect(&double).await;
    let mut changes = journal.changes();
    let other = connect(&double).await;
    let appended = other.append(&stream(1), NO_STREAM, vec![event(1)]).await.unwrap();
    changes.wait_for(|head| *head >= appended.position).await.unwrap();
    assert_eq!(double.counts().subscriptions, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn f_a_call_that_is_never_answered_is_given_up_and_tried_again() {
    in_both_ways(async |append_by| {
        let double = double().await;
        let options = Options { append_by, ..options(&double) };
        let journal = KurrentJournal::connect(&options).await.unwrap();
        double.script(Fault::StaySilent(Call::Append));
        double.script(Fault::StaySilent(Call::ReadStream));
        double.script(Fault::StaySilent(Call::ReadAll));
        let begun = Instant::now();
        journal.append(&stream(1), NO_STREAM, vec![event(1)]).await.unwrap();
        assert_eq!(ids(&journal).await, [1]);
        assert!(begun.elapsed() < options.call_budget * 2, "{:?}", begun.elapsed());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g_a_silent_peer_holds_no_call_past_its_budget_and_what_it_held_back_is_written_once() {
    in_both_ways(async |append_by| {
        let double = double().await;
        let options = Options { append_by, ..options(&double) };
        let journal = KurrentJournal::connect(&options).await.unwrap();
        double.set_silent(true);
        let begun = Instant::now();
        let stream = stream(1);
        let (append, read, head) = tokio::join!(
            journal.append(&stream, NO_STREAM, vec![event(1)]),
            journal.read_stream(&stream, StreamVersion::FIRST, 10),
            journal.head(),
        );
        assert!(begun.elapsed() < options.call_budget * 2, "{:?}", begun.elapsed());
        assert!(matches!(append, Err(AppendError::OutcomeUnknown(_))), "{append:?}");
        assert!(read.is_err() && head.is_err());

        // Now every attempt that was held back arrives, beside the repetition.
        double.set_silent(false);
        let appended = journal.append(&stream, NO_STREAM, vec![event(1)]).await.unwrap();
        assert_eq!(
            (appended.first_version, appended.last_version),
            (StreamVersion::FIRST, StreamVersion::FIRST)
        );
        let events = log(&journal).await;
        assert_eq!(events.len(), 1);
        assert_eq!((events[0].position, events[0].recorded_at), (appended.position, appended.recorded_at));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i_a_session_that_ends_without_a_word_is_noticed_and_replaced() {
    let double = double().await;
    let journal = connect(&double).await;
    double.script(Fault::EndBatchSession);
    journal.append(&stream(1), NO_STREAM, vec![event(1)]).await.unwrap();
    journal.append(&stream(1), exact(0), vec![event(2)]).await.unwrap();
    assert_eq!(ids(&journal).await, [1, 2]);
    let counts = double.counts();
    // The second append is in a new session; only the first one fell back to a call of its own.
    assert_eq!((counts.batch_sessions, counts.batch_appends), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn i_a_refused_append_ends_its_session_and_harms_no_other_append() {
    let double = double().await;
    let journal = Arc::new(connect(&double).await);
    journal.append(&stream(0), NO_STREAM, vec![event(0)]).await.unwrap();
    let appending: Vec<_> = (1..=60_u128)
        .map(|number| {
            let journal = Arc::clone(&journal);
            // Every third append is refused, each in one of the few sessions.
            let stream = if number.is_multiple_of(3) { stream(0) } else { stream(number) };
            tokio::spawn(async move { journal.append(&stream, NO_STREAM, vec![event(number)]).await })
        })
        .collect();
    for (append, number) in appending.into_iter().zip(1..=60_u128) {
        match append.await.unwrap() {
            Ok(appended) => {
                assert!(!number.is_multiple_of(3) && !appended.repeated, "{number}: {appended:?}");
            }
            Err(AppendError::Conflict { actual, .. }) => {
                assert_eq!((number % 3, actual), (0, Some(StreamVersion::FIRST)));
            }
            other => panic!("{number}: {other:?}"),
        }
    }
    let mut written = ids(&journal).await;
    written.sort_unstable();
    let expected: Vec<u128> = (0..=60).filter(|number| *number == 0 || number % 3 != 0).collect();
    assert_eq!(written, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn i_a_server_without_batch_appends_is_appended_to_call_by_call() {
    let double = Double::start(Settings { batch_append: false, ..Settings::default() }).await.unwrap();
    let journal = connect(&double).await;
    journal.append(&stream(1), NO_STREAM, vec![event(1)]).await.unwrap();
    assert_eq!(ids(&journal).await, [1]);
    assert_eq!(double.counts().batch_sessions, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_breaks_in_the_middle_is_begun_again() {
    let double = double().await;
    let journal = connect(&double).await;
    journal.append(&stream(1), NO_STREAM, (1..=5).map(event).collect()).await.unwrap();
    double.script(Fault::BreakRead { call: Call::ReadAll, after: 2 });
    double.script(Fault::BreakRead { call: Call::ReadStream, after: 2 });
    assert_eq!(ids(&journal).await, [1, 2, 3, 4, 5]);
    let page = journal.read_stream(&stream(1), StreamVersion::FIRST, 10).await.unwrap();
    assert_eq!((page.events.len(), page.reached_end), (5, true));
    assert!(page.events.iter().all(|event| event.position > Position::BEFORE_FIRST));
}
