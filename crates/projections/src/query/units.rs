//! Reads the units that the measures count, with their corrected histories as known at a position.

use std::collections::HashMap;

use candour_domain::{
    Entry, action,
    action::Action,
    candour_case::CandourCase,
    correction,
    feedback::Feedback,
    identifier::{ActionId, AffectedPersonId, CaseId, IncidentId, RecommendationId, ResponseId},
    incident,
    incident::Incident,
    measures::{ActionUnit, CandourUnit, FeedbackUnit, RecommendationUnit, Unit},
    response,
    response::Response,
    text::PublicReference,
};
use candour_journal::Position;
use candour_records::StoredAggregate;
use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;

use super::QueryError;
use crate::{projection, tally::UnitKind};

/// A unit with everything that its lines follow from.
#[derive(Debug)]
pub(crate) enum Loaded {
    Recommendation(RecommendationUnit),
    Action(ActionUnit, Vec<RecommendationUnit>),
    Reporter(FeedbackUnit),
    Case(CandourUnit),
}

impl Loaded {
    /// As the measures take it.
    pub(crate) fn as_unit(&self) -> Unit<'_> {
        match self {
            Self::Recommendation(unit) => Unit::Recommendation(unit),
            Self::Action(unit, under) => Unit::Action(unit, under),
            Self::Reporter(unit) => Unit::Reporter(unit),
            Self::Case(unit) => Unit::Case(unit),
        }
    }

    /// Its public reference and its id.
    pub(crate) fn names(&self) -> (&PublicReference, Uuid) {
        match self {
            Self::Recommendation(unit) => (&unit.reference, unit.key.recommendation.uuid()),
            Self::Action(unit, _) => (&unit.reference, unit.id.uuid()),
            Self::Reporter(unit) => (&unit.reference, unit.incident.uuid()),
            Self::Case(unit) => (&unit.reference, unit.case.uuid()),
        }
    }
}

/// Reads units through one connection, keeping the histories that several units share.
pub(crate) struct Units<'a> {
    connection: &'a Connection,
    known_at: Position,
    incidents: HashMap<Uuid, Vec<Entry<incident::Event>>>,
    responses: HashMap<Uuid, Vec<Entry<response::Event>>>,
    actions: HashMap<Uuid, ActionUnit>,
}

/// Shared histories kept at most; past it they are read again.
const KEPT_MAX: usize = 10_000;

impl<'a> Units<'a> {
    pub(crate) fn new(connection: &'a Connection, known_at: Position) -> Self {
        Self {
            connection,
            known_at,
            incidents: HashMap::new(),
            responses: HashMap::new(),
            actions: HashMap::new(),
        }
    }

    /// One unit of any kind, or `None` where it is not on record.
    pub(crate) fn load(&mut self, kind: UnitKind, id: Uuid) -> Result<Option<Loaded>, QueryError> {
        Ok(match kind {
            UnitKind::Recommendation => {
                let found: Option<Uuid> = self.row(
                    "SELECT response_id FROM recommendation WHERE id = ?1 AND from_position <= ?2 \
                     AND (to_position IS NULL OR to_position > ?2)",
                    id,
                    |row| row.get(0),
                )?;
                match found {
                    Some(response) => self.recommendation(id, response)?.map(Loaded::Recommendation),
                    None => None,
                }
            }
            UnitKind::Action => match self.action(id)? {
                Some(unit) => {
                    let under = self.recommendations_over(&unit)?;
                    Some(Loaded::Action(unit, under))
                }
                None => None,
            },
            UnitKind::Reporter => {
                let found: Option<String> = self.row(
                    "SELECT reference FROM reporter_feedback WHERE incident_id = ?1 AND from_position <= ?2 \
                     AND (to_position IS NULL OR to_position > ?2)",
                    id,
                    |row| row.get(0),
                )?;
                match found {
                    Some(reference) => {
                        Some(Loaded::Reporter(self.feedback(id, parse_reference(&reference)?)?))
                    }
                    None => None,
                }
            }
            UnitKind::Case => {
                let found: Option<(Uuid, Uuid, String)> = self.row(
                    "SELECT incident_id, person_id, reference FROM candour_case WHERE case_id = ?1 AND from_position <= ?2 \
                     AND (to_position IS NULL OR to_position > ?2)",
                    id,
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )?;
                match found {
                    Some((incident, person, reference)) => {
                        let reference = parse_reference(&reference)?;
                        Some(Loaded::Case(self.candour_case(id, incident, person, reference)?))
                    }
                    None => None,
                }
            }
        })
    }

    fn row<T>(
        &self,
        statement: &str,
        id: Uuid,
        read: impl FnOnce(&rusqlite::Row<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<Option<T>, rusqlite::Error> {
        self.connection
            .prepare_cached(statement)?
            .query_row(params![id.as_bytes().as_slice(), self.known()], read)
            .optional()
    }

    /// The recommendations that an action stands under and that are on record, without their actions.
    pub(crate) fn recommendations_over(
        &mut self,
        unit: &ActionUnit,
    ) -> Result<Vec<RecommendationUnit>, QueryError> {
        let action::ActionSource::Recommendations(keys) = &unit.source else { return Ok(Vec::new()) };
        let mut under = Vec::with_capacity(keys.len());
        for key in keys {
            under.extend(self.recommendation_alone(key.recommendation.uuid(), key.response.uuid())?);
        }
        Ok(under)
    }

    /// One action with its history, or `None` where it is not known.
    pub(crate) fn action(&mut self, id: Uuid) -> Result<Option<ActionUnit>, QueryError> {
        if let Some(unit) = self.actions.get(&id) {
            return Ok(Some(unit.clone()));
        }
        let history = self.corrected::<Action>(id)?;
        let agreed = history.iter().find_map(|entry| match &entry.event {
            action::Event::ActionAgreed(agreement) => {
                Some((agreement.reference.clone(), agreement.source.clone()))
            }
            _ => None,
        });
        let Some((reference, source)) = agreed else { return Ok(None) };
        let unit = ActionUnit { id: ActionId::from_uuid(id), reference, source, history };
        if self.actions.len() >= KEPT_MAX {
            self.actions.clear();
        }
        self.actions.insert(id, unit.clone());
        Ok(Some(unit))
    }

    /// One recommendation with its history and its actions.
    pub(crate) fn recommendation(
        &mut self,
        id: Uuid,
        response: Uuid,
    ) -> Result<Option<RecommendationUnit>, QueryError> {
        let Some(mut unit) = self.recommendation_alone(id, response)? else { return Ok(None) };
        let ids: Vec<Uuid> = self
            .connection
            .prepare_cached(
                "SELECT action_id FROM action_recommendation WHERE recommendation_id = ?1 AND from_position <= ?2 \
                 AND (to_position IS NULL OR to_position > ?2) ORDER BY action_id",
            )?
            .query_map(params![id.as_bytes().as_slice(), self.known()], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for id in ids {
            unit.actions.extend(self.action(id)?);
        }
        Ok(Some(unit))
    }

    /// One recommendation with its history, as though no action stood under it.
    fn recommendation_alone(
        &mut self,
        id: Uuid,
        response: Uuid,
    ) -> Result<Option<RecommendationUnit>, QueryError> {
        let key = action::RecommendationKey {
            response: ResponseId::from_uuid(response),
            recommendation: RecommendationId::from_uuid(id),
        };
        let history: Vec<_> = self
            .response(response)?
            .iter()
            .filter(|entry| concerns(&entry.event, key.recommendation))
            .cloned()
            .collect();
        let reference = history.iter().find_map(|entry| match &entry.event {
            response::Event::RecommendationMade(made) => Some(made.reference.clone()),
            _ => None,
        });
        Ok(reference.map(|reference| RecommendationUnit { key, reference, history, actions: Vec::new() }))
    }

    /// What the reporter of an incident was told.
    pub(crate) fn feedback(
        &mut self,
        incident: Uuid,
        reference: PublicReference,
    ) -> Result<FeedbackUnit, QueryError> {
        let mut incident_history = self.incident(incident)?;
        let mut links = Vec::new();
        for entry in &incident_history {
            if let incident::Event::DuplicateLinked(link) = &entry.event {
                links.push((entry.event_id, link.duplicate_of.uuid()));
            }
        }
        for (link, kept) in links {
            // Where the kept incident was recorded in error, this report is the one whose reporter is to be told.
            let is_void = self
                .incident(kept)?
                .iter()
                .any(|entry| matches!(entry.event, incident::Event::IncidentRecordedInError { .. }));
            if is_void {
                incident_history.retain(|entry| entry.event_id != link);
            }
        }
        Ok(FeedbackUnit {
            incident: IncidentId::from_uuid(incident),
            reference,
            incident_history,
            feedback_history: self.corrected::<Feedback>(incident)?,
        })
    }

    /// One duty of candour case.
    pub(crate) fn candour_case(
        &mut self,
        case: Uuid,
        incident: Uuid,
        person: Uuid,
        reference: PublicReference,
    ) -> Result<CandourUnit, QueryError> {
        Ok(CandourUnit {
            case: CaseId::from_uuid(case),
            reference,
            incident: IncidentId::from_uuid(incident),
            person: AffectedPersonId::from_uuid(person),
            incident_history: self.incident(incident)?,
            case_history: self.corrected::<CandourCase>(case)?,
            sign_offs: self.sign_offs(incident)?,
        })
    }

    /// The corrected history of an incident.
    pub(crate) fn incident(&mut self, id: Uuid) -> Result<Vec<Entry<incident::Event>>, QueryError> {
        if let Some(history) = self.incidents.get(&id) {
            return Ok(history.clone());
        }
        let history = self.corrected::<Incident>(id)?;
        if self.incidents.len() >= KEPT_MAX {
            self.incidents.clear();
        }
        self.incidents.insert(id, history.clone());
        Ok(history)
    }

    /// The start of a learning response: its public reference and the incidents it covers. `None` where it is not known.
    pub(crate) fn response_start(
        &mut self,
        id: Uuid,
    ) -> Result<Option<&response::ResponseStart>, QueryError> {
        Ok(self.response(id)?.iter().find_map(|entry| match &entry.event {
            response::Event::ResponseStarted(start) => Some(start),
            _ => None,
        }))
    }

    fn response(&mut self, id: Uuid) -> Result<&[Entry<response::Event>], QueryError> {
        if !self.responses.contains_key(&id) {
            let history = self.corrected::<Response>(id)?;
            if self.responses.len() >= KEPT_MAX {
                self.responses.clear();
            }
            self.responses.insert(id, history);
        }
        Ok(self.responses.get(&id).map_or(&[], Vec::as_slice))
    }

    /// The sign-offs of the reports that cover an incident.
    fn sign_offs(&mut self, incident: Uuid) -> Result<Vec<Entry<response::Event>>, QueryError> {
        let responses: Vec<Uuid> = self
            .connection
            .prepare_cached(
                "SELECT response_id FROM response_incident WHERE incident_id = ?1 AND from_position <= ?2 \
                 AND (to_position IS NULL OR to_position > ?2) ORDER BY response_id",
            )?
            .query_map(params![incident.as_bytes().as_slice(), self.known()], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut sign_offs = Vec::new();
        for id in responses {
            sign_offs.extend(
                self.response(id)?
                    .iter()
                    .filter(|entry| matches!(entry.event, response::Event::ReportSignedOff(_)))
                    .cloned(),
            );
        }
        Ok(sign_offs)
    }

    fn corrected<A: StoredAggregate>(&self, id: Uuid) -> Result<Vec<Entry<A::Event>>, QueryError> {
        let stream_no: Option<i64> = self
            .connection
            .prepare_cached("SELECT stream_no FROM stream WHERE category = ?1 AND id = ?2")?
            .query_row(params![A::CATEGORY, id.as_bytes().as_slice()], |row| row.get(0))
            .optional()?;
        let Some(stream_no) = stream_no else { return Ok(Vec::new()) };
        let history = projection::history::<A>(self.connection, stream_no, self.known_at)?;
        Ok(correction::applied::<A>(&history))
    }

    fn known(&self) -> i64 {
        self.known_at.raw().cast_signed()
    }
}

fn parse_reference(text: &str) -> Result<PublicReference, QueryError> {
    PublicReference::parse(text).map_err(|error| QueryError::Undecodable(format!("a reference {error}")))
}

/// Whether an entry of a response is about one recommendation.
fn concerns(event: &response::Event, id: RecommendationId) -> bool {
    match event {
        response::Event::RecommendationMade(made) => made.id == id,
        response::Event::RecommendationAccepted { recommendation, .. }
        | response::Event::RecommendationRejected { recommendation, .. } => *recommendation == id,
        response::Event::ResponseStarted(_)
        | response::Event::ReportSignedOff(_)
        | response::Event::EntryCorrected(_) => false,
    }
}
