//! Recommendations RC1 to RC8 and actions A1 to A11.

use candour_api::v1::{ResponseKind, Strength};
use jiff::civil::{Date, date};

use super::day;
use crate::demo::step::{
    Step,
    What::{
        Accept, Agree, Effective, Implement, MoveTarget, Recommend, Reject, Report, StartResponse, Supersede,
        Verify, Withdraw,
    },
};

/// An action: label, recommendation, agreed, target, strength, review date, what is to change.
type Action = (&'static str, &'static str, Date, Option<Date>, Option<Strength>, Option<Date>, &'static str);

const ACTIONS: &[Action] = &[
    (
        "A8",
        "RC5",
        date(2025, 10, 1),
        Some(date(2025, 12, 31)),
        Some(Strength::Weaker),
        None,
        "Remind teams of the escalation policy at each handover.",
    ),
    (
        "A9",
        "RC5",
        date(2025, 10, 1),
        Some(day(1, 31)),
        Some(Strength::Weaker),
        None,
        "Add the escalation policy to induction.",
    ),
    (
        "A1",
        "RC1",
        day(1, 5),
        Some(day(3, 31)),
        Some(Strength::Stronger),
        None,
        "Let the pump library refuse doses above the hard limit.",
    ),
    (
        "A2",
        "RC1",
        day(1, 5),
        Some(day(3, 31)),
        Some(Strength::Weaker),
        None,
        "Train every ward pharmacist in the new pump library.",
    ),
    (
        "A3",
        "RC2",
        day(1, 12),
        Some(day(4, 30)),
        Some(Strength::Intermediate),
        None,
        "Use one observation chart on every ward.",
    ),
    (
        "A10",
        "RC2",
        day(1, 19),
        Some(day(4, 30)),
        Some(Strength::Stronger),
        Some(day(6, 19)),
        "Alert the outreach team automatically from the observation chart.",
    ),
    (
        "A4",
        "RC3",
        day(2, 2),
        Some(day(5, 31)),
        Some(Strength::Weaker),
        None,
        "Publish a poster on the handover tool.",
    ),
    (
        "A5",
        "RC3",
        day(2, 2),
        Some(day(3, 31)),
        Some(Strength::Weaker),
        None,
        "Audit the use of the handover tool each month.",
    ),
    (
        "A6",
        "RC4",
        day(3, 2),
        Some(day(9, 30)),
        Some(Strength::Intermediate),
        None,
        "Standardise the falls trolley.",
    ),
    ("A7", "RC4", day(3, 2), None, None, None, "Review lighting on the wards."),
    (
        "A11",
        "RC4",
        day(3, 2),
        Some(day(6, 15)),
        Some(Strength::Weaker),
        None,
        "Remind staff to use the falls trolley.",
    ),
];

pub(super) fn steps() -> Vec<Step> {
    let mut steps = vec![
        at(date(2025, 8, 18), Report { incident: "INC-2025-01", identity: None, cases: &[] }),
        at(date(2025, 9, 1), response("RSP-1", ResponseKind::LegacySeriousIncident)),
        at(date(2025, 9, 15), recommend("RC5", "RSP-1", "Make the escalation policy known.")),
        at(date(2025, 10, 1), Accept { recommendation: "RC5" }),
        at(date(2025, 11, 10), response("RSP-2", ResponseKind::Psii)),
        at(date(2025, 12, 15), recommend("RC1", "RSP-2", "Prevent overdoses by infusion pump.")),
        at(date(2025, 12, 15), recommend("RC2", "RSP-2", "Recognise deterioration earlier.")),
        at(day(1, 5), Accept { recommendation: "RC1" }),
        at(day(1, 5), Accept { recommendation: "RC2" }),
        at(day(1, 15), recommend("RC3", "RSP-2", "Make handovers reliable.")),
        at(day(1, 15), recommend("RC6", "RSP-2", "Replace every infusion pump.")),
        at(day(2, 2), Accept { recommendation: "RC3" }),
        at(day(2, 2), Reject { recommendation: "RC6" }),
        at(day(2, 9), response("RSP-3", ResponseKind::ThematicReview)),
        at(day(2, 16), recommend("RC4", "RSP-3", "Reduce harm from falls.")),
        at(day(3, 2), Accept { recommendation: "RC4" }),
        at(day(5, 11), recommend("RC7", "RSP-3", "Review night staffing on the wards with most falls.")),
        at(day(5, 26), Accept { recommendation: "RC7" }),
        at(day(6, 22), recommend("RC8", "RSP-3", "Share what was learned with the community hospitals.")),
    ];
    steps.extend(ACTIONS.iter().map(|&(action, under, agreed, target, strength, review, text)| {
        at(agreed, Agree { action, under, target, strength, review, text })
    }));
    steps.extend([
        at(day(3, 10), Withdraw { action: "A9" }),
        at(day(3, 18), Implement { action: "A1", on: day(3, 16) }),
        at(day(3, 20), Verify { action: "A1" }),
        at(day(3, 25), MoveTarget { action: "A2", to: day(5, 31) }),
        at(day(4, 14), MoveTarget { action: "A5", to: day(7, 31) }),
        at(day(4, 30), Implement { action: "A10", on: day(4, 30) }),
        at(day(5, 8), Verify { action: "A10" }),
        at(day(5, 12), Implement { action: "A2", on: day(5, 11) }),
        at(day(5, 15), Verify { action: "A2" }),
        at(day(5, 18), Implement { action: "A3", on: day(5, 18) }),
        at(day(5, 20), Verify { action: "A3" }),
        at(day(5, 20), Supersede { action: "A11", by: "A6" }),
        at(day(5, 28), Implement { action: "A4", on: day(5, 28) }),
        at(day(6, 20), Effective { action: "A10" }),
    ]);
    steps
}

fn at(on: Date, what: crate::demo::step::What) -> Step {
    Step { on, what }
}

fn response(response: &'static str, kind: ResponseKind) -> crate::demo::step::What {
    StartResponse { response, kind, incident: "INC-2025-01" }
}

fn recommend(
    recommendation: &'static str,
    response: &'static str,
    text: &'static str,
) -> crate::demo::step::What {
    Recommend { recommendation, response, text }
}
