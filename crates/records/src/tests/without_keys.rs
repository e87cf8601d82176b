//! What a history says to the rules does not depend on being able to read a person's data, so that commands need no keys.

use std::fmt::Debug;

use candour_domain::{
    Entry, action::Action, calendar::RecordedUnder, candour_case::CandourCase, correction,
    feedback::Feedback, identifier::EventId, incident::Incident, response::Response,
};
use uuid::Uuid;

use super::{
    samples::{Sample, subjects},
    samples_of_follow_up, samples_of_incidents, samples_of_learning,
};
use crate::{Opener, StoredAggregate, Withheld, plain::Plain};

#[test]
fn state_and_coherence_are_the_same_with_and_without_keys() {
    let sealed = [
        without_keys::<Incident>(&samples_of_incidents::samples()),
        without_keys::<Feedback>(&samples_of_follow_up::feedback()),
        without_keys::<CandourCase>(&samples_of_follow_up::candour()),
        without_keys::<Response>(&samples_of_learning::response()),
        without_keys::<Action>(&samples_of_learning::action()),
    ];
    // The samples do hold personal fields, where the aggregate has any.
    assert_eq!(sealed.map(|fields| fields > 0), [true, true, true, false, false]);
}

/// Compares what every stretch of the samples comes to. Gives how many events differ for want of a key.
fn without_keys<A: StoredAggregate>(samples: &[Sample<A::Event>]) -> usize {
    let with_keys = entries::<A>(samples, &Plain);
    let without = entries::<A>(samples, &Withheld);
    for from in 0..with_keys.len() {
        for to in from..=with_keys.len() {
            let of = |entries: &[Entry<A::Event>]| {
                let history = &entries[from..to];
                (A::replay(history), A::incoherence(&correction::applied::<A>(history)))
            };
            assert_eq!(shown(&of(&with_keys)), shown(&of(&without)), "{} {from}..{to}", A::CATEGORY);
        }
    }
    with_keys.iter().zip(&without).filter(|(with, without)| shown(with) != shown(without)).count()
}

/// `Debug` tells a personal field that is known from one that is not.
fn shown(value: &impl Debug) -> String {
    format!("{value:?}")
}

fn entries<A: StoredAggregate>(samples: &[Sample<A::Event>], opener: &dyn Opener) -> Vec<Entry<A::Event>> {
    (0..)
        .zip(samples)
        .map(|(version, (_, event))| {
            let stored = A::encode(event, &subjects(), &mut Plain).unwrap();
            let at = jiff::Timestamp::new(1_780_000_000 + i64::try_from(version).unwrap(), 0).unwrap();
            Entry {
                event: A::decode(stored.type_name, &stored.data, opener).unwrap(),
                event_id: EventId::from_uuid(Uuid::from_u128(u128::from(version))),
                version,
                occurred_at: at,
                recorded_at: at,
                source_recorded_at: None,
                performed_by: None,
                recorded_under: RecordedUnder::default(),
                corrected_by: None,
            }
        })
        .collect()
}
