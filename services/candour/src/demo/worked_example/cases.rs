//! Duty of candour cases N1 to N11. N1 and N2 are two patients of one incident. The organisation recorded these incidents itself, so they have no
//! reporter who waits to be told.

use candour_api::v1::{
    ContactMethod::{Email, Letter as ByLetter, Telephone},
    PhysicalHarm::{self, Low, Moderate, Severe},
    ResponseKind,
};
use jiff::civil::Date;

use super::day;
use crate::demo::step::{
    Elements::{All, AllButTheApology, TheApology},
    Step, What,
    What::{
        Assess, Attempt, Decline, Exempt, GradeHarm, Letter, NoFurtherEnquiries, NotContactable,
        NotNotifiable, Notify, Report, Results, SignOff, StartResponse,
    },
};

pub(super) fn steps() -> Vec<Step> {
    vec![
        // N1 and N2: told in time and late, the report signed off, the results shared with one of them.
        report(day(3, 30), "INC-N1-N2", &[("N1", Moderate), ("N2", Severe)]),
        at(day(3, 30), Assess { case: "N1", aware: day(3, 30) }),
        at(day(3, 31), Assess { case: "N2", aware: day(3, 30) }),
        at(
            day(4, 1),
            StartResponse { response: "RSP-N1-N2", kind: ResponseKind::Psii, incident: "INC-N1-N2" },
        ),
        at(day(4, 10), Notify { case: "N2", elements: AllButTheApology }),
        at(day(4, 15), Notify { case: "N1", elements: All }),
        at(day(4, 16), Notify { case: "N2", elements: TheApology }),
        at(day(4, 24), Letter { case: "N1" }),
        at(day(5, 5), Letter { case: "N2" }),
        at(day(6, 5), SignOff { response: "RSP-N1-N2" }),
        at(day(6, 18), Results { case: "N1" }),
        // N3: nothing happened after the decision.
        report(day(5, 18), "INC-N3", &[("N3", Moderate)]),
        at(day(5, 19), Assess { case: "N3", aware: day(5, 18) }),
        // N4: declined in time, after logged attempts.
        report(day(4, 20), "INC-N4", &[("N4", Moderate)]),
        at(day(4, 21), Assess { case: "N4", aware: day(4, 20) }),
        at(day(4, 28), Attempt { case: "N4", method: Telephone }),
        at(day(4, 30), Attempt { case: "N4", method: Email }),
        at(day(5, 1), Decline { case: "N4" }),
        // N5: not yet due.
        report(day(6, 22), "INC-N5", &[("N5", Moderate)]),
        at(day(6, 23), Assess { case: "N5", aware: day(6, 22) }),
        // N6: recognised late, when the harm was graded up.
        report(day(3, 2), "INC-N6", &[("N6", Low)]),
        at(day(6, 1), GradeHarm { case: "N6", harm: Moderate }),
        at(day(6, 1), Assess { case: "N6", aware: day(6, 1) }),
        at(day(6, 8), Notify { case: "N6", elements: All }),
        at(day(6, 8), NoFurtherEnquiries { case: "N6" }),
        at(day(6, 19), Letter { case: "N6" }),
        // N7: decided late, not contactable after its due date.
        report(day(4, 27), "INC-N7", &[("N7", Moderate)]),
        at(day(5, 6), Assess { case: "N7", aware: day(5, 6) }),
        at(day(5, 27), Attempt { case: "N7", method: Telephone }),
        at(day(5, 29), Attempt { case: "N7", method: ByLetter }),
        at(day(6, 1), Attempt { case: "N7", method: Telephone }),
        at(day(6, 3), NotContactable { case: "N7" }),
        // N8: exempted under a local policy, which the statute does not know.
        report(day(5, 11), "INC-N8", &[("N8", Moderate)]),
        at(day(5, 13), Assess { case: "N8", aware: day(5, 13) }),
        at(day(5, 20), Exempt { case: "N8" }),
        // N9: decided as not notifiable. N10: no decision. N11: not yet due.
        report(day(6, 1), "INC-N9", &[("N9", Moderate)]),
        at(day(6, 3), NotNotifiable { case: "N9" }),
        report(day(6, 8), "INC-N10", &[("N10", Moderate)]),
        report(day(6, 29), "INC-N11", &[("N11", Moderate)]),
    ]
}

fn at(on: Date, what: What) -> Step {
    Step { on, what }
}

fn report(on: Date, incident: &'static str, cases: &'static [(&'static str, PhysicalHarm)]) -> Step {
    at(on, Report { incident, identity: None, cases })
}
