//! The rules of a duty of candour case in England.

mod assessment;
mod correction;
mod exit;
mod letter;
mod notification;

use super::{
    AssertedStage, AttemptCount, CandourCase, CaseDecision, CaseFacts, Command, ContactAttempt,
    ContactMethod, ContactResult, CoversEnquiries, Declined, EnquiryResults, Event, Exemption, Exit,
    FirstNotification, FirstNotificationElements, FurtherEnquiries, LetterCovers, NotNotifiable,
    NotifiableAssessment, NotificationMode, Opinion, Rejection, RelevantPerson, RelevantPersonBasis,
    Representative, Request, StageAssertion, State, Support, SupportResponse, WrittenNotification,
};
use crate::{
    aggregate::Aggregate,
    entry::Entry,
    identifier::{AffectedPersonId, CaseId, IncidentId, RelevantPersonId},
    personal::Personal,
    regime::{BodyType, Likelihood, Outcome, RegimeVersion},
    specification::{given, given_entries, id, on, person, situation, text},
    text::DocumentReference,
};

fn date(day: &str) -> jiff::civil::Date {
    day.parse().unwrap()
}

/// A case of an incident reported on 1 March 2026.
fn facts() -> CaseFacts {
    let incident = IncidentId::from_uuid(id(1));
    let person = AffectedPersonId::from_uuid(id(2));
    CaseFacts {
        case: CaseId::of(incident, person),
        incident,
        person,
        recorded_in_error: false,
        reported_on: date("2026-03-01"),
    }
}

fn ask(request: Request) -> Command {
    Command { facts: facts(), request }
}

fn opened() -> Event {
    let CaseFacts { case, incident, person, .. } = facts();
    Event::CandourCaseOpened { case, incident, person }
}

fn opinion() -> Opinion {
    Opinion {
        given_by_role: text("consultant"),
        profession: text("medicine"),
        given_by: Some(person("staff:consultant")),
        involved_in_incident: Some(false),
        given_on: date("2026-03-02"),
        basis: Personal::Known(text("permanent loss of function of the left hand")),
    }
}

/// Severe harm that appears to have resulted; aware on 2 March.
fn assessment() -> NotifiableAssessment {
    NotifiableAssessment {
        unintended_or_unexpected: true,
        regulated_activity: true,
        outcome: Outcome::SevereHarm,
        likelihood: Likelihood::AppearsToHaveResulted,
        moderate_increase_in_treatment: None,
        significant_not_permanent: false,
        continuous_days: None,
        likely_28_days: false,
        directly_related: false,
        opinion: opinion(),
        aware_on: date("2026-03-02"),
        body_type: BodyType::HealthServiceBody,
        regime: RegimeVersion::from_name("england-regulation-20-health-service-body-2014").unwrap(),
    }
}

fn death(likelihood: Likelihood) -> NotifiableAssessment {
    NotifiableAssessment { outcome: Outcome::Death, likelihood, directly_related: true, ..assessment() }
}

fn notifiable() -> Event {
    Event::NotifiableAssessed(assessment())
}

fn not_required() -> NotNotifiable {
    NotNotifiable { reason: text("low harm, recovered within the day"), opinion: None }
}

fn relevant_person_id(number: u128) -> RelevantPersonId {
    RelevantPersonId::from_uuid(id(100 + number))
}

/// The service user is 1; anybody else acts on their behalf.
fn relevant_person(number: u128, designated: bool) -> RelevantPerson {
    let is_service_user = number == 1;
    RelevantPerson {
        id: relevant_person_id(number),
        relationship: text(if is_service_user { "service user" } else { "daughter" }),
        basis: if is_service_user { RelevantPersonBasis::Self_ } else { RelevantPersonBasis::Deceased },
        lawful_authority: (!is_service_user).then(|| text("executor")),
        designated,
        name: Some(Personal::Erased),
        contact: None,
    }
}

fn identified(number: u128, designated: bool) -> Event {
    Event::RelevantPersonIdentified(relevant_person(number, designated))
}

/// A contact with nothing in it.
fn empty_contact() -> FirstNotification {
    FirstNotification {
        relevant_person: None,
        mode: None,
        representatives: vec![],
        facts_account: false,
        further_enquiries: None,
        apology: false,
        support_offered: false,
        written_record: None,
    }
}

/// A contact with every element of regulation 20(3).
fn complete_contact() -> FirstNotification {
    FirstNotification {
        relevant_person: None,
        mode: Some(NotificationMode::FaceToFace),
        representatives: vec![Representative { role: text("consultant"), name: Personal::Unreadable }],
        facts_account: true,
        further_enquiries: Some(FurtherEnquiries::Advised),
        apology: true,
        support_offered: true,
        written_record: Some(DocumentReference::parse("record-1").unwrap()),
    }
}

fn attempt(method: ContactMethod, result: ContactResult) -> ContactAttempt {
    ContactAttempt { relevant_person: None, method, by_role: text("ward manager"), result, note: None }
}

fn support() -> Support {
    Support { relevant_person: None, what: text("family liaison"), response: SupportResponse::Offered }
}

fn letter(covers: LetterCovers) -> WrittenNotification {
    WrittenNotification {
        relevant_person: None,
        letter: DocumentReference::parse("letter-1").unwrap(),
        covers,
    }
}

fn results() -> EnquiryResults {
    EnquiryResults {
        relevant_person: None,
        letter: DocumentReference::parse("letter-2").unwrap(),
        apology: true,
    }
}

fn declined() -> Declined {
    Declined {
        relevant_person: None,
        declined_by: text("service user"),
        declined_to_role: text("ward manager"),
    }
}

fn exemption() -> Exemption {
    Exemption {
        approved_by_role: text("medical director"),
        approved_by: person("staff:md"),
        reason: text("police investigation"),
    }
}

/// Three unanswered attempts by two methods on three days, 5 to 7 March.
fn attempts() -> Vec<Entry<Event>> {
    let missed = |method| Event::ContactAttempted(attempt(method, ContactResult::NoAnswer));
    vec![
        on("2026-03-05", missed(ContactMethod::Telephone)),
        on("2026-03-06", missed(ContactMethod::Telephone)),
        on("2026-03-07", missed(ContactMethod::Letter)),
    ]
}

fn assessed_history() -> Vec<Entry<Event>> {
    vec![on("2026-03-02", opened()), on("2026-03-02", notifiable())]
}

fn history_of(mut first: Vec<Entry<Event>>, then: Vec<Entry<Event>>) -> Vec<Entry<Event>> {
    first.extend(then);
    first
}
