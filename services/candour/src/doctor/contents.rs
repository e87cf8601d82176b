//! Log, clock, keys, and every record.

use std::sync::Arc;

use candour_journal::{Fact, Journal, SystemClock};
use candour_journal_sqlite::SqliteJournal;
use candour_service_kit::Engine;
use candour_vault::{FileVault, Vault, VaultPaths};
use indicatif::ProgressBar;
use jiff::{SignedDuration, Timestamp};

use super::finding::Finding;
use crate::{
    configuration::{Configuration, EngineChoice},
    records_of_log::every_record,
    store::{Files, Kind, Log},
};

/// How far ahead of this machine's clock the last event may have been recorded.
const CLOCK_DIFFERENCE_MAX: SignedDuration = SignedDuration::from_mins(5);
/// Before this the program did not exist, so a clock that shows it is wrong.
const EARLIEST: &str = "2026-01-01T00:00:00Z";

/// Looks at what the store holds, as far as it can be opened.
pub(super) async fn look(
    configuration: &Configuration,
    now: Timestamp,
    quick: bool,
    bar: &ProgressBar,
    findings: &mut Vec<Finding>,
) {
    let Some(log) = open(configuration, findings).await else { return };
    let journal = log.journal();
    facts(journal.as_ref(), findings).await;
    let mut last = None;
    if let Some(vault) = keys(configuration, journal.as_ref(), findings).await {
        if quick {
            findings.push(Finding::doubtful(
                "records",
                "not read, as --quick says",
                "run it without --quick once in a while: it reads every record and opens every personal field",
            ));
        } else {
            damage(&log, findings).await;
            last = records(configuration, &journal, vault, bar, findings).await;
        }
    }
    findings.push(clock(now, last));
    if let Err(error) = log.close().await {
        findings.push(Finding::wrong("log", format!("{error:#}"), "look at the disk, then run it again"));
    }
}

async fn open(configuration: &Configuration, findings: &mut Vec<Finding>) -> Option<Log> {
    let files = Files::of_existing(&configuration.folder);
    if configuration.engine == EngineChoice::Sqlite && !files.journal().exists() {
        findings.push(Finding::wrong(
            "log",
            format!("there is no {}", files.journal().display()),
            "name the folder of the store (store.folder), restore a backup, or start `candour serve` once to make a new one",
        ));
        return None;
    }
    let namespace = &configuration.organisation.namespace;
    let opened =
        Log::open(&files, &configuration.engine, namespace, Arc::new(SystemClock), Kind::AsItIs).await;
    match opened {
        Ok(log) => {
            let journal = log.journal();
            findings.push(Finding::good(
                "log",
                format!(
                    "store {} on {} opens{}",
                    journal.store_id().0,
                    configuration.engine,
                    if journal.is_synthetic() {
                        "; it is synthetic, for a demonstration or a test"
                    } else {
                        ""
                    }
                ),
            ));
            Some(log)
        }
        Err(error) => {
            let words = format!("{error:#}");
            findings.push(if words.contains("is open in another writer") {
                Finding::doubtful(
                    "log",
                    "a server has the store open, so log, keys and records were not looked at",
                    "stop the server and run it again; `candour backup` reads and proves everything while the server runs",
                )
            } else {
                Finding::wrong("log", words, "see \"When it does not start\" in the runbook")
            });
            None
        }
    }
}

async fn facts(journal: &dyn Journal, findings: &mut Vec<Finding>) {
    let settled = async |fact| journal.settled(fact).await.ok().flatten();
    if let Some(source) = settled(Fact::CopyOf).await
        && settled(Fact::CopyCompared).await.is_none()
    {
        findings.push(Finding::wrong(
            "log",
            format!("it is a copy of the store {source} that is not complete"),
            "run `candour migrate` again: it goes on where it stopped",
        ));
    }
    if let Some(target) = settled(Fact::ContinuedIn).await {
        findings.push(Finding::wrong(
            "log",
            format!("it was migrated to the store {target} and is carried on there"),
            "set store.engine to the engine it was migrated to",
        ));
    }
}

/// The clock against the log: `last` is when the last event was recorded, where that was read.
fn clock(now: Timestamp, last: Option<Timestamp>) -> Finding {
    let advice = "set the clock, and keep it by NTP: every due date and every recording depends on it";
    // The text is a constant.
    if EARLIEST.parse().is_ok_and(|earliest: Timestamp| now < earliest) {
        return Finding::wrong(
            "clock",
            format!("this machine's clock shows {now}, before this program was written"),
            advice,
        );
    }
    match last {
        Some(last) if last.duration_since(now) > CLOCK_DIFFERENCE_MAX => Finding::wrong(
            "clock",
            format!(
                "this machine's clock shows {now}, and the last event was recorded at {last}, which is later"
            ),
            advice,
        ),
        Some(last) => Finding::good("clock", format!("shows {now}; the last event was recorded at {last}")),
        None => Finding::good("clock", format!("shows {now}")),
    }
}

async fn keys(
    configuration: &Configuration,
    journal: &dyn Journal,
    findings: &mut Vec<Finding>,
) -> Option<Arc<FileVault>> {
    let paths = VaultPaths::in_folder(&configuration.folder);
    for file in [&paths.key_file, &paths.key_database] {
        if !file.exists() {
            findings.push(Finding::wrong(
                "keys",
                format!("{} is missing", file.display()),
                "put it back from its backup: without it no personal field can be read, and no server starts on a log with events",
            ));
            return None;
        }
    }
    let vault = match FileVault::open(&paths) {
        Ok(vault) => vault,
        Err(error) => {
            findings.push(Finding::wrong("keys", error.to_string(), "see \"Keys\" in the runbook"));
            return None;
        }
    };
    let ours = vault.keys_id().to_string();
    match journal.settled(Fact::Keys).await {
        Ok(Some(stands)) if stands != ours => {
            findings.push(Finding::wrong(
                "keys",
                format!("the log names the keys {stands}, and the folder holds {ours}"),
                "put back the vault.key and keys.sqlite that the log was begun with",
            ));
            None
        }
        Ok(_) => {
            findings.push(Finding::good("keys", format!("{ours} are those of the log")));
            Some(Arc::new(vault))
        }
        Err(error) => {
            findings.push(Finding::wrong("keys", error.to_string(), "look at the engine of the log"));
            None
        }
    }
}

async fn damage(log: &Log, findings: &mut Vec<Finding>) {
    let Log::Sqlite(journal) = log else { return };
    let journal: &SqliteJournal = journal;
    findings.push(match journal.find_problems().await {
        Ok(problems) if problems.is_empty() => {
            Finding::good("log", "the file is whole, and no position or version is missing")
        }
        Ok(problems) => Finding::wrong(
            "log",
            format!("the file is damaged: {}", problems.join("; ")),
            "stop, keep a copy of the folder, and restore a backup",
        ),
        Err(error) => Finding::wrong("log", error.to_string(), "look at the disk, then run it again"),
    });
}

async fn records(
    configuration: &Configuration,
    journal: &Arc<dyn Journal>,
    vault: Arc<FileVault>,
    bar: &ProgressBar,
    findings: &mut Vec<Finding>,
) -> Option<Timestamp> {
    let engine = Engine::new(
        Arc::clone(journal),
        vault as Arc<dyn Vault>,
        Arc::new(SystemClock),
        configuration.organisation.clone(),
    );
    let read = every_record(&engine, bar).await;
    let last = read.as_ref().ok().and_then(|read| read.recorded).map(|(_, last)| last);
    findings.push(match read {
        Ok(read) if read.unreadable == 0 => Finding::good(
            "records",
            format!("{} events in {} streams can be read, and every personal field opens or was erased", read.events, read.streams),
        ),
        Ok(read) => Finding::wrong(
            "records",
            format!("{} of the personal fields of {} events do not open, although nobody was erased", read.unreadable, read.events),
            "keys are lost or older than the log: put back the newest keys.sqlite, and see \"Keys\" in the runbook",
        ),
        Err(error) => Finding::wrong(
            "records",
            format!("{error:#}"),
            "a newer program may have written it: use that one; otherwise keep a copy of the folder and restore a backup",
        ),
    });
    last
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_clock_behind_the_log_or_before_the_program_is_wrong() {
        let now = at("2026-11-22T12:00:00Z");
        assert_eq!(clock(now, None).level, Level::Good);
        assert_eq!(clock(now, Some(at("2026-11-22T12:05:00Z"))).level, Level::Good);
        assert_eq!(clock(now, Some(at("2026-11-22T12:05:01Z"))).level, Level::Wrong);
        assert_eq!(clock(at("2025-12-31T23:59:59Z"), None).level, Level::Wrong);
    }
}
