//! Calls of methods of which nothing is known but what the server says of itself by reflection.

use candour_reflection::DynamicCodec;
use prost_reflect::{DynamicMessage, MethodDescriptor};
use tonic::{Status, transport::Channel};

pub use candour_reflection::{Reflection, path};

use crate::connection::Connection;

/// What a server says of itself, which must be enough to call it.
pub async fn reflection_of(channel: Channel) -> Reflection {
    Reflection::of(channel).await.expect("the server describes itself")
}

/// Calls any unary method.
pub async fn call(
    connection: &Connection,
    method: &MethodDescriptor,
    request: DynamicMessage,
) -> Result<DynamicMessage, Status> {
    connection.call_with(&path(method), request, DynamicCodec { answer: method.output() }).await
}
