//! The answer of a call, followed to its end: its code may come with its head or behind its last byte.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};
use tonic::{Code, Status, body::Body, codegen::http};

use super::Call;

/// The body of an answer whose code is still to come.
pub(super) struct Followed {
    inner: Body,
    call: Option<Call>,
}

impl Followed {
    /// Follows an answer, unless its head tells the code.
    pub(super) fn follow(answer: http::Response<Body>, call: Call) -> http::Response<Body> {
        if let Some(status) = Status::from_header_map(answer.headers()) {
            call.end_with(&status);
            return answer;
        }
        answer.map(|inner| Body::new(Self { inner, call: Some(call) }))
    }

    fn end(&mut self, status: Option<&Status>) {
        if let Some(call) = self.call.take() {
            match status {
                Some(status) => call.end_with(status),
                None => call.end(Code::Ok, None),
            }
        }
    }
}

impl HttpBody for Followed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    self.end(Status::from_header_map(trailers).as_ref());
                }
            }
            Poll::Ready(Some(Err(status))) => self.end(Some(status)),
            Poll::Ready(None) => self.end(None),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
