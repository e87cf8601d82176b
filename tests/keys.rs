//! `candour keys rotate`: everything opens afterwards and is recognised as before, whatever kills it on the way; backups of before and after open
//! with the key file of their time and with no other.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use candour_api::v1;
use candour_testkit::{Finished, Program, Requests, Server, connection::PATIENT_SAFETY};

const BINARY: &str = env!("CARGO_BIN_EXE_candour");

fn run(command: &[&str], folders: &[(&str, &Path)]) -> Finished {
    let mut arguments: Vec<_> = command.iter().map(OsString::from).collect();
    for (flag, folder) in folders {
        arguments.extend([OsString::from(flag), (*folder).into()]);
    }
    Program::new(BINARY).run(&arguments)
}

fn rotate(store: &Path) -> Finished {
    run(&["keys", "rotate"], &[("--folder", store)])
}

fn refused(run: &Finished, word: &str) {
    assert!(run.code.is_some_and(|code| code != 0), "must fail: {run:?}");
    assert!(run.stderr.contains(word), "must say {word:?}: {}", run.stderr);
}

fn succeeded(run: &Finished) -> &str {
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    &run.stdout
}

fn tables(store: &Path) -> String {
    let shown =
        run(&["demo", "--once", "--incidents", "0", "--listen", "127.0.0.1:0"], &[("--folder", store)]);
    succeeded(&shown).split_once("1. Was each").unwrap().1.to_owned()
}

/// The key files in a folder, by their names.
fn key_files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("vault.key"))
        .collect();
    found.sort();
    found
}

#[test]
fn after_a_change_of_the_master_key_figures_doctor_and_backups_are_as_before() {
    let all = tempfile::tempdir().unwrap();
    let [store, before, old_key, after, new_key, restored] =
        ["store", "before", "old-key", "after", "new-key", "restored"].map(|name| all.path().join(name));
    let server = Server::demo(BINARY, &store);
    refused(&rotate(&store), "is open in another writer");
    assert_eq!(server.terminate().code, Some(0));
    let shown = tables(&store);
    let log = fs::read(store.join("journal.sqlite")).unwrap();
    succeeded(&run(&["backup"], &[("--folder", &store), ("--to", &before), ("--key-file-to", &old_key)]));

    let run_of_it = rotate(&store);
    let text = succeeded(&run_of_it);
    assert!(text.contains("138 events read, and every personal field opens or was erased"), "{text}");
    assert!(text.contains("backups made until now need it, nothing else does"), "{text}");
    assert_eq!(fs::read(store.join("journal.sqlite")).unwrap(), log, "the log is not touched");

    let found = run(&["doctor"], &[("--folder", &store)]);
    assert!(succeeded(&found).contains("every personal field opens or was erased"), "{}", found.stdout);
    let retired = key_files(&store).pop().unwrap();
    let said = format!("{} is a key file of before the master key was changed", retired.display());
    assert!(found.stdout.contains(&said), "{}", found.stdout);
    assert_eq!(fs::read(&retired).unwrap(), fs::read(old_key.join("vault.key")).unwrap());
    fs::remove_file(&retired).unwrap();
    assert_eq!(tables(&store), shown);

    succeeded(&run(&["backup"], &[("--folder", &store), ("--to", &after), ("--key-file-to", &new_key)]));
    let restore = |backup: &Path, key: &Path| {
        run(
            &["restore"],
            &[("--from", backup), ("--key-file", &key.join("vault.key")), ("--folder", &restored)],
        )
    };
    refused(&restore(&after, &old_key), "use the key file of after the change");
    refused(&restore(&before, &new_key), "use the key file that belongs to this database");
    for (backup, key) in [(&before, &old_key), (&after, &new_key)] {
        assert!(succeeded(&restore(backup, key)).contains("are those of the backup"));
        assert_eq!(tables(&restored), shown);
        fs::remove_dir_all(&restored).unwrap();
    }
}

/// Digests in the log are made with a key that must not change with the master key: of requests, of receipt codes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_change_names_are_shown_and_repeats_and_receipt_codes_are_recognised() {
    let all = tempfile::tempdir().unwrap();
    let store = all.path().join("store");
    let requests = Requests::named("before and after a change of the master key");
    let mut request = requests.report();
    let report = request.report.as_mut().unwrap();
    report.narrative = "The evening dose was given twice.".to_owned();
    report.reporter =
        Some(v1::Reporter { identity: v1::ReporterIdentity::Anonymous.into(), ..Default::default() });
    report.affected_persons[0].name = "Mrs Example".to_owned();
    let server = Server::start(BINARY, &store, &[]);
    let mut clients = server.clients(PATIENT_SAFETY).await;
    let first = clients.incident.report_incident(request.clone()).await.unwrap().into_inner();
    let open = v1::OpenReturnChannelRequest {
        command: Some(requests.command("staff:2001")),
        incident_id: first.incident_id.clone(),
        kind: v1::ChannelKind::ReceiptCode.into(),
        ..Default::default()
    };
    let code = clients.follow_up.open_return_channel(open.clone()).await.unwrap().into_inner().receipt_code;
    assert_eq!(code.len(), 19);
    assert_eq!(server.terminate().code, Some(0));

    succeeded(&rotate(&store));
    let server = Server::start(BINARY, &store, &[]);
    let mut clients = server.clients(PATIENT_SAFETY).await;
    let again = clients.incident.report_incident(request.clone()).await.unwrap().into_inner();
    assert!(again.result.as_ref().unwrap().repeated, "the repeat is recognised");
    assert_eq!(again.incident_id, first.incident_id);
    let opened = clients.follow_up.open_return_channel(open).await.unwrap().into_inner();
    assert_eq!((opened.result.unwrap().repeated, opened.receipt_code), (true, code));
    let asked = v1::GetIncidentRequest { incident_id: first.incident_id };
    let shown = clients.incident.get_incident(asked).await.unwrap().into_inner().incident.unwrap();
    assert_eq!(shown.narrative.unwrap().value, "The evening dose was given twice.");
    assert_eq!(shown.affected_persons[0].name.as_ref().unwrap().value, "Mrs Example");
    request.report.as_mut().unwrap().narrative = "Something else.".to_owned();
    let status = clients.incident.report_incident(request).await.unwrap_err();
    assert_eq!(candour_testkit::Refusal::of(&status).reason, "REQUEST_ID_REUSED");
    assert_eq!(server.terminate().code, Some(0));
}

/// Killed as soon as a file of the next step is there: what is left opens, and the same command goes on.
#[test]
fn killed_at_each_step_the_same_command_goes_on_and_nothing_is_lost() {
    let all = tempfile::tempdir().unwrap();
    let store = all.path().join("store");
    assert_eq!(Server::demo(BINARY, &store).terminate().code, Some(0));
    let shown = tables(&store);
    let next = |folder: &Path| folder.join("vault.key.next").exists();
    let half_written = |folder: &Path| folder.join("vault.key.next.unfinished").exists() || next(folder);
    let rewrapping = |folder: &Path| {
        next(folder) && fs::metadata(folder.join("keys.sqlite-wal")).is_ok_and(|found| found.len() > 0)
    };
    let steps: [&dyn Fn(&Path) -> bool; 4] = [&half_written, &next, &rewrapping, &|folder| {
        key_files(folder).iter().any(|path| path.to_string_lossy().contains("retired"))
    }];
    for (step, reached) in steps.iter().enumerate() {
        let arguments = [OsString::from("keys"), "rotate".into(), "--folder".into(), store.clone().into()];
        let running = Program::new(BINARY).start(&arguments);
        // The last step leaves its file behind for good, so the wait ends even where the run was quicker.
        while !reached(&store)
            && !key_files(&store).iter().any(|path| path.to_string_lossy().contains("retired"))
        {
            std::thread::yield_now();
        }
        running.kill();
        let text = rotate(&store);
        assert!(succeeded(&text).contains("138 events read"), "after step {step}: {}", text.stdout);
        assert!(!next(&store), "after step {step}");
        for retired in key_files(&store).into_iter().skip(1) {
            fs::remove_file(retired).unwrap();
        }
    }
    assert_eq!(tables(&store), shown);
}

#[test]
fn without_a_store_or_with_lost_fields_nothing_is_changed() {
    let all = tempfile::tempdir().unwrap();
    let store = all.path().join("store");
    refused(&rotate(&store), "there is no store in");
    assert!(!store.exists());

    assert_eq!(Server::demo(BINARY, &store).terminate().code, Some(0));
    let key = fs::read(store.join("vault.key")).unwrap();
    let database = rusqlite::Connection::open(store.join("keys.sqlite")).unwrap();
    let damaged = database
        .execute(
            "UPDATE data_key SET wrapped = zeroblob(60) WHERE key_number = (SELECT min(key_number) FROM assignment)",
            [],
        )
        .unwrap();
    assert_eq!(damaged, 1);
    drop(database);
    let run_of_it = rotate(&store);
    refused(&run_of_it, "the master key was not changed");
    refused(&run_of_it, "do not open although nobody was erased");
    assert_eq!(fs::read(store.join("vault.key")).unwrap(), key);
    assert_eq!(key_files(&store).len(), 1);
}
