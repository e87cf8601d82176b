//! What callers carry back: etags, positions, page tokens.

use std::sync::{Arc, LazyLock};

use candour_domain::{calendar::Nation, policy::Policy, regime::BodyType};
use candour_journal::{ManualClock, MemoryJournal, Position, StoreId};
use candour_projections::query::Cursor;
use candour_service_kit::{Check, Engine, Failure, Organisation, question, token};
use candour_vault::FileVault;
use uuid::Uuid;

use super::refused;
use crate::Decoder;

const STORE: StoreId = StoreId(Uuid::from_u128(1));
const TOKENS: &[&str] = &["crates/service-kit/src/token.rs"];

pub(super) const ETAG: Decoder = Decoder {
    name: "etag",
    what: "the etag of a command: the version of a stream",
    sources: TOKENS,
    run: |input| {
        let text = String::from_utf8_lossy(input);
        match token::parse_etag(&text) {
            Ok(None) => assert!(text.is_empty()),
            Ok(Some(version)) => assert_eq!(token::etag(version), text, "one spelling only"),
            Err(words) => refused(words),
        }
    },
    samples: || {
        let texts = ["\"0\"", "\"7\"", "\"18446744073709551615\"", "\"007\"", "", "7", "\"\""];
        texts.map(|text| text.as_bytes().to_vec()).into()
    },
    chooses: false,
    cases: 3_000,
};

pub(super) const POSITION: Decoder = Decoder {
    name: "position",
    what: "the position of a query, bound to its store",
    sources: TOKENS,
    run: |input| {
        let text = String::from_utf8_lossy(input);
        let journal = ENGINE.journal().as_ref();
        match token::parse_position(&text, journal) {
            Ok(None) => assert!(text.is_empty()),
            Ok(Some(position)) => assert_eq!(token::position(journal, position), text, "one spelling only"),
            Err(words) => refused(words),
        }
    },
    samples: || {
        let clock = Arc::new(ManualClock::new("2026-03-02T12:00:00Z".parse().expect("an instant")));
        let other = MemoryJournal::new(StoreId(Uuid::from_u128(2)), clock);
        let positions = [0, 1, u64::MAX].map(Position::from_raw);
        let here = positions.map(|position| token::position(ENGINE.journal().as_ref(), position));
        let elsewhere = token::position(&other, positions[1]);
        here.into_iter().chain([elsewhere]).map(String::into_bytes).collect()
    },
    chooses: false,
    cases: 3_000,
};

pub(super) const PAGE_TOKEN: Decoder = Decoder {
    name: "page_token",
    what: "the page token of a list, bound to its other arguments and authenticated",
    sources: &["crates/service-kit/src/question.rs"],
    run: |input| {
        let text = String::from_utf8_lossy(input);
        let mut check = Check::new();
        match question::continued(&ENGINE, &text, &ARGUMENTS, &mut check) {
            Some(None) => assert!(text.is_empty()),
            Some(Some(found)) => {
                let spelt = question::next_page_token(&ENGINE, &ARGUMENTS, found.as_of, Some(found.cursor));
                assert_eq!(spelt, text, "only what was given out, in one spelling");
            }
            None => match check.finish(|| None::<()>) {
                Err(failure) => named("page_token", failure),
                Ok(()) => panic!("a token that is refused is a violation"),
            },
        }
    },
    samples: || {
        let cursor = Cursor { known_at: Position::from_raw(9), day: -5, id: Uuid::from_u128(3) };
        let day = jiff::civil::date(2026, 3, 2);
        let mine = question::next_page_token(&ENGINE, &ARGUMENTS, day, Some(cursor));
        let of_other_arguments = question::next_page_token(&ENGINE, &[2; 32], day, Some(cursor));
        vec![mine.into_bytes(), of_other_arguments.into_bytes(), Vec::new()]
    },
    chooses: false,
    cases: 3_000,
};

const ARGUMENTS: [u8; 32] = [1; 32];

/// Its vault has a new key in each process; no sample and no expectation depends on it.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let clock = Arc::new(ManualClock::new("2026-03-02T12:00:00Z".parse().expect("an instant")));
    let journal = Arc::new(MemoryJournal::new(STORE, clock.clone()));
    let vault = Arc::new(FileVault::in_memory().expect("a vault in memory"));
    Engine::new(journal, vault, clock, organisation())
});

pub(super) fn organisation() -> Organisation {
    Organisation {
        name: "Northgate".to_owned(),
        nation: Nation::England,
        body_type: BodyType::HealthServiceBody,
        policy: Policy::local_defaults(),
        namespace: "candour".to_owned(),
    }
}

/// Asserts that a failure is about a field, which it names.
fn named(field: &str, failure: Failure) {
    let Failure::Invalid(violations) = failure else { panic!("{failure:?}") };
    assert_eq!(violations.len(), 1);
    assert_eq!(violations[0].field, field);
    refused(&violations[0].description);
}
