//! The one task that owns the log.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::log::{Expected, From, InvalidPosition, Log, Outcome, Proposed, Record};

/// Requests that wait for the task.
const QUEUE: usize = 1024;

/// After how many appends a server writes an event of its own into the log.
const APPENDS_BETWEEN_SYSTEM_EVENTS: u64 = 3;

/// The stream that a server keeps its own figures in.
const SYSTEM_STREAM: &str = "$stats-127.0.0.1:2113";

/// What the task is asked for.
enum Request {
    Append {
        stream: String,
        expected: Expected,
        events: Vec<Proposed>,
        reply: oneshot::Sender<Outcome>,
    },
    ReadStream {
        stream: String,
        backwards: bool,
        from: Option<u64>,
        count: u64,
        reply: oneshot::Sender<StreamSlice>,
    },
    ReadAll {
        backwards: bool,
        from: From,
        count: u64,
        prefixes: Vec<String>,
        reply: oneshot::Sender<AllSlice>,
    },
}

/// A stretch of one stream, and its last revision at that moment.
pub(crate) struct StreamSlice {
    pub(crate) records: Vec<Arc<Record>>,
    pub(crate) last_revision: Option<u64>,
}

/// A stretch of the log.
pub(crate) type AllSlice = Result<Vec<Arc<Record>>, InvalidPosition>;

/// The task is gone: the double is being dropped.
#[derive(Debug)]
pub(crate) struct Gone;

/// The way to the task.
#[derive(Clone)]
pub(crate) struct Store {
    requests: mpsc::Sender<Request>,
}

impl Store {
    /// A log with the few events that a fresh server has, and the task that owns it.
    pub(crate) fn start() -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (requests, mut receiver) = mpsc::channel(QUEUE);
        let task = async move {
            let mut log = Log::new();
            let mut appends = 0_u64;
            system_event(&mut log, appends);
            while let Some(request) = receiver.recv().await {
                // A caller that has gone does not wait for the answer, which is then dropped.
                match request {
                    Request::Append { stream, expected, events, reply } => {
                        let outcome = log.append(&stream, expected, events);
                        appends += 1;
                        if appends.is_multiple_of(APPENDS_BETWEEN_SYSTEM_EVENTS) {
                            system_event(&mut log, appends);
                        }
                        reply.send(outcome).ok();
                    }
                    Request::ReadStream { stream, backwards, from, count, reply } => {
                        let records = log.read_stream(&stream, backwards, from, count);
                        drop(reply.send(StreamSlice { records, last_revision: log.last_revision(&stream) }));
                    }
                    Request::ReadAll { backwards, from, count, prefixes, reply } => {
                        drop(reply.send(log.read_all(backwards, from, count, &prefixes)));
                    }
                }
            }
        };
        (Self { requests }, task)
    }

    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> Result<T, Gone> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(request(reply)).await.map_err(|_| Gone)?;
        answer.await.map_err(|_| Gone)
    }

    pub(crate) async fn append(
        &self,
        stream: String,
        expected: Expected,
        events: Vec<Proposed>,
    ) -> Result<Outcome, Gone> {
        self.ask(|reply| Request::Append { stream, expected, events, reply }).await
    }

    pub(crate) async fn read_stream(
        &self,
        stream: String,
        backwards: bool,
        from: Option<u64>,
        count: u64,
    ) -> Result<StreamSlice, Gone> {
        self.ask(|reply| Request::ReadStream { stream, backwards, from, count, reply }).await
    }

    pub(crate) async fn read_all(
        &self,
        backwards: bool,
        from: From,
        count: u64,
        prefixes: Vec<String>,
    ) -> Result<AllSlice, Gone> {
        self.ask(|reply| Request::ReadAll { backwards, from, count, prefixes, reply }).await
    }
}

fn system_event(log: &mut Log, number: u64) {
    let metadata = HashMap::from([
        ("type".to_owned(), "$statsCollected".to_owned()),
        ("content-type".to_owned(), "application/json".to_owned()),
    ]);
    // No id of a test is as large as these.
    let id = Uuid::from_u128(u128::MAX - u128::from(number));
    let event = Proposed { id, metadata, custom_metadata: vec![], data: b"{}".to_vec() };
    log.append(SYSTEM_STREAM, Expected::Any, vec![event]);
}
