//! The measures in the slow way: every unit that is known is folded and counted. What the quick way must equal; it serves where sums were
//! made with other rules, or do not cover the question.

use std::collections::BTreeSet;

use candour_domain::measures::{self, Day, Figure, Rules, Standings};
use candour_journal::Position;
use jiff::civil::Date;
use uuid::Uuid;

use super::{
    MeasuresQuestion, QueryError, WorkFilter, WorkRow,
    lists::{self, Restriction, Source},
    units::Units,
    worklist as from_rows,
};
use crate::{
    Snapshot,
    tally::{UnitKind, places},
};

/// Every figure with all its units, from one snapshot.
pub fn measures(
    snapshot: &Snapshot,
    question: &MeasuresQuestion,
    rules: Rules<'_>,
) -> Result<Vec<Figure>, QueryError> {
    let MeasuresQuestion { period, as_of, .. } = question;
    Ok(standings(snapshot, question, rules)?.figures(*period, *as_of, rules))
}

/// Where everything stands at the end of a day, as known at a position.
fn standings(
    snapshot: &Snapshot,
    question: &MeasuresQuestion,
    rules: Rules<'_>,
) -> Result<Standings, QueryError> {
    let MeasuresQuestion { place, as_of, known_at, .. } = question;
    let (as_of, known_at) = (*as_of, *known_at);
    let here = Restriction::of_place(place, as_of);
    let mut units = Units::new(snapshot.connection()?, known_at);
    let mut standings = Standings::default();
    lists::run_through(snapshot, &lists::RECOMMENDATIONS, &here, known_at, None, &mut |_day, id, row| {
        if let Some(unit) = units.recommendation(id, row.get(2)?)? {
            standings.recommendations.extend(measures::recommendations::standing(&unit, as_of, rules));
        }
        Ok(true)
    })?;
    lists::run_through(snapshot, &lists::ACTIONS, &here, known_at, None, &mut |_day, id, _row| {
        if let Some(unit) = units.action(id)? {
            for recommendation in units.recommendations_over(&unit)? {
                let standing = measures::recommendations::standing(&recommendation, as_of, rules);
                standings.elsewhere.extend(standing);
            }
            standings.actions.extend(measures::actions::standing(&unit, as_of, rules));
        }
        Ok(true)
    })?;
    lists::run_through(snapshot, &lists::REPORTERS, &here, known_at, None, &mut |_day, id, row| {
        let unit = units.feedback(id, lists::reference(row, 2)?)?;
        standings.reporters.extend(measures::reporters::standing(&unit, as_of, rules));
        Ok(true)
    })?;
    lists::run_through(snapshot, &lists::CASES, &here, known_at, None, &mut |_day, id, row| {
        let unit = units.candour_case(id, row.get(2)?, row.get(3)?, lists::reference(row, 4)?)?;
        standings.cases.extend(measures::candour::standing(&unit, as_of, rules));
        Ok(true)
    })?;
    Ok(standings)
}

/// What the worklist holds at the end of a day, as known at a position, in no order.
pub fn worklist(
    snapshot: &Snapshot,
    filter: &WorkFilter,
    as_of: Date,
    known_at: Position,
    rules: Rules<'_>,
) -> Result<Vec<WorkRow>, QueryError> {
    let connection = snapshot.connection()?;
    let here = Restriction::of_place(&filter.place, as_of);
    let day = Day { as_of, rules, in_words: true };
    let mut units = Units::new(connection, known_at);
    let mut found = Vec::new();
    let sources: [(&Source, UnitKind); 4] = [
        (&lists::RECOMMENDATIONS, UnitKind::Recommendation),
        (&lists::ACTIONS, UnitKind::Action),
        (&lists::REPORTERS, UnitKind::Reporter),
        (&lists::CASES, UnitKind::Case),
    ];
    for (source, kind) in sources {
        lists::run_through(snapshot, source, &here, known_at, None, &mut |_day, id: Uuid, _row| {
            let Some(unit) = units.load(kind, id)? else { return Ok(true) };
            let now = crate::projection::days(as_of);
            let places = places::of_unit(connection, kind, id, known_at)?;
            let teams: BTreeSet<&String> = places
                .iter()
                .filter(|(from, to, _)| *from <= now && now < *to)
                .flat_map(|(_, _, set)| set.iter().filter_map(|[_, _, team]| team.as_ref()))
                .collect();
            let only = teams.first().filter(|_| teams.len() == 1).map(|team| (*team).clone());
            for item in unit.as_unit().work(day) {
                let team = item.owner_team.as_ref().map(ToString::to_string).or_else(|| only.clone());
                let wanted = (filter.kinds.is_empty() || filter.kinds.contains(&item.kind))
                    && filter.role.as_ref().is_none_or(|role| item.owner_role.as_ref() == Some(role))
                    && filter.team.as_ref().is_none_or(|wanted| team.as_deref() == Some(wanted.as_str()))
                    && filter.due_before.is_none_or(|day| item.due_on().is_some_and(|due| due < day))
                    && (!filter.overdue_only || item.days_overdue(as_of).is_some())
                    && (!filter.unowned_only || item.unowned)
                    && (!filter.stalled_only || item.stalled_from.is_some_and(|day| day <= as_of));
                if wanted {
                    found.push(from_rows::row(&unit, team, item));
                }
            }
            Ok(true)
        })?;
    }
    Ok(found)
}
