//! What is asked for when metrics are collected. Each answer is at hand: nothing here waits, and nothing here is kept alive by being watched.

use std::sync::Arc;

use candour_callers::{Condition, Tokens};
use candour_journal::limits::WRITE_QUEUE_DEPTH_MAX;
use candour_projections::ReadModel;
use candour_telemetry::catalogue::{
    CALLERS_CURRENT, CALLERS_ENDING, JOURNAL_ANSWERING, JOURNAL_CLIENTS, JOURNAL_POSITION, JOURNAL_WRITABLE,
    KEYS_UNREADABLE, KEYS_WRITABLE, PROJECTION_LAG, PROJECTION_POSITION, PROJECTION_STOPPED, QUEUE_LENGTH,
    QUEUE_LIMIT,
};
use candour_vault::Vault as _;

use super::folding::Folds;
use crate::store::{Log, Store};

/// Watches the parts of a server. Telemetry is started before.
pub(crate) fn watch(store: &Store, read_model: &ReadModel, folds: &Folds) {
    log(store);
    let journal = Arc::downgrade(&store.journal);
    JOURNAL_WRITABLE.observe(move || journal.upgrade().map(|journal| journal.is_healthy().into()));
    let journal = Arc::downgrade(&store.journal);
    JOURNAL_ANSWERING.observe(move || journal.upgrade().map(|journal| journal.is_answering().into()));
    let head = store.journal.changes();
    JOURNAL_POSITION.observe(move || Some(head.borrow().raw()));

    let progress = read_model.changes();
    PROJECTION_POSITION.observe(move || Some(progress.borrow().position.raw()));
    let progress = read_model.changes();
    PROJECTION_STOPPED.observe(move || Some(progress.borrow().stopped.is_some().into()));
    let (oldest_unfolded, clock) = (folds.oldest_unfolded(), Arc::clone(store.engine.clock()));
    PROJECTION_LAG.observe_seconds(move || Some(oldest_unfolded.lag_seconds(clock.now())));

    let unreadable = store.engine.unreadable_values();
    KEYS_UNREADABLE.observe(move || Some(*unreadable.borrow()));
    let vault = Arc::downgrade(&store.vault());
    KEYS_WRITABLE.observe(move || vault.upgrade().map(|vault| vault.is_healthy().into()));
}

/// Watches who is known. Without tokens nothing can be out of date or end.
pub(crate) fn watch_callers(tokens: Option<&Tokens>) {
    let current = tokens.cloned();
    CALLERS_CURRENT.observe(move || {
        let condition = current.as_ref().map_or(Condition::Current, Tokens::condition);
        Some((condition == Condition::Current).into())
    });
    let ending = tokens.cloned();
    CALLERS_ENDING.observe(move || Some(ending.as_ref().map_or(0, Tokens::ending) as u64));
}

/// What only one engine has.
fn log(store: &Store) {
    match store.log() {
        Log::Sqlite(journal) => {
            journal.observe(super::journal::Commits::observer());
            let journal = Arc::downgrade(journal);
            QUEUE_LENGTH
                .observe(move || journal.upgrade().map(|journal| journal.statistics().waiting as u64));
            QUEUE_LIMIT.observe(|| Some(WRITE_QUEUE_DEPTH_MAX as u64));
        }
        Log::KurrentDb(journal) => {
            let journal = Arc::downgrade(journal);
            JOURNAL_CLIENTS.observe(move || journal.upgrade().map(|journal| journal.clients_made()));
        }
    }
}
