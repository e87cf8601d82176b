//! Proves that `kill -9` loses nothing that was acknowledged, and that a retry applies nothing twice, on either engine; and that an engine that
//! goes away under load does neither.
//!
//! Eight writers record under load; the server is killed at several moments; each writer then sends the command that it had no answer to
//! once more, with the same request id. At the end every history holds exactly the events that were acknowledged, in order, and the read
//! model, which was killed in the middle of its work as well, equals a fresh fold of the log.

use candour_kurrent_double::{Double, Settings};
use candour_testkit::{Load, Program, Requests, Server};

const BINARY: &str = env!("CARGO_BIN_EXE_candour");
const WRITERS: usize = 8;
/// After how many acknowledgements the server is killed, one round after the other.
const KILLED_AFTER: &[usize] = &[1, 25, 90, 200];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_loses_nothing_acknowledged_and_a_retry_applies_nothing_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    is_killed_again_and_again(&Program::new(BINARY).on_store(folder.path())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_on_kurrentdb_loses_nothing_acknowledged_and_a_retry_applies_nothing_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let double = Double::start(Settings::default()).await.expect("a double");
    let program = Program::new(BINARY).on_engine(folder.path(), &double.connection_string(), "candour");
    is_killed_again_and_again(&program).await;
}

async fn is_killed_again_and_again(program: &Program) {
    let mut server = Server::serve(program);
    let mut load = Load::begin(&server, &Requests::named("durability"), WRITERS).await;
    for (round, kill_after) in KILLED_AFTER.iter().enumerate() {
        load.until_killed(server, *kill_after).await;
        server = Server::serve(program);
        let unanswered = load.take_up(&server).await;
        assert!(unanswered > 0, "round {round}: the server was killed in the middle of something");
    }
    assert!(load.acknowledged() >= KILLED_AFTER.iter().sum(), "{} acknowledged", load.acknowledged());
    load.every_acknowledged_command_is_there_once(&server).await;
    assert_eq!(server.terminate().code, Some(0));
    load.the_read_model_equals_a_fresh_fold(program, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kurrentdb_that_goes_away_under_load_and_comes_back_loses_nothing_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let double = Double::start(Settings::default()).await.expect("a double");
    let program = Program::new(BINARY).on_engine(folder.path(), &double.connection_string(), "candour");
    let server = Server::serve(&program);
    let mut load = Load::begin(&server, &Requests::named("engine restarted"), WRITERS).await;
    for _ in 0..3 {
        let restart = async {
            double.stop().await;
            double.start_again().await.expect("its ports are free");
        };
        let ((), endured) = load.through(&server, 40, restart, 40).await;
        assert!(endured.acknowledged >= 80, "{endured:?}");
    }
    load.every_acknowledged_command_is_there_once(&server).await;
    assert_eq!(server.terminate().code, Some(0));
    load.the_read_model_equals_a_fresh_fold(&program, 0);
}
