//! Everything that can go wrong with a call, in the service's words. [`crate::status`] turns it into a status.

use candour_domain::{Refusal, RefusalKind};
use candour_journal::{AppendError, ReadError};
use candour_records::DecodeError;
use tonic::Code;

/// One thing wrong with one field of a request. Never contains the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field, such as `report.affected_persons[0].name`.
    pub field: String,
    /// What is wrong, as a sentence fragment that follows the field's name.
    pub description: String,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The request breaks rules of its fields; all of them are listed.
    #[error("{} of the request's fields break a rule", .0.len())]
    Invalid(Vec<Violation>),
    /// The caller is not known.
    #[error("{0}")]
    Unauthenticated(String),
    /// The server cannot tell at present who is known, so it takes nobody.
    #[error("the server cannot tell at present which callers it knows; try again later")]
    CallersUnavailable,
    /// The caller may not do this.
    #[error("caller {caller} may not call {method}; it takes one of the roles {roles}")]
    Forbidden {
        /// Who asked.
        caller: String,
        /// What for.
        method: &'static str,
        /// The roles that may.
        roles: String,
    },
    /// The caller may not name that person as the one who acted.
    #[error(
        "caller {caller} may not name that person in command.performed_by: its token says whom it may name"
    )]
    PerformerNotPermitted {
        /// Who asked.
        caller: String,
    },
    /// What the request names does not exist.
    #[error("there is no {kind} {id}")]
    NotFound {
        /// What kind of thing.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// A rule of the domain says no.
    #[error("{message}")]
    Refused {
        /// The stable reason.
        reason: &'static str,
        /// How it is to be answered.
        kind: RefusalKind,
        /// The rule in words.
        message: String,
        /// Every field at fault.
        faults: Vec<Violation>,
    },
    /// Dated as it is, what the command says would contradict what is on record.
    #[error("dated as it is, the record would not hold together: {0}")]
    OutOfOrder(&'static str),
    /// The caller's etag is not the current version.
    #[error("the etag is of version {seen}, the current version is {current}; read again and decide anew")]
    StaleEtag {
        /// The version the caller saw.
        seen: String,
        /// The version now.
        current: String,
    },
    /// Others kept writing to the same stream.
    #[error(
        "gave up after {attempts} attempts, as others keep writing to the same record; retry with the same request_id"
    )]
    Contended {
        /// How often it was tried.
        attempts: usize,
    },
    /// The request id was used for something else before.
    #[error("request_id was used before for another request; a new request needs a new request_id")]
    RequestIdReused,
    /// A limit of the store was passed.
    #[error("{0}")]
    Limit(String),
    /// A personal field belongs to somebody who was erased.
    #[error("a person this request is about was erased; nothing more can be recorded about them")]
    SubjectErased,
    /// A read model has not come as far as the caller demands.
    #[error("the read model has reached sequence {have}, the query asks for {want}; try again shortly")]
    NotCaughtUp {
        /// Where it is.
        have: u64,
        /// Where it should be.
        want: u64,
    },
    /// The store cannot work now.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// The server is to stop, and takes no more of a stream.
    #[error("the server is stopping; send what has no answer yet again once it is back")]
    Stopping,
    /// The outcome of a write is not known.
    #[error("the write's outcome is not known; repeat it with the same request_id")]
    OutcomeUnknown(String),
    /// Stored data cannot be read back. Never skipped.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
    /// A projection stopped at an event it could not fold.
    #[error("the read model has stopped: {0}")]
    ProjectionStopped(String),
    /// The transport refused the call before a service saw it.
    #[error("{message}")]
    Transport {
        /// The code it refused with.
        code: Code,
        /// What it said; never the content of a request.
        message: String,
    },
    /// A defect of this program.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Failure {
    /// A refusal of the domain.
    pub fn refused<R: Refusal>(rejection: &R) -> Self {
        Self::Refused {
            reason: rejection.reason(),
            kind: rejection.kind(),
            message: rejection.to_string(),
            faults: rejection
                .faults()
                .into_iter()
                .map(|(field, description)| Violation { field, description })
                .collect(),
        }
    }

    /// One bad field.
    pub fn field(field: &str, description: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation { field: field.to_owned(), description: description.into() }])
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::EmptyPage => Self::Internal("an empty page was asked for".to_owned()),
            ReadError::Limit(limit) => Self::Limit(limit.to_string()),
            ReadError::Corrupt(corrupt) => Self::Corrupt(corrupt.to_string()),
            ReadError::Unavailable(unavailable) => Self::Unavailable(unavailable.to_string()),
            ReadError::Failed(fault) => Self::Unavailable(fault.to_string()),
        }
    }
}

impl From<AppendError> for Failure {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Empty => Self::Internal("an empty append was asked for".to_owned()),
            AppendError::Limit(limit) => Self::Limit(limit.to_string()),
            AppendError::Conflict { .. } => Self::Contended { attempts: 1 },
            AppendError::DuplicateEventId { .. } => Self::RequestIdReused,
            AppendError::Unavailable(unavailable) => Self::Unavailable(unavailable.to_string()),
            AppendError::Corrupt(corrupt) => Self::Corrupt(corrupt.to_string()),
            AppendError::Failed(fault) => Self::Unavailable(fault.to_string()),
            AppendError::OutcomeUnknown(fault) => Self::OutcomeUnknown(fault.to_string()),
        }
    }
}

impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        Self::Corrupt(error.to_string())
    }
}
