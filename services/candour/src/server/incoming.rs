//! Connections as they come in: at most so many, each through its TLS handshake in time. What goes wrong with one is no reason to stop taking others.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use candour_callers::failures::{Failures, Verdict};
use candour_journal::{Clock as _, SystemClock};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::{Stream, StreamExt as _, wrappers::ReceiverStream};
use tokio_util::either::Either;
use tonic::transport::server::{Connected, TcpConnectInfo};

use super::tls;

/// The most connections at a time; one more is closed at once. Half of the file descriptors that a process commonly may have, so that those of the
/// databases are never what is missing.
const CONNECTIONS_MAX: usize = 512;
/// How long a TLS handshake may take.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);
/// How long nothing is accepted after the system could not accept, such as when it has no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How many connections may wait to be taken over by the server.
const WAITING_MAX: usize = 16;

/// A connection that is ready for requests.
pub(super) struct Connection {
    stream: Either<TcpStream, TlsStream<TcpStream>>,
    info: TcpConnectInfo,
    _place: OwnedSemaphorePermit,
}

/// The connections of a listener, with TLS where there is any. Dropping the stream stops listening.
pub(super) fn connections(
    listener: TcpListener,
    tls: Option<tls::Current>,
) -> impl Stream<Item = io::Result<Connection>> {
    let (ready, connections) = mpsc::channel(WAITING_MAX);
    tokio::spawn(accept(listener, tls, ready));
    // Never an error, which would end the server.
    ReceiverStream::new(connections).map(Ok)
}

async fn accept(listener: TcpListener, tls: Option<tls::Current>, ready: mpsc::Sender<Connection>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let failures = Arc::new(Failures::default());
    loop {
        let accepted = tokio::select! {
            () = ready.closed() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            if failures.note(None, SystemClock.now()) != Verdict::Delay {
                tracing::warn!(limit = CONNECTIONS_MAX, "too many connections; one more was closed");
            }
            continue;
        };
        let ready = ready.clone();
        match &tls {
            None => {
                if ready.send(Connection::new(Either::Left(stream), peer, place)).await.is_err() {
                    return;
                }
            }
            Some(tls) => {
                let acceptor = TlsAcceptor::from(Arc::clone(&tls.borrow()));
                let failures = Arc::clone(&failures);
                tokio::spawn(async move {
                    match tokio::time::timeout(HANDSHAKE_TIME_MAX, acceptor.accept(stream)).await {
                        Ok(Ok(stream)) => {
                            // Where nobody takes it any more, the server stops.
                            let _ = ready.send(Connection::new(Either::Right(stream), peer, place)).await;
                        }
                        Ok(Err(error)) => refused(&failures, peer, &error.to_string()),
                        Err(_) => refused(&failures, peer, "it took too long"),
                    }
                });
            }
        }
    }
}

/// Says that a handshake failed; no more than a few times a minute for each peer.
fn refused(failures: &Failures, peer: SocketAddr, error: &str) {
    if failures.note(Some(peer.ip()), SystemClock.now()) == Verdict::Answer {
        tracing::info!(error, "a TLS handshake failed");
    }
}

impl Connection {
    fn new(
        stream: Either<TcpStream, TlsStream<TcpStream>>,
        peer: SocketAddr,
        place: OwnedSemaphorePermit,
    ) -> Self {
        let tcp = match &stream {
            Either::Left(tcp) => tcp,
            Either::Right(tls) => tls.get_ref().0,
        };
        // A small answer is not to wait for more. Where the peer has gone already, reading says so.
        let _ = tcp.set_nodelay(true);
        let info = TcpConnectInfo { local_addr: tcp.local_addr().ok(), remote_addr: Some(peer) };
        Self { stream, info, _place: place }
    }
}

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.info.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
