//! The worklist in plain words: what to do first at the top, one paragraph to an item.

use candour_api::v1;

use super::{
    Question,
    table::{basis, day, due, words},
};
use crate::{client::Clients, command_line::WorklistArguments, output};

/// Prints the first items.
pub(super) async fn print(
    clients: &mut Clients,
    question: &Question,
    arguments: &WorklistArguments,
) -> anyhow::Result<()> {
    let rows = i32::from(arguments.rows);
    let request = v1::ListWorkItemsRequest {
        query: Some(question.context()),
        page_size: rows,
        owner_role: arguments.role.clone().unwrap_or_default(),
        team: arguments.team.clone().unwrap_or_default(),
        due_before: arguments.due_before.map(candour_service_kit::wire::date),
        overdue_only: arguments.overdue,
        unowned_only: arguments.unowned,
        stalled_only: arguments.stalled,
        ..Default::default()
    };
    let answer = clients.insight.list_work_items(request).await?.into_inner();
    output::line(&format!("\nWhat to do, the most overdue first  ({})", basis(answer.basis.as_ref())));
    if answer.items.is_empty() {
        output::line("  (nothing)");
    }
    for (number, item) in (1..).zip(&answer.items) {
        output::line(&paragraph(number, item));
    }
    if !answer.next_page_token.is_empty() {
        output::line(&format!(
            "\n  There are more than {rows}: ask for more with --rows, or for fewer with a filter."
        ));
    }
    Ok(())
}

fn paragraph(number: usize, item: &v1::WorkItem) -> String {
    let mut lines = vec![format!("\n{number}. {}: {}", item.reference, what(item.kind()))];
    let mut say = |name: &str, text: &str| {
        if !text.is_empty() {
            lines.push(format!("   {:<12}{text}", format!("{name}:")));
        }
    };
    say("due", &when(item));
    for ground in &item.deadlines {
        say("ground", &because(ground));
    }
    say("whose", &whose(item));
    say("stands", &item.detail);
    if item.stalled {
        say("STALLED", "nothing was recorded about it for too long");
    }
    say("missing", &item.missing.join("; "));
    say("reason", &item.reason);
    say("do next", &item.next_step);
    lines.join("\n")
}

/// The due date, and for how long it has passed.
fn when(item: &v1::WorkItem) -> String {
    match (item.days_overdue, &item.due) {
        (Some(1), on) => format!("{}, OVERDUE by 1 day", due(on.as_ref())),
        (Some(days), on) => format!("{}, OVERDUE by {days} days", due(on.as_ref())),
        (None, None) => "no day is set".to_owned(),
        (None, on) => due(on.as_ref()),
    }
}

/// Law, contract, guidance and local default are different facts, so each is printed with its own day.
fn because(ground: &v1::Deadline) -> String {
    let (standing, words) = (words(ground.basis().as_str_name(), "BASIS_"), &ground.basis_words);
    match &ground.due {
        Some(v1::Due { outside_calendar: true, .. }) => {
            format!("a day outside the calendar by {standing}: {words}")
        }
        Some(found) => format!("{} by {standing}: {words}", day(found.date.as_ref())),
        None => format!("{standing}: {words}"),
    }
}

fn whose(item: &v1::WorkItem) -> String {
    match (item.unowned, item.owner_role.as_str(), item.team.as_str()) {
        (true, _, "") => "NOBODY".to_owned(),
        (true, _, team) => format!("NOBODY; the incident is of {team}"),
        (false, "", "") => "nobody's role is on record".to_owned(),
        (false, "", team) => format!("{team} (nobody's role is on record)"),
        (false, role, "") => role.to_owned(),
        (false, role, team) => format!("{role}, {team}"),
    }
}

/// What is to be done, for somebody who does not know the words of the API.
const fn what(kind: v1::WorkKind) -> &'static str {
    match kind {
        v1::WorkKind::Unspecified => "something that this version of the program does not know",
        v1::WorkKind::RecommendationAnswer => "a recommendation awaits an answer",
        v1::WorkKind::ActionToAgree => "an accepted recommendation has no action that could carry it out",
        v1::WorkKind::Implementation => "an action is to be implemented",
        v1::WorkKind::Verification => "an action reported as implemented is to be verified",
        v1::WorkKind::EffectivenessReview => "whether an action works is to be reviewed",
        v1::WorkKind::Contradiction => "an action and its recommendations do not fit together",
        v1::WorkKind::Acknowledgement => "a reporter is to be acknowledged",
        v1::WorkKind::Progress => "a reporter is to be sent word of progress",
        v1::WorkKind::OutcomeToReporter => "a reporter is to be told the outcome",
        v1::WorkKind::CandourDecision => "it is to be decided whether the duty of candour applies",
        v1::WorkKind::FirstNotification => "duty of candour: the first notification is to be completed",
        v1::WorkKind::WrittenNotification => "duty of candour: the written notification is to be sent",
        v1::WorkKind::EnquiryResults => "duty of candour: the results of enquiries are to be shared",
        v1::WorkKind::LeftUnder205 => "duty of candour: left under regulation 20(5), an exception to look at",
        v1::WorkKind::ExemptedLocally => "duty of candour: exempted locally, an exception to look at",
        v1::WorkKind::HarmDowngraded => {
            "harm was graded down after it had asked for candour, an exception to look at"
        }
    }
}
