//! The measures: sums kept of the lines of every unit, added up for a question (see [`crate::tally`]).

use std::collections::{BTreeSet, HashMap};

use candour_domain::measures::{Counted, Counting, Figure, Period, Placing, Rules, over_time};
use candour_journal::Position;
use jiff::civil::Date;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::{PlaceFilter, QueryError, by_folding, figure_units, units::Units};
use crate::{
    Snapshot, projection,
    tally::{
        Kept, PlacingKind, UnitKind,
        cell::{self, Sums},
        first_day,
        places::{self, Selection},
        settle::{rank, ranks_of_unplaced},
    },
};

/// What the measures are asked for.
#[derive(Clone, Debug)]
pub struct MeasuresQuestion {
    /// Where.
    pub place: PlaceFilter,
    /// The period.
    pub period: Period,
    /// The end of this day.
    pub as_of: Date,
    /// As known at this position.
    pub known_at: Position,
}

/// Every figure, from one snapshot, each with at most so many of its units; the numbers always cover all.
pub fn measures(
    snapshot: &Snapshot,
    question: &MeasuresQuestion,
    units_wanted: usize,
    rules: Rules<'_>,
) -> Result<Vec<Figure>, QueryError> {
    if !is_covered(snapshot, question, rules) {
        let mut figures = by_folding::measures(snapshot, question, rules)?;
        for figure in &mut figures {
            figure.units.truncate(units_wanted);
        }
        return Ok(figures);
    }
    let asking = Asking::new(snapshot, question, rules)?;
    let mut figures = asking.figures()?;
    if units_wanted > 0 {
        let mut wording = figure_units::Wording::new(&asking);
        for (number, figure) in (0..).zip(&mut figures).filter(|(_, figure)| figure.units_total > 0) {
            figure.units = figure_units::page(&asking, &mut wording, number, units_wanted, None)?.0;
        }
    }
    Ok(figures)
}

/// Whether the sums in the file answer the question: they were made with the same rules, and the period ends by the as-of date.
pub(super) fn is_covered(snapshot: &Snapshot, question: &MeasuresQuestion, rules: Rules<'_>) -> bool {
    let kept = snapshot.grounds();
    let Period { from, until } = question.period;
    kept.calendar.version() == rules.calendar.version()
        && kept.policy == *rules.policy
        && from.is_none_or(|from| from <= question.as_of)
        && until.is_none_or(|until| until <= question.as_of)
}

/// A question with what it selects.
pub(super) struct Asking<'a> {
    pub(super) connection: &'a Connection,
    pub(super) question: &'a MeasuresQuestion,
    pub(super) rules: Rules<'a>,
    pub(super) selection: Selection,
    /// The as-of day, in days since 1970-01-01.
    pub(super) as_of: i64,
    /// The first and the last placing day, in days since 1970-01-01.
    pub(super) first: i64,
    pub(super) last: i64,
    /// The units touched since the position asked for.
    pub(super) touched: BTreeSet<i64>,
    /// The lines on the as-of day that those had as known then.
    pub(super) then: Vec<LineThen>,
}

/// A line as known at an earlier position.
#[derive(Clone, Debug)]
pub(super) struct LineThen {
    pub(super) figure: u8,
    pub(super) rank: i64,
    pub(super) unit_no: i64,
    pub(super) nth: i64,
    pub(super) placing: Placing,
    pub(super) counted: Counted,
}

impl<'a> Asking<'a> {
    pub(super) fn new(
        snapshot: &'a Snapshot,
        question: &'a MeasuresQuestion,
        rules: Rules<'a>,
    ) -> Result<Self, QueryError> {
        let connection = snapshot.connection()?;
        let as_of = projection::days(question.as_of);
        let mut asking = Self {
            connection,
            question,
            rules,
            selection: places::select(connection, &question.place)?,
            as_of,
            first: question.period.from.map_or_else(first_day, projection::days),
            last: question.period.until.map_or(as_of, projection::days),
            touched: BTreeSet::new(),
            then: Vec::new(),
        };
        if question.known_at < snapshot.progress().position {
            asking.look_back()?;
        }
        Ok(asking)
    }

    /// Finds the units touched after the position asked for, and counts them anew as known then.
    fn look_back(&mut self) -> Result<(), QueryError> {
        let known_at = self.question.known_at;
        let mut histories = Units::new(self.connection, known_at);
        let mut statement = self
            .connection
            .prepare_cached("SELECT unit_no, kind, id FROM unit WHERE touched > ?1 ORDER BY unit_no")?;
        let mut rows = statement.query([known_at.raw().cast_signed()])?;
        while let Some(row) = rows.next()? {
            let (unit_no, kind, id): (i64, i64, Uuid) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let kind = UnitKind::from_code(kind)?;
            self.touched.insert(unit_no);
            let Some(unit) = histories.load(kind, id)? else { continue };
            let is_here = places::of_unit(self.connection, kind, id, known_at)?
                .iter()
                .find(|(from, to, _)| *from <= self.as_of && self.as_of < *to)
                .is_some_and(|(_, _, set)| places::matches(set, &self.question.place));
            if !is_here {
                continue;
            }
            for stretch in over_time(unit.as_unit(), self.rules) {
                let as_of = self.question.as_of;
                if stretch.from <= as_of && stretch.to.is_none_or(|to| as_of < to) {
                    let (kind, day, _) = PlacingKind::of(stretch.placing);
                    self.then.push(LineThen {
                        figure: stretch.figure.0,
                        rank: rank(kind, day, projection::days(stretch.from)),
                        unit_no,
                        nth: stretch.nth.into(),
                        placing: stretch.placing,
                        counted: stretch.counted,
                    });
                }
            }
        }
        Ok(())
    }

    /// Whether lines of a place set are asked for.
    pub(super) fn selects(&self, set: i64) -> bool {
        self.selection.sets.as_ref().is_none_or(|sets| sets.contains(&set))
    }

    /// Whether a line with this placing is shown.
    pub(super) fn shows(&self, placing: Placing) -> bool {
        placing.is_in(self.question.period, self.question.as_of)
    }

    fn figures(&self) -> Result<Vec<Figure>, QueryError> {
        let mut sums = Sums::new();
        for scope in &self.selection.scopes {
            cell::add_up(self.connection, *scope, (self.first, self.last), self.as_of, &mut sums)?;
        }
        let mut names = Names::new(self.connection);
        self.take_out_touched(&mut names, &mut sums)?;
        self.add_past_periods(&mut names, &mut sums)?;
        let mut counting = Counting::new(self.rules);
        for (counted_no, lines) in sums.into_iter().filter(|(_, lines)| *lines != 0) {
            let kept = names.get(counted_no)?;
            let lines = u64::try_from(lines)
                .map_err(|_| QueryError::Undecodable(format!("a sum of {lines} lines")))?;
            // The period ends by the as-of date, so that these two do not depend on the day the line has.
            let is_shown = match kept.placing {
                PlacingKind::Ahead => self.question.period.until.is_none(),
                PlacingKind::NotAhead => self.question.period.until.is_some(),
                _ => true,
            };
            if is_shown {
                counting.count(kept.figure, &kept.counted, lines);
            }
        }
        for line in self.then.iter().filter(|line| self.shows(line.placing)) {
            counting.count(candour_domain::measures::FigureNumber(line.figure), &line.counted, 1);
        }
        Ok(counting.figures())
    }

    /// Takes the lines that the touched units have now out of the sums.
    fn take_out_touched(&self, names: &mut Names<'_>, sums: &mut Sums) -> Result<(), QueryError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT counted_no, day, next_day, places FROM line WHERE unit_no = ?1 AND from_day <= ?2 AND to_day > ?2",
        )?;
        for unit_no in &self.touched {
            let mut rows = statement.query(params![unit_no, self.as_of])?;
            while let Some(row) = rows.next()? {
                let counted_no = row.get(0)?;
                let placing = names.get(counted_no)?.placing;
                let is_summed = match placing {
                    PlacingKind::Always | PlacingKind::Ahead | PlacingKind::NotAhead => true,
                    PlacingKind::On | PlacingKind::Since => {
                        self.shows(placing.with(row.get(1)?, row.get(2)?)?)
                    }
                    PlacingKind::OnBefore | PlacingKind::Before => false,
                };
                if is_summed && self.selects(row.get(3)?) {
                    *sums.entry(counted_no).or_default() -= 1;
                }
            }
        }
        Ok(())
    }

    /// Adds the lines that only periods show which ended before the as-of date: they are in no sums.
    fn add_past_periods(&self, names: &mut Names<'_>, sums: &mut Sums) -> Result<(), QueryError> {
        if self.last == self.as_of {
            return Ok(());
        }
        let figures: Vec<i64> = self
            .connection
            .prepare_cached("SELECT DISTINCT figure FROM counted WHERE placing IN (3, 4) ORDER BY figure")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut statement = self.connection.prepare_cached(
            "SELECT counted_no, day, next_day, places, unit_no FROM line WHERE figure = ?1 AND rank BETWEEN ?2 AND ?3 \
             AND from_day <= ?4 AND to_day > ?4",
        )?;
        let ranges = [(self.first, self.last), ranks_of_unplaced(self.as_of)];
        for (figure, (from, to)) in figures.into_iter().flat_map(|figure| ranges.map(|range| (figure, range)))
        {
            let mut rows = statement.query(params![figure, from, to, self.as_of])?;
            while let Some(row) = rows.next()? {
                let counted_no = row.get(0)?;
                let placing = names.get(counted_no)?.placing;
                if matches!(placing, PlacingKind::OnBefore | PlacingKind::Before)
                    && self.selects(row.get(3)?)
                    && !self.touched.contains(&row.get(4)?)
                    && self.shows(placing.with(row.get(1)?, row.get(2)?)?)
                {
                    *sums.entry(counted_no).or_default() += 1;
                }
            }
        }
        Ok(())
    }
}

/// What is counted, by its number in the file.
pub(super) struct Names<'a> {
    connection: &'a Connection,
    known: HashMap<i64, Kept>,
}

impl<'a> Names<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { connection, known: HashMap::new() }
    }

    pub(super) fn get(&mut self, counted_no: i64) -> Result<&Kept, QueryError> {
        if !self.known.contains_key(&counted_no) {
            let kept = self
                .connection
                .prepare_cached(
                    "SELECT figure, placing, outcome, counted_as, statistic FROM counted WHERE counted_no = ?1",
                )?
                .query_row([counted_no], |row| Ok(Kept::read(row, 0)))??;
            self.known.insert(counted_no, kept);
        }
        self.known
            .get(&counted_no)
            .ok_or_else(|| QueryError::Undecodable(format!("what is counted under {counted_no}")))
    }
}
