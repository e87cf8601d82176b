//! The stored form of letters, and of what they cover.

use candour_domain::{
    candour_case::{CoversEnquiries, EnquiryResults, LetterCovers, WrittenNotification},
    text::Prose,
};
use serde::{Deserialize, Serialize};

use crate::{
    catalogue::Field,
    error::{DecodeError, EncodeError},
    field_path::FieldPath,
    form::{Nothing, ReadForm, Reader, Shape, WriteForm, Writer, list_field},
};

stored_form! {
    /// A letter was given or sent.
    "WrittenNotificationSent.v1" => struct WrittenNotificationSentV1 {
        letter: String,
        covers: LetterCoversV1,
    }
    optional {
        relevant_person: String,
    }
}

impl WriteForm<&WrittenNotification> for WrittenNotificationSentV1 {
    fn write(value: &WrittenNotification, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let WrittenNotification { letter, covers, relevant_person } = value;
        Ok(Self {
            letter: output.field("letter", letter)?,
            covers: output.field("covers", covers)?,
            relevant_person: output.field("relevant_person", relevant_person)?,
        })
    }
}

impl ReadForm<WrittenNotification> for WrittenNotificationSentV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<WrittenNotification, DecodeError> {
        let Self { letter, covers, relevant_person } = self;
        Ok(WrittenNotification {
            letter: input.field("letter", letter)?,
            covers: input.field("covers", covers)?,
            relevant_person: input.field("relevant_person", relevant_person)?,
        })
    }
}

stored_form! {
    /// The results of enquiries were shared.
    "EnquiryResultsShared.v1" => struct EnquiryResultsSharedV1 {
        letter: String,
        apology: bool,
    }
    optional {
        relevant_person: String,
    }
}

impl WriteForm<&EnquiryResults> for EnquiryResultsSharedV1 {
    fn write(value: &EnquiryResults, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let EnquiryResults { letter, apology, relevant_person } = value;
        Ok(Self {
            letter: output.field("letter", letter)?,
            apology: output.field("apology", apology)?,
            relevant_person: output.field("relevant_person", relevant_person)?,
        })
    }
}

impl ReadForm<EnquiryResults> for EnquiryResultsSharedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<EnquiryResults, DecodeError> {
        let Self { letter, apology, relevant_person } = self;
        Ok(EnquiryResults {
            letter: input.field("letter", letter)?,
            apology: input.field("apology", apology)?,
            relevant_person: input.field("relevant_person", relevant_person)?,
        })
    }
}

stored_form! {
    /// No further enquiries are to be made.
    "NoFurtherEnquiries.v1" => struct NoFurtherEnquiriesV1 {
        because: String,
    }
}

impl WriteForm<&Prose> for NoFurtherEnquiriesV1 {
    fn write(because: &Prose, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(Self { because: output.field("because", because)? })
    }
}

impl ReadForm<Prose> for NoFurtherEnquiriesV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Prose, DecodeError> {
        let Self { because } = self;
        input.field("because", because)
    }
}

stored_form! {
    /// What a letter covers.
    struct LetterCoversV1 {
        facts: bool,
        results: bool,
        apology: bool,
    }
    optional {
        enquiries: CoversEnquiriesV1,
    }
}

impl WriteForm<&LetterCovers> for LetterCoversV1 {
    fn write(value: &LetterCovers, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let LetterCovers { facts, results, apology, enquiries } = value;
        Ok(Self {
            facts: output.field("facts", facts)?,
            results: output.field("results", results)?,
            apology: output.field("apology", apology)?,
            enquiries: output.field("enquiries", enquiries)?,
        })
    }
}

impl ReadForm<LetterCovers> for LetterCoversV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<LetterCovers, DecodeError> {
        let Self { facts, results, apology, enquiries } = self;
        Ok(LetterCovers {
            facts: input.field("facts", facts)?,
            results: input.field("results", results)?,
            apology: input.field("apology", apology)?,
            enquiries: input.field("enquiries", enquiries)?,
        })
    }
}

/// What a letter says of enquiries: `{"details": {}}` or `{"none": {"because": "…"}}`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CoversEnquiriesV1 {
    Details(Nothing),
    None(NoneToBeUndertakenV1),
}

impl Shape for CoversEnquiriesV1 {
    fn list(at: &mut FieldPath, fields: &mut Vec<Field>) {
        list_field::<Nothing>("details", at, fields);
        list_field::<NoneToBeUndertakenV1>("none", at, fields);
    }

    fn withhold(&mut self) {
        match self {
            Self::Details(form) => form.withhold(),
            Self::None(form) => form.withhold(),
        }
    }
}

impl WriteForm<&CoversEnquiries> for CoversEnquiriesV1 {
    fn write(value: &CoversEnquiries, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(match value {
            CoversEnquiries::Details => Self::Details(Nothing {}),
            CoversEnquiries::None { because } => Self::None(output.field("none", because)?),
        })
    }
}

impl ReadForm<CoversEnquiries> for CoversEnquiriesV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<CoversEnquiries, DecodeError> {
        Ok(match self {
            Self::Details(Nothing {}) => CoversEnquiries::Details,
            Self::None(form) => CoversEnquiries::None { because: input.field("none", form)? },
        })
    }
}

stored_form! {
    /// No enquiries are to be undertaken.
    struct NoneToBeUndertakenV1 {
        because: String,
    }
}

impl WriteForm<&Prose> for NoneToBeUndertakenV1 {
    fn write(because: &Prose, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(Self { because: output.field("because", because)? })
    }
}

impl ReadForm<Prose> for NoneToBeUndertakenV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Prose, DecodeError> {
        let Self { because } = self;
        input.field("because", because)
    }
}
