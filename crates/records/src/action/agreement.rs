//! The stored form of what was agreed: the action, its owner, its measure.

use candour_domain::action::{ActionAgreement, ActionSource, Measure, MeasurePlan, Owner, RecommendationKey};
use serde::{Deserialize, Serialize};

use crate::{
    catalogue::Field,
    error::{DecodeError, EncodeError},
    field_path::FieldPath,
    form::{ReadForm, Reader, Shape, WriteForm, Writer, list_field},
    response::RelationV1,
};

stored_form! {
    /// It was agreed.
    "ActionAgreed.v1" => struct ActionAgreedV1 {
        id: String,
        reference: String,
        source: ActionSourceV1,
        description: String,
        plan: MeasurePlanV1,
        relates_to: Vec<RelationV1>,
    }
    optional {
        owner: OwnerV1,
        target_on: String,
    }
}

impl WriteForm<&ActionAgreement> for ActionAgreedV1 {
    fn write(value: &ActionAgreement, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let ActionAgreement { id, reference, source, description, plan, relates_to, owner, target_on } =
            value;
        Ok(Self {
            id: output.field("id", id)?,
            reference: output.field("reference", reference)?,
            source: output.field("source", source)?,
            description: output.field("description", description)?,
            plan: output.field("plan", plan)?,
            relates_to: output.field("relates_to", relates_to)?,
            owner: output.field("owner", owner)?,
            target_on: output.field("target_on", target_on)?,
        })
    }
}

impl ReadForm<ActionAgreement> for ActionAgreedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<ActionAgreement, DecodeError> {
        let Self { id, reference, source, description, plan, relates_to, owner, target_on } = self;
        Ok(ActionAgreement {
            id: input.field("id", id)?,
            reference: input.field("reference", reference)?,
            source: input.field("source", source)?,
            description: input.field("description", description)?,
            plan: input.field("plan", plan)?,
            relates_to: input.field("relates_to", relates_to)?,
            owner: input.field("owner", owner)?,
            target_on: input.field("target_on", target_on)?,
        })
    }
}

stored_form! {
    /// Somebody became responsible.
    "OwnerAssigned.v1" => struct OwnerAssignedV1 {
        owner: OwnerV1,
    }
}

impl WriteForm<&Owner> for OwnerAssignedV1 {
    fn write(owner: &Owner, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(Self { owner: output.field("owner", owner)? })
    }
}

impl ReadForm<Owner> for OwnerAssignedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Owner, DecodeError> {
        let Self { owner } = self;
        input.field("owner", owner)
    }
}

stored_form! {
    /// Measure, monitor, review date or strength were set.
    "ActionMeasureSet.v1" => struct ActionMeasureSetV1 {
        plan: MeasurePlanV1,
    }
}

impl WriteForm<&MeasurePlan> for ActionMeasureSetV1 {
    fn write(plan: &MeasurePlan, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(Self { plan: output.field("plan", plan)? })
    }
}

impl ReadForm<MeasurePlan> for ActionMeasureSetV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<MeasurePlan, DecodeError> {
        let Self { plan } = self;
        input.field("plan", plan)
    }
}

/// What an action stands under: `{"recommendations": […]}` or `{"incident": "…"}`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ActionSourceV1 {
    Recommendations(Vec<RecommendationKeyV1>),
    Incident(String),
}

impl Shape for ActionSourceV1 {
    fn list(at: &mut FieldPath, fields: &mut Vec<Field>) {
        list_field::<Vec<RecommendationKeyV1>>("recommendations", at, fields);
        list_field::<String>("incident", at, fields);
    }

    fn withhold(&mut self) {
        match self {
            Self::Recommendations(form) => form.withhold(),
            Self::Incident(form) => form.withhold(),
        }
    }
}

impl WriteForm<&ActionSource> for ActionSourceV1 {
    fn write(value: &ActionSource, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        Ok(match value {
            ActionSource::Recommendations(keys) => {
                Self::Recommendations(output.field("recommendations", keys)?)
            }
            ActionSource::Incident(incident) => Self::Incident(output.field("incident", incident)?),
        })
    }
}

impl ReadForm<ActionSource> for ActionSourceV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<ActionSource, DecodeError> {
        Ok(match self {
            Self::Recommendations(keys) => {
                ActionSource::Recommendations(input.field("recommendations", keys)?)
            }
            Self::Incident(incident) => ActionSource::Incident(input.field("incident", incident)?),
        })
    }
}

stored_form! {
    /// A recommendation together with the response that made it.
    struct RecommendationKeyV1 {
        response: String,
        recommendation: String,
    }
}

impl WriteForm<&RecommendationKey> for RecommendationKeyV1 {
    fn write(value: &RecommendationKey, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let RecommendationKey { response, recommendation } = value;
        Ok(Self {
            response: output.field("response", response)?,
            recommendation: output.field("recommendation", recommendation)?,
        })
    }
}

impl ReadForm<RecommendationKey> for RecommendationKeyV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<RecommendationKey, DecodeError> {
        let Self { response, recommendation } = self;
        Ok(RecommendationKey {
            response: input.field("response", response)?,
            recommendation: input.field("recommendation", recommendation)?,
        })
    }
}

stored_form! {
    /// Who is responsible.
    struct OwnerV1 {
        role: String,
    }
    optional {
        team: String,
        directorate: String,
        person: String,
    }
}

impl WriteForm<&Owner> for OwnerV1 {
    fn write(value: &Owner, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Owner { role, team, directorate, person } = value;
        Ok(Self {
            role: output.field("role", role)?,
            team: output.field("team", team)?,
            directorate: output.field("directorate", directorate)?,
            person: output.field("person", person)?,
        })
    }
}

impl ReadForm<Owner> for OwnerV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Owner, DecodeError> {
        let Self { role, team, directorate, person } = self;
        Ok(Owner {
            role: input.field("role", role)?,
            team: input.field("team", team)?,
            directorate: input.field("directorate", directorate)?,
            person: input.field("person", person)?,
        })
    }
}

stored_form! {
    /// Measure, monitor, review date and strength.
    struct MeasurePlanV1 {
    }
    optional {
        measure: MeasureV1,
        monitor: String,
        review_on: String,
        strength: String,
    }
}

impl WriteForm<&MeasurePlan> for MeasurePlanV1 {
    fn write(value: &MeasurePlan, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let MeasurePlan { measure, monitor, review_on, strength } = value;
        Ok(Self {
            measure: output.field("measure", measure)?,
            monitor: output.field("monitor", monitor)?,
            review_on: output.field("review_on", review_on)?,
            strength: output.field("strength", strength)?,
        })
    }
}

impl ReadForm<MeasurePlan> for MeasurePlanV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<MeasurePlan, DecodeError> {
        let Self { measure, monitor, review_on, strength } = self;
        Ok(MeasurePlan {
            measure: input.field("measure", measure)?,
            monitor: input.field("monitor", monitor)?,
            review_on: input.field("review_on", review_on)?,
            strength: input.field("strength", strength)?,
        })
    }
}

stored_form! {
    /// How it will be seen whether the action works.
    struct MeasureV1 {
        name: String,
    }
    optional {
        definition: String,
        kind: String,
        target: String,
        frequency: String,
    }
}

impl WriteForm<&Measure> for MeasureV1 {
    fn write(value: &Measure, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Measure { name, definition, kind, target, frequency } = value;
        Ok(Self {
            name: output.field("name", name)?,
            definition: output.field("definition", definition)?,
            kind: output.field("kind", kind)?,
            target: output.field("target", target)?,
            frequency: output.field("frequency", frequency)?,
        })
    }
}

impl ReadForm<Measure> for MeasureV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Measure, DecodeError> {
        let Self { name, definition, kind, target, frequency } = self;
        Ok(Measure {
            name: input.field("name", name)?,
            definition: input.field("definition", definition)?,
            kind: input.field("kind", kind)?,
            target: input.field("target", target)?,
            frequency: input.field("frequency", frequency)?,
        })
    }
}
