//! The rules of the duty of candour beside the worked example, each by its identifier.
//! As there, days are in 2026 and the nation is England.

use super::{
    CandourUnit, Clock, Due,
    Outcome::{Excluded, Listed, NotMet},
    Verdict,
    candour::{self, NotificationElement},
    fixtures::*,
};
use crate::{
    CorrectionChange,
    candour_case::{
        CandourCase, CaseDecision, CoversEnquiries, Event as CaseEvent, FirstNotification, FurtherEnquiries,
        LetterCovers, OpinionIndependence, Support, SupportResponse, WrittenNotification,
    },
    identifier::RelevantPersonId,
    incident::PhysicalHarm,
    text::PersonReference,
};

fn aware_clock(events: Vec<(&str, CaseEvent)>, as_of: &str) -> Clock {
    // Reported and aware on 2 March: due 16 March.
    let mut all = vec![("03-02", notifiable("03-02"))];
    all.extend(events);
    case_on(&candour_case("N1", moderate("N1", "03-02"), all, None), as_of).aware_clock.unwrap()
}

#[test]
fn e_8_leaving_on_the_due_day_is_in_time_and_a_day_later_the_case_stays() {
    assert_eq!(aware_clock(vec![("03-16", declined())], "06-30").verdict, Verdict::LeftInTime);
    let late = aware_clock(vec![("03-17", declined())], "06-30");
    assert_eq!((late.verdict, late.left_after_due), (Verdict::Overdue(106), true));
}

#[test]
fn e_8_a_case_that_left_is_listed_before_its_due_date_and_awaits_no_results() {
    let events = vec![("03-02", notifiable("03-02")), ("03-10", declined())];
    let unit = candour_case("N1", moderate("N1", "03-02"), events, None);
    assert_eq!(case_on(&unit, "03-09").days_awaiting_results, Some(7));
    assert_eq!(case_on(&unit, "03-10").days_awaiting_results, None);
    let figures = of_cases(vec![unit]).figures(None, "03-11");
    for figure in ["C2 reported clock", "C2 aware clock", "C3", "C4"] {
        assert_eq!(figures.with(figure, Excluded), "N1", "{figure}");
        assert_eq!(figures.ratio(figure), "0/0", "{figure}");
    }
}

#[test]
fn e_8_what_was_complete_on_the_day_of_leaving_is_complete() {
    let events = vec![("03-10", notified(full_contact())), ("03-10", declined())];
    assert_eq!(aware_clock(events, "06-30").verdict, Verdict::InTime);
}

#[test]
fn e_10_a_contact_with_nobody_named_counts_for_the_designated_relevant_person() {
    let events = vec![
        ("03-02", notifiable("03-02")),
        ("03-03", relevant_person("daughter", false)),
        ("03-05", notified(full_contact())),
    ];
    let unit = candour_case("N1", moderate("N1", "03-02"), events, None);
    assert_eq!(case_on(&unit, "03-05").first_notification.complete.unwrap().on, d("03-05"));
}

#[test]
fn c_3_a_letter_is_due_after_the_due_date_of_a_first_notification_that_was_late() {
    // Due 16 March; ten working days later is 30 March, and after 4 March it is 18 March.
    let due = |on| {
        let events = vec![("03-02", notifiable("03-02")), (on, notified(full_contact()))];
        case_on(&candour_case("N1", moderate("N1", "03-02"), events, None), "06-30").first_letter_due
    };
    assert_eq!(due("03-04"), Some(Due::On(d("03-18"))));
    assert_eq!(due("03-16"), Some(Due::On(d("03-30"))));
    assert_eq!(due("03-27"), Some(Due::On(d("03-30"))));
}

#[test]
fn e_8_a_case_taken_up_again_restarts_its_clock_only_if_it_had_left_in_time() {
    let back = aware_clock(vec![("03-10", declined()), ("04-01", taken_up_again())], "04-10");
    assert_eq!(back.original_due, Due::On(d("03-16")));
    assert_eq!((back.due, back.restarted_on), (Due::On(d("04-17")), Some(d("04-01"))));
    assert_eq!(back.verdict, Verdict::NotYetDue);
    let told = vec![("03-10", declined()), ("04-01", taken_up_again()), ("04-17", notified(full_contact()))];
    assert_eq!(aware_clock(told, "06-30").verdict, Verdict::InTime);
    let late = vec![("03-17", declined()), ("04-01", taken_up_again()), ("04-02", notified(full_contact()))];
    let late = aware_clock(late, "06-30");
    assert_eq!((late.due, late.verdict), (Due::On(d("03-16")), Verdict::Late(17)));
    // Between leaving and coming back it counts as left, with the data of today.
    let between = aware_clock(vec![("03-10", declined()), ("04-01", taken_up_again())], "03-31");
    assert_eq!(between.verdict, Verdict::LeftInTime);
}

#[test]
fn e_9_a_local_exemption_never_excludes_and_lifting_it_restarts_nothing() {
    let exempt = aware_clock(vec![("03-03", exempted())], "03-31");
    assert_eq!((exempt.verdict, exempt.left_after_due), (Verdict::Overdue(15), false));
    let lifted = aware_clock(vec![("03-03", exempted()), ("03-10", taken_up_again())], "03-31");
    assert_eq!((lifted.due, lifted.verdict), (Due::On(d("03-16")), Verdict::Overdue(15)));
}

fn support_offered() -> CaseEvent {
    CaseEvent::SupportOffered(Support {
        relevant_person: None,
        what: text("a liaison nurse"),
        response: SupportResponse::Declined,
    })
}

#[test]
fn e_6_support_recorded_apart_completes_the_first_notification() {
    let support = support_offered();
    let contact = FirstNotification { support_offered: false, ..full_contact() };
    let unit = candour_case(
        "N1",
        moderate("N1", "03-02"),
        vec![("03-02", notifiable("03-02")), ("03-10", notified(contact)), ("03-12", support)],
        None,
    );
    assert_eq!(case_on(&unit, "03-11").first_notification.missing, [NotificationElement::SupportOffered]);
    let standing = case_on(&unit, "03-12");
    assert_eq!(standing.first_notification.complete.unwrap().on, d("03-12"));
    assert!(!standing.first_notification.complete_at_first_contact);
    let figures = of_cases(vec![unit]).figures(None, "06-30");
    assert_eq!(figures.count("C2 aware clock", "complete face to face"), 1);
    assert_eq!(figures.ratio("C5 at the first contact"), "0/1");
}

#[test]
fn e_10_only_contacts_and_letters_to_the_designated_relevant_person_count() {
    let to = |name| Some(RelevantPersonId::from_uuid(id(name)));
    let contact = |name| notified(FirstNotification { relevant_person: to(name), ..full_contact() });
    let letter_to = |name| {
        CaseEvent::WrittenNotificationSent(WrittenNotification {
            relevant_person: to(name),
            letter: crate::text::DocumentReference::parse("letter-1").unwrap(),
            covers: first_letter(),
        })
    };
    let unit = candour_case(
        "N1",
        moderate("N1", "03-02"),
        vec![
            ("03-02", notifiable("03-02")),
            ("03-03", relevant_person("daughter", false)),
            ("03-03", relevant_person("son", false)),
            ("03-05", contact("son")),
            ("03-06", letter_to("son")),
            ("03-12", contact("daughter")),
            ("03-13", letter_to("daughter")),
            ("04-01", relevant_person("wife", true)),
        ],
        None,
    );
    let son_only = case_on(&unit, "03-10");
    assert_eq!(son_only.first_notification.complete, None);
    assert_eq!(son_only.written.first_letter, None);
    let standing = case_on(&unit, "03-31");
    assert_eq!(standing.first_notification.complete.unwrap().on, d("03-12"));
    assert_eq!(standing.written.first_letter.unwrap().on, d("03-13"));
    // Another is designated: she has been told nothing yet.
    assert_eq!(case_on(&unit, "04-01").first_notification.complete, None);
}

#[test]
fn e_7_two_letters_together_satisfy_20_4_and_one_without_an_apology_counts_for_nothing() {
    let facts = LetterCovers { facts: true, apology: true, ..LetterCovers::default() };
    let enquiries =
        LetterCovers { enquiries: Some(CoversEnquiries::Details), apology: true, ..LetterCovers::default() };
    let no_apology = LetterCovers { apology: false, ..enquiries.clone() };
    let unit = candour_case(
        "N1",
        moderate("N1", "03-02"),
        vec![
            ("03-02", notifiable("03-02")),
            ("03-10", letter(facts)),
            ("03-11", letter(no_apology)),
            ("03-12", results(false)),
            ("03-20", letter(enquiries)),
            ("04-20", results(true)),
        ],
        None,
    );
    let early = case_on(&unit, "03-19");
    assert_eq!((early.written.first_letter, early.written.results), (None, None));
    let standing = case_on(&unit, "06-30");
    assert_eq!(standing.written.first_letter.unwrap().on, d("03-20"));
    assert_eq!(standing.written.results.unwrap().on, d("04-20"));
    assert_eq!(standing.written.satisfied.unwrap().on, d("04-20"));
    assert_eq!(case_on(&unit, "04-19").written.satisfied, None);
}

#[test]
fn e_7_no_further_enquiries_because_satisfies_20_4_c_by_letter_or_by_itself() {
    let nothing = LetterCovers {
        enquiries: Some(CoversEnquiries::None { because: text("cause is plain") }),
        ..first_letter()
    };
    let by_letter = vec![("03-02", notifiable("03-02")), ("03-10", letter(nothing))];
    let facts = LetterCovers { facts: true, apology: true, ..LetterCovers::default() };
    let by_itself = vec![
        ("03-02", notifiable("03-02")),
        ("03-05", letter(facts)),
        ("03-10", CaseEvent::NoFurtherEnquiries { because: text("cause is plain") }),
    ];
    for events in [by_letter, by_itself] {
        let unit = candour_case("N1", moderate("N1", "03-02"), events, Some("03-30"));
        let standing = case_on(&unit, "06-30");
        assert_eq!(standing.written.satisfied.unwrap().on, d("03-10"));
        assert_eq!(of_cases(vec![unit]).figures(None, "06-30").ratio("C4"), "1/1");
    }
}

#[test]
fn e_13_c_6_what_is_recognised_late_has_its_own_clock_and_is_flagged_not_overdue() {
    // Reported 2 March: the reported clock runs out on 16 March.
    let unit = |aware| candour_case("N1", moderate("N1", "03-02"), vec![(aware, notifiable(aware))], None);
    assert!(!case_on(&unit("03-16"), "03-20").late_recognition);
    let late = case_on(&unit("03-17"), "03-20");
    assert!(late.late_recognition);
    assert_eq!(late.aware_clock.unwrap().verdict, Verdict::NotYetDue);
    let figures = of_cases(vec![unit("03-17")]).figures(None, "03-20");
    assert_eq!(figures.ratio("C6"), "1/1");
    assert_eq!(figures.count("C2 reported clock", "late recognition"), 1);
    assert_eq!(figures.with("X1 overdue", Listed), "");
}

#[test]
fn e_14_the_reverse_sample_lists_undecided_and_downgraded_harm() {
    let downgraded = || {
        let mut incident = moderate("N1", "03-02");
        incident.push(("03-10", regraded("N1", harm(PhysicalHarm::Moderate), harm(PhysicalHarm::Low))));
        candour_case("N1", incident, vec![], None)
    };
    // Prompted 2 March: due 5 March.
    let figures = of_cases(vec![downgraded()]).figures(None, "03-05");
    assert_eq!(figures.with("X1 harm without a decision in time", Listed), "");
    let figures = of_cases(vec![downgraded()]).figures(None, "03-31");
    assert_eq!(figures.days("X1 harm without a decision in time", Listed), "N1:26");
    assert_eq!(figures.with("X1 downgraded after the clock started", Listed), "N1");
    assert_eq!(figures.ratio("C7"), "1/1");
}

#[test]
fn corrections_a_struck_assessment_takes_the_case_out_and_a_restated_awareness_moves_its_clock() {
    let unit = candour_case("N1", moderate("N1", "03-02"), vec![("03-03", notifiable("03-02"))], None);
    let with = |change| {
        let case_history = corrected::<CandourCase>(unit.case_history.clone(), 0, change);
        case_on(&CandourUnit { case_history, ..unit.clone() }, "06-30")
    };
    let struck = with(CorrectionChange::Struck);
    assert_eq!((struck.is_notifiable(), struck.aware_clock), (false, None));
    assert_eq!(struck.days_undecided(d("06-30")), Some(117));
    let restated = with(CorrectionChange::StatedDate(d("03-03")));
    assert_eq!(restated.aware_clock.unwrap().due, Due::On(d("03-17")));
}

#[test]
fn a_case_whose_person_was_struck_out_is_kept_once_something_was_recorded_in_it() {
    let mut unit = candour_case("N1", moderate("N1", "03-02"), vec![("03-03", notifiable("03-02"))], None);
    unit.person = person("another");
    assert!(case_on(&unit, "06-30").is_notifiable());
    unit.case_history.clear();
    assert_eq!(candour::standing(&unit, d("06-30"), rules()), None);
}

#[test]
fn e_9_a_case_exempted_locally_is_never_met_whatever_was_done_in_time() {
    let events = || {
        vec![
            ("03-02", notifiable("03-02")),
            ("03-03", notified(FirstNotification { support_offered: false, ..full_contact() })),
            ("03-04", exempted()),
            ("03-05", support_offered()),
            ("03-06", letter(first_letter())),
            ("04-01", results(true)),
        ]
    };
    let exempt = candour_case("N1", moderate("N1", "03-02"), events(), Some("03-30"));
    let figures = of_cases(vec![exempt]).figures(None, "06-30");
    for figure in ["C2 reported clock", "C2 aware clock", "C3", "C4"] {
        assert_eq!(figures.ratio(figure), "0/1", "{figure}");
        assert_eq!(figures.count(figure, "exempted locally"), 1, "{figure}");
        let detail = figures.detail(figure, "N1");
        assert!(detail.contains("exempted locally 2026-03-04"), "{figure}: {detail}");
    }
    let lifted = events().into_iter().chain([("04-10", taken_up_again())]).collect();
    let lifted = candour_case("N1", moderate("N1", "03-02"), lifted, Some("03-30"));
    let figures = of_cases(vec![lifted]).figures(None, "06-30");
    for figure in ["C2 aware clock", "C3", "C4"] {
        assert_eq!(figures.ratio(figure), "1/1", "{figure}");
    }
}

#[test]
fn e_10_what_was_addressed_to_nobody_is_not_inherited_by_who_is_designated_later() {
    let told = vec![
        ("03-02", notifiable("03-02")),
        ("03-03", notified(full_contact())),
        ("03-04", letter(first_letter())),
        ("03-05", relevant_person("patient", false)),
        ("03-06", results(true)),
    ];
    let unit = |events| candour_case("N1", moderate("N1", "03-02"), events, None);
    let standing = case_on(&unit(told.clone()), "06-30");
    assert_eq!(standing.first_notification.complete.unwrap().on, d("03-03"));
    assert_eq!(standing.written.satisfied.unwrap().on, d("03-06"));
    // The daughter takes over; she was told nothing and sent nothing.
    let taken_over = told.into_iter().chain([("03-09", relevant_person("daughter", true))]).collect();
    let standing = case_on(&unit(taken_over), "06-30");
    assert_eq!(standing.first_notification.complete, None);
    assert_eq!((standing.written.first_letter, standing.written.results), (None, None));
}

#[test]
fn c_1_c_7_e_13_not_required_before_the_prompt_does_not_answer_it() {
    let low = harm(PhysicalHarm::Low);
    let unit = |events| {
        let incident = vec![
            ("03-02", reported("N1", None, low)),
            ("06-01", regraded("N1", low, harm(PhysicalHarm::Severe))),
        ];
        candour_case("N1", incident, events, None)
    };
    let before = unit(vec![("03-05", not_notifiable())]);
    // Nothing prompted yet: decided.
    assert_eq!(case_on(&before, "05-31").decision, CaseDecision::NotRequired);
    // Prompted 1 June: due 4 June.
    let standing = case_on(&before, "06-30");
    assert_eq!((standing.decision, standing.decided), (CaseDecision::Undecided, None));
    assert_eq!(standing.decision_due, Some(Due::On(d("06-04"))));
    assert!(standing.next_step().unwrap().starts_with("decide whether"));
    let figures = of_cases(vec![before]).figures(None, "06-30");
    assert_eq!(figures.days("C1", NotMet), "N1:26");
    assert_eq!(figures.days("C7", NotMet), "N1:26");
    assert_eq!(figures.days("X1 harm without a decision in time", Listed), "N1:26");

    let again = unit(vec![("03-05", not_notifiable()), ("06-03", not_notifiable())]);
    assert_eq!(case_on(&again, "06-30").decision, CaseDecision::NotRequired);
    assert_eq!(of_cases(vec![again]).figures(None, "06-30").ratio("C1"), "1/1");
    let on_the_day = unit(vec![("06-01", not_notifiable())]);
    assert_eq!(of_cases(vec![on_the_day]).figures(None, "06-30").ratio("C1"), "1/1");
}

#[test]
fn c_1_an_assessment_as_notifiable_before_the_prompt_is_in_time() {
    let low = harm(PhysicalHarm::Low);
    let incident = vec![
        ("03-02", reported("N1", None, low)),
        ("06-01", regraded("N1", low, harm(PhysicalHarm::Severe))),
    ];
    let events = vec![("03-03", not_notifiable()), ("03-05", notifiable("03-05"))];
    let figures = of_cases(vec![candour_case("N1", incident, events, None)]).figures(None, "06-30");
    assert_eq!((figures.ratio("C1"), figures.ratio("C7")), ("1/1".to_owned(), "0/1".to_owned()));
}

#[test]
fn c_4_e_13_the_results_clock_starts_at_sign_off_or_awareness_whichever_is_later() {
    let unit = |aware, signed_off| {
        candour_case("N1", moderate("N1", "03-02"), vec![(aware, notifiable(aware))], Some(signed_off))
    };
    // Aware on 1 June, long after the sign-off: ten working days later is 15 June.
    assert_eq!(case_on(&unit("06-01", "03-30"), "06-30").results_due, Some(Due::On(d("06-15"))));
    assert_eq!(case_on(&unit("03-02", "06-01"), "06-30").results_due, Some(Due::On(d("06-15"))));
}

#[test]
fn c_4_e_8_the_results_clock_restarts_with_a_reopening_in_time() {
    let unit = |left| {
        let events = vec![("03-02", notifiable("03-02")), (left, declined()), ("06-01", taken_up_again())];
        candour_case("N1", moderate("N1", "03-02"), events, Some("03-30"))
    };
    // Left on 10 March, before its due date of 16 March: from the reopening. Left on the 17th: from the sign-off.
    assert_eq!(case_on(&unit("03-10"), "06-30").results_due, Some(Due::On(d("06-15"))));
    assert_eq!(case_on(&unit("03-17"), "06-30").results_due, Some(Due::On(d("04-15"))));
}

#[test]
fn e_13_late_recognition_is_not_met_by_the_reported_clock_without_a_number_of_days() {
    // Reported 2 March: the reported clock runs out on 16 March.
    let unit = |name, events: Vec<_>| {
        let events = [("05-01", notifiable("05-01"))].into_iter().chain(events).collect();
        candour_case(name, moderate(name, "03-02"), events, None)
    };
    let told = vec![("05-05", notified(full_contact()))];
    let figures = of_cases(vec![unit("N1", vec![]), unit("N2", told)]).figures(None, "06-30");
    assert_eq!(figures.with("C2 reported clock", NotMet), "N1 N2");
    for reference in ["N1", "N2"] {
        let detail = figures.detail("C2 reported clock", reference);
        assert!(detail.starts_with("late recognition") && !detail.contains("days"), "{detail}");
    }
    let reported_clock = figures.get("C2 reported clock");
    assert!(reported_clock.units.iter().all(|unit| unit.days.is_none()), "{:?}", reported_clock.units);
    assert_eq!(figures.count("C2 reported clock", "late recognition"), 2);
    assert_eq!(figures.count("C2 reported clock", "complete face to face"), 1);
    // Aware on 1 May: by that clock due 18 May.
    assert_eq!(figures.days("C2 aware clock", NotMet), "N1:43");
}

#[test]
fn e_7_c_4_no_further_enquiries_said_at_a_contact_settles_the_results_but_not_the_letter() {
    let none = FirstNotification {
        further_enquiries: Some(FurtherEnquiries::None { because: text("the cause is plain") }),
        ..full_contact()
    };
    let facts = LetterCovers { facts: true, apology: true, ..LetterCovers::default() };
    let unit = |contact, covers| {
        let events =
            vec![("03-02", notifiable("03-02")), ("03-05", notified(contact)), ("03-10", letter(covers))];
        candour_case("N1", moderate("N1", "03-02"), events, Some("03-30"))
    };
    let settled = case_on(&unit(none.clone(), facts), "06-30").written;
    assert_eq!(settled.results_settled.unwrap().on, d("03-05"));
    // The letter says nothing of enquiries: 20(4)(b) is open.
    assert_eq!((settled.enquiries, settled.first_letter, settled.satisfied), (None, None, None));
    let unit = unit(none.clone(), first_letter());
    assert_eq!(case_on(&unit, "06-30").written.satisfied.unwrap().on, d("03-10"));
    assert_eq!(of_cases(vec![unit]).figures(None, "06-30").ratio("C4"), "1/1");
    // Said to another than the designated person it settles nothing.
    let to_son = FirstNotification { relevant_person: Some(RelevantPersonId::from_uuid(id("son"))), ..none };
    let events = vec![
        ("03-02", notifiable("03-02")),
        ("03-03", relevant_person("daughter", true)),
        ("03-03", relevant_person("son", false)),
        ("03-05", notified(to_son)),
    ];
    let other = candour_case("N1", moderate("N1", "03-02"), events, Some("03-30"));
    assert_eq!(case_on(&other, "06-30").written.results_settled, None);
}

#[test]
fn opinion_independence_is_of_the_decision_in_force_and_compares_the_giver_with_who_reported() {
    let named = |by: &str| {
        let CaseEvent::NotifiableAssessed(mut assessment) = notifiable("03-02") else { unreachable!() };
        assessment.opinion.given_by = Some(PersonReference::parse(by).unwrap());
        CaseEvent::NotifiableAssessed(assessment)
    };
    let found = |events| {
        let mut unit = candour_case("N1", moderate("N1", "03-02"), events, None);
        unit.incident_history[0].performed_by = Some(PersonReference::parse("staff:7").unwrap());
        case_on(&unit, "06-30").opinion_independence
    };
    assert_eq!(found(vec![]), None);
    assert_eq!(found(vec![("03-02", not_notifiable())]), None);
    assert_eq!(found(vec![("03-02", notifiable("03-02"))]), Some(OpinionIndependence::Unknown));
    assert_eq!(found(vec![("03-02", named("staff:8"))]), Some(OpinionIndependence::Independent));
    assert_eq!(
        found(vec![("03-02", not_notifiable()), ("03-03", named("Staff:7"))]),
        Some(OpinionIndependence::Involved)
    );
}
