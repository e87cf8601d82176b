//! Golden files, literal samples of every event, and what must hold for all of them.

mod golden;
mod metadata;
mod properties;
mod refusals;
mod samples;
mod samples_of_follow_up;
mod samples_of_incidents;
mod samples_of_learning;
mod without_keys;

use std::{collections::BTreeSet, fs, path::PathBuf};

use candour_domain::{
    Aggregate, action::Action, candour_case::CandourCase, feedback::Feedback, incident::Incident,
    response::Response,
};
use serde_json::Value;

use crate::{DecodeError, EVENT_TYPES, EncodeError, Field, Sensitivity, StoredAggregate, plain::Plain};

/// A golden file: what was written once and is read for ever.
#[derive(Clone)]
struct Golden {
    category: &'static str,
    /// The event type in the name of the file.
    type_name: &'static str,
    /// The name of the file.
    file: String,
    json: Value,
}

fn golden_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// Every golden file of an event. `<Type>.v1.json`, and `<Type>.v1.<choice>.json` where a type has a choice of contents.
fn goldens() -> Vec<Golden> {
    let mut goldens = Vec::new();
    for category in categories() {
        for file in fs::read_dir(golden_folder().join(category)).unwrap() {
            let path = file.unwrap().path();
            let file = path.file_name().unwrap().to_str().unwrap().to_owned();
            let type_name = file.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
            let known = EVENT_TYPES.iter().find(|t| t.category == category && t.name == type_name);
            let type_name = known.unwrap_or_else(|| panic!("{category}/{file} is of no event type")).name;
            let json = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            goldens.push(Golden { category, type_name, file, json });
        }
    }
    goldens.sort_by(|a, b| (a.category, &a.file).cmp(&(b.category, &b.file)));
    goldens
}

fn categories() -> BTreeSet<&'static str> {
    EVENT_TYPES.iter().map(|event_type| event_type.category).collect()
}

/// Decodes, and encodes what came out.
fn again(category: &str, type_name: &str, data: &[u8]) -> Result<Result<Vec<u8>, EncodeError>, DecodeError> {
    fn of<A: StoredAggregate>(
        type_name: &str,
        data: &[u8],
    ) -> Result<Result<Vec<u8>, EncodeError>, DecodeError> {
        let event = A::decode(type_name, data, &Plain)?;
        Ok(A::encode(&event, &samples::subjects(), &mut Plain).map(|encoded| {
            assert_eq!(encoded.type_name, type_name);
            encoded.data
        }))
    }
    match category {
        Incident::CATEGORY => of::<Incident>(type_name, data),
        Feedback::CATEGORY => of::<Feedback>(type_name, data),
        CandourCase::CATEGORY => of::<CandourCase>(type_name, data),
        Response::CATEGORY => of::<Response>(type_name, data),
        Action::CATEGORY => of::<Action>(type_name, data),
        _ => Err(DecodeError::UnknownCategory),
    }
}

/// A place in a JSON document that holds a value: JSON pointer, path as the crate writes it, and kind.
#[derive(Clone, Debug)]
struct Leaf {
    pointer: String,
    path: String,
    sensitivity: Sensitivity,
}

impl Leaf {
    /// The field of the catalogue that it is a value of.
    fn field(&self) -> Field {
        let path = self.path.split('[').map(|part| part.split_once(']').map_or(part, |(_, rest)| rest));
        Field { path: path.collect::<Vec<_>>().join("[]"), sensitivity: self.sensitivity }
    }
}

fn leaves(json: &Value) -> Vec<Leaf> {
    fn walk(json: &Value, pointer: &str, path: &str, found: &mut Vec<Leaf>) {
        let mut leaf = |sensitivity| {
            found.push(Leaf { pointer: pointer.to_owned(), path: path.to_owned(), sensitivity });
        };
        match json {
            Value::Object(fields) if fields.len() == 1 && fields.contains_key("sealed") => {
                leaf(Sensitivity::Sealed);
            }
            Value::Object(fields) if !fields.is_empty() => {
                for (name, value) in fields {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    walk(value, &format!("{pointer}/{name}"), &path, found);
                }
            }
            Value::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    walk(value, &format!("{pointer}/{index}"), &format!("{path}[{index}]"), found);
                }
            }
            _ => leaf(Sensitivity::Clear),
        }
    }
    let mut found = Vec::new();
    walk(json, "", "", &mut found);
    found
}
