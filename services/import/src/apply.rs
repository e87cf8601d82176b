//! Applies one row: read, load what is there, plan the whole of it, record.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use candour_api::v1::{self, ImportOutcome};
use candour_domain::{
    action::Action,
    calendar::civil_date,
    candour_case::{CandourCase, CaseFacts},
    feedback::{Feedback, ReportFacts},
    identifier::{AffectedPersonId, CaseId, IncidentId},
    incident::{Incident, State, Status},
};
use candour_journal::Position;
use candour_service_kit::{Caller, Engine, Failure, token, trace_context::TraceContext};
use jiff::Timestamp;
use prost::Message as _;
use tokio::sync::Mutex;

use crate::{
    action, candour, feedback,
    finding::{Notes, Refused, findings},
    ids::Ids,
    incident, request,
    row::Row,
    source::Source,
    stream::{Record, Stream},
};

/// How often a row is planned anew when others write to the same records.
const ATTEMPTS_MAX: usize = 5;
/// Rows of different incidents that are applied at the same time share this many locks.
const LOCKS: usize = 256;

/// Applies rows.
#[derive(Clone)]
pub(crate) struct Applier {
    engine: Engine,
    /// Two rows about one incident are never applied at the same time, whichever streams they come in.
    locks: Arc<Vec<Mutex<()>>>,
}

/// Who sends the rows.
#[derive(Clone)]
pub(crate) struct Sender {
    pub(crate) caller: Caller,
    pub(crate) trace: TraceContext,
}

/// What the row is about, and what was recorded of it.
struct Applied {
    record: Record,
    notes: Notes,
}

impl Applier {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, locks: Arc::new((0..LOCKS).map(|_| Mutex::new(())).collect()) }
    }

    /// Applies a row and says what became of it. An error is one of the store, after which no row can be applied.
    pub(crate) async fn apply(
        &self,
        sender: &Sender,
        mut message: v1::ImportRecordsRequest,
    ) -> Result<v1::ImportRecordsResponse, Failure> {
        // The number is the caller's own: the same row at another place is the same row.
        let number = std::mem::take(&mut message.row);
        let content = message.encode_to_vec();
        let mut answer = v1::ImportRecordsResponse { row: number, ..v1::ImportRecordsResponse::default() };
        let now = self.engine.now();
        let row = match request::row(&message, now) {
            Ok(row) => row,
            Err(failure) => return refused(answer, failure.into()),
        };
        if let Some(failure) = names_whom_it_may_not(&sender.caller, &row) {
            return refused(answer, failure);
        }
        let ids = Ids::of(&self.engine, &row, &content);
        answer.incident_id = ids.incident.to_string();
        answer.action_id = ids.action.map(|action| action.to_string()).unwrap_or_default();
        let source = Source {
            caller: sender.caller.clone(),
            trace: sender.trace.clone(),
            system: row.system.clone(),
            content: self.engine.authenticate("import-row", &content),
            now,
        };
        let applied = {
            let _alone = self.lock(ids.incident).lock().await;
            self.plan_and_record(&row, &ids, &source).await
        };
        let Applied { record, notes } = match applied {
            Ok(applied) => applied,
            Err(failure) => return refused(answer, failure),
        };
        answer.outcome = match (record.created, record.events) {
            (true, _) => ImportOutcome::New,
            (false, 0) => ImportOutcome::Unchanged,
            (false, _) => ImportOutcome::Changed,
        }
        .into();
        answer.notices = notes.into_findings();
        answer.notices.extend(record.notes.into_findings());
        answer.events = record.events;
        answer.position = record
            .position
            .map(|position| token::position(self.engine.journal().as_ref(), position))
            .unwrap_or_default();
        answer.position_sequence = record.position.map(Position::raw).unwrap_or_default();
        Ok(answer)
    }

    fn lock(&self, incident: IncidentId) -> &Mutex<()> {
        let mut hasher = DefaultHasher::new();
        incident.hash(&mut hasher);
        let count = u64::try_from(self.locks.len()).unwrap_or(1);
        let index = usize::try_from(hasher.finish() % count).unwrap_or(0);
        &self.locks[index]
    }

    /// Plans a row and records it; anew where somebody else wrote to the same records in between.
    async fn plan_and_record(&self, row: &Row, ids: &Ids, source: &Source) -> Result<Applied, Refused> {
        let mut record = Record::default();
        let mut attempt = 1;
        loop {
            let mut notes = Notes::default();
            let plan = self.plan(row, ids, source, &mut notes).await?;
            match plan.record(&self.engine, &mut record).await {
                Ok(()) => return Ok(Applied { record, notes }),
                Err(refused) if attempt < ATTEMPTS_MAX && is_worth_another_attempt(&refused.failure) => {
                    attempt += 1;
                }
                Err(refused) => return Err(refused),
            }
        }
    }

    /// Everything that the row changes, none of it recorded yet: what breaks a rule changes nothing.
    async fn plan(&self, row: &Row, ids: &Ids, source: &Source, notes: &mut Notes) -> Result<Plan, Refused> {
        let engine = &self.engine;
        let mut incident = Stream::<Incident>::load(engine, ids.incident.uuid(), &source.system).await?;
        if row.source_id.is_none() {
            notes.note("incident_source_id", "is not given: the incident is recognised by its content only");
        }
        let planning =
            incident::Planning { id: ids.incident, row, source, stream: &mut incident, notes: &mut *notes };
        let persons = planning.plan()?;
        let state = incident.state();
        let mut plan = Plan { incident, feedback: None, cases: Vec::new(), action: None };
        if state.status == Status::RecordedInError {
            return Ok(plan);
        }
        let reported_at = state.reported_at.unwrap_or(source.now);
        if let Some(part) = &row.feedback {
            let mut stream = Stream::<Feedback>::load(engine, ids.incident.uuid(), &source.system).await?;
            let facts = ReportFacts {
                identity: state.reporter_identity,
                recorded_in_error: false,
                reported_on: civil_date(reported_at),
            };
            feedback::Planning { part, facts, reported_at, source, stream: &mut stream, notes: &mut *notes }
                .plan()?;
            plan.feedback = Some(stream);
        }
        for (index, (person, id)) in row.persons.iter().zip(persons).enumerate() {
            let Some(part) = &person.candour else { continue };
            let field = format!("persons[{index}].candour");
            let Some(facts) = facts_of_case(&state, ids.incident, id, reported_at) else {
                notes.note(field, "is not recorded: the person was struck out of the incident here");
                continue;
            };
            let mut stream = Stream::<CandourCase>::load(engine, facts.case.uuid(), &source.system).await?;
            candour::Planning {
                part,
                field,
                facts,
                reported_at,
                source,
                stream: &mut stream,
                notes: &mut *notes,
            }
            .plan()?;
            plan.cases.push(stream);
        }
        if let (Some(part), Some(id)) = (&row.action, ids.action) {
            let mut stream = Stream::<Action>::load(engine, id.uuid(), &source.system).await?;
            action::Planning {
                id,
                incident: ids.incident,
                part,
                source,
                stream: &mut stream,
                notes: &mut *notes,
            }
            .plan()?;
            plan.action = Some(stream);
        }
        Ok(plan)
    }
}

fn facts_of_case(
    state: &State,
    incident: IncidentId,
    person: AffectedPersonId,
    reported_at: Timestamp,
) -> Option<CaseFacts> {
    state.person(person).map(|_| CaseFacts {
        case: CaseId::of(incident, person),
        incident,
        person,
        recorded_in_error: false,
        reported_on: civil_date(reported_at),
    })
}

/// The steps of a row on each stream.
struct Plan {
    incident: Stream<Incident>,
    feedback: Option<Stream<Feedback>>,
    cases: Vec<Stream<CandourCase>>,
    action: Option<Stream<Action>>,
}

impl Plan {
    async fn record(self, engine: &Engine, record: &mut Record) -> Result<(), Refused> {
        record.created |= self.incident.record(engine, record).await?;
        if let Some(feedback) = self.feedback {
            feedback.record(engine, record).await?;
        }
        for case in self.cases {
            case.record(engine, record).await?;
        }
        if let Some(action) = self.action {
            record.created |= action.record(engine, record).await?;
        }
        Ok(())
    }
}

/// What was planned is no longer what the records allow: somebody wrote in between.
fn is_worth_another_attempt(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::StaleEtag { .. }
            | Failure::Contended { .. }
            | Failure::Refused { .. }
            | Failure::OutOfOrder(_)
    )
}

/// Who implemented an action is taken only from a caller that may name them: a later verification is independent of that person (ACT-2).
fn names_whom_it_may_not(caller: &Caller, row: &Row) -> Option<Refused> {
    let named = row.action.as_ref()?.implemented_by.clone()?;
    let may = caller.performers.of(Some(named)).is_some();
    let failure = || Failure::PerformerNotPermitted { caller: caller.id.to_string() };
    (!may).then(|| Refused::of("action.implemented_by", failure()))
}

/// The answer to a row that is refused; what the store cannot do is no fault of the row, and ends the stream.
fn refused(
    mut answer: v1::ImportRecordsResponse,
    refused: Refused,
) -> Result<v1::ImportRecordsResponse, Failure> {
    match refused.failure {
        Failure::Invalid(_)
        | Failure::NotFound { .. }
        | Failure::Refused { .. }
        | Failure::OutOfOrder(_)
        | Failure::StaleEtag { .. }
        | Failure::Contended { .. }
        | Failure::RequestIdReused
        | Failure::Limit(_)
        | Failure::PerformerNotPermitted { .. }
        | Failure::SubjectErased => {
            answer.outcome = ImportOutcome::Rejected.into();
            answer.violations = findings(&refused);
            Ok(answer)
        }
        failure @ (Failure::Unauthenticated(_)
        | Failure::CallersUnavailable
        | Failure::Forbidden { .. }
        | Failure::NotCaughtUp { .. }
        | Failure::Unavailable(_)
        | Failure::Stopping
        | Failure::OutcomeUnknown(_)
        | Failure::Corrupt(_)
        | Failure::ProjectionStopped(_)
        | Failure::Transport { .. }
        | Failure::Internal(_)) => Err(failure),
    }
}
