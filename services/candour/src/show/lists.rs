//! The lists as tables.

use candour_api::v1;

use super::{
    Question,
    table::{Titled, basis, day, due, on, or_dash, words},
};
use crate::client::Clients;

/// Rows asked for at a time.
const PAGE: i32 = 500;

/// Prints every page of a list: `$call` is asked until there is no next page.
macro_rules! every_page {
    ($clients:ident, $method:ident, $request:expr, $field:ident) => {{
        let mut rows = Vec::new();
        let mut page_token = String::new();
        let mut request = $request;
        loop {
            request.page_size = PAGE;
            request.page_token = page_token;
            let answer = $clients.insight.$method(request.clone()).await?.into_inner();
            rows.extend(answer.$field);
            if answer.next_page_token.is_empty() {
                break (rows, answer.basis);
            }
            page_token = answer.next_page_token;
        }
    }};
}

pub(super) async fn recommendations(clients: &mut Clients, question: &Question) -> anyhow::Result<()> {
    let request = v1::ListRecommendationsRequest { query: Some(question.context()), ..Default::default() };
    let (rows, made_from) = every_page!(clients, list_recommendations, request, recommendations);
    let mut table = Titled::new(
        format!("1. Was each recommendation implemented?  ({})", basis(made_from.as_ref())),
        &["recommendation", "made", "answered", "state", "actions", "next step"],
    );
    for row in rows {
        let actions: Vec<String> = row
            .actions
            .iter()
            .map(|action| {
                let late =
                    action.days_overdue.map(|days| format!(", {days} days overdue")).unwrap_or_default();
                format!(
                    "{} {}{late}",
                    action.reference,
                    words(action.status().as_str_name(), "ACTION_STATUS_")
                )
            })
            .collect();
        table.row(vec![
            row.reference.clone(),
            on(row.made.as_ref()),
            on(row.answered.as_ref()),
            words(row.state().as_str_name(), "RECOMMENDATION_STATE_"),
            or_dash(&actions.join("; ")),
            or_dash(&row.next_step),
        ]);
    }
    table.print();
    Ok(())
}

pub(super) async fn actions(clients: &mut Clients, question: &Question) -> anyhow::Result<()> {
    let request = v1::ListActionsRequest { query: Some(question.context()), ..Default::default() };
    let (rows, made_from) = every_page!(clients, list_actions, request, actions);
    let mut table = Titled::new(
        format!("   Learning actions  ({})", basis(made_from.as_ref())),
        &[
            "action",
            "agreed",
            "owner",
            "original target",
            "effective target",
            "implemented",
            "status",
            "overdue",
            "strength",
        ],
    );
    for row in rows {
        let stated =
            |day_stated: Option<&v1::StatedDay>| day(day_stated.and_then(|stated| stated.date.as_ref()));
        let implemented = match (&row.verified, &row.reported) {
            (Some(verified), _) => format!("{} verified", stated(Some(verified))),
            (None, Some(reported)) => format!("{} reported, not verified", stated(Some(reported))),
            (None, None) => {
                said(&row.asserted, &[v1::AssertedStage::Implementation]).unwrap_or("–".to_owned())
            }
        };
        let mut status = words(row.status().as_str_name(), "ACTION_STATUS_");
        if let Some(review) = &row.latest_review {
            status = format!("{status}, {}", words(review.effectiveness().as_str_name(), "EFFECTIVENESS_"));
        }
        table.row(vec![
            row.reference.clone(),
            on(row.agreed.as_ref()),
            or_dash(&row.owner_role),
            stated(row.original_target.as_ref()),
            stated(row.effective_target.as_ref()),
            implemented,
            status,
            row.days_overdue.map_or_else(|| "–".to_owned(), |days| format!("{days} days")),
            words(row.strength().as_str_name(), "STRENGTH_"),
        ]);
    }
    table.print();
    Ok(())
}

pub(super) async fn reporters(clients: &mut Clients, question: &Question) -> anyhow::Result<()> {
    let request = v1::ListReporterFeedbackRequest { query: Some(question.context()), ..Default::default() };
    let (rows, made_from) = every_page!(clients, list_reporter_feedback, request, reports);
    let mut table = Titled::new(
        format!("2. Was each reporter told the outcome in good time?  ({})", basis(made_from.as_ref())),
        &[
            "report",
            "reported",
            "class",
            "acknowledged",
            "told by",
            "told",
            "how it stands",
            "waiting",
            "next step",
        ],
    );
    for row in rows {
        let stage = |stage: Option<&v1::Stage>| {
            stage.map_or_else(|| "–".to_owned(), |stage| words(stage.verdict().as_str_name(), "VERDICT_"))
        };
        table.row(vec![
            row.reference.clone(),
            on(row.reported.as_ref()),
            words(row.class().as_str_name(), "REPORTER_CLASS_"),
            row.acknowledgement.as_ref().map_or_else(|| "–".to_owned(), |stage| on(stage.done.as_ref())),
            row.outcome.as_ref().map_or_else(|| "–".to_owned(), |stage| due(stage.due.as_ref())),
            match (row.outcome.as_ref().and_then(|stage| stage.done.as_ref()), &row.told_asserted) {
                (None, Some(told)) => asserted(&on(Some(told))),
                (done, _) => on(done),
            },
            stage(row.outcome.as_ref()),
            row.days_waiting.map_or_else(|| "–".to_owned(), |days| format!("{days} days")),
            or_dash(&row.next_step),
        ]);
    }
    table.print();
    Ok(())
}

pub(super) async fn candour_cases(clients: &mut Clients, question: &Question) -> anyhow::Result<()> {
    let request = v1::ListCandourCasesRequest { query: Some(question.context()), ..Default::default() };
    let (rows, made_from) = every_page!(clients, list_candour_cases, request, cases);
    let mut table = Titled::new(
        format!(
            "3. When were the duty of candour notifications given and sent?  ({})",
            basis(made_from.as_ref())
        ),
        &[
            "case",
            "reported",
            "decision",
            "aware",
            "first notification",
            "missing",
            "first letter",
            "results",
            "left",
            "next step",
        ],
    );
    for row in rows {
        let first = row.first_notification.as_ref();
        let notified = match (first, &row.aware_clock) {
            (Some(first), Some(clock)) if first.complete.is_some() => format!(
                "{} ({}, {})",
                on(first.complete.as_ref()),
                words(first.mode().as_str_name(), "NOTIFICATION_MODE_"),
                words(clock.verdict().as_str_name(), "VERDICT_")
            ),
            (_, Some(clock)) => {
                format!(
                    "{}, due {}",
                    words(clock.verdict().as_str_name(), "VERDICT_"),
                    due(clock.due.as_ref())
                )
            }
            (_, None) => "–".to_owned(),
        };
        let missing: Vec<String> = match first {
            Some(first) if row.aware.is_some() && !first.missing.is_empty() && first.contacts > 0 => {
                first.missing().map(|element| words(element.as_str_name(), "NOTIFICATION_ELEMENT_")).collect()
            }
            Some(first) if row.aware.is_some() && !first.missing.is_empty() => vec!["everything".to_owned()],
            _ => Vec::new(),
        };
        let exits: Vec<String> = row
            .exits
            .iter()
            .map(|exit| {
                let again = exit.reopened.as_ref().map(|at| format!(", taken up again {}", on(Some(at))));
                format!(
                    "{} {}{}",
                    words(exit.kind().as_str_name(), "CASE_EXIT_"),
                    on(exit.left.as_ref()),
                    again.unwrap_or_default()
                )
            })
            .collect();
        let done = |stage: Option<&v1::Stage>| {
            stage.map_or_else(
                || "–".to_owned(),
                |stage| match &stage.done {
                    Some(done) => {
                        format!("{} ({})", on(Some(done)), words(stage.verdict().as_str_name(), "VERDICT_"))
                    }
                    None => format!(
                        "{}, due {}",
                        words(stage.verdict().as_str_name(), "VERDICT_"),
                        due(stage.due.as_ref())
                    ),
                },
            )
        };
        table.row(vec![
            row.case_reference.clone(),
            on(row.reported.as_ref()),
            with_assertion(
                words(row.decision().as_str_name(), "CASE_DECISION_"),
                row.decision() == v1::CaseDecision::Undecided,
                said(
                    &row.asserted,
                    &[v1::AssertedStage::DecidedNotifiable, v1::AssertedStage::DecidedNotNotifiable],
                ),
            ),
            day(row.aware.as_ref().and_then(|aware| aware.date.as_ref())),
            with_assertion(
                notified,
                first.is_none_or(|first| first.complete.is_none()),
                said(&row.asserted, &[v1::AssertedStage::FirstNotification]),
            ),
            or_dash(&missing.join(", ")),
            with_assertion(
                done(row.first_letter.as_ref()),
                is_open(row.first_letter.as_ref()),
                said(&row.asserted, &[v1::AssertedStage::WrittenNotification]),
            ),
            with_assertion(
                done(row.results.as_ref()),
                is_open(row.results.as_ref()),
                said(&row.asserted, &[v1::AssertedStage::EnquiryResults]),
            ),
            or_dash(&exits.join("; ")),
            or_dash(&row.next_step),
        ]);
    }
    table.print();
    Ok(())
}

/// The mark of what a source asserts, wherever it is shown.
fn asserted(what: &str) -> String {
    format!("{what}: asserted by source, elements not evidenced")
}

/// What a source first asserts of one of these stages, with its day.
fn said(assertions: &[v1::AssertedStageStanding], stages: &[v1::AssertedStage]) -> Option<String> {
    let found = assertions.iter().find(|assertion| stages.contains(&assertion.stage()))?;
    let what = match found.stage() {
        v1::AssertedStage::DecidedNotifiable => "notifiable ",
        v1::AssertedStage::DecidedNotNotifiable => "not notifiable ",
        _ => "",
    };
    Some(asserted(&format!("{what}{}", on(found.asserted.as_ref()))))
}

/// A cell, and where the stage is not done by the record, what a source asserts of it.
fn with_assertion(cell: String, is_open: bool, said: Option<String>) -> String {
    match said.filter(|_| is_open) {
        Some(said) => format!("{cell}; {said}"),
        None => cell,
    }
}

/// A stage is not done by the record.
fn is_open(stage: Option<&v1::Stage>) -> bool {
    stage.is_none_or(|stage| stage.done.is_none())
}

pub(super) async fn timeline(
    clients: &mut Clients,
    question: &Question,
    incident_id: String,
) -> anyhow::Result<()> {
    let request =
        v1::GetTimelineRequest { query: Some(question.context()), incident_id, ..Default::default() };
    let (rows, made_from) = every_page!(clients, get_timeline, request, entries);
    let mut table = Titled::new(
        format!("Timeline  ({})", basis(made_from.as_ref())),
        &["occurred", "recorded", "in", "what happened", "by", "recorded by", "remarks", "event"],
    );
    for row in rows {
        let mut remarks = Vec::new();
        if row.struck {
            remarks.push("struck out".to_owned());
        }
        if row.original_occurred_time.is_some() {
            remarks.push(format!("first said to be {}", instant(row.original_occurred_time.as_ref())));
        }
        if let Some(flags) = &row.flags {
            if let Some(days) = flags.late_working_days {
                let claim = if flags.lateness_by_claim { " (by the source's claim)" } else { "" };
                remarks.push(format!("recorded {days} working days later{claim}"));
            }
            if flags.late_outside_calendar {
                remarks.push("recorded late, by more working days than the calendar covers".to_owned());
            }
            if flags.precedes_earlier {
                remarks.push("said to precede an entry recorded before it".to_owned());
            }
        }
        table.row(vec![
            instant(row.occurred_time.as_ref()),
            instant(row.recorded_time.as_ref()),
            words(row.stream_kind().as_str_name(), "STREAM_KIND_"),
            row.summary.clone(),
            or_dash(&row.performed_by),
            row.caller_id.clone(),
            or_dash(&remarks.join("; ")),
            row.event_id.clone(),
        ]);
    }
    table.print();
    Ok(())
}

pub(super) async fn status(clients: &mut Clients) -> anyhow::Result<()> {
    let answer =
        clients.insight.get_read_model_status(v1::GetReadModelStatusRequest::default()).await?.into_inner();
    let mut table = Titled::new(
        format!(
            "Read model of candour {}: {}",
            answer.product_version,
            if answer.head_reached { "everything recorded is folded" } else { "catching up" }
        ),
        &["projection", "health", "stopped because"],
    );
    for projection in &answer.projections {
        table.row(vec![
            projection.name.clone(),
            words(projection.health().as_str_name(), "PROJECTION_HEALTH_"),
            or_dash(&projection.stopped_because),
        ]);
    }
    table.print();
    Ok(())
}

/// An instant as local time in London to the minute.
pub(super) fn instant(instant: Option<&prost_types::Timestamp>) -> String {
    instant
        .and_then(|at| jiff::Timestamp::new(at.seconds, at.nanos).ok())
        .and_then(|at| at.in_tz("Europe/London").ok())
        .map_or_else(|| "–".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
}
