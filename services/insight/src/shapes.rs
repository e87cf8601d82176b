//! The parts that several rows are made of.

use std::fmt::Display;

use candour_api::v1;
use candour_domain::{
    action::RecommendationKey,
    identifier::EventId,
    incident::Place,
    measures::{Dated, Due, Fact, Verdict},
};
use candour_service_kit::wire;
use jiff::civil::Date;

/// Something that happened on a day.
pub(crate) fn occurrence<T>(fact: &Fact<T>) -> v1::Occurrence {
    occurrence_at(fact.on, fact.event_id)
}

/// The same from its parts.
pub(crate) fn occurrence_at(on: Date, event_id: EventId) -> v1::Occurrence {
    v1::Occurrence { on: Some(wire::date(on)), event_id: event_id.to_string() }
}

/// What a source system asserts of a stage.
pub(crate) fn asserted<T>(
    fact: &Fact<T>,
    stage: v1::AssertedStage,
    source: impl Display,
) -> v1::AssertedStageStanding {
    v1::AssertedStageStanding {
        stage: stage.into(),
        asserted: Some(occurrence(fact)),
        source_system: source.to_string(),
    }
}

/// A day that an entry states.
pub(crate) fn stated_day(fact: &Fact<Date>) -> v1::StatedDay {
    let Fact { value, on, event_id, recorded_under: _ } = fact;
    v1::StatedDay {
        date: Some(wire::date(*value)),
        stated_on: Some(wire::date(*on)),
        event_id: event_id.to_string(),
    }
}

/// A due date.
pub(crate) fn due(due: Due) -> v1::Due {
    v1::Due { date: due.date().map(wire::date), outside_calendar: due == Due::OutsideCalendar }
}

/// How something with a due date stands at the end of `as_of`.
pub(crate) fn judge(due: Due, done: Option<Dated>, as_of: Date) -> Verdict {
    match (due, done) {
        (Due::OutsideCalendar, _) => Verdict::OutsideCalendar,
        (due, Some(done)) => due.days_past(done.on).map_or(Verdict::InTime, Verdict::Late),
        (due, None) => due.days_past(as_of).map_or(Verdict::NotYetDue, Verdict::Overdue),
    }
}

/// A stage with one due date.
pub(crate) fn stage(due_date: Due, done: Option<Dated>, verdict: Verdict) -> v1::Stage {
    let (verdict, days_late) = judged(verdict);
    v1::Stage {
        due: Some(due(due_date)),
        done: done.as_ref().map(occurrence),
        verdict: verdict.into(),
        days_late,
    }
}

/// The word for a verdict, and the days past the due date where it is late or overdue.
pub(crate) fn judged(verdict: Verdict) -> (v1::Verdict, Option<i32>) {
    match verdict {
        Verdict::InTime => (v1::Verdict::InTime, None),
        Verdict::Late(late) => (v1::Verdict::Late, Some(days(late))),
        Verdict::Overdue(overdue) => (v1::Verdict::Overdue, Some(days(overdue))),
        Verdict::NotYetDue => (v1::Verdict::NotYetDue, None),
        Verdict::LeftInTime => (v1::Verdict::LeftInTime, None),
        Verdict::OutsideCalendar => (v1::Verdict::OutsideCalendar, None),
    }
}

/// A number of days. Two dates are never so far apart that it does not fit; if they were, the greatest number is shown.
pub(crate) fn days(days: i64) -> i32 {
    i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX })
}

/// How many there are. Longer lists than the number can say are shown as the greatest.
pub(crate) fn count(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

/// A text that may be missing.
pub(crate) fn text(text: Option<impl Display>) -> String {
    text.map(|text| text.to_string()).unwrap_or_default()
}

/// Identifiers.
pub(crate) fn ids<I: Display>(ids: &[I]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

/// A recommendation with its response.
pub(crate) fn recommendation_key(key: RecommendationKey) -> v1::RecommendationKey {
    let RecommendationKey { response, recommendation } = key;
    v1::RecommendationKey { response_id: response.to_string(), recommendation_id: recommendation.to_string() }
}

/// A place.
pub(crate) fn place(place: &Place) -> v1::Place {
    let Place { site, directorate, team } = place;
    v1::Place {
        site: text(site.as_ref()),
        directorate: text(directorate.as_ref()),
        team: text(team.as_ref()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn on_the_day_counts_as_in_time_and_overdue_begins_the_day_after() {
        let due = Due::On(date(2026, 3, 10));
        let done = |day| {
            Some(Dated {
                value: (),
                on: date(2026, 3, day),
                event_id: EventId::parse(&"0".repeat(32)).unwrap(),
                recorded_under: candour_domain::calendar::RecordedUnder::default(),
            })
        };
        let as_of = date(2026, 3, 31);
        assert_eq!(judge(due, done(10), as_of), Verdict::InTime);
        assert_eq!(judge(due, done(11), as_of), Verdict::Late(1));
        assert_eq!(judge(due, None, date(2026, 3, 10)), Verdict::NotYetDue);
        assert_eq!(judge(due, None, as_of), Verdict::Overdue(21));
        assert_eq!(judge(Due::OutsideCalendar, done(1), as_of), Verdict::OutsideCalendar);
    }

    #[test]
    fn only_what_is_late_or_overdue_has_days() {
        assert_eq!(judged(Verdict::Late(2)), (v1::Verdict::Late, Some(2)));
        assert_eq!(judged(Verdict::Overdue(i64::MAX)), (v1::Verdict::Overdue, Some(i32::MAX)));
        for verdict in [Verdict::InTime, Verdict::NotYetDue, Verdict::LeftInTime, Verdict::OutsideCalendar] {
            assert_eq!(judged(verdict).1, None, "{verdict:?}");
        }
    }
}
