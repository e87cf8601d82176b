//! Several steps on one stream, decided together before the first of them is recorded.
//!
//! A log appends to one stream at a time, and each step has a time of its own, so the steps of a request that asks for several are recorded one
//! after the other. A rehearsal finds out beforehand whether every one of them will be taken, so that a request that breaks a rule in its
//! last part changes nothing.

use candour_domain::{Aggregate, Correction, Entry, correction, identifier::EventId};
use candour_records::StoredAggregate;
use uuid::Uuid;

use crate::{
    call::Envelope,
    engine::{Done, Engine, Loaded, out_of_order},
    failure::Failure,
};

/// One step: who asks, when it happened, and what is to be done.
pub struct Step<A: Aggregate> {
    /// Who asks, when, and the id by which a repeat is recognised.
    pub envelope: Envelope,
    /// What is to be done.
    pub doing: Doing<A>,
}

/// What a step does.
pub enum Doing<A: Aggregate> {
    /// Carries out a command.
    Command(A::Command),
    /// Corrects an earlier entry.
    Correction(Correction),
}

/// A stream as it would be after the steps rehearsed so far.
pub struct Rehearsal<A: StoredAggregate> {
    history: Vec<Entry<A::Event>>,
}

impl<A: StoredAggregate> Rehearsal<A>
where
    A::Command: Clone,
{
    /// Before the first step.
    pub fn of(loaded: &Loaded<A>) -> Self {
        Self { history: loaded.entries() }
    }

    /// What the rules would remember now.
    pub fn state(&self) -> A::State {
        A::replay(&self.history)
    }

    /// Takes a step, or says why it would be refused. Whether it would record anything.
    pub fn take(&mut self, step: &Step<A>) -> Result<bool, Failure> {
        let situation = &step.envelope.situation;
        let events = match &step.doing {
            Doing::Command(command) => {
                let events = A::decide(&self.state(), command.clone(), situation)
                    .map_err(|rejection| Failure::refused(&rejection))?;
                out_of_order::<A>(&self.history, &events, situation)?;
                events
            }
            Doing::Correction(correction) => {
                correction::decide::<A>(&self.history, correction.clone(), situation)
                    .map_err(|rejection| Failure::refused(&rejection))?
            }
        };
        let recorded = !events.is_empty();
        for (index, event) in events.into_iter().enumerate() {
            self.history.push(Entry {
                event,
                event_id: EventId::of(step.envelope.request, index),
                version: u64::try_from(self.history.len()).unwrap_or(u64::MAX),
                occurred_at: situation.occurred_at,
                recorded_at: situation.now,
                source_recorded_at: step.envelope.source_recorded_at,
                performed_by: situation.performed_by.clone(),
                recorded_under: candour_domain::calendar::RecordedUnder::default(),
                corrected_by: None,
            });
        }
        Ok(recorded)
    }
}

impl Engine {
    /// Carries out a step. Where the caller has just seen that the stream `is_new`, a command does not read it again: that the journal takes
    /// the events as the first of their stream is proof.
    pub async fn carry_out_step<A: StoredAggregate>(
        &self,
        id: Uuid,
        step: Step<A>,
        is_new: bool,
    ) -> Result<Done<A>, Failure>
    where
        A::Command: Clone + Sync,
    {
        match step.doing {
            Doing::Command(command) if is_new => self.create::<A>(&step.envelope, id, command).await,
            Doing::Command(command) => self.execute::<A>(&step.envelope, id, command).await,
            Doing::Correction(correction) => self.correct::<A>(&step.envelope, id, correction).await,
        }
    }
}
