//! What is learned: a response with its recommendations, and the actions under them.

use candour_domain::{
    action::{
        self, ActionAgreement, ActionSource, Effectiveness, EffectivenessReview, Implementation, Measure,
        MeasurePlan, Owner, RecommendationFacts, RecommendationKey,
    },
    calendar::civil_date,
    identifier::{ActionId, Derived, RecommendationId, ResponseId, derive},
    response::{self, Recommendation, RecommendationKind, ResponseKind, ResponseStart, SignOff},
    text::{DocumentReference, PersonReference},
};
use jiff::{Timestamp, ToSpan as _, civil::Date};
use uuid::Uuid;

use super::{Life, NAMESPACE, Step, begun, report::reference};
use crate::{
    SyntheticError,
    stream::{Recorder, Stream},
    words,
};

/// Who owns the actions. Whoever verifies is of another kind of staff.
const OWNER: &str = "staff:4999";

impl Life {
    pub(super) fn of_the_response(
        &mut self,
        recorder: &mut Recorder<'_>,
        at: Timestamp,
        step: &Step,
    ) -> Result<(), SyntheticError> {
        let moment = self.moment(at, 5)?;
        let command = match step {
            Step::StartResponse => response::Command::StartResponse(ResponseStart {
                id: self.response_id(),
                reference: reference("RES", self.number)?,
                kind: self.chance.one_of(&[ResponseKind::Psii, ResponseKind::AfterActionReview]),
                incidents: vec![self.id],
                started_on: civil_date(moment.occurred_at),
                agreed_due_on: None,
            }),
            Step::Recommend(index) => response::Command::MakeRecommendation(Recommendation {
                id: self.recommendation_id(*index),
                reference: reference(&format!("REC{index}"), self.number)?,
                kind: RecommendationKind::SafetyAction,
                text: words::recommended(&mut self.chance)?,
                relates_to: Vec::new(),
            }),
            Step::Accept(index) => response::Command::AcceptRecommendation {
                recommendation: self.recommendation_id(*index),
                accepted_by_role: Some(words::text("divisional director")?),
            },
            Step::SignOff => response::Command::SignOffReport(SignOff {
                signed_off_by_role: words::text("medical director")?,
                report: Some(document("reports", self.number)?),
            }),
            _ => return Err(SyntheticError::OutOfPlan),
        };
        let id = self.response_id();
        let stream = match &mut self.response {
            Some(stream) => stream,
            none => none.insert(Stream::new(recorder.engine, id.uuid())?),
        };
        recorder.command(stream, &moment, command)
    }

    pub(super) fn of_an_action(
        &mut self,
        recorder: &mut Recorder<'_>,
        at: Timestamp,
        step: &Step,
    ) -> Result<(), SyntheticError> {
        let kind = if matches!(step, Step::Verify(_) | Step::ReviewEffectiveness(_)) { 7 } else { 6 };
        let mut moment = self.moment(at, kind)?;
        // What is dated by a day of its own is recorded on that day.
        moment.occurred_at = moment.recorded_at;
        let today = civil_date(moment.recorded_at);
        let (index, command) = match step {
            Step::Agree { action, recommendation, target_in_days } => {
                let id = ActionId::from_uuid(derive("synthetic", moment.request, Derived::Action));
                // A target before the last of its kind was agreed on: actions are agreed in the order of their numbers or not at all.
                if *action != self.actions.len() {
                    return Ok(());
                }
                self.actions.push(Stream::new(recorder.engine, id.uuid())?);
                (*action, self.agreement(id, *recommendation, in_days(today, *target_in_days))?)
            }
            Step::NoteProgress(index) => {
                (*index, action::Command::NoteProgress { note: words::found(&mut self.chance)? })
            }
            Step::MoveTarget(index) => {
                let command = action::Command::MoveTarget {
                    to: in_days(today, 90),
                    reason: words::text("the supplier needs longer")?,
                    approved_by_role: words::text("divisional director")?,
                    approved_by: None,
                };
                (*index, command)
            }
            Step::Implement(index) => {
                let implementation = Implementation {
                    implemented_on: today,
                    evidence: vec![document("evidence", self.number)?],
                    note: None,
                };
                (*index, action::Command::ReportImplementation(implementation))
            }
            Step::Verify(index) => {
                (*index, action::Command::VerifyImplementation { implemented_on: None, note: None })
            }
            Step::ReviewEffectiveness(index) => {
                let review = EffectivenessReview {
                    result: self.chance.one_of(&[
                        Effectiveness::Effective,
                        Effectiveness::Effective,
                        Effectiveness::Inconclusive,
                    ]),
                    evidence: vec![document("audits", self.number)?],
                    note: None,
                    next_review_on: None,
                };
                (*index, action::Command::ReviewEffectiveness(review))
            }
            _ => return Err(SyntheticError::OutOfPlan),
        };
        // Of an action that was not agreed nothing more is heard.
        let Some(stream) = self.actions.get_mut(index) else { return Ok(()) };
        recorder.command(begun(Some(stream))?, &moment, command)
    }

    fn agreement(
        &mut self,
        id: ActionId,
        recommendation: Option<usize>,
        target_on: Date,
    ) -> Result<action::Command, SyntheticError> {
        let (source, decisions) = match recommendation {
            Some(index) => {
                let key = RecommendationKey {
                    response: self.response_id(),
                    recommendation: self.recommendation_id(index),
                };
                (ActionSource::Recommendations(vec![key]), vec![response::Decision::Accepted])
            }
            None => (ActionSource::Incident(self.id), Vec::new()),
        };
        let owner = Owner {
            role: words::text("ward manager")?,
            team: Some(words::text(self.chance.one_of(words::TEAMS))?),
            directorate: None,
            person: Some(
                PersonReference::parse(OWNER).map_err(|error| SyntheticError::Text(error.to_string()))?,
            ),
        };
        let plan = MeasurePlan {
            measure: Some(Measure {
                name: words::text("share of charts checked that were right")?,
                definition: None,
                kind: None,
                target: Some(words::text("95%")?),
                frequency: Some(words::text("monthly")?),
            }),
            monitor: Some(words::text("patient safety group")?),
            review_on: None,
            strength: None,
        };
        let agreement = ActionAgreement {
            id,
            reference: reference(&format!("ACT{}", self.actions.len()), self.number)?,
            source,
            description: words::done(&mut self.chance)?,
            owner: Some(owner),
            target_on: Some(target_on),
            plan,
            relates_to: Vec::new(),
        };
        Ok(action::Command::AgreeAction(RecommendationFacts { decisions }, agreement))
    }

    fn response_id(&self) -> ResponseId {
        ResponseId::from_uuid(Uuid::new_v5(
            &NAMESPACE,
            format!("{}/response/{}", self.seed, self.number).as_bytes(),
        ))
    }

    fn recommendation_id(&self, index: usize) -> RecommendationId {
        RecommendationId::from_uuid(Uuid::new_v5(
            &self.response_id().uuid(),
            format!("recommendation/{index}").as_bytes(),
        ))
    }
}

fn in_days(today: Date, days: i64) -> Date {
    today.checked_add(days.days()).unwrap_or(today)
}

fn document(kind: &str, number: u64) -> Result<DocumentReference, SyntheticError> {
    DocumentReference::parse(&format!("{kind}/{number}"))
        .map_err(|error| SyntheticError::Text(error.to_string()))
}
