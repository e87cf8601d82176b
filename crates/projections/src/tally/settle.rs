//! Brings lines and sums in step with what is known of a unit.

use std::collections::HashMap;

use candour_domain::measures::{Rules, over_time};
use candour_journal::Position;
use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;

use super::{
    FOREVER, Kept, PlacingKind, UnitKind,
    cell::{self, Changes},
    first_day,
    places::{self, Places},
    work,
};
use crate::{
    projection,
    query::{Loaded, QueryError, Units},
};

/// Units whose histories are kept at a time.
const UNITS_AT_A_TIME: usize = 2_000;
/// Sums that are gathered before they are written. The more, the more of them fall together; each takes some hundred bytes.
const CHANGES_AT_A_TIME: usize = 100_000;

/// What orders the lines of a figure: those that are placed by their day, after them those that are shown in every period, by the day they began.
/// Not by the day they end, which later events move: the order of an earlier day's units must stay.
const RANK_OF_UNPLACED: i64 = 100_000_000;

/// The first and the last rank that a line which is shown in every period can have on a day.
pub(crate) fn ranks_of_unplaced(as_of: i64) -> (i64, i64) {
    (RANK_OF_UNPLACED + first_day(), RANK_OF_UNPLACED + as_of)
}

/// A line as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeptLine {
    pub(crate) figure: i64,
    pub(crate) rank: i64,
    pub(crate) counted_no: i64,
    pub(crate) nth: i64,
    pub(crate) from_day: i64,
    pub(crate) to_day: i64,
    pub(crate) day: i64,
    pub(crate) next_day: i64,
    pub(crate) places: i64,
}

/// Where a line stands among those of its figure.
pub(crate) fn rank(placing: PlacingKind, day: i64, began: i64) -> i64 {
    if placing.is_placed() { day } else { RANK_OF_UNPLACED + began }
}

/// Settles units as known at a position.
pub(crate) struct Settling<'a> {
    connection: &'a Connection,
    known_at: Position,
    rules: Rules<'a>,
    kept: HashMap<Kept, i64>,
    placings: HashMap<i64, PlacingKind>,
    sets: HashMap<Places, i64>,
    scopes: HashMap<i64, Vec<i64>>,
    changes: Changes,
}

impl<'a> Settling<'a> {
    pub(crate) fn new(connection: &'a Connection, known_at: Position, rules: Rules<'a>) -> Self {
        Self {
            connection,
            known_at,
            rules,
            kept: HashMap::new(),
            placings: HashMap::new(),
            sets: HashMap::new(),
            scopes: HashMap::new(),
            changes: Changes::default(),
        }
    }

    /// Settles these units, in this order.
    pub(crate) fn run(mut self, units: &[i64]) -> Result<(), QueryError> {
        for some in units.chunks(UNITS_AT_A_TIME) {
            let mut histories = Units::new(self.connection, self.known_at);
            for unit in some {
                self.unit(*unit, &mut histories)?;
            }
            if self.changes.len() > CHANGES_AT_A_TIME {
                self.write()?;
            }
        }
        self.write()
    }

    fn write(&mut self) -> Result<(), QueryError> {
        cell::apply(self.connection, &std::mem::take(&mut self.changes), &self.scopes)?;
        Ok(())
    }

    fn unit(&mut self, unit: i64, histories: &mut Units<'_>) -> Result<(), QueryError> {
        let found: Option<(i64, Uuid)> = self
            .connection
            .prepare_cached("SELECT kind, id FROM unit WHERE unit_no = ?1")?
            .query_row([unit], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((kind, id)) = found else { return Ok(()) };
        let kind = UnitKind::from_code(kind)?;
        let (wanted, to_do) = match histories.load(kind, id)? {
            Some(loaded) => {
                let places = self.places(kind, id)?;
                (self.lines(&loaded, &places)?, work::of_unit(&loaded, &places, self.rules))
            }
            None => (Vec::new(), Vec::new()),
        };
        work::keep(self.connection, unit, &to_do)?;
        let current = self.current(unit)?;
        for gone in current.iter().filter(|line| wanted.binary_search(line).is_err()) {
            self.connection
                .prepare_cached(
                    "DELETE FROM line WHERE figure = ?1 AND rank = ?2 AND unit_no = ?3 AND counted_no = ?4 AND nth = ?5 AND from_day = ?6",
                )?
                .execute(params![gone.figure, gone.rank, unit, gone.counted_no, gone.nth, gone.from_day])?;
            self.change(gone, -1)?;
        }
        for new in wanted.iter().filter(|line| current.binary_search(line).is_err()) {
            self.connection
                .prepare_cached(
                    "INSERT INTO line (figure, rank, unit_no, counted_no, nth, from_day, to_day, day, next_day, places) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                )?
                .execute(params![
                    new.figure,
                    new.rank,
                    unit,
                    new.counted_no,
                    new.nth,
                    new.from_day,
                    new.to_day,
                    new.day,
                    new.next_day,
                    new.places
                ])?;
            self.change(new, 1)?;
        }
        Ok(())
    }

    /// The place sets of a unit, from which day to which, with their numbers.
    fn places(&mut self, kind: UnitKind, id: Uuid) -> Result<Vec<(i64, i64, Places, i64)>, QueryError> {
        let mut places = Vec::new();
        for (from, to, set) in places::of_unit(self.connection, kind, id, self.known_at)? {
            let number = self.set(&set)?;
            places.push((from, to, set, number));
        }
        Ok(places)
    }

    /// The lines of a unit, in order.
    fn lines(
        &mut self,
        unit: &Loaded,
        places: &[(i64, i64, Places, i64)],
    ) -> Result<Vec<KeptLine>, QueryError> {
        let stretches = over_time(unit.as_unit(), self.rules);
        let mut lines = Vec::with_capacity(stretches.len());
        for stretch in stretches {
            let (placing, day, next_day) = PlacingKind::of(stretch.placing);
            let figure = i64::from(stretch.figure.0);
            let nth = i64::from(stretch.nth);
            let counted_no =
                self.number(Kept { figure: stretch.figure, placing, counted: stretch.counted })?;
            let (from, to) = (projection::days(stretch.from), stretch.to.map_or(FOREVER, projection::days));
            for (here_from, here_to, _, set) in places {
                let (from_day, to_day) = (from.max(*here_from), to.min(*here_to));
                if from_day < to_day {
                    let (rank, places) = (rank(placing, day, from), *set);
                    lines.push(KeptLine {
                        figure,
                        rank,
                        counted_no,
                        nth,
                        from_day,
                        to_day,
                        day,
                        next_day,
                        places,
                    });
                }
            }
        }
        lines.sort_unstable();
        Ok(lines)
    }

    fn current(&self, unit: i64) -> Result<Vec<KeptLine>, rusqlite::Error> {
        let mut lines: Vec<KeptLine> = self
            .connection
            .prepare_cached(
                "SELECT figure, rank, counted_no, nth, from_day, to_day, day, next_day, places FROM line WHERE unit_no = ?1",
            )?
            .query_map([unit], |row| {
                Ok(KeptLine {
                    figure: row.get(0)?,
                    rank: row.get(1)?,
                    counted_no: row.get(2)?,
                    nth: row.get(3)?,
                    from_day: row.get(4)?,
                    to_day: row.get(5)?,
                    day: row.get(6)?,
                    next_day: row.get(7)?,
                    places: row.get(8)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        lines.sort_unstable();
        Ok(lines)
    }

    /// Adds or takes away what a line is in.
    fn change(&mut self, line: &KeptLine, sign: i64) -> Result<(), QueryError> {
        let placing = if let Some(placing) = self.placings.get(&line.counted_no) {
            *placing
        } else {
            let kept = self
                .connection
                .prepare_cached(
                    "SELECT figure, placing, outcome, counted_as, statistic FROM counted WHERE counted_no = ?1",
                )?
                .query_row([line.counted_no], |row| Ok(Kept::read(row, 0)))??;
            self.placings.insert(line.counted_no, kept.placing);
            kept.placing
        };
        if !self.scopes.contains_key(&line.places) {
            let places = places::read_set(self.connection, line.places)?;
            let scopes = places::scopes(self.connection, &places, line.places)?;
            self.scopes.insert(line.places, scopes);
        }
        for (cell, lines) in cell::cells(placing, line.day, line.from_day, line.to_day) {
            self.changes.add(line.places, cell, line.counted_no, sign * lines);
        }
        Ok(())
    }

    fn number(&mut self, kept: Kept) -> Result<i64, rusqlite::Error> {
        if let Some(number) = self.kept.get(&kept) {
            return Ok(*number);
        }
        let number = kept.number(self.connection)?;
        self.placings.insert(number, kept.placing);
        self.kept.insert(kept, number);
        Ok(number)
    }

    fn set(&mut self, places: &Places) -> Result<i64, rusqlite::Error> {
        if let Some(number) = self.sets.get(places) {
            return Ok(*number);
        }
        let number = places::set_number(self.connection, places)?;
        self.scopes.insert(number, places::scopes(self.connection, places, number)?);
        self.sets.insert(places.clone(), number);
        Ok(number)
    }
}

/// Settles every unit: the end of a fold that left them unsettled. All in one transaction.
pub(crate) fn everything(
    connection: &Connection,
    known_at: Position,
    rules: Rules<'_>,
) -> Result<(), QueryError> {
    let transaction = connection.unchecked_transaction()?;
    let units: Vec<i64> = transaction
        .prepare("SELECT unit_no FROM unit ORDER BY unit_no")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Settling::new(&transaction, known_at, rules).run(&units)?;
    transaction.commit()?;
    Ok(())
}
