//! Steps as they are planned.

use std::ops::RangeInclusive;

use jiff::{SignedDuration, Timestamp};

use crate::{chance::Chance, life::step::Step};

/// The steps of a life, each with the instant at which it is recorded.
pub(super) struct Agenda<'a> {
    reported_at: Timestamp,
    pub(super) chance: &'a mut Chance,
    steps: Vec<(Timestamp, Step)>,
}

impl<'a> Agenda<'a> {
    pub(super) fn new(reported_at: Timestamp, chance: &'a mut Chance) -> Self {
        Self { reported_at, chance, steps: Vec::with_capacity(12) }
    }

    /// What happens at the very beginning.
    pub(super) fn first(&mut self, step: Step) {
        self.steps.push((self.reported_at, step));
    }

    /// Plans a step so many days after the report, between 1 and 9 hours later in the day than it.
    pub(super) fn at(&mut self, days: RangeInclusive<i64>, step: Step) {
        let days = self.chance.between(*days.start(), *days.end());
        let minutes = days.saturating_mul(24 * 60).saturating_add(self.chance.between(60, 540));
        // Past the end of time nothing happens.
        if let Ok(at) = self.reported_at.checked_add(SignedDuration::from_mins(minutes)) {
            self.steps.push((at, step));
        }
    }

    /// Plans it in so many cases of a thousand.
    pub(super) fn maybe(&mut self, cases: u64, days: RangeInclusive<i64>, step: Step) {
        if self.chance.in_thousand(cases) {
            self.at(days, step);
        }
    }

    pub(super) fn into_steps(self) -> Vec<(Timestamp, Step)> {
        self.steps
    }
}
