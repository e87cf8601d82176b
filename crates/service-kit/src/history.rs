//! The history of a record, and corrections of it, as requests and answers spell them.

use std::collections::{HashMap, HashSet};

use candour_api::v1;
use candour_domain::{Correction, CorrectionChange, identifier::EventId};
use candour_records::StoredAggregate;

use crate::{check::Check, engine::Loaded, wire};

/// What a correction request says is right; every correction rpc has these three choices.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// The entry should not have been made.
    Struck(bool),
    /// It happened then.
    OccurredTime(&'a prost_types::Timestamp),
    /// The date it states should be this.
    StatedDate(&'a v1::Date),
}

/// Reads a correction.
pub fn correction(
    check: &mut Check,
    event_id: &str,
    reason: &str,
    change: Option<Change<'_>>,
) -> Option<Correction> {
    let corrects = check.id::<EventId>("event_id", event_id);
    let reason = check.text("reason", reason);
    let change = match change {
        None => {
            check.violation("change", "must be given: struck, occurred_time or stated_date");
            None
        }
        Some(Change::Struck(true)) => Some(CorrectionChange::Struck),
        Some(Change::Struck(false)) => {
            check.violation("struck", "must be true where it is given");
            None
        }
        Some(Change::OccurredTime(at)) => {
            check.optional_instant("occurred_time", Some(at)).flatten().map(CorrectionChange::OccurredAt)
        }
        Some(Change::StatedDate(date)) => {
            check.date("stated_date", Some(date)).map(CorrectionChange::StatedDate)
        }
    };
    Some(Correction { corrects: corrects?, reason: reason?, change: change? })
}

/// Every entry of a stream as an answer shows it: the original, whether it was struck, and what corrected it.
pub fn entries<A: StoredAggregate>(loaded: &Loaded<A>) -> Vec<v1::HistoryEntry> {
    let mut corrected_by: HashMap<EventId, EventId> = HashMap::new();
    let mut struck: HashSet<EventId> = HashSet::new();
    for recorded in &loaded.history {
        if let Some(correction) = A::correction(&recorded.entry.event) {
            corrected_by.insert(correction.corrects, recorded.entry.event_id);
            if correction.change == CorrectionChange::Struck {
                struck.insert(correction.corrects);
            }
        }
    }
    loaded
        .history
        .iter()
        .map(|recorded| v1::HistoryEntry {
            event_id: recorded.entry.event_id.to_string(),
            r#type: recorded.type_name.clone(),
            version: recorded.entry.version,
            occurred_time: Some(wire::instant(recorded.entry.occurred_at)),
            recorded_time: Some(wire::instant(recorded.entry.recorded_at)),
            performed_by: recorded.entry.performed_by.as_ref().map(ToString::to_string).unwrap_or_default(),
            corrected_by: corrected_by
                .get(&recorded.entry.event_id)
                .map(ToString::to_string)
                .unwrap_or_default(),
            struck: struck.contains(&recorded.entry.event_id),
        })
        .collect()
}
