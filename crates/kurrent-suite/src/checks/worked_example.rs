//! The worked example of the rules (§6.1), through the service on KurrentDB and beside it on SQLite.

use std::{path::Path, sync::Arc};

use candour_testkit::{Finished, tables::assert_same_tables};

use crate::{
    check::{Check, Outcome},
    setting::Setting,
};

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "worked-example/same-as-sqlite",
            "entered through the service it gives the tables that it gives on SQLite, and a second run enters nothing",
            same_as_sqlite,
        ),
        Check::new(
            "worked-example/migrated",
            "a store goes from SQLite to KurrentDB and back with every event and every figure",
            migrated,
        ),
    ]
}

async fn same_as_sqlite(setting: Arc<Setting>) -> Outcome {
    let (here, there) = (setting.folder(), setting.folder());
    let namespace = setting.namespace();
    let on_sqlite = demo(&setting, here.path(), "sqlite", &namespace);
    let first = demo(&setting, there.path(), setting.connection_string(), &namespace);
    assert_same_tables(&first, &on_sqlite);
    let again = demo(&setting, there.path(), setting.connection_string(), &namespace);
    assert_same_tables(&again, &on_sqlite);
    assert!(again.stdout.contains("none was entered again"), "{}", again.stdout);
    let entered = counted(&first.stdout, " commands, ", " events");
    assert_eq!(counted(&on_sqlite.stdout, " commands, ", " events"), entered);
    assert_eq!(counted(&again.stdout, "again (", " events in the log"), entered);
    Outcome::Passed(format!("{entered} events"))
}

async fn migrated(setting: Arc<Setting>) -> Outcome {
    let folder = setting.folder();
    let namespace = setting.namespace();
    let before = demo(&setting, folder.path(), "sqlite", &namespace);
    migrate(&setting, folder.path(), "sqlite", setting.connection_string(), &namespace);
    assert_same_tables(&demo(&setting, folder.path(), setting.connection_string(), &namespace), &before);
    let set_aside =
        std::fs::rename(folder.path().join("journal.sqlite"), folder.path().join("before.sqlite"));
    set_aside.expect("the log on SQLite can be set aside");
    migrate(&setting, folder.path(), setting.connection_string(), "sqlite", &namespace);
    let back = demo(&setting, folder.path(), "sqlite", &namespace);
    assert!(back.stdout.contains("none was entered again"), "{}", back.stdout);
    assert_same_tables(&back, &before);
    Outcome::passed()
}

/// Enters the example where it is not there yet, and prints the tables.
fn demo(setting: &Setting, folder: &Path, engine: &str, namespace: &str) -> Finished {
    let program = setting.candour().variable("CANDOUR_DEMO_ENGINE", engine);
    let mut arguments: Vec<&std::ffi::OsStr> = vec!["demo".as_ref(), "--once".as_ref(), "--folder".as_ref()];
    arguments.extend([folder.as_os_str(), "--namespace".as_ref(), namespace.as_ref()]);
    // The synthetic trust beside the example is no part of this: it has a log of its own.
    let alone = ["--listen", "127.0.0.1:0", "--incidents", "0"];
    arguments.extend(alone.map(std::ffi::OsStr::new));
    program.run(&arguments)
}

fn migrate(setting: &Setting, folder: &Path, from: &str, to: &str, namespace: &str) {
    let program = setting
        .candour()
        .on_store(folder)
        .variable("CANDOUR_NAMESPACE", namespace)
        .variable("CANDOUR_MIGRATE_FROM", from)
        .variable("CANDOUR_MIGRATE_TO", to);
    let finished = program.run(&["migrate"]);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
}

/// The number that stands between two words.
fn counted<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let found = text.split_once(after).and_then(|(front, _)| front.rsplit_once(before));
    match found {
        Some((_, number)) => number,
        None => panic!("no number before {after:?} in {text}"),
    }
}
