//! A row in the words of the domain: what one source system says of one incident.

use candour_domain::{
    PartialDate,
    action::{Owner, Strength},
    calendar::{civil_date, instant_in_london},
    feedback::FeedbackMethod,
    incident::{AffectedPersonKind, HarmGrade, IncidentKind, Place, Reporter},
    personal::Personal,
    text::{DocumentReference, Line, Narrative, PersonReference, Prose, PublicReference, SystemName},
};
use jiff::{Timestamp, civil::Date};

/// A day without a time is taken to be its noon, in Europe/London.
const HOUR_OF_A_DAY: i8 = 12;

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Who says it.
    pub(crate) system: SystemName,
    /// The incident's id there; `None` where it has none.
    pub(crate) source_id: Option<PublicReference>,
    /// The report and its life.
    pub(crate) incident: Option<IncidentPart>,
    /// Who was affected.
    pub(crate) persons: Vec<PersonPart>,
    /// What the reporter was told.
    pub(crate) feedback: Option<FeedbackPart>,
    /// A learning action.
    pub(crate) action: Option<ActionPart>,
}

/// The report and its life.
#[derive(Clone, Debug)]
pub(crate) struct IncidentPart {
    pub(crate) reference: Option<PublicReference>,
    pub(crate) kind: IncidentKind,
    pub(crate) incident_date: Option<PartialDate>,
    pub(crate) reported: When,
    /// The earliest it can have been: the source does not say.
    pub(crate) reported_is_assumed: bool,
    pub(crate) source_recorded_at: Option<Timestamp>,
    pub(crate) place: Place,
    pub(crate) narrative: Personal<Narrative>,
    pub(crate) immediate_actions: Option<Personal<Narrative>>,
    pub(crate) reporter: Option<Reporter>,
    pub(crate) source_candour_flag: Option<bool>,
    pub(crate) closed: Option<Said>,
    pub(crate) recorded_in_error: Option<bool>,
}

/// A person, and the duty of candour to them.
#[derive(Clone, Debug)]
pub(crate) struct PersonPart {
    /// The person's id within the incident; `None` for an only one.
    pub(crate) source_id: Option<PublicReference>,
    pub(crate) kind: Option<AffectedPersonKind>,
    pub(crate) name: Option<Personal<Line>>,
    pub(crate) contact: Option<Personal<Line>>,
    pub(crate) harm: Option<HarmGrade>,
    pub(crate) candour: Option<CandourPart>,
}

/// What the source asserts of the duty of candour to one person.
#[derive(Clone, Debug)]
pub(crate) struct CandourPart {
    pub(crate) decision: Option<AssertedDecision>,
    pub(crate) first_notification: Option<Said>,
    pub(crate) written_notification: Option<Said>,
    pub(crate) enquiry_results: Option<Said>,
}

/// The decision that a source asserts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AssertedDecision {
    /// None was taken.
    Absent,
    /// Taken, on a day that may not be known.
    Taken { is_notifiable: bool, when: Option<When> },
}

/// What the reporter was told.
#[derive(Clone, Debug)]
pub(crate) struct FeedbackPart {
    pub(crate) acknowledged: Option<Said>,
    pub(crate) told: Option<Said>,
    pub(crate) method: Option<FeedbackMethod>,
    pub(crate) what_was_found: Option<Personal<Narrative>>,
    pub(crate) what_changed: Option<Personal<Narrative>>,
    pub(crate) why_nothing_changed: Option<Personal<Narrative>>,
    pub(crate) message: Option<Personal<Narrative>>,
}

/// A learning action.
#[derive(Clone, Debug)]
pub(crate) struct ActionPart {
    pub(crate) source_id: PublicReference,
    pub(crate) reference: Option<PublicReference>,
    pub(crate) description: Prose,
    pub(crate) agreed: When,
    pub(crate) target_on: Option<Date>,
    pub(crate) owner: Option<Owner>,
    pub(crate) measure: Option<Line>,
    pub(crate) monitor: Option<Line>,
    pub(crate) strength: Option<Strength>,
    pub(crate) implemented: Option<Said>,
    pub(crate) evidence: Vec<DocumentReference>,
    pub(crate) implemented_by: Option<PersonReference>,
    pub(crate) verified: Option<Said>,
    pub(crate) withdrawn: Option<Said>,
    pub(crate) withdrawn_reason: Option<Prose>,
    pub(crate) source_recorded_at: Option<Timestamp>,
}

/// What a source says of something that may have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// It happened.
    Happened(When),
    /// It did not.
    Absent,
}

/// When something happened, as exactly as the source says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// On this day in Europe/London.
    Day(Date),
    /// At this instant.
    At(Timestamp),
}

impl When {
    /// The civil day.
    pub(crate) fn day(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::At(at) => civil_date(at),
        }
    }

    /// Whether what is on record says the same. A day says no more than the day.
    pub(crate) fn is_same_as(self, on_record: Timestamp) -> bool {
        match self {
            Self::Day(day) => civil_date(on_record) == day,
            Self::At(at) => at == on_record,
        }
    }

    /// The instant to record: that of the source, or noon of the day. What is said to be on the same day as what it follows on does not come
    /// before it, and nothing lies in the future.
    pub(crate) fn instant(self, follows: Option<Timestamp>, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Day(day) => {
                let noon = instant_in_london(day.at(HOUR_OF_A_DAY, 0, 0, 0));
                let follows = follows.filter(|follows| civil_date(*follows) == day);
                noon.max(follows.unwrap_or(noon)).min(now)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_is_its_noon_in_london_never_before_what_it_follows_and_never_in_the_future() {
        let now = at("2026-07-10T09:00:00Z");
        let day = |day| When::Day(date(2026, 7, day));
        assert_eq!(day(1).instant(None, now), at("2026-07-01T11:00:00Z"));
        assert_eq!(When::Day(date(2026, 1, 5)).instant(None, now), at("2026-01-05T12:00:00Z"));
        assert_eq!(day(1).instant(Some(at("2026-07-01T15:30:00Z")), now), at("2026-07-01T15:30:00Z"));
        assert_eq!(day(2).instant(Some(at("2026-07-01T15:30:00Z")), now), at("2026-07-02T11:00:00Z"));
        assert_eq!(day(10).instant(None, now), now, "today, before noon");
        assert_eq!(When::At(at("2026-07-01T01:02:03Z")).instant(None, now), at("2026-07-01T01:02:03Z"));
    }

    #[test]
    fn a_day_agrees_with_any_instant_of_it_and_an_instant_only_with_itself() {
        // Half past midnight on 2 July in London.
        let on_record = at("2026-07-01T23:30:00Z");
        assert!(When::Day(date(2026, 7, 2)).is_same_as(on_record));
        assert!(!When::Day(date(2026, 7, 1)).is_same_as(on_record));
        assert!(When::At(on_record).is_same_as(on_record));
        assert!(!When::At(at("2026-07-01T23:30:01Z")).is_same_as(on_record));
    }
}
