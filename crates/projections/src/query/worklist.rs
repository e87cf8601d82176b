//! The worklist: what is to be done, the most overdue first, what has no due date last.

use std::collections::BTreeSet;

use candour_domain::{
    action::RecommendationKey,
    measures::{Day, Rules, WorkItem, WorkKind},
    text::{Line, PublicReference},
};
use candour_journal::Position;
use jiff::civil::Date;
use rusqlite::{Connection, params_from_iter, types::Value};
use uuid::Uuid;

use super::{Loaded, Page, PageRequest, PlaceFilter, QueryError, page::Cursor, units::Units};
use crate::{
    Snapshot, projection,
    tally::{
        FOREVER, UnitKind,
        places::{self, Places, Selection},
        work::{self, KeptWork, kind_code},
    },
};

/// What restricts the worklist.
#[derive(Clone, Debug, Default)]
pub struct WorkFilter {
    /// Where.
    pub place: PlaceFilter,
    /// Only these kinds; none means all.
    pub kinds: Vec<WorkKind>,
    /// Only what this role is responsible for.
    pub role: Option<Line>,
    /// Only what this team is responsible for: the team of whoever is responsible; where nobody's is recorded, that of the incidents behind it.
    pub team: Option<Line>,
    /// Only what is due before this day.
    pub due_before: Option<Date>,
    /// Only what is overdue at the end of the day asked for.
    pub overdue_only: bool,
    /// Only what somebody has to be responsible for, and nobody is.
    pub unowned_only: bool,
    /// Only what is stalled at the end of the day asked for.
    pub stalled_only: bool,
}

/// What an item is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkSubject {
    /// A recommendation.
    Recommendation(RecommendationKey),
    /// An action.
    Action(Uuid),
    /// The report of an incident.
    Report(Uuid),
    /// A candour case, by its incident and its own id.
    Case(Uuid, Uuid),
}

/// One item of the worklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkRow {
    /// The public reference of what it is about.
    pub reference: PublicReference,
    /// What it is about.
    pub subject: WorkSubject,
    /// The team responsible, as the filter sees it.
    pub team: Option<String>,
    /// The item.
    pub item: WorkItem,
}

/// A page of the worklist at the end of a day.
pub fn worklist(
    snapshot: &Snapshot,
    filter: &WorkFilter,
    request: PageRequest,
    as_of: Date,
    rules: Rules<'_>,
) -> Result<Page<WorkRow>, QueryError> {
    let connection = snapshot.connection()?;
    let now = snapshot.progress().position;
    let known_at = request.known_at().unwrap_or(now);
    let looking = Looking {
        connection,
        filter,
        selection: places::select(connection, &filter.place)?,
        as_of: projection::days(as_of),
        after: request.after.map(Place::of_cursor),
        // One more than fits shows that there is a next page.
        wanted: request.size + 1,
    };
    let (touched, mut found) =
        if known_at < now { looking.then(known_at, rules)? } else { (BTreeSet::new(), Vec::new()) };
    found.extend(looking.still_to_do(&touched)?);
    found.extend(looking.done_since(&touched)?);
    found.sort_unstable_by_key(|(place, _)| *place);
    found.truncate(looking.wanted);
    let mut next = None;
    if found.len() > request.size {
        found.truncate(request.size);
        next = found.last().map(|(place, _)| place.cursor(known_at));
    }
    let mut wording = Wording { histories: Units::new(connection, known_at), connection };
    let day = Day { as_of, rules, in_words: true };
    let rows =
        found.into_iter().map(|(place, kept)| wording.row(place, &kept, day)).collect::<Result<_, _>>()?;
    Ok(Page { rows, next, known_at })
}

/// Where an item stands in the worklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    due_day: i64,
    unit_no: i64,
    kind: i64,
    nth: i64,
}

impl Place {
    fn of(unit_no: i64, kept: &KeptWork) -> Self {
        Self { due_day: kept.due_day, unit_no, kind: kept.kind, nth: kept.nth }
    }

    fn cursor(self, known_at: Position) -> Cursor {
        let last = (self.kind << 32) | self.nth;
        let id = Uuid::from_u64_pair(self.unit_no.cast_unsigned(), last.cast_unsigned());
        Cursor { known_at, day: self.due_day, id }
    }

    fn of_cursor(cursor: Cursor) -> Self {
        let (unit_no, last) = cursor.id.as_u64_pair();
        Self {
            due_day: cursor.day,
            unit_no: unit_no.cast_signed(),
            kind: (last >> 32).cast_signed(),
            nth: (last & u64::from(u32::MAX)).cast_signed(),
        }
    }
}

type Found = (Place, KeptWork);

/// Rows that stand for good, as far as is known. The partial indexes hold only these.
const TO_DO_STILL: &str = "to_day = 10000000";
/// Rows that ended, but only after the day asked for.
const DONE_SINCE: &str = "to_day < 10000000 AND to_day > ?1";

struct Looking<'a> {
    connection: &'a Connection,
    filter: &'a WorkFilter,
    selection: Selection,
    as_of: i64,
    after: Option<Place>,
    wanted: usize,
}

impl Looking<'_> {
    /// What is to do still, as far as is known: nearly all of it, and nothing that is long done.
    fn still_to_do(&self, touched: &BTreeSet<i64>) -> Result<Vec<Found>, QueryError> {
        self.select(TO_DO_STILL, touched)
    }

    /// What was done only after the day asked for.
    fn done_since(&self, touched: &BTreeSet<i64>) -> Result<Vec<Found>, QueryError> {
        self.select(DONE_SINCE, touched)
    }

    /// The question for the rows that end as said, in the order of the worklist, and what it is asked with.
    fn question(&self, ends: &str) -> (String, Vec<Value>) {
        let mut arguments = vec![Value::Integer(self.as_of)];
        let mut conditions = vec![ends.to_owned(), "from_day <= ?1".to_owned()];
        let mut bind = |value: Value| {
            arguments.push(value);
            format!("?{}", arguments.len())
        };
        if let Some(Place { due_day, unit_no, kind, nth }) = self.after {
            let after = [due_day, unit_no, kind, nth].map(|part| bind(Value::Integer(part))).join(", ");
            conditions.push(format!("(due_day, unit_no, kind, nth) > ({after})"));
        }
        let WorkFilter { kinds, role, team, due_before, overdue_only, unowned_only, stalled_only, .. } =
            self.filter;
        if !kinds.is_empty() {
            let codes: Vec<String> = kinds.iter().map(|kind| kind_code(*kind).to_string()).collect();
            // Of several kinds the rows are taken in order and the others passed over, rather than all of them sorted.
            let column = if codes.len() == 1 { "kind" } else { "+kind" };
            conditions.push(format!("{column} IN ({})", codes.join(", ")));
        }
        for (column, wanted) in [("role", role), ("team", team)] {
            if let Some(wanted) = wanted {
                conditions.push(format!("{column} = {}", bind(Value::Text(wanted.to_string()))));
            }
        }
        if let Some(day) = due_before {
            conditions.push(format!("due_day < {}", bind(Value::Integer(projection::days(*day)))));
        }
        if *overdue_only {
            conditions.push("due_day < ?1".to_owned());
        }
        if *unowned_only {
            conditions.push("unowned = 1".to_owned());
        }
        if *stalled_only {
            conditions.push("stalled_day <= ?1".to_owned());
        }
        let question = format!(
            "SELECT unit_no, {} FROM work WHERE {} ORDER BY due_day, unit_no, kind, nth",
            work::COLUMNS,
            conditions.join(" AND ")
        );
        (question, arguments)
    }

    fn select(&self, ends: &str, touched: &BTreeSet<i64>) -> Result<Vec<Found>, QueryError> {
        let (question, arguments) = self.question(ends);
        let mut statement = self.connection.prepare_cached(&question)?;
        let mut rows = statement.query(params_from_iter(arguments))?;
        let mut found = Vec::new();
        while found.len() < self.wanted
            && let Some(row) = rows.next()?
        {
            let unit_no: i64 = row.get(0)?;
            let set: i64 = row.get(11)?;
            let is_here = self.selection.sets.as_ref().is_none_or(|sets| sets.contains(&set));
            if is_here && !touched.contains(&unit_no) {
                let kept = KeptWork::read(row, 1)?;
                found.push((Place::of(unit_no, &kept), kept));
            }
        }
        Ok(found)
    }

    /// The units touched since a position, and what was to be done about them as known then.
    fn then(&self, known_at: Position, rules: Rules<'_>) -> Result<(BTreeSet<i64>, Vec<Found>), QueryError> {
        let mut histories = Units::new(self.connection, known_at);
        let (mut touched, mut found) = (BTreeSet::new(), Vec::new());
        let mut statement = self
            .connection
            .prepare_cached("SELECT unit_no, kind, id FROM unit WHERE touched > ?1 ORDER BY unit_no")?;
        let mut rows = statement.query([known_at.raw().cast_signed()])?;
        while let Some(row) = rows.next()? {
            let (unit_no, kind, id): (i64, i64, Uuid) = (row.get(0)?, row.get(1)?, row.get(2)?);
            touched.insert(unit_no);
            let kind = UnitKind::from_code(kind)?;
            let Some(unit) = histories.load(kind, id)? else { continue };
            let places: Vec<(i64, i64, Places, i64)> = places::of_unit(self.connection, kind, id, known_at)?
                .into_iter()
                .filter(|(_, _, set)| places::matches(set, &self.filter.place))
                .map(|(from, to, set)| (from, to, set, 0))
                .collect();
            let items = work::of_unit(&unit, &places, rules).into_iter().filter(|kept| self.wants(kept));
            found.extend(items.map(|kept| (Place::of(unit_no, &kept), kept)));
        }
        found.retain(|(place, _)| self.after.is_none_or(|after| after < *place));
        Ok((touched, found))
    }

    /// The conditions of `select`, for an item that is not in the file.
    fn wants(&self, kept: &KeptWork) -> bool {
        let WorkFilter { kinds, role, team, due_before, overdue_only, unowned_only, stalled_only, place: _ } =
            self.filter;
        let is = |found: &Option<String>, wanted: &Option<Line>| {
            wanted.as_ref().is_none_or(|wanted| found.as_deref() == Some(wanted.as_str()))
        };
        kept.from_day <= self.as_of
            && self.as_of < kept.to_day
            && (kinds.is_empty() || kinds.iter().any(|kind| kind_code(*kind) == kept.kind))
            && is(&kept.role, role)
            && is(&kept.team, team)
            && due_before.is_none_or(|day| kept.due_day < projection::days(day))
            && (!overdue_only || kept.due_day < self.as_of)
            && (!unowned_only || kept.unowned)
            && (!stalled_only || kept.stalled_day <= self.as_of)
    }
}

struct Wording<'a> {
    histories: Units<'a>,
    connection: &'a Connection,
}

impl Wording<'_> {
    fn row(&mut self, place: Place, kept: &KeptWork, day: Day<'_>) -> Result<WorkRow, QueryError> {
        let not_in_step = || {
            QueryError::Undecodable(format!(
                "an item of unit {} that its history does not make",
                place.unit_no
            ))
        };
        let (kind, id): (i64, Uuid) = self
            .connection
            .prepare_cached("SELECT kind, id FROM unit WHERE unit_no = ?1")?
            .query_row([place.unit_no], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let unit = self.histories.load(UnitKind::from_code(kind)?, id)?.ok_or_else(not_in_step)?;
        let nth = usize::try_from(kept.nth).unwrap_or(usize::MAX);
        let mut alike = unit.as_unit().work(day).into_iter().filter(|item| kept.is(&item.key()));
        let item = alike.nth(nth).ok_or_else(not_in_step)?;
        Ok(row(&unit, kept.team.clone(), item))
    }
}

/// An item with what it is about.
pub(super) fn row(unit: &Loaded, team: Option<String>, item: WorkItem) -> WorkRow {
    let subject = match unit {
        Loaded::Recommendation(unit) => WorkSubject::Recommendation(unit.key),
        Loaded::Action(unit, _) => WorkSubject::Action(unit.id.uuid()),
        Loaded::Reporter(unit) => WorkSubject::Report(unit.incident.uuid()),
        Loaded::Case(unit) => WorkSubject::Case(unit.incident.uuid(), unit.case.uuid()),
    };
    WorkRow { reference: unit.names().0.clone(), subject, team, item }
}

/// No item has a due date on or after this day.
const _: () = assert!(FOREVER == 10_000_000);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    /// How the rows are found.
    fn plan(ends: &str, filter: &WorkFilter, after: Option<Place>) -> String {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(schema::CREATE).unwrap();
        let selection = places::select(&connection, &filter.place).unwrap();
        let looking =
            Looking { connection: &connection, filter, selection, as_of: 20_000, after, wanted: 51 };
        let (question, arguments) = looking.question(ends);
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {question}")).unwrap();
        let steps = statement.query_map(params_from_iter(arguments), |row| row.get::<_, String>(3)).unwrap();
        steps.collect::<Result<Vec<_>, _>>().unwrap().join("; ")
    }

    #[test]
    fn a_page_of_the_worklist_is_a_range_of_an_index_that_holds_nothing_that_has_ended() {
        let line = |text| Some(Line::parse(text).unwrap());
        let all = WorkFilter::default;
        let one = vec![WorkKind::Verification];
        let two = vec![WorkKind::Verification, WorkKind::Contradiction];
        let after = Some(Place { due_day: 19_000, unit_no: 7, kind: 1, nth: 0 });
        let further = "((due_day,unit_no,kind,nth)>(?,?,?,?))";
        for (filter, after, expected) in [
            (all(), None, "SCAN work USING INDEX work_to_do".to_owned()),
            (all(), after, format!("SEARCH work USING INDEX work_to_do {further}")),
            (
                WorkFilter { kinds: one, ..all() },
                None,
                "SEARCH work USING INDEX work_to_do_by_kind (kind=?)".to_owned(),
            ),
            (WorkFilter { kinds: two, ..all() }, None, "SCAN work USING INDEX work_to_do".to_owned()),
            (
                WorkFilter { role: line("matron"), ..all() },
                None,
                "SEARCH work USING INDEX work_to_do_by_role (role=?)".to_owned(),
            ),
            (
                WorkFilter { team: line("Ward 7"), ..all() },
                None,
                "SEARCH work USING INDEX work_to_do_by_team (team=?)".to_owned(),
            ),
            (
                WorkFilter { overdue_only: true, ..all() },
                None,
                "SEARCH work USING INDEX work_to_do (due_day<?)".to_owned(),
            ),
            (
                WorkFilter { unowned_only: true, ..all() },
                after,
                format!("SEARCH work USING INDEX work_to_do_unowned {further}"),
            ),
            (WorkFilter { stalled_only: true, ..all() }, None, "SCAN work USING INDEX work_to_do".to_owned()),
        ] {
            assert_eq!(plan(TO_DO_STILL, &filter, after), expected, "{filter:?}");
        }
        // What ended is looked at from the day asked for on: as of today, that is nothing.
        let ended = plan(DONE_SINCE, &all(), None);
        assert!(ended.starts_with("SEARCH work USING INDEX work_done (to_day>? AND to_day<?)"), "{ended}");
    }
}
