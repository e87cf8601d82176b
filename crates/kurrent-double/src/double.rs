//! The double as a test sees it.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::NamedTempFile;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Server;
use uuid::Uuid;

use crate::fault::{Counts, Fault, Script};
use crate::log::{Expected, Outcome, Proposed};
use crate::network::{Network, accept};
use crate::security::Identity;
use crate::service::{Cluster, Node};
use crate::settings::{Settings, Tls};
use crate::store::Store;
use crate::wire::gossip::gossip_server::GossipServer;
use crate::wire::server_features::server_features_server::ServerFeaturesServer;
use crate::wire::streams::streams_server::StreamsServer;

/// Connections that wait for the server.
const CONNECTIONS_WAITING: usize = 16;

/// Largest message that a node takes.
const MESSAGE_BYTES_MAX: usize = 17 * 1024 * 1024;

/// Calls that one connection can have open: what the web server under a KurrentDB allows.
const CALLS_OF_CONNECTION_MAX: u32 = 100;

/// A server in this process. Everything ends when it is dropped.
pub struct Double {
    cluster: Arc<Cluster>,
    identity: Option<Identity>,
    authority: Option<NamedTempFile>,
    /// The tasks of each node that runs; they end when they are dropped.
    nodes: Mutex<Vec<Option<JoinSet<()>>>>,
}

impl Double {
    /// Starts the nodes, each on 127.0.0.1 at a port of its own. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// If a port cannot be had, or no certificate made.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        let mut listeners = Vec::new();
        for index in 0..settings.nodes {
            let port = match settings.port {
                0 => 0,
                first => first + u16::try_from(index).map_err(io::Error::other)?,
            };
            listeners.push(TcpListener::bind(("127.0.0.1", port)).await?);
        }
        let ports = listeners
            .iter()
            .map(|listener| listener.local_addr().map(|address| address.port()))
            .collect::<io::Result<Vec<_>>>()?;
        let identity = match settings.tls {
            Tls::Off => None,
            Tls::On => Some(Identity::make(&["localhost", "127.0.0.1", "::1"])?),
            Tls::ForAnotherName => Some(Identity::make(&["kurrent.elsewhere.example"])?),
        };
        let authority = identity
            .as_ref()
            .map(|identity| {
                let mut file = tempfile::Builder::new().suffix(".crt").tempfile()?;
                file.write_all(identity.authority_pem.as_bytes())?;
                Ok::<_, io::Error>(file)
            })
            .transpose()?;
        let cluster = Arc::new(Cluster {
            store: Store::new(),
            script: Arc::new(Script::default()),
            network: Arc::new(Network::new(settings.delayed_acknowledgements)),
            host: settings.host,
            running: ports.iter().map(|_| AtomicBool::new(false)).collect(),
            ports,
            leader: AtomicUsize::new(0),
            version: settings.version,
            batch_append: settings.batch_append,
            users: settings.users,
            limits: settings.limits,
            confirmed_position_skew: settings.confirmed_position_skew,
            scanning: watch::Sender::new(false),
        });
        let nodes = Mutex::new(listeners.iter().map(|_| None).collect());
        let double = Self { cluster, identity, authority, nodes };
        for (index, listener) in listeners.into_iter().enumerate() {
            double.serve(index, listener);
        }
        Ok(double)
    }

    /// Lets a node answer on its port.
    fn serve(&self, index: usize, listener: TcpListener) {
        let cluster = &self.cluster;
        let (accepted, connections) = mpsc::channel(CONNECTIONS_WAITING);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(
            listener,
            Arc::clone(&cluster.network),
            Arc::clone(&cluster.script),
            self.identity.as_ref().map(|identity| identity.acceptor.clone()),
            accepted,
        ));
        let node = Node { cluster: Arc::clone(cluster), index };
        let serving = Server::builder()
            .max_concurrent_streams(CALLS_OF_CONNECTION_MAX)
            .add_service(ServerFeaturesServer::new(node.clone()))
            .add_service(GossipServer::new(node.clone()))
            .add_service(StreamsServer::new(node).max_decoding_message_size(MESSAGE_BYTES_MAX))
            .serve_with_incoming(ReceiverStream::new(connections));
        tasks.spawn(async move {
            // The server ends only with the node.
            drop(serving.await);
        });
        cluster.running[index].store(true, Ordering::Release);
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)[index] = Some(tasks);
    }

    /// Stops every node: connections are cut, ports closed, and nothing more is written. What was written stays.
    pub async fn stop(&self) {
        self.cluster.store.stop();
        for index in 0..self.cluster.ports.len() {
            self.stop_node(index).await;
        }
    }

    /// Stops one node, counted from 0. If it led, nobody leads until [`Double::move_leader`].
    ///
    /// # Panics
    /// If there is no such node.
    pub async fn stop_node(&self, index: usize) {
        self.cluster.running[index].store(false, Ordering::Release);
        if self.cluster.leader() == Some(index) && self.cluster.ports.len() > 1 {
            self.cluster.set_leader(None);
        }
        let tasks = self.nodes.lock().unwrap_or_else(PoisonError::into_inner)[index].take();
        if let Some(mut tasks) = tasks {
            tasks.shutdown().await;
        }
    }

    /// Starts every node that does not run, on its old port. The log is as it was, but for the ids that a server only
    /// remembers; if nobody leads, the first node does.
    ///
    /// # Errors
    /// If a port is not free any more.
    pub async fn start_again(&self) -> io::Result<()> {
        self.cluster.store.start_again();
        for (index, port) in self.cluster.ports.iter().enumerate() {
            if !self.cluster.running[index].load(Ordering::Acquire) {
                self.serve(index, TcpListener::bind(("127.0.0.1", *port)).await?);
            }
        }
        if self.cluster.leader().is_none() {
            self.cluster.set_leader(Some(0));
        }
        Ok(())
    }

    /// The ports of the nodes.
    pub fn ports(&self) -> &[u16] {
        &self.cluster.ports
    }

    /// The file with the certificate of the authority, in PEM, if the nodes speak TLS.
    pub fn authority_file(&self) -> Option<&std::path::Path> {
        self.authority.as_ref().map(NamedTempFile::path)
    }

    /// A connection string to all nodes, without credentials; with TLS, it names the file of the authority. It ends in
    /// parameters, so that more can be added after `&`.
    pub fn connection_string(&self) -> String {
        let hosts: Vec<String> =
            self.cluster.ports.iter().map(|port| format!("{}:{port}", self.cluster.host)).collect();
        let security = match self.authority_file() {
            None => "tls=false".to_owned(),
            Some(file) => format!("tls=true&tlsCaFile={}", file.display()),
        };
        format!("esdb://{}?{security}", hosts.join(","))
    }

    /// Makes one thing go wrong once, at the next call that it fits. Faults for the same call come in this order.
    pub fn script(&self, fault: Fault) {
        self.cluster.script.push(fault);
    }

    /// How many scripted faults have not come yet.
    pub fn waiting_faults(&self) -> usize {
        self.cluster.script.waiting()
    }

    /// G: nothing is forwarded any more, in either direction, on any connection, until this is taken back; then what
    /// was held back comes.
    pub fn set_silent(&self, silent: bool) {
        self.cluster.network.set_silent(silent);
    }

    /// A, lasting: every new connection is closed at once until this is taken back. Open ones stay.
    pub fn set_refusing(&self, refusing: bool) {
        self.cluster.network.set_refusing(refusing);
    }

    /// Filtered reads of `$all` do not end until this is taken back, as if what others wrote went on and on: a server
    /// looks through all of it before it says that there is nothing more. Everything else is answered as ever.
    pub fn set_scanning(&self, scanning: bool) {
        self.cluster.scanning.send_replace(scanning);
    }

    /// Breaks every open connection.
    pub fn break_connections(&self) {
        self.cluster.network.break_connections();
    }

    /// Makes this node, counted from 0, the leader.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn move_leader(&self, node: usize) {
        assert!(node < self.cluster.ports.len(), "there is no node {node}");
        self.cluster.set_leader(Some(node));
    }

    /// From now on nobody leads, as while the nodes elect a leader: nobody takes appends.
    pub fn depose_leader(&self) {
        self.cluster.set_leader(None);
    }

    /// Appends `count` events to a stream as another program would, without a client. The ids are derived from the
    /// name of the stream and its length.
    ///
    /// # Panics
    /// If the stream was deleted, or the double is stopped.
    pub fn append_foreign(&self, stream: &str, count: u64) {
        for _ in 0..count {
            self.append_json(stream, "ForeignEvent", b"{}");
        }
    }

    /// Writes the metadata of a stream, as an administrator would: `{"$acl":{"$r":["clerk"]}}`, `{"$maxCount":10}`.
    ///
    /// # Panics
    /// If the double is stopped.
    pub fn set_metadata(&self, stream: &str, json: &str) {
        self.append_json(&format!("$${stream}"), "$metadata", json.as_bytes());
    }

    /// Deletes a stream, as an administrator would: so that it can be written again, or for ever.
    ///
    /// # Panics
    /// If it was deleted for ever before, or the double is stopped.
    pub fn delete_foreign(&self, stream: &str, for_ever: bool) {
        let outcome = self.cluster.store.delete(stream, Expected::Any, for_ever);
        assert!(matches!(outcome, Ok(Outcome::Success { .. })), "the stream was not deleted: {outcome:?}");
    }

    fn append_json(&self, stream: &str, event_type: &str, json: &[u8]) {
        let last = self.cluster.store.with_log(|log| log.last_revision(stream));
        let name = format!("{stream}/{}", last.map_or(0, |last| last + 1));
        let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes());
        let event = Proposed::of_server(event_type, id, json.to_vec());
        let outcome = self.cluster.store.append(stream, Expected::Any, vec![event]);
        assert!(matches!(outcome, Ok(Outcome::Success { .. })), "the event was not written: {outcome:?}");
    }

    /// What has been asked for so far.
    pub fn counts(&self) -> Counts {
        self.cluster.script.counts()
    }
}
