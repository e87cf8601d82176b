//! The figures as a table: one row per figure, one column per date.

use candour_api::v1;

use super::{
    Question,
    table::{Titled, basis, words},
};
use crate::client::Clients;

/// The most units asked for with each figure.
pub(super) const UNITS: i32 = 1_000;

/// Prints the figures for each question side by side, each with up to so many units.
pub(super) async fn print(clients: &mut Clients, questions: &[Question], units: i32) -> anyhow::Result<()> {
    let mut answers = Vec::new();
    for question in questions {
        let request = v1::GetMeasuresRequest {
            query: Some(question.context()),
            period_from: question.from.map(candour_service_kit::wire::date),
            period_until: question.until.map(candour_service_kit::wire::date),
            measure_ids: Vec::new(),
            units_per_figure: units,
        };
        answers.push(clients.insight.get_measures(request).await?.into_inner());
    }
    let Some(first) = answers.first() else { return Ok(()) };
    let from = questions.first().and_then(|question| question.from);
    let period = from.map_or_else(|| "all dates".to_owned(), |from| format!("period from {from}"));
    let columns: Vec<String> = answers
        .iter()
        .map(|answer| {
            let as_of = answer.basis.as_ref().and_then(|basis| basis.as_of.as_ref());
            format!("as of {}", super::table::day(as_of))
        })
        .collect();
    let mut headings = vec!["", "measure", "rests on"];
    headings.extend(columns.iter().map(String::as_str));
    let mut table =
        Titled::new(format!("The measures, {period}  ({})", basis(first.basis.as_ref())), &headings);
    for (index, figure) in first.figures.iter().enumerate() {
        let mut title = figure.title.clone();
        if !figure.variant.is_empty() {
            title = format!("{title} ({})", figure.variant);
        }
        let mut row = vec![
            figure.measure_id.clone(),
            title,
            format!("{}: {}", words(figure.basis().as_str_name(), "BASIS_"), figure.basis_words),
        ];
        row.extend(answers.iter().map(|answer| answer.figures.get(index).map(cell).unwrap_or_default()));
        table.row(row);
    }
    table.print();
    Ok(())
}

/// A figure in a cell: the fraction with the references behind it, then statistics and counts, one to a line.
fn cell(figure: &v1::Figure) -> String {
    let mut lines = Vec::new();
    match (figure.numerator, figure.denominator) {
        (Some(numerator), Some(denominator)) => lines.push(format!("{numerator}/{denominator}")),
        (Some(numerator), None) => lines.push(numerator.to_string()),
        (None, Some(denominator)) => lines.push(format!("of {denominator}")),
        (None, None) => {}
    }
    for (outcome, word) in [
        (v1::UnitOutcome::Met, "met"),
        (v1::UnitOutcome::NotMet, "not met"),
        (v1::UnitOutcome::Excluded, "excluded"),
        (v1::UnitOutcome::NotYetDue, "not yet due"),
        (v1::UnitOutcome::Listed, "listed"),
    ] {
        let units: Vec<String> = figure
            .units
            .iter()
            .filter(|unit| unit.outcome() == outcome)
            .map(|unit| match unit.days {
                Some(days) => format!("{} ({days} d)", unit.reference),
                None => unit.reference.clone(),
            })
            .collect();
        if !units.is_empty() {
            lines.push(format!("{word}: {}", units.join(", ")));
        }
    }
    lines.extend(figure.statistics.iter().map(|statistic| format!("{} {}", statistic.name, statistic.value)));
    let counts: Vec<String> = figure
        .counts
        .iter()
        .filter(|count| count.value != 0)
        .map(|count| format!("{} {}", count.name, count.value))
        .collect();
    if !counts.is_empty() {
        lines.push(counts.join(", "));
    }
    lines.join("\n")
}
