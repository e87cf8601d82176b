//! The stored form of events: type names, JSON shapes, which fields are sealed, and the metadata beside them.
//!
//! The domain's types derive no serialisation, so that renaming a field there never changes what is in the log.
//! Here every event type has a form of its own (`IncidentReportedV1`), converted by hand with exhaustive
//! destructuring: a field or an event added to the domain does not compile until it is stored.
//! Nothing here performs I/O, knows a journal or holds a key; sealing is done by whoever implements [`Sealer`] and
//! [`Opener`].
//!
//! Where to start reading: [`StoredAggregate`], what the rest of the house calls; [`EVENT_TYPES`], the catalogue;
//! `form` and `field`, how a form is declared and how one value is written; then any aggregate's module.
//!
//! # What a stored event looks like
//!
//! - JSON, readable in any log browser but for its sealed fields: `{"sealed": "…"}`.
//! - Dates are `YYYY-MM-DD`, instants RFC 3339 in UTC with six decimals, identifiers lower-case UUIDs with hyphens,
//!   codes the domain's own. Only that spelling is read back.
//! - A field that is not there is left out; lists and yes/no fields are always written.
//! - Reading is exact. A field this build does not know belongs to an event this build does not understand: that is
//!   a [`DecodeError`], never something to skip.
//! - A read model keeps [`clear_part`] of an event, in which each sealed field is `{"withheld": true}`.
//!
//! # To change the shape of an event
//!
//! A released form never changes: not a name, not a rule, not a field more, for an older build would refuse it and a
//! newer one would misread what an older one wrote. Nor does the path of a sealed field change, because the value is
//! bound to it. Instead:
//!
//! 1. Add `…V2` with its type name `….v2` beside `…V1`, with its golden files and its line in [`EVENT_TYPES`]. `encode`
//!    writes V2 from then on: the compiler leads there. Forms nested in V1 that change are copied as well.
//! 2. Keep reading V1. The upcast stands in the arm of the aggregate's `decode` for the V1 type: read `…V1`, then make
//!    the domain's event of today from it. What V1 did not say stays unknown (`None`); it is never guessed. The V1
//!    form loses its `WriteForm`, keeps its golden files for ever, and they keep decoding to the same event.
//! 3. Release the reader before the writer: every process that reads the log must know V2 before one writes it.
//!
//! There is one decode function for deciders, projections, exports and reactors alike, so one upcast serves all.

#[macro_use]
mod form;

mod action;
mod aggregate;
mod assertion;
mod candour_case;
mod catalogue;
mod correction;
mod entry;
mod error;
mod feedback;
mod field;
mod field_path;
mod incident;
mod metadata;
#[cfg(any(test, feature = "testing"))]
pub mod plain;
mod response;
mod sealing;
#[cfg(test)]
mod tests;

pub use aggregate::{EncodedEvent, StoredAggregate, clear_part};
pub use catalogue::{EVENT_TYPES, EventType, Field, Sensitivity};
pub use entry::to_entry;
pub use error::{DecodeError, EncodeError, Malformation, Rule};
pub use metadata::{
    CALLER_ROLES_MAX, Caller, CallerId, CallerRole, METADATA_SCHEMA, Metadata, PolicyVersion, Rules,
    TraceParent, TraceState,
};
pub use sealing::{Opened, Opener, SealFailed, Sealer, Subject, Subjects, Withheld};
