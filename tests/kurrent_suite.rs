//! The suite for a real KurrentDB, against the double: that it runs, that it finds what is right to be right, and that it finds what is wrong.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use candour_kurrent_double::{Call, Double, Fault, Settings, Tls, User};
use candour_testkit::{Finished, Program};
use tokio::sync::mpsc;

const SUITE: &str = env!("CARGO_BIN_EXE_candour-kurrent-suite");

async fn double() -> Double {
    Double::start(Settings::default()).await.unwrap()
}

/// The suite against a server, with the time that the whole of it needs.
fn suite(connection_string: &str) -> Program {
    Program::new(SUITE)
        .variable("CANDOUR_KURRENTDB", connection_string)
        // For the command that restarts.
        .variable("PATH", std::env::var_os("PATH").unwrap_or_default())
        .within(Duration::from_mins(5))
}

fn judge(double: &Double, arguments: &[&str]) -> Finished {
    suite(&double.connection_string()).run(arguments)
}

/// The lines about checks that begin with this word.
fn lines<'a>(finished: &'a Finished, word: &str) -> Vec<&'a str> {
    finished.stdout.lines().filter(|line| line.starts_with(word)).collect()
}

/// The last line, which counts.
fn counts(finished: &Finished) -> &str {
    finished.stdout.lines().next_back().unwrap_or_default()
}

#[track_caller]
fn assert_all_passed(finished: &Finished) {
    assert_eq!(lines(finished, "FAILED"), [""; 0], "{}", finished.stderr);
    assert_eq!(finished.code, Some(0), "{}", finished.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_holds_of_the_engine_passes_on_a_double_with_tls_users_and_three_nodes() {
    let settings = Settings {
        nodes: 3,
        tls: Tls::On,
        users: vec![User::administrator("clerk", "sec%ret")],
        ..Settings::default()
    };
    let double = Double::start(settings).await.unwrap();
    double.append_foreign("elsewhere-1", 5);
    let connection_string = double.connection_string().replace("://", "://clerk:sec%25ret@");
    let only = ["conformance/by-session", "conformance/by-call/facts", "two-connections", "start"];
    let arguments: Vec<&str> = only.iter().flat_map(|name| ["--only", name]).collect();
    let finished = suite(&connection_string).run(&arguments);
    assert_all_passed(&finished);
    assert_eq!(counts(&finished), "43 passed, 0 failed, 0 not run", "{}", finished.stdout);
    let ports: Vec<String> = double.ports().iter().map(|port| format!("127.0.0.1:{port}")).collect();
    let first = format!("candour-kurrent-suite 0.1.0 against KurrentDB 26.1.0 at {}", ports.join(","));
    assert_eq!(finished.stdout.lines().next(), Some(first.as_str()), "without user and password");
    assert!(!format!("{finished:?}").contains("sec%"), "no password is shown: {finished:?}");
    assert!(double.counts().gossip > 0, "the cluster was asked who leads");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_holds_of_the_service_passes_on_the_double_and_both_engines_are_in_the_table() {
    let (double, folder) = (double().await, tempfile::tempdir().unwrap());
    let asked = Asked::in_folder(folder.path());
    let file = folder.path().join("report.json");
    let only = ["worked-example/same", "killed", "restarted", "idle", "figures"];
    let mut arguments: Vec<&str> = only.iter().flat_map(|name| ["--only", name]).collect();
    arguments.extend(["--seconds", "3", "--report", file.to_str().unwrap()]);
    let command = asked.command.clone();
    arguments.extend(["--restart-command", &command]);
    let double = Arc::new(double);
    let restarting = tokio::spawn(asked.restart_each_time(Arc::clone(&double)));
    let finished = judge(&double, &arguments);
    restarting.abort();
    assert_all_passed(&finished);
    assert_eq!(counts(&finished), "8 passed, 0 failed, 0 not run", "{}", finished.stdout);

    for row in [
        "append of one event, in a session",
        "append of one event, by call",
        "read of a stream",
        "report an incident",
    ] {
        for at_once in ["1", "16", "64"] {
            let cells =
                |line: &str| line.split(['│', '┆']).map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
            let found = finished.stdout.lines().map(cells).any(|cells| {
                cells.len() > 8
                    && cells[1].contains(row)
                    && cells[2] == at_once
                    && cells[3..9].iter().all(|figure| figure.parse::<f64>().is_ok_and(|figure| figure > 0.0))
            });
            assert!(found, "{row}, {at_once} at once: {}", finished.stdout);
        }
    }
    let report: serde_json::Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    assert_eq!(report["counts"]["passed"], 8);
    assert_eq!(report["server_version"], "26.1.0");
    assert_eq!(report["checks"].as_array().unwrap().len(), 8);
    assert_eq!(report["figures"].as_array().unwrap().len(), 30);
}

/// What a shell command asks this process for: it writes to one pipe, and ends once it can read from the other.
struct Asked {
    command: String,
    done: PathBuf,
    wishes: mpsc::UnboundedReceiver<()>,
}

impl Asked {
    fn in_folder(folder: &Path) -> Self {
        let pipe = |name: &str| {
            let pipe = folder.join(name);
            assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
            pipe
        };
        let (asked, done) = (pipe("asked"), pipe("done"));
        let command = format!("echo restart > {} && read done < {}", asked.display(), done.display());
        let (sender, receiver) = mpsc::unbounded_channel();
        // Waits in the system for whoever writes; ends with this process.
        std::thread::spawn(move || while fs::read(&asked).is_ok() && sender.send(()).is_ok() {});
        Self { command, done, wishes: receiver }
    }

    async fn restart_each_time(mut self, double: Arc<Double>) {
        while self.wishes.recv().await.is_some() {
            double.stop().await;
            double.start_again().await.unwrap();
            let done = self.done.clone();
            tokio::task::spawn_blocking(move || fs::write(done, "done\n").unwrap()).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_run_is_said_and_what_cannot_be_run_is_refused() {
    let double = double().await;
    let finished = judge(&double, &["--only", "restarted-server", "--only", "start/password"]);
    assert_eq!((finished.code, counts(&finished)), (Some(1), "0 passed, 0 failed, 2 not run"));
    // Nobody can have a wrong password with a server that asks for none, and the suite does not say that it was refused.
    assert!(lines(&finished, "not run").iter().any(|line| line.contains("no user")), "{}", finished.stdout);
    assert!(finished.stdout.contains("there is no --restart-command"), "{}", finished.stdout);
    let command = "echo the node is gone >&2; exit 3";
    let finished = judge(&double, &["--only", "restarted-server", "--restart-command", command]);
    assert_eq!((finished.code, counts(&finished)), (Some(1), "0 passed, 1 failed, 0 not run"));
    assert!(lines(&finished, "FAILED")[0].contains("the node is gone"), "{}", finished.stdout);

    let unknown = judge(&double, &["--only", "conformanse"]);
    assert_eq!(unknown.code, Some(1));
    assert!(
        unknown.stderr.contains("conformanse") && unknown.stderr.contains("--list"),
        "{}",
        unknown.stderr
    );
    let listed = Program::new(SUITE).run(&["--list"]);
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    for name in ["conformance/by-call/reading::a_stream_is_read_in_pages", "idle", "figures/commands"] {
        assert!(listed.stdout.lines().any(|line| line == name), "{name}: {}", listed.stdout);
    }
    let nowhere = Program::new(SUITE).run(&["--only", "idle"]);
    assert!(
        nowhere.code.is_some_and(|code| code != 0) && nowhere.stderr.contains("--server"),
        "{}",
        nowhere.stderr
    );
}

/// Judges a double that does what no server does, after so many calls and then so many times, as not every call is one that the lie can tell of.
/// Expects that exactly this check fails, for this reason, and that the others go on and pass.
async fn assert_found_out(call: Call, after: usize, lie: Fault, times: usize, check: &str, reason: &str) {
    let double = double().await;
    let lies = std::iter::repeat_n(Fault::Nothing(call), after).chain(std::iter::repeat_n(lie, times));
    lies.for_each(|fault| double.script(fault));
    let finished = judge(&double, &["--only", check, "--only", "two-connections/store"]);
    assert!(double.waiting_faults() < times, "it told no lie: {}", finished.stdout);
    let failed = lines(&finished, "FAILED");
    assert_eq!((failed.len(), finished.code), (1, Some(1)), "{}", finished.stdout);
    assert!(failed[0].contains(check) && failed[0].contains(reason), "{}", failed[0]);
    assert_eq!(counts(&finished), "1 passed, 1 failed, 0 not run");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledged_append_that_is_lost_is_found_out() {
    // In a history, or in the number of events of the log.
    assert_found_out(Call::Append, 60, Fault::ConfirmWithoutCommit, 1, "killed-service", "left").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_is_written_twice_is_found_out() {
    assert_found_out(Call::Append, 60, Fault::CommitTwice, 5, "killed-service", "left").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_given_twice_is_found_out() {
    let lie = Fault::GiveTwice(Call::ReadStream);
    assert_found_out(Call::ReadStream, 60, lie, 20, "killed-service", "STORED_DATA_CORRUPT").await;
    let (lie, check) =
        (Fault::GiveTwice(Call::ReadAll), "conformance/by-session/reading::the_log_is_read_in_pages");
    assert_found_out(Call::ReadAll, 20, lie, 100, check, "left").await;
}
