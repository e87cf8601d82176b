//! Every limit of the vault, by name.

use std::time::Duration;

/// Longest plaintext that can be sealed, in bytes. Sealed and in base64 it stays under the 64 KiB that one
/// event's data may hold.
pub const PLAINTEXT_BYTES_MAX: usize = 32 * 1024;

/// Longest text form of a sealed value, in bytes: prefix, then base64 of key number, subject, nonce,
/// ciphertext and tag.
pub const SEALED_TEXT_BYTES_MAX: usize =
    SEALED_PREFIX.len() + (SEALED_HEADER_BYTES + PLAINTEXT_BYTES_MAX + TAG_BYTES).div_ceil(3) * 4;

/// Data keys generated, wrapped and made durable at once, ahead of use, so that new subjects do not wait for
/// the disk. Those not used when the server stops are spent: about 70 bytes each.
pub const POOL_KEYS: usize = 1_024;

/// With fewer keys left than this, the next are made.
pub const POOL_KEYS_LOW: usize = POOL_KEYS / 2;

/// Notes of whose key it is that wait to be written at most. Past it whoever seals for a new subject writes
/// them first.
pub const NOTES_WAITING_MAX: usize = 1_024;

/// Data keys of known subjects held in memory, unwrapped, so that sealing and opening need no look-up.
pub const CACHED_KEYS_MAX: usize = 16_384;

/// Key numbers one call of [`crate::Vault::erase`] may name. A subject gains a second key only when a power
/// cut loses an assignment, so real lists are short.
pub const KEYS_FOUND_IN_LOG_MAX: usize = 1_024;

/// Longest reason or authority of an erasure, in bytes.
pub const ERASURE_TEXT_BYTES_MAX: usize = 500;

/// Largest key file that is read, in bytes; a real one is far smaller.
pub const KEY_FILE_BYTES_MAX: usize = 1_024;

/// How long the key database waits for another process that is reading it (a backup, say).
pub const BUSY_WAIT: Duration = Duration::from_secs(1);

/// Most key numbers skipped at each start, so that a key database restored from a backup does not give the
/// numbers of its lost keys to other subjects.
pub const KEY_NUMBER_GAP_MAX: u64 = 1 << 40;

/// Data keys held at once while all of them are wrapped anew.
pub(crate) const REWRAP_KEYS_AT_ONCE: u32 = 1_000;

/// Size to which the write-ahead log is cut back after a checkpoint, in bytes.
pub(crate) const WAL_BYTES_KEPT: i64 = 4 * 1024 * 1024;

pub(crate) const SEALED_PREFIX: &str = "cv1.";
pub(crate) const SUBJECT_BYTES: usize = 16;
pub(crate) const KEY_NUMBER_BYTES: usize = 8;
pub(crate) const SEALED_HEADER_BYTES: usize = KEY_NUMBER_BYTES + SUBJECT_BYTES + NONCE_BYTES;
pub(crate) const KEY_BYTES: usize = 32;
pub(crate) const NONCE_BYTES: usize = 12;
pub(crate) const TAG_BYTES: usize = 16;
pub(crate) const WRAPPED_KEY_BYTES: usize = NONCE_BYTES + KEY_BYTES + TAG_BYTES;
