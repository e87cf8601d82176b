//! E-6, E-10, E-11: attempts, contacts of the first notification, and support.

use super::*;

fn notify(contact: FirstNotification) -> Command {
    ask(Request::RecordFirstNotification(contact))
}

#[test]
fn e_6_a_first_notification_needs_an_assessment() {
    for history in [vec![], vec![opened()], vec![opened(), Event::CandourNotRequired(not_required())]] {
        given::<CandourCase>(history)
            .when(notify(complete_contact()), situation("2026-03-05"))
            .then_refused(Rejection::NotNotifiable);
    }
}

#[test]
fn e_15_a_family_told_before_the_assessment_was_made_in_form_keeps_its_true_date() {
    // Assessed on 2 March; told on the 1st.
    let state = given_entries::<CandourCase>(assessed_history())
        .when(notify(complete_contact()), situation("2026-03-01"))
        .then_accepted()
        .state();
    assert!(state.elements.is_complete());
}

#[test]
fn e_6_the_stage_is_complete_only_with_every_element() {
    let complete = complete_contact();
    let lacking_one = [
        FirstNotification { mode: None, ..complete.clone() },
        FirstNotification { representatives: vec![], ..complete.clone() },
        FirstNotification { facts_account: false, ..complete.clone() },
        FirstNotification { further_enquiries: None, ..complete.clone() },
        FirstNotification { apology: false, ..complete.clone() },
        FirstNotification { support_offered: false, ..complete.clone() },
        FirstNotification { written_record: None, ..complete.clone() },
    ];
    for contact in lacking_one {
        // Recorded all the same: what is missing is missing.
        let state = given_entries::<CandourCase>(assessed_history())
            .when(notify(contact.clone()), situation("2026-03-05"))
            .then([Event::InPersonNotified(contact)])
            .state();
        assert!(state.contacted && !state.elements.is_complete(), "{:?}", state.elements);
    }
    let none = FirstNotification {
        further_enquiries: Some(FurtherEnquiries::None { because: text("all is known") }),
        ..complete
    };
    let state = given_entries::<CandourCase>(assessed_history())
        .when(notify(none), situation("2026-03-05"))
        .then_accepted()
        .state();
    assert!(state.elements.is_complete());
}

#[test]
fn e_6_elements_come_over_several_contacts_and_support_apart_from_them() {
    let spoken = FirstNotification { support_offered: false, written_record: None, ..complete_contact() };
    let recorded = FirstNotification { written_record: complete_contact().written_record, ..empty_contact() };
    let history = given_entries::<CandourCase>(assessed_history())
        .when(notify(spoken), situation("2026-03-05"))
        .then_accepted()
        .when(notify(recorded), situation("2026-03-06"))
        .then_accepted();
    assert!(!history.state().elements.is_complete());
    let history = history
        .when(ask(Request::RecordSupportOffered(support())), situation("2026-03-07"))
        .then([Event::SupportOffered(support())]);
    assert!(history.state().elements.is_complete());
}

#[test]
fn e_6_a_contact_without_any_element_is_none() {
    given_entries::<CandourCase>(assessed_history())
        .when(notify(empty_contact()), situation("2026-03-05"))
        .then_refused_field(Rejection::NothingNotified, "mode");
    let many = vec![complete_contact().representatives[0].clone(); 21];
    given_entries::<CandourCase>(assessed_history())
        .when(notify(FirstNotification { representatives: many, ..empty_contact() }), situation("2026-03-05"))
        .then_refused_field(Rejection::TooManyRepresentatives { count: 21 }, "representatives");
}

#[test]
fn e_10_what_another_relative_was_told_does_not_make_the_stage_complete() {
    let told = |number| FirstNotification {
        relevant_person: Some(relevant_person_id(number)),
        ..complete_contact()
    };
    let two = vec![on("2026-03-03", identified(1, true)), on("2026-03-03", identified(2, false))];
    let history = given_entries::<CandourCase>(history_of(assessed_history(), two))
        .when(notify(told(2)), situation("2026-03-05"))
        .then([Event::InPersonNotified(told(2))]);
    assert_eq!(history.state().elements, FirstNotificationElements::default());
    let history = history.when(notify(told(1)), situation("2026-03-06")).then_accepted();
    assert!(history.state().elements.is_complete());
    // Another person takes over the designation, and was not told.
    let history = history
        .when(ask(Request::IdentifyRelevantPerson(relevant_person(3, true))), situation("2026-03-07"))
        .then_accepted();
    assert_eq!(history.state().elements, FirstNotificationElements::default());
}

#[test]
fn e_10_a_contact_with_nobody_in_particular_is_one_with_the_designated_person_of_that_time() {
    let designated = vec![on("2026-03-03", identified(1, true))];
    let named = FirstNotification { relevant_person: Some(relevant_person_id(1)), ..complete_contact() };
    let offered = Support { relevant_person: Some(relevant_person_id(1)), ..support() };
    let history = given_entries::<CandourCase>(history_of(assessed_history(), designated))
        .when(notify(complete_contact()), situation("2026-03-05"))
        .then([Event::InPersonNotified(named)])
        .when(ask(Request::RecordSupportOffered(support())), situation("2026-03-05"))
        .then([Event::SupportOffered(offered)])
        .when(ask(Request::IdentifyRelevantPerson(relevant_person(3, true))), situation("2026-03-07"))
        .then_accepted();
    assert_eq!(history.state().elements, FirstNotificationElements::default());
}

#[test]
fn e_10_a_contact_before_anybody_was_identified_counts_for_the_designated_person() {
    let history = given_entries::<CandourCase>(assessed_history())
        .when(notify(complete_contact()), situation("2026-03-05"))
        .then([Event::InPersonNotified(complete_contact())])
        .when(ask(Request::IdentifyRelevantPerson(relevant_person(1, true))), situation("2026-03-07"))
        .then_accepted();
    assert!(history.state().elements.is_complete());
}

#[test]
fn e_10_on_a_death_the_relevant_person_is_identified_before_notifying() {
    let died = Event::NotifiableAssessed(death(Likelihood::AppearsToHaveResulted));
    let history = vec![on("2026-03-02", opened()), on("2026-03-02", died.clone())];
    given_entries::<CandourCase>(history.clone())
        .when(notify(complete_contact()), situation("2026-03-05"))
        .then_refused(Rejection::RelevantPersonNotIdentified);
    let told = FirstNotification { relevant_person: Some(relevant_person_id(2)), ..complete_contact() };
    given_entries::<CandourCase>(history_of(history, vec![on("2026-03-03", identified(2, true))]))
        .when(notify(complete_contact()), situation("2026-03-05"))
        .then([Event::InPersonNotified(told)]);
    // The service user was identified before it was known that they had died.
    let identified_first =
        vec![on("2026-03-02", opened()), on("2026-03-02", identified(1, true)), on("2026-03-03", died)];
    given_entries::<CandourCase>(identified_first.clone())
        .when(notify(complete_contact()), situation("2026-03-05"))
        .then_refused(Rejection::DeceasedCannotBeTold);
    let declined = Declined { relevant_person: Some(relevant_person_id(1)), ..declined() };
    given_entries::<CandourCase>(identified_first)
        .when(ask(Request::RecordDeclined(declined)), situation("2026-03-05"))
        .then_refused(Rejection::DeceasedCannotBeTold);
}

#[test]
fn nothing_is_recorded_of_a_relevant_person_the_case_does_not_know() {
    let unknown = relevant_person_id(9);
    let relevant_person = Some(unknown);
    for request in [
        Request::RecordFirstNotification(FirstNotification { relevant_person, ..complete_contact() }),
        Request::RecordContactAttempt(ContactAttempt {
            relevant_person,
            ..attempt(ContactMethod::Letter, ContactResult::NoAnswer)
        }),
        Request::RecordSupportOffered(Support { relevant_person, ..support() }),
        Request::RecordWrittenNotification(WrittenNotification {
            relevant_person,
            ..letter(LetterCovers { apology: true, ..LetterCovers::default() })
        }),
        Request::ShareEnquiryResults(EnquiryResults { relevant_person, ..results() }),
        Request::RecordDeclined(Declined { relevant_person, ..declined() }),
    ] {
        given_entries::<CandourCase>(assessed_history())
            .when(ask(request), situation("2026-03-05"))
            .then_refused(Rejection::RelevantPersonUnknown { id: unknown });
    }
}

#[test]
fn e_8_attempts_and_support_are_recorded_at_any_time() {
    let tried = attempt(ContactMethod::Telephone, ContactResult::MessageLeft);
    for history in [
        vec![opened()],
        vec![opened(), Event::CandourNotRequired(not_required())],
        vec![opened(), notifiable(), Event::CandourExempted(exemption())],
    ] {
        given::<CandourCase>(history)
            .when(ask(Request::RecordContactAttempt(tried.clone())), situation("2026-03-10"))
            .then([Event::ContactAttempted(tried.clone())])
            .when(ask(Request::RecordSupportOffered(support())), situation("2026-03-10"))
            .then([Event::SupportOffered(support())]);
    }
}

#[test]
fn e_11_an_apology_sets_no_liability() {
    // Every field of a contact, spelled out: whoever adds one that speaks of liability, fault or admission must come by here.
    // Saying sorry is not an admission (Compensation Act 2006 s.2).
    let FirstNotification {
        relevant_person: _,
        mode: _,
        representatives: _,
        facts_account: _,
        further_enquiries: _,
        apology,
        support_offered: _,
        written_record: _,
    } = FirstNotification { apology: true, ..empty_contact() };
    assert!(apology);
    // And an apology changes nothing in the case but that it is on record.
    let before = given_entries::<CandourCase>(assessed_history());
    let mut expected = before.state();
    let after = before
        .when(notify(FirstNotification { apology: true, ..empty_contact() }), situation("2026-03-05"))
        .then_accepted()
        .state();
    let elements = FirstNotificationElements { apology: true, ..FirstNotificationElements::default() };
    expected.contacted = true;
    expected.elements = elements;
    expected.elements_by_person = vec![(None, elements)];
    assert_eq!(after, expected);
}

#[test]
fn e_10_a_contact_recorded_afterwards_is_one_with_the_designated_person_of_its_own_day() {
    let persons = vec![on("2026-03-03", identified(1, true)), on("2026-03-20", identified(2, true))];
    let named = FirstNotification { relevant_person: Some(relevant_person_id(1)), ..complete_contact() };
    let history = given_entries::<CandourCase>(history_of(assessed_history(), persons))
        .when(notify(complete_contact()), situation("2026-03-05"))
        .then([Event::InPersonNotified(named)]);
    assert_eq!(history.state().elements, FirstNotificationElements::default());
}

#[test]
fn e_10_a_contact_before_anybody_was_identified_is_not_inherited_by_who_is_designated_later() {
    let events = vec![
        on("2026-03-05", Event::InPersonNotified(complete_contact())),
        on("2026-03-07", identified(1, true)),
        on("2026-03-09", identified(2, true)),
    ];
    let history = given_entries::<CandourCase>(history_of(assessed_history(), events));
    assert_eq!(history.state().elements, FirstNotificationElements::default());
}
