//! How an event of ours is kept in KurrentDB, so that the bytes returned are the bytes stored.
//!
//! The two instants travel in the metadata, because the client cuts the server's own time to the second. They stand in a
//! field `$candour` at the very front of the metadata object: `{"$candour":{"eventId":…,"recordedAt":…,"occurredAt":…},`
//! and then the rest of the object as it came. Reading takes the field off again. Metadata that is no JSON object travels
//! in base64 inside the field, so that what a log browser or a projection of the server sees is always an object.
//!
//! The id of the event stands there too, because the server is given another one ([`sent_id`]). To a server two appends
//! with the same ids are one, whatever they hold, and it does not tell the second from the first. Sent under ids of its
//! own, an append is taken for another one only where it is the same call made again; everything else that repeats it
//! meets the wrong version, and is then compared with what stands there.
//!
//! Data that is exactly a JSON text is marked as JSON, anything else as binary; either way its bytes are kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use candour_journal::{
    CorruptRecord, EventTypeName, NewEvent, Position, RecordPlace, RecordedEvent, StreamName, StreamVersion,
    to_stored_precision,
};
use eventstore::EventData;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

/// How every metadata object of ours begins.
const FRONT: &[u8] = br#"{"$candour":"#;

/// The value of the field.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Field {
    /// The id of the event.
    event_id: Uuid,
    /// RFC 3339, UTC, to the microsecond.
    recorded_at: Timestamp,
    /// RFC 3339, UTC, to the microsecond.
    occurred_at: Timestamp,
    /// The metadata in base64, where they are no JSON object.
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<String>,
}

/// What was taken off.
#[derive(Debug, Eq, PartialEq)]
struct Opened {
    event_id: Uuid,
    recorded_at: Timestamp,
    occurred_at: Timestamp,
    metadata: Vec<u8>,
}

/// The bytes as JSON, if they are exactly a JSON text with nothing around it.
fn as_json(bytes: &[u8]) -> Option<&RawValue> {
    serde_json::from_slice::<&RawValue>(bytes).ok().filter(|raw| raw.get().len() == bytes.len())
}

fn wrap(
    metadata: &[u8],
    event_id: Uuid,
    recorded_at: Timestamp,
    occurred_at: Timestamp,
) -> serde_json::Result<Vec<u8>> {
    let rest = metadata.strip_prefix(b"{").filter(|_| as_json(metadata).is_some());
    let in_base64 = if rest.is_none() { Some(STANDARD.encode(metadata)) } else { None };
    let mut wrapped = FRONT.to_vec();
    serde_json::to_writer(&mut wrapped, &Field { event_id, recorded_at, occurred_at, metadata: in_base64 })?;
    let rest = rest.unwrap_or(b"}");
    if !rest.trim_ascii_start().starts_with(b"}") {
        wrapped.push(b',');
    }
    wrapped.extend_from_slice(rest);
    Ok(wrapped)
}

fn unwrap(wrapped: &[u8]) -> Option<Opened> {
    let inside = wrapped.strip_prefix(FRONT)?;
    let mut values = serde_json::Deserializer::from_slice(inside).into_iter::<Field>();
    let field = values.next()?.ok()?;
    let rest = &inside[values.byte_offset()..];
    let metadata = match &field.metadata {
        Some(text) if rest == b"}" => STANDARD.decode(text).ok()?,
        Some(_) => return None,
        None => [b"{", rest.strip_prefix(b",").unwrap_or(rest)].concat(),
    };
    let Field { event_id, recorded_at, occurred_at, .. } = field;
    Some(Opened { event_id, recorded_at, occurred_at, metadata })
}

/// The id under which the server is given an event by one call: the same in every attempt of the call, and in no other.
pub(crate) fn sent_id(call: Uuid, event_id: Uuid) -> Uuid {
    Uuid::new_v5(&call, event_id.as_bytes())
}

/// An event as one call sends it. Fails only if an instant cannot be written, which none can.
pub(crate) fn encode(event: &NewEvent, call: Uuid, recorded_at: Timestamp) -> serde_json::Result<EventData> {
    let name = event.event_type.as_str();
    let data = match as_json(&event.data) {
        Some(raw) => EventData::json(name, &raw)?,
        None => EventData::binary(name, event.data.clone().into()),
    };
    let metadata =
        wrap(&event.metadata, event.event_id, recorded_at, to_stored_precision(event.occurred_at))?;
    Ok(data.id(sent_id(call, event.event_id)).metadata(metadata.into()))
}

/// An event as it is read. What cannot be one of ours is reported with its place, never skipped.
pub(crate) fn decode(event: &eventstore::RecordedEvent) -> Result<RecordedEvent, CorruptRecord> {
    let position = Position::from_raw(event.position.commit);
    let corrupt = |reason| CorruptRecord { place: RecordPlace::Position(position), reason };
    // A server takes positions as signed numbers, and gives the largest one for none: to an event of a transaction, read
    // in its stream. No client of ours can write one.
    if i64::try_from(event.position.commit).is_err() {
        return Err(corrupt("it has no position: it was not written by Candour"));
    }
    let stream =
        StreamName::parse(event.stream_id()).map_err(|_| corrupt("its stream name is not one of ours"))?;
    let event_type =
        EventTypeName::parse(&event.event_type).map_err(|_| corrupt("its event type is not one of ours"))?;
    let opened =
        unwrap(&event.custom_metadata).ok_or_else(|| corrupt("its metadata were not written by Candour"))?;
    Ok(RecordedEvent {
        position,
        stream,
        version: StreamVersion::new(event.revision),
        event_id: opened.event_id,
        event_type,
        occurred_at: opened.occurred_at,
        recorded_at: opened.recorded_at,
        metadata: opened.metadata,
        data: event.data.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(7);

    fn instants() -> (Timestamp, Timestamp) {
        ("2026-03-02T09:00:00.123456Z".parse().unwrap(), "1969-07-20T20:17:40Z".parse().unwrap())
    }

    #[test]
    fn the_field_stands_at_the_front_of_the_metadata() {
        let (recorded_at, occurred_at) = instants();
        let wrapped = wrap(br#"{ "a": 1 }"#, ID, recorded_at, occurred_at).unwrap();
        let expected = r#"{"$candour":{"eventId":"00000000-0000-0000-0000-000000000007","recordedAt":"2026-03-02T09:00:00.123456Z","occurredAt":"1969-07-20T20:17:40Z"}, "a": 1 }"#;
        assert_eq!(String::from_utf8(wrapped).unwrap(), expected);
    }

    #[test]
    fn every_metadata_comes_back_byte_for_byte_and_travels_as_an_object() {
        let (recorded_at, occurred_at) = instants();
        let cases: [&[u8]; 12] = [
            b"",
            b"{}",
            b"{ }",
            b" {}",
            b"{} ",
            b"metadata 1",
            b"[1]",
            b"{\"a\":1",
            br#"{"$candour":{"recordedAt":"x"},"b":[1,2]}"#,
            br#"{"metadata":"e30="}"#,
            &[0, 255, 123],
            "{\n \"ward\" : \"Bevan\"\n}".as_bytes(),
        ];
        for metadata in cases {
            let wrapped = wrap(metadata, ID, recorded_at, occurred_at).unwrap();
            assert!(as_json(&wrapped).is_some_and(|raw| raw.get().starts_with('{')), "{metadata:?}");
            let opened = unwrap(&wrapped).unwrap();
            assert_eq!(
                opened,
                Opened { event_id: ID, recorded_at, occurred_at, metadata: metadata.to_vec() }
            );
        }
    }

    #[test]
    fn metadata_of_somebody_else_are_not_taken_for_ours() {
        let foreign: [&[u8]; 6] = [
            b"",
            b"{}",
            br#"{"a":1}"#,
            br#"{"$candour":{}}"#,
            br#"{"$candour":{"recordedAt":"yesterday"}}"#,
            br#"{"$candour":{"recordedAt":"2026-03-02T09:00:00Z","occurredAt":"2026-03-02T09:00:00Z"}}"#,
        ];
        for metadata in foreign {
            assert_eq!(unwrap(metadata), None, "{metadata:?}");
        }
    }
}
