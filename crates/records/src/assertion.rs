//! The stored form of what a source system merely asserts.

use candour_domain::{action, candour_case, feedback::OutcomeAssertion};

use crate::{
    error::{DecodeError, EncodeError},
    form::{ReadForm, Reader, SealedField, WriteForm, Writer},
    sealing::FieldSubject,
};

stored_form! {
    /// A source system asserts a stage of a duty of candour case.
    "CandourStageAsserted.v1" => struct CandourStageAssertedV1 {
        stage: String,
        source: String,
    }
}

impl WriteForm<&candour_case::StageAssertion> for CandourStageAssertedV1 {
    fn write(value: &candour_case::StageAssertion, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let candour_case::StageAssertion { stage, source } = value;
        Ok(Self { stage: output.field("stage", stage)?, source: output.field("source", source)? })
    }
}

impl ReadForm<candour_case::StageAssertion> for CandourStageAssertedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<candour_case::StageAssertion, DecodeError> {
        let Self { stage, source } = self;
        Ok(candour_case::StageAssertion {
            stage: input.field("stage", stage)?,
            source: input.field("source", source)?,
        })
    }
}

stored_form! {
    /// A source system asserts that the reporter was told the outcome.
    "ReporterOutcomeAsserted.v1" => struct ReporterOutcomeAssertedV1 {
        source: String,
    }
    optional {
        message: SealedField,
    }
}

impl WriteForm<&OutcomeAssertion> for ReporterOutcomeAssertedV1 {
    fn write(value: &OutcomeAssertion, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let OutcomeAssertion { source, message } = value;
        Ok(Self {
            source: output.field("source", source)?,
            message: output.sealed_option("message", FieldSubject::Reporter, message.as_ref())?,
        })
    }
}

impl ReadForm<OutcomeAssertion> for ReporterOutcomeAssertedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<OutcomeAssertion, DecodeError> {
        let Self { source, message } = self;
        Ok(OutcomeAssertion {
            source: input.field("source", source)?,
            message: input.field("message", message)?,
        })
    }
}

stored_form! {
    /// A source system asserts a stage of a learning action.
    "ActionStageAsserted.v1" => struct ActionStageAssertedV1 {
        stage: String,
        source: String,
    }
}

impl WriteForm<&action::StageAssertion> for ActionStageAssertedV1 {
    fn write(value: &action::StageAssertion, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let action::StageAssertion { stage, source } = value;
        Ok(Self { stage: output.field("stage", stage)?, source: output.field("source", source)? })
    }
}

impl ReadForm<action::StageAssertion> for ActionStageAssertedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<action::StageAssertion, DecodeError> {
        let Self { stage, source } = self;
        Ok(action::StageAssertion {
            stage: input.field("stage", stage)?,
            source: input.field("source", source)?,
        })
    }
}
