//! Reads the fields of a request into domain values, collecting every violation instead of stopping at the first.
//!
//! Each reader returns `Some` where the field is good. At the end [`Check::finish`] either answers with all violations or builds the
//! command from the values.

use candour_api::v1;
use candour_domain::{
    PartialDate, Personal,
    identifier::NotAnIdentifier,
    text::{DocumentReference, PersonReference, PublicReference, SystemName, Text, TextError},
};
use jiff::{Timestamp, civil::Date};

use crate::{
    failure::{Failure, Violation},
    wire::WireEnum,
};

/// The most violations that are listed; a request with more is answered with these.
pub const VIOLATIONS_MAX: usize = 100;

/// Collects what is wrong with a request.
#[derive(Debug, Default)]
pub struct Check {
    violations: Vec<Violation>,
    denied: Option<Failure>,
}

impl Check {
    /// Nothing wrong so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a violation.
    pub fn violation(&mut self, field: impl Into<String>, description: impl Into<String>) {
        if self.violations.len() < VIOLATIONS_MAX {
            self.violations.push(Violation { field: field.into(), description: description.into() });
        }
    }

    /// Notes that the caller may not ask for this at all. It goes before every violation: permission is checked before validity.
    pub fn deny(&mut self, failure: Failure) {
        self.denied.get_or_insert(failure);
    }

    /// The command, or every violation. `build` is called only where nothing was wrong.
    pub fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, Failure> {
        if let Some(failure) = self.denied {
            return Err(failure);
        }
        if !self.violations.is_empty() {
            return Err(Failure::Invalid(self.violations));
        }
        build().ok_or_else(|| Failure::Internal("a field was refused without a violation".to_owned()))
    }

    /// Notes the error of a field under its path.
    pub fn accept<T, E: std::fmt::Display>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.violation(field, error.to_string());
                None
            }
        }
    }

    /// A text that must be given.
    pub fn text<const MAX: usize>(&mut self, field: &str, value: &str) -> Option<Text<MAX>> {
        self.accept(field, Text::parse(value))
    }

    /// A text that may be left empty. The outer `None` means "wrong", the inner "not given".
    #[expect(
        clippy::option_option,
        reason = "wrong, not given and given are three things; see Check's own words"
    )]
    pub fn optional_text<const MAX: usize>(&mut self, field: &str, value: &str) -> Option<Option<Text<MAX>>> {
        if value.trim().is_empty() { Some(None) } else { self.text(field, value).map(Some) }
    }

    /// A personal text that must be given.
    pub fn personal<const MAX: usize>(&mut self, field: &str, value: &str) -> Option<Personal<Text<MAX>>> {
        self.text(field, value).map(Personal::Known)
    }

    /// A personal text that may be left empty.
    #[expect(
        clippy::option_option,
        reason = "wrong, not given and given are three things; see Check's own words"
    )]
    pub fn optional_personal<const MAX: usize>(
        &mut self,
        field: &str,
        value: &str,
    ) -> Option<Option<Personal<Text<MAX>>>> {
        self.optional_text(field, value).map(|text| text.map(Personal::Known))
    }

    /// A reference that must be given.
    pub fn reference<R: Reference>(&mut self, field: &str, value: &str) -> Option<R> {
        self.accept(field, R::read(value))
    }

    /// A reference that may be left empty.
    #[expect(
        clippy::option_option,
        reason = "wrong, not given and given are three things; see Check's own words"
    )]
    pub fn optional_reference<R: Reference>(&mut self, field: &str, value: &str) -> Option<Option<R>> {
        if value.trim().is_empty() { Some(None) } else { self.reference(field, value).map(Some) }
    }

    /// An identifier that must be given.
    pub fn id<I: Identifier>(&mut self, field: &str, value: &str) -> Option<I> {
        self.accept(field, I::read(value))
    }

    /// An identifier that may be left empty.
    #[expect(
        clippy::option_option,
        reason = "wrong, not given and given are three things; see Check's own words"
    )]
    pub fn optional_id<I: Identifier>(&mut self, field: &str, value: &str) -> Option<Option<I>> {
        if value.is_empty() { Some(None) } else { self.id(field, value).map(Some) }
    }

    /// One of a list of words that must be given; `UNSPECIFIED` and unknown numbers are refused.
    pub fn choice<E: WireEnum>(&mut self, field: &str, value: i32) -> Option<E> {
        match E::from_wire(value) {
            Some(Some(word)) => Some(word),
            Some(None) => {
                self.violation(field, "must be given");
                None
            }
            None => {
                self.violation(field, format!("has the unknown value {value}"));
                None
            }
        }
    }

    /// One of a list of words that may be `UNSPECIFIED`; unknown numbers are refused.
    #[expect(
        clippy::option_option,
        reason = "wrong, not given and given are three things; see Check's own words"
    )]
    pub fn optional_choice<E: WireEnum>(&mut self, field: &str, value: i32) -> Option<Option<E>> {
        let word = E::from_wire(value);
        if word.is_none() {
            self.violation(field, format!("has the unknown value {value}"));
        }
        word
    }

    /// A full date that must be given.
    pub fn date(&mut self, field: &str, value: Option<&v1::Date>) -> Option<Date> {
        let date = self.optional_date(field, value)?;
        if date.is_none() {
            self.violation(field, "must be given");
        }
        date
    }

    /// A full date that may be missing.
    #[expect(
        clippy::option_option,
        reason = "wrong, not given and given are three things; see Check's own words"
    )]
    pub fn optional_date(&mut self, field: &str, value: Option<&v1::Date>) -> Option<Option<Date>> {
        let Some(date) = value else { return Some(None) };
        match PartialDate::new(date.year, date.month, date.day) {
            Ok(PartialDate::Day(date)) => Some(Some(date)),
            Ok(PartialDate::Year(_) | PartialDate::Month(..)) => {
                self.violation(field, "must be a full date: year, month and day");
                None
            }
            Err(error) => {
                self.violation(field, error.to_string());
                None
            }
        }
    }

    /// A date of which day or month may be unknown, and which may be missing.
    #[expect(
        clippy::option_option,
        reason = "wrong, not given and given are three things; see Check's own words"
    )]
    pub fn optional_partial_date(
        &mut self,
        field: &str,
        value: Option<&v1::Date>,
    ) -> Option<Option<PartialDate>> {
        match value {
            None => Some(None),
            Some(date) => self.accept(field, PartialDate::new(date.year, date.month, date.day)).map(Some),
        }
    }

    /// An instant that may be missing.
    #[expect(
        clippy::option_option,
        reason = "wrong, not given and given are three things; see Check's own words"
    )]
    pub fn optional_instant(
        &mut self,
        field: &str,
        value: Option<&prost_types::Timestamp>,
    ) -> Option<Option<Timestamp>> {
        let Some(instant) = value else { return Some(None) };
        let read = (0..1_000_000_000)
            .contains(&instant.nanos)
            .then(|| Timestamp::new(instant.seconds, instant.nanos).ok())
            .flatten()
            .filter(|read| (INSTANT_SECONDS_MIN..=INSTANT_SECONDS_MAX).contains(&read.as_second()));
        if read.is_none() {
            self.violation(field, "is not an instant between the years 1900 and 2200");
        }
        read.map(|read| Some(candour_journal::to_stored_precision(read)))
    }

    /// Refuses a list that is longer than its limit. Returns whether it may be read.
    pub fn at_most(&mut self, field: &str, length: usize, limit: usize) -> bool {
        if length > limit {
            self.violation(field, format!("has {length} entries, at most {limit} are allowed"));
        }
        length <= limit
    }

    /// Reads each entry of a list no longer than its limit.
    pub fn each<T, U>(
        &mut self,
        field: &str,
        list: &[T],
        limit: usize,
        mut read: impl FnMut(&mut Self, &str, &T) -> Option<U>,
    ) -> Option<Vec<U>> {
        if !self.at_most(field, list.len(), limit) {
            return None;
        }
        // Every entry is read before the first failure counts, so that all violations are named.
        let entries: Vec<Option<U>> = list
            .iter()
            .enumerate()
            .map(|(index, entry)| read(self, &format!("{field}[{index}]"), entry))
            .collect();
        entries.into_iter().collect()
    }
}

/// 1900-01-01T00:00:00Z.
const INSTANT_SECONDS_MIN: i64 = -2_208_988_800;
/// 2200-12-31T23:59:59Z.
const INSTANT_SECONDS_MAX: i64 = 7_289_654_399;

/// A reference with a rule of its own.
pub trait Reference: Sized {
    /// Accepts a reference that keeps its rule.
    fn read(text: &str) -> Result<Self, TextError>;
}

macro_rules! references {
    ($($name:ident),+) => {
        $(impl Reference for $name {
            fn read(text: &str) -> Result<Self, TextError> {
                Self::parse(text)
            }
        })+
    };
}

references!(PublicReference, PersonReference, DocumentReference, SystemName);

/// An identifier in its usual text form.
pub trait Identifier: Sized {
    /// Accepts a UUID.
    fn read(text: &str) -> Result<Self, NotAnIdentifier>;
}

macro_rules! identifiers {
    ($($name:ident),+) => {
        $(impl Identifier for candour_domain::identifier::$name {
            fn read(text: &str) -> Result<Self, NotAnIdentifier> {
                Self::parse(text)
            }
        })+
    };
}

identifiers!(
    IncidentId,
    AffectedPersonId,
    CaseId,
    RelevantPersonId,
    ResponseId,
    RecommendationId,
    ActionId,
    EventId,
    RequestId
);

#[cfg(test)]
mod tests {
    use candour_domain::identifier::IncidentId;

    use super::*;

    #[test]
    fn every_violation_is_named_at_once_and_no_value_is_repeated() {
        let mut check = Check::new();
        let id: Option<IncidentId> = check.id("incident_id", "Jane Doe");
        let text: Option<Text<5>> = check.text("reason", "Jane Doe");
        let date = check.date("target_date", Some(&v1::Date { year: 2026, month: 2, day: 30 }));
        let when = check.optional_instant(
            "command.occurred_time",
            Some(&prost_types::Timestamp { seconds: i64::MAX, nanos: -1 }),
        );
        let Err(Failure::Invalid(violations)) = check.finish(|| Some((id?, text?, date?, when?))) else {
            panic!("must be refused")
        };
        let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["incident_id", "reason", "target_date", "command.occurred_time"]);
        assert!(!format!("{violations:?}").contains("Jane"));
    }

    #[test]
    fn a_flood_of_violations_is_bounded() {
        let mut check = Check::new();
        for _ in 0..1_000 {
            check.violation("x", "is wrong");
        }
        let Err(Failure::Invalid(violations)) = check.finish(|| Some(())) else { panic!("must be refused") };
        assert_eq!(violations.len(), VIOLATIONS_MAX);
    }
}
