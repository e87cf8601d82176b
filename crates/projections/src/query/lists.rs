//! The four lists with a row per unit. Status, due dates and overdue days are made by the domain for the as-of date; filters that depend on them
//! are applied row by row, so a page may look at many rows to fill itself.

use candour_domain::{
    Entry,
    action::RecommendationKey,
    candour_case,
    identifier::{EventId, IncidentId, ResponseId},
    incident::Place,
    measures::{self, ActionStanding, CandourStanding, RecommendationStanding, ReporterStanding, Rules},
    regime::RegimeVersion,
    text::PublicReference,
};
use jiff::civil::Date;
use rusqlite::{Row, params_from_iter, types::Value};
use uuid::Uuid;

use super::{Page, PageRequest, PlaceFilter, QueryError, incidents, page::Cursor, units::Units};
use crate::{Snapshot, projection};

/// Rows that are read from the file at a time.
const CHUNK: usize = 500;

/// A row table that a list runs through in the order of a day and an id.
pub(super) struct Source {
    /// Table, its id column and its day column.
    pub(super) table: &'static str,
    pub(super) id: &'static str,
    pub(super) day: &'static str,
    /// What else is selected, after id and day.
    pub(super) columns: &'static str,
    /// A condition over the alias `incident` that the row's incidents are found by.
    pub(super) incidents: &'static str,
    /// The column with the row's one incident, where it always has just one.
    pub(super) incident: Option<&'static str>,
}

pub(super) static INCIDENTS: Source = Source {
    table: "incident",
    id: "id",
    day: "reported_on",
    columns: "reference",
    incidents: "incident.incident_id = unit.id",
    incident: Some("id"),
};

pub(super) static RECOMMENDATIONS: Source = Source {
    table: "recommendation",
    id: "id",
    day: "made_on",
    columns: "response_id",
    incidents: "incident.incident_id IN (SELECT covered.incident_id FROM response_incident AS covered \
                WHERE covered.response_id = unit.response_id \
                AND covered.from_position <= ?1 AND (covered.to_position IS NULL OR covered.to_position > ?1))",
    incident: None,
};

pub(super) static ACTIONS: Source = Source {
    table: "action",
    id: "id",
    day: "agreed_on",
    columns: "id",
    incidents: "(incident.incident_id = unit.incident_id OR incident.incident_id IN (SELECT covered.incident_id FROM action_recommendation AS link \
                JOIN response_incident AS covered USING (response_id) WHERE link.action_id = unit.id \
                AND link.from_position <= ?1 AND (link.to_position IS NULL OR link.to_position > ?1) \
                AND covered.from_position <= ?1 AND (covered.to_position IS NULL OR covered.to_position > ?1)))",
    incident: None,
};

pub(super) static REPORTERS: Source = Source {
    table: "reporter_feedback",
    id: "incident_id",
    day: "reported_on",
    columns: "reference",
    incidents: "incident.incident_id = unit.incident_id",
    incident: Some("incident_id"),
};

pub(super) static CASES: Source = Source {
    table: "candour_case",
    id: "case_id",
    day: "reported_on",
    columns: "incident_id, person_id, reference",
    incidents: "incident.incident_id = unit.incident_id",
    incident: Some("incident_id"),
};

/// Which rows of a source are run through: those of a place, and those that keep every condition.
pub(super) struct Restriction<'a> {
    place: &'a PlaceFilter,
    /// The day whose places count.
    as_of: Date,
    conditions: Vec<Condition>,
}

/// A condition over the alias `unit` in which `{}` stands for the ids, in order, and `?1` for the position.
struct Condition {
    sql: &'static str,
    ids: Vec<Uuid>,
}

impl<'a> Restriction<'a> {
    pub(super) const fn of_place(place: &'a PlaceFilter, as_of: Date) -> Self {
        Self { place, as_of, conditions: Vec::new() }
    }

    fn and(mut self, sql: &'static str, ids: Option<Vec<Uuid>>) -> Self {
        self.conditions.extend(ids.map(|ids| Condition { sql, ids }));
        self
    }
}

/// Adds an argument and answers how the statement names it.
fn bind(arguments: &mut Vec<Value>, value: Value) -> String {
    arguments.push(value);
    format!("?{}", arguments.len())
}

/// Runs through a table chunk by chunk until `visit` has had enough or the rows end.
///
/// `visit` gets the row with id at column 0, day at column 1 and the source's own columns after them, and says whether to go on.
pub(super) fn run_through(
    snapshot: &Snapshot,
    source: &Source,
    restriction: &Restriction<'_>,
    known_at: candour_journal::Position,
    mut after: Option<(i64, Uuid)>,
    visit: &mut dyn FnMut(i64, Uuid, &Row<'_>) -> Result<bool, QueryError>,
) -> Result<(), QueryError> {
    let connection = snapshot.connection()?;
    let Source { table, id, day, columns, incidents, incident } = source;
    loop {
        let mut arguments = vec![
            Value::Integer(known_at.raw().cast_signed()),
            Value::Integer(i64::try_from(CHUNK).unwrap_or(i64::MAX)),
        ];
        let mut conditions = vec![
            "unit.from_position <= ?1 AND (unit.to_position IS NULL OR unit.to_position > ?1)".to_owned(),
        ];
        if let Some((day_before, id_before)) = after {
            let day_before = bind(&mut arguments, Value::Integer(day_before));
            let id_before = bind(&mut arguments, Value::Blob(id_before.as_bytes().to_vec()));
            conditions.push(format!("(unit.{day}, unit.{id}) > ({day_before}, {id_before})"));
        }
        for Condition { sql, ids } in &restriction.conditions {
            let condition = ids.iter().fold((*sql).to_owned(), |condition, id| {
                condition.replacen("{}", &bind(&mut arguments, Value::Blob(id.as_bytes().to_vec())), 1)
            });
            conditions.push(condition);
        }
        let PlaceFilter { site, directorate, team } = restriction.place;
        let mut places = Vec::new();
        for (column, wanted) in [("site", site), ("directorate", directorate), ("team", team)] {
            if let Some(wanted) = wanted {
                let wanted = bind(&mut arguments, Value::Text(wanted.to_string()));
                places.push(format!("incident.{column} = {wanted}"));
            }
        }
        if !places.is_empty() {
            let day = bind(&mut arguments, projection::day(restriction.as_of));
            let here = format!(
                "incident.from_position <= ?1 AND (incident.to_position IS NULL OR incident.to_position > ?1) \
                 AND incident.from_day <= {day} AND (incident.to_day IS NULL OR incident.to_day > {day}) AND {}",
                places.join(" AND ")
            );
            // A team has few incidents, so they are looked up once; a site has many, so the rows are looked at in their order.
            conditions.push(match incident {
                Some(column) if team.is_some() => format!(
                    "unit.{column} IN (SELECT incident.incident_id FROM incident_place AS incident WHERE {here})"
                ),
                _ => format!("EXISTS (SELECT 1 FROM incident_place AS incident WHERE {incidents} AND {here})"),
            });
        }
        let mut statement = connection.prepare_cached(&format!(
            "SELECT unit.{id}, unit.{day}, {columns} FROM {table} AS unit WHERE {} ORDER BY unit.{day}, unit.{id} LIMIT ?2",
            conditions.join(" AND "),
            columns = columns.split(", ").map(|column| format!("unit.{column}")).collect::<Vec<_>>().join(", "),
        ))?;
        let mut rows = statement.query(params_from_iter(arguments))?;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            let (unit, day): (Uuid, i64) = (row.get(0)?, row.get(1)?);
            read += 1;
            after = Some((day, unit));
            if !visit(day, unit, row)? {
                return Ok(());
            }
        }
        if read < CHUNK {
            return Ok(());
        }
    }
}

/// Makes what a list shows out of a row and its unit; `None` leaves the row out.
type Reading<'a, S> = &'a mut dyn FnMut(&mut Units<'_>, Uuid, &Row<'_>) -> Result<Option<S>, QueryError>;

/// Fills one page from a source, with the standing that `read` makes of each row; `None` leaves a row out.
fn list<S>(
    snapshot: &Snapshot,
    source: &Source,
    restriction: &Restriction<'_>,
    request: PageRequest,
    read: Reading<'_, S>,
) -> Result<Page<S>, QueryError> {
    let known_at = request.after.map_or(snapshot.progress().position, |cursor| cursor.known_at);
    let mut units = Units::new(snapshot.connection()?, known_at);
    let mut page = Page { rows: Vec::new(), next: None, known_at };
    let mut last = None;
    let after = request.after.map(|cursor| (cursor.day, cursor.id));
    run_through(snapshot, source, restriction, known_at, after, &mut |day, id, row| {
        let Some(standing) = read(&mut units, id, row)? else { return Ok(true) };
        if page.rows.len() == request.size {
            // One row more than fits was found: the page ends before it.
            page.next = last;
            return Ok(false);
        }
        page.rows.push(standing);
        last = Some(Cursor { known_at, day, id });
        Ok(true)
    })?;
    Ok(page)
}

/// Decides whether a row is on a list.
pub type Wanted<'a, S> = &'a dyn Fn(&S) -> bool;

/// What restricts the list of recommendations.
#[derive(Default)]
pub struct RecommendationFilter<'a> {
    /// Where.
    pub place: PlaceFilter,
    /// Of which response.
    pub response: Option<ResponseId>,
    /// By standing.
    pub wanted: Option<Wanted<'a, RecommendationStanding>>,
}

/// A recommendation with what its standing does not say about its response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecommendationRow {
    /// Where it stands.
    pub standing: RecommendationStanding,
    /// The public reference of its response; `None` where the start of the response was struck out.
    pub response_reference: Option<PublicReference>,
    /// The incidents its response covers.
    pub incidents: Vec<IncidentId>,
}

/// Recommendations in the order they were made.
pub fn recommendations(
    snapshot: &Snapshot,
    filter: &RecommendationFilter<'_>,
    request: PageRequest,
    as_of: Date,
    rules: Rules<'_>,
) -> Result<Page<RecommendationRow>, QueryError> {
    let restriction = Restriction::of_place(&filter.place, as_of)
        .and("unit.response_id = {}", filter.response.map(|response| vec![response.uuid()]));
    list(snapshot, &RECOMMENDATIONS, &restriction, request, &mut |units, id, row| {
        let response: Uuid = row.get(2)?;
        let Some(unit) = units.recommendation(id, response)? else { return Ok(None) };
        let standing = measures::recommendations::standing(&unit, as_of, rules);
        let Some(standing) = keep(standing, filter.wanted) else { return Ok(None) };
        let start = units.response_start(response)?;
        Ok(Some(RecommendationRow {
            standing,
            response_reference: start.map(|start| start.reference.clone()),
            incidents: start.map(|start| start.incidents.clone()).unwrap_or_default(),
        }))
    })
}

/// What restricts the list of actions.
#[derive(Default)]
pub struct ActionFilter<'a> {
    /// Where.
    pub place: PlaceFilter,
    /// Under which recommendation.
    pub recommendation: Option<RecommendationKey>,
    /// About which incident: directly, or through a response that covers it.
    pub incident: Option<IncidentId>,
    /// By standing.
    pub wanted: Option<Wanted<'a, ActionStanding>>,
}

/// The actions under a recommendation: its response, then the recommendation.
const UNDER_RECOMMENDATION: &str = "unit.id IN (SELECT link.action_id FROM action_recommendation AS link \
    WHERE link.response_id = {} AND link.recommendation_id = {} \
    AND link.from_position <= ?1 AND (link.to_position IS NULL OR link.to_position > ?1))";

/// The actions about an incident, which is named twice.
const ABOUT_INCIDENT: &str = "(unit.incident_id = {} OR unit.id IN (SELECT link.action_id FROM response_incident AS covered \
    JOIN action_recommendation AS link USING (response_id) WHERE covered.incident_id = {} \
    AND covered.from_position <= ?1 AND (covered.to_position IS NULL OR covered.to_position > ?1) \
    AND link.from_position <= ?1 AND (link.to_position IS NULL OR link.to_position > ?1)))";

/// Actions in the order they were agreed.
pub fn actions(
    snapshot: &Snapshot,
    filter: &ActionFilter<'_>,
    request: PageRequest,
    as_of: Date,
    rules: Rules<'_>,
) -> Result<Page<ActionStanding>, QueryError> {
    let restriction = Restriction::of_place(&filter.place, as_of)
        .and(
            UNDER_RECOMMENDATION,
            filter.recommendation.map(|key| vec![key.response.uuid(), key.recommendation.uuid()]),
        )
        .and(ABOUT_INCIDENT, filter.incident.map(|incident| vec![incident.uuid(), incident.uuid()]));
    list(snapshot, &ACTIONS, &restriction, request, &mut |units, id, _row| {
        let Some(unit) = units.action(id)? else { return Ok(None) };
        Ok(keep(measures::actions::standing(&unit, as_of, rules), filter.wanted))
    })
}

/// What restricts the list of reporter feedback.
#[derive(Default)]
pub struct ReporterFilter<'a> {
    /// Where.
    pub place: PlaceFilter,
    /// By standing.
    pub wanted: Option<Wanted<'a, ReporterStanding>>,
}

/// A report and its reporter with what the standing does not say about the incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReporterRow {
    /// Where it stands.
    pub standing: ReporterStanding,
    /// Where the incident happened, as said by the end of the day asked for.
    pub place: Place,
}

/// Reporter feedback in the order of the reports.
pub fn reporter_feedback(
    snapshot: &Snapshot,
    filter: &ReporterFilter<'_>,
    request: PageRequest,
    as_of: Date,
    rules: Rules<'_>,
) -> Result<Page<ReporterRow>, QueryError> {
    list(
        snapshot,
        &REPORTERS,
        &Restriction::of_place(&filter.place, as_of),
        request,
        &mut |units, id, row| {
            let unit = units.feedback(id, reference(row, 2)?)?;
            let standing = keep(measures::reporters::standing(&unit, as_of, rules), filter.wanted);
            Ok(standing.map(|standing| ReporterRow {
                standing,
                place: incidents::state(&unit.incident_history, as_of).place,
            }))
        },
    )
}

/// What restricts the list of candour cases.
#[derive(Default)]
pub struct CaseFilter<'a> {
    /// Where.
    pub place: PlaceFilter,
    /// By standing.
    pub wanted: Option<Wanted<'a, CandourStanding>>,
}

/// A duty of candour case with what its standing does not say about the incident and the assessment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    /// Where it stands.
    pub standing: CandourStanding,
    /// Where the incident happened, as said by the end of the day asked for.
    pub place: Place,
    /// The public reference of the incident.
    pub incident_reference: Option<PublicReference>,
    /// The version of the law that the assessment in force was made under; `None` unless notifiable.
    pub regime: Option<RegimeVersion>,
}

/// Candour cases in the order of the reports.
pub fn candour_cases(
    snapshot: &Snapshot,
    filter: &CaseFilter<'_>,
    request: PageRequest,
    as_of: Date,
    rules: Rules<'_>,
) -> Result<Page<CaseRow>, QueryError> {
    list(snapshot, &CASES, &Restriction::of_place(&filter.place, as_of), request, &mut |units, id, row| {
        let unit = units.candour_case(id, row.get(2)?, row.get(3)?, reference(row, 4)?)?;
        let standing = keep(measures::candour::standing(&unit, as_of, rules), filter.wanted);
        Ok(standing.map(|standing| {
            let incident = incidents::state(&unit.incident_history, as_of);
            let regime = standing.aware.and_then(|aware| regime(&unit.case_history, aware.event_id));
            CaseRow { standing, place: incident.place, incident_reference: incident.reference, regime }
        }))
    })
}

/// The version of the law named by one assessment.
fn regime(case: &[Entry<candour_case::Event>], assessment: EventId) -> Option<RegimeVersion> {
    case.iter().find(|entry| entry.event_id == assessment).and_then(|entry| match &entry.event {
        candour_case::Event::NotifiableAssessed(assessment) => Some(assessment.regime),
        _ => None,
    })
}

fn keep<S>(standing: Option<S>, wanted: Option<Wanted<'_, S>>) -> Option<S> {
    standing.filter(|standing| wanted.is_none_or(|wanted| wanted(standing)))
}

pub(super) fn reference(row: &Row<'_>, column: usize) -> Result<PublicReference, QueryError> {
    let text: String = row.get(column)?;
    PublicReference::parse(&text).map_err(|error| QueryError::Undecodable(format!("a reference {error}")))
}
