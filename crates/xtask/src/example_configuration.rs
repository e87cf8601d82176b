//! `deploy/candour.example.toml` names every key of the configuration, with its default.

use std::collections::BTreeMap;

use syn::{Fields, File, Item, ItemStruct};

/// Which flag says the default of which key.
const FLAGS: &[(&str, &str)] = &[
    ("callers.tokens", "tokens"),
    ("server.tls_certificate", "tls_certificate"),
    ("server.tls_key", "tls_key"),
    ("server.tls_client_authority", "tls_client_authority"),
    ("organisation.name", "organisation"),
    ("organisation.nation", "nation"),
    ("organisation.body_type", "body_type"),
    ("store.folder", "folder"),
    ("store.engine", "engine"),
    ("store.namespace", "namespace"),
    ("server.listen", "listen"),
    ("log.format", "log_format"),
    ("log.filter", "log"),
    ("telemetry.otlp_endpoint", "otlp_endpoint"),
    ("telemetry.prometheus", "prometheus"),
    ("telemetry.prometheus_beyond_loopback", "prometheus_beyond_loopback"),
];

/// What the help calls the default of what is not set; the example writes it as nothing.
const NONE: &str = "none";

fn source(path: &str) -> File {
    syn::parse_file(
        &crate::read(&crate::root().join("services/candour/src/configuration").join(path)).unwrap(),
    )
    .unwrap()
}

fn record<'a>(file: &'a File, name: &str) -> &'a ItemStruct {
    let found = file.items.iter().find_map(|item| match item {
        Item::Struct(found) if found.ident == name => Some(found),
        _ => None,
    });
    found.unwrap()
}

/// The fields of a struct with their types' names and their documentation.
fn fields(found: &ItemStruct) -> Vec<(String, String, String)> {
    let Fields::Named(fields) = &found.fields else { return Vec::new() };
    let each = fields.named.iter().map(|field| {
        let syn::Type::Path(path) = &field.ty else { panic!("a field of another type") };
        let kind = path.path.segments.last().unwrap().ident.to_string();
        (field.ident.as_ref().unwrap().to_string(), kind, crate::docs::documentation(&field.attrs))
    });
    each.collect()
}

/// `section.key` and value of each line of the example.
fn example() -> BTreeMap<String, String> {
    let text = crate::read(&crate::root().join("deploy/candour.example.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    table
        .into_iter()
        .flat_map(|(section, keys)| {
            let toml::Value::Table(keys) = keys else { panic!("{section} is no section") };
            keys.into_iter().map(move |(key, value)| (format!("{section}.{key}"), words(&value)))
        })
        .collect()
}

fn words(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) if text.is_empty() => NONE.to_owned(),
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[test]
fn the_example_names_every_key_and_no_other() {
    let file = source("file.rs");
    let mut keys: Vec<String> = fields(record(&file, "File"))
        .into_iter()
        .flat_map(|(section, kind, _)| {
            // A section with more to it has a file of its own.
            let source = if section == "telemetry" { source("telemetry.rs") } else { file.clone() };
            fields(record(&source, &kind)).into_iter().map(move |(key, ..)| format!("{section}.{key}"))
        })
        .collect();
    keys.sort();
    assert_eq!(example().into_keys().collect::<Vec<_>>(), keys);
    let mut listed: Vec<&str> = FLAGS.iter().map(|(key, _)| *key).collect();
    listed.sort_unstable();
    assert_eq!(listed, keys);
}

#[test]
fn each_value_of_the_example_is_the_default_that_the_help_names() {
    let mut flags = fields(record(&source("mod.rs"), "Overrides"));
    flags.extend(fields(record(&source("telemetry.rs"), "TelemetryOverrides")));
    flags.extend(fields(record(&source("callers.rs"), "CallersOverrides")));
    let example = example();
    for (key, flag) in FLAGS {
        let (.., help) = flags.iter().find(|(name, ..)| name == flag).unwrap();
        let (_, rest) = help.split_once("[default: ").unwrap();
        let (default, _) = rest.split_once(']').unwrap();
        assert_eq!(example[*key], default.trim_matches('"'), "{key}");
    }
}
