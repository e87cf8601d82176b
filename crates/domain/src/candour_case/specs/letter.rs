//! E-7: the written notification and the results of enquiries.

use super::*;

fn write(covers: LetterCovers) -> Command {
    ask(Request::RecordWrittenNotification(letter(covers)))
}

#[test]
fn e_7_letters_need_an_assessment() {
    for request in [
        Request::RecordWrittenNotification(letter(LetterCovers { facts: true, ..LetterCovers::default() })),
        Request::ShareEnquiryResults(results()),
        Request::RecordNoFurtherEnquiries { because: text("all is known") },
    ] {
        given::<CandourCase>(vec![opened()])
            .when(ask(request), situation("2026-03-05"))
            .then_refused(Rejection::NotNotifiable);
    }
}

#[test]
fn e_7_a_letter_covers_at_least_one_thing_and_counts_for_nothing_without_an_apology() {
    given_entries::<CandourCase>(assessed_history())
        .when(write(LetterCovers::default()), situation("2026-03-05"))
        .then_refused_field(Rejection::LetterCoversNothing, "covers");
    for covers in [
        LetterCovers { facts: true, ..LetterCovers::default() },
        LetterCovers { enquiries: Some(CoversEnquiries::Details), ..LetterCovers::default() },
        LetterCovers { results: true, ..LetterCovers::default() },
        LetterCovers { apology: true, ..LetterCovers::default() },
    ] {
        // Without an apology it is recorded all the same; the measures give it no weight.
        given_entries::<CandourCase>(assessed_history())
            .when(write(covers.clone()), situation("2026-03-05"))
            .then([Event::WrittenNotificationSent(letter(covers))]);
    }
}

#[test]
fn e_7_several_letters_and_results_may_follow_one_another() {
    let covers = LetterCovers { facts: true, apology: true, ..LetterCovers::default() };
    given_entries::<CandourCase>(assessed_history())
        .when(write(covers.clone()), situation("2026-03-05"))
        .then([Event::WrittenNotificationSent(letter(covers.clone()))])
        .when(write(covers.clone()), situation("2026-03-06"))
        .then([Event::WrittenNotificationSent(letter(covers))])
        .when(ask(Request::ShareEnquiryResults(results())), situation("2026-06-01"))
        .then([Event::EnquiryResultsShared(results())]);
}

#[test]
fn e_8_a_letter_may_still_be_recorded_after_an_exit() {
    let covers = LetterCovers { facts: true, apology: true, ..LetterCovers::default() };
    let left = history_of(assessed_history(), vec![on("2026-03-04", Event::ContactDeclined(declined()))]);
    given_entries::<CandourCase>(left)
        .when(write(covers.clone()), situation("2026-03-05"))
        .then([Event::WrittenNotificationSent(letter(covers))])
        .when(ask(Request::ShareEnquiryResults(results())), situation("2026-06-01"))
        .then([Event::EnquiryResultsShared(results())]);
}

#[test]
fn e_7_no_further_enquiries_is_said_once() {
    let none = |because: &str| ask(Request::RecordNoFurtherEnquiries { because: text(because) });
    given_entries::<CandourCase>(assessed_history())
        .when(none("all is known"), situation("2026-03-05"))
        .then([Event::NoFurtherEnquiries { because: text("all is known") }])
        .when(none("nothing new"), situation("2026-03-06"))
        .then_nothing();
}

#[test]
fn e_10_a_letter_to_nobody_in_particular_is_one_to_the_designated_person_of_that_day() {
    let persons = vec![on("2026-03-03", identified(1, true)), on("2026-03-20", identified(2, true))];
    let history = history_of(assessed_history(), persons);
    let covers = LetterCovers { facts: true, apology: true, ..LetterCovers::default() };
    for (day, number) in [("2026-03-05", 1), ("2026-03-19", 1), ("2026-03-20", 2), ("2026-03-25", 2)] {
        let relevant_person = Some(relevant_person_id(number));
        given_entries::<CandourCase>(history.clone())
            .when(write(covers.clone()), situation(day))
            .then([Event::WrittenNotificationSent(WrittenNotification {
                relevant_person,
                ..letter(covers.clone())
            })])
            .when(ask(Request::ShareEnquiryResults(results())), situation(day))
            .then([Event::EnquiryResultsShared(EnquiryResults { relevant_person, ..results() })]);
        given_entries::<CandourCase>(history.clone())
            .when(ask(Request::RecordDeclined(declined())), situation(day))
            .then([Event::ContactDeclined(Declined { relevant_person, ..declined() })]);
    }
}

#[test]
fn e_10_on_a_death_letters_need_somebody_identified_to_act_for_the_service_user() {
    let died = || Event::NotifiableAssessed(death(Likelihood::AppearsToHaveResulted));
    let history = |persons: Vec<Entry<Event>>| {
        given_entries::<CandourCase>(history_of(
            history_of(vec![on("2026-03-02", opened())], persons),
            vec![on("2026-03-04", died())],
        ))
    };
    let covers = LetterCovers { facts: true, apology: true, ..LetterCovers::default() };
    for request in
        [Request::RecordWrittenNotification(letter(covers)), Request::ShareEnquiryResults(results())]
    {
        history(vec![])
            .when(ask(request.clone()), situation("2026-03-10"))
            .then_refused(Rejection::RelevantPersonNotIdentified);
        history(vec![on("2026-03-03", identified(1, true))])
            .when(ask(request.clone()), situation("2026-03-10"))
            .then_refused(Rejection::DeceasedCannotBeTold);
        drop(
            history(vec![on("2026-03-03", identified(2, true))])
                .when(ask(request), situation("2026-03-10"))
                .then_accepted(),
        );
    }
}
