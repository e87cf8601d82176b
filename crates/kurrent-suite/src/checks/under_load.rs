//! What is killed and restarted while writers record: nothing acknowledged is lost, nothing is recorded twice.

use std::{process::Stdio, time::Duration};

use candour_testkit::{Load, Requests, Server};
use tokio::process::Command;

use super::idle::{EVENTS_RECORDED, stays_idle};
use crate::check::{Check, Outcome};

/// Writers that record at the same time.
const WRITERS: usize = 8;
/// After how many acknowledgements the service is killed, one round after the other.
const KILLED_AFTER: &[usize] = &[1, 25, 90, 200];
/// How many commands are acknowledged before the server is restarted, and again afterwards.
const AROUND_RESTART: usize = 100;
/// The part of the idle run for which the service is watched after the restart.
const IDLE_AFTER_RESTART: u32 = 3;
/// How long the command that restarts the server may take.
const RESTART_TIME_MAX: Duration = Duration::from_mins(5);

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "killed-service",
            "kill -9 of the service under load: every acknowledged command is there exactly once",
            |setting| async move {
                let folder = setting.folder();
                let program = setting.service(&folder, &setting.namespace());
                let mut server = Server::serve(&program);
                let mut load = Load::begin(&server, &Requests::named("killed service"), WRITERS).await;
                let mut unanswered = 0;
                for kill_after in KILLED_AFTER {
                    load.until_killed(server, *kill_after).await;
                    server = Server::serve(&program);
                    unanswered += load.take_up(&server).await;
                }
                load.every_acknowledged_command_is_there_once(&server).await;
                assert_eq!(server.terminate().code, Some(0), "the service ends in order");
                load.the_read_model_equals_a_fresh_fold(&program, 0);
                assert!(unanswered > 0, "the service was never killed in the middle of something");
                Outcome::Passed(format!(
                    "{} commands acknowledged, {} kills, {unanswered} commands in the middle of one",
                    load.acknowledged(),
                    KILLED_AFTER.len()
                ))
            },
        ),
        Check::new(
            "restarted-server",
            "a restart of KurrentDB under load: the service answers in time, recovers by itself and loses nothing",
            |setting| async move {
                let Some(command) = setting.restart_command.clone() else {
                    return Outcome::NotRun("there is no --restart-command".to_owned());
                };
                let folder = setting.folder();
                let program = setting.service(&folder, &setting.namespace());
                let server = Server::serve(&program);
                let mut load = Load::begin(&server, &Requests::named("restarted server"), WRITERS).await;
                let restart = restart(&command);
                let (restarted, endured) =
                    load.through(&server, AROUND_RESTART, restart, AROUND_RESTART).await;
                if let Err(why) = restarted {
                    panic!("--restart-command: {why}");
                }
                server.health_changes("").await.until_serving(true).await;
                load.every_acknowledged_command_is_there_once(&server).await;
                // Nothing that the restart left behind goes on working.
                let after = stays_idle(&setting, &server, setting.idle / IDLE_AFTER_RESTART).await;
                assert_eq!(server.terminate().code, Some(0), "the service ends in order");
                let beside = if after.is_some() { EVENTS_RECORDED } else { 0 };
                load.the_read_model_equals_a_fresh_fold(&program, beside);
                let refused: usize = endured.refused.values().sum();
                Outcome::Passed(format!(
                    "{} commands acknowledged, {refused} answered with an error meanwhile, longest answer {:.1} s, \
                     longest time without an acknowledgement {:.1} s; then idle: {}",
                    endured.acknowledged,
                    endured.longest_answer.as_secs_f64(),
                    endured.longest_gap.as_secs_f64(),
                    after.unwrap_or_default()
                ))
            },
        ),
    ]
}

/// Carries the command out, to its end.
async fn restart(command: &str) -> Result<(), String> {
    let running = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("it cannot be started: {error}"))?;
    let ended = tokio::time::timeout(RESTART_TIME_MAX, running.wait_with_output()).await;
    let output = ended
        .map_err(|_| format!("it did not end within {RESTART_TIME_MAX:?}"))?
        .map_err(|error| format!("it cannot be waited for: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()))
}
