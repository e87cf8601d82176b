//! Personal data as the code sees it.

use std::fmt;

/// A field that holds personal data: sealed per subject before it reaches the journal.
///
/// Code stays total for all three: nothing may depend on being able to read a person's data.
#[derive(Clone, PartialEq, Eq)]
pub enum Personal<T> {
    /// The value could be opened.
    Known(T),
    /// The subject was erased: the key was destroyed on purpose, and the erasure is on record.
    Erased,
    /// The value is sealed and no usable key is at hand. For a reader that should hold the key this is data loss;
    /// projections hold no key by construction, and see every personal field like this.
    Unreadable,
}

impl<T> Personal<T> {
    /// The value where it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Erased | Self::Unreadable => None,
        }
    }
}

impl<T> fmt::Debug for Personal<T> {
    /// Never shows the value.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Known(_) => "Known(…)",
            Self::Erased => "Erased",
            Self::Unreadable => "Unreadable",
        })
    }
}
