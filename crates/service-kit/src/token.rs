//! Opaque tokens that callers carry back: etags (a stream's version) and positions (a place in a store's log).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use candour_journal::{Journal, Position, StreamVersion};
use uuid::Uuid;

/// The etag of a stream at a version: quoted, as HTTP does it.
pub fn etag(version: StreamVersion) -> String {
    format!("\"{}\"", version.number())
}

/// Reads an etag back. An empty text is "none".
pub fn parse_etag(text: &str) -> Result<Option<StreamVersion>, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    text.strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .and_then(|digits| digits.parse().ok())
        .map(StreamVersion::new)
        // One spelling only: neither a sign nor zeros in front.
        .filter(|version| etag(*version) == text)
        .map(Some)
        .ok_or("is not an etag: send back exactly what an answer gave, with its quotation marks")
}

/// The version of the form of positions.
const POSITION_FORM: u8 = 2;
/// The greatest length of a position that is looked at.
const POSITION_CHARACTERS_MAX: usize = 64;

/// The opaque form of a position of a log. It is bound to the store and to its epoch: once a store was put back to an earlier state, an earlier
/// position may stand for something else.
pub fn position(journal: &dyn Journal, position: Position) -> String {
    let mut bytes = [0_u8; 33];
    bytes[0] = POSITION_FORM;
    bytes[1..17].copy_from_slice(journal.store_id().0.as_bytes());
    bytes[17..25].copy_from_slice(&journal.epoch().to_be_bytes());
    bytes[25..].copy_from_slice(&position.raw().to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a position back. An empty text is "none".
///
/// # Errors
/// In words for whoever sent it: it is no position, one of another store, or one from before the store was put back to an earlier state.
pub fn parse_position(text: &str, journal: &dyn Journal) -> Result<Option<Position>, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    let (store, epoch, position) =
        read_position(text).ok_or("is not a position: send back exactly what an answer gave")?;
    if store != journal.store_id().0 {
        return Err("is a position of another store");
    }
    if epoch != journal.epoch() {
        return Err(
            "is a position from before the store was put back to an earlier state; what was recorded after that state may be gone: begin without it",
        );
    }
    Ok(Some(position))
}

/// The store, the epoch and the position.
fn read_position(text: &str) -> Option<(Uuid, u64, Position)> {
    if text.len() > POSITION_CHARACTERS_MAX {
        return None;
    }
    let bytes: [u8; 33] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
    let number = |from: usize| Some(u64::from_be_bytes(bytes.get(from..from + 8)?.try_into().ok()?));
    let store = Uuid::from_slice(bytes.get(1..17)?).ok()?;
    (bytes[0] == POSITION_FORM).then_some((store, number(17)?, Position::from_raw(number(25)?)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use candour_journal::{ManualClock, MemoryJournal, StoreId};

    use super::*;

    fn journal(store: u128) -> MemoryJournal {
        MemoryJournal::new(
            StoreId(Uuid::from_u128(store)),
            Arc::new(ManualClock::new(jiff::Timestamp::UNIX_EPOCH)),
        )
    }

    #[test]
    fn a_position_reads_back_in_its_own_store_only() {
        let (here, elsewhere) = (journal(7), journal(8));
        let token = position(&here, Position::from_raw(41));
        assert_eq!(parse_position(&token, &here), Ok(Some(Position::from_raw(41))));
        assert_eq!(parse_position(&token, &elsewhere), Err("is a position of another store"));
        assert_eq!(parse_position("", &here), Ok(None));
        for text in ["x", "AQ", "\u{1F600}", &"A".repeat(10_000), &token[1..], "////"] {
            let error = parse_position(text, &here).unwrap_err();
            assert!(error.starts_with("is not a position"), "{text:?}: {error}");
        }
    }

    #[test]
    fn an_etag_reads_back_and_anything_else_is_refused() {
        assert_eq!(parse_etag(&etag(StreamVersion::new(3))), Ok(Some(StreamVersion::new(3))));
        assert_eq!(parse_etag(""), Ok(None));
        for text in [
            "3",
            "\"\"",
            "\"-1\"",
            "\"3",
            "\"99999999999999999999999\"",
            "W/\"3\"",
            "\"+3\"",
            "\"03\"",
            "\"3\" ",
        ] {
            assert!(parse_etag(text).is_err(), "{text:?}");
        }
    }
}
