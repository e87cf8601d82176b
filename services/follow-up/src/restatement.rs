//! What may be restated, judged by facts of the incident that the corrected history itself does not hold: the day of awareness (E-12), and when
//! a reporter was told something.

use candour_domain::{
    Correction, CorrectionChange, calendar::civil_date, candour_case::NotifiableAssessment, regime,
};
use candour_service_kit::Check;
use jiff::{Timestamp, civil::Date};

/// The field of the request that a restated day comes in.
const FIELD: &str = "stated_date";

/// Nobody was told anything about a report before the day it was made: F1 to F3 count days from it.
pub(crate) fn feedback(check: &mut Check, correction: &Correction, reported_at: Option<Timestamp>) {
    let (CorrectionChange::OccurredAt(at), Some(reported_at)) = (correction.change, reported_at) else {
        return;
    };
    let reported_on = civil_date(reported_at);
    if civil_date(at) < reported_on {
        check.violation(
            "occurred_time",
            format!("must not lie before {reported_on}, the day the incident was reported"),
        );
    }
}

/// Holds a restated day of awareness to what an assessment is held to: not before the report, and under the law it was judged by. What another
/// version of the law would have governed was judged by the wrong one, and is to be judged again.
pub(crate) fn awareness(
    check: &mut Check,
    assessment: &NotifiableAssessment,
    aware_on: Date,
    reported_on: Date,
) {
    if aware_on < reported_on {
        check.violation(
            FIELD,
            format!("must not lie before {reported_on}, the day the incident was reported"),
        );
    }
    let judged_under = regime::REGIMES.iter().find(|regime| regime.version == assessment.regime);
    let governing =
        judged_under.and_then(|regime| regime::select(regime.nation, assessment.body_type, aware_on));
    if governing.is_none_or(|governing| governing.version != assessment.regime) {
        let judged_under = assessment.regime.as_str();
        check.violation(
            FIELD,
            format!(
                "must be a day on which {judged_under} governed, under which the case was judged; strike the assessment out and assess again \
                 instead"
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use candour_domain::{
        Personal,
        candour_case::Opinion,
        regime::{BodyType, Likelihood, Outcome, RegimeVersion},
        text::Text,
    };
    use candour_service_kit::Failure;
    use jiff::civil::date;

    use super::*;

    fn assessment(body_type: BodyType, regime: &str) -> NotifiableAssessment {
        NotifiableAssessment {
            unintended_or_unexpected: true,
            regulated_activity: true,
            outcome: Outcome::Death,
            likelihood: Likelihood::AppearsToHaveResulted,
            moderate_increase_in_treatment: None,
            significant_not_permanent: false,
            continuous_days: None,
            likely_28_days: false,
            directly_related: true,
            opinion: Opinion {
                given_by_role: Text::parse("consultant").unwrap(),
                profession: Text::parse("medicine").unwrap(),
                given_by: None,
                involved_in_incident: None,
                given_on: date(2015, 6, 1),
                basis: Personal::Unreadable,
            },
            aware_on: date(2015, 6, 1),
            body_type,
            regime: RegimeVersion::from_name(regime).unwrap(),
        }
    }

    /// The violations, each with its field.
    fn refused(
        assessment: &NotifiableAssessment,
        aware_on: Date,
        reported_on: Date,
    ) -> Vec<(String, String)> {
        let mut check = Check::new();
        awareness(&mut check, assessment, aware_on, reported_on);
        match check.finish(|| Some(())) {
            Ok(()) => Vec::new(),
            Err(Failure::Invalid(violations)) => {
                violations.into_iter().map(|violation| (violation.field, violation.description)).collect()
            }
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn e_12_awareness_is_not_restated_before_the_report_nor_into_another_version_of_the_law() {
        let other =
            assessment(BodyType::OtherRegisteredPerson, "england-regulation-20-other-registered-person-2015");
        let reported = date(2015, 3, 1);
        // In force from 1 April 2015.
        assert_eq!(refused(&other, date(2015, 4, 1), reported), []);
        let law = "must be a day on which england-regulation-20-other-registered-person-2015 governed, under which the case was judged; \
                   strike the assessment out and assess again instead";
        let stated_date = |words: &str| ("stated_date".to_owned(), words.to_owned());
        assert_eq!(refused(&other, date(2015, 3, 31), reported), [stated_date(law)]);
        let report = "must not lie before 2015-03-01, the day the incident was reported";
        assert_eq!(refused(&other, date(2015, 2, 28), reported), [stated_date(report), stated_date(law)]);

        let trust = assessment(BodyType::HealthServiceBody, "england-regulation-20-health-service-body-2014");
        assert_eq!(refused(&trust, reported, reported), []);
        assert_eq!(refused(&trust, date(2015, 2, 28), reported), [stated_date(report)]);
    }
}
