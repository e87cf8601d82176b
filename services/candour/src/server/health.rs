//! `grpc.health.v1`: serving while the log and the keys can be written and folding goes on.

use std::time::Duration;

use candour_callers::{Condition, Tokens};
use candour_projections::ReadModel;
use candour_vault::Vault as _;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic_health::{
    ServingStatus,
    pb::health_server::{Health, HealthServer},
};

use crate::store::Store;

/// The services whose health is told apart: those that record, and those that answer from the read model.
const RECORDING: &[&str] = &[
    "candour.v1.IncidentService",
    "candour.v1.LearningService",
    "candour.v1.FollowUpService",
    "candour.v1.ImportService",
];
const ANSWERING: &str = "candour.v1.InsightService";
/// Not a service of the API: whether every sealed value that was asked for could be opened. Recording and answering go on without it.
const KEYS: &str = "candour.keys";
/// Not a service of the API: whether who is known is what the tokens file says.
const CALLERS: &str = "candour.callers";

/// Every name that health is told of, beside the whole server's, which has none.
pub(crate) fn parts() -> impl Iterator<Item = &'static str> {
    RECORDING.iter().copied().chain([ANSWERING, KEYS, CALLERS])
}

/// How often the vault is asked whether it can still seal, the log whether its engine answers, and the tokens whether they are those of their file;
/// none tells anybody by itself.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The health service, and the task that keeps it true. An engine elsewhere that does not answer makes everything not serving until it does again:
/// nothing can be recorded, and answers may lack what other servers record. So does a tokens file that cannot be read, once nobody is admitted.
/// A log that failed stops the whole server: it must not go on as though it could record.
pub(super) async fn service(
    store: &Store,
    read_model: &ReadModel,
    tokens: Option<Tokens>,
    stop: CancellationToken,
) -> (HealthServer<impl Health>, JoinHandle<()>) {
    let (reporter, service) = tonic_health::server::health_reporter();
    for name in RECORDING {
        reporter.set_service_status(*name, ServingStatus::Serving).await;
    }
    reporter.set_service_status(ANSWERING, ServingStatus::Serving).await;
    reporter.set_service_status(KEYS, ServingStatus::Serving).await;
    reporter.set_service_status(CALLERS, ServingStatus::Serving).await;
    let mut unreadable = store.engine.unreadable_values();
    let mut folded = read_model.changes();
    let vault = store.vault();
    let mut look = tokio::time::interval(LOOK_EVERY);
    let journal = std::sync::Arc::clone(&store.journal);
    let mut recorded = journal.changes();
    let keeper = tokio::spawn(async move {
        let mut folding_stopped = false;
        let mut was_answering = true;
        let mut was_known = Condition::Current;
        loop {
            let stopped_now = folded.borrow_and_update().stopped.is_some();
            if stopped_now && !folding_stopped {
                folding_stopped = true;
                reporter.set_service_status(ANSWERING, ServingStatus::NotServing).await;
                reporter.set_service_status("", ServingStatus::NotServing).await;
            }
            tokio::select! {
                changed = folded.changed() => if changed.is_err() { return },
                _ = look.tick() => {
                    if !vault.is_healthy() {
                        reporter.set_service_status(KEYS, ServingStatus::NotServing).await;
                    }
                    let known = tokens.as_ref().map_or(Condition::Current, Tokens::condition);
                    if known != was_known {
                        was_known = known;
                        let status = match known {
                            Condition::Current => ServingStatus::Serving,
                            Condition::Outdated | Condition::Closed => ServingStatus::NotServing,
                        };
                        reporter.set_service_status(CALLERS, status).await;
                    }
                    let is_answering = journal.is_answering() && known != Condition::Closed;
                    if is_answering != was_answering {
                        was_answering = is_answering;
                        let status =
                            if is_answering { ServingStatus::Serving } else { ServingStatus::NotServing };
                        for name in RECORDING {
                            reporter.set_service_status(*name, status).await;
                        }
                        // Folding that stopped does not go on by itself.
                        if !folding_stopped {
                            reporter.set_service_status(ANSWERING, status).await;
                            reporter.set_service_status("", status).await;
                        }
                    }
                },
                counted = unreadable.changed() => if counted.is_ok() {
                    reporter.set_service_status(KEYS, ServingStatus::NotServing).await;
                },
                changed = recorded.changed() => if changed.is_err() {
                    tracing::error!("the log can no longer be written; stopping");
                    for name in RECORDING {
                        reporter.set_service_status(*name, ServingStatus::NotServing).await;
                    }
                    reporter.set_service_status("", ServingStatus::NotServing).await;
                    stop.cancel();
                    return;
                },
            }
        }
    });
    (service, keeper)
}
