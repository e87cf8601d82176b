//! The stored form of recommendations.

use candour_domain::{
    identifier::RecommendationId,
    response::{Recommendation, Relation},
    text::{Line, Prose},
};

use crate::{
    error::{DecodeError, EncodeError},
    form::{ReadForm, Reader, WriteForm, Writer},
};

stored_form! {
    /// It made a recommendation.
    "RecommendationMade.v1" => struct RecommendationMadeV1 {
        id: String,
        reference: String,
        kind: String,
        text: String,
        relates_to: Vec<RelationV1>,
    }
}

impl WriteForm<&Recommendation> for RecommendationMadeV1 {
    fn write(value: &Recommendation, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Recommendation { id, reference, kind, text, relates_to } = value;
        Ok(Self {
            id: output.field("id", id)?,
            reference: output.field("reference", reference)?,
            kind: output.field("kind", kind)?,
            text: output.field("text", text)?,
            relates_to: output.field("relates_to", relates_to)?,
        })
    }
}

impl ReadForm<Recommendation> for RecommendationMadeV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Recommendation, DecodeError> {
        let Self { id, reference, kind, text, relates_to } = self;
        Ok(Recommendation {
            id: input.field("id", id)?,
            reference: input.field("reference", reference)?,
            kind: input.field("kind", kind)?,
            text: input.field("text", text)?,
            relates_to: input.field("relates_to", relates_to)?,
        })
    }
}

stored_form! {
    /// A recommendation was accepted.
    "RecommendationAccepted.v1" => struct RecommendationAcceptedV1 {
        recommendation: String,
    }
    optional {
        accepted_by_role: String,
    }
}

impl<'v> WriteForm<(&'v RecommendationId, &'v Option<Line>)> for RecommendationAcceptedV1 {
    fn write(
        value: (&'v RecommendationId, &'v Option<Line>),
        output: &mut Writer<'_>,
    ) -> Result<Self, EncodeError> {
        let (recommendation, accepted_by_role) = value;
        Ok(Self {
            recommendation: output.field("recommendation", recommendation)?,
            accepted_by_role: output.field("accepted_by_role", accepted_by_role)?,
        })
    }
}

impl ReadForm<(RecommendationId, Option<Line>)> for RecommendationAcceptedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<(RecommendationId, Option<Line>), DecodeError> {
        let Self { recommendation, accepted_by_role } = self;
        Ok((
            input.field("recommendation", recommendation)?,
            input.field("accepted_by_role", accepted_by_role)?,
        ))
    }
}

stored_form! {
    /// A recommendation was rejected.
    "RecommendationRejected.v1" => struct RecommendationRejectedV1 {
        recommendation: String,
        reason: String,
    }
    optional {
        rejected_by_role: String,
    }
}

impl<'v> WriteForm<(&'v RecommendationId, &'v Prose, &'v Option<Line>)> for RecommendationRejectedV1 {
    fn write(
        value: (&'v RecommendationId, &'v Prose, &'v Option<Line>),
        output: &mut Writer<'_>,
    ) -> Result<Self, EncodeError> {
        let (recommendation, reason, rejected_by_role) = value;
        Ok(Self {
            recommendation: output.field("recommendation", recommendation)?,
            reason: output.field("reason", reason)?,
            rejected_by_role: output.field("rejected_by_role", rejected_by_role)?,
        })
    }
}

impl ReadForm<(RecommendationId, Prose, Option<Line>)> for RecommendationRejectedV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<(RecommendationId, Prose, Option<Line>), DecodeError> {
        let Self { recommendation, reason, rejected_by_role } = self;
        Ok((
            input.field("recommendation", recommendation)?,
            input.field("reason", reason)?,
            input.field("rejected_by_role", rejected_by_role)?,
        ))
    }
}

stored_form! {
    /// A link to another recommendation or action.
    struct RelationV1 {
        kind: String,
        reference: String,
    }
}

impl WriteForm<&Relation> for RelationV1 {
    fn write(value: &Relation, output: &mut Writer<'_>) -> Result<Self, EncodeError> {
        let Relation { kind, reference } = value;
        Ok(Self { kind: output.field("kind", kind)?, reference: output.field("reference", reference)? })
    }
}

impl ReadForm<Relation> for RelationV1 {
    fn read(self, input: &mut Reader<'_>) -> Result<Relation, DecodeError> {
        let Self { kind, reference } = self;
        Ok(Relation { kind: input.field("kind", kind)?, reference: input.field("reference", reference)? })
    }
}
