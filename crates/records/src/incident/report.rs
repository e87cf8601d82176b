//! The stored form of the report and its amendments.

use candour_domain::incident::{Amendment, Place, Report, Reporter, SourceReference};

use super::person::AffectedPersonV1;
use crate::{
    error::{DecodeError, EncodeError},
    form::{ReadForm, Reader, SealedField, WriteForm, Writer},
    sealing::FieldSubject,
};

stored_form! {
    /// It was reported.
    "IncidentReported.v1" => struct IncidentReportedV1 {
        id: String,
        reference: String,
        kind: String,
        place: PlaceV1,
        narrative: SealedField,
        affected_persons: Vec<AffectedPersonV1>,
        source_candour_flag: bool,
    }
    optional {
        incident_date: String,
        immediate_actions: SealedField,
        reporter: ReporterV1,
        source: SourceReferenceV1,
    }
}

impl WriteForm<&Report> for IncidentReportedV1 {
    fn write(value: &Report, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Report {
            id,
            reference,
            kind,
            place,
            narrative,
            affected_persons,
            source_candour_flag,
            incident_date,
            immediate_actions,
            reporter,
            source,
        } = value;
        Ok(Self {
            id: output.field("id", id)?,
            reference: output.field("reference", reference)?,
            kind: output.field("kind", kind)?,
            place: output.field("place", place)?,
            narrative: output.sealed("narrative", FieldSubject::IncidentNarrative, narrative)?,
            affected_persons: output.field("affected_persons", affected_persons)?,
            source_candour_flag: output.field("source_candour_flag", source_candour_flag)?,
            incident_date: output.field("incident_date", incident_date)?,
            immediate_actions: output.sealed_option(
                "immediate_actions",
                FieldSubject::IncidentNarrative,
                immediate_actions.as_ref(),
            )?,
            reporter: output.field("reporter", reporter)?,
            source: output.field("source", source)?,
        })
    }
}

impl ReadForm<Report> for IncidentReportedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Report, DecodeError> {
        let Self {
            id,
            reference,
            kind,
            place,
            narrative,
            affected_persons,
            source_candour_flag,
            incident_date,
            immediate_actions,
            reporter,
            source,
        } = self;
        Ok(Report {
            id: input.field("id", id)?,
            reference: input.field("reference", reference)?,
            kind: input.field("kind", kind)?,
            place: input.field("place", place)?,
            narrative: input.field("narrative", narrative)?,
            affected_persons: input.field("affected_persons", affected_persons)?,
            source_candour_flag: input.field("source_candour_flag", source_candour_flag)?,
            incident_date: input.field("incident_date", incident_date)?,
            immediate_actions: input.field("immediate_actions", immediate_actions)?,
            reporter: input.field("reporter", reporter)?,
            source: input.field("source", source)?,
        })
    }
}

stored_form! {
    /// Its report was amended; what is not there stayed as it was.
    "IncidentAmended.v1" => struct IncidentAmendedV1 {
    }
    optional {
        reason: String,
        kind: String,
        incident_date: String,
        place: PlaceV1,
        narrative: SealedField,
        immediate_actions: SealedField,
    }
}

impl WriteForm<&Amendment> for IncidentAmendedV1 {
    fn write(value: &Amendment, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Amendment { reason, kind, incident_date, place, narrative, immediate_actions } = value;
        Ok(Self {
            reason: output.field("reason", reason)?,
            kind: output.field("kind", kind)?,
            incident_date: output.field("incident_date", incident_date)?,
            place: output.field("place", place)?,
            narrative: output.sealed_option(
                "narrative",
                FieldSubject::IncidentNarrative,
                narrative.as_ref(),
            )?,
            immediate_actions: output.sealed_option(
                "immediate_actions",
                FieldSubject::IncidentNarrative,
                immediate_actions.as_ref(),
            )?,
        })
    }
}

impl ReadForm<Amendment> for IncidentAmendedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Amendment, DecodeError> {
        let Self { reason, kind, incident_date, place, narrative, immediate_actions } = self;
        Ok(Amendment {
            reason: input.field("reason", reason)?,
            kind: input.field("kind", kind)?,
            incident_date: input.field("incident_date", incident_date)?,
            place: input.field("place", place)?,
            narrative: input.field("narrative", narrative)?,
            immediate_actions: input.field("immediate_actions", immediate_actions)?,
        })
    }
}

stored_form! {
    /// Where it happened.
    struct PlaceV1 {
    }
    optional {
        site: String,
        directorate: String,
        team: String,
    }
}

impl WriteForm<&Place> for PlaceV1 {
    fn write(value: &Place, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Place { site, directorate, team } = value;
        Ok(Self {
            site: output.field("site", site)?,
            directorate: output.field("directorate", directorate)?,
            team: output.field("team", team)?,
        })
    }
}

impl ReadForm<Place> for PlaceV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Place, DecodeError> {
        let Self { site, directorate, team } = self;
        Ok(Place {
            site: input.field("site", site)?,
            directorate: input.field("directorate", directorate)?,
            team: input.field("team", team)?,
        })
    }
}

stored_form! {
    /// Who reported.
    struct ReporterV1 {
        identity: String,
    }
    optional {
        role: String,
        name: SealedField,
        contact: SealedField,
    }
}

impl WriteForm<&Reporter> for ReporterV1 {
    fn write(value: &Reporter, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Reporter { identity, role, name, contact } = value;
        Ok(Self {
            identity: output.field("identity", identity)?,
            role: output.field("role", role)?,
            name: output.sealed_option("name", FieldSubject::Reporter, name.as_ref())?,
            contact: output.sealed_option("contact", FieldSubject::Reporter, contact.as_ref())?,
        })
    }
}

impl ReadForm<Reporter> for ReporterV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Reporter, DecodeError> {
        let Self { identity, role, name, contact } = self;
        Ok(Reporter {
            identity: input.field("identity", identity)?,
            role: input.field("role", role)?,
            name: input.field("name", name)?,
            contact: input.field("contact", contact)?,
        })
    }
}

stored_form! {
    /// Where a record came from.
    struct SourceReferenceV1 {
        system: String,
        id: String,
    }
}

impl WriteForm<&SourceReference> for SourceReferenceV1 {
    fn write(value: &SourceReference, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let SourceReference { system, id } = value;
        Ok(Self { system: output.field("system", system)?, id: output.field("id", id)? })
    }
}

impl ReadForm<SourceReference> for SourceReferenceV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<SourceReference, DecodeError> {
        let Self { system, id } = self;
        Ok(SourceReference { system: input.field("system", system)?, id: input.field("id", id)? })
    }
}
