//! Calls over one connection, as a named demo identity or with a bearer token.

use std::time::Duration;

use candour_api::v1::{
    follow_up_service_client::FollowUpServiceClient, import_service_client::ImportServiceClient,
    incident_service_client::IncidentServiceClient, insight_service_client::InsightServiceClient,
    learning_service_client::LearningServiceClient,
};
use prost::Message;
use tonic::{
    Request, Status,
    client::Grpc,
    codec::Codec,
    codegen::http::uri::PathAndQuery,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::Channel,
};

/// The request header that names the demo identity; part of the contract (`proto/README.md`).
pub const IDENTITY_HEADER: &str = "candour-identity";

/// The identity that records and reads everything.
pub const PATIENT_SAFETY: &str = "demo-patient-safety";
/// The identity that reads lists and figures only.
pub const GOVERNANCE: &str = "demo-governance";
/// The identity that reads everything and records nothing.
pub const AUDITOR: &str = "demo-auditor";

/// How long one call may take before it counts as unanswered.
const CALL_TIME_MAX: Duration = Duration::from_secs(30);
/// The greatest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A connection that can call any method, by its path. Cheap to clone: clones share the connection.
#[derive(Clone, Debug)]
pub struct Connection {
    channel: Channel,
    identity: Identity,
}

impl Connection {
    /// Calls over a channel as an identity.
    pub fn new(channel: Channel, identity: &str) -> Self {
        Self { channel, identity: Identity::named(identity) }
    }

    /// Calls over a channel with the headers of a credential.
    pub fn with(channel: Channel, identity: Identity) -> Self {
        Self { channel, identity }
    }

    /// The same connection as another identity.
    #[must_use]
    pub fn as_identity(&self, identity: &str) -> Self {
        Self::new(self.channel.clone(), identity)
    }

    /// Calls a method such as `IncidentService/ReportIncident`.
    pub async fn call<Q, A>(&self, method: &str, request: Q) -> Result<A, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.call_with(&format!("candour.v1.{method}"), request, tonic_prost::ProstCodec::<Q, A>::default())
            .await
    }

    /// Calls a method by its full name, such as `candour.v1.IncidentService/ReportIncident`, with a codec of its messages.
    pub async fn call_with<C: Codec>(
        &self,
        method: &str,
        request: C::Encode,
        codec: C,
    ) -> Result<C::Decode, Status>
    where
        C::Encode: Sync,
        C::Decode: Sync,
    {
        let path = PathAndQuery::try_from(format!("/{method}")).expect("a method's name is a path");
        let mut request = Request::new(request);
        request.set_timeout(CALL_TIME_MAX);
        self.identity.name_in(&mut request);
        let mut grpc = Grpc::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
            .max_encoding_message_size(ANSWER_BYTES_MAX);
        grpc.ready().await.map_err(|error| Status::unknown(format!("the connection is gone: {error}")))?;
        grpc.unary(request, path, codec).await.map(tonic::Response::into_inner)
    }

    /// Calls a method that answers with a stream, and gives its first message.
    pub async fn first<C: Codec>(
        &self,
        method: &str,
        request: C::Encode,
        codec: C,
    ) -> Result<C::Decode, Status>
    where
        C::Encode: Sync,
        C::Decode: Sync,
    {
        let begun = async {
            let first = self.begin_with(method, request, codec).await?.message().await?;
            first.ok_or_else(|| Status::unknown("the stream ended without a message"))
        };
        tokio::time::timeout(CALL_TIME_MAX, begun)
            .await
            .unwrap_or_else(|_| Err(Status::deadline_exceeded("no message came")))
    }

    /// Calls a method of any kind with one request, and waits only until its answer begins.
    pub async fn begin_with<C: Codec>(
        &self,
        method: &str,
        request: C::Encode,
        codec: C,
    ) -> Result<tonic::Streaming<C::Decode>, Status>
    where
        C::Encode: Sync,
        C::Decode: Sync,
    {
        let path = PathAndQuery::try_from(format!("/{method}")).expect("a method's name is a path");
        let mut request = Request::new(tokio_stream::once(request));
        self.identity.name_in(&mut request);
        let mut grpc = Grpc::new(self.channel.clone());
        grpc.ready().await.map_err(|error| Status::unknown(format!("the connection is gone: {error}")))?;
        grpc.streaming(request, path, codec).await.map(tonic::Response::into_inner)
    }
}

/// A channel that names its identity with each call.
pub type Caller = InterceptedService<Channel, Identity>;

/// The generated clients of one server.
#[derive(Clone, Debug)]
pub struct Clients {
    /// IncidentService.
    pub incident: IncidentServiceClient<Caller>,
    /// LearningService.
    pub learning: LearningServiceClient<Caller>,
    /// FollowUpService.
    pub follow_up: FollowUpServiceClient<Caller>,
    /// ImportService.
    pub import: ImportServiceClient<Caller>,
    /// InsightService.
    pub insight: InsightServiceClient<Caller>,
}

impl Clients {
    /// The clients over a channel, as an identity.
    pub fn new(channel: Channel, identity: &str) -> Self {
        Self::with(channel, Identity::named(identity))
    }

    /// The clients over a channel, with the headers of a credential.
    pub fn with(channel: Channel, identity: Identity) -> Self {
        let caller = InterceptedService::new(channel, identity);
        Self {
            incident: IncidentServiceClient::new(caller.clone()),
            learning: LearningServiceClient::new(caller.clone()),
            follow_up: FollowUpServiceClient::new(caller.clone()),
            import: ImportServiceClient::new(caller.clone()),
            insight: InsightServiceClient::new(caller).max_decoding_message_size(ANSWER_BYTES_MAX),
        }
    }
}

/// Says with each call who calls.
#[derive(Clone, Debug)]
pub struct Identity(Vec<(&'static str, MetadataValue<Ascii>)>);

impl Identity {
    /// A demo identity.
    pub fn named(identity: &str) -> Self {
        Self(vec![(IDENTITY_HEADER, identity.parse().expect("an identity is plain text"))])
    }

    /// The header `authorization`, whatever it says; a token is `Bearer candour_…`.
    pub fn authorization(value: &str) -> Self {
        Self(vec![("authorization", value.parse().expect("a header is plain text"))])
    }

    /// Nobody: says nothing of who calls.
    pub fn nobody() -> Self {
        Self(Vec::new())
    }

    fn name_in<M>(&self, request: &mut Request<M>) {
        for (header, value) in &self.0 {
            request.metadata_mut().insert(*header, value.clone());
        }
    }
}

impl Interceptor for Identity {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        self.name_in(&mut request);
        Ok(request)
    }
}
