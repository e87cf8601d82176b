//! What is asked about the reporter of an incident.

use candour_api::v1;
use candour_domain::{
    feedback::{Acknowledgement, ChannelKind, Outcome, Progress},
    text::Line,
};
use candour_service_kit::Check;

/// The kind of a return channel, and the intermediary's role where one is given. Which kind needs which is the domain's rule.
pub(crate) fn return_channel(
    check: &mut Check,
    message: &v1::OpenReturnChannelRequest,
) -> Option<(ChannelKind, Option<Line>)> {
    let kind = check.choice("kind", message.kind);
    let intermediary_role = check.optional_text("intermediary_role", &message.intermediary_role);
    Some((kind?, intermediary_role?))
}

/// An acknowledgement.
pub(crate) fn acknowledgement(
    check: &mut Check,
    message: &v1::AcknowledgeReporterRequest,
) -> Option<Acknowledgement> {
    let method = check.optional_choice("method", message.method)?;
    Some(Acknowledgement { method })
}

/// Word of progress.
pub(crate) fn progress(check: &mut Check, message: &v1::RecordProgressSentRequest) -> Option<Progress> {
    let method = check.optional_choice("method", message.method);
    let text = check.optional_personal("message", &message.message);
    Some(Progress { method: method?, message: text? })
}

/// An outcome. Whether it says enough to count as telling is the domain's rule (F2).
pub(crate) fn outcome(check: &mut Check, message: &v1::RecordOutcomeSentRequest) -> Option<Outcome> {
    let method = check.optional_choice("method", message.method);
    let what_was_found = check.personal("what_was_found", &message.what_was_found);
    let what_changed = check.optional_personal("what_changed", &message.what_changed);
    let why_nothing_changed = check.optional_personal("why_nothing_changed", &message.why_nothing_changed);
    Some(Outcome {
        method: method?,
        what_was_found: what_was_found?,
        what_changed: what_changed?,
        why_nothing_changed: why_nothing_changed?,
    })
}
