//! The stored form of a contact of the first notification.

use candour_domain::{
    candour_case::{FirstNotification, FurtherEnquiries, Representative},
    text::Prose,
};
use serde::{Deserialize, Serialize};

use crate::{
    catalogue::Field,
    error::{DecodeError, EncodeError},
    field_path::FieldPath,
    form::{Nothing, ReadForm, Reader, SealedField, Shape, WriteForm, Writer, list_field},
    sealing::FieldSubject,
};

stored_form! {
    /// A contact of the first notification took place.
    "InPersonNotified.v1" => struct InPersonNotifiedV1 {
        representatives: Vec<RepresentativeV1>,
        facts_account: bool,
        apology: bool,
        support_offered: bool,
    }
    optional {
        relevant_person: String,
        mode: String,
        further_enquiries: FurtherEnquiriesV1,
        written_record: String,
    }
}

impl WriteForm<&FirstNotification> for InPersonNotifiedV1 {
    fn write(value: &FirstNotification, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let FirstNotification {
            representatives,
            facts_account,
            apology,
            support_offered,
            relevant_person,
            mode,
            further_enquiries,
            written_record,
        } = value;
        Ok(Self {
            representatives: output.field("representatives", representatives)?,
            facts_account: output.field("facts_account", facts_account)?,
            apology: output.field("apology", apology)?,
            support_offered: output.field("support_offered", support_offered)?,
            relevant_person: output.field("relevant_person", relevant_person)?,
            mode: output.field("mode", mode)?,
            further_enquiries: output.field("further_enquiries", further_enquiries)?,
            written_record: output.field("written_record", written_record)?,
        })
    }
}

impl ReadForm<FirstNotification> for InPersonNotifiedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<FirstNotification, DecodeError> {
        let Self {
            representatives,
            facts_account,
            apology,
            support_offered,
            relevant_person,
            mode,
            further_enquiries,
            written_record,
        } = self;
        Ok(FirstNotification {
            representatives: input.field("representatives", representatives)?,
            facts_account: input.field("facts_account", facts_account)?,
            apology: input.field("apology", apology)?,
            support_offered: input.field("support_offered", support_offered)?,
            relevant_person: input.field("relevant_person", relevant_person)?,
            mode: input.field("mode", mode)?,
            further_enquiries: input.field("further_enquiries", further_enquiries)?,
            written_record: input.field("written_record", written_record)?,
        })
    }
}

stored_form! {
    /// Somebody who gave a notification.
    struct RepresentativeV1 {
        role: String,
        name: SealedField,
    }
}

impl WriteForm<&Representative> for RepresentativeV1 {
    fn write(value: &Representative, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Representative { role, name } = value;
        Ok(Self {
            role: output.field("role", role)?,
            name: output.sealed("name", FieldSubject::AffectedPersonOfStream, name)?,
        })
    }
}

impl ReadForm<Representative> for RepresentativeV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Representative, DecodeError> {
        let Self { role, name } = self;
        Ok(Representative { role: input.field("role", role)?, name: input.field("name", name)? })
    }
}

/// What was said of further enquiries: `{"advised": {}}` or `{"none": {"because": "…"}}`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FurtherEnquiriesV1 {
    Advised(Nothing),
    None(NoneAppropriateV1),
}

impl Shape for FurtherEnquiriesV1 {
    fn list(at: &mut FieldPath, fields: &mut Vec<Field>) {
        list_field::<Nothing>("advised", at, fields);
        list_field::<NoneAppropriateV1>("none", at, fields);
    }

    fn withhold(&mut self) {
        match self {
            Self::Advised(form) => form.withhold(),
            Self::None(form) => form.withhold(),
        }
    }
}

impl WriteForm<&FurtherEnquiries> for FurtherEnquiriesV1 {
    fn write(value: &FurtherEnquiries, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(match value {
            FurtherEnquiries::Advised => Self::Advised(Nothing {}),
            FurtherEnquiries::None { because } => Self::None(output.field("none", because)?),
        })
    }
}

impl ReadForm<FurtherEnquiries> for FurtherEnquiriesV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<FurtherEnquiries, DecodeError> {
        Ok(match self {
            Self::Advised(Nothing {}) => FurtherEnquiries::Advised,
            Self::None(form) => FurtherEnquiries::None { because: input.field("none", form)? },
        })
    }
}

stored_form! {
    /// No further enquiries are appropriate.
    struct NoneAppropriateV1 {
        because: String,
    }
}

impl WriteForm<&Prose> for NoneAppropriateV1 {
    fn write(because: &Prose, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(Self { because: output.field("because", because)? })
    }
}

impl ReadForm<Prose> for NoneAppropriateV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Prose, DecodeError> {
        let Self { because } = self;
        input.field("because", because)
    }
}
