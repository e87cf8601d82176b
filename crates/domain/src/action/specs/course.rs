//! Reporting implementation, reviewing whether it works, leaving and closing.

use super::*;
use crate::action::{AssertedStage, EVIDENCE_MAX, StageAssertion};

#[test]
fn progress_is_noted_while_the_action_is_live() {
    let note = || Command::NoteProgress { note: text("labels ordered") };
    for history in [vec![on("2026-03-01", agreed())], reported_history(), verified_history()] {
        given_entries::<Action>(history)
            .when(note(), situation("2026-04-01"))
            .then([Event::ProgressNoted { note: text("labels ordered") }]);
    }
}

#[test]
fn act_3_a_report_of_implementation_needs_evidence() {
    let evidence = |count: usize| Implementation {
        evidence: vec![DocumentReference::parse("photo").unwrap(); count],
        ..implementation()
    };
    let outcome = |report| {
        given::<Action>(vec![agreed()])
            .when(Command::ReportImplementation(report), situation_by(REPORTER, "2026-03-10"))
    };
    outcome(evidence(0)).then_refused_field(Rejection::NoEvidence, "evidence");
    outcome(evidence(1)).then([Event::ImplementationReported(evidence(1))]);
    outcome(evidence(EVIDENCE_MAX)).then_accepted();
    outcome(evidence(51)).then_refused_field(Rejection::TooMuchEvidence { count: 51 }, "evidence");
}

#[test]
fn act_3_what_a_source_asserts_is_taken_once_the_action_was_agreed_and_changes_nothing() {
    let assertion = StageAssertion {
        stage: AssertedStage::Implementation,
        source: crate::text::SystemName::parse("datixweb").unwrap(),
    };
    let ask = || Command::RecordStageAsserted(assertion.clone());
    given::<Action>(vec![]).when(ask(), situation("2026-04-01")).then_refused(Rejection::NotAgreed);
    let left =
        vec![on("2026-03-01", agreed()), on("2026-03-05", Event::ActionWithdrawn { reason: text("moot") })];
    for history in [vec![on("2026-03-01", agreed())], reported_history(), verified_history(), left] {
        let before = Action::replay(&history);
        let after = given_entries::<Action>(history)
            .when(ask(), situation("2026-04-01"))
            .then([Event::ActionStageAsserted(assertion.clone())]);
        assert_eq!(after.state(), before);
    }
    // Agreed on 1 March.
    given::<Action>(vec![agreed()]).when(ask(), situation("2026-02-28")).then_refused(
        Rejection::ImplementedBeforeAgreed {
            implemented_on: date("2026-02-28"),
            agreed_on: date("2026-03-01"),
        },
    );
}

#[test]
fn r4_implementation_is_dated_between_the_agreement_and_its_report() {
    let implemented = |day: &str| Implementation { implemented_on: date(day), ..implementation() };
    let outcome = |report| {
        given::<Action>(vec![agreed()])
            .when(Command::ReportImplementation(report), situation_by(REPORTER, "2026-03-10"))
    };
    outcome(implemented("2026-03-11")).then_refused_field(
        Rejection::ImplementedAfterwards {
            implemented_on: date("2026-03-11"),
            stated_on: date("2026-03-10"),
        },
        "implemented_on",
    );
    outcome(implemented("2026-03-10")).then_accepted();
    // Agreed on 1 March.
    outcome(implemented("2026-03-01")).then_accepted();
    outcome(implemented("2026-02-28")).then_refused_field(
        Rejection::ImplementedBeforeAgreed {
            implemented_on: date("2026-02-28"),
            agreed_on: date("2026-03-01"),
        },
        "implemented_on",
    );
}

#[test]
fn a_second_report_replaces_the_first() {
    let later = Implementation { implemented_on: date("2026-03-12"), ..implementation() };
    let history = given_entries::<Action>(reported_history())
        .when(Command::ReportImplementation(later.clone()), situation_by("staff:second", "2026-03-12"))
        .then([Event::ImplementationReported(later.clone())]);
    assert_eq!(history.state().reported, Some(later));
    assert_eq!(history.state().reported_by, Some(person("staff:second")));

    given_entries::<Action>(verified_history())
        .when(Command::ReportImplementation(implementation()), situation("2026-04-01"))
        .then_refused(Rejection::AlreadyVerified);
}

#[test]
fn r6_effectiveness_is_reviewed_once_verified() {
    for history in [vec![on("2026-03-01", agreed())], reported_history()] {
        given_entries::<Action>(history)
            .when(Command::ReviewEffectiveness(review(Effectiveness::Effective)), situation("2026-07-01"))
            .then_refused(Rejection::NotVerified);
    }
    for result in [Effectiveness::Effective, Effectiveness::Inconclusive] {
        let review = EffectivenessReview { next_review_on: Some(date("2027-01-01")), ..review(result) };
        let state = given_entries::<Action>(verified_history())
            .when(Command::ReviewEffectiveness(review.clone()), situation("2026-07-01"))
            .then([Event::EffectivenessReviewed(review)])
            .state();
        assert_eq!((state.status, state.effectiveness), (Status::Verified, Some(result)));
        assert_eq!(state.review_on, Some(date("2027-01-01")));
    }
    let evidence = vec![DocumentReference::parse("audit").unwrap(); 51];
    given_entries::<Action>(verified_history())
        .when(
            Command::ReviewEffectiveness(EffectivenessReview {
                evidence,
                ..review(Effectiveness::Effective)
            }),
            situation("2026-07-01"),
        )
        .then_refused_field(Rejection::TooMuchEvidence { count: 51 }, "evidence");
}

#[test]
fn r6_a_review_that_finds_it_not_effective_opens_the_action_again() {
    let history = given_entries::<Action>(verified_history())
        .when(Command::ReviewEffectiveness(review(Effectiveness::NotEffective)), situation("2026-07-01"))
        .then([Event::EffectivenessReviewed(review(Effectiveness::NotEffective))]);
    let state = history.state();
    assert_eq!(state.status, Status::Open);
    assert_eq!((state.reported, state.verified_on), (None, None));
    assert_eq!(state.effectiveness, Some(Effectiveness::NotEffective));
    history
        .when(Command::CloseAction { reason: None }, situation("2026-07-02"))
        .then_refused(Rejection::NotVerifiedNorLeft);
}

#[test]
fn an_action_leaves_by_being_superseded_withdrawn_or_its_risk_accepted() {
    let exits = [
        (
            Command::SupersedeAction { by: another_action(), reason: None },
            Event::ActionSuperseded { by: another_action(), reason: None },
            Exit::Superseded,
        ),
        (
            Command::WithdrawAction { reason: text("ward closed") },
            Event::ActionWithdrawn { reason: text("ward closed") },
            Exit::Withdrawn,
        ),
        (Command::AcceptRisk(risk()), Event::RiskAccepted(risk()), Exit::RiskAccepted),
    ];
    for (command, event, exit) in exits {
        for history in [vec![on("2026-03-01", agreed())], reported_history()] {
            let left = given_entries::<Action>(history)
                .when(command.clone(), situation("2026-04-01"))
                .then([event.clone()]);
            assert_eq!(left.state().status, Status::Left(exit));
        }
        given_entries::<Action>(verified_history())
            .when(command, situation("2026-04-01"))
            .then_refused(Rejection::AlreadyVerified);
    }
}

#[test]
fn an_action_that_left_can_only_be_closed() {
    let left = vec![agreed(), Event::ActionWithdrawn { reason: text("ward closed") }];
    for command in every_command_but_agree() {
        let closes = matches!(command, Command::CloseAction { .. });
        let outcome = given::<Action>(left.clone()).when(command, situation("2026-04-01"));
        if closes {
            outcome.then([Event::ActionClosed { reason: None }]);
        } else {
            outcome.then_refused(Rejection::AlreadyLeft { exit: Exit::Withdrawn });
        }
    }
}

#[test]
fn an_action_does_not_supersede_itself() {
    given::<Action>(vec![agreed()])
        .when(Command::SupersedeAction { by: action_id(), reason: None }, situation("2026-04-01"))
        .then_refused_field(Rejection::SupersededByItself, "by_action_id");
}

#[test]
fn a_risk_is_accepted_until_a_later_day() {
    for (day, refused) in [("2026-09-30", false), ("2026-10-01", true), ("2026-10-02", true)] {
        let outcome = given::<Action>(vec![agreed()]).when(Command::AcceptRisk(risk()), situation(day));
        if refused {
            outcome.then_refused_field(
                Rejection::ReviewNotAfterAcceptance { review_on: date("2026-10-01"), accepted_on: date(day) },
                "review_on",
            );
        } else {
            outcome.then([Event::RiskAccepted(risk())]);
        }
    }
}

#[test]
fn act_5_a_file_is_closed_only_once_the_action_is_verified_or_left() {
    let close = || Command::CloseAction { reason: Some(text("done")) };
    for history in [vec![on("2026-03-01", agreed())], reported_history()] {
        given_entries::<Action>(history)
            .when(close(), situation("2026-04-01"))
            .then_refused(Rejection::NotVerifiedNorLeft);
    }
    let closed = given_entries::<Action>(verified_history())
        .when(close(), situation("2026-04-01"))
        .then([Event::ActionClosed { reason: Some(text("done")) }]);
    assert_eq!(closed.state().status, Status::Verified, "closed is neither implemented nor effective");
    assert!(closed.state().closed);
}

fn closed_history() -> Vec<Entry<Event>> {
    let mut history = verified_history();
    history.push(on("2026-04-01", Event::ActionClosed { reason: None }));
    history
}

#[test]
fn act_5_a_closed_file_takes_nothing_but_a_review_of_effectiveness() {
    for command in every_command_but_agree() {
        let reviews = matches!(command, Command::ReviewEffectiveness(_));
        let outcome =
            given_entries::<Action>(closed_history()).when(command.clone(), situation("2026-04-02"));
        if reviews {
            let state = outcome.then_accepted().state();
            assert!(state.closed, "it works, and the file stays closed");
        } else {
            outcome.then_refused(Rejection::AlreadyClosed);
        }
        // What left was never verified: there is nothing to review.
        given::<Action>(vec![
            agreed(),
            Event::ActionWithdrawn { reason: text("no") },
            Event::ActionClosed { reason: None },
        ])
        .when(command, situation("2026-04-02"))
        .then_refused(Rejection::AlreadyClosed);
    }
}

#[test]
fn act_5_a_closed_action_found_not_effective_is_open_again_and_closed_no_longer() {
    let history = given_entries::<Action>(closed_history())
        .when(Command::ReviewEffectiveness(review(Effectiveness::NotEffective)), situation("2026-07-01"))
        .then_accepted();
    assert_eq!((history.state().status, history.state().closed), (Status::Open, false));
    history
        .when(move_target("2026-09-30"), situation("2026-07-02"))
        .then_accepted()
        .when(
            Command::ReportImplementation(Implementation {
                implemented_on: date("2026-08-01"),
                ..implementation()
            }),
            situation_by(REPORTER, "2026-08-01"),
        )
        .then_accepted();
}
