//! Names of streams and of event types, checked once when they are made.

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use crate::limits::{CATEGORY_BYTES_MAX, EVENT_TYPE_NAME_BYTES_MAX, NAMESPACE_BYTES_MAX};

/// The name of a stream: `<namespace>.<category>-<uuid, 32 lowercase hexadecimal digits>`, for example
/// `candour.incident-0192f0c17b5e7f3a9c4d2e1f00a1b2c3`.
///
/// Namespace and category are a lowercase letter followed by lowercase letters, digits and `_`, at most
/// [`NAMESPACE_BYTES_MAX`] and [`CATEGORY_BYTES_MAX`] bytes. Neither may hold a full stop or a dash, so that a name
/// parses in one way and KurrentDB's by-category projection, which splits at the first dash, sees
/// `<namespace>.<category>`. A name never holds anything personal. Cloning is cheap.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct StreamName {
    text: Arc<str>,
    /// Byte index of the full stop; the category starts after it.
    stop: usize,
    /// Byte index of the dash; the category ends before it.
    dash: usize,
    id: Uuid,
}

impl StreamName {
    /// The name of the stream of one thing. Fails if the namespace or the category breaks the rule above.
    pub fn new(namespace: &str, category: &str, id: Uuid) -> Result<Self, InvalidName> {
        check_part(namespace, NAMESPACE_BYTES_MAX, InvalidName::Namespace)?;
        check_part(category, CATEGORY_BYTES_MAX, InvalidName::Category)?;
        let stop = namespace.len();
        let dash = stop + 1 + category.len();
        Ok(Self { text: format!("{namespace}.{category}-{}", id.simple()).into(), stop, dash, id })
    }

    /// Reads a name back. Fails if the text is not exactly what [`StreamName::new`] would make.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let (namespace, rest) = text.split_once('.').ok_or(InvalidName::Shape)?;
        let (category, id) = rest.split_once('-').ok_or(InvalidName::Shape)?;
        check_part(namespace, NAMESPACE_BYTES_MAX, InvalidName::Namespace)?;
        check_part(category, CATEGORY_BYTES_MAX, InvalidName::Category)?;
        let is_simple = id.len() == 32 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let id = Uuid::try_parse(id).ok().filter(|_| is_simple).ok_or(InvalidName::Id)?;
        Ok(Self { text: text.into(), stop: namespace.len(), dash: namespace.len() + 1 + category.len(), id })
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part before the full stop.
    pub fn namespace(&self) -> &str {
        &self.text[..self.stop]
    }

    /// The part between the full stop and the dash, such as `incident`.
    pub fn category(&self) -> &str {
        &self.text[self.stop + 1..self.dash]
    }

    /// The id after the dash.
    pub fn id(&self) -> Uuid {
        self.id
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The name of an event type with its version: `<UpperCamelCase>.v<number from 1>`, for example `IncidentReported.v1`;
/// ASCII letters and digits, at most [`EVENT_TYPE_NAME_BYTES_MAX`] bytes. Cloning is cheap.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct EventTypeName(Arc<str>);

impl EventTypeName {
    /// Checks and takes a name.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let (name, version) = text.split_once(".v").ok_or(InvalidName::EventType)?;
        let name_is_right = name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.bytes().all(|b| b.is_ascii_alphanumeric());
        let version_is_right = version.starts_with(|c: char| matches!(c, '1'..='9'))
            && version.bytes().all(|b| b.is_ascii_digit());
        if name_is_right && version_is_right && text.len() <= EVENT_TYPE_NAME_BYTES_MAX {
            Ok(Self(text.into()))
        } else {
            Err(InvalidName::EventType)
        }
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventTypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not a name. The text itself is left out: it may be anything.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidName {
    /// The text lacks the full stop or the dash.
    #[error("a stream name is <namespace>.<category>-<id>")]
    Shape,
    /// The namespace breaks its rule.
    #[error(
        "the namespace of a stream name is 1 to {NAMESPACE_BYTES_MAX} of a-z, 0-9 and _, beginning with a letter"
    )]
    Namespace,
    /// The category breaks its rule.
    #[error(
        "the category of a stream name is 1 to {CATEGORY_BYTES_MAX} of a-z, 0-9 and _, beginning with a letter"
    )]
    Category,
    /// The id is not a UUID in its simple form.
    #[error("the id of a stream name is 32 lowercase hexadecimal digits")]
    Id,
    /// The text is not the name of an event type.
    #[error(
        "an event type is named in upper camel case with a version, such as IncidentReported.v1, in at most {EVENT_TYPE_NAME_BYTES_MAX} bytes"
    )]
    EventType,
}

fn check_part(part: &str, bytes_max: usize, otherwise: InvalidName) -> Result<(), InvalidName> {
    let begins_right = part.starts_with(|c: char| c.is_ascii_lowercase());
    let is_right = part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if begins_right && is_right && part.len() <= bytes_max { Ok(()) } else { Err(otherwise) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(0x0192_f0c1_7b5e_7f3a_9c4d_2e1f_00a1_b2c3);
    const NAME: &str = "candour.incident-0192f0c17b5e7f3a9c4d2e1f00a1b2c3";

    #[test]
    fn a_stream_name_is_made_and_read_back_alike() {
        let made = StreamName::new("candour", "incident", ID).unwrap();
        assert_eq!(made.as_str(), NAME);
        assert_eq!((made.namespace(), made.category(), made.id()), ("candour", "incident", ID));
        assert_eq!(StreamName::parse(NAME), Ok(made));
    }

    #[test]
    fn a_stream_name_that_breaks_a_rule_is_refused_with_that_rule() {
        let long = "a".repeat(33);
        assert_eq!(StreamName::new("candour.", "incident", ID), Err(InvalidName::Namespace));
        assert_eq!(StreamName::new("", "incident", ID), Err(InvalidName::Namespace));
        assert_eq!(StreamName::new(&long, "incident", ID), Err(InvalidName::Namespace));
        assert_eq!(StreamName::new("candour", "follow-up", ID), Err(InvalidName::Category));
        assert_eq!(StreamName::new("candour", "1incident", ID), Err(InvalidName::Category));
        assert_eq!(StreamName::new("candour", &long, ID), Err(InvalidName::Category));
        assert_eq!(StreamName::parse("candour.incident"), Err(InvalidName::Shape));
        assert_eq!(StreamName::parse("incident-0192f0c17b5e7f3a9c4d2e1f00a1b2c3"), Err(InvalidName::Shape));
        assert_eq!(StreamName::parse(&NAME.to_uppercase()), Err(InvalidName::Namespace));
        assert_eq!(
            StreamName::parse("candour.incident-0192F0C17B5E7F3A9C4D2E1F00A1B2C3"),
            Err(InvalidName::Id)
        );
        assert_eq!(
            StreamName::parse("candour.incident-0192f0c1-7b5e-7f3a-9c4d-2e1f00a1b2c3"),
            Err(InvalidName::Id)
        );
    }

    #[test]
    fn an_event_type_name_carries_a_version() {
        assert_eq!(EventTypeName::parse("HarmGraded.v12").unwrap().as_str(), "HarmGraded.v12");
        let long = format!("A{}.v1", "a".repeat(EVENT_TYPE_NAME_BYTES_MAX));
        for wrong in
            ["HarmGraded", "HarmGraded.v0", "HarmGraded.v", "harmGraded.v1", "Harm Graded.v1", ".v1", &long]
        {
            assert_eq!(EventTypeName::parse(wrong), Err(InvalidName::EventType), "{wrong}");
        }
    }
}
