//! The worked example: England, a health service body, the first half of 2026. Its figures are known to the last one.
//!
//! The data are those of the domain rules' worked example; the same histories are counted by the tests of the measures.

mod cases;
mod recommendations;
mod reporters;

use jiff::civil::{Date, date};

use super::step::Step;

/// Every step, by day; on one day in the order given.
pub(super) fn steps() -> Vec<Step> {
    let mut steps = recommendations::steps();
    steps.extend(reporters::steps());
    steps.extend(cases::steps());
    steps.sort_by_key(|step| step.on);
    steps
}

/// The day of the first step.
pub(super) fn first_day() -> Date {
    date(2025, 8, 18)
}

/// A day of 2026.
const fn day(month: i8, day: i8) -> Date {
    date(2026, month, day)
}
