//! A server that dies and comes back, again and again, under load: nothing acknowledged is lost, nothing is written
//! twice, and what is reported as not done is not there.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use candour_journal::{AllPage, AppendError, ExpectedVersion, Journal, Position, ReadError, Unavailable};
use candour_journal_kurrent::{AppendBy, KurrentJournal, Options};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::common::{double, event, options, stream};

/// Streams that are appended to at the same time.
const AT_ONCE: u128 = 64;

/// How often the server stops and starts.
const RESTARTS: u32 = 5;

/// What became of an append, as it was reported.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reported {
    Written,
    NotDone,
    Unknown,
}

/// A page of the log, as soon as the server that was started again is reached.
async fn read_once_it_answers(journal: &KurrentJournal, after: Position) -> AllPage {
    loop {
        match journal.read_all(after, 500).await {
            Err(ReadError::Unavailable(Unavailable::NotAnswering)) => {}
            other => return other.unwrap(),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_is_there_once_and_what_is_not_done_is_not_there() {
    for append_by in [AppendBy::Session, AppendBy::Call] {
        let double = double().await;
        // Short enough that some appends give up while the server is away.
        let options = Options { append_by, call_budget: Duration::from_millis(900), ..options(&double) };
        let journal = Arc::new(KurrentJournal::connect(&options).await.unwrap());
        let (stop, stopped) = watch::channel(false);
        // How many appends have been given up.
        let (giving_up, mut given_up) = watch::channel(0_usize);
        let mut appending = JoinSet::new();
        for number in 0..AT_ONCE {
            let (journal, stopped, giving_up) = (Arc::clone(&journal), stopped.clone(), giving_up.clone());
            appending.spawn(async move {
                let mut reported = Vec::new();
                for round in 0.. {
                    if *stopped.borrow() {
                        break;
                    }
                    // Each in a stream of its own, so that one whose outcome is not known stands in nobody's way.
                    let id = number * 1_000_000 + round;
                    let append =
                        journal.append(&stream(id), ExpectedVersion::NoStream, vec![event(id)]).await;
                    let append = match append {
                        Ok(_) => Reported::Written,
                        Err(AppendError::OutcomeUnknown(_)) => Reported::Unknown,
                        Err(AppendError::Failed(_) | AppendError::Unavailable(_)) => Reported::NotDone,
                        other => panic!("{id}: {other:?}"),
                    };
                    if append != Reported::Written {
                        giving_up.send_modify(|count| *count += 1);
                    }
                    reported.push((id, append));
                }
                reported
            });
        }
        for _ in 0..RESTARTS {
            let before = double.counts();
            let appends = |counts: candour_kurrent_double::Counts| counts.appends + counts.batch_appends;
            while appends(double.counts()) < appends(before) + 100 {
                tokio::task::yield_now().await;
            }
            double.stop().await;
            double.start_again().await.unwrap();
        }
        // Once it stays away until some have been given up.
        double.stop().await;
        let before = *given_up.borrow();
        given_up.wait_for(|count| *count >= before + 16).await.unwrap();
        double.start_again().await.unwrap();
        stop.send_replace(true);
        let mut reported = HashMap::new();
        while let Some(of_one) = appending.join_next().await {
            reported.extend(of_one.unwrap());
        }

        let mut found: HashMap<u128, usize> = HashMap::new();
        let mut after = Position::BEFORE_FIRST;
        loop {
            let page = read_once_it_answers(&journal, after).await;
            let is_last = page.reached_head(after);
            for event in &page.events {
                *found.entry(event.event_id.as_u128()).or_default() += 1;
            }
            after = page.events.last().map_or(after, |last| last.position);
            if is_last {
                break;
            }
        }
        for (id, reported) in &reported {
            let times = found.remove(id).unwrap_or(0);
            let is_right = match reported {
                Reported::Written => times == 1,
                Reported::NotDone => times == 0,
                Reported::Unknown => times <= 1,
            };
            assert!(
                is_right,
                "{id} was reported as {reported:?} and is there {times} times, by {append_by:?}"
            );
        }
        assert!(found.is_empty(), "nobody appended {found:?}");
        let count = |wanted| reported.values().filter(|reported| **reported == wanted).count();
        assert!(count(Reported::Written) > 250, "{} written", count(Reported::Written));
    }
}
