//! What a source system asserts without its elements being on record.
//!
//! An export says "letter sent 10/04/2026" and nothing of what the letter covers. Such a date is kept, with who asserts it, and shown wherever
//! the stage is; it completes no stage, decides nothing and counts in no numerator. Whoever holds the elements records them, and then the
//! stage counts.

use jiff::civil::Date;

/// The words that mark an asserted fact wherever it is shown or counted.
pub const ASSERTED: &str = "asserted by source, elements not evidenced";

/// The mark with the day asserted, for the detail of a row: `asserted by source 2026-04-10, elements not evidenced`.
pub(crate) fn asserted_on(day: Date) -> String {
    format!("asserted by source {day}, elements not evidenced")
}
