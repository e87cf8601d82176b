//! Between the words of the API and the words of the domain.
//!
//! An enumeration of the API has the domain's codes as its names, in upper case behind a prefix, so one pair of functions serves all;
//! a test proves for each that the two lists are the same.

use candour_api::v1;
use candour_domain::{
    PartialDate, Personal, action, candour_case, feedback, incident, regime, response, text::Text,
};
use jiff::{Timestamp, civil::Date};

/// An enumeration that exists in the API and in the domain.
pub trait WireEnum: Copy + Sized + 'static {
    /// What every name in the API begins with, such as `PHYSICAL_HARM_`.
    const PREFIX: &'static str;
    /// Every value of the domain.
    const VALUES: &'static [Self];
    /// The domain's code.
    fn word(self) -> &'static str;
    /// The domain's value of a code.
    fn from_word(word: &str) -> Option<Self>;
    /// The API's name of a number.
    fn wire_name(number: i32) -> Option<&'static str>;
    /// The API's number of a name.
    fn wire_number(name: &str) -> Option<i32>;

    /// Reads a number: `None` where unknown, `Some(None)` where unspecified.
    #[expect(clippy::option_option, reason = "unknown, unspecified and given are three things")]
    fn from_wire(number: i32) -> Option<Option<Self>> {
        let name = Self::wire_name(number)?;
        let word = name.strip_prefix(Self::PREFIX)?;
        if word == "UNSPECIFIED" {
            return Some(None);
        }
        Self::from_word(&word.to_lowercase().replace('_', "-")).map(Some)
    }

    /// The API's number of a value.
    fn to_wire(self) -> i32 {
        let name = format!("{}{}", Self::PREFIX, self.word().to_uppercase().replace('-', "_"));
        // A test proves that every value has a number; 0 is "unspecified".
        Self::wire_number(&name).unwrap_or(0)
    }
}

macro_rules! wire_enums {
    ($( $domain:path => $api:ident, $prefix:literal; )+) => {
        $(impl WireEnum for $domain {
            const PREFIX: &'static str = $prefix;
            const VALUES: &'static [Self] = Self::ALL;

            fn word(self) -> &'static str {
                self.code()
            }

            fn from_word(word: &str) -> Option<Self> {
                Self::from_code(word)
            }

            fn wire_name(number: i32) -> Option<&'static str> {
                v1::$api::try_from(number).ok().map(|value| value.as_str_name())
            }

            fn wire_number(name: &str) -> Option<i32> {
                v1::$api::from_str_name(name).map(i32::from)
            }
        })+

        #[cfg(test)]
        mod tests {
            use super::*;

            fn agree<E: WireEnum + PartialEq + std::fmt::Debug>() {
                for value in E::VALUES {
                    let number = value.to_wire();
                    assert_ne!(number, 0, "{value:?} has no name in the API");
                    assert_eq!(E::from_wire(number), Some(Some(*value)));
                }
                let named = (1..).map_while(E::wire_name).count();
                assert_eq!(named, E::VALUES.len(), "{} differs from the API", E::PREFIX);
                assert_eq!(E::from_wire(0), Some(None));
                assert_eq!(E::from_wire(-1), None);
                assert_eq!(E::from_wire(9_999), None);
            }

            #[test]
            fn every_enumeration_of_the_api_has_exactly_the_words_of_the_domain() {
                $( agree::<$domain>(); )+
            }
        }
    };
}

wire_enums! {
    incident::IncidentKind => IncidentKind, "INCIDENT_KIND_";
    incident::PhysicalHarm => PhysicalHarm, "PHYSICAL_HARM_";
    incident::PsychologicalHarm => PsychologicalHarm, "PSYCHOLOGICAL_HARM_";
    incident::AffectedPersonKind => AffectedPersonKind, "AFFECTED_PERSON_KIND_";
    incident::ReporterIdentity => ReporterIdentity, "REPORTER_IDENTITY_";
    feedback::FeedbackMethod => FeedbackMethod, "FEEDBACK_METHOD_";
    feedback::ChannelKind => ChannelKind, "CHANNEL_KIND_";
    response::ResponseKind => ResponseKind, "RESPONSE_KIND_";
    response::RecommendationKind => RecommendationKind, "RECOMMENDATION_KIND_";
    response::RelationKind => RelationKind, "RELATION_KIND_";
    action::Strength => Strength, "STRENGTH_";
    action::MeasureKind => MeasureKind, "MEASURE_KIND_";
    action::Effectiveness => Effectiveness, "EFFECTIVENESS_";
    candour_case::RelevantPersonBasis => RelevantPersonBasis, "RELEVANT_PERSON_BASIS_";
    candour_case::ContactMethod => ContactMethod, "CONTACT_METHOD_";
    candour_case::ContactResult => ContactResult, "CONTACT_RESULT_";
    candour_case::NotificationMode => NotificationMode, "NOTIFICATION_MODE_";
    candour_case::SupportResponse => SupportResponse, "SUPPORT_RESPONSE_";
    regime::Outcome => NotifiableOutcome, "NOTIFIABLE_OUTCOME_";
    regime::Likelihood => Likelihood, "LIKELIHOOD_";
    regime::ModerateIncrease => ModerateIncrease, "MODERATE_INCREASE_";
    regime::BodyType => BodyType, "BODY_TYPE_";
}

/// What a source asserts of a duty of candour case, for the API.
pub const fn asserted_of_case(stage: candour_case::AssertedStage) -> v1::AssertedStage {
    match stage {
        candour_case::AssertedStage::DecidedNotifiable => v1::AssertedStage::DecidedNotifiable,
        candour_case::AssertedStage::DecidedNotNotifiable => v1::AssertedStage::DecidedNotNotifiable,
        candour_case::AssertedStage::FirstNotification => v1::AssertedStage::FirstNotification,
        candour_case::AssertedStage::WrittenNotification => v1::AssertedStage::WrittenNotification,
        candour_case::AssertedStage::EnquiryResults => v1::AssertedStage::EnquiryResults,
    }
}

/// What a source asserts of a learning action, for the API.
pub const fn asserted_of_action(stage: action::AssertedStage) -> v1::AssertedStage {
    match stage {
        action::AssertedStage::Implementation => v1::AssertedStage::Implementation,
        action::AssertedStage::Verification => v1::AssertedStage::Verification,
    }
}

/// A date for the API.
pub fn date(date: Date) -> v1::Date {
    v1::Date { year: date.year().into(), month: date.month().into(), day: date.day().into() }
}

/// A partial date for the API: 0 means "not known".
pub fn partial_date(date: PartialDate) -> v1::Date {
    let (year, month, day) = date.parts();
    v1::Date { year: year.into(), month: month.into(), day: day.into() }
}

/// An instant for the API.
pub fn instant(instant: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: instant.as_second(), nanos: instant.subsec_nanosecond() }
}

/// A personal text for the API.
pub fn personal<const MAX: usize>(text: &Personal<Text<MAX>>) -> v1::PersonalText {
    let (value, state) = match text {
        Personal::Known(text) => (text.to_string(), v1::PersonalTextState::Known),
        Personal::Erased => (String::new(), v1::PersonalTextState::Erased),
        Personal::Unreadable => (String::new(), v1::PersonalTextState::Unreadable),
    };
    v1::PersonalText { value, state: state.into() }
}
