//! Whom this server serves: configuration, never a caller's word.

use candour_domain::{
    calendar::{Calendars, Nation},
    policy::Policy,
    regime::BodyType,
};
use candour_projections::Grounds;

/// The organisation a server serves. One server, one organisation.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// Its name, shown on answers.
    pub name: String,
    /// Selects the law and the working-day calendar.
    pub nation: Nation,
    /// Selects the law: regulation 20(8) or 20(9).
    pub body_type: BodyType,
    /// Its locally agreed timescales.
    pub policy: Policy,
    /// The namespace of its streams, so that a log can be shared.
    pub namespace: String,
}

impl Organisation {
    /// What the read model works out due dates with.
    pub fn grounds(&self) -> Grounds {
        Grounds { calendar: Calendars::built_in().in_force(self.nation), policy: self.policy.clone() }
    }
}
