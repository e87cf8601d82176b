//! Questions of lists and measures, asked over gRPC one after the other.

use std::time::Instant;

use candour_api::v1;
use candour_testkit::{Clients, Server};
use tonic::Status;

use super::Size;
use crate::{
    progress,
    sample::{Sample, shown},
    settings::Settings,
    store::LAST_DAY,
    table::{Row, Table},
};

/// What a question took at a size.
pub(crate) struct Answered {
    name: &'static str,
    median_seconds: Option<f64>,
}

/// The questions, by name.
#[derive(Clone, Copy)]
enum Question {
    Incidents,
    Recommendations,
    Actions,
    OverdueActions,
    ReporterFeedback,
    OverdueFeedback,
    CandourCases,
    Measures,
    OneMeasure,
    MeasureUnits,
}

const QUESTIONS: [(&str, Question); 10] = [
    ("ListIncidents, first page", Question::Incidents),
    ("ListRecommendations, first page", Question::Recommendations),
    ("ListActions, first page", Question::Actions),
    ("ListActions, overdue only", Question::OverdueActions),
    ("ListReporterFeedback, first page", Question::ReporterFeedback),
    ("ListReporterFeedback, overdue only", Question::OverdueFeedback),
    ("ListCandourCases, first page", Question::CandourCases),
    ("GetMeasures, all, two years", Question::Measures),
    ("GetMeasures, F2, one month", Question::OneMeasure),
    ("ListMeasureUnits, F2, one month", Question::MeasureUnits),
];

pub(super) async fn measure(
    settings: &Settings,
    server: &Server,
    incidents: u64,
    smaller: Option<&Size>,
    table: &mut Table,
) -> anyhow::Result<Vec<Answered>> {
    let mut clients = server.clients("demo-patient-safety").await;
    let mut answered = Vec::new();
    for (name, question) in QUESTIONS {
        progress(&format!("asking {name}"));
        let mut sample = Sample::default();
        let mut failure: Option<Status> = None;
        let begun = Instant::now();
        // The first one finds nothing in memory, as it may be; it counts.
        while sample.len() < settings.questions() && begun.elapsed() < settings.asking() {
            let asked = Instant::now();
            match ask(&mut clients, question).await {
                Ok(()) => sample.add([asked.elapsed()], asked.elapsed()),
                Err(status) => {
                    failure = Some(status);
                    break;
                }
            }
        }
        let median = (!sample.is_empty()).then(|| sample.centile(50).as_secs_f64());
        let before = smaller.and_then(|size| {
            let then = size.questions.iter().find(|answered| answered.name == name)?;
            Some((size.incidents, then.median_seconds?))
        });
        table.add(Row {
            what: format!("{incidents} incidents: {name}"),
            measured: match failure {
                Some(status) => format!("no answer: {}", status.message()),
                None => format!(
                    "p50 {}, p99 {} of {}",
                    shown(sample.centile(50)),
                    shown(sample.centile(99)),
                    sample.len()
                ),
            },
            beside: before.map_or_else(String::new, |(incidents, seconds)| {
                format!(
                    "with {incidents} incidents: p50 {}",
                    shown(std::time::Duration::from_secs_f64(seconds))
                )
            }),
            ratio: median.zip(before).map(|(now, (_, before))| now / before),
            target: "p99 under 20 ms; grows with the page, not the log",
        });
        answered.push(Answered { name, median_seconds: median });
    }
    Ok(answered)
}

fn query() -> v1::QueryContext {
    v1::QueryContext { as_of: Some(day(LAST_DAY)), ..Default::default() }
}

fn day(date: jiff::civil::Date) -> v1::Date {
    v1::Date { year: date.year().into(), month: date.month().into(), day: date.day().into() }
}

async fn ask(clients: &mut Clients, question: Question) -> Result<(), Status> {
    let (month_from, month_until) = (day(jiff::civil::date(2026, 4, 1)), day(jiff::civil::date(2026, 4, 30)));
    let insight = &mut clients.insight;
    match question {
        Question::Incidents => {
            let request = v1::ListIncidentsRequest { query: Some(query()), ..Default::default() };
            clients.incident.list_incidents(request).await.map(drop)
        }
        Question::Recommendations => {
            let request = v1::ListRecommendationsRequest { query: Some(query()), ..Default::default() };
            insight.list_recommendations(request).await.map(drop)
        }
        Question::Actions | Question::OverdueActions => {
            let overdue_only = matches!(question, Question::OverdueActions);
            let request = v1::ListActionsRequest { query: Some(query()), overdue_only, ..Default::default() };
            insight.list_actions(request).await.map(drop)
        }
        Question::ReporterFeedback | Question::OverdueFeedback => {
            let overdue_only = matches!(question, Question::OverdueFeedback);
            let request =
                v1::ListReporterFeedbackRequest { query: Some(query()), overdue_only, ..Default::default() };
            insight.list_reporter_feedback(request).await.map(drop)
        }
        Question::CandourCases => {
            let request = v1::ListCandourCasesRequest { query: Some(query()), ..Default::default() };
            insight.list_candour_cases(request).await.map(drop)
        }
        Question::Measures => {
            let request = v1::GetMeasuresRequest {
                query: Some(query()),
                period_from: Some(day(jiff::civil::date(2024, 7, 1))),
                period_until: Some(day(LAST_DAY)),
                ..Default::default()
            };
            insight.get_measures(request).await.map(drop)
        }
        Question::OneMeasure => {
            let request = v1::GetMeasuresRequest {
                query: Some(query()),
                period_from: Some(month_from),
                period_until: Some(month_until),
                measure_ids: vec!["F2".to_owned()],
                ..Default::default()
            };
            insight.get_measures(request).await.map(drop)
        }
        Question::MeasureUnits => {
            let request = v1::ListMeasureUnitsRequest {
                query: Some(query()),
                measure_id: "F2".to_owned(),
                period_from: Some(month_from),
                period_until: Some(month_until),
                ..Default::default()
            };
            insight.list_measure_units(request).await.map(drop)
        }
    }
}
