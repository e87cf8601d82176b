//! The metrics as a page for Prometheus to fetch: `GET /metrics`, and nothing else.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{ALLOW, CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use opentelemetry_prometheus::PrometheusExporter;
use prometheus::{Encoder as _, Registry, TextEncoder};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinHandle,
};

use crate::{StartError, limits};

/// Where the metrics stand on the page.
pub const PATH: &str = "/metrics";

/// The metrics, as Prometheus reads them.
#[derive(Clone, Debug)]
pub struct Page {
    registry: Registry,
}

impl Page {
    /// A page, and what fills it.
    pub(crate) fn new() -> Result<(PrometheusExporter, Self), StartError> {
        let registry = Registry::new();
        let exporter = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .scope_info_enabled(false)
            .build()
            .map_err(|error| StartError::Page(error.to_string()))?;
        Ok((exporter, Self { registry }))
    }

    /// Serves the page for as long as the task runs. Each connection is good for one request; at most [`limits::PAGE_CONNECTIONS_MAX`] are served
    /// at a time, each for at most [`limits::PAGE_TIME_MAX`].
    pub fn serve(self, listener: TcpListener) -> JoinHandle<()> {
        tokio::spawn(async move {
            let places = Arc::new(Semaphore::new(limits::PAGE_CONNECTIONS_MAX));
            loop {
                // Never closed.
                let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
                let Ok((socket, _)) = listener.accept().await else {
                    // Out of file handles, say: others need time to give some back.
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                    continue;
                };
                let page = self.clone();
                tokio::spawn(async move {
                    page.answer(socket).await;
                    drop(place);
                });
            }
        })
    }

    /// Where it is served, for people.
    pub fn url(address: SocketAddr) -> String {
        format!("http://{address}{PATH}")
    }

    async fn answer(self, socket: TcpStream) {
        let service = service_fn(move |request| {
            let page = self.clone();
            async move { Ok::<_, Infallible>(page.respond(&request).await) }
        });
        let connection =
            http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(socket), service);
        // Whoever asks and goes away, or never asks, is owed nothing.
        let _ = tokio::time::timeout(limits::PAGE_TIME_MAX, connection).await;
    }

    async fn respond(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        if request.uri().path() != PATH {
            return plain(StatusCode::NOT_FOUND, "the metrics are at /metrics\n".into());
        }
        if request.method() != Method::GET && request.method() != Method::HEAD {
            let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "GET it\n".into());
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return answer;
        }
        // Collecting asks every instrument in turn, so it has a thread of its own.
        let registry = self.registry.clone();
        let text = tokio::task::spawn_blocking(move || {
            let mut text = Vec::new();
            TextEncoder::new().encode(&registry.gather(), &mut text).map(|()| text)
        })
        .await;
        match text {
            Ok(Ok(text)) => {
                let mut answer = plain(StatusCode::OK, text.into());
                answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(prometheus::TEXT_FORMAT));
                answer
            }
            Ok(Err(error)) => {
                tracing::error!(%error, "the metrics cannot be written as a page");
                plain(StatusCode::INTERNAL_SERVER_ERROR, Bytes::new())
            }
            Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, Bytes::new()),
        }
    }
}

fn plain(status: StatusCode, text: Bytes) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(text));
    *answer.status_mut() = status;
    answer
}
