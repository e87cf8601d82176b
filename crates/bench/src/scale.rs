//! What a store of so many incidents costs: making it, folding it, starting on it, asking it.

mod fold;
mod questions;
mod start;

use std::path::Path;

use crate::{
    progress,
    sample::shown,
    settings::Settings,
    store,
    table::{Row, Table},
};

pub(crate) async fn measure(settings: &Settings, folder: &Path, table: &mut Table) -> anyhow::Result<()> {
    let program = settings.program()?;
    let mut smaller: Option<Size> = None;
    for incidents in settings.sizes() {
        progress(&format!("a store of {incidents} incidents"));
        let store = settings.keep.as_deref().unwrap_or(folder).join(format!("store-{incidents}"));
        let events = make(&store, incidents, table).await?;
        let fold = fold::measure(&program, &store, incidents, events, smaller.as_ref(), table).await?;
        let server = start::measure(&program, &store, incidents, table).await?;
        let questions = questions::measure(settings, &server, incidents, smaller.as_ref(), table).await?;
        start::memory_afterwards(&server, incidents, table);
        let ended = server.terminate();
        anyhow::ensure!(ended.code == Some(0), "the server ended with {:?}: {}", ended.code, ended.stderr);
        if settings.keep.is_none() {
            std::fs::remove_dir_all(&store)?;
        }
        smaller = Some(Size { incidents, fold, questions });
    }
    Ok(())
}

/// Makes the store, or takes the one that an earlier run left. Gives the number of events in it.
async fn make(store: &Path, incidents: u64, table: &mut Table) -> anyhow::Result<u64> {
    let (events, elapsed) = if let Some(events) = store::kept(store) {
        (events, None)
    } else {
        let (written, elapsed) = store::with_history(store, incidents).await?;
        (written.events, Some(elapsed))
    };
    table.add(Row {
        what: format!("{incidents} incidents: making the store"),
        measured: elapsed.map_or_else(|| "made by an earlier run".to_owned(), shown),
        beside: format!(
            "{events} events, log of {} MiB",
            std::fs::metadata(store.join("journal.sqlite"))?.len() >> 20
        ),
        ratio: None,
        target: "",
    });
    Ok(events)
}

/// What was measured at a size, for the next one to be compared with.
pub(crate) struct Size {
    incidents: u64,
    fold: fold::Fold,
    questions: Vec<questions::Answered>,
}
