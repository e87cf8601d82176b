//! The methods whose calls are measured: those that the server serves, by their descriptors.

use anyhow::Context as _;
use candour_telemetry::calls::Methods;
use prost::Message as _;
use prost_types::FileDescriptorSet;

/// The package whose calls have a span; health and reflection have none.
const TRACED: &str = "candour.v1.";

/// Every method that is served.
pub(crate) fn served() -> anyhow::Result<Methods> {
    let mut names = Vec::new();
    for set in [
        candour_api::FILE_DESCRIPTOR_SET,
        tonic_health::pb::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
    ] {
        let set = FileDescriptorSet::decode(set).context("the descriptors of the services")?;
        for file in set.file {
            for service in &file.service {
                for method in &service.method {
                    names.push(format!("{}.{}/{}", file.package(), service.name(), method.name()));
                }
            }
        }
    }
    Ok(Methods::new(names, TRACED))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_methods_of_every_service_are_known() {
        let methods = super::served().unwrap();
        for name in [
            "candour.v1.IncidentService/ReportIncident",
            "candour.v1.InsightService/GetMeasures",
            "grpc.health.v1.Health/Check",
            "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        ] {
            assert_eq!(&**methods.name(&format!("/{name}")), name);
        }
    }
}
