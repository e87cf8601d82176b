//! `ImportService`: what another system holds, row by row.
//!
//! A row says what one source system says of one incident: the report and its life, the persons, what the reporter was told, what is
//! asserted of the duty of candour, a learning action. It is compared with what the same source said before; only what differs becomes
//! commands, through the same engine as every other request.
//!
//! The life of a row: [`lanes`] (several at a time, those of one incident in order) → `request` (every field violation at once) → `apply`
//! (load what is there) → `incident`, `feedback`, `candour`, `action` (each plans its steps on one [`stream`], rehearsed so that a row which
//! breaks a rule changes nothing) → recorded step by step, each on the version that was seen.

mod action;
mod apply;
mod candour;
mod feedback;
mod finding;
mod ids;
mod incident;
mod lanes;
mod request;
mod row;
mod source;
mod stream;

use std::sync::Arc;

use candour_api::v1::{self, import_service_server::ImportService};
use candour_service_kit::{Call, Engine, Failure};
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};
use tracing::Instrument as _;

pub use candour_api::v1::import_service_server::ImportServiceServer;
pub use lanes::ROWS_AT_ONCE;

use apply::{Applier, Sender};
use lanes::Lanes;

/// How many streams of rows are taken at the same time; another is refused.
pub const STREAMS_MAX: usize = 8;

/// The service over an engine.
#[derive(Clone)]
pub struct Service {
    applier: Applier,
    stopping: CancellationToken,
    streams: Arc<Semaphore>,
}

impl Service {
    /// A service over its engine. It takes no further row once the server is to stop.
    pub fn new(engine: Engine, stopping: CancellationToken) -> Self {
        Self { applier: Applier::new(engine), stopping, streams: Arc::new(Semaphore::new(STREAMS_MAX)) }
    }
}

#[tonic::async_trait]
impl ImportService for Service {
    type ImportRecordsStream = ReceiverStream<Result<v1::ImportRecordsResponse, Status>>;

    async fn import_records(
        &self,
        request: Request<Streaming<v1::ImportRecordsRequest>>,
    ) -> Result<Response<Self::ImportRecordsStream>, Status> {
        let (caller, trace) = Call::begin_stream(&request, "ImportService/ImportRecords")?;
        let place = Arc::clone(&self.streams).try_acquire_owned().map_err(|_| {
            Failure::Limit(format!(
                "{STREAMS_MAX} imports are running, the most there may be at the same time"
            ))
        })?;
        let (answers, stream) = mpsc::channel(ROWS_AT_ONCE);
        let lanes = Lanes::new(self.applier.clone(), Sender { caller, trace }, answers);
        let working = lanes.run(request.into_inner(), self.stopping.clone(), place);
        tokio::spawn(working.in_current_span());
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}
