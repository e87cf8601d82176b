//! Whether whoever gave the opinion stands apart from the incident. In England it bars nothing; it is shown.

use super::Opinion;
use crate::text::PersonReference;

coded_enum! {
    /// Whether whoever gave an opinion stands apart from the incident.
    pub enum OpinionIndependence {
        /// Named, not known to have been involved, and not the person who reported the incident.
        Independent = "independent",
        /// Said to have been involved in the incident, or the person who reported it.
        Involved = "involved",
        /// Not named. An unknown person is not independent.
        Unknown = "unknown",
    }
}

impl OpinionIndependence {
    /// How an opinion stands to the incident. `reported_by` is the person who reported it, where known. References are compared without
    /// regard to ASCII case.
    ///
    /// What was said outright comes first: an opinion said to be of somebody involved is one, also where that person is not named.
    pub fn of(opinion: &Opinion, reported_by: Option<&PersonReference>) -> Self {
        if opinion.involved_in_incident == Some(true) {
            return Self::Involved;
        }
        match (&opinion.given_by, reported_by) {
            (None, _) => Self::Unknown,
            (Some(giver), Some(reporter)) if giver.as_str().eq_ignore_ascii_case(reporter.as_str()) => {
                Self::Involved
            }
            (Some(_), _) => Self::Independent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        OpinionIndependence::{Independent, Involved, Unknown},
        *,
    };
    use crate::{
        personal::Personal,
        specification::{person, text},
    };

    #[test]
    fn an_opinion_is_independent_only_of_a_named_person_who_neither_was_involved_nor_reported() {
        for (given_by, involved_in_incident, reported_by, expected) in [
            (Some("staff:1"), Some(false), Some("staff:2"), Independent),
            (Some("staff:1"), None, Some("staff:2"), Independent),
            (Some("staff:1"), Some(false), None, Independent),
            (Some("staff:1"), Some(true), Some("staff:2"), Involved),
            (Some("staff:1"), Some(false), Some("STAFF:1"), Involved),
            (None, Some(true), Some("staff:2"), Involved),
            (None, Some(false), Some("staff:2"), Unknown),
            (None, None, None, Unknown),
        ] {
            let opinion = Opinion {
                given_by_role: text("consultant"),
                profession: text("medicine"),
                given_by: given_by.map(person),
                involved_in_incident,
                given_on: jiff::civil::date(2026, 3, 2),
                basis: Personal::Erased,
            };
            let found = OpinionIndependence::of(&opinion, reported_by.map(person).as_ref());
            assert_eq!(found, expected, "{given_by:?} {involved_in_incident:?} {reported_by:?}");
        }
    }
}
