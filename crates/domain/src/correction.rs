//! How a wrong date or a wrong entry is put right: by an event that says what it corrects and why.
//!
//! The log keeps both. The fold and the figures follow the corrected history; the timeline shows the original and its correction.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};

use crate::{
    aggregate::{Aggregate, Refusal, RefusalKind, Situation},
    entry::Entry,
    identifier::{CaseId, EventId},
    text::Prose,
};

/// A correction of one earlier entry of the same stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The event that was wrong.
    pub corrects: EventId,
    /// Why; kept in clear, so it must not hold personal data.
    pub reason: Prose,
    /// What is right.
    pub change: CorrectionChange,
}

/// What a correction changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorrectionChange {
    /// The entry should not have been made: figures behave as though it never was.
    Struck,
    /// The thing happened at another time.
    OccurredAt(Timestamp),
    /// The date the entry itself states was wrong: implementation, awareness, target.
    StatedDate(Date),
}

/// Why a correction is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CorrectionRejection {
    /// The stream has no such event.
    #[error("event {0} is not in this history")]
    NoSuchEntry(EventId),
    /// A correction cannot itself be corrected; correct the original entry again.
    #[error("event {0} is a correction; correct the entry it corrects again instead")]
    IsACorrection(EventId),
    /// Already struck out.
    #[error("event {0} was already struck out")]
    AlreadyStruck(EventId),
    /// The event states no date of its own.
    #[error("event {0} states no date of its own; correct the time it occurred, or strike it out")]
    StatesNoDate(EventId),
    /// A time to come.
    #[error("the corrected time lies in the future")]
    InTheFuture,
    /// Candour entries exist about the person whom the entry added: their case would vanish with everything that is overdue in it. Found by
    /// whoever can see the case's own history.
    #[error(
        "candour case {0} has entries about this person; strike those out first, or record the case as not notifiable"
    )]
    PersonHasCase(CaseId),
    /// What remains would contradict itself.
    #[error("the history would not hold together: {0}")]
    WouldNotHoldTogether(&'static str),
}

impl Refusal for CorrectionRejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::NoSuchEntry(_) => "CORRECTED_ENTRY_NOT_FOUND",
            Self::IsACorrection(_) => "CORRECTION_OF_A_CORRECTION",
            Self::AlreadyStruck(_) => "ENTRY_ALREADY_STRUCK",
            Self::StatesNoDate(_) => "ENTRY_STATES_NO_DATE",
            Self::InTheFuture => "CORRECTED_TIME_IN_THE_FUTURE",
            Self::PersonHasCase(_) => "AFFECTED_PERSON_HAS_A_CASE",
            Self::WouldNotHoldTogether(_) => "CORRECTION_BREAKS_HISTORY",
        }
    }

    fn kind(&self) -> RefusalKind {
        match self {
            Self::NoSuchEntry(_) => RefusalKind::Missing,
            Self::AlreadyStruck(_) => RefusalKind::AlreadyDone,
            Self::InTheFuture => RefusalKind::InvalidField("occurred_time"),
            Self::IsACorrection(_) | Self::StatesNoDate(_) => RefusalKind::InvalidField("event_id"),
            Self::PersonHasCase(_) | Self::WouldNotHoldTogether(_) => RefusalKind::State,
        }
    }
}

/// Decides a correction over a whole history.
pub fn decide<A: Aggregate>(
    history: &[Entry<A::Event>],
    correction: Correction,
    situation: &Situation,
) -> Result<Vec<A::Event>, CorrectionRejection> {
    let id = correction.corrects;
    let original = history.iter().find(|e| e.event_id == id).ok_or(CorrectionRejection::NoSuchEntry(id))?;
    if A::correction(&original.event).is_some() {
        return Err(CorrectionRejection::IsACorrection(id));
    }
    let before = applied::<A>(history);
    let Some(current) = before.iter().find(|e| e.event_id == id) else {
        return Err(CorrectionRejection::AlreadyStruck(id));
    };
    match correction.change {
        CorrectionChange::OccurredAt(at) if at > situation.now => {
            return Err(CorrectionRejection::InTheFuture);
        }
        CorrectionChange::OccurredAt(at) if at == current.occurred_at => return Ok(Vec::new()),
        CorrectionChange::Struck | CorrectionChange::OccurredAt(_) => {}
        CorrectionChange::StatedDate(date) => {
            if A::restate_date(current.event.clone(), date).is_none() {
                return Err(CorrectionRejection::StatesNoDate(id));
            }
        }
    }
    let event = A::corrected(correction);
    match incoherence_with::<A>(history, std::slice::from_ref(&event), situation) {
        Some(what) => Err(CorrectionRejection::WouldNotHoldTogether(what)),
        None => Ok(vec![event]),
    }
}

/// A history as rules and figures fold it: corrections applied (struck entries and the corrections themselves left out, dates replaced), in the
/// order in which things occurred.
///
/// What creates the thing comes first. Days are what figures are asked for, so the order is by civil date in Europe/London; within a day it
/// is that of recording.
pub fn applied<'a, A: Aggregate>(
    history: impl IntoIterator<Item = &'a Entry<A::Event>>,
) -> Vec<Entry<A::Event>> {
    let history: Vec<&Entry<A::Event>> = history.into_iter().collect();
    let mut changes: BTreeMap<EventId, Vec<(EventId, CorrectionChange)>> = BTreeMap::new();
    for entry in &history {
        if let Some(correction) = A::correction(&entry.event) {
            changes.entry(correction.corrects).or_default().push((entry.event_id, correction.change));
        }
    }
    let mut entries: Vec<_> = history
        .into_iter()
        .filter(|entry| A::correction(&entry.event).is_none())
        .filter_map(|entry| {
            let mut entry = entry.clone();
            for (by, change) in changes.get(&entry.event_id).into_iter().flatten() {
                match change {
                    CorrectionChange::Struck => return None,
                    CorrectionChange::OccurredAt(at) => entry.occurred_at = *at,
                    CorrectionChange::StatedDate(date) => {
                        if let Some(event) = A::restate_date(entry.event.clone(), *date) {
                            entry.event = event;
                        }
                    }
                }
                entry.corrected_by = Some(*by);
            }
            Some(entry)
        })
        .collect();
    entries.sort_by_key(|entry| (!A::creates(&entry.event), entry.occurred_on(), entry.version));
    entries
}

/// What would not hold together if these events were recorded now, in the order in which things occurred. `None` where all is well.
pub fn incoherence_with<'a, A: Aggregate>(
    history: impl IntoIterator<Item = &'a Entry<A::Event>>,
    events: &[A::Event],
    situation: &Situation,
) -> Option<&'static str> {
    let history: Vec<&Entry<A::Event>> = history.into_iter().collect();
    let candidates: Vec<Entry<A::Event>> = (history.len()..)
        .zip(events)
        .map(|(version, event)| Entry {
            event: event.clone(),
            // Ids of events yet to be recorded are not known here; only a correction refers to one, and never to its own.
            event_id: EventId::from_uuid(uuid::Uuid::nil()),
            version: u64::try_from(version).unwrap_or(u64::MAX),
            occurred_at: situation.occurred_at,
            recorded_at: situation.now,
            source_recorded_at: None,
            performed_by: situation.performed_by.clone(),
            recorded_under: crate::calendar::RecordedUnder::default(),
            corrected_by: None,
        })
        .collect();
    A::incoherence(&applied::<A>(history.into_iter().chain(&candidates)))
}
