//! Appending in a call of its own, and deleting (`Streams.Append`, `Streams.Delete`).

use tonic::{Request, Response, Status, Streaming};

use super::convert::{expected_number, expected_revision, name_of, proposed};
use super::{Answer, Carried, Node, refusal};
use crate::fault::{Call, count};
use crate::log::{Action, Expected, Outcome, Proposed};
use crate::settings::Limits;
use crate::wire::StreamIdentifier;
use crate::wire::streams::{
    AppendReq, AppendResp, DeleteReq, DeleteResp, TombstoneReq, TombstoneResp, append_req, append_resp,
    delete_req, delete_resp, tombstone_req, tombstone_resp,
};

/// What an append holds so far, within the limits of the server.
pub(super) struct Gathered {
    pub(super) events: Vec<Proposed>,
    size: usize,
}

/// Past which limit an append is.
pub(super) enum TooLarge {
    Event { id: String, size: usize },
    Append,
}

impl Gathered {
    pub(super) fn new() -> Self {
        Self { events: Vec::new(), size: 0 }
    }

    pub(super) fn add(&mut self, event: Proposed, limits: &Limits) -> Result<(), TooLarge> {
        let size = event.size_on_disk();
        if size > limits.event_bytes {
            return Err(TooLarge::Event { id: event.id.to_string(), size });
        }
        self.size += size;
        self.events.push(event);
        if self.size > limits.append_bytes { Err(TooLarge::Append) } else { Ok(()) }
    }
}

impl Node {
    pub(super) async fn append_in_call(&self, request: Request<Streaming<AppendReq>>) -> Answer<AppendResp> {
        count(&self.cluster.script.appends);
        let (headers, _, mut messages) = request.into_parts();
        let caller = self.caller(&headers)?;
        let Some(append_req::Content::Options(options)) = messages.message().await?.and_then(|m| m.content)
        else {
            return Err(refusal::exception_thrown());
        };
        use append_req::options::ExpectedStreamRevision as Sent;
        let expected = match options.expected_stream_revision {
            Some(Sent::Revision(revision)) => expected_revision(revision)?,
            Some(Sent::NoStream(())) => Expected::NoStream,
            Some(Sent::Any(())) => Expected::Any,
            Some(Sent::StreamExists(())) => Expected::StreamExists,
            None => return Err(refusal::required_argument("expectedStreamRevision")),
        };
        let stream = name_of(options.stream_identifier)?;
        self.permit(&caller, Action::Write, &stream)?;
        let mut gathered = Gathered::new();
        while let Some(message) = messages.message().await? {
            let Some(append_req::Content::ProposedMessage(event)) = message.content else {
                return Err(refusal::exception_thrown());
            };
            let event = proposed(event.id, event.metadata, event.custom_metadata, event.data)?;
            gathered.add(event, &self.cluster.limits).map_err(|too_large| match too_large {
                TooLarge::Event { id, size } => {
                    refusal::event_too_large(&id, size, self.cluster.limits.event_bytes)
                }
                TooLarge::Append => refusal::append_too_large(self.cluster.limits.append_bytes),
            })?;
        }
        self.lead(&headers, true)?;
        let fault = self.before(Call::Append).await?;
        let outcome = match self.carry_out(&stream, expected, gathered.events, fault.as_ref())? {
            Carried::Out(outcome) => outcome,
            Carried::Aborted => return Err(refusal::timeout()),
            Carried::Silent => std::future::pending().await,
        };
        let result =
            match outcome {
                Outcome::Success { last_revision, position } => {
                    use append_resp::success::{CurrentRevisionOption, PositionOption};
                    append_resp::Result::Success(append_resp::Success {
                        current_revision_option: Some(last_revision.map_or(
                            CurrentRevisionOption::NoStream(()),
                            CurrentRevisionOption::CurrentRevision,
                        )),
                        position_option: Some(PositionOption::Position(append_resp::Position {
                            commit_position: position,
                            prepare_position: position,
                        })),
                    })
                }
                Outcome::WrongExpected { current } => {
                    append_resp::Result::WrongExpectedVersion(wrong_expected_version(expected, current))
                }
                Outcome::Deleted => return Err(refusal::stream_deleted(&stream)),
            };
        Ok(Response::new(AppendResp { result: Some(result) }))
    }

    pub(super) fn delete_stream(&self, request: Request<DeleteReq>) -> Answer<DeleteResp> {
        use delete_req::options::ExpectedStreamRevision as Sent;
        let (headers, _, request) = request.into_parts();
        let options = request.options.ok_or_else(refusal::exception_thrown)?;
        let expected = match options.expected_stream_revision {
            Some(Sent::Revision(revision)) => expected_revision(revision)?,
            Some(Sent::NoStream(())) => Expected::NoStream,
            Some(Sent::Any(())) => Expected::Any,
            Some(Sent::StreamExists(())) => Expected::StreamExists,
            None => return Err(refusal::required_argument("expectedStreamRevision")),
        };
        let position = self.delete(&headers, options.stream_identifier, expected, false)?;
        let position = delete_resp::Position { commit_position: position, prepare_position: position };
        Ok(Response::new(DeleteResp {
            position_option: Some(delete_resp::PositionOption::Position(position)),
        }))
    }

    pub(super) fn tombstone_stream(&self, request: Request<TombstoneReq>) -> Answer<TombstoneResp> {
        use tombstone_req::options::ExpectedStreamRevision as Sent;
        let (headers, _, request) = request.into_parts();
        let options = request.options.ok_or_else(refusal::exception_thrown)?;
        let expected = match options.expected_stream_revision {
            Some(Sent::Revision(revision)) => expected_revision(revision)?,
            Some(Sent::NoStream(())) => Expected::NoStream,
            Some(Sent::Any(())) => Expected::Any,
            Some(Sent::StreamExists(())) => Expected::StreamExists,
            None => return Err(refusal::required_argument("expectedStreamRevision")),
        };
        let position = self.delete(&headers, options.stream_identifier, expected, true)?;
        let position = tombstone_resp::Position { commit_position: position, prepare_position: position };
        Ok(Response::new(TombstoneResp {
            position_option: Some(tombstone_resp::PositionOption::Position(position)),
        }))
    }

    /// Deletes a stream and gives the position of the record that says so.
    fn delete(
        &self,
        headers: &tonic::metadata::MetadataMap,
        stream: Option<StreamIdentifier>,
        expected: Expected,
        for_ever: bool,
    ) -> Result<u64, Status> {
        let caller = self.caller(headers)?;
        let stream = name_of(stream)?;
        self.permit(&caller, Action::Delete, &stream)?;
        self.lead(headers, true)?;
        match self.cluster.store.delete(&stream, expected, for_ever).map_err(|_| refusal::not_ready())? {
            Outcome::Success { position, .. } => Ok(position),
            Outcome::Deleted => Err(refusal::stream_deleted(&stream)),
            Outcome::WrongExpected { current } => {
                let operation = if for_ever { "Tombstone" } else { "Delete" };
                let expected = expected_number(expected);
                Err(refusal::wrong_expected_version(operation, &stream, expected, current))
            }
        }
    }
}

fn wrong_expected_version(expected: Expected, current: Option<u64>) -> append_resp::WrongExpectedVersion {
    use append_resp::wrong_expected_version::{
        CurrentRevisionOption as Current, CurrentRevisionOption2060 as OldCurrent,
        ExpectedRevisionOption as Wanted, ExpectedRevisionOption2060 as OldWanted,
    };
    let (wanted, old_wanted) = match expected {
        Expected::Any => (Wanted::ExpectedAny(()), OldWanted::Any2060(())),
        Expected::StreamExists => (Wanted::ExpectedStreamExists(()), OldWanted::StreamExists2060(())),
        Expected::NoStream => (Wanted::ExpectedNoStream(()), OldWanted::ExpectedRevision2060(u64::MAX)),
        Expected::Revision(revision) => {
            (Wanted::ExpectedRevision(revision), OldWanted::ExpectedRevision2060(revision))
        }
    };
    append_resp::WrongExpectedVersion {
        current_revision_option: Some(current.map_or(Current::CurrentNoStream(()), Current::CurrentRevision)),
        current_revision_option_20_6_0: Some(
            current.map_or(OldCurrent::NoStream2060(()), OldCurrent::CurrentRevision2060),
        ),
        expected_revision_option: Some(wanted),
        expected_revision_option_20_6_0: Some(old_wanted),
    }
}
