//! Dated facts with their proof, and due dates.

use jiff::{Span, civil::Date};

use crate::{
    calendar::{Calendar, OutOfCalendar, RecordedUnder},
    entry::Entry,
    identifier::EventId,
    policy::Policy,
};

/// What a due date is worked out with.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The working days of the nation.
    pub calendar: &'a Calendar,
    /// The locally agreed numbers of days.
    pub policy: &'a Policy,
}

impl<'a> Rules<'a> {
    /// The same with the calendar that a fact was recorded under: the one for the clocks that the fact starts.
    pub(super) fn of<T>(self, fact: &Fact<T>) -> Rules<'a> {
        self.under(fact.recorded_under)
    }

    /// The same with the calendar that something was recorded under.
    pub(super) fn under(self, recorded: RecordedUnder) -> Rules<'a> {
        Rules { calendar: recorded.or(self.calendar), ..self }
    }
}

/// A fact, the civil date on which it occurred, and the event that proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact<T> {
    /// What the event says; `()` where the date is all there is to say.
    pub value: T,
    /// The civil date on which it occurred.
    pub on: Date,
    /// The event that proves it.
    pub event_id: EventId,
    /// The calendar it was recorded under; a clock that it starts runs under that one.
    pub recorded_under: RecordedUnder,
}

/// A thing that happened on a day.
pub type Dated = Fact<()>;

impl<T> Fact<T> {
    pub(super) fn of<E>(entry: &Entry<E>, value: T) -> Self {
        Self {
            value,
            on: entry.occurred_on(),
            event_id: entry.event_id,
            recorded_under: entry.recorded_under,
        }
    }
}

impl Dated {
    pub(super) fn at<E>(entry: &Entry<E>) -> Self {
        Self::of(entry, ())
    }
}

/// A due date, met until the end of that day in Europe/London.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Due on this day.
    On(Date),
    /// It needs working days that the calendar does not cover, so it is not known. Such a unit is listed apart, never guessed.
    OutsideCalendar,
}

impl Due {
    /// The day, where it is known.
    pub const fn date(self) -> Option<Date> {
        match self {
            Self::On(date) => Some(date),
            Self::OutsideCalendar => None,
        }
    }

    /// Whether the due date is known and before `as_of`.
    pub fn is_past(self, as_of: Date) -> bool {
        self.date().is_some_and(|due| due < as_of)
    }

    /// Whether what was done on that day was done in time; `false` where the due date is not known.
    pub fn is_met_by(self, done_on: Date) -> bool {
        self.date().is_some_and(|due| done_on <= due)
    }

    /// Days from the due date to `date`, where the due date is known and before it.
    pub fn days_past(self, date: Date) -> Option<i64> {
        self.date().filter(|due| *due < date).map(|due| days_between(due, date))
    }

    /// Due `count` working days after `start`, which is day 0 (domain rules §1.5).
    pub(super) fn working_days_after(start: Date, count: u16, rules: Rules<'_>) -> Self {
        rules.calendar.working_days_after(start, count).into()
    }

    /// Due `count` working days after this due date.
    pub(super) fn then_working_days(self, count: u16, rules: Rules<'_>) -> Self {
        match self {
            Self::On(date) => Self::working_days_after(date, count, rules),
            Self::OutsideCalendar => Self::OutsideCalendar,
        }
    }
}

impl From<Result<Date, OutOfCalendar>> for Due {
    fn from(date: Result<Date, OutOfCalendar>) -> Self {
        date.map_or(Self::OutsideCalendar, Self::On)
    }
}

/// Calendar days from one date to another; negative where `to` is the earlier.
pub(super) fn days_between(from: Date, to: Date) -> i64 {
    // The difference of two civil dates is a whole number of days of 24 hours.
    to.duration_since(from).as_hours() / 24
}

/// The date this many calendar days later; stops at the last date that can be represented.
pub(super) fn days_after(date: Date, days: u16) -> Date {
    date.saturating_add(Span::new().days(i64::from(days)))
}

/// What had happened by the end of `as_of`, in the order in which it happened.
pub(super) fn seen<E>(history: &[Entry<E>], as_of: Date) -> Vec<&Entry<E>> {
    let mut seen: Vec<_> = history.iter().filter(|entry| entry.occurred_on() <= as_of).collect();
    seen.sort_by_key(|entry| (entry.occurred_on(), entry.version));
    seen
}
