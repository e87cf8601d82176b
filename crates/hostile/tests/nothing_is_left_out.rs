//! Looks for decoding in the sources: each file that does any is named by a decoder of the list, or here with the reason why not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use candour_hostile::DECODERS;

/// By what decoding is known.
const MARKS: &[&str] = &[
    "from_slice(",
    "from_slice::<",
    "from_str(",
    "from_str::<",
    "from_reader(",
    "from_str_radix(",
    "from_utf8(",
    "from_utf8_lossy(",
    "from_pem",
    "decode(",
    "decode_slice(",
    ".parse()",
    ".parse::<",
    "fn parse(",
    "fn decode(",
];

/// Crates that nothing from outside reaches in a released program.
const NOT_RELEASED: &[&str] = &[
    "crates/bench",
    "crates/hostile",
    "crates/kurrent-double",
    "crates/kurrent-suite",
    "crates/testkit",
    "crates/xtask",
];

/// Files that decode and have no target of their own, and why.
const WITHOUT_A_TARGET: &[(&str, &str)] = &[
    ("crates/domain/src/calendar/data.rs", "reads the calendars that are compiled in"),
    ("crates/domain/src/calendar/nation.rs", "a code of the configuration file"),
    ("crates/domain/src/calendar/working_days.rs", "a code of the calendars that are compiled in"),
    ("crates/domain/src/identifier.rs", "a text of a request, a row or a stored event: in their targets"),
    ("crates/domain/src/text.rs", "a text of a request, a row or a stored event: in their targets"),
    ("crates/intake/src/lfpse/patient.rs", "a part of an event of the national service: in its target"),
    ("crates/intake/src/lfpse/resource.rs", "a part of an event of the national service: in its target"),
    ("crates/intake/src/moment/cursor.rs", "a date of a table or an event: in their targets"),
    ("crates/intake/src/moment/forms.rs", "a date of a table or an event: in their targets"),
    (
        "crates/journal-kurrent/src/envelope.rs",
        "tests beside it; the types of the client cannot be made of bytes here",
    ),
    ("crates/journal-kurrent/src/facts.rs", "a text of at most 256 bytes that this program settled"),
    (
        "crates/journal-kurrent/src/start.rs",
        "the event by which this program made the store; anything else is none",
    ),
    ("crates/journal-kurrent/src/read.rs", "calls what `envelope.rs` beside it decodes"),
    ("crates/journal-sqlite/src/reader.rs", "calls what `record.rs` beside it decodes"),
    ("crates/journal-sqlite/src/append.rs", "an id of 16 bytes, which the schema of the file checks"),
    ("crates/journal-sqlite/src/record.rs", "tests with damaged files in that crate"),
    ("crates/journal-sqlite/src/store.rs", "tests with damaged files in that crate"),
    ("crates/reflection/src/codec.rs", "an answer of a server that the client chose"),
    ("crates/reflection/src/lib.rs", "an answer of a server that the client chose"),
    ("crates/service-kit/src/sealing.rs", "what was sealed by this program, authenticated by the vault"),
    ("crates/telemetry/src/calls/trace.rs", "a header that this program makes"),
    ("crates/telemetry/src/export/mod.rs", "certificates of whoever runs the program, read by rustls"),
    ("services/candour/src/call/mod.rs", "a request that whoever runs the command typed"),
    ("services/candour/src/export/list.rs", "the descriptors that are compiled in"),
    ("services/candour/src/doctor/contents.rs", "an instant that is compiled in"),
    ("services/candour/src/server/tls.rs", "certificates of whoever runs the program, read by rustls"),
    ("services/candour/src/telemetry/methods.rs", "the descriptors that are compiled in"),
    ("services/candour/src/token/mod.rs", "a day of the command line"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// Whether a file is one of tests: by its name, or by the name of its folder.
fn is_of_tests(path: &str) -> bool {
    let names = ["tests", "specs", "specification", "fixtures", "conformance"];
    path.split('/').any(|part| names.contains(&part.trim_end_matches(".rs")))
}

/// The marks in what a file says before its tests, without its comments.
fn marks(text: &str) -> BTreeSet<&'static str> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code: String = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        // A slice is copied or extended from a slice, too.
        .map(|line| {
            line.replace("copy_from_slice(", "")
                .replace("extend_from_slice(", "")
                .replace("clone_from_slice(", "")
        })
        .collect::<Vec<_>>()
        .join("\n");
    MARKS.iter().copied().filter(|mark| code.contains(mark)).collect()
}

#[test]
fn every_file_that_decodes_is_named_by_a_decoder_or_excused_with_a_reason() {
    let root = root();
    let mut decoding = BTreeMap::new();
    for folder in ["crates", "services"] {
        for package in fs::read_dir(root.join(folder)).unwrap() {
            let sources = package.unwrap().path().join("src");
            for file in if sources.is_dir() { rust_files(&sources) } else { Vec::new() } {
                let path = file.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                let found = marks(&fs::read_to_string(&file).unwrap());
                let is_released = !NOT_RELEASED.iter().any(|package| path.starts_with(package));
                if is_released && !is_of_tests(&path) && !found.is_empty() {
                    decoding.insert(path, found);
                }
            }
        }
    }
    let listed: BTreeSet<&str> = DECODERS.iter().flat_map(|decoder| decoder.sources).copied().collect();
    let excused: BTreeSet<&str> = WITHOUT_A_TARGET.iter().map(|(file, _)| *file).collect();
    for path in listed.iter().chain(&excused) {
        assert!(root.join(path).is_file(), "{path} is named and gone");
    }
    assert_eq!(listed.intersection(&excused).next(), None, "named and excused");
    let left_out: Vec<_> = decoding
        .iter()
        .filter(|(path, _)| !listed.contains(path.as_str()) && !excused.contains(path.as_str()))
        .collect();
    assert!(
        left_out.is_empty(),
        "these decode, and no decoder of crates/hostile names them; add one, or say in WITHOUT_A_TARGET why not: {left_out:#?}"
    );
    let needless: Vec<_> = excused.iter().filter(|path| !decoding.contains_key(**path)).collect();
    assert!(needless.is_empty(), "these are excused and decode nothing: {needless:#?}");
}

#[test]
fn every_decoder_has_a_fuzz_target_and_every_fuzz_target_a_decoder() {
    let folder = root().join("tests/fuzz");
    let names: BTreeSet<String> = DECODERS.iter().map(|decoder| decoder.name.to_owned()).collect();
    assert_eq!(names.len(), DECODERS.len(), "names differ");
    let targets: BTreeSet<String> = rust_files(&folder.join("fuzz_targets"))
        .iter()
        .map(|file| file.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(targets, names);
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    for name in &names {
        let target = fs::read_to_string(folder.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(target.contains(&format!("feed(\"{name}\", input)")), "{target}");
        assert!(
            manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")),
            "{name} has no entry in the manifest"
        );
    }
    assert_eq!(manifest.matches("path = \"fuzz_targets/").count(), names.len());
}
