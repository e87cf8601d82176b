//! Who says a row, and what names the steps that it causes.

use candour_domain::{
    Situation,
    identifier::{EventId, RequestId},
    text::{PersonReference, SystemName},
};
use candour_service_kit::{Caller, Envelope, trace_context::TraceContext};
use jiff::Timestamp;
use uuid::Uuid;

/// Names the requests that rows cause.
const REQUESTS: Uuid = Uuid::from_u128(0x1c7d_9a40_3e55_4b6e_9f21_d08c_6a77_b3e2);

/// Who says a row.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Who calls.
    pub(crate) caller: Caller,
    /// The trace of the stream of rows.
    pub(crate) trace: TraceContext,
    /// The source system.
    pub(crate) system: SystemName,
    /// The keyed digest of the row.
    pub(crate) content: [u8; 32],
    /// Now.
    pub(crate) now: Timestamp,
}

/// When a step happened, and what else is known of that.
#[derive(Clone, Debug)]
pub(crate) struct Occurrence {
    /// When it happened.
    pub(crate) at: Timestamp,
    /// Who acted, where known.
    pub(crate) performed_by: Option<PersonReference>,
    /// When the source claims to have recorded it.
    pub(crate) source_recorded_at: Option<Timestamp>,
}

impl Occurrence {
    /// At this instant; nothing else is known.
    pub(crate) fn at(at: Timestamp) -> Self {
        Self { at, performed_by: None, source_recorded_at: None }
    }
}

impl Source {
    /// What a step carries.
    ///
    /// `after` is the last thing on record that the source said, so that a row which returns to what it said earlier is another request.
    pub(crate) fn envelope(
        &self,
        stream: Uuid,
        step: &str,
        after: Option<EventId>,
        occurrence: Occurrence,
    ) -> Envelope {
        let system = self.system.as_str();
        let after = after.map_or_else(Uuid::nil, EventId::uuid);
        // The content is a keyed digest: an id made of a plain one would outlive the erasure of what it was made of.
        let mut name = format!("{}:{system}/{stream}/{step}/{after}/", system.len()).into_bytes();
        name.extend_from_slice(&self.content);
        Envelope {
            caller: self.caller.clone(),
            trace: self.trace.clone(),
            request: RequestId::from_uuid(Uuid::new_v5(&REQUESTS, &name)),
            content: self.content,
            seen: None,
            source_recorded_at: occurrence.source_recorded_at,
            source_system: Some(self.system.clone()),
            situation: Situation {
                now: self.now,
                occurred_at: occurrence.at,
                performed_by: occurrence.performed_by,
            },
        }
    }
}
