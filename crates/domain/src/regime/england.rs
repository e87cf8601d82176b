//! England: when an incident is a notifiable safety incident under regulation 20(8) or 20(9) of SI 2014/2936 (rules E-1 to E-5).
//!
//! What is checked here is whether an assessment *says* what the regulation asks for. The judgement itself is the reasonable opinion of
//! a health care professional, and a grade of harm never stands in for it (domain rules §0, 3).

use super::{BodyType, CONTINUOUS_DAYS_MIN, Likelihood, Outcome};
use crate::candour_case::NotifiableAssessment;

/// Why an assessment does not make an incident a notifiable safety incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// E-1: the incident was neither unintended nor unexpected.
    #[error("a notifiable safety incident is an unintended or unexpected incident")]
    NotUnintendedOrUnexpected,
    /// E-1: it did not occur during the provision of a regulated activity.
    #[error("a notifiable safety incident occurs during the provision of a regulated activity")]
    NotARegulatedActivity,
    /// E-2: the outcome is not among those of the body type.
    #[error("the outcome {outcome} is not within regulation {} for this body type ({body_type})", paragraph(*body_type))]
    OutcomeNotWithin {
        /// The outcome.
        outcome: Outcome,
        /// The body type.
        body_type: BodyType,
    },
    /// E-2: regulation 20(9) knows no "could result": a near miss is not within it.
    #[error(
        "regulation 20(9) needs an outcome that appears to have resulted; one that could result is only within 20(8)"
    )]
    CouldResultNotWithin,
    /// E-2: the death does not relate directly to the incident.
    #[error(
        "a death is within regulation 20 where it relates directly to the incident rather than to the natural course of illness"
    )]
    DeathNotDirectlyRelated,
    /// E-3, first limb of moderate harm.
    #[error("moderate harm needs a moderate increase in treatment (regulation 20(7))")]
    NoModerateIncreaseInTreatment,
    /// E-3, second limb of moderate harm.
    #[error("moderate harm needs significant, but not permanent, harm (regulation 20(7))")]
    NotSignificantNotPermanent,
    /// E-4: neither experienced, nor likely to be experienced, for 28 continuous days.
    #[error(
        "{outcome} must have lasted, or be likely to last, for a continuous period of at least {CONTINUOUS_DAYS_MIN} days"
    )]
    NotProlonged {
        /// The outcome.
        outcome: Outcome,
    },
    /// E-5: prolonged pain alone is a trigger for 20(9), not for 20(8).
    #[error("prolonged pain alone is not within regulation 20(8); it is only within 20(9)")]
    PainAloneNotWithin,
}

impl Violation {
    /// The rule that is broken, such as `E-3`.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::NotUnintendedOrUnexpected | Self::NotARegulatedActivity => "E-1",
            Self::OutcomeNotWithin { .. } | Self::CouldResultNotWithin | Self::DeathNotDirectlyRelated => {
                "E-2"
            }
            Self::NoModerateIncreaseInTreatment | Self::NotSignificantNotPermanent => "E-3",
            Self::NotProlonged { .. } => "E-4",
            Self::PainAloneNotWithin => "E-5",
        }
    }

    /// The field at fault, as a path in the request.
    pub const fn field(self) -> &'static str {
        match self {
            Self::NotUnintendedOrUnexpected => "assessment.unintended_or_unexpected",
            Self::NotARegulatedActivity => "assessment.regulated_activity",
            Self::OutcomeNotWithin { .. } | Self::PainAloneNotWithin => "assessment.outcome",
            Self::CouldResultNotWithin => "assessment.likelihood",
            Self::DeathNotDirectlyRelated => "assessment.directly_related",
            Self::NoModerateIncreaseInTreatment => "assessment.moderate_increase_in_treatment",
            Self::NotSignificantNotPermanent => "assessment.significant_not_permanent",
            Self::NotProlonged { .. } => "assessment.continuous_days",
        }
    }
}

/// Everything that keeps an assessment from being one of a notifiable safety incident; empty where it is one.
///
/// What an outcome asks for besides (E-3, E-4, directness) is only looked at where the outcome is within the body type's table:
/// completing the days of a pain that is not within 20(8) would not help.
pub fn check_notifiable(assessment: &NotifiableAssessment) -> Vec<Violation> {
    let mut violations = Vec::new();
    if !assessment.unintended_or_unexpected {
        violations.push(Violation::NotUnintendedOrUnexpected);
    }
    if !assessment.regulated_activity {
        violations.push(Violation::NotARegulatedActivity);
    }
    if assessment.likelihood == Likelihood::CouldResult
        && assessment.body_type == BodyType::OtherRegisteredPerson
    {
        violations.push(Violation::CouldResultNotWithin);
    }
    if outcomes(assessment.body_type).contains(&assessment.outcome) {
        check_outcome(assessment, &mut violations);
    } else if assessment.outcome == Outcome::ProlongedPain {
        violations.push(Violation::PainAloneNotWithin);
    } else {
        let (outcome, body_type) = (assessment.outcome, assessment.body_type);
        violations.push(Violation::OutcomeNotWithin { outcome, body_type });
    }
    violations
}

/// E-2: the outcomes of 20(8) and of 20(9).
const fn outcomes(body_type: BodyType) -> &'static [Outcome] {
    match body_type {
        BodyType::HealthServiceBody => {
            &[Outcome::Death, Outcome::SevereHarm, Outcome::ModerateHarm, Outcome::ProlongedPsychologicalHarm]
        }
        BodyType::OtherRegisteredPerson => &[
            Outcome::Death,
            Outcome::Impairment28Days,
            Outcome::StructuralChange,
            Outcome::ProlongedPain,
            Outcome::ProlongedPsychologicalHarm,
            Outcome::ShortenedLife,
            Outcome::TreatmentToPreventDeath,
            Outcome::TreatmentToPreventInjury,
        ],
    }
}

const fn paragraph(body_type: BodyType) -> &'static str {
    match body_type {
        BodyType::HealthServiceBody => "20(8)",
        BodyType::OtherRegisteredPerson => "20(9)",
    }
}

/// What the outcome asks for besides being in the table.
fn check_outcome(assessment: &NotifiableAssessment, violations: &mut Vec<Violation>) {
    match assessment.outcome {
        Outcome::Death => {
            if !assessment.directly_related {
                violations.push(Violation::DeathNotDirectlyRelated);
            }
        }
        Outcome::ModerateHarm => {
            if assessment.moderate_increase_in_treatment.is_none() {
                violations.push(Violation::NoModerateIncreaseInTreatment);
            }
            if !assessment.significant_not_permanent {
                violations.push(Violation::NotSignificantNotPermanent);
            }
        }
        outcome @ (Outcome::ProlongedPsychologicalHarm
        | Outcome::Impairment28Days
        | Outcome::ProlongedPain) => {
            let lasted = assessment.continuous_days.is_some_and(|days| days >= CONTINUOUS_DAYS_MIN);
            if !lasted && !assessment.likely_28_days {
                violations.push(Violation::NotProlonged { outcome });
            }
        }
        Outcome::SevereHarm
        | Outcome::StructuralChange
        | Outcome::ShortenedLife
        | Outcome::TreatmentToPreventDeath
        | Outcome::TreatmentToPreventInjury => {}
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{
        BodyType::{self, HealthServiceBody, OtherRegisteredPerson},
        Likelihood::{self, AppearsToHaveResulted, CouldResult},
        Outcome::{
            self, Death, Impairment28Days, ModerateHarm, ProlongedPain, ProlongedPsychologicalHarm,
            SevereHarm, ShortenedLife, StructuralChange, TreatmentToPreventDeath, TreatmentToPreventInjury,
        },
        Violation::{
            CouldResultNotWithin, DeathNotDirectlyRelated, NoModerateIncreaseInTreatment,
            NotARegulatedActivity, NotProlonged, NotSignificantNotPermanent, NotUnintendedOrUnexpected,
            OutcomeNotWithin, PainAloneNotWithin,
        },
        *,
    };
    use crate::{
        candour_case::Opinion,
        personal::Personal,
        regime::{ModerateIncrease, RegimeVersion},
        text::Text,
    };

    /// Says everything any outcome asks for, so that only outcome, likelihood and body type decide.
    fn assessment(body_type: BodyType, outcome: Outcome, likelihood: Likelihood) -> NotifiableAssessment {
        NotifiableAssessment {
            unintended_or_unexpected: true,
            regulated_activity: true,
            outcome,
            likelihood,
            moderate_increase_in_treatment: Some(ModerateIncrease::UnplannedReturnToSurgery),
            significant_not_permanent: true,
            continuous_days: Some(28),
            likely_28_days: false,
            directly_related: true,
            opinion: Opinion {
                given_by_role: Text::parse("consultant").unwrap(),
                profession: Text::parse("medicine").unwrap(),
                given_by: None,
                involved_in_incident: Some(false),
                given_on: date(2026, 3, 2),
                basis: Personal::Unreadable,
            },
            aware_on: date(2026, 3, 2),
            body_type,
            regime: RegimeVersion::from_name("england-regulation-20-health-service-body-2014").unwrap(),
        }
    }

    #[test]
    fn e_2_which_outcomes_are_within_20_8_and_20_9() {
        // Outcome; then within 20(8) if it appears to have resulted, if it could result; then the same for 20(9).
        let table = [
            (Death, [true, true], [true, false]),
            (SevereHarm, [true, true], [false, false]),
            (ModerateHarm, [true, true], [false, false]),
            (ProlongedPsychologicalHarm, [true, true], [true, false]),
            (Impairment28Days, [false, false], [true, false]),
            (StructuralChange, [false, false], [true, false]),
            (ProlongedPain, [false, false], [true, false]),
            (ShortenedLife, [false, false], [true, false]),
            (TreatmentToPreventDeath, [false, false], [true, false]),
            (TreatmentToPreventInjury, [false, false], [true, false]),
        ];
        assert_eq!(table.map(|(outcome, ..)| outcome).as_slice(), Outcome::ALL, "every outcome has its row");
        for (outcome, health_service_body, other_registered_person) in table {
            for (body_type, [appears, could]) in
                [(HealthServiceBody, health_service_body), (OtherRegisteredPerson, other_registered_person)]
            {
                for (likelihood, within) in [(AppearsToHaveResulted, appears), (CouldResult, could)] {
                    let violations = check_notifiable(&assessment(body_type, outcome, likelihood));
                    assert_eq!(
                        violations.is_empty(),
                        within,
                        "{body_type} {outcome} {likelihood}: {violations:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn e_2_a_near_miss_is_not_within_20_9() {
        assert_eq!(
            check_notifiable(&assessment(OtherRegisteredPerson, Death, CouldResult)),
            [CouldResultNotWithin]
        );
        assert_eq!(
            check_notifiable(&assessment(OtherRegisteredPerson, SevereHarm, CouldResult)),
            [
                CouldResultNotWithin,
                OutcomeNotWithin { outcome: SevereHarm, body_type: OtherRegisteredPerson }
            ]
        );
    }

    #[test]
    fn e_1_unintended_or_unexpected_and_a_regulated_activity_are_both_needed() {
        for (unintended_or_unexpected, regulated_activity, expected) in [
            (true, true, vec![]),
            (false, true, vec![NotUnintendedOrUnexpected]),
            (true, false, vec![NotARegulatedActivity]),
            (false, false, vec![NotUnintendedOrUnexpected, NotARegulatedActivity]),
        ] {
            for (body_type, outcome) in
                [(HealthServiceBody, SevereHarm), (OtherRegisteredPerson, StructuralChange)]
            {
                let assessment = NotifiableAssessment {
                    unintended_or_unexpected,
                    regulated_activity,
                    ..assessment(body_type, outcome, AppearsToHaveResulted)
                };
                assert_eq!(check_notifiable(&assessment), expected, "{body_type}");
            }
        }
    }

    #[test]
    fn e_2_a_death_must_relate_directly_to_the_incident() {
        for body_type in [HealthServiceBody, OtherRegisteredPerson] {
            let assessment = NotifiableAssessment {
                directly_related: false,
                ..assessment(body_type, Death, AppearsToHaveResulted)
            };
            assert_eq!(check_notifiable(&assessment), [DeathNotDirectlyRelated], "{body_type}");
        }
    }

    #[test]
    fn e_3_moderate_harm_needs_both_limbs() {
        let increase = Some(ModerateIncrease::TransferToAnotherArea);
        for (moderate_increase_in_treatment, significant_not_permanent, expected) in [
            (increase, true, vec![]),
            (None, true, vec![NoModerateIncreaseInTreatment]),
            (increase, false, vec![NotSignificantNotPermanent]),
            (None, false, vec![NoModerateIncreaseInTreatment, NotSignificantNotPermanent]),
        ] {
            let assessment = NotifiableAssessment {
                moderate_increase_in_treatment,
                significant_not_permanent,
                ..assessment(HealthServiceBody, ModerateHarm, AppearsToHaveResulted)
            };
            assert_eq!(check_notifiable(&assessment), expected);
        }
        let severe = NotifiableAssessment {
            moderate_increase_in_treatment: None,
            significant_not_permanent: false,
            ..assessment(HealthServiceBody, SevereHarm, AppearsToHaveResulted)
        };
        assert_eq!(check_notifiable(&severe), [], "severe harm asks for neither");
    }

    #[test]
    fn e_4_prolonged_is_28_continuous_days_experienced_or_likely() {
        for (body_type, outcome) in [
            (HealthServiceBody, ProlongedPsychologicalHarm),
            (OtherRegisteredPerson, ProlongedPsychologicalHarm),
            (OtherRegisteredPerson, ProlongedPain),
            (OtherRegisteredPerson, Impairment28Days),
        ] {
            for (continuous_days, likely_28_days, prolonged) in [
                (Some(27), false, false),
                (Some(28), false, true),
                (Some(29), false, true),
                (None, false, false),
                (Some(0), true, true),
                (Some(27), true, true),
                (None, true, true),
            ] {
                let assessment = NotifiableAssessment {
                    continuous_days,
                    likely_28_days,
                    ..assessment(body_type, outcome, AppearsToHaveResulted)
                };
                let expected = if prolonged { vec![] } else { vec![NotProlonged { outcome }] };
                assert_eq!(
                    check_notifiable(&assessment),
                    expected,
                    "{body_type} {outcome} {continuous_days:?} {likely_28_days}"
                );
            }
        }
        let structural = NotifiableAssessment {
            continuous_days: None,
            ..assessment(OtherRegisteredPerson, StructuralChange, AppearsToHaveResulted)
        };
        assert_eq!(check_notifiable(&structural), [], "no other outcome asks for days");
    }

    #[test]
    fn e_5_prolonged_pain_alone_is_not_within_20_8() {
        for likelihood in [AppearsToHaveResulted, CouldResult] {
            let found = check_notifiable(&assessment(HealthServiceBody, ProlongedPain, likelihood));
            assert_eq!(found, [PainAloneNotWithin], "{likelihood}");
        }
        assert_eq!(
            check_notifiable(&assessment(OtherRegisteredPerson, ProlongedPain, AppearsToHaveResulted)),
            []
        );
    }

    #[test]
    fn every_violation_names_its_rule_and_its_field() {
        for (violation, rule, field) in [
            (NotUnintendedOrUnexpected, "E-1", "assessment.unintended_or_unexpected"),
            (NotARegulatedActivity, "E-1", "assessment.regulated_activity"),
            (
                OutcomeNotWithin { outcome: SevereHarm, body_type: OtherRegisteredPerson },
                "E-2",
                "assessment.outcome",
            ),
            (CouldResultNotWithin, "E-2", "assessment.likelihood"),
            (DeathNotDirectlyRelated, "E-2", "assessment.directly_related"),
            (NoModerateIncreaseInTreatment, "E-3", "assessment.moderate_increase_in_treatment"),
            (NotSignificantNotPermanent, "E-3", "assessment.significant_not_permanent"),
            (NotProlonged { outcome: ProlongedPain }, "E-4", "assessment.continuous_days"),
            (PainAloneNotWithin, "E-5", "assessment.outcome"),
        ] {
            assert_eq!((violation.rule(), violation.field()), (rule, field), "{violation}");
        }
        assert_eq!(
            OutcomeNotWithin { outcome: SevereHarm, body_type: OtherRegisteredPerson }.to_string(),
            "the outcome severe-harm is not within regulation 20(9) for this body type (other-registered-person)"
        );
        assert_eq!(
            NotProlonged { outcome: ProlongedPain }.to_string(),
            "prolonged-pain must have lasted, or be likely to last, for a continuous period of at least 28 days"
        );
    }
}
