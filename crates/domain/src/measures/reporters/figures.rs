//! F0 to F4: reporter feedback. No national time standard was found; every number of days is set locally.

use super::{ExitEffect, ReporterClass, ReporterExit, ReporterExitKind, ReporterStanding};
use crate::{
    assertion::{ASSERTED, asserted_on},
    identifier::EventId,
    measures::{
        DONE_EARLY, Due, Figure, NOT_YET_DUE, OUTSIDE_CALENDAR, Outcome, Placing, Rules,
        fact::days_between,
        figure::Conclusion,
        line::{Day, Judged, Lines, Measure, in_days},
    },
    policy::Standing::LocalDefault,
};

const LATE: &str = "late";
const OVERDUE: &str = "overdue";
const LEFT_AFTER: &str = "left after the due date, not met";
const WAITING: &str = "still waiting";

/// F0 to F4, in order.
pub(in crate::measures) static MEASURES: [Measure<ReporterStanding>; 5] = [
    Measure { empty: who_can_be_told, lines: who_can_be_told_line },
    Measure { empty: acknowledged, lines: acknowledged_lines },
    Measure { empty: told_in_time, lines: told_in_time_line },
    Measure { empty: wait, lines: wait_line },
    Measure { empty: progress, lines: progress_line },
];

fn push(
    lines: &mut Lines<'_>,
    reporter: &ReporterStanding,
    placing: Placing,
    judged: Judged,
    evidence: impl IntoIterator<Item = Option<EventId>>,
) {
    lines.push(placing, judged, || {
        std::iter::once(reporter.reported.event_id).chain(evidence.into_iter().flatten())
    });
}

fn exit_id(reporter: &ReporterStanding) -> Option<EventId> {
    reporter.exit.as_ref().map(|exit| exit.event_id)
}

fn exit_words(exit: &ReporterExit) -> String {
    let what = match exit.kind {
        ReporterExitKind::OptedOut => "opted out",
        ReporterExitKind::Unreachable => "recorded unreachable",
        ReporterExitKind::DuplicateBySameReporter => "marked duplicate by the same reporter",
    };
    format!("{what} {}", exit.on)
}

/// The exit of one that stays, for the detail.
fn late_exit(reporter: &ReporterStanding) -> Option<String> {
    let exit = reporter.exit.as_ref().filter(|exit| exit.effect == ExitEffect::Stays)?;
    Some(format!("{}, after its due date", exit_words(exit)))
}

fn exclusion(reporter: &ReporterStanding, day: Day<'_>) -> Judged {
    let words = || match &reporter.exit {
        Some(exit) if exit.effect == ExitEffect::Excluded => exit_words(exit),
        _ => reporter.class.words().to_owned(),
    };
    Judged::new(Outcome::Excluded, day.words(words)).counted_as(reporter.class.words())
}

/// The classes that are exclusions.
const EXCLUSIONS: [&str; 4] = [
    ReporterClass::AnonymousWithoutChannel.words(),
    ReporterClass::OptedOut.words(),
    ReporterClass::DuplicateBySameReporter.words(),
    ReporterClass::Unreachable.words(),
];

fn who_can_be_told(_rules: Rules<'_>) -> Figure {
    Figure::new(
        "F0",
        "Reporters who can be told",
        LocalDefault,
        "no number of days; leaving counts until the outcome's due date",
    )
    .concluding(Conclusion::AllDenominator)
    .counting(&[ReporterClass::Eligible.words()])
    .counting(&EXCLUSIONS)
}

/// F0. The classes sum to the denominator, because each report has exactly one.
fn who_can_be_told_line(reporter: &ReporterStanding, lines: &mut Lines<'_>) {
    let day = lines.day;
    let judged = if reporter.is_eligible() {
        let eligible = ReporterClass::Eligible.words();
        Judged::new(Outcome::Listed, day.words(|| eligible.to_owned()))
            .counted_as(eligible)
            .remark(day.remark(|| late_exit(reporter)))
    } else {
        exclusion(reporter, day)
    };
    let evidence = [reporter.channel.map(|channel| channel.event_id), exit_id(reporter)];
    push(lines, reporter, Placing::On(reporter.reported.on), judged, evidence);
}

fn acknowledged(rules: Rules<'_>) -> Figure {
    Figure::new(
        "F1",
        "Reporters acknowledged in time",
        LocalDefault,
        format!("{} working days from the report", rules.policy.acknowledge_reporter_working_days),
    )
    .counting(&[NOT_YET_DUE, DONE_EARLY, OUTSIDE_CALENDAR, LEFT_AFTER])
    .counting(&EXCLUSIONS)
}

/// F1. A report that left only after its acknowledgement was due, without having been acknowledged in time, stays as not met.
fn acknowledged_lines(reporter: &ReporterStanding, lines: &mut Lines<'_>) {
    let day = lines.day;
    let due = reporter.acknowledgement_due;
    let acknowledged = reporter.acknowledged.map(|acknowledged| acknowledged.on);
    let in_time = acknowledged.is_some_and(|on| due.is_met_by(on));
    let left_late = reporter
        .exit
        .as_ref()
        .filter(|exit| exit.effect == ExitEffect::Excluded && !in_time && due.is_past(exit.on))
        .filter(|_| reporter.class != ReporterClass::AnonymousWithoutChannel);
    let judged = if left_late.is_some() || reporter.is_eligible() {
        day.judge(due, acknowledged)
    } else {
        vec![(Placing::of_exclusion(due, day), exclusion(reporter, day))]
    };
    for (placing, judged) in judged {
        let judged = match left_late {
            Some(exit) => judged
                .remark(day.remark(|| Some(format!("{}, after its due date", exit_words(exit)))))
                .counted_as(LEFT_AFTER),
            None => judged,
        };
        let acknowledged = reporter.acknowledged.map(|acknowledged| acknowledged.event_id);
        push(lines, reporter, placing, judged, [acknowledged, exit_id(reporter)]);
    }
}

fn told_in_time(rules: Rules<'_>) -> Figure {
    let policy = rules.policy;
    Figure::new(
        "F2",
        "Reporters told the outcome in good time",
        LocalDefault,
        format!(
            "the earlier of {} working days after closure and {} days after the report",
            policy.outcome_after_closure_working_days, policy.outcome_backstop_days
        ),
    )
    .counting(&[LATE, OVERDUE, ASSERTED, NOT_YET_DUE, OUTSIDE_CALENDAR, LEFT_AFTER])
    .counting(&EXCLUSIONS)
}

/// F2. Placed by the earlier of told and due.
fn told_in_time_line(reporter: &ReporterStanding, lines: &mut Lines<'_>) {
    let day = lines.day;
    let (placing, judged) = if reporter.is_eligible() {
        judge_told(reporter, day)
    } else {
        (Placing::of_exclusion(reporter.outcome_due, day), exclusion(reporter, day))
    };
    let (judged, asserted) = unless_told(judged, reporter, day);
    let told = reporter.told.map(|told| told.event_id);
    let closed = reporter.closed.map(|closed| closed.event_id);
    push(lines, reporter, placing, judged, [closed, told, asserted, exit_id(reporter)]);
}

/// What a source asserts of a reporter who is to be told and, by the record, was not: said beside the verdict, never instead of it.
fn unless_told(judged: Judged, reporter: &ReporterStanding, day: Day<'_>) -> (Judged, Option<EventId>) {
    match reporter.told_asserted.filter(|_| reporter.told.is_none() && reporter.is_eligible()) {
        Some(asserted) => {
            let remark = day.remark(|| Some(asserted_on(asserted.on)));
            (judged.remark(remark).counted_as(ASSERTED), Some(asserted.event_id))
        }
        None => (judged, None),
    }
}

fn judge_told(reporter: &ReporterStanding, day: Day<'_>) -> (Placing, Judged) {
    let Due::On(due) = reporter.outcome_due else {
        let judged = Judged::new(Outcome::Listed, day.words(|| OUTSIDE_CALENDAR.to_owned()));
        return (Placing::Always, judged.counted_as(OUTSIDE_CALENDAR));
    };
    let stays = reporter.exit.as_ref().is_some_and(|exit| exit.effect == ExitEffect::Stays);
    let judged = match reporter.told.map(|told| told.on) {
        Some(told) if told <= due => {
            let judged = Judged::new(Outcome::Met, day.words(|| format!("told {told}, due {due}")));
            return (Placing::On(told), judged);
        }
        Some(told) => {
            let days = days_between(due, told);
            let words = || format!("late {}: told {told}, due {due}", in_days(days));
            Judged::new(Outcome::NotMet, day.words(words)).days(days).counted_as(LATE)
        }
        None if due < day.as_of => {
            let days = days_between(due, day.as_of);
            let words = || format!("overdue {}: due {due}", in_days(days));
            Judged::new(Outcome::NotMet, day.words(words)).days(days).counted_as(OVERDUE)
        }
        None => {
            let judged = Judged::new(Outcome::NotYetDue, day.words(|| format!("due {due}")));
            return (Placing::Always, judged.counted_as(NOT_YET_DUE));
        }
    };
    let judged = judged.remark(day.remark(|| late_exit(reporter)));
    (Placing::On(due), if stays { judged.counted_as(LEFT_AFTER) } else { judged })
}

fn wait(_rules: Rules<'_>) -> Figure {
    Figure::new(
        "F3",
        "Reporters' wait from report to outcome",
        LocalDefault,
        "no number of days; calendar days from the report",
    )
    .concluding(Conclusion::Distribution)
    .counting(&[WAITING, ASSERTED])
}

/// F3. Those told in the period, and beside them everybody still waiting: never dropped because they have no end yet.
fn wait_line(reporter: &ReporterStanding, lines: &mut Lines<'_>) {
    if !reporter.is_eligible() {
        return;
    }
    let day = lines.day;
    let (placing, judged) = match (reporter.told, reporter.days_waiting) {
        (Some(told), _) => {
            let days = days_between(reporter.reported.on, told.on);
            let words = || format!("told after {}", in_days(days));
            (Placing::On(told.on), Judged::new(Outcome::Met, day.words(words)).statistic(days))
        }
        (None, Some(days)) => {
            let words = || format!("{WAITING}, {}", in_days(days));
            let judged = Judged::new(Outcome::Listed, day.words(words)).days(days).counted_as(WAITING);
            (Placing::Always, judged)
        }
        (None, None) => return,
    };
    let (judged, asserted) = unless_told(judged, reporter, day);
    push(lines, reporter, placing, judged, [reporter.told.map(|told| told.event_id), asserted]);
}

fn progress(rules: Rules<'_>) -> Figure {
    Figure::new(
        "F4",
        "Reporters kept informed while the incident is open",
        LocalDefault,
        format!("a message at least every {} days", rules.policy.progress_interval_days),
    )
}

/// F4: a snapshot of open incidents.
fn progress_line(reporter: &ReporterStanding, lines: &mut Lines<'_>) {
    if !reporter.is_eligible() || reporter.told.is_some() || reporter.closed.is_some() {
        return;
    }
    let day = lines.day;
    let days = reporter.days_since_last_message(day.as_of);
    let in_time = days <= i64::from(day.rules.policy.progress_interval_days);
    let outcome = if in_time { Outcome::Met } else { Outcome::NotMet };
    let since = if reporter.last_message.is_some() { "the last message" } else { "the report, no message" };
    let judged = Judged::new(outcome, day.words(|| format!("{} since {since}", in_days(days)))).days(days);
    push(lines, reporter, Placing::Always, judged, [reporter.last_message.map(|message| message.event_id)]);
}
