//! The tables that `candour demo` prints, for comparison between engines.

use crate::process::Finished;

/// The tables of a run that succeeded: without the lines about what was entered and where, and without the positions, which are each engine's own.
pub fn tables(run: &Finished) -> String {
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let (_, tables) = run.stdout.split_once("1. Was each").expect("the tables begin with the first question");
    let without_position = |line: &str| match line.split_once("log position ") {
        Some((before, after)) => {
            format!("{before}log position{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        None => line.to_owned(),
    };
    tables.lines().map(without_position).collect::<Vec<_>>().join("\n")
}

/// Compares the tables of two runs without printing both of them whole.
#[track_caller]
pub fn assert_same_tables(one: &Finished, other: &Finished) {
    let (one, other) = (tables(one), tables(other));
    for (one, other) in one.lines().zip(other.lines()) {
        assert_eq!(one, other);
    }
    assert_eq!(one.lines().count(), other.lines().count());
}
