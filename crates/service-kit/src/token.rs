//! Opaque tokens that callers carry back: etags (a stream's version) and positions (a place in a store's log).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use candour_journal::{Position, StoreId, StreamVersion};
use uuid::Uuid;

use crate::failure::Failure;

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
        .filter(|digits| digits.len() <= 20 && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .map(|number| Some(StreamVersion::new(number)))
        .ok_or("is not an etag: send back exactly what an answer gave, with its quotation marks")
}

/// The opaque form of a position, bound to its store.
pub fn position(store: StoreId, position: Position) -> String {
    let mut bytes = [0_u8; 25];
    bytes[0] = 1;
    bytes[1..17].copy_from_slice(store.0.as_bytes());
    bytes[17..].copy_from_slice(&position.raw().to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a position back; one of another store is refused. An empty text is "none".
pub fn parse_position(text: &str, store: StoreId) -> Result<Option<Position>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    let damaged =
        || Failure::field("query.min_position", "is not a position: send back exactly what an answer gave");
    if text.len() > 64 {
        return Err(damaged());
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| damaged())?;
    let bytes: [u8; 25] = bytes.try_into().map_err(|_| damaged())?;
    let (Some(1), Ok(id), Ok(raw)) =
        (bytes.first(), Uuid::from_slice(&bytes[1..17]), <[u8; 8]>::try_from(&bytes[17..]))
    else {
        return Err(damaged());
    };
    if id != store.0 {
        return Err(Failure::field("query.min_position", "is a position of another store"));
    }
    Ok(Some(Position::from_raw(u64::from_be_bytes(raw))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORE: StoreId = StoreId(Uuid::from_u128(7));

    #[test]
    fn a_position_reads_back_in_its_own_store_only() {
        let token = position(STORE, Position::from_raw(41));
        assert_eq!(parse_position(&token, STORE).unwrap(), Some(Position::from_raw(41)));
        assert!(parse_position(&token, StoreId(Uuid::from_u128(8))).is_err());
        assert_eq!(parse_position("", STORE).unwrap(), None);
        for text in ["x", "AQ", "\u{1F600}", &"A".repeat(10_000), &token[1..], "////"] {
            assert!(parse_position(text, STORE).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_etag_reads_back_and_anything_else_is_refused() {
        assert_eq!(parse_etag(&etag(StreamVersion::new(3))), Ok(Some(StreamVersion::new(3))));
        assert_eq!(parse_etag(""), Ok(None));
        for text in ["3", "\"\"", "\"-1\"", "\"3", "\"99999999999999999999999\"", "W/\"3\"", "\"+3\""] {
            assert!(parse_etag(text).is_err(), "{text:?}");
        }
    }
}
