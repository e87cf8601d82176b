//! The text form of a sealed value, against whatever may stand in a log.

use candour_vault::limits::{PLAINTEXT_BYTES_MAX, SEALED_TEXT_BYTES_MAX};
use candour_vault::{
    AssociatedData, FileVault, Opened, SealError, Sealed, SealedParseError, SubjectId, UnreadableReason,
    Vault,
};
use proptest::prelude::*;
use uuid::Uuid;

fn cell() -> AssociatedData {
    AssociatedData::new("candour.incident-1", Uuid::from_u128(1), "narrative")
}

fn subject(number: u128) -> SubjectId {
    SubjectId::new(Uuid::from_u128(number))
}

#[test]
fn the_longest_plaintext_fits_the_text_limit_and_one_more_byte_is_refused() {
    let vault = FileVault::in_memory().unwrap();
    let sealed = vault.seal(subject(1), &cell(), &vec![b'x'; PLAINTEXT_BYTES_MAX]).unwrap();
    let text = sealed.to_text();
    assert!(text.len() <= SEALED_TEXT_BYTES_MAX && text.len() + 4 > SEALED_TEXT_BYTES_MAX);
    assert_eq!(Sealed::parse(&text), Ok(sealed));
    assert_eq!(
        vault.seal(subject(1), &cell(), &vec![b'x'; PLAINTEXT_BYTES_MAX + 1]),
        Err(SealError::PlaintextTooLong { limit: PLAINTEXT_BYTES_MAX, actual: PLAINTEXT_BYTES_MAX + 1 })
    );
}

#[test]
fn texts_that_are_not_sealed_values_are_named_for_what_they_are() {
    // 52 bytes (key number, subject, nonce, tag) are 70 characters; 51 are 68.
    let shortest = format!("cv1.{}", "A".repeat(70));
    assert!(Sealed::parse(&shortest).is_ok());
    assert_eq!(Sealed::parse(&format!("cv1.{}", "A".repeat(68))), Err(SealedParseError::CutShort));
    assert_eq!(Sealed::parse(&format!("cv1.{}B", "A".repeat(69))), Err(SealedParseError::NotBase64));
    assert_eq!(Sealed::parse(&format!("{shortest}=")), Err(SealedParseError::NotBase64));
    assert_eq!(Sealed::parse(&format!("cv2.{}", "A".repeat(70))), Err(SealedParseError::UnknownVersion));
    assert_eq!(Sealed::parse(""), Err(SealedParseError::UnknownVersion));
    let too_long = "A".repeat(SEALED_TEXT_BYTES_MAX + 1);
    assert_eq!(
        Sealed::parse(&too_long),
        Err(SealedParseError::TooLong { limit: SEALED_TEXT_BYTES_MAX, actual: SEALED_TEXT_BYTES_MAX + 1 })
    );
    let vault = FileVault::in_memory().unwrap();
    assert_eq!(vault.open_text(&cell(), "Jane Doe"), Opened::Unreadable(UnreadableReason::Malformed));
}

#[test]
fn debug_output_shows_no_plaintext() {
    let vault = FileVault::in_memory().unwrap();
    let sealed = vault.seal(subject(1), &cell(), b"Jane Doe").unwrap();
    let shown = format!("{sealed:?} {:?}", vault.open(&cell(), &sealed));
    assert!(shown.ends_with("Known(…)"), "{shown}");
    assert!(!shown.contains("Jane") && !shown.contains("74, 97, 110, 101"), "{shown}");
}

proptest! {
    #[test]
    fn parsing_any_text_never_panics_and_what_parses_is_canonical(text in "(cv1\\.)?[A-Za-z0-9_=+/.-]{0,120}|\\PC{0,40}") {
        if let Ok(sealed) = Sealed::parse(&text) {
            prop_assert_eq!(sealed.to_text(), text);
        }
    }

    #[test]
    fn any_altered_character_makes_a_sealed_value_unreadable(
        plaintext in proptest::collection::vec(any::<u8>(), 0..60),
        position in any::<prop::sample::Index>(),
        replacement in "[A-Za-z0-9_.-]",
    ) {
        let vault = FileVault::in_memory().unwrap();
        let text = vault.seal(subject(1), &cell(), &plaintext).unwrap().to_text();
        let known = Opened::Known(plaintext.into());
        prop_assert_eq!(&vault.open_text(&cell(), &text), &known);
        let position = position.index(text.len());
        let mut altered = text.clone();
        altered.replace_range(position..=position, &replacement);
        if altered != text {
            let opened = vault.open_text(&cell(), &altered);
            prop_assert!(matches!(opened, Opened::Unreadable(_)), "{:?}", opened);
        }
    }
}
