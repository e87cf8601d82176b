//! The suite that every engine passes, with appends in a batch session and with appends in a call of their own. Each function has a namespace of
//! its own.

use std::sync::Arc;

use candour_journal::conformance::{InNamespace, Promise, UnsteadyClock, core, while_one_process_appends};
use candour_journal_kurrent::AppendBy;

use crate::check::{Check, Outcome};

const PROVES: &str = "what every event store of Candour promises";

pub(super) fn checks() -> Vec<Check> {
    let mut checks = Vec::new();
    for (way, append_by) in [("by-session", AppendBy::Session), ("by-call", AppendBy::Call)] {
        for promise in core().into_iter().chain(while_one_process_appends()) {
            checks.push(check(way, append_by, promise));
        }
    }
    checks
}

fn check(way: &str, append_by: AppendBy, promise: Promise) -> Check {
    Check::new(format!("conformance/{way}/{}", promise.name), PROVES, move |setting| async move {
        let namespace = setting.namespace();
        let clock = Arc::new(UnsteadyClock::new());
        let journal = setting.journal(&namespace, append_by, Arc::clone(&clock) as _).await;
        promise.test(Arc::new(InNamespace::new(Arc::new(journal), namespace)), clock).await;
        Outcome::passed()
    })
}
