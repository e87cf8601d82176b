//! `candour-kurrent-suite`: judges Candour on a KurrentDB server or cluster.
//!
//! One executable that can be carried to a machine where such a server runs: it holds the tests and the measurements, and it *is* the program
//! `candour` when its first argument says so, which is how it starts the service that it judges.
//!
//! - [`command_line`]: what it can be told.
//! - [`setting`]: the server that is judged, and what a check needs of it: namespaces, folders, the service.
//! - [`check`]: one thing that must hold, and what was found.
//! - [`checks`]: all of them.
//! - [`figures`]: what was measured, beside SQLite.
//! - [`sample`]: streams and events of its own.
//! - [`report`]: lines, table and file.
//!
//! A check that does not hold panics, as a test does; the others go on.

mod check;
mod checks;
mod command_line;
mod figures;
mod panics;
mod report;
mod sample;
mod setting;

use std::{ffi::OsString, process::ExitCode, sync::Arc};

use check::Finding;
use clap::Parser;
use command_line::CommandLine;
use report::Report;
use setting::Setting;

/// The first argument that makes this program be Candour.
const CANDOUR: &str = "candour";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if arguments.first().is_some_and(|first| first == CANDOUR) {
        return candour_program::main_with(arguments);
    }
    let command_line = CommandLine::parse();
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(judge(command_line)),
        Err(error) => report::failure(&format!("cannot start the runtime: {error}")),
    }
}

/// Runs the checks that were asked for, one after the other, and says what was found.
async fn judge(command_line: CommandLine) -> ExitCode {
    let mut checks = checks::all();
    for only in &command_line.only {
        if !checks.iter().any(|check| check.name.starts_with(only.as_str())) {
            return report::failure(&format!("no check is called {only:?}, or begins so; --list names them"));
        }
    }
    if !command_line.only.is_empty() {
        checks.retain(|check| command_line.only.iter().any(|only| check.name.starts_with(only.as_str())));
    }
    if command_line.list {
        report::list(&checks);
        return ExitCode::SUCCESS;
    }
    let setting = match Setting::prepare(&command_line).await {
        Ok(setting) => Arc::new(setting),
        Err(reason) => return report::failure(&reason),
    };
    panics::keep();
    let mut report = Report::begin(&setting);
    for check in checks {
        let finding: Finding = check.run(&setting).await;
        report.found(finding);
    }
    report.end(&setting, command_line.report.as_deref())
}
