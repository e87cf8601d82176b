//! Proves what the program does with what it is told: flags over environment over file, everything unknown refused by name, no address but
//! loopback without tokens and TLS, files for the owner's eyes only, and help that says exactly this.

use std::{ffi::OsString, fs, os::unix::fs::PermissionsExt as _, path::Path};

use candour_testkit::{Finished, Program, Server};

const BINARY: &str = env!("CARGO_BIN_EXE_candour");
/// The help of the program and of each of its commands, as agreed.
const HELP: &str = include_str!("golden/help.txt");
/// The help of each command of `candour token`.
const HELP_OF_TOKENS: &str = include_str!("golden/help-token.txt");
/// The help of each command of `candour keys`.
const HELP_OF_KEYS: &str = include_str!("golden/help-keys.txt");
const HELP_OF_IMPORTS: &str = include_str!("golden/help-import.txt");

fn program() -> Program {
    Program::new(BINARY)
}

/// A run that must fail before it touches anything, with words that name all of these.
fn refused(run: &Finished, named: &[&str]) {
    assert!(run.code.is_some_and(|code| code != 0), "must fail: {run:?}");
    assert!(!run.stdout.contains("listens"), "must not listen: {}", run.stdout);
    for name in named {
        assert!(run.stderr.contains(name), "must name {name}: {}", run.stderr);
    }
}

#[test]
fn without_tokens_and_tls_every_address_but_loopback_is_refused_wherever_it_is_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("store");
    let file = folder.path().join("candour.toml");
    fs::write(&file, "[server]\nlisten = \"0.0.0.0:0\"\n").expect("a file");
    let by_flag = |address: &str| {
        program().run(&[
            OsString::from("serve"),
            "--folder".into(),
            store.clone().into(),
            "--listen".into(),
            address.into(),
        ])
    };
    let serve = [OsString::from("serve"), "--folder".into(), store.clone().into()];
    for run in [
        by_flag("0.0.0.0:0"),
        by_flag("[::]:0"),
        by_flag("192.0.2.1:7443"),
        program().variable("CANDOUR_LISTEN", "0.0.0.0:0").run(&serve),
        program().variable("CANDOUR_CONFIG", &file).run(&serve),
    ] {
        refused(
            &run,
            &["server.listen", "not a loopback address", "callers.tokens", "server.tls_certificate"],
        );
    }
    assert!(!store.exists(), "nothing is made where nothing is served");
}

#[test]
fn whatever_is_unknown_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("store");
    let file = folder.path().join("candour.toml");
    let serve = [OsString::from("serve"), "--folder".into(), store.clone().into()];
    for (text, name) in [
        ("[server]\nlissten = \"127.0.0.1:0\"\n", "lissten"),
        ("[sever]\nlisten = \"127.0.0.1:0\"\n", "sever"),
        ("colour = true\n", "colour"),
        ("[organisation]\nbody_type = \"hospital\"\n", "hospital"),
        ("[organisation]\nnation = \"scotland\"\n", "only england"),
        ("[log]\nformat = \"xml\"\n", "xml"),
        ("[store]\nnamespace = \"a b\"\n", "store.namespace"),
    ] {
        fs::write(&file, text).expect("a file");
        refused(&program().variable("CANDOUR_CONFIG", &file).run(&serve), &[name]);
    }
    refused(
        &program().variable("CANDOUR_CONFIG", folder.path().join("none.toml")).run(&serve),
        &["none.toml"],
    );
    refused(
        &program().variable("CANDOUR_LISTN", "127.0.0.1:0").run(&serve),
        &["CANDOUR_LISTN", "CANDOUR_LISTEN"],
    );
    refused(&program().run(&["serve", "--lissten", "127.0.0.1:0"]), &["--lissten"]);
    refused(&program().run(&["serve", "--listen", "localhost"]), &["--listen"]);
    refused(&program().run(&["serv"]), &["serv"]);
    assert!(!store.exists(), "nothing is made where nothing is served");
}

#[test]
fn a_flag_wins_over_the_environment_and_the_environment_over_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let [by_file, by_variable, by_flag] = ["file", "variable", "flag"].map(|name| folder.path().join(name));
    let file = folder.path().join("candour.toml");
    let text = format!(
        "[store]\nfolder = {by_file:?}\n[server]\nlisten = \"127.0.0.1:0\"\n[organisation]\nname = \"Northgate\"\n"
    );
    fs::write(&file, text).expect("a file");
    let with_file = program().variable("CANDOUR_CONFIG", &file);
    let with_both = with_file.clone().variable("CANDOUR_FOLDER", &by_variable);

    let ended = Server::of(&with_file, &[]).terminate();
    assert_eq!(made(&[&by_file, &by_variable, &by_flag]), [true, false, false]);
    assert!(ended.stderr.contains("organisation=Northgate"), "{}", ended.stderr);
    Server::of(&with_both, &[]).terminate();
    assert_eq!(made(&[&by_file, &by_variable, &by_flag]), [true, true, false]);
    let ended = Server::of(
        &with_both,
        &["--folder".into(), by_flag.clone().into(), "--organisation".into(), "Southgate".into()],
    )
    .terminate();
    assert_eq!(made(&[&by_file, &by_variable, &by_flag]), [true, true, true]);
    assert!(ended.stderr.contains("organisation=Southgate"), "{}", ended.stderr);
}

fn made(folders: &[&Path]) -> Vec<bool> {
    folders.iter().map(|folder| folder.join("journal.sqlite").exists()).collect()
}

#[test]
fn port_0_takes_any_free_port() {
    let folders = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
    let [one, other] = folders.each_ref().map(|folder| Server::start(BINARY, folder.path(), &[]));
    assert!(one.address().ip().is_loopback() && one.address().port() != 0);
    assert_ne!(one.address().port(), other.address().port());
}

#[test]
fn the_files_of_a_store_are_for_its_owner_only() {
    let parent = tempfile::tempdir().expect("a folder");
    let store = parent.path().join("store");
    let server = Server::start(BINARY, &store, &[]);
    let mode =
        |path: &Path| fs::metadata(path).expect("what a store is made of").permissions().mode() & 0o777;
    assert_eq!(mode(&store), 0o700);
    assert_eq!(mode(&store.join("vault.key")), 0o600);
    for entry in fs::read_dir(&store).expect("the folder of the store") {
        let path = entry.expect("an entry").path();
        assert_eq!(mode(&path) & 0o077, 0, "{} is open to others", path.display());
    }
    drop(server);
}

#[test]
fn a_key_file_that_others_may_read_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(Server::start(BINARY, folder.path(), &[]).terminate().code, Some(0));
    let key = folder.path().join("vault.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("permissions");
    let path = folder.path().to_str().expect("a path in UTF-8");
    refused(
        &program().run(&["serve", "--demo-identities", "--folder", path, "--listen", "127.0.0.1:0"]),
        &["vault.key"],
    );
}

#[test]
fn a_demo_store_never_becomes_a_real_one_nor_a_real_one_a_demo() {
    let parent = tempfile::tempdir().expect("a folder");
    let [demo, real] =
        ["demo", "real"].map(|name| parent.path().join(name).to_str().expect("a path in UTF-8").to_owned());
    let shown =
        program().run(&["demo", "--once", "--incidents", "0", "--folder", &demo, "--listen", "127.0.0.1:0"]);
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    refused(
        &program().run(&["serve", "--demo-identities", "--folder", &demo, "--listen", "127.0.0.1:0"]),
        &["synthetic"],
    );
    assert_eq!(Server::start(BINARY, Path::new(&real), &[]).terminate().code, Some(0));
    refused(
        &program().run(&["demo", "--once", "--incidents", "0", "--folder", &real, "--listen", "127.0.0.1:0"]),
        &["not synthetic"],
    );
}

#[test]
fn a_rebuild_without_a_store_is_refused_and_makes_none() {
    let parent = tempfile::tempdir().expect("a folder");
    let store = parent.path().join("none");
    let path = store.to_str().expect("a path in UTF-8");
    refused(&program().run(&["rebuild", "--folder", path]), &["there is no store in"]);
    refused(&program().run(&["rebuild", "--check", "--folder", path]), &["there is no store in"]);
    assert!(!store.exists());
}

#[test]
fn help_is_exactly_the_agreed_text() {
    let help = |command: &str| {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let run = program().run(&arguments);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        format!("$ candour {}\n{}\n", arguments.join(" "), run.stdout)
    };
    let programs = [
        "", "serve", "demo", "show", "token", "import", "export", "call", "rebuild", "doctor", "backup",
        "restore", "keys", "migrate",
    ]
    .map(help)
    .concat();
    let of_tokens = ["token add", "token list", "token rotate", "token revoke"].map(help).concat();
    let of_imports = ["import lfpse", "import csv"].map(help).concat();
    let of_keys = help("keys rotate");
    for (found, agreed, file) in [
        (programs, HELP, "help.txt"),
        (of_tokens, HELP_OF_TOKENS, "help-token.txt"),
        (of_imports, HELP_OF_IMPORTS, "help-import.txt"),
        (of_keys, HELP_OF_KEYS, "help-keys.txt"),
    ] {
        assert_eq!(
            found, agreed,
            "where the change is meant, put the text on the left into tests/golden/{file}:\n{found}"
        );
    }
}

#[test]
fn the_version_names_the_database_engine_too() {
    let short = program().run(&["-V"]);
    assert_eq!(short.stdout.trim(), format!("candour {}", env!("CARGO_PKG_VERSION")));
    let long = program().run(&["--version"]);
    let text = long.stdout.trim().strip_prefix(short.stdout.trim()).expect("the version first");
    let engine =
        text.strip_prefix(" (SQLite ").and_then(|rest| rest.strip_suffix(')')).expect("then the engine");
    assert!(
        engine.split('.').count() >= 3 && engine.split('.').all(|part| part.parse::<u32>().is_ok()),
        "{engine}"
    );
}
