//! Under which places a unit counts: those of the incidents behind it, as said by the end of each day.

use std::collections::BTreeSet;

use candour_journal::Position;
use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;

use super::{FOREVER, UnitKind};
use crate::query::{PlaceFilter, QueryError};

/// Site, directorate and team of one incident.
pub(crate) type Place = [Option<String>; 3];

/// The places behind a unit, each once.
pub(crate) type Places = BTreeSet<Place>;

/// The scope of everything.
pub(crate) const EVERYWHERE: i64 = 0;

/// What the value of a scope is: the place sets of units, and a site or a directorate by itself. A team by itself is nearly always one place set, or
/// a few, so it needs no sums of its own.
const SET: i64 = 0;
const SUMMED: [i64; 2] = [1, 2];

/// Between the parts of a place, and between places. Neither occurs in a line of text.
const PART: char = '\u{1f}';
const END: char = '\u{1e}';

/// The places behind a unit as known at a position: from which day to which, oldest first, without gaps from the first day to [`FOREVER`].
pub(crate) fn of_unit(
    connection: &Connection,
    kind: UnitKind,
    id: Uuid,
    known_at: Position,
) -> Result<Vec<(i64, i64, Places)>, rusqlite::Error> {
    let incidents = match kind {
        UnitKind::Reporter => "SELECT ?1",
        UnitKind::Case => {
            "SELECT incident_id FROM candour_case WHERE case_id = ?1 AND from_position <= ?2 \
             AND (to_position IS NULL OR to_position > ?2)"
        }
        UnitKind::Recommendation => {
            "SELECT covered.incident_id FROM recommendation AS unit JOIN response_incident AS covered USING (response_id) WHERE unit.id = ?1 \
             AND unit.from_position <= ?2 AND (unit.to_position IS NULL OR unit.to_position > ?2) \
             AND covered.from_position <= ?2 AND (covered.to_position IS NULL OR covered.to_position > ?2)"
        }
        UnitKind::Action => {
            "SELECT incident_id FROM action WHERE id = ?1 AND incident_id IS NOT NULL AND from_position <= ?2 \
             AND (to_position IS NULL OR to_position > ?2) \
             UNION SELECT covered.incident_id FROM action_recommendation AS link JOIN response_incident AS covered USING (response_id) \
             WHERE link.action_id = ?1 AND link.from_position <= ?2 AND (link.to_position IS NULL OR link.to_position > ?2) \
             AND covered.from_position <= ?2 AND (covered.to_position IS NULL OR covered.to_position > ?2)"
        }
    };
    let stretches: Vec<(i64, i64, Place)> = connection
        .prepare_cached(&format!(
            "SELECT from_day, to_day, site, directorate, team FROM incident_place WHERE incident_id IN ({incidents}) \
             AND from_position <= ?2 AND (to_position IS NULL OR to_position > ?2)"
        ))?
        .query_map(params![id.as_bytes().as_slice(), known_at.raw().cast_signed()], |row| {
            let to: Option<i64> = row.get(1)?;
            Ok((row.get(0)?, to.unwrap_or(FOREVER), [row.get(2)?, row.get(3)?, row.get(4)?]))
        })?
        .collect::<Result<_, _>>()?;
    let mut bounds: BTreeSet<i64> = stretches.iter().flat_map(|(from, to, _)| [*from, *to]).collect();
    bounds.extend([super::first_day(), FOREVER]);
    let bounds: Vec<i64> = bounds.into_iter().collect();
    let during = |from: i64| {
        let here = stretches.iter().filter(|(begins, ends, _)| *begins <= from && from < *ends);
        here.map(|(_, _, place)| place.clone()).collect()
    };
    Ok(bounds.windows(2).map(|bounds| (bounds[0], bounds[1], during(bounds[0]))).collect())
}

/// Whether one of the places is what a filter asks for.
pub(crate) fn matches(places: &Places, filter: &PlaceFilter) -> bool {
    let wanted = wanted(filter);
    wanted.iter().all(Option::is_none)
        || places.iter().any(|place| {
            place.iter().zip(wanted).all(|(part, wanted)| wanted.is_none() || part.as_deref() == wanted)
        })
}

fn wanted(filter: &PlaceFilter) -> [Option<&str>; 3] {
    [&filter.site, &filter.directorate, &filter.team]
        .map(|part| part.as_ref().map(candour_domain::text::Line::as_str))
}

/// The number of a place set in this file.
pub(crate) fn set_number(connection: &Connection, places: &Places) -> Result<i64, rusqlite::Error> {
    let mut value = String::new();
    for [site, directorate, team] in places {
        for part in [site, directorate, team] {
            if let Some(part) = part {
                value.push_str(part);
            }
            value.push(PART);
        }
        value.push(END);
    }
    number(connection, SET, &value)
}

/// The place set with a number.
pub(crate) fn read_set(connection: &Connection, number: i64) -> Result<Places, rusqlite::Error> {
    let value: String = connection
        .prepare_cached("SELECT value FROM scope WHERE scope_no = ?1")?
        .query_row([number], |row| row.get(0))?;
    let part = |part: Option<&str>| part.filter(|part| !part.is_empty()).map(str::to_owned);
    let place = |place: &str| {
        let mut parts = place.split(PART);
        [part(parts.next()), part(parts.next()), part(parts.next())]
    };
    Ok(value.split_terminator(END).map(place).collect())
}

/// Every scope that what stands under a place set is summed in.
pub(crate) fn scopes(
    connection: &Connection,
    places: &Places,
    set: i64,
) -> Result<Vec<i64>, rusqlite::Error> {
    let mut scopes = vec![EVERYWHERE, set];
    for (index, kind) in SUMMED.into_iter().enumerate() {
        let values: BTreeSet<&str> = places.iter().filter_map(|place| place[index].as_deref()).collect();
        for value in values {
            scopes.push(number(connection, kind, value)?);
        }
    }
    Ok(scopes)
}

fn number(connection: &Connection, kind: i64, value: &str) -> Result<i64, rusqlite::Error> {
    let found = connection
        .prepare_cached("SELECT scope_no FROM scope WHERE kind = ?1 AND value = ?2")?
        .query_row(params![kind, value], |row| row.get(0))
        .optional()?;
    match found {
        Some(number) => Ok(number),
        None => connection
            .prepare_cached("INSERT INTO scope (kind, value) VALUES (?1, ?2) RETURNING scope_no")?
            .query_row(params![kind, value], |row| row.get(0)),
    }
}

/// What a filter selects of the sums and of the lines.
pub(crate) struct Selection {
    /// The scopes whose sums are added up; no unit is in two of them.
    pub(crate) scopes: Vec<i64>,
    /// The place sets of the lines; `None` for all.
    pub(crate) sets: Option<BTreeSet<i64>>,
}

/// What a filter selects.
pub(crate) fn select(connection: &Connection, filter: &PlaceFilter) -> Result<Selection, QueryError> {
    let wanted = wanted(filter);
    if wanted.iter().all(Option::is_none) {
        return Ok(Selection { scopes: vec![EVERYWHERE], sets: None });
    }
    let mut sets = BTreeSet::new();
    let mut statement = connection.prepare_cached("SELECT scope_no, value FROM scope WHERE kind = ?1")?;
    let mut rows = statement.query([SET])?;
    while let Some(row) = rows.next()? {
        let value = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
        let has_match = value.split_terminator(END).any(|place| {
            let mut parts = place.split_terminator(PART);
            // A part that was not said is as empty as none; no filter asks for an empty part.
            wanted.iter().all(|wanted| parts.next().is_some_and(|part| wanted.is_none_or(|w| part == w)))
        });
        if has_match {
            sets.insert(row.get(0)?);
        }
    }
    let alone = match wanted {
        [Some(site), None, None] => Some((SUMMED[0], site)),
        [None, Some(directorate), None] => Some((SUMMED[1], directorate)),
        _ => None,
    };
    let scopes = match alone {
        Some((kind, value)) => connection
            .prepare_cached("SELECT scope_no FROM scope WHERE kind = ?1 AND value = ?2")?
            .query_row(params![kind, value], |row| row.get(0))
            .optional()?
            .into_iter()
            .collect(),
        // Every unit has one place set, so sums of sets count it once.
        None => sets.iter().copied().collect(),
    };
    Ok(Selection { scopes, sets: Some(sets) })
}
