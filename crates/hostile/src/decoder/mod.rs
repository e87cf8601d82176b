//! The list.

mod configuration;
mod intake;
mod opaque;
mod requests;
mod secrets;
mod stored;

use crate::Decoder;

/// Every decoder of outside data.
pub const DECODERS: &[Decoder] = &[
    requests::INCIDENT,
    requests::LEARNING,
    requests::FOLLOW_UP,
    requests::INSIGHT,
    requests::IMPORT,
    requests::TRACE_CONTEXT,
    opaque::ETAG,
    opaque::POSITION,
    opaque::PAGE_TOKEN,
    intake::TABLE,
    intake::EVENTS,
    intake::MAPPING,
    secrets::TOKEN,
    secrets::TOKENS_FILE,
    secrets::KEY_FILE,
    secrets::SEALED_VALUE,
    stored::EVENT,
    stored::METADATA,
    stored::NAMES,
    configuration::FILE,
    configuration::CONNECTION_STRING,
    configuration::BACKUP_MANIFEST,
];

/// The first byte chooses among so many; the rest is for the one chosen.
fn chosen(input: &[u8], count: usize) -> (usize, &[u8]) {
    match input.split_first() {
        Some((choice, rest)) => (usize::from(*choice) % count.max(1), rest),
        None => (0, input),
    }
}

/// An input for the one chosen.
fn choosing(choice: usize, rest: &[u8]) -> Vec<u8> {
    let choice = u8::try_from(choice).expect("there are fewer choices than values of a byte");
    [&[choice], rest].concat()
}

/// Asserts that a refusal says something, in one to a few lines, and repeats nothing that is secret.
fn refused(words: &str) {
    assert!(!words.trim().is_empty(), "a refusal says something");
    repeats_no_secret(words);
}

fn repeats_no_secret(words: &str) {
    assert!(!words.contains(crate::SECRET), "a secret is repeated: {words}");
}
