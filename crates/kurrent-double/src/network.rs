//! The sockets: real connections that can be refused, broken or silenced.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::fault::{Script, count};

/// Bytes between the socket and the server.
const BUFFER_BYTES: usize = 64 * 1024;

/// The switches that every connection obeys.
pub(crate) struct Network {
    silent: watch::Sender<bool>,
    refusing: watch::Sender<bool>,
    /// Changes whenever every connection is to break.
    breaks: watch::Sender<u64>,
    delayed_acknowledgements: bool,
}

impl Network {
    pub(crate) fn new(delayed_acknowledgements: bool) -> Self {
        Self {
            delayed_acknowledgements,
            silent: watch::Sender::new(false),
            refusing: watch::Sender::new(false),
            breaks: watch::Sender::new(0),
        }
    }

    pub(crate) fn set_silent(&self, silent: bool) {
        self.silent.send_replace(silent);
    }

    pub(crate) fn set_refusing(&self, refusing: bool) {
        self.refusing.send_replace(refusing);
    }

    pub(crate) fn break_connections(&self) {
        self.breaks.send_modify(|number| *number += 1);
    }
}

/// Accepts connections for ever and hands each one to the server behind `accepted`. All of them end with this task.
pub(crate) async fn accept(
    listener: TcpListener,
    network: Arc<Network>,
    script: Arc<Script>,
    tls: Option<TlsAcceptor>,
    accepted: mpsc::Sender<io::Result<DuplexStream>>,
) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        count(&script.connections);
        while connections.try_join_next().is_some() {}
        if *network.refusing.borrow() || script.take(None).is_some() {
            continue;
        }
        let (near, far) = tokio::io::duplex(BUFFER_BYTES);
        if let Some(tls) = tls.clone() {
            connections.spawn(decrypt(far, tls, accepted.clone()));
        } else if accepted.send(Ok(far)).await.is_err() {
            return;
        }
        let mut breaks = network.breaks.subscribe();
        let silent = network.silent.subscribe();
        let delayed_acknowledgements = network.delayed_acknowledgements;
        connections.spawn(async move {
            tokio::select! {
                _ = breaks.changed() => {}
                () = forward(socket, near, silent, delayed_acknowledgements) => {}
            }
        });
    }
}

/// Answers for the node in TLS, and hands what is inside to the server. Who speaks no TLS, or does not trust the
/// certificate, is left without a word.
async fn decrypt(socket: DuplexStream, tls: TlsAcceptor, accepted: mpsc::Sender<io::Result<DuplexStream>>) {
    let Ok(mut encrypted) = tls.accept(socket).await else { return };
    let (mut near, far) = tokio::io::duplex(BUFFER_BYTES);
    if accepted.send(Ok(far)).await.is_ok() {
        // However it ends, both sides are closed then.
        tokio::io::copy_bidirectional(&mut encrypted, &mut near).await.ok();
    }
}

/// Forwards both ways until either side ends.
async fn forward(
    socket: TcpStream,
    server: DuplexStream,
    silent: watch::Receiver<bool>,
    delayed_acknowledgements: bool,
) {
    let (from_client, to_client) = socket.into_split();
    let (from_server, to_server) = tokio::io::split(server);
    tokio::select! {
        _ = pump_in(from_client, to_server, silent.clone(), delayed_acknowledgements) => {}
        _ = pump_out(from_server, to_client, silent) => {}
    }
}

/// Forwards to the server. While the network is silent, what has been read is held back.
async fn pump_in(
    mut from: OwnedReadHalf,
    mut to: impl AsyncWrite + Unpin,
    mut silent: watch::Receiver<bool>,
    delayed_acknowledgements: bool,
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        if !delayed_acknowledgements {
            acknowledge_promptly(from.as_ref());
        }
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        pass_on(&buffer[..read], &mut to, &mut silent).await?;
    }
}

/// Forwards to the client.
async fn pump_out(
    mut from: impl AsyncRead + Unpin,
    mut to: OwnedWriteHalf,
    mut silent: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        pass_on(&buffer[..read], &mut to, &mut silent).await?;
    }
}

async fn pass_on(
    bytes: &[u8],
    to: &mut (impl AsyncWrite + Unpin),
    silent: &mut watch::Receiver<bool>,
) -> io::Result<()> {
    // An error says that the double is gone.
    silent.wait_for(|silent| !silent).await.map_err(io::Error::other)?;
    to.write_all(bytes).await?;
    to.flush().await
}

/// Asks the system to acknowledge what arrives at once. It forgets this now and then, so it is asked before each read.
#[cfg(target_os = "linux")]
fn acknowledge_promptly(socket: &TcpStream) {
    // Where it cannot be had, tests only take longer.
    socket.set_quickack(true).ok();
}

#[cfg(not(target_os = "linux"))]
fn acknowledge_promptly(_socket: &TcpStream) {}
