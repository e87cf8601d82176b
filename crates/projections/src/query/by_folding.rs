//! The measures in the slow way: every unit that is known is folded and counted. What the quick way must equal; it serves where sums were
//! made with other rules, or do not cover the question.

use candour_domain::measures::{self, Figure, Rules, Standings};

use super::{
    MeasuresQuestion, QueryError,
    lists::{self, Restriction},
    units::Units,
};
use crate::Snapshot;

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
