//! C0 to C7: the duty of candour.

use super::{CandourStanding, CaseExit, Clock, Verdict};
use crate::{
    assertion::{ASSERTED, asserted_on},
    candour_case::{AssertedStage, CaseDecision, Exit, NotificationMode},
    identifier::EventId,
    incident::{HarmGrade, PhysicalHarm, PsychologicalHarm},
    measures::{
        DONE_EARLY, Due, Figure, NOT_YET_DUE, OUTSIDE_CALENDAR, Outcome, Placing, Rules,
        fact::days_between,
        figure::Conclusion,
        line::{Day, Judged, Lines, Measure, in_days},
    },
    policy::Standing::{Contract, Law, LocalDefault},
};

const LEFT_IN_TIME: &str = "left before the due date (20(5))";
const LEFT_AFTER: &str = "left after the due date, not met (20(5))";
const EXEMPTED: &str = "exempted locally";
const LATE_RECOGNITION: &str = "late recognition";
const AWAITED: &str = "results awaited";

/// C0 to C7, in order.
pub(in crate::measures) static MEASURES: [Measure<CandourStanding>; 10] = [
    Measure { empty: prompted, lines: prompted_line },
    Measure { empty: decided_in_time, lines: decided_in_time_lines },
    Measure {
        empty: |rules| first_notification(ClockKind::Reported, rules),
        lines: |case, lines| first_notification_lines(case, ClockKind::Reported, lines),
    },
    Measure {
        empty: |rules| first_notification(ClockKind::Aware, rules),
        lines: |case, lines| first_notification_lines(case, ClockKind::Aware, lines),
    },
    Measure { empty: written_in_time, lines: written_in_time_lines },
    Measure { empty: results_in_time, lines: results_in_time_lines },
    Measure { empty: complete, lines: complete_line },
    Measure { empty: complete_at_first_contact, lines: complete_at_first_contact_line },
    Measure { empty: late_recognition, lines: late_recognition_line },
    Measure { empty: undecided, lines: undecided_line },
];

fn push(
    lines: &mut Lines<'_>,
    case: &CandourStanding,
    placing: Placing,
    judged: Judged,
    evidence: impl IntoIterator<Item = Option<EventId>>,
) {
    lines.push(placing, judged, || {
        std::iter::once(case.reported.event_id).chain(evidence.into_iter().flatten())
    });
}

fn prompt_id(case: &CandourStanding) -> Option<EventId> {
    case.prompt.map(|prompt| prompt.event_id)
}

fn decision_id(case: &CandourStanding) -> Option<EventId> {
    case.decided.map(|decided| decided.event_id)
}

fn aware_id(case: &CandourStanding) -> Option<EventId> {
    case.aware.map(|aware| aware.event_id)
}

fn exit_words(exit: &CaseExit) -> String {
    let what = match exit.kind {
        Exit::Declined => "declined",
        Exit::NotContactable => "not contactable",
        Exit::ExemptedLocally => EXEMPTED,
    };
    match exit.reopened {
        Some(reopened) => format!("{what} {}, taken up again {}", exit.on, reopened.on),
        None => format!("{what} {}", exit.on),
    }
}

fn exits(case: &CandourStanding) -> Option<String> {
    let words: Vec<_> = case.exits.iter().map(exit_words).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

/// E-9: exempted locally and not taken up again, a case is never met, whatever was done in time.
fn unless_exempted(mut judged: Judged, case: &CandourStanding) -> Judged {
    if !case.is_exempted_locally() {
        return judged;
    }
    if judged.outcome == Outcome::Met {
        judged.outcome = Outcome::NotMet;
    }
    judged.counted_as(EXEMPTED)
}

/// What is true of the case beside the verdict of a clock: its exits, and the counts that go with them.
fn with_exits(mut judged: Judged, case: &CandourStanding, clock: Clock, day: Day<'_>) -> Judged {
    if clock.left_after_due && judged.outcome == Outcome::NotMet {
        judged =
            judged.counted_as(LEFT_AFTER).remark(day.remark(|| Some("left after the due date".to_owned())));
    }
    unless_exempted(judged, case).remark(day.remark(|| exits(case)))
}

/// What a source asserts of a stage that is not on record: said beside the verdict and counted apart, never instead of it.
fn with_assertion(judged: Judged, case: &CandourStanding, stages: &[AssertedStage], day: Day<'_>) -> Judged {
    match case.asserted(stages) {
        Some(asserted) => judged.remark(day.remark(|| Some(asserted_on(asserted.on)))).counted_as(ASSERTED),
        None => judged,
    }
}

/// A case that nobody assessed as notifiable, of which a source asserts a stage: listed, judged by nothing.
fn asserted_only(case: &CandourStanding, stage: AssertedStage, lines: &mut Lines<'_>) {
    let Some(asserted) = case.asserted(&[stage]) else { return };
    let words = || format!("not assessed as notifiable; {}", asserted_on(asserted.on));
    let judged = Judged::new(Outcome::Listed, lines.day.words(words)).counted_as(ASSERTED);
    push(lines, case, Placing::On(asserted.on), judged, [Some(asserted.event_id)]);
}

fn asserted_id(case: &CandourStanding, stages: &[AssertedStage]) -> Option<EventId> {
    case.asserted(stages).map(|asserted| asserted.event_id)
}

fn left_in_time(case: &CandourStanding, due: Due, day: Day<'_>) -> Vec<(Placing, Judged)> {
    let words = || exits(case).unwrap_or_default();
    let judged = Judged::new(Outcome::Excluded, day.words(words)).counted_as(LEFT_IN_TIME);
    vec![(Placing::of_exclusion(due, day), judged)]
}

const PHYSICAL: &str = "moderate or worse physical harm";
const PSYCHOLOGICAL: &str = "moderate or worse psychological harm";
const COULD_RESULT: &str = "could result in it";
const SOURCE_FLAG: &str = "the source system's candour flag";

fn prompted(_rules: Rules<'_>) -> Figure {
    Figure::new(
        "C0",
        "Candour cases prompted",
        LocalDefault,
        "no number of days; a prompt is never a decision",
    )
    .concluding(Conclusion::AllDenominator)
    .counting(&[PHYSICAL, PSYCHOLOGICAL, COULD_RESULT, SOURCE_FLAG])
}

/// C0. The four kinds of prompt overlap; each is counted as it was when it first prompted.
fn prompted_line(case: &CandourStanding, lines: &mut Lines<'_>) {
    let Some(prompt) = case.prompt else { return };
    let HarmGrade { physical, psychological, could_result } = prompt.value.grade;
    let physical = physical.is_some_and(|harm| harm.level() <= PhysicalHarm::Moderate.level());
    let psychological = psychological.is_some_and(|harm| harm.level() <= PsychologicalHarm::Moderate.level());
    let reasons: Vec<_> = [
        (physical, PHYSICAL),
        (psychological, PSYCHOLOGICAL),
        (could_result, COULD_RESULT),
        (prompt.value.source_flag, SOURCE_FLAG),
    ]
    .into_iter()
    .filter_map(|(holds, words)| holds.then_some(words))
    .collect();
    let words = || format!("prompted {}: {}", prompt.on, reasons.join(", "));
    let mut judged = Judged::new(Outcome::Listed, lines.day.words(words));
    for reason in reasons {
        judged = judged.counted_as(reason);
    }
    push(lines, case, Placing::On(prompt.on), judged, [prompt_id(case)]);
}

fn decided_in_time(rules: Rules<'_>) -> Figure {
    Figure::new(
        "C1",
        "Candour decision in time",
        LocalDefault,
        format!("{} working days from the prompt", rules.policy.candour_decision_working_days),
    )
    .counting(&[ASSERTED, NOT_YET_DUE, DONE_EARLY, OUTSIDE_CALENDAR])
}

/// C1. An assessment as notifiable before the prompt is in time; "not required" before it does not answer it.
fn decided_in_time_lines(case: &CandourStanding, lines: &mut Lines<'_>) {
    let Some(due) = case.decision_due else { return };
    let day = lines.day;
    for (placing, judged) in day.judge(due, case.decided.map(|decided| decided.on)) {
        let (judged, asserted) = unless_decided(judged, case, day);
        push(lines, case, placing, judged, [prompt_id(case), decision_id(case), asserted]);
    }
}

/// What a source asserts of the decision, where there is none.
fn unless_decided(judged: Judged, case: &CandourStanding, day: Day<'_>) -> (Judged, Option<EventId>) {
    const DECISIONS: &[AssertedStage] =
        &[AssertedStage::DecidedNotifiable, AssertedStage::DecidedNotNotifiable];
    if case.decided.is_some() {
        return (judged, None);
    }
    (with_assertion(judged, case, DECISIONS, day), asserted_id(case, DECISIONS))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ClockKind {
    Reported,
    Aware,
}

fn first_notification(kind: ClockKind, rules: Rules<'_>) -> Figure {
    let days = rules.policy.first_notification_working_days;
    let (variant, standing, words) = match kind {
        ClockKind::Reported => (
            "reported clock",
            Contract,
            format!(
                "{days} working days from the report: NHS Standard Contract and CQC guidance (present wording not verified); \
                 the statute says as soon as reasonably practicable, without a number"
            ),
        ),
        ClockKind::Aware => (
            "aware clock",
            LocalDefault,
            format!(
                "{days} working days as in the contract, counted locally from awareness, which is closest to the statute's as soon as \
                 reasonably practicable after becoming aware"
            ),
        ),
    };
    let mut figure = Figure::new("C2", "First notification complete in time", standing, words)
        .variant(variant)
        .counting(&[ASSERTED, LEFT_IN_TIME, LEFT_AFTER, EXEMPTED, NOT_YET_DUE, DONE_EARLY, OUTSIDE_CALENDAR]);
    if kind == ClockKind::Reported {
        figure = figure.counting(&[LATE_RECOGNITION]);
    }
    for mode in NotificationMode::ALL {
        figure.add(mode_words(*mode), 0);
    }
    figure
}

/// C2: always both clocks. Complete means every element of E-6; face to face, video and telephone are counted apart (W-3).
fn first_notification_lines(case: &CandourStanding, kind: ClockKind, lines: &mut Lines<'_>) {
    let day = lines.day;
    let clock = match kind {
        ClockKind::Reported => case.reported_clock,
        ClockKind::Aware => case.aware_clock,
    };
    let Some(clock) = clock else { return asserted_only(case, AssertedStage::FirstNotification, lines) };
    let complete = case.first_notification.complete;
    let stated = &[AssertedStage::FirstNotification];
    let judged = if clock.verdict == Verdict::LeftInTime {
        left_in_time(case, clock.due, day)
    } else {
        let judge = |(placing, mut judged): (Placing, Judged)| {
            if kind == ClockKind::Reported && case.late_recognition {
                judged = recognised_late(judged, case, clock, day);
            }
            let counted = matches!(judged.outcome, Outcome::Met | Outcome::NotMet);
            if let Some(mode) = complete.and_then(|complete| complete.mode).filter(|_| counted) {
                let remark = || Some(mode_words(mode).to_owned());
                judged = judged.counted_as(mode_words(mode)).remark(day.remark(remark));
            }
            if let Some(restarted) = clock.restarted_on {
                judged = judged.remark(day.remark(|| Some(format!("clock restarted {restarted}"))));
            }
            if complete.is_none() {
                judged = with_assertion(judged, case, stated, day);
            }
            (placing, with_exits(judged, case, clock, day))
        };
        day.judge(clock.due, complete.map(|complete| complete.on)).into_iter().map(judge).collect()
    };
    for (placing, judged) in judged {
        let contacts = case.first_notification.contacts.iter().map(|contact| Some(contact.event_id));
        let exits = case.exits.iter().map(|exit| Some(exit.event_id));
        let asserted = asserted_id(case, stated).filter(|_| complete.is_none());
        let complete = complete.map(|complete| complete.event_id);
        let evidence = [aware_id(case)].into_iter().chain(contacts).chain([complete, asserted]).chain(exits);
        push(lines, case, placing, judged, evidence);
    }
}

/// E-13: not met, but not overdue since long before anybody knew: no number of days is shown by the clock from the report.
fn recognised_late(judged: Judged, case: &CandourStanding, clock: Clock, day: Day<'_>) -> Judged {
    let (Outcome::NotMet, Some(aware), Due::On(ran_out)) = (judged.outcome, case.aware, clock.original_due)
    else {
        return judged;
    };
    let words = || {
        let done = case
            .first_notification
            .complete
            .map_or_else(String::new, |complete| format!(", done {}", complete.on));
        format!("{LATE_RECOGNITION}: aware {}, reported clock ran out {ran_out}{done}", aware.value)
    };
    Judged::new(Outcome::NotMet, day.words(words)).counted_as(LATE_RECOGNITION)
}

const fn mode_words(mode: NotificationMode) -> &'static str {
    match mode {
        NotificationMode::FaceToFace => "complete face to face",
        NotificationMode::Video => "complete by video",
        NotificationMode::Telephone => "complete by telephone",
    }
}

fn written_in_time(rules: Rules<'_>) -> Figure {
    Figure::new(
        "C3",
        "Written notification in time",
        LocalDefault,
        format!(
            "{} working days from the first notification, or from its due date where that was missed",
            rules.policy.written_notification_working_days
        ),
    )
    .counting(&[ASSERTED, LEFT_IN_TIME, LEFT_AFTER, EXEMPTED, NOT_YET_DUE, DONE_EARLY, OUTSIDE_CALENDAR])
}

/// C3: those of the aware clock of C2.
fn written_in_time_lines(case: &CandourStanding, lines: &mut Lines<'_>) {
    let day = lines.day;
    let stated = &[AssertedStage::WrittenNotification];
    let (Some(clock), Some(due)) = (case.aware_clock, case.first_letter_due) else {
        return asserted_only(case, AssertedStage::WrittenNotification, lines);
    };
    let letter = case.written.first_letter;
    let judged = if clock.verdict == Verdict::LeftInTime {
        left_in_time(case, due, day)
    } else {
        let judge = |(placing, judged): (Placing, Judged)| {
            let judged = if letter.is_none() { with_assertion(judged, case, stated, day) } else { judged };
            (placing, with_exits(judged, case, clock, day))
        };
        day.judge(due, letter.map(|letter| letter.on)).into_iter().map(judge).collect()
    };
    for (placing, judged) in judged {
        let complete = case.first_notification.complete.map(|complete| complete.event_id);
        let letters = case.written.letters.iter().map(|letter| Some(letter.event_id));
        let asserted = asserted_id(case, stated).filter(|_| letter.is_none());
        let letter = letter.map(|letter| letter.event_id);
        let evidence = [aware_id(case), complete, letter, asserted].into_iter().chain(letters);
        push(lines, case, placing, judged, evidence);
    }
}

const SETTLED_WITHOUT_REPORT: &str = "settled without a signed-off report";

fn results_in_time(rules: Rules<'_>) -> Figure {
    Figure::new(
        "C4",
        "Results of enquiries shared in time",
        LocalDefault,
        format!(
            "{} working days from the sign-off of the report, or from awareness where that is later",
            rules.policy.results_working_days
        ),
    )
    .counting(&[
        ASSERTED,
        AWAITED,
        SETTLED_WITHOUT_REPORT,
        LEFT_IN_TIME,
        EXEMPTED,
        NOT_YET_DUE,
        DONE_EARLY,
        OUTSIDE_CALENDAR,
    ])
}

/// C4. What is awaited without a signed-off report has no due date: it is listed with its age since awareness, never dropped.
fn results_in_time_lines(case: &CandourStanding, lines: &mut Lines<'_>) {
    let day = lines.day;
    let Some(clock) = case.aware_clock else {
        return asserted_only(case, AssertedStage::EnquiryResults, lines);
    };
    let stated = &[AssertedStage::EnquiryResults];
    let settled = case.written.results_settled;
    let age = case.days_awaiting_results.unwrap_or_default();
    let judged = match case.results_due {
        _ if clock.verdict == Verdict::LeftInTime => {
            // Without a signed-off report the exclusion is placed by the due date of the first notification.
            left_in_time(case, case.results_due.unwrap_or(clock.due), day)
        }
        Some(due) => {
            let judge = |(placing, judged): (Placing, Judged)| {
                if judged.outcome == Outcome::NotYetDue && settled.is_none() {
                    let remark = || Some(format!("{AWAITED}, {}", in_days(age)));
                    (placing, judged.days(age).counted_as(AWAITED).remark(day.remark(remark)))
                } else {
                    (placing, judged)
                }
            };
            day.judge(due, settled.map(|settled| settled.on)).into_iter().map(judge).collect()
        }
        None if settled.is_some() => {
            lines.count(Placing::Always, SETTLED_WITHOUT_REPORT);
            return;
        }
        None => {
            let words = || format!("{AWAITED}, {}", in_days(age));
            let judged = Judged::new(Outcome::Listed, day.words(words)).days(age).counted_as(AWAITED);
            vec![(Placing::Always, judged)]
        }
    };
    for (placing, judged) in judged {
        let judged = if settled.is_none() { with_assertion(judged, case, stated, day) } else { judged };
        let exits = day.remark(|| exits(case).filter(|_| case.is_exempted_locally()));
        let judged = unless_exempted(judged, case).remark(exits);
        let signed_off = case.signed_off.map(|signed_off| signed_off.event_id);
        let asserted = asserted_id(case, stated).filter(|_| settled.is_none());
        let settled = settled.map(|settled| settled.event_id);
        push(lines, case, placing, judged, [aware_id(case), signed_off, settled, asserted]);
    }
}

fn missing_words(case: &CandourStanding) -> String {
    let missing: Vec<_> = case.first_notification.missing.iter().map(|element| element.code()).collect();
    format!("incomplete: {} missing", missing.join(", "))
}

fn complete(_rules: Rules<'_>) -> Figure {
    Figure::new(
        "C5",
        "First notifications begun that are complete",
        Law,
        "no number of days; every element of regulation 20(3), over one contact or several",
    )
    .variant("by the as-of date")
}

/// C5, by the as-of date.
fn complete_line(case: &CandourStanding, lines: &mut Lines<'_>) {
    let day = lines.day;
    let Some(contact) = case.first_notification.first_contact() else { return };
    let complete = case.first_notification.complete;
    let judged = match complete {
        Some(complete) => Judged::new(Outcome::Met, day.words(|| format!("complete {}", complete.on))),
        None => Judged::new(Outcome::NotMet, day.words(|| missing_words(case))),
    };
    let evidence = [Some(contact.event_id), complete.map(|complete| complete.event_id)];
    push(lines, case, Placing::On(contact.on), judged, evidence);
}

fn complete_at_first_contact(_rules: Rules<'_>) -> Figure {
    Figure::new(
        "C5",
        "First notifications complete at the first contact",
        Law,
        "no number of days; every element of regulation 20(3) at the first contact, with the support offered by then",
    )
    .variant("at the first contact")
}

/// C5, at the first contact.
fn complete_at_first_contact_line(case: &CandourStanding, lines: &mut Lines<'_>) {
    let first = &case.first_notification;
    let Some(contact) = first.first_contact() else { return };
    let outcome = if first.complete_at_first_contact { Outcome::Met } else { Outcome::NotMet };
    let words = || match (first.complete_at_first_contact, first.complete) {
        (true, _) => "complete at the first contact".to_owned(),
        (false, Some(complete)) => format!("complete only {}", complete.on),
        (false, None) => missing_words(case),
    };
    let judged = Judged::new(outcome, lines.day.words(words));
    push(lines, case, Placing::On(contact.on), judged, [Some(contact.event_id)]);
}

fn late_recognition(rules: Rules<'_>) -> Figure {
    Figure::new(
        "C6",
        "Notifiable cases recognised late",
        Contract,
        format!(
            "aware more than {} working days after the report, when the reported clock had run out",
            rules.policy.first_notification_working_days
        ),
    )
    .adverse()
    .counting(&[OUTSIDE_CALENDAR])
}

/// C6, E-13.
fn late_recognition_line(case: &CandourStanding, lines: &mut Lines<'_>) {
    let day = lines.day;
    let (Some(aware), Some(clock)) = (case.aware, case.reported_clock) else { return };
    let judged = match clock.original_due {
        Due::OutsideCalendar => Judged::new(Outcome::Listed, day.words(|| OUTSIDE_CALENDAR.to_owned()))
            .counted_as(OUTSIDE_CALENDAR),
        Due::On(due) if due < aware.value => {
            let words = || format!("aware {}, reported clock ran out {due}", aware.value);
            Judged::new(Outcome::NotMet, day.words(words)).days(days_between(due, aware.value))
        }
        Due::On(_) => Judged::new(Outcome::Met, day.words(|| format!("aware {}", aware.value))),
    };
    push(lines, case, Placing::On(aware.value), judged, [aware_id(case)]);
}

fn undecided(rules: Rules<'_>) -> Figure {
    Figure::new(
        "C7",
        "Prompted and overdue for a candour decision",
        LocalDefault,
        format!("{} working days from the prompt", rules.policy.candour_decision_working_days),
    )
    .adverse()
    .concluding(Conclusion::NotMetOfAll)
    .counting(&[ASSERTED, NOT_YET_DUE, OUTSIDE_CALENDAR])
}

/// C7: the denominator is everything prompted, also what is not yet due.
fn undecided_line(case: &CandourStanding, lines: &mut Lines<'_>) {
    let day = lines.day;
    let (Some(prompt), Some(due)) = (case.prompt, case.decision_due) else { return };
    let judged = match (case.decided, case.days_undecided(day.as_of), due) {
        (Some(decided), _, _) => {
            Judged::new(Outcome::Met, day.words(|| decision_words(decided.value).to_owned()))
        }
        (None, Some(days), _) => {
            let words = || format!("no decision, overdue {}", in_days(days));
            Judged::new(Outcome::NotMet, day.words(words)).days(days)
        }
        (None, None, Due::On(due)) => {
            Judged::new(Outcome::NotYetDue, day.words(|| format!("no decision, due {due}")))
                .counted_as(NOT_YET_DUE)
        }
        (None, None, Due::OutsideCalendar) => {
            Judged::new(Outcome::Listed, day.words(|| OUTSIDE_CALENDAR.to_owned()))
                .counted_as(OUTSIDE_CALENDAR)
        }
    };
    let (judged, asserted) = unless_decided(judged, case, day);
    push(lines, case, Placing::On(prompt.on), judged, [prompt_id(case), decision_id(case), asserted]);
}

const fn decision_words(decision: CaseDecision) -> &'static str {
    match decision {
        CaseDecision::Undecided => "no decision",
        CaseDecision::NotRequired => "decided: not notifiable",
        CaseDecision::Notifiable => "decided: notifiable",
    }
}
