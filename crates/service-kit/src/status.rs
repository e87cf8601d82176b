//! The one place where a failure becomes a gRPC status. Every error carries one `google.rpc.ErrorInfo` with a stable reason.

use std::{collections::HashMap, time::Duration};

use candour_domain::RefusalKind;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::failure::Failure;

/// The `domain` of every `ErrorInfo`.
pub const ERROR_DOMAIN: &str = "candour.v1";

/// How long a caller should wait before trying again, where that helps.
const RETRY_AFTER: Duration = Duration::from_millis(250);

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        let (code, reason) = code_and_reason(&failure);
        log(code, reason, &failure);
        unlogged(&failure)
    }
}

/// The status of a failure that the log need not hear of again.
pub fn unlogged(failure: &Failure) -> Status {
    let (code, reason) = code_and_reason(failure);
    let message = match failure {
        // What went wrong inside is for the operator's log, not for the caller.
        Failure::Internal(_) => "an internal error; it has been logged".to_owned(),
        Failure::Unavailable(_) => {
            "the store cannot be reached or written now; retry with the same request_id".to_owned()
        }
        Failure::OutcomeUnknown(_) => {
            "the write's outcome is not known; repeat it with the same request_id".to_owned()
        }
        Failure::Transport { .. } => transport_words(code).to_owned(),
        Failure::Invalid(violations) => {
            let first: Vec<String> =
                violations.iter().take(5).map(|v| format!("{} {}", v.field, v.description)).collect();
            let more = violations.len().saturating_sub(first.len());
            if more == 0 { first.join("; ") } else { format!("{}; and {more} more", first.join("; ")) }
        }
        other => other.to_string(),
    };
    let mut details = ErrorDetails::new();
    details.set_error_info(reason, ERROR_DOMAIN, metadata(failure));
    match failure {
        Failure::Invalid(violations) => {
            for violation in violations {
                details.add_bad_request_violation(&violation.field, &violation.description);
            }
        }
        Failure::Refused { kind: RefusalKind::InvalidField(_), faults, .. } => {
            for fault in faults {
                details.add_bad_request_violation(&fault.field, &fault.description);
            }
        }
        Failure::Refused { kind: RefusalKind::State, message, reason, .. } => {
            details.add_precondition_failure_violation(*reason, "candour", message);
        }
        Failure::OutOfOrder(_) => {
            details.add_precondition_failure_violation(reason, "candour", failure.to_string());
        }
        Failure::NotFound { kind, id } => {
            details.set_resource_info(*kind, id, "", "does not exist");
        }
        Failure::Unavailable(_)
        | Failure::CallersUnavailable
        | Failure::OutcomeUnknown(_)
        | Failure::Stopping
        | Failure::NotCaughtUp { .. }
        | Failure::Contended { .. } => {
            details.set_retry_info(Some(RETRY_AFTER));
        }
        Failure::Limit(what) => {
            details.add_quota_failure_violation("request", what);
        }
        Failure::Unauthenticated(_)
        | Failure::Forbidden { .. }
        | Failure::PerformerNotPermitted { .. }
        | Failure::Refused { .. }
        | Failure::StaleEtag { .. }
        | Failure::RequestIdReused
        | Failure::SubjectErased
        | Failure::Corrupt(_)
        | Failure::ProjectionStopped(_)
        | Failure::Transport { .. }
        | Failure::Internal(_) => {}
    }
    Status::with_error_details(code, message, details)
}

/// What a refusal of the transport means to a caller. Its own words may hold parts of the request.
fn transport_words(code: Code) -> &'static str {
    match code {
        Code::ResourceExhausted => "the request is larger than the server reads",
        Code::InvalidArgument => {
            "the request is not a message of this method, or is compressed in a way the server does not read"
        }
        Code::Unimplemented => "the server has no such method",
        Code::DeadlineExceeded => {
            "the time for the request is over; a command may have been carried out: repeat it with the same request_id"
        }
        _ => "the request could not be taken",
    }
}

/// The code and the stable reason of a failure.
pub fn code_and_reason(failure: &Failure) -> (Code, &'static str) {
    match failure {
        Failure::Invalid(_) => (Code::InvalidArgument, "INVALID_FIELDS"),
        Failure::Unauthenticated(_) => (Code::Unauthenticated, "UNKNOWN_CALLER"),
        Failure::CallersUnavailable => (Code::Unavailable, "CALLERS_UNAVAILABLE"),
        Failure::Forbidden { .. } => (Code::PermissionDenied, "CALLER_NOT_PERMITTED"),
        Failure::PerformerNotPermitted { .. } => (Code::PermissionDenied, "PERFORMED_BY_NOT_PERMITTED"),
        Failure::NotFound { .. } => (Code::NotFound, "NOT_FOUND"),
        Failure::Refused { reason, kind, .. } => (
            match kind {
                RefusalKind::InvalidField(_) => Code::InvalidArgument,
                RefusalKind::AlreadyDone => Code::AlreadyExists,
                RefusalKind::Missing => Code::NotFound,
                RefusalKind::State => Code::FailedPrecondition,
            },
            reason,
        ),
        Failure::OutOfOrder(_) => (Code::FailedPrecondition, "OUT_OF_ORDER"),
        Failure::StaleEtag { .. } => (Code::Aborted, "STALE_ETAG"),
        Failure::Contended { .. } => (Code::Aborted, "CONTENDED"),
        Failure::RequestIdReused => (Code::AlreadyExists, "REQUEST_ID_REUSED"),
        Failure::Limit(_) => (Code::ResourceExhausted, "LIMIT_EXCEEDED"),
        Failure::SubjectErased => (Code::FailedPrecondition, "SUBJECT_ERASED"),
        Failure::NotCaughtUp { .. } => (Code::Unavailable, "READ_MODEL_BEHIND"),
        Failure::Unavailable(_) => (Code::Unavailable, "STORE_UNAVAILABLE"),
        Failure::Stopping => (Code::Unavailable, "SERVER_STOPPING"),
        Failure::OutcomeUnknown(_) => (Code::Unavailable, "OUTCOME_UNKNOWN"),
        Failure::Corrupt(_) => (Code::DataLoss, "STORED_DATA_CORRUPT"),
        Failure::ProjectionStopped(_) => (Code::DataLoss, "PROJECTION_STOPPED"),
        Failure::Transport { code: Code::OutOfRange | Code::ResourceExhausted, .. } => {
            (Code::ResourceExhausted, "REQUEST_TOO_LARGE")
        }
        Failure::Transport { code: Code::Internal | Code::InvalidArgument, .. } => {
            (Code::InvalidArgument, "UNDECODABLE_REQUEST")
        }
        Failure::Transport { code: Code::Unimplemented, .. } => (Code::Unimplemented, "UNKNOWN_METHOD"),
        Failure::Transport { code: Code::Cancelled | Code::DeadlineExceeded, .. } => {
            (Code::DeadlineExceeded, "OUT_OF_TIME")
        }
        Failure::Transport { .. } => (Code::Unknown, "TRANSPORT_REFUSED"),
        Failure::Internal(_) => (Code::Internal, "INTERNAL"),
    }
}

/// The variables of the message, so that a client need not read prose.
fn metadata(failure: &Failure) -> HashMap<String, String> {
    let pairs: Vec<(&str, String)> = match failure {
        Failure::Forbidden { caller, method, roles } => {
            vec![("caller", caller.clone()), ("method", (*method).to_owned()), ("roles", roles.clone())]
        }
        Failure::PerformerNotPermitted { caller } => vec![("caller", caller.clone())],
        Failure::NotFound { kind, id } => vec![("kind", (*kind).to_owned()), ("id", id.clone())],
        Failure::StaleEtag { seen, current } => vec![("seen", seen.clone()), ("current", current.clone())],
        Failure::Contended { attempts } => vec![("attempts", attempts.to_string())],
        Failure::NotCaughtUp { have, want } => vec![("have", have.to_string()), ("want", want.to_string())],
        Failure::Invalid(_)
        | Failure::Unauthenticated(_)
        | Failure::CallersUnavailable
        | Failure::Refused { .. }
        | Failure::OutOfOrder(_)
        | Failure::RequestIdReused
        | Failure::Limit(_)
        | Failure::SubjectErased
        | Failure::Unavailable(_)
        | Failure::Stopping
        | Failure::OutcomeUnknown(_)
        | Failure::Corrupt(_)
        | Failure::ProjectionStopped(_)
        | Failure::Transport { .. }
        | Failure::Internal(_) => Vec::new(),
    };
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Logs a failure once, at this boundary. A caller's mistake is not the operator's concern.
fn log(code: Code, reason: &'static str, failure: &Failure) {
    match failure {
        Failure::Internal(_)
        | Failure::Corrupt(_)
        | Failure::ProjectionStopped(_)
        | Failure::Unavailable(_)
        | Failure::OutcomeUnknown(_) => {
            tracing::error!(code = ?code, reason, detail = %failure, "call failed");
        }
        Failure::Limit(_)
        | Failure::CallersUnavailable
        | Failure::Contended { .. }
        | Failure::NotCaughtUp { .. } => {
            tracing::warn!(code = ?code, reason, "call refused");
        }
        Failure::Invalid(_)
        | Failure::Unauthenticated(_)
        | Failure::Forbidden { .. }
        | Failure::PerformerNotPermitted { .. }
        | Failure::NotFound { .. }
        | Failure::Refused { .. }
        | Failure::OutOfOrder(_)
        | Failure::StaleEtag { .. }
        | Failure::RequestIdReused
        | Failure::SubjectErased
        | Failure::Stopping
        | Failure::Transport { .. } => {
            tracing::info!(code = ?code, reason, "call refused");
        }
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt;

    use super::*;
    use crate::failure::Violation;

    #[test]
    fn bad_input_names_every_field_and_the_stable_reason() {
        let violation =
            |field: &str| Violation { field: field.to_owned(), description: "must be given".to_owned() };
        let status = Status::from(Failure::Invalid(vec![violation("a"), violation("b")]));
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "INVALID_FIELDS");
        assert_eq!(details.error_info().unwrap().domain, "candour.v1");
        let fields: Vec<_> =
            details.bad_request().unwrap().field_violations.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, ["a", "b"]);
    }

    #[test]
    fn what_went_wrong_inside_is_not_told_outside() {
        for failure in
            [Failure::Internal("secret detail".into()), Failure::Unavailable("secret detail".into())]
        {
            assert!(!Status::from(failure).message().contains("secret"));
        }
    }

    #[test]
    fn each_kind_of_refusal_has_its_code() {
        let refused = |kind| {
            code_and_reason(&Failure::Refused {
                reason: "X",
                kind,
                message: String::new(),
                faults: Vec::new(),
            })
        };
        assert_eq!(refused(RefusalKind::State), (Code::FailedPrecondition, "X"));
        assert_eq!(refused(RefusalKind::AlreadyDone), (Code::AlreadyExists, "X"));
        assert_eq!(refused(RefusalKind::Missing), (Code::NotFound, "X"));
        assert_eq!(refused(RefusalKind::InvalidField("f")), (Code::InvalidArgument, "X"));
        assert_eq!(
            code_and_reason(&Failure::StaleEtag { seen: "1".into(), current: "2".into() }),
            (Code::Aborted, "STALE_ETAG")
        );
    }
}
