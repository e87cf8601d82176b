//! Proofs about the read side, on the real SQLite: what a fold promises, and that lists and measures can be asked as known at any position.
//!
//! One target, because all of them tell the same story (`fixture::story`). Each module is named after what it proves.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

mod fixture;

mod a_runner_is_observed;
mod another_log_is_folded_anew;
mod every_row_is_a_version;
mod figures_from_sums;
mod incremental_equals_fresh;
mod nothing_personal_is_kept;
mod one_writer;
mod pages_and_places;
mod rows_and_checkpoint_move_together;
mod rows_follow_the_story;
mod undecodable_stops_the_fold;
mod waiting_for_a_position;
