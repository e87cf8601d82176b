//! R1 to R7: learning actions.

use jiff::civil::Date;

use super::ActionStanding;
use crate::{
    action::{Effectiveness, Exit, MissingElement, Status, Strength},
    identifier::EventId,
    measures::{
        Due, Figure, Judged, NOT_YET_DUE, Outcome, Period, Rules, Statistic, Tenths, Window,
        fact::days_between,
        figure::{DONE_EARLY, in_days},
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
pub fn figures(actions: &[ActionStanding], period: Period, as_of: Date, rules: Rules<'_>) -> Vec<Figure> {
    let window = Window::new(period, as_of);
    vec![
        implemented(actions, window),
        on_time(actions, window, Target::Original),
        on_time(actions, window, Target::Effective),
        verified_after_target(actions, window),
        overdue(actions, rules),
        time_to_implement(actions, window),
        extended(actions, window),
        effective(actions, window, rules),
        strength(actions, window),
    ]
}

fn push(
    figure: &mut Figure,
    action: &ActionStanding,
    judged: Judged,
    evidence: impl IntoIterator<Item = EventId>,
) {
    let mut ids = vec![action.agreed.event_id];
    for id in evidence {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    figure.push(&action.reference, action.id.uuid(), judged, ids);
}

/// What proves whether it was implemented, or how it left.
fn proof(action: &ActionStanding) -> impl Iterator<Item = EventId> {
    let reported = action.reported.map(|reported| reported.event_id);
    let verified = action.verified.map(|verified| verified.event_id);
    let reopened = action.reopened.map(|reopened| reopened.event_id);
    let left = action.exit.as_ref().map(|exit| exit.event_id);
    [reported, verified, reopened, left].into_iter().flatten()
}

const fn exit_word(exit: Exit) -> &'static str {
    match exit {
        Exit::Superseded => "superseded",
        Exit::Withdrawn => "withdrawn",
        Exit::RiskAccepted => "risk accepted",
    }
}

fn exit_words(action: &ActionStanding) -> Option<String> {
    action.exit.as_ref().map(|exit| format!("{} {}", exit_word(exit.kind), exit.on))
}

/// Those of R1: agreed in the period. `None` of the pair where it left in time and is excluded.
fn agreed(
    actions: &[ActionStanding],
    window: Window,
) -> impl Iterator<Item = (&ActionStanding, Option<Judged>)> {
    actions.iter().filter(move |action| window.places(action.agreed.on)).map(|action| {
        let left_in_time = action.left_by(action.effective_target.map(|target| target.value));
        let excluded = left_in_time.then(|| {
            let detail = exit_words(action).unwrap_or_default();
            Judged::new(Outcome::Excluded, detail).counted_as(LEFT_IN_TIME)
        });
        (action, excluded)
    })
}

/// R1. Beside it, of those in the denominator: which live ones lack something (ACT-1), and whose file is closed (ACT-5).
fn implemented(actions: &[ActionStanding], window: Window) -> Figure {
    let mut figure = Figure::new(
        "R1",
        "Learning actions implemented and verified",
        LocalDefault,
        "no number of days; each action's own target",
    )
    .counting(&[NOT_VERIFIED, LEFT_IN_TIME, LEFT_AFTER, INCOMPLETE, CLOSED]);
    for (action, excluded) in agreed(actions, window) {
        let counted = excluded.is_none();
        let judged = excluded.unwrap_or_else(|| match (action.status, action.verified) {
            (Status::Left(_), _) => {
                let detail = exit_words(action).unwrap_or_default();
                Judged::new(Outcome::NotMet, format!("{detail}, after its target")).counted_as(LEFT_AFTER)
            }
            (_, Some(verified)) => {
                Judged::new(Outcome::Met, format!("implemented {}, verified {}", verified.value, verified.on))
            }
            (Status::ReportedImplemented, None) => {
                Judged::new(Outcome::NotMet, NOT_VERIFIED).counted_as(NOT_VERIFIED)
            }
            (_, None) if action.reopened.is_some() => {
                Judged::new(Outcome::NotMet, "open again: reviewed as not effective")
            }
            (_, None) => Judged::new(Outcome::NotMet, "open"),
        });
        let judged = match missing_words(action).filter(|_| counted && action.is_live()) {
            Some(missing) => judged.remark(Some(missing)).counted_as(INCOMPLETE),
            None => judged,
        };
        let closed = action.closed.filter(|_| counted);
        let judged = match closed {
            Some(closed) => judged.remark(Some(format!("file closed {}", closed.on))).counted_as(CLOSED),
            None => judged,
        };
        push(&mut figure, action, judged, proof(action).chain(closed.map(|closed| closed.event_id)));
    }
    figure.ratio()
}

/// ACT-1: `incomplete: no owner, no monitor`; `None` where nothing is missing.
fn missing_words(action: &ActionStanding) -> Option<String> {
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
    (!words.is_empty()).then(|| format!("incomplete: {}", words.join(", ")))
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

/// R2. On its target day an action that is verified has met it; one that is not has until the end of that day, and is not yet due.
fn on_time(actions: &[ActionStanding], window: Window, which: Target) -> Figure {
    let mut figure = Figure::new(
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
        VERIFIED_AFTER_TARGET,
        NO_TARGET,
        NOT_YET_DUE,
        DONE_EARLY,
    ]);
    for action in actions {
        let Some(target) = which.of(action) else {
            // Without a target there is nothing to be on time for; while live it is counted, and listed in R3.
            if action.is_live() && !action.is_verified() {
                figure.add(NO_TARGET, 1);
            }
            continue;
        };
        if let Some(judged) = judge_target(action, target, window) {
            let targets = [action.original_target, action.effective_target];
            let targets = targets.into_iter().flatten().map(|target| target.event_id);
            push(&mut figure, action, judged, targets.chain(proof(action)));
        }
    }
    figure.ratio()
}

fn judge_target(action: &ActionStanding, target: Date, window: Window) -> Option<Judged> {
    if action.left_by(Some(target)) {
        let detail = format!("{}, target {target}", exit_words(action).unwrap_or_default());
        return window
            .shows_exclusion(Due::On(target))
            .then(|| Judged::new(Outcome::Excluded, detail).counted_as(LEFT_IN_TIME));
    }
    if target > window.as_of || (target == window.as_of && action.verified.is_none()) {
        return Some(match action.verified {
            Some(verified) => Judged::new(
                Outcome::NotYetDue,
                format!("implemented {}, target {target}: {DONE_EARLY}", verified.value),
            )
            .counted_as(DONE_EARLY),
            None => Judged::new(Outcome::NotYetDue, format!("target {target}")).counted_as(NOT_YET_DUE),
        });
    }
    if !window.places(target) {
        return None;
    }
    let judged = match (action.status, action.verified) {
        (Status::Left(_), _) => {
            let detail = exit_words(action).unwrap_or_default();
            Judged::new(Outcome::NotMet, format!("{detail}, after its target {target}"))
                .counted_as(LEFT_AFTER)
        }
        (_, Some(verified)) if verified.value <= target => {
            let judged =
                Judged::new(Outcome::Met, format!("implemented {}, target {target}", verified.value));
            if verified.on > target {
                judged
                    .remark(Some(format!("verified {}, after the target", verified.on)))
                    .counted_as(VERIFIED_AFTER_TARGET)
            } else {
                judged
            }
        }
        (_, Some(verified)) => {
            let days = days_between(target, verified.value);
            let detail = format!("implemented {}, {} after its target", verified.value, in_days(days));
            Judged::new(Outcome::NotMet, detail).days(days)
        }
        (Status::ReportedImplemented, None) => {
            Judged::new(Outcome::NotMet, format!("{NOT_VERIFIED}, target {target}"))
                .days(days_between(target, window.as_of))
                .counted_as(NOT_VERIFIED)
        }
        (_, None) => Judged::new(Outcome::NotMet, format!("open, target {target}"))
            .days(days_between(target, window.as_of)),
    };
    Some(judged)
}

/// The list beside R2: implemented by the effective target, and verified only after it.
fn verified_after_target(actions: &[ActionStanding], window: Window) -> Figure {
    let mut figure = Figure::new(
        "R2",
        "Learning actions implemented on time, verified after the target",
        LocalDefault,
        "no number of days; each action's own effective target",
    )
    .variant("on time, verified after the target");
    for action in actions {
        let (Some(target), Some(verified)) = (Target::Effective.of(action), action.verified) else {
            continue;
        };
        if action.is_verified() && verified.value <= target && target < verified.on && window.places(target) {
            let days = days_between(target, verified.on);
            let detail =
                format!("implemented {}, verified {} after its target", verified.value, in_days(days));
            push(&mut figure, action, Judged::new(Outcome::Listed, detail).days(days), proof(action));
        }
    }
    figure.numerator = Some(figure.outcomes(Outcome::Listed));
    figure
}

/// R3: a snapshot. The numerator is what lies in the bands; what was reported and what has no target is listed apart.
fn overdue(actions: &[ActionStanding], rules: Rules<'_>) -> Figure {
    let bounds = rules.policy.overdue_bands;
    let [first, second, third] = bounds;
    let mut figure = Figure::new(
        "R3",
        "Learning actions overdue, by age",
        LocalDefault,
        format!("overdue from the day after the effective target; age bands up to {first}, {second} and {third} days"),
    )
    .adverse();
    let bands = band_names(bounds);
    for name in &bands {
        figure.add(name, 0);
    }
    let mut figure = figure.counting(&[AWAITING_VERIFICATION, NO_TARGET, "unowned"]);
    for action in actions.iter().filter(|action| action.is_live() && !action.is_verified()) {
        let judged = match (action.days_overdue, action.effective_target) {
            (Some(days), _) if action.is_reported_only() => {
                Judged::new(Outcome::Listed, format!("{AWAITING_VERIFICATION}, {}", in_days(days)))
                    .days(days)
                    .counted_as(AWAITING_VERIFICATION)
            }
            (Some(days), _) => {
                let band = bounds.iter().position(|bound| days <= *bound).unwrap_or(bounds.len());
                if let Some(name) = bands.get(band) {
                    figure.add(name, 1);
                }
                Judged::new(Outcome::NotMet, format!("overdue {}", in_days(days))).days(days)
            }
            (None, None) => Judged::new(Outcome::Listed, NO_TARGET).counted_as(NO_TARGET),
            (None, Some(_)) if action.owner.is_none() => Judged::new(Outcome::Listed, "not overdue"),
            (None, Some(_)) => continue,
        };
        let judged = if action.owner.is_none() {
            judged.remark(Some("unowned".to_owned())).counted_as("unowned")
        } else {
            judged
        };
        let target = action.effective_target.map(|target| target.event_id);
        push(&mut figure, action, judged, target.into_iter().chain(proof(action)));
    }
    figure.numerator = Some(figure.outcomes(Outcome::NotMet));
    figure
}

fn band_names([first, second, third]: [i64; 3]) -> [String; 4] {
    [
        format!("1–{first} days"),
        format!("{}–{second} days", first.saturating_add(1)),
        format!("{}–{third} days", second.saturating_add(1)),
        format!("over {third} days"),
    ]
}

fn time_to_implement(actions: &[ActionStanding], window: Window) -> Figure {
    let mut figure = Figure::new(
        "R4",
        "Time from agreement to verified implementation",
        LocalDefault,
        "no number of days; calendar days from agreed to the implementation date accepted by the verifier",
    );
    for action in actions.iter().filter(|action| action.is_verified()) {
        let Some(verified) = action.verified.filter(|verified| window.places(verified.value)) else {
            continue;
        };
        let days = days_between(action.agreed.on, verified.value);
        let judged = Judged::new(Outcome::Met, format!("implemented after {}", in_days(days))).days(days);
        push(&mut figure, action, judged, proof(action));
    }
    figure.denominator = Some(figure.outcomes(Outcome::Met));
    figure.distribution();
    figure
}

/// R5. Every move counts, also one made after the target had passed; the setting of a first target is no move.
fn extended(actions: &[ActionStanding], window: Window) -> Figure {
    let mut figure = Figure::new(
        "R5",
        "Learning actions with a moved target",
        LocalDefault,
        "no number of days; days added over all moves, also those made after the target had passed",
    )
    .adverse()
    .counting(&[LEFT_IN_TIME, MOVED_TOO_LATE]);
    let mut days_added: i64 = 0;
    for (action, excluded) in agreed(actions, window) {
        let judged = excluded.unwrap_or_else(|| {
            if action.moves.is_empty() {
                return Judged::new(Outcome::Met, "not moved");
            }
            let added = action.moves.iter().fold(0_i64, |sum, change| sum.saturating_add(change.days_added));
            let too_late = action.moves.iter().any(|change| change.after_target_passed);
            days_added = days_added.saturating_add(added);
            let judged = Judged::new(Outcome::NotMet, format!("moved, {} added", in_days(added))).days(added);
            if too_late { judged.counted_as(MOVED_TOO_LATE) } else { judged }
                .remark(too_late.then(|| MOVED_TOO_LATE.to_owned()))
        });
        push(&mut figure, action, judged, action.moves.iter().map(|change| change.event_id));
    }
    figure.statistics.push(Statistic { name: "days added", value: Tenths::whole(days_added) });
    figure.ratio()
}

/// R6. The numerator follows the latest review. Where a further review is overdue, the detail says so and it is not counted as reviewed.
fn effective(actions: &[ActionStanding], window: Window, rules: Rules<'_>) -> Figure {
    let months = rules.policy.review_after_months;
    let mut figure = Figure::new(
        "R6",
        "Learning actions reviewed as effective",
        LocalDefault,
        format!("review due on the action's own review date, else {months} months after implementation"),
    )
    .counting(&[REVIEWED, "not effective", NOT_YET_DUE]);
    for action in actions {
        // The latest review due by the end of the period, so that a further review due since does not empty an earlier period.
        let Some(cycle) = action.review_due_by(window.until()) else {
            if let Some(cycle) = action.reviews.iter().find(|cycle| cycle.due > window.as_of) {
                let judged = Judged::new(Outcome::NotYetDue, format!("review due {}", cycle.due));
                push(&mut figure, action, judged.counted_as(NOT_YET_DUE), proof(action));
            }
            continue;
        };
        if !window.places(cycle.due) {
            continue;
        }
        let overdue = days_between(cycle.due, window.as_of);
        let judged = match action.latest_review {
            Some(review) => {
                let outcome = match review.value {
                    Effectiveness::Effective => Outcome::Met,
                    Effectiveness::NotEffective | Effectiveness::Inconclusive => Outcome::NotMet,
                };
                let judged = Judged::new(outcome, format!("{}, reviewed {}", review.value, review.on));
                let judged = match cycle.review {
                    Some(_) => judged.counted_as(REVIEWED),
                    None => judged.remark(Some(format!("a further review was due {}", cycle.due))),
                };
                if review.value == Effectiveness::NotEffective {
                    judged.counted_as("not effective")
                } else {
                    judged
                }
            }
            None => Judged::new(Outcome::NotMet, format!("not reviewed, due {}", cycle.due)).days(overdue),
        };
        let review = action.latest_review.map(|review| review.event_id);
        push(&mut figure, action, judged, proof(action).chain(review));
    }
    figure.ratio()
}

fn strength(actions: &[ActionStanding], window: Window) -> Figure {
    let mut figure = Figure::new(
        "R7",
        "Learning actions of stronger or intermediate strength",
        LocalDefault,
        "no number of days; strength as recorded (hierarchy of effectiveness)",
    )
    .counting(&["stronger", "intermediate", "weaker", NOT_RECORDED, LEFT_IN_TIME]);
    for (action, excluded) in agreed(actions, window) {
        let judged = excluded.unwrap_or_else(|| match action.strength.map(|strength| strength.value) {
            Some(Strength::Stronger) => Judged::new(Outcome::Met, "stronger").counted_as("stronger"),
            Some(Strength::Intermediate) => {
                Judged::new(Outcome::Met, "intermediate").counted_as("intermediate")
            }
            Some(Strength::Weaker) => Judged::new(Outcome::NotMet, "weaker").counted_as("weaker"),
            None => Judged::new(Outcome::Listed, NOT_RECORDED).counted_as(NOT_RECORDED),
        });
        push(&mut figure, action, judged, action.strength.map(|strength| strength.event_id));
    }
    figure.ratio()
}
