//! A log that is made up while it is read: incidents over five years, and what followed each, in the order in which it happened.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
    sync::Mutex,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use candour_domain::{
    Personal,
    action::{
        Action, ActionAgreement, ActionSource, Effectiveness, EffectivenessReview, Event as Doing,
        Implementation, MeasurePlan, Owner, RecommendationKey, Strength, TargetMove, Verification,
    },
    calendar::{Calendars, Nation},
    candour_case::{
        CandourCase, CoversEnquiries, EnquiryResults, Event as Case, FirstNotification, FurtherEnquiries,
        LetterCovers, NotifiableAssessment, NotificationMode, Opinion, Representative, WrittenNotification,
    },
    feedback::{Acknowledgement, Event as Telling, Feedback, Outcome, Progress},
    identifier::{ActionId, AffectedPersonId, CaseId, IncidentId, RecommendationId, RequestId, ResponseId},
    incident::{
        AffectedPerson, AffectedPersonKind, Closure, Event as Happening, HarmGrade, Incident, IncidentKind,
        PhysicalHarm, Place, Report, Reporter, ReporterIdentity,
    },
    regime::{BodyType, Likelihood, Outcome as Harm, RegimeVersion},
    response::{
        Event as Learning, Recommendation, RecommendationKind, Response, ResponseKind, ResponseStart, SignOff,
    },
    text::{DocumentReference, PersonReference, PublicReference, Text},
};
use candour_journal::{
    AllPage, AppendError, Appended, EventTypeName, ExpectedVersion, Fact, FactError, Journal, NewEvent,
    Position, ReadError, RecordedEvent, StoreId, StreamName, StreamPage, StreamVersion, Unavailable,
};
use candour_records::{Caller, Metadata, Rules, StoredAggregate, plain::Plain};
use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use tokio::sync::watch;
use uuid::Uuid;

/// The last day on which anything happens.
pub(crate) const LAST_DAY: Date = jiff::civil::date(2026, 9, 30);
const DAYS: i64 = 5 * 365;

/// What is to happen to an incident next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Report,
    Acknowledge,
    Word,
    Close,
    Tell,
    Assess,
    Notify,
    Write,
    Share,
    Respond,
    Recommend,
    Agree,
    Move,
    SignOff,
    Implement,
    Verify,
    Review,
}

/// The journal of those lives. It is read once, from its beginning to its end.
pub(crate) struct Lives {
    making: Mutex<Making>,
    changes: watch::Sender<Position>,
}

struct Making {
    incidents: usize,
    reported: usize,
    due: BinaryHeap<Reverse<(i64, usize, Step)>>,
    versions: HashMap<Uuid, u64>,
    ready: VecDeque<RecordedEvent>,
    position: u64,
    time: Duration,
}

impl Lives {
    pub(crate) fn new(incidents: usize) -> Self {
        let making = Making {
            incidents,
            reported: 0,
            due: BinaryHeap::new(),
            versions: HashMap::new(),
            ready: VecDeque::new(),
            position: 0,
            time: Duration::ZERO,
        };
        Self { making: Mutex::new(making), changes: watch::Sender::new(Position::BEFORE_FIRST) }
    }

    pub(crate) fn time_making(&self) -> Duration {
        self.making.lock().unwrap().time
    }
}

/// A number that an incident always draws for the same thing.
fn draw(incident: usize, what: u64, below: u64) -> u64 {
    let mut x =
        (incident as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ what.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^= x >> 30;
    x = x.wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^= x >> 31;
    (x >> 16) % below
}

fn id(kind: u64, incident: usize) -> Uuid {
    Uuid::from_u64_pair(
        draw(incident, kind.wrapping_mul(31), u64::MAX) ^ (kind << 56),
        ((kind << 48) | incident as u64) ^ 0x8000_0000_0000_0000,
    )
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn known<const MAX: usize>(words: &str) -> Personal<Text<MAX>> {
    Personal::Known(text(words))
}

fn reference(kind: &str, incident: usize) -> PublicReference {
    PublicReference::parse(&format!("{kind}-{incident}")).unwrap()
}

fn document() -> DocumentReference {
    DocumentReference::parse("records/1").unwrap()
}

impl Making {
    fn fill(&mut self, wanted: usize) {
        let begun = Instant::now();
        while self.ready.len() < wanted {
            let minute = |incident: usize| {
                i64::try_from(incident).unwrap() * (DAYS * 1440) / i64::try_from(self.incidents).unwrap()
            };
            if self.reported < self.incidents
                && self.due.peek().is_none_or(|Reverse((at, ..))| minute(self.reported) <= *at)
            {
                self.due.push(Reverse((minute(self.reported), self.reported, Step::Report)));
                self.reported += 1;
            }
            let Some(Reverse((at, incident, step))) = self.due.pop() else { break };
            if at < DAYS * 1440 {
                self.happen(at, incident, step);
            }
        }
        self.time += begun.elapsed();
    }

    fn after(&mut self, at: i64, days: u64, incident: usize, step: Step) {
        let later =
            at + i64::try_from(days).unwrap() * 1440 + i64::try_from(draw(incident, 77, 600)).unwrap();
        self.due.push(Reverse((later, incident, step)));
    }

    #[expect(clippy::too_many_lines, reason = "one life, from beginning to end")]
    fn happen(&mut self, at: i64, number: usize, step: Step) {
        let roll = |what: u64, below: u64| draw(number, what, below);
        let day = start() + Span::new().days(at / 1440);
        let incident = IncidentId::from_uuid(id(1, number));
        let person = AffectedPersonId::from_uuid(id(2, number));
        let case = CaseId::of(incident, person);
        let response = ResponseId::from_uuid(id(3, number));
        let recommendation = RecommendationId::from_uuid(id(4, number));
        let action = ActionId::from_uuid(id(5, number));
        let opened = Case::CandourCaseOpened { case, incident, person };
        match step {
            Step::Report => {
                let harmed = roll(1, 20) == 0;
                let report = Report {
                    id: incident,
                    reference: reference("INC", number),
                    kind: IncidentKind::PatientSafetyIncident,
                    incident_date: None,
                    place: place(number),
                    narrative: known(
                        "A patient was given the wrong dose and was watched over night without further harm.",
                    ),
                    immediate_actions: None,
                    reporter: (roll(2, 10) > 0).then(|| Reporter {
                        identity: ReporterIdentity::Named,
                        role: Some(text("staff nurse")),
                        name: Some(known("A B")),
                        contact: Some(known("a@b")),
                    }),
                    affected_persons: vec![AffectedPerson {
                        id: person,
                        case_reference: None,
                        kind: AffectedPersonKind::Patient,
                        name: Some(known("C D")),
                        contact: None,
                        harm: HarmGrade {
                            physical: Some(if harmed { PhysicalHarm::Moderate } else { PhysicalHarm::Low }),
                            psychological: None,
                            could_result: false,
                        },
                    }],
                    source: None,
                    source_candour_flag: false,
                };
                self.tell::<Incident>(at, incident.uuid(), &Happening::IncidentReported(report));
                if roll(2, 10) > 0 {
                    self.after(at, roll(3, 4), number, Step::Acknowledge);
                    self.after(at, 20 + roll(4, 20), number, Step::Word);
                }
                if roll(5, 50) > 0 {
                    self.after(at, 10 + roll(6, 80), number, Step::Close);
                }
                if harmed {
                    self.after(at, 1 + roll(7, 4), number, Step::Assess);
                }
                if roll(8, 10) == 0 {
                    self.after(at, 5, number, Step::Respond);
                }
            }
            Step::Acknowledge => self.tell::<Feedback>(
                at,
                incident.uuid(),
                &Telling::ReporterAcknowledged(Acknowledgement { method: None }),
            ),
            Step::Word => self.tell::<Feedback>(
                at,
                incident.uuid(),
                &Telling::ReporterProgressSent(Progress { method: None, message: None }),
            ),
            Step::Close => {
                let closed = Happening::IncidentClosed(Closure { reason: None, closed_by: None });
                self.tell::<Incident>(at, incident.uuid(), &closed);
                if roll(2, 10) > 0 && roll(9, 12) > 0 {
                    self.after(at, 1 + roll(10, 20), number, Step::Tell);
                }
            }
            Step::Tell => self.tell::<Feedback>(
                at,
                incident.uuid(),
                &Telling::ReporterOutcomeSent(Outcome {
                    method: None,
                    what_was_found: known("the chart was hard to read."),
                    what_changed: Some(known("the chart was changed.")),
                    why_nothing_changed: None,
                }),
            ),
            Step::Assess => {
                self.tell_as::<CandourCase>(at, case.uuid(), &opened, &opened);
                self.tell_as::<CandourCase>(
                    at,
                    case.uuid(),
                    &opened,
                    &Case::NotifiableAssessed(assessment(day)),
                );
                if roll(11, 15) > 0 {
                    self.after(at, 1 + roll(12, 12), number, Step::Notify);
                }
            }
            Step::Notify => {
                let told = Case::InPersonNotified(FirstNotification {
                    relevant_person: None,
                    mode: Some(NotificationMode::FaceToFace),
                    representatives: vec![Representative { role: text("consultant"), name: known("E F") }],
                    facts_account: true,
                    further_enquiries: Some(FurtherEnquiries::Advised),
                    apology: roll(13, 10) > 0,
                    support_offered: true,
                    written_record: Some(document()),
                });
                self.tell_as::<CandourCase>(at, case.uuid(), &opened, &told);
                self.after(at, 1 + roll(14, 15), number, Step::Write);
            }
            Step::Write => {
                let letter = Case::WrittenNotificationSent(WrittenNotification {
                    relevant_person: None,
                    letter: document(),
                    covers: LetterCovers {
                        facts: true,
                        enquiries: Some(CoversEnquiries::Details),
                        results: false,
                        apology: true,
                    },
                });
                self.tell_as::<CandourCase>(at, case.uuid(), &opened, &letter);
                self.after(at, 30 + roll(15, 60), number, Step::Share);
            }
            Step::Share => {
                let results = Case::EnquiryResultsShared(EnquiryResults {
                    relevant_person: None,
                    letter: document(),
                    apology: true,
                });
                self.tell_as::<CandourCase>(at, case.uuid(), &opened, &results);
            }
            Step::Respond => {
                let start = Learning::ResponseStarted(ResponseStart {
                    id: response,
                    reference: reference("PSII", number),
                    kind: ResponseKind::Psii,
                    incidents: vec![incident],
                    started_on: day,
                    agreed_due_on: None,
                });
                self.tell::<Response>(at, response.uuid(), &start);
                self.after(at, 20, number, Step::Recommend);
                self.after(at, 60, number, Step::SignOff);
            }
            Step::Recommend => {
                let made = Learning::RecommendationMade(Recommendation {
                    id: recommendation,
                    reference: reference("REC", number),
                    kind: RecommendationKind::SafetyRecommendation,
                    text: text("Use one kind of chart on every ward."),
                    relates_to: vec![],
                });
                self.tell::<Response>(at, response.uuid(), &made);
                let accepted = Learning::RecommendationAccepted { recommendation, accepted_by_role: None };
                self.tell::<Response>(at, response.uuid(), &accepted);
                self.after(at, 5, number, Step::Agree);
            }
            Step::SignOff => {
                let signed_off =
                    Learning::ReportSignedOff(SignOff { signed_off_by_role: text("board"), report: None });
                self.tell::<Response>(at, response.uuid(), &signed_off);
            }
            Step::Agree => {
                let target = day + Span::new().days(60);
                let agreement = ActionAgreement {
                    id: action,
                    reference: reference("ACT", number),
                    source: ActionSource::Recommendations(vec![RecommendationKey {
                        response,
                        recommendation,
                    }]),
                    description: text("Replace the charts."),
                    owner: (roll(16, 12) > 0).then(|| Owner {
                        role: text("matron"),
                        team: Some(text(&format!("Team {}", roll(30, 200)))),
                        directorate: None,
                        person: None,
                    }),
                    target_on: (roll(17, 20) > 0).then_some(target),
                    plan: MeasurePlan { strength: Some(Strength::Weaker), ..MeasurePlan::default() },
                    relates_to: vec![],
                };
                self.tell::<Action>(at, action.uuid(), &Doing::ActionAgreed(agreement));
                if roll(17, 20) > 0 && roll(18, 3) == 0 {
                    self.after(at, 40 + roll(19, 40), number, Step::Move);
                }
                if roll(20, 5) > 0 {
                    self.after(at, 30 + roll(21, 90), number, Step::Implement);
                }
            }
            Step::Move => {
                let moved = Doing::TargetMoved(TargetMove {
                    from: None,
                    to: day + Span::new().days(40),
                    reason: text("delivery is late"),
                    approved_by_role: text("director"),
                    approved_by: None,
                });
                self.tell::<Action>(at, action.uuid(), &moved);
            }
            Step::Implement => {
                let implemented = Doing::ImplementationReported(Implementation {
                    implemented_on: day,
                    evidence: vec![document()],
                    note: None,
                });
                self.tell::<Action>(at, action.uuid(), &implemented);
                if roll(22, 6) > 0 {
                    self.after(at, 3 + roll(23, 30), number, Step::Verify);
                }
            }
            Step::Verify => {
                let verified =
                    Doing::ImplementationVerified(Verification { implemented_on: day, note: None });
                self.tell::<Action>(at, action.uuid(), &verified);
                if roll(24, 3) > 0 {
                    self.after(at, 80 + roll(25, 40), number, Step::Review);
                }
            }
            Step::Review => {
                let reviewed = Doing::EffectivenessReviewed(EffectivenessReview {
                    result: Effectiveness::Effective,
                    evidence: vec![],
                    note: None,
                    next_review_on: (roll(26, 2) == 0).then(|| day + Span::new().days(180)),
                });
                self.tell::<Action>(at, action.uuid(), &reviewed);
            }
        }
    }

    fn tell<A: StoredAggregate>(&mut self, at: i64, stream: Uuid, event: &A::Event) {
        self.tell_as::<A>(at, stream, event, event);
    }

    /// `first` is the first event of the stream, where it says whose data the stream holds.
    fn tell_as<A: StoredAggregate>(&mut self, at: i64, stream: Uuid, first: &A::Event, event: &A::Event) {
        self.position += 1;
        let event_id = Uuid::from_u64_pair(self.position ^ 0x5bd1_e995_0000_0000, self.position | (2 << 62));
        let occurred_at = start().to_zoned(TimeZone::UTC).unwrap().timestamp()
            + Span::new().minutes(at)
            + Span::new().hours(1);
        let subjects = A::subjects(stream, Some(first));
        let encoded = A::encode(event, &subjects, &mut Plain).unwrap();
        let key = Uuid::new_v5(&stream, A::CATEGORY.as_bytes());
        let version = self.versions.entry(key).or_default();
        let recorded = RecordedEvent {
            position: Position::from_raw(self.position),
            stream: StreamName::new("candour", A::CATEGORY, stream).unwrap(),
            version: StreamVersion::new(*version),
            event_id,
            event_type: EventTypeName::parse(encoded.type_name).unwrap(),
            occurred_at,
            recorded_at: occurred_at,
            metadata: metadata(event_id, occurred_at).encode().unwrap(),
            data: encoded.data,
        };
        *version += 1;
        self.ready.push_back(recorded);
    }
}

fn start() -> Date {
    LAST_DAY - Span::new().days(DAYS)
}

fn place(incident: usize) -> Place {
    let team = draw(incident, 40, 200);
    Place {
        site: Some(text(&format!("Site {}", team % 4))),
        directorate: Some(text(&format!("Directorate {}", team % 20))),
        team: Some(text(&format!("Team {team}"))),
    }
}

fn assessment(day: Date) -> NotifiableAssessment {
    NotifiableAssessment {
        unintended_or_unexpected: true,
        regulated_activity: true,
        outcome: Harm::SevereHarm,
        likelihood: Likelihood::AppearsToHaveResulted,
        moderate_increase_in_treatment: None,
        significant_not_permanent: false,
        continuous_days: None,
        likely_28_days: false,
        directly_related: true,
        opinion: Opinion {
            given_by_role: text("consultant"),
            profession: text("medicine"),
            given_by: None,
            involved_in_incident: Some(false),
            given_on: day,
            basis: known("needed a second operation."),
        },
        aware_on: day,
        body_type: BodyType::HealthServiceBody,
        regime: RegimeVersion::from_name("england-regulation-20-health-service-body-2014").unwrap(),
    }
}

fn metadata(request: Uuid, occurred_at: Timestamp) -> Metadata {
    Metadata {
        caller: Caller { id: text("ward-system"), roles: vec![text("recorder")] },
        performed_by: Some(PersonReference::parse("staff:10001").unwrap()),
        occurred_at,
        source_recorded_at: None,
        request_id: RequestId::from_uuid(request),
        request_mac: [7; 32],
        request_index: 0,
        correlation_id: request,
        causation_id: None,
        traceparent: None,
        tracestate: None,
        source_system: None,
        rules: Rules {
            calendar: Calendars::built_in().in_force(Nation::England).version().clone(),
            policy: text("local-defaults-1"),
        },
    }
}

#[async_trait]
impl Journal for Lives {
    async fn append(
        &self,
        _stream: &StreamName,
        _expected: ExpectedVersion,
        _events: Vec<NewEvent>,
    ) -> Result<Appended, AppendError> {
        Err(AppendError::Unavailable(Unavailable::ShuttingDown))
    }

    async fn read_stream(
        &self,
        _stream: &StreamName,
        _from: StreamVersion,
        _limit: usize,
    ) -> Result<StreamPage, ReadError> {
        Err(ReadError::Unavailable(Unavailable::ShuttingDown))
    }

    async fn read_all(&self, after: Position, limit: usize) -> Result<AllPage, ReadError> {
        let mut making = self.making.lock().unwrap();
        making.fill(limit + 1);
        let count = limit.min(making.ready.len());
        let events: Vec<RecordedEvent> = making.ready.drain(..count).collect();
        let last = events.last().map_or(after, |event| event.position);
        let head = if making.ready.is_empty() { last } else { Position::from_raw(last.raw() + 1) };
        Ok(AllPage { events, head })
    }

    async fn head(&self) -> Result<Position, ReadError> {
        Ok(Position::from_raw(u64::MAX >> 1))
    }

    fn store_id(&self) -> StoreId {
        StoreId(Uuid::from_u128(0x5ca1e))
    }

    fn epoch(&self) -> u64 {
        0
    }

    fn changes(&self) -> watch::Receiver<Position> {
        self.changes.subscribe()
    }

    fn is_synthetic(&self) -> bool {
        true
    }

    fn is_healthy(&self) -> bool {
        true
    }

    fn is_answering(&self) -> bool {
        true
    }

    fn is_sole_writer(&self) -> bool {
        true
    }

    async fn settle(&self, _fact: Fact, _value: &str) -> Result<String, FactError> {
        Err(FactError::Unavailable(Unavailable::ShuttingDown))
    }

    async fn settled(&self, _fact: Fact) -> Result<Option<String>, FactError> {
        Ok(None)
    }
}
