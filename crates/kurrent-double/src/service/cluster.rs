//! What all nodes share, and what a node tells of itself and of the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::watch;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Answer, Node, convert};
use crate::fault::{Script, count};
use crate::network::Network;
use crate::security::User;
use crate::settings::Limits;
use crate::store::Store;
use crate::wire::gossip::{
    ClusterInfo, EndPoint, MemberInfo, gossip_server::Gossip, member_info::VNodeState,
};
use crate::wire::server_features::{
    SupportedMethod, SupportedMethods, server_features_server::ServerFeatures,
};

/// The number of the leader when nobody leads.
const NOBODY: usize = usize::MAX;

/// The first version seen to do so.
const FIRST_TO_NAME_INVALID_POSITIONS: (u32, u32) = (24, 10);

/// What every node of a double shares.
pub(crate) struct Cluster {
    pub(crate) store: Store,
    pub(crate) script: Arc<Script>,
    pub(crate) network: Arc<Network>,
    /// What the nodes call themselves.
    pub(crate) host: String,
    pub(crate) ports: Vec<u16>,
    pub(crate) leader: AtomicUsize,
    /// Which nodes run.
    pub(crate) running: Vec<AtomicBool>,
    pub(crate) version: Option<String>,
    pub(crate) batch_append: bool,
    pub(crate) users: Vec<User>,
    pub(crate) limits: Limits,
    pub(crate) confirmed_position_skew: u64,
    /// Whether filtered reads of `$all` find no end.
    pub(crate) scanning: watch::Sender<bool>,
}

impl Cluster {
    /// Whether a server of this version tells a position where no record begins from any other error.
    pub(crate) fn names_invalid_positions(&self) -> bool {
        let Some(version) = &self.version else { return false };
        let mut numbers = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= FIRST_TO_NAME_INVALID_POSITIONS
    }

    /// The node that leads.
    pub(crate) fn leader(&self) -> Option<usize> {
        Some(self.leader.load(Ordering::Acquire)).filter(|leader| *leader != NOBODY)
    }

    /// Makes this node the leader, or nobody.
    pub(crate) fn set_leader(&self, leader: Option<usize>) {
        self.leader.store(leader.unwrap_or(NOBODY), Ordering::Release);
        if leader.is_some() {
            self.store.begin_epoch();
        }
    }
}

#[tonic::async_trait]
impl ServerFeatures for Node {
    async fn get_supported_methods(&self, request: Request<()>) -> Answer<SupportedMethods> {
        count(&self.cluster.script.features);
        self.caller(request.metadata())?;
        let Some(version) = self.cluster.version.clone() else {
            return Err(Status::unimplemented("unknown service"));
        };
        let method = |name: &str, features: &[&str]| SupportedMethod {
            method_name: name.to_owned(),
            service_name: "event_store.client.streams.streams".to_owned(),
            features: features.iter().map(|&feature| feature.to_owned()).collect(),
        };
        let mut methods = vec![
            method("read", &["position", "events"]),
            method("append", &[]),
            method("delete", &[]),
            method("tombstone", &[]),
        ];
        if self.cluster.batch_append {
            methods.push(method("batchappend", &["deadline_duration"]));
        }
        Ok(Response::new(SupportedMethods { methods, event_store_server_version: version }))
    }
}

#[tonic::async_trait]
impl Gossip for Node {
    async fn read(&self, request: Request<()>) -> Answer<ClusterInfo> {
        count(&self.cluster.script.gossip);
        // A server tells anybody, unless it is configured otherwise; but not who gives wrong credentials.
        self.caller(request.metadata())?;
        let leader = self.cluster.leader();
        let member = |(index, port): (usize, &u16)| {
            let is_alive = self.cluster.running[index].load(Ordering::Acquire);
            let state = match leader {
                _ if !is_alive => VNodeState::Shutdown,
                Some(leader) if index == leader => VNodeState::Leader,
                Some(_) => VNodeState::Follower,
                None => VNodeState::Unknown,
            };
            MemberInfo {
                instance_id: Some(convert::id_to_wire(Uuid::from_u128(index as u128 + 1), false)),
                time_stamp: 0,
                state: state.into(),
                is_alive,
                http_end_point: Some(EndPoint { address: self.cluster.host.clone(), port: u32::from(*port) }),
            }
        };
        Ok(Response::new(ClusterInfo {
            members: self.cluster.ports.iter().enumerate().map(member).collect(),
        }))
    }
}
