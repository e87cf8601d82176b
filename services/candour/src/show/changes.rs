//! Changes as lines, one to a change, as they come.

use candour_api::v1;

use super::{lists::instant, table::words};
use crate::{client::Clients, command_line::ChangesArguments, output};

/// Prints changes to the end of the log, or until the server stops. However it ends, it says from where to go on.
pub(super) async fn print(clients: &mut Clients, arguments: &ChangesArguments) -> anyhow::Result<()> {
    let mut position = arguments.after.clone().unwrap_or_default();
    let outcome = follow(clients, arguments, &mut position).await;
    if !position.is_empty() {
        output::remark(&format!("to go on from here: --after {position}"));
    }
    outcome
}

async fn follow(
    clients: &mut Clients,
    arguments: &ChangesArguments,
    position: &mut String,
) -> anyhow::Result<()> {
    let request = v1::WatchChangesRequest {
        after_position: arguments.after.clone().unwrap_or_default(),
        from_now: arguments.from_now,
        ..Default::default()
    };
    let mut messages = clients.insight.watch_changes(request).await?.into_inner();
    while let Some(message) = messages.message().await? {
        if let Some(change) = message.change {
            output::line(&line(message.position_sequence, &change));
        }
        *position = message.position;
        if message.caught_up && !arguments.follow {
            break;
        }
    }
    Ok(())
}

fn line(sequence: u64, change: &v1::Change) -> String {
    format!(
        "{sequence}  recorded {}  occurred {}  {} {} version {}: {}  event {}",
        instant(change.recorded_time.as_ref()),
        instant(change.occurred_time.as_ref()),
        words(change.stream_kind().as_str_name(), "STREAM_KIND_"),
        change.stream_subject_id,
        change.version,
        change.r#type,
        change.event_id,
    )
}
