//! Lines on standard output, and bars for long work. A reader that goes away, such as `head`, ends the program quietly instead of making it panic.

use std::io::{self, Write as _};

use indicatif::{ProgressBar, ProgressStyle};

/// Writes a line, or several.
pub(crate) fn line(text: &str) {
    let mut output = io::stdout().lock();
    let written = writeln!(output, "{text}").and_then(|()| output.flush());
    if written.is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        std::process::exit(0);
    }
}

/// Writes a remark on standard error, apart from the data.
#[expect(clippy::print_stderr, reason = "what is said of data stays out of the data")]
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}

/// A bar on standard error for long work, shown on a terminal only.
pub(crate) fn progress_bar() -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{msg:24} {bar:40} {percent}%, {elapsed} elapsed, {eta} to go")?;
    Ok(ProgressBar::new(0).with_style(style))
}

/// Writes a remark for people to standard error, where it does not mix with data. A reader that has gone does not need it.
pub(crate) fn remark(text: &str) {
    let _gone = writeln!(io::stderr().lock(), "{text}");
}
