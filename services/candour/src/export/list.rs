//! The lists, and how their pages are asked for.

use anyhow::{Context as _, bail};
use candour_reflection::DynamicCodec;
use indicatif::ProgressBar;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, Value};
use serde_json::json;
use tonic::{Request, client::Grpc, codegen::http::uri::PathAndQuery};

use super::{cell, columns::Column};
use crate::{
    client::{ANSWER_BYTES_MAX, Caller},
    command_line::ExportList,
};

/// Rows asked for at a time.
const PAGE_ROWS: i32 = 500;
/// How often a list is read anew because the log moved on between two of its pages.
const ATTEMPTS_MAX: usize = 10;

/// One list of the contract.
pub(super) struct List {
    method: PathAndQuery,
    request: MessageDescriptor,
    answer: MessageDescriptor,
    /// The field of the answer that holds the rows.
    rows: &'static str,
    columns: Vec<Column>,
}

/// A list as it was at one position.
pub(super) struct Read {
    pub(super) rows: Vec<DynamicMessage>,
    pub(super) as_of: String,
    pub(super) position: u64,
    pub(super) synthetic: bool,
}

impl List {
    /// The list of this name.
    pub(super) fn of(list: ExportList) -> anyhow::Result<Self> {
        let (service, method, rows) = match list {
            ExportList::Incidents => ("IncidentService", "ListIncidents", "incidents"),
            ExportList::Recommendations => ("InsightService", "ListRecommendations", "recommendations"),
            ExportList::Actions => ("InsightService", "ListActions", "actions"),
            ExportList::Reporters => ("InsightService", "ListReporterFeedback", "reports"),
            ExportList::Candour => ("InsightService", "ListCandourCases", "cases"),
            ExportList::Worklist => ("InsightService", "ListWorkItems", "items"),
            ExportList::Measures => ("InsightService", "GetMeasures", "figures"),
        };
        let pool = DescriptorPool::decode(candour_api::FILE_DESCRIPTOR_SET).context("the contract")?;
        let service = format!("candour.v1.{service}");
        let described = pool.get_service_by_name(&service).context("a service of the contract")?;
        let found =
            described.methods().find(|found| found.name() == method).context("a method of the contract")?;
        let field = found.output().get_field_by_name(rows).context("a field of the contract")?;
        let row = field.kind().as_message().cloned().context("rows are messages")?;
        Ok(Self {
            method: PathAndQuery::try_from(format!("/{service}/{method}")).context("the name of a method")?,
            request: found.input(),
            answer: found.output(),
            rows,
            columns: Column::all(&row),
        })
    }

    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Whether it is asked for with a period.
    pub(super) fn has_period(&self) -> bool {
        self.request.get_field_by_name("period_from").is_some()
    }

    /// Every row at one position of the log. Pages between which the log moved on do not fit together, so the list is read again.
    pub(super) async fn read(
        &self,
        caller: &Caller,
        question: &serde_json::Value,
        bar: &ProgressBar,
    ) -> anyhow::Result<Read> {
        for _ in 0..ATTEMPTS_MAX {
            if let Some(read) = self.attempt(caller, question, bar).await? {
                return Ok(read);
            }
        }
        bail!(
            "the log moved on while the list was read, {ATTEMPTS_MAX} times over: nothing was written. Ask again when less is being recorded"
        )
    }

    /// Every page; `None` where they are not of one position.
    async fn attempt(
        &self,
        caller: &Caller,
        question: &serde_json::Value,
        bar: &ProgressBar,
    ) -> anyhow::Result<Option<Read>> {
        let mut read = Read { rows: Vec::new(), as_of: String::new(), position: 0, synthetic: false };
        let mut page_token = String::new();
        loop {
            let mut answer = self.page(caller, question, &page_token).await?;
            let of_basis = |name: &str| {
                let basis = answer.get_field_by_name("basis")?;
                Some(basis.as_message()?.get_field_by_name(name)?.into_owned())
            };
            let position = of_basis("position_sequence").and_then(|value| value.as_u64()).unwrap_or_default();
            if !page_token.is_empty() && position != read.position {
                return Ok(None);
            }
            read.position = position;
            read.synthetic = of_basis("synthetic").and_then(|value| value.as_bool()).unwrap_or_default();
            read.as_of =
                of_basis("as_of").and_then(|day| day.as_message().and_then(cell::leaf)).unwrap_or_default();
            page_token = answer
                .get_field_by_name("next_page_token")
                .and_then(|token| token.as_str().map(str::to_owned))
                .unwrap_or_default();
            if let Some(Value::List(rows)) = answer.get_field_by_name_mut(self.rows) {
                read.rows.extend(rows.drain(..).filter_map(|row| match row {
                    Value::Message(row) => Some(row),
                    _ => None,
                }));
            }
            bar.set_message(format!("{} rows", read.rows.len()));
            bar.tick();
            if page_token.is_empty() {
                return Ok(Some(read));
            }
        }
    }

    async fn page(
        &self,
        caller: &Caller,
        question: &serde_json::Value,
        page_token: &str,
    ) -> anyhow::Result<DynamicMessage> {
        let mut request = question.clone();
        if self.request.get_field_by_name("page_token").is_some() {
            request["pageSize"] = json!(PAGE_ROWS);
            request["pageToken"] = json!(page_token);
        }
        let request = DynamicMessage::deserialize(self.request.clone(), request).context("the request")?;
        let mut grpc = Grpc::new(caller.clone()).max_decoding_message_size(ANSWER_BYTES_MAX);
        grpc.ready().await.context("the connection is gone")?;
        let codec = DynamicCodec { answer: self.answer.clone() };
        Ok(grpc.unary(Request::new(request), self.method.clone(), codec).await?.into_inner())
    }
}
