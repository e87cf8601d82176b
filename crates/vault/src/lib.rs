//! Per-subject keys and sealed fields: how the log stays immutable while a person can still be erased.
//!
//! A *subject* is one person in one incident. Every personal field of an event is sealed under a data key
//! that belongs to that subject alone, before it reaches the journal. The data keys live apart from the log,
//! each wrapped by one master key. Erasing a subject destroys its data keys; the events stay as they were,
//! so whatever proves the log unaltered still holds, and the sealed fields can be read by nobody.
//!
//! This crate knows nothing of incidents, events or callers: it sees opaque subject ids, bytes, and the name
//! of the cell ([`AssociatedData`]) a sealed value belongs in.
//!
//! Start with [`Vault`], the port; then [`FileVault`], the local adapter: a key file and a SQLite key
//! database; then `store`, which keeps writing off the way of whoever seals, and `database`, which explains why nothing of a destroyed key stays behind.
//!
//! What erasure here does not reach: copies of the key database made earlier (backups, snapshots of the
//! volume) until they expire, and what a storage device keeps of overwritten blocks. Those copies hold
//! wrapped keys only, of use to nobody without the key file; keep the two apart.

mod associated_data;
mod cache;
mod database;
mod file_vault;
mod identity;
mod key_file;
pub mod limits;
mod master_key;
mod port;
pub mod rotation;
mod sealed;
mod store;

pub use associated_data::AssociatedData;
pub use file_vault::{FileVault, OpenError, VaultPaths};
pub use identity::{Fingerprint, KeyNumber, KeysId, SubjectId};
pub use key_file::KeyFileError;
pub use port::{EraseError, Erased, Erasure, ErasureText, Opened, SealError, UnreadableReason, Vault};
pub use sealed::{Sealed, SealedParseError};
