//! `candour-bench`: see the library.

use std::{io::Write as _, process::ExitCode};

use candour_bench::{Settings, run};
use clap::Parser as _;

fn main() -> ExitCode {
    let settings = Settings::parse();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(run(&settings)));
    let written = match &outcome {
        Ok(table) => writeln!(std::io::stdout().lock(), "{table}"),
        Err(error) => writeln!(std::io::stderr().lock(), "candour-bench: {error:#}"),
    };
    if outcome.is_ok() && written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
