//! Reporters P1 to P13.

use candour_api::v1::ReporterIdentity::{self, Anonymous, Confidential, Named};
use jiff::civil::Date;

use super::day;
use crate::demo::step::{
    Step,
    What::{
        Acknowledge, Close, LinkDuplicate, OpenReceiptCode, OptOut, Outcome, Progress, Report, Unreachable,
    },
};

/// A report: label, who reported, and the days on which it was reported, acknowledged, closed and its outcome told.
type Reporter = (&'static str, ReporterIdentity, Date, Option<Date>, Option<Date>, Option<Date>);

const REPORTERS: &[Reporter] = &[
    ("P1", Named, day(3, 2), Some(day(3, 3)), Some(day(4, 13)), Some(day(4, 20))),
    ("P2", Named, day(3, 4), Some(day(3, 6)), Some(day(4, 15)), Some(day(4, 29))),
    ("P3", Named, day(3, 9), Some(day(3, 12)), Some(day(5, 1)), Some(day(5, 18))),
    ("P4", Confidential, day(3, 16), Some(day(3, 16)), Some(day(5, 18)), Some(day(6, 3))),
    ("P5", Anonymous, day(4, 7), Some(day(4, 8)), Some(day(5, 22)), Some(day(6, 8))),
    ("P6", Named, day(4, 2), Some(day(4, 8)), Some(day(5, 11)), Some(day(5, 22))),
    ("P7", Named, day(3, 20), Some(day(3, 23)), None, None),
    ("P8", Named, day(5, 5), Some(day(5, 6)), None, None),
    ("P9", Anonymous, day(5, 6), None, None, None),
    ("P10", Anonymous, day(5, 20), None, Some(day(6, 10)), None),
    ("P11", Named, day(4, 13), Some(day(4, 14)), None, None),
    ("P12", Named, day(4, 14), Some(day(4, 15)), None, None),
    ("P13", Named, day(2, 10), Some(day(2, 11)), Some(day(3, 20)), None),
];

pub(super) fn steps() -> Vec<Step> {
    let at = |on, what| Step { on, what };
    let mut steps = Vec::new();
    for &(incident, identity, reported, acknowledged, closed, told) in REPORTERS {
        steps.push(at(reported, Report { incident, identity: Some(identity), cases: &[] }));
        if incident == "P5" {
            // Anonymous with a receipt code: can be told.
            steps.push(at(reported, OpenReceiptCode { incident }));
        }
        steps.extend(acknowledged.map(|on| at(on, Acknowledge { incident })));
        steps.extend(closed.map(|on| at(on, Close { incident })));
        steps.extend(told.map(|on| at(on, Outcome { incident })));
    }
    steps.extend([
        at(day(4, 20), Progress { incident: "P7" }),
        at(day(5, 19), Progress { incident: "P7" }),
        at(day(6, 12), Progress { incident: "P7" }),
        at(day(5, 28), Progress { incident: "P8" }),
        at(day(4, 14), OptOut { incident: "P11" }),
        at(day(4, 17), LinkDuplicate { incident: "P12", of: "P6" }),
        at(day(5, 1), Unreachable { incident: "P13" }),
    ]);
    steps
}
