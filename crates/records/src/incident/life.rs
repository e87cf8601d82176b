//! The stored form of links, closing and reopening.

use candour_domain::{
    incident::{Closure, DuplicateLink},
    text::Prose,
};

use crate::{
    error::{DecodeError, EncodeError},
    form::{ReadForm, Reader, WriteForm, Writer},
};

stored_form! {
    /// It was marked a duplicate of another incident.
    "DuplicateLinked.v1" => struct DuplicateLinkedV1 {
        duplicate_of: String,
        same_reporter: bool,
    }
}

impl WriteForm<&DuplicateLink> for DuplicateLinkedV1 {
    fn write(value: &DuplicateLink, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let DuplicateLink { duplicate_of, same_reporter } = value;
        Ok(Self {
            duplicate_of: output.field("duplicate_of", duplicate_of)?,
            same_reporter: output.field("same_reporter", same_reporter)?,
        })
    }
}

impl ReadForm<DuplicateLink> for DuplicateLinkedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<DuplicateLink, DecodeError> {
        let Self { duplicate_of, same_reporter } = self;
        Ok(DuplicateLink {
            duplicate_of: input.field("duplicate_of", duplicate_of)?,
            same_reporter: input.field("same_reporter", same_reporter)?,
        })
    }
}

stored_form! {
    /// It was closed.
    "IncidentClosed.v1" => struct IncidentClosedV1 {
    }
    optional {
        reason: String,
        closed_by: String,
    }
}

impl WriteForm<&Closure> for IncidentClosedV1 {
    fn write(value: &Closure, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Closure { reason, closed_by } = value;
        Ok(Self { reason: output.field("reason", reason)?, closed_by: output.field("closed_by", closed_by)? })
    }
}

impl ReadForm<Closure> for IncidentClosedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Closure, DecodeError> {
        let Self { reason, closed_by } = self;
        Ok(Closure {
            reason: input.field("reason", reason)?,
            closed_by: input.field("closed_by", closed_by)?,
        })
    }
}

stored_form! {
    /// It was reopened.
    "IncidentReopened.v1" => struct IncidentReopenedV1 {
        reason: String,
    }
}

impl WriteForm<&Prose> for IncidentReopenedV1 {
    fn write(reason: &Prose, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(Self { reason: output.field("reason", reason)? })
    }
}

impl ReadForm<Prose> for IncidentReopenedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Prose, DecodeError> {
        let Self { reason } = self;
        input.field("reason", reason)
    }
}

stored_form! {
    /// The source system's own duty of candour flag changed.
    "SourceCandourFlagSet.v1" => struct SourceCandourFlagSetV1 {
        flag: bool,
    }
}

impl WriteForm<&bool> for SourceCandourFlagSetV1 {
    fn write(flag: &bool, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(Self { flag: output.field("flag", flag)? })
    }
}

impl ReadForm<bool> for SourceCandourFlagSetV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<bool, DecodeError> {
        let Self { flag } = self;
        input.field("flag", flag)
    }
}

stored_form! {
    /// It should not have been recorded at all.
    "IncidentRecordedInError.v1" => struct IncidentRecordedInErrorV1 {
        reason: String,
    }
}

impl WriteForm<&Prose> for IncidentRecordedInErrorV1 {
    fn write(reason: &Prose, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(Self { reason: output.field("reason", reason)? })
    }
}

impl ReadForm<Prose> for IncidentRecordedInErrorV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Prose, DecodeError> {
        let Self { reason } = self;
        input.field("reason", reason)
    }
}
