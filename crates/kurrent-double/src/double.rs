//! The double as a test sees it.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Server;
use uuid::Uuid;

use crate::fault::{Counts, Fault, Script};
use crate::log::{Expected, Outcome, Proposed};
use crate::network::{Network, accept};
use crate::service::{Cluster, Node};
use crate::store::Store;
use crate::wire::gossip::gossip_server::GossipServer;
use crate::wire::server_features::server_features_server::ServerFeaturesServer;
use crate::wire::streams::streams_server::StreamsServer;

/// Connections that wait for the server.
const CONNECTIONS_WAITING: usize = 16;

/// What a client must send.
#[derive(Clone)]
pub enum Credentials {
    /// A user and a password.
    Password {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// A bearer token.
    Bearer(String),
}

/// How a double is set up. The default is one node of version 26.1.0 that takes batch appends and everybody.
#[derive(Clone)]
pub struct Settings {
    /// How many nodes stand before the one log. The first one leads until [`Double::move_leader`].
    pub nodes: usize,
    /// The version that the nodes give; `None` if they do not know the question, as before 21.6.
    pub version: Option<String>,
    /// Whether batch appends are served.
    pub batch_append: bool,
    /// What a client must send; `None` takes everybody.
    pub credentials: Option<Credentials>,
    /// What is added to the position that an append is confirmed with, so that it is not the one that its last event is
    /// read with.
    pub confirmed_position_skew: u64,
    /// H: whether the system delays its acknowledgements, as it does by itself, which costs the client about 40 ms for
    /// most calls. Without it tests are quick (on Linux).
    pub delayed_acknowledgements: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            nodes: 1,
            version: Some("26.1.0".to_owned()),
            batch_append: true,
            credentials: None,
            confirmed_position_skew: 0,
            delayed_acknowledgements: false,
        }
    }
}

/// A server in this process. Everything ends when it is dropped.
pub struct Double {
    cluster: Arc<Cluster>,
    /// Ends its tasks when it is dropped.
    _tasks: JoinSet<()>,
}

impl Double {
    /// Starts the nodes, each on 127.0.0.1 at a free port. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        let mut listeners = Vec::new();
        for _ in 0..settings.nodes {
            listeners.push(TcpListener::bind("127.0.0.1:0").await?);
        }
        let ports = listeners
            .iter()
            .map(|listener| listener.local_addr().map(|address| address.port()))
            .collect::<io::Result<Vec<_>>>()?;
        let (store, owner) = Store::start();
        let cluster = Arc::new(Cluster {
            store,
            script: Arc::new(Script::default()),
            network: Arc::new(Network::new(settings.delayed_acknowledgements)),
            ports,
            leader: AtomicUsize::new(0),
            version: settings.version,
            batch_append: settings.batch_append,
            credentials: settings.credentials,
            confirmed_position_skew: settings.confirmed_position_skew,
            all_denied: AtomicBool::new(false),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(owner);
        for (index, listener) in listeners.into_iter().enumerate() {
            let (accepted, connections) = mpsc::channel(CONNECTIONS_WAITING);
            tasks.spawn(accept(
                listener,
                Arc::clone(&cluster.network),
                Arc::clone(&cluster.script),
                accepted,
            ));
            let node = Node { cluster: Arc::clone(&cluster), index };
            let serving = Server::builder()
                .add_service(ServerFeaturesServer::new(node.clone()))
                .add_service(GossipServer::new(node.clone()))
                .add_service(StreamsServer::new(node))
                .serve_with_incoming(ReceiverStream::new(connections));
            tasks.spawn(async move {
                // The server ends only with the double.
                drop(serving.await);
            });
        }
        Ok(Self { cluster, _tasks: tasks })
    }

    /// The ports of the nodes.
    pub fn ports(&self) -> &[u16] {
        &self.cluster.ports
    }

    /// A connection string to all nodes, without TLS and without credentials. It ends in parameters, so that more can
    /// be added after `&`.
    pub fn connection_string(&self) -> String {
        let hosts: Vec<String> = self.cluster.ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        format!("esdb://{}?tls=false", hosts.join(","))
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

    /// Breaks every open connection.
    pub fn break_connections(&self) {
        self.cluster.network.break_connections();
    }

    /// Whether a read of `$all` is refused, as for a user who is not an administrator.
    pub fn set_all_denied(&self, denied: bool) {
        self.cluster.all_denied.store(denied, Ordering::Release);
    }

    /// Makes this node, counted from 0, the leader.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn move_leader(&self, node: usize) {
        assert!(node < self.cluster.ports.len(), "there is no node {node}");
        self.cluster.leader.store(node, Ordering::Release);
    }

    /// Appends `count` events to a stream as another program would, without a client. The ids are derived from the
    /// name of the stream and its length.
    pub async fn append_foreign(&self, stream: &str, count: u64) {
        for _ in 0..count {
            let length = self.cluster.store.read_stream(stream.to_owned(), true, None, 1).await;
            let length = length.ok().and_then(|slice| slice.last_revision).map_or(0, |last| last + 1);
            let event = Proposed {
                id: Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{stream}/{length}").as_bytes()),
                metadata: HashMap::from([
                    ("type".to_owned(), "ForeignEvent".to_owned()),
                    ("content-type".to_owned(), "application/json".to_owned()),
                ]),
                custom_metadata: vec![],
                data: b"{}".to_vec(),
            };
            let outcome = self.cluster.store.append(stream.to_owned(), Expected::Any, vec![event]).await;
            assert!(matches!(outcome, Ok(Outcome::Success { .. })), "the event was not written: {outcome:?}");
        }
    }

    /// What has been asked for so far.
    pub fn counts(&self) -> Counts {
        self.cluster.script.counts()
    }
}
