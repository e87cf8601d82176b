//! What can be made to go wrong, and the count of what was asked for.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Which call a fault waits for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Call {
    /// An append, alone or in a batch session.
    Append,
    /// A read of one stream.
    ReadStream,
    /// A read of `$all`.
    ReadAll,
}

/// One thing that goes wrong, once. The letters are the rows of the list of the client's defects that each one provokes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fault {
    /// A: the next connection is accepted and closed at once. After one failed connect the client is dead for ever.
    RefuseConnection,
    /// B: the call is answered that the node is not ready, nothing carried out. The client stays on the node. In a batch
    /// session the answer is an error with the code of success, as a server's is.
    AnswerUnavailable(Call),
    /// B2: the call is answered *not leader* with this address, nothing carried out.
    AnswerNotLeader {
        /// The call.
        call: Call,
        /// Host of the supposed leader.
        host: String,
        /// Port of the supposed leader.
        port: u16,
    },
    /// F: the call is never answered, nothing carried out, the connection stays.
    StaySilent(Call),
    /// The append is carried out and never answered; the connection stays.
    CommitThenStaySilent,
    /// The append is carried out; every connection breaks before it is answered.
    CommitThenDie,
    /// Every connection breaks, the append is not carried out.
    DieBeforeCommit,
    /// The append is carried out and answered `Aborted`, as when the nodes confirm too late.
    CommitThenAbort,
    /// The append is answered `Aborted` and not carried out.
    AbortBeforeCommit,
    /// I: the batch session of the append ends with status OK and without an answer, nothing carried out. The client
    /// does not notice.
    EndBatchSession,
    /// The read gives its events without positions, as a read of a stream does with events that were written in a
    /// transaction.
    HidePositions(Call),
    /// The read gives this many events and then the status `Unavailable`.
    BreakRead {
        /// The call: one of the reads.
        call: Call,
        /// Events that are given.
        after: usize,
    },
    /// Nothing goes wrong, so that the next fault for this call waits for a later one.
    Nothing(Call),
    /// What no server does, for tests of tests: the append is confirmed and not carried out.
    ConfirmWithoutCommit,
    /// What no server does: the append is carried out twice, one after the other.
    CommitTwice,
    /// What no server does: the read gives the last event of its first page twice.
    GiveTwice(Call),
}

impl Fault {
    /// The call that this fault waits for; `None` for a connection.
    fn call(&self) -> Option<Call> {
        match self {
            Self::RefuseConnection => None,
            Self::AnswerUnavailable(call)
            | Self::StaySilent(call)
            | Self::HidePositions(call)
            | Self::Nothing(call)
            | Self::GiveTwice(call)
            | Self::AnswerNotLeader { call, .. }
            | Self::BreakRead { call, .. } => Some(*call),
            Self::CommitThenStaySilent
            | Self::CommitThenDie
            | Self::DieBeforeCommit
            | Self::CommitThenAbort
            | Self::AbortBeforeCommit
            | Self::ConfirmWithoutCommit
            | Self::CommitTwice
            | Self::EndBatchSession => Some(Call::Append),
        }
    }
}

/// What a double has been asked for since it was started.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Connections accepted, those closed at once included.
    pub connections: u64,
    /// Reads of the list of supported methods: one for each connection that a client makes.
    pub features: u64,
    /// Reads of the gossip.
    pub gossip: u64,
    /// Appends that came as a call of their own.
    pub appends: u64,
    /// Batch sessions opened.
    pub batch_sessions: u64,
    /// Appends that came in a batch session.
    pub batch_appends: u64,
    /// Reads of a stream.
    pub stream_reads: u64,
    /// Reads of `$all`.
    pub all_reads: u64,
    /// Those of them that had no filter.
    pub unfiltered_reads: u64,
    /// Subscriptions asked for, all of them refused.
    pub subscriptions: u64,
}

/// The faults to come and the counters.
#[derive(Default)]
pub(crate) struct Script {
    faults: Mutex<VecDeque<Fault>>,
    pub(crate) connections: AtomicU64,
    pub(crate) features: AtomicU64,
    pub(crate) gossip: AtomicU64,
    pub(crate) appends: AtomicU64,
    pub(crate) batch_sessions: AtomicU64,
    pub(crate) batch_appends: AtomicU64,
    pub(crate) stream_reads: AtomicU64,
    pub(crate) all_reads: AtomicU64,
    pub(crate) unfiltered_reads: AtomicU64,
    pub(crate) subscriptions: AtomicU64,
}

impl Script {
    pub(crate) fn push(&self, fault: Fault) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).push_back(fault);
    }

    pub(crate) fn waiting(&self) -> usize {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Takes the first fault that waits for this call; for a connection if there is none.
    pub(crate) fn take(&self, call: Option<Call>) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let index = faults.iter().position(|fault| fault.call() == call)?;
        faults.remove(index)
    }

    pub(crate) fn counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            connections: read(&self.connections),
            features: read(&self.features),
            gossip: read(&self.gossip),
            appends: read(&self.appends),
            batch_sessions: read(&self.batch_sessions),
            batch_appends: read(&self.batch_appends),
            stream_reads: read(&self.stream_reads),
            all_reads: read(&self.all_reads),
            unfiltered_reads: read(&self.unfiltered_reads),
            subscriptions: read(&self.subscriptions),
        }
    }
}

/// Counts one more.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
