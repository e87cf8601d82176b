//! `GetMeasures` and `ListMeasureUnits`: the figures R0 to X1 and every unit behind them.

use candour_api::v1;
use candour_domain::measures::{Basis, Count, Counting, Figure, FigureUnit, Period, Rules, Statistic};
use candour_projections::{
    ReadModel, limits,
    query::{self, MeasuresQuestion},
};
use candour_service_kit::{Check, Engine, Failure, question};
use jiff::civil::Date;

use crate::{
    listing::{self, listing},
    shapes, words,
};

pub(crate) const MEASURES: &str = "InsightService/GetMeasures";
pub(crate) const UNITS: &str = "InsightService/ListMeasureUnits";

/// The most measures that one call may name.
const MEASURE_IDS_MAX: usize = 50;

pub(crate) async fn measures(
    engine: &Engine,
    read_model: &ReadModel,
    message: v1::GetMeasuresRequest,
) -> Result<v1::GetMeasuresResponse, Failure> {
    let mut check = Check::new();
    let asked = question::question(engine, message.query.as_ref(), None, &mut check);
    let as_of = asked.as_ref().map(|asked| asked.as_of);
    let period = period(&mut check, as_of, message.period_from.as_ref(), message.period_until.as_ref());
    let forms = forms(engine);
    let ids = check.each("measure_ids", &message.measure_ids, MEASURE_IDS_MAX, |check, field, id| {
        measure(check, field, id, &forms)
    });
    let units = units_per_figure(message.units_per_figure, &mut check);
    let (asked, period, ids, units) = check.finish(|| Some((asked?, period?, ids?, units?)))?;

    let (place, as_of) = (asked.place.clone(), asked.as_of);
    let (figures, basis) = question::answer(engine, read_model, &asked, None, move |snapshot, rules| {
        let question = MeasuresQuestion { place, period, as_of, known_at: snapshot.progress().position };
        query::measures(snapshot, &question, units, rules)
    })
    .await?;
    Ok(v1::GetMeasuresResponse {
        figures: figures
            .into_iter()
            .filter(|found| ids.is_empty() || ids.contains(&found.id))
            .map(figure)
            .collect(),
        basis: Some(basis),
    })
}

pub(crate) async fn units(
    engine: &Engine,
    read_model: &ReadModel,
    message: v1::ListMeasureUnitsRequest,
) -> Result<v1::ListMeasureUnitsResponse, Failure> {
    let mut check = Check::new();
    let listing = listing!(engine, UNITS, message, &mut check);
    let as_of = listing.as_ref().map(|listing| listing.question.as_of);
    let period = period(&mut check, as_of, message.period_from.as_ref(), message.period_until.as_ref());
    let form = form(&mut check, &message.measure_id, &message.variant, &forms(engine));
    let (listing, period, form) = check.finish(|| Some((listing?, period?, form?)))?;

    let (place, as_of, page) = (listing.question.place.clone(), listing.question.as_of, listing.page);
    let (found, basis) =
        question::answer(engine, read_model, &listing.question, page.known_at(), move |snapshot, rules| {
            let known_at = listing::known_at(page, snapshot);
            let question = MeasuresQuestion { place, period, as_of, known_at };
            let figures = query::measures(snapshot, &question, 0, rules)?;
            let figure = figures.iter().find(|figure| (figure.id, figure.variant) == form);
            let total = figure.map(|figure| figure.units_total);
            Ok(total.zip(Some(query::figure_units(snapshot, &question, form, page, rules)?)))
        })
        .await?;
    let (total, page) = found.ok_or_else(|| Failure::Internal("a known measure has no figure".to_owned()))?;
    let page = page.ok_or_else(listing::stale_page_token)?;
    Ok(v1::ListMeasureUnitsResponse {
        units: page.rows.into_iter().map(unit).collect(),
        units_total: total_of(total),
        next_page_token: listing.next_page_token(engine, page.next),
        basis: Some(basis),
    })
}

/// A measure and its variant, where it has several.
type Form = (&'static str, Option<&'static str>);

/// Every measure in every variant, in order: those of the figures of nothing.
fn forms(engine: &Engine) -> Vec<Form> {
    let rules = Rules { calendar: engine.calendar(), policy: &engine.organisation().policy };
    forms_under(rules)
}

fn forms_under(rules: Rules<'_>) -> Vec<Form> {
    Counting::new(rules).figures().iter().map(|figure| (figure.id, figure.variant)).collect()
}

fn measure(check: &mut Check, field: &str, id: &str, forms: &[Form]) -> Option<&'static str> {
    let known = forms.iter().map(|(known, _)| *known).find(|known| *known == id);
    if known.is_none() {
        check.violation(field, "is not a measure: R0 to R7, F0 to F4, C0 to C7 and X1 are");
    }
    known
}

/// A measure in one variant. Which variants there are is said where it is wrong.
fn form(check: &mut Check, id: &str, variant: &str, forms: &[Form]) -> Option<Form> {
    let id = measure(check, "measure_id", id, forms)?;
    let variants = || forms.iter().filter(move |(known, _)| *known == id).map(|(_, variant)| *variant);
    let found = variants().find(|known| known.unwrap_or_default() == variant);
    if found.is_none() {
        let names: Vec<_> = variants().flatten().collect();
        check.violation(
            "variant",
            match names.as_slice() {
                [] => format!("must be empty: {id} has one form"),
                names => format!("must be one of those of {id}: {}", names.join(", ")),
            },
        );
    }
    found.map(|variant| (id, variant))
}

/// The period. Its end is no later than the as-of date, and its beginning no later than its end.
fn period(
    check: &mut Check,
    as_of: Option<Date>,
    from: Option<&v1::Date>,
    until: Option<&v1::Date>,
) -> Option<Period> {
    let from = check.optional_date("period_from", from);
    let until = check.optional_date("period_until", until);
    let (from, until, as_of) = (from?, until?, as_of?);
    if until.is_some_and(|until| until > as_of) {
        check.violation("period_until", "lies after the date asked for (query.as_of)");
        return None;
    }
    if from.is_some_and(|from| from > until.unwrap_or(as_of)) {
        check.violation("period_from", "lies after the end of the period (period_until, or query.as_of)");
        return None;
    }
    Some(Period { from, until })
}

fn units_per_figure(number: i32, check: &mut Check) -> Option<usize> {
    let Ok(number) = usize::try_from(number) else {
        check.violation("units_per_figure", "must not be negative");
        return None;
    };
    Some(number.min(limits::UNITS_PER_FIGURE_MAX))
}

fn figure(figure: Figure) -> v1::Figure {
    let Figure {
        id,
        variant,
        title,
        basis: Basis { standing, words },
        adverse,
        numerator,
        denominator,
        statistics,
        counts,
        units_total,
        units,
        ..
    } = figure;
    let shown = units.len();
    v1::Figure {
        measure_id: id.to_owned(),
        variant: shapes::text(variant),
        title: title.to_owned(),
        basis: words::basis(standing).into(),
        basis_words: words,
        adverse,
        numerator,
        denominator,
        statistics: statistics
            .into_iter()
            .map(|Statistic { name, value }| v1::Statistic {
                name: name.to_owned(),
                value: value.to_string(),
            })
            .collect(),
        counts: counts.into_iter().map(|Count { name, value }| v1::FigureCount { name, value }).collect(),
        units: units.into_iter().map(unit).collect(),
        units_total: total_of(units_total),
        units_truncated: usize::try_from(units_total).is_ok_and(|total| total > shown),
    }
}

fn unit(unit: FigureUnit) -> v1::FigureUnit {
    let FigureUnit { reference, id, outcome, detail, days, evidence } = unit;
    v1::FigureUnit {
        reference: reference.to_string(),
        id: id.to_string(),
        outcome: words::unit_outcome(outcome).into(),
        detail,
        days: days.map(shapes::days),
        evidence_event_ids: shapes::ids(&evidence),
    }
}

fn total_of(units: u64) -> i64 {
    i64::try_from(units).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use candour_domain::{
        calendar::{Calendars, Nation},
        policy::Policy,
    };
    use jiff::civil::date;

    use super::*;

    fn known() -> Vec<Form> {
        let policy = Policy::local_defaults();
        forms_under(Rules { calendar: Calendars::built_in().in_force(Nation::England), policy: &policy })
    }

    fn refused<T>(read: impl FnOnce(&mut Check) -> Option<T>) -> Vec<String> {
        let mut check = Check::new();
        let read = read(&mut check);
        match check.finish(|| read) {
            Ok(_) => Vec::new(),
            Err(Failure::Invalid(violations)) => {
                violations.into_iter().map(|violation| violation.field).collect()
            }
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn the_known_measures_are_those_of_the_contract() {
        let mut ids: Vec<_> = known().into_iter().map(|(id, _)| id).collect();
        ids.dedup();
        let contract = [
            "R0", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "F0", "F1", "F2", "F3", "F4", "C0", "C1", "C2",
            "C3", "C4", "C5", "C6", "C7", "X1",
        ];
        assert_eq!(ids, contract);
    }

    #[test]
    fn a_variant_is_needed_exactly_where_the_measure_has_several() {
        let known = known();
        assert_eq!(form(&mut Check::new(), "C2", "aware clock", &known), Some(("C2", Some("aware clock"))));
        assert_eq!(form(&mut Check::new(), "R0", "", &known), Some(("R0", None)));
        assert_eq!(refused(|check| form(check, "C2", "", &known)), ["variant"]);
        assert_eq!(refused(|check| form(check, "R0", "aware clock", &known)), ["variant"]);
        assert_eq!(refused(|check| form(check, "C9", "", &known)), ["measure_id"]);
        assert_eq!(refused(|check| form(check, "", "", &known)), ["measure_id"]);
    }

    #[test]
    fn a_period_ends_by_the_as_of_date_and_does_not_end_before_it_begins() {
        let day = |day| Some(v1::Date { year: 2026, month: 6, day });
        let read = |from: Option<v1::Date>, until: Option<v1::Date>| {
            refused(|check| period(check, Some(date(2026, 6, 20)), from.as_ref(), until.as_ref()))
        };
        assert_eq!(read(None, None), [""; 0]);
        assert_eq!(read(day(20), day(20)), [""; 0]);
        assert_eq!(read(day(20), None), [""; 0]);
        assert_eq!(read(None, day(21)), ["period_until"]);
        assert_eq!(read(day(11), day(10)), ["period_from"]);
        assert_eq!(read(day(21), None), ["period_from"]);
        assert_eq!(
            read(Some(v1::Date { year: 2026, month: 6, day: 0 }), day(31)),
            ["period_from", "period_until"]
        );
    }

    #[test]
    fn units_per_figure_are_none_unless_asked_for_and_have_a_limit() {
        let read = |number| units_per_figure(number, &mut Check::new());
        assert_eq!([read(0), read(1), read(1_001), read(-1)], [Some(0), Some(1), Some(1_000), None]);
    }
}
