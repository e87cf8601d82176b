//! The words of the API for the words of the domain that only the read side has.

use candour_api::v1;
use candour_domain::{
    Aggregate as _,
    action::{self, Action, MissingElement},
    candour_case::{self, CandourCase, CaseDecision},
    feedback::Feedback,
    incident::Incident,
    measures::{
        Outcome, RecommendationState, ReporterClass, WorkKind,
        candour::NotificationElement,
        reporters::{ExitEffect, ReporterExitKind},
    },
    policy::Standing,
    response::Response,
};
use candour_service_kit::Check;

/// The statuses of an action that was agreed.
pub(crate) const ACTION_STATUSES: [action::Status; 6] = [
    action::Status::Open,
    action::Status::ReportedImplemented,
    action::Status::Verified,
    action::Status::Left(action::Exit::Superseded),
    action::Status::Left(action::Exit::Withdrawn),
    action::Status::Left(action::Exit::RiskAccepted),
];

/// The decisions on a case.
pub(crate) const CASE_DECISIONS: [CaseDecision; 3] =
    [CaseDecision::Undecided, CaseDecision::NotRequired, CaseDecision::Notifiable];

/// Reads one of `values` by its word; `UNSPECIFIED` is "not given", an unknown number is refused.
#[expect(
    clippy::option_option,
    reason = "wrong, not given and given are three things, as everywhere in Check"
)]
pub(crate) fn optional<D: Copy, W: Into<i32>>(
    check: &mut Check,
    field: &str,
    number: i32,
    values: &[D],
    word: impl Fn(D) -> W,
) -> Option<Option<D>> {
    if number == 0 {
        return Some(None);
    }
    let value = values.iter().copied().find(|value| word(*value).into() == number);
    if value.is_none() {
        check.violation(field, format!("has the unknown value {number}"));
    }
    value.map(Some)
}

/// What became of a recommendation.
pub(crate) const fn recommendation_state(state: RecommendationState) -> v1::RecommendationState {
    match state {
        RecommendationState::AwaitingResponse => v1::RecommendationState::AwaitingResponse,
        RecommendationState::Rejected => v1::RecommendationState::Rejected,
        RecommendationState::AcceptedNoAction => v1::RecommendationState::AcceptedNoAction,
        RecommendationState::ActionsAllWithdrawn => v1::RecommendationState::ActionsAllWithdrawn,
        RecommendationState::InProgress => v1::RecommendationState::InProgress,
        RecommendationState::StatedAwaitingVerification => {
            v1::RecommendationState::StatedAwaitingVerification
        }
        RecommendationState::Implemented => v1::RecommendationState::Implemented,
        RecommendationState::Effective => v1::RecommendationState::Effective,
    }
}

/// Where an action stands. One that was never agreed has no row.
pub(crate) const fn action_status(status: action::Status) -> v1::ActionStatus {
    match status {
        action::Status::NotAgreed => v1::ActionStatus::Unspecified,
        action::Status::Open => v1::ActionStatus::Open,
        action::Status::ReportedImplemented => v1::ActionStatus::ReportedImplemented,
        action::Status::Verified => v1::ActionStatus::Verified,
        action::Status::Left(action::Exit::Superseded) => v1::ActionStatus::Superseded,
        action::Status::Left(action::Exit::Withdrawn) => v1::ActionStatus::Withdrawn,
        action::Status::Left(action::Exit::RiskAccepted) => v1::ActionStatus::RiskAccepted,
    }
}

/// What an action lacks.
pub(crate) const fn missing_element(element: MissingElement) -> v1::MissingElement {
    match element {
        MissingElement::Owner => v1::MissingElement::Owner,
        MissingElement::TargetDate => v1::MissingElement::TargetDate,
        MissingElement::Measure => v1::MissingElement::Measure,
        MissingElement::Monitor => v1::MissingElement::Monitor,
    }
}

/// Whether a reporter can be told.
pub(crate) const fn reporter_class(class: ReporterClass) -> v1::ReporterClass {
    match class {
        ReporterClass::Eligible => v1::ReporterClass::Eligible,
        ReporterClass::AnonymousWithoutChannel => v1::ReporterClass::AnonymousWithoutChannel,
        ReporterClass::OptedOut => v1::ReporterClass::OptedOut,
        ReporterClass::DuplicateBySameReporter => v1::ReporterClass::DuplicateBySameReporter,
        ReporterClass::Unreachable => v1::ReporterClass::Unreachable,
    }
}

/// How a report left.
pub(crate) const fn reporter_exit(kind: ReporterExitKind) -> v1::ReporterExitKind {
    match kind {
        ReporterExitKind::OptedOut => v1::ReporterExitKind::OptedOut,
        ReporterExitKind::Unreachable => v1::ReporterExitKind::Unreachable,
        ReporterExitKind::DuplicateBySameReporter => v1::ReporterExitKind::DuplicateBySameReporter,
    }
}

/// What an exit does to the reporter figures.
pub(crate) const fn exit_effect(effect: ExitEffect) -> v1::ExitEffect {
    match effect {
        ExitEffect::Excluded => v1::ExitEffect::Excluded,
        ExitEffect::Stays => v1::ExitEffect::Stays,
        ExitEffect::AfterTold => v1::ExitEffect::AfterTold,
    }
}

/// The decision on a case.
pub(crate) const fn case_decision(decision: CaseDecision) -> v1::CaseDecision {
    match decision {
        CaseDecision::Undecided => v1::CaseDecision::Undecided,
        CaseDecision::NotRequired => v1::CaseDecision::NotRequired,
        CaseDecision::Notifiable => v1::CaseDecision::Notifiable,
    }
}

/// How a case left.
pub(crate) const fn case_exit(exit: candour_case::Exit) -> v1::CaseExit {
    match exit {
        candour_case::Exit::Declined => v1::CaseExit::Declined,
        candour_case::Exit::NotContactable => v1::CaseExit::NotContactable,
        candour_case::Exit::ExemptedLocally => v1::CaseExit::ExemptedLocally,
    }
}

/// An element of the first notification.
pub(crate) const fn notification_element(element: NotificationElement) -> v1::NotificationElement {
    match element {
        NotificationElement::Mode => v1::NotificationElement::Mode,
        NotificationElement::Representatives => v1::NotificationElement::Representatives,
        NotificationElement::FactsAccount => v1::NotificationElement::FactsAccount,
        NotificationElement::FurtherEnquiries => v1::NotificationElement::FurtherEnquiries,
        NotificationElement::Apology => v1::NotificationElement::Apology,
        NotificationElement::SupportOffered => v1::NotificationElement::SupportOffered,
        NotificationElement::WrittenRecord => v1::NotificationElement::WrittenRecord,
    }
}

/// How a unit counts.
pub(crate) const fn unit_outcome(outcome: Outcome) -> v1::UnitOutcome {
    match outcome {
        Outcome::Met => v1::UnitOutcome::Met,
        Outcome::NotMet => v1::UnitOutcome::NotMet,
        Outcome::Excluded => v1::UnitOutcome::Excluded,
        Outcome::NotYetDue => v1::UnitOutcome::NotYetDue,
        Outcome::Listed => v1::UnitOutcome::Listed,
    }
}

/// The categories of streams whose changes are shown, and the words for them. Those of restricted records are not among them.
pub(crate) const STREAM_KINDS: [(&str, v1::StreamKind); 5] = [
    (Incident::CATEGORY, v1::StreamKind::Incident),
    (Feedback::CATEGORY, v1::StreamKind::Feedback),
    (CandourCase::CATEGORY, v1::StreamKind::CandourCase),
    (Response::CATEGORY, v1::StreamKind::Response),
    (Action::CATEGORY, v1::StreamKind::Action),
];

/// What is to be done.
pub(crate) const fn work_kind(kind: WorkKind) -> v1::WorkKind {
    match kind {
        WorkKind::RecommendationAnswer => v1::WorkKind::RecommendationAnswer,
        WorkKind::ActionToAgree => v1::WorkKind::ActionToAgree,
        WorkKind::Implementation => v1::WorkKind::Implementation,
        WorkKind::Verification => v1::WorkKind::Verification,
        WorkKind::EffectivenessReview => v1::WorkKind::EffectivenessReview,
        WorkKind::Contradiction => v1::WorkKind::Contradiction,
        WorkKind::Acknowledgement => v1::WorkKind::Acknowledgement,
        WorkKind::Progress => v1::WorkKind::Progress,
        WorkKind::OutcomeToReporter => v1::WorkKind::OutcomeToReporter,
        WorkKind::CandourDecision => v1::WorkKind::CandourDecision,
        WorkKind::FirstNotification => v1::WorkKind::FirstNotification,
        WorkKind::WrittenNotification => v1::WorkKind::WrittenNotification,
        WorkKind::EnquiryResults => v1::WorkKind::EnquiryResults,
        WorkKind::LeftUnder20Paragraph5 => v1::WorkKind::LeftUnder205,
        WorkKind::ExemptedLocally => v1::WorkKind::ExemptedLocally,
        WorkKind::HarmDowngraded => v1::WorkKind::HarmDowngraded,
    }
}

/// Where a number of days comes from.
pub(crate) const fn basis(standing: Standing) -> v1::Basis {
    match standing {
        Standing::Law => v1::Basis::Law,
        Standing::Contract => v1::Basis::Contract,
        Standing::Guidance => v1::Basis::Guidance,
        Standing::LocalDefault => v1::Basis::LocalDefault,
    }
}

#[cfg(test)]
mod tests {
    use candour_domain::measures::Verdict;
    use candour_service_kit::Failure;

    use super::*;
    use crate::shapes;

    /// Each value has a word of its own, and the API has no other word.
    fn agree<D: Copy, W: TryFrom<i32> + Into<i32>>(values: &[D], word: impl Fn(D) -> W) {
        let mut numbers: Vec<i32> = values.iter().map(|value| word(*value).into()).collect();
        numbers.sort_unstable();
        let named: Vec<i32> = (1..100).filter(|number| W::try_from(*number).is_ok()).collect();
        assert_eq!(numbers, named, "{}", std::any::type_name::<W>());
    }

    #[test]
    fn the_words_of_the_api_are_exactly_those_of_the_domain() {
        agree(RecommendationState::ALL, recommendation_state);
        agree(&ACTION_STATUSES, action_status);
        agree(ReporterClass::ALL, reporter_class);
        agree(&CASE_DECISIONS, case_decision);
        agree(WorkKind::ALL, work_kind);
        agree(&STREAM_KINDS, |(_, kind)| kind);
        agree(NotificationElement::ALL, notification_element);
        agree(
            &[
                MissingElement::Owner,
                MissingElement::TargetDate,
                MissingElement::Measure,
                MissingElement::Monitor,
            ],
            missing_element,
        );
        agree(
            &[
                ReporterExitKind::OptedOut,
                ReporterExitKind::Unreachable,
                ReporterExitKind::DuplicateBySameReporter,
            ],
            reporter_exit,
        );
        agree(&[ExitEffect::Excluded, ExitEffect::Stays, ExitEffect::AfterTold], exit_effect);
        agree(
            &[
                candour_case::Exit::Declined,
                candour_case::Exit::NotContactable,
                candour_case::Exit::ExemptedLocally,
            ],
            case_exit,
        );
        agree(
            &[Outcome::Met, Outcome::NotMet, Outcome::Excluded, Outcome::NotYetDue, Outcome::Listed],
            unit_outcome,
        );
        agree(&[Standing::Law, Standing::Contract, Standing::Guidance, Standing::LocalDefault], basis);
        agree(
            &[
                Verdict::InTime,
                Verdict::Late(1),
                Verdict::Overdue(1),
                Verdict::NotYetDue,
                Verdict::LeftInTime,
                Verdict::OutsideCalendar,
            ],
            |verdict| shapes::judged(verdict).0,
        );
    }

    #[test]
    fn a_filter_reads_its_words_and_refuses_unknown_numbers() {
        let read =
            |check: &mut Check, number| optional(check, "status", number, &ACTION_STATUSES, action_status);
        let mut check = Check::new();
        assert_eq!(read(&mut check, 0), Some(None));
        assert_eq!(read(&mut check, 5), Some(Some(action::Status::Left(action::Exit::Withdrawn))));
        assert_eq!(read(&mut check, 7), None);
        let Err(Failure::Invalid(violations)) = check.finish(|| Some(())) else { panic!("must be refused") };
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].field, "status");
    }
}
