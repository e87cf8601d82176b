//! Lines on standard output. A reader that goes away, such as `head`, ends the program quietly instead of making it panic.

use std::io::{self, Write as _};

/// Writes a line, or several.
pub(crate) fn line(text: &str) {
    let mut output = io::stdout().lock();
    let written = writeln!(output, "{text}").and_then(|()| output.flush());
    if written.is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        std::process::exit(0);
    }
}
