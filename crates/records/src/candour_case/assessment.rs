//! The stored form of the decision whether the duty applies.

use candour_domain::candour_case::{NotNotifiable, NotifiableAssessment, Opinion};

use crate::{
    error::{DecodeError, EncodeError},
    form::{ReadForm, Reader, SealedField, WriteForm, Writer},
    sealing::FieldSubject,
};

stored_form! {
    /// The duty applies.
    "NotifiableAssessed.v1" => struct NotifiableAssessedV1 {
        unintended_or_unexpected: bool,
        regulated_activity: bool,
        outcome: String,
        likelihood: String,
        significant_not_permanent: bool,
        likely_28_days: bool,
        directly_related: bool,
        opinion: OpinionV1,
        aware_on: String,
        body_type: String,
        regime: String,
    }
    optional {
        moderate_increase_in_treatment: String,
        continuous_days: u32,
    }
}

impl WriteForm<&NotifiableAssessment> for NotifiableAssessedV1 {
    fn write(value: &NotifiableAssessment, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let NotifiableAssessment {
            unintended_or_unexpected,
            regulated_activity,
            outcome,
            likelihood,
            significant_not_permanent,
            likely_28_days,
            directly_related,
            opinion,
            aware_on,
            body_type,
            regime,
            moderate_increase_in_treatment,
            continuous_days,
        } = value;
        Ok(Self {
            unintended_or_unexpected: output.field("unintended_or_unexpected", unintended_or_unexpected)?,
            regulated_activity: output.field("regulated_activity", regulated_activity)?,
            outcome: output.field("outcome", outcome)?,
            likelihood: output.field("likelihood", likelihood)?,
            significant_not_permanent: output
                .field("significant_not_permanent", significant_not_permanent)?,
            likely_28_days: output.field("likely_28_days", likely_28_days)?,
            directly_related: output.field("directly_related", directly_related)?,
            opinion: output.field("opinion", opinion)?,
            aware_on: output.field("aware_on", aware_on)?,
            body_type: output.field("body_type", body_type)?,
            regime: output.field("regime", regime)?,
            moderate_increase_in_treatment: output
                .field("moderate_increase_in_treatment", moderate_increase_in_treatment)?,
            continuous_days: output.field("continuous_days", continuous_days)?,
        })
    }
}

impl ReadForm<NotifiableAssessment> for NotifiableAssessedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<NotifiableAssessment, DecodeError> {
        let Self {
            unintended_or_unexpected,
            regulated_activity,
            outcome,
            likelihood,
            significant_not_permanent,
            likely_28_days,
            directly_related,
            opinion,
            aware_on,
            body_type,
            regime,
            moderate_increase_in_treatment,
            continuous_days,
        } = self;
        Ok(NotifiableAssessment {
            unintended_or_unexpected: input.field("unintended_or_unexpected", unintended_or_unexpected)?,
            regulated_activity: input.field("regulated_activity", regulated_activity)?,
            outcome: input.field("outcome", outcome)?,
            likelihood: input.field("likelihood", likelihood)?,
            significant_not_permanent: input.field("significant_not_permanent", significant_not_permanent)?,
            likely_28_days: input.field("likely_28_days", likely_28_days)?,
            directly_related: input.field("directly_related", directly_related)?,
            opinion: input.field("opinion", opinion)?,
            aware_on: input.field("aware_on", aware_on)?,
            body_type: input.field("body_type", body_type)?,
            regime: input.field("regime", regime)?,
            moderate_increase_in_treatment: input
                .field("moderate_increase_in_treatment", moderate_increase_in_treatment)?,
            continuous_days: input.field("continuous_days", continuous_days)?,
        })
    }
}

stored_form! {
    /// The duty does not apply.
    "CandourNotRequired.v1" => struct CandourNotRequiredV1 {
        reason: String,
    }
    optional {
        opinion: OpinionV1,
    }
}

impl WriteForm<&NotNotifiable> for CandourNotRequiredV1 {
    fn write(value: &NotNotifiable, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let NotNotifiable { reason, opinion } = value;
        Ok(Self { reason: output.field("reason", reason)?, opinion: output.field("opinion", opinion)? })
    }
}

impl ReadForm<NotNotifiable> for CandourNotRequiredV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<NotNotifiable, DecodeError> {
        let Self { reason, opinion } = self;
        Ok(NotNotifiable {
            reason: input.field("reason", reason)?,
            opinion: input.field("opinion", opinion)?,
        })
    }
}

stored_form! {
    /// The opinion of a health care professional.
    struct OpinionV1 {
        given_by_role: String,
        profession: String,
        given_on: String,
        basis: SealedField,
    }
    optional {
        given_by: String,
        involved_in_incident: bool,
    }
}

impl WriteForm<&Opinion> for OpinionV1 {
    fn write(value: &Opinion, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Opinion { given_by_role, profession, given_on, basis, given_by, involved_in_incident } = value;
        Ok(Self {
            given_by_role: output.field("given_by_role", given_by_role)?,
            profession: output.field("profession", profession)?,
            given_on: output.field("given_on", given_on)?,
            basis: output.sealed("basis", FieldSubject::AffectedPersonOfStream, basis)?,
            given_by: output.field("given_by", given_by)?,
            involved_in_incident: output.field("involved_in_incident", involved_in_incident)?,
        })
    }
}

impl ReadForm<Opinion> for OpinionV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Opinion, DecodeError> {
        let Self { given_by_role, profession, given_on, basis, given_by, involved_in_incident } = self;
        Ok(Opinion {
            given_by_role: input.field("given_by_role", given_by_role)?,
            profession: input.field("profession", profession)?,
            given_on: input.field("given_on", given_on)?,
            basis: input.field("basis", basis)?,
            given_by: input.field("given_by", given_by)?,
            involved_in_incident: input.field("involved_in_incident", involved_in_incident)?,
        })
    }
}
