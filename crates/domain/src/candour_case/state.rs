//! The fold of a duty of candour case.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{ContactMethod, Event, FirstNotification, RelevantPersonBasis};
use crate::{
    entry::Entry,
    identifier::{AffectedPersonId, CaseId, IncidentId, RelevantPersonId},
    regime::{Likelihood, Outcome},
};

/// The decision on a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CaseDecision {
    /// None yet.
    #[default]
    Undecided,
    /// The duty does not apply.
    NotRequired,
    /// The duty applies.
    Notifiable,
}

/// How a case left the ordinary course.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The relevant person declined (20(5)).
    Declined,
    /// The relevant person cannot be contacted (20(5)).
    NotContactable,
    /// Exempted under local policy (E-9).
    ExemptedLocally,
}

/// E-6: which elements of the first notification are on record, over all contacts with the designated relevant person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FirstNotificationElements {
    /// A mode was recorded.
    pub mode: bool,
    /// A representative was named.
    pub representatives: bool,
    /// The facts were given.
    pub facts_account: bool,
    /// Further enquiries were advised, or "none, because …".
    pub further_enquiries: bool,
    /// An apology was given.
    pub apology: bool,
    /// Support was offered, at the contact or apart from it.
    pub support_offered: bool,
    /// There is a written record.
    pub written_record: bool,
}

impl FirstNotificationElements {
    /// The elements one contact adds.
    pub fn of(contact: &FirstNotification) -> Self {
        Self {
            mode: contact.mode.is_some(),
            representatives: !contact.representatives.is_empty(),
            facts_account: contact.facts_account,
            further_enquiries: contact.further_enquiries.is_some(),
            apology: contact.apology,
            support_offered: contact.support_offered,
            written_record: contact.written_record.is_some(),
        }
    }

    /// The elements of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            mode: self.mode || other.mode,
            representatives: self.representatives || other.representatives,
            facts_account: self.facts_account || other.facts_account,
            further_enquiries: self.further_enquiries || other.further_enquiries,
            apology: self.apology || other.apology,
            support_offered: self.support_offered || other.support_offered,
            written_record: self.written_record || other.written_record,
        }
    }

    /// E-6: every element is on record; anything less is an incomplete stage.
    pub fn is_complete(self) -> bool {
        let Self {
            mode,
            representatives,
            facts_account,
            further_enquiries,
            apology,
            support_offered,
            written_record,
        } = self;
        mode && representatives
            && facts_account
            && further_enquiries
            && apology
            && support_offered
            && written_record
    }
}

/// What the rules remember of a relevant person (E-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentifiedPerson {
    /// The person.
    pub id: RelevantPersonId,
    /// Why they are the relevant person.
    pub basis: RelevantPersonBasis,
    /// The one whose contacts make the stage complete.
    pub designated: bool,
}

/// E-8: an attempt at contact that did not reach the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsuccessfulAttempt {
    /// Whom; `None` where it was not said and nobody was designated by then.
    pub relevant_person: Option<RelevantPersonId>,
    /// The civil date in Europe/London.
    pub on: Date,
    /// How.
    pub method: ContactMethod,
}

/// E-8: what the attempts at contact amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptCount {
    /// How many attempts.
    pub attempts: usize,
    /// By how many methods.
    pub methods: usize,
    /// On how many days.
    pub days: usize,
}

/// What the rules of a case remember.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The stream has begun.
    pub opened: Option<(CaseId, IncidentId, AffectedPersonId)>,
    /// The decision in force.
    pub decision: CaseDecision,
    /// The day of the latest judgement that the duty does not apply.
    pub not_required_on: Option<Date>,
    /// The outcome judged, where notifiable.
    pub outcome: Option<Outcome>,
    /// How the outcome stands to the incident, where notifiable.
    pub likelihood: Option<Likelihood>,
    /// The day of awareness, where notifiable (E-12).
    pub aware_on: Option<Date>,
    /// Relevant persons in the order identified.
    pub relevant_persons: Vec<IdentifiedPerson>,
    /// Who was designated, from which day on, in order (E-10).
    pub designations: Vec<(Date, RelevantPersonId)>,
    /// Attempts on record that did not reach anybody, since the clock last started; those before the decision count too.
    pub attempts: Vec<UnsuccessfulAttempt>,
    /// Elements on record for the designated relevant person.
    pub elements: FirstNotificationElements,
    /// The same for everybody: whom, and the elements on record for them. `None` is what was said of nobody in particular before anybody
    /// was designated: it counts for the first who was, and for nobody who took over later (E-10).
    pub elements_by_person: Vec<(Option<RelevantPersonId>, FirstNotificationElements)>,
    /// A first notification contact took place.
    pub contacted: bool,
    /// It is on record that no further enquiries are to be made (E-7).
    pub no_further_enquiries: bool,
    /// How it left, where it did and was not reopened.
    pub exit: Option<Exit>,
}

impl State {
    /// The designated relevant person, where one was identified.
    pub fn designated(&self) -> Option<RelevantPersonId> {
        self.relevant_persons.iter().find(|person| person.designated).map(|person| person.id)
    }

    /// The one designated at the end of that day; where nobody was by then, the first who ever was. What is recorded afterwards of nobody
    /// in particular was meant for that one.
    pub fn designated_on(&self, day: Date) -> Option<RelevantPersonId> {
        let by_then = self.designations.iter().rfind(|(from, _)| *from <= day);
        by_then.or(self.designations.first()).map(|(_, id)| *id)
    }

    /// E-10: whom something was addressed to: what was said of nobody in particular, when nobody was designated, was for the first who was.
    fn addressee(&self, named: Option<RelevantPersonId>) -> Option<RelevantPersonId> {
        named.or(self.designations.first().map(|(_, id)| *id))
    }

    /// The relevant person with this id.
    pub fn relevant_person(&self, id: RelevantPersonId) -> Option<&IdentifiedPerson> {
        self.relevant_persons.iter().find(|person| person.id == id)
    }

    /// The judgement in force says that the service user has died: an outcome of death that appears to have resulted.
    /// A death that *could* result has not happened, and then the service user is the one to be told.
    pub fn service_user_died(&self) -> bool {
        self.outcome == Some(Outcome::Death) && self.likelihood == Some(Likelihood::AppearsToHaveResulted)
    }

    /// E-8: the attempts that count for "not contactable" on that day: those on or before it, to reach the person designated then.
    pub fn attempt_count(&self, day: Date) -> AttemptCount {
        let designated = self.designated_on(day);
        let counted = || {
            self.attempts.iter().filter(move |attempt| {
                attempt.on <= day && self.addressee(attempt.relevant_person) == designated
            })
        };
        AttemptCount {
            attempts: counted().count(),
            methods: counted().map(|attempt| attempt.method).collect::<BTreeSet<_>>().len(),
            days: counted().map(|attempt| attempt.on).collect::<BTreeSet<_>>().len(),
        }
    }

    fn add_elements(&mut self, person: Option<RelevantPersonId>, elements: FirstNotificationElements) {
        match self.elements_by_person.iter_mut().find(|(id, _)| *id == person) {
            Some((_, known)) => *known = known.union(elements),
            None => self.elements_by_person.push((person, elements)),
        }
        self.count_elements();
    }

    /// Elements follow the designation: what another relative was told does not make the stage complete.
    fn count_elements(&mut self) {
        let designated = self.designated();
        self.elements = self
            .elements_by_person
            .iter()
            .filter(|(id, _)| self.addressee(*id) == designated)
            .fold(FirstNotificationElements::default(), |all, (_, elements)| all.union(*elements));
    }
}

pub(super) fn evolve(mut state: State, entry: &Entry<Event>) -> State {
    match &entry.event {
        Event::CandourCaseOpened { case, incident, person } => {
            state.opened = Some((*case, *incident, *person));
        }
        Event::NotifiableAssessed(assessment) => {
            state.decision = CaseDecision::Notifiable;
            state.outcome = Some(assessment.outcome);
            state.likelihood = Some(assessment.likelihood);
            state.aware_on = Some(assessment.aware_on);
        }
        Event::CandourNotRequired(_) => {
            state.decision = CaseDecision::NotRequired;
            state.not_required_on = Some(entry.occurred_on());
        }
        Event::RelevantPersonIdentified(person) => {
            if person.designated {
                state.relevant_persons.iter_mut().for_each(|other| other.designated = false);
            }
            let (id, basis) = (person.id, person.basis);
            // The first is designated whatever the entry says: an earlier one may have been struck out.
            let designated = person.designated || state.relevant_persons.is_empty();
            state.relevant_persons.push(IdentifiedPerson { id, basis, designated });
            if designated {
                state.designations.push((entry.occurred_on(), id));
            }
            state.count_elements();
        }
        Event::ContactAttempted(attempt) => {
            if !attempt.result.reached_the_person() {
                state.attempts.push(UnsuccessfulAttempt {
                    relevant_person: attempt.relevant_person.or(state.designated()),
                    on: entry.occurred_on(),
                    method: attempt.method,
                });
            }
        }
        Event::InPersonNotified(contact) => {
            state.contacted = true;
            let person = contact.relevant_person.or(state.designated());
            state.add_elements(person, FirstNotificationElements::of(contact));
        }
        Event::SupportOffered(support) => {
            let elements =
                FirstNotificationElements { support_offered: true, ..FirstNotificationElements::default() };
            state.add_elements(support.relevant_person.or(state.designated()), elements);
        }
        Event::NoFurtherEnquiries { .. } => state.no_further_enquiries = true,
        Event::ContactDeclined(_) => state.exit = Some(Exit::Declined),
        Event::NotContactable { .. } => state.exit = Some(Exit::NotContactable),
        Event::CandourExempted(_) => state.exit = Some(Exit::ExemptedLocally),
        Event::CandourReopened { .. } => {
            state.exit = None;
            state.attempts.clear();
        }
        // Letters bear on no later decision, and neither does what a source asserts; a correction acts through the corrected history.
        Event::WrittenNotificationSent(_)
        | Event::EnquiryResultsShared(_)
        | Event::CandourStageAsserted(_)
        | Event::EntryCorrected(_) => {}
    }
    state
}
