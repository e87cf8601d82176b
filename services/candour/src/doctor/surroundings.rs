//! Configuration, folder, disk.

use std::{fs, path::Path};

use candour_vault::VaultPaths;

use super::finding::Finding;
use crate::{
    configuration::{Admitting, CallersOverrides, Configuration, EngineChoice},
    server::Prepared,
};

/// Less free space than this is wrong, in bytes.
const FREE_BYTES_MIN: u64 = 256 * 1024 * 1024;

/// Everything around the store.
pub(super) fn look(configuration: &Configuration, file: Option<&Path>) -> Vec<Finding> {
    let mut findings = vec![configured(configuration, file)];
    findings.extend(file.and_then(|file| secret_in_file(configuration, file)));
    findings.push(callers(configuration));
    findings.extend(folder(&configuration.folder));
    findings.extend(disk(&configuration.folder));
    findings
}

fn configured(configuration: &Configuration, file: Option<&Path>) -> Finding {
    let from = match file {
        Some(file) => format!("from {} and the environment", file.display()),
        None => "from the environment and flags; no file is named".to_owned(),
    };
    Finding::good(
        "configuration",
        format!(
            "{from}: {}, {}, engine {}, folder {}, listens on {}",
            configuration.organisation.nation,
            configuration.organisation.body_type.code(),
            configuration.engine,
            configuration.folder.display(),
            configuration.listen
        ),
    )
}

/// Whether the server would start as far as its callers and its certificate are concerned, by what the configuration file says of them.
fn callers(configuration: &Configuration) -> Finding {
    const CALLERS: &str = "callers";
    let serving = match configuration.serving(CallersOverrides::default()) {
        Ok(serving) => serving,
        Err(error) => {
            let advice = "see the runbook, Callers; flags of `serve` are not looked at here";
            return Finding::doubtful(CALLERS, format!("{error:#}"), advice);
        }
    };
    if let Err(error) = Prepared::of(&serving) {
        return Finding::wrong(
            CALLERS,
            format!("{error:#}"),
            "put right what it names; the server does not start so",
        );
    }
    let how = if serving.tls.is_some() { "over TLS" } else { "without TLS, from this machine only" };
    match &serving.admitting {
        Admitting::Tokens(path) => {
            Finding::good(CALLERS, format!("known by the tokens in {}, {how}", path.display()))
        }
        Admitting::DemoIdentities => Finding::good(CALLERS, format!("demo identities, {how}")),
    }
}

/// A connection string may hold a password.
fn secret_in_file(configuration: &Configuration, file: &Path) -> Option<Finding> {
    let open = configuration.engine != EngineChoice::Sqlite && others_may(file)?;
    open.then(|| {
        Finding::wrong(
            "configuration",
            format!("{} names the engine with its password, and others may read it", file.display()),
            format!("chmod 600 {}, and change the password", file.display()),
        )
    })
}

fn folder(folder: &Path) -> Vec<Finding> {
    let Ok(entries) = fs::read_dir(folder) else {
        return vec![Finding::wrong(
            "folder",
            format!("{} does not exist or cannot be looked into", folder.display()),
            "name the folder of the store (store.folder), run as the user whose it is, or start `candour serve` once to make it",
        )];
    };
    let mut findings = Vec::new();
    if others_may(folder) == Some(true) {
        findings.push(Finding::wrong(
            "folder",
            format!("others may look into {}", folder.display()),
            format!("chmod 700 {}", folder.display()),
        ));
    }
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_file() && others_may(&path) == Some(true) {
            findings.push(Finding::wrong(
                "folder",
                format!("others may read {}", path.display()),
                format!("chmod 600 {}", path.display()),
            ));
        }
    }
    if findings.is_empty() {
        findings.push(Finding::good("folder", format!("{} is for its owner only", folder.display())));
    }
    findings.extend(left_of_a_rotation(folder));
    findings
}

/// Key files that are not in use: of before the master key was changed, or of a change that stopped.
fn left_of_a_rotation(folder: &Path) -> Vec<Finding> {
    let paths = VaultPaths::in_folder(folder);
    let mut findings = Vec::new();
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path == paths.next_key_file() {
            findings.push(Finding::doubtful(
                "folder",
                format!("{} is of a change of the master key that stopped", path.display()),
                "run `candour keys rotate` again, which goes on where it stopped",
            ));
        } else if paths.is_retired_key_file(&path) {
            findings.push(Finding::doubtful(
                "folder",
                format!("{} is a key file of before the master key was changed", path.display()),
                "move it to where the key files of backups are kept: those of before need it, and nothing else does",
            ));
        }
    }
    findings
}

fn disk(folder: &Path) -> Option<Finding> {
    let free = fs4::available_space(folder).ok()?;
    let log = fs::metadata(folder.join("journal.sqlite")).map_or(0, |file| file.len());
    let mib = |bytes: u64| bytes / (1024 * 1024);
    Some(if free < FREE_BYTES_MIN {
        Finding::wrong(
            "disk",
            format!("{} MiB are free", mib(free)),
            "make room: a log that cannot be written stops the server",
        )
    } else if free < log.saturating_mul(2) {
        Finding::doubtful(
            "disk",
            format!("{} MiB are free, and the log has {} MiB", mib(free), mib(log)),
            "a rebuild or a backup on this disk needs about the size of the log once more: make room before",
        )
    } else {
        Finding::good("disk", format!("{} MiB are free", mib(free)))
    })
}

/// Whether others than the owner may do anything with it; `None` where that cannot be told.
fn others_may(path: &Path) -> Option<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::metadata(path).ok().map(|found| found.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}
