//! The port: what every vault promises.

use std::fmt;

use jiff::Timestamp;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::associated_data::AssociatedData;
use crate::identity::{KeyNumber, KeysId, SubjectId};
use crate::sealed::Sealed;

/// Keeps one data key per subject, seals and opens fields under it, and destroys it on erasure.
///
/// The calls are synchronous. For a subject already known they take microseconds; a new subject costs a
/// write without a sync, and once in [`crate::limits::POOL_KEYS`] a sync. [`Vault::erase`] waits for the disk
/// and, at most [`crate::limits::BUSY_WAIT`], for other readers of the key database.
pub trait Vault: Send + Sync {
    /// Seals a personal field for its subject and cell. A subject without a key gets one.
    ///
    /// # Errors
    /// [`SealError::SubjectErased`] for ever after the subject was erased; [`SealError::PlaintextTooLong`];
    /// [`SealError::Unavailable`] when the vault cannot work. Never answers with an unsealed value.
    fn seal(
        &self,
        subject: SubjectId,
        associated_data: &AssociatedData,
        plaintext: &[u8],
    ) -> Result<Sealed, SealError>;

    /// Opens a sealed field in its cell. Total: whatever the value, there is an answer, and only a value that
    /// this vault sealed for this subject and this cell is [`Opened::Known`].
    fn open(&self, associated_data: &AssociatedData, sealed: &Sealed) -> Opened;

    /// As [`Vault::open`], from the text in the log; a text that is not a sealed value is
    /// [`UnreadableReason::Malformed`].
    fn open_text(&self, associated_data: &AssociatedData, text: &str) -> Opened {
        match Sealed::parse(text) {
            Ok(sealed) => self.open(associated_data, &sealed),
            Err(_) => Opened::Unreadable(UnreadableReason::Malformed),
        }
    }

    /// HMAC-SHA-256 of `content` under a key of this vault for this `purpose`: digests of requests, receipt
    /// codes. The same in every run and for every vault with the same master key; without that key it can
    /// neither be made nor be searched for a content that fits. Each use takes a purpose of its own.
    fn authenticate(&self, purpose: &str, content: &[u8]) -> [u8; 32];

    /// Destroys every data key of a subject and records that it was done. `keys_found_in_log` are the key
    /// numbers of the subject's sealed values in the log: the vault may have lost the note that a key is the
    /// subject's (see [`crate::FileVault`]), and the log has it. May be repeated, with more keys or the same;
    /// the record of the first erasure stands.
    ///
    /// # Errors
    /// [`EraseError::KeyOfAnotherSubject`] and the limits, with nothing destroyed;
    /// [`EraseError::CopyRemains`] when keys are destroyed but a copy could not be purged yet: repeat the
    /// call, and do not report the subject as erased before it succeeds; [`EraseError::Unavailable`].
    fn erase(
        &self,
        subject: SubjectId,
        keys_found_in_log: &[KeyNumber],
        erasure: &Erasure,
    ) -> Result<Erased, EraseError>;

    /// Which keys these are, by which two servers of one log see whether they hold the same.
    fn keys_id(&self) -> KeysId;

    /// Whether the vault can still seal for new subjects and erase. An [`Opened::Unreadable`] does not change
    /// it: whoever opens values counts those.
    fn is_healthy(&self) -> bool;
}

/// What a sealed field turned out to be.
#[derive(Clone, PartialEq, Eq)]
pub enum Opened {
    /// The plaintext.
    Known(Zeroizing<Vec<u8>>),
    /// The subject was erased, and the vault has the record of it.
    Erased,
    /// It should be readable and is not: data loss, damage or tampering, never a lawful erasure. Health is to
    /// be shown as degraded.
    Unreadable(UnreadableReason),
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(_) => f.write_str("Known(…)"),
            Self::Erased => f.write_str("Erased"),
            Self::Unreadable(reason) => f.debug_tuple("Unreadable").field(reason).finish(),
        }
    }
}

/// Why a sealed field is unreadable. Free of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum UnreadableReason {
    /// The text is not a sealed value.
    #[error("the text is not a sealed value")]
    Malformed,
    /// The vault has neither the key nor a record of its destruction: a key database is lost or too old.
    #[error("the key is missing and no erasure is recorded")]
    KeyMissing,
    /// The key is there but the master key does not unwrap it.
    #[error("the stored key is damaged")]
    KeyDamaged,
    /// The value names a key that belongs to another subject.
    #[error("the value names a key of another subject")]
    KeyOfAnotherSubject,
    /// The value was altered, or stands in a cell it was not sealed for.
    #[error("the value was altered or moved from its cell")]
    NotAuthentic,
    /// The key database could not be read; the value itself may be sound.
    #[error("the key database could not be read")]
    VaultUnavailable,
}

/// Why a field could not be sealed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SealError {
    /// The subject was erased; nothing may be recorded about it any more.
    #[error("subject {subject} was erased: nothing more can be sealed for it")]
    SubjectErased {
        /// The erased subject.
        subject: SubjectId,
    },
    /// Longer than [`crate::limits::PLAINTEXT_BYTES_MAX`].
    #[error("field of {actual} bytes exceeds the limit PLAINTEXT_BYTES_MAX of {limit} bytes")]
    PlaintextTooLong {
        /// The limit, in bytes.
        limit: usize,
        /// The field's length, in bytes.
        actual: usize,
    },
    /// The vault cannot work now. `detail` is for the operator.
    #[error("the vault is unavailable: {detail}")]
    Unavailable {
        /// What failed; no personal data.
        detail: String,
    },
}

/// Why a subject could not be erased.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EraseError {
    /// Some of the keys named as found in the log are another subject's, or nobody's yet. Nothing was
    /// destroyed: look at where in the log the numbers come from.
    #[error("keys {keys:?} do not belong to subject {subject}: nothing was destroyed")]
    KeyOfAnotherSubject {
        /// The subject that was to be erased.
        subject: SubjectId,
        /// The offending numbers, ascending.
        keys: Vec<KeyNumber>,
    },
    /// More than [`crate::limits::KEYS_FOUND_IN_LOG_MAX`] key numbers; erase in several calls.
    #[error("{actual} key numbers exceed the limit KEYS_FOUND_IN_LOG_MAX of {limit}")]
    TooManyKeys {
        /// The limit.
        limit: usize,
        /// How many were named.
        actual: usize,
    },
    /// Reason or authority is empty.
    #[error("the erasure's {text} is empty")]
    TextMissing {
        /// Which of the two.
        text: ErasureText,
    },
    /// Reason or authority is longer than [`crate::limits::ERASURE_TEXT_BYTES_MAX`].
    #[error(
        "the erasure's {text} of {actual} bytes exceeds the limit ERASURE_TEXT_BYTES_MAX of {limit} bytes"
    )]
    TextTooLong {
        /// Which of the two.
        text: ErasureText,
        /// The limit, in bytes.
        limit: usize,
        /// The text's length, in bytes.
        actual: usize,
    },
    /// The keys are destroyed and the erasure is recorded, but a copy of the wrapped keys may still be in the
    /// write-ahead log because another process is reading the key database (a backup, say). Repeat the call.
    #[error(
        "subject {subject} is recorded as erased, but another process reading the key database keeps a copy \
         of its wrapped keys: end that process (a backup?) and repeat the erasure"
    )]
    CopyRemains {
        /// The subject.
        subject: SubjectId,
    },
    /// The vault cannot work now; whether the erasure is recorded is unknown. Repeat it.
    #[error("the vault is unavailable: {detail}")]
    Unavailable {
        /// What failed; no personal data.
        detail: String,
    },
}

/// A text of an [`Erasure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasureText {
    /// Why the subject is erased.
    Reason,
    /// On whose decision.
    Authority,
}

impl fmt::Display for ErasureText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reason => "reason",
            Self::Authority => "authority",
        })
    }
}

/// The controller's decision to erase. Its texts are kept in clear for as long as the vault: they must not
/// say who the subject is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Why: end of retention, a request under Article 17 that was granted. Required, at most
    /// [`crate::limits::ERASURE_TEXT_BYTES_MAX`] bytes.
    pub reason: String,
    /// On whose decision, as a role and a reference. Required, same limit.
    pub authority: String,
    /// When it was decided; kept to the microsecond.
    pub at: Timestamp,
}

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// Every key of the subject destroyed so far, by this call or an earlier one, ascending; empty when it
    /// had none.
    pub keys_destroyed: Vec<KeyNumber>,
    /// When the subject was first erased, to the microsecond.
    pub at: Timestamp,
    /// Whether the subject had been erased before this call.
    pub repeated: bool,
}
