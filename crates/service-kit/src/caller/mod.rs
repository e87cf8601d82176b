//! Who calls: an authenticated system or person, what it is for, and whom it may name as the person who acted.
//!
//! Whoever authenticates a request (the server, before any service sees it) puts the [`Caller`] among the request's extensions;
//! [`crate::Call::begin`] takes it from there. A request without one is refused.

mod demo;
mod role;

use std::{fmt, ops::Deref, sync::Arc};

use candour_domain::text::{PersonReference, SystemName, TextError};

pub use demo::{DEFAULT_IDENTITY, DEMO_IDENTITIES, IDENTITY_HEADER, demo_identity};
pub use role::Role;

/// The id of a caller, such as `wards-system`: 1 to 64 lower-case letters, digits and `. _ / : -`, beginning with a letter or digit. It is stored
/// with each event the caller causes and stands in log lines, so it must not be a person's name or address; cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallerId(Arc<str>);

/// Why a text is no caller's id. Never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotACallerId {
    /// It breaks the rule of a reference.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Two ids that differ in case only would be taken for one another.
    #[error("must be in lower case")]
    UpperCase,
}

impl CallerId {
    /// Accepts an id that keeps the rule.
    pub fn parse(text: &str) -> Result<Self, NotACallerId> {
        let name = SystemName::parse(text)?;
        if name.as_str().chars().any(|letter| letter.is_ascii_uppercase()) {
            return Err(NotACallerId::UpperCase);
        }
        Ok(Self(name.as_str().into()))
    }
}

impl Deref for CallerId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CallerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for CallerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CallerId({})", self.0)
    }
}

/// Whom a caller may name as the person who acted (`CommandContext.performed_by`). Independence (ACT-2) rests on that name, so it is taken only
/// from callers that were allowed to give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Performers {
    /// Anybody: a system that has authenticated its own users and acts for them.
    Anybody,
    /// Nobody. What it records was done by an unknown person, who is never independent.
    Nobody,
    /// One person, who is the caller: taken to have acted where nobody is named, and nobody else may be named.
    Only(PersonReference),
}

impl Performers {
    /// The word for [`Self::Anybody`].
    pub const ANYBODY: &'static str = "anybody";
    /// The word for [`Self::Nobody`].
    pub const NOBODY: &'static str = "nobody";

    /// Reads `anybody`, `nobody` or the reference of one person. The two words in any case and with white space around them are refused: taken for
    /// a reference, they would be read as the word once they are written.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        match text {
            Self::ANYBODY => return Ok(Self::Anybody),
            Self::NOBODY => return Ok(Self::Nobody),
            _ => {}
        }
        let person = PersonReference::parse(text)?;
        let is_word = |word: &str| person.as_str().eq_ignore_ascii_case(word);
        if is_word(Self::ANYBODY) || is_word(Self::NOBODY) {
            return Err(TextError::NotAReference);
        }
        Ok(Self::Only(person))
    }

    /// Who acted, where a request names `named`; `None` where the caller may not name that person.
    #[expect(clippy::option_option, reason = "refused, unknown and known are three things")]
    pub fn of(&self, named: Option<PersonReference>) -> Option<Option<PersonReference>> {
        match (self, named) {
            (Self::Anybody, named) => Some(named),
            (Self::Nobody, None) => Some(None),
            (Self::Nobody, Some(_)) => None,
            (Self::Only(person), None) => Some(Some(person.clone())),
            (Self::Only(person), Some(named)) => {
                // References that differ in case only are one person (ACT-2).
                person.as_str().eq_ignore_ascii_case(named.as_str()).then(|| Some(person.clone()))
            }
        }
    }
}

impl fmt::Display for Performers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anybody => formatter.write_str(Self::ANYBODY),
            Self::Nobody => formatter.write_str(Self::NOBODY),
            Self::Only(person) => person.fmt(formatter),
        }
    }
}

/// An authenticated caller. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub id: CallerId,
    /// What for; at least one.
    pub roles: Arc<[Role]>,
    /// Whom it may name as the person who acted.
    pub performers: Performers,
}

impl Caller {
    /// The codes of the caller's roles.
    pub fn role_codes(&self) -> Vec<String> {
        self.roles.iter().map(|role| role.code().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_caller_is_in_lower_case_and_no_name_or_address() {
        for id in ["wards-system", "staff:48211", "a", "datix.live/2"] {
            assert_eq!(&*CallerId::parse(id).unwrap(), id);
        }
        assert_eq!(CallerId::parse("Wards"), Err(NotACallerId::UpperCase));
        for id in ["", " ", "jane doe", "jane@example.org", "-x", "w\u{e4}rd", &"x".repeat(65)] {
            assert!(CallerId::parse(id).is_err(), "{id:?}");
        }
    }

    #[test]
    fn act_2_who_acted_is_taken_only_from_callers_that_may_say_so() {
        let person = |text: &str| PersonReference::parse(text).unwrap();
        let own = Performers::parse("staff:1").unwrap();
        assert_eq!(Performers::Anybody.of(Some(person("staff:2"))), Some(Some(person("staff:2"))));
        assert_eq!(Performers::Anybody.of(None), Some(None));
        assert_eq!(Performers::Nobody.of(None), Some(None));
        assert_eq!(Performers::Nobody.of(Some(person("staff:2"))), None);
        assert_eq!(own.of(None), Some(Some(person("staff:1"))));
        assert_eq!(own.of(Some(person("STAFF:1"))), Some(Some(person("staff:1"))));
        assert_eq!(own.of(Some(person("staff:2"))), None);
    }

    #[test]
    fn whom_a_caller_may_name_is_written_and_read_back() {
        for text in ["anybody", "nobody", "staff:48211"] {
            assert_eq!(Performers::parse(text).unwrap().to_string(), text);
        }
        assert!(Performers::parse("Jane Doe").is_err());
        // Written by the next change of a tokens file, a person of this name would become the word, and may name anybody.
        for text in [" anybody", "anybody\n", "Anybody", "NOBODY", "nobody "] {
            assert!(Performers::parse(text).is_err(), "{text:?}");
        }
    }
}
