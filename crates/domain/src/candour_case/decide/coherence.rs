//! What does not hold together in the corrected history of a duty of candour case.

use std::collections::BTreeSet;

use super::{must_be_designated, must_be_notifiable, must_be_tellable, must_have_been_tried};
use crate::{
    candour_case::{Declined, EnquiryResults, Event, State, WrittenNotification, state::evolve},
    entry::Entry,
    identifier::RelevantPersonId,
};

/// The first thing that does not hold, read in the order in which things occurred. An empty history holds: nothing was recorded.
pub(in crate::candour_case) fn incoherence(history: &[Entry<Event>]) -> Option<&'static str> {
    let identified: BTreeSet<_> =
        history.iter().filter_map(|entry| person_identified(&entry.event)).collect();
    // A family is often told, and written to, before the assessment is made in form.
    let is_assessed = history.iter().any(|entry| matches!(entry.event, Event::NotifiableAssessed(_)));
    let mut state = State::default();
    for entry in history {
        // When somebody was identified does not matter here: an earlier attempt may well be recorded to have been to reach them.
        if person_named(&entry.event).is_some_and(|id| !identified.contains(&id)) {
            return Some("an entry names a relevant person who would no longer be identified");
        }
        let contradiction = contradiction(&state, entry, is_assessed);
        if contradiction.is_some() {
            return contradiction;
        }
        state = evolve(state, entry);
    }
    None
}

const EXIT_ON_A_DEATH: &str =
    "on a death, an exit stands without anybody identified to act on behalf of the service user (E-10)";

fn contradiction(state: &State, entry: &Entry<Event>, is_assessed: bool) -> Option<&'static str> {
    if state.opened.is_none() && !matches!(entry.event, Event::CandourCaseOpened { .. }) {
        return Some(
            "an entry stands in a case that was never opened; the opening can only be struck out when it is the only entry left",
        );
    }
    let day = entry.occurred_on();
    // What names nobody was meant for whoever was designated.
    let cannot_be_told =
        |named: Option<RelevantPersonId>| must_be_tellable(state, named.or(state.designated())).is_err();
    let unassessed = must_be_notifiable(state).is_err();
    match &entry.event {
        Event::NotifiableAssessed(assessment) if assessment.aware_on > day => {
            Some("the day of awareness lies after the day of the assessment")
        }
        Event::CandourNotRequired(_) if !unassessed => {
            Some("a notifiable case would also be one without a duty")
        }
        Event::InPersonNotified(_) if !is_assessed => Some("a notification stands without an assessment"),
        Event::InPersonNotified(_) if state.exit.is_some() => {
            Some("a notification follows an exit without a reopening between them (E-8)")
        }
        Event::InPersonNotified(contact) if cannot_be_told(contact.relevant_person) => Some(
            "on a death, a notification stands without anybody identified to act on behalf of the service user (E-10)",
        ),
        Event::WrittenNotificationSent(_)
        | Event::EnquiryResultsShared(_)
        | Event::NoFurtherEnquiries { .. }
            if !is_assessed =>
        {
            Some("a letter, or what became of enquiries, stands without an assessment")
        }
        Event::WrittenNotificationSent(WrittenNotification { relevant_person, .. })
        | Event::EnquiryResultsShared(EnquiryResults { relevant_person, .. })
            if cannot_be_told(*relevant_person) =>
        {
            Some(
                "on a death, a letter stands without anybody identified to act on behalf of the service user (E-10)",
            )
        }
        Event::ContactDeclined(_) | Event::NotContactable { .. } | Event::CandourExempted(_)
            if unassessed =>
        {
            Some("an exit stands without an assessment before it")
        }
        Event::ContactDeclined(_) | Event::NotContactable { .. } | Event::CandourExempted(_)
            if state.exit.is_some() =>
        {
            Some("an exit follows another without a reopening between them")
        }
        Event::ContactDeclined(declined)
            if must_be_designated(state, declined.relevant_person, day).is_err() =>
        {
            Some("whoever declined would not be the designated relevant person")
        }
        Event::ContactDeclined(Declined { relevant_person, .. }) if cannot_be_told(*relevant_person) => {
            Some(EXIT_ON_A_DEATH)
        }
        Event::NotContactable { .. } if cannot_be_told(None) => Some(EXIT_ON_A_DEATH),
        Event::NotContactable { .. } if must_have_been_tried(state, day).is_err() => {
            Some("not contactable would stand without enough attempts before it (E-8)")
        }
        Event::CandourReopened { .. } if state.exit.is_none() => {
            Some("a reopening stands without an exit before it")
        }
        _ => None,
    }
}

fn person_identified(event: &Event) -> Option<RelevantPersonId> {
    match event {
        Event::RelevantPersonIdentified(person) => Some(person.id),
        _ => None,
    }
}

fn person_named(event: &Event) -> Option<RelevantPersonId> {
    match event {
        Event::ContactAttempted(attempt) => attempt.relevant_person,
        Event::InPersonNotified(contact) => contact.relevant_person,
        Event::SupportOffered(support) => support.relevant_person,
        Event::WrittenNotificationSent(letter) => letter.relevant_person,
        Event::EnquiryResultsShared(results) => results.relevant_person,
        Event::ContactDeclined(declined) => declined.relevant_person,
        Event::CandourCaseOpened { .. }
        | Event::NotifiableAssessed(_)
        | Event::CandourNotRequired(_)
        | Event::RelevantPersonIdentified(_)
        | Event::NoFurtherEnquiries { .. }
        | Event::NotContactable { .. }
        | Event::CandourExempted(_)
        | Event::CandourReopened { .. }
        | Event::CandourStageAsserted(_)
        | Event::EntryCorrected(_) => None,
    }
}
