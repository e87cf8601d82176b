//! The sums that a line takes part in, and the sums that a question adds up.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{CachedStatement, Connection, OptionalExtension as _, params};

use super::{FOREVER, PlacingKind};

/// Days in a block. Half of a block at each edge of a question and the number of blocks between them are about equal for ten years.
pub(crate) const BLOCK_DAYS: i64 = 64;

/// What a sum is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum CellKind {
    /// Lines placed by the day x.
    Placed,
    /// Lines placed by a day of the block x.
    PlacedBlock,
    /// Lines shown in every period that ends on the day x or later.
    Since,
    /// Lines shown in every period that ends on a day of the block x or later.
    SinceBlock,
    /// Lines shown in every period, as they begin and end on the as-of day x.
    Standing,
    /// Lines shown in every period, as they begin and end in the block x.
    StandingBlock,
    /// What the sum of the placing day z, in the block x, lacks before the as-of day y.
    PlacedException,
    /// The same for [`CellKind::Since`].
    SinceException,
}

impl CellKind {
    const fn code(self) -> i64 {
        self as i64
    }
}

/// Which sum: its kind and its days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Cell {
    pub(crate) kind: CellKind,
    pub(crate) x: i64,
    pub(crate) y: i64,
    pub(crate) z: i64,
}

impl Cell {
    const fn of(kind: CellKind, x: i64) -> Self {
        Self { kind, x, y: 0, z: 0 }
    }
}

/// The sums that a line is in, and what it adds to each. None for a line that is shown only in periods that ended before the as-of date: those
/// are counted one by one.
pub(crate) fn cells(placing: PlacingKind, day: i64, from: i64, to: i64) -> Vec<(Cell, i64)> {
    let block = |day: i64| day.div_euclid(BLOCK_DAYS);
    let mut cells = Vec::with_capacity(4);
    let (by_day, by_block, exception) = match placing {
        PlacingKind::On => (CellKind::Placed, CellKind::PlacedBlock, CellKind::PlacedException),
        PlacingKind::Since => (CellKind::Since, CellKind::SinceBlock, CellKind::SinceException),
        PlacingKind::Always | PlacingKind::Ahead | PlacingKind::NotAhead => {
            for (at, lines) in [(from, 1), (to, -1)].into_iter().filter(|(at, _)| *at < FOREVER) {
                cells.push((Cell::of(CellKind::Standing, at), lines));
                cells.push((Cell::of(CellKind::StandingBlock, block(at)), lines));
            }
            return cells;
        }
        PlacingKind::OnBefore | PlacingKind::Before => return cells,
    };
    // No period that is asked about ends after the as-of date, so a line counts from its placing day on at the earliest.
    if to <= day {
        return cells;
    }
    let mut except = |before: i64, lines: i64| {
        cells.push((Cell { kind: exception, x: block(day), y: before, z: day }, lines));
    };
    if from > day {
        except(from, -1);
    }
    if to < FOREVER {
        except(to, 1);
    } else {
        cells.push((Cell::of(by_day, day), 1));
        cells.push((Cell::of(by_block, block(day)), 1));
    }
    cells
}

/// How many lines of each kind that is counted apart.
pub(crate) type Sums = HashMap<i64, i64>;

/// Adds up the sums of one scope for a question: placing days from `first` to `last`, at the end of the day `as_of`. `last` is no later than that.
pub(crate) fn add_up(
    connection: &Connection,
    scope: i64,
    (first, last): (i64, i64),
    as_of: i64,
    sums: &mut Sums,
) -> Result<(), rusqlite::Error> {
    let mut adding = Adding { connection, scope, sums };
    adding.range(CellKind::Placed, CellKind::PlacedBlock, first, last)?;
    adding.exceptions(CellKind::PlacedException, first, last, as_of)?;
    let beginning = super::first_day();
    adding.range(CellKind::Since, CellKind::SinceBlock, beginning, last)?;
    adding.exceptions(CellKind::SinceException, beginning, last, as_of)?;
    adding.range(CellKind::Standing, CellKind::StandingBlock, beginning, as_of)
}

struct Adding<'a> {
    connection: &'a Connection,
    scope: i64,
    sums: &'a mut Sums,
}

impl Adding<'_> {
    /// Whole blocks, and the days before and after them.
    fn range(
        &mut self,
        days: CellKind,
        blocks: CellKind,
        first: i64,
        last: i64,
    ) -> Result<(), rusqlite::Error> {
        // The first block that begins on or after the first day, and the first that ends after the last.
        let whole_from = -(-first).div_euclid(BLOCK_DAYS);
        let whole_to = (last + 1).div_euclid(BLOCK_DAYS);
        if whole_from >= whole_to {
            return self.between(days, first, last);
        }
        self.between(days, first, whole_from * BLOCK_DAYS - 1)?;
        self.between(blocks, whole_from, whole_to - 1)?;
        self.between(days, whole_to * BLOCK_DAYS, last)
    }

    fn between(&mut self, kind: CellKind, first: i64, last: i64) -> Result<(), rusqlite::Error> {
        if first > last {
            return Ok(());
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT counted_no, lines FROM tally WHERE scope_no = ?1 AND kind = ?2 AND x BETWEEN ?3 AND ?4",
        )?;
        let mut rows = statement.query(params![self.scope, kind.code(), first, last])?;
        while let Some(row) = rows.next()? {
            *self.sums.entry(row.get(0)?).or_default() += row.get::<_, i64>(1)?;
        }
        Ok(())
    }

    /// What the sums of the placing days lack on the as-of day, block by block: within one, what is over by then is skipped.
    fn exceptions(
        &mut self,
        kind: CellKind,
        first: i64,
        last: i64,
        as_of: i64,
    ) -> Result<(), rusqlite::Error> {
        let mut next_block = self.connection.prepare_cached(
            "SELECT x FROM tally WHERE scope_no = ?1 AND kind = ?2 AND x >= ?3 ORDER BY x LIMIT 1",
        )?;
        let mut statement = self.connection.prepare_cached(
            "SELECT z, counted_no, lines FROM tally WHERE scope_no = ?1 AND kind = ?2 AND x = ?3 AND y > ?4",
        )?;
        let mut block = first.div_euclid(BLOCK_DAYS);
        loop {
            let mut found = next_block.query(params![self.scope, kind.code(), block])?;
            let Some(row) = found.next()? else { return Ok(()) };
            block = row.get(0)?;
            if block > last.div_euclid(BLOCK_DAYS) {
                return Ok(());
            }
            drop(found);
            let mut rows = statement.query(params![self.scope, kind.code(), block, as_of])?;
            while let Some(row) = rows.next()? {
                if (first..=last).contains(&row.get(0)?) {
                    *self.sums.entry(row.get(1)?).or_default() += row.get::<_, i64>(2)?;
                }
            }
            block += 1;
        }
    }
}

/// Sums to be changed, gathered over many units: by place set, cell and what is counted.
#[derive(Default)]
pub(crate) struct Changes {
    by_set: HashMap<(i64, Cell, i64), i64>,
}

impl Changes {
    pub(crate) fn add(&mut self, set: i64, cell: Cell, counted: i64, lines: i64) {
        *self.by_set.entry((set, cell, counted)).or_default() += lines;
    }

    /// How many sums are to be changed, in each of the scopes that they stand in.
    pub(crate) fn len(&self) -> usize {
        self.by_set.len()
    }
}

/// Changes the sums of the scopes that each place set stands under.
pub(crate) fn apply(
    connection: &Connection,
    changes: &Changes,
    scopes: &HashMap<i64, Vec<i64>>,
) -> Result<(), rusqlite::Error> {
    let mut sums = Writing::new(connection)?;
    // A scope at a time, so that little is held, and in the order of the table, so that neighbours are changed together.
    let mut by_scope: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (set, scopes) in scopes {
        for scope in scopes {
            by_scope.entry(*scope).or_default().push(*set);
        }
    }
    let mut by_set: BTreeMap<i64, Vec<(Cell, i64, i64)>> = BTreeMap::new();
    for ((set, cell, counted), lines) in &changes.by_set {
        by_set.entry(*set).or_default().push((*cell, *counted, *lines));
    }
    for (scope, sets) in by_scope {
        let mut changed: Vec<(Cell, i64, i64)> =
            sets.iter().filter_map(|set| by_set.get(set)).flatten().copied().collect();
        changed.sort_unstable();
        for one in changed.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
            let lines: i64 = one.iter().map(|(_, _, lines)| lines).sum();
            if let (Some((cell, counted, _)), true) = (one.first(), lines != 0) {
                sums.change(scope, *cell, *counted, lines)?;
            }
        }
    }
    Ok(())
}

struct Writing<'a> {
    read: CachedStatement<'a>,
    insert: CachedStatement<'a>,
    update: CachedStatement<'a>,
    remove: CachedStatement<'a>,
}

impl<'a> Writing<'a> {
    fn new(connection: &'a Connection) -> Result<Self, rusqlite::Error> {
        const WHERE: &str =
            "WHERE scope_no = ?1 AND kind = ?2 AND x = ?3 AND y = ?4 AND z = ?5 AND counted_no = ?6";
        Ok(Self {
            read: connection.prepare_cached(&format!("SELECT lines FROM tally {WHERE}"))?,
            insert: connection.prepare_cached(
                "INSERT INTO tally (scope_no, kind, x, y, z, counted_no, lines) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?,
            update: connection.prepare_cached(&format!("UPDATE tally SET lines = ?7 {WHERE}"))?,
            remove: connection.prepare_cached(&format!("DELETE FROM tally {WHERE}"))?,
        })
    }

    /// A sum of nothing is no row, so that the rows do not tell in which order things were folded.
    fn change(&mut self, scope: i64, cell: Cell, counted: i64, lines: i64) -> Result<(), rusqlite::Error> {
        let Cell { kind, x, y, z } = cell;
        let key = params![scope, kind.code(), x, y, z, counted];
        let before: Option<i64> = self.read.query_row(key, |row| row.get(0)).optional()?;
        match before {
            None => self.insert.execute(params![scope, kind.code(), x, y, z, counted, lines])?,
            Some(before) if before + lines == 0 => self.remove.execute(key)?,
            Some(before) => {
                self.update.execute(params![scope, kind.code(), x, y, z, counted, before + lines])?
            }
        };
        Ok(())
    }
}
