//! What happens to a call before and after the services see it: an unknown caller is refused before its request is read, and whatever the transport
//! refuses by itself keeps the rules of the API's errors (one `ErrorInfo` with a stable reason).

use std::task::{Context, Poll};

use candour_service_kit::{Caller, Failure};
use tonic::{
    Code, Status,
    body::Body,
    codegen::{BoxFuture, Service, http},
    metadata::MetadataMap,
};

/// The paths of the API begin with this; health and reflection do not.
const API: &str = "/candour.v1.";
/// Where a status keeps its details.
const DETAILS: &str = "grpc-status-details-bin";

/// Wraps the services.
#[derive(Clone, Debug)]
pub(super) struct Admission<S> {
    inner: S,
}

impl<S> Admission<S> {
    pub(super) fn new(inner: S) -> Self {
        Self { inner }
    }
}

impl<S> Service<http::Request<Body>> for Admission<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>> + Send,
    S::Future: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        if !request.uri().path().starts_with(API) {
            return Box::pin(self.inner.call(request));
        }
        let (parts, body) = request.into_parts();
        let metadata = MetadataMap::from_headers(parts.headers.clone());
        if let Err(unknown) = Caller::of(&metadata) {
            return Box::pin(async move { Ok(Status::from(unknown).into_http()) });
        }
        let answered = self.inner.call(http::Request::from_parts(parts, body));
        Box::pin(async move { Ok(explained(answered.await?)) })
    }
}

/// The answer, with the reason that the transport left out where it refused by itself.
fn explained(answer: http::Response<Body>) -> http::Response<Body> {
    let headers = answer.headers();
    let Some(status) = Status::from_header_map(headers) else { return answer };
    if status.code() == Code::Ok || headers.contains_key(DETAILS) {
        return answer;
    }
    Status::from(Failure::Transport { code: status.code(), message: status.message().to_owned() }).into_http()
}
