//! The stored form of ways back to the reporter, and of there being none.

use candour_domain::{
    Personal,
    feedback::ReturnChannel,
    text::{Narrative, Prose},
};

use crate::{
    error::{DecodeError, EncodeError},
    field::DigestText,
    form::{ReadForm, Reader, SealedField, WriteForm, Writer},
    sealing::FieldSubject,
};

stored_form! {
    /// A way back to the reporter was opened.
    "ReturnChannelOpened.v1" => struct ReturnChannelOpenedV1 {
        kind: String,
    }
    optional {
        receipt_code_hash: String,
        intermediary_role: String,
    }
}

impl WriteForm<&ReturnChannel> for ReturnChannelOpenedV1 {
    fn write(value: &ReturnChannel, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let ReturnChannel { kind, receipt_code_hash, intermediary_role } = value;
        Ok(Self {
            kind: output.field("kind", kind)?,
            receipt_code_hash: output
                .field("receipt_code_hash", &receipt_code_hash.clone().map(DigestText))?,
            intermediary_role: output.field("intermediary_role", intermediary_role)?,
        })
    }
}

impl ReadForm<ReturnChannel> for ReturnChannelOpenedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<ReturnChannel, DecodeError> {
        let Self { kind, receipt_code_hash, intermediary_role } = self;
        Ok(ReturnChannel {
            kind: input.field("kind", kind)?,
            receipt_code_hash: input
                .field("receipt_code_hash", receipt_code_hash)?
                .map(|DigestText(hash)| hash),
            intermediary_role: input.field("intermediary_role", intermediary_role)?,
        })
    }
}

stored_form! {
    /// The reporter said they do not want to be told.
    "FeedbackOptedOut.v1" => struct FeedbackOptedOutV1 {
    }
    optional {
        reason: SealedField,
    }
}

impl WriteForm<&Option<Personal<Narrative>>> for FeedbackOptedOutV1 {
    fn write(reason: &Option<Personal<Narrative>>, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(Self { reason: output.sealed_option("reason", FieldSubject::Reporter, reason.as_ref())? })
    }
}

impl ReadForm<Option<Personal<Narrative>>> for FeedbackOptedOutV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Option<Personal<Narrative>>, DecodeError> {
        let Self { reason } = self;
        input.field("reason", reason)
    }
}

stored_form! {
    /// The reporter could not be reached.
    "ReporterUnreachable.v1" => struct ReporterUnreachableV1 {
        reason: String,
    }
}

impl WriteForm<&Prose> for ReporterUnreachableV1 {
    fn write(reason: &Prose, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(Self { reason: output.field("reason", reason)? })
    }
}

impl ReadForm<Prose> for ReporterUnreachableV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Prose, DecodeError> {
        let Self { reason } = self;
        input.field("reason", reason)
    }
}
