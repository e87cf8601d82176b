//! The names of things the vault handles. All are opaque; none says who a person is.

use std::fmt;

use uuid::Uuid;

use crate::limits::{KEY_NUMBER_BYTES, SUBJECT_BYTES};

/// One person in one incident: the reporter, an affected or relevant person, a member of staff. The same
/// human in another incident is another subject, so that erasing one leaves the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubjectId(Uuid);

impl SubjectId {
    /// Takes an id that the caller made; the vault gives it no meaning.
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// The id the caller gave.
    pub const fn as_uuid(&self) -> &Uuid {
        &self.0
    }

    pub(crate) const fn to_bytes(self) -> [u8; SUBJECT_BYTES] {
        self.0.into_bytes()
    }

    pub(crate) const fn from_bytes(bytes: [u8; SUBJECT_BYTES]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of one data key. A number is given out once and never again, not even after the key was
/// destroyed; it says nothing of how many keys there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyNumber(u64);

impl KeyNumber {
    /// Takes any number; whether the vault has such a key is found out on use.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number itself.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    pub(crate) const fn to_bytes(self) -> [u8; KEY_NUMBER_BYTES] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for KeyNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A short public id of a master key: equal for equal keys, useless for finding the key. Written as 16
/// hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 8]);

impl Fingerprint {
    pub(crate) const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// Which keys a vault holds: equal for two vaults exactly when what one of them seals the other can open, now and later.
/// Written as the fingerprint, a slash and the id of the key database. A change of the master key leaves it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeysId {
    /// The master key that the key database was made with. What authenticates was derived from it and stays, also
    /// after the master key was changed.
    pub first_master_key: Fingerprint,
    /// Where the data keys are kept: drawn when the key database is made. A copy of the database has the same.
    pub key_database: Uuid,
}

impl fmt::Display for KeysId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first_master_key, self.key_database.simple())
    }
}
