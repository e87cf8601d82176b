//! X1: what must not be lost from sight: exceptions under regulation 20(5), local exemptions, everything overdue, the reverse
//! sample, and records that contradict each other across streams.
//! A snapshot at `as_of`.

use jiff::civil::Date;
use uuid::Uuid;

use super::{
    ActionStanding, CandourStanding, Clock, Due, Figure, FigureNumber, OUTSIDE_CALENDAR, Outcome, Placing,
    RecommendationStanding, RecommendationState, ReporterStanding, Rules,
    candour::{CaseExit, Verdict},
    figure::Conclusion,
    line::{Judged, Lines, in_days},
    reporters::ExitEffect,
};
use crate::{
    action::{ActionSource, AssertedStage as AssertedOfAction},
    assertion::asserted_on,
    candour_case::{AssertedStage, Exit},
    identifier::EventId,
    policy::Standing::{Law, LocalDefault},
    text::{Line, Prose, PublicReference},
};

coded_enum! {
    /// Why something is on the exceptions list.
    pub enum ExceptionKind {
        /// Declined or not contactable (regulation 20(5)), in time or not, taken up again or not.
        Regulation20Paragraph5 = "regulation-20-5",
        /// Exempted locally (E-9); the statute knows no such exemption.
        ExemptedLocally = "exempted-locally",
        /// Something is past its due date, or its due date lies outside the calendar and cannot be judged.
        Overdue = "overdue",
        /// E-14: moderate or worse harm, and no candour decision within the agreed days.
        NoDecisionInTime = "no-decision-in-time",
        /// The harm was graded down below what prompts after it had prompted (reverse sample).
        DowngradedAfterPrompt = "downgraded-after-prompt",
        /// Two records do not fit together: an action that has not left stands under a rejected recommendation, or under none that is on
        /// record. What raced past each other in two streams is listed, never assumed away.
        Contradiction = "contradiction",
    }
}

impl ExceptionKind {
    /// The variant of X1.
    const fn variant(self) -> &'static str {
        match self {
            Self::Regulation20Paragraph5 => "20(5)",
            Self::ExemptedLocally => "exempted locally",
            Self::Overdue => "overdue",
            Self::NoDecisionInTime => "harm without a decision in time",
            Self::DowngradedAfterPrompt => "downgraded after the clock started",
            Self::Contradiction => "contradiction",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Regulation20Paragraph5 => "Declined or not contactable",
            Self::ExemptedLocally => "Exempted under a local policy",
            Self::Overdue => "Past a due date",
            Self::NoDecisionInTime => "Moderate or worse harm without a candour decision in time",
            Self::DowngradedAfterPrompt => "Harm graded down after it had prompted a candour decision",
            Self::Contradiction => {
                "Learning actions under a rejected recommendation, or under none on record"
            }
        }
    }
}

/// One line of the exceptions list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Why it is here.
    pub kind: ExceptionKind,
    /// The public reference of the action, incident or case.
    pub reference: PublicReference,
    /// Its id.
    pub id: Uuid,
    /// The stage it is at, in words.
    pub stage: &'static str,
    /// The day the exit, the downgrade or the rejection occurred.
    pub on: Option<Date>,
    /// The due date it is judged by.
    pub due: Option<Date>,
    /// Days past it.
    pub days_late: Option<i64>,
    /// The role responsible, where one is recorded.
    pub owner_role: Option<Line>,
    /// What the list says about it, in words, without personal data.
    pub detail: String,
    /// The reason recorded, in clear.
    pub reason: Option<Prose>,
    /// What is to be done next, in words.
    pub next_step: Option<&'static str>,
    /// The events that prove it.
    pub evidence: Vec<EventId>,
}

/// What the list says about an action. `recommendations` are those it stands under that are on record.
pub(super) fn of_action(
    action: &ActionStanding,
    recommendations: &[&RecommendationStanding],
    as_of: Date,
) -> Vec<Exception> {
    let mut found = Vec::new();
    overdue_actions(action, as_of, &mut found);
    contradictions(action, recommendations, &mut found);
    found
}

/// What the list says about a report.
pub(super) fn of_reporter(reporter: &ReporterStanding, as_of: Date) -> Vec<Exception> {
    let mut found = Vec::new();
    overdue_reporters(reporter, as_of, &mut found);
    found
}

/// What the list says about a candour case.
pub(super) fn of_case(case: &CandourStanding, as_of: Date) -> Vec<Exception> {
    let mut found = Vec::new();
    exits(case, &mut found);
    overdue_cases(case, as_of, &mut found);
    undecided(case, as_of, &mut found);
    downgraded(case, &mut found);
    found
}

/// X1: the figures of nothing, one for each kind.
pub(super) fn empty_figures(rules: Rules<'_>) -> impl Iterator<Item = Figure> {
    ExceptionKind::ALL.iter().map(move |kind| {
        let (standing, words) = match kind {
            ExceptionKind::Regulation20Paragraph5 => {
                (Law, "no number of days; a record of attempts must be kept (20(5))".to_owned())
            }
            ExceptionKind::NoDecisionInTime => {
                let days = rules.policy.candour_decision_working_days;
                (LocalDefault, format!("{days} working days from the prompt"))
            }
            ExceptionKind::Contradiction => (
                LocalDefault,
                "no number of days; an action and its recommendations do not fit together".to_owned(),
            ),
            _ => (LocalDefault, "the due date of each stage".to_owned()),
        };
        Figure::new("X1", kind.title(), standing, words)
            .variant(kind.variant())
            .adverse()
            .concluding(Conclusion::ListedNumerator)
    })
}

/// X1: the lines of one unit, each in the figure of its kind; `first` is the number of the first of them.
pub(super) fn lines(exceptions: Vec<Exception>, first: u8, lines: &mut Lines<'_>) {
    for exception in exceptions {
        let kind = ExceptionKind::ALL.iter().position(|kind| *kind == exception.kind).unwrap_or_default();
        lines.figure = FigureNumber(first.saturating_add(u8::try_from(kind).unwrap_or(u8::MAX)));
        let words = || format!("{}: {}", exception.stage, exception.detail);
        let mut judged = Judged::new(Outcome::Listed, lines.day.words(words));
        if let Some(days) = exception.days_late {
            judged = judged.days(days);
        }
        lines.push(Placing::Always, judged, || exception.evidence);
    }
}

/// How late something is: its due date and the days past it, or neither where the due date lies outside the calendar.
#[derive(Clone, Copy)]
struct Lateness {
    due: Option<Date>,
    days: Option<i64>,
}

impl Lateness {
    /// `None` where it is known not to be late at `date`.
    fn of(due: Due, date: Date) -> Option<Self> {
        match due {
            Due::OutsideCalendar => Some(Self { due: None, days: None }),
            Due::On(_) => due.days_past(date).map(|days| Self { due: due.date(), days: Some(days) }),
        }
    }

    fn words(self) -> String {
        self.days.map_or_else(|| OUTSIDE_CALENDAR.to_owned(), |days| format!("overdue {}", in_days(days)))
    }
}

/// A line about something past its due date; owner, next step and evidence come from the unit.
fn overdue(stage: &'static str, late: Lateness, reference: &PublicReference, id: Uuid) -> Exception {
    Exception {
        kind: ExceptionKind::Overdue,
        reference: reference.clone(),
        id,
        stage,
        on: None,
        due: late.due,
        days_late: late.days,
        owner_role: None,
        detail: late.words(),
        reason: None,
        next_step: None,
        evidence: Vec::new(),
    }
}

/// The detail of a line with what a source asserts of the stage.
fn marked(detail: String, asserted: Option<Date>) -> String {
    match asserted {
        Some(on) => format!("{detail}; {}", asserted_on(on)),
        None => detail,
    }
}

fn overdue_actions(action: &ActionStanding, as_of: Date, found: &mut Vec<Exception>) {
    let owner_role = action.owner.as_ref().map(|owner| owner.value.role.clone());
    let line = |stage, late| Exception {
        owner_role: owner_role.clone(),
        next_step: action.next_step(as_of),
        evidence: action.evidence.clone(),
        ..overdue(stage, late, &action.reference, action.id.uuid())
    };
    if let Some(days) = action.days_overdue {
        let (stage, asserted) = if action.is_reported_only() {
            ("verification", AssertedOfAction::Verification)
        } else {
            ("implementation", AssertedOfAction::Implementation)
        };
        let due = action.effective_target.map(|target| target.value);
        let mut line = line(stage, Lateness { due, days: Some(days) });
        line.detail = marked(line.detail, action.asserted(asserted).map(|asserted| asserted.on));
        found.push(line);
    }
    let review = action.open_review().filter(|_| action.is_verified());
    if let Some(late) = review.and_then(|review| Lateness::of(Due::On(review.due), as_of)) {
        found.push(line("effectiveness review", late));
    }
}

/// A live action under a recommendation that was rejected after the action was agreed, one line for each; and one none of whose
/// recommendations is on record any more. One that left contradicts nothing.
fn contradictions(
    action: &ActionStanding,
    recommendations: &[&RecommendationStanding],
    found: &mut Vec<Exception>,
) {
    if !matches!(action.source, ActionSource::Recommendations(_)) || !action.is_live() {
        return;
    }
    let owner_role = action.owner.as_ref().map(|owner| owner.value.role.clone());
    let line = |detail| Exception {
        kind: ExceptionKind::Contradiction,
        reference: action.reference.clone(),
        id: action.id.uuid(),
        stage: "recommendation",
        on: None,
        due: None,
        days_late: None,
        owner_role: owner_role.clone(),
        detail,
        reason: None,
        next_step: None,
        evidence: vec![action.agreed.event_id],
    };
    if recommendations.is_empty() {
        found.push(Exception {
            next_step: Some(if action.is_verified() {
                "agree an action under a recommendation that stands, if the change is to count"
            } else {
                "withdraw it, and agree it again under a recommendation that stands"
            }),
            ..line("no recommendation it stands under is on record".to_owned())
        });
    }
    for rejected in recommendations.iter().filter(|one| one.state == RecommendationState::Rejected) {
        let Some(answer) = &rejected.answer else { continue };
        let mut line = line(format!("under {}, rejected {}", rejected.reference, answer.on));
        line.on = Some(answer.on);
        line.reason.clone_from(&answer.value.reason);
        line.next_step = Some(if action.is_verified() {
            "accept the recommendation after all: an action under it was implemented"
        } else {
            "withdraw the action, or accept the recommendation after all"
        });
        line.evidence.push(answer.event_id);
        found.push(line);
    }
}

fn overdue_reporters(reporter: &ReporterStanding, as_of: Date, found: &mut Vec<Exception>) {
    if !reporter.is_eligible() || reporter.told.is_some() {
        return;
    }
    let line = |stage, late, next_step| Exception {
        next_step,
        evidence: reporter.evidence.clone(),
        ..overdue(stage, late, &reporter.reference, reporter.incident.uuid())
    };
    if let Some(late) = Lateness::of(reporter.acknowledgement_due, as_of)
        && reporter.acknowledged.is_none()
    {
        found.push(line("acknowledgement of the reporter", late, Some("acknowledge the report")));
    }
    if let Some(late) = Lateness::of(reporter.outcome_due, as_of) {
        let mut line = line("outcome told to the reporter", late, reporter.next_step());
        line.detail = marked(line.detail, reporter.told_asserted.map(|asserted| asserted.on));
        if let Some(exit) = reporter.exit.as_ref().filter(|exit| exit.effect == ExitEffect::Stays) {
            line.on = Some(exit.on);
            line.reason.clone_from(&exit.reason);
            line.detail = format!("{}; left {}, after the due date, stays in", line.detail, exit.on);
        }
        found.push(line);
    }
}

fn case_line(kind: ExceptionKind, stage: &'static str, case: &CandourStanding) -> Exception {
    Exception {
        kind,
        reference: case.reference.clone(),
        id: case.case.uuid(),
        stage,
        on: None,
        due: None,
        days_late: None,
        owner_role: None,
        detail: String::new(),
        reason: None,
        next_step: case.next_step(),
        evidence: case.evidence.clone(),
    }
}

/// Every exit on record. Whether it is in time is said for both clocks where they differ.
fn exits(case: &CandourStanding, found: &mut Vec<Exception>) {
    for exit in &case.exits {
        let kind = match exit.kind {
            Exit::Declined | Exit::NotContactable => ExceptionKind::Regulation20Paragraph5,
            // An exemption that was lifted is over; what happened under 20(5) stays on the list.
            Exit::ExemptedLocally if exit.reopened.is_some() => continue,
            Exit::ExemptedLocally => ExceptionKind::ExemptedLocally,
        };
        let due = case.aware_clock.map(|clock| clock.due);
        found.push(Exception {
            on: Some(exit.on),
            due: due.and_then(Due::date),
            days_late: case.aware_clock.and_then(|clock| match clock.verdict {
                Verdict::Late(days) | Verdict::Overdue(days) => Some(days),
                Verdict::InTime | Verdict::NotYetDue | Verdict::LeftInTime | Verdict::OutsideCalendar => None,
            }),
            owner_role: exit.role.clone(),
            detail: exit_words(case, exit),
            reason: exit.reason.clone(),
            ..case_line(kind, "first notification", case)
        });
    }
}

fn exit_words(case: &CandourStanding, exit: &CaseExit) -> String {
    let what = match exit.kind {
        Exit::Declined => "declined",
        Exit::NotContactable => "not contactable",
        Exit::ExemptedLocally => return format!("exempted locally {}, stays in as not met", exit.on),
    };
    let late = |clock: Option<Clock>| clock.is_some_and(|clock| clock.due.is_past(exit.on));
    let effect = match (late(case.reported_clock), late(case.aware_clock)) {
        (true, true) => ", after the due date, stays in",
        (true, false) => ", after the due date of the reported clock, stays in there",
        (false, true) => ", after the due date of the aware clock, stays in there",
        (false, false) => "",
    };
    let reopened =
        exit.reopened.map(|reopened| format!(", taken up again {}", reopened.on)).unwrap_or_default();
    format!("{what} {}{effect}{reopened}", exit.on)
}

/// What a source may assert of a decision.
const DECISIONS: &[AssertedStage] = &[AssertedStage::DecidedNotifiable, AssertedStage::DecidedNotNotifiable];
/// What a source may assert of the first notification.
const NOTIFICATION: &[AssertedStage] = &[AssertedStage::FirstNotification];

/// What is past due in a case that has not left; one that has is on the list of its exit.
fn overdue_cases(case: &CandourStanding, as_of: Date, found: &mut Vec<Exception>) {
    let line = |stage, asserted: &[AssertedStage], late: Lateness| Exception {
        due: late.due,
        days_late: late.days,
        detail: marked(late.words(), case.asserted(asserted).map(|asserted| asserted.on)),
        ..case_line(ExceptionKind::Overdue, stage, case)
    };
    let late = |due: Option<Due>| due.and_then(|due| Lateness::of(due, as_of));
    if case.decided.is_none() {
        let found_late = late(case.decision_due);
        found.extend(found_late.map(|late| line("candour decision", DECISIONS, late)));
        return;
    }
    let (Some(reported), Some(aware), None) = (case.reported_clock, case.aware_clock, case.exit()) else {
        return;
    };
    if case.first_notification.complete.is_none() {
        if let Some(late) = late(Some(aware.due)) {
            found.push(line("first notification", NOTIFICATION, late));
        } else if !case.late_recognition {
            // E-13: what was recognised late is not shown as overdue since long before anybody knew.
            let late = late(Some(reported.due));
            let stage = "first notification, by the reported clock";
            found.extend(late.map(|late| line(stage, NOTIFICATION, late)));
        }
    }
    if case.written.first_letter.is_none() {
        let stated = &[AssertedStage::WrittenNotification];
        found.extend(late(case.first_letter_due).map(|late| line("written notification", stated, late)));
    }
    if case.written.results_settled.is_none() {
        let stated = &[AssertedStage::EnquiryResults];
        found.extend(late(case.results_due).map(|late| line("results of enquiries", stated, late)));
    }
}

/// E-14: also what was decided in the end, but late.
fn undecided(case: &CandourStanding, as_of: Date, found: &mut Vec<Exception>) {
    let (Some(prompt), Some(due), true) = (case.prompt, case.decision_due, case.moderate_harm) else {
        return;
    };
    let Some(late) = Lateness::of(due, case.decided.map_or(as_of, |decided| decided.on)) else { return };
    found.push(Exception {
        on: Some(prompt.on),
        due: late.due,
        days_late: late.days,
        detail: match (case.decided, late.days) {
            (Some(decided), Some(days)) => format!("decided {}, {} late", decided.on, in_days(days)),
            (Some(decided), None) => format!("decided {}; {}", decided.on, late.words()),
            (None, _) => {
                let asserted = case.asserted(DECISIONS).map(|asserted| asserted.on);
                marked(format!("no decision, {}", late.words()), asserted)
            }
        },
        ..case_line(ExceptionKind::NoDecisionInTime, "candour decision", case)
    });
}

fn downgraded(case: &CandourStanding, found: &mut Vec<Exception>) {
    let Some(downgraded) = case.downgraded else { return };
    found.push(Exception {
        on: Some(downgraded.on),
        detail: format!("graded down {}", downgraded.on),
        ..case_line(ExceptionKind::DowngradedAfterPrompt, "harm grade", case)
    });
}
