//! Identifiers, and how those that are derived come about.
//!
//! Every identifier is a UUID. A create derives its id from the caller and the request id, so that a repeated request finds the same
//! stream instead of making a second one; nested ids derive from the id of what they belong to.

use std::fmt;

use uuid::Uuid;

use crate::text::SystemName;

/// A text that is not a UUID where an identifier was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not an identifier: a UUID such as 0192f0c1-2b5e-7c3a-9f00-5a1b2c3d4e5f is expected")]
pub struct NotAnIdentifier;

macro_rules! identifiers {
    ($( $(#[$meta:meta])* $name:ident, )+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
            pub struct $name(Uuid);

            impl $name {
                /// Wraps a UUID.
                pub const fn from_uuid(uuid: Uuid) -> Self {
                    Self(uuid)
                }

                /// The UUID inside.
                pub const fn uuid(self) -> Uuid {
                    self.0
                }

                /// Reads the usual hyphenated (or simple) form.
                pub fn parse(text: &str) -> Result<Self, NotAnIdentifier> {
                    Uuid::try_parse(text).map(Self).map_err(|_| NotAnIdentifier)
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                    self.0.fmt(formatter)
                }
            }

            impl fmt::Debug for $name {
                fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(formatter, "{}({})", stringify!($name), self.0)
                }
            }
        )+
    };
}

identifiers! {
    /// One incident report.
    IncidentId,
    /// One person affected by one incident. The same human being in two incidents has two of these.
    AffectedPersonId,
    /// One duty of candour case: one incident and one affected person.
    CaseId,
    /// A relevant person within one duty of candour case (regulation 20(7)).
    RelevantPersonId,
    /// One learning response (PSIRF).
    ResponseId,
    /// One recommendation of a learning response.
    RecommendationId,
    /// One learning action.
    ActionId,
    /// One stored event.
    EventId,
    /// One request of a caller; repeated when the caller retries.
    RequestId,
}

impl CaseId {
    /// The case of one affected person in one incident. The unit of measures C0 to C7.
    pub fn of(incident: IncidentId, person: AffectedPersonId) -> Self {
        Self(Uuid::new_v5(&incident.0, format!("candour-case/{}", person.0).as_bytes()))
    }
}

impl EventId {
    /// The id of the event with this index among those one request caused.
    pub fn of(request: RequestId, index: usize) -> Self {
        Self(Uuid::new_v5(&request.0, format!("event/{index}").as_bytes()))
    }
}

/// Names what a derived identifier is for, so that two kinds of thing made by one request never share an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Derived {
    /// The incident a report creates.
    Incident,
    /// The affected person with this index in the request.
    AffectedPerson(usize),
    /// The relevant person a request identifies.
    RelevantPerson,
    /// The learning response a request starts.
    Response,
    /// The recommendation a request makes.
    Recommendation,
    /// The learning action a request agrees.
    Action,
}

/// Derives an identifier from who asks and the request's id (DESIGN: a repeated create finds the same stream).
///
/// `caller` is the authenticated caller's id: two callers that happen to use one request id do not collide.
pub fn derive(caller: &str, request: RequestId, what: Derived) -> Uuid {
    let label = match what {
        Derived::Incident => "incident".to_owned(),
        Derived::AffectedPerson(index) => format!("affected-person/{index}"),
        Derived::RelevantPerson => "relevant-person".to_owned(),
        Derived::Response => "response".to_owned(),
        Derived::Recommendation => "recommendation".to_owned(),
        Derived::Action => "action".to_owned(),
    };
    // The caller's length keeps "ab" + "c" and "a" + "bc" apart.
    Uuid::new_v5(&request.0, format!("{}:{caller}/{label}", caller.len()).as_bytes())
}

/// Names every identifier that derives from what another system calls a thing.
const OF_SOURCES: Uuid = Uuid::from_u128(0x6b1f_0c52_9d3e_4f0a_8c77_21b4_5e90_aa13);

/// What of another system an identifier stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceThing {
    /// An incident.
    Incident,
    /// A learning action.
    Action,
}

/// Derives an identifier from the name of another system and the id that the thing has there, so that whoever imports it finds the same one.
pub fn of_source(system: &SystemName, thing: SourceThing, id: &str) -> Uuid {
    let label = match thing {
        SourceThing::Incident => "incident",
        SourceThing::Action => "action",
    };
    // The length of the system's name keeps "ab" + "c" and "a" + "bc" apart.
    let system = system.as_str();
    Uuid::new_v5(&OF_SOURCES, format!("{}:{system}/{label}/{id}", system.len()).as_bytes())
}

impl AffectedPersonId {
    /// The person whom another system calls so within an incident; the empty name is that of an only one.
    pub fn of_source(incident: IncidentId, person: &str) -> Self {
        Self(Uuid::new_v5(&incident.0, format!("source-person/{person}").as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> RequestId {
        RequestId::parse("7f0c1d52-6b1e-4a57-8a54-0f5c9e0b7a11").unwrap()
    }

    #[test]
    fn a_repeat_derives_the_same_id_and_another_caller_another() {
        assert_eq!(derive("a", request(), Derived::Incident), derive("a", request(), Derived::Incident));
        assert_ne!(derive("a", request(), Derived::Incident), derive("b", request(), Derived::Incident));
        assert_ne!(derive("a", request(), Derived::Incident), derive("a", request(), Derived::Response));
        assert_ne!(
            derive("a", request(), Derived::AffectedPerson(0)),
            derive("a", request(), Derived::AffectedPerson(1))
        );
    }

    #[test]
    fn what_another_system_holds_has_one_id_for_ever() {
        let system = |name: &str| SystemName::parse(name).unwrap();
        let id = |name: &str, thing, id: &str| of_source(&system(name), thing, id);
        // Literal: an import of years ago must find the same incident.
        assert_eq!(
            id("datixweb", SourceThing::Incident, "W10001").to_string(),
            "720165dc-f6f5-5655-90a1-4080bd9c904a"
        );
        let incident = id("datixweb", SourceThing::Incident, "W1");
        assert_ne!(incident, id("datixweb", SourceThing::Action, "W1"));
        assert_ne!(incident, id("ulysses", SourceThing::Incident, "W1"));
        let person = |name| AffectedPersonId::of_source(IncidentId::from_uuid(incident), name);
        assert_ne!(person(""), person("1"));
    }

    #[test]
    fn an_identifier_that_is_no_uuid_is_refused() {
        for text in ["", "x", "7f0c1d52", "7f0c1d52-6b1e-4a57-8a54-0f5c9e0b7a1g", "../../etc/passwd"] {
            assert_eq!(IncidentId::parse(text), Err(NotAnIdentifier), "{text:?}");
        }
    }
}
