//! Starting on a store, and the memory that serving it takes.

use std::{path::Path, time::Instant};

use anyhow::Context as _;
use candour_testkit::Server;

use crate::{
    process::{mebibytes, memory},
    sample::{Sample, shown},
    table::{Row, Table},
};

/// Starts that are measured.
const STARTS: usize = 5;

/// Starts the real program several times, and leaves it running.
pub(super) async fn measure(
    program: &Path,
    store: &Path,
    incidents: u64,
    table: &mut Table,
) -> anyhow::Result<Server> {
    let program = program.to_str().context("the path of the program is not text")?.to_owned();
    let mut sample = Sample::default();
    let mut running: Option<Server> = None;
    for _ in 0..STARTS {
        if let Some(server) = running.take() {
            server.terminate();
        }
        let begun = Instant::now();
        let server = Server::start(&program, store, &["--log", "warn"]);
        let serving = server.is_serving("").await;
        sample.add([begun.elapsed()], begun.elapsed());
        anyhow::ensure!(serving, "the server does not serve");
        running = Some(server);
    }
    let server = running.context("no start was measured")?;
    table.add(Row {
        what: format!("{incidents} incidents: start until health says serving"),
        measured: format!("p50 {} of {STARTS}", shown(sample.centile(50))),
        beside: format!("resident then: {}", mebibytes(memory(server.process_id(), "VmRSS"))),
        ratio: None,
        target: "under 1 s, no replay",
    });
    Ok(server)
}

/// The memory once every question has been asked.
pub(super) fn memory_afterwards(server: &Server, incidents: u64, table: &mut Table) {
    table.add(Row {
        what: format!("{incidents} incidents: memory once all was asked"),
        measured: format!("{} resident", mebibytes(memory(server.process_id(), "VmRSS"))),
        beside: format!("at most so far: {}", mebibytes(memory(server.process_id(), "VmHWM"))),
        ratio: None,
        target: "under 300 MiB resident at 1000000",
    });
}
