//! Appending through the client: in a call of its own, or in a batch session that many appends share.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use eventstore::{
    AppendToStreamOptions, BatchAppendClient, BatchAppendOptions, EventData, Position as ServerPosition,
    StreamState,
};
use tokio::time::Instant;

use crate::contained::Contained;
use crate::fault::{EngineFault, Failure, Meaning};
use crate::link::Link;
use crate::settings::BATCH_SESSIONS;

/// Where an append was written, as the server says it. The position is missing where the server gives none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    pub(crate) last_revision: u64,
    pub(crate) position: Option<u64>,
}

impl Link {
    /// One attempt at an append in a call of its own.
    pub(crate) async fn append_by_call(
        &self,
        until: Instant,
        stream: String,
        expected: StreamState,
        events: Vec<EventData>,
    ) -> Result<Written, Failure> {
        let mut options = AppendToStreamOptions::default().stream_state(expected);
        if let Some(authentication) = &self.address().authentication {
            options = options.authenticated(authentication.clone());
        }
        let result = self
            .attempt(until, |client| async move { client.append_to_stream(stream, &options, events).await })
            .await?;
        let position = Some(result.position.commit).filter(|position| *position != 0);
        Ok(Written { last_revision: result.next_expected_version, position })
    }

    /// One attempt at an append in a batch session. `None` if the server serves none, and nothing was sent.
    pub(crate) async fn append_in_session(
        &self,
        until: Instant,
        stream: String,
        expected: StreamState,
        events: Vec<EventData>,
    ) -> Result<Option<Written>, Failure> {
        let contained = self.client_until(until).await?;
        let until = self.end_of_attempt(until);
        if contained.serves_no_sessions.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let slot = slot_of(&stream);
        let session = match contained.session(slot) {
            Some(session) => session,
            None => match self.open_session(&contained, slot, until).await {
                Ok(session) => session,
                Err(failure) if failure.fault == EngineFault::Unsupported => {
                    contained.serves_no_sessions.store(true, Ordering::Relaxed);
                    return Ok(None);
                }
                Err(failure) => return Err(failure),
            },
        };
        let call = {
            let session = Arc::clone(&session);
            async move { session.append_to_stream(stream, expected, events).await }
        };
        let outcome = contained.run(until, self.attempt_budget, call, true).await;
        if outcome.is_err() {
            contained.close_session(slot, &session);
        }
        let outcome = outcome.map(|result| {
            let position = result.current_position().map(|ServerPosition { commit, .. }| commit);
            (result.current_revision(), position.filter(|position| *position != 0))
        });
        match self.settle(&contained, outcome).await? {
            (Some(last_revision), position) => Ok(Some(Written { last_revision, position })),
            (None, _) => Err(Failure::new(
                Meaning::Unknown,
                EngineFault::Contradiction("an append was written to a stream that does not exist"),
                false,
            )),
        }
    }

    async fn open_session(
        &self,
        contained: &Arc<Contained>,
        slot: usize,
        until: Instant,
    ) -> Result<Arc<BatchAppendClient>, Failure> {
        let mut options = BatchAppendOptions::default();
        if let Some(authentication) = &self.address().authentication {
            options = options.authenticated(authentication.clone());
        }
        let client = contained.client.clone();
        let opened = contained
            .run(until, self.attempt_budget, async move { client.batch_append(&options).await }, false)
            .await
            // Opening carries out nothing, whatever became of it.
            .map_err(|failure| match failure.meaning {
                Meaning::Unknown => Failure { meaning: Meaning::NotDone, ..failure },
                _ => failure,
            });
        let session = Arc::new(self.settle(contained, opened).await?);
        contained.keep_session(slot, &session);
        Ok(session)
    }
}

/// Which batch session the appends to a stream go through.
fn slot_of(stream: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    stream.hash(&mut hasher);
    usize::try_from(hasher.finish() % BATCH_SESSIONS as u64).unwrap_or_default()
}
