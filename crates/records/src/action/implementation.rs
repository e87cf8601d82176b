//! The stored form of implementation, its verification and the review of its effect.

use candour_domain::{
    action::{EffectivenessReview, Implementation, Verification},
    text::Prose,
};

use crate::{
    error::{DecodeError, EncodeError},
    form::{ReadForm, Reader, WriteForm, Writer},
};

stored_form! {
    /// Implementation was reported.
    "ImplementationReported.v1" => struct ImplementationReportedV1 {
        implemented_on: String,
        evidence: Vec<String>,
    }
    optional {
        note: String,
    }
}

impl WriteForm<&Implementation> for ImplementationReportedV1 {
    fn write(value: &Implementation, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Implementation { implemented_on, evidence, note } = value;
        Ok(Self {
            implemented_on: output.field("implemented_on", implemented_on)?,
            evidence: output.field("evidence", evidence)?,
            note: output.field("note", note)?,
        })
    }
}

impl ReadForm<Implementation> for ImplementationReportedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Implementation, DecodeError> {
        let Self { implemented_on, evidence, note } = self;
        Ok(Implementation {
            implemented_on: input.field("implemented_on", implemented_on)?,
            evidence: input.field("evidence", evidence)?,
            note: input.field("note", note)?,
        })
    }
}

stored_form! {
    /// Implementation was verified.
    "ImplementationVerified.v1" => struct ImplementationVerifiedV1 {
        implemented_on: String,
    }
    optional {
        note: String,
    }
}

impl WriteForm<&Verification> for ImplementationVerifiedV1 {
    fn write(value: &Verification, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Verification { implemented_on, note } = value;
        Ok(Self {
            implemented_on: output.field("implemented_on", implemented_on)?,
            note: output.field("note", note)?,
        })
    }
}

impl ReadForm<Verification> for ImplementationVerifiedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Verification, DecodeError> {
        let Self { implemented_on, note } = self;
        Ok(Verification {
            implemented_on: input.field("implemented_on", implemented_on)?,
            note: input.field("note", note)?,
        })
    }
}

stored_form! {
    /// Verification was refused.
    "VerificationRefused.v1" => struct VerificationRefusedV1 {
        reason: String,
    }
}

impl WriteForm<&Prose> for VerificationRefusedV1 {
    fn write(reason: &Prose, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(Self { reason: output.field("reason", reason)? })
    }
}

impl ReadForm<Prose> for VerificationRefusedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Prose, DecodeError> {
        let Self { reason } = self;
        input.field("reason", reason)
    }
}

stored_form! {
    /// Effectiveness was reviewed.
    "EffectivenessReviewed.v1" => struct EffectivenessReviewedV1 {
        result: String,
        evidence: Vec<String>,
    }
    optional {
        note: String,
        next_review_on: String,
    }
}

impl WriteForm<&EffectivenessReview> for EffectivenessReviewedV1 {
    fn write(value: &EffectivenessReview, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let EffectivenessReview { result, evidence, note, next_review_on } = value;
        Ok(Self {
            result: output.field("result", result)?,
            evidence: output.field("evidence", evidence)?,
            note: output.field("note", note)?,
            next_review_on: output.field("next_review_on", next_review_on)?,
        })
    }
}

impl ReadForm<EffectivenessReview> for EffectivenessReviewedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<EffectivenessReview, DecodeError> {
        let Self { result, evidence, note, next_review_on } = self;
        Ok(EffectivenessReview {
            result: input.field("result", result)?,
            evidence: input.field("evidence", evidence)?,
            note: input.field("note", note)?,
            next_review_on: input.field("next_review_on", next_review_on)?,
        })
    }
}
