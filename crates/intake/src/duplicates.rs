//! What stands in a run of files more than once.
//!
//! The same thing twice with the same content is harmless. With another content it is a contradiction: taking both would make each import
//! change the record back and forth. The first one counts, the later one is refused.

use std::{collections::HashMap, sync::Arc};

use candour_api::v1::ImportRecordsRequest;
use prost::Message as _;
use uuid::Uuid;

use crate::row::Finding;

/// What was seen so far. Holds digests only, some 60 bytes for each thing told of.
#[derive(Debug, Default)]
pub struct Seen {
    things: HashMap<Uuid, First>,
}

/// What was said of a thing first, and where.
#[derive(Debug)]
struct First {
    content: Uuid,
    file: Arc<str>,
    row: u64,
}

impl Seen {
    /// Nothing seen.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes what a row of a file tells of. What contradicts an earlier row is found, and then nothing of the row is noted.
    pub fn note(&mut self, file: &Arc<str>, request: &ImportRecordsRequest) -> Vec<Finding> {
        let things = things(request);
        let found: Vec<Finding> = things
            .iter()
            .filter_map(|(what, key, content)| {
                let First { content: before, file: earlier, row } = self.things.get(key)?;
                let place = if earlier == file { String::new() } else { format!(" of {earlier}") };
                (before != content).then(|| {
                    Finding::of(
                        *what,
                        format!("stands in row {row}{place} too, with other content: leave one of the two, or import them one after the other"),
                    )
                })
            })
            .collect();
        if found.is_empty() {
            for (_, key, content) in things {
                let first = || First { content, file: Arc::clone(file), row: request.row };
                self.things.entry(key).or_insert_with(first);
            }
        }
        found
    }
}

/// The parts of a row that name a thing, each with a digest of which thing and of what is said of it.
fn things(request: &ImportRecordsRequest) -> Vec<(&'static str, Uuid, Uuid)> {
    let system = Uuid::new_v5(&Uuid::NAMESPACE_OID, request.source_system.as_bytes());
    let incident = Uuid::new_v5(&system, request.incident_source_id.as_bytes());
    let digest = |bytes: Vec<u8>| Uuid::new_v5(&Uuid::NAMESPACE_OID, &bytes);
    let key = |kind: &str, id: &str| Uuid::new_v5(&incident, format!("{kind}/{id}").as_bytes());
    let mut things = Vec::new();
    if request.incident_source_id.is_empty() {
        return things;
    }
    if let Some(part) = &request.incident {
        things.push(("incident", incident, digest(part.encode_to_vec())));
    }
    for person in &request.persons {
        things.push(("person", key("person", &person.source_id), digest(person.encode_to_vec())));
    }
    if let Some(part) = &request.feedback {
        things.push(("feedback", key("feedback", ""), digest(part.encode_to_vec())));
    }
    if let Some(part) = &request.action {
        // An action is one thing whichever incident a row puts it under.
        let action = Uuid::new_v5(&system, format!("action/{}", part.source_id).as_bytes());
        let content = [incident.as_bytes().to_vec(), part.encode_to_vec()].concat();
        things.push(("action", action, digest(content)));
    }
    things
}

#[cfg(test)]
mod tests {
    use candour_api::v1;

    use super::*;

    fn row(row: u64, id: &str, narrative: &str, person: &str, action: Option<&str>) -> ImportRecordsRequest {
        ImportRecordsRequest {
            row,
            source_system: "datixweb".to_owned(),
            incident_source_id: id.to_owned(),
            incident: Some(v1::ImportedIncident { narrative: narrative.to_owned(), ..Default::default() }),
            persons: vec![v1::ImportedPerson { source_id: person.to_owned(), ..Default::default() }],
            feedback: None,
            action: action.map(|id| v1::ImportedAction { source_id: id.to_owned(), ..Default::default() }),
        }
    }

    fn note(seen: &mut Seen, row: &ImportRecordsRequest) -> Vec<Finding> {
        seen.note(&Arc::from("a.csv"), row)
    }

    #[test]
    fn the_same_again_is_harmless_and_another_content_is_refused() {
        let mut seen = Seen::new();
        assert_eq!(note(&mut seen, &row(1, "W1", "a", "", None)), []);
        assert_eq!(note(&mut seen, &row(2, "W1", "a", "", None)), []);
        let found = note(&mut seen, &row(3, "W1", "b", "", None));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].field, "incident");
        assert!(found[0].words.starts_with("stands in row 1 too"), "{}", found[0].words);
        let found = seen.note(&Arc::from("b.csv"), &row(3, "W1", "b", "", None));
        assert!(found[0].words.starts_with("stands in row 1 of a.csv too"), "{}", found[0].words);
        // The refused row left no trace: the first content still is the one that counts.
        assert_eq!(note(&mut seen, &row(4, "W1", "a", "", None)), []);
    }

    #[test]
    fn several_persons_and_actions_of_one_incident_are_several_things() {
        let mut seen = Seen::new();
        assert_eq!(note(&mut seen, &row(1, "W1", "a", "1", Some("A1"))), []);
        assert_eq!(note(&mut seen, &row(2, "W1", "a", "2", Some("A2"))), []);
        // One action under two incidents is a contradiction.
        assert_eq!(note(&mut seen, &row(3, "W2", "c", "1", Some("A2"))).len(), 1);
    }

    #[test]
    fn rows_without_an_id_are_told_apart_by_nothing() {
        let mut seen = Seen::new();
        assert_eq!(note(&mut seen, &row(1, "", "a", "1", None)), []);
        assert_eq!(note(&mut seen, &row(2, "", "b", "1", None)), []);
    }
}
