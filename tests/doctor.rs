//! `candour doctor` finds what is wrong with a store, says what to do about it, and changes nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::{
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use candour_testkit::{Finished, Program, Server};

const BINARY: &str = env!("CARGO_BIN_EXE_candour");

fn doctor(folder: &Path, further: &[&str]) -> Finished {
    let mut arguments: Vec<OsString> = vec!["doctor".into(), "--folder".into(), folder.into()];
    arguments.extend(further.iter().map(OsString::from));
    Program::new(BINARY).run(&arguments)
}

/// A store with the worked example in it, in a folder that the program made.
struct Store {
    _held: tempfile::TempDir,
    folder: PathBuf,
}

impl Store {
    fn path(&self) -> &Path {
        &self.folder
    }
}

fn store() -> Store {
    let held = tempfile::tempdir().unwrap();
    let folder = held.path().join("store");
    Server::demo(BINARY, &folder).terminate();
    Store { _held: held, folder }
}

/// Something is wrong, and the line that says so holds these words, the next one the advice.
fn wrong(run: &Finished, words: &str, advice: &str) {
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    let mut lines = run.stdout.lines();
    let found = lines.find(|line| line.starts_with("WRONG") && line.contains(words));
    assert!(found.is_some(), "must say {words:?}: {}", run.stdout);
    let next = lines.next().unwrap_or_default();
    assert!(next.contains("→") && next.contains(advice), "must advise {advice:?}: {next}");
}

#[test]
fn a_sound_store_is_good_throughout_and_is_not_changed() {
    let folder = store();
    let before = fs::read(folder.path().join("journal.sqlite")).unwrap();
    let run = doctor(folder.path(), &[]);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("138 events in ") && run.stdout.contains("every personal field opens"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("WRONG"), "{}", run.stdout);
    assert_eq!(fs::read(folder.path().join("journal.sqlite")).unwrap(), before);
    let quick = doctor(folder.path(), &["--quick"]);
    assert!(quick.stdout.contains("doubtful  records"), "{}", quick.stdout);
}

#[test]
fn each_thing_that_is_wrong_is_found_with_what_to_do() {
    let folder = store();
    let file = |name: &str| folder.path().join(name);
    let mode =
        |name: &str, mode: u32| fs::set_permissions(file(name), fs::Permissions::from_mode(mode)).unwrap();

    mode("keys.sqlite", 0o644);
    wrong(&doctor(folder.path(), &["--quick"]), "others may read", "chmod 600");
    mode("keys.sqlite", 0o600);

    fs::rename(file("vault.key"), file("away")).unwrap();
    wrong(&doctor(folder.path(), &["--quick"]), "vault.key is missing", "from its backup");
    let other = store();
    fs::copy(other.path().join("vault.key"), file("vault.key")).unwrap();
    wrong(&doctor(folder.path(), &["--quick"]), "does not unwrap", "Keys");
    fs::rename(file("keys.sqlite"), file("keys-away")).unwrap();
    fs::copy(other.path().join("keys.sqlite"), file("keys.sqlite")).unwrap();
    wrong(
        &doctor(folder.path(), &["--quick"]),
        "the log names the keys",
        "put back the vault.key and keys.sqlite",
    );
    fs::rename(file("away"), file("vault.key")).unwrap();
    fs::rename(file("keys-away"), file("keys.sqlite")).unwrap();
    assert_eq!(doctor(folder.path(), &[]).code, Some(0));

    fs::write(file("journal.sqlite"), "no log at all, but long enough to be looked at").unwrap();
    wrong(&doctor(folder.path(), &[]), "is not a Candour journal", "runbook");
    let empty = tempfile::tempdir().unwrap();
    wrong(&doctor(empty.path(), &[]), "there is no", "restore a backup");
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0, "looking makes nothing");
    wrong(&doctor(&empty.path().join("none"), &[]), "does not exist", "store.folder");
}

#[test]
fn a_store_that_is_being_served_is_left_alone() {
    let held = tempfile::tempdir().unwrap();
    let folder = held.path().join("store");
    let server = Server::start(BINARY, &folder, &[]);
    let run = doctor(&folder, &[]);
    assert_eq!(run.code, Some(0), "{}", run.stdout);
    assert!(
        run.stdout.contains("a server has the store open") && run.stdout.contains("candour backup"),
        "{}",
        run.stdout
    );
    assert_eq!(server.terminate().code, Some(0));
}
