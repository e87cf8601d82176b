//! Calls of methods of which nothing is known but what the server says of itself by reflection.

use candour_reflection::DynamicCodec;
use prost_reflect::{DynamicMessage, MethodDescriptor};
use tonic::{Status, service::interceptor::InterceptedService, transport::Channel};

pub use candour_reflection::{Reflection, path};

use crate::connection::{Connection, Identity};

/// What a server says of itself, which must be enough to call it.
pub async fn reflection_of(channel: Channel) -> Reflection {
    reflection_told_to(channel, Identity::nobody()).await
}

/// The same of a server that says it to callers only.
pub async fn reflection_told_to(channel: Channel, identity: Identity) -> Reflection {
    let transport = InterceptedService::new(channel, identity);
    Reflection::of(transport).await.expect("the server describes itself")
}

/// Calls a method of any kind with an empty request, and waits only until its answer begins: enough to see whether it is refused.
pub async fn begin(connection: &Connection, method: &MethodDescriptor) -> Result<(), Status> {
    let request = DynamicMessage::new(method.input());
    let codec = DynamicCodec { answer: method.output() };
    connection.begin_with(&path(method), request, codec).await.map(|_| ())
}

/// Calls any method with one request; of a stream of answers it takes the first.
pub async fn call(
    connection: &Connection,
    method: &MethodDescriptor,
    request: DynamicMessage,
) -> Result<DynamicMessage, Status> {
    let codec = DynamicCodec { answer: method.output() };
    if method.is_server_streaming() {
        return connection.first(&path(method), request, codec).await;
    }
    connection.call_with(&path(method), request, codec).await
}
