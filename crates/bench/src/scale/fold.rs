//! Folding the whole log afresh with the real program, beside reading the log and its JSON.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use rusqlite::{Connection, OpenFlags};

use super::Size;
use crate::{
    bulk::rate,
    process::{mebibytes, memory},
    progress,
    sample::a_second,
    table::{Row, Table},
};

/// How often the memory of the folding program is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What folding took.
pub(crate) struct Fold {
    most_resident: Option<u64>,
}

pub(super) async fn measure(
    program: &Path,
    store: &Path,
    incidents: u64,
    events: u64,
    smaller: Option<&Size>,
    table: &mut Table,
) -> anyhow::Result<Fold> {
    progress("folding the log afresh");
    let (elapsed, most_resident) = rebuild(program, store).await?;
    progress("reading the log and its JSON");
    let journal = store.join("journal.sqlite");
    let scanned = tokio::task::spawn_blocking(move || scan(&journal)).await??;
    let (folded, scanned) = (rate(events, elapsed), rate(events, scanned));
    table.add(Row {
        what: format!("{incidents} incidents: candour rebuild, all projections"),
        measured: a_second(folded, "events"),
        beside: format!("reading the log and its JSON: {}", a_second(scanned, "events")),
        ratio: Some(folded / scanned),
        target: "at least 300000 events/s",
    });
    let before = smaller.and_then(|size| Some((size, size.fold.most_resident?)));
    table.add(Row {
        what: format!("{incidents} incidents: most memory of candour rebuild"),
        measured: mebibytes(most_resident),
        beside: before.map_or_else(String::new, |(size, bytes)| {
            format!("with {} incidents: {}", size.incidents, mebibytes(Some(bytes)))
        }),
        ratio: before.zip(most_resident).map(|((_, before), now)| quotient(now, before)),
        target: "flat as the log grows",
    });
    Ok(Fold { most_resident })
}

#[expect(clippy::cast_precision_loss, reason = "bytes of memory are far below 2^52")]
fn quotient(one: u64, other: u64) -> f64 {
    one as f64 / other as f64
}

/// Runs `candour rebuild` and watches its memory.
async fn rebuild(program: &Path, store: &Path) -> anyhow::Result<(Duration, Option<u64>)> {
    let begun = Instant::now();
    let mut child = tokio::process::Command::new(program)
        .arg("rebuild")
        .arg("--folder")
        .arg(store)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("candour rebuild cannot be started")?;
    let id = child.id();
    let mut most_resident = None;
    let mut look = tokio::time::interval(LOOK_EVERY);
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            _ = look.tick() => {
                most_resident = most_resident.max(id.and_then(|id| memory(id, "VmHWM")));
            }
        }
    };
    let elapsed = begun.elapsed();
    anyhow::ensure!(status.success(), "candour rebuild ended with {status}");
    Ok((elapsed, most_resident))
}

/// Reads every event in order, and its data and metadata as JSON.
fn scan(journal: &Path) -> anyhow::Result<Duration> {
    let connection = Connection::open_with_flags(journal, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let begun = Instant::now();
    let mut statement = connection.prepare("SELECT metadata, data FROM event ORDER BY position")?;
    let mut rows = statement.query([])?;
    let mut values = 0_usize;
    while let Some(row) = rows.next()? {
        for column in 0..2 {
            let value: serde_json::Value = serde_json::from_slice(row.get_ref(column)?.as_blob()?)?;
            values += usize::from(value.is_object());
        }
    }
    anyhow::ensure!(values > 0, "the log is empty");
    Ok(begun.elapsed())
}
