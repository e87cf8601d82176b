//! `ListWorkItems`: what is to be done, the most overdue first.

use candour_api::v1;
use candour_domain::measures::{Deadline, WorkItem, WorkKind};
use candour_projections::{
    ReadModel,
    query::{self, WorkFilter, WorkRow, WorkSubject},
};
use candour_service_kit::{Check, Engine, Failure, question};
use jiff::civil::Date;

use crate::{listing::listing, shapes, words};

pub(crate) const METHOD: &str = "InsightService/ListWorkItems";

pub(crate) async fn list(
    engine: &Engine,
    read_model: &ReadModel,
    message: v1::ListWorkItemsRequest,
) -> Result<v1::ListWorkItemsResponse, Failure> {
    let mut check = Check::new();
    let listing = listing!(engine, METHOD, message, &mut check);
    let kinds = check.each("kinds", &message.kinds, WorkKind::ALL.len(), |check, field, number| {
        let kind = words::optional(check, field, *number, WorkKind::ALL, words::work_kind)?;
        if kind.is_none() {
            check.violation(field, "must name a kind");
        }
        kind
    });
    let role = check.optional_text("owner_role", &message.owner_role);
    let team = check.optional_text("team", &message.team);
    let due_before = check.optional_date("due_before", message.due_before.as_ref());
    let (listing, kinds, role, team, due_before) =
        check.finish(|| Some((listing?, kinds?, role?, team?, due_before?)))?;

    let (as_of, page) = (listing.question.as_of, listing.page);
    let filter = WorkFilter {
        place: listing.question.place.clone(),
        kinds,
        role,
        team,
        due_before,
        overdue_only: message.overdue_only,
        unowned_only: message.unowned_only,
        stalled_only: message.stalled_only,
    };
    let (answer, basis) =
        question::answer(engine, read_model, &listing.question, page.known_at(), move |snapshot, rules| {
            query::worklist(snapshot, &filter, page, as_of, rules)
        })
        .await?;
    Ok(v1::ListWorkItemsResponse {
        items: answer.rows.into_iter().map(|found| item(found, as_of)).collect(),
        next_page_token: listing.next_page_token(engine, answer.next),
        basis: Some(basis),
    })
}

fn item(row: WorkRow, as_of: Date) -> v1::WorkItem {
    let WorkRow { reference, subject, team, item } = row;
    let due = item.earliest();
    let days_overdue = item.days_overdue(as_of);
    let WorkItem {
        kind,
        deadlines,
        owner_role,
        owner_team: _,
        unowned,
        stalled_from,
        missing,
        detail,
        reason,
        next_step,
        evidence,
    } = item;
    let mut shown = v1::WorkItem {
        kind: words::work_kind(kind).into(),
        reference: reference.to_string(),
        due: due.map(shapes::due),
        days_overdue: days_overdue.map(shapes::days),
        deadlines: deadlines.into_iter().map(deadline).collect(),
        owner_role: shapes::text(owner_role),
        team: team.unwrap_or_default(),
        unowned,
        stalled: stalled_from.is_some_and(|day| day <= as_of),
        missing,
        detail,
        reason: shapes::text(reason),
        next_step: next_step.to_owned(),
        evidence_event_ids: shapes::ids(&evidence),
        ..v1::WorkItem::default()
    };
    match subject {
        WorkSubject::Recommendation(key) => shown.recommendation = Some(shapes::recommendation_key(key)),
        WorkSubject::Action(action) => shown.action_id = action.to_string(),
        WorkSubject::Report(incident) => shown.incident_id = incident.to_string(),
        WorkSubject::Case(incident, case) => {
            shown.incident_id = incident.to_string();
            shown.case_id = case.to_string();
        }
    }
    shown
}

fn deadline(deadline: Deadline) -> v1::Deadline {
    let Deadline { standing, due, words } = deadline;
    v1::Deadline { basis: words::basis(standing).into(), due: due.map(shapes::due), basis_words: words }
}
