//! Who may call what, as data. Permission is checked before existence.

use crate::{
    caller::{Caller, Role},
    failure::Failure,
};

/// What kind of method is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Records something.
    Record,
    /// Reads a record with its personal fields.
    ReadRecord,
    /// Reads lists and figures, which hold no personal data.
    ReadFigures,
}

impl Access {
    /// The roles that may.
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::Record => &[Role::ReporterSystem, Role::PatientSafety],
            Self::ReadRecord => &[Role::ReporterSystem, Role::PatientSafety, Role::Auditor],
            Self::ReadFigures => {
                &[Role::ReporterSystem, Role::PatientSafety, Role::GovernanceRead, Role::Auditor]
            }
        }
    }
}

/// Refuses a caller that has none of the roles the access takes.
pub fn check(caller: Caller, method: &'static str, access: Access) -> Result<(), Failure> {
    if access.roles().iter().any(|role| caller.roles.contains(role)) {
        return Ok(());
    }
    let roles: Vec<_> = access.roles().iter().map(|role| role.code()).collect();
    Err(Failure::Forbidden { caller: caller.id.to_owned(), method, roles: roles.join(", ") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::DEMO_IDENTITIES;

    #[test]
    fn governance_reads_figures_only_and_the_auditor_never_records() {
        let may = |id: &str, access| {
            let caller = DEMO_IDENTITIES.iter().find(|caller| caller.id == id).copied().unwrap();
            check(caller, "X", access).is_ok()
        };
        let table: Vec<_> = DEMO_IDENTITIES
            .iter()
            .map(|c| {
                let may = |access| may(c.id, access);
                (c.id, may(Access::Record), may(Access::ReadRecord), may(Access::ReadFigures))
            })
            .collect();
        assert_eq!(
            table,
            [
                ("demo-reporter-system", true, true, true),
                ("demo-patient-safety", true, true, true),
                ("demo-governance", false, false, true),
                ("demo-auditor", false, true, true),
            ]
        );
    }
}
