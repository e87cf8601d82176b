//! `candour export`: a list of a running server as CSV, every page of it at one position of the log.
//!
//! - [`list`]: the lists, and how their pages are asked for.
//! - [`columns`]: every field of a row, by its path in the contract, which is documented and only grows.
//! - [`cell`]: values as text that a spreadsheet shows and never runs.

mod cell;
mod columns;
mod list;

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use anyhow::{Context as _, ensure};
use indicatif::ProgressBar;
use serde_json::json;

use self::list::{List, Read};
use crate::{client, command_line::ExportArguments, output};

/// Asks for every page and writes the rows.
pub(crate) async fn run(arguments: ExportArguments) -> anyhow::Result<()> {
    if let Some(path) = &arguments.out {
        ensure!(!path.exists(), "{} exists already: name another file with --out", path.display());
    }
    let list = List::of(arguments.list)?;
    let question = question(&arguments, &list)?;
    let caller = client::caller(&arguments.server, "demo-governance").await?;
    let bar = ProgressBar::new_spinner();
    let read = list.read(&caller, &question, &bar).await;
    bar.finish_and_clear();
    let read = read?;
    match &arguments.out {
        Some(path) => write_file(path, &list, &read)?,
        None => write(io::stdout().lock(), &list, &read).or_else(a_reader_that_went_away)?,
    }
    output::note(&summary(&read));
    Ok(())
}

/// The fields of the request that the arguments say.
fn question(arguments: &ExportArguments, list: &List) -> anyhow::Result<serde_json::Value> {
    let day = |day: jiff::civil::Date| json!({ "year": day.year(), "month": day.month(), "day": day.day() });
    let mut question = json!({ "query": {} });
    if let Some(as_of) = arguments.as_of {
        question["query"]["asOf"] = day(as_of);
    }
    for (flag, field, given) in
        [("--from", "periodFrom", arguments.from), ("--until", "periodUntil", arguments.until)]
    {
        let Some(given) = given else { continue };
        ensure!(
            list.has_period(),
            "{flag} goes with measures only: the other lists hold everything as of one day"
        );
        question[field] = day(given);
    }
    Ok(question)
}

/// Writes a new file, whole or not at all.
fn write_file(path: &Path, list: &List, read: &Read) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let context = || format!("cannot write {}", path.display());
    // Readable by its owner only, as every temporary file is.
    let mut partial = tempfile::NamedTempFile::new_in(folder).with_context(context)?;
    write(&mut partial, list, read).with_context(context)?;
    partial.as_file().sync_all().with_context(context)?;
    partial.persist_noclobber(path).map_err(|error| error.error).with_context(context)?;
    fs::File::open(folder).and_then(|folder| folder.sync_all()).with_context(context)
}

/// Writes a header and every row. The columns `as_of`, `log_position` and `synthetic` come first and are the same in each row.
fn write(to: impl Write, list: &List, read: &Read) -> Result<(), csv::Error> {
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(to);
    let names = ["as_of", "log_position", "synthetic"].into_iter();
    csv.write_record(names.chain(list.columns().iter().map(|column| column.name.as_str())))?;
    let first = [read.as_of.clone(), read.position.to_string(), read.synthetic.to_string()];
    for row in &read.rows {
        let cells = list.columns().iter().map(|column| column.cell(row));
        csv.write_record(first.iter().cloned().chain(cells))?;
    }
    csv.flush()?;
    Ok(())
}

/// Whoever reads standard output may stop doing so, as `head` does.
fn a_reader_that_went_away(error: csv::Error) -> Result<(), csv::Error> {
    match error.kind() {
        csv::ErrorKind::Io(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error),
    }
}

fn summary(read: &Read) -> String {
    let rows = if read.rows.len() == 1 { "1 row".to_owned() } else { format!("{} rows", read.rows.len()) };
    let synthetic = if read.synthetic { "; SYNTHETIC: nothing of it happened" } else { "" };
    format!("{rows} as of {}, log position {}{synthetic}", read.as_of, read.position)
}
