//! The stored form of a correction, the same in every category.

use candour_domain::correction::{Correction, CorrectionChange};
use serde::{Deserialize, Serialize};

use crate::{
    catalogue::Field,
    error::{DecodeError, EncodeError},
    field_path::FieldPath,
    form::{Nothing, ReadForm, Reader, Shape, WriteForm, Writer, list_field},
};

stored_form! {
    /// An earlier entry of the same stream was put right.
    "EntryCorrected.v1" => struct EntryCorrectedV1 {
        corrects: String,
        reason: String,
        change: CorrectionChangeV1,
    }
}

/// What a correction changes: `{"struck": {}}`, `{"occurred_at": "…"}` or `{"stated_date": "…"}`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CorrectionChangeV1 {
    Struck(Nothing),
    OccurredAt(String),
    StatedDate(String),
}

impl Shape for CorrectionChangeV1 {
    fn list(at: &mut FieldPath, fields: &mut Vec<Field>) {
        list_field::<Nothing>("struck", at, fields);
        list_field::<String>("occurred_at", at, fields);
        list_field::<String>("stated_date", at, fields);
    }

    fn withhold(&mut self) {
        match self {
            Self::Struck(form) => form.withhold(),
            Self::OccurredAt(form) | Self::StatedDate(form) => form.withhold(),
        }
    }
}

impl WriteForm<&Correction> for EntryCorrectedV1 {
    fn write(value: &Correction, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Correction { corrects, reason, change } = value;
        Ok(Self {
            corrects: output.field("corrects", corrects)?,
            reason: output.field("reason", reason)?,
            change: output.field("change", change)?,
        })
    }
}

impl ReadForm<Correction> for EntryCorrectedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Correction, DecodeError> {
        let Self { corrects, reason, change } = self;
        Ok(Correction {
            corrects: input.field("corrects", corrects)?,
            reason: input.field("reason", reason)?,
            change: input.field("change", change)?,
        })
    }
}

impl WriteForm<&CorrectionChange> for CorrectionChangeV1 {
    fn write(value: &CorrectionChange, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(match value {
            CorrectionChange::Struck => Self::Struck(Nothing {}),
            CorrectionChange::OccurredAt(at) => Self::OccurredAt(output.field("occurred_at", at)?),
            CorrectionChange::StatedDate(date) => Self::StatedDate(output.field("stated_date", date)?),
        })
    }
}

impl ReadForm<CorrectionChange> for CorrectionChangeV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<CorrectionChange, DecodeError> {
        Ok(match self {
            Self::Struck(Nothing {}) => CorrectionChange::Struck,
            Self::OccurredAt(at) => CorrectionChange::OccurredAt(input.field("occurred_at", at)?),
            Self::StatedDate(date) => CorrectionChange::StatedDate(input.field("stated_date", date)?),
        })
    }
}
