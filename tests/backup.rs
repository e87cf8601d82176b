//! `candour backup` and `candour restore`: made while the server runs, proved, complete only with its keys, never written over anything, and the
//! same figures afterwards.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::{ffi::OsString, fs, os::unix::fs::PermissionsExt as _, path::Path};

use candour_testkit::{Finished, Program, Requests, Server, connection::PATIENT_SAFETY};

const BINARY: &str = env!("CARGO_BIN_EXE_candour");

fn run(command: &str, folders: &[(&str, &Path)]) -> Finished {
    let mut arguments = vec![OsString::from(command)];
    for (flag, folder) in folders {
        arguments.extend([OsString::from(flag), (*folder).into()]);
    }
    Program::new(BINARY).run(&arguments)
}

fn refused(run: &Finished, word: &str) {
    assert!(run.code.is_some_and(|code| code != 0), "must fail: {run:?}");
    assert!(run.stderr.contains(word), "must say {word:?}: {}", run.stderr);
}

fn succeeded(run: &Finished) -> &str {
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    &run.stdout
}

fn demo(folder: &Path) -> String {
    let run = Program::new(BINARY).run(&[
        OsString::from("demo"),
        "--once".into(),
        "--incidents".into(),
        "0".into(),
        "--listen".into(),
        "127.0.0.1:0".into(),
        "--folder".into(),
        folder.into(),
    ]);
    succeeded(&run).split_once("1. Was each").unwrap().1.to_owned()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_backup_of_a_running_server_restores_to_the_same_figures() {
    let all = tempfile::tempdir().unwrap();
    let [store, backup, apart, restored] =
        ["store", "backup", "apart", "restored"].map(|name| all.path().join(name));
    let server = Server::demo(BINARY, &store);
    let made = run("backup", &[("--folder", &store), ("--to", &backup), ("--key-file-to", &apart)]);
    assert!(succeeded(&made).contains("backed up 138 events"), "{}", made.stdout);
    assert!(made.stdout.contains("every personal field opened"), "{}", made.stdout);
    assert_eq!(names(&backup), ["backup.json", "journal.sqlite", "keys.sqlite"]);
    assert_eq!(names(&apart), ["vault.key"]);
    for file in [backup.join("backup.json"), backup.join("journal.sqlite"), apart.join("vault.key")] {
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
    assert_eq!(server.terminate().code, Some(0));

    let key_file = apart.join("vault.key");
    refused(&run("restore", &[("--folder", &restored), ("--from", &backup)]), "--key-file");
    assert!(!restored.exists(), "a refused restore makes nothing");
    let back = run("restore", &[("--folder", &restored), ("--from", &backup), ("--key-file", &key_file)]);
    let text = succeeded(&back);
    assert!(text.contains("138 events") && text.contains("are those of the backup"), "{text}");
    assert_eq!(demo(&restored), demo(&store));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_in_the_middle_of_recording_is_of_one_moment_and_whole() {
    let all = tempfile::tempdir().unwrap();
    let [store, backup, restored] = ["store", "backup", "restored"].map(|name| all.path().join(name));
    let server = Server::start(BINARY, &store, &[]);
    let requests = Requests::named("recording during a backup");
    let connection = server.connect(PATIENT_SAFETY).await;
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let recording = tokio::spawn(async move {
        let mut recorded = 0_u64;
        while stopped.try_recv().is_err() {
            let answer: Result<candour_api::v1::ReportIncidentResponse, _> =
                connection.call("IncidentService/ReportIncident", requests.report()).await;
            recorded += u64::from(answer.is_ok());
        }
        recorded
    });
    let (folder, target) = (store.clone(), backup.clone());
    let made = tokio::task::spawn_blocking(move || {
        run("backup", &[("--folder", &folder), ("--to", &target), ("--key-file-to", &target)])
    })
    .await
    .unwrap();
    assert!(succeeded(&made).contains("included"), "{}", made.stdout);
    stop.send(()).unwrap();
    assert!(recording.await.unwrap() > 0, "recording went on meanwhile");
    // The key file is in the backup, so nothing else is needed.
    let back = run("restore", &[("--folder", &restored), ("--from", &backup)]);
    assert!(succeeded(&back).contains("every personal field opened"), "{}", back.stdout);
}

#[test]
fn nothing_is_overwritten_and_a_damaged_or_unfinished_backup_is_not_restored() {
    let all = tempfile::tempdir().unwrap();
    let [store, backup, restored] = ["store", "backup", "restored"].map(|name| all.path().join(name));
    demo(&store);
    let flags = [("--folder", store.as_path()), ("--to", &backup), ("--key-file-to", &backup)];
    succeeded(&run("backup", &flags));
    refused(&run("backup", &flags), "holds files already");
    refused(&run("restore", &[("--folder", &store), ("--from", &backup)]), "exists already");
    refused(
        &run("backup", &[("--folder", &restored), ("--to", &all.path().join("none"))]),
        "there is no store",
    );
    assert!(!all.path().join("none").exists());

    let log = backup.join("journal.sqlite");
    let whole = fs::read(&log).unwrap();
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(&log, &damaged).unwrap();
    let restore = || run("restore", &[("--folder", &restored), ("--from", &backup)]);
    refused(&restore(), "is not as it was when the backup was made");
    fs::write(&log, &whole).unwrap();
    let manifest = fs::read_to_string(backup.join("backup.json")).unwrap();
    fs::write(
        backup.join("backup.json"),
        manifest.replace("\"journal.sqlite\"", "\"../store/journal.sqlite\""),
    )
    .unwrap();
    refused(&restore(), "no plain name");
    fs::remove_file(backup.join("backup.json")).unwrap();
    refused(&restore(), "no complete backup");
    assert!(!restored.exists());

    // Figures that are not those of the backup are no restore, and nothing is left of it.
    let (_, figures) = manifest.split_once("\"figures\"").unwrap();
    let (_, digest) = figures.split_once("\"sha256\": \"").unwrap();
    let digest = &digest[..64];
    fs::write(backup.join("backup.json"), manifest.replace(digest, &"0".repeat(64))).unwrap();
    refused(&restore(), "figures of the restored log are not those of the backup");
    assert!(names(&restored).is_empty(), "{:?}", names(&restored));

    // With other keys nothing is restored either.
    fs::write(backup.join("backup.json"), &manifest).unwrap();
    let other = all.path().join("other");
    demo(&other);
    let key_file = other.join("vault.key");
    refused(
        &run("restore", &[("--folder", &restored), ("--from", &backup), ("--key-file", &key_file)]),
        "does not unwrap",
    );
    assert!(names(&restored).is_empty(), "{:?}", names(&restored));
}
