//! E-8, E-9: how a case leaves, and how it is taken up again.

use super::*;
use crate::correction;

const NEEDED: AttemptCount = AttemptCount { attempts: 3, methods: 2, days: 3 };

fn not_contactable() -> Command {
    ask(Request::RecordNotContactable { reason: None })
}

fn exits() -> Vec<(Request, Event, Exit)> {
    vec![
        (Request::RecordDeclined(declined()), Event::ContactDeclined(declined()), Exit::Declined),
        (
            Request::RecordNotContactable { reason: None },
            Event::NotContactable { reason: None },
            Exit::NotContactable,
        ),
        (Request::ExemptLocally(exemption()), Event::CandourExempted(exemption()), Exit::ExemptedLocally),
    ]
}

#[test]
fn e_6_what_a_source_asserts_opens_a_case_and_changes_nothing_else_wherever_it_stands() {
    let source = crate::text::SystemName::parse("datixweb").unwrap();
    for stage in AssertedStage::ALL {
        let assertion = StageAssertion { stage: *stage, source: source.clone() };
        let state = given::<CandourCase>(vec![])
            .when(ask(Request::RecordStageAsserted(assertion.clone())), situation("2026-03-04"))
            .then([opened(), Event::CandourStageAsserted(assertion.clone())])
            .state();
        let CaseFacts { case, incident, person, .. } = facts();
        assert_eq!(state, State { opened: Some((case, incident, person)), ..State::default() });
        for (.., event, _) in exits() {
            let left = history_of(history_of(assessed_history(), attempts()), vec![on("2026-03-10", event)]);
            let before = CandourCase::replay(&left);
            let after = given_entries::<CandourCase>(left)
                .when(ask(Request::RecordStageAsserted(assertion.clone())), situation("2026-03-11"))
                .then([Event::CandourStageAsserted(assertion.clone())]);
            assert_eq!(after.state(), before);
        }
    }
}

#[test]
fn e_8_e_9_a_notifiable_case_leaves_by_three_ways() {
    for (request, event, exit) in exits() {
        given_entries::<CandourCase>(history_of(vec![on("2026-03-02", opened())], attempts()))
            .when(ask(request.clone()), situation("2026-03-10"))
            .then_refused(Rejection::NotNotifiable);
        let left = given_entries::<CandourCase>(history_of(assessed_history(), attempts()))
            .when(ask(request), situation("2026-03-10"))
            .then([event]);
        assert_eq!(left.state().exit, Some(exit));
        for (again, ..) in exits() {
            let left = given_entries::<CandourCase>(left.history.clone());
            left.when(ask(again), situation("2026-03-11")).then_refused(Rejection::AlreadyLeft { exit });
        }
    }
}

#[test]
fn e_8_e_9_a_case_with_a_complete_first_notification_has_nothing_to_leave() {
    let told = vec![on("2026-03-08", Event::InPersonNotified(complete_contact()))];
    for (request, ..) in exits() {
        let history = history_of(history_of(assessed_history(), attempts()), told.clone());
        given_entries::<CandourCase>(history)
            .when(ask(request), situation("2026-03-10"))
            .then_refused(Rejection::AlreadyComplete);
    }
}

#[test]
fn e_8_not_contactable_needs_three_attempts_by_two_methods_on_three_days() {
    use ContactMethod::{Email, Letter, Telephone};
    use ContactResult::{DeclinedToSpeak, NoAnswer, Reached};
    let table = [
        (vec![], Some((0, 0, 0))),
        (vec![("05", Telephone, NoAnswer), ("06", Letter, NoAnswer)], Some((2, 2, 2))),
        (
            vec![("05", Telephone, NoAnswer), ("06", Telephone, NoAnswer), ("07", Telephone, NoAnswer)],
            Some((3, 1, 3)),
        ),
        (
            vec![("05", Telephone, NoAnswer), ("05", Letter, NoAnswer), ("06", Email, NoAnswer)],
            Some((3, 3, 2)),
        ),
        // Whoever was reached can be contacted: that attempt does not count.
        (
            vec![("05", Telephone, NoAnswer), ("06", Letter, NoAnswer), ("07", Email, Reached)],
            Some((2, 2, 2)),
        ),
        // So was whoever declined to speak: that is for RecordDeclined.
        (
            vec![("05", Telephone, NoAnswer), ("06", Letter, NoAnswer), ("07", Email, DeclinedToSpeak)],
            Some((2, 2, 2)),
        ),
        (vec![("05", Telephone, NoAnswer), ("06", Letter, NoAnswer), ("07", Letter, NoAnswer)], None),
    ];
    for (tried, refused) in table {
        let tried = tried.into_iter().map(|(day, method, result)| {
            on(format!("2026-03-{day}").as_str(), Event::ContactAttempted(attempt(method, result)))
        });
        let outcome = given_entries::<CandourCase>(history_of(assessed_history(), tried.collect()))
            .when(not_contactable(), situation("2026-03-10"));
        match refused {
            None => drop(outcome.then([Event::NotContactable { reason: None }])),
            Some((attempts, methods, days)) => outcome.then_refused(Rejection::NotEnoughAttempts {
                found: AttemptCount { attempts, methods, days },
                needed: NEEDED,
            }),
        }
    }
}

#[test]
fn e_8_attempts_before_the_decision_count_too() {
    let history = history_of(
        history_of(vec![on("2026-03-02", opened())], attempts()),
        vec![on("2026-03-08", notifiable())],
    );
    given_entries::<CandourCase>(history)
        .when(not_contactable(), situation("2026-03-10"))
        .then([Event::NotContactable { reason: None }]);
}

#[test]
fn e_8_attempts_to_reach_another_than_the_designated_person_do_not_count() {
    let to = |number| {
        attempts().into_iter().map(move |entry| {
            entry.map(|event| match event {
                Event::ContactAttempted(attempt) => Event::ContactAttempted(ContactAttempt {
                    relevant_person: Some(relevant_person_id(number)),
                    ..attempt
                }),
                other => other,
            })
        })
    };
    let two = vec![on("2026-03-03", identified(1, true)), on("2026-03-03", identified(2, false))];
    let history = history_of(assessed_history(), two);
    given_entries::<CandourCase>(history_of(history.clone(), to(2).collect()))
        .when(not_contactable(), situation("2026-03-10"))
        .then_refused(Rejection::NotEnoughAttempts {
            found: AttemptCount { attempts: 0, methods: 0, days: 0 },
            needed: NEEDED,
        });
    // Those to reach nobody in particular count for the designated person.
    given_entries::<CandourCase>(history_of(history.clone(), attempts()))
        .when(not_contactable(), situation("2026-03-10"))
        .then([Event::NotContactable { reason: None }]);
    given_entries::<CandourCase>(history_of(history, to(1).collect()))
        .when(not_contactable(), situation("2026-03-10"))
        .then([Event::NotContactable { reason: None }]);
}

#[test]
fn e_8_only_the_designated_persons_declining_lets_the_case_leave() {
    let two = vec![on("2026-03-03", identified(1, true)), on("2026-03-03", identified(2, false))];
    let by = |number| Declined { relevant_person: Some(relevant_person_id(number)), ..declined() };
    let history = history_of(assessed_history(), two);
    given_entries::<CandourCase>(history.clone())
        .when(ask(Request::RecordDeclined(by(2))), situation("2026-03-10"))
        .then_refused(Rejection::DeclinedByAnother { id: relevant_person_id(2) });
    given_entries::<CandourCase>(history)
        .when(ask(Request::RecordDeclined(by(1))), situation("2026-03-10"))
        .then([Event::ContactDeclined(by(1))]);
}

#[test]
fn e_8_a_notification_after_an_exit_needs_the_case_reopened() {
    let left = history_of(assessed_history(), vec![on("2026-03-04", Event::ContactDeclined(declined()))]);
    let notify = || ask(Request::RecordFirstNotification(complete_contact()));
    given_entries::<CandourCase>(left.clone())
        .when(notify(), situation("2026-03-10"))
        .then_refused(Rejection::LeftReopenFirst { exit: Exit::Declined });
    given_entries::<CandourCase>(left)
        .when(ask(Request::ReopenCase { reason: text("now wishes to talk") }), situation("2026-03-10"))
        .then([Event::CandourReopened { reason: text("now wishes to talk") }])
        .when(notify(), situation("2026-03-11"))
        .then([Event::InPersonNotified(complete_contact())]);
}

#[test]
fn e_8_only_a_case_that_left_is_reopened() {
    let reopen = || ask(Request::ReopenCase { reason: text("x") });
    for history in [vec![], vec![opened()], vec![opened(), notifiable()]] {
        given::<CandourCase>(history)
            .when(reopen(), situation("2026-03-10"))
            .then_refused(Rejection::NotLeft);
    }
}

#[test]
fn e_8_attempts_before_a_reopening_count_no_more() {
    let reopened = vec![
        on("2026-03-08", Event::NotContactable { reason: None }),
        on("2026-03-09", Event::CandourReopened { reason: text("rang us") }),
    ];
    let history =
        given_entries::<CandourCase>(history_of(history_of(assessed_history(), attempts()), reopened));
    assert_eq!(history.state().exit, None);
    history.when(not_contactable(), situation("2026-03-10")).then_refused(Rejection::NotEnoughAttempts {
        found: AttemptCount { attempts: 0, methods: 0, days: 0 },
        needed: NEEDED,
    });
}

#[test]
fn e_8_the_refusal_says_what_is_there_and_what_is_needed() {
    assert_eq!(
        Rejection::NotEnoughAttempts {
            found: AttemptCount { attempts: 2, methods: 1, days: 2 },
            needed: NEEDED
        }
        .to_string(),
        "not contactable needs attempts 3, methods 2, days 3 (local default); \
         on record since the clock started: attempts 2, methods 1, days 2"
    );
}

#[test]
fn e_8_only_attempts_on_or_before_its_own_day_count_for_not_contactable() {
    let history = || given_entries::<CandourCase>(history_of(assessed_history(), attempts()));
    // Three attempts on 5, 6 and 7 March.
    history().when(not_contactable(), situation("2026-03-06")).then_refused(Rejection::NotEnoughAttempts {
        found: AttemptCount { attempts: 2, methods: 1, days: 2 },
        needed: NEEDED,
    });
    history().when(not_contactable(), situation("2026-03-07")).then([Event::NotContactable { reason: None }]);
}

#[test]
fn e_8_e_9_an_exit_before_the_assessment_does_not_hold_together() {
    let tried = history_of(vec![on("2026-03-01", opened())], attempts());
    let history =
        given_entries::<CandourCase>(history_of(tried, vec![on("2026-03-09", notifiable())])).history;
    for (request, event, _) in exits() {
        let at = |day| {
            correction::incoherence_with::<CandourCase>(
                &history,
                std::slice::from_ref(&event),
                &situation(day),
            )
        };
        assert_eq!(at("2026-03-08"), Some("an exit stands without an assessment before it"), "{request:?}");
        assert_eq!(at("2026-03-09"), None, "{request:?}");
    }
}

#[test]
fn e_8_a_back_dated_attempt_to_somebody_identified_later_is_no_contradiction() {
    let history = history_of(assessed_history(), vec![on("2026-03-09", identified(1, true))]);
    let tried = ContactAttempt {
        relevant_person: Some(relevant_person_id(1)),
        ..attempt(ContactMethod::Telephone, ContactResult::NoAnswer)
    };
    given_entries::<CandourCase>(history)
        .when(ask(Request::RecordContactAttempt(tried.clone())), situation("2026-03-05"))
        .then([Event::ContactAttempted(tried)]);
}

#[test]
fn e_10_on_a_death_declining_and_not_contactable_need_somebody_identified_to_act_for_the_service_user() {
    let died = Event::NotifiableAssessed(death(Likelihood::AppearsToHaveResulted));
    let history = |persons: Vec<Entry<Event>>| {
        let opened = vec![on("2026-03-02", opened())];
        let then = vec![on("2026-03-04", died.clone())];
        history_of(history_of(history_of(opened, persons), then), attempts())
    };
    let daughter = Declined { relevant_person: Some(relevant_person_id(2)), ..declined() };
    for (request, event) in [
        (Request::RecordDeclined(declined()), Event::ContactDeclined(daughter)),
        (Request::RecordNotContactable { reason: None }, Event::NotContactable { reason: None }),
    ] {
        given_entries::<CandourCase>(history(vec![]))
            .when(ask(request.clone()), situation("2026-03-10"))
            .then_refused(Rejection::RelevantPersonNotIdentified);
        given_entries::<CandourCase>(history(vec![on("2026-03-03", identified(1, true))]))
            .when(ask(request.clone()), situation("2026-03-10"))
            .then_refused(Rejection::DeceasedCannotBeTold);
        given_entries::<CandourCase>(history(vec![on("2026-03-03", identified(2, true))]))
            .when(ask(request), situation("2026-03-10"))
            .then([event]);
    }
    let tried = given_entries::<CandourCase>(history(vec![])).history;
    assert_eq!(
        correction::incoherence_with::<CandourCase>(
            &tried,
            &[Event::ContactDeclined(declined())],
            &situation("2026-03-10")
        ),
        Some(
            "on a death, an exit stands without anybody identified to act on behalf of the service user (E-10)"
        )
    );
}

#[test]
fn e_10_attempts_to_nobody_in_particular_are_not_inherited_by_who_is_designated_later() {
    let tried = attempt(ContactMethod::Telephone, ContactResult::NoAnswer);
    let to_patient = ContactAttempt { relevant_person: Some(relevant_person_id(1)), ..tried.clone() };
    given_entries::<CandourCase>(history_of(assessed_history(), vec![on("2026-03-03", identified(1, true))]))
        .when(ask(Request::RecordContactAttempt(tried)), situation("2026-03-05"))
        .then([Event::ContactAttempted(to_patient)]);
    let taken_over = vec![on("2026-03-08", identified(1, true)), on("2026-03-09", identified(2, true))];
    given_entries::<CandourCase>(history_of(history_of(assessed_history(), attempts()), taken_over))
        .when(not_contactable(), situation("2026-03-10"))
        .then_refused(Rejection::NotEnoughAttempts {
            found: AttemptCount { attempts: 0, methods: 0, days: 0 },
            needed: NEEDED,
        });
}
