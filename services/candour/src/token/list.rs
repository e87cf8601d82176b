//! The tokens of a file as a table.

use candour_callers::{
    TokensFile,
    tokens_file::{Entry, Standing},
};
use jiff::Timestamp;

use crate::show::table::Titled;

/// Prints every token, those that have ended among them.
pub(super) fn print(file: &TokensFile, now: Timestamp) {
    let in_force = file.entries().iter().filter(|entry| entry.is_in_force(now)).count();
    let mut table = Titled::new(
        format!("{} tokens, {in_force} in force on {now}", file.entries().len()),
        &["caller", "token", "roles", "may name", "made", "ends", "stands"],
    );
    for entry in file.entries() {
        table.row(vec![
            entry.caller.id.to_string(),
            entry.id.to_string(),
            entry.caller.role_codes().join(", "),
            entry.caller.performers.to_string(),
            entry.created.to_string(),
            entry.revoked.unwrap_or(entry.expires).to_string(),
            stands(entry, now).to_owned(),
        ]);
    }
    table.print();
}

fn stands(entry: &Entry, now: Timestamp) -> &'static str {
    match entry.standing(now) {
        Standing::InForce => "in force",
        Standing::Expired => "expired",
        Standing::Revoked => "revoked",
    }
}
