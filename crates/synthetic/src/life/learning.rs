//! What is learned: a response with its recommendations, and the actions under them.

use candour_domain::{
    action::{
        self, ActionAgreement, ActionSource, AssertedStage, Effectiveness, EffectivenessReview,
        Implementation, Measure, MeasurePlan, Owner, RecommendationFacts, RecommendationKey, RiskAcceptance,
        StageAssertion,
    },
    calendar::civil_date,
    identifier::{ActionId, Derived, RecommendationId, ResponseId, derive},
    response::{self, Recommendation, RecommendationKind, ResponseKind, ResponseStart, SignOff},
    text::{DocumentReference, PersonReference},
};
use jiff::{Timestamp, ToSpan as _, civil::Date};
use uuid::Uuid;

use super::{
    Life, NAMESPACE,
    report::reference,
    step::{ActionStep, Agreed, ResponseStep},
};
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
        step: &ResponseStep,
    ) -> Result<(), SyntheticError> {
        let moment = self.moment(at, 5)?;
        let command = match step {
            ResponseStep::Start => response::Command::StartResponse(ResponseStart {
                id: self.response_id(),
                reference: reference("RES", self.number)?,
                kind: self.chance.one_of(&[ResponseKind::Psii, ResponseKind::AfterActionReview]),
                incidents: vec![self.id],
                started_on: civil_date(moment.occurred_at),
                agreed_due_on: None,
            }),
            ResponseStep::Recommend(index) => response::Command::MakeRecommendation(Recommendation {
                id: self.recommendation_id(*index),
                reference: reference(&format!("REC{index}"), self.number)?,
                kind: RecommendationKind::SafetyAction,
                text: words::recommended(&mut self.chance)?,
                relates_to: Vec::new(),
            }),
            ResponseStep::Accept(index) => response::Command::AcceptRecommendation {
                recommendation: self.recommendation_id(*index),
                accepted_by_role: Some(words::text("divisional director")?),
            },
            ResponseStep::SignOff => response::Command::SignOffReport(SignOff {
                signed_off_by_role: words::text("medical director")?,
                report: Some(document("reports", self.number)?),
            }),
            ResponseStep::Reject(index) => response::Command::RejectRecommendation {
                recommendation: self.recommendation_id(*index),
                reason: words::text("the pumps are to be replaced next year in any case")?,
                rejected_by_role: Some(words::text("divisional director")?),
            },
        };
        let id = self.response_id();
        let stream = match &mut self.response {
            Some(stream) => stream,
            none => none.insert(Stream::new(recorder.engine, id.uuid(), self.is_corrected)?),
        };
        recorder.command(stream, &moment, command)
    }

    pub(super) fn of_an_action(
        &mut self,
        recorder: &mut Recorder<'_>,
        at: Timestamp,
        number: usize,
        step: &ActionStep,
    ) -> Result<(), SyntheticError> {
        let is_verifying = matches!(
            step,
            ActionStep::Verify | ActionStep::RefuseVerification | ActionStep::ReviewEffectiveness
        );
        // What is dated by a day of its own is recorded on that day.
        let moment = self.moment(at, if is_verifying { 7 } else { 6 })?.at_once();
        let today = civil_date(moment.recorded_at);
        let command = match step {
            ActionStep::Agree(agreed) => {
                let id = ActionId::from_uuid(derive("synthetic", moment.request, Derived::Action));
                let stream = Stream::new(recorder.engine, id.uuid(), self.is_corrected)?;
                self.actions.insert(number, stream);
                self.agreement(id, number, agreed, in_days(today, agreed.target_in_days))?
            }
            ActionStep::AssignOwner => action::Command::AssignOwner(self.owner()?),
            ActionStep::SetMeasure => action::Command::SetActionMeasure(measure_plan()?),
            ActionStep::NoteProgress => {
                action::Command::NoteProgress { note: words::found(&mut self.chance)? }
            }
            ActionStep::MoveTarget => action::Command::MoveTarget {
                to: in_days(today, 90),
                reason: words::text("the supplier needs longer")?,
                approved_by_role: words::text("divisional director")?,
                approved_by: None,
            },
            ActionStep::Implement => action::Command::ReportImplementation(Implementation {
                implemented_on: today,
                evidence: vec![document("evidence", self.number)?],
                note: None,
            }),
            ActionStep::Verify => action::Command::VerifyImplementation { implemented_on: None, note: None },
            ActionStep::RefuseVerification => action::Command::RefuseVerification {
                reason: words::text("two of the five wards still use the old chart")?,
            },
            ActionStep::ReviewEffectiveness => {
                let result = self.chance.one_of(&[
                    Effectiveness::Effective,
                    Effectiveness::Effective,
                    Effectiveness::Inconclusive,
                ]);
                let evidence = vec![document("audits", self.number)?];
                action::Command::ReviewEffectiveness(EffectivenessReview {
                    result,
                    evidence,
                    note: None,
                    next_review_on: None,
                })
            }
            ActionStep::Supersede => {
                // Where the first one was never agreed there is nothing to take its place.
                let Some(first) = self.actions.get(&0) else { return Ok(()) };
                action::Command::SupersedeAction { by: ActionId::from_uuid(first.id()), reason: None }
            }
            ActionStep::Withdraw => action::Command::WithdrawAction {
                reason: words::text("the service has moved to another provider")?,
            },
            ActionStep::AcceptRisk => action::Command::AcceptRisk(RiskAcceptance {
                accepted_by_role: words::text("chief nurse")?,
                reason: words::text("the building is to be replaced within two years")?,
                review_on: in_days(today, 180),
            }),
            ActionStep::Close => action::Command::CloseAction { reason: None },
            ActionStep::AssertImplemented => action::Command::RecordStageAsserted(StageAssertion {
                stage: AssertedStage::Implementation,
                source: words::other_system()?,
            }),
        };
        let stream = self.actions.get_mut(&number).ok_or(SyntheticError::OutOfPlan)?;
        recorder.command(stream, &moment, command)
    }

    fn agreement(
        &mut self,
        id: ActionId,
        number: usize,
        agreed: &Agreed,
        target_on: Date,
    ) -> Result<action::Command, SyntheticError> {
        let (source, decisions) = match agreed.recommendation {
            Some(index) => {
                let key = RecommendationKey {
                    response: self.response_id(),
                    recommendation: self.recommendation_id(index),
                };
                (ActionSource::Recommendations(vec![key]), vec![response::Decision::Accepted])
            }
            None => (ActionSource::Incident(self.id), Vec::new()),
        };
        let owner = if agreed.has_owner { Some(self.owner()?) } else { None };
        let plan = if agreed.has_measure { measure_plan()? } else { MeasurePlan::default() };
        let agreement = ActionAgreement {
            id,
            reference: reference(&format!("ACT{number}"), self.number)?,
            source,
            description: words::done(&mut self.chance)?,
            owner,
            target_on: Some(target_on),
            plan,
            relates_to: Vec::new(),
        };
        Ok(action::Command::AgreeAction(RecommendationFacts { decisions }, agreement))
    }

    fn owner(&mut self) -> Result<Owner, SyntheticError> {
        Ok(Owner {
            role: words::text("ward manager")?,
            team: Some(words::text(self.chance.one_of(words::TEAMS))?),
            directorate: None,
            person: Some(
                PersonReference::parse(OWNER).map_err(|error| SyntheticError::Text(error.to_string()))?,
            ),
        })
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

fn measure_plan() -> Result<MeasurePlan, SyntheticError> {
    Ok(MeasurePlan {
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
    })
}

fn in_days(today: Date, days: i64) -> Date {
    today.checked_add(days.days()).unwrap_or(today)
}

fn document(kind: &str, number: u64) -> Result<DocumentReference, SyntheticError> {
    DocumentReference::parse(&format!("{kind}/{number}"))
        .map_err(|error| SyntheticError::Text(error.to_string()))
}
