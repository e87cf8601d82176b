//! Calling a gRPC server of which nothing is known but what it says of itself by reflection.
//!
//! [`Reflection`] asks for the services and their messages; [`DynamicCodec`] sends and receives messages of which only the description is known.
//! Both work over any transport of tonic, one that names its caller with each call included.

mod codec;

use std::collections::BTreeSet;

use prost::Message as _;
use prost_reflect::{DescriptorPool, MethodDescriptor};
use prost_types::FileDescriptorProto;
use tonic::{
    Status,
    body::Body,
    client::GrpcService,
    codegen::{Body as HttpBody, Bytes, StdError},
};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

pub use codec::DynamicCodec;

/// The most files that are taken from one server.
const FILES_MAX: usize = 1_000;

/// What a running server says of itself.
#[derive(Clone, Debug)]
pub struct Reflection {
    services: Vec<String>,
    pool: DescriptorPool,
}

/// Why a server did not say enough of itself.
#[derive(Debug, thiserror::Error)]
pub enum ReflectionError {
    /// The server refused or failed.
    #[error("the server does not describe itself: {0}")]
    Refused(#[from] Status),
    /// The server answered something else than was asked.
    #[error("the server describes itself in a way that cannot be understood: {0}")]
    Answer(String),
}

impl Reflection {
    /// Asks a server for all its services, and for every file that describes them.
    ///
    /// # Errors
    /// See [`ReflectionError`].
    pub async fn of<T>(transport: T) -> Result<Self, ReflectionError>
    where
        T: GrpcService<Body>,
        T::Error: Into<StdError>,
        T::ResponseBody: HttpBody<Data = Bytes> + Send + 'static,
        <T::ResponseBody as HttpBody>::Error: Into<StdError> + Send,
    {
        let mut asking = Asking {
            client: ServerReflectionClient::new(transport),
            seen: BTreeSet::new(),
            files: Vec::new(),
        };
        let services = match asking.ask(MessageRequest::ListServices(String::new())).await? {
            MessageResponse::ListServicesResponse(list) => {
                list.service.into_iter().map(|service| service.name).collect::<Vec<_>>()
            }
            _ => return Err(ReflectionError::Answer("it lists no services".to_owned())),
        };
        for service in &services {
            asking.collect(MessageRequest::FileContainingSymbol(service.clone())).await?;
        }
        let mut pool = DescriptorPool::new();
        pool.add_file_descriptor_protos(asking.files)
            .map_err(|error| ReflectionError::Answer(error.to_string()))?;
        Ok(Self { services, pool })
    }

    /// The full names of all services, as listed.
    pub fn services(&self) -> &[String] {
        &self.services
    }

    /// Every method of every service, by service and in the order of the contract.
    pub fn all_methods(&self) -> Vec<MethodDescriptor> {
        let mut services: Vec<_> = self.pool.services().collect();
        services.sort_by(|one, other| one.full_name().cmp(other.full_name()));
        services.iter().flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
    }

    /// The same of one package.
    pub fn methods(&self, package: &str) -> Vec<MethodDescriptor> {
        let mut methods = self.all_methods();
        methods.retain(|method| method.parent_service().package_name() == package);
        methods
    }
}

/// A method as it stands in a request's path: `candour.v1.IncidentService/ReportIncident`.
pub fn path(method: &MethodDescriptor) -> String {
    format!("{}/{}", method.parent_service().full_name(), method.name())
}

struct Asking<T> {
    client: ServerReflectionClient<T>,
    seen: BTreeSet<String>,
    files: Vec<FileDescriptorProto>,
}

impl<T> Asking<T>
where
    T: GrpcService<Body>,
    T::Error: Into<StdError>,
    T::ResponseBody: HttpBody<Data = Bytes> + Send + 'static,
    <T::ResponseBody as HttpBody>::Error: Into<StdError> + Send,
{
    async fn ask(&mut self, request: MessageRequest) -> Result<MessageResponse, ReflectionError> {
        let request = ServerReflectionRequest { host: String::new(), message_request: Some(request) };
        let answers = self.client.server_reflection_info(tokio_stream::once(request)).await?;
        let answer = answers.into_inner().message().await?;
        answer
            .and_then(|answer| answer.message_response)
            .ok_or_else(|| ReflectionError::Answer("it answers nothing".to_owned()))
    }

    /// Takes in a file and, before it, every file it imports.
    async fn collect(&mut self, request: MessageRequest) -> Result<(), ReflectionError> {
        let MessageResponse::FileDescriptorResponse(files) = self.ask(request).await? else {
            return Err(ReflectionError::Answer("it does not know a file that it names".to_owned()));
        };
        for bytes in files.file_descriptor_proto {
            let file = FileDescriptorProto::decode(bytes.as_slice())
                .map_err(|error| ReflectionError::Answer(error.to_string()))?;
            if self.seen.insert(file.name().to_owned()) {
                if self.seen.len() > FILES_MAX {
                    return Err(ReflectionError::Answer(format!("it has more than {FILES_MAX} files")));
                }
                for import in file.dependency.clone() {
                    if !self.seen.contains(&import) {
                        Box::pin(self.collect(MessageRequest::FileByFilename(import))).await?;
                    }
                }
                self.files.push(file);
            }
        }
        Ok(())
    }
}
