//! Shows what was told to the reporter, and a duty of candour case, as they stand.
//!
//! The state a rule rests on follows the order in which the domain folds it: by day of occurrence, then by recording. Lists for people are
//! in the order in which things happened, as the figures count them: of two outcomes the one that was told first counts, whichever was
//! recorded first.

pub(crate) mod candour_case;
pub(crate) mod feedback;

use candour_domain::Entry;

/// The entries in the order in which they happened; what happened at the same instant, in the order of recording.
fn as_it_happened<E>(history: &[Entry<E>]) -> Vec<&Entry<E>> {
    let mut entries: Vec<&Entry<E>> = history.iter().collect();
    entries.sort_by_key(|entry| entry.occurred_at);
    entries
}

/// The text, or nothing.
fn text_or_empty(text: Option<&impl ToString>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}
