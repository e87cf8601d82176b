//! The stored form of what was sent to the reporter.

use candour_domain::feedback::{Acknowledgement, Outcome, Progress};

use crate::{
    error::{DecodeError, EncodeError},
    form::{ReadForm, Reader, SealedField, WriteForm, Writer},
    sealing::FieldSubject,
};

stored_form! {
    /// The report was acknowledged.
    "ReporterAcknowledged.v1" => struct ReporterAcknowledgedV1 {
    }
    optional {
        method: String,
    }
}

impl WriteForm<&Acknowledgement> for ReporterAcknowledgedV1 {
    fn write(value: &Acknowledgement, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Acknowledgement { method } = value;
        Ok(Self { method: output.field("method", method)? })
    }
}

impl ReadForm<Acknowledgement> for ReporterAcknowledgedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Acknowledgement, DecodeError> {
        let Self { method } = self;
        Ok(Acknowledgement { method: input.field("method", method)? })
    }
}

stored_form! {
    /// Word of progress was sent.
    "ReporterProgressSent.v1" => struct ReporterProgressSentV1 {
    }
    optional {
        method: String,
        message: SealedField,
    }
}

impl WriteForm<&Progress> for ReporterProgressSentV1 {
    fn write(value: &Progress, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Progress { method, message } = value;
        Ok(Self {
            method: output.field("method", method)?,
            message: output.sealed_option("message", FieldSubject::Reporter, message.as_ref())?,
        })
    }
}

impl ReadForm<Progress> for ReporterProgressSentV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Progress, DecodeError> {
        let Self { method, message } = self;
        Ok(Progress { method: input.field("method", method)?, message: input.field("message", message)? })
    }
}

stored_form! {
    /// The outcome was told.
    "ReporterOutcomeSent.v1" => struct ReporterOutcomeSentV1 {
        what_was_found: SealedField,
    }
    optional {
        method: String,
        what_changed: SealedField,
        why_nothing_changed: SealedField,
    }
}

impl WriteForm<&Outcome> for ReporterOutcomeSentV1 {
    fn write(value: &Outcome, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Outcome { what_was_found, method, what_changed, why_nothing_changed } = value;
        Ok(Self {
            what_was_found: output.sealed("what_was_found", FieldSubject::Reporter, what_was_found)?,
            method: output.field("method", method)?,
            what_changed: output.sealed_option(
                "what_changed",
                FieldSubject::Reporter,
                what_changed.as_ref(),
            )?,
            why_nothing_changed: output.sealed_option(
                "why_nothing_changed",
                FieldSubject::Reporter,
                why_nothing_changed.as_ref(),
            )?,
        })
    }
}

impl ReadForm<Outcome> for ReporterOutcomeSentV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Outcome, DecodeError> {
        let Self { what_was_found, method, what_changed, why_nothing_changed } = self;
        Ok(Outcome {
            what_was_found: input.field("what_was_found", what_was_found)?,
            method: input.field("method", method)?,
            what_changed: input.field("what_changed", what_changed)?,
            why_nothing_changed: input.field("why_nothing_changed", why_nothing_changed)?,
        })
    }
}
