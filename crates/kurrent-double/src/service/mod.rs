//! The services of one node.

mod append;
mod batch;
mod cluster;
mod convert;
mod read;
mod refusal;

use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use tonic::metadata::MetadataMap;
use tonic::{Response, Status};

pub(crate) use cluster::Cluster;

use crate::fault::{Call, Fault};
use crate::log::{Action, Expected, Outcome, Proposed};
use crate::security::Caller;

/// One node.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) index: usize,
}

type Answer<T> = Result<Response<T>, Status>;
type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What an append that was carried out is answered with, if it is.
enum Carried {
    Out(Outcome),
    /// As when the nodes of a cluster confirm too late.
    Aborted,
    /// Nobody is told.
    Silent,
}

impl Node {
    /// Who calls; refused if the credentials are wrong.
    fn caller(&self, headers: &MetadataMap) -> Result<Caller, Status> {
        Caller::of(&self.cluster.users, headers)
    }

    /// Refuses who may not do this with the stream.
    fn permit(&self, caller: &Caller, action: Action, stream: &str) -> Result<(), Status> {
        if caller.may(action, stream, &self.cluster.store) { Ok(()) } else { Err(refusal::access_denied()) }
    }

    /// Refuses what only the leader may do, if the caller asks that only the leader does it. Where nobody leads, a node
    /// refuses a read as not ready, and a write by naming itself (`ClusterVNodeController`).
    fn lead(&self, headers: &MetadataMap, is_write: bool) -> Result<(), Status> {
        let requires_leader = headers
            .get("requires-leader")
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        match self.cluster.leader() {
            Some(leader) if requires_leader && leader != self.index => {
                Err(refusal::not_leader(&self.cluster.host, self.cluster.ports[leader]))
            }
            None if requires_leader && is_write => {
                Err(refusal::not_leader(&self.cluster.host, self.cluster.ports[self.index]))
            }
            None if requires_leader => Err(refusal::not_ready()),
            _ => Ok(()),
        }
    }

    /// Carries out the faults that come before the call itself. Gives the one that comes later, if any.
    async fn before(&self, call: Call) -> Result<Option<Fault>, Status> {
        match self.cluster.script.take(Some(call)) {
            Some(Fault::AnswerUnavailable(_)) => Err(refusal::not_ready()),
            Some(Fault::AnswerNotLeader { host, port, .. }) => Err(refusal::not_leader(&host, port)),
            Some(Fault::AbortBeforeCommit) => Err(refusal::timeout()),
            Some(Fault::StaySilent(_)) => std::future::pending().await,
            Some(Fault::DieBeforeCommit) => {
                self.cluster.network.break_connections();
                std::future::pending().await
            }
            other => Ok(other),
        }
    }

    /// Carries out an append and whatever goes wrong with it.
    fn carry_out(
        &self,
        stream: &str,
        expected: Expected,
        events: Vec<Proposed>,
        fault: Option<&Fault>,
    ) -> Result<Carried, Status> {
        let store = &self.cluster.store;
        let outcome = match fault {
            Some(Fault::ConfirmWithoutCommit) => Ok(store.with_log(|log| log.would_append(stream, &events))),
            Some(Fault::CommitTwice) => {
                let first = store.append(stream, expected, events.clone());
                if let Ok(Outcome::Success { last_revision: Some(last), .. }) = first {
                    // At its own revision a server does not ask whether it knows the ids.
                    drop(store.append(stream, Expected::Revision(last), events));
                }
                first
            }
            _ => store.append(stream, expected, events),
        };
        let mut outcome = outcome.map_err(|_| refusal::not_ready())?;
        if let Outcome::Success { position, .. } = &mut outcome {
            *position += self.cluster.confirmed_position_skew;
        }
        Ok(match fault {
            Some(Fault::CommitThenStaySilent) => Carried::Silent,
            Some(Fault::CommitThenDie) => {
                self.cluster.network.break_connections();
                Carried::Silent
            }
            Some(Fault::CommitThenAbort) => Carried::Aborted,
            _ => Carried::Out(outcome),
        })
    }
}
