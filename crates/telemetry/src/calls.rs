//! What is measured of each gRPC call, and its span.
//!
//! The layer stands outside everything that may refuse a call, so that every answer is counted; only the transport's own limits are outside it. It
//! sees the path of a call and the code of its answer, nothing of what was asked or answered.

mod answer;
mod trace;

use std::{
    collections::HashMap,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use hyper::body::{Body as HttpBody, Bytes};
use opentelemetry::{
    KeyValue,
    metrics::{Counter, Histogram, UpDownCounter},
};
use tonic::{
    Code, Status,
    body::Body,
    codegen::{BoxFuture, Service, StdError as BoxError, http},
};
use tonic_types::StatusExt as _;
use tracing::Instrument as _;

use self::answer::Followed;
pub(crate) use self::trace::TraceparentOnly;
use crate::catalogue::{
    CALL_DURATION, CALLS_ACTIVE, CALLS_REFUSED, ERROR_TYPE, METHOD, REASON, RPC_SYSTEM, STATUS_CODE,
};

/// The name of every method that is not known: what a caller makes up never becomes a name.
pub const OTHER: &str = "_OTHER";

/// The methods of a server.
#[derive(Clone, Debug)]
pub struct Methods {
    by_path: Arc<HashMap<String, Arc<str>>>,
    other: Arc<str>,
    traced: &'static str,
}

impl Methods {
    /// From their full names, such as `candour.v1.IncidentService/ReportIncident`. Calls of those whose name begins with `traced` have a span.
    pub fn new(names: impl IntoIterator<Item = String>, traced: &'static str) -> Self {
        let by_path = names.into_iter().map(|name| (format!("/{name}"), name.into())).collect();
        Self { by_path: Arc::new(by_path), other: OTHER.into(), traced }
    }

    /// The name of the method at a path; [`OTHER`] where there is none.
    pub fn name(&self, path: &str) -> &Arc<str> {
        self.by_path.get(path).unwrap_or(&self.other)
    }
}

/// Measures and traces the calls of what it wraps.
#[derive(Clone, Debug)]
pub struct Calls<S> {
    inner: S,
    methods: Methods,
    instruments: Arc<Instruments>,
}

/// Where calls are measured.
#[derive(Debug)]
pub struct Instruments {
    duration: Histogram<f64>,
    active: UpDownCounter<i64>,
    refused: Counter<u64>,
    time_max: Duration,
}

impl Instruments {
    /// `time_max` is how long the transport lets a call take. Telemetry is started before.
    pub fn new(time_max: Duration) -> Arc<Self> {
        Arc::new(Self {
            duration: CALL_DURATION.histogram(),
            active: CALLS_ACTIVE.up_down(),
            refused: CALLS_REFUSED.counter(),
            time_max,
        })
    }
}

impl<S> Calls<S> {
    /// Wraps a service.
    pub fn new(inner: S, methods: Methods, instruments: Arc<Instruments>) -> Self {
        Self { inner, methods, instruments }
    }
}

impl<S, B> Service<http::Request<Body>> for Calls<S>
where
    S: Service<http::Request<Body>, Response = http::Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = http::Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        // The one that was polled ready takes the call.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let method = Arc::clone(self.methods.name(request.uri().path()));
        let is_traced = method.starts_with(self.methods.traced);
        let instruments = Arc::clone(&self.instruments);
        Box::pin(async move {
            let span =
                if is_traced { trace::span(&method, request.headers_mut()) } else { tracing::Span::none() };
            let call = Call::begin(method, span.clone(), instruments);
            match inner.call(request).instrument(span).await {
                Ok(answer) => Ok(Followed::follow(answer.map(Body::new), call)),
                Err(error) => {
                    call.end(Code::Unknown, None);
                    Err(error)
                }
            }
        })
    }
}

/// A call under way. One that is dropped before it ended was given up: by the caller, or by the transport when its time was up.
#[derive(Debug)]
struct Call {
    method: Arc<str>,
    span: tracing::Span,
    begun: Instant,
    instruments: Arc<Instruments>,
    has_ended: bool,
}

impl Call {
    fn begin(method: Arc<str>, span: tracing::Span, instruments: Arc<Instruments>) -> Self {
        instruments.active.add(1, &[]);
        Self { method, span, begun: Instant::now(), instruments, has_ended: false }
    }

    /// The answer was given with this status.
    fn end_with(self, status: &Status) {
        // Reasons are constants of the program. What another server might say is not repeated, and there is none behind this one.
        let reason = status.get_error_details().error_info().map(|info| info.reason.clone());
        self.end(status.code(), reason);
    }

    fn end(mut self, code: Code, reason: Option<String>) {
        self.note(code, reason);
    }

    fn note(&mut self, code: Code, reason: Option<String>) {
        self.has_ended = true;
        self.instruments.active.add(-1, &[]);
        let name = code_name(code);
        let mut labels = vec![
            KeyValue::new(RPC_SYSTEM, "grpc"),
            KeyValue::new(METHOD, Arc::clone(&self.method)),
            KeyValue::new(STATUS_CODE, name),
        ];
        if is_failure(code) {
            labels.push(KeyValue::new(ERROR_TYPE, name));
        }
        self.instruments.duration.record(self.begun.elapsed().as_secs_f64(), &labels);
        trace::end(&self.span, name, is_failure(code), reason.as_deref());
        if let Some(reason) = reason {
            self.instruments.refused.add(1, &[KeyValue::new(REASON, reason)]);
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.has_ended {
            let is_late = self.begun.elapsed() >= self.instruments.time_max;
            self.note(if is_late { Code::DeadlineExceeded } else { Code::Cancelled }, None);
        }
    }
}

/// The codes that are this server's fault, as the semantic conventions have it; the others are a caller's.
fn is_failure(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}

/// The code as the protocol writes it.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_a_caller_made_up_is_no_name() {
        let methods = Methods::new(["candour.v1.IncidentService/ReportIncident".to_owned()], "candour.v1.");
        assert_eq!(
            &**methods.name("/candour.v1.IncidentService/ReportIncident"),
            "candour.v1.IncidentService/ReportIncident"
        );
        for path in ["/candour.v1.IncidentService/Jane", "/", "", "candour.v1.IncidentService/ReportIncident"]
        {
            assert_eq!(&**methods.name(path), "_OTHER", "{path}");
        }
    }

    #[test]
    fn the_codes_of_the_protocol_are_named_as_it_does() {
        for number in 0..=16 {
            let code = Code::from_i32(number);
            let words: String = code_name(code).chars().filter(char::is_ascii_alphabetic).collect();
            assert_eq!(words.to_lowercase(), format!("{code:?}").to_lowercase());
        }
    }
}
