//! `ListCandourCases`: every duty of candour case with every stage (C0 to C7).

use candour_api::v1;
use candour_domain::{
    candour_case::OpinionIndependence,
    measures::{
        CandourStanding, Clock, Dated, Due, Verdict,
        candour::{CaseExit, Completion, FirstNotificationStanding, WrittenStanding},
    },
    regime::RegimeVersion,
};
use candour_projections::{
    ReadModel,
    query::{self, CaseFilter, CaseRow},
};
use candour_service_kit::{
    Check, Engine, Failure, question,
    wire::{self, WireEnum},
};
use jiff::civil::Date;

use crate::{listing::listing, shapes, words};

pub(crate) const METHOD: &str = "InsightService/ListCandourCases";

pub(crate) async fn list(
    engine: &Engine,
    read_model: &ReadModel,
    message: v1::ListCandourCasesRequest,
) -> Result<v1::ListCandourCasesResponse, Failure> {
    let mut check = Check::new();
    let listing = listing!(engine, METHOD, message, &mut check);
    let decision = words::optional(
        &mut check,
        "decision",
        message.decision,
        &words::CASE_DECISIONS,
        words::case_decision,
    );
    let (listing, decision) = check.finish(|| Some((listing?, decision?)))?;

    let (place, as_of, page) = (listing.question.place.clone(), listing.question.as_of, listing.page);
    let v1::ListCandourCasesRequest { overdue_only, exceptions_only, undecided_only, .. } = message;
    let (answer, basis) =
        question::answer(engine, read_model, &listing.question, page.known_at(), move |snapshot, rules| {
            let wanted = |standing: &CandourStanding| {
                decision.is_none_or(|decision| standing.decision == decision)
                    && (!overdue_only || is_overdue(standing, as_of))
                    && (!exceptions_only || is_exception(standing))
                    && (!undecided_only || standing.days_undecided(as_of).is_some())
            };
            let filter = CaseFilter { place, wanted: Some(&wanted) };
            query::candour_cases(snapshot, &filter, page, as_of, rules)
        })
        .await?;
    Ok(v1::ListCandourCasesResponse {
        cases: answer.rows.into_iter().map(|found| row(found, as_of)).collect(),
        next_page_token: listing.next_page_token(engine, answer.next),
        basis: Some(basis),
    })
}

/// A stage with one due date, as far as its clock has started.
#[derive(Clone, Copy)]
struct Stage {
    due: Due,
    done: Option<Dated>,
    verdict: Verdict,
}

impl Stage {
    fn shown(self) -> v1::Stage {
        shapes::stage(self.due, self.done, self.verdict)
    }
}

/// The stages beside the two clocks of the first notification.
struct Stages {
    /// C1.
    decision: Option<Stage>,
    /// C3.
    first_letter: Option<Stage>,
    /// C4.
    results: Option<Stage>,
}

/// What left under 20(5) in time has left the written stages too; the decision came before.
fn stages(standing: &CandourStanding, as_of: Date) -> Stages {
    let stage = |due: Due, done: Option<Dated>| Stage { due, done, verdict: shapes::judge(due, done, as_of) };
    let written = |due: Due, done: Option<Dated>| {
        if standing.left_in_time() {
            Stage { due, done, verdict: Verdict::LeftInTime }
        } else {
            stage(due, done)
        }
    };
    let decided = standing.decided.map(|decided| Dated {
        value: (),
        on: decided.on,
        event_id: decided.event_id,
        recorded_under: decided.recorded_under,
    });
    Stages {
        decision: standing.decision_due.map(|due| stage(due, decided)),
        first_letter: standing.first_letter_due.map(|due| written(due, standing.written.first_letter)),
        results: standing.results_due.map(|due| written(due, standing.written.results_settled)),
    }
}

/// A stage is not done and past its due date. What was recognised late is not overdue by the clock from the report (E-13).
fn is_overdue(standing: &CandourStanding, as_of: Date) -> bool {
    let Stages { decision, first_letter, results } = stages(standing, as_of);
    let reported_clock = standing.reported_clock.filter(|_| !standing.late_recognition);
    let clocks = [reported_clock, standing.aware_clock].map(|clock| clock.map(|clock| clock.verdict));
    let stages = [decision, first_letter, results].map(|stage| stage.map(|stage| stage.verdict));
    clocks.into_iter().chain(stages).flatten().any(|verdict| matches!(verdict, Verdict::Overdue(_)))
}

/// X1: left under 20(5), taken up again or not, or exempted locally and not taken up again.
fn is_exception(standing: &CandourStanding) -> bool {
    standing.exits.iter().any(CaseExit::is_under_20_5) || standing.is_exempted_locally()
}

fn row(row: CaseRow, as_of: Date) -> v1::CandourCaseStanding {
    let CaseRow { standing, place, incident_reference, regime } = row;
    let Stages { decision: decision_stage, first_letter, results } = stages(&standing, as_of);
    let (next_step, days_undecided) = (standing.next_step(), standing.days_undecided(as_of));
    let CandourStanding {
        case,
        reference,
        incident,
        person,
        reported,
        // The grade is the incident's to show.
        harm: _,
        moderate_harm: _,
        prompt,
        downgraded,
        decision_due: _,
        decision,
        decided: _,
        aware,
        outcome,
        opinion_independence,
        late_recognition,
        relevant_persons: _,
        designated,
        attempts,
        support: _,
        first_notification,
        reported_clock,
        aware_clock,
        exits,
        written,
        first_letter_due: _,
        signed_off,
        results_due: _,
        asserted,
        days_awaiting_results,
        evidence,
    } = standing;
    v1::CandourCaseStanding {
        case_id: case.to_string(),
        case_reference: reference.to_string(),
        incident_id: incident.to_string(),
        incident_reference: shapes::text(incident_reference),
        affected_person_id: person.to_string(),
        place: Some(shapes::place(&place)),
        reported: Some(shapes::occurrence(&reported)),
        prompted: prompt.as_ref().map(shapes::occurrence),
        prompted_by_source_flag: prompt.is_some_and(|prompt| prompt.value.source_flag),
        downgraded: downgraded.as_ref().map(shapes::occurrence),
        decision: words::case_decision(decision).into(),
        decision_stage: decision_stage.map(Stage::shown),
        days_undecided: days_undecided.map(shapes::days),
        aware: aware.as_ref().map(shapes::stated_day),
        outcome: outcome.map_or(0, WireEnum::to_wire),
        regime_version: shapes::text(regime.map(RegimeVersion::as_str)),
        late_recognition,
        designated_relevant_person_id: shapes::text(designated),
        attempts: shapes::count(attempts.len()),
        first_notification: Some(first_notification_standing(first_notification)),
        reported_clock: reported_clock.map(|clock| clock_from_report(clock, late_recognition)),
        aware_clock: aware_clock.map(clock),
        exits: exits.into_iter().map(case_exit).collect(),
        written: Some(written_standing(&written)),
        first_letter: first_letter.map(Stage::shown),
        signed_off: signed_off.as_ref().map(shapes::occurrence),
        results: results.map(Stage::shown),
        days_awaiting_results: days_awaiting_results.map(shapes::days),
        next_step: shapes::text(next_step),
        opinion_independence: opinion_independence.map_or(0, |found| independence(found).into()),
        evidence_event_ids: shapes::ids(&evidence),
        asserted: asserted
            .iter()
            .map(|fact| shapes::asserted(fact, wire::asserted_of_case(fact.value.stage), &fact.value.source))
            .collect(),
    }
}

fn first_notification_standing(standing: FirstNotificationStanding) -> v1::FirstNotificationStanding {
    let FirstNotificationStanding { contacts, elements, missing, complete, complete_at_first_contact } =
        standing;
    v1::FirstNotificationStanding {
        contacts: shapes::count(contacts.len()),
        first_contact: contacts.first().map(|contact| shapes::occurrence_at(contact.on, contact.event_id)),
        elements: elements
            .iter()
            .map(|element| v1::NotificationElementRecord {
                element: words::notification_element(element.value).into(),
                first_recorded: Some(shapes::occurrence(element)),
            })
            .collect(),
        missing: missing.into_iter().map(|element| words::notification_element(element).into()).collect(),
        complete: complete.map(|Completion { on, mode: _, event_id, recorded_under: _ }| {
            shapes::occurrence_at(on, event_id)
        }),
        mode: complete.and_then(|complete| complete.mode).map_or(0, WireEnum::to_wire),
        complete_at_first_contact,
    }
}

fn written_standing(standing: &WrittenStanding) -> v1::WrittenStanding {
    let WrittenStanding {
        letters,
        facts,
        enquiries,
        results,
        no_further_enquiries,
        // Shown as stages with their due dates.
        first_letter: _,
        results_settled: _,
        satisfied,
    } = standing;
    let occurrence = |dated: &Option<Dated>| dated.as_ref().map(shapes::occurrence);
    v1::WrittenStanding {
        letters: shapes::count(letters.len()),
        facts: occurrence(facts),
        enquiries: occurrence(enquiries),
        results: occurrence(results),
        no_further_enquiries: occurrence(no_further_enquiries),
        satisfied: occurrence(satisfied),
    }
}

fn clock(clock: Clock) -> v1::Clock {
    let Clock { start, original_due, due, restarted_on, left_after_due, verdict } = clock;
    let (verdict, days_late) = shapes::judged(verdict);
    v1::Clock {
        started_on: Some(wire::date(start)),
        original_due: Some(shapes::due(original_due)),
        due: Some(shapes::due(due)),
        restarted_on: restarted_on.map(wire::date),
        left_after_due,
        verdict: verdict.into(),
        days_late,
    }
}

/// The clock from the report. By it what was recognised late is not met, but no number of days is shown (E-13).
fn clock_from_report(from_report: Clock, late_recognition: bool) -> v1::Clock {
    let shown = clock(from_report);
    if late_recognition { v1::Clock { days_late: None, ..shown } } else { shown }
}

/// Whether the giver of the opinion stands apart from the incident.
const fn independence(independence: OpinionIndependence) -> v1::OpinionIndependence {
    match independence {
        OpinionIndependence::Independent => v1::OpinionIndependence::Independent,
        OpinionIndependence::Involved => v1::OpinionIndependence::Involved,
        OpinionIndependence::Unknown => v1::OpinionIndependence::Unknown,
    }
}

fn case_exit(exit: CaseExit) -> v1::CaseExitStanding {
    let CaseExit { kind, on, reason, role, reopened, event_id } = exit;
    v1::CaseExitStanding {
        kind: words::case_exit(kind).into(),
        left: Some(shapes::occurrence_at(on, event_id)),
        reason: shapes::text(reason),
        role: shapes::text(role),
        reopened: reopened.as_ref().map(shapes::occurrence),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn e_13_late_recognition_shows_no_days_by_the_clock_from_the_report() {
        let overdue = Clock {
            start: date(2026, 3, 2),
            original_due: Due::On(date(2026, 3, 16)),
            due: Due::On(date(2026, 3, 16)),
            restarted_on: None,
            left_after_due: false,
            verdict: Verdict::Overdue(84),
        };
        for (late_recognition, days_late) in [(false, Some(84)), (true, None)] {
            let shown = clock_from_report(overdue, late_recognition);
            assert_eq!((shown.verdict(), shown.days_late), (v1::Verdict::Overdue, days_late));
        }
    }
}
