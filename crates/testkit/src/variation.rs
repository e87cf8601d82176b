//! Every request that differs from a valid one in one field, by a hostile value.

use prost_reflect::{
    Cardinality, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage as _, Value,
};

/// How many entries a flooded list has: more than any list of the contract allows, in few enough bytes to pass the limit of a request.
pub const FLOOD_ENTRIES: usize = 10_000;
/// How long a flooding text is, in characters: more than any text of the contract allows.
pub const FLOOD_CHARACTERS: usize = 100_000;
/// The same of characters of four bytes each: more than any text may have, in fewer bytes.
pub const FLOOD_EMOJI: usize = 10_000;

/// What each hostile text holds that must never come back in an error.
pub const NEVER_ECHOED: &[&str] =
    &["<script>", "DROP TABLE", "cmd|", "xxxxxxxx", "\u{202e}", "\u{1f600}\u{1f600}"];

/// A request with one hostile value.
#[derive(Clone, Debug)]
pub struct Variation {
    /// The path of the field.
    pub path: String,
    /// What was put there, in words.
    pub what: &'static str,
    /// The request.
    pub request: DynamicMessage,
}

/// Every variation of a request.
pub fn variations(request: &DynamicMessage) -> Vec<Variation> {
    of_message(request)
}

fn of_message(message: &DynamicMessage) -> Vec<Variation> {
    let mut found = Vec::new();
    for field in message.descriptor().fields() {
        let put = |what: &'static str, path: String, value: Option<Value>| {
            let mut request = message.clone();
            match value {
                Some(value) => request.set_field(&field, value),
                None => request.clear_field(&field),
            }
            Variation { path, what, request }
        };
        let name = field.name().to_owned();
        found.push(put("nothing", name.clone(), None));
        if field.cardinality() == Cardinality::Repeated {
            for (what, path, list) in of_list(message, &field) {
                found.push(put(what, path, Some(Value::List(list))));
            }
            continue;
        }
        let current = message.get_field(&field);
        for (what, path, value) in of_value(&field.kind(), &current) {
            found.push(put(what, join(&name, &path), Some(value)));
        }
    }
    found
}

type Put<T> = (&'static str, String, T);

fn of_list(message: &DynamicMessage, field: &FieldDescriptor) -> Vec<Put<Vec<Value>>> {
    let name = field.name();
    let empty = Value::default_value(&field.kind());
    let current: Vec<Value> = message.get_field(field).as_list().map(<[Value]>::to_vec).unwrap_or_default();
    let first = current.first().cloned().unwrap_or_else(|| empty.clone());
    let mut lists = vec![
        ("one empty entry", name.to_owned(), vec![empty.clone()]),
        ("the same entry twice", name.to_owned(), vec![first.clone(), first.clone()]),
        ("a flood of empty entries", name.to_owned(), vec![empty; FLOOD_ENTRIES]),
    ];
    for (what, path, value) in of_value(&field.kind(), &first) {
        lists.push((what, join(&format!("{name}[0]"), &path), vec![value]));
    }
    lists
}

fn of_value(kind: &Kind, current: &Value) -> Vec<Put<Value>> {
    let here = |(what, value): (&'static str, Value)| (what, String::new(), value);
    match kind {
        Kind::String => texts().into_iter().map(|(what, text)| here((what, Value::String(text)))).collect(),
        Kind::Bool => [true, false].map(|value| here(("a flag", Value::Bool(value)))).into(),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => [
            ("the least", i32::MIN),
            ("-1", -1),
            ("0", 0),
            ("13", 13),
            ("32", 32),
            ("the greatest", i32::MAX),
        ]
        .map(|(what, number)| here((what, Value::I32(number))))
        .into(),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            [("the least", i64::MIN), ("-1", -1), ("the greatest", i64::MAX)]
                .map(|(what, number)| here((what, Value::I64(number))))
                .into()
        }
        Kind::Uint32 | Kind::Fixed32 => [("0", 0), ("the greatest", u32::MAX)]
            .map(|(what, number)| here((what, Value::U32(number))))
            .into(),
        Kind::Uint64 | Kind::Fixed64 => [("0", 0), ("the greatest", u64::MAX)]
            .map(|(what, number)| here((what, Value::U64(number))))
            .into(),
        Kind::Float => [f32::NAN, f32::INFINITY].map(|number| here(("no number", Value::F32(number)))).into(),
        Kind::Double => {
            [f64::NAN, f64::INFINITY].map(|number| here(("no number", Value::F64(number)))).into()
        }
        Kind::Bytes => [here(("many bytes", Value::Bytes(vec![0xff; FLOOD_CHARACTERS].into())))].into(),
        Kind::Enum(_) => [
            ("unspecified", 0),
            ("-1", -1),
            ("unknown", 9_999),
            ("the least", i32::MIN),
            ("the greatest", i32::MAX),
        ]
        .map(|(what, number)| here((what, Value::EnumNumber(number))))
        .into(),
        Kind::Message(descriptor) => {
            let mut values: Vec<Put<Value>> = whole_messages(descriptor)
                .into_iter()
                .map(|(what, message)| here((what, Value::Message(message))))
                .collect();
            if let Some(message) = current.as_message() {
                values.extend(
                    of_message(message).into_iter().map(|v| (v.what, v.path, Value::Message(v.request))),
                );
            }
            values
        }
    }
}

/// Messages whose parts are hostile only together.
fn whole_messages(descriptor: &MessageDescriptor) -> Vec<(&'static str, DynamicMessage)> {
    let with = |parts: &[(&str, Value)]| {
        let mut message = DynamicMessage::new(descriptor.clone());
        for (name, value) in parts {
            message.set_field_by_name(name, value.clone());
        }
        message
    };
    let mut messages = vec![("an empty message", with(&[]))];
    match descriptor.full_name() {
        "google.protobuf.Timestamp" => {
            for (what, seconds, nanos) in [
                ("the year 1", -62_135_596_800, 0),
                ("before the year 1", i64::MIN, i32::MIN),
                ("the year 9999", 253_402_300_799, 999_999_999),
                ("after the year 9999", i64::MAX, i32::MAX),
                ("negative nanoseconds", 1_740_787_200, -1),
                ("too many nanoseconds", 1_740_787_200, 1_000_000_000),
                ("the future", 4_102_444_800, 0),
            ] {
                messages
                    .push((what, with(&[("seconds", Value::I64(seconds)), ("nanos", Value::I32(nanos))])));
            }
        }
        "candour.v1.Date" => {
            for (what, year, month, day) in [
                ("a day that does not exist", 2025, 2, 29),
                ("the year 9999", 9_999, 12, 31),
                ("the year 0", 0, 1, 1),
                ("a negative year", -1, 1, 1),
                ("a day without a month", 2025, 0, 1),
                ("the least", i32::MIN, i32::MIN, i32::MIN),
                ("the greatest", i32::MAX, i32::MAX, i32::MAX),
                ("the first day known", 1_900, 1, 1),
                ("the last day known", 2_200, 12, 31),
            ] {
                let parts =
                    [("year", Value::I32(year)), ("month", Value::I32(month)), ("day", Value::I32(day))];
                messages.push((what, with(&parts)));
            }
        }
        _ => {}
    }
    messages
}

fn texts() -> Vec<(&'static str, String)> {
    vec![
        ("white space", " \t\n\u{a0}\u{2003} ".to_owned()),
        ("a flood of letters", "x".repeat(FLOOD_CHARACTERS)),
        ("a flood of emoji", "\u{1f600}".repeat(FLOOD_EMOJI)),
        ("control characters", "a\u{1}\u{7}\u{1b}[31m\u{7f}\u{85}b".to_owned()),
        ("a NUL", "a\0b".to_owned()),
        ("right to left", "safe\u{202e}txt.exe\u{2066}".to_owned()),
        ("zero width", "a\u{200b}\u{feff}b".to_owned()),
        ("combining marks", format!("Z{}", "\u{351}".repeat(500))),
        ("emoji", "\u{1f600}\u{1f600} caf\u{e9} \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}".to_owned()),
        ("SQL", "'; DROP TABLE event; --".to_owned()),
        ("HTML", "<script>alert(1)</script>".to_owned()),
        ("a spreadsheet formula", "=cmd|' /C calc'!A0".to_owned()),
        ("a path", "../../../../etc/passwd".to_owned()),
        ("format directives", "%s%n{}{0}${jndi:ldap://x}".to_owned()),
        ("almost a UUID", "0192f0c1-2b5e-7c3a-9f00-5a1b2c3d4e5".to_owned()),
        ("a UUID in braces", "{0192f0c1-2b5e-7c3a-9f00-5a1b2c3d4e5f}".to_owned()),
        ("the nil UUID", "00000000-0000-0000-0000-000000000000".to_owned()),
        ("the greatest UUID", "ffffffff-ffff-ffff-ffff-ffffffffffff".to_owned()),
        ("a foreign UUID", "0192f0c1-2b5e-7c3a-9f00-5a1b2c3d4e5f".to_owned()),
        ("a number", "-9223372036854775809".to_owned()),
        ("a quoted number", "\"18446744073709551615\"".to_owned()),
    ]
}

fn join(one: &str, other: &str) -> String {
    if other.is_empty() { one.to_owned() } else { format!("{one}.{other}") }
}
