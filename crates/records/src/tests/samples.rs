//! What the samples of all aggregates are made of.

use candour_domain::{
    Personal,
    correction::{Correction, CorrectionChange},
    identifier::{AffectedPersonId, EventId, IncidentId, RelevantPersonId},
    text::{DocumentReference, PersonReference, PublicReference, SystemName, Text},
};
use jiff::{Timestamp, civil::Date};

use crate::Subjects;

pub(super) const INCIDENT: IncidentId =
    IncidentId::from_uuid(uuid::uuid!("0a11ce00-0000-4000-8000-000000000001"));
pub(super) const OTHER_INCIDENT: IncidentId =
    IncidentId::from_uuid(uuid::uuid!("0a11ce00-0000-4000-8000-000000000002"));
pub(super) const PERSON: AffectedPersonId =
    AffectedPersonId::from_uuid(uuid::uuid!("0be75000-0000-4000-8000-000000000001"));
pub(super) const OTHER_PERSON: AffectedPersonId =
    AffectedPersonId::from_uuid(uuid::uuid!("0be75000-0000-4000-8000-000000000002"));
pub(super) const RELATIVE: RelevantPersonId =
    RelevantPersonId::from_uuid(uuid::uuid!("0fa71170-0000-4000-8000-000000000001"));
pub(super) const WRONG_EVENT: EventId =
    EventId::from_uuid(uuid::uuid!("0e0e0e00-0000-4000-8000-000000000001"));

/// What the streams of all samples are about.
pub(super) fn subjects() -> Subjects {
    Subjects { incident: Some(INCIDENT), affected_person: Some(PERSON) }
}

/// An event, and the choice of contents it stands for (empty for the first).
pub(super) type Sample<E> = (&'static str, E);

pub(super) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "fills an optional field of a literal")]
pub(super) fn some<const MAX: usize>(line: &str) -> Option<Text<MAX>> {
    Some(text(line))
}

pub(super) fn known<const MAX: usize>(value: &str) -> Personal<Text<MAX>> {
    Personal::Known(text(value))
}

pub(super) fn reference(reference: &str) -> PublicReference {
    PublicReference::parse(reference).unwrap()
}

pub(super) fn document(reference: &str) -> DocumentReference {
    DocumentReference::parse(reference).unwrap()
}

pub(super) fn staff(reference: &str) -> PersonReference {
    PersonReference::parse(reference).unwrap()
}

pub(super) fn system(name: &str) -> SystemName {
    SystemName::parse(name).unwrap()
}

pub(super) fn date(date: &str) -> Date {
    date.parse().unwrap()
}

pub(super) fn instant(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

/// Each way to correct an entry.
pub(super) fn corrections<E>(event: fn(Correction) -> E) -> Vec<Sample<E>> {
    let correct = |reason, change| event(Correction { corrects: WRONG_EVENT, reason: text(reason), change });
    vec![
        ("", correct("entered for another incident", CorrectionChange::Struck)),
        (
            "occurred-at",
            correct(
                "it was the day before",
                CorrectionChange::OccurredAt(instant("2026-03-04T16:45:00.25Z")),
            ),
        ),
        ("stated-date", correct("date misread", CorrectionChange::StatedDate(date("2026-03-04")))),
    ]
}
