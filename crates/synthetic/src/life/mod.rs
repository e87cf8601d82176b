//! The life of one incident and of everything that follows from it: planned when it is reported, lived step by step.

mod candour;
mod feedback;
mod learning;
mod plan;
mod report;

use candour_domain::{
    action::Action,
    calendar::civil_date,
    candour_case::CandourCase,
    feedback::Feedback,
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

pub(crate) use plan::{Plan, Step};

/// What request ids are derived from.
const NAMESPACE: Uuid = Uuid::from_u128(0x1f0c_93a4_7d25_4b8e_a0c6_4e1b_52f7_08d3);

/// The longest that something is recorded after it happened, in minutes.
const LATENESS_MINUTES_MAX: i64 = 180;

/// An incident, and everything that follows from it.
pub(crate) struct Life {
    seed: u64,
    number: u64,
    requests: u64,
    chance: Chance,
    id: IncidentId,
    /// The person affected, where anybody was.
    person: Option<AffectedPersonId>,
    reported_on: Date,
    incident: Stream<Incident>,
    feedback: Option<Stream<Feedback>>,
    case: Option<Stream<CandourCase>>,
    response: Option<Stream<Response>>,
    actions: Vec<Stream<Action>>,
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
        let id =
            IncidentId::from_uuid(Uuid::new_v5(&NAMESPACE, format!("{seed}/incident/{number}").as_bytes()));
        let plan = Plan::draw(&mut chance);
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
            reported_on: civil_date(reported_at),
            incident: Stream::new(engine, id.uuid())?,
            feedback: None,
            case: None,
            response: None,
            actions: Vec::new(),
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
            Step::Report(_) | Step::Amend | Step::Grade(_) | Step::Close => {
                self.of_the_incident(recorder, at, step)
            }
            Step::OpenChannel | Step::Acknowledge | Step::SendProgress | Step::SendOutcome | Step::OptOut => {
                self.of_the_reporter(recorder, at, step)
            }
            Step::AssessNotifiable
            | Step::RecordNotNotifiable
            | Step::IdentifyRelevantPerson
            | Step::NotifyInPerson
            | Step::SendLetter
            | Step::ShareResults => self.of_the_case(recorder, at, step),
            Step::StartResponse | Step::Recommend(_) | Step::Accept(_) | Step::SignOff => {
                self.of_the_response(recorder, at, step)
            }
            Step::Agree { .. }
            | Step::NoteProgress(_)
            | Step::MoveTarget(_)
            | Step::Implement(_)
            | Step::Verify(_)
            | Step::ReviewEffectiveness(_) => self.of_an_action(recorder, at, step),
        }
    }

    /// The moment of the next command: recorded at this instant, by somebody of this kind.
    fn moment(&mut self, at: Timestamp, kind: u64) -> Result<Moment, SyntheticError> {
        self.requests += 1;
        let request = format!("{}/{}/{}", self.seed, self.number, self.requests);
        let person = format!("staff:{}", kind * 1000 + self.chance.below(900));
        let late = SignedDuration::from_mins(self.chance.between(0, LATENESS_MINUTES_MAX));
        Ok(Moment {
            recorded_at: at,
            occurred_at: at.checked_sub(late).unwrap_or(at),
            performed_by: PersonReference::parse(&person)
                .map_err(|error| SyntheticError::Text(error.to_string()))?,
            request: RequestId::from_uuid(Uuid::new_v5(&NAMESPACE, request.as_bytes())),
        })
    }
}

/// The stream of something that a plan says exists by now.
fn begun<S>(stream: Option<&mut S>) -> Result<&mut S, SyntheticError> {
    stream.ok_or(SyntheticError::OutOfPlan)
}
