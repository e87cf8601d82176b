//! What a request looks like: JSON with every field, each with a value that shows its kind.

use anyhow::Context as _;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value};

/// How deep messages within messages are shown; deeper ones are left empty.
const DEPTH_MAX: usize = 5;

/// The fields of a message as JSON. Of the members of a choice only the first is shown, as only one may be sent.
pub(super) fn of(message: &MessageDescriptor) -> anyhow::Result<String> {
    serde_json::to_string_pretty(&Value::Object(fields(message, 0))).context("JSON")
}

fn fields(message: &MessageDescriptor, depth: usize) -> Map<String, Value> {
    let mut shown = Map::new();
    for field in message.fields() {
        let is_first_of_choice = field.containing_oneof().is_none_or(|choice| {
            choice.is_synthetic() || choice.fields().next().is_some_and(|first| first == field)
        });
        if is_first_of_choice {
            shown.insert(field.name().to_owned(), value(&field, depth));
        }
    }
    shown
}

fn value(field: &FieldDescriptor, depth: usize) -> Value {
    let one = match field.kind() {
        Kind::Message(message) => match message.full_name() {
            "google.protobuf.Timestamp" => "2026-01-31T09:00:00Z".into(),
            "google.protobuf.Duration" => "0s".into(),
            _ if depth < DEPTH_MAX => Value::Object(fields(&message, depth + 1)),
            _ => Value::Object(Map::new()),
        },
        Kind::Enum(kind) => {
            let first = kind.values().find(|value| value.number() != 0);
            first.map_or(Value::Null, |value| value.name().into())
        }
        Kind::String => match field.name() {
            name if name.ends_with("_id") => "00000000-0000-0000-0000-000000000000".into(),
            _ => "".into(),
        },
        Kind::Bytes => "".into(),
        Kind::Bool => false.into(),
        Kind::Double | Kind::Float => 0.0.into(),
        _ => 0.into(),
    };
    if field.is_list() { Value::Array(vec![one]) } else { one }
}
