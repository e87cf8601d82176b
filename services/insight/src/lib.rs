//! `InsightService`: what is due and overdue, the figures, and the events that prove each, from the read model.
//!
//! One module per answer. Each reads its request, asks one query of `candour_projections` from one snapshot, and spells the standings that
//! the domain made as rows: `listing.rs` is what every list asks alike, `shapes.rs` and `words.rs` are the parts and the words that several
//! rows share. Nothing here decides what is overdue; that is `candour_domain::measures`.

mod actions;
mod cases;
mod changes;
mod figures;
mod listing;
mod recommendations;
mod reporters;
mod shapes;
mod status;
mod timeline;
mod words;
mod work;

use std::sync::Arc;

use candour_api::v1::{self, insight_service_server::InsightService};
use candour_projections::ReadModel;
use candour_service_kit::{Call, Engine};
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status as RpcStatus};

pub use candour_api::v1::insight_service_server::InsightServiceServer;

/// The service over the read model, with the engine for what answers rest on.
#[derive(Clone)]
pub struct Service {
    engine: Engine,
    read_model: ReadModel,
    /// The places for readers of changes.
    readers: Arc<Semaphore>,
}

impl Service {
    /// A service over its parts.
    pub fn new(engine: Engine, read_model: ReadModel) -> Self {
        Self { engine, read_model, readers: Arc::new(Semaphore::new(changes::READERS_MAX)) }
    }
}

/// Carries out a query of this service: permission first, then the module that answers.
macro_rules! answer {
    ($self:ident, $request:ident, $method:expr, $answer:path) => {{
        Call::begin(&$self.engine, &$request, $method)?;
        Ok(Response::new($answer(&$self.engine, &$self.read_model, $request.into_inner()).await?))
    }};
}

#[tonic::async_trait]
impl InsightService for Service {
    async fn list_recommendations(
        &self,
        request: Request<v1::ListRecommendationsRequest>,
    ) -> Result<Response<v1::ListRecommendationsResponse>, RpcStatus> {
        answer!(self, request, recommendations::METHOD, recommendations::list)
    }

    async fn list_actions(
        &self,
        request: Request<v1::ListActionsRequest>,
    ) -> Result<Response<v1::ListActionsResponse>, RpcStatus> {
        answer!(self, request, actions::METHOD, actions::list)
    }

    async fn list_reporter_feedback(
        &self,
        request: Request<v1::ListReporterFeedbackRequest>,
    ) -> Result<Response<v1::ListReporterFeedbackResponse>, RpcStatus> {
        answer!(self, request, reporters::METHOD, reporters::list)
    }

    async fn list_candour_cases(
        &self,
        request: Request<v1::ListCandourCasesRequest>,
    ) -> Result<Response<v1::ListCandourCasesResponse>, RpcStatus> {
        answer!(self, request, cases::METHOD, cases::list)
    }

    async fn get_timeline(
        &self,
        request: Request<v1::GetTimelineRequest>,
    ) -> Result<Response<v1::GetTimelineResponse>, RpcStatus> {
        answer!(self, request, timeline::METHOD, timeline::get)
    }

    async fn get_measures(
        &self,
        request: Request<v1::GetMeasuresRequest>,
    ) -> Result<Response<v1::GetMeasuresResponse>, RpcStatus> {
        answer!(self, request, figures::MEASURES, figures::measures)
    }

    async fn list_measure_units(
        &self,
        request: Request<v1::ListMeasureUnitsRequest>,
    ) -> Result<Response<v1::ListMeasureUnitsResponse>, RpcStatus> {
        answer!(self, request, figures::UNITS, figures::units)
    }

    async fn list_work_items(
        &self,
        request: Request<v1::ListWorkItemsRequest>,
    ) -> Result<Response<v1::ListWorkItemsResponse>, RpcStatus> {
        answer!(self, request, work::METHOD, work::list)
    }

    type WatchChangesStream = changes::Changes;

    async fn watch_changes(
        &self,
        request: Request<v1::WatchChangesRequest>,
    ) -> Result<Response<Self::WatchChangesStream>, RpcStatus> {
        Call::begin(&self.engine, &request, changes::METHOD)?;
        let message = request.into_inner();
        let changes = changes::watch(&self.engine, &self.read_model, &self.readers, message).await?;
        Ok(Response::new(changes))
    }

    async fn get_read_model_status(
        &self,
        request: Request<v1::GetReadModelStatusRequest>,
    ) -> Result<Response<v1::GetReadModelStatusResponse>, RpcStatus> {
        answer!(self, request, status::METHOD, status::status)
    }
}
