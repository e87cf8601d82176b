//! ACT-2: implementation is verified by somebody who neither owns the action nor reported it.

use super::*;

fn verify() -> Command {
    Command::VerifyImplementation { implemented_on: None, note: None }
}

#[test]
fn act_2_an_independent_person_verifies_and_accepts_the_reported_date() {
    let history = given_entries::<Action>(reported_history())
        .when(verify(), situation_by(VERIFIER, "2026-03-20"))
        .then([verified()]);
    assert_eq!(history.state().status, Status::Verified);
    assert_eq!(history.state().verified_on, Some(date("2026-03-10")));
    history.when(verify(), situation_by(VERIFIER, "2026-03-21")).then_refused(Rejection::AlreadyVerified);
}

#[test]
fn r2_the_verifier_may_accept_another_date_but_none_to_come() {
    let accepting = |day: &str| Command::VerifyImplementation { implemented_on: Some(date(day)), note: None };
    given_entries::<Action>(reported_history())
        .when(accepting("2026-03-20"), situation_by(VERIFIER, "2026-03-20"))
        .then([Event::ImplementationVerified(Verification {
            implemented_on: date("2026-03-20"),
            note: None,
        })]);
    given_entries::<Action>(reported_history())
        .when(accepting("2026-03-21"), situation_by(VERIFIER, "2026-03-20"))
        .then_refused_field(
            Rejection::ImplementedAfterwards {
                implemented_on: date("2026-03-21"),
                stated_on: date("2026-03-20"),
            },
            "implemented_on",
        );
}

#[test]
fn act_2_only_a_report_can_be_verified_or_refused() {
    let refuse = || Command::RefuseVerification { reason: text("no label") };
    for command in [verify(), refuse()] {
        given::<Action>(vec![agreed()])
            .when(command, situation_by(VERIFIER, "2026-03-20"))
            .then_refused(Rejection::NothingReported);
    }
    given_entries::<Action>(verified_history())
        .when(refuse(), situation_by(VERIFIER, "2026-03-21"))
        .then_refused(Rejection::AlreadyVerified);
}

#[test]
fn act_2_a_refused_verification_opens_the_action_again() {
    // No independence is needed to say that something is not done.
    let history = given_entries::<Action>(reported_history())
        .when(Command::RefuseVerification { reason: text("no label") }, situation_by(OWNER, "2026-03-20"))
        .then([Event::VerificationRefused { reason: text("no label") }]);
    assert_eq!(history.state().status, Status::Open);
    history.when(verify(), situation_by(VERIFIER, "2026-03-21")).then_refused(Rejection::NothingReported);
}

#[test]
fn act_2_an_unknown_verifier_is_not_independent() {
    given_entries::<Action>(reported_history())
        .when(verify(), situation("2026-03-20"))
        .then_refused(Rejection::VerifierUnknown);
}

#[test]
fn act_2_nobody_is_independent_of_an_unknown_owner() {
    for unknown in [None, Some(owner(None))] {
        let agreement = ActionAgreement { owner: unknown, ..agreement() };
        let history = vec![
            on("2026-03-01", Event::ActionAgreed(agreement)),
            by(REPORTER, on("2026-03-10", reported())),
        ];
        given_entries::<Action>(history)
            .when(verify(), situation_by(VERIFIER, "2026-03-20"))
            .then_refused(Rejection::OwnerUnknown);
    }
}

#[test]
fn act_2_nobody_is_independent_of_an_unknown_reporter() {
    given_entries::<Action>(vec![on("2026-03-01", agreed()), on("2026-03-10", reported())])
        .when(verify(), situation_by(VERIFIER, "2026-03-20"))
        .then_refused(Rejection::ImplementerUnknown);
}

#[test]
fn act_2_an_unknown_earlier_reporter_bars_verification_until_that_report_is_struck() {
    let history = vec![
        on("2026-03-01", agreed()),
        on("2026-03-10", reported()),
        by("staff:second", on("2026-03-12", reported())),
    ];
    given_entries::<Action>(history.clone())
        .when(verify(), situation_by(VERIFIER, "2026-03-20"))
        .then_refused(Rejection::ImplementerUnknown);
    let given = given_entries::<Action>(history);
    given
        .when_corrected(1, crate::CorrectionChange::Struck)
        .then_accepted()
        .when(verify(), situation_by(VERIFIER, "2027-03-20"))
        .then([verified()]);
}

#[test]
fn act_2_an_unknown_reporter_before_the_action_was_opened_again_bars_nothing() {
    let history = vec![
        on("2026-03-01", agreed()),
        on("2026-03-10", reported()),
        on("2026-03-15", Event::VerificationRefused { reason: text("no label") }),
        by("staff:second", on("2026-03-18", reported())),
    ];
    given_entries::<Action>(history).when(verify(), situation_by(VERIFIER, "2026-03-20")).then([verified()]);
}

#[test]
fn r4_the_verifier_accepts_no_date_before_the_agreement() {
    let accepting = |day: &str| Command::VerifyImplementation { implemented_on: Some(date(day)), note: None };
    given_entries::<Action>(reported_history())
        .when(accepting("2026-03-01"), situation_by(VERIFIER, "2026-03-20"))
        .then_accepted();
    given_entries::<Action>(reported_history())
        .when(accepting("2026-02-28"), situation_by(VERIFIER, "2026-03-20"))
        .then_refused_field(
            Rejection::ImplementedBeforeAgreed {
                implemented_on: date("2026-02-28"),
                agreed_on: date("2026-03-01"),
            },
            "implemented_on",
        );
}

#[test]
fn act_2_the_owner_does_not_verify_whatever_the_case_of_the_reference() {
    for same in ["staff:owner", "STAFF:Owner"] {
        given_entries::<Action>(reported_history())
            .when(verify(), situation_by(same, "2026-03-20"))
            .then_refused(Rejection::VerifierIsOwner);
    }
}

#[test]
fn act_2_whoever_reported_does_not_verify() {
    for same in ["staff:reporter", "Staff:REPORTER"] {
        given_entries::<Action>(reported_history())
            .when(verify(), situation_by(same, "2026-03-20"))
            .then_refused(Rejection::VerifierReportedImplementation);
    }
}

#[test]
fn act_2_naming_another_owner_after_the_report_does_not_make_the_owner_independent() {
    let mut history = reported_history();
    history.push(on("2026-03-11", Event::OwnerAssigned(owner(Some("staff:other")))));
    given_entries::<Action>(history)
        .when(verify(), situation_by(OWNER, "2026-03-20"))
        .then_refused(Rejection::VerifierIsOwner);
}

#[test]
fn act_2_an_owner_named_after_the_report_stands_for_the_unknown_one() {
    let agreement = ActionAgreement { owner: Some(owner(None)), ..agreement() };
    let history = vec![
        on("2026-03-01", Event::ActionAgreed(agreement)),
        by(REPORTER, on("2026-03-10", reported())),
        on("2026-03-11", Event::OwnerAssigned(owner(Some(OWNER)))),
        on("2026-03-12", Event::OwnerAssigned(owner(Some("staff:other")))),
    ];
    given_entries::<Action>(history.clone())
        .when(verify(), situation_by(OWNER, "2026-03-20"))
        .then_refused(Rejection::VerifierIsOwner);
    given_entries::<Action>(history).when(verify(), situation_by(VERIFIER, "2026-03-20")).then([verified()]);
}

#[test]
fn act_2_a_second_report_does_not_make_the_first_reporter_independent() {
    let mut history = reported_history();
    history.push(by("staff:second", on("2026-03-12", reported())));
    for reporter in [REPORTER, "staff:second"] {
        given_entries::<Action>(history.clone())
            .when(verify(), situation_by(reporter, "2026-03-20"))
            .then_refused(Rejection::VerifierReportedImplementation);
    }
}

#[test]
fn act_2_after_a_refusal_a_fresh_report_decides_who_is_independent() {
    let mut history = reported_history();
    history.push(on("2026-03-15", Event::VerificationRefused { reason: text("no label") }));
    history.push(by("staff:second", on("2026-03-18", reported())));
    given_entries::<Action>(history).when(verify(), situation_by(REPORTER, "2026-03-20")).then([verified()]);
}
