//! Invariant 10: the read model holds no personal data, not even sealed.

use std::{path::Path, sync::Arc};

use candour_journal::{Journal, Position};
use candour_records::{Sealer as _, Subject, plain::Plain};
use tempfile::tempdir;

use crate::fixture::{A, Following, MARKER, Story, fold_all, holding};

#[tokio::test]
async fn no_byte_of_the_read_model_is_of_a_personal_text_open_or_sealed() {
    let story = Story::told();
    let journal = holding(&story.steps).await;
    let sealed = Plain.seal(Subject::Reporter(A), "reporter.name", "").unwrap();
    let (prefix, _) = sealed.split_once(':').unwrap();
    // As the records hold it: at the beginning of a sealed field.
    let sealed = format!("\"{prefix}:");
    let log = journal.read_all(Position::BEFORE_FIRST, 1_000).await.unwrap().events;
    let holding_personal =
        log.iter().filter(|event| contains(&event.data, MARKER) && contains(&event.data, &sealed));
    assert_eq!(holding_personal.count(), 11, "the story is about persons");

    let followed = tempdir().unwrap();
    let following =
        Following::start(&followed.path().join("read-model"), Arc::clone(&journal) as Arc<dyn Journal>).await;
    following.reach(story.head()).await;
    // With the write-ahead log beside it.
    assert_eq!(files(followed.path()), ["read-model", "read-model-shm", "read-model-wal", "read-model.lock"]);
    assert_nothing_personal(followed.path(), &sealed);
    following.end().await.unwrap();
    assert_nothing_personal(followed.path(), &sealed);

    let afresh = tempdir().unwrap();
    fold_all(&afresh.path().join("read-model"), journal.as_ref()).await;
    assert_nothing_personal(afresh.path(), &sealed);
}

/// Looks at every byte of every file; first that something is there to look at.
fn assert_nothing_personal(folder: &Path, sealed: &str) {
    let mut clear = false;
    for name in files(folder) {
        let bytes = std::fs::read(folder.join(&name)).unwrap();
        clear |= contains(&bytes, "Replace the pumps.") && contains(&bytes, "{\"withheld\":true}");
        for personal in [MARKER, sealed] {
            assert!(!contains(&bytes, personal), "{name} holds {personal}");
        }
    }
    assert!(clear, "what is not personal is there");
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
