//! How the specs of the aggregates are written: given a history, when a command comes, then these events, nothing, or a refusal.
//!
//! ```text
//! given::<Incident>(vec![reported(), closed()])
//!     .when(Command::ReopenIncident { reason: text("new facts") }, situation("2026-04-01"))
//!     .then([Event::IncidentReopened { reason: text("new facts") }]);
//! ```
//!
//! Entries are numbered from 0 in the order given: entry `n` has version `n` and the id [`event_id`]`(n)`.
//! Besides what a spec states, the kit holds every accepted command to one rule: what was decided must not be what
//! [`Aggregate::incoherence`] objects to, or a correct history could never be corrected again.

use std::fmt::Debug;

use jiff::{Timestamp, ToSpan, civil::Date};
use uuid::Uuid;

use crate::{
    aggregate::{Aggregate, Refusal, RefusalKind, Situation},
    correction::{self, Correction, CorrectionChange, CorrectionRejection},
    entry::Entry,
    identifier::EventId,
    text::{PersonReference, PublicReference, Text},
};

/// The day of the first event of [`given`]; each later one happens a day after.
pub(crate) const FIRST_DAY: Date = jiff::civil::date(2026, 3, 1);

/// A history whose events happened on consecutive days from [`FIRST_DAY`], by an unknown person.
pub(crate) fn given<A: Aggregate>(events: Vec<A::Event>) -> Given<A> {
    given_entries((0..).zip(events).map(|(days, event)| on(FIRST_DAY + i64::days(days), event)).collect())
}

/// A history whose entries say when they happened and who acted: see [`on`] and [`by`].
pub(crate) fn given_entries<A: Aggregate>(entries: Vec<Entry<A::Event>>) -> Given<A> {
    let history = (0..)
        .zip(entries)
        .map(|(version, entry)| Entry { version, event_id: event_id(version), ..entry })
        .collect();
    Given { history }
}

/// An entry of what happened at noon (UTC) of that day, recorded at once, by an unknown person.
pub(crate) fn on<E>(day: impl IntoDay, event: E) -> Entry<E> {
    let at = noon(day);
    Entry {
        event,
        event_id: event_id(0),
        version: 0,
        occurred_at: at,
        recorded_at: at,
        source_recorded_at: None,
        performed_by: None,
        recorded_under: crate::calendar::RecordedUnder::default(),
        corrected_by: None,
    }
}

/// The same entry, done by this person.
pub(crate) fn by<E>(performed_by: &str, entry: Entry<E>) -> Entry<E> {
    Entry { performed_by: Some(person(performed_by)), ..entry }
}

/// A command that arrives at noon (UTC) of that day about what just happened, by an unknown person.
pub(crate) fn situation(day: impl IntoDay) -> Situation {
    let at = noon(day);
    Situation { now: at, occurred_at: at, performed_by: None }
}

/// The same, where this person acts.
pub(crate) fn situation_by(performed_by: &str, day: impl IntoDay) -> Situation {
    Situation { performed_by: Some(person(performed_by)), ..situation(day) }
}

/// A day, or the text of one such as `2026-03-01`.
pub(crate) trait IntoDay {
    /// The day.
    fn into_day(self) -> Date;
}

impl IntoDay for Date {
    fn into_day(self) -> Date {
        self
    }
}

impl IntoDay for &str {
    #[track_caller]
    fn into_day(self) -> Date {
        self.parse().unwrap()
    }
}

/// Noon of that day in UTC, which is the same civil date in Europe/London.
pub(crate) fn noon(day: impl IntoDay) -> Timestamp {
    format!("{}T12:00:00Z", day.into_day()).parse().unwrap()
}

/// The id of entry `version` of a given history.
pub(crate) fn event_id(version: u64) -> EventId {
    EventId::from_uuid(Uuid::from_u128(0xe000_0000 + u128::from(version)))
}

/// A UUID to tell things apart in a spec.
pub(crate) fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// A line, prose or narrative.
#[track_caller]
pub(crate) fn text<const MAX: usize>(words: &str) -> Text<MAX> {
    Text::parse(words).unwrap()
}

/// A public reference.
#[track_caller]
pub(crate) fn reference(words: &str) -> PublicReference {
    PublicReference::parse(words).unwrap()
}

/// A person who acts.
#[track_caller]
pub(crate) fn person(words: &str) -> PersonReference {
    PersonReference::parse(words).unwrap()
}

/// A history to decide over.
pub(crate) struct Given<A: Aggregate> {
    /// As recorded: corrections not yet applied.
    pub(crate) history: Vec<Entry<A::Event>>,
}

impl<A: Aggregate> Given<A> {
    /// The state after the history, corrections applied.
    pub(crate) fn state(&self) -> A::State {
        A::replay(&self.history)
    }

    /// Decides a command.
    #[track_caller]
    pub(crate) fn when(self, command: A::Command, situation: Situation) -> Outcome<A, A::Rejection> {
        let result = A::decide(&self.state(), command, &situation);
        Outcome { history: self.history, situation, result }
    }

    /// Decides a correction of entry `version`, made a year after [`FIRST_DAY`].
    #[track_caller]
    pub(crate) fn when_corrected(
        self,
        version: u64,
        change: CorrectionChange,
    ) -> Outcome<A, CorrectionRejection> {
        let situation = situation(FIRST_DAY + 1.year());
        let correction = Correction { corrects: event_id(version), reason: text("entered wrongly"), change };
        let result = correction::decide::<A>(&self.history, correction, &situation);
        Outcome { history: self.history, situation, result }
    }
}

/// What was decided.
#[must_use = "an outcome states nothing until it is compared with what was expected"]
pub(crate) struct Outcome<A: Aggregate, R> {
    history: Vec<Entry<A::Event>>,
    situation: Situation,
    result: Result<Vec<A::Event>, R>,
}

impl<A: Aggregate<Event: PartialEq>, R: Refusal> Outcome<A, R> {
    /// Exactly these events, in this order. Returns the history with them, to go on from.
    #[track_caller]
    pub(crate) fn then(self, expected: impl IntoIterator<Item = A::Event>) -> Given<A> {
        let expected: Vec<A::Event> = expected.into_iter().collect();
        assert!(!expected.is_empty(), "say then_nothing()");
        assert_eq!(self.result.as_ref(), Ok(&expected));
        self.continued()
    }

    /// Accepted, with some event that a spec need not spell out, such as a correction.
    #[track_caller]
    pub(crate) fn then_accepted(self) -> Given<A> {
        match &self.result {
            Ok(events) => assert!(!events.is_empty(), "nothing was decided"),
            Err(refusal) => panic!("refused: {refusal}"),
        }
        self.continued()
    }

    /// Nothing to do, and that is a success.
    #[track_caller]
    pub(crate) fn then_nothing(self) {
        assert_eq!(self.result, Ok(Vec::new()));
    }

    /// This refusal, fit to be shown.
    #[track_caller]
    pub(crate) fn then_refused(self, expected: R) {
        presentable(&expected);
        assert_eq!(self.result, Err(expected));
    }

    /// This refusal, because this field of the request (a path) breaks a rule.
    #[track_caller]
    pub(crate) fn then_refused_field(self, expected: R, field: &'static str) {
        assert_eq!(expected.kind(), RefusalKind::InvalidField(field));
        self.then_refused(expected);
    }

    #[track_caller]
    fn continued(self) -> Given<A> {
        let was_coherent =
            self.history.is_empty() || A::incoherence(&correction::applied::<A>(&self.history)).is_none();
        let mut history = self.history;
        for event in self.result.into_iter().flatten() {
            let version = u64::try_from(history.len()).unwrap();
            let entry = on(FIRST_DAY, event);
            history.push(Entry {
                version,
                event_id: event_id(version),
                occurred_at: self.situation.occurred_at,
                recorded_at: self.situation.now,
                performed_by: self.situation.performed_by.clone(),
                ..entry
            });
        }
        if was_coherent {
            assert_eq!(
                A::incoherence(&correction::applied::<A>(&history)),
                None,
                "what was decided does not hold"
            );
        }
        Given { history }
    }
}

/// The reason is stable upper snake case; the text is a lower-case fragment without a full stop.
#[track_caller]
fn presentable(refusal: &(impl Refusal + Debug)) {
    let reason = refusal.reason();
    assert!(!reason.is_empty() && reason.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'), "{reason}");
    let shown = refusal.to_string();
    assert!(!shown.is_empty() && !shown.ends_with('.'), "{shown}");
    assert!(!shown.starts_with(|first: char| first.is_uppercase()), "{shown}");
}

#[test]
fn entries_are_numbered_dated_and_attributed() {
    use crate::response::{Event, Response, SignOff};
    let signed = || Event::ReportSignedOff(SignOff { signed_off_by_role: text("director"), report: None });

    let history = given_entries::<Response>(vec![
        on("2026-03-29", signed()),
        by("staff:1", on("2026-06-30", signed())),
    ])
    .history;
    assert_eq!(history[1].event_id, event_id(1));
    assert_eq!(history[1].version, 1);
    assert_eq!(history[1].occurred_on(), jiff::civil::date(2026, 6, 30));
    assert_eq!(history[1].performed_by, Some(person("staff:1")));
    assert_eq!(history[0].performed_by, None);

    assert_eq!(
        given::<Response>(vec![signed(), signed()]).history[1].occurred_on(),
        jiff::civil::date(2026, 3, 2)
    );
    assert_eq!(situation_by("staff:2", "2026-03-01").performed_by, Some(person("staff:2")));
}
