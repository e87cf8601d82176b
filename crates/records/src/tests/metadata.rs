//! The metadata beside an event.

use std::fs;

use candour_domain::{
    calendar::CalendarVersion,
    identifier::{EventId, RequestId},
    incident::Incident,
    text::SystemName,
};
use serde_json::{Value, json};

use super::{
    golden_folder, leaves,
    samples::{WRONG_EVENT, instant, some, staff, text},
};
use crate::{
    CALLER_ROLES_MAX, Caller, DecodeError, EncodeError, Malformation, Metadata, Rule, Rules, TraceParent,
    plain::Plain, to_entry,
};

fn metadata() -> Metadata {
    Metadata {
        caller: Caller { id: text("system:datix-bridge"), roles: vec![text("reporter"), text("importer")] },
        performed_by: Some(staff("staff:48211")),
        occurred_at: instant("2026-03-04T16:45:00.25Z"),
        source_recorded_at: Some(instant("2026-03-04T17:00:00Z")),
        request_id: RequestId::from_uuid(uuid::uuid!("7f0c1d52-6b1e-4a57-8a54-0f5c9e0b7a11")),
        request_mac: [0xa5; 32],
        request_index: 1,
        correlation_id: uuid::uuid!("7f0c1d52-6b1e-4a57-8a54-0f5c9e0b7a12"),
        causation_id: Some(uuid::uuid!("7f0c1d52-6b1e-4a57-8a54-0f5c9e0b7a13")),
        traceparent: Some(
            TraceParent::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap(),
        ),
        tracestate: some("vendor=1"),
        source_system: Some(SystemName::parse("datixweb").unwrap()),
        rules: Rules {
            calendar: CalendarVersion::new("england-and-wales-2026-06"),
            policy: text("local-defaults-1"),
        },
    }
}

fn golden() -> Value {
    let file = golden_folder().join("metadata").join("v1.json");
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

fn decode(json: &Value) -> Result<Metadata, DecodeError> {
    Metadata::decode(&serde_json::to_vec(json).unwrap())
}

#[test]
fn metadata_is_stored_as_in_its_golden_file() {
    let written: Value = serde_json::from_slice(&metadata().encode().unwrap()).unwrap();
    assert_eq!(written, golden(), "{}", serde_json::to_string_pretty(&written).unwrap());
    assert_eq!(decode(&golden()), Ok(metadata()));
}

#[test]
fn metadata_of_another_schema_is_told_from_damage() {
    let mut later = golden();
    later["schema"] = json!(2);
    assert_eq!(decode(&later), Err(DecodeError::UnknownMetadataSchema { found: 2 }));
    later["tenant"] = json!("x");
    assert_eq!(decode(&later), Err(DecodeError::UnknownMetadataSchema { found: 2 }));
    let mut unknown = golden();
    unknown["tenant"] = json!("x");
    assert!(matches!(decode(&unknown), Err(DecodeError::Malformed { fault: Malformation::Shape, .. })));
}

#[test]
fn each_field_of_the_metadata_is_checked_and_named() {
    for leaf in leaves(&golden()) {
        let mut wrong = golden();
        let value = wrong.pointer_mut(&leaf.pointer).unwrap();
        if !value.is_string() {
            continue;
        }
        *value = json!("not so\u{0}");
        match decode(&wrong) {
            Err(DecodeError::Field { record: "metadata", field, .. }) => assert_eq!(field, leaf.path),
            other => panic!("{}: {other:?}", leaf.path),
        }
    }
}

#[test]
fn what_could_not_be_read_back_is_not_written() {
    let refused = |metadata: Metadata| match metadata.encode() {
        Err(EncodeError::Field { field, rule, .. }) => (field, rule),
        other => panic!("{other:?}"),
    };
    let mut many_roles = metadata();
    many_roles.caller.roles = vec![text("x"); CALLER_ROLES_MAX + 1];
    assert_eq!(refused(many_roles), ("caller".to_owned(), Rule::TooMany { limit: 32 }));
    let mut odd_calendar = metadata();
    odd_calendar.rules.calendar = CalendarVersion::new(" x");
    assert_eq!(refused(odd_calendar), ("rules.calendar".to_owned(), Rule::Spelling));
}

#[test]
fn a_trace_parent_is_of_version_00_and_names_trace_and_parent() {
    let right = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    assert_eq!(TraceParent::parse(right).map(|t| t.as_str().to_owned()), Ok(right.to_owned()));
    for wrong in [
        "",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-00",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-00",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-00",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-x",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
    ] {
        assert_eq!(TraceParent::parse(wrong), Err(Rule::TraceParent), "{wrong}");
    }
}

#[test]
fn an_entry_takes_its_times_and_its_actor_from_where_they_are_recorded() {
    let recorded_at = instant("2026-03-05T09:00:00Z");
    let id: EventId = WRONG_EVENT;
    let data = b"{\"reason\":\"test\"}";
    let mut metadata = metadata();
    let read = |metadata: &Metadata| {
        to_entry::<Incident>(id, 3, recorded_at, "IncidentReopened.v1", data, metadata, &Plain)
    };
    // §1.5: under another calendar a deadline would move in silence.
    assert_eq!(read(&metadata), Err(DecodeError::UnknownCalendar));
    metadata.rules.calendar = CalendarVersion::new("england-and-wales-2026-11");
    let entry = read(&metadata).unwrap();
    assert_eq!((entry.event_id, entry.version, entry.recorded_at), (id, 3, recorded_at));
    assert_eq!(entry.occurred_at, instant("2026-03-04T16:45:00.25Z"));
    assert_eq!(entry.source_recorded_at, Some(instant("2026-03-04T17:00:00Z")));
    assert_eq!(entry.performed_by, Some(staff("staff:48211")));
    assert_eq!(entry.corrected_by, None);
    assert_eq!(format!("{:?}", entry.recorded_under), "england-and-wales-2026-11");
}
