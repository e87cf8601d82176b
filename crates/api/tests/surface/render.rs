//! The surface of the contract as lines of text: what a client can depend on, one fact a line.

use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value,
};

/// The package whose surface is listed.
const PACKAGE: &str = "candour.v1";
/// The field option that says how sensitive a field is.
const SENSITIVITY: &str = "candour.v1.sensitivity";

/// Every rpc, field, reserved name and enum value of the package, in the order of their names, fields by number.
pub fn surface(descriptors: &[u8]) -> String {
    let pool = DescriptorPool::decode(descriptors).expect("the build wrote a descriptor set");
    let mut parts = Vec::new();
    for service in pool.services().filter(|service| service.package_name() == PACKAGE) {
        for method in service.methods() {
            let arrow = match (method.is_client_streaming(), method.is_server_streaming()) {
                (false, false) => "->",
                (false, true) => "-> stream",
                (true, false) => "<- stream, ->",
                (true, true) => "<- stream, -> stream",
            };
            let (input, output) = (method.input(), method.output());
            let line =
                format!("rpc {} : {} {arrow} {}", method.full_name(), input.full_name(), output.full_name());
            parts.push((line.clone(), vec![line]));
        }
    }
    for message in pool.all_messages().filter(|message| message.package_name() == PACKAGE) {
        parts.push((message.full_name().to_owned(), message_lines(&pool, &message)));
    }
    for values in pool.all_enums().filter(|values| values.package_name() == PACKAGE) {
        let name = values.full_name();
        let lines =
            values.values().map(|value| format!("{name}.{} = {}", value.name(), value.number())).collect();
        parts.push((name.to_owned(), lines));
    }
    for option in pool.all_extensions().filter(|option| option.package_name() == PACKAGE) {
        let line = format!(
            "extend {} : {} = {}",
            option.containing_message().full_name(),
            option.full_name(),
            option.number()
        );
        parts.push((line.clone(), vec![line]));
    }
    parts.sort();
    let mut text: String = parts.into_iter().flat_map(|(_, lines)| lines).collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

fn message_lines(pool: &DescriptorPool, message: &MessageDescriptor) -> Vec<String> {
    let name = message.full_name();
    let mut lines: Vec<String> = message
        .reserved_ranges()
        .map(|range| match range.end - range.start {
            1 => format!("{name} reserved {}", range.start),
            _ => format!("{name} reserved {} to {}", range.start, range.end - 1),
        })
        .collect();
    lines.extend(message.reserved_names().map(|reserved| format!("{name} reserved \"{reserved}\"")));
    // `fields` goes by number.
    lines.extend(message.fields().map(|field| {
        let (label, kind) = (label(&field), kind(&field));
        let oneof = match field.containing_oneof() {
            Some(oneof) if !oneof.is_synthetic() => format!(" in {}", oneof.name()),
            _ => String::new(),
        };
        let sensitivity = match sensitivity(pool, &field) {
            Some(word) => format!(" [{word}]"),
            None => String::new(),
        };
        format!("{name}.{} = {} : {label}{kind}{oneof}{sensitivity}", field.name(), field.number())
    }));
    if lines.is_empty() {
        lines.push(format!("{name} has no field"));
    }
    lines
}

fn label(field: &FieldDescriptor) -> &'static str {
    let synthetic = field.containing_oneof().is_some_and(|oneof| oneof.is_synthetic());
    match field.cardinality() {
        Cardinality::Repeated => "repeated ",
        Cardinality::Optional if synthetic => "optional ",
        Cardinality::Optional => "",
        Cardinality::Required => "required ",
    }
}

fn kind(field: &FieldDescriptor) -> String {
    match field.kind() {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(values) => values.full_name().to_owned(),
        scalar => format!("{scalar:?}").to_lowercase(),
    }
}

/// The word of our own option on a field, such as `SEALED`; `None` where the field is in clear.
pub fn sensitivity(pool: &DescriptorPool, field: &FieldDescriptor) -> Option<String> {
    let option = pool.get_extension_by_name(SENSITIVITY)?;
    let options: DynamicMessage = field.options();
    if !options.has_extension(&option) {
        return None;
    }
    let Kind::Enum(words) = option.kind() else { return None };
    let Value::EnumNumber(number) = *options.get_extension(&option) else { return None };
    let word = words.get_value(number)?;
    Some(word.name().trim_start_matches("SENSITIVITY_").to_owned())
}
