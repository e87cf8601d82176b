//! A client that knows nothing but what the server says of itself by reflection.

use std::collections::BTreeSet;

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, MethodDescriptor};
use prost_types::FileDescriptorProto;
use tonic::{
    Status,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    transport::Channel,
};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use crate::connection::Connection;

/// What a running server says of itself.
#[derive(Clone, Debug)]
pub struct Reflection {
    services: Vec<String>,
    pool: DescriptorPool,
}

impl Reflection {
    /// Asks a server for all its services, and for every file that describes them.
    pub async fn of(channel: Channel) -> Self {
        let mut asking =
            Asking { client: ServerReflectionClient::new(channel), seen: BTreeSet::new(), files: Vec::new() };
        let services = match asking.ask(MessageRequest::ListServices(String::new())).await {
            MessageResponse::ListServicesResponse(list) => {
                list.service.into_iter().map(|service| service.name).collect()
            }
            other => panic!("reflection answered a list of services with {other:?}"),
        };
        let services: Vec<String> = services;
        for service in &services {
            asking.collect(MessageRequest::FileContainingSymbol(service.clone())).await;
        }
        let mut pool = DescriptorPool::new();
        pool.add_file_descriptor_protos(asking.files)
            .expect("the files that describe the server fit together");
        Self { services, pool }
    }

    /// The full names of all services, as listed.
    pub fn services(&self) -> &[String] {
        &self.services
    }

    /// Every method of every service of a package, by service and in the order of the contract.
    pub fn methods(&self, package: &str) -> Vec<MethodDescriptor> {
        let mut services: Vec<_> =
            self.pool.services().filter(|service| service.package_name() == package).collect();
        services.sort_by(|one, other| one.full_name().cmp(other.full_name()));
        services.iter().flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
    }
}

/// A method as it stands in a request's path: `candour.v1.IncidentService/ReportIncident`.
pub fn path(method: &MethodDescriptor) -> String {
    format!("{}/{}", method.parent_service().full_name(), method.name())
}

/// Calls any unary method.
pub async fn call(
    connection: &Connection,
    method: &MethodDescriptor,
    request: DynamicMessage,
) -> Result<DynamicMessage, Status> {
    connection.call_with(&path(method), request, DynamicCodec { answer: method.output() }).await
}

struct Asking {
    client: ServerReflectionClient<Channel>,
    seen: BTreeSet<String>,
    files: Vec<FileDescriptorProto>,
}

impl Asking {
    async fn ask(&mut self, request: MessageRequest) -> MessageResponse {
        let request = ServerReflectionRequest { host: String::new(), message_request: Some(request) };
        let answers = self.client.server_reflection_info(tokio_stream::once(request)).await;
        let mut answers = answers.expect("reflection is answered").into_inner();
        let answer = answers
            .message()
            .await
            .expect("reflection is answered")
            .expect("reflection gives one answer each");
        answer.message_response.expect("an answer of reflection says something")
    }

    /// Takes in a file and, before it, every file it imports.
    async fn collect(&mut self, request: MessageRequest) {
        let MessageResponse::FileDescriptorResponse(files) = self.ask(request).await else {
            panic!("reflection knows no file that it should know")
        };
        for bytes in files.file_descriptor_proto {
            let file = FileDescriptorProto::decode(bytes.as_slice())
                .expect("reflection gives files that can be read");
            if self.seen.insert(file.name().to_owned()) {
                for import in file.dependency.clone() {
                    if !self.seen.contains(&import) {
                        Box::pin(self.collect(MessageRequest::FileByFilename(import))).await;
                    }
                }
                self.files.push(file);
            }
        }
    }
}

/// Sends and receives messages of which only the description is known.
#[derive(Clone, Debug)]
struct DynamicCodec {
    answer: MessageDescriptor,
}

impl Codec for DynamicCodec {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = DynamicEncoder;
    type Decoder = DynamicDecoder;

    fn encoder(&mut self) -> DynamicEncoder {
        DynamicEncoder
    }

    fn decoder(&mut self) -> DynamicDecoder {
        DynamicDecoder(self.answer.clone())
    }
}

/// The sending half of [`DynamicCodec`].
#[derive(Debug)]
struct DynamicEncoder;

impl Encoder for DynamicEncoder {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(&mut self, item: DynamicMessage, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.encode(to).map_err(|error| Status::internal(error.to_string()))
    }
}

/// The receiving half of [`DynamicCodec`].
#[derive(Debug)]
struct DynamicDecoder(MessageDescriptor);

impl Decoder for DynamicDecoder {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<DynamicMessage>, Status> {
        let message = DynamicMessage::decode(self.0.clone(), from);
        message.map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}
