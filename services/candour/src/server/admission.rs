//! What happens to a call before and after the services see it.
//!
//! Before anything of the request is read: who calls ([`Authentication`]), and may they call this method
//! ([`candour_service_kit::permission::TABLE`])? A method without a row reaches no service.
//! Afterwards, whatever the transport refused by itself keeps the rules of the API's errors (one `ErrorInfo` with a stable reason).
//! A call that goes on for long ends when its token does ([`super::while_in_force`]).

use std::task::{Context, Poll};

use candour_callers::{failures::Verdict, limits::FAILURE_DELAY};
use candour_service_kit::{
    Caller, Failure,
    permission::{self, Access},
    status::unlogged,
};
use tonic::{
    Code, Status,
    body::Body,
    codegen::{
        BoxFuture, Service,
        http::{self, header::AUTHORIZATION},
    },
};

use super::{
    authentication::{Authenticated, Authentication, peer},
    while_in_force::Held,
};

/// Where a status keeps its details.
const DETAILS: &str = "grpc-status-details-bin";

/// Wraps the services.
#[derive(Clone)]
pub(super) struct Admission<S> {
    inner: S,
    authentication: Authentication,
}

impl<S> Admission<S> {
    pub(super) fn new(inner: S, authentication: Authentication) -> Self {
        Self { inner, authentication }
    }

    /// Refuses whoever is not known: at once, or, once a peer has failed too often, late and without another line in the log.
    fn unknown<E: Send + 'static>(
        &self,
        failure: Failure,
        extensions: &http::Extensions,
    ) -> BoxFuture<http::Response<Body>, E> {
        let verdict = match failure {
            Failure::Unauthenticated(_) => self.authentication.failed(extensions),
            _ => Verdict::Answer,
        };
        let peer = peer(extensions);
        Box::pin(async move {
            if verdict == Verdict::SayAndDelay {
                tracing::warn!(
                    peer = peer.map(tracing::field::display),
                    "too many calls without a known token from one peer; its further ones are answered late and not logged for a while"
                );
            }
            if verdict == Verdict::Answer {
                return Ok(Status::from(failure).into_http());
            }
            tokio::time::sleep(FAILURE_DELAY).await;
            Ok(unlogged(&failure).into_http())
        })
    }
}

impl<S> Service<http::Request<Body>> for Admission<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>> + Send,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let method = permission::method_of(request.uri().path());
        if matches!(permission::access(method), Some((_, Access::Anyone))) {
            return Box::pin(self.inner.call(request));
        }
        let Authenticated { caller, token } = match self.authentication.authenticate(request.headers()) {
            Ok(authenticated) => authenticated,
            Err(failure) => return self.unknown(failure, request.extensions()),
        };
        let id = caller.id.clone();
        let note_caller = move || {
            tracing::Span::current().record("caller", &*id);
        };
        if let Err(denied) = permission::check(&caller, method) {
            return Box::pin(async move {
                note_caller();
                Ok(Status::from(denied).into_http())
            });
        }
        // It has done its work; nothing behind here needs it, and so nothing can log it.
        request.headers_mut().remove(AUTHORIZATION);
        request.extensions_mut().insert::<Caller>(caller);
        let held = token.zip(self.authentication.tokens()).map(|(id, tokens)| Held::new(tokens.clone(), id));
        if let Some(held) = &held {
            request = request.map(|body| held.incoming(body));
        }
        let answered = self.inner.call(request);
        Box::pin(async move {
            note_caller();
            let answer = explained(answered.await?);
            Ok(match held {
                None => answer,
                Some(held) => answer.map(|body| held.outgoing(body)),
            })
        })
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
