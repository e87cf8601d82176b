//! The demo identities: callers by mere assertion, one for each role. For a demonstration, a first try and tests, on loopback only; the server
//! takes them only where it was told to.

use std::sync::{Arc, LazyLock};

use super::{Caller, CallerId, Performers, Role};
use crate::failure::Failure;

/// The request header that names a demo identity.
pub const IDENTITY_HEADER: &str = "candour-identity";

/// Who calls when the header is missing.
pub const DEFAULT_IDENTITY: &str = "demo-patient-safety";

/// The demo identities, in the order of [`Role::ALL`].
pub static DEMO_IDENTITIES: LazyLock<Vec<Caller>> = LazyLock::new(|| {
    let names = [
        "demo-reporter-system",
        "demo-patient-safety",
        "demo-governance",
        "demo-auditor",
        "demo-administrator",
    ];
    let each = names.into_iter().zip(Role::ALL);
    each.map(|(name, role)| Caller {
        id: CallerId(name.into()),
        roles: Arc::new([role]),
        performers: Performers::Anybody,
    })
    .collect()
});

/// The demo identity that a request names; [`DEFAULT_IDENTITY`] where it names none.
pub fn demo_identity(named: Option<&str>) -> Result<Caller, Failure> {
    let name = named.unwrap_or(DEFAULT_IDENTITY);
    DEMO_IDENTITIES.iter().find(|caller| &*caller.id == name).cloned().ok_or_else(|| {
        let known: Vec<&str> = DEMO_IDENTITIES.iter().map(|caller| &*caller.id).collect();
        Failure::Unauthenticated(format!(
            "the header {IDENTITY_HEADER} names no known identity; known are {}",
            known.join(", ")
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_identity_is_named_and_an_unknown_one_is_refused() {
        assert_eq!(&*demo_identity(None).unwrap().id, "demo-patient-safety");
        assert_eq!(*demo_identity(Some("demo-auditor")).unwrap().roles, [Role::Auditor]);
        assert_eq!(*demo_identity(Some("demo-administrator")).unwrap().roles, [Role::Administrator]);
        for unknown in ["root", "", "demo"] {
            assert!(matches!(demo_identity(Some(unknown)), Err(Failure::Unauthenticated(_))));
        }
    }
}
