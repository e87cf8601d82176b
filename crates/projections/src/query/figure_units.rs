//! The units behind a figure: an index leads to the page, and the domain says each unit's line in words.
//!
//! Those placed by a day come first, by that day; after them those that are shown in every period, by the day on which that ends, as far as
//! is known. Within a day they come in the order in which they were first recorded.

use std::collections::HashMap;

use candour_domain::{
    measures::{Counted, Day, FigureNumber, FigureUnit, Line, Placing, Rules},
    text::PublicReference,
};
use candour_journal::Position;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::{
    MeasuresQuestion, Page, PageRequest, QueryError, by_folding,
    measures::{self, Asking, LineThen, Names},
    page::Cursor,
    units::Units,
};
use crate::{
    Snapshot,
    tally::{UnitKind, first_day, settle::ranks_of_unplaced},
};

/// Units whose words are kept at most; past it they are made again.
const KEPT_MAX: usize = 5_000;

/// A page of the units of one figure, named by its measure and variant. `None` where there is no such figure, or the cursor does not fit.
pub fn figure_units(
    snapshot: &Snapshot,
    question: &MeasuresQuestion,
    (id, variant): (&str, Option<&str>),
    request: PageRequest,
    rules: Rules<'_>,
) -> Result<Option<Page<FigureUnit>>, QueryError> {
    let figures = candour_domain::measures::Counting::new(rules).figures();
    let Some(number) = figures.iter().position(|figure| (figure.id, figure.variant) == (id, variant)) else {
        return Ok(None);
    };
    if !measures::is_covered(snapshot, question, rules) {
        let units = by_folding::measures(snapshot, question, rules)?.swap_remove(number).units;
        return Ok(Page::cut(units, request, question.known_at, |unit| unit.id));
    }
    let asking = Asking::new(snapshot, question, rules)?;
    let after = match request.after {
        None => None,
        Some(cursor) => match Place::of_cursor(cursor) {
            None => return Ok(None),
            place => place,
        },
    };
    let number = u8::try_from(number).unwrap_or(u8::MAX);
    let (rows, next) = page(&asking, &mut Wording::new(&asking), number, request.size, after)?;
    let known_at = question.known_at;
    Ok(Some(Page { rows, next: next.map(|place| place.cursor(known_at)), known_at }))
}

/// Where a line stands among those of its figure that are shown: the order of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    rank: i64,
    unit_no: i64,
    nth: i64,
}

impl Place {
    fn cursor(self, known_at: Position) -> Cursor {
        let id = Uuid::from_u64_pair(self.unit_no.cast_unsigned(), self.nth.cast_unsigned());
        Cursor { known_at, day: self.rank, id }
    }

    fn of_cursor(cursor: Cursor) -> Option<Self> {
        let (unit_no, nth) = cursor.id.as_u64_pair();
        Some(Self { rank: cursor.day, unit_no: i64::try_from(unit_no).ok()?, nth: i64::try_from(nth).ok()? })
    }
}

/// A line that is shown, without words.
struct Shown {
    place: Place,
    placing: Placing,
    counted: Counted,
}

/// So many units of a figure after a place, and where the next page begins.
pub(super) fn page(
    asking: &Asking<'_>,
    wording: &mut Wording<'_>,
    figure: u8,
    size: usize,
    after: Option<Place>,
) -> Result<(Vec<FigureUnit>, Option<Place>), QueryError> {
    let is_next = |line: &LineThen| {
        line.figure == figure
            && line.counted.outcome.is_some()
            && asking.shows(line.placing)
            && after.is_none_or(|after| after < place_of(line))
    };
    let mut then: Vec<&LineThen> = asking.then.iter().filter(|line| is_next(line)).collect();
    then.sort_by_key(|line| place_of(line));
    let mut then = then.into_iter().peekable();
    let mut units = Vec::new();
    let mut last = None;
    // One more than fits shows that there is a next page.
    let mut take = |shown: Shown, wording: &mut Wording<'_>| -> Result<bool, QueryError> {
        if units.len() == size {
            return Ok(false);
        }
        last = Some(shown.place);
        units.extend(wording.unit(FigureNumber(figure), &shown)?);
        Ok(true)
    };
    let shown_then = |line: &LineThen| Shown {
        place: place_of(line),
        placing: line.placing,
        counted: line.counted.clone(),
    };
    let mut is_full = false;
    now(asking, figure, after, &mut |shown| {
        while let Some(line) = then.next_if(|line| place_of(line) < shown.place) {
            if !take(shown_then(line), wording)? {
                is_full = true;
                return Ok(false);
            }
        }
        is_full = !take(shown, wording)?;
        Ok(!is_full)
    })?;
    while !is_full && let Some(line) = then.next() {
        is_full = !take(shown_then(line), wording)?;
    }
    Ok((units, last.filter(|_| is_full)))
}

fn place_of(line: &LineThen) -> Place {
    Place { rank: line.rank, unit_no: line.unit_no, nth: line.nth }
}

/// Runs through the lines of a figure as they are now, but for those of touched units, until `visit` has had enough.
fn now(
    asking: &Asking<'_>,
    figure: u8,
    after: Option<Place>,
    visit: &mut dyn FnMut(Shown) -> Result<bool, QueryError>,
) -> Result<(), QueryError> {
    let connection = asking.connection;
    let has_stock: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM counted WHERE figure = ?1 AND placing = 2)")?
        .query_row([figure], |row| row.get(0))?;
    let first = if has_stock { first_day() } else { asking.first };
    let mut names = Names::new(connection);
    let mut statement = connection.prepare_cached(
        "SELECT rank, unit_no, counted_no, nth, day, next_day, places FROM line \
         WHERE figure = ?1 AND (rank, unit_no) >= (?2, ?3) AND rank <= ?4 AND from_day <= ?5 AND to_day > ?5 \
         ORDER BY rank, unit_no, counted_no, nth, from_day",
    )?;
    for (from, to) in [(first, asking.last), ranks_of_unplaced(asking.as_of)] {
        let (from, unit_no) = after
            .filter(|after| from <= after.rank)
            .map_or((from, i64::MIN), |after| (after.rank, after.unit_no));
        let mut rows = statement.query(params![figure, from, unit_no, to, asking.as_of])?;
        while let Some(row) = rows.next()? {
            let place = Place { rank: row.get(0)?, unit_no: row.get(1)?, nth: row.get(3)? };
            if after.is_some_and(|after| place <= after)
                || !asking.selects(row.get(6)?)
                || asking.touched.contains(&place.unit_no)
            {
                continue;
            }
            let kept = names.get(row.get(2)?)?;
            let placing = kept.placing.with(row.get(4)?, row.get(5)?)?;
            if kept.counted.outcome.is_some()
                && asking.shows(placing)
                && !visit(Shown { place, placing, counted: kept.counted.clone() })?
            {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Says lines in words, and keeps what it loaded for the next figure.
pub(super) struct Wording<'a> {
    connection: &'a Connection,
    histories: Units<'a>,
    day: Day<'a>,
    said: HashMap<i64, Said>,
}

/// A unit's public reference, its id, and its lines in words.
struct Said {
    reference: PublicReference,
    id: Uuid,
    lines: Vec<Line>,
}

impl<'a> Wording<'a> {
    pub(super) fn new(asking: &Asking<'a>) -> Self {
        Self {
            connection: asking.connection,
            histories: Units::new(asking.connection, asking.question.known_at),
            day: Day { as_of: asking.question.as_of, rules: asking.rules, in_words: true },
            said: HashMap::new(),
        }
    }

    /// The unit that a line makes.
    fn unit(&mut self, figure: FigureNumber, shown: &Shown) -> Result<Option<FigureUnit>, QueryError> {
        let unit_no = shown.place.unit_no;
        if !self.said.contains_key(&unit_no) {
            if self.said.len() >= KEPT_MAX {
                self.said.clear();
            }
            let (kind, id): (i64, Uuid) = self
                .connection
                .prepare_cached("SELECT kind, id FROM unit WHERE unit_no = ?1")?
                .query_row([unit_no], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let Some(unit) = self.histories.load(UnitKind::from_code(kind)?, id)? else {
                return Err(not_in_step(unit_no));
            };
            let (reference, id) = unit.names();
            let said = Said { reference: reference.clone(), id, lines: unit.as_unit().lines(self.day) };
            self.said.insert(unit_no, said);
        }
        let Said { reference, id, lines } = self.said.get(&unit_no).ok_or_else(|| not_in_step(unit_no))?;
        let alike = lines.iter().filter(|line| {
            line.figure == figure && line.placing == shown.placing && line.counted == shown.counted
        });
        let nth = usize::try_from(shown.place.nth).unwrap_or(usize::MAX);
        let line = alike.into_iter().nth(nth).ok_or_else(|| not_in_step(unit_no))?;
        Ok(FigureUnit::of(reference, *id, line.clone()))
    }
}

fn not_in_step(unit_no: i64) -> QueryError {
    QueryError::Undecodable(format!("a line of unit {unit_no} that its history does not make"))
}
