//! The rules the contract keeps: buf's STANDARD set as far as it applies, a comment on everything, and the rules of this house.

use std::collections::{BTreeMap, BTreeSet};

use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, MethodDescriptorProto,
    ServiceDescriptorProto,
    field_descriptor_proto::{Label, Type},
};

const PACKAGE: &str = "candour.v1";
const DIRECTORY: &str = "candour/v1/";

// Field numbers inside a file descriptor, of which the paths of comments are made.
const FILE_MESSAGE: i32 = 4;
const FILE_ENUM: i32 = 5;
const FILE_SERVICE: i32 = 6;
const FILE_EXTENSION: i32 = 7;
const MESSAGE_FIELD: i32 = 2;
const MESSAGE_ONEOF: i32 = 8;
const ENUM_VALUE: i32 = 2;
const SERVICE_METHOD: i32 = 2;

/// Everything in our own files that breaks a rule, each as "where: what".
pub fn faults(files: &[FileDescriptorProto]) -> Vec<String> {
    let mut faults = Vec::new();
    let ours: Vec<_> = files.iter().filter(|file| file.package().starts_with("candour")).collect();
    if ours.is_empty() {
        faults.push(format!("{DIRECTORY}: holds no file"));
    }
    let mut used = BTreeMap::new();
    for file in &ours {
        for method in file.service.iter().flat_map(|service| &service.method) {
            for name in [method.input_type(), method.output_type()] {
                *used.entry(name.to_owned()).or_insert(0_usize) += 1;
            }
        }
    }
    let messages: BTreeMap<String, &DescriptorProto> = ours
        .iter()
        .flat_map(|file| &file.message_type)
        .map(|message| (format!(".{PACKAGE}.{}", message.name()), message))
        .collect();
    for file in ours {
        Inspection { file, comments: comments(file), used: &used, messages: &messages, faults: &mut faults }
            .file();
    }
    faults
}

/// The leading comment of each part of a file, by its path.
fn comments(file: &FileDescriptorProto) -> BTreeMap<Vec<i32>, &str> {
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    locations.map(|location| (location.path.clone(), location.leading_comments())).collect()
}

struct Inspection<'a> {
    file: &'a FileDescriptorProto,
    comments: BTreeMap<Vec<i32>, &'a str>,
    used: &'a BTreeMap<String, usize>,
    messages: &'a BTreeMap<String, &'a DescriptorProto>,
    faults: &'a mut Vec<String>,
}

impl Inspection<'_> {
    fn fault(&mut self, place: &str, what: &str) {
        self.faults.push(format!("{place}: {what}"));
    }

    fn check(&mut self, holds: bool, place: &str, what: &str) {
        if !holds {
            self.fault(place, what);
        }
    }

    fn commented(&mut self, place: &str, path: &[i32]) {
        let comment = self.comments.get(path).map_or("", |comment| comment.trim());
        let is_sentence = comment.ends_with(['.', '?', '…', ')']) && comment.len() >= 4;
        self.check(is_sentence, place, "has no comment that is a sentence");
    }

    fn file(&mut self) {
        let file = self.file;
        let name = file.name();
        self.check(file.package() == PACKAGE, name, "is not in the package candour.v1");
        self.check(file.syntax() == "proto3", name, "is not proto3");
        let stem = name.strip_prefix(DIRECTORY).and_then(|rest| rest.strip_suffix(".proto"));
        self.check(stem.is_some_and(is_lower_snake), name, "is not candour/v1/<lower_snake>.proto");
        self.check(file.service.len() <= 1, name, "holds more than one service");
        let is_service_file = name.ends_with("_service.proto");
        self.check(
            is_service_file != file.service.is_empty(),
            name,
            "is named *_service.proto if and only if it holds a service",
        );
        self.check(file.public_dependency.is_empty(), name, "has a public import");
        self.check(file.weak_dependency.is_empty(), name, "has a weak import");
        for (index, message) in (0..).zip(&file.message_type) {
            self.message(message, &[FILE_MESSAGE, index]);
        }
        for (index, values) in (0..).zip(&file.enum_type) {
            self.enumeration(values, &[FILE_ENUM, index]);
        }
        for (index, service) in (0..).zip(&file.service) {
            self.service(service, &[FILE_SERVICE, index]);
        }
        for (index, option) in (0..).zip(&file.extension) {
            self.commented(option.name(), &[FILE_EXTENSION, index]);
        }
    }

    fn message(&mut self, message: &DescriptorProto, path: &[i32]) {
        let name = message.name();
        self.check(is_pascal(name), name, "is not PascalCase");
        self.check(message.nested_type.is_empty() && message.enum_type.is_empty(), name, "nests a type");
        self.commented(name, path);
        let mut synthetic = BTreeSet::new();
        for (index, field) in (0..).zip(&message.field) {
            let place = format!("{name}.{}", field.name());
            self.field(field, &place);
            self.commented(&place, &[path, &[MESSAGE_FIELD, index]].concat());
            if field.proto3_optional() {
                synthetic.insert(field.oneof_index());
            }
        }
        for (index, oneof) in (0..).zip(&message.oneof_decl) {
            if !synthetic.contains(&index) {
                let place = format!("{name}.{}", oneof.name());
                self.check(is_lower_snake(oneof.name()), &place, "is not lower_snake_case");
                self.commented(&place, &[path, &[MESSAGE_ONEOF, index]].concat());
            }
        }
    }

    fn field(&mut self, field: &FieldDescriptorProto, place: &str) {
        let name = field.name();
        self.check(is_lower_snake(name), place, "is not lower_snake_case");
        self.check(field.label() != Label::Required, place, "is required");
        let is_time = name.ends_with("_time");
        self.check(
            (field.type_name() == ".google.protobuf.Timestamp") == is_time,
            place,
            "is a Timestamp if and only if named *_time",
        );
        let is_id = name.ends_with("_id") || name.ends_with("_ids");
        self.check(!is_id || field.r#type() == Type::String, place, "is an id that is not a string");
        self.check(field.type_name() != ".google.protobuf.Empty", place, "is Empty");
    }

    fn enumeration(&mut self, values: &EnumDescriptorProto, path: &[i32]) {
        let name = values.name();
        self.check(is_pascal(name), name, "is not PascalCase");
        self.commented(name, path);
        let prefix = format!("{}_", upper_snake(name));
        let allows_alias = values.options.as_ref().is_some_and(|options| options.allow_alias());
        self.check(!allows_alias, name, "allows aliases");
        let first = values.value.first();
        let zero =
            first.is_some_and(|value| value.number() == 0 && value.name() == format!("{prefix}UNSPECIFIED"));
        self.check(zero, name, "does not begin with …_UNSPECIFIED = 0");
        for (index, value) in (0..).zip(&values.value) {
            let place = format!("{name}.{}", value.name());
            let is_prefixed = value.name().starts_with(&prefix) && is_upper_snake(value.name());
            self.check(is_prefixed, &place, &format!("is not {prefix}<UPPER_SNAKE>"));
            self.commented(&place, &[path, &[ENUM_VALUE, index]].concat());
        }
    }

    fn service(&mut self, service: &ServiceDescriptorProto, path: &[i32]) {
        let name = service.name();
        self.check(is_pascal(name) && name.ends_with("Service"), name, "is not <Pascal>Service");
        let file = format!("{DIRECTORY}{}.proto", upper_snake(name).to_lowercase());
        self.check(self.file.name() == file, name, "is not in the file of its name");
        self.commented(name, path);
        for (index, method) in (0..).zip(&service.method) {
            let place = format!("{name}.{}", method.name());
            self.check(is_pascal(method.name()), &place, "is not PascalCase");
            self.commented(&place, &[path, &[SERVICE_METHOD, index]].concat());
            self.method(method, &place);
        }
    }

    fn method(&mut self, method: &MethodDescriptorProto, place: &str) {
        let name = method.name();
        for (is, must_be) in [
            (method.input_type(), format!(".{PACKAGE}.{name}Request")),
            (method.output_type(), format!(".{PACKAGE}.{name}Response")),
        ] {
            self.check(is == must_be, place, &format!("does not use {must_be}"));
            self.check(self.used.get(is) == Some(&1), place, &format!("shares {is} with another rpc"));
        }
        let messages = self.messages;
        let (Some(request), Some(response)) =
            (messages.get(method.input_type()), messages.get(method.output_type()))
        else {
            return self.fault(place, "uses a message that is not in the package");
        };
        let has = |message: &DescriptorProto, field: &str, kind: &str| {
            message.field.iter().any(|f| f.name() == field && f.type_name() == format!(".{PACKAGE}.{kind}"))
        };
        let has_scalar = |message: &DescriptorProto, field: &str, kind: Type| {
            message.field.iter().any(|f| f.name() == field && f.r#type() == kind)
        };
        if name.starts_with("List") {
            let pages = has_scalar(request, "page_size", Type::Int32)
                && has_scalar(request, "page_token", Type::String)
                && has_scalar(response, "next_page_token", Type::String);
            self.check(pages, place, "is a list without pages");
            let rows = response
                .field
                .first()
                .is_some_and(|field| field.label() == Label::Repeated && field.number() == 1);
            self.check(rows, place, "does not answer its rows in field 1");
        }
        if method.server_streaming() && !method.client_streaming() {
            // A stream is of the log, from a position on; the read model answers nothing of it.
            let goes_on = has_scalar(request, "after_position", Type::String)
                && has_scalar(response, "position", Type::String);
            self.check(goes_on, place, "is a stream that a reader cannot go on with from a position");
        } else if name.starts_with("List") || self.file.name().ends_with("/insight_service.proto") {
            self.check(has(request, "query", "QueryContext"), place, "is a query without QueryContext query");
            self.check(
                has(response, "basis", "AnswerBasis"),
                place,
                "is a query that does not answer AnswerBasis basis",
            );
        } else if method.client_streaming() {
            // Each message of a stream is one row and each answer its outcome: `row` tells which belong together.
            let numbered =
                has_scalar(request, "row", Type::Uint64) && has_scalar(response, "row", Type::Uint64);
            self.check(numbered, place, "is a stream whose rows and answers have no number");
            self.check(method.server_streaming(), place, "does not answer each row of its stream");
        } else if !name.starts_with("Get") {
            self.check(
                has(request, "command", "CommandContext"),
                place,
                "is a command without CommandContext command",
            );
            self.check(
                has(response, "result", "CommandResult"),
                place,
                "is a command without CommandResult result",
            );
        }
    }
}

fn is_pascal(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn is_lower_snake(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !name.contains("__")
        && !name.ends_with('_')
}

fn is_upper_snake(name: &str) -> bool {
    name == name.to_uppercase() && is_lower_snake(&name.to_lowercase())
}

/// `PhysicalHarm` as `PHYSICAL_HARM`.
fn upper_snake(name: &str) -> String {
    let mut text = String::new();
    for (index, c) in name.chars().enumerate() {
        if c.is_ascii_uppercase() && index > 0 {
            text.push('_');
        }
        text.push(c.to_ascii_uppercase());
    }
    text
}
