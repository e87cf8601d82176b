//! Stores that the bench makes for itself. They hold nothing of anybody and go with their folder.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use candour_domain::{calendar::Nation, policy::Policy, regime::BodyType};
use candour_journal::{Fact, Journal as _, SystemClock};
use candour_journal_sqlite::{OpenOptions, SqliteJournal};
use candour_service_kit::{Engine, Organisation};
use candour_synthetic::{Trust, Written};
use candour_vault::{FileVault, Vault as _, VaultPaths};
use jiff::civil::{Date, date};

use crate::progress;

/// The days of the histories; questions are asked as of the last.
const FIRST_DAY: Date = date(2023, 7, 1);
pub(crate) const LAST_DAY: Date = date(2026, 6, 30);

/// A store open in this process, with the files that `candour serve` looks for. It is made as a real one, because only those are served; it
/// lives no longer than its folder.
pub(crate) struct Store {
    pub(crate) journal: Arc<SqliteJournal>,
    pub(crate) engine: Engine,
}

impl Store {
    pub(crate) async fn make(folder: &Path) -> anyhow::Result<Self> {
        let clock = Arc::new(SystemClock);
        let journal =
            Arc::new(SqliteJournal::open(folder.join("journal.sqlite"), &OpenOptions::new(clock.clone()))?);
        let vault = Arc::new(FileVault::open(&VaultPaths::in_folder(folder))?);
        journal.settle(Fact::Keys, &vault.keys_id().to_string()).await?;
        let organisation = Organisation {
            name: "a trust that never was".to_owned(),
            nation: Nation::England,
            body_type: BodyType::HealthServiceBody,
            policy: Policy::local_defaults(),
            namespace: "candour".to_owned(),
        };
        let engine = Engine::new(journal.clone(), vault, clock, organisation);
        Ok(Self { journal, engine })
    }

    pub(crate) async fn close(self) -> anyhow::Result<()> {
        self.journal.close().await.context("the log of a store of the bench cannot be closed")
    }
}

/// Says, beside a kept store, that it was made to its end, and what it holds.
const COMPLETE: &str = "complete";

/// Takes the store that an earlier run left in this folder. `None` where there is none, or not all of it.
pub(crate) fn kept(folder: &Path) -> Option<u64> {
    std::fs::read_to_string(folder.join(COMPLETE)).ok()?.trim().parse().ok()
}

/// Makes a store that holds the history of so many incidents. Also says how long writing it took.
pub(crate) async fn with_history(folder: &Path, incidents: u64) -> anyhow::Result<(Written, Duration)> {
    if folder.exists() {
        // What an earlier run did not finish.
        std::fs::remove_dir_all(folder)?;
    }
    let store = Store::make(folder).await?;
    let trust = Trust { incidents, first_day: FIRST_DAY, last_day: LAST_DAY, seed: 1 };
    let begun = Instant::now();
    let mut said = begun;
    let written = candour_synthetic::write(trust, &store.engine, store.journal.as_ref(), |written| {
        if said.elapsed() > Duration::from_secs(10) {
            said = Instant::now();
            progress(&format!(
                "{} of {incidents} incidents made, {} events",
                written.incidents, written.events
            ));
        }
    })
    .await?;
    let elapsed = begun.elapsed();
    store.close().await?;
    std::fs::write(folder.join(COMPLETE), written.events.to_string())?;
    Ok((written, elapsed))
}
