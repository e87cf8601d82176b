//! Every event ever written still decodes to the same event, and is written in the same way.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use candour_domain::{
    action::Action, candour_case::CandourCase, feedback::Feedback, incident::Incident, response::Response,
};
use serde_json::Value;

use super::{
    Golden, golden_folder, goldens, leaves, samples, samples::Sample, samples_of_follow_up,
    samples_of_incidents, samples_of_learning,
};
use crate::{
    EVENT_TYPES, EncodeError, Field, Sensitivity, StoredAggregate, Subject, clear_part, plain::Plain,
};

#[test]
fn every_event_type_has_one_name_in_its_category() {
    let names: BTreeSet<_> = EVENT_TYPES.iter().map(|t| (t.category, t.name)).collect();
    assert_eq!(names.len(), EVENT_TYPES.len());
    for event_type in EVENT_TYPES {
        let (name, version) = event_type.name.split_once(".v").unwrap();
        assert!(name.starts_with(|c: char| c.is_ascii_uppercase()), "{name}");
        assert!(name.bytes().all(|b| b.is_ascii_alphanumeric()), "{name}");
        assert!(version.parse::<u32>().is_ok_and(|version| version > 0), "{version}");
    }
    let shared: BTreeSet<_> = EVENT_TYPES.iter().map(|t| t.name).collect();
    // Only the correction occurs in several categories: once in each of the five.
    assert_eq!(shared.len(), EVENT_TYPES.len() - 4);
}

#[test]
fn every_event_type_has_a_golden_file_and_every_golden_file_a_type() {
    // `goldens` fails on a file of no type.
    let with_golden: BTreeSet<_> =
        goldens().into_iter().map(|golden| (golden.category, golden.file)).collect();
    for event_type in EVENT_TYPES {
        let file = format!("{}.json", event_type.name);
        assert!(
            with_golden.contains(&(event_type.category, file.clone())),
            "{}/{file} is missing",
            event_type.category
        );
    }
    let folders: BTreeSet<_> = fs::read_dir(golden_folder())
        .unwrap()
        .map(|f| f.unwrap().file_name().into_string().unwrap())
        .collect();
    let expected = ["action", "candour", "feedback", "incident", "metadata", "response"];
    assert_eq!(folders, expected.map(str::to_owned).into());
}

#[test]
fn incident_events_are_stored_as_in_their_golden_files() {
    check::<Incident>(samples_of_incidents::samples());
}

#[test]
fn feedback_events_are_stored_as_in_their_golden_files() {
    check::<Feedback>(samples_of_follow_up::feedback());
}

#[test]
fn candour_events_are_stored_as_in_their_golden_files() {
    check::<CandourCase>(samples_of_follow_up::candour());
}

#[test]
fn response_events_are_stored_as_in_their_golden_files() {
    check::<Response>(samples_of_learning::response());
}

#[test]
fn action_events_are_stored_as_in_their_golden_files() {
    check::<Action>(samples_of_learning::action());
}

/// Literal event and golden file say the same, in both directions, and no golden file is left over.
#[track_caller]
fn check<A: StoredAggregate<Event: PartialEq>>(samples: Vec<Sample<A::Event>>) {
    let mut left: BTreeMap<String, Golden> =
        goldens().into_iter().filter(|g| g.category == A::CATEGORY).map(|g| (g.file.clone(), g)).collect();
    for (choice, event) in samples {
        let encoded = A::encode(&event, &samples::subjects(), &mut Plain).unwrap();
        let dot = if choice.is_empty() { "" } else { "." };
        let file = format!("{}{dot}{choice}.json", encoded.type_name);
        let written: Value = serde_json::from_slice(&encoded.data).unwrap();
        let golden = left.remove(&file).unwrap_or_else(|| {
            panic!(
                "save this as golden/{}/{file}:\n{}",
                A::CATEGORY,
                serde_json::to_string_pretty(&written).unwrap()
            )
        });
        assert_eq!(written, golden.json, "{file}");
        let stored = serde_json::to_vec_pretty(&golden.json).unwrap();
        assert_eq!(A::decode(golden.type_name, &stored, &Plain).unwrap(), event, "{file}");
    }
    assert!(left.is_empty(), "golden files without a literal event: {:?}", left.keys());
}

#[test]
fn exactly_the_fields_classified_as_sealed_are_sealed_and_the_golden_files_fill_every_field() {
    let mut found: BTreeMap<_, BTreeSet<Field>> = BTreeMap::new();
    for golden in goldens() {
        let fields = leaves(&golden.json).into_iter().map(|leaf| leaf.field());
        found.entry((golden.category, golden.type_name)).or_default().extend(fields);
    }
    for event_type in EVENT_TYPES {
        let classified: BTreeSet<_> = event_type.fields().into_iter().collect();
        assert_eq!(classified.len(), event_type.fields().len(), "{}: a field twice", event_type.name);
        assert_eq!(
            found.get(&(event_type.category, event_type.name)),
            Some(&classified),
            "{}",
            event_type.name
        );
    }
}

#[test]
fn each_sealed_field_is_sealed_under_the_person_it_is_about() {
    let reporter = Subject::Reporter(samples::INCIDENT);
    let narrative = Subject::IncidentNarrative(samples::INCIDENT);
    let person = Subject::AffectedPerson(samples::PERSON);
    let relative = Subject::RelevantPerson(samples::RELATIVE);
    let expected = [
        ("AffectedPersonAdded.v1", "person.contact", person),
        ("AffectedPersonAdded.v1", "person.name", person),
        ("CandourNotRequired.v1", "opinion.basis", person),
        ("ContactAttempted.v1", "note", person),
        ("FeedbackOptedOut.v1", "reason", reporter),
        ("InPersonNotified.v1", "representatives[0].name", person),
        ("InPersonNotified.v1", "representatives[1].name", person),
        ("IncidentAmended.v1", "immediate_actions", narrative),
        ("IncidentAmended.v1", "narrative", narrative),
        ("IncidentReported.v1", "affected_persons[0].contact", person),
        ("IncidentReported.v1", "affected_persons[0].name", person),
        ("IncidentReported.v1", "immediate_actions", narrative),
        ("IncidentReported.v1", "narrative", narrative),
        ("IncidentReported.v1", "reporter.contact", reporter),
        ("IncidentReported.v1", "reporter.name", reporter),
        ("NotifiableAssessed.v1", "opinion.basis", person),
        ("RelevantPersonIdentified.v1", "contact", relative),
        ("RelevantPersonIdentified.v1", "name", relative),
        ("ReporterOutcomeAsserted.v1", "message", reporter),
        ("ReporterOutcomeSent.v1", "what_changed", reporter),
        ("ReporterOutcomeSent.v1", "what_was_found", reporter),
        ("ReporterOutcomeSent.v1", "why_nothing_changed", reporter),
        ("ReporterProgressSent.v1", "message", reporter),
    ];
    let expected: BTreeSet<_> =
        expected.map(|(name, path, subject)| (name, path.to_owned(), subject.uuid().to_string())).into();
    let mut found = BTreeSet::new();
    for golden in goldens() {
        for leaf in leaves(&golden.json).into_iter().filter(|leaf| leaf.sensitivity == Sensitivity::Sealed) {
            let sealed = golden.json.pointer(&leaf.pointer).unwrap()["sealed"].as_str().unwrap();
            let subject = sealed.split(':').nth(1).unwrap().to_owned();
            found.insert((golden.type_name, leaf.path, subject));
        }
    }
    assert_eq!(found, expected);
}

#[test]
fn the_clear_part_is_the_same_event_with_every_sealed_field_withheld() {
    for golden in goldens() {
        let stored = serde_json::to_vec(&golden.json).unwrap();
        let clear = clear_part(golden.category, golden.type_name, &stored).unwrap();
        let mut expected = golden.json.clone();
        let sealed: Vec<_> =
            leaves(&golden.json).into_iter().filter(|l| l.sensitivity == Sensitivity::Sealed).collect();
        for leaf in &sealed {
            *expected.pointer_mut(&leaf.pointer).unwrap() = serde_json::json!({ "withheld": true });
        }
        assert_eq!(serde_json::from_slice::<Value>(&clear).unwrap(), expected, "{}", golden.file);
        let read_back = super::again(golden.category, golden.type_name, &clear).unwrap();
        match (sealed.is_empty(), read_back) {
            (true, Ok(written)) => assert_eq!(written, clear, "{}", golden.file),
            // What is unreadable cannot be stored anew as though it were a fresh event.
            (false, Err(EncodeError::NotKnown { .. })) => {}
            (_, other) => panic!("{}: {other:?}", golden.file),
        }
    }
}
