//! What an event says of a patient: harm, age, how sure it is that the event caused the harm (L-1 to L-4).

use candour_api::v1;
use candour_domain::incident::{PhysicalHarm, PsychologicalHarm};
use serde_json::Value;

use super::resource::{extensions, field, list, text, values};
use crate::{
    csv::{wire_physical, wire_psychological},
    row::Findings,
    words,
};

/// Days in a year of the service's ages (L-3).
const AGE_YEAR_DAYS: i64 = 372;
/// Days in a month of the service's ages (L-3).
const AGE_MONTH_DAYS: i64 = 31;
/// The greatest age, in days: 199 years (L-3).
const AGE_DAYS_MAX: i64 = 74_028;

/// An age as the service counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Age {
    /// Less than a month: 1 to 30 days.
    Days(u8),
    /// Less than a year: 1 to 11 months.
    Months(u8),
    /// 1 to 199 years.
    Years(u8),
}

/// A number of days that is no age (L-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "is no age: 1 to 30 days, a multiple of 31 days for months, or a multiple of 372 days for years, up to {AGE_DAYS_MAX}"
)]
pub struct NotAnAge;

impl Age {
    /// Reads an age in days. The service writes months as 31 days and years as 372, so that 18600 days are 50 years (L-3).
    pub fn from_days(days: i64) -> Result<Self, NotAnAge> {
        let count = |unit: i64| (days % unit == 0).then(|| u8::try_from(days / unit).ok()).flatten();
        match days {
            1..=30 => count(1).map(Self::Days),
            AGE_MONTH_DAYS..AGE_YEAR_DAYS => count(AGE_MONTH_DAYS).map(Self::Months),
            AGE_YEAR_DAYS..=AGE_DAYS_MAX => count(AGE_YEAR_DAYS).map(Self::Years),
            _ => None,
        }
        .ok_or(NotAnAge)
    }

    /// Under 16: who is told depends on whether the child is competent to decide (E-10).
    pub fn is_under_16(self) -> bool {
        self < Self::Years(16)
    }
}

/// The worst harm of an event over all its patients, 1 fatal to 5 none: the least of physical harm and psychological harm plus one, because
/// psychological harm has no fatal (L-4). `None` where nothing was graded.
pub fn worst_harm(persons: &[v1::ImportedPerson]) -> Option<u8> {
    let grades = persons.iter().filter_map(|person| person.harm.as_ref());
    grades
        .flat_map(|harm| {
            let physical = u8::try_from(harm.physical).ok().filter(|level| *level > 0);
            let psychological = u8::try_from(harm.psychological).ok().filter(|level| *level > 0);
            [physical, psychological.map(|level| level + 1)]
        })
        .flatten()
        .min()
}

/// Everybody an event names. A patient without any information stands there for form's sake and is nobody.
pub(super) fn patients(event: &Value, findings: &mut Findings) -> Vec<v1::ImportedPerson> {
    let contained =
        list(event, "contained").filter(|resource| text(resource, "resourceType") == Some("Patient"));
    let information = contained
        .flat_map(|patient| extensions(patient, "patient-information"))
        .chain(extensions(event, "patient-information"));
    let mut persons: Vec<v1::ImportedPerson> = Vec::new();
    for (index, information) in (1..).zip(information) {
        let person = patient(information, index, findings);
        if persons.iter().any(|other| other.source_id == person.source_id) {
            findings.violation(format!("patient {index}, PatientSequence"), "stands twice in the event");
        }
        persons.push(person);
    }
    persons
}

fn patient(information: &Value, index: usize, findings: &mut Findings) -> v1::ImportedPerson {
    let place = |name: &str| format!("patient {index}, {name}");
    let value = |name: &str| values(information, name).next();
    let (physical, psychological) = harm(information, index, findings);
    if let Some(days) = value("AgeAtTimeOfIncidentDays") {
        match days.parse().map_err(|_| NotAnAge).and_then(Age::from_days) {
            Ok(age) if age.is_under_16() => findings.notice(
                place("AgeAtTimeOfIncidentDays"),
                "is an age under 16: who is told depends on whether the child is competent to decide (E-10)",
            ),
            Ok(_) => {}
            Err(error) => findings.notice(place("AgeAtTimeOfIncidentDays"), format!("{error} (L-3)")),
        }
    }
    let severe = psychological.is_some_and(|harm| harm == PsychologicalHarm::Severe)
        || physical.is_some_and(|harm| harm.level() <= PhysicalHarm::Severe.level());
    if value("StrengthOfAssociation").is_some() && !severe {
        findings.notice(place("StrengthOfAssociation"), "is given though the harm is not severe (L-2)");
    }
    v1::ImportedPerson {
        source_id: value("PatientSequence").unwrap_or_else(|| index.to_string()),
        kind: v1::AffectedPersonKind::Patient.into(),
        name: String::new(),
        contact: String::new(),
        harm: (physical.is_some() || psychological.is_some()).then(|| v1::HarmGrade {
            physical: physical.map_or(0, wire_physical),
            psychological: psychological.map_or(0, wire_psychological),
            could_result: false,
        }),
        candour: None,
    }
}

/// L-1: whoever died has no psychological harm. L-6: a lower code is worse.
fn harm(
    information: &Value,
    index: usize,
    findings: &mut Findings,
) -> (Option<PhysicalHarm>, Option<PsychologicalHarm>) {
    let value = |name: &str| values(information, name).next();
    let physical = value("PhysicalHarm").and_then(|code| {
        let harm = words::physical_harm(&code).filter(|_| is_code(&code));
        if harm.is_none() {
            findings.violation(format!("patient {index}, PhysicalHarm"), "is not one of the codes 1 to 5");
        }
        harm
    });
    let psychological = value("PsychologicalHarm").and_then(|code| {
        let harm = words::psychological_harm(&code).filter(|_| is_code(&code));
        if harm.is_none() {
            findings
                .violation(format!("patient {index}, PsychologicalHarm"), "is not one of the codes 1 to 4");
        }
        harm
    });
    if physical == Some(PhysicalHarm::Fatal) && psychological.is_some() {
        findings.notice(
            format!("patient {index}, PsychologicalHarm"),
            "is given for a death, and was left out (L-1)",
        );
        return (physical, None);
    }
    (physical, psychological)
}

fn is_code(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the source's governance says that the duty of candour applies: a prompt, never a decision. `None` where it does not say.
pub(super) fn candour_flag(event: &Value) -> Option<bool> {
    field(event, "adverse-event-governance", "DutyOfCandour").and_then(|flag| words::yes_or_no(&flag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l_3_ages_count_years_of_372_days_and_months_of_31() {
        for (days, age) in [
            (1, Age::Days(1)),
            (30, Age::Days(30)),
            (31, Age::Months(1)),
            (341, Age::Months(11)),
            (372, Age::Years(1)),
            (18_600, Age::Years(50)),
            (74_028, Age::Years(199)),
        ] {
            assert_eq!(Age::from_days(days), Ok(age), "{days}");
        }
        for days in [0, -1, 32, 61, 365, 371, 373, 18_262, 74_029, 74_400, i64::MAX, i64::MIN] {
            assert_eq!(Age::from_days(days), Err(NotAnAge), "{days}");
        }
    }

    #[test]
    fn l_3_e_10_a_child_is_under_16() {
        for (days, under_16) in
            [(30, true), (341, true), (15 * 372, true), (16 * 372, false), (18_600, false)]
        {
            assert_eq!(Age::from_days(days).unwrap().is_under_16(), under_16, "{days}");
        }
    }

    #[test]
    fn l_4_the_worst_harm_is_the_least_of_physical_and_psychological_plus_one() {
        let person = |physical: i32, psychological: i32| v1::ImportedPerson {
            harm: Some(v1::HarmGrade { physical, psychological, could_result: false }),
            ..v1::ImportedPerson::default()
        };
        for (persons, worst) in [
            (vec![person(5, 4)], Some(5)),
            (vec![person(5, 1)], Some(2)),
            (vec![person(4, 2)], Some(3)),
            (vec![person(3, 4), person(1, 0)], Some(1)),
            (vec![person(0, 3)], Some(4)),
            (vec![person(0, 0)], None),
            (vec![v1::ImportedPerson::default()], None),
            (vec![], None),
        ] {
            assert_eq!(worst_harm(&persons), worst, "{persons:?}");
        }
    }
}
