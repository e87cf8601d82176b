//! The stored form of who is to be told, and of contact with them.

use candour_domain::candour_case::{ContactAttempt, Declined, RelevantPerson, Support};

use crate::{
    error::{DecodeError, EncodeError},
    form::{ReadForm, Reader, SealedField, WriteForm, Writer},
    sealing::FieldSubject,
};

stored_form! {
    /// Somebody to be told was identified.
    "RelevantPersonIdentified.v1" => struct RelevantPersonIdentifiedV1 {
        id: String,
        relationship: String,
        basis: String,
        designated: bool,
    }
    optional {
        lawful_authority: String,
        name: SealedField,
        contact: SealedField,
    }
}

impl WriteForm<&RelevantPerson> for RelevantPersonIdentifiedV1 {
    fn write(value: &RelevantPerson, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let RelevantPerson { id, relationship, basis, designated, lawful_authority, name, contact } = value;
        Ok(Self {
            id: output.field("id", id)?,
            relationship: output.field("relationship", relationship)?,
            basis: output.field("basis", basis)?,
            designated: output.field("designated", designated)?,
            lawful_authority: output.field("lawful_authority", lawful_authority)?,
            name: output.sealed_option("name", FieldSubject::RelevantPerson(*id), name.as_ref())?,
            contact: output.sealed_option("contact", FieldSubject::RelevantPerson(*id), contact.as_ref())?,
        })
    }
}

impl ReadForm<RelevantPerson> for RelevantPersonIdentifiedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<RelevantPerson, DecodeError> {
        let Self { id, relationship, basis, designated, lawful_authority, name, contact } = self;
        Ok(RelevantPerson {
            id: input.field("id", id)?,
            relationship: input.field("relationship", relationship)?,
            basis: input.field("basis", basis)?,
            designated: input.field("designated", designated)?,
            lawful_authority: input.field("lawful_authority", lawful_authority)?,
            name: input.field("name", name)?,
            contact: input.field("contact", contact)?,
        })
    }
}

stored_form! {
    /// Contact was tried.
    "ContactAttempted.v1" => struct ContactAttemptedV1 {
        method: String,
        by_role: String,
        result: String,
    }
    optional {
        relevant_person: String,
        note: SealedField,
    }
}

impl WriteForm<&ContactAttempt> for ContactAttemptedV1 {
    fn write(value: &ContactAttempt, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let ContactAttempt { method, by_role, result, relevant_person, note } = value;
        Ok(Self {
            method: output.field("method", method)?,
            by_role: output.field("by_role", by_role)?,
            result: output.field("result", result)?,
            relevant_person: output.field("relevant_person", relevant_person)?,
            note: output.sealed_option("note", FieldSubject::AffectedPersonOfStream, note.as_ref())?,
        })
    }
}

impl ReadForm<ContactAttempt> for ContactAttemptedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<ContactAttempt, DecodeError> {
        let Self { method, by_role, result, relevant_person, note } = self;
        Ok(ContactAttempt {
            method: input.field("method", method)?,
            by_role: input.field("by_role", by_role)?,
            result: input.field("result", result)?,
            relevant_person: input.field("relevant_person", relevant_person)?,
            note: input.field("note", note)?,
        })
    }
}

stored_form! {
    /// Support was offered.
    "SupportOffered.v1" => struct SupportOfferedV1 {
        what: String,
        response: String,
    }
    optional {
        relevant_person: String,
    }
}

impl WriteForm<&Support> for SupportOfferedV1 {
    fn write(value: &Support, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Support { what, response, relevant_person } = value;
        Ok(Self {
            what: output.field("what", what)?,
            response: output.field("response", response)?,
            relevant_person: output.field("relevant_person", relevant_person)?,
        })
    }
}

impl ReadForm<Support> for SupportOfferedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Support, DecodeError> {
        let Self { what, response, relevant_person } = self;
        Ok(Support {
            what: input.field("what", what)?,
            response: input.field("response", response)?,
            relevant_person: input.field("relevant_person", relevant_person)?,
        })
    }
}

stored_form! {
    /// The relevant person declined.
    "ContactDeclined.v1" => struct ContactDeclinedV1 {
        declined_by: String,
        declined_to_role: String,
    }
    optional {
        relevant_person: String,
    }
}

impl WriteForm<&Declined> for ContactDeclinedV1 {
    fn write(value: &Declined, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Declined { declined_by, declined_to_role, relevant_person } = value;
        Ok(Self {
            declined_by: output.field("declined_by", declined_by)?,
            declined_to_role: output.field("declined_to_role", declined_to_role)?,
            relevant_person: output.field("relevant_person", relevant_person)?,
        })
    }
}

impl ReadForm<Declined> for ContactDeclinedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Declined, DecodeError> {
        let Self { declined_by, declined_to_role, relevant_person } = self;
        Ok(Declined {
            declined_by: input.field("declined_by", declined_by)?,
            declined_to_role: input.field("declined_to_role", declined_to_role)?,
            relevant_person: input.field("relevant_person", relevant_person)?,
        })
    }
}
