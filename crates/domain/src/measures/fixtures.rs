//! How the tests of the measures write down histories. A day such as `03-16` is in 2026; things happen at noon (UTC) of their day.

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use super::{
    ActionStanding, ActionUnit, CandourStanding, CandourUnit, FeedbackUnit, Figure, Outcome, Period,
    RecommendationUnit, ReporterStanding, Rules, Standings, actions, candour, recommendations, reporters,
};
use crate::{
    Aggregate, Correction, CorrectionChange,
    action::{self, ActionSource, RecommendationKey},
    calendar::{Calendars, Nation},
    candour_case as case, correction,
    entry::Entry,
    feedback,
    identifier::{
        ActionId, AffectedPersonId, CaseId, EventId, IncidentId, RecommendationId, RelevantPersonId,
        ResponseId,
    },
    incident::{self, HarmGrade, PhysicalHarm, ReporterIdentity},
    personal::Personal,
    policy::Policy,
    regime::{BodyType, Likelihood, Outcome as HarmOutcome, REGIMES},
    response,
    text::Text,
};

pub(super) const POLICY: Policy = Policy::local_defaults();

pub(super) fn rules() -> Rules<'static> {
    Rules { calendar: Calendars::built_in().in_force(Nation::England), policy: &POLICY }
}

pub(super) fn d(text: &str) -> Date {
    if text.len() == 5 { format!("2026-{text}").parse().unwrap() } else { text.parse().unwrap() }
}

pub(super) fn at(day: &str) -> Timestamp {
    d(day).at(12, 0, 0, 0).in_tz("UTC").unwrap().timestamp()
}

pub(super) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

pub(super) fn id(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())
}

/// The id of the `n`th entry of the history of this name.
pub(super) fn event_id(name: &str, n: usize) -> EventId {
    EventId::from_uuid(id(&format!("{name}/{n}")))
}

/// Entries in the order of recording.
pub(super) fn history<E>(name: &str, events: Vec<(&str, E)>) -> Vec<Entry<E>> {
    events
        .into_iter()
        .enumerate()
        .map(|(n, (day, event))| Entry {
            event,
            event_id: event_id(name, n),
            version: n as u64,
            occurred_at: at(day),
            recorded_at: at(day),
            source_recorded_at: None,
            performed_by: None,
            recorded_under: crate::calendar::RecordedUnder::default(),
            corrected_by: None,
        })
        .collect()
}

// Actions and recommendations.

pub(super) fn key(recommendation: &str) -> RecommendationKey {
    RecommendationKey {
        response: ResponseId::from_uuid(id("response")),
        recommendation: RecommendationId::from_uuid(id(recommendation)),
    }
}

pub(super) fn agreed(
    name: &str,
    target: Option<&str>,
    strength: Option<action::Strength>,
    review_on: Option<&str>,
) -> action::Event {
    action::Event::ActionAgreed(action::ActionAgreement {
        id: ActionId::from_uuid(id(name)),
        reference: crate::text::PublicReference::parse(name).unwrap(),
        source: ActionSource::Recommendations(vec![]),
        description: text("change"),
        owner: Some(action::Owner { role: text("matron"), team: None, directorate: None, person: None }),
        target_on: target.map(d),
        plan: action::MeasurePlan { strength, review_on: review_on.map(d), ..Default::default() },
        relates_to: vec![],
    })
}

pub(super) fn action(name: &str, under: &str, events: Vec<(&str, action::Event)>) -> ActionUnit {
    ActionUnit {
        id: ActionId::from_uuid(id(name)),
        reference: crate::text::PublicReference::parse(name).unwrap(),
        source: ActionSource::Recommendations(vec![key(under)]),
        history: history(name, events),
    }
}

pub(super) fn moved(to: &str) -> action::Event {
    action::Event::TargetMoved(action::TargetMove {
        from: None,
        to: d(to),
        reason: text("delay"),
        approved_by_role: text("director"),
        approved_by: None,
    })
}

pub(super) fn implemented(on: &str) -> action::Event {
    action::Event::ImplementationReported(action::Implementation {
        implemented_on: d(on),
        evidence: vec![],
        note: None,
    })
}

pub(super) fn verified(on: &str) -> action::Event {
    action::Event::ImplementationVerified(action::Verification { implemented_on: d(on), note: None })
}

pub(super) fn reviewed(result: action::Effectiveness, next: Option<&str>) -> action::Event {
    action::Event::EffectivenessReviewed(action::EffectivenessReview {
        result,
        evidence: vec![],
        note: None,
        next_review_on: next.map(d),
    })
}

pub(super) fn withdrawn() -> action::Event {
    action::Event::ActionWithdrawn { reason: text("no longer wanted") }
}

pub(super) fn recommendation(
    name: &str,
    made: &str,
    answer: Option<(&str, bool)>,
    actions: Vec<ActionUnit>,
) -> RecommendationUnit {
    let this = key(name).recommendation;
    let mut events = vec![(
        made,
        response::Event::RecommendationMade(response::Recommendation {
            id: this,
            reference: crate::text::PublicReference::parse(name).unwrap(),
            kind: response::RecommendationKind::AreaForImprovement,
            text: text("improve"),
            relates_to: vec![],
        }),
    )];
    events.extend(answer.map(|(on, accepted)| {
        let event = if accepted {
            response::Event::RecommendationAccepted { recommendation: this, accepted_by_role: None }
        } else {
            response::Event::RecommendationRejected {
                recommendation: this,
                reason: text("already done"),
                rejected_by_role: None,
            }
        };
        (on, event)
    }));
    RecommendationUnit {
        key: key(name),
        reference: crate::text::PublicReference::parse(name).unwrap(),
        history: history(name, events),
        actions,
    }
}

// Incidents and reporters.

pub(super) fn person(name: &str) -> AffectedPersonId {
    AffectedPersonId::from_uuid(id(&format!("{name}/person")))
}

pub(super) const fn harm(physical: PhysicalHarm) -> HarmGrade {
    HarmGrade { physical: Some(physical), psychological: None, could_result: false }
}

pub(super) fn reported(name: &str, reporter: Option<ReporterIdentity>, grade: HarmGrade) -> incident::Event {
    incident::Event::IncidentReported(incident::Report {
        id: IncidentId::from_uuid(id(name)),
        reference: crate::text::PublicReference::parse(name).unwrap(),
        kind: incident::IncidentKind::PatientSafetyIncident,
        incident_date: None,
        place: incident::Place::default(),
        narrative: Personal::Unreadable,
        immediate_actions: None,
        reporter: reporter.map(|identity| incident::Reporter {
            identity,
            role: None,
            name: None,
            contact: None,
        }),
        affected_persons: vec![incident::AffectedPerson {
            id: person(name),
            case_reference: None,
            kind: incident::AffectedPersonKind::Patient,
            name: None,
            contact: None,
            harm: grade,
        }],
        source: None,
        source_candour_flag: false,
    })
}

pub(super) fn regraded(name: &str, from: HarmGrade, grade: HarmGrade) -> incident::Event {
    let grading = incident::HarmGrading { person: person(name), grade, graded_by_role: None, reason: None };
    incident::Event::HarmRegraded { grading, from }
}

pub(super) fn closed() -> incident::Event {
    incident::Event::IncidentClosed(incident::Closure { reason: None, closed_by: None })
}

pub(super) fn reopened() -> incident::Event {
    incident::Event::IncidentReopened { reason: text("new facts") }
}

pub(super) fn duplicate(same_reporter: bool) -> incident::Event {
    let duplicate_of = IncidentId::from_uuid(id("another"));
    incident::Event::DuplicateLinked(incident::DuplicateLink { duplicate_of, same_reporter })
}

pub(super) fn reporter(
    name: &str,
    on: &str,
    identity: ReporterIdentity,
    incident: Vec<(&str, incident::Event)>,
    feedback: Vec<(&str, feedback::Event)>,
) -> FeedbackUnit {
    let mut events = vec![(on, reported(name, Some(identity), HarmGrade::default()))];
    events.extend(incident);
    FeedbackUnit {
        incident: IncidentId::from_uuid(id(name)),
        reference: crate::text::PublicReference::parse(name).unwrap(),
        incident_history: history(name, events),
        feedback_history: history(&format!("{name}/feedback"), feedback),
    }
}

pub(super) fn acknowledged() -> feedback::Event {
    feedback::Event::ReporterAcknowledged(feedback::Acknowledgement { method: None })
}

pub(super) fn progress() -> feedback::Event {
    feedback::Event::ReporterProgressSent(feedback::Progress { method: None, message: None })
}

pub(super) fn told() -> feedback::Event {
    feedback::Event::ReporterOutcomeSent(feedback::Outcome {
        method: None,
        what_was_found: Personal::Unreadable,
        what_changed: Some(Personal::Unreadable),
        why_nothing_changed: None,
    })
}

pub(super) fn channel() -> feedback::Event {
    feedback::Event::ReturnChannelOpened(feedback::ReturnChannel {
        kind: feedback::ChannelKind::ReceiptCode,
        receipt_code_hash: Some("00".to_owned()),
        intermediary_role: None,
    })
}

pub(super) fn opted_out() -> feedback::Event {
    feedback::Event::FeedbackOptedOut { reason: None }
}

pub(super) fn unreachable() -> feedback::Event {
    feedback::Event::ReporterUnreachable { reason: text("left the trust, mail returned") }
}

// Duty of candour.

pub(super) fn candour_case(
    name: &str,
    incident: Vec<(&str, incident::Event)>,
    events: Vec<(&str, case::Event)>,
    sign_off: Option<&str>,
) -> CandourUnit {
    let incident_id = IncidentId::from_uuid(id(name));
    let sign_off = sign_off.map(|on| {
        let report = response::SignOff { signed_off_by_role: text("medical director"), report: None };
        (on, response::Event::ReportSignedOff(report))
    });
    CandourUnit {
        case: CaseId::of(incident_id, person(name)),
        reference: crate::text::PublicReference::parse(name).unwrap(),
        incident: incident_id,
        person: person(name),
        incident_history: history(name, incident),
        case_history: history(&format!("{name}/case"), events),
        sign_offs: history(&format!("{name}/response"), sign_off.into_iter().collect()),
    }
}

/// Reported with moderate harm.
pub(super) fn moderate(name: &str, on: &'static str) -> Vec<(&'static str, incident::Event)> {
    vec![(on, reported(name, None, harm(PhysicalHarm::Moderate)))]
}

pub(super) fn notifiable(aware: &str) -> case::Event {
    case::Event::NotifiableAssessed(case::NotifiableAssessment {
        unintended_or_unexpected: true,
        regulated_activity: true,
        outcome: HarmOutcome::SevereHarm,
        likelihood: Likelihood::AppearsToHaveResulted,
        moderate_increase_in_treatment: None,
        significant_not_permanent: false,
        continuous_days: None,
        likely_28_days: false,
        directly_related: false,
        opinion: case::Opinion {
            given_by_role: text("consultant"),
            profession: text("medicine"),
            given_by: None,
            involved_in_incident: None,
            given_on: d(aware),
            basis: Personal::Unreadable,
        },
        aware_on: d(aware),
        body_type: BodyType::HealthServiceBody,
        regime: REGIMES[0].version,
    })
}

pub(super) fn not_notifiable() -> case::Event {
    case::Event::CandourNotRequired(case::NotNotifiable { reason: text("no harm after all"), opinion: None })
}

/// A contact that brings every element.
pub(super) fn full_contact() -> case::FirstNotification {
    case::FirstNotification {
        relevant_person: None,
        mode: Some(case::NotificationMode::FaceToFace),
        representatives: vec![case::Representative { role: text("consultant"), name: Personal::Unreadable }],
        facts_account: true,
        further_enquiries: Some(case::FurtherEnquiries::Advised),
        apology: true,
        support_offered: true,
        written_record: Some(crate::text::DocumentReference::parse("record-1").unwrap()),
    }
}

/// A contact that brings an apology in person and nothing else.
pub(super) fn apology_only() -> case::FirstNotification {
    case::FirstNotification {
        facts_account: false,
        further_enquiries: None,
        support_offered: false,
        written_record: None,
        ..full_contact()
    }
}

pub(super) fn notified(contact: case::FirstNotification) -> case::Event {
    case::Event::InPersonNotified(contact)
}

pub(super) fn letter(covers: case::LetterCovers) -> case::Event {
    case::Event::WrittenNotificationSent(case::WrittenNotification {
        relevant_person: None,
        letter: crate::text::DocumentReference::parse("letter-1").unwrap(),
        covers,
    })
}

/// Facts, enquiries to be undertaken and an apology.
pub(super) fn first_letter() -> case::LetterCovers {
    case::LetterCovers {
        facts: true,
        enquiries: Some(case::CoversEnquiries::Details),
        results: false,
        apology: true,
    }
}

pub(super) fn results(apology: bool) -> case::Event {
    case::Event::EnquiryResultsShared(case::EnquiryResults {
        relevant_person: None,
        letter: crate::text::DocumentReference::parse("letter-2").unwrap(),
        apology,
    })
}

pub(super) fn relevant_person(name: &str, designated: bool) -> case::Event {
    case::Event::RelevantPersonIdentified(case::RelevantPerson {
        id: RelevantPersonId::from_uuid(id(name)),
        relationship: text("daughter"),
        basis: case::RelevantPersonBasis::LacksCapacity,
        lawful_authority: Some(text("attorney")),
        designated,
        name: None,
        contact: None,
    })
}

pub(super) fn declined() -> case::Event {
    case::Event::ContactDeclined(case::Declined {
        relevant_person: None,
        declined_by: text("service user"),
        declined_to_role: text("matron"),
    })
}

pub(super) fn not_contactable() -> case::Event {
    case::Event::NotContactable { reason: Some(text("three attempts")) }
}

pub(super) fn exempted() -> case::Event {
    case::Event::CandourExempted(case::Exemption {
        approved_by_role: text("medical director"),
        approved_by: crate::text::PersonReference::parse("staff:1").unwrap(),
        reason: text("grave risk"),
    })
}

pub(super) fn taken_up_again() -> case::Event {
    case::Event::CandourReopened { reason: text("agrees to talk") }
}

pub(super) fn of_actions(units: Vec<ActionUnit>) -> Units {
    Units { actions: units, ..Units::default() }
}

pub(super) fn of_reporters(units: Vec<FeedbackUnit>) -> Units {
    Units { reporters: units, ..Units::default() }
}

pub(super) fn of_cases(units: Vec<CandourUnit>) -> Units {
    Units { cases: units, ..Units::default() }
}

/// A correction of the `n`th entry of this history, recorded and applied.
pub(super) fn corrected<A: Aggregate>(
    mut history: Vec<Entry<A::Event>>,
    n: usize,
    change: CorrectionChange,
) -> Vec<Entry<A::Event>> {
    let correction = Correction { corrects: history[n].event_id, reason: text("typing error"), change };
    let mut entry = history[n].clone();
    entry.event = A::corrected(correction);
    entry.event_id = event_id("correction", n);
    entry.version = history.len() as u64;
    history.push(entry);
    correction::applied::<A>(&history)
}

// Standings and figures of one unit.

pub(super) fn action_on(unit: &ActionUnit, as_of: &str) -> ActionStanding {
    actions::standing(unit, d(as_of), rules()).unwrap()
}

pub(super) fn reporter_on(unit: &FeedbackUnit, as_of: &str) -> ReporterStanding {
    reporters::standing(unit, d(as_of), rules()).unwrap()
}

pub(super) fn case_on(unit: &CandourUnit, as_of: &str) -> CandourStanding {
    candour::standing(unit, d(as_of), rules()).unwrap()
}

/// Every figure over these units.
#[derive(Default)]
pub(super) struct Units {
    pub(super) recommendations: Vec<RecommendationUnit>,
    pub(super) actions: Vec<ActionUnit>,
    pub(super) reporters: Vec<FeedbackUnit>,
    pub(super) cases: Vec<CandourUnit>,
}

impl Units {
    pub(super) fn standings(&self, as_of: &str) -> Standings {
        let as_of = d(as_of);
        Standings {
            elsewhere: Vec::new(),
            recommendations: self
                .recommendations
                .iter()
                .filter_map(|unit| recommendations::standing(unit, as_of, rules()))
                .collect(),
            actions: self.actions.iter().filter_map(|unit| actions::standing(unit, as_of, rules())).collect(),
            reporters: self
                .reporters
                .iter()
                .filter_map(|unit| reporters::standing(unit, as_of, rules()))
                .collect(),
            cases: self.cases.iter().filter_map(|unit| candour::standing(unit, as_of, rules())).collect(),
        }
    }

    pub(super) fn figures(&self, from: Option<&str>, as_of: &str) -> Figures {
        let period = Period { from: from.map(d), until: None };
        Figures(super::figures(
            &self.recommendations,
            &self.actions,
            &self.reporters,
            &self.cases,
            period,
            d(as_of),
            rules(),
        ))
    }
}

#[derive(Debug, PartialEq)]
pub(super) struct Figures(pub(super) Vec<Figure>);

impl Figures {
    /// The figure of this id, such as `R1`, or of this id and variant, such as `C2 aware clock`.
    #[track_caller]
    pub(super) fn get(&self, name: &str) -> &Figure {
        let (id, variant) = name.split_once(' ').map_or((name, None), |(id, variant)| (id, Some(variant)));
        let mut found = self.0.iter().filter(|figure| figure.id == id && figure.variant == variant);
        let figure = found.next().unwrap_or_else(|| panic!("no figure {name}"));
        assert!(found.next().is_none(), "{name} twice");
        figure
    }

    /// `3/7`, or `-` for what the measure has not.
    #[track_caller]
    pub(super) fn ratio(&self, name: &str) -> String {
        let shown = |number: Option<u64>| number.map_or("-".to_owned(), |number| number.to_string());
        let figure = self.get(name);
        format!("{}/{}", shown(figure.numerator), shown(figure.denominator))
    }

    /// The references with this outcome.
    #[track_caller]
    pub(super) fn with(&self, name: &str, outcome: Outcome) -> String {
        let units = self.get(name).units.iter().filter(|unit| unit.outcome == outcome);
        units.map(|unit| unit.reference.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The references with this outcome and their days: `A5:91`.
    #[track_caller]
    pub(super) fn days(&self, name: &str, outcome: Outcome) -> String {
        let units = self.get(name).units.iter().filter(|unit| unit.outcome == outcome);
        let shown = units.map(|unit| {
            format!("{}:{}", unit.reference, unit.days.map_or("-".to_owned(), |days| days.to_string()))
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    /// The detail of one unit.
    #[track_caller]
    pub(super) fn detail(&self, name: &str, reference: &str) -> &str {
        let unit = self.get(name).units.iter().find(|unit| unit.reference.as_str() == reference);
        &unit.unwrap_or_else(|| panic!("{reference} is not in {name}")).detail
    }

    #[track_caller]
    pub(super) fn count(&self, name: &str, count: &str) -> u64 {
        self.get(name).counted(count).unwrap_or_else(|| panic!("{name} does not count {count}"))
    }

    /// `median days 113.5, 90th centile days 126`.
    #[track_caller]
    pub(super) fn statistics(&self, name: &str) -> String {
        let shown = self.get(name).statistics.iter().map(|one| format!("{} {}", one.name, one.value));
        shown.collect::<Vec<_>>().join(", ")
    }
}
