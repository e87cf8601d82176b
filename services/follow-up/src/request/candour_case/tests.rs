//! How requests on a case are read.

use candour_domain::{calendar::Nation, policy::Policy, regime::BodyType};
use candour_service_kit::Failure;
use jiff::civil::date;

use super::*;

/// The civil date of the command in these tests.
const OCCURRED_ON: Date = date(2026, 3, 5);

fn organisation(nation: Nation) -> Organisation {
    Organisation {
        name: "Northgate".to_owned(),
        nation,
        body_type: BodyType::HealthServiceBody,
        policy: Policy::local_defaults(),
        namespace: "candour".to_owned(),
    }
}

fn day(year: i32, month: i32, day: i32) -> v1::Date {
    v1::Date { year, month, day }
}

fn opinion_given_on(given_on: Option<v1::Date>) -> v1::Opinion {
    v1::Opinion {
        given_by_role: "consultant".to_owned(),
        profession: "medicine".to_owned(),
        given_on,
        basis: "the dose was given twice".to_owned(),
        ..v1::Opinion::default()
    }
}

fn assessed(given_on: Option<v1::Date>, aware_on: Option<v1::Date>) -> v1::NotifiableAssessment {
    v1::NotifiableAssessment {
        outcome: v1::NotifiableOutcome::SevereHarm.into(),
        likelihood: v1::Likelihood::AppearsToHaveResulted.into(),
        opinion: Some(opinion_given_on(given_on)),
        aware_on,
        ..v1::NotifiableAssessment::default()
    }
}

/// What was read, or the fields at fault.
fn read<T>(read: impl FnOnce(&mut Check) -> Option<T>) -> Result<T, Vec<String>> {
    let mut check = Check::new();
    let value = read(&mut check);
    check.finish(|| value).map_err(|failure| match failure {
        Failure::Invalid(violations) => violations.into_iter().map(|violation| violation.field).collect(),
        other => panic!("{other}"),
    })
}

fn read_assessment(
    given: &v1::NotifiableAssessment,
    nation: Nation,
) -> Result<NotifiableAssessment, Vec<String>> {
    read(|check| assessment(check, Some(given), Some(OCCURRED_ON), &organisation(nation)))
}

#[test]
fn e_12_the_day_of_awareness_defaults_to_that_of_the_opinion_and_that_to_the_day_of_the_command() {
    for (given_on, aware_on, expected) in [
        (Some(day(2026, 3, 2)), Some(day(2026, 3, 4)), (date(2026, 3, 2), date(2026, 3, 4))),
        (Some(day(2026, 3, 2)), None, (date(2026, 3, 2), date(2026, 3, 2))),
        (None, Some(day(2026, 3, 4)), (date(2026, 3, 5), date(2026, 3, 4))),
        (None, None, (date(2026, 3, 5), date(2026, 3, 5))),
    ] {
        let read = read_assessment(&assessed(given_on, aware_on), Nation::England).unwrap();
        assert_eq!((read.opinion.given_on, read.aware_on), expected);
    }
}

#[test]
fn the_law_is_selected_by_configuration_and_the_day_of_awareness() {
    let read = read_assessment(&assessed(None, Some(day(2014, 11, 27))), Nation::England).unwrap();
    assert_eq!(read.body_type, BodyType::HealthServiceBody);
    assert_eq!(read.regime.as_str(), "england-regulation-20-health-service-body-2014");

    let too_early = read_assessment(&assessed(None, Some(day(2014, 11, 26))), Nation::England);
    assert_eq!(too_early.unwrap_err(), ["assessment.aware_on"]);
    let elsewhere = read_assessment(&assessed(None, None), Nation::NorthernIreland);
    assert_eq!(elsewhere.unwrap_err(), ["assessment.aware_on"]);
}

#[test]
fn a_wrong_day_is_a_violation_and_never_replaced_by_the_default() {
    let wrong = assessed(Some(day(2026, 2, 30)), Some(day(2026, 3, 0)));
    assert_eq!(
        read_assessment(&wrong, Nation::England).unwrap_err(),
        ["assessment.opinion.given_on", "assessment.aware_on"]
    );
}

#[test]
fn every_violation_of_an_assessment_is_named_by_its_path() {
    let nothing = v1::NotifiableAssessment {
        moderate_increase_in_treatment: 99,
        opinion: Some(v1::Opinion { given_by: "Jane Doe".to_owned(), ..v1::Opinion::default() }),
        ..v1::NotifiableAssessment::default()
    };
    assert_eq!(
        read_assessment(&nothing, Nation::Scotland).unwrap_err(),
        [
            "assessment.outcome",
            "assessment.likelihood",
            "assessment.moderate_increase_in_treatment",
            "assessment.opinion.given_by_role",
            "assessment.opinion.profession",
            "assessment.opinion.given_by",
            "assessment.opinion.basis",
            "assessment.aware_on",
        ]
    );
    let organisation = organisation(Nation::England);
    let missing = read(|check| assessment(check, None, Some(OCCURRED_ON), &organisation));
    assert_eq!(missing.unwrap_err(), ["assessment"]);
    let no_opinion = v1::NotifiableAssessment { opinion: None, ..assessed(None, None) };
    assert_eq!(read_assessment(&no_opinion, Nation::England).unwrap_err(), ["assessment.opinion"]);
}

#[test]
fn a_decision_against_needs_no_opinion_but_a_whole_one_where_it_has_one() {
    let message = |opinion| v1::RecordNotNotifiableRequest {
        reason: "known complication, consented".to_owned(),
        opinion,
        ..v1::RecordNotNotifiableRequest::default()
    };
    let read = |message: v1::RecordNotNotifiableRequest| {
        read(|check| not_notifiable(check, &message, Some(OCCURRED_ON)))
    };
    assert_eq!(read(message(None)).unwrap().opinion, None);
    let given_on = read(message(Some(opinion_given_on(None)))).unwrap().opinion.unwrap().given_on;
    assert_eq!(given_on, date(2026, 3, 5));
    let incomplete = v1::Opinion { basis: String::new(), ..opinion_given_on(None) };
    assert_eq!(read(message(Some(incomplete))).unwrap_err(), ["opinion.basis"]);
}

#[test]
fn e_6_what_was_said_of_further_enquiries_is_true_or_a_reason_or_nothing() {
    use v1::record_first_notification_request::FurtherEnquiries as Wire;
    let read = |said| {
        let message = v1::RecordFirstNotificationRequest {
            further_enquiries: said,
            ..v1::RecordFirstNotificationRequest::default()
        };
        read(|check| first_notification(check, &message)).map(|contact| contact.further_enquiries)
    };
    assert_eq!(read(None), Ok(None));
    assert_eq!(read(Some(Wire::FurtherEnquiriesAdvised(true))), Ok(Some(FurtherEnquiries::Advised)));
    assert_eq!(
        read(Some(Wire::FurtherEnquiriesAdvised(false))),
        Err(vec!["further_enquiries_advised".to_owned()])
    );
    assert_eq!(
        read(Some(Wire::NoFurtherEnquiriesBecause(" ".to_owned()))),
        Err(vec!["no_further_enquiries_because".to_owned()])
    );
    let Ok(Some(FurtherEnquiries::None { because })) =
        read(Some(Wire::NoFurtherEnquiriesBecause("the cause is known".to_owned())))
    else {
        panic!("a reason is enough")
    };
    assert_eq!(because.as_str(), "the cause is known");
}

#[test]
fn e_7_what_a_letter_says_of_enquiries_is_true_or_a_reason_or_nothing() {
    use v1::letter_covers::Enquiries as Wire;
    let read = |said| {
        let message = v1::RecordWrittenNotificationRequest {
            letter: "letters/2026/17".to_owned(),
            covers: Some(v1::LetterCovers { enquiries: said, ..v1::LetterCovers::default() }),
            ..v1::RecordWrittenNotificationRequest::default()
        };
        read(|check| written_notification(check, &message)).map(|letter| letter.covers.enquiries)
    };
    assert_eq!(read(None), Ok(None));
    assert_eq!(read(Some(Wire::EnquiryDetails(true))), Ok(Some(CoversEnquiries::Details)));
    assert_eq!(read(Some(Wire::EnquiryDetails(false))), Err(vec!["covers.enquiry_details".to_owned()]));
    assert_eq!(
        read(Some(Wire::NoEnquiriesBecause(String::new()))),
        Err(vec!["covers.no_enquiries_because".to_owned()])
    );
}

#[test]
fn each_representative_is_read_and_more_than_the_limit_are_refused() {
    let read = |representatives| {
        let message = v1::RecordFirstNotificationRequest {
            representatives,
            ..v1::RecordFirstNotificationRequest::default()
        };
        read(|check| first_notification(check, &message)).map(|contact| contact.representatives.len())
    };
    let consultant = v1::Representative { role: "consultant".to_owned(), name: "A. Example".to_owned() };
    assert_eq!(
        read(vec![consultant.clone(), v1::Representative::default()]),
        Err(vec!["representatives[1].role".to_owned(), "representatives[1].name".to_owned()])
    );
    assert_eq!(read(vec![consultant.clone(); 20]), Ok(20));
    assert_eq!(read(vec![consultant; 21]), Err(vec!["representatives".to_owned()]));
}
