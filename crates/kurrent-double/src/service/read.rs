//! Reading (`Streams.Read` and the enumerators behind it).

use futures::{StreamExt, stream};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::convert::{event_answer, identifier, name_of};
use super::{Answer, Answers, Node, refusal};
use crate::fault::{Call, Fault, count};
use crate::log::{Action, Filter, Found, Matcher, Place, Record};
use crate::wire::streams::streams_server::Streams;
use crate::wire::streams::{
    AppendReq, AppendResp, BatchAppendReq, BatchAppendResp, DeleteReq, DeleteResp, ReadReq, ReadResp,
    TombstoneReq, TombstoneResp, read_req, read_resp,
};

/// Events that a server reads at once, and looks at for a filter unless told otherwise.
const PAGE: u64 = 32;

/// Answers that wait to be sent.
const ANSWERS: usize = 32;

/// What is read, and how far it has got.
enum Source {
    Stream {
        name: String,
        backwards: bool,
        /// `None` is the end.
        from: Option<u64>,
        /// Whether the client understands where a stream begins and ends.
        says_ends: bool,
    },
    All {
        backwards: bool,
        from: Place,
        filter: Filter,
        /// `None` for a read without a filter.
        window: Option<usize>,
    },
}

/// A read under way.
struct Reading {
    node: Node,
    source: Source,
    limit: u64,
    /// Events given so far.
    given: u64,
    id_as_text: bool,
}

#[tonic::async_trait]
impl Streams for Node {
    type ReadStream = Answers<ReadResp>;
    type BatchAppendStream = Answers<BatchAppendResp>;

    async fn read(&self, request: Request<ReadReq>) -> Answer<Self::ReadStream> {
        let (headers, _, request) = request.into_parts();
        let caller = self.caller(&headers)?;
        let options = request.options.ok_or_else(refusal::exception_thrown)?;
        let reading = Reading::parse(self, &options)?;
        let (call, stream) = match &reading.source {
            Source::Stream { name, .. } => (Call::ReadStream, name.as_str()),
            Source::All { .. } => (Call::ReadAll, "$all"),
        };
        self.permit(&caller, Action::Read, stream)?;
        let script = &self.cluster.script;
        match &reading.source {
            Source::Stream { .. } => count(&script.stream_reads),
            Source::All { window, .. } => {
                count(&script.all_reads);
                if window.is_none() {
                    count(&script.unfiltered_reads);
                }
            }
        }
        self.lead(&headers, false)?;
        let fault = self.before(call).await?;
        reading.start(fault.as_ref())
    }

    async fn append(&self, request: Request<Streaming<AppendReq>>) -> Answer<AppendResp> {
        self.append_in_call(request).await
    }

    async fn batch_append(
        &self,
        request: Request<Streaming<BatchAppendReq>>,
    ) -> Answer<Self::BatchAppendStream> {
        self.batch_session(request)
    }

    async fn delete(&self, request: Request<DeleteReq>) -> Answer<DeleteResp> {
        self.delete_stream(request)
    }

    async fn tombstone(&self, request: Request<TombstoneReq>) -> Answer<TombstoneResp> {
        self.tombstone_stream(request)
    }
}

impl Reading {
    /// Reads what is asked for; what a server would stumble over is refused as it would refuse it.
    fn parse(node: &Node, options: &read_req::Options) -> Result<Self, Status> {
        use read_req::options::{CountOption, FilterOption, StreamOption, uuid_option};
        let id = options.uuid_option.as_ref().ok_or_else(|| refusal::required_argument("uuidOption"))?;
        let Some(CountOption::Count(limit)) = options.count_option else {
            count(&node.cluster.script.subscriptions);
            return Err(Status::unimplemented("the double serves no subscriptions"));
        };
        let backwards = options.read_direction == read_req::options::ReadDirection::Backwards as i32;
        let says_ends = options.control_option.as_ref().is_some_and(|control| control.compatibility >= 1);
        let source = match (&options.stream_option, &options.filter_option) {
            (Some(StreamOption::Stream(wanted)), Some(FilterOption::NoFilter(()))) => Source::Stream {
                name: name_of(wanted.stream_identifier.clone())?,
                backwards,
                from: revision_of(wanted)?,
                says_ends,
            },
            (Some(StreamOption::All(wanted)), Some(FilterOption::NoFilter(()))) => Source::All {
                backwards,
                from: place_of(node, wanted)?,
                filter: Filter::Everything,
                window: None,
            },
            (Some(StreamOption::All(wanted)), Some(FilterOption::Filter(filter))) => Source::All {
                backwards,
                from: place_of(node, wanted)?,
                filter: filter_of(filter)?,
                window: Some(window_of(filter)?),
            },
            _ => return Err(refusal::invalid_combination()),
        };
        let id_as_text = matches!(id.content, Some(uuid_option::Content::String(())));
        Ok(Self { node: node.clone(), source, limit, given: 0, id_as_text })
    }

    /// Reads the first page, so that what is refused is refused at once, and the others while the client takes them.
    fn start(mut self, fault: Option<&Fault>) -> Answer<Answers<ReadResp>> {
        let (mut answers, is_end) = self.next_page()?;
        match fault {
            Some(Fault::BreakRead { after, .. }) => {
                answers.truncate(*after);
                let broken = Err(Status::unavailable("Server Is Shutting Down"));
                let answers = answers.into_iter().map(Ok).chain([broken]);
                return Ok(Response::new(stream::iter(answers).boxed()));
            }
            Some(Fault::HidePositions(_)) => answers.iter_mut().for_each(hide_position),
            Some(Fault::GiveTwice(_)) => {
                let is_event =
                    |answer: &&ReadResp| matches!(answer.content, Some(read_resp::Content::Event(_)));
                if let Some(last) = answers.iter().rposition(|answer| is_event(&answer)) {
                    answers.insert(last, answers[last].clone());
                }
            }
            _ => {}
        }
        let (sender, receiver) = mpsc::channel(ANSWERS);
        tokio::spawn(async move {
            let mut page = Ok((answers, is_end));
            loop {
                let (answers, is_end) = match page {
                    Ok(page) => page,
                    Err(status) => return drop(sender.send(Err(status)).await),
                };
                for answer in answers {
                    if sender.send(Ok(answer)).await.is_err() {
                        return;
                    }
                }
                if is_end && !self.scans_on(&sender).await {
                    return;
                }
                page = self.next_page();
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver).boxed()))
    }

    /// Whether a filtered read that has come to its end was only passing over what others wrote, and goes on. Waits
    /// until it is known, or the client has gone.
    async fn scans_on(&self, sender: &mpsc::Sender<Result<ReadResp, Status>>) -> bool {
        let is_filtered = matches!(self.source, Source::All { window: Some(_), .. });
        let mut scanning = self.node.cluster.scanning.subscribe();
        if !is_filtered || !*scanning.borrow_and_update() {
            return false;
        }
        tokio::select! {
            over = scanning.wait_for(|scanning| !scanning) => over.is_ok(),
            () = sender.closed() => false,
        }
    }

    /// The answers of one page, and whether it is the last.
    fn next_page(&mut self) -> Result<(Vec<ReadResp>, bool), Status> {
        match &self.source {
            Source::Stream { .. } => self.next_of_stream(),
            Source::All { .. } => self.next_of_all(),
        }
    }

    fn next_of_stream(&mut self) -> Result<(Vec<ReadResp>, bool), Status> {
        use read_resp::Content;
        let Source::Stream { name, backwards, from, says_ends } = &mut self.source else {
            return Ok((vec![], true));
        };
        let log_page = |from: Option<u64>| {
            self.node.cluster.store.with_log(|log| match (*backwards, from) {
                (true, from) => Some(log.page_backwards(name, from, PAGE.min(self.limit))),
                (false, Some(from)) => Some(log.page_forwards(name, from, PAGE.min(self.limit))),
                (false, None) => None,
            })
        };
        // A server cannot read forwards from an end that it takes for a negative revision.
        let page = log_page(*from).ok_or_else(|| refusal::unexpected("ReadStreamResult: Error"))?;
        let answer = |content| ReadResp { content: Some(content) };
        let last_revision = match page.found {
            Found::Stream { last_revision } => last_revision,
            Found::NoStream => {
                let not_found = read_resp::StreamNotFound { stream_identifier: Some(identifier(name)) };
                return Ok((vec![answer(Content::StreamNotFound(not_found))], true));
            }
            Found::Deleted => return Err(refusal::stream_deleted(name)),
        };
        let mut answers = Vec::new();
        let is_first = self.given == 0;
        if is_first && *says_ends && !*backwards && page.records.is_empty() && *from != Some(page.next) {
            answers.push(answer(Content::FirstStreamPosition(page.next)));
        }
        let left = usize::try_from(self.limit - self.given).unwrap_or(usize::MAX);
        let records: Vec<_> = page.records.into_iter().take(left).collect();
        self.given += records.len() as u64;
        *from = Some(page.next);
        let is_end = page.is_end || self.given >= self.limit;
        answers.extend(records.iter().map(|record| event_answer(record, self.id_as_text)));
        if is_end && *says_ends {
            answers.push(answer(Content::LastStreamPosition(last_revision)));
        }
        Ok((answers, is_end))
    }

    fn next_of_all(&mut self) -> Result<(Vec<ReadResp>, bool), Status> {
        let Source::All { backwards, from, filter, window } = &mut self.source else {
            return Ok((vec![], true));
        };
        let count = usize::try_from(PAGE.min(self.limit)).unwrap_or(usize::MAX);
        let looked_at = window.unwrap_or(usize::MAX);
        let page = self.node.cluster.store.with_log(|log| {
            if *backwards {
                log.all_backwards(*from, count, looked_at, filter)
            } else {
                log.all_forwards(*from, count, looked_at, filter)
            }
        });
        let kind = if window.is_some() { "FilteredReadAllResult" } else { "ReadAllResult" };
        let result = if self.node.cluster.names_invalid_positions() { "InvalidPosition" } else { "Error" };
        let page = page.map_err(|_| refusal::unexpected(&format!("{kind}: {result}")))?;
        *from = page.next;
        let left = usize::try_from(self.limit - self.given).unwrap_or(usize::MAX);
        // A read has reached its limit only when it finds one event more; until then it looks on.
        let is_past_limit = page.records.len() > left;
        let records = page.records.iter().take(left);
        let answers: Vec<ReadResp> =
            records.map(|record: &std::sync::Arc<Record>| event_answer(record, self.id_as_text)).collect();
        self.given += answers.len() as u64;
        Ok((answers, page.is_end || is_past_limit))
    }
}

/// Takes the position off an event.
fn hide_position(answer: &mut ReadResp) {
    if let Some(read_resp::Content::Event(read)) = &mut answer.content {
        read.position = Some(read_resp::read_event::Position::NoPosition(()));
        if let Some(event) = &mut read.event {
            (event.commit_position, event.prepare_position) = (u64::MAX, u64::MAX);
        }
    }
}

/// Where a read of a stream begins; `None` at its end.
fn revision_of(wanted: &read_req::options::StreamOptions) -> Result<Option<u64>, Status> {
    use read_req::options::stream_options::RevisionOption;
    match wanted.revision_option {
        Some(RevisionOption::Start(())) => Ok(Some(0)),
        Some(RevisionOption::End(())) => Ok(None),
        Some(RevisionOption::Revision(u64::MAX)) => Ok(None),
        Some(RevisionOption::Revision(revision)) if i64::try_from(revision).is_ok() => Ok(Some(revision)),
        _ => Err(refusal::exception_thrown()),
    }
}

/// Where a read of `$all` begins. The commit position lies never before the prepare position.
fn place_of(node: &Node, wanted: &read_req::options::AllOptions) -> Result<Place, Status> {
    use read_req::options::all_options::AllOption;
    let end = || node.cluster.store.with_log(crate::log::Log::end_place);
    match &wanted.all_option {
        Some(AllOption::Start(())) => Ok(Place::START),
        Some(AllOption::End(())) => Ok(end()),
        Some(AllOption::Position(place)) => match (place.commit_position, place.prepare_position) {
            (u64::MAX, u64::MAX) => Ok(end()),
            (commit, prepare) if prepare <= commit && i64::try_from(commit).is_ok() => {
                Ok(Place { commit, prepare })
            }
            _ => Err(refusal::exception_thrown()),
        },
        None => Err(refusal::exception_thrown()),
    }
}

fn filter_of(sent: &read_req::options::FilterOptions) -> Result<Filter, Status> {
    use read_req::options::filter_options::{Expression, Filter as Sent};
    let matcher = |expression: &Expression| {
        if expression.regex.is_empty() {
            return Ok(Matcher::Prefixes(expression.prefix.clone()));
        }
        let expression = fancy_regex::Regex::new(&expression.regex);
        Ok(Matcher::Expression(expression.map_err(|_| refusal::exception_thrown())?))
    };
    match &sent.filter {
        Some(Sent::StreamIdentifier(expression)) => matcher(expression).map(Filter::Streams),
        Some(Sent::EventType(expression)) => matcher(expression).map(Filter::Types),
        None => Err(refusal::invalid_combination()),
    }
}

/// How many events are looked at for one page.
fn window_of(sent: &read_req::options::FilterOptions) -> Result<usize, Status> {
    use read_req::options::filter_options::Window;
    match sent.window {
        Some(Window::Count(())) => Ok(usize::try_from(PAGE).unwrap_or(usize::MAX)),
        Some(Window::Max(max)) => Ok(usize::try_from(max).unwrap_or(usize::MAX)),
        None => Err(refusal::required_argument("window")),
    }
}
