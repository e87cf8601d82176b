//! Facts about a store that are settled once and stand for ever.

use crate::limits::FACT_VALUE_BYTES_MAX;
use crate::{Limit, LimitExceeded};

/// What can be settled about a store. It is about the store as a whole and so stands beside the log, not in it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Fact {
    /// Whose keys seal the personal fields of the log.
    Keys,
    /// From which store the log is being copied, or was.
    CopyOf,
    /// That the copy is complete and was compared. Until then a copy is not to be served.
    CopyCompared,
    /// To which store the log was copied to be carried on there. From then on this store is not to be served.
    ContinuedIn,
}

impl Fact {
    /// Every fact.
    pub const ALL: [Self; 4] = [Self::Keys, Self::CopyOf, Self::CopyCompared, Self::ContinuedIn];

    /// The name under which it is stored. Never changes.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::CopyOf => "copy-of",
            Self::CopyCompared => "copy-compared",
            Self::ContinuedIn => "continued-in",
        }
    }
}

/// Accepts a value of at most [`FACT_VALUE_BYTES_MAX`] bytes.
pub fn check_fact_value(value: &str) -> Result<(), LimitExceeded> {
    Limit::FactValueBytes.check(value.len())
}

const _: () = assert!(FACT_VALUE_BYTES_MAX <= 1024, "a fact is a name or a fingerprint, not a document");
