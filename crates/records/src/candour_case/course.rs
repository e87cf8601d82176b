//! The stored form of a case being opened, left and taken up again.

use candour_domain::{
    candour_case::Exemption,
    identifier::{AffectedPersonId, CaseId, IncidentId},
    text::Prose,
};

use crate::{
    error::{DecodeError, EncodeError},
    form::{ReadForm, Reader, WriteForm, Writer},
};

stored_form! {
    /// The first thing was recorded about the case.
    "CandourCaseOpened.v1" => struct CandourCaseOpenedV1 {
        case: String,
        incident: String,
        person: String,
    }
}

impl<'v> WriteForm<(&'v CaseId, &'v IncidentId, &'v AffectedPersonId)> for CandourCaseOpenedV1 {
    fn write(
        value: (&'v CaseId, &'v IncidentId, &'v AffectedPersonId),
        output: &mut Writer<'_>,
    ) -> Result<Self, EncodeError> {
        let (case, incident, person) = value;
        Ok(Self {
            case: output.field("case", case)?,
            incident: output.field("incident", incident)?,
            person: output.field("person", person)?,
        })
    }
}

impl ReadForm<(CaseId, IncidentId, AffectedPersonId)> for CandourCaseOpenedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<(CaseId, IncidentId, AffectedPersonId), DecodeError> {
        let Self { case, incident, person } = self;
        Ok((input.field("case", case)?, input.field("incident", incident)?, input.field("person", person)?))
    }
}

stored_form! {
    /// The relevant person cannot be contacted.
    "NotContactable.v1" => struct NotContactableV1 {
    }
    optional {
        reason: String,
    }
}

impl WriteForm<&Option<Prose>> for NotContactableV1 {
    fn write(reason: &Option<Prose>, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(Self { reason: output.field("reason", reason)? })
    }
}

impl ReadForm<Option<Prose>> for NotContactableV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Option<Prose>, DecodeError> {
        let Self { reason } = self;
        input.field("reason", reason)
    }
}

stored_form! {
    /// Exempted under local policy.
    "CandourExempted.v1" => struct CandourExemptedV1 {
        approved_by_role: String,
        approved_by: String,
        reason: String,
    }
}

impl WriteForm<&Exemption> for CandourExemptedV1 {
    fn write(value: &Exemption, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Exemption { approved_by_role, approved_by, reason } = value;
        Ok(Self {
            approved_by_role: output.field("approved_by_role", approved_by_role)?,
            approved_by: output.field("approved_by", approved_by)?,
            reason: output.field("reason", reason)?,
        })
    }
}

impl ReadForm<Exemption> for CandourExemptedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Exemption, DecodeError> {
        let Self { approved_by_role, approved_by, reason } = self;
        Ok(Exemption {
            approved_by_role: input.field("approved_by_role", approved_by_role)?,
            approved_by: input.field("approved_by", approved_by)?,
            reason: input.field("reason", reason)?,
        })
    }
}

stored_form! {
    /// The case was taken up again.
    "CandourReopened.v1" => struct CandourReopenedV1 {
        reason: String,
    }
}

impl WriteForm<&Prose> for CandourReopenedV1 {
    fn write(reason: &Prose, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(Self { reason: output.field("reason", reason)? })
    }
}

impl ReadForm<Prose> for CandourReopenedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Prose, DecodeError> {
        let Self { reason } = self;
        input.field("reason", reason)
    }
}
