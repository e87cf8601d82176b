//! Reads a message into a row, naming every bad field.

mod action;
mod incident;
mod person;

use candour_api::v1::{self, source_moment::Moment};
use candour_domain::{
    calendar::civil_date,
    incident::AFFECTED_PERSONS_MAX,
    text::{PublicReference, SystemName},
};
use candour_service_kit::{Check, Failure};
use jiff::Timestamp;

use crate::row::{FeedbackPart, Row, Said, When};

/// A row.
pub(crate) fn row(message: &v1::ImportRecordsRequest, now: Timestamp) -> Result<Row, Failure> {
    let mut check = Check::new();
    let system = check.reference::<SystemName>("source_system", &message.source_system);
    let source_id =
        check.optional_reference::<PublicReference>("incident_source_id", &message.incident_source_id);
    if source_id == Some(None) && message.incident.is_none() {
        check.violation("incident_source_id", "must be given where the row has no incident part");
    }
    let says_something = message.incident.is_some()
        || !message.persons.is_empty()
        || message.feedback.is_some()
        || message.action.is_some();
    if !says_something {
        check.violation("incident", "must be given, or persons, feedback or action: the row says nothing");
    }
    let incident = match &message.incident {
        None => Some(None),
        Some(given) => incident::incident(&mut check, given, now).map(Some),
    };
    let persons = check.each("persons", &message.persons, AFFECTED_PERSONS_MAX, |check, field, given| {
        person::person(check, field, given, now)
    });
    person::must_be_told_apart(&mut check, &message.persons);
    let feedback = match &message.feedback {
        None => Some(None),
        Some(given) => feedback(&mut check, given, now).map(Some),
    };
    let action = match &message.action {
        None => Some(None),
        Some(given) => action::action(&mut check, given, now).map(Some),
    };
    check.finish(|| {
        Some(Row {
            system: system?,
            source_id: source_id?,
            incident: incident?,
            persons: persons?,
            feedback: feedback?,
            action: action?,
        })
    })
}

fn feedback(check: &mut Check, given: &v1::ImportedFeedback, now: Timestamp) -> Option<FeedbackPart> {
    let acknowledged = said(check, "feedback.acknowledged", given.acknowledged.as_ref(), now);
    let told = said(check, "feedback.told", given.told.as_ref(), now);
    let method = check.optional_choice("feedback.method", given.method);
    let what_was_found = check.optional_personal("feedback.what_was_found", &given.what_was_found);
    let what_changed = check.optional_personal("feedback.what_changed", &given.what_changed);
    let why_nothing_changed =
        check.optional_personal("feedback.why_nothing_changed", &given.why_nothing_changed);
    let message = check.optional_personal("feedback.message", &given.message);
    Some(FeedbackPart {
        acknowledged: acknowledged?,
        told: told?,
        method: method?,
        what_was_found: what_was_found?,
        what_changed: what_changed?,
        why_nothing_changed: why_nothing_changed?,
        message: message?,
    })
}

/// What the source says of something that may not have happened. The outer `None` means "wrong", the inner "nothing said".
#[expect(
    clippy::option_option,
    reason = "wrong, nothing said and said are three things; see Check's own words"
)]
fn said(
    check: &mut Check,
    field: &str,
    given: Option<&v1::SourceMoment>,
    now: Timestamp,
) -> Option<Option<Said>> {
    match given.map(|given| &given.moment) {
        None => Some(None),
        Some(Some(Moment::Absent(true))) => Some(Some(Said::Absent)),
        Some(Some(Moment::Absent(false))) => {
            check.violation(format!("{field}.absent"), "must be true, or be left out");
            None
        }
        Some(None) => {
            check.violation(field, "must say when, or that it is absent; or be left out");
            None
        }
        Some(Some(Moment::Day(day))) => {
            let field = format!("{field}.day");
            let day = check.date(&field, Some(day))?;
            if day > civil_date(now) {
                check.violation(field, "lies in the future");
                return None;
            }
            Some(Some(Said::Happened(When::Day(day))))
        }
        Some(Some(Moment::ExactTime(at))) => {
            let field = format!("{field}.exact_time");
            let at = check.optional_instant(&field, Some(at))??;
            if at > now {
                check.violation(field, "lies in the future");
                return None;
            }
            Some(Some(Said::Happened(When::At(at))))
        }
    }
}

/// When something that must have happened did.
fn when(check: &mut Check, field: &str, given: Option<&v1::SourceMoment>, now: Timestamp) -> Option<When> {
    match said(check, field, given, now)? {
        Some(Said::Happened(when)) => Some(when),
        Some(Said::Absent) | None => {
            check.violation(field, "must be given");
            None
        }
    }
}

/// When the source claims to have recorded something: neither in the future nor before the day it happened, which would hide that it was
/// recorded late (E-15).
#[expect(
    clippy::option_option,
    reason = "wrong, nothing said and said are three things; see Check's own words"
)]
fn source_recorded(
    check: &mut Check,
    field: &str,
    given: Option<&prost_types::Timestamp>,
    happened: Option<When>,
    now: Timestamp,
) -> Option<Option<Timestamp>> {
    let recorded = check.optional_instant(field, given)?;
    if let Some(recorded) = recorded {
        if recorded > now {
            check.violation(field, "lies in the future");
        }
        if happened.is_some_and(|happened| civil_date(recorded) < happened.day()) {
            check.violation(field, "lies before the day it happened");
        }
    }
    Some(recorded)
}
