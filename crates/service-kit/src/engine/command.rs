//! How a command is carried out: on the warm stream where the journal then accepts its append, otherwise on the stream as read.

use std::sync::Arc;

use candour_domain::{Correction, Entry, Situation, correction};
use candour_journal::{StreamName, StreamVersion};
use candour_records::StoredAggregate;
use uuid::Uuid;

use super::{
    ATTEMPTS_MAX, Engine,
    append::NotRecorded,
    loaded::{Done, Loaded},
};
use crate::{call::Envelope, failure::Failure};

/// What decides: a command, or a correction.
type Decide<'a, A> = &'a (
        dyn Fn(&Loaded<A>, &Situation) -> Result<Vec<<A as candour_domain::Aggregate>::Event>, Failure> + Sync
    );

/// What a command may begin with where its stream is not warm.
#[derive(Clone, Copy)]
enum NotWarm {
    /// The stream as it is in the log.
    IsRead,
    /// Nothing: the stream's name derives from the request, so only a repeat finds anything there.
    IsTakenAsEmpty,
}

impl Engine {
    /// Carries out a command.
    pub async fn execute<A: StoredAggregate>(
        &self,
        envelope: &Envelope,
        id: Uuid,
        command: A::Command,
    ) -> Result<Done<A>, Failure>
    where
        A::Command: Clone + Sync,
    {
        self.carry_out::<A>(envelope, id, NotWarm::IsRead, &deciding::<A>(command)).await
    }

    /// Carries out a command that makes the thing it is about, whose id derives from caller and request. Nothing is read: that the journal
    /// takes the events as the first of their stream is proof that this is no repeat.
    pub async fn create<A: StoredAggregate>(
        &self,
        envelope: &Envelope,
        id: Uuid,
        command: A::Command,
    ) -> Result<Done<A>, Failure>
    where
        A::Command: Clone + Sync,
    {
        self.carry_out::<A>(envelope, id, NotWarm::IsTakenAsEmpty, &deciding::<A>(command)).await
    }

    /// Carries out a correction of an earlier entry.
    pub async fn correct<A: StoredAggregate>(
        &self,
        envelope: &Envelope,
        id: Uuid,
        correction: Correction,
    ) -> Result<Done<A>, Failure> {
        self.carry_out::<A>(envelope, id, NotWarm::IsRead, &|loaded, situation| {
            correction::decide::<A>(&loaded.entries(), correction.clone(), situation)
                .map_err(|rejection| Failure::refused(&rejection))
        })
        .await
    }

    /// What to answer where facts of other streams stand in the way of a command: the first outcome, if this request was carried out
    /// before, for a repeat is answered as the first time whatever became of the other streams since; otherwise the failure.
    pub async fn first_outcome_or<A: StoredAggregate>(
        &self,
        envelope: &Envelope,
        id: Uuid,
        failure: Failure,
    ) -> Result<Done<A>, Failure> {
        let loaded = self.read::<A>(&self.stream::<A>(id)?).await?;
        repeat_of(&loaded, envelope)?.ok_or(failure)
    }

    async fn carry_out<A: StoredAggregate>(
        &self,
        envelope: &Envelope,
        id: Uuid,
        not_warm: NotWarm,
        decide: Decide<'_, A>,
    ) -> Result<Done<A>, Failure> {
        let stream = self.stream::<A>(id)?;
        let taken_as = self.warm.get::<A>(&stream).or_else(|| match not_warm {
            NotWarm::IsRead => None,
            NotWarm::IsTakenAsEmpty => Some(Arc::default()),
        });
        if let Some(taken_as) = taken_as
            && let Some(done) = self.try_unread(envelope, &stream, taken_as, decide).await?
        {
            return Ok(done);
        }
        for _ in 0..ATTEMPTS_MAX {
            let loaded = self.read::<A>(&stream).await?;
            if let Some(first) = repeat_of(&loaded, envelope)? {
                return Ok(first);
            }
            let events = judge(&loaded, envelope, decide)?;
            if events.is_empty() {
                return self.nothing_to_do(&loaded).await;
            }
            match self.append(envelope, &stream, loaded, &events).await {
                Ok(after) => return outcome(&after, envelope),
                Err(NotRecorded::Moved) => {}
                Err(NotRecorded::Refused(failure) | NotRecorded::Failed(failure)) => return Err(failure),
            }
        }
        Err(Failure::Contended { attempts: ATTEMPTS_MAX })
    }

    /// One attempt on what the stream is taken to be. Believed are that the request was carried out, with this content or with another, and
    /// events that the journal took at that version; `None` is everything else, and the stream must be read. A journal that cannot write
    /// now cannot write after a reading either.
    async fn try_unread<A: StoredAggregate>(
        &self,
        envelope: &Envelope,
        stream: &StreamName,
        taken_as: Arc<Loaded<A>>,
        decide: Decide<'_, A>,
    ) -> Result<Option<Done<A>>, Failure> {
        if let Some(first) = repeat_of(&taken_as, envelope)? {
            return Ok(Some(first));
        }
        let Ok(events) = judge(&taken_as, envelope, decide) else { return Ok(None) };
        if events.is_empty() {
            return Ok(None);
        }
        match self.append(envelope, stream, taken_as, &events).await {
            Ok(after) => outcome(&after, envelope).map(Some),
            Err(NotRecorded::Moved | NotRecorded::Refused(_)) => Ok(None),
            Err(NotRecorded::Failed(failure)) => Err(failure),
        }
    }

    async fn nothing_to_do<A: StoredAggregate>(&self, loaded: &Loaded<A>) -> Result<Done<A>, Failure> {
        let position = match loaded.position {
            Some(position) => position,
            None => self.journal.head().await?,
        };
        Ok(Done {
            events: Vec::new(),
            state: loaded.state.clone(),
            version: loaded.version(),
            position,
            recorded_at: None,
            repeated: false,
        })
    }
}

fn deciding<A: StoredAggregate>(
    command: A::Command,
) -> impl Fn(&Loaded<A>, &Situation) -> Result<Vec<A::Event>, Failure> + Sync
where
    A::Command: Clone + Sync,
{
    move |loaded, situation| {
        A::decide(&loaded.state, command.clone(), situation).map_err(|rejection| Failure::refused(&rejection))
    }
}

/// The events that a request causes on a stream as loaded, or why it is refused.
fn judge<A: StoredAggregate>(
    loaded: &Loaded<A>,
    envelope: &Envelope,
    decide: Decide<'_, A>,
) -> Result<Vec<A::Event>, Failure> {
    if let Some(seen) = envelope.seen
        && loaded.version() != Some(seen)
    {
        return Err(stale(seen, loaded.version()));
    }
    let events = decide(loaded, &envelope.situation)?;
    let history = loaded.history.iter().map(|recorded| &recorded.entry);
    out_of_order::<A>(history, &events, &envelope.situation)?;
    Ok(events)
}

/// The outcome of a request that was carried out just now.
fn outcome<A: StoredAggregate>(after: &Loaded<A>, envelope: &Envelope) -> Result<Done<A>, Failure> {
    after
        .outcome_of(envelope.request, false)
        .ok_or_else(|| Failure::Internal("what was recorded is not in its stream".to_owned()))
}

/// The first outcome of this request, where it was carried out before.
fn repeat_of<A: StoredAggregate>(
    loaded: &Loaded<A>,
    envelope: &Envelope,
) -> Result<Option<Done<A>>, Failure> {
    let Some(first) = loaded.history.iter().find(|recorded| recorded.metadata.request_id == envelope.request)
    else {
        return Ok(None);
    };
    let metadata = &first.metadata;
    if metadata.request_mac != envelope.content || metadata.caller.id.as_str() != &*envelope.caller.id {
        return Err(Failure::RequestIdReused);
    }
    Ok(loaded.outcome_of(envelope.request, true))
}

/// Refuses what would contradict the record in the order in which things occurred, such as a verification dated before its report.
pub(crate) fn out_of_order<'a, A: StoredAggregate>(
    history: impl IntoIterator<Item = &'a Entry<A::Event>> + Clone,
    events: &[A::Event],
    situation: &Situation,
) -> Result<(), Failure> {
    match correction::incoherence_with::<A>(history.clone(), events, situation) {
        // What contradicted itself before (written by an older version) is no fault of this command.
        Some(what) if correction::incoherence_with::<A>(history, &[], situation).is_none() => {
            Err(Failure::OutOfOrder(what))
        }
        Some(_) | None => Ok(()),
    }
}

fn stale(seen: StreamVersion, current: Option<StreamVersion>) -> Failure {
    Failure::StaleEtag {
        seen: seen.to_string(),
        current: current.map_or_else(|| "none".to_owned(), |version| version.to_string()),
    }
}
