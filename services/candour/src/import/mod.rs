//! `candour import`: what another system holds, brought in through a running server.
//!
//! - [`arguments`]: the command line.
//! - [`reading`]: the files, read row by row on a thread of their own.
//! - [`sending`]: rows to the server and its results back, a bounded number at a time.
//! - [`folded`]: lists and figures hold what was imported before the command ends.
//! - [`rejects`]: what was rejected, as a file that can be mended and imported.
//! - [`summary`]: what came of it, in words.

pub(crate) mod arguments;
mod folded;
mod reading;
mod rejects;
mod sending;
mod summary;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};
use candour_intake::{
    limits::MAPPING_BYTES_MAX,
    mapping::{BUILT_IN, BuiltIn, Mapping},
};

use self::{
    arguments::{Common, CsvArguments, ImportArguments, LfpseArguments, Source},
    reading::{Format, Input},
    rejects::Rejects,
    summary::Summary,
};
use crate::{client::Clients, output, small_file};

/// Brings in what the arguments name, and says what came of each row.
pub(crate) async fn run(arguments: ImportArguments) -> anyhow::Result<()> {
    match arguments.source {
        Source::Lfpse(arguments) => lfpse(arguments).await,
        Source::Csv(arguments) => csv(arguments).await,
    }
}

async fn lfpse(arguments: LfpseArguments) -> anyhow::Result<()> {
    let LfpseArguments { paths, source_system, common } = arguments;
    let mut files = Vec::new();
    for path in &paths {
        files.extend(events_in(path)?);
    }
    ensure!(!files.is_empty(), "there is no file that ends in .json or .ndjson");
    let beside = paths.first().map_or(Path::new("lfpse"), PathBuf::as_path);
    import(Input { files, format: Format::Lfpse { source_system } }, beside, common).await
}

/// The files a path names: itself, or every file of events in a folder, by name.
fn events_in(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let context = || format!("cannot read the folder {}", path.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(path).with_context(context)? {
        let file = entry.with_context(context)?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let is_of_events =
            Path::new(&name).extension().is_some_and(|ending| ending == "json" || ending == "ndjson");
        if is_of_events && !name.contains(".rejects") && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

async fn csv(arguments: CsvArguments) -> anyhow::Result<()> {
    let CsvArguments { file, mapping, print_mapping, common } = arguments;
    if let Some(name) = print_mapping {
        let mapping = BuiltIn::named(&name).with_context(|| format!("{name:?} is none of {}", built_in()))?;
        output::line(mapping.text.trim_end());
        return Ok(());
    }
    let (Some(file), Some(mapping)) = (file, mapping) else { bail!("FILE and --mapping are both needed") };
    let format = Format::Csv { mapping: Box::new(mapping_named(&mapping)?) };
    import(Input { files: vec![file.clone()], format }, &file, common).await
}

/// A built-in mapping by its name, or a mapping in a file.
fn mapping_named(name: &str) -> anyhow::Result<Mapping> {
    if let Some(built_in) = BuiltIn::named(name) {
        return built_in.mapping().with_context(|| format!("the mapping {name}"));
    }
    ensure!(
        Path::new(name).exists(),
        "{name:?} is neither a file that can be read nor one of {}",
        built_in()
    );
    let bytes = small_file::read(Path::new(name), MAPPING_BYTES_MAX).context("the mapping")?;
    let text = String::from_utf8(bytes).with_context(|| format!("the mapping {name}"))?;
    Mapping::parse(&text).with_context(|| format!("the mapping {name}"))
}

fn built_in() -> String {
    let names: Vec<_> = BUILT_IN.iter().map(|mapping| mapping.name).collect();
    format!("the built-in mappings {}", names.join(", "))
}

/// Reads, sends and sums up. What was rejected makes it an error at the end.
async fn import(input: Input, beside: &Path, common: Common) -> anyhow::Result<()> {
    let rejects = Rejects::to(common.rejects, beside, &input.format);
    let server = if common.check {
        None
    } else {
        let clients = Clients::connect(&common.server, "demo-reporter-system").await?;
        Some((clients, common.server.server.as_str()))
    };
    let mut summary = Summary::new(common.check, rejects);
    let ended = sending::run(input, server, &mut summary).await;
    summary.print();
    ended?;
    summary.rejected_nothing()
}
