//! `candour doctor`: looks at everything a store needs, says what it finds and what to do about it, and changes nothing.
//!
//! - [`finding`]: what a look gives.
//! - [`surroundings`]: configuration, folder, disk, clock.
//! - [`contents`]: log, keys, and every record.

mod contents;
mod finding;
mod surroundings;

use candour_journal::{Clock as _, SystemClock};
use finding::{Finding, Level};

use crate::{
    command_line::DoctorArguments,
    configuration::{Configuration, LogFormat},
    output::{self, progress_bar},
    telemetry,
};

/// Looks, prints, and fails where something is wrong.
pub(crate) async fn run(arguments: DoctorArguments) -> anyhow::Result<()> {
    let file = arguments.overrides.config.clone();
    // Findings say what log lines would.
    telemetry::start("off", LogFormat::Text)?;
    let configuration = Configuration::read(arguments.overrides)?;
    let now = SystemClock.now();

    let mut findings = surroundings::look(&configuration, file.as_deref());
    let bar = progress_bar()?;
    contents::look(&configuration, now, arguments.quick, &bar, &mut findings).await;
    bar.finish_and_clear();

    for finding in &findings {
        output::line(&finding.to_string());
    }
    let count = |level| findings.iter().filter(|finding: &&Finding| finding.level == level).count();
    let (wrong, doubtful) = (count(Level::Wrong), count(Level::Doubtful));
    output::line(&format!("{} looked at: {wrong} wrong, {doubtful} doubtful", findings.len()));
    anyhow::ensure!(wrong == 0, "{wrong} of {} findings need something done; each says what", findings.len());
    Ok(())
}
