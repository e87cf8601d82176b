//! Who calls.
//!
//! Until authentication exists, callers are named demo identities, and the server listens on loopback only.
//! The identity is taken from the request header [`IDENTITY_HEADER`]; without it, [`DEFAULT_IDENTITY`] calls.

use tonic::metadata::MetadataMap;

use crate::failure::Failure;

/// The request header that names a demo identity.
pub const IDENTITY_HEADER: &str = "candour-identity";

/// Who calls when the header is missing.
pub const DEFAULT_IDENTITY: &str = "demo-patient-safety";

/// What a caller may be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// An incident reporting system that records on behalf of people.
    ReporterSystem,
    /// The patient safety team.
    PatientSafety,
    /// Governance dashboards: figures and lists.
    GovernanceRead,
    /// Audit of investigation follow-through: everything, reading only.
    Auditor,
}

impl Role {
    /// The word that is stored and shown.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ReporterSystem => "reporter-system",
            Self::PatientSafety => "patient-safety",
            Self::GovernanceRead => "governance-read",
            Self::Auditor => "auditor",
        }
    }
}

/// The id of a caller, stored with each event it causes.
pub type CallerId = &'static str;

/// An authenticated caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub id: CallerId,
    /// What for.
    pub roles: &'static [Role],
}

/// The demo identities, one per role.
pub const DEMO_IDENTITIES: &[Caller] = &[
    Caller { id: "demo-reporter-system", roles: &[Role::ReporterSystem] },
    Caller { id: "demo-patient-safety", roles: &[Role::PatientSafety] },
    Caller { id: "demo-governance", roles: &[Role::GovernanceRead] },
    Caller { id: "demo-auditor", roles: &[Role::Auditor] },
];

impl Caller {
    /// The caller of a request.
    pub fn of(metadata: &MetadataMap) -> Result<Self, Failure> {
        let name = match metadata.get(IDENTITY_HEADER) {
            None => DEFAULT_IDENTITY,
            Some(value) => value.to_str().unwrap_or(""),
        };
        DEMO_IDENTITIES.iter().find(|caller| caller.id == name).copied().ok_or_else(|| {
            let known: Vec<_> = DEMO_IDENTITIES.iter().map(|caller| caller.id).collect();
            Failure::Unauthenticated(format!(
                "the header {IDENTITY_HEADER} names no known identity; known are {}",
                known.join(", ")
            ))
        })
    }

    /// The codes of the caller's roles.
    pub fn role_codes(&self) -> Vec<String> {
        self.roles.iter().map(|role| role.code().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_is_named_by_the_header_and_an_unknown_one_is_refused() {
        let mut metadata = MetadataMap::new();
        assert_eq!(Caller::of(&metadata).unwrap().id, "demo-patient-safety");
        metadata.insert(IDENTITY_HEADER, "demo-auditor".parse().unwrap());
        assert_eq!(Caller::of(&metadata).unwrap().roles, &[Role::Auditor]);
        metadata.insert(IDENTITY_HEADER, "root".parse().unwrap());
        assert!(matches!(Caller::of(&metadata), Err(Failure::Unauthenticated(_))));
    }
}
