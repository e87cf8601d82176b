//! C0 to C7: the duty of candour.

use jiff::civil::Date;

use super::{CandourStanding, CaseExit, Clock, Verdict};
use crate::{
    candour_case::{CaseDecision, Exit, NotificationMode},
    identifier::EventId,
    incident::{HarmGrade, PhysicalHarm, PsychologicalHarm},
    measures::{
        Due, Figure, Judged, NOT_YET_DUE, OUTSIDE_CALENDAR, Outcome, Period, Rules, Window,
        fact::days_between,
        figure::{DONE_EARLY, in_days, tally},
    },
    policy::Standing::{Contract, Law, LocalDefault},
};

const LEFT_IN_TIME: &str = "left before the due date (20(5))";
const LEFT_AFTER: &str = "left after the due date, not met (20(5))";
const EXEMPTED: &str = "exempted locally";
const LATE_RECOGNITION: &str = "late recognition";
const AWAITED: &str = "results awaited";

/// C0 to C7, in order.
pub fn figures(cases: &[CandourStanding], period: Period, as_of: Date, rules: Rules<'_>) -> Vec<Figure> {
    let window = Window::new(period, as_of);
    vec![
        prompted(cases, window),
        decided_in_time(cases, window, rules),
        first_notification(cases, window, rules, ClockKind::Reported),
        first_notification(cases, window, rules, ClockKind::Aware),
        written_in_time(cases, window, rules),
        results_in_time(cases, window, rules),
        complete(cases, window),
        complete_at_first_contact(cases, window),
        late_recognition(cases, window, rules),
        undecided(cases, window, rules),
    ]
}

fn push(
    figure: &mut Figure,
    case: &CandourStanding,
    judged: Judged,
    evidence: impl IntoIterator<Item = Option<EventId>>,
) {
    let mut ids = vec![case.reported.event_id];
    for id in evidence.into_iter().flatten() {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    figure.push(&case.reference, case.case.uuid(), judged, ids);
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
fn with_exits(mut judged: Judged, case: &CandourStanding, clock: Clock) -> Judged {
    if clock.left_after_due && judged.outcome == Outcome::NotMet {
        judged = judged.counted_as(LEFT_AFTER).remark(Some("left after the due date".to_owned()));
    }
    unless_exempted(judged, case).remark(exits(case))
}

fn left_in_time(case: &CandourStanding, due: Due, window: Window) -> Option<Judged> {
    window
        .shows_exclusion(due)
        .then(|| Judged::new(Outcome::Excluded, exits(case).unwrap_or_default()).counted_as(LEFT_IN_TIME))
}

/// C0. The four kinds of prompt overlap; each is counted as it was when it first prompted.
fn prompted(cases: &[CandourStanding], window: Window) -> Figure {
    const PHYSICAL: &str = "moderate or worse physical harm";
    const PSYCHOLOGICAL: &str = "moderate or worse psychological harm";
    const COULD_RESULT: &str = "could result in it";
    const SOURCE_FLAG: &str = "the source system's candour flag";
    let mut figure = Figure::new(
        "C0",
        "Candour cases prompted",
        LocalDefault,
        "no number of days; a prompt is never a decision",
    )
    .counting(&[PHYSICAL, PSYCHOLOGICAL, COULD_RESULT, SOURCE_FLAG]);
    for case in cases {
        let Some(prompt) = case.prompt.filter(|prompt| window.places(prompt.on)) else { continue };
        let HarmGrade { physical, psychological, could_result } = prompt.value.grade;
        let physical = physical.is_some_and(|harm| harm.level() <= PhysicalHarm::Moderate.level());
        let psychological =
            psychological.is_some_and(|harm| harm.level() <= PsychologicalHarm::Moderate.level());
        let reasons: Vec<_> = [
            (physical, PHYSICAL),
            (psychological, PSYCHOLOGICAL),
            (could_result, COULD_RESULT),
            (prompt.value.source_flag, SOURCE_FLAG),
        ]
        .into_iter()
        .filter_map(|(holds, words)| holds.then_some(words))
        .collect();
        let mut judged =
            Judged::new(Outcome::Listed, format!("prompted {}: {}", prompt.on, reasons.join(", ")));
        for reason in reasons {
            judged = judged.counted_as(reason);
        }
        push(&mut figure, case, judged, [prompt_id(case)]);
    }
    figure.denominator = Some(figure.outcomes(Outcome::Listed));
    figure
}

/// C1. An assessment as notifiable before the prompt is in time; "not required" before it does not answer it.
fn decided_in_time(cases: &[CandourStanding], window: Window, rules: Rules<'_>) -> Figure {
    let mut figure = Figure::new(
        "C1",
        "Candour decision in time",
        LocalDefault,
        format!("{} working days from the prompt", rules.policy.candour_decision_working_days),
    )
    .counting(&[NOT_YET_DUE, DONE_EARLY, OUTSIDE_CALENDAR]);
    for case in cases {
        let Some(due) = case.decision_due else { continue };
        if let Some(judged) = window.judge(due, case.decided.map(|decided| decided.on)) {
            push(&mut figure, case, judged, [prompt_id(case), decision_id(case)]);
        }
    }
    figure.ratio()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ClockKind {
    Reported,
    Aware,
}

/// C2: always both clocks. Complete means every element of E-6; face to face, video and telephone are counted apart (W-3).
fn first_notification(
    cases: &[CandourStanding],
    window: Window,
    rules: Rules<'_>,
    kind: ClockKind,
) -> Figure {
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
        .counting(&[LEFT_IN_TIME, LEFT_AFTER, EXEMPTED, NOT_YET_DUE, DONE_EARLY, OUTSIDE_CALENDAR]);
    if kind == ClockKind::Reported {
        figure = figure.counting(&[LATE_RECOGNITION]);
    }
    for mode in NotificationMode::ALL {
        figure.add(mode_words(*mode), 0);
    }
    for case in cases {
        let clock = match kind {
            ClockKind::Reported => case.reported_clock,
            ClockKind::Aware => case.aware_clock,
        };
        let Some(clock) = clock else { continue };
        let complete = case.first_notification.complete;
        let judged = if clock.verdict == Verdict::LeftInTime {
            left_in_time(case, clock.due, window)
        } else {
            window.judge(clock.due, complete.map(|complete| complete.on)).map(|mut judged| {
                if kind == ClockKind::Reported && case.late_recognition {
                    judged = recognised_late(judged, case, clock);
                }
                let counted = matches!(judged.outcome, Outcome::Met | Outcome::NotMet);
                if let Some(mode) = complete.and_then(|complete| complete.mode).filter(|_| counted) {
                    judged = judged.counted_as(mode_words(mode)).remark(Some(mode_words(mode).to_owned()));
                }
                if let Some(restarted) = clock.restarted_on {
                    judged = judged.remark(Some(format!("clock restarted {restarted}")));
                }
                with_exits(judged, case, clock)
            })
        };
        if let Some(judged) = judged {
            let contacts = case.first_notification.contacts.iter().map(|contact| Some(contact.event_id));
            let exits = case.exits.iter().map(|exit| Some(exit.event_id));
            let complete = complete.map(|complete| complete.event_id);
            push(
                &mut figure,
                case,
                judged,
                [aware_id(case)].into_iter().chain(contacts).chain([complete]).chain(exits),
            );
        }
    }
    figure.ratio()
}

/// E-13: not met, but not overdue since long before anybody knew: no number of days is shown by the clock from the report.
fn recognised_late(judged: Judged, case: &CandourStanding, clock: Clock) -> Judged {
    let (Outcome::NotMet, Some(aware), Due::On(ran_out)) = (judged.outcome, case.aware, clock.original_due)
    else {
        return judged;
    };
    let done = case
        .first_notification
        .complete
        .map_or_else(String::new, |complete| format!(", done {}", complete.on));
    let detail = format!("{LATE_RECOGNITION}: aware {}, reported clock ran out {ran_out}{done}", aware.value);
    Judged::new(Outcome::NotMet, detail).counted_as(LATE_RECOGNITION)
}

const fn mode_words(mode: NotificationMode) -> &'static str {
    match mode {
        NotificationMode::FaceToFace => "complete face to face",
        NotificationMode::Video => "complete by video",
        NotificationMode::Telephone => "complete by telephone",
    }
}

/// C3: those of the aware clock of C2.
fn written_in_time(cases: &[CandourStanding], window: Window, rules: Rules<'_>) -> Figure {
    let mut figure = Figure::new(
        "C3",
        "Written notification in time",
        LocalDefault,
        format!(
            "{} working days from the first notification, or from its due date where that was missed",
            rules.policy.written_notification_working_days
        ),
    )
    .counting(&[LEFT_IN_TIME, LEFT_AFTER, EXEMPTED, NOT_YET_DUE, DONE_EARLY, OUTSIDE_CALENDAR]);
    for case in cases {
        let (Some(clock), Some(due)) = (case.aware_clock, case.first_letter_due) else { continue };
        let letter = case.written.first_letter;
        let judged = if clock.verdict == Verdict::LeftInTime {
            left_in_time(case, due, window)
        } else {
            window.judge(due, letter.map(|letter| letter.on)).map(|judged| with_exits(judged, case, clock))
        };
        if let Some(judged) = judged {
            let complete = case.first_notification.complete.map(|complete| complete.event_id);
            let letters = case.written.letters.iter().map(|letter| Some(letter.event_id));
            let letter = letter.map(|letter| letter.event_id);
            push(&mut figure, case, judged, [aware_id(case), complete, letter].into_iter().chain(letters));
        }
    }
    figure.ratio()
}

/// C4. What is awaited without a signed-off report has no due date: it is listed with its age since awareness, never dropped.
fn results_in_time(cases: &[CandourStanding], window: Window, rules: Rules<'_>) -> Figure {
    const SETTLED_WITHOUT_REPORT: &str = "settled without a signed-off report";
    let mut figure = Figure::new(
        "C4",
        "Results of enquiries shared in time",
        LocalDefault,
        format!(
            "{} working days from the sign-off of the report, or from awareness where that is later",
            rules.policy.results_working_days
        ),
    )
    .counting(&[
        AWAITED,
        SETTLED_WITHOUT_REPORT,
        LEFT_IN_TIME,
        EXEMPTED,
        NOT_YET_DUE,
        DONE_EARLY,
        OUTSIDE_CALENDAR,
    ]);
    for case in cases {
        let Some(clock) = case.aware_clock else { continue };
        let settled = case.written.results_settled;
        let age = case.days_awaiting_results.unwrap_or_default();
        let judged = match case.results_due {
            _ if clock.verdict == Verdict::LeftInTime => {
                // Without a signed-off report the exclusion is placed by the due date of the first notification.
                left_in_time(case, case.results_due.unwrap_or(clock.due), window)
            }
            Some(due) => window.judge(due, settled.map(|settled| settled.on)).map(|judged| {
                if judged.outcome == Outcome::NotYetDue && settled.is_none() {
                    judged.days(age).counted_as(AWAITED).remark(Some(format!("{AWAITED}, {}", in_days(age))))
                } else {
                    judged
                }
            }),
            None if settled.is_some() => {
                figure.add(SETTLED_WITHOUT_REPORT, 1);
                None
            }
            None => Some(
                Judged::new(Outcome::Listed, format!("{AWAITED}, {}", in_days(age)))
                    .days(age)
                    .counted_as(AWAITED),
            ),
        };
        let Some(judged) = judged else { continue };
        let judged = unless_exempted(judged, case).remark(exits(case).filter(|_| case.is_exempted_locally()));
        let signed_off = case.signed_off.map(|signed_off| signed_off.event_id);
        push(
            &mut figure,
            case,
            judged,
            [aware_id(case), signed_off, settled.map(|settled| settled.event_id)],
        );
    }
    figure.ratio()
}

fn first_contacts(
    cases: &[CandourStanding],
    window: Window,
) -> impl Iterator<Item = (&CandourStanding, EventId)> {
    cases.iter().filter_map(move |case| {
        let first = case.first_notification.first_contact()?;
        window.places(first.on).then_some((case, first.event_id))
    })
}

fn missing_words(case: &CandourStanding) -> String {
    let missing: Vec<_> = case.first_notification.missing.iter().map(|element| element.code()).collect();
    format!("incomplete: {} missing", missing.join(", "))
}

/// C5, by the as-of date.
fn complete(cases: &[CandourStanding], window: Window) -> Figure {
    let mut figure = Figure::new(
        "C5",
        "First notifications begun that are complete",
        Law,
        "no number of days; every element of regulation 20(3), over one contact or several",
    )
    .variant("by the as-of date");
    for (case, contact) in first_contacts(cases, window) {
        let complete = case.first_notification.complete;
        let judged = match complete {
            Some(complete) => Judged::new(Outcome::Met, format!("complete {}", complete.on)),
            None => Judged::new(Outcome::NotMet, missing_words(case)),
        };
        push(&mut figure, case, judged, [Some(contact), complete.map(|complete| complete.event_id)]);
    }
    figure.ratio()
}

/// C5, at the first contact.
fn complete_at_first_contact(cases: &[CandourStanding], window: Window) -> Figure {
    let mut figure = Figure::new(
        "C5",
        "First notifications complete at the first contact",
        Law,
        "no number of days; every element of regulation 20(3) at the first contact, with the support offered by then",
    )
    .variant("at the first contact");
    for (case, contact) in first_contacts(cases, window) {
        let judged =
            match (case.first_notification.complete_at_first_contact, case.first_notification.complete) {
                (true, _) => Judged::new(Outcome::Met, "complete at the first contact"),
                (false, Some(complete)) => {
                    Judged::new(Outcome::NotMet, format!("complete only {}", complete.on))
                }
                (false, None) => Judged::new(Outcome::NotMet, missing_words(case)),
            };
        push(&mut figure, case, judged, [Some(contact)]);
    }
    figure.ratio()
}

/// C6, E-13.
fn late_recognition(cases: &[CandourStanding], window: Window, rules: Rules<'_>) -> Figure {
    let mut figure = Figure::new(
        "C6",
        "Notifiable cases recognised late",
        Contract,
        format!(
            "aware more than {} working days after the report, when the reported clock had run out",
            rules.policy.first_notification_working_days
        ),
    )
    .adverse()
    .counting(&[OUTSIDE_CALENDAR]);
    for case in cases {
        let (Some(aware), Some(clock)) = (case.aware, case.reported_clock) else { continue };
        if !window.places(aware.value) {
            continue;
        }
        let judged = match clock.original_due {
            Due::OutsideCalendar => {
                Judged::new(Outcome::Listed, OUTSIDE_CALENDAR).counted_as(OUTSIDE_CALENDAR)
            }
            Due::On(due) if due < aware.value => {
                let days = days_between(due, aware.value);
                let detail = format!("aware {}, reported clock ran out {due}", aware.value);
                Judged::new(Outcome::NotMet, detail).days(days)
            }
            Due::On(_) => Judged::new(Outcome::Met, format!("aware {}", aware.value)),
        };
        push(&mut figure, case, judged, [aware_id(case)]);
    }
    figure.ratio()
}

/// C7: the denominator is everything prompted, also what is not yet due.
fn undecided(cases: &[CandourStanding], window: Window, rules: Rules<'_>) -> Figure {
    let mut figure = Figure::new(
        "C7",
        "Prompted and overdue for a candour decision",
        LocalDefault,
        format!("{} working days from the prompt", rules.policy.candour_decision_working_days),
    )
    .adverse()
    .counting(&[NOT_YET_DUE, OUTSIDE_CALENDAR]);
    for case in cases {
        let (Some(prompt), Some(due)) = (case.prompt, case.decision_due) else { continue };
        if !window.places(prompt.on) {
            continue;
        }
        let judged = match (case.decided, case.days_undecided(window.as_of), due) {
            (Some(decided), _, _) => Judged::new(Outcome::Met, decision_words(decided.value)),
            (None, Some(days), _) => {
                Judged::new(Outcome::NotMet, format!("no decision, overdue {}", in_days(days))).days(days)
            }
            (None, None, Due::On(due)) => {
                Judged::new(Outcome::NotYetDue, format!("no decision, due {due}")).counted_as(NOT_YET_DUE)
            }
            (None, None, Due::OutsideCalendar) => {
                Judged::new(Outcome::Listed, OUTSIDE_CALENDAR).counted_as(OUTSIDE_CALENDAR)
            }
        };
        push(&mut figure, case, judged, [prompt_id(case), decision_id(case)]);
    }
    figure.numerator = Some(figure.outcomes(Outcome::NotMet));
    figure.denominator = Some(tally(&figure.units));
    figure
}

const fn decision_words(decision: CaseDecision) -> &'static str {
    match decision {
        CaseDecision::Undecided => "no decision",
        CaseDecision::NotRequired => "decided: not notifiable",
        CaseDecision::Notifiable => "decided: notifiable",
    }
}
