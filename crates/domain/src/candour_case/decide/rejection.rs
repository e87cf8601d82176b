//! Why something asked of a duty of candour case is refused.

use std::fmt;

use jiff::civil::Date;

use crate::{
    aggregate::{Refusal, RefusalKind},
    candour_case::{AttemptCount, Exit, RELEVANT_PERSONS_MAX, REPRESENTATIVES_MAX},
    identifier::RelevantPersonId,
    regime::Violation,
};

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The incident does not count.
    #[error("the incident was recorded in error")]
    RecordedInError,
    /// E-1 to E-5: what was assessed is not a notifiable safety incident. Every violation at once, at least one.
    #[error("not a notifiable safety incident: {}", Listed(violations))]
    NotWithinRegulation20 {
        /// What keeps it from being one.
        violations: Vec<Violation>,
    },
    /// The duty applies; a later opinion does not make that vanish.
    #[error("the case is notifiable already; correct the assessment if it was entered wrongly")]
    AlreadyNotifiable,
    /// E-12: nobody is aware of what is yet to come.
    #[error("the day of awareness {aware_on} lies after {assessed_on}, the day of the assessment")]
    AwareInTheFuture {
        /// The day of awareness given.
        aware_on: Date,
        /// The day of the assessment.
        assessed_on: Date,
    },
    /// E-12: the clock of awareness cannot start before the incident was on record.
    #[error("the day of awareness {aware_on} lies before {reported_on}, the day the incident was reported")]
    AwareBeforeReported {
        /// The day of awareness given.
        aware_on: Date,
        /// The day the incident was reported.
        reported_on: Date,
    },
    /// The opinion on a notifiable assessment is dated after it.
    #[error(
        "the opinion is dated {given_on}, after {assessed_on}, the day of the assessment that rests on it"
    )]
    OpinionInTheFuture {
        /// The day the opinion is said to have been given.
        given_on: Date,
        /// The day of the assessment.
        assessed_on: Date,
        /// The path of the date in the request.
        field: &'static str,
    },
    /// E-6: it must first be on record that the duty applies.
    #[error("the case was not assessed as notifiable; record the assessment first")]
    NotNotifiable,
    /// E-10: the id was used.
    #[error("relevant person {id} was identified already")]
    AlreadyIdentified {
        /// Which.
        id: RelevantPersonId,
    },
    /// Past the limit.
    #[error("a case has at most {RELEVANT_PERSONS_MAX} relevant persons")]
    TooManyRelevantPersons,
    /// E-10.
    #[error("somebody who acts on behalf of the service user needs a lawful authority to do so")]
    NoLawfulAuthority,
    /// E-10: the service user has died.
    #[error("the service user has died: somebody lawfully acting on their behalf is to be told")]
    DeceasedCannotBeTold,
    /// E-10: on a death, the relevant person is identified before anybody is notified.
    #[error("the service user has died: identify the relevant person before the notification")]
    RelevantPersonNotIdentified,
    /// The case knows no such person.
    #[error("no such relevant person in this case: {id}")]
    RelevantPersonUnknown {
        /// Which.
        id: RelevantPersonId,
    },
    /// E-10: what another relative wishes does not release the organisation from telling the designated one.
    #[error(
        "only the designated relevant person's declining ends the duty towards them; record this as a contact attempt, or designate this person"
    )]
    DeclinedByAnother {
        /// Who declined.
        id: RelevantPersonId,
    },
    /// E-6: an empty contact.
    #[error("the contact has none of the elements of a first notification; record a contact attempt instead")]
    NothingNotified,
    /// Past the limit.
    #[error("{count} representatives were named; at most {REPRESENTATIVES_MAX} are allowed")]
    TooManyRepresentatives {
        /// How many were named.
        count: usize,
    },
    /// E-7: an empty letter.
    #[error("the letter covers nothing of regulation 20(4)")]
    LetterCoversNothing,
    /// The first notification is complete, so there is nothing to leave.
    #[error("the first notification is complete already")]
    AlreadyComplete,
    /// The case left already.
    #[error("the case has left already: {}", left(*exit))]
    AlreadyLeft {
        /// How.
        exit: Exit,
    },
    /// E-8: a notification after an exit needs a fresh clock.
    #[error("the case has left ({}); reopen the case first: the clock restarts from that date", left(*exit))]
    LeftReopenFirst {
        /// How.
        exit: Exit,
    },
    /// There is nothing to reopen.
    #[error("the case has not left, so there is nothing to reopen")]
    NotLeft,
    /// E-8: too little was tried. The numbers needed are a local default, not law.
    #[error("not contactable needs {} (local default); on record since the clock started: {}", Tried(*needed), Tried(*found))]
    NotEnoughAttempts {
        /// What is on record.
        found: AttemptCount,
        /// What is needed.
        needed: AttemptCount,
    },
}

const fn left(exit: Exit) -> &'static str {
    match exit {
        Exit::Declined => "the relevant person declined",
        Exit::NotContactable => "the relevant person cannot be contacted",
        Exit::ExemptedLocally => "exempted under local policy",
    }
}

struct Listed<'a>(&'a [Violation]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(formatter, "{separator}{violation} ({})", violation.rule())?;
        }
        Ok(())
    }
}

struct Tried(AttemptCount);

impl fmt::Display for Tried {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AttemptCount { attempts, methods, days } = self.0;
        write!(formatter, "attempts {attempts}, methods {methods}, days {days}")
    }
}

impl Refusal for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::RecordedInError => "INCIDENT_RECORDED_IN_ERROR",
            Self::NotWithinRegulation20 { .. } => "NOT_A_NOTIFIABLE_SAFETY_INCIDENT",
            Self::AlreadyNotifiable => "CASE_ALREADY_NOTIFIABLE",
            Self::AwareInTheFuture { .. } => "AWARE_AFTER_ASSESSMENT",
            Self::AwareBeforeReported { .. } => "AWARE_BEFORE_REPORTED",
            Self::OpinionInTheFuture { .. } => "OPINION_AFTER_ASSESSMENT",
            Self::NotNotifiable => "CASE_NOT_ASSESSED",
            Self::AlreadyIdentified { .. } => "RELEVANT_PERSON_ALREADY_IDENTIFIED",
            Self::TooManyRelevantPersons => "TOO_MANY_RELEVANT_PERSONS",
            Self::NoLawfulAuthority => "LAWFUL_AUTHORITY_MISSING",
            Self::DeceasedCannotBeTold => "DECEASED_CANNOT_BE_TOLD",
            Self::RelevantPersonNotIdentified => "RELEVANT_PERSON_NOT_IDENTIFIED",
            Self::RelevantPersonUnknown { .. } => "RELEVANT_PERSON_NOT_FOUND",
            Self::DeclinedByAnother { .. } => "DECLINED_BY_ANOTHER_PERSON",
            Self::NothingNotified => "NOTHING_NOTIFIED",
            Self::TooManyRepresentatives { .. } => "TOO_MANY_REPRESENTATIVES",
            Self::LetterCoversNothing => "LETTER_COVERS_NOTHING",
            Self::AlreadyComplete => "FIRST_NOTIFICATION_ALREADY_COMPLETE",
            Self::AlreadyLeft { .. } => "CASE_ALREADY_LEFT",
            Self::LeftReopenFirst { .. } => "CASE_LEFT_REOPEN_FIRST",
            Self::NotLeft => "CASE_NOT_LEFT",
            Self::NotEnoughAttempts { .. } => "NOT_ENOUGH_CONTACT_ATTEMPTS",
        }
    }

    fn faults(&self) -> Vec<(String, String)> {
        match (self, self.kind()) {
            (Self::NotWithinRegulation20 { violations }, _) => violations
                .iter()
                .map(|violation| (violation.field().to_owned(), violation.to_string()))
                .collect(),
            (_, RefusalKind::InvalidField(field)) => vec![(field.to_owned(), self.to_string())],
            (_, RefusalKind::AlreadyDone | RefusalKind::Missing | RefusalKind::State) => Vec::new(),
        }
    }

    fn kind(&self) -> RefusalKind {
        match self {
            Self::NotWithinRegulation20 { violations } => RefusalKind::InvalidField(
                violations.first().map_or("assessment", |violation| violation.field()),
            ),
            Self::AwareInTheFuture { .. } | Self::AwareBeforeReported { .. } => {
                RefusalKind::InvalidField("assessment.aware_on")
            }
            Self::OpinionInTheFuture { field, .. } => RefusalKind::InvalidField(field),
            Self::NoLawfulAuthority => RefusalKind::InvalidField("lawful_authority"),
            Self::NothingNotified => RefusalKind::InvalidField("mode"),
            Self::TooManyRepresentatives { .. } => RefusalKind::InvalidField("representatives"),
            Self::LetterCoversNothing => RefusalKind::InvalidField("covers"),
            Self::RelevantPersonUnknown { .. } => RefusalKind::Missing,
            Self::AlreadyNotifiable | Self::AlreadyIdentified { .. } => RefusalKind::AlreadyDone,
            Self::RecordedInError
            | Self::NotNotifiable
            | Self::TooManyRelevantPersons
            | Self::DeceasedCannotBeTold
            | Self::RelevantPersonNotIdentified
            | Self::DeclinedByAnother { .. }
            | Self::AlreadyComplete
            | Self::AlreadyLeft { .. }
            | Self::LeftReopenFirst { .. }
            | Self::NotLeft
            | Self::NotEnoughAttempts { .. } => RefusalKind::State,
        }
    }
}
