//! `cargo xtask`: what a developer of this repository runs beside cargo itself.
//!
//! - [`docs`]: the parts of the documents that are generated from the code.
//! - `check`: what must be clean before a commit.
//! - `bench`: builds the program and the bench for release, and measures; the bench is a crate of its own, so that none of this waits for it.

mod docs;
#[cfg(test)]
mod example_configuration;
#[cfg(test)]
mod rule_table;

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::{Context as _, bail};

const USAGE: &str = "\
cargo xtask check           formatting, lints with warnings denied, generated documents up to date
cargo xtask docs            write the generated parts of the documents
cargo xtask docs --check    fail where a generated part is stale
cargo xtask bench [...]     measure the program built for release; --help says what can be chosen, --quick is a smoke run";

#[expect(clippy::print_stderr, reason = "a command of the developer's terminal")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["check"] => check(),
        ["docs"] => docs::write(&root()),
        ["docs", "--check"] => docs::check(&root()),
        ["bench", further @ ..] => bench(further),
        _ => Err(anyhow::anyhow!("these are the commands:\n{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn check() -> anyhow::Result<()> {
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    docs::check(&root())
}

/// Builds what is measured and what measures, then measures.
fn bench(further: &[&str]) -> anyhow::Result<()> {
    // Both at once, and then without cargo: for one of them alone it would choose other features and build much anew.
    cargo(&["build", "--release", "--locked", "--package", "candour", "--package", "candour-bench"])?;
    let own = std::env::current_exe().context("cannot tell where this program is")?;
    let built = own.ancestors().nth(2).context("this program is in no build folder")?.join("release");
    let program = built.join("candour-bench");
    let status = Command::new(&program)
        .args(further)
        .status()
        .with_context(|| format!("cannot start {}", program.display()))?;
    if !status.success() {
        bail!("the bench failed");
    }
    Ok(())
}

fn cargo(arguments: &[&str]) -> anyhow::Result<()> {
    let status = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .status()
        .context("cannot start cargo")?;
    if !status.success() {
        bail!("cargo {} failed", arguments.join(" "));
    }
    Ok(())
}

/// Reads a file of the workspace.
fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Every Rust file below a folder, in the order of their paths.
fn rust_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
