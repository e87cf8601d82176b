//! The measures: every unit that is known, counted by the domain for a period and an as-of date.

use candour_domain::measures::{self, Figure, Period, Rules, Standings};
use candour_journal::Position;
use jiff::civil::Date;

use super::{
    PlaceFilter, QueryError,
    lists::{self, Restriction},
    units::Units,
};
use crate::Snapshot;

/// Every figure, from one snapshot, as known at a position.
pub fn measures(
    snapshot: &Snapshot,
    place: &PlaceFilter,
    period: Period,
    as_of: Date,
    known_at: Position,
    rules: Rules<'_>,
) -> Result<Vec<Figure>, QueryError> {
    Ok(standings(snapshot, place, as_of, known_at, rules)?.figures(period, as_of, rules))
}

/// Where everything stands at the end of a day, as known at a position.
pub fn standings(
    snapshot: &Snapshot,
    place: &PlaceFilter,
    as_of: Date,
    known_at: Position,
    rules: Rules<'_>,
) -> Result<Standings, QueryError> {
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
