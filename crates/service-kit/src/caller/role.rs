//! What a caller may be for.

/// What a caller may be for. Which methods each role may call is [`crate::permission::TABLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// An incident reporting system that records on behalf of people.
    ReporterSystem,
    /// The patient safety team.
    PatientSafety,
    /// Governance dashboards: figures and lists, no personal data.
    GovernanceRead,
    /// Audit of investigation follow-through: everything, reading only.
    Auditor,
    /// Whoever runs the server: its state, and nothing that is recorded in it.
    Administrator,
}

impl Role {
    /// Every role, in the order in which they are listed.
    pub const ALL: [Self; 5] =
        [Self::ReporterSystem, Self::PatientSafety, Self::GovernanceRead, Self::Auditor, Self::Administrator];

    /// The word that is stored and shown.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ReporterSystem => "reporter-system",
            Self::PatientSafety => "patient-safety",
            Self::GovernanceRead => "governance-read",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }

    /// The role of that word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_that_of_one_role() {
        for role in Role::ALL {
            assert_eq!(Role::from_code(role.code()), Some(role));
        }
        assert_eq!(Role::from_code("root"), None);
    }
}
