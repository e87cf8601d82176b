//! What is said: a line for each check, a table of figures, a last line with counts, and the same as a file.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};

use serde::Serialize;

use crate::{
    check::{Check, Finding, Verdict},
    figures::{self, Figure},
    setting::Setting,
};

/// How much of a reason is printed in its line, in characters; the file has all of it.
const REASON_CHARACTERS_MAX: usize = 1000;

/// Everything that was found so far.
pub(crate) struct Report {
    run: String,
    findings: Vec<Finding>,
}

/// The file.
#[derive(Serialize)]
struct File<'a> {
    suite_version: &'static str,
    server_version: &'a str,
    address: &'a str,
    run: &'a str,
    idle_seconds: u64,
    folders: String,
    counts: BTreeMap<&'static str, usize>,
    checks: &'a [Finding],
    figures: &'a [Figure],
}

impl Report {
    /// Begins it with what is judged and what stays behind.
    pub(crate) fn begin(setting: &Setting) -> Self {
        line(&format!(
            "candour-kurrent-suite {} against KurrentDB {} at {}\n\
             run {}: its streams begin so, and stay on the server: Candour deletes none\n",
            env!("CARGO_PKG_VERSION"),
            setting.server_version,
            setting.address(),
            setting.run
        ));
        Self { run: setting.run.clone(), findings: Vec::new() }
    }

    /// Says what was found about one check.
    pub(crate) fn found(&mut self, finding: Finding) {
        let (word, reason) = match &finding.verdict {
            Verdict::Passed { seen } => ("ok", seen),
            Verdict::Failed { why } => ("FAILED", why),
            Verdict::NotRun { because } => ("not run", because),
        };
        let reason = if reason.is_empty() { String::new() } else { format!(": {}", in_one_line(reason)) };
        line(&format!("{word:<8}{:>7.1} s  {}{reason}", finding.seconds, finding.name));
        self.findings.push(finding);
    }

    /// Ends it with table, file and counts. Success only where something was run, nothing failed and the file was written.
    pub(crate) fn end(self, setting: &Setting, file: Option<&Path>) -> ExitCode {
        let figures = setting.figures();
        if let Some(table) = figures::table(&figures) {
            line(&format!(
                "\nThrough the official client, each measured for {:.1} s, beside SQLite in {} on the same machine:\n{table}",
                setting.measurement.as_secs_f64(),
                setting.folders()
            ));
        }
        let count = |wanted: fn(&Verdict) -> bool| {
            self.findings.iter().filter(|finding| wanted(&finding.verdict)).count()
        };
        let passed = count(|verdict| matches!(verdict, Verdict::Passed { .. }));
        let failed = count(|verdict| matches!(verdict, Verdict::Failed { .. }));
        let not_run = count(|verdict| matches!(verdict, Verdict::NotRun { .. }));
        let written = file.map(|path| {
            let file = File {
                suite_version: env!("CARGO_PKG_VERSION"),
                server_version: &setting.server_version,
                address: setting.address(),
                run: &self.run,
                idle_seconds: setting.idle.as_secs(),
                folders: setting.folders(),
                counts: BTreeMap::from([("passed", passed), ("failed", failed), ("not run", not_run)]),
                checks: &self.findings,
                figures: &figures,
            };
            let text = serde_json::to_string_pretty(&file).map_err(io::Error::other);
            text.and_then(|text| std::fs::write(path, text + "\n"))
                .map_err(|error| format!("the report cannot be written to {}: {error}", path.display()))
        });
        line(&format!("\n{passed} passed, {failed} failed, {not_run} not run"));
        match written {
            Some(Err(reason)) => failure(&reason),
            _ if failed == 0 && passed > 0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        }
    }
}

/// Names every check and what it proves.
pub(crate) fn list(checks: &[Check]) {
    for check in checks {
        line(&format!("{}\n    {}", check.name, check.proves));
    }
}

/// Says on standard error why nothing could be judged.
#[expect(clippy::print_stderr, reason = "the one place where the program says that it failed")]
pub(crate) fn failure(reason: &str) -> ExitCode {
    eprintln!("candour-kurrent-suite: {reason}");
    ExitCode::FAILURE
}

/// Writes a line, or several. A reader that goes away, such as `head`, ends the program quietly.
fn line(text: &str) {
    let mut output = io::stdout().lock();
    let written = writeln!(output, "{text}").and_then(|()| output.flush());
    if written.is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        std::process::exit(1);
    }
}

/// A reason without line breaks, and not longer than can be read.
fn in_one_line(reason: &str) -> String {
    let text = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(REASON_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}… (the report has all of it)", &text[..end]),
        None => text,
    }
}
