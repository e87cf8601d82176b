//! `candour`: the record of what happened after an incident report.
//!
//! - [`configuration`]: file, environment and flags, in rising precedence.
//! - [`decoding`]: what of this is read from files that others write, for the tests with hostile input.
//! - [`store`]: the files of one organisation: log, keys, read model.
//! - [`server`]: the gRPC services over a store, and how they drain.
//! - [`demo`]: the worked example, entered through the real services.
//! - [`show`]: the answers as tables, from a running server.
//! - [`token`]: the tokens by which callers are known.
//! - [`client`]: how the commands reach a server: address, token, TLS.
//! - [`export`]: lists as CSV, from a running server.
//! - [`call`]: any method of a running server, with JSON.
//! - [`import`]: what another system holds, brought in through a running server.
//! - [`rebuild`]: a fresh fold of the log into the read model.
//! - [`backup`]: a proved copy of a store that is being served, and the way back.
//! - [`doctor`]: what a store needs, looked at, with what to do.
//! - [`keys`]: a change of the master key.
//! - [`migrate`]: the log copied to another engine, and compared.

mod backup;
mod call;
mod client;
mod command_line;
mod configuration;
pub mod decoding;
mod demo;
mod doctor;
mod export;
mod figures_of_log;
mod import;
mod keys;
mod migrate;
mod output;
mod private_file;
mod rebuild;
mod records_of_log;
mod refusal;
mod server;
mod show;
mod small_file;
mod store;
mod telemetry;
mod token;

use std::{ffi::OsString, process::ExitCode};

use clap::Parser;
use command_line::{Command, CommandLine};

/// Runs the command that the arguments of this process name, to its end. What goes wrong is said on standard error.
///
/// A library function, so that a program that carries Candour inside can be Candour when it is told to.
pub fn main() -> ExitCode {
    main_with(std::env::args_os())
}

/// The same with these arguments, the first of which is the name of the program.
pub fn main_with(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let command_line = CommandLine::parse_from(arguments);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&anyhow::Error::new(error).context("cannot start the runtime")),
    };
    let outcome = runtime.block_on(async {
        match command_line.command {
            Command::Serve(arguments) => server::command::run(arguments).await,
            Command::Demo(arguments) => demo::run(arguments).await,
            Command::Show(arguments) => show::run(arguments).await,
            Command::Token(command) => token::run(command),
            Command::Import(arguments) => import::run(arguments).await,
            Command::Export(arguments) => export::run(arguments).await,
            Command::Call(arguments) => call::run(arguments).await,
            Command::Rebuild(arguments) => rebuild::run(arguments).await,
            Command::Doctor(arguments) => doctor::run(arguments).await,
            Command::Backup(arguments) => backup::run(arguments).await,
            Command::Restore(arguments) => backup::restore::run(arguments).await,
            Command::Keys(command) => keys::run(command).await,
            Command::Migrate(arguments) => migrate::run(arguments).await,
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

/// Whether the program would take these arguments, the first of which is its name, and what it says where it would not. Nothing is done: so
/// that the commands that documents and files of deployment quote can be checked.
pub fn check_command_line(arguments: impl IntoIterator<Item = OsString>) -> Result<(), String> {
    match CommandLine::try_parse_from(arguments) {
        Ok(_) => Ok(()),
        Err(error) if !error.use_stderr() => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// Says what went wrong, and its causes, on standard error.
#[expect(clippy::print_stderr, reason = "the one place where a command says that it failed")]
fn failed(error: &anyhow::Error) -> ExitCode {
    match error.downcast_ref::<tonic::Status>() {
        Some(status) => eprintln!("candour: {}", refusal::in_words(status)),
        None => eprintln!("candour: {error:#}"),
    }
    ExitCode::FAILURE
}
