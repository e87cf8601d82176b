//! The gRPC contract of Candour as Rust types, servers and clients, generated from `proto/`. No logic.
//!
//! The contract itself, with a comment on every part, is `proto/candour/v1/`; its guide is `proto/README.md`.

/// Package `candour.v1`.
pub mod v1 {
    tonic::include_proto!("candour.v1");
}

/// Every file of the contract and every file it imports, with comments and options, as an encoded `google.protobuf.FileDescriptorSet`:
/// for server reflection and for tools.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
