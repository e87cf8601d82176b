//! A duty of candour case as it stands.

use candour_api::v1;
use candour_domain::{
    Entry,
    aggregate::Aggregate as _,
    candour_case::{
        self, CandourCase, ContactAttempt, CoversEnquiries, EnquiryResults, Event, FirstNotification,
        FirstNotificationElements, FurtherEnquiries, LetterCovers, NotNotifiable, NotifiableAssessment,
        Opinion, OpinionIndependence, RelevantPerson, State, Support, WrittenNotification,
    },
    correction,
    identifier::{AffectedPersonId, RelevantPersonId},
    text::{PersonReference, PublicReference},
};
use candour_service_kit::wire::{self, WireEnum};

use super::{as_it_happened, text_or_empty};
use crate::request::candour_case::CaseIds;

/// What the incident says of a case.
#[derive(Clone, Debug)]
pub(crate) struct CaseInIncident {
    /// The case and its incident.
    pub(crate) ids: CaseIds,
    /// The affected person.
    pub(crate) person: AffectedPersonId,
    /// The public reference of the case; `None` where the incident has none to derive it from.
    pub(crate) reference: Option<PublicReference>,
    /// The person who reported the incident; `None` where not known.
    pub(crate) reported_by: Option<PersonReference>,
}

/// The case, corrections applied. `recorded` is the whole history as recorded; it is empty where nothing was recorded yet.
pub(crate) fn candour_case(case: &CaseInIncident, recorded: &[Entry<Event>]) -> v1::CandourCase {
    let state = CandourCase::replay(recorded);
    let history = correction::applied::<CandourCase>(recorded);
    let mut shown = v1::CandourCase {
        case_id: case.ids.case.to_string(),
        case_reference: text_or_empty(case.reference.as_ref()),
        incident_id: case.ids.incident.to_string(),
        affected_person_id: case.person.to_string(),
        decision: decision(state.decision).into(),
        missing: missing(state.elements),
        ..v1::CandourCase::default()
    };
    for entry in &history {
        show_what_is_in_force(&mut shown, case, &state, entry);
    }
    for entry in as_it_happened(&history) {
        show_what_was_done(&mut shown, entry);
    }
    shown
}

/// The elements that are not on record, in the order of the API's list; empty where none is missing (E-6).
pub(crate) fn missing(elements: FirstNotificationElements) -> Vec<i32> {
    use v1::NotificationElement as Element;
    let FirstNotificationElements {
        mode,
        representatives,
        facts_account,
        further_enquiries,
        apology,
        support_offered,
        written_record,
    } = elements;
    [
        (mode, Element::Mode),
        (representatives, Element::Representatives),
        (facts_account, Element::FactsAccount),
        (further_enquiries, Element::FurtherEnquiries),
        (apology, Element::Apology),
        (support_offered, Element::SupportOffered),
        (written_record, Element::WrittenRecord),
    ]
    .into_iter()
    .filter(|(on_record, _)| !on_record)
    .map(|(_, element)| element.into())
    .collect()
}

fn decision(decision: candour_case::CaseDecision) -> v1::CaseDecision {
    match decision {
        candour_case::CaseDecision::Undecided => v1::CaseDecision::Undecided,
        candour_case::CaseDecision::NotRequired => v1::CaseDecision::NotRequired,
        candour_case::CaseDecision::Notifiable => v1::CaseDecision::Notifiable,
    }
}

/// Decisions, relevant persons and exits, in the order in which the domain folds them: what occurred on a later day, or was recorded later on the same day, takes the place of
/// what was before.
fn show_what_is_in_force(
    shown: &mut v1::CandourCase,
    case: &CaseInIncident,
    state: &State,
    entry: &Entry<Event>,
) {
    let reported_by = case.reported_by.as_ref();
    match &entry.event {
        Event::NotifiableAssessed(given) => {
            shown.assessment = Some(assessment(entry, given, reported_by));
            shown.not_notifiable = None;
        }
        Event::CandourNotRequired(given) => {
            shown.not_notifiable = Some(not_notifiable(entry, given, reported_by));
            shown.assessment = None;
        }
        Event::RelevantPersonIdentified(person) => {
            shown.relevant_persons.push(relevant_person(entry, person, state));
        }
        Event::NoFurtherEnquiries { because } => {
            shown.no_further_enquiries_because = because.to_string();
        }
        Event::ContactDeclined(declined) => {
            shown.exit = Some(v1::CandourExit {
                relevant_person_id: text_or_empty(declined.relevant_person.as_ref()),
                declined_by: declined.declined_by.to_string(),
                declined_to_role: declined.declined_to_role.to_string(),
                ..exit(entry, v1::CaseExit::Declined)
            });
        }
        Event::NotContactable { reason } => {
            shown.exit = Some(v1::CandourExit {
                reason: text_or_empty(reason.as_ref()),
                ..exit(entry, v1::CaseExit::NotContactable)
            });
        }
        Event::CandourExempted(exemption) => {
            shown.exit = Some(v1::CandourExit {
                reason: exemption.reason.to_string(),
                approved_by_role: exemption.approved_by_role.to_string(),
                approved_by: exemption.approved_by.to_string(),
                ..exit(entry, v1::CaseExit::ExemptedLocally)
            });
        }
        Event::CandourReopened { reason } => {
            let from = shown.exit.take();
            shown.reopenings.push(v1::CaseReopening {
                event_id: entry.event_id.to_string(),
                reopened_time: Some(wire::instant(entry.occurred_at)),
                reason: reason.to_string(),
                from,
            });
        }
        Event::CandourStageAsserted(assertion) => shown.asserted.push(v1::RecordedAssertion {
            event_id: entry.event_id.to_string(),
            stage: wire::asserted_of_case(assertion.stage).into(),
            asserted_time: Some(wire::instant(entry.occurred_at)),
            source_system: assertion.source.to_string(),
            message: None,
        }),
        // What was done is shown apart; the opening says nothing more than the ids; a correction acts through the corrected history.
        Event::CandourCaseOpened { .. }
        | Event::ContactAttempted(_)
        | Event::InPersonNotified(_)
        | Event::SupportOffered(_)
        | Event::WrittenNotificationSent(_)
        | Event::EnquiryResultsShared(_)
        | Event::EntryCorrected(_) => {}
    }
}

/// Attempts, contacts, offers and letters, oldest first.
fn show_what_was_done(shown: &mut v1::CandourCase, entry: &Entry<Event>) {
    match &entry.event {
        Event::ContactAttempted(attempt) => shown.attempts.push(contact_attempt(entry, attempt)),
        Event::InPersonNotified(contact) => {
            shown.first_notifications.push(first_notification(entry, contact));
        }
        Event::SupportOffered(support) => shown.support_offers.push(support_offer(entry, support)),
        Event::WrittenNotificationSent(letter) => shown.letters.push(written_notification(entry, letter)),
        Event::EnquiryResultsShared(results) => shown.letters.push(enquiry_results(entry, results)),
        Event::CandourCaseOpened { .. }
        | Event::NotifiableAssessed(_)
        | Event::CandourNotRequired(_)
        | Event::RelevantPersonIdentified(_)
        | Event::NoFurtherEnquiries { .. }
        | Event::ContactDeclined(_)
        | Event::NotContactable { .. }
        | Event::CandourExempted(_)
        | Event::CandourReopened { .. }
        | Event::CandourStageAsserted(_)
        | Event::EntryCorrected(_) => {}
    }
}

fn assessment(
    entry: &Entry<Event>,
    given: &NotifiableAssessment,
    reported_by: Option<&PersonReference>,
) -> v1::RecordedAssessment {
    let NotifiableAssessment {
        unintended_or_unexpected,
        regulated_activity,
        outcome,
        likelihood,
        moderate_increase_in_treatment,
        significant_not_permanent,
        continuous_days,
        likely_28_days,
        directly_related,
        opinion: given_opinion,
        aware_on,
        body_type,
        regime,
    } = given;
    v1::RecordedAssessment {
        event_id: entry.event_id.to_string(),
        assessed_time: Some(wire::instant(entry.occurred_at)),
        unintended_or_unexpected: *unintended_or_unexpected,
        regulated_activity: *regulated_activity,
        outcome: outcome.to_wire(),
        likelihood: likelihood.to_wire(),
        moderate_increase_in_treatment: moderate_increase_in_treatment.map_or(0, WireEnum::to_wire),
        significant_not_permanent: *significant_not_permanent,
        continuous_days: *continuous_days,
        likely_28_days: *likely_28_days,
        directly_related: *directly_related,
        opinion: Some(opinion(given_opinion, reported_by)),
        aware_on: Some(wire::date(*aware_on)),
        body_type: body_type.to_wire(),
        regime_version: regime.as_str().to_owned(),
    }
}

/// Whether the giver stands apart from the incident. In England it bars nothing; it is shown.
const fn independence(independence: OpinionIndependence) -> v1::OpinionIndependence {
    match independence {
        OpinionIndependence::Independent => v1::OpinionIndependence::Independent,
        OpinionIndependence::Involved => v1::OpinionIndependence::Involved,
        OpinionIndependence::Unknown => v1::OpinionIndependence::Unknown,
    }
}

fn opinion(given: &Opinion, reported_by: Option<&PersonReference>) -> v1::RecordedOpinion {
    let Opinion { given_by_role, profession, given_by, involved_in_incident, given_on, basis } = given;
    v1::RecordedOpinion {
        given_by_role: given_by_role.to_string(),
        profession: profession.to_string(),
        given_by: text_or_empty(given_by.as_ref()),
        involved_in_incident: *involved_in_incident,
        given_on: Some(wire::date(*given_on)),
        basis: Some(wire::personal(basis)),
        opinion_independence: independence(OpinionIndependence::of(given, reported_by)).into(),
    }
}

fn not_notifiable(
    entry: &Entry<Event>,
    given: &NotNotifiable,
    reported_by: Option<&PersonReference>,
) -> v1::RecordedNotNotifiable {
    let NotNotifiable { reason, opinion: given_opinion } = given;
    v1::RecordedNotNotifiable {
        event_id: entry.event_id.to_string(),
        decided_time: Some(wire::instant(entry.occurred_at)),
        reason: reason.to_string(),
        opinion: given_opinion.as_ref().map(|given| opinion(given, reported_by)),
    }
}

fn relevant_person(entry: &Entry<Event>, person: &RelevantPerson, state: &State) -> v1::RelevantPerson {
    // Whether they are designated at present is for the state to say: somebody else may have taken over since.
    let RelevantPerson { id, relationship, basis, lawful_authority, designated: _, name, contact } = person;
    v1::RelevantPerson {
        relevant_person_id: id.to_string(),
        event_id: entry.event_id.to_string(),
        identified_time: Some(wire::instant(entry.occurred_at)),
        relationship: relationship.to_string(),
        basis: basis.to_wire(),
        lawful_authority: text_or_empty(lawful_authority.as_ref()),
        designated: state.designated() == Some(*id),
        name: name.as_ref().map(wire::personal),
        contact: contact.as_ref().map(wire::personal),
    }
}

fn contact_attempt(entry: &Entry<Event>, attempt: &ContactAttempt) -> v1::ContactAttempt {
    let ContactAttempt { relevant_person, method, by_role, result, note } = attempt;
    v1::ContactAttempt {
        event_id: entry.event_id.to_string(),
        attempted_time: Some(wire::instant(entry.occurred_at)),
        relevant_person_id: text_or_empty(relevant_person.as_ref()),
        method: method.to_wire(),
        by_role: by_role.to_string(),
        contact_result: result.to_wire(),
        note: note.as_ref().map(wire::personal),
    }
}

fn first_notification(entry: &Entry<Event>, contact: &FirstNotification) -> v1::FirstNotificationContact {
    use v1::first_notification_contact::FurtherEnquiries as Wire;
    let FirstNotification {
        relevant_person,
        mode,
        representatives,
        facts_account,
        further_enquiries,
        apology,
        support_offered,
        written_record,
    } = contact;
    v1::FirstNotificationContact {
        event_id: entry.event_id.to_string(),
        notified_time: Some(wire::instant(entry.occurred_at)),
        relevant_person_id: text_or_empty(relevant_person.as_ref()),
        mode: mode.map_or(0, WireEnum::to_wire),
        representatives: representatives
            .iter()
            .map(|representative| v1::RecordedRepresentative {
                role: representative.role.to_string(),
                name: Some(wire::personal(&representative.name)),
            })
            .collect(),
        facts_account: *facts_account,
        further_enquiries: further_enquiries.as_ref().map(|said| match said {
            FurtherEnquiries::Advised => Wire::FurtherEnquiriesAdvised(true),
            FurtherEnquiries::None { because } => Wire::NoFurtherEnquiriesBecause(because.to_string()),
        }),
        apology: *apology,
        support_offered: *support_offered,
        written_record: text_or_empty(written_record.as_ref()),
    }
}

fn support_offer(entry: &Entry<Event>, support: &Support) -> v1::SupportOffer {
    let Support { relevant_person, what, response } = support;
    v1::SupportOffer {
        event_id: entry.event_id.to_string(),
        offered_time: Some(wire::instant(entry.occurred_at)),
        relevant_person_id: text_or_empty(relevant_person.as_ref()),
        what: what.to_string(),
        response: response.to_wire(),
    }
}

fn written_notification(entry: &Entry<Event>, notification: &WrittenNotification) -> v1::Letter {
    use v1::letter_covers::Enquiries as Wire;
    let WrittenNotification { relevant_person, letter: copy, covers } = notification;
    let LetterCovers { facts, enquiries, results, apology } = covers;
    let covers = v1::LetterCovers {
        facts: *facts,
        enquiries: enquiries.as_ref().map(|enquiries| match enquiries {
            CoversEnquiries::Details => Wire::EnquiryDetails(true),
            CoversEnquiries::None { because } => Wire::NoEnquiriesBecause(because.to_string()),
        }),
        results: *results,
        apology: *apology,
    };
    letter(entry, *relevant_person, copy.to_string(), covers)
}

fn enquiry_results(entry: &Entry<Event>, results: &EnquiryResults) -> v1::Letter {
    let EnquiryResults { relevant_person, letter: copy, apology } = results;
    let covers = v1::LetterCovers { results: true, apology: *apology, ..v1::LetterCovers::default() };
    letter(entry, *relevant_person, copy.to_string(), covers)
}

fn letter(
    entry: &Entry<Event>,
    relevant_person: Option<RelevantPersonId>,
    letter: String,
    covers: v1::LetterCovers,
) -> v1::Letter {
    v1::Letter {
        event_id: entry.event_id.to_string(),
        sent_time: Some(wire::instant(entry.occurred_at)),
        relevant_person_id: text_or_empty(relevant_person.as_ref()),
        letter,
        covers: Some(covers),
    }
}

/// What every exit has.
fn exit(entry: &Entry<Event>, exit: v1::CaseExit) -> v1::CandourExit {
    v1::CandourExit {
        event_id: entry.event_id.to_string(),
        left_time: Some(wire::instant(entry.occurred_at)),
        exit: exit.into(),
        ..v1::CandourExit::default()
    }
}

#[cfg(test)]
mod tests;
