//! Words that exports use for codes, where a mapping gives none of its own.

use candour_domain::incident::{IncidentKind, PhysicalHarm, PsychologicalHarm};

use crate::text::fold;

/// Yes or no.
pub(crate) fn yes_or_no(word: &str) -> Option<bool> {
    match fold(word).as_str() {
        "yes" | "y" | "true" | "t" | "1" | "-1" | "x" => Some(true),
        "no" | "n" | "false" | "f" | "0" => Some(false),
        _ => None,
    }
}

/// Physical harm: our codes, the codes of the national service (1 is the worst, L-6), and the usual words.
pub(crate) fn physical_harm(word: &str) -> Option<PhysicalHarm> {
    match fold(word).as_str() {
        "fatal" | "1" | "death" | "died" => Some(PhysicalHarm::Fatal),
        "severe" | "2" | "severe harm" | "severe physical harm" => Some(PhysicalHarm::Severe),
        "moderate" | "3" | "moderate harm" | "moderate physical harm" => Some(PhysicalHarm::Moderate),
        "low" | "4" | "low harm" | "low physical harm" | "minor" => Some(PhysicalHarm::Low),
        "none" | "5" | "no harm" | "no physical harm" | "near miss" => Some(PhysicalHarm::None),
        _ => None,
    }
}

/// Psychological harm, likewise: there is no fatal, so that 1 is severe and 4 is none (L-6).
pub(crate) fn psychological_harm(word: &str) -> Option<PsychologicalHarm> {
    match fold(word).as_str() {
        "severe" | "1" | "severe harm" | "severe psychological harm" => Some(PsychologicalHarm::Severe),
        "moderate" | "2" | "moderate harm" | "moderate psychological harm" => {
            Some(PsychologicalHarm::Moderate)
        }
        "low" | "3" | "low harm" | "low psychological harm" => Some(PsychologicalHarm::Low),
        "none" | "4" | "no harm" | "no psychological harm" => Some(PsychologicalHarm::None),
        _ => None,
    }
}

/// The kind of event: our codes and the usual words.
pub(crate) fn incident_kind(word: &str) -> Option<IncidentKind> {
    match fold(word).replace('-', " ").as_str() {
        "patient safety incident" | "incident" | "patient incident" => {
            Some(IncidentKind::PatientSafetyIncident)
        }
        "risk" | "patient safety risk" => Some(IncidentKind::Risk),
        "outcome" | "poor outcome" => Some(IncidentKind::Outcome),
        "good care" | "excellence" | "good practice" => Some(IncidentKind::GoodCare),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l_6_a_lower_code_is_worse_and_the_two_scales_differ() {
        let physical: Vec<_> = ["1", "2", "3", "4", "5"].map(physical_harm).into_iter().flatten().collect();
        assert_eq!(physical, PhysicalHarm::ALL);
        assert!(physical.windows(2).all(|pair| pair[0].level() < pair[1].level()));
        let psychological: Vec<_> =
            ["1", "2", "3", "4"].map(psychological_harm).into_iter().flatten().collect();
        assert_eq!(psychological, PsychologicalHarm::ALL);
        assert_eq!((physical_harm("6"), psychological_harm("5")), (None, None));
    }

    #[test]
    fn yes_and_no_are_read_as_spreadsheets_write_them() {
        for (word, expected) in
            [("YES", Some(true)), ("-1", Some(true)), (" n ", Some(false)), ("perhaps", None), ("", None)]
        {
            assert_eq!(yes_or_no(word), expected, "{word:?}");
        }
    }
}
