//! A call that goes on for long ends when its token does: a stream that was opened before a token was revoked must not outlive it.
//!
//! The token is looked at again with each part of a body after the first. An answer in one part is never taken back, and a request in several is
//! refused before it is carried out. A stream on which nothing is sent stays open, and carries nothing.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use candour_callers::{TokenId, Tokens};
use candour_service_kit::Failure;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::{
    Status,
    body::Body,
    codegen::{Bytes, http::HeaderMap},
};

/// The token of a call while the call goes on; one for both of its bodies.
#[derive(Clone)]
pub(super) struct Held {
    tokens: Tokens,
    token: TokenId,
    /// What came in was ended; how the service answers that is not to look like an orderly end.
    was_ended: Arc<AtomicBool>,
}

impl Held {
    pub(super) fn new(tokens: Tokens, token: TokenId) -> Self {
        Self { tokens, token, was_ended: Arc::default() }
    }

    /// The body of the request: it ends by an error, which the service sees.
    pub(super) fn incoming(&self, body: Body) -> Body {
        self.body(body, Way::Incoming)
    }

    /// The body of the answer: it ends by a status, which the caller sees.
    pub(super) fn outgoing(&self, body: Body) -> Body {
        self.body(body, Way::Outgoing)
    }

    fn body(&self, body: Body, way: Way) -> Body {
        Body::new(WhileInForce { body, held: self.clone(), way, begun: false, ended: false })
    }
}

/// Which way a body goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Incoming,
    Outgoing,
}

/// A body that ends when the token of its call does.
struct WhileInForce {
    body: Body,
    held: Held,
    way: Way,
    begun: bool,
    ended: bool,
}

impl WhileInForce {
    /// Whether this part is not to pass.
    fn is_to_end(&mut self, frame: &Frame<Bytes>) -> bool {
        if frame.is_data() {
            let is_first = !std::mem::replace(&mut self.begun, true);
            !is_first && !self.held.tokens.is_in_force(self.held.token)
        } else {
            self.way == Way::Outgoing && self.held.was_ended.load(Ordering::Relaxed)
        }
    }

    fn end(&mut self) -> Result<Frame<Bytes>, Status> {
        self.ended = true;
        self.held.was_ended.store(true, Ordering::Relaxed);
        let status = Status::from(Failure::Unauthenticated(
            "the token of this call is no longer in force: call again with another one".to_owned(),
        ));
        match self.way {
            Way::Incoming => Err(status),
            Way::Outgoing => {
                let mut trailers = HeaderMap::new();
                status.add_header(&mut trailers)?;
                Ok(Frame::trailers(trailers))
            }
        }
    }
}

impl HttpBody for WhileInForce {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(part)) = &frame
            && self.is_to_end(part)
        {
            return Poll::Ready(Some(self.end()));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
