//! How a case is shown.

use candour_domain::{
    Correction, CorrectionChange, Personal,
    candour_case::{
        ContactMethod, ContactResult, Declined, NotificationMode, RelevantPersonBasis, SupportResponse,
    },
    identifier::{CaseId, EventId, IncidentId},
    regime::{BodyType, Likelihood, Outcome, RegimeVersion},
    text::{DocumentReference, Text},
};
use jiff::civil::date;
use uuid::Uuid;

use super::*;

const INCIDENT: IncidentId = IncidentId::from_uuid(Uuid::from_u128(1));
const PERSON: AffectedPersonId = AffectedPersonId::from_uuid(Uuid::from_u128(2));

fn case() -> CaseInIncident {
    CaseInIncident {
        ids: CaseIds { case: CaseId::of(INCIDENT, PERSON), incident: INCIDENT },
        person: PERSON,
        reference: Some(PublicReference::parse("INC-7/1").unwrap()),
        reported_by: Some(PersonReference::parse("staff:7").unwrap()),
    }
}

/// The events in the order of recording, each with when it happened. The number of an event is its place, from 0.
fn history(events: impl IntoIterator<Item = (&'static str, Event)>) -> Vec<Entry<Event>> {
    (0_u64..)
        .zip(events)
        .map(|(number, (occurred_at, event))| Entry {
            event,
            event_id: event_id(number),
            version: number,
            occurred_at: occurred_at.parse().unwrap(),
            recorded_at: "2026-06-01T09:00:00Z".parse().unwrap(),
            source_recorded_at: None,
            performed_by: None,
            recorded_under: candour_domain::calendar::RecordedUnder::default(),
            corrected_by: None,
        })
        .collect()
}

fn event_id(number: u64) -> EventId {
    EventId::from_uuid(Uuid::from_u128(u128::from(number)))
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn opened() -> Event {
    Event::CandourCaseOpened { case: CaseId::of(INCIDENT, PERSON), incident: INCIDENT, person: PERSON }
}

fn assessed() -> Event {
    Event::NotifiableAssessed(NotifiableAssessment {
        unintended_or_unexpected: true,
        regulated_activity: true,
        outcome: Outcome::SevereHarm,
        likelihood: Likelihood::AppearsToHaveResulted,
        moderate_increase_in_treatment: None,
        significant_not_permanent: false,
        continuous_days: None,
        likely_28_days: false,
        directly_related: false,
        opinion: Opinion {
            given_by_role: text("consultant"),
            profession: text("medicine"),
            given_by: None,
            involved_in_incident: None,
            given_on: date(2026, 3, 2),
            basis: Personal::Unreadable,
        },
        aware_on: date(2026, 3, 2),
        body_type: BodyType::HealthServiceBody,
        regime: RegimeVersion::from_name("england-regulation-20-health-service-body-2014").unwrap(),
    })
}

fn not_required() -> Event {
    Event::CandourNotRequired(NotNotifiable { reason: text("no harm found"), opinion: None })
}

fn identified(id: u128, designated: bool) -> Event {
    Event::RelevantPersonIdentified(RelevantPerson {
        id: RelevantPersonId::from_uuid(Uuid::from_u128(id)),
        relationship: text("daughter"),
        basis: RelevantPersonBasis::LacksCapacity,
        lawful_authority: Some(text("health and welfare attorney")),
        designated,
        name: Some(Personal::Erased),
        contact: None,
    })
}

fn declined() -> Event {
    Event::ContactDeclined(Declined {
        relevant_person: None,
        declined_by: text("service user"),
        declined_to_role: text("ward manager"),
    })
}

fn letter(reference: &str) -> Event {
    Event::WrittenNotificationSent(WrittenNotification {
        relevant_person: None,
        letter: DocumentReference::parse(reference).unwrap(),
        covers: LetterCovers {
            facts: true,
            enquiries: Some(CoversEnquiries::None { because: text("the cause is known") }),
            results: false,
            apology: true,
        },
    })
}

fn struck(number: u64) -> Event {
    Event::EntryCorrected(Correction {
        corrects: event_id(number),
        reason: text("entered in the wrong record"),
        change: CorrectionChange::Struck,
    })
}

#[test]
fn a_case_of_which_nothing_was_recorded_is_undecided_and_lacks_every_element() {
    use v1::NotificationElement as Element;
    let shown = candour_case(&case(), &[]);
    assert_eq!(shown.case_id, CaseId::of(INCIDENT, PERSON).to_string());
    assert_eq!(shown.case_reference, "INC-7/1");
    assert_eq!(shown.affected_person_id, PERSON.to_string());
    assert_eq!(shown.decision(), v1::CaseDecision::Undecided);
    let missing: Vec<_> = shown.missing().collect();
    assert_eq!(
        missing,
        [
            Element::Mode,
            Element::Representatives,
            Element::FactsAccount,
            Element::FurtherEnquiries,
            Element::Apology,
            Element::SupportOffered,
            Element::WrittenRecord,
        ]
    );
    assert_eq!(shown.exit, None);
}

#[test]
fn e_6_each_missing_element_is_named_and_none_where_all_are_on_record() {
    type Elements = FirstNotificationElements;
    let all = Elements {
        mode: true,
        representatives: true,
        facts_account: true,
        further_enquiries: true,
        apology: true,
        support_offered: true,
        written_record: true,
    };
    assert_eq!(missing(all), Vec::<i32>::new());
    for (elements, number) in [
        (Elements { mode: false, ..all }, 1),
        (Elements { representatives: false, ..all }, 2),
        (Elements { facts_account: false, ..all }, 3),
        (Elements { further_enquiries: false, ..all }, 4),
        (Elements { apology: false, ..all }, 5),
        (Elements { support_offered: false, ..all }, 6),
        (Elements { written_record: false, ..all }, 7),
    ] {
        assert_eq!(missing(elements), [number]);
    }
}

#[test]
fn e_13_only_the_decision_in_force_is_shown() {
    let late = [
        ("2026-03-01T09:00:00Z", opened()),
        ("2026-03-01T09:00:00Z", not_required()),
        ("2026-03-20T09:00:00Z", assessed()),
    ];
    let shown = candour_case(&case(), &history(late.clone()));
    assert_eq!(shown.decision(), v1::CaseDecision::Notifiable);
    assert_eq!(shown.not_notifiable, None);
    let assessment = shown.assessment.unwrap();
    assert_eq!(assessment.event_id, event_id(2).to_string());
    assert_eq!(assessment.regime_version, "england-regulation-20-health-service-body-2014");
    assert_eq!(assessment.opinion.unwrap().basis.unwrap().state(), v1::PersonalTextState::Unreadable);

    let corrected = late.into_iter().chain([("2026-03-21T09:00:00Z", struck(2))]);
    let shown = candour_case(&case(), &history(corrected));
    assert_eq!(shown.decision(), v1::CaseDecision::NotRequired);
    assert_eq!(shown.assessment, None, "the struck assessment is not in force");
    assert_eq!(shown.not_notifiable.unwrap().reason, "no harm found");
}

#[test]
fn e_8_a_reopened_case_shows_how_it_had_left_and_that_it_has_not_left_now() {
    let events = [
        ("2026-03-01T09:00:00Z", opened()),
        ("2026-03-02T09:00:00Z", assessed()),
        ("2026-03-05T09:00:00Z", declined()),
        ("2026-03-09T09:00:00Z", Event::CandourReopened { reason: text("asked to be told after all") }),
    ];
    let shown = candour_case(&case(), &history(events.clone()));
    assert_eq!(shown.exit, None);
    let [reopening] = shown.reopenings.as_slice() else { panic!("one reopening: {:?}", shown.reopenings) };
    let from = reopening.from.as_ref().unwrap();
    assert_eq!((from.exit(), from.declined_to_role.as_str()), (v1::CaseExit::Declined, "ward manager"));
    assert_eq!(from.event_id, event_id(2).to_string());

    let again = Event::NotContactable { reason: None };
    let shown = candour_case(&case(), &history(events.into_iter().chain([("2026-04-01T09:00:00Z", again)])));
    assert_eq!(shown.exit.unwrap().exit(), v1::CaseExit::NotContactable);
    assert_eq!(shown.reopenings.len(), 1);
}

#[test]
fn e_10_the_one_designated_at_present_is_shown_as_such_whoever_was_before() {
    let shown = candour_case(
        &case(),
        &history([
            ("2026-03-01T09:00:00Z", opened()),
            ("2026-03-02T09:00:00Z", identified(11, true)),
            ("2026-03-03T09:00:00Z", identified(12, true)),
            ("2026-03-04T09:00:00Z", identified(13, false)),
        ]),
    );
    let designated: Vec<_> = shown.relevant_persons.iter().map(|person| person.designated).collect();
    assert_eq!(designated, [false, true, false]);
    let first = &shown.relevant_persons[0];
    assert_eq!(first.name.as_ref().unwrap().state(), v1::PersonalTextState::Erased);
    assert_eq!(first.contact, None);
}

#[test]
fn e_7_letters_of_both_kinds_are_shown_in_the_order_in_which_they_were_sent() {
    use v1::letter_covers::Enquiries as Wire;
    let results = Event::EnquiryResultsShared(EnquiryResults {
        relevant_person: None,
        letter: DocumentReference::parse("letters/results").unwrap(),
        apology: false,
    });
    let shown = candour_case(
        &case(),
        &history([
            ("2026-03-01T09:00:00Z", opened()),
            ("2026-03-02T09:00:00Z", assessed()),
            ("2026-04-20T09:00:00Z", results),
            ("2026-03-15T09:00:00Z", letter("letters/first")),
        ]),
    );
    let [first, second] = shown.letters.as_slice() else { panic!("two letters: {:?}", shown.letters) };
    assert_eq!(
        (first.letter.as_str(), first.covers.clone().unwrap()),
        (
            "letters/first",
            v1::LetterCovers {
                facts: true,
                enquiries: Some(Wire::NoEnquiriesBecause("the cause is known".to_owned())),
                results: false,
                apology: true,
            }
        )
    );
    assert_eq!(
        (second.letter.as_str(), second.covers.clone().unwrap()),
        ("letters/results", v1::LetterCovers { results: true, ..v1::LetterCovers::default() })
    );
}

#[test]
fn e_6_support_offered_apart_and_contacts_add_up_to_what_is_missing() {
    let contact = Event::InPersonNotified(FirstNotification {
        relevant_person: None,
        mode: Some(NotificationMode::Telephone),
        representatives: Vec::new(),
        facts_account: true,
        further_enquiries: Some(FurtherEnquiries::Advised),
        apology: true,
        support_offered: false,
        written_record: None,
    });
    let support = Event::SupportOffered(Support {
        relevant_person: None,
        what: text("bereavement service"),
        response: SupportResponse::Offered,
    });
    let attempt = Event::ContactAttempted(ContactAttempt {
        relevant_person: None,
        method: ContactMethod::Letter,
        by_role: text("ward manager"),
        result: ContactResult::MessageLeft,
        note: None,
    });
    let shown = candour_case(
        &case(),
        &history([
            ("2026-03-01T09:00:00Z", opened()),
            ("2026-03-02T09:00:00Z", assessed()),
            ("2026-03-03T09:00:00Z", attempt),
            ("2026-03-04T09:00:00Z", contact),
            ("2026-03-05T09:00:00Z", support),
        ]),
    );
    let missing: Vec<_> = shown.missing().collect();
    assert_eq!(missing, [v1::NotificationElement::Representatives, v1::NotificationElement::WrittenRecord]);
    assert_eq!(shown.attempts[0].method(), v1::ContactMethod::Letter);
    assert_eq!(shown.first_notifications[0].mode(), v1::NotificationMode::Telephone);
    assert_eq!(shown.support_offers[0].what, "bereavement service");
}

#[test]
fn the_independence_of_an_opinion_is_shown_and_compares_the_giver_with_who_reported() {
    use v1::OpinionIndependence::{Independent, Involved, Unknown};
    let given_by = |by: Option<&str>| {
        let Event::NotifiableAssessed(mut given) = assessed() else { unreachable!() };
        given.opinion.given_by = by.map(|by| PersonReference::parse(by).unwrap());
        Event::NotifiableAssessed(given)
    };
    for (by, expected) in [(None, Unknown), (Some("staff:8"), Independent), (Some("STAFF:7"), Involved)] {
        let shown = candour_case(
            &case(),
            &history([("2026-03-01T09:00:00Z", opened()), ("2026-03-02T09:00:00Z", given_by(by))]),
        );
        let opinion = shown.assessment.unwrap().opinion.unwrap();
        assert_eq!(opinion.opinion_independence(), expected, "{by:?}");
    }
}
