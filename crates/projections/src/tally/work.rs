//! What is to be done about a unit, as rows that a worklist is a range of.

use candour_domain::{
    measures::{Rules, WorkKey, WorkKind, WorkStretch, work_over_time},
    text::Line,
};
use rusqlite::{Connection, Row, ToSql, params_from_iter, types::Value};

use super::{FOREVER, places::Places};
use crate::{
    projection,
    query::{Loaded, QueryError},
};

/// An item as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeptWork {
    pub(crate) due_day: i64,
    pub(crate) kind: i64,
    pub(crate) nth: i64,
    pub(crate) from_day: i64,
    pub(crate) to_day: i64,
    pub(crate) stalled_day: i64,
    pub(crate) unowned: bool,
    pub(crate) role: Option<String>,
    pub(crate) owner_team: Option<String>,
    pub(crate) team: Option<String>,
    pub(crate) places: i64,
}

/// The columns of an item, in order.
pub(crate) const COLUMNS: &str =
    "due_day, kind, nth, from_day, to_day, stalled_day, unowned, role, owner_team, team, places";

impl KeptWork {
    /// Reads it from the columns, the first of which is at `first`.
    pub(crate) fn read(row: &Row<'_>, first: usize) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            due_day: row.get(first)?,
            kind: row.get(first + 1)?,
            nth: row.get(first + 2)?,
            from_day: row.get(first + 3)?,
            to_day: row.get(first + 4)?,
            stalled_day: row.get(first + 5)?,
            unowned: row.get(first + 6)?,
            role: row.get(first + 7)?,
            owner_team: row.get(first + 8)?,
            team: row.get(first + 9)?,
            places: row.get(first + 10)?,
        })
    }

    /// Whether this is the item with that key.
    pub(crate) fn is(&self, key: &WorkKey) -> bool {
        self.kind == kind_code(key.kind)
            && self.due_day == key.due_on.map_or(FOREVER, projection::days)
            && self.stalled_day == key.stalled_from.map_or(FOREVER, projection::days)
            && self.unowned == key.unowned
            && self.role.as_deref() == key.owner_role.as_ref().map(Line::as_str)
            && self.owner_team.as_deref() == key.owner_team.as_ref().map(Line::as_str)
    }

    /// An item that stands during one stretch and under one place set.
    fn of(stretch: &WorkStretch, (from_day, to_day): (i64, i64), places: &Places, set: i64) -> Self {
        let WorkStretch { key, nth, .. } = stretch;
        let owner_team = key.owner_team.as_ref().map(ToString::to_string);
        let mut teams = places.iter().filter_map(|[_, _, team]| team.as_ref());
        // The team of whoever is responsible; where nobody's is recorded, the one team that the incidents behind it have.
        let only = teams.next().filter(|first| teams.all(|other| other == *first));
        Self {
            due_day: key.due_on.map_or(FOREVER, projection::days),
            kind: kind_code(key.kind),
            nth: (*nth).into(),
            from_day,
            to_day,
            stalled_day: key.stalled_from.map_or(FOREVER, projection::days),
            unowned: key.unowned,
            role: key.owner_role.as_ref().map(ToString::to_string),
            team: owner_team.clone().or_else(|| only.cloned()),
            owner_team,
            places: set,
        }
    }

    fn values(&self) -> [Value; 11] {
        let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
        [
            Value::Integer(self.due_day),
            Value::Integer(self.kind),
            Value::Integer(self.nth),
            Value::Integer(self.from_day),
            Value::Integer(self.to_day),
            Value::Integer(self.stalled_day),
            Value::Integer(self.unowned.into()),
            text(&self.role),
            text(&self.owner_team),
            text(&self.team),
            Value::Integer(self.places),
        ]
    }
}

/// The number that a kind is stored under: its place among all.
pub(crate) fn kind_code(kind: WorkKind) -> i64 {
    WorkKind::ALL
        .iter()
        .zip(0..)
        .find_map(|(known, code)| (*known == kind).then_some(code))
        .unwrap_or_default()
}

/// The items of a unit, in order; `places` are its place sets with their stretches of days.
pub(crate) fn of_unit(unit: &Loaded, places: &[(i64, i64, Places, i64)], rules: Rules<'_>) -> Vec<KeptWork> {
    let mut items = Vec::new();
    for stretch in work_over_time(unit.as_unit(), rules) {
        let (from, to) = (projection::days(stretch.from), stretch.to.map_or(FOREVER, projection::days));
        for (here_from, here_to, set, number) in places {
            let (from_day, to_day) = (from.max(*here_from), to.min(*here_to));
            if from_day < to_day {
                items.push(KeptWork::of(&stretch, (from_day, to_day), set, *number));
            }
        }
    }
    items.sort_unstable();
    items
}

/// Replaces the items of a unit.
pub(crate) fn keep(connection: &Connection, unit: i64, wanted: &[KeptWork]) -> Result<(), QueryError> {
    let mut current: Vec<(i64, KeptWork)> = connection
        .prepare_cached(&format!("SELECT rowid, {COLUMNS} FROM work WHERE unit_no = ?1"))?
        .query_map([unit], |row| Ok((row.get(0)?, KeptWork::read(row, 1)?)))?
        .collect::<Result<_, _>>()?;
    current.sort_unstable_by(|(_, one), (_, other)| one.cmp(other));
    for (rowid, _) in current.iter().filter(|(_, item)| wanted.binary_search(item).is_err()) {
        connection.prepare_cached("DELETE FROM work WHERE rowid = ?1")?.execute([rowid])?;
    }
    let is_new = |item: &&KeptWork| current.binary_search_by(|(_, known)| known.cmp(item)).is_err();
    for new in wanted.iter().filter(is_new) {
        let unit = Value::Integer(unit);
        let values = new.values();
        let arguments =
            std::iter::once(&unit as &dyn ToSql).chain(values.iter().map(|value| value as &dyn ToSql));
        connection
            .prepare_cached(&format!(
                "INSERT INTO work (unit_no, {COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
            ))?
            .execute(params_from_iter(arguments))?;
    }
    Ok(())
}
