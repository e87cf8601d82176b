//! A sealed value and its text form.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use thiserror::Error;

use crate::identity::{KeyNumber, SubjectId};
use crate::limits::{
    KEY_NUMBER_BYTES, NONCE_BYTES, SEALED_HEADER_BYTES, SEALED_PREFIX, SEALED_TEXT_BYTES_MAX, SUBJECT_BYTES,
    TAG_BYTES,
};

/// A personal field as it stands in the log: which key, whose, and the ciphertext. Self-contained, so it can
/// be opened even when the vault lost the note of who has which key. Shows nothing of the plaintext but its
/// length.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Sealed {
    key: KeyNumber,
    subject: SubjectId,
    nonce: [u8; NONCE_BYTES],
    ciphertext_and_tag: Vec<u8>,
}

/// Why a text is not a sealed value. Quotes nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SealedParseError {
    /// Longer than [`SEALED_TEXT_BYTES_MAX`].
    #[error("sealed value of {actual} bytes exceeds the limit SEALED_TEXT_BYTES_MAX of {limit} bytes")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
        /// The text's length, in bytes.
        actual: usize,
    },
    /// Does not begin with the prefix of a version this program knows.
    #[error("sealed value does not begin with a known version prefix")]
    UnknownVersion,
    /// The part after the prefix is not canonical base64 (URL alphabet, no padding).
    #[error("sealed value is not canonical base64 after its prefix")]
    NotBase64,
    /// Ends before key number, subject, nonce and tag are complete.
    #[error("sealed value is cut short")]
    CutShort,
}

impl Sealed {
    pub(crate) fn new(
        key: KeyNumber,
        subject: SubjectId,
        nonce: [u8; NONCE_BYTES],
        ciphertext_and_tag: Vec<u8>,
    ) -> Self {
        Self { key, subject, nonce, ciphertext_and_tag }
    }

    /// The data key it is sealed under.
    pub fn key(&self) -> KeyNumber {
        self.key
    }

    /// The person it is about.
    pub fn subject(&self) -> SubjectId {
        self.subject
    }

    pub(crate) fn nonce(&self) -> [u8; NONCE_BYTES] {
        self.nonce
    }

    pub(crate) fn ciphertext_and_tag(&self) -> &[u8] {
        &self.ciphertext_and_tag
    }

    /// The compact text form for JSON: `cv1.` and base64url without padding. [`Sealed::parse`] reads it back,
    /// and accepts no other text for the same value.
    pub fn to_text(&self) -> String {
        let mut bytes = Vec::with_capacity(SEALED_HEADER_BYTES + self.ciphertext_and_tag.len());
        bytes.extend_from_slice(&self.key.to_bytes());
        bytes.extend_from_slice(&self.subject.to_bytes());
        bytes.extend_from_slice(&self.nonce);
        bytes.extend_from_slice(&self.ciphertext_and_tag);
        let mut text = String::with_capacity(SEALED_PREFIX.len() + bytes.len().div_ceil(3) * 4);
        text.push_str(SEALED_PREFIX);
        URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
        text
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`SealedParseError`], for every text that [`Sealed::to_text`] cannot have written.
    pub fn parse(text: &str) -> Result<Self, SealedParseError> {
        if text.len() > SEALED_TEXT_BYTES_MAX {
            return Err(SealedParseError::TooLong { limit: SEALED_TEXT_BYTES_MAX, actual: text.len() });
        }
        let body = text.strip_prefix(SEALED_PREFIX).ok_or(SealedParseError::UnknownVersion)?;
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| SealedParseError::NotBase64)?;
        Self::from_bytes(&bytes).ok_or(SealedParseError::CutShort)
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (key, rest) = bytes.split_first_chunk::<KEY_NUMBER_BYTES>()?;
        let (subject, rest) = rest.split_first_chunk::<SUBJECT_BYTES>()?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_BYTES>()?;
        (rest.len() >= TAG_BYTES).then(|| Self {
            key: KeyNumber::new(u64::from_be_bytes(*key)),
            subject: SubjectId::from_bytes(*subject),
            nonce: *nonce,
            ciphertext_and_tag: rest.to_vec(),
        })
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed")
            .field("key", &self.key)
            .field("subject", &self.subject)
            .field("ciphertext_bytes", &self.ciphertext_and_tag.len())
            .finish_non_exhaustive()
    }
}
