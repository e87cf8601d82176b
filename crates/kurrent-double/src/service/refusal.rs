//! What a server refuses with: codes, texts and trailers (`RpcExceptions`, `Constants.Exceptions`).

use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};

/// A status with an `exception` and what belongs to it in the trailers. A value that cannot stand there is left out.
fn with_exception(
    code: Code,
    message: impl Into<String>,
    exception: &str,
    more: &[(&'static str, &str)],
) -> Status {
    let mut trailers = MetadataMap::new();
    for (key, value) in [("exception", exception)].iter().chain(more) {
        if let Ok(value) = MetadataValue::try_from(*value) {
            trailers.insert(*key, value);
        }
    }
    Status::with_metadata(code, message, trailers)
}

pub(super) fn not_ready() -> Status {
    Status::unavailable("Server Is Not Ready")
}

pub(super) fn timeout() -> Status {
    Status::aborted("Operation timed out: Prepare phase timeout.")
}

pub(super) fn access_denied() -> Status {
    with_exception(Code::PermissionDenied, "Access Denied", "access-denied", &[])
}

pub(super) fn not_leader(host: &str, port: u16) -> Status {
    let more = [("leader-endpoint-host", host), ("leader-endpoint-port", &port.to_string())];
    with_exception(Code::NotFound, "Leader info available", "not-leader", &more)
}

pub(super) fn stream_deleted(stream: &str) -> Status {
    let message = format!("Event stream '{stream}' is deleted.");
    with_exception(Code::FailedPrecondition, message, "stream-deleted", &[("stream-name", stream)])
}

/// Only deletions are refused like this; an append says it in its answer.
pub(super) fn wrong_expected_version(
    operation: &str,
    stream: &str,
    expected: i64,
    current: Option<u64>,
) -> Status {
    let current = current.map_or("-1".to_owned(), |current| current.to_string());
    let message = format!(
        "{operation} failed due to WrongExpectedVersion. Stream: {stream}, Expected version: {expected}, Actual \
         version: {current}"
    );
    let more =
        [("stream-name", stream), ("expected-version", &expected.to_string()), ("actual-version", &current)];
    with_exception(Code::FailedPrecondition, message, "wrong-expected-version", &more)
}

pub(super) fn append_too_large(limit: usize) -> Status {
    let message = format!("Maximum Append Size of {limit} Exceeded.");
    let more = [("maximum-append-size", limit.to_string())];
    let more = more.each_ref().map(|(key, value)| (*key, value.as_str()));
    with_exception(Code::InvalidArgument, message, "maximum-append-size-exceeded", &more)
}

pub(super) fn event_too_large(id: &str, size: usize, limit: usize) -> Status {
    let message = format!("Event with Id: {id}, Size: {size}, exceeds Maximum Append Event Size of {limit}.");
    let more = [
        ("maximum-append-event-size", limit.to_string()),
        ("event-id", id.to_owned()),
        ("proposed-append-event-size", size.to_string()),
    ];
    let more = more.each_ref().map(|(key, value)| (*key, value.as_str()));
    with_exception(Code::InvalidArgument, message, "maximum-append-event-size-exceeded", &more)
}

pub(super) fn metadata_missing(property: &str) -> Status {
    let message = format!("Required Metadata Property '{property}' is missing");
    let more = [("required-metadata-properties", "type,content-type")];
    with_exception(Code::InvalidArgument, message, "missing-required-metadata-property", &more)
}

pub(super) fn required_argument(name: &str) -> Status {
    Status::invalid_argument(format!("'{name}' is a required argument"))
}

pub(super) fn invalid_combination() -> Status {
    Status::invalid_argument("The combination of options is invalid.")
}

/// What becomes of a request that the code of a server does not foresee.
pub(super) fn exception_thrown() -> Status {
    Status::unknown("Exception was thrown by handler.")
}

/// What a read is refused with whose result a server has no words for.
pub(super) fn unexpected(result: &str) -> Status {
    Status::unknown(format!("Unexpected {result}"))
}
