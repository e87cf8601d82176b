//! The structure of the house: which crate may depend on which, what the core must not do, and what the top level holds.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Every crate of ours and what it may depend on of ours (DESIGN §2). A crate that is not listed is a mistake; so is a listed one that is gone.
const DIRECTION: &[(&str, &[&str])] = &[
    ("candour-domain", &[]),
    ("candour-records", &["candour-domain"]),
    ("candour-journal", &[]),
    ("candour-journal-sqlite", &["candour-journal"]),
    ("candour-journal-kurrent", &["candour-journal"]),
    ("candour-kurrent-double", &[]),
    ("candour-sqlite-copy", &[]),
    ("candour-vault", &[]),
    ("candour-projections", &["candour-domain", "candour-journal", "candour-records"]),
    ("candour-api", &[]),
    ("candour-telemetry", &[]),
    // The queries of a service share caller, limits and page tokens with its commands, so the kit knows the read side.
    (
        "candour-service-kit",
        &[
            "candour-api",
            "candour-domain",
            "candour-journal",
            "candour-projections",
            "candour-records",
            "candour-vault",
        ],
    ),
    // Who is known: a file of tokens, for whoever serves.
    ("candour-callers", &["candour-domain", "candour-journal", "candour-service-kit"]),
    // The readers of other systems' data make rows of the API, without a service.
    ("candour-intake", &["candour-api", "candour-domain"]),
    ("candour-import", SERVICE),
    ("candour-incident", SERVICE),
    ("candour-learning", SERVICE),
    ("candour-follow-up", SERVICE),
    ("candour-insight", SERVICE),
    (
        "candour",
        &[
            "candour-api",
            "candour-callers",
            "candour-domain",
            "candour-follow-up",
            "candour-import",
            "candour-incident",
            "candour-insight",
            "candour-intake",
            "candour-journal",
            "candour-journal-kurrent",
            "candour-journal-sqlite",
            "candour-learning",
            "candour-projections",
            "candour-records",
            "candour-reflection",
            "candour-service-kit",
            "candour-sqlite-copy",
            "candour-synthetic",
            "candour-telemetry",
            "candour-vault",
        ],
    ),
    ("candour-reflection", &[]),
    ("candour-synthetic", &["candour-domain", "candour-journal", "candour-records", "candour-service-kit"]),
    (
        "candour-bench",
        &[
            "candour-api",
            "candour-domain",
            "candour-journal",
            "candour-journal-sqlite",
            "candour-service-kit",
            "candour-synthetic",
            "candour-testkit",
            "candour-vault",
        ],
    ),
    ("candour-testkit", &["candour-api", "candour-reflection"]),
    // Reaches every decoder of outside data, wherever it stands; for tests and fuzz targets only.
    (
        "candour-hostile",
        &[
            "candour",
            "candour-api",
            "candour-callers",
            "candour-domain",
            "candour-follow-up",
            "candour-import",
            "candour-incident",
            "candour-insight",
            "candour-intake",
            "candour-journal",
            "candour-journal-kurrent",
            "candour-learning",
            "candour-projections",
            "candour-records",
            "candour-service-kit",
            "candour-testkit",
            "candour-vault",
        ],
    ),
    // Carries the whole program inside, and judges the engine on KurrentDB beside the one on SQLite.
    (
        "candour-kurrent-suite",
        &[
            "candour",
            "candour-api",
            "candour-journal",
            "candour-journal-kurrent",
            "candour-journal-sqlite",
            "candour-testkit",
        ],
    ),
    ("candour-xtask", &["candour-api", "candour-service-kit"]),
];

/// No service depends on another service.
const SERVICE: &[&str] =
    &["candour-api", "candour-domain", "candour-journal", "candour-projections", "candour-service-kit"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn dependencies_of_ours() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".into()])
        .exec()
        .unwrap();
    let ours: BTreeSet<String> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    metadata
        .packages
        .iter()
        .map(|package| {
            let used = package
                .dependencies
                .iter()
                .filter(|dependency| {
                    dependency.kind == DependencyKind::Normal && ours.contains(&dependency.name)
                })
                .map(|dependency| dependency.name.clone())
                .collect();
            (package.name.to_string(), used)
        })
        .collect()
}

#[test]
fn crates_depend_in_one_direction_only() {
    let found = dependencies_of_ours();
    let listed: BTreeSet<&str> = DIRECTION.iter().map(|(name, _)| *name).collect();
    let names: BTreeSet<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(names, listed, "list every crate in DIRECTION");
    for (name, allowed) in DIRECTION {
        for used in &found[*name] {
            assert!(allowed.contains(&used.as_str()), "{name} must not depend on {used}");
        }
    }
}

#[test]
fn the_core_knows_no_input_output_no_serialisation_and_no_runtime() {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".into()])
        .exec()
        .unwrap();
    let domain = metadata.packages.iter().find(|package| package.name.as_str() == "candour-domain").unwrap();
    let used: BTreeSet<&str> = domain
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind == DependencyKind::Normal)
        .map(|dependency| dependency.name.as_str())
        .collect();
    assert_eq!(used, BTreeSet::from(["jiff", "thiserror", "uuid"]));
}

#[test]
fn the_core_is_synchronous_and_reads_no_clock_file_or_chance() {
    for file in rust_files(&root().join("crates/domain/src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for forbidden in [
            "async fn",
            ".await",
            "std::fs",
            "std::net",
            "std::env",
            "std::thread",
            "SystemTime",
            "Timestamp::now",
            "Zoned::now",
            "new_v4",
            "now_v7",
            "println!",
        ] {
            assert!(!text.contains(forbidden), "{} contains {forbidden}", file.display());
        }
    }
}

#[test]
fn only_the_embedded_adapter_the_read_side_the_vault_and_their_copying_see_sqlite() {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".into()])
        .exec()
        .unwrap();
    let users: BTreeSet<String> = metadata
        .packages
        .iter()
        .filter(|package| {
            package.dependencies.iter().any(|d| d.name == "rusqlite" && d.kind == DependencyKind::Normal)
        })
        .map(|package| package.name.to_string())
        .collect();
    let expected = [
        "candour-bench",
        "candour-journal-sqlite",
        "candour-projections",
        "candour-sqlite-copy",
        "candour-vault",
    ];
    assert_eq!(users, expected.map(str::to_owned).into());
}

#[test]
fn the_top_level_is_the_agreed_one() {
    let found: BTreeSet<String> = std::fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        // Hidden files are tool settings; target and the stores that commands make here are not part of the tree.
        .filter(|name| !name.starts_with('.') && !name.starts_with("target") && !name.starts_with("candour-"))
        .collect();
    let agreed = ["Cargo.lock", "Cargo.toml", "README.md", "crates", "deploy", "proto", "services", "tests"];
    assert_eq!(found, agreed.map(str::to_owned).into());
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
