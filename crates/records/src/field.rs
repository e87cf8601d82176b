//! How one value is spelt: identifiers, texts, references, codes, dates, instants, digests.

use std::borrow::Cow;

use candour_domain::{
    PartialDate, action, candour_case, feedback,
    identifier::{
        ActionId, AffectedPersonId, CaseId, EventId, IncidentId, RecommendationId, RelevantPersonId,
        RequestId, ResponseId,
    },
    incident,
    regime::{self, RegimeVersion},
    response,
    text::{DocumentReference, PersonReference, PublicReference, SystemName, Text},
};
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use crate::{
    catalogue::{Field, Sensitivity},
    error::{DecodeError, EncodeError, Rule},
    field_path::FieldPath,
    form::{Nothing, ReadForm, Reader, Shape, WriteForm, Writer},
};

/// A value that is stored as one text, in one spelling.
pub(crate) trait Leaf: Sized {
    /// The text that is stored.
    fn text(&self) -> Cow<'_, str>;
    /// Understands a text; the caller makes sure that it is spelt as [`Leaf::text`] spells it.
    fn parse(text: &str) -> Result<Self, Rule>;
}

impl<'v, L: Leaf> WriteForm<&'v L> for String {
    fn write(value: &'v L, _output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(value.text().into_owned())
    }
}

impl<L: Leaf> ReadForm<L> for String {
    fn read(self, input: &mut Reader<'_>) -> Result<L, DecodeError> {
        input.leaf(&self)
    }
}

impl<const MAX: usize> Leaf for Text<MAX> {
    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.as_str())
    }

    fn parse(text: &str) -> Result<Self, Rule> {
        Ok(Self::parse(text)?)
    }
}

macro_rules! references {
    ($( $name:ty, )+) => { $(
        impl Leaf for $name {
            fn text(&self) -> Cow<'_, str> {
                Cow::Borrowed(self.as_str())
            }

            fn parse(text: &str) -> Result<Self, Rule> {
                Ok(Self::parse(text)?)
            }
        }
    )+ };
}

references! { PublicReference, PersonReference, DocumentReference, SystemName, }

macro_rules! identifiers {
    ($( $name:ty, )+) => { $(
        impl Leaf for $name {
            fn text(&self) -> Cow<'_, str> {
                Cow::Owned(self.to_string())
            }

            fn parse(text: &str) -> Result<Self, Rule> {
                Self::parse(text).map_err(|_| Rule::Identifier)
            }
        }
    )+ };
}

identifiers! {
    IncidentId, AffectedPersonId, CaseId, RelevantPersonId, ResponseId, RecommendationId, ActionId, EventId, RequestId,
}

impl Leaf for Uuid {
    fn text(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }

    fn parse(text: &str) -> Result<Self, Rule> {
        Self::try_parse(text).map_err(|_| Rule::Identifier)
    }
}

macro_rules! codes {
    ($( $name:ty, )+) => { $(
        impl Leaf for $name {
            fn text(&self) -> Cow<'_, str> {
                Cow::Borrowed(self.code())
            }

            fn parse(text: &str) -> Result<Self, Rule> {
                Self::from_code(text).ok_or(Rule::Code)
            }
        }
    )+ };
}

codes! {
    incident::IncidentKind, incident::PhysicalHarm, incident::PsychologicalHarm, incident::AffectedPersonKind,
    incident::ReporterIdentity,
    feedback::FeedbackMethod, feedback::ChannelKind,
    candour_case::RelevantPersonBasis, candour_case::ContactMethod, candour_case::ContactResult,
    candour_case::NotificationMode, candour_case::SupportResponse, candour_case::AssertedStage,
    regime::BodyType, regime::Likelihood, regime::Outcome, regime::ModerateIncrease,
    response::ResponseKind, response::RecommendationKind, response::RelationKind,
    action::Strength, action::MeasureKind, action::Effectiveness, action::AssertedStage,
}

impl Leaf for RegimeVersion {
    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.as_str())
    }

    fn parse(text: &str) -> Result<Self, Rule> {
        Self::from_name(text).ok_or(Rule::Code)
    }
}

impl Leaf for Date {
    fn text(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }

    fn parse(text: &str) -> Result<Self, Rule> {
        text.parse().map_err(|_| Rule::Date)
    }
}

/// `2026`, `2026-03` or `2026-03-05`.
impl Leaf for PartialDate {
    fn text(&self) -> Cow<'_, str> {
        Cow::Owned(match *self {
            Self::Year(year) => format!("{year:04}"),
            Self::Month(year, month) => format!("{year:04}-{month:02}"),
            Self::Day(date) => date.to_string(),
        })
    }

    fn parse(text: &str) -> Result<Self, Rule> {
        let number = |part: Option<&str>| {
            part.map_or(Ok(0), |part| part.parse::<i32>().map_err(|_| Rule::PartialDate))
        };
        let mut parts = text.splitn(3, '-');
        let (year, month, day) = (number(parts.next())?, number(parts.next())?, number(parts.next())?);
        Self::new(year, month, day).map_err(|_| Rule::PartialDate)
    }
}

/// To the microsecond; what is finer is cut off towards the epoch, as the journal does.
impl Leaf for Timestamp {
    fn text(&self) -> Cow<'_, str> {
        // Microseconds taken from a timestamp are in its range, so there is nothing to fall back from.
        let kept = Self::from_microsecond(self.as_microsecond()).unwrap_or(*self);
        Cow::Owned(format!("{kept:.6}"))
    }

    fn parse(text: &str) -> Result<Self, Rule> {
        text.parse().map_err(|_| Rule::Instant)
    }
}

/// 32 bytes as 64 lower-case hexadecimal digits.
pub(crate) struct Digest(pub(crate) [u8; 32]);

impl Leaf for Digest {
    fn text(&self) -> Cow<'_, str> {
        Cow::Owned(self.0.iter().flat_map(|byte| [hex_digit(byte >> 4), hex_digit(byte & 0x0f)]).collect())
    }

    fn parse(text: &str) -> Result<Self, Rule> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if !rest.is_empty() || pairs.len() != 32 {
            return Err(Rule::Digest);
        }
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = hex_value(*high)? << 4 | hex_value(*low)?;
        }
        Ok(Self(bytes))
    }
}

/// The text of a digest, as the domain holds it.
pub(crate) struct DigestText(pub(crate) String);

impl WriteForm<&DigestText> for String {
    fn write(value: &DigestText, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        match Digest::parse(&value.0) {
            Ok(Digest(_)) => Ok(value.0.clone()),
            Err(rule) => Err(output.refuse(rule)),
        }
    }
}

impl ReadForm<DigestText> for String {
    fn read(self, input: &mut Reader<'_>) -> Result<DigestText, DecodeError> {
        let Digest(_) = input.leaf(&self)?;
        Ok(DigestText(self))
    }
}

fn hex_digit(nibble: u8) -> char {
    char::from(if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 })
}

fn hex_value(digit: u8) -> Result<u8, Rule> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(Rule::Digest),
    }
}

macro_rules! stored_as_itself {
    ($( $name:ty, )+) => { $(
        impl WriteForm<&$name> for $name {
            fn write(value: &$name, _output: &mut Writer<'_>) -> Result<Self, EncodeError> {
                Ok(*value)
            }
        }

        impl ReadForm<$name> for $name {
            fn read(self, _input: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Ok(self)
            }
        }
    )+ };
}

stored_as_itself! { bool, u32, }

macro_rules! clear {
    ($( $name:ty, )+) => { $(
        impl Shape for $name {
            fn list(at: &mut FieldPath, fields: &mut Vec<Field>) {
                fields.push(Field { path: at.as_str().to_owned(), sensitivity: Sensitivity::Clear });
            }

            fn withhold(&mut self) {}
        }
    )+ };
}

clear! { String, bool, u32, Nothing, }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_instants_have_one_spelling() {
        assert_eq!(jiff::civil::date(2026, 3, 5).text(), "2026-03-05");
        let instant: Timestamp = "2026-03-05T09:30:00.123456789Z".parse().unwrap();
        assert_eq!(instant.text(), "2026-03-05T09:30:00.123456Z");
        let before_1970: Timestamp = "1969-12-31T23:59:59.9999999Z".parse().unwrap();
        assert_eq!(before_1970.text(), "1970-01-01T00:00:00.000000Z");
        assert_eq!(PartialDate::Year(1999).text(), "1999");
        assert_eq!(PartialDate::Month(2026, 3).text(), "2026-03");
        for text in ["2026", "2026-03", "2026-03-05"] {
            assert_eq!(<PartialDate as Leaf>::parse(text).unwrap().text(), text);
        }
        for text in ["", "-", "2026-", "2026-13", "2026-02-30", "2026-03-05-1", "99999999999"] {
            assert_eq!(<PartialDate as Leaf>::parse(text), Err(Rule::PartialDate), "{text:?}");
        }
    }

    #[test]
    fn a_digest_is_64_lower_case_hexadecimal_digits() {
        let text = "00ff10a9".repeat(8);
        assert_eq!(Digest::parse(&text).map(|digest| digest.text().into_owned()), Ok(text.clone()));
        for wrong in [&text[1..], &text.to_uppercase(), &text.replace('f', "é"), ""] {
            assert!(matches!(Digest::parse(wrong), Err(Rule::Digest)), "{wrong}");
        }
    }
}
