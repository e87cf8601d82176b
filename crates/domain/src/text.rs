//! Texts with a rule: a length limit, no control characters, never empty.

use std::fmt;

/// What is wrong with a text. Never contains the text itself: it may be personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// Longer than the field allows.
    #[error("is too long: {length} characters, at most {limit} are allowed")]
    TooLong {
        /// Characters the field allows.
        limit: usize,
        /// Characters received.
        length: usize,
    },
    /// A control character other than a line break or a tab.
    #[error("must not contain control characters")]
    ControlCharacter,
    /// A reference with a character outside its alphabet.
    #[error("may only contain letters, digits and . _ / : -, and must begin with a letter or digit")]
    NotAReference,
}

/// A text of 1 to `MAX` characters, trimmed, without control characters (line breaks and tabs are allowed).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text<const MAX: usize>(String);

/// A heading, role, profession, place or team: up to 200 characters.
pub type Line = Text<200>;
/// A reason, recommendation, action or description kept in clear: up to 4,000 characters. Must not hold personal data.
pub type Prose = Text<4_000>;
/// Free text that may hold personal data and is always sealed: up to 8,000 characters.
pub type Narrative = Text<8_000>;

impl<const MAX: usize> Text<MAX> {
    /// The greatest number of characters.
    pub const LIMIT: usize = MAX;

    /// Accepts a text that keeps the rule, without its surrounding white space.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        let length = text.chars().count();
        if length > MAX {
            return Err(TextError::TooLong { limit: MAX, length });
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(TextError::ControlCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    /// Shows the length only: a text may be personal, and debug output ends up in logs.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Text({} characters)", self.0.chars().count())
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

macro_rules! references {
    ($( $(#[$meta:meta])* $name:ident($limit:literal), )+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
            pub struct $name(String);

            impl $name {
                /// The greatest number of characters.
                pub const LIMIT: usize = $limit;

                /// Accepts letters, digits and `. _ / : -`, beginning with a letter or digit.
                pub fn parse(text: &str) -> Result<Self, TextError> {
                    reference(text, $limit).map(Self)
                }

                /// The reference.
                pub fn as_str(&self) -> &str {
                    &self.0
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                    formatter.write_str(&self.0)
                }
            }
        )+
    };
}

references! {
    /// The stable public reference of an incident, response, recommendation, action or case (ACT-7), such as `REC-2026-014`.
    /// It appears in figures, lists and exports, so it must not identify a person.
    PublicReference(64),
    /// An opaque reference to a member of staff, such as `staff:48211`: stored in clear so that independence can be judged by comparing
    /// people (ACT-2). It must not be a name or an e-mail address; spaces and `@` are refused for that reason.
    PersonReference(64),
    /// A reference to a document kept elsewhere: a letter, a written record, a piece of evidence, a report.
    DocumentReference(200),
    /// The name of a system that a fact came from, such as `datixweb`.
    SystemName(64),
}

impl PublicReference {
    /// The reference of a record whose caller gave none: a prefix and the first twelve hexadecimal digits of its id, such as
    /// `ACT-0192f0c12b5e`.
    pub fn derived(prefix: &'static str, id: uuid::Uuid) -> Self {
        let digits = id.simple().to_string();
        Self(format!("{prefix}-{}", digits.get(..12).unwrap_or(&digits)))
    }
}

fn reference(text: &str, limit: usize) -> Result<String, TextError> {
    let text = text.trim();
    let length = text.chars().count();
    if length > limit {
        return Err(TextError::TooLong { limit, length });
    }
    match text.chars().next() {
        None => return Err(TextError::Empty),
        Some(first) if !first.is_ascii_alphanumeric() => return Err(TextError::NotAReference),
        Some(_) => {}
    }
    if text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | ':' | '-')) {
        Ok(text.to_owned())
    } else {
        Err(TextError::NotAReference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_trimmed_limited_and_free_of_control_characters() {
        assert_eq!(Line::parse("  Ward 7 \n").unwrap().as_str(), "Ward 7");
        assert_eq!(Line::parse(" \t\n"), Err(TextError::Empty));
        assert_eq!(Line::parse(&"x".repeat(201)), Err(TextError::TooLong { limit: 200, length: 201 }));
        assert_eq!(Line::parse("a\u{1b}[31mb"), Err(TextError::ControlCharacter));
        assert_eq!(Line::parse("a\0b"), Err(TextError::ControlCharacter));
        assert!(Narrative::parse("first line\nsecond\tcolumn").is_ok());
    }

    #[test]
    fn debug_output_never_shows_a_text() {
        assert_eq!(format!("{:?}", Line::parse("Jane Doe").unwrap()), "Text(8 characters)");
    }

    #[test]
    fn a_person_reference_cannot_be_a_name_or_an_address() {
        assert!(PersonReference::parse("staff:48211").is_ok());
        for text in ["Jane Doe", "jane@example.org", "", "-x", "staff 1", "é1"] {
            assert!(PersonReference::parse(text).is_err(), "{text:?}");
        }
    }
}
