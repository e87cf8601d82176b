//! Rows to the server, and its results back.

use std::{collections::HashMap, sync::Arc};

use anyhow::{Context as _, anyhow};
use candour_api::v1::{self, ImportOutcome, ImportRecordsRequest, ImportRecordsResponse};
use candour_intake::{
    csv::Header,
    duplicates::Seen,
    mapping::Key,
    row::{Finding, Row},
};
use prost::Message as _;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt as _;

use super::{
    folded::Furthest,
    reading::{Found, Input},
    summary::{Place, Summary},
};
use crate::{client::Clients, output::progress_bar, server::REQUEST_BYTES_MAX};

/// How many rows may be at the server without a result: enough to keep its lanes busy.
const ROWS_IN_FLIGHT: usize = 256;

/// Reads and sends everything, or, without a server, reads only. The summary is kept as far as it went whatever happens.
pub(super) async fn run(
    input: Input,
    server: Option<(Clients, &str)>,
    summary: &mut Summary,
) -> anyhow::Result<()> {
    let bar = progress_bar()?;
    bar.set_message(if server.is_some() { "importing" } else { "reading" });
    bar.set_length(input.bytes());
    let mut found = input.read(bar.clone());
    let mut sending = Sending {
        seen: Seen::new(),
        file: Arc::from(""),
        header: None,
        waiting: HashMap::new(),
        next: 1,
        rows: None,
        furthest: Furthest::default(),
        summary,
        bar: bar.clone(),
    };
    let outcome = match server {
        None => sending.read_only(&mut found).await,
        Some((clients, address)) => sending.send(&mut found, clients, address).await,
    };
    bar.finish_and_clear();
    outcome
}

/// A run.
struct Sending<'a> {
    seen: Seen,
    /// The file being read, and its columns where it has some.
    file: Arc<str>,
    header: Option<Arc<Header>>,
    /// The rows without a result, by the number they were sent under.
    waiting: HashMap<u64, Waiting>,
    next: u64,
    /// Takes rows to the server; `None` once there are no more, or where there is no server.
    rows: Option<mpsc::Sender<ImportRecordsRequest>>,
    furthest: Furthest,
    summary: &'a mut Summary,
    bar: indicatif::ProgressBar,
}

/// A row at the server.
struct Waiting {
    place: Place,
    row: Row,
    header: Option<Arc<Header>>,
    /// What the row tells of the incident itself, for the summary.
    told: Told,
}

/// What is counted of a row that was taken.
#[derive(Clone, Copy)]
pub(super) struct Told {
    /// The kind of event, where the row tells of the incident itself.
    pub(super) kind: Option<v1::IncidentKind>,
    /// The worst harm of its patients, 1 fatal to 5 none (L-4).
    pub(super) worst_harm: Option<u8>,
}

impl Told {
    fn by(request: &ImportRecordsRequest) -> Self {
        Self {
            kind: request.incident.as_ref().map(v1::ImportedIncident::kind),
            worst_harm: candour_intake::lfpse::worst_harm(&request.persons),
        }
    }
}

impl Sending<'_> {
    async fn read_only(&mut self, found: &mut mpsc::Receiver<Found>) -> anyhow::Result<()> {
        while let Some(found) = found.recv().await {
            self.take(found)?;
        }
        Ok(())
    }

    async fn send(
        &mut self,
        found: &mut mpsc::Receiver<Found>,
        mut clients: Clients,
        address: &str,
    ) -> anyhow::Result<()> {
        let (rows, receiver) = mpsc::channel(ROWS_IN_FLIGHT);
        let answers = clients.import.import_records(ReceiverStream::new(receiver)).await;
        let mut answers = answers.map_err(|status| refused(&status))?.into_inner();
        self.rows = Some(rows);
        loop {
            let may_send = self.rows.is_some() && self.waiting.len() < ROWS_IN_FLIGHT;
            tokio::select! {
                answer = next(&mut answers) => match answer {
                    Ok(Some(answer)) => self.answered(answer)?,
                    Ok(None) => break,
                    Err(status) => return Err(self.broke_off(&status, address)),
                },
                found = found.recv(), if may_send => match found {
                    Some(found) => self.take(found)?,
                    // Every row was sent: the server ends the stream after its last result.
                    None => self.rows = None,
                },
            }
        }
        if self.waiting.is_empty() && self.rows.is_none() {
            self.bar.set_message("lists and figures follow");
            if !self.furthest.is_folded(&mut clients).await? {
                self.summary.is_not_folded();
            }
            return Ok(());
        }
        Err(anyhow!("the server ended the import with {} rows left without a result", self.waiting.len()))
    }

    fn take(&mut self, found: Found) -> anyhow::Result<()> {
        match found {
            Found::File(name) => {
                self.file = name;
                self.header = None;
            }
            Found::Columns(header) => {
                self.summary.columns(&header);
                self.header = Some(Arc::from(header));
            }
            Found::PassedOver(resources) => self.summary.passed_over(resources),
            Found::Unreadable(words) => self.summary.unreadable(&self.file, &words),
            Found::Row(row) => self.row(*row)?,
        }
        Ok(())
    }

    /// Sends a row, or rejects it here and now.
    fn row(&mut self, mut row: Row) -> anyhow::Result<()> {
        let place = Place { file: Arc::clone(&self.file), number: row.number, line: row.line };
        self.summary.read(&place, &row.findings.notices);
        let Some(mut request) = row.request.take() else {
            let reasons = std::mem::take(&mut row.findings.violations);
            return self.reject(&place, &row, self.header.clone().as_deref(), &reasons);
        };
        let mut reasons = self.seen.note(&self.file, &request);
        if request.encoded_len() > REQUEST_BYTES_MAX {
            let words = format!("is larger than the server takes: at most {REQUEST_BYTES_MAX} bytes");
            reasons.push(Finding::of_row(words));
        }
        if !reasons.is_empty() {
            return self.reject(&place, &row, self.header.clone().as_deref(), &reasons);
        }
        let told = Told::by(&request);
        let Some(rows) = &self.rows else {
            self.summary.readable(told);
            return Ok(());
        };
        request.row = self.next;
        // There is room: no more rows are waiting than the channel holds. A closed one ends the answers too, which say why.
        if rows.try_send(*request).is_ok() {
            self.waiting.insert(self.next, Waiting { place, row, header: self.header.clone(), told });
            self.next += 1;
        }
        Ok(())
    }

    fn answered(&mut self, answer: ImportRecordsResponse) -> anyhow::Result<()> {
        let waiting = self.waiting.remove(&answer.row);
        let Waiting { place, row, header, told } =
            waiting.context("the server sent a result for a row that it was not sent")?;
        let in_words = |found: Vec<v1::ImportFinding>| -> Vec<Finding> {
            found.into_iter().map(|found| in_words_of_the_file(found, header.as_deref())).collect()
        };
        let outcome = answer.outcome();
        self.furthest.note(&answer);
        self.summary.noticed(&place, &in_words(answer.notices));
        match outcome {
            ImportOutcome::New | ImportOutcome::Changed | ImportOutcome::Unchanged => {
                self.summary.taken(outcome, told);
                Ok(())
            }
            ImportOutcome::Rejected => {
                self.reject(&place, &row, header.as_deref(), &in_words(answer.violations))
            }
            ImportOutcome::Unspecified => Err(anyhow!(
                "the server gave a result that this program does not know; is it of another version?"
            )),
        }
    }

    fn reject(
        &mut self,
        place: &Place,
        row: &Row,
        header: Option<&Header>,
        reasons: &[Finding],
    ) -> anyhow::Result<()> {
        let summary = &mut *self.summary;
        // A bar that is drawn over would leave half a line.
        self.bar.suspend(|| summary.reject(place, row, header, reasons))
    }

    /// Why the server went away, and what to do.
    fn broke_off(&self, status: &Status, address: &str) -> anyhow::Error {
        let without = self.waiting.len();
        let why = match status.code() {
            Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Internal
                if status.get_error_details().error_info().is_none() =>
            {
                format!("the server at {address} went away")
            }
            _ => status.message().to_owned(),
        };
        anyhow!(
            "{why}; {without} rows are left without a result, and what follows them was not sent. Run the same command again once the server is \
             back: what was recorded is found again and nothing is recorded twice"
        )
    }
}

/// The next result.
async fn next(
    answers: &mut Streaming<ImportRecordsResponse>,
) -> Result<Option<ImportRecordsResponse>, Status> {
    answers.message().await
}

/// Why the server takes no rows at all.
fn refused(status: &Status) -> anyhow::Error {
    anyhow!("the server takes no rows: {}", status.message())
}

/// A finding of the server, under the name that the file has for the field.
fn in_words_of_the_file(found: v1::ImportFinding, header: Option<&Header>) -> Finding {
    let field = match (header, Key::of_path(&found.field)) {
        (Some(header), Some(key)) => header.label(key),
        _ => found.field,
    };
    Finding::of(field, found.description)
}
