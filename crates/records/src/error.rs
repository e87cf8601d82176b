//! Why an event could not be stored or understood. No error ever holds a value: it may be personal.

use candour_domain::text::TextError;

use crate::sealing::SealFailed;

/// The rule that a stored value breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// Not a UUID.
    #[error("is not an identifier")]
    Identifier,
    /// A text or reference that breaks its rule.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Not a date.
    #[error("is not a date written as YYYY-MM-DD")]
    Date,
    /// Not a date of which month or day may be unknown.
    #[error("is not a date written as YYYY, YYYY-MM or YYYY-MM-DD")]
    PartialDate,
    /// Not an instant.
    #[error("is not an instant written as RFC 3339 in UTC")]
    Instant,
    /// A code of which this build knows no meaning.
    #[error("is not a code that this build knows")]
    Code,
    /// Understood, but not spelt the one way it is stored.
    #[error("is not spelt the way it is stored")]
    Spelling,
    /// Not a digest of 32 bytes.
    #[error("is not 64 lower-case hexadecimal digits")]
    Digest,
    /// `withheld` with another value than `true`.
    #[error("is marked as withheld with another value than true")]
    Withheld,
    /// Not a W3C `traceparent` of version 00.
    #[error("is not a traceparent of version 00")]
    TraceParent,
    /// Too many elements.
    #[error("has too many elements, at most {limit} are allowed")]
    TooMany {
        /// The most that are allowed.
        limit: usize,
    },
}

/// Why an event could not be brought into its stored form. Nothing is stored then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The field could not be sealed.
    #[error("{record}: field {field} could not be sealed")]
    Seal {
        /// The event type.
        record: &'static str,
        /// The path of the field.
        field: String,
        /// Why.
        source: SealFailed,
    },
    /// A fresh event holds a personal field that is erased or unreadable: what is not known cannot be stored.
    #[error("{record}: field {field} holds no value that could be sealed")]
    NotKnown {
        /// The event type.
        record: &'static str,
        /// The path of the field.
        field: String,
    },
    /// The stream does not say whose data the field is.
    #[error("{record}: whose data field {field} holds is not known")]
    SubjectUnknown {
        /// The event type.
        record: &'static str,
        /// The path of the field.
        field: String,
    },
    /// A value breaks a rule that reading it back would enforce.
    #[error("{record}: field {field} {rule}")]
    Field {
        /// The event type, or `metadata`.
        record: &'static str,
        /// The path of the field.
        field: String,
        /// The rule.
        rule: Rule,
    },
    /// The form could not be written as JSON.
    #[error("{record}: could not be written as JSON")]
    NotWritable {
        /// The event type, or `metadata`.
        record: &'static str,
    },
}

/// What is wrong with the JSON of an event, before any value is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformation {
    /// Not JSON.
    #[error("is not JSON")]
    Syntax,
    /// The JSON ends too early.
    #[error("ends too early")]
    Truncated,
    /// A field is missing, unknown, twice there, or of another JSON type.
    #[error("has a missing, unknown or repeated field, or one of another JSON type")]
    Shape,
}

/// Why stored bytes were not understood: data loss, damage, or an event of a newer build. Never to be skipped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Recorded under a version of the working-day calendar that this build does not have: deadlines could not be worked out as they were.
    #[error("metadata: the calendar version is not one that this version knows")]
    UnknownCalendar,
    /// No stream category of this name.
    #[error("no stream category of this build has that name")]
    UnknownCategory,
    /// No event type of this name in the category.
    #[error("{category}: {type_name} is no event type of this build")]
    UnknownType {
        /// The category of the stream.
        category: &'static str,
        /// The name, where it is shaped like one.
        type_name: String,
    },
    /// Metadata of another version.
    #[error("metadata of schema {found} is not understood by this build")]
    UnknownMetadataSchema {
        /// The version found.
        found: u32,
    },
    /// The JSON is not that of the type.
    #[error("{record}: {fault}, at line {line} column {column}")]
    Malformed {
        /// The event type, or `metadata`.
        record: &'static str,
        /// What is wrong.
        fault: Malformation,
        /// Line in the JSON, from 1.
        line: usize,
        /// Column in the line.
        column: usize,
    },
    /// A value breaks a rule.
    #[error("{record}: field {field} {rule}")]
    Field {
        /// The event type, or `metadata`.
        record: &'static str,
        /// The path of the field, such as `affected_persons[0].id`.
        field: String,
        /// The rule.
        rule: Rule,
    },
    /// What was read could not be written again as JSON (only in [`clear_part`](crate::clear_part)).
    #[error("{record}: could not be written as JSON")]
    NotWritable {
        /// The event type.
        record: &'static str,
    },
}

impl DecodeError {
    /// From a JSON error, of which the text is left out: it may quote a value.
    pub(crate) fn malformed(record: &'static str, json: &[u8], error: &serde_json::Error) -> Self {
        let is_json = || serde_json::from_slice::<serde::de::IgnoredAny>(json).is_ok();
        let fault = match error.classify() {
            serde_json::error::Category::Data => Malformation::Shape,
            serde_json::error::Category::Eof => Malformation::Truncated,
            // A choice with a second content is reported as bad syntax, though it is JSON.
            serde_json::error::Category::Syntax | serde_json::error::Category::Io if is_json() => {
                Malformation::Shape
            }
            serde_json::error::Category::Syntax | serde_json::error::Category::Io => Malformation::Syntax,
        };
        Self::Malformed { record, fault, line: error.line(), column: error.column() }
    }

    /// For a type name that is not in the catalogue; a text that is not shaped like a type name is not repeated.
    pub(crate) fn unknown_type(category: &'static str, type_name: &str) -> Self {
        const SHOWN_BYTES_MAX: usize = 100;
        let shaped = type_name.len() <= SHOWN_BYTES_MAX
            && type_name.starts_with(|c: char| c.is_ascii_uppercase())
            && type_name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
        let type_name = if shaped { type_name } else { "(not shaped like a type name)" }.to_owned();
        Self::UnknownType { category, type_name }
    }
}
