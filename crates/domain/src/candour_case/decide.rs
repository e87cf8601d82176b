//! The rules of a duty of candour case (E-1 to E-14).

mod coherence;
mod rejection;

use jiff::civil::Date;

pub(super) use coherence::incoherence;
pub use rejection::Rejection;

use super::{
    AttemptCount, CaseDecision, CaseFacts, Command, ContactAttempt, Declined, EnquiryResults, Event,
    FirstNotification, FirstNotificationElements, LetterCovers, NotNotifiable, NotifiableAssessment,
    RELEVANT_PERSONS_MAX, REPRESENTATIVES_MAX, RelevantPerson, RelevantPersonBasis, Request, State, Support,
    WrittenNotification,
};
use crate::{aggregate::Situation, identifier::RelevantPersonId, policy::Policy, regime::check_notifiable};

/// Decides. The first thing recorded about a case opens it in the same breath.
pub(super) fn decide(
    state: &State,
    Command { facts, request }: Command,
    situation: &Situation,
) -> Result<Vec<Event>, Rejection> {
    if facts.recorded_in_error {
        return Err(Rejection::RecordedInError);
    }
    let asked_for = answer(state, &facts, request, situation)?;
    let CaseFacts { case, incident, person, .. } = facts;
    let opening = (state.opened.is_none() && asked_for.is_some()).then_some(Event::CandourCaseOpened {
        case,
        incident,
        person,
    });
    Ok(opening.into_iter().chain(asked_for).collect())
}

/// The event asked for, or `None` where there is nothing to do.
fn answer(
    state: &State,
    facts: &CaseFacts,
    request: Request,
    situation: &Situation,
) -> Result<Option<Event>, Rejection> {
    let day = situation.occurred_on();
    match request {
        Request::AssessNotifiable(assessment) => assess(state, facts, assessment, situation).map(Some),
        Request::RecordNotNotifiable(judgement) => not_notifiable(state, judgement, situation),
        Request::IdentifyRelevantPerson(person) => identify(state, person).map(Some),
        Request::RecordContactAttempt(attempt) => {
            let relevant_person = addressed_to(state, attempt.relevant_person, day)?;
            Ok(Some(Event::ContactAttempted(ContactAttempt { relevant_person, ..attempt })))
        }
        Request::RecordFirstNotification(contact) => notify(state, contact, day).map(Some),
        Request::RecordSupportOffered(support) => {
            let relevant_person = addressed_to(state, support.relevant_person, day)?;
            Ok(Some(Event::SupportOffered(Support { relevant_person, ..support })))
        }
        Request::RecordWrittenNotification(letter) => write(state, letter, day).map(Some),
        Request::ShareEnquiryResults(results) => {
            must_be_notifiable(state)?;
            let relevant_person = addressed_to(state, results.relevant_person, day)?;
            must_be_tellable(state, relevant_person)?;
            Ok(Some(Event::EnquiryResultsShared(EnquiryResults { relevant_person, ..results })))
        }
        Request::RecordNoFurtherEnquiries { because } => {
            must_be_notifiable(state)?;
            Ok((!state.no_further_enquiries).then_some(Event::NoFurtherEnquiries { because }))
        }
        Request::RecordDeclined(declined) => decline(state, declined, day).map(Some),
        Request::RecordNotContactable { reason } => {
            must_be_able_to_leave(state)?;
            must_be_tellable(state, state.designated_on(day))?;
            must_have_been_tried(state, day)?;
            Ok(Some(Event::NotContactable { reason }))
        }
        Request::ExemptLocally(exemption) => {
            must_be_able_to_leave(state)?;
            Ok(Some(Event::CandourExempted(exemption)))
        }
        // Also of a case that was decided otherwise or left: it is what the source says, and changes nothing.
        Request::RecordStageAsserted(assertion) => Ok(Some(Event::CandourStageAsserted(assertion))),
        Request::ReopenCase { reason } => match state.exit {
            Some(_) => Ok(Some(Event::CandourReopened { reason })),
            None => Err(Rejection::NotLeft),
        },
    }
}

/// E-1 to E-5, E-12. After "not required" a fresh opinion is allowed: late recognition (E-13).
fn assess(
    state: &State,
    facts: &CaseFacts,
    assessment: NotifiableAssessment,
    situation: &Situation,
) -> Result<Event, Rejection> {
    if state.decision == CaseDecision::Notifiable {
        return Err(Rejection::AlreadyNotifiable);
    }
    let violations = check_notifiable(&assessment);
    if !violations.is_empty() {
        return Err(Rejection::NotWithinRegulation20 { violations });
    }
    let (aware_on, assessed_on, reported_on) =
        (assessment.aware_on, situation.occurred_on(), facts.reported_on);
    if aware_on > assessed_on {
        return Err(Rejection::AwareInTheFuture { aware_on, assessed_on });
    }
    if aware_on < reported_on {
        return Err(Rejection::AwareBeforeReported { aware_on, reported_on });
    }
    opinion_must_not_follow(assessment.opinion.given_on, assessed_on, "assessment.opinion.given_on")?;
    Ok(Event::NotifiableAssessed(assessment))
}

/// Said again of the same day or an earlier one there is nothing to do. Of a later day it is a fresh judgement: one from before a prompt
/// does not answer that prompt (C1, E-13).
fn not_notifiable(
    state: &State,
    judgement: NotNotifiable,
    situation: &Situation,
) -> Result<Option<Event>, Rejection> {
    let day = situation.occurred_on();
    match state.decision {
        CaseDecision::Notifiable => return Err(Rejection::AlreadyNotifiable),
        CaseDecision::NotRequired if state.not_required_on.is_some_and(|earlier| day <= earlier) => {
            return Ok(None);
        }
        CaseDecision::NotRequired | CaseDecision::Undecided => {}
    }
    if let Some(opinion) = &judgement.opinion {
        opinion_must_not_follow(opinion.given_on, day, "opinion.given_on")?;
    }
    Ok(Some(Event::CandourNotRequired(judgement)))
}

fn opinion_must_not_follow(given_on: Date, assessed_on: Date, field: &'static str) -> Result<(), Rejection> {
    if given_on > assessed_on {
        return Err(Rejection::OpinionInTheFuture { given_on, assessed_on, field });
    }
    Ok(())
}

/// E-10. The first person identified is designated, whether asked for or not.
fn identify(state: &State, person: RelevantPerson) -> Result<Event, Rejection> {
    if state.relevant_person(person.id).is_some() {
        return Err(Rejection::AlreadyIdentified { id: person.id });
    }
    if state.relevant_persons.len() >= RELEVANT_PERSONS_MAX {
        return Err(Rejection::TooManyRelevantPersons);
    }
    match person.basis {
        RelevantPersonBasis::Self_ if state.service_user_died() => {
            return Err(Rejection::DeceasedCannotBeTold);
        }
        RelevantPersonBasis::Self_ => {}
        RelevantPersonBasis::Deceased
        | RelevantPersonBasis::Under16NotCompetent
        | RelevantPersonBasis::LacksCapacity => {
            if person.lawful_authority.is_none() {
                return Err(Rejection::NoLawfulAuthority);
            }
        }
    }
    let designated = person.designated || state.relevant_persons.is_empty();
    Ok(Event::RelevantPersonIdentified(RelevantPerson { designated, ..person }))
}

/// E-6. A missing element is no reason to refuse: the stage is incomplete, and says so.
fn notify(state: &State, contact: FirstNotification, day: Date) -> Result<Event, Rejection> {
    must_be_notifiable(state)?;
    if let Some(exit) = state.exit {
        return Err(Rejection::LeftReopenFirst { exit });
    }
    if FirstNotificationElements::of(&contact) == FirstNotificationElements::default() {
        return Err(Rejection::NothingNotified);
    }
    let count = contact.representatives.len();
    if count > REPRESENTATIVES_MAX {
        return Err(Rejection::TooManyRepresentatives { count });
    }
    let relevant_person = addressed_to(state, contact.relevant_person, day)?;
    must_be_tellable(state, relevant_person)?;
    Ok(Event::InPersonNotified(FirstNotification { relevant_person, ..contact }))
}

/// E-10: whom something is addressed to. Nobody in particular is the person designated on the day, and the event says so: a later change of
/// designation must not carry it over to somebody who was not told.
fn addressed_to(
    state: &State,
    named: Option<RelevantPersonId>,
    day: Date,
) -> Result<Option<RelevantPersonId>, Rejection> {
    must_be_known(state, named)?;
    Ok(named.or(state.designated_on(day)))
}

/// E-10: on a death, somebody who acts on behalf of the service user must be identified, and it is they who are told.
fn must_be_tellable(state: &State, person: Option<RelevantPersonId>) -> Result<(), Rejection> {
    if !state.service_user_died() {
        return Ok(());
    }
    match person.and_then(|id| state.relevant_person(id)).map(|person| person.basis) {
        None => Err(Rejection::RelevantPersonNotIdentified),
        Some(RelevantPersonBasis::Self_) => Err(Rejection::DeceasedCannotBeTold),
        Some(
            RelevantPersonBasis::Deceased
            | RelevantPersonBasis::Under16NotCompetent
            | RelevantPersonBasis::LacksCapacity,
        ) => Ok(()),
    }
}

/// E-7. A letter without an apology is recorded and counts for nothing. E-8: a letter may still be recorded after an exit.
fn write(state: &State, letter: WrittenNotification, day: Date) -> Result<Event, Rejection> {
    must_be_notifiable(state)?;
    let relevant_person = addressed_to(state, letter.relevant_person, day)?;
    if letter.covers == LetterCovers::default() {
        return Err(Rejection::LetterCoversNothing);
    }
    must_be_tellable(state, relevant_person)?;
    Ok(Event::WrittenNotificationSent(WrittenNotification { relevant_person, ..letter }))
}

/// E-8: the declining of another than the designated person does not end the duty towards that one.
fn decline(state: &State, declined: Declined, day: Date) -> Result<Event, Rejection> {
    must_be_able_to_leave(state)?;
    let relevant_person = addressed_to(state, declined.relevant_person, day)?;
    must_be_designated(state, relevant_person, day)?;
    must_be_tellable(state, relevant_person)?;
    Ok(Event::ContactDeclined(Declined { relevant_person, ..declined }))
}

/// Where nobody was designated yet there is no other whom the declining could be meant to pass by.
fn must_be_designated(state: &State, person: Option<RelevantPersonId>, day: Date) -> Result<(), Rejection> {
    match (person, state.designated_on(day)) {
        (Some(id), Some(designated)) if designated != id => Err(Rejection::DeclinedByAnother { id }),
        _ => Ok(()),
    }
}

fn must_be_notifiable(state: &State) -> Result<(), Rejection> {
    match state.decision {
        CaseDecision::Notifiable => Ok(()),
        CaseDecision::Undecided | CaseDecision::NotRequired => Err(Rejection::NotNotifiable),
    }
}

fn must_be_known(state: &State, person: Option<RelevantPersonId>) -> Result<(), Rejection> {
    match person {
        Some(id) if state.relevant_person(id).is_none() => Err(Rejection::RelevantPersonUnknown { id }),
        _ => Ok(()),
    }
}

/// E-8, E-9: a case leaves once, and only while its first notification is incomplete.
fn must_be_able_to_leave(state: &State) -> Result<(), Rejection> {
    must_be_notifiable(state)?;
    if let Some(exit) = state.exit {
        return Err(Rejection::AlreadyLeft { exit });
    }
    if state.elements.is_complete() {
        return Err(Rejection::AlreadyComplete);
    }
    Ok(())
}

/// E-8: enough attempts up to that day, by enough methods, on as many different days as attempts are needed.
fn must_have_been_tried(state: &State, day: Date) -> Result<(), Rejection> {
    let policy = Policy::local_defaults();
    let needed = AttemptCount {
        attempts: policy.contact_attempts,
        methods: policy.contact_methods,
        days: policy.contact_attempts,
    };
    let found = state.attempt_count(day);
    if found.attempts < needed.attempts || found.methods < needed.methods || found.days < needed.days {
        return Err(Rejection::NotEnoughAttempts { found, needed });
    }
    Ok(())
}
