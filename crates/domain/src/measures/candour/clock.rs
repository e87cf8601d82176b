//! C2: the two clocks of the first notification, and how leaving and coming back bear on them.

use jiff::civil::Date;

use crate::{
    candour_case::Exit,
    identifier::EventId,
    measures::{Dated, Due, Rules, fact::days_between},
    text::{Line, Prose},
};

/// How a case left the ordinary course, and whether it came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseExit {
    /// Declined or not contactable (regulation 20(5)), or exempted locally (E-9).
    pub kind: Exit,
    /// The day.
    pub on: Date,
    /// Why, where said.
    pub reason: Option<Prose>,
    /// The role that approved a local exemption, or that a refusal to speak was told to.
    pub role: Option<Line>,
    /// The day the case was taken up again (E-8).
    pub reopened: Option<Dated>,
    /// The event that proves it.
    pub event_id: EventId,
}

impl CaseExit {
    /// Declined or not contactable: regulation 20(5) takes the case out of paragraphs (2) to (4). A local exemption never does.
    pub fn is_under_20_5(&self) -> bool {
        matches!(self.kind, Exit::Declined | Exit::NotContactable)
    }
}

/// What a clock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Complete on or before the due date.
    InTime,
    /// Complete this many days after it.
    Late(i64),
    /// Not complete, this many days past it.
    Overdue(i64),
    /// Not complete, not past it.
    NotYetDue,
    /// Left under regulation 20(5) on or before the due date, and not taken up again.
    LeftInTime,
    /// The due date cannot be known.
    OutsideCalendar,
}

/// One clock of the first notification. Contract and guidance, not statute: regulation 20 says "as soon as reasonably practicable".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The day it started: of the report, or of awareness.
    pub start: Date,
    /// Due by that start.
    pub original_due: Due,
    /// Due as it stands: from the reopening, where the case had left in time and was taken up again (E-8).
    pub due: Due,
    /// The day it was restarted.
    pub restarted_on: Option<Date>,
    /// It left only after the due date: leaving does not rescue, and taking it up again does not restart the clock.
    pub left_after_due: bool,
    /// What it says.
    pub verdict: Verdict,
}

pub(super) fn run(
    start: Date,
    complete_on: Option<Date>,
    exits: &[CaseExit],
    as_of: Date,
    rules: Rules<'_>,
) -> Clock {
    let count = rules.policy.first_notification_working_days;
    let original_due = Due::working_days_after(start, count, rules);
    let mut clock = Clock {
        start,
        original_due,
        due: original_due,
        restarted_on: None,
        left_after_due: false,
        verdict: Verdict::OutsideCalendar,
    };
    for exit in exits.iter().filter(|exit| exit.is_under_20_5()) {
        if complete_on.is_some_and(|complete_on| complete_on <= exit.on) {
            break;
        }
        match clock.due {
            Due::OutsideCalendar => break,
            Due::On(due) if due < exit.on => {
                clock.left_after_due = true;
                break;
            }
            Due::On(_) => {}
        }
        let Some(reopened) = exit.reopened else {
            clock.verdict = Verdict::LeftInTime;
            return clock;
        };
        clock.restarted_on = Some(reopened.on);
        clock.due = Due::working_days_after(reopened.on, count, rules.of(&reopened));
    }
    clock.verdict = match (clock.due, complete_on) {
        (Due::OutsideCalendar, _) => Verdict::OutsideCalendar,
        (Due::On(due), Some(complete_on)) if complete_on <= due => Verdict::InTime,
        (Due::On(due), Some(complete_on)) => Verdict::Late(days_between(due, complete_on)),
        (Due::On(due), None) if due < as_of => Verdict::Overdue(days_between(due, as_of)),
        (Due::On(_), None) => Verdict::NotYetDue,
    };
    clock
}
