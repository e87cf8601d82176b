//! The worklist: what is to be done about one unit, until when, on what ground, what is missing for it, and the next step in words.
//!
//! An item stands from the day on which something occurred that asks for it to the day on which something occurred that settles it. It does
//! not change by the passing of time: that it is overdue follows from its due date and the day it is looked at.

mod candour;
mod learning;
mod reporters;

use jiff::civil::Date;

use super::Due;
use crate::{
    identifier::EventId,
    policy::Standing,
    text::{Line, Prose},
};

coded_enum! {
    /// What is to be done.
    pub enum WorkKind {
        /// A recommendation awaits an answer.
        RecommendationAnswer = "recommendation-answer",
        /// An accepted recommendation has no action that could carry it out.
        ActionToAgree = "action-to-agree",
        /// An action is to be implemented.
        Implementation = "implementation",
        /// A reported implementation is to be verified by an independent person.
        Verification = "verification",
        /// The effectiveness of a verified action is to be reviewed.
        EffectivenessReview = "effectiveness-review",
        /// An action and its recommendations do not fit together.
        Contradiction = "contradiction",
        /// A reporter is to be acknowledged.
        Acknowledgement = "acknowledgement",
        /// A reporter is to be sent word of progress.
        Progress = "progress",
        /// A reporter is to be told the outcome.
        OutcomeToReporter = "outcome-to-reporter",
        /// It is to be decided whether the duty of candour applies.
        CandourDecision = "candour-decision",
        /// The first notification is to be completed (E-6).
        FirstNotification = "first-notification",
        /// The written notification is to be sent (E-7).
        WrittenNotification = "written-notification",
        /// The results of enquiries are to be shared (E-7).
        EnquiryResults = "enquiry-results",
        /// A case left under regulation 20(5), in time or not (X1).
        LeftUnder20Paragraph5 = "left-under-20-5",
        /// A case was exempted locally (E-9, X1).
        ExemptedLocally = "exempted-locally",
        /// Harm was graded down after it had prompted a decision (X1).
        HarmDowngraded = "harm-downgraded",
    }
}

/// One ground for a due date. Law, contract, guidance and local default are different facts: each has a deadline of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// What it rests on.
    pub standing: Standing,
    /// The day; `None` where the ground sets no number of days.
    pub due: Option<Due>,
    /// The number of days and where it comes from, in words.
    pub words: String,
}

/// Something to be done about a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkItem {
    /// What.
    pub kind: WorkKind,
    /// Every ground for a due date, the one that falls due first among those with a day being what counts.
    pub deadlines: Vec<Deadline>,
    /// The role responsible, where one is recorded.
    pub owner_role: Option<Line>,
    /// The team of whoever is responsible, where one is recorded.
    pub owner_team: Option<Line>,
    /// Somebody has to be responsible, and nobody is (ACT-1).
    pub unowned: bool,
    /// The day from which it counts as stalled: nothing was recorded about it for the agreed number of days. `None` where that is not asked.
    pub stalled_from: Option<Date>,
    /// What is missing, each in words.
    pub missing: Vec<String>,
    /// How it stands, in words without personal data.
    pub detail: String,
    /// The reason recorded, in clear.
    pub reason: Option<Prose>,
    /// What is to be done next, in words.
    pub next_step: &'static str,
    /// The events that prove it.
    pub evidence: Vec<EventId>,
}

impl WorkItem {
    /// A new item, about which nothing more is known.
    fn new(kind: WorkKind, next_step: &'static str, evidence: &[EventId]) -> Self {
        Self {
            kind,
            deadlines: Vec::new(),
            owner_role: None,
            owner_team: None,
            unowned: false,
            stalled_from: None,
            missing: Vec::new(),
            detail: String::new(),
            reason: None,
            next_step,
            evidence: evidence.to_vec(),
        }
    }

    fn due(mut self, standing: Standing, due: Due, words: impl Into<String>) -> Self {
        self.deadlines.push(Deadline { standing, due: Some(due), words: words.into() });
        self
    }

    fn missing(self, missing: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { missing: missing.into_iter().map(Into::into).collect(), ..self }
    }

    fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// The day by which it is to be done: the earliest of its deadlines with a day. `None` where no ground sets one, or the calendar does not
    /// cover it.
    pub fn due_on(&self) -> Option<Date> {
        self.deadlines.iter().filter_map(|deadline| deadline.due?.date()).min()
    }

    /// The same as a due date: [`Due::OutsideCalendar`] where there is none but one that the calendar does not cover.
    pub fn earliest(&self) -> Option<Due> {
        let unknown = || self.deadlines.iter().find_map(|deadline| deadline.due);
        self.due_on().map(Due::On).or_else(unknown)
    }

    /// Days past its due date.
    pub fn days_overdue(&self, as_of: Date) -> Option<i64> {
        Due::On(self.due_on()?).days_past(as_of)
    }

    /// What it is found and sorted by.
    pub fn key(&self) -> WorkKey {
        WorkKey {
            kind: self.kind,
            due_on: self.due_on(),
            owner_role: self.owner_role.clone(),
            owner_team: self.owner_team.clone(),
            unowned: self.unowned,
            stalled_from: self.stalled_from,
        }
    }
}

/// What a [`WorkItem`] is found and sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkKey {
    /// What is to be done.
    pub kind: WorkKind,
    /// By when.
    pub due_on: Option<Date>,
    /// The role responsible.
    pub owner_role: Option<Line>,
    /// The team responsible.
    pub owner_team: Option<Line>,
    /// Nobody is responsible.
    pub unowned: bool,
    /// The day from which it counts as stalled.
    pub stalled_from: Option<Date>,
}
