//! One cell: a value as text that a spreadsheet shows and never runs.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage as _, Value};

/// What begins a formula in one spreadsheet or another, the full-width forms and what is skipped before it included.
const BEGINS_FORMULA: &[char] =
    &['=', '+', '-', '@', '\t', '\r', '\n', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}'];

/// Text as it goes into a cell: one that a spreadsheet could take for a formula gets an apostrophe in front, which spreadsheets take for "this is
/// text".
pub(super) fn neutral(text: &str) -> String {
    if text.trim_start_matches(' ').starts_with(BEGINS_FORMULA) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// A value of a field. Text is neutralised; numbers, dates and words of ours are not text of others.
pub(super) fn value(field: &FieldDescriptor, value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::I32(value) => value.to_string(),
        Value::I64(value) => value.to_string(),
        Value::U32(value) => value.to_string(),
        Value::U64(value) => value.to_string(),
        Value::F32(value) => value.to_string(),
        Value::F64(value) => value.to_string(),
        Value::String(text) => neutral(text),
        Value::EnumNumber(number) => word(field, *number),
        Value::List(values) => {
            let each: Vec<String> = values.iter().map(|one| self::value(field, one)).collect();
            neutral(&each.join("; "))
        }
        Value::Message(message) => leaf(message).unwrap_or_else(|| json(message)),
        Value::Bytes(_) | Value::Map(_) => String::new(),
    }
}

/// A message that is one value to its reader: a day or an instant. `None` for any other.
pub(super) fn leaf(message: &DynamicMessage) -> Option<String> {
    match message.descriptor().full_name() {
        "candour.v1.Date" => Some(day(message)),
        "google.protobuf.Timestamp" => Some(instant(message)),
        _ => None,
    }
}

/// Whether messages of this name are one value.
pub(super) fn is_leaf(name: &str) -> bool {
    matches!(name, "candour.v1.Date" | "google.protobuf.Timestamp")
}

/// `2026-05-01`; as much of it as is known: `2026-05`, `2026`.
fn day(message: &DynamicMessage) -> String {
    let part =
        |name: &str| message.get_field_by_name(name).and_then(|value| value.as_i32()).unwrap_or_default();
    match (part("year"), part("month"), part("day")) {
        (0, ..) => String::new(),
        (year, 0, _) => format!("{year:04}"),
        (year, month, 0) => format!("{year:04}-{month:02}"),
        (year, month, day) => format!("{year:04}-{month:02}-{day:02}"),
    }
}

/// RFC 3339, UTC.
fn instant(message: &DynamicMessage) -> String {
    let seconds = message.get_field_by_name("seconds").and_then(|value| value.as_i64()).unwrap_or_default();
    let nanos = message.get_field_by_name("nanos").and_then(|value| value.as_i32()).unwrap_or_default();
    jiff::Timestamp::new(seconds, nanos).map(|at| at.to_string()).unwrap_or_default()
}

/// The word of an enum value without the name of its enum; empty where it was not sent.
fn word(field: &FieldDescriptor, number: i32) -> String {
    let Kind::Enum(kind) = field.kind() else { return number.to_string() };
    let Some(value) = kind.get_value(number) else { return number.to_string() };
    if number == 0 {
        return String::new();
    }
    let zero = kind.get_value(0).map(|zero| zero.name().trim_end_matches("UNSPECIFIED").to_owned());
    let name = value.name();
    let short = zero.and_then(|prefix| name.strip_prefix(prefix.as_str()).map(str::to_owned));
    short.unwrap_or_else(|| name.to_owned()).to_lowercase().replace('_', "-")
}

/// Messages within messages that have no columns of their own.
fn json(message: &DynamicMessage) -> String {
    serde_json::to_string(message).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_could_run_is_text() {
        for formula in [
            "=1+1",
            "+44 20",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "  =1",
            "\u{FF1D}1",
            "=HYPERLINK(\"http://x\",\"y\")",
        ] {
            assert_eq!(neutral(formula), format!("'{formula}"));
        }
        for text in ["", "Ward 7", "a=b", "' quoted", "2026-05-01", "(=1)"] {
            assert_eq!(neutral(text), text);
        }
    }
}
