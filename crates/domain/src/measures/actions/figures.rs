//! R1 to R7: learning actions.

use jiff::civil::Date;

use super::{ActionStanding, ReviewCycle};
use crate::{
    action::{AssertedStage, Effectiveness, Exit, MissingElement, Status, Strength},
    assertion::{ASSERTED, asserted_on},
    identifier::EventId,
    measures::{
        DONE_EARLY, Due, Figure, NOT_YET_DUE, Outcome, Placing, Rules,
        fact::days_between,
        figure::Conclusion,
        line::{Day, Judged, Lines, Measure, in_days},
    },
    policy::Standing::LocalDefault,
};

const LEFT_IN_TIME: &str = "left before the target";
const LEFT_AFTER: &str = "left after the target, not met";
const NOT_VERIFIED: &str = "reported, not verified";
const VERIFIED_AFTER_TARGET: &str = "on time, verified after the target";
const AWAITING_VERIFICATION: &str = "past target, awaiting verification";
const NO_TARGET: &str = "without a target";
const MOVED_TOO_LATE: &str = "moved after the target had passed";
const REVIEWED: &str = "reviewed";
const INCOMPLETE: &str = "incomplete: owner, target date, measure or monitor missing";
const CLOSED: &str = "closed";
const NOT_RECORDED: &str = "strength not recorded";

/// R1 to R7, in order.
pub(in crate::measures) static MEASURES: [Measure<ActionStanding>; 9] = [
    Measure { empty: implemented, lines: implemented_lines },
    Measure {
        empty: |_| on_time(Target::Original),
        lines: |action, lines| on_time_line(action, Target::Original, lines),
    },
    Measure {
        empty: |_| on_time(Target::Effective),
        lines: |action, lines| on_time_line(action, Target::Effective, lines),
    },
    Measure { empty: verified_after_target, lines: verified_after_target_line },
    Measure { empty: overdue, lines: overdue_line },
    Measure { empty: time_to_implement, lines: time_to_implement_line },
    Measure { empty: extended, lines: extended_line },
    Measure { empty: effective, lines: effective_lines },
    Measure { empty: strength, lines: strength_line },
];

fn push(
    lines: &mut Lines<'_>,
    action: &ActionStanding,
    placing: Placing,
    judged: Judged,
    evidence: impl IntoIterator<Item = EventId>,
) {
    lines.push(placing, judged, || std::iter::once(action.agreed.event_id).chain(evidence));
}

/// What proves whether it was implemented, or how it left.
fn proof(action: &ActionStanding) -> impl Iterator<Item = EventId> {
    let reported = action.reported.map(|reported| reported.event_id);
    let verified = action.verified.map(|verified| verified.event_id);
    let reopened = action.reopened.map(|reopened| reopened.event_id);
    let left = action.exit.as_ref().map(|exit| exit.event_id);
    let asserted = asserted(action).map(|(_, event_id)| event_id);
    [reported, verified, reopened, left, asserted].into_iter().flatten()
}

/// What a source asserts of an action that by the record is not verified and did not leave: that it was implemented, or where that is on
/// record, that it was verified. Said beside the verdict, never instead of it.
fn asserted(action: &ActionStanding) -> Option<(Date, EventId)> {
    let stage = match action.status {
        Status::Open => AssertedStage::Implementation,
        Status::ReportedImplemented => AssertedStage::Verification,
        Status::NotAgreed | Status::Verified | Status::Left(_) => return None,
    };
    action.asserted(stage).map(|asserted| (asserted.on, asserted.event_id))
}

fn with_assertion(judged: Judged, action: &ActionStanding, day: Day<'_>) -> Judged {
    match asserted(action) {
        Some((on, _)) => judged.remark(day.remark(|| Some(asserted_on(on)))).counted_as(ASSERTED),
        None => judged,
    }
}

const fn exit_word(exit: Exit) -> &'static str {
    match exit {
        Exit::Superseded => "superseded",
        Exit::Withdrawn => "withdrawn",
        Exit::RiskAccepted => "risk accepted",
    }
}

fn exit_words(action: &ActionStanding) -> String {
    action.exit.as_ref().map(|exit| format!("{} {}", exit_word(exit.kind), exit.on)).unwrap_or_default()
}

/// Where R1, R5 and R7 exclude it: it left in time.
fn excluded(action: &ActionStanding, day: Day<'_>) -> Option<Judged> {
    let left_in_time = action.left_by(action.effective_target.map(|target| target.value));
    left_in_time
        .then(|| Judged::new(Outcome::Excluded, day.words(|| exit_words(action))).counted_as(LEFT_IN_TIME))
}

fn implemented(_rules: Rules<'_>) -> Figure {
    Figure::new(
        "R1",
        "Learning actions implemented and verified",
        LocalDefault,
        "no number of days; each action's own target",
    )
    .counting(&[NOT_VERIFIED, ASSERTED, LEFT_IN_TIME, LEFT_AFTER, INCOMPLETE, CLOSED])
}

/// R1. Beside it, of those in the denominator: which live ones lack something (ACT-1), and whose file is closed (ACT-5).
fn implemented_lines(action: &ActionStanding, lines: &mut Lines<'_>) {
    let day = lines.day;
    let excluded = excluded(action, day);
    let counted = excluded.is_none();
    let judged = excluded.unwrap_or_else(|| match (action.status, action.verified) {
        (Status::Left(_), _) => {
            let words = || format!("{}, after its target", exit_words(action));
            Judged::new(Outcome::NotMet, day.words(words)).counted_as(LEFT_AFTER)
        }
        (_, Some(verified)) => {
            let words = || format!("implemented {}, verified {}", verified.value, verified.on);
            Judged::new(Outcome::Met, day.words(words))
        }
        (Status::ReportedImplemented, None) => {
            Judged::new(Outcome::NotMet, day.words(|| NOT_VERIFIED.to_owned())).counted_as(NOT_VERIFIED)
        }
        (_, None) if action.reopened.is_some() => {
            Judged::new(Outcome::NotMet, day.words(|| "open again: reviewed as not effective".to_owned()))
        }
        (_, None) => Judged::new(Outcome::NotMet, day.words(|| "open".to_owned())),
    });
    let judged = with_assertion(judged, action, day);
    let judged = if counted && action.is_live() && !action.missing.is_empty() {
        judged.remark(day.remark(|| Some(missing_words(action)))).counted_as(INCOMPLETE)
    } else {
        judged
    };
    let closed = action.closed.filter(|_| counted);
    let judged = match closed {
        Some(closed) => {
            judged.remark(day.remark(|| Some(format!("file closed {}", closed.on)))).counted_as(CLOSED)
        }
        None => judged,
    };
    let evidence = proof(action).chain(closed.map(|closed| closed.event_id));
    push(lines, action, Placing::On(action.agreed.on), judged, evidence);
}

/// ACT-1: `incomplete: no owner, no monitor`.
fn missing_words(action: &ActionStanding) -> String {
    let words: Vec<&str> = action
        .missing
        .iter()
        .map(|element| match element {
            MissingElement::Owner => "no owner",
            MissingElement::TargetDate => "no target date",
            MissingElement::Measure => "no measure",
            MissingElement::Monitor => "no monitor",
        })
        .collect();
    format!("incomplete: {}", words.join(", "))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Original,
    Effective,
}

impl Target {
    fn of(self, action: &ActionStanding) -> Option<Date> {
        let target = match self {
            Self::Original => action.original_target,
            Self::Effective => action.effective_target,
        };
        target.map(|target| target.value)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Original => "original target",
            Self::Effective => "effective target",
        }
    }
}

fn on_time(which: Target) -> Figure {
    Figure::new(
        "R2",
        "Learning actions implemented on time, and verified",
        LocalDefault,
        "no number of days; each action's own target, which must not be moved after it passed",
    )
    .variant(which.name())
    .counting(&[
        LEFT_IN_TIME,
        LEFT_AFTER,
        NOT_VERIFIED,
        ASSERTED,
        VERIFIED_AFTER_TARGET,
        NO_TARGET,
        NOT_YET_DUE,
        DONE_EARLY,
    ])
}

/// R2. On its target day an action that is verified has met it; one that is not has until the end of that day, and is not yet due.
fn on_time_line(action: &ActionStanding, which: Target, lines: &mut Lines<'_>) {
    let Some(target) = which.of(action) else {
        // Without a target there is nothing to be on time for; while live it is counted, and listed in R3.
        if action.is_live() && !action.is_verified() {
            lines.count(Placing::Always, NO_TARGET);
        }
        return;
    };
    let (placing, judged) = judge_target(action, target, lines.day);
    let judged = with_assertion(judged, action, lines.day);
    let targets = [action.original_target, action.effective_target];
    let targets = targets.into_iter().flatten().map(|target| target.event_id);
    push(lines, action, placing, judged, targets.chain(proof(action)));
}

fn judge_target(action: &ActionStanding, target: Date, day: Day<'_>) -> (Placing, Judged) {
    let as_of = day.as_of;
    if action.left_by(Some(target)) {
        let words = || format!("{}, target {target}", exit_words(action));
        let judged = Judged::new(Outcome::Excluded, day.words(words)).counted_as(LEFT_IN_TIME);
        return (Placing::of_exclusion(Due::On(target), day), judged);
    }
    if target > as_of || (target == as_of && action.verified.is_none()) {
        let judged = match action.verified {
            Some(verified) => {
                let words = || format!("implemented {}, target {target}: {DONE_EARLY}", verified.value);
                Judged::new(Outcome::NotYetDue, day.words(words)).counted_as(DONE_EARLY)
            }
            None => Judged::new(Outcome::NotYetDue, day.words(|| format!("target {target}")))
                .counted_as(NOT_YET_DUE),
        };
        return (Placing::Always, judged);
    }
    let judged = match (action.status, action.verified) {
        (Status::Left(_), _) => {
            let words = || format!("{}, after its target {target}", exit_words(action));
            Judged::new(Outcome::NotMet, day.words(words)).counted_as(LEFT_AFTER)
        }
        (_, Some(verified)) if verified.value <= target => {
            let words = || format!("implemented {}, target {target}", verified.value);
            let judged = Judged::new(Outcome::Met, day.words(words));
            if verified.on > target {
                let remark = || Some(format!("verified {}, after the target", verified.on));
                judged.remark(day.remark(remark)).counted_as(VERIFIED_AFTER_TARGET)
            } else {
                judged
            }
        }
        (_, Some(verified)) => {
            let days = days_between(target, verified.value);
            let words = || format!("implemented {}, {} after its target", verified.value, in_days(days));
            Judged::new(Outcome::NotMet, day.words(words)).days(days)
        }
        (Status::ReportedImplemented, None) => {
            Judged::new(Outcome::NotMet, day.words(|| format!("{NOT_VERIFIED}, target {target}")))
                .days(days_between(target, as_of))
                .counted_as(NOT_VERIFIED)
        }
        (_, None) => Judged::new(Outcome::NotMet, day.words(|| format!("open, target {target}")))
            .days(days_between(target, as_of)),
    };
    (Placing::On(target), judged)
}

fn verified_after_target(_rules: Rules<'_>) -> Figure {
    Figure::new(
        "R2",
        "Learning actions implemented on time, verified after the target",
        LocalDefault,
        "no number of days; each action's own effective target",
    )
    .variant("on time, verified after the target")
    .concluding(Conclusion::ListedNumerator)
}

/// The list beside R2: implemented by the effective target, and verified only after it.
fn verified_after_target_line(action: &ActionStanding, lines: &mut Lines<'_>) {
    let (Some(target), Some(verified)) = (Target::Effective.of(action), action.verified) else {
        return;
    };
    if action.is_verified() && verified.value <= target && target < verified.on {
        let days = days_between(target, verified.on);
        let words = || format!("implemented {}, verified {} after its target", verified.value, in_days(days));
        let judged = Judged::new(Outcome::Listed, lines.day.words(words)).days(days);
        push(lines, action, Placing::On(target), judged, proof(action));
    }
}

fn overdue(rules: Rules<'_>) -> Figure {
    let bounds = rules.policy.overdue_bands;
    let [first, second, third] = bounds;
    let mut figure = Figure::new(
        "R3",
        "Learning actions overdue, by age",
        LocalDefault,
        format!("overdue from the day after the effective target; age bands up to {first}, {second} and {third} days"),
    )
    .adverse()
    .concluding(Conclusion::NotMetNumerator);
    for name in band_names(bounds) {
        figure.add(&name, 0);
    }
    figure.counting(&[AWAITING_VERIFICATION, ASSERTED, NO_TARGET, "unowned"])
}

/// R3: a snapshot. The numerator is what lies in the bands; what was reported and what has no target is listed apart.
fn overdue_line(action: &ActionStanding, lines: &mut Lines<'_>) {
    if !action.is_live() || action.is_verified() {
        return;
    }
    let day = lines.day;
    let judged = match (action.days_overdue, action.effective_target) {
        (Some(days), _) if action.is_reported_only() => {
            let words = || format!("{AWAITING_VERIFICATION}, {}", in_days(days));
            Judged::new(Outcome::Listed, day.words(words)).days(days).counted_as(AWAITING_VERIFICATION)
        }
        (Some(days), _) => {
            let bounds = day.rules.policy.overdue_bands;
            let band = bounds.iter().position(|bound| days <= *bound).unwrap_or(bounds.len());
            let judged = Judged::new(Outcome::NotMet, day.words(|| format!("overdue {}", in_days(days))));
            let [first, second, third, fourth] = band_names(bounds);
            judged.days(days).counted_as(match band {
                0 => first,
                1 => second,
                2 => third,
                _ => fourth,
            })
        }
        (None, None) => {
            Judged::new(Outcome::Listed, day.words(|| NO_TARGET.to_owned())).counted_as(NO_TARGET)
        }
        (None, Some(_)) if action.owner.is_none() => {
            Judged::new(Outcome::Listed, day.words(|| "not overdue".to_owned()))
        }
        (None, Some(_)) => return,
    };
    let judged = with_assertion(judged, action, day);
    let judged = if action.owner.is_none() {
        judged.remark(day.remark(|| Some("unowned".to_owned()))).counted_as("unowned")
    } else {
        judged
    };
    let target = action.effective_target.map(|target| target.event_id);
    push(lines, action, Placing::Always, judged, target.into_iter().chain(proof(action)));
}

fn band_names([first, second, third]: [i64; 3]) -> [String; 4] {
    [
        format!("1–{first} days"),
        format!("{}–{second} days", first.saturating_add(1)),
        format!("{}–{third} days", second.saturating_add(1)),
        format!("over {third} days"),
    ]
}

fn time_to_implement(_rules: Rules<'_>) -> Figure {
    Figure::new(
        "R4",
        "Time from agreement to verified implementation",
        LocalDefault,
        "no number of days; calendar days from agreed to the implementation date accepted by the verifier",
    )
    .concluding(Conclusion::Distribution)
}

fn time_to_implement_line(action: &ActionStanding, lines: &mut Lines<'_>) {
    let Some(verified) = action.verified.filter(|_| action.is_verified()) else { return };
    let days = days_between(action.agreed.on, verified.value);
    let words = || format!("implemented after {}", in_days(days));
    let judged = Judged::new(Outcome::Met, lines.day.words(words)).statistic(days);
    push(lines, action, Placing::On(verified.value), judged, proof(action));
}

fn extended(_rules: Rules<'_>) -> Figure {
    Figure::new(
        "R5",
        "Learning actions with a moved target",
        LocalDefault,
        "no number of days; days added over all moves, also those made after the target had passed",
    )
    .adverse()
    .concluding(Conclusion::RatioWithDaysAdded)
    .counting(&[LEFT_IN_TIME, MOVED_TOO_LATE])
}

/// R5. Every move counts, also one made after the target had passed; the setting of a first target is no move.
fn extended_line(action: &ActionStanding, lines: &mut Lines<'_>) {
    let day = lines.day;
    let judged = excluded(action, day).unwrap_or_else(|| {
        if action.moves.is_empty() {
            return Judged::new(Outcome::Met, day.words(|| "not moved".to_owned()));
        }
        let added = action.moves.iter().fold(0_i64, |sum, change| sum.saturating_add(change.days_added));
        let too_late = action.moves.iter().any(|change| change.after_target_passed);
        let words = || format!("moved, {} added", in_days(added));
        let judged = Judged::new(Outcome::NotMet, day.words(words)).statistic(added);
        if too_late {
            judged.counted_as(MOVED_TOO_LATE).remark(day.remark(|| Some(MOVED_TOO_LATE.to_owned())))
        } else {
            judged
        }
    });
    let moves = action.moves.iter().map(|change| change.event_id);
    push(lines, action, Placing::On(action.agreed.on), judged, moves);
}

fn effective(rules: Rules<'_>) -> Figure {
    let months = rules.policy.review_after_months;
    Figure::new(
        "R6",
        "Learning actions reviewed as effective",
        LocalDefault,
        format!("review due on the action's own review date, else {months} months after implementation"),
    )
    .counting(&[REVIEWED, "not effective", NOT_YET_DUE])
}

/// R6. The numerator follows the latest review. Where a further review is overdue, the detail says so and it is not counted as reviewed.
///
/// In each period it is the latest review due by the period's end, so that a further review due since does not empty an earlier period.
fn effective_lines(action: &ActionStanding, lines: &mut Lines<'_>) {
    let day = lines.day;
    let due: Vec<&ReviewCycle> = action.reviews.iter().filter(|cycle| cycle.due <= day.as_of).collect();
    let to_come = action.reviews.iter().find(|cycle| cycle.due > day.as_of);
    if let Some(cycle) = to_come {
        let first_due = due.iter().map(|cycle| cycle.due).min();
        let judged = Judged::new(Outcome::NotYetDue, day.words(|| format!("review due {}", cycle.due)));
        let placing = first_due.map_or(Placing::Always, Placing::Before);
        push(lines, action, placing, judged.counted_as(NOT_YET_DUE), proof(action));
    }
    for (index, cycle) in due.iter().enumerate() {
        let later = due.iter().skip(index + 1).map(|cycle| cycle.due).min();
        let placing = match later {
            None => Placing::On(cycle.due),
            Some(later) if cycle.due < later => Placing::OnBefore(cycle.due, later),
            // Every period that ends by this due date ends by the later cycle's.
            Some(_) => continue,
        };
        let review = action.latest_review.map(|review| review.event_id);
        let judged = judge_review(action, cycle, day);
        push(lines, action, placing, judged, proof(action).chain(review));
    }
}

fn judge_review(action: &ActionStanding, cycle: &ReviewCycle, day: Day<'_>) -> Judged {
    let Some(review) = action.latest_review else {
        let words = || format!("not reviewed, due {}", cycle.due);
        return Judged::new(Outcome::NotMet, day.words(words)).days(days_between(cycle.due, day.as_of));
    };
    let outcome = match review.value {
        Effectiveness::Effective => Outcome::Met,
        Effectiveness::NotEffective | Effectiveness::Inconclusive => Outcome::NotMet,
    };
    let judged = Judged::new(outcome, day.words(|| format!("{}, reviewed {}", review.value, review.on)));
    let judged = match cycle.review {
        Some(_) => judged.counted_as(REVIEWED),
        None => judged.remark(day.remark(|| Some(format!("a further review was due {}", cycle.due)))),
    };
    if review.value == Effectiveness::NotEffective { judged.counted_as("not effective") } else { judged }
}

fn strength(_rules: Rules<'_>) -> Figure {
    Figure::new(
        "R7",
        "Learning actions of stronger or intermediate strength",
        LocalDefault,
        "no number of days; strength as recorded (hierarchy of effectiveness)",
    )
    .counting(&["stronger", "intermediate", "weaker", NOT_RECORDED, LEFT_IN_TIME])
}

fn strength_line(action: &ActionStanding, lines: &mut Lines<'_>) {
    let day = lines.day;
    let judged = excluded(action, day).unwrap_or_else(|| {
        let (outcome, word) = match action.strength.map(|strength| strength.value) {
            Some(Strength::Stronger) => (Outcome::Met, "stronger"),
            Some(Strength::Intermediate) => (Outcome::Met, "intermediate"),
            Some(Strength::Weaker) => (Outcome::NotMet, "weaker"),
            None => (Outcome::Listed, NOT_RECORDED),
        };
        Judged::new(outcome, day.words(|| word.to_owned())).counted_as(word)
    });
    let evidence = action.strength.map(|strength| strength.event_id);
    push(lines, action, Placing::On(action.agreed.on), judged, evidence);
}
