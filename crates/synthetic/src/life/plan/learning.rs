//! What is learned from an incident: a response, its recommendations, the actions under them.

use super::agenda::Agenda;
use crate::life::step::{ActionStep, Agreed, ResponseStep, Step};

/// Plans a response with what follows from it.
pub(super) fn is_drawn(agenda: &mut Agenda<'_>) {
    let first = agenda.chance.between(8, 20);
    agenda.at(first..=first, Step::Response(ResponseStep::Start));
    let made = first + agenda.chance.between(20, 45);
    let mut actions = 0;
    for recommendation in 0..usize::try_from(agenda.chance.between(1, 3)).unwrap_or(1) {
        agenda.at(made..=made, Step::Response(ResponseStep::Recommend(recommendation)));
        let answered = made + agenda.chance.between(1, 10);
        match agenda.chance.below(1000) {
            0..100 => agenda.at(answered..=answered, Step::Response(ResponseStep::Reject(recommendation))),
            // It waits for an answer.
            100..150 => {}
            _ => {
                agenda.at(answered..=answered, Step::Response(ResponseStep::Accept(recommendation)));
                for _ in 0..agenda.chance.between(0, 2) {
                    action(agenda, answered + 1, actions, Some(recommendation));
                    actions += 1;
                }
            }
        }
    }
    agenda.maybe(900, made + 11..=made + 20, Step::Response(ResponseStep::SignOff));
    if agenda.chance.in_thousand(200) {
        action(agenda, first, actions, None);
    }
}

/// Plans an action from its agreement on, at the earliest so many days after the report.
fn action(agenda: &mut Agenda<'_>, from: i64, number: usize, recommendation: Option<usize>) {
    let agreed = from + agenda.chance.between(1, 14);
    let target_in_days = agenda.chance.between(30, 120);
    let (has_owner, has_measure) = (agenda.chance.in_thousand(880), agenda.chance.in_thousand(850));
    let at = |agenda: &mut Agenda<'_>, first: i64, last: i64, step| {
        agenda.at(agreed + first..=agreed + last, Step::Action(number, step));
    };
    let agreement = Agreed { recommendation, target_in_days, has_owner, has_measure };
    at(agenda, 0, 0, ActionStep::Agree(agreement));
    if !has_owner {
        at(agenda, 2, 9, ActionStep::AssignOwner);
    }
    if !has_measure && agenda.chance.in_thousand(700) {
        at(agenda, 3, 12, ActionStep::SetMeasure);
    }
    if agenda.chance.in_thousand(700) {
        at(agenda, 5, 15, ActionStep::NoteProgress);
    }
    match agenda.chance.below(1000) {
        0..40 => return at(agenda, 16, 60, ActionStep::Withdraw),
        40..70 => return at(agenda, 16, 60, ActionStep::AcceptRisk),
        70..100 if number > 0 => return at(agenda, 20, 60, ActionStep::Supersede),
        100..130 => return at(agenda, 20, 60, ActionStep::AssertImplemented),
        130..280 => return,
        _ => {}
    }
    if target_in_days >= 60 && agenda.chance.in_thousand(300) {
        at(agenda, 20, 28, ActionStep::MoveTarget);
    }
    let mut done = target_in_days + agenda.chance.between(-10, 25);
    at(agenda, done, done, ActionStep::Implement);
    if agenda.chance.in_thousand(150) {
        let refused = done + agenda.chance.between(2, 15);
        at(agenda, refused, refused, ActionStep::RefuseVerification);
        done = refused + agenda.chance.between(5, 30);
        at(agenda, done, done, ActionStep::Implement);
    }
    if agenda.chance.in_thousand(850) {
        let verified = done + agenda.chance.between(2, 25);
        at(agenda, verified, verified, ActionStep::Verify);
        if agenda.chance.in_thousand(600) {
            at(agenda, verified + 30, verified + 90, ActionStep::ReviewEffectiveness);
        }
        if agenda.chance.in_thousand(500) {
            at(agenda, verified + 2, verified + 20, ActionStep::Close);
        }
    }
}
