//! What can go wrong at the server or on the way to it, and what that says about the call.

use std::time::Duration;

use eventstore::{Error, GrpcConnectionError};

/// A failure of the engine, in words for an operator. Holds nothing of any event, and no credentials.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum EngineFault {
    /// No answer in time.
    #[error("KurrentDB did not answer within {0:?}")]
    NoAnswer(Duration),
    /// The time for the whole call was used up by attempts that failed, the last one like this.
    #[error("KurrentDB could not carry out the call in time; the last attempt: {0}")]
    BudgetSpent(Box<EngineFault>),
    /// No connection could be made.
    #[error("no connection to KurrentDB: {0}")]
    NoConnection(String),
    /// None of the nodes that were asked which others there are has told, or none of them can be used.
    #[error("no node of the KurrentDB cluster was found through those in the connection string")]
    NoNode,
    /// The client that failed last is still kept waiting for its successor.
    #[error("no new client was made in time, after {0}")]
    NoClient(Box<EngineFault>),
    /// The node is not ready, or knows of no leader: nothing was carried out.
    #[error("the KurrentDB node cannot take calls at present: {0}")]
    NotReady(String),
    /// The node is not the leader of its cluster, and neither was the one that it named.
    #[error("the KurrentDB node is not the leader of its cluster")]
    NotLeader,
    /// The user may not do this, or is not known.
    #[error("KurrentDB refused access: check user, password and the access list of the stream")]
    AccessDenied,
    /// Somebody deleted the stream.
    #[error("the stream has been deleted in KurrentDB; Candour never deletes, so restore it from a backup")]
    StreamDeleted,
    /// The server does not know the call.
    #[error("the KurrentDB server does not support the call: it is too old or not KurrentDB")]
    Unsupported,
    /// The append is larger than the server takes. It takes ours unless it is configured otherwise.
    #[error(
        "KurrentDB refused the append as too large ({0}): leave its options MaxAppendSize and MaxAppendEventSize at their \
         defaults, of 1 MiB and no limit"
    )]
    TooLarge(String),
    /// The server refused the request itself.
    #[error("KurrentDB refused the request: {0}")]
    Refused(String),
    /// The stream is of another namespace than this journal.
    #[error("the stream is not in the namespace of this journal")]
    OtherNamespace,
    /// The server failed, or the client did.
    #[error("KurrentDB failed: {0}")]
    Failed(String),
    /// What the server answered contradicts what was asked.
    #[error("KurrentDB answered what cannot be: {0}")]
    Contradiction(&'static str),
}

/// What a failed attempt says about what the server did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Meaning {
    /// Nothing was carried out; another attempt may succeed.
    NotDone,
    /// Nothing was carried out, and another attempt would end the same way.
    Refused,
    /// The stream was not as expected; nothing was carried out.
    WrongVersion,
    /// There is no such stream.
    NoStream,
    /// It may have been carried out, or may yet be.
    Unknown,
}

/// A failed attempt.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) meaning: Meaning,
    pub(crate) fault: EngineFault,
    /// Whether the client that failed is to be thrown away.
    pub(crate) client_is_spent: bool,
}

impl Failure {
    pub(crate) fn new(meaning: Meaning, fault: EngineFault, client_is_spent: bool) -> Self {
        Self { meaning, fault, client_is_spent }
    }

    /// No answer within this time.
    pub(crate) fn no_answer(waited: Duration) -> Self {
        Self::new(Meaning::Unknown, EngineFault::NoAnswer(waited), true)
    }

    /// Reads an error of the client. `in_session` says that it came through a batch session, where errors of the
    /// server arrive unsorted, and where what ends the session comes to every append in it.
    pub(crate) fn of(error: &Error, in_session: bool) -> Self {
        let failed = || EngineFault::Failed(error.to_string());
        match error {
            // Both come before anything is sent.
            Error::ConnectionClosed => Self::new(
                Meaning::NotDone,
                EngineFault::NoConnection("the client has given up its connection".to_owned()),
                true,
            ),
            Error::GrpcConnectionError(GrpcConnectionError::MaxDiscoveryAttemptReached(_)) => {
                Self::new(Meaning::NotDone, EngineFault::NoNode, true)
            }
            Error::GrpcConnectionError(cause) => {
                Self::new(Meaning::NotDone, EngineFault::NoConnection(cause.to_string()), true)
            }
            // The client moves to the leader by itself, but this call has failed. In a session it is one append that was
            // refused; what became of the others is not said.
            Error::NotLeaderException(_) => {
                let meaning = if in_session { Meaning::Unknown } else { Meaning::NotDone };
                Self::new(meaning, EngineFault::NotLeader, false)
            }
            Error::WrongExpectedVersion { .. } => Self::new(Meaning::WrongVersion, failed(), false),
            Error::AccessDenied => Self::new(Meaning::Refused, EngineFault::AccessDenied, false),
            Error::ResourceNotFound => Self::new(Meaning::NoStream, failed(), false),
            Error::ResourceDeleted => Self::new(Meaning::Refused, EngineFault::StreamDeleted, false),
            Error::UnsupportedFeature => Self::new(Meaning::Refused, EngineFault::Unsupported, false),
            // The position asked for was never one of this log; no other client would be told otherwise. Before 24.10 a
            // server says no more than that it failed, which it would again.
            Error::ServerError(text)
                if text.contains("ReadAllResult: InvalidPosition")
                    || text.contains("ReadAllResult: Error") =>
            {
                Self::new(
                    Meaning::Refused,
                    EngineFault::Refused("no event stands at the position, or it cannot be read".to_owned()),
                    false,
                )
            }
            // A session ends when one of its appends is refused; the client is as good as before.
            Error::ServerError(_) if in_session => Self::new(Meaning::Unknown, failed(), false),
            Error::Grpc { code, message } => Self::of_status(i32::from(*code), message, in_session),
            Error::DeadlineExceeded => Self::new(Meaning::Unknown, failed(), false),
            _ => Self::new(Meaning::Unknown, failed(), true),
        }
    }
}

/// The codes of gRPC that are told apart here; the client's own type for them is of a version of tonic that we do not use.
mod code {
    pub(super) const OK: i32 = 0;
    pub(super) const INVALID_ARGUMENT: i32 = 3;
    pub(super) const DEADLINE_EXCEEDED: i32 = 4;
    pub(super) const NOT_FOUND: i32 = 5;
    pub(super) const ALREADY_EXISTS: i32 = 6;
    pub(super) const PERMISSION_DENIED: i32 = 7;
    pub(super) const FAILED_PRECONDITION: i32 = 9;
    pub(super) const ABORTED: i32 = 10;
    pub(super) const UNAUTHENTICATED: i32 = 16;
}

impl Failure {
    /// Reads a status that the client has not sorted.
    fn of_status(number: i32, message: &str, in_session: bool) -> Self {
        let failed = || EngineFault::Failed(format!("{message} (status {number})"));
        let is_too_large = message.contains("Append Size") || message.starts_with("MaximumAppend");
        match number {
            // How a node says in a session that it is not ready, is too busy or knows of no leader.
            code::OK if in_session => {
                Self::new(Meaning::NotDone, EngineFault::NotReady(message.to_owned()), true)
            }
            code::INVALID_ARGUMENT if is_too_large || message.contains("Append Event Size") => {
                Self::new(Meaning::Refused, EngineFault::TooLarge(message.to_owned()), false)
            }
            code::ALREADY_EXISTS if in_session => Self::new(Meaning::WrongVersion, failed(), false),
            code::NOT_FOUND if in_session => Self::new(Meaning::Refused, EngineFault::StreamDeleted, false),
            code::PERMISSION_DENIED | code::UNAUTHENTICATED => {
                Self::new(Meaning::Refused, EngineFault::AccessDenied, false)
            }
            code::INVALID_ARGUMENT | code::FAILED_PRECONDITION => {
                Self::new(Meaning::Refused, EngineFault::Refused(message.to_owned()), false)
            }
            // The nodes confirmed too late: it may be there, or come.
            code::ABORTED | code::DEADLINE_EXCEEDED => Self::new(Meaning::Unknown, failed(), false),
            _ => Self::new(Meaning::Unknown, failed(), true),
        }
    }
}

#[cfg(test)]
mod tests {
    use eventstore::{CurrentRevision, Endpoint, StreamState};

    use super::*;

    /// What an error says of an append in a call of its own, and of one in a session.
    fn meanings(error: &Error) -> (Meaning, Meaning) {
        (Failure::of(error, false).meaning, Failure::of(error, true).meaning)
    }

    fn status(code: i32, message: &str) -> Error {
        Error::Grpc { code: code.into(), message: message.to_owned() }
    }

    #[test]
    fn only_what_is_certain_counts_as_not_done() {
        use Meaning::{NotDone, Refused, Unknown, WrongVersion};
        let leader = Error::NotLeaderException(Endpoint { host: "a".to_owned(), port: 1 });
        // One append was refused; others of the session may have been carried out.
        assert_eq!(meanings(&leader), (NotDone, Unknown));
        assert_eq!(meanings(&Error::ConnectionClosed), (NotDone, NotDone));
        let discovery = GrpcConnectionError::MaxDiscoveryAttemptReached(3);
        assert_eq!(meanings(&Error::GrpcConnectionError(discovery)), (NotDone, NotDone));
        assert_eq!(meanings(&status(code::OK, "Server Is Not Ready")), (Unknown, NotDone));
        let server = Error::ServerError("status: Unavailable, message: \"Server Is Not Ready\"".to_owned());
        assert_eq!(meanings(&server), (Unknown, Unknown));
        assert_eq!(meanings(&status(code::ABORTED, "Operation timed out")), (Unknown, Unknown));
        assert_eq!(meanings(&status(code::DEADLINE_EXCEEDED, "Timeout")), (Unknown, Unknown));
        assert_eq!(meanings(&status(code::ALREADY_EXISTS, "WrongExpectedVersion")).1, WrongVersion);
        let wrong = Error::WrongExpectedVersion {
            expected: StreamState::NoStream,
            current: CurrentRevision::NoStream,
        };
        assert_eq!(meanings(&wrong).0, WrongVersion);
        assert_eq!(meanings(&status(code::PERMISSION_DENIED, "AccessDenied")), (Refused, Refused));
        assert_eq!(meanings(&Error::AccessDenied), (Refused, Refused));
        assert_eq!(meanings(&Error::ResourceDeleted).0, Refused);
        assert_eq!(meanings(&status(code::NOT_FOUND, "StreamDeleted")).1, Refused);
    }

    #[test]
    fn an_append_that_is_too_large_is_told_from_other_bad_requests() {
        let fault = |message: &str| Failure::of(&status(code::INVALID_ARGUMENT, message), false).fault;
        for message in [
            "Maximum Append Size of 1048576 Exceeded.",
            "Event with Id: 1, Size: 5, exceeds Maximum Append Event Size of 4.",
            "MaximumAppendSizeExceeded",
            "MaximumAppendEventSizeExceeded",
        ] {
            assert!(matches!(fault(message), EngineFault::TooLarge(_)), "{message}");
        }
        assert!(matches!(fault("Required Metadata Property 'type' is missing"), EngineFault::Refused(_)));
    }
}
