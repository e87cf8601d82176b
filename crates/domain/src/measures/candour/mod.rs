//! Where a duty of candour case stands, and the figures C0 to C7.
//!
//! A harm grade only prompts; the decision is a health care professional's opinion. A missed number of days is "outside standard",
//! never "unlawful": the statute has no number.

mod clock;
mod designation;
mod elements;
mod figures;
mod letters;

use designation::Designation;

pub use clock::{CaseExit, Clock, Verdict};
pub use elements::{Completion, Contact, FirstNotificationStanding, NotificationElement};
pub(super) use figures::MEASURES;
pub use letters::{Letter, WrittenStanding};

use jiff::civil::Date;

use super::{
    CandourUnit, Dated, Due, Fact, Rules,
    fact::{days_between, seen},
};
use crate::{
    candour_case::{
        AssertedStage, CaseDecision, ContactMethod, Event as Case, Exit, Opinion, OpinionIndependence,
        StageAssertion, SupportResponse,
    },
    entry::Entry,
    identifier::{AffectedPersonId, CaseId, EventId, IncidentId, RelevantPersonId},
    incident::{self, HarmGrade},
    regime::Outcome as HarmOutcome,
    response,
    text::PublicReference,
};

/// What first asked for a candour decision (C0). A prompt is never a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// The grade at that time.
    pub grade: HarmGrade,
    /// The source system's own candour flag.
    pub source_flag: bool,
}

/// Where a case stands at the end of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandourStanding {
    /// The case.
    pub case: CaseId,
    /// Its public reference.
    pub reference: PublicReference,
    /// The incident.
    pub incident: IncidentId,
    /// The affected person.
    pub person: AffectedPersonId,
    /// The day of the incident's report.
    pub reported: Dated,
    /// The grade in force.
    pub harm: HarmGrade,
    /// E-14: moderate or worse harm of either kind was graded at some time, whatever the grade is now.
    pub moderate_harm: bool,
    /// What first asked for a decision, and when.
    pub prompt: Option<Fact<Prompt>>,
    /// The grade fell below what prompts after it had prompted (the reverse sample of §1.1); the grade it fell to.
    pub downgraded: Option<Fact<HarmGrade>>,
    /// C1: the day by which to decide.
    pub decision_due: Option<Due>,
    /// The decision in force: notifiable wherever an assessment stands. Undecided from the prompt on where the duty was judged not to
    /// apply only before it.
    pub decision: CaseDecision,
    /// The first decision, either way; "not required" from before the prompt is none (C1).
    pub decided: Option<Fact<CaseDecision>>,
    /// The day the organisation became aware that the incident is notifiable, as the assessment states it.
    pub aware: Option<Fact<Date>>,
    /// Whether whoever gave the opinion behind the decision in force stands apart from the incident; `None` where no opinion is on record.
    pub opinion_independence: Option<OpinionIndependence>,
    /// The outcome judged.
    pub outcome: Option<HarmOutcome>,
    /// E-13, C6: aware only after the reported clock had run out.
    pub late_recognition: bool,
    /// The relevant persons identified, in order.
    pub relevant_persons: Vec<Fact<RelevantPersonId>>,
    /// The one whose contacts and letters count (E-10).
    pub designated: Option<RelevantPersonId>,
    /// Attempts at contact on record (20(5)).
    pub attempts: Vec<Fact<ContactMethod>>,
    /// The latest answer to an offer of support recorded apart from a contact.
    pub support: Option<Fact<SupportResponse>>,
    /// The first notification (E-6).
    pub first_notification: FirstNotificationStanding,
    /// C2, the clock from the report; where notifiable.
    pub reported_clock: Option<Clock>,
    /// C2, the clock from awareness; where notifiable.
    pub aware_clock: Option<Clock>,
    /// Every exit, in order, with its reopening.
    pub exits: Vec<CaseExit>,
    /// The written stage (E-7).
    pub written: WrittenStanding,
    /// C3: the day by which the first letter is due; where notifiable. Provisional until the first notification is complete or overdue.
    pub first_letter_due: Option<Due>,
    /// The earliest sign-off of a response that covers the incident (C4).
    pub signed_off: Option<Dated>,
    /// C4: the day by which results are due; where notifiable with a signed-off report. Counted from the sign-off or awareness, whichever
    /// is later, and from the reopening where the case had left in time and was taken up again after both.
    pub results_due: Option<Due>,
    /// What a source asserts, in order: it decides nothing and completes nothing ([`crate::assertion`]).
    pub asserted: Vec<Fact<StageAssertion>>,
    /// Days since awareness while results are neither shared nor waived and the case has not left in time (C4).
    pub days_awaiting_results: Option<i64>,
    /// The events of the incident that bear on the case, then every event of the case, then the sign-off.
    pub evidence: Vec<EventId>,
}

impl CandourStanding {
    /// What a source first asserts of one of these stages.
    pub fn asserted(&self, stages: &[AssertedStage]) -> Option<&Fact<StageAssertion>> {
        self.asserted.iter().find(|fact| stages.contains(&fact.value.stage))
    }

    /// Whether the duty applies.
    pub fn is_notifiable(&self) -> bool {
        self.decision == CaseDecision::Notifiable
    }

    /// The exit in force: the latest one that was not taken up again.
    pub fn exit(&self) -> Option<&CaseExit> {
        self.exits.iter().rfind(|exit| exit.reopened.is_none())
    }

    /// Exempted locally and not taken up again (E-9): in every denominator, counted apart.
    pub fn is_exempted_locally(&self) -> bool {
        self.exits.iter().any(|exit| exit.kind == Exit::ExemptedLocally && exit.reopened.is_none())
    }

    /// Left under regulation 20(5) on or before the due date of the aware clock: paragraphs (2) to (4) do not apply.
    pub fn left_in_time(&self) -> bool {
        self.aware_clock.is_some_and(|clock| clock.verdict == Verdict::LeftInTime)
    }

    /// C7: prompted, and nobody has decided though the decision is overdue; the days past its due date.
    pub fn days_undecided(&self, as_of: Date) -> Option<i64> {
        if self.decided.is_some() {
            return None;
        }
        self.decision_due.and_then(|due| due.days_past(as_of))
    }

    /// What is to be done next, in words; `None` where nothing is.
    pub fn next_step(&self) -> Option<&'static str> {
        match (self.decision, self.exit()) {
            (CaseDecision::Undecided, _) => {
                self.prompt.map(|_| "decide whether the duty of candour applies, on a professional's opinion")
            }
            (CaseDecision::NotRequired, _) => None,
            (CaseDecision::Notifiable, Some(exit)) if exit.is_under_20_5() => {
                Some("keep the record of attempts; take the case up again if the person agrees to talk")
            }
            (CaseDecision::Notifiable, Some(_)) => {
                Some("exempted locally, not met: review the exemption, the statute knows none")
            }
            (CaseDecision::Notifiable, None) => {
                if self.first_notification.complete.is_none() {
                    if self.asserted(&[AssertedStage::FirstNotification]).is_some() {
                        Some(
                            "record the elements of the first notification that the source asserts, or give it",
                        )
                    } else {
                        Some("complete the first notification: see what is missing")
                    }
                } else if self.written.first_letter.is_none() {
                    Some("send the written notification: facts, enquiries and an apology")
                } else if self.written.results_settled.is_none() {
                    Some("share the results of the enquiries in writing, with an apology")
                } else {
                    None
                }
            }
        }
    }
}

/// Where the case stands at the end of `as_of`; `None` where the affected person was not known by then (and nothing was recorded in the
/// case), or the incident was recorded in error.
pub fn standing(unit: &CandourUnit, as_of: Date, rules: Rules<'_>) -> Option<CandourStanding> {
    let incident = seen(&unit.incident_history, as_of);
    let case = seen(&unit.case_history, as_of);
    if incident.iter().any(|entry| matches!(entry.event, incident::Event::IncidentRecordedInError { .. })) {
        return None;
    }
    let reported = incident.iter().find_map(|entry| match &entry.event {
        incident::Event::IncidentReported(_) => Some(*entry),
        _ => None,
    })?;
    let (reported_by, reported) = (reported.performed_by.as_ref(), Dated::at(reported));
    let harm = harm(&incident, unit.person);
    // A person struck from the incident does not make the case vanish once something was recorded in it.
    if !harm.known && case.is_empty() {
        return None;
    }

    let decisions = decisions(&case, harm.prompt.map(|prompt| prompt.on));
    let designation = Designation::of(&case);
    let first_notification = elements::first_notification(&case, &designation);
    let exits = exits(&case);
    let written = letters::written(&case, &designation);
    let signed_off = seen(&unit.sign_offs, as_of).into_iter().find_map(|entry| match entry.event {
        response::Event::ReportSignedOff(_) => Some(Dated::at(entry)),
        _ => None,
    });

    let complete_on = first_notification.complete.map(|complete| complete.on);
    let clock = |start: Date, rules| clock::run(start, complete_on, &exits, as_of, rules);
    let aware = decisions.assessed.map(|(aware, _)| aware);
    let reported_clock = aware.map(|_| clock(reported.on, rules.of(&reported)));
    let aware_clock = aware.map(|aware| clock(aware.value, rules.of(&aware)));
    let late_recognition = match (aware, reported_clock) {
        (Some(aware), Some(clock)) => clock.original_due.is_past(aware.value),
        _ => false,
    };
    let left_in_time = aware_clock.is_some_and(|clock| clock.verdict == Verdict::LeftInTime);
    let awaiting = !left_in_time && written.results_settled.is_none();
    Some(CandourStanding {
        case: unit.case,
        reference: unit.reference.clone(),
        incident: unit.incident,
        person: unit.person,
        reported,
        harm: harm.grade,
        moderate_harm: harm.moderate,
        prompt: harm.prompt,
        downgraded: harm.downgraded,
        decision_due: harm.prompt.map(|prompt| {
            Due::working_days_after(prompt.on, rules.policy.candour_decision_working_days, rules.of(&prompt))
        }),
        decision: match (aware, decisions.first) {
            (Some(_), _) => CaseDecision::Notifiable,
            (None, Some(_)) => CaseDecision::NotRequired,
            (None, None) => CaseDecision::Undecided,
        },
        decided: decisions.first,
        aware,
        opinion_independence: decisions.opinion.map(|opinion| OpinionIndependence::of(opinion, reported_by)),
        outcome: decisions.assessed.map(|(_, outcome)| outcome),
        late_recognition,
        designated: designation.present(),
        relevant_persons: designation.persons,
        attempts: case
            .iter()
            .filter_map(|entry| match &entry.event {
                Case::ContactAttempted(attempt) => Some(Fact::of(*entry, attempt.method)),
                _ => None,
            })
            .collect(),
        support: case.iter().rev().find_map(|entry| match &entry.event {
            Case::SupportOffered(support) => Some(Fact::of(*entry, support.response)),
            _ => None,
        }),
        first_letter_due: aware_clock.zip(aware).map(|(clock, aware)| {
            first_letter_due(clock, first_notification.complete.as_ref(), &aware, rules)
        }),
        results_due: aware
            .zip(signed_off)
            .map(|(aware, signed_off)| results_due(signed_off, &aware, restart(aware_clock, &exits), rules)),
        days_awaiting_results: aware.filter(|_| awaiting).map(|aware| days_between(aware.value, as_of)),
        asserted: case
            .iter()
            .filter_map(|entry| match &entry.event {
                Case::CandourStageAsserted(assertion) => Some(Fact::of(*entry, assertion.clone())),
                _ => None,
            })
            .collect(),
        evidence: harm
            .evidence
            .into_iter()
            .chain(case.iter().map(|entry| entry.event_id))
            .chain(signed_off.map(|signed_off| signed_off.event_id))
            .collect(),
        first_notification,
        reported_clock,
        aware_clock,
        exits,
        written,
        signed_off,
    })
}

/// C3: so many working days after the first notification was complete; if that was late or never came, after its own due date.
fn first_letter_due(
    clock: Clock,
    complete: Option<&Completion>,
    aware: &Fact<Date>,
    rules: Rules<'_>,
) -> Due {
    let days = rules.policy.written_notification_working_days;
    match complete.filter(|complete| clock.due.is_met_by(complete.on)) {
        Some(complete) => Due::working_days_after(complete.on, days, rules.under(complete.recorded_under)),
        None => clock.due.then_working_days(days, rules.of(aware)),
    }
}

/// C4: so many working days after the sign-off, but nobody owes results before they are aware (E-13), or while the case has left in time
/// (E-8).
fn results_due(signed_off: Dated, aware: &Fact<Date>, restarted: Option<Dated>, rules: Rules<'_>) -> Due {
    let mut start = signed_off;
    let Fact { value, event_id, recorded_under, .. } = *aware;
    let aware = Dated { value: (), on: value, event_id, recorded_under };
    for later in [Some(aware), restarted].into_iter().flatten() {
        if later.on > start.on {
            start = later;
        }
    }
    Due::working_days_after(start.on, rules.policy.results_working_days, rules.of(&start))
}

/// The reopening from which a clock was restarted.
fn restart(clock: Option<Clock>, exits: &[CaseExit]) -> Option<Dated> {
    let restarted_on = clock?.restarted_on?;
    exits.iter().filter_map(|exit| exit.reopened).find(|reopened| reopened.on == restarted_on)
}

/// The harm to one person, over the incident's history.
struct Harm {
    known: bool,
    grade: HarmGrade,
    moderate: bool,
    prompt: Option<Fact<Prompt>>,
    downgraded: Option<Fact<HarmGrade>>,
    evidence: Vec<EventId>,
}

fn harm(incident: &[&Entry<incident::Event>], person: AffectedPersonId) -> Harm {
    let mut found = Harm {
        known: false,
        grade: HarmGrade::default(),
        moderate: false,
        prompt: None,
        downgraded: None,
        evidence: Vec::new(),
    };
    // The flag of a report holds for each of its persons, also those who become known later.
    let mut source_flag = false;
    for entry in incident {
        let grade = match &entry.event {
            incident::Event::SourceCandourFlagSet { flag } => {
                source_flag = *flag;
                found.evidence.push(entry.event_id);
                found.known.then_some(found.grade)
            }
            incident::Event::IncidentReported(report) => {
                source_flag = report.source_candour_flag;
                found.evidence.push(entry.event_id);
                report
                    .affected_persons
                    .iter()
                    .find(|affected| affected.id == person)
                    .map(|affected| affected.harm)
            }
            incident::Event::AffectedPersonAdded(affected) if affected.id == person => Some(affected.harm),
            incident::Event::HarmGraded(grading) | incident::Event::HarmRegraded { grading, .. }
                if grading.person == person =>
            {
                Some(grading.grade)
            }
            _ => None,
        };
        let Some(grade) = grade else { continue };
        found.known = true;
        found.moderate |= HarmGrade { could_result: false, ..grade }.prompts_candour_decision();
        if !found.evidence.contains(&entry.event_id) {
            found.evidence.push(entry.event_id);
        }
        if found.prompt.is_none() && (grade.prompts_candour_decision() || source_flag) {
            found.prompt = Some(Fact::of(*entry, Prompt { grade, source_flag }));
        }
        if grade.prompts_candour_decision() {
            found.downgraded = None;
        } else if found.grade.prompts_candour_decision() {
            found.downgraded = Some(Fact::of(*entry, grade));
        }
        found.grade = grade;
    }
    found
}

struct Decisions<'a> {
    /// Behind the decision in force.
    opinion: Option<&'a Opinion>,
    first: Option<Fact<CaseDecision>>,
    assessed: Option<(Fact<Date>, HarmOutcome)>,
}

/// A judgement that the duty does not apply answers the prompt only from its day on: what prompts later asks for a fresh one (C1, E-13).
/// An assessment as notifiable counts whenever it was.
fn decisions<'a>(case: &[&'a Entry<Case>], prompted_on: Option<Date>) -> Decisions<'a> {
    let mut found = Decisions { opinion: None, first: None, assessed: None };
    for entry in case {
        match &entry.event {
            Case::NotifiableAssessed(assessment) => {
                found.first.get_or_insert(Fact::of(*entry, CaseDecision::Notifiable));
                found.opinion = Some(&assessment.opinion);
                found.assessed.get_or_insert((Fact::of(*entry, assessment.aware_on), assessment.outcome));
            }
            Case::CandourNotRequired(judgement)
                if prompted_on.is_none_or(|prompt| prompt <= entry.occurred_on()) =>
            {
                found.opinion = judgement.opinion.as_ref();
                found.first.get_or_insert(Fact::of(*entry, CaseDecision::NotRequired));
            }
            _ => {}
        }
    }
    found
}

fn exits(case: &[&Entry<Case>]) -> Vec<CaseExit> {
    let mut exits: Vec<CaseExit> = Vec::new();
    for entry in case {
        let (on, event_id) = (entry.occurred_on(), entry.event_id);
        let left = |kind, reason, role| CaseExit { kind, on, reason, role, reopened: None, event_id };
        match &entry.event {
            Case::ContactDeclined(declined) => {
                exits.push(left(Exit::Declined, None, Some(declined.declined_to_role.clone())));
            }
            Case::NotContactable { reason } => exits.push(left(Exit::NotContactable, reason.clone(), None)),
            Case::CandourExempted(exemption) => exits.push(left(
                Exit::ExemptedLocally,
                Some(exemption.reason.clone()),
                Some(exemption.approved_by_role.clone()),
            )),
            Case::CandourReopened { .. } => {
                for exit in exits.iter_mut().filter(|exit| exit.reopened.is_none()) {
                    exit.reopened = Some(Dated::at(entry));
                }
            }
            _ => {}
        }
    }
    exits
}
