//! A collector of telemetry: takes what a program delivers over OTLP with gRPC, as a real one does, and keeps every byte of it.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http_body_util::BodyExt as _;
use opentelemetry_proto::tonic::{
    collector::{
        metrics::v1::{
            ExportMetricsServiceRequest, ExportMetricsServiceResponse,
            metrics_service_server::{MetricsService, MetricsServiceServer},
        },
        trace::v1::{
            ExportTraceServiceRequest, ExportTraceServiceResponse,
            trace_service_server::{TraceService, TraceServiceServer},
        },
    },
    metrics::v1::Metric,
    trace::v1::Span,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tonic::{
    Request, Response, Status,
    body::Body,
    codegen::http,
    transport::{Identity, Server, ServerTlsConfig, server::TcpIncoming},
};

pub use opentelemetry_proto::tonic::{common, trace};

/// How long something may take to be delivered. Programs under test deliver every few hundred milliseconds.
const DELIVERY_TIME_MAX: Duration = Duration::from_secs(30);

/// A running collector. Dropping it ends it.
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    kept: Arc<Kept>,
    running: JoinHandle<()>,
    is_secure: bool,
}

/// What the collector was given.
#[derive(Debug)]
struct Kept {
    received: Mutex<Received>,
    /// Counts deliveries.
    deliveries: watch::Sender<u64>,
    silent: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Received {
    bytes: Vec<u8>,
    spans: Vec<Span>,
    metrics: Vec<Metric>,
}

impl Kept {
    fn received(&self) -> MutexGuard<'_, Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of a delivery, unless the collector is silent: then it is never answered.
    async fn take(&self, note: impl FnOnce(&mut Received)) {
        let mut silent = self.silent.subscribe();
        // The sender lives as long as this.
        let _ = silent.wait_for(|silent| !silent).await;
        note(&mut self.received());
        self.deliveries.send_modify(|count| *count += 1);
    }
}

impl Collector {
    /// Starts a collector on any free port of 127.0.0.1.
    pub async fn start() -> Self {
        Self::serve(None).await
    }

    /// The same with TLS, and the certificate of its authority in PEM. It is the host `localhost`.
    pub async fn start_with_tls() -> (Self, String) {
        let mut authority = CertificateParams::new(Vec::new()).expect("a certificate without names");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let authority = CertifiedIssuer::self_signed(authority, key).expect("an authority");
        let key = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new(vec!["localhost".to_owned()])
            .and_then(|certificate| certificate.signed_by(&key, &authority))
            .expect("a certificate");
        let identity = Identity::from_pem(certificate.pem(), key.serialize_pem());
        (Self::serve(Some(identity)).await, authority.pem())
    }

    async fn serve(identity: Option<Identity>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port of loopback");
        let address = listener.local_addr().expect("a bound socket has an address");
        let kept = Arc::new(Kept {
            received: Mutex::default(),
            deliveries: watch::Sender::new(0),
            silent: watch::Sender::new(false),
        });
        let keeper = Arc::clone(&kept);
        let is_secure = identity.is_some();
        let mut server = Server::builder();
        if let Some(identity) = identity {
            // Two providers of cryptography are built in, of which somebody has to choose one for the process.
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
            let tls = ServerTlsConfig::new().identity(identity);
            server = server.tls_config(tls).expect("a certificate and its key");
        }
        let server = server
            .layer(tower::util::MapRequestLayer::new(move |request: http::Request<Body>| {
                keep(request, &keeper)
            }))
            .add_service(TraceServiceServer::from_arc(Arc::clone(&kept)))
            .add_service(MetricsServiceServer::from_arc(Arc::clone(&kept)));
        let running = tokio::spawn(async move {
            server.serve_with_incoming(TcpIncoming::from(listener)).await.expect("the collector serves");
        });
        Self { address, kept, running, is_secure }
    }

    /// What a program is told to deliver to.
    pub fn endpoint(&self) -> String {
        if self.is_secure {
            format!("https://localhost:{}", self.address.port())
        } else {
            format!("http://{}", self.address)
        }
    }

    /// From now on, deliveries are taken in and neither noted nor answered; or are again.
    pub fn set_silent(&self, silent: bool) {
        self.kept.silent.send_replace(silent);
    }

    /// Every byte that arrived: heads of requests and their bodies.
    pub fn bytes(&self) -> Vec<u8> {
        self.kept.received().bytes.clone()
    }

    /// Every span that was delivered.
    pub fn spans(&self) -> Vec<Span> {
        self.kept.received().spans.clone()
    }

    /// Waits until `find` finds what it looks for among the spans.
    pub async fn span<T>(&self, find: impl Fn(&[Span]) -> Option<T>) -> T {
        self.until(|received| find(&received.spans), |received| format!("{:#?}", received.spans)).await
    }

    /// Waits for a metric of this name.
    pub async fn metric(&self, name: &str) -> Metric {
        self.until(
            |received| received.metrics.iter().find(|metric| metric.name == name).cloned(),
            |received| {
                let names: Vec<_> = received.metrics.iter().map(|metric| metric.name.as_str()).collect();
                format!("no {name} among {names:?}")
            },
        )
        .await
    }

    async fn until<T>(
        &self,
        find: impl Fn(&Received) -> Option<T>,
        describe: impl Fn(&Received) -> String,
    ) -> T {
        let mut deliveries = self.kept.deliveries.subscribe();
        let waiting = async {
            loop {
                if let Some(found) = find(&self.kept.received()) {
                    return found;
                }
                deliveries.changed().await.expect("the collector is running");
            }
        };
        let Ok(found) = tokio::time::timeout(DELIVERY_TIME_MAX, waiting).await else {
            panic!("was not delivered in time; there is: {}", describe(&self.kept.received()))
        };
        found
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// Keeps what passes on its way to the services.
fn keep(request: http::Request<Body>, kept: &Arc<Kept>) -> http::Request<Body> {
    let (parts, body) = request.into_parts();
    let head = format!("{} {}\n{:?}\n", parts.method, parts.uri, parts.headers);
    kept.received().bytes.extend_from_slice(head.as_bytes());
    let kept = Arc::clone(kept);
    let body = body.map_frame(move |frame| {
        if let Some(data) = frame.data_ref() {
            kept.received().bytes.extend_from_slice(data);
        }
        frame
    });
    http::Request::from_parts(parts, Body::new(body))
}

#[tonic::async_trait]
impl TraceService for Kept {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let resources = request.into_inner().resource_spans;
        let spans = resources.into_iter().flat_map(|resource| resource.scope_spans);
        let spans: Vec<Span> = spans.flat_map(|scope| scope.spans).collect();
        self.take(|received| received.spans.extend(spans)).await;
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Kept {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let resources = request.into_inner().resource_metrics;
        let metrics = resources.into_iter().flat_map(|resource| resource.scope_metrics);
        let metrics: Vec<Metric> = metrics.flat_map(|scope| scope.metrics).collect();
        self.take(|received| received.metrics.extend(metrics)).await;
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}
