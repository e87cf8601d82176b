//! `candour migrate`: the worked example goes from SQLite to KurrentDB and back, is interrupted and goes on, and nothing is served twice or by
//! half.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use candour_kurrent_double::{Double, Settings};
use candour_testkit::{Finished, Program, tables::assert_same_tables};

const BINARY: &str = env!("CARGO_BIN_EXE_candour");

/// The events of the worked example.
const EVENTS: &str = "138";

fn demo(folder: &Path, engine: &str) -> Finished {
    let folder = folder.to_str().unwrap();
    Program::new(BINARY).run(&[
        "demo",
        "--once",
        "--incidents",
        "0",
        "--listen",
        "127.0.0.1:0",
        "--folder",
        folder,
        "--engine",
        engine,
    ])
}

fn migrate(folder: &Path, from: &str, to: &str) -> Finished {
    Program::new(BINARY).run(&["migrate", "--folder", folder.to_str().unwrap(), "--from", from, "--to", to])
}

/// A run that must fail, with words that say why.
fn refused(run: &Finished, word: &str) {
    assert!(run.code.is_some_and(|code| code != 0), "must fail: {run:?}");
    assert!(run.stderr.contains(word), "must say {word:?}: {}", run.stderr);
}

fn succeeded(run: &Finished) -> &str {
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    &run.stdout
}

async fn double() -> Double {
    Double::start(Settings::default()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_goes_to_kurrentdb_and_back_with_every_event_and_every_figure() {
    let (double, folder) = (double().await, tempfile::tempdir().unwrap());
    let engine = double.connection_string();
    let before = demo(folder.path(), "sqlite");
    let migrated = migrate(folder.path(), "sqlite", &engine);
    let text = succeeded(&migrated);
    assert!(text.contains(&format!("{EVENTS} events copied now, 0 found from an earlier run")), "{text}");
    assert!(text.contains(&format!("compared every event ({EVENTS}) and every figure (")), "{text}");

    // The same store goes on there, down to the last figure, and finds its commands carried out.
    let there = demo(folder.path(), &engine);
    assert!(
        there.stdout.contains("129 commands were entered by an earlier run, none was entered again"),
        "{}",
        there.stdout
    );
    assert_same_tables(&there, &before);
    // There is one log that is served, not two.
    refused(&demo(folder.path(), "sqlite"), "is carried on there");

    // Back again, into a file that does not exist yet.
    fs::rename(folder.path().join("journal.sqlite"), folder.path().join("journal-before.sqlite")).unwrap();
    succeeded(&migrate(folder.path(), &engine, "sqlite"));
    let back = demo(folder.path(), "sqlite");
    assert!(back.stdout.contains("none was entered again"), "{}", back.stdout);
    assert_same_tables(&back, &before);
    refused(&demo(folder.path(), &engine), "is carried on there");
    // A migration that is done is found to be done.
    let again = migrate(folder.path(), &engine, "sqlite");
    assert!(succeeded(&again).contains(&format!("0 events copied now, {EVENTS} found")), "{}", again.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_that_was_killed_is_not_served_and_goes_on_where_it_stopped() {
    let (double, folder) = (double().await, tempfile::tempdir().unwrap());
    let engine = double.connection_string();
    let before = demo(folder.path(), "sqlite");
    let mut killed = Command::new(BINARY)
        .args(["migrate", "--from", "sqlite", "--to", &engine, "--folder"])
        .arg(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while double.counts().batch_appends < 20 {
        assert!(killed.try_wait().unwrap().is_none(), "it ended before it could be killed");
        tokio::task::yield_now().await;
    }
    killed.kill().unwrap();
    killed.wait().unwrap();

    refused(&demo(folder.path(), &engine), "is not complete");
    let resumed = migrate(folder.path(), "sqlite", &engine);
    let text = succeeded(&resumed);
    let (_, counted) = text.split_once("KurrentDB: ").unwrap();
    let (now, rest) = counted.split_once(" events copied now, ").unwrap();
    let (earlier, _) = rest.split_once(" found").unwrap();
    let (now, earlier): (u32, u32) = (now.parse().unwrap(), earlier.parse().unwrap());
    assert!(earlier >= 19 && now > 0 && now + earlier == 138, "{text}");
    assert_same_tables(&demo(folder.path(), &engine), &before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_of_its_own_is_no_target_and_a_copy_of_another_store_neither() {
    let double = double().await;
    let engine = double.connection_string();
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    succeeded(&demo(one.path(), "sqlite"));
    succeeded(&demo(other.path(), &engine));
    refused(&migrate(one.path(), "sqlite", &engine), "holds events of its own");
    succeeded(&demo(one.path(), "sqlite"));

    refused(&migrate(one.path(), "sqlite", "sqlite"), "nothing to migrate");
    refused(&migrate(tempfile::tempdir().unwrap().path(), "sqlite", &engine), "there is no store in");
    let unknown = migrate(one.path(), "sqlite", "postgres://clerk:secret@host");
    refused(&unknown, "--to");
    assert!(!unknown.stderr.contains("secret"), "{}", unknown.stderr);

    // A second store cannot be copied on top of a first one.
    let target = self::double().await;
    succeeded(&migrate(one.path(), "sqlite", &target.connection_string()));
    let third = tempfile::tempdir().unwrap();
    succeeded(&demo(third.path(), "sqlite"));
    refused(&migrate(third.path(), "sqlite", &target.connection_string()), "a copy of another store");
}
