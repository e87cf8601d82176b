//! The life of one incident and of everything that follows from it: planned when it is reported, lived step by step.

mod candour;
mod feedback;
mod learning;
mod plan;
mod report;
mod step;

use std::collections::BTreeMap;

use candour_domain::{
    action::Action,
    calendar::civil_date,
    candour_case::CandourCase,
    feedback::{Event as Told, Feedback},
    identifier::{AffectedPersonId, IncidentId, RequestId},
    incident::Incident,
    response::Response,
    text::PersonReference,
};
use candour_service_kit::Engine;
use jiff::{SignedDuration, Timestamp, civil::Date};
use uuid::Uuid;

use crate::{
    SyntheticError,
    chance::Chance,
    stream::{Moment, Recorder, Stream},
};

use plan::Plan;
use step::Record;
pub(crate) use step::Step;

/// What request ids are derived from.
const NAMESPACE: Uuid = Uuid::from_u128(0x1f0c_93a4_7d25_4b8e_a0c6_4e1b_52f7_08d3);

/// The longest that something is ordinarily recorded after it happened, in minutes.
const LATENESS_MINUTES_MAX: i64 = 180;
/// In how many cases of a thousand it is recorded days afterwards, and how many days at most.
const LATE_IN_THOUSAND: u64 = 30;
const LATE_DAYS_MAX: i64 = 6;

/// An incident, and everything that follows from it.
pub(crate) struct Life {
    seed: u64,
    number: u64,
    requests: u64,
    chance: Chance,
    id: IncidentId,
    /// The person affected, where anybody was.
    person: Option<AffectedPersonId>,
    reported_at: Timestamp,
    reported_on: Date,
    is_corrected: bool,
    incident: Stream<Incident>,
    feedback: Option<Stream<Feedback>>,
    case: Option<Stream<CandourCase>>,
    response: Option<Stream<Response>>,
    /// By number; numbers count the actions that were planned.
    actions: BTreeMap<usize, Stream<Action>>,
    /// Steps that are still to come.
    pub(crate) remaining: usize,
}

impl Life {
    /// A life that begins with its report at this instant.
    pub(crate) fn new(
        engine: &Engine,
        seed: u64,
        number: u64,
        reported_at: Timestamp,
    ) -> Result<(Self, Vec<(Timestamp, Step)>), SyntheticError> {
        let mut chance = Chance::of(seed, number);
        let id = incident_id(seed, number);
        let plan = Plan::draw(&mut chance, number);
        let steps = plan.steps(&mut chance, reported_at);
        let life = Self {
            seed,
            number,
            requests: 0,
            chance,
            id,
            person: plan
                .harm
                .is_some()
                .then(|| AffectedPersonId::from_uuid(Uuid::new_v5(&id.uuid(), b"person"))),
            reported_at,
            reported_on: civil_date(reported_at),
            is_corrected: plan.is_corrected,
            incident: Stream::new(engine, id.uuid(), plan.is_corrected)?,
            feedback: None,
            case: None,
            response: None,
            actions: BTreeMap::new(),
            remaining: steps.len(),
        };
        Ok((life, steps))
    }

    /// Lives one step.
    pub(crate) fn live(
        &mut self,
        recorder: &mut Recorder<'_>,
        at: Timestamp,
        step: &Step,
    ) -> Result<(), SyntheticError> {
        match step {
            Step::Incident(step) => self.of_the_incident(recorder, at, step),
            Step::Feedback(step) => self.of_the_reporter(recorder, at, step),
            Step::Case(step) => self.of_the_case(recorder, at, step),
            Step::Response(step) => self.of_the_response(recorder, at, step),
            Step::Action(number, step) => self.of_an_action(recorder, at, *number, step),
            Step::Correct(record) => self.put_right(recorder, at, *record),
        }
    }

    /// Corrects the latest entry of a record, where there is one.
    fn put_right(
        &mut self,
        recorder: &mut Recorder<'_>,
        at: Timestamp,
        record: Record,
    ) -> Result<(), SyntheticError> {
        let moment = self.moment(at, 8)?.at_once();
        match record {
            Record::Incident => recorder.correct(&mut self.incident, &moment, false),
            Record::Feedback => self.feedback.as_mut().map_or(Ok(()), |stream| {
                // Word of progress that was put on the wrong report is struck out.
                let is_struck =
                    stream.latest().is_some_and(|entry| matches!(entry.event, Told::ReporterProgressSent(_)));
                recorder.correct(stream, &moment, is_struck)
            }),
            Record::Case => self.case.as_mut().map_or(Ok(()), |case| recorder.correct(case, &moment, false)),
            Record::Response => {
                self.response.as_mut().map_or(Ok(()), |response| recorder.correct(response, &moment, false))
            }
            Record::FirstAction => {
                self.actions.get_mut(&0).map_or(Ok(()), |action| recorder.correct(action, &moment, false))
            }
        }
    }

    /// The moment of the next command: recorded at this instant, by somebody of this kind.
    fn moment(&mut self, at: Timestamp, kind: u64) -> Result<Moment, SyntheticError> {
        self.requests += 1;
        let request = format!("{}/{}/{}", self.seed, self.number, self.requests);
        let person = format!("staff:{}", kind * 1000 + self.chance.below(900));
        let mut late = SignedDuration::from_mins(self.chance.between(0, LATENESS_MINUTES_MAX));
        if self.requests > 1 && self.chance.in_thousand(LATE_IN_THOUSAND) {
            late += SignedDuration::from_hours(24 * self.chance.between(1, LATE_DAYS_MAX));
        }
        let occurred_at = at.checked_sub(late).unwrap_or(at);
        Ok(Moment {
            recorded_at: at,
            // Nothing comes of a report before it is made.
            occurred_at: if self.requests > 1 { occurred_at.max(self.reported_at) } else { occurred_at },
            performed_by: PersonReference::parse(&person)
                .map_err(|error| SyntheticError::Text(error.to_string()))?,
            request: RequestId::from_uuid(Uuid::new_v5(&NAMESPACE, request.as_bytes())),
        })
    }
}

/// The id of the incident with this number.
fn incident_id(seed: u64, number: u64) -> IncidentId {
    IncidentId::from_uuid(Uuid::new_v5(&NAMESPACE, format!("{seed}/incident/{number}").as_bytes()))
}
