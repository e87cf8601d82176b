//! The stored form of an action's course: targets, progress, and the ways it may end.

use candour_domain::{
    action::{RiskAcceptance, TargetMove},
    identifier::ActionId,
    text::Prose,
};

use crate::{
    error::{DecodeError, EncodeError},
    form::{ReadForm, Reader, WriteForm, Writer},
};

stored_form! {
    /// The target was moved.
    "TargetMoved.v1" => struct TargetMovedV1 {
        to: String,
        reason: String,
        approved_by_role: String,
    }
    optional {
        from: String,
        approved_by: String,
    }
}

impl WriteForm<&TargetMove> for TargetMovedV1 {
    fn write(value: &TargetMove, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let TargetMove { to, reason, approved_by_role, from, approved_by } = value;
        Ok(Self {
            to: output.field("to", to)?,
            reason: output.field("reason", reason)?,
            approved_by_role: output.field("approved_by_role", approved_by_role)?,
            from: output.field("from", from)?,
            approved_by: output.field("approved_by", approved_by)?,
        })
    }
}

impl ReadForm<TargetMove> for TargetMovedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<TargetMove, DecodeError> {
        let Self { to, reason, approved_by_role, from, approved_by } = self;
        Ok(TargetMove {
            to: input.field("to", to)?,
            reason: input.field("reason", reason)?,
            approved_by_role: input.field("approved_by_role", approved_by_role)?,
            from: input.field("from", from)?,
            approved_by: input.field("approved_by", approved_by)?,
        })
    }
}

stored_form! {
    /// Progress was noted.
    "ProgressNoted.v1" => struct ProgressNotedV1 {
        note: String,
    }
}

impl WriteForm<&Prose> for ProgressNotedV1 {
    fn write(note: &Prose, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(Self { note: output.field("note", note)? })
    }
}

impl ReadForm<Prose> for ProgressNotedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Prose, DecodeError> {
        let Self { note } = self;
        input.field("note", note)
    }
}

stored_form! {
    /// Another action took its place.
    "ActionSuperseded.v1" => struct ActionSupersededV1 {
        by: String,
    }
    optional {
        reason: String,
    }
}

impl<'v> WriteForm<(&'v ActionId, &'v Option<Prose>)> for ActionSupersededV1 {
    fn write(value: (&'v ActionId, &'v Option<Prose>), output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let (by, reason) = value;
        Ok(Self { by: output.field("by", by)?, reason: output.field("reason", reason)? })
    }
}

impl ReadForm<(ActionId, Option<Prose>)> for ActionSupersededV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<(ActionId, Option<Prose>), DecodeError> {
        let Self { by, reason } = self;
        Ok((input.field("by", by)?, input.field("reason", reason)?))
    }
}

stored_form! {
    /// It was withdrawn.
    "ActionWithdrawn.v1" => struct ActionWithdrawnV1 {
        reason: String,
    }
}

impl WriteForm<&Prose> for ActionWithdrawnV1 {
    fn write(reason: &Prose, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(Self { reason: output.field("reason", reason)? })
    }
}

impl ReadForm<Prose> for ActionWithdrawnV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Prose, DecodeError> {
        let Self { reason } = self;
        input.field("reason", reason)
    }
}

stored_form! {
    /// The risk was accepted instead.
    "RiskAccepted.v1" => struct RiskAcceptedV1 {
        accepted_by_role: String,
        reason: String,
        review_on: String,
    }
}

impl WriteForm<&RiskAcceptance> for RiskAcceptedV1 {
    fn write(value: &RiskAcceptance, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let RiskAcceptance { accepted_by_role, reason, review_on } = value;
        Ok(Self {
            accepted_by_role: output.field("accepted_by_role", accepted_by_role)?,
            reason: output.field("reason", reason)?,
            review_on: output.field("review_on", review_on)?,
        })
    }
}

impl ReadForm<RiskAcceptance> for RiskAcceptedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<RiskAcceptance, DecodeError> {
        let Self { accepted_by_role, reason, review_on } = self;
        Ok(RiskAcceptance {
            accepted_by_role: input.field("accepted_by_role", accepted_by_role)?,
            reason: input.field("reason", reason)?,
            review_on: input.field("review_on", review_on)?,
        })
    }
}

stored_form! {
    /// The file was closed.
    "ActionClosed.v1" => struct ActionClosedV1 {
    }
    optional {
        reason: String,
    }
}

impl WriteForm<&Option<Prose>> for ActionClosedV1 {
    fn write(reason: &Option<Prose>, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(Self { reason: output.field("reason", reason)? })
    }
}

impl ReadForm<Option<Prose>> for ActionClosedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Option<Prose>, DecodeError> {
        let Self { reason } = self;
        input.field("reason", reason)
    }
}
