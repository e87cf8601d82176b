//! From the wire and to it.

use std::collections::HashMap;

use tonic::Status;
use uuid::Uuid;

use super::refusal;
use crate::log::{Expected, Proposed, Record};
use crate::wire::streams::{ReadResp, read_resp};
use crate::wire::{StreamIdentifier, WireUuid, wire_uuid};

pub(super) fn name_of(identifier: Option<StreamIdentifier>) -> Result<String, Status> {
    let name = identifier.ok_or_else(refusal::exception_thrown)?.stream_name;
    let name = String::from_utf8(name).map_err(|_| refusal::exception_thrown())?;
    if name.is_empty() { Err(refusal::exception_thrown()) } else { Ok(name) }
}

/// A revision as a server takes it (`StreamRevision`): the largest number means none, and past the signed range no
/// other is taken.
pub(super) fn expected_revision(revision: u64) -> Result<Expected, Status> {
    match i64::try_from(revision) {
        Ok(_) => Ok(Expected::Revision(revision)),
        Err(_) if revision == u64::MAX => Ok(Expected::NoStream),
        Err(_) => Err(refusal::exception_thrown()),
    }
}

/// The number by which a server names what was expected.
pub(super) fn expected_number(expected: Expected) -> i64 {
    match expected {
        Expected::NoStream => -1,
        Expected::Any => -2,
        Expected::StreamExists => -4,
        Expected::Revision(revision) => revision.cast_signed(),
    }
}

pub(super) fn proposed(
    id: Option<WireUuid>,
    metadata: HashMap<String, String>,
    custom_metadata: Vec<u8>,
    data: Vec<u8>,
) -> Result<Proposed, Status> {
    for required in ["type", "content-type"] {
        if !metadata.contains_key(required) {
            return Err(refusal::metadata_missing(required));
        }
    }
    // Of the rest nothing is kept, and what is not JSON is binary.
    let kept = |key: &str| metadata.get(key).cloned().unwrap_or_default();
    let content_type = if kept("content-type") == "application/json" {
        "application/json"
    } else {
        "application/octet-stream"
    };
    let metadata = HashMap::from([
        ("type".to_owned(), kept("type")),
        ("content-type".to_owned(), content_type.to_owned()),
    ]);
    Ok(Proposed { id: id_from_wire(id)?, metadata, custom_metadata, data })
}

pub(super) fn id_from_wire(id: Option<WireUuid>) -> Result<Uuid, Status> {
    match id.and_then(|id| id.value) {
        Some(wire_uuid::Value::Structured(structured)) => Ok(Uuid::from_u64_pair(
            structured.most_significant_bits.cast_unsigned(),
            structured.least_significant_bits.cast_unsigned(),
        )),
        Some(wire_uuid::Value::String(text)) => {
            Uuid::try_parse(&text).map_err(|_| refusal::exception_thrown())
        }
        None => Err(refusal::exception_thrown()),
    }
}

pub(super) fn id_to_wire(id: Uuid, as_text: bool) -> WireUuid {
    let value = if as_text {
        wire_uuid::Value::String(id.to_string())
    } else {
        let (most, least) = id.as_u64_pair();
        wire_uuid::Value::Structured(wire_uuid::Structured {
            most_significant_bits: most.cast_signed(),
            least_significant_bits: least.cast_signed(),
        })
    };
    WireUuid { value: Some(value) }
}

pub(super) fn identifier(stream: &str) -> StreamIdentifier {
    StreamIdentifier { stream_name: stream.as_bytes().to_vec() }
}

pub(super) fn event_answer(record: &Record, id_as_text: bool) -> ReadResp {
    let event = read_resp::read_event::RecordedEvent {
        id: Some(id_to_wire(record.event.id, id_as_text)),
        stream_identifier: Some(identifier(&record.stream)),
        stream_revision: record.revision,
        prepare_position: record.position,
        commit_position: record.position,
        metadata: record.event.metadata.clone(),
        custom_metadata: record.event.custom_metadata.clone(),
        data: record.event.data.clone(),
    };
    ReadResp {
        content: Some(read_resp::Content::Event(read_resp::ReadEvent {
            event: Some(event),
            link: None,
            position: Some(read_resp::read_event::Position::CommitPosition(record.position)),
        })),
    }
}
