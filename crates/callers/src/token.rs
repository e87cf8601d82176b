//! The secret a caller carries.
//!
//! ```text
//! candour_1f0c9a2b_<the 32 bytes of the secret><the first 4 bytes of a checksum>
//! ```
//!
//! All of it in lower-case hexadecimal, 89 characters in one word. The prefix lets a scanner for leaked secrets find it, the id after it says
//! which token was found without knowing the secret, and the checksum tells a mistyped or cut token from an unknown one.
//!
//! Only a digest is kept, plain SHA-256. That is right for a random secret of 256 bits and would be wrong for a password: nobody can try 2^256
//! secrets, so there is nothing for a slow hash or a salt to protect, and a fast one lets every request be checked anew.

use std::fmt;

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{self, SHA256},
    rand::{SecureRandom as _, SystemRandom},
};
use zeroize::Zeroizing;

/// What every token begins with.
pub const PREFIX: &str = "candour_";
const ID_BYTES: usize = 4;
const SECRET_BYTES: usize = 32;
const CHECKSUM_BYTES: usize = 4;
const DIGEST_BYTES: usize = 32;
/// The length of a token in characters.
pub const TOKEN_CHARS: usize = PREFIX.len() + 2 * ID_BYTES + 1 + 2 * (SECRET_BYTES + CHECKSUM_BYTES);

/// Names a token in its file, in lists and in the log. It is part of the token and no secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenId([u8; ID_BYTES]);

impl TokenId {
    /// Reads eight lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        from_hex(text).map(Self)
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(formatter, &self.0)
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TokenId({self})")
    }
}

/// Why a text is no token. Never holds any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAToken {
    /// Something else.
    #[error("it does not begin with {PREFIX}, as every token does")]
    Prefix,
    /// Cut, or with something added.
    #[error("it has {0} characters, and a token has {TOKEN_CHARS}: copy all of it, and nothing else")]
    Length(usize),
    /// Mistyped.
    #[error("it holds a character that no token holds: copy it again")]
    Character,
    /// Mistyped.
    #[error("its checksum does not fit: a character is wrong, copy it again")]
    Checksum,
}

/// A token with its secret. Not shown in any form but by [`Token::expose`]; wiped from memory when dropped.
pub struct Token {
    id: TokenId,
    secret: Zeroizing<[u8; SECRET_BYTES]>,
}

impl Token {
    /// Draws a new token from the system's randomness. `None` where the system gives none.
    pub fn draw() -> Option<Self> {
        let randomness = SystemRandom::new();
        let mut id = [0; ID_BYTES];
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        randomness.fill(&mut id).ok()?;
        randomness.fill(secret.as_mut_slice()).ok()?;
        Some(Self { id: TokenId(id), secret })
    }

    /// Reads a token as it was handed out.
    pub fn parse(text: &str) -> Result<Self, NotAToken> {
        let rest = text.strip_prefix(PREFIX).ok_or(NotAToken::Prefix)?;
        if text.len() != TOKEN_CHARS {
            return Err(NotAToken::Length(text.chars().count()));
        }
        let (id, rest) = rest.split_once('_').ok_or(NotAToken::Character)?;
        // Slicing by bytes would panic within a character, `get` gives nothing.
        let (secret, checksum) = (rest.get(..2 * SECRET_BYTES), rest.get(2 * SECRET_BYTES..));
        let id = TokenId::parse(id).ok_or(NotAToken::Character)?;
        let secret = secret.and_then(from_hex).map(Zeroizing::new).ok_or(NotAToken::Character)?;
        let checksum: [u8; CHECKSUM_BYTES] = checksum.and_then(from_hex).ok_or(NotAToken::Character)?;
        let token = Self { id, secret };
        verify_slices_are_equal(&token.checksum(), &checksum).map_err(|_| NotAToken::Checksum)?;
        Ok(token)
    }

    /// Which token it is.
    pub fn id(&self) -> TokenId {
        self.id
    }

    /// What is kept of it.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest(self.hash("candour token digest, version 1"))
    }

    /// The token in full: for whoever is to carry it, once.
    pub fn expose(&self) -> Zeroizing<String> {
        // All the room at once: growing would leave a copy of the secret in freed memory.
        let mut text = Zeroizing::new(String::with_capacity(TOKEN_CHARS));
        text.push_str(PREFIX);
        // Writing to a String cannot fail.
        let _ = write_hex(&mut *text, &self.id.0);
        text.push('_');
        let _ = write_hex(&mut *text, self.secret.as_slice());
        let _ = write_hex(&mut *text, &self.checksum());
        text
    }

    fn checksum(&self) -> [u8; CHECKSUM_BYTES] {
        // Under another label than the digest, so that the one says nothing about the other.
        let hash = self.hash("candour token checksum, version 1");
        let mut checksum = [0; CHECKSUM_BYTES];
        checksum.copy_from_slice(hash.get(..CHECKSUM_BYTES).unwrap_or(&[0; CHECKSUM_BYTES]));
        checksum
    }

    fn hash(&self, label: &str) -> [u8; DIGEST_BYTES] {
        let mut context = digest::Context::new(&SHA256);
        context.update(label.as_bytes());
        context.update(&[0]);
        context.update(&self.id.0);
        context.update(self.secret.as_slice());
        let mut hash = [0; DIGEST_BYTES];
        hash.copy_from_slice(context.finish().as_ref());
        hash
    }
}

impl fmt::Debug for Token {
    /// Shows the id alone.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Token({}, secret withheld)", self.id)
    }
}

/// What is kept of a token: enough to know it again, of no use to whoever reads it.
#[derive(Clone, Debug)]
pub struct TokenDigest([u8; DIGEST_BYTES]);

impl TokenDigest {
    /// Reads 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        from_hex(text).map(Self)
    }

    /// Whether it is the digest of the same token, in a time that does not depend on where they differ.
    pub fn is_same(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl fmt::Display for TokenDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(formatter, &self.0)
    }
}

fn write_hex(output: &mut impl fmt::Write, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(output, "{byte:02x}"))
}

/// Reads exactly `N` bytes of lower-case hexadecimal.
fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = match pair {
            [high, low] => 16 * digit(*high)? + digit(*low)?,
            _ => return None,
        };
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A token made by another implementation of the form (Python's hashlib), of the id 01020304 and the secret 00, 01, 02 and so on.
    const AGREED: &str =
        "candour_01020304_000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fbcbf6720";
    const AGREED_DIGEST: &str = "cbda84fa02d0daa2cb92346fce5e390c076c08b1ce217cd6b2d7c89fe87a1397";

    #[test]
    fn the_form_is_the_agreed_one() {
        let token = Token::parse(AGREED).unwrap();
        assert_eq!(token.id().to_string(), "01020304");
        assert_eq!(token.digest().to_string(), AGREED_DIGEST);
        assert_eq!(*token.expose(), AGREED);
        assert_eq!(AGREED.len(), TOKEN_CHARS);
    }

    #[test]
    fn a_drawn_token_reads_back_and_no_two_are_alike() {
        let (one, other) = (Token::draw().unwrap(), Token::draw().unwrap());
        let again = Token::parse(&one.expose()).unwrap();
        assert!(again.id() == one.id() && again.digest().is_same(&one.digest()));
        assert!(!other.digest().is_same(&one.digest()));
        assert_ne!(other.expose(), one.expose());
    }

    #[test]
    fn every_mistyped_or_cut_token_is_told() {
        for position in 0..AGREED.len() {
            let mut altered = AGREED.as_bytes().to_vec();
            altered[position] ^= 1;
            assert!(Token::parse(std::str::from_utf8(&altered).unwrap()).is_err(), "character {position}");
            assert!(Token::parse(&AGREED[..position]).is_err(), "cut at {position}");
        }
        assert_eq!(Token::parse("Bearer x").unwrap_err(), NotAToken::Prefix);
        assert_eq!(Token::parse(&AGREED[..88]).unwrap_err(), NotAToken::Length(88));
        assert_eq!(Token::parse(&format!("{AGREED}\n")).unwrap_err(), NotAToken::Length(90));
        assert_eq!(Token::parse(&AGREED.to_uppercase()).unwrap_err(), NotAToken::Prefix);
        assert_eq!(Token::parse(&AGREED.replace("0a0b", "0A0B")).unwrap_err(), NotAToken::Character);
        assert_eq!(Token::parse(&AGREED.replace("0a0b", "0b0a")).unwrap_err(), NotAToken::Checksum);
    }

    #[test]
    fn neither_debug_output_nor_an_error_shows_a_secret() {
        let token = Token::parse(AGREED).unwrap();
        assert_eq!(format!("{token:?}"), "Token(01020304, secret withheld)");
        let error = Token::parse(&AGREED.replace("0a0b", "0b0a")).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("0c0d0e"));
    }

    proptest! {
        #[test]
        fn no_text_brings_the_decoder_down(text in any::<String>()) {
            prop_assert!(Token::parse(&text).is_err());
            let prefixed = format!("{PREFIX}{text}");
            prop_assert!(Token::parse(&prefixed).is_err());
        }

        #[test]
        fn no_text_of_the_right_length_does_either(
            text in proptest::collection::vec(prop_oneof!["[0-9a-f_]", "[äß\u{1F600}]", "[ -~]"], 0..81)
        ) {
            let text: String = text.concat();
            let prefixed = format!("{PREFIX}{text}");
            prop_assert!(Token::parse(&prefixed).is_err());
        }
    }
}
