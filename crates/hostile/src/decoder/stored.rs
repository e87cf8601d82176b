//! What is read back from a log, which somebody else may have kept.

use std::{fs, path::Path, sync::LazyLock};

use candour_domain::{
    Aggregate, action::Action, candour_case::CandourCase, feedback::Feedback, incident::Incident,
    response::Response,
};
use candour_journal::{EventTypeName, StreamName};
use candour_records::{DecodeError, EVENT_TYPES, Metadata, StoredAggregate, clear_part, plain::Plain};
use uuid::Uuid;

use super::{choosing, chosen, refused};
use crate::Decoder;

pub(super) const EVENT: Decoder = Decoder {
    name: "stored_event",
    what: "the data of a stored event, of every type: JSON",
    sources: &[
        "crates/records/src/aggregate.rs",
        "crates/records/src/entry.rs",
        "crates/records/src/error.rs",
        "crates/records/src/field.rs",
        "crates/records/src/action/mod.rs",
        "crates/records/src/candour_case/mod.rs",
        "crates/records/src/feedback/mod.rs",
        "crates/records/src/incident/mod.rs",
        "crates/records/src/response/mod.rs",
        "crates/projections/src/projection/mod.rs",
    ],
    run: |input| {
        let (choice, data) = chosen(input, EVENT_TYPES.len());
        let event_type = &EVENT_TYPES[choice];
        let (category, type_name) = (event_type.category, event_type.name);
        let read = match category {
            Incident::CATEGORY => settles::<Incident>(type_name, data),
            Feedback::CATEGORY => settles::<Feedback>(type_name, data),
            CandourCase::CATEGORY => settles::<CandourCase>(type_name, data),
            Response::CATEGORY => settles::<Response>(type_name, data),
            Action::CATEGORY => settles::<Action>(type_name, data),
            other => panic!("a category without an aggregate: {other}"),
        };
        match (read, clear_part(category, type_name, data)) {
            (Err(error), _) => refused(&error.to_string()),
            (Ok(()), Ok(clear)) => {
                let text = String::from_utf8_lossy(&clear);
                assert!(!text.contains("plain:"), "a sealed value stays in the clear part");
                assert_eq!(clear_part(category, type_name, &clear), Ok(clear), "clear is clear");
            }
            (Ok(()), Err(error)) => panic!("what can be read has a clear part: {error}"),
        }
    },
    samples: || {
        let mut samples = Vec::new();
        for (choice, event_type) in (0..).zip(EVENT_TYPES) {
            for file in GOLDEN.iter().filter(|file| file.is_of(event_type.category, event_type.name)) {
                samples.push(choosing(choice, &file.data));
            }
        }
        samples
    },
    chooses: true,
    cases: 6_000,
};

/// What decodes can be written, and is then read back the same. An event whose person nobody knows is refused on writing.
fn settles<A: StoredAggregate>(type_name: &str, data: &[u8]) -> Result<(), DecodeError>
where
    A::Event: PartialEq + std::fmt::Debug,
{
    let event = A::decode(type_name, data, &Plain)?;
    let subjects = A::subjects(Uuid::from_u128(1), Some(&event));
    if let Ok(encoded) = A::encode(&event, &subjects, &mut Plain) {
        assert_eq!(encoded.type_name, type_name);
        let again = A::decode(encoded.type_name, &encoded.data, &Plain).expect("what is written can be read");
        let twice = A::encode(&again, &subjects, &mut Plain).expect("and written again");
        assert_eq!(twice.data, encoded.data, "the stored form settles");
    }
    Ok(())
}

/// A golden file of the records: what was written once and is read for ever.
struct Golden {
    category: String,
    name: String,
    data: Vec<u8>,
}

impl Golden {
    fn is_of(&self, category: &str, type_name: &str) -> bool {
        self.category == category && self.name.starts_with(&format!("{type_name}."))
    }
}

static GOLDEN: LazyLock<Vec<Golden>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../records/golden");
    let mut golden = Vec::new();
    for category in
        fs::read_dir(folder).expect("the golden files").map(|entry| entry.expect("a folder").path())
    {
        for file in fs::read_dir(&category).expect("a category").map(|entry| entry.expect("a file").path()) {
            let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let data = fs::read(&file).expect("a golden file");
            golden.push(Golden { category: name(&category), name: name(&file), data });
        }
    }
    golden.sort_by(|one, other| (&one.category, &one.name).cmp(&(&other.category, &other.name)));
    golden
});

pub(super) const METADATA: Decoder = Decoder {
    name: "stored_metadata",
    what: "the metadata beside a stored event: JSON",
    sources: &[
        "crates/records/src/metadata.rs",
        "crates/service-kit/src/engine/loaded.rs",
        "crates/projections/src/fold.rs",
        "crates/projections/src/observer.rs",
    ],
    run: |input| match Metadata::decode(input) {
        Ok(metadata) => {
            let written = metadata.encode().expect("what was read can be written");
            assert_eq!(Metadata::decode(&written), Ok(metadata));
        }
        Err(error) => refused(&error.to_string()),
    },
    samples: || {
        let golden = GOLDEN.iter().filter(|file| file.category == "metadata");
        golden.map(|file| file.data.clone()).collect()
    },
    chooses: false,
    cases: 3_000,
};

pub(super) const NAMES: Decoder = Decoder {
    name: "stored_names",
    what: "the names of streams and of event types, as a log holds them",
    sources: &["crates/journal/src/name.rs"],
    run: |input| {
        let text = String::from_utf8_lossy(input);
        match StreamName::parse(&text) {
            Ok(name) => {
                let made = StreamName::new(name.namespace(), name.category(), name.id());
                assert_eq!(made.expect("its parts keep the rules").as_str(), text);
            }
            Err(error) => refused(&error.to_string()),
        }
        match EventTypeName::parse(&text) {
            Ok(name) => assert_eq!(name.as_str(), text),
            Err(error) => refused(&error.to_string()),
        }
    },
    samples: || {
        let names = [
            "candour.incident-0192f0c17b5e7f3a9c4d2e1f00a1b2c3",
            "a.b-00000000000000000000000000000000",
            "IncidentReported.v1",
            "A.v10",
        ];
        names.map(|name| name.as_bytes().to_vec()).into()
    },
    chooses: false,
    cases: 3_000,
};
