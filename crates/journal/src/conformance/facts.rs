//! What every engine promises about the facts of a store.

use std::sync::Arc;

use super::{UnsteadyClock, events, stream, whole_log};
use crate::limits::FACT_VALUE_BYTES_MAX;
use crate::{ExpectedVersion, Fact, FactError, Journal, Position};

/// A fact is settled by the first value, and a later one is answered with it; each fact stands for itself.
pub async fn the_first_value_of_a_fact_stands(journal: Arc<dyn Journal>, _clock: Arc<UnsteadyClock>) {
    for fact in Fact::ALL {
        assert_eq!(journal.settled(fact).await.expect("a fact is read"), None);
    }
    assert_eq!(journal.settle(Fact::Keys, "first").await.expect("a fact is settled"), "first");
    assert_eq!(journal.settle(Fact::Keys, "second").await.expect("a fact is answered"), "first");
    assert_eq!(journal.settled(Fact::Keys).await.expect("a fact is read").as_deref(), Some("first"));
    assert_eq!(journal.settled(Fact::CopyOf).await.expect("a fact is read"), None);
    for fact in Fact::ALL {
        let stands = journal.settle(fact, "third").await.expect("a fact is settled");
        assert_eq!(stands, if fact == Fact::Keys { "first" } else { "third" });
    }
}

/// Of values given at the same time one stands, and everybody is told the same one.
pub async fn of_racing_values_one_stands_for_everybody(
    journal: Arc<dyn Journal>,
    _clock: Arc<UnsteadyClock>,
) {
    let racing: Vec<_> = (0..8)
        .map(|number| {
            let journal = Arc::clone(&journal);
            tokio::spawn(async move { journal.settle(Fact::Keys, &format!("value {number}")).await })
        })
        .collect();
    let mut answers = Vec::new();
    for settling in racing {
        answers.push(settling.await.expect("settling does not panic").expect("a fact is settled"));
    }
    let stands = journal.settled(Fact::Keys).await.expect("a fact is read").expect("it is settled");
    assert!(answers.iter().all(|answer| *answer == stands), "{answers:?}, but {stands} stands");
}

/// Settling adds no event and moves no position, before and after the first event.
pub async fn a_fact_is_no_part_of_the_log(journal: Arc<dyn Journal>, _clock: Arc<UnsteadyClock>) {
    journal.settle(Fact::Keys, "keys").await.expect("a fact is settled");
    assert_eq!(journal.head().await.expect("the head is read"), Position::BEFORE_FIRST);
    let appended = journal.append(&stream(1), ExpectedVersion::NoStream, events(1, 2)).await;
    let appended = appended.expect("the append is written");
    for fact in Fact::ALL {
        journal.settle(fact, "later").await.expect("a fact is settled");
    }
    assert_eq!(journal.head().await.expect("the head is read"), appended.position);
    let log = whole_log(&*journal, 1).await;
    assert_eq!(log.len(), 2);
    assert_eq!(log.last().map(|event| event.position), Some(appended.position));
}

/// A value may be as long as the limit and no longer.
pub async fn a_value_past_the_limit_settles_nothing(journal: Arc<dyn Journal>, _clock: Arc<UnsteadyClock>) {
    let longest = "x".repeat(FACT_VALUE_BYTES_MAX);
    let refused = journal.settle(Fact::Keys, &format!("{longest}x")).await;
    assert!(matches!(refused, Err(FactError::Limit(_))), "{refused:?}");
    assert_eq!(journal.settled(Fact::Keys).await.expect("a fact is read"), None);
    assert_eq!(journal.settle(Fact::Keys, &longest).await.expect("a fact is settled"), longest);
}
