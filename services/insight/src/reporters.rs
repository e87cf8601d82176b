//! `ListReporterFeedback`: reports with a reporter, and what each was told (F0 to F4).

use candour_api::v1;
use candour_domain::measures::{
    ReporterClass, ReporterStanding, Verdict,
    reporters::{ExitEffect, ReporterExit},
};
use candour_projections::{
    ReadModel,
    query::{self, ReporterFilter, ReporterRow},
};
use candour_service_kit::{
    Check, Engine, Failure, question,
    wire::{self, WireEnum as _},
};
use jiff::civil::Date;

use crate::{listing::listing, shapes, words};

pub(crate) const METHOD: &str = "InsightService/ListReporterFeedback";

pub(crate) async fn list(
    engine: &Engine,
    read_model: &ReadModel,
    message: v1::ListReporterFeedbackRequest,
) -> Result<v1::ListReporterFeedbackResponse, Failure> {
    let mut check = Check::new();
    let listing = listing!(engine, METHOD, message, &mut check);
    let class =
        words::optional(&mut check, "class", message.class, ReporterClass::ALL, words::reporter_class);
    let (listing, class) = check.finish(|| Some((listing?, class?)))?;

    let (place, as_of, page) = (listing.question.place.clone(), listing.question.as_of, listing.page);
    let overdue_only = message.overdue_only;
    let (answer, basis) =
        question::answer(engine, read_model, &listing.question, page.known_at(), move |snapshot, rules| {
            let wanted = |standing: &ReporterStanding| {
                class.is_none_or(|class| standing.class == class)
                    && (!overdue_only || standing.days_overdue.is_some())
            };
            let filter = ReporterFilter { place, wanted: Some(&wanted) };
            query::reporter_feedback(snapshot, &filter, page, as_of, rules)
        })
        .await?;
    Ok(v1::ListReporterFeedbackResponse {
        reports: answer.rows.into_iter().map(|found| row(found, as_of)).collect(),
        next_page_token: listing.next_page_token(engine, answer.next),
        basis: Some(basis),
    })
}

fn row(row: ReporterRow, as_of: Date) -> v1::ReporterFeedbackStanding {
    let ReporterRow { standing, place } = row;
    let (acknowledgement, outcome) = (acknowledgement(&standing, as_of), outcome(&standing, as_of));
    let (next_step, days_since_last_message) =
        (standing.next_step(), standing.days_since_last_message(as_of));
    let ReporterStanding {
        incident,
        reference,
        identity,
        reported,
        class,
        channel,
        acknowledged: _,
        acknowledgement_due: _,
        last_message,
        closed,
        reopened,
        told,
        told_asserted,
        outcome_due: _,
        backstop,
        exit,
        // The same as the outcome's days late while that is overdue.
        days_overdue: _,
        days_waiting,
        evidence,
    } = standing;
    v1::ReporterFeedbackStanding {
        incident_id: incident.to_string(),
        reference: reference.to_string(),
        place: Some(shapes::place(&place)),
        reporter_identity: identity.to_wire(),
        class: words::reporter_class(class).into(),
        reported: Some(shapes::occurrence(&reported)),
        channel_opened: channel.as_ref().map(shapes::occurrence),
        acknowledgement,
        last_message: last_message.as_ref().map(shapes::occurrence),
        days_since_last_message: shapes::days(days_since_last_message),
        closed: closed.as_ref().map(shapes::occurrence),
        reopened: reopened.as_ref().map(shapes::occurrence),
        outcome,
        backstop_on: Some(wire::date(backstop)),
        exit: exit.map(reporter_exit),
        days_waiting: days_waiting.map(shapes::days),
        days_to_tell: told.map(|told| (told.on - reported.on).get_days()),
        next_step: shapes::text(next_step),
        evidence_event_ids: shapes::ids(&evidence),
        told_asserted: told_asserted.as_ref().map(shapes::occurrence),
    }
}

/// F1. A report that left in time has left this clock too, unless its acknowledgement was overdue by then.
///
/// Nothing is due to an anonymous reporter without a way back: both stages are unset.
fn acknowledgement(standing: &ReporterStanding, as_of: Date) -> Option<v1::Stage> {
    let (due, done) = (standing.acknowledgement_due, standing.acknowledged);
    let in_time = done.is_some_and(|done| due.is_met_by(done.on));
    let left_late = !in_time
        && standing
            .exit
            .as_ref()
            .is_some_and(|exit| exit.effect == ExitEffect::Excluded && due.is_past(exit.on));
    let verdict = match standing.class {
        ReporterClass::AnonymousWithoutChannel => return None,
        ReporterClass::Eligible => shapes::judge(due, done, as_of),
        _ if left_late => shapes::judge(due, done, as_of),
        ReporterClass::OptedOut | ReporterClass::DuplicateBySameReporter | ReporterClass::Unreachable => {
            Verdict::LeftInTime
        }
    };
    Some(shapes::stage(due, done, verdict))
}

/// F2.
fn outcome(standing: &ReporterStanding, as_of: Date) -> Option<v1::Stage> {
    let (due, done) = (standing.outcome_due, standing.told);
    let verdict = match standing.class {
        ReporterClass::AnonymousWithoutChannel => return None,
        ReporterClass::Eligible => shapes::judge(due, done, as_of),
        ReporterClass::OptedOut | ReporterClass::DuplicateBySameReporter | ReporterClass::Unreachable => {
            Verdict::LeftInTime
        }
    };
    Some(shapes::stage(due, done, verdict))
}

fn reporter_exit(exit: ReporterExit) -> v1::ReporterExit {
    let ReporterExit { kind, on, effect, reason, event_id } = exit;
    v1::ReporterExit {
        kind: words::reporter_exit(kind).into(),
        left: Some(shapes::occurrence_at(on, event_id)),
        effect: words::exit_effect(effect).into(),
        reason: shapes::text(reason),
    }
}
