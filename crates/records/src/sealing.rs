//! Whose data a field holds, and how it is sealed and opened.

use std::fmt;

use candour_domain::identifier::{AffectedPersonId, IncidentId, RelevantPersonId};
use uuid::Uuid;

/// Whose data a sealed field holds: one person in one incident, or the incident's narrative. What is erased as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// The reporter of an incident.
    Reporter(IncidentId),
    /// A person affected by an incident.
    AffectedPerson(AffectedPersonId),
    /// A relevant person of a duty of candour case.
    RelevantPerson(RelevantPersonId),
    /// What an incident's report tells; it may name anybody.
    IncidentNarrative(IncidentId),
}

impl Subject {
    /// The id under which the vault knows the subject: a UUIDv5 of the id inside, so that each kind has its own.
    pub fn uuid(self) -> Uuid {
        match self {
            Self::Reporter(incident) => Uuid::new_v5(&incident.uuid(), b"subject/reporter"),
            Self::AffectedPerson(person) => Uuid::new_v5(&person.uuid(), b"subject/affected-person"),
            Self::RelevantPerson(person) => Uuid::new_v5(&person.uuid(), b"subject/relevant-person"),
            Self::IncidentNarrative(incident) => {
                Uuid::new_v5(&incident.uuid(), b"subject/incident-narrative")
            }
        }
    }
}

/// What is known of a stream as a whole about whose data its events hold; from
/// [`StoredAggregate::subjects`](crate::StoredAggregate::subjects).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subjects {
    /// The incident the stream is about.
    pub incident: Option<IncidentId>,
    /// The affected person the stream is about.
    pub affected_person: Option<AffectedPersonId>,
}

/// Whose data a field holds, as far as the event alone can say.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FieldSubject {
    /// The reporter of the stream's incident.
    Reporter,
    /// The narrative of the stream's incident.
    IncidentNarrative,
    /// A person the event itself names.
    AffectedPerson(AffectedPersonId),
    /// The affected person the stream is about.
    AffectedPersonOfStream,
    /// A relevant person the event itself names.
    RelevantPerson(RelevantPersonId),
}

impl Subjects {
    /// The subject of a field, or `None` where the stream does not say.
    pub(crate) fn subject(&self, of: FieldSubject) -> Option<Subject> {
        match of {
            FieldSubject::Reporter => self.incident.map(Subject::Reporter),
            FieldSubject::IncidentNarrative => self.incident.map(Subject::IncidentNarrative),
            FieldSubject::AffectedPerson(person) => Some(Subject::AffectedPerson(person)),
            FieldSubject::AffectedPersonOfStream => self.affected_person.map(Subject::AffectedPerson),
            FieldSubject::RelevantPerson(person) => Some(Subject::RelevantPerson(person)),
        }
    }
}

/// Why a field could not be sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealFailed {
    /// The subject was erased: nothing more is recorded about it.
    #[error("the subject was erased")]
    SubjectErased,
    /// Longer than can be sealed.
    #[error("the text of {actual} bytes is too long, at most {limit} bytes can be sealed")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
        /// The text's length, in bytes.
        actual: usize,
    },
    /// The keys cannot be reached now.
    #[error("the keys cannot be reached: {detail}")]
    Unavailable {
        /// What failed, for the operator; no personal data.
        detail: String,
    },
}

/// Seals the personal fields of one event, which it knows: a sealed value is bound to stream, event and field.
pub trait Sealer {
    /// Seals one field. The result is the text to be stored; it must not be the plaintext.
    /// `field` is the path of the field in the event, such as `affected_persons[0].name`.
    fn seal(&mut self, subject: Subject, field: &str, plaintext: &str) -> Result<String, SealFailed>;
}

/// Opens the sealed fields of one event, which it knows.
pub trait Opener {
    /// Opens one field. Total: whatever the text, there is an answer.
    fn open(&self, field: &str, sealed: &str) -> Opened;
}

/// What a sealed field turned out to be.
#[derive(Clone, PartialEq, Eq)]
pub enum Opened {
    /// The plaintext.
    Known(String),
    /// The subject was erased, and the erasure is on record.
    Erased,
    /// No usable key is at hand.
    Unreadable,
}

impl fmt::Debug for Opened {
    /// Never shows the plaintext.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Known(_) => "Known(…)",
            Self::Erased => "Erased",
            Self::Unreadable => "Unreadable",
        })
    }
}

/// Opens nothing: every sealed field is unreadable. For projections, which hold no key by construction.
#[derive(Clone, Copy, Debug, Default)]
pub struct Withheld;

impl Opener for Withheld {
    fn open(&self, _field: &str, _sealed: &str) -> Opened {
        Opened::Unreadable
    }
}
