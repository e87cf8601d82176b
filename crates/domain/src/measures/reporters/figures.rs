//! F0 to F4: reporter feedback. No national time standard was found; every number of days is set locally.

use jiff::civil::Date;

use super::{ExitEffect, ReporterClass, ReporterExit, ReporterExitKind, ReporterStanding};
use crate::{
    identifier::EventId,
    measures::{
        Due, Figure, Judged, NOT_YET_DUE, OUTSIDE_CALENDAR, Outcome, Period, Rules, Window,
        fact::days_between,
        figure::{DONE_EARLY, in_days},
    },
    policy::Standing::LocalDefault,
};

const LATE: &str = "late";
const OVERDUE: &str = "overdue";
const LEFT_AFTER: &str = "left after the due date, not met";
const WAITING: &str = "still waiting";

/// F0 to F4, in order.
pub fn figures(reporters: &[ReporterStanding], period: Period, as_of: Date, rules: Rules<'_>) -> Vec<Figure> {
    let window = Window::new(period, as_of);
    vec![
        who_can_be_told(reporters, window),
        acknowledged(reporters, window, rules),
        told_in_time(reporters, window, rules),
        wait(reporters, window),
        progress(reporters, as_of, rules),
    ]
}

fn push(
    figure: &mut Figure,
    reporter: &ReporterStanding,
    judged: Judged,
    evidence: impl IntoIterator<Item = Option<EventId>>,
) {
    let evidence =
        std::iter::once(reporter.reported.event_id).chain(evidence.into_iter().flatten()).collect();
    figure.push(&reporter.reference, reporter.incident.uuid(), judged, evidence);
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

fn exclusion(reporter: &ReporterStanding) -> Judged {
    let detail = match &reporter.exit {
        Some(exit) if exit.effect == ExitEffect::Excluded => exit_words(exit),
        _ => reporter.class.words().to_owned(),
    };
    Judged::new(Outcome::Excluded, detail).counted_as(reporter.class.words())
}

/// The classes that are exclusions.
const EXCLUSIONS: [&str; 4] = [
    ReporterClass::AnonymousWithoutChannel.words(),
    ReporterClass::OptedOut.words(),
    ReporterClass::DuplicateBySameReporter.words(),
    ReporterClass::Unreachable.words(),
];

/// F0. The classes sum to the denominator, because each report has exactly one.
fn who_can_be_told(reporters: &[ReporterStanding], window: Window) -> Figure {
    let mut figure = Figure::new(
        "F0",
        "Reporters who can be told",
        LocalDefault,
        "no number of days; leaving counts until the outcome's due date",
    )
    .counting(&[ReporterClass::Eligible.words()])
    .counting(&EXCLUSIONS);
    let mut reports = 0;
    for reporter in reporters.iter().filter(|reporter| window.places(reporter.reported.on)) {
        reports += 1;
        let judged = if reporter.is_eligible() {
            Judged::new(Outcome::Listed, ReporterClass::Eligible.words())
                .counted_as(ReporterClass::Eligible.words())
                .remark(late_exit(reporter))
        } else {
            exclusion(reporter)
        };
        push(
            &mut figure,
            reporter,
            judged,
            [reporter.channel.map(|channel| channel.event_id), exit_id(reporter)],
        );
    }
    figure.denominator = Some(reports);
    figure
}

/// F1. A report that left only after its acknowledgement was due, without having been acknowledged in time, stays as not met.
fn acknowledged(reporters: &[ReporterStanding], window: Window, rules: Rules<'_>) -> Figure {
    let mut figure = Figure::new(
        "F1",
        "Reporters acknowledged in time",
        LocalDefault,
        format!("{} working days from the report", rules.policy.acknowledge_reporter_working_days),
    )
    .counting(&[NOT_YET_DUE, DONE_EARLY, OUTSIDE_CALENDAR, LEFT_AFTER])
    .counting(&EXCLUSIONS);
    for reporter in reporters {
        let due = reporter.acknowledgement_due;
        let acknowledged = reporter.acknowledged.map(|acknowledged| acknowledged.on);
        let in_time = acknowledged.is_some_and(|on| due.is_met_by(on));
        let left_late = reporter
            .exit
            .as_ref()
            .filter(|exit| exit.effect == ExitEffect::Excluded && !in_time && due.is_past(exit.on))
            .filter(|_| reporter.class != ReporterClass::AnonymousWithoutChannel);
        let judged = if let Some(exit) = left_late {
            window.judge(due, acknowledged).map(|judged| {
                judged
                    .remark(Some(format!("{}, after its due date", exit_words(exit))))
                    .counted_as(LEFT_AFTER)
            })
        } else if reporter.is_eligible() {
            window.judge(due, acknowledged)
        } else {
            window.shows_exclusion(due).then(|| exclusion(reporter))
        };
        if let Some(judged) = judged {
            let acknowledged = reporter.acknowledged.map(|acknowledged| acknowledged.event_id);
            push(&mut figure, reporter, judged, [acknowledged, exit_id(reporter)]);
        }
    }
    figure.ratio()
}

/// F2. Placed by the earlier of told and due.
fn told_in_time(reporters: &[ReporterStanding], window: Window, rules: Rules<'_>) -> Figure {
    let policy = rules.policy;
    let mut figure = Figure::new(
        "F2",
        "Reporters told the outcome in good time",
        LocalDefault,
        format!(
            "the earlier of {} working days after closure and {} days after the report",
            policy.outcome_after_closure_working_days, policy.outcome_backstop_days
        ),
    )
    .counting(&[LATE, OVERDUE, NOT_YET_DUE, OUTSIDE_CALENDAR, LEFT_AFTER])
    .counting(&EXCLUSIONS);
    for reporter in reporters {
        let judged = if reporter.is_eligible() {
            judge_told(reporter, window)
        } else {
            window.shows_exclusion(reporter.outcome_due).then(|| exclusion(reporter))
        };
        if let Some(judged) = judged {
            let told = reporter.told.map(|told| told.event_id);
            let closed = reporter.closed.map(|closed| closed.event_id);
            push(&mut figure, reporter, judged, [closed, told, exit_id(reporter)]);
        }
    }
    figure.ratio()
}

fn judge_told(reporter: &ReporterStanding, window: Window) -> Option<Judged> {
    let Due::On(due) = reporter.outcome_due else {
        return Some(Judged::new(Outcome::Listed, OUTSIDE_CALENDAR).counted_as(OUTSIDE_CALENDAR));
    };
    let stays = reporter.exit.as_ref().is_some_and(|exit| exit.effect == ExitEffect::Stays);
    let judged = match reporter.told.map(|told| told.on) {
        Some(told) if told <= due => {
            let judged = Judged::new(Outcome::Met, format!("told {told}, due {due}"));
            return window.places(told).then_some(judged);
        }
        Some(told) => {
            let days = days_between(due, told);
            let detail = format!("late {}: told {told}, due {due}", in_days(days));
            Judged::new(Outcome::NotMet, detail).days(days).counted_as(LATE)
        }
        None if due < window.as_of => {
            let days = days_between(due, window.as_of);
            let detail = format!("overdue {}: due {due}", in_days(days));
            Judged::new(Outcome::NotMet, detail).days(days).counted_as(OVERDUE)
        }
        None => return Some(Judged::new(Outcome::NotYetDue, format!("due {due}")).counted_as(NOT_YET_DUE)),
    };
    let judged = judged.remark(late_exit(reporter));
    let judged = if stays { judged.counted_as(LEFT_AFTER) } else { judged };
    window.places(due).then_some(judged)
}

/// F3. Those told in the period, and beside them everybody still waiting: never dropped because they have no end yet.
fn wait(reporters: &[ReporterStanding], window: Window) -> Figure {
    let mut figure = Figure::new(
        "F3",
        "Reporters' wait from report to outcome",
        LocalDefault,
        "no number of days; calendar days from the report",
    )
    .counting(&[WAITING]);
    for reporter in reporters.iter().filter(|reporter| reporter.is_eligible()) {
        let judged = match (reporter.told, reporter.days_waiting) {
            (Some(told), _) if window.places(told.on) => {
                let days = days_between(reporter.reported.on, told.on);
                Judged::new(Outcome::Met, format!("told after {}", in_days(days))).days(days)
            }
            (None, Some(days)) => Judged::new(Outcome::Listed, format!("{WAITING}, {}", in_days(days)))
                .days(days)
                .counted_as(WAITING),
            _ => continue,
        };
        push(&mut figure, reporter, judged, [reporter.told.map(|told| told.event_id)]);
    }
    figure.denominator = Some(figure.outcomes(Outcome::Met));
    figure.distribution();
    figure
}

/// F4: a snapshot of open incidents.
fn progress(reporters: &[ReporterStanding], as_of: Date, rules: Rules<'_>) -> Figure {
    let interval = rules.policy.progress_interval_days;
    let mut figure = Figure::new(
        "F4",
        "Reporters kept informed while the incident is open",
        LocalDefault,
        format!("a message at least every {interval} days"),
    );
    let waiting = reporters
        .iter()
        .filter(|reporter| reporter.is_eligible() && reporter.told.is_none() && reporter.closed.is_none());
    for reporter in waiting {
        let days = reporter.days_since_last_message(as_of);
        let outcome = if days <= i64::from(interval) { Outcome::Met } else { Outcome::NotMet };
        let since =
            if reporter.last_message.is_some() { "the last message" } else { "the report, no message" };
        let judged = Judged::new(outcome, format!("{} since {since}", in_days(days))).days(days);
        push(&mut figure, reporter, judged, [reporter.last_message.map(|message| message.event_id)]);
    }
    figure.ratio()
}
