//! What the disk does by itself.

use std::{
    fs::OpenOptions,
    io::{Seek as _, SeekFrom, Write as _},
    path::Path,
    time::Instant,
};

use anyhow::Context as _;

use crate::sample::Sample;

/// Bytes written before each sync: about what the log of SQLite grows by for one command.
const BYTES: usize = 16 * 1024;
/// Bytes of the file that is written over again and again, as SQLite writes over its write-ahead log.
const FILE_BYTES: usize = 4 * 1024 * 1024;

/// Bytes that one incident takes with all that follows it: the log, the keys, the read model, and a second read model while it is folded
/// afresh. Measured at 10,000 incidents, and rounded up.
const BYTES_PER_INCIDENT: u64 = 16 * 1024;

/// Refuses to begin where so many incidents would not fit.
pub(crate) fn refuse_if_full(folder: &Path, incidents: u64) -> anyhow::Result<()> {
    let needed = incidents.saturating_mul(BYTES_PER_INCIDENT);
    let free =
        fs4::available_space(folder).with_context(|| format!("cannot look at {}", folder.display()))?;
    anyhow::ensure!(
        free >= needed,
        "{incidents} incidents take about {} MiB, and {} has {} MiB free: give --folder another disk, or --incidents smaller numbers",
        needed >> 20,
        folder.display(),
        free >> 20
    );
    Ok(())
}

/// Writes and syncs (`fdatasync`), again and again.
pub(crate) fn syncs(folder: &Path, count: usize) -> anyhow::Result<Sample> {
    let path = folder.join("syncs");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&path)?;
    let block = vec![0x5a_u8; BYTES];
    for _ in 0..FILE_BYTES / BYTES {
        file.write_all(&block)?;
    }
    file.sync_all()?;
    let mut durations = Vec::with_capacity(count);
    let beginning = Instant::now();
    for index in 0..count {
        if index % (FILE_BYTES / BYTES) == 0 {
            file.seek(SeekFrom::Start(0))?;
        }
        let begun = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        durations.push(begun.elapsed());
    }
    let mut sample = Sample::default();
    sample.add(durations, beginning.elapsed());
    std::fs::remove_file(&path).context("the file for syncs cannot be removed")?;
    Ok(sample)
}
