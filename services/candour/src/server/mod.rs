//! The gRPC services over a store: listening, health, draining.

mod admission;
mod authentication;
pub(crate) mod command;
pub(crate) mod health;
mod incoming;
mod tls;
mod while_in_force;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use candour_callers::followed::Follower;
use candour_follow_up::FollowUpServiceServer;
use candour_import::ImportServiceServer;
use candour_incident::IncidentServiceServer;
use candour_insight::InsightServiceServer;
use candour_learning::LearningServiceServer;
use candour_projections::{ReadModel, Runner};
use candour_telemetry::calls::{Calls, Instruments, Methods};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::{codegen::http, transport::Server as TonicServer};

use crate::{
    configuration::Serving,
    store::Store,
    telemetry::{self, folding::Folds, worklist::Worklist},
};
use authentication::Authentication;

/// The greatest request that is read, in bytes.
pub(crate) const REQUEST_BYTES_MAX: usize = 1024 * 1024;
/// The most requests of one connection that are worked on at the same time.
const REQUESTS_PER_CONNECTION_MAX: usize = 256;
/// How long a request may take.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);
/// How long draining may take once asked to stop.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(20);
/// How long folding what was recorded last may take after that.
const FOLD_TIME_MAX: Duration = Duration::from_secs(5);

/// What serving needs beside a store: read and checked before the store is touched.
pub(crate) struct Prepared {
    listen: SocketAddr,
    tls: Option<(tls::Current, tls::Follower)>,
    authentication: Authentication,
    following_tokens: Option<Follower>,
}

impl Prepared {
    /// Reads the certificates and the tokens that the configuration names.
    pub(crate) fn of(serving: &Serving) -> anyhow::Result<Self> {
        let (authentication, following_tokens) = Authentication::of(&serving.admitting)?;
        let tls = serving.tls.as_ref().map(tls::open).transpose()?;
        Ok(Self { listen: serving.listen, tls, authentication, following_tokens })
    }
}

/// A running server.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    is_tls: bool,
    store: Store,
    read_model: ReadModel,
    stop: CancellationToken,
    serving: JoinHandle<anyhow::Result<()>>,
    folding: JoinHandle<Result<(), candour_projections::runner::RunError>>,
    stop_folding: CancellationToken,
}

impl Server {
    /// Starts serving a store.
    pub(crate) async fn start(
        store: Store,
        prepared: Prepared,
        observed: telemetry::Observed,
    ) -> anyhow::Result<Self> {
        let Prepared { listen, tls, authentication, following_tokens } = prepared;
        let listener =
            TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
        let address = listener.local_addr().context("cannot tell where it listens")?;
        let read_model = store.open_read_model().await?;

        let stop_folding = CancellationToken::new();
        let folds = Arc::new(Folds::new(observed.is_traced));
        telemetry::gauges::watch(&store, &read_model, &folds);
        let runner = Runner::new(Arc::clone(&store.journal), read_model.clone()).observed_by(folds);
        let folding = tokio::spawn(runner.run(stop_folding.clone()));

        let stop = CancellationToken::new();
        if observed.is_measured {
            let worklist = Worklist::watched();
            tokio::spawn(worklist.keep_counted(store.engine.clone(), read_model.clone(), stop.clone()));
        }
        if let Some(follower) = following_tokens {
            tokio::spawn(follower.run(stop.clone()));
        }
        telemetry::gauges::watch_callers(authentication.tokens());
        let (tls, following_tls) = tls.unzip();
        if let Some(follower) = following_tls {
            tokio::spawn(follower.run(stop.clone()));
        }
        let (health, reporter) =
            health::service(&store, &read_model, authentication.tokens().cloned(), stop.clone()).await;
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(candour_api::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        // Generic clients of some years ask for the alpha version only. Each version tells of the other, and of itself anyway.
        let reflection_alpha = reflection()
            .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
            .build_v1alpha()
            .context("the descriptors for reflection")?;
        let reflection = reflection()
            .register_encoded_file_descriptor_set(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET)
            .build_v1()
            .context("the descriptors for reflection")?;
        let engine = store.engine.clone();
        let methods = telemetry::methods::served()?;
        let named = methods.clone();
        let instruments = Instruments::new(REQUEST_TIME_MAX);
        let router = TonicServer::builder()
            .timeout(REQUEST_TIME_MAX)
            .concurrency_limit_per_connection(REQUESTS_PER_CONNECTION_MAX)
            .trace_fn(move |request| span(&named, request))
            .layer(tower::layer::layer_fn(move |inner| {
                Calls::new(inner, methods.clone(), Arc::clone(&instruments))
            }))
            .layer(tower_http::catch_panic::CatchPanicLayer::custom(panicked))
            .layer(tower::layer::layer_fn(move |services| {
                admission::Admission::new(services, authentication.clone())
            }))
            .add_service(health)
            .add_service(reflection)
            .add_service(reflection_alpha)
            .add_service(
                IncidentServiceServer::new(candour_incident::Service::new(
                    engine.clone(),
                    read_model.clone(),
                ))
                .max_decoding_message_size(REQUEST_BYTES_MAX),
            )
            .add_service(
                LearningServiceServer::new(candour_learning::Service::new(engine.clone()))
                    .max_decoding_message_size(REQUEST_BYTES_MAX),
            )
            .add_service(
                FollowUpServiceServer::new(candour_follow_up::Service::new(engine.clone()))
                    .max_decoding_message_size(REQUEST_BYTES_MAX),
            )
            .add_service(
                ImportServiceServer::new(candour_import::Service::new(engine.clone(), stop.clone()))
                    .max_decoding_message_size(REQUEST_BYTES_MAX),
            )
            .add_service(
                InsightServiceServer::new(candour_insight::Service::new(engine, read_model.clone()))
                    .max_decoding_message_size(REQUEST_BYTES_MAX),
            );
        let is_tls = tls.is_some();
        let incoming = incoming::connections(listener, tls);
        let stopped = stop.clone();
        let serving = tokio::spawn(async move {
            let outcome = router.serve_with_incoming_shutdown(incoming, stopped.cancelled_owned()).await;
            reporter.abort();
            outcome.context("serving failed")
        });
        tracing::info!(%address, organisation = %store.engine.organisation().name, "serving");
        Ok(Self { address, is_tls, store, read_model, stop, serving, folding, stop_folding })
    }

    /// Its address as callers name it.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", if self.is_tls { "https" } else { "http" }, self.address)
    }

    /// How many events the log holds, once everything in it is folded.
    pub(crate) async fn events_folded(&self) -> anyhow::Result<u64> {
        let position = self.store.journal.head().await?;
        let mut changes = self.read_model.changes();
        let progress = changes
            .wait_for(|progress| progress.position >= position || progress.stopped.is_some())
            .await
            .context("the read model went away")?;
        Ok(progress.events)
    }

    /// Resolves when the server stops by itself: the store failed, or serving did.
    pub(crate) async fn failed(&self) {
        self.stop.cancelled().await;
    }

    /// Drains: no new connections, the requests being worked on are answered, everything recorded is folded as far as time allows, and the log
    /// is closed. A store that had failed makes this an error.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        let healthy = self.store.is_healthy();
        self.stop.cancel();
        self.read_model.stop_waiting();
        let drained = tokio::time::timeout(DRAIN_TIME_MAX, self.serving).await;
        if drained.is_err() {
            tracing::warn!(seconds = DRAIN_TIME_MAX.as_secs(), "not every request was answered in time");
        }
        // What is left when the time is up is folded at the next start.
        let _ = tokio::time::timeout(FOLD_TIME_MAX, fold_the_rest(&self.store, &self.read_model)).await;
        self.stop_folding.cancel();
        let folded = self.folding.await;
        self.store.close().await?;
        match drained {
            Ok(Ok(outcome)) => outcome?,
            Ok(Err(error)) => return Err(anyhow::Error::new(error).context("serving ended abnormally")),
            Err(_) => {}
        }
        folded.context("folding ended abnormally")?.context("folding failed")?;
        anyhow::ensure!(healthy, "the store failed: see the log above, check the disk, then start again");
        tracing::info!("stopped");
        Ok(())
    }
}

/// The span of a request in the log. Trace, caller and request id are filled in once they are known.
fn span(methods: &Methods, request: &http::Request<()>) -> tracing::Span {
    tracing::info_span!(
        "rpc",
        method = %methods.name(request.uri().path()),
        trace_id = tracing::field::Empty,
        caller = tracing::field::Empty,
        request_id = tracing::field::Empty
    )
}

/// A panic is a defect: logged without its message, which could hold a value, and answered as one.
fn panicked(_panic: Box<dyn std::any::Any + Send + 'static>) -> http::Response<tonic::body::Body> {
    tracing::error!("a request ended in a panic");
    tonic::Status::from(candour_service_kit::Failure::Internal("panic".to_owned())).into_http()
}

/// Waits until everything recorded is folded, or folding has stopped.
async fn fold_the_rest(store: &Store, read_model: &ReadModel) {
    let Ok(head) = store.journal.head().await else { return };
    let mut changes = read_model.changes();
    // An error says that the read model is gone, and then there is nothing to wait for.
    let _ = changes.wait_for(|progress| progress.position >= head || progress.stopped.is_some()).await;
}
