//! Measures the built program, each figure beside what the same machine does in the same run, so that ratios can be compared across machines.
//!
//! - [`settings`]: what is measured, how long, on how much.
//! - `commands`: durable commands over gRPC, beside commands that store nothing and beside the disk.
//! - `bulk`: many reports through the engine, and a history in large batches, beside SQLite alone.
//! - `import`: the rows of another system, beside the same.
//! - `scale`: what a store of so many incidents costs: making it, folding it, starting on it, asking it.
//! - `store`, `disk`, `process`, `sample`, `table`: what these need.
//!
//! Nothing here asserts a speed. Progress goes to standard error, the table to standard output.

mod bulk;
mod commands;
mod disk;
mod import;
mod process;
mod sample;
mod scale;
pub mod settings;
mod store;
mod table;

use std::io::Write as _;

pub use settings::{Part, Settings};
pub use table::Table;

/// Measures everything the settings ask for.
///
/// # Errors
/// A store that cannot be made, or a server that does not do what it is asked; never a figure.
pub async fn run(settings: &Settings) -> anyhow::Result<Table> {
    let mut table = Table::new(settings)?;
    let folder = settings.scratch_folder()?;
    disk::refuse_if_full(settings.keep.as_deref().unwrap_or(folder.path()), settings.most_at_once())?;
    if settings.measures(Part::Commands) {
        commands::measure(settings, folder.path(), &mut table).await?;
    }
    if settings.measures(Part::Bulk) {
        bulk::measure(settings, folder.path(), &mut table).await?;
    }
    if settings.measures(Part::Import) {
        import::measure(settings, folder.path(), &mut table).await?;
    }
    if settings.measures(Part::Stores) {
        scale::measure(settings, folder.path(), &mut table).await?;
    }
    Ok(table)
}

/// Says how far the measuring is.
pub(crate) fn progress(what: &str) {
    // Nobody may be there to read it.
    let _ = writeln!(std::io::stderr().lock(), "bench: {what}").is_ok();
}
