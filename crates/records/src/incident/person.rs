//! The stored form of affected persons and the harm to them.

use candour_domain::incident::{AffectedPerson, HarmGrade, HarmGrading};

use crate::{
    error::{DecodeError, EncodeError},
    form::{ReadForm, Reader, SealedField, WriteForm, Writer},
    sealing::FieldSubject,
};

stored_form! {
    /// Another affected person became known.
    "AffectedPersonAdded.v1" => struct AffectedPersonAddedV1 {
        person: AffectedPersonV1,
    }
}

impl WriteForm<&AffectedPerson> for AffectedPersonAddedV1 {
    fn write(person: &AffectedPerson, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(Self { person: output.field("person", person)? })
    }
}

impl ReadForm<AffectedPerson> for AffectedPersonAddedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<AffectedPerson, DecodeError> {
        let Self { person } = self;
        input.field("person", person)
    }
}

stored_form! {
    /// Harm was graded for a person who had no grade.
    "HarmGraded.v1" => struct HarmGradedV1 {
        grading: HarmGradingV1,
    }
}

impl WriteForm<&HarmGrading> for HarmGradedV1 {
    fn write(grading: &HarmGrading, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(Self { grading: output.field("grading", grading)? })
    }
}

impl ReadForm<HarmGrading> for HarmGradedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<HarmGrading, DecodeError> {
        let Self { grading } = self;
        input.field("grading", grading)
    }
}

stored_form! {
    /// Harm was graded again.
    "HarmRegraded.v1" => struct HarmRegradedV1 {
        grading: HarmGradingV1,
        from: HarmGradeV1,
    }
}

impl<'v> WriteForm<(&'v HarmGrading, &'v HarmGrade)> for HarmRegradedV1 {
    fn write(value: (&'v HarmGrading, &'v HarmGrade), output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let (grading, from) = value;
        Ok(Self { grading: output.field("grading", grading)?, from: output.field("from", from)? })
    }
}

impl ReadForm<(HarmGrading, HarmGrade)> for HarmRegradedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<(HarmGrading, HarmGrade), DecodeError> {
        let Self { grading, from } = self;
        Ok((input.field("grading", grading)?, input.field("from", from)?))
    }
}

stored_form! {
    /// Someone affected by the incident.
    struct AffectedPersonV1 {
        id: String,
        kind: String,
        harm: HarmGradeV1,
    }
    optional {
        case_reference: String,
        name: SealedField,
        contact: SealedField,
    }
}

impl WriteForm<&AffectedPerson> for AffectedPersonV1 {
    fn write(value: &AffectedPerson, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let AffectedPerson { id, kind, harm, case_reference, name, contact } = value;
        Ok(Self {
            id: output.field("id", id)?,
            kind: output.field("kind", kind)?,
            harm: output.field("harm", harm)?,
            case_reference: output.field("case_reference", case_reference)?,
            name: output.sealed_option("name", FieldSubject::AffectedPerson(*id), name.as_ref())?,
            contact: output.sealed_option("contact", FieldSubject::AffectedPerson(*id), contact.as_ref())?,
        })
    }
}

impl ReadForm<AffectedPerson> for AffectedPersonV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<AffectedPerson, DecodeError> {
        let Self { id, kind, harm, case_reference, name, contact } = self;
        Ok(AffectedPerson {
            id: input.field("id", id)?,
            kind: input.field("kind", kind)?,
            harm: input.field("harm", harm)?,
            case_reference: input.field("case_reference", case_reference)?,
            name: input.field("name", name)?,
            contact: input.field("contact", contact)?,
        })
    }
}

stored_form! {
    /// A harm grade for one affected person.
    struct HarmGradingV1 {
        person: String,
        grade: HarmGradeV1,
    }
    optional {
        graded_by_role: String,
        reason: String,
    }
}

impl WriteForm<&HarmGrading> for HarmGradingV1 {
    fn write(value: &HarmGrading, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let HarmGrading { person, grade, graded_by_role, reason } = value;
        Ok(Self {
            person: output.field("person", person)?,
            grade: output.field("grade", grade)?,
            graded_by_role: output.field("graded_by_role", graded_by_role)?,
            reason: output.field("reason", reason)?,
        })
    }
}

impl ReadForm<HarmGrading> for HarmGradingV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<HarmGrading, DecodeError> {
        let Self { person, grade, graded_by_role, reason } = self;
        Ok(HarmGrading {
            person: input.field("person", person)?,
            grade: input.field("grade", grade)?,
            graded_by_role: input.field("graded_by_role", graded_by_role)?,
            reason: input.field("reason", reason)?,
        })
    }
}

stored_form! {
    /// The harm to one person.
    struct HarmGradeV1 {
        could_result: bool,
    }
    optional {
        physical: String,
        psychological: String,
    }
}

impl WriteForm<&HarmGrade> for HarmGradeV1 {
    fn write(value: &HarmGrade, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let HarmGrade { could_result, physical, psychological } = value;
        Ok(Self {
            could_result: output.field("could_result", could_result)?,
            physical: output.field("physical", physical)?,
            psychological: output.field("psychological", psychological)?,
        })
    }
}

impl ReadForm<HarmGrade> for HarmGradeV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<HarmGrade, DecodeError> {
        let Self { could_result, physical, psychological } = self;
        Ok(HarmGrade {
            could_result: input.field("could_result", could_result)?,
            physical: input.field("physical", physical)?,
            psychological: input.field("psychological", psychological)?,
        })
    }
}
