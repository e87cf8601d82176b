//! The rules of reporter feedback, told by example.

use super::*;
use crate::{
    correction::{CorrectionChange, CorrectionRejection},
    incident::ReporterIdentity,
    personal::Personal,
    specification::{event_id, given, noon, situation, text},
    text::{Narrative, Prose},
};

const TODAY: &str = "2026-06-15";
const NAMED: ReportFacts = ReportFacts {
    identity: Some(ReporterIdentity::Named),
    recorded_in_error: false,
    reported_on: jiff::civil::date(2026, 2, 27),
};
const ANONYMOUS: ReportFacts = ReportFacts { identity: Some(ReporterIdentity::Anonymous), ..NAMED };

#[test]
fn a_reporter_is_acknowledged_kept_informed_and_told() {
    let state = given::<Feedback>(vec![])
        .when(Command::AcknowledgeReporter(NAMED, acknowledgement()), situation(TODAY))
        .then([Event::ReporterAcknowledged(acknowledgement())])
        .when(Command::RecordProgressSent(NAMED, progress()), situation(TODAY))
        .then([Event::ReporterProgressSent(progress())])
        .when(Command::RecordProgressSent(NAMED, progress()), situation(TODAY))
        .then([Event::ReporterProgressSent(progress())])
        .when(Command::RecordOutcomeSent(NAMED, outcome()), situation(TODAY))
        .then([Event::ReporterOutcomeSent(outcome())])
        .state();
    assert_eq!(state, State { acknowledged: true, told: true, ..State::default() });
}

#[test]
fn f0_nothing_is_recorded_about_a_reporter_who_does_not_exist() {
    let nobody = ReportFacts { identity: None, ..NAMED };
    let in_error = ReportFacts { recorded_in_error: true, ..NAMED };
    for command in commands(nobody) {
        given::<Feedback>(vec![]).when(command, situation(TODAY)).then_refused(Rejection::NoReporter);
    }
    for command in commands(in_error) {
        given::<Feedback>(vec![])
            .when(command, situation(TODAY))
            .then_refused(Rejection::IncidentRecordedInError);
    }
}

#[test]
fn f_2_an_asserted_outcome_tells_nobody_and_needs_no_way_back() {
    let state = given::<Feedback>(vec![])
        .when(Command::RecordOutcomeAsserted(ANONYMOUS, assertion()), situation(TODAY))
        .then([Event::ReporterOutcomeAsserted(assertion())])
        .state();
    assert_eq!(state, State::default());
}

#[test]
fn f0_an_anonymous_reporter_is_told_only_through_a_return_channel() {
    for command in messages(ANONYMOUS) {
        given::<Feedback>(vec![]).when(command, situation(TODAY)).then_refused(Rejection::NoReturnChannel);
    }
    for channel in [receipt_code('a'), intermediary("guardian")] {
        for command in messages(ANONYMOUS) {
            given::<Feedback>(vec![Event::ReturnChannelOpened(channel.clone())])
                .when(command, situation(TODAY))
                .then_accepted();
        }
    }
    let confidential = ReportFacts { identity: Some(ReporterIdentity::Confidential), ..NAMED };
    for command in messages(confidential) {
        given::<Feedback>(vec![]).when(command, situation(TODAY)).then_accepted();
    }
}

#[test]
fn f1_f2_nothing_about_the_reporter_happens_before_the_day_of_the_report() {
    for command in commands(NAMED) {
        given::<Feedback>(vec![]).when(command.clone(), situation("2026-02-26")).then_refused_field(
            Rejection::BeforeTheReport {
                occurred_on: jiff::civil::date(2026, 2, 26),
                reported_on: jiff::civil::date(2026, 2, 27),
            },
            "command.occurred_time",
        );
        given::<Feedback>(vec![]).when(command, situation("2026-02-27")).then_accepted();
    }
}

#[test]
fn a_message_through_the_return_channel_needs_one() {
    let acknowledgement = Acknowledgement { method: Some(FeedbackMethod::ReturnChannel) };
    given::<Feedback>(vec![])
        .when(Command::AcknowledgeReporter(NAMED, acknowledgement.clone()), situation(TODAY))
        .then_refused(Rejection::NoReturnChannel);
    given::<Feedback>(vec![Event::ReturnChannelOpened(receipt_code('a'))])
        .when(Command::AcknowledgeReporter(NAMED, acknowledgement.clone()), situation(TODAY))
        .then([Event::ReporterAcknowledged(acknowledgement)]);
}

#[test]
fn one_return_channel_of_each_kind_is_open() {
    let open = |channel| Command::OpenReturnChannel(ANONYMOUS, channel);
    let state = given::<Feedback>(vec![])
        .when(open(receipt_code('a')), situation(TODAY))
        .then([Event::ReturnChannelOpened(receipt_code('a'))])
        .when(open(intermediary("guardian")), situation(TODAY))
        .then([Event::ReturnChannelOpened(intermediary("guardian"))])
        .when(open(receipt_code('b')), situation(TODAY))
        .then([Event::ReturnChannelOpened(receipt_code('b'))])
        .state();
    assert_eq!(state.channels, [intermediary("guardian"), receipt_code('b')]);

    given::<Feedback>(vec![
        Event::ReturnChannelOpened(receipt_code('a')),
        Event::ReturnChannelOpened(intermediary("guardian")),
    ])
    .when(open(receipt_code('a')), situation(TODAY))
    .then_nothing();
}

#[test]
fn a_return_channel_has_what_its_kind_needs_and_no_more() {
    let open = |channel| {
        given::<Feedback>(vec![]).when(Command::OpenReturnChannel(ANONYMOUS, channel), situation(TODAY))
    };
    let hash = "kind";
    let role = "intermediary_role";

    for wrong in [
        None,
        Some(""),
        Some(&"a".repeat(63)[..]),
        Some(&"a".repeat(65)),
        Some(&"A".repeat(64)),
        Some(&"g".repeat(64)),
    ] {
        let channel = ReturnChannel { receipt_code_hash: wrong.map(str::to_owned), ..receipt_code('a') };
        open(channel).then_refused_field(Rejection::ReceiptCodeHashInvalid, hash);
    }
    open(ReturnChannel { intermediary_role: Some(text("guardian")), ..receipt_code('a') })
        .then_refused_field(Rejection::ReceiptCodeWithIntermediary, role);
    open(ReturnChannel { intermediary_role: None, ..intermediary("guardian") })
        .then_refused_field(Rejection::IntermediaryRoleMissing, role);
    open(ReturnChannel { receipt_code_hash: Some("a".repeat(64)), ..intermediary("guardian") })
        .then_refused_field(Rejection::IntermediaryWithReceiptCode, hash);
}

#[test]
fn f1_a_report_is_acknowledged_once() {
    given::<Feedback>(vec![Event::ReporterAcknowledged(acknowledgement())])
        .when(Command::AcknowledgeReporter(NAMED, acknowledgement()), situation(TODAY))
        .then_refused(Rejection::AlreadyAcknowledged);
}

#[test]
fn f2_the_outcome_says_what_changed_or_why_nothing_did() {
    let tell = |what_changed, why_nothing_changed| {
        let outcome = Outcome { what_changed, why_nothing_changed, ..outcome() };
        given::<Feedback>(vec![]).when(Command::RecordOutcomeSent(NAMED, outcome), situation(TODAY))
    };

    tell(Some(words("a second check")), None).then_accepted();
    tell(None, Some(words("the drug was withdrawn"))).then_accepted();
    tell(None, None).then_refused_field(Rejection::OutcomeIncomplete, "what_changed");
    tell(Some(words("a second check")), Some(words("the drug was withdrawn")))
        .then_refused_field(Rejection::OutcomeContradictory, "why_nothing_changed");
}

#[test]
fn f2_a_fuller_outcome_may_follow() {
    given::<Feedback>(vec![Event::ReporterOutcomeSent(outcome())])
        .when(Command::RecordOutcomeSent(NAMED, outcome()), situation(TODAY))
        .then([Event::ReporterOutcomeSent(outcome())]);
}

#[test]
fn f0_a_reporter_opts_out_or_is_unreachable_once() {
    let opt_out = || Command::OptOutOfFeedback(NAMED, Some(words("left the trust")));
    let unreachable = || Command::RecordReporterUnreachable(NAMED, text("two letters came back"));

    let left = given::<Feedback>(vec![])
        .when(opt_out(), situation(TODAY))
        .then([Event::FeedbackOptedOut { reason: Some(words("left the trust")) }]);
    assert_eq!(left.state().exit, Some(Exit::OptedOut));
    left.when(opt_out(), situation(TODAY)).then_nothing();

    let left = given::<Feedback>(vec![])
        .when(unreachable(), situation(TODAY))
        .then([Event::ReporterUnreachable { reason: text("two letters came back") }]);
    assert_eq!(left.state().exit, Some(Exit::Unreachable));
    left.when(unreachable(), situation(TODAY)).then_nothing();
}

#[test]
fn f0_who_was_told_does_not_leave_afterwards() {
    for command in [
        Command::OptOutOfFeedback(NAMED, None),
        Command::RecordReporterUnreachable(NAMED, text("two letters came back")),
    ] {
        given::<Feedback>(vec![Event::ReporterOutcomeSent(outcome())])
            .when(command, situation(TODAY))
            .then_refused(Rejection::AlreadyTold);
    }
}

#[test]
fn who_left_may_still_be_told() {
    for exit in [
        Event::FeedbackOptedOut { reason: None },
        Event::ReporterUnreachable { reason: text("two letters came back") },
    ] {
        for command in messages(NAMED) {
            given::<Feedback>(vec![exit.clone()]).when(command, situation(TODAY)).then_accepted();
        }
    }
    let state = given::<Feedback>(vec![
        Event::FeedbackOptedOut { reason: None },
        Event::ReporterOutcomeSent(outcome()),
    ])
    .state();
    assert_eq!((state.told, state.exit), (true, Some(Exit::OptedOut)));
}

#[test]
fn a_struck_outcome_was_never_told() {
    let struck = given::<Feedback>(vec![Event::ReporterOutcomeSent(outcome())])
        .when_corrected(0, CorrectionChange::Struck)
        .then_accepted();
    assert!(!struck.state().told);
    struck
        .when(Command::OptOutOfFeedback(NAMED, None), situation(TODAY))
        .then([Event::FeedbackOptedOut { reason: None }]);
}

#[test]
fn a_struck_acknowledgement_may_be_given_again_and_a_redated_one_may_not() {
    let acknowledge = || Command::AcknowledgeReporter(NAMED, acknowledgement());
    given::<Feedback>(vec![Event::ReporterAcknowledged(acknowledgement())])
        .when_corrected(0, CorrectionChange::Struck)
        .then_accepted()
        .when(acknowledge(), situation(TODAY))
        .then([Event::ReporterAcknowledged(acknowledgement())]);
    given::<Feedback>(vec![Event::ReporterAcknowledged(acknowledgement())])
        .when_corrected(0, CorrectionChange::OccurredAt(noon("2026-02-27")))
        .then_accepted()
        .when(acknowledge(), situation(TODAY))
        .then_refused(Rejection::AlreadyAcknowledged);
}

#[test]
fn a_channel_through_which_a_message_went_is_not_struck() {
    let through_it =
        Event::ReporterAcknowledged(Acknowledgement { method: Some(FeedbackMethod::ReturnChannel) });
    let history = vec![Event::ReturnChannelOpened(receipt_code('a')), through_it];
    given::<Feedback>(history.clone()).when_corrected(0, CorrectionChange::Struck).then_refused(
        CorrectionRejection::WouldNotHoldTogether(
            "a message went through the return channel; strike out the message first",
        ),
    );
    let struck = given::<Feedback>(history)
        .when_corrected(1, CorrectionChange::Struck)
        .then_accepted()
        .when_corrected(0, CorrectionChange::Struck)
        .then_accepted();
    assert!(!struck.state().channel_open());
    struck
        .when_corrected(0, CorrectionChange::Struck)
        .then_refused(CorrectionRejection::AlreadyStruck(event_id(0)));
}

fn words(words: &str) -> Personal<Narrative> {
    Personal::Known(text(words))
}

fn receipt_code(digit: char) -> ReturnChannel {
    ReturnChannel {
        kind: ChannelKind::ReceiptCode,
        receipt_code_hash: Some(digit.to_string().repeat(64)),
        intermediary_role: None,
    }
}

fn intermediary(role: &str) -> ReturnChannel {
    ReturnChannel {
        kind: ChannelKind::Intermediary,
        receipt_code_hash: None,
        intermediary_role: Some(text(role)),
    }
}

fn acknowledgement() -> Acknowledgement {
    Acknowledgement { method: Some(FeedbackMethod::Email) }
}

fn progress() -> Progress {
    Progress { method: None, message: Some(words("the review has begun")) }
}

fn outcome() -> Outcome {
    Outcome {
        method: None,
        what_was_found: words("two drugs look alike"),
        what_changed: Some(words("they are stored apart")),
        why_nothing_changed: None,
    }
}

fn assertion() -> OutcomeAssertion {
    OutcomeAssertion {
        source: crate::text::SystemName::parse("datixweb").unwrap(),
        message: Some(words("thank you")),
    }
}

fn messages(facts: ReportFacts) -> Vec<Command> {
    vec![
        Command::AcknowledgeReporter(facts, acknowledgement()),
        Command::RecordProgressSent(facts, progress()),
        Command::RecordOutcomeSent(facts, outcome()),
    ]
}

fn commands(facts: ReportFacts) -> Vec<Command> {
    let tried: Prose = text("two letters came back");
    let mut commands = messages(facts);
    commands.push(Command::OpenReturnChannel(facts, receipt_code('a')));
    commands.push(Command::OptOutOfFeedback(facts, None));
    commands.push(Command::RecordReporterUnreachable(facts, tried));
    commands.push(Command::RecordOutcomeAsserted(facts, assertion()));
    commands
}
