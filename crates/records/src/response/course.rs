//! The stored form of the beginning and end of a response.

use candour_domain::response::{ResponseStart, SignOff};

use crate::{
    error::{DecodeError, EncodeError},
    form::{ReadForm, Reader, WriteForm, Writer},
};

stored_form! {
    /// It began.
    "ResponseStarted.v1" => struct ResponseStartedV1 {
        id: String,
        reference: String,
        kind: String,
        incidents: Vec<String>,
        started_on: String,
    }
    optional {
        agreed_due_on: String,
    }
}

impl WriteForm<&ResponseStart> for ResponseStartedV1 {
    fn write(value: &ResponseStart, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let ResponseStart { id, reference, kind, incidents, started_on, agreed_due_on } = value;
        Ok(Self {
            id: output.field("id", id)?,
            reference: output.field("reference", reference)?,
            kind: output.field("kind", kind)?,
            incidents: output.field("incidents", incidents)?,
            started_on: output.field("started_on", started_on)?,
            agreed_due_on: output.field("agreed_due_on", agreed_due_on)?,
        })
    }
}

impl ReadForm<ResponseStart> for ResponseStartedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<ResponseStart, DecodeError> {
        let Self { id, reference, kind, incidents, started_on, agreed_due_on } = self;
        Ok(ResponseStart {
            id: input.field("id", id)?,
            reference: input.field("reference", reference)?,
            kind: input.field("kind", kind)?,
            incidents: input.field("incidents", incidents)?,
            started_on: input.field("started_on", started_on)?,
            agreed_due_on: input.field("agreed_due_on", agreed_due_on)?,
        })
    }
}

stored_form! {
    /// Its report was signed off.
    "ReportSignedOff.v1" => struct ReportSignedOffV1 {
        signed_off_by_role: String,
    }
    optional {
        report: String,
    }
}

impl WriteForm<&SignOff> for ReportSignedOffV1 {
    fn write(value: &SignOff, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let SignOff { signed_off_by_role, report } = value;
        Ok(Self {
            signed_off_by_role: output.field("signed_off_by_role", signed_off_by_role)?,
            report: output.field("report", report)?,
        })
    }
}

impl ReadForm<SignOff> for ReportSignedOffV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<SignOff, DecodeError> {
        let Self { signed_off_by_role, report } = self;
        Ok(SignOff {
            signed_off_by_role: input.field("signed_off_by_role", signed_off_by_role)?,
            report: input.field("report", report)?,
        })
    }
}
