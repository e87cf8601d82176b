//! The generated clients, as a named demo identity.

use anyhow::Context as _;
use candour_api::v1::{
    follow_up_service_client::FollowUpServiceClient, incident_service_client::IncidentServiceClient,
    insight_service_client::InsightServiceClient, learning_service_client::LearningServiceClient,
};
use candour_service_kit::caller::IDENTITY_HEADER;
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

/// A channel that names its identity with each call.
pub(crate) type Caller = InterceptedService<Channel, Identity>;

/// The clients of one server.
#[derive(Clone)]
pub(crate) struct Clients {
    pub(crate) incident: IncidentServiceClient<Caller>,
    pub(crate) learning: LearningServiceClient<Caller>,
    pub(crate) follow_up: FollowUpServiceClient<Caller>,
    pub(crate) insight: InsightServiceClient<Caller>,
}

/// Names the identity with each call.
#[derive(Clone)]
pub(crate) struct Identity(MetadataValue<Ascii>);

impl Interceptor for Identity {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert(IDENTITY_HEADER, self.0.clone());
        Ok(request)
    }
}

impl Clients {
    /// Connects to a server such as `http://127.0.0.1:7443`.
    pub(crate) async fn connect(server: &str, identity: &str) -> anyhow::Result<Self> {
        let endpoint = Endpoint::from_shared(server.to_owned())
            .with_context(|| format!("{server:?} is not an address such as http://127.0.0.1:7443"))?;
        let channel = endpoint.connect().await.with_context(|| {
            format!("cannot reach a server at {server}; is it running? `candour serve` says where it listens")
        })?;
        let identity =
            Identity(identity.parse().context("the identity holds characters that a header cannot")?);
        let caller = InterceptedService::new(channel, identity);
        Ok(Self {
            incident: IncidentServiceClient::new(caller.clone()),
            learning: LearningServiceClient::new(caller.clone()),
            follow_up: FollowUpServiceClient::new(caller.clone()),
            insight: InsightServiceClient::new(caller).max_decoding_message_size(ANSWER_BYTES_MAX),
        })
    }
}

/// The greatest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
