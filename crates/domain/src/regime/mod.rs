//! The law of each nation as versioned data with effective dates.
//!
//! A regime is selected by nation, body type and the date of awareness; a later version never changes how an earlier case is judged.
//! Built so far: England (regulation 20 of SI 2014/2936), both body types.

mod england;
mod outcome;

pub use england::{Violation, check_notifiable};
pub use outcome::{BodyType, CONTINUOUS_DAYS_MIN, Likelihood, ModerateIncrease, Outcome};

use jiff::civil::Date;

use crate::calendar::Nation;

/// Names a version of a nation's law, such as `england-regulation-20-2014`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RegimeVersion(&'static str);

impl RegimeVersion {
    /// The name that is stored and shown.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The version with this name, or `None` where this build knows none.
    pub fn from_name(name: &str) -> Option<Self> {
        REGIMES.iter().map(|regime| regime.version).find(|version| version.0 == name)
    }
}

/// A version of a nation's duty of candour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Regime {
    /// Its name.
    pub version: RegimeVersion,
    /// The nation.
    pub nation: Nation,
    /// The body type it binds.
    pub body_type: BodyType,
    /// The first date of awareness it applies to.
    pub effective_from: Date,
    /// The provision, for people to look up.
    pub provision: &'static str,
    /// How sure this product is of its text.
    pub confidence: &'static str,
}

/// Every version this build knows, oldest first.
pub const REGIMES: &[Regime] = &[
    Regime {
        version: RegimeVersion("england-regulation-20-health-service-body-2014"),
        nation: Nation::England,
        body_type: BodyType::HealthServiceBody,
        effective_from: jiff::civil::date(2014, 11, 27),
        provision: "SI 2014/2936 regulation 20(8)",
        confidence: "text read as up to date to 7 November 2024; later changes not checked",
    },
    Regime {
        version: RegimeVersion("england-regulation-20-other-registered-person-2015"),
        nation: Nation::England,
        body_type: BodyType::OtherRegisteredPerson,
        effective_from: jiff::civil::date(2015, 4, 1),
        provision: "SI 2014/2936 regulation 20(9)",
        confidence: "text read as up to date to 7 November 2024; later changes not checked; start date from general knowledge",
    },
];

/// The regime that governs a case, or `None` before the first one came into force (or for a nation not built yet).
pub fn select(nation: Nation, body_type: BodyType, aware_on: Date) -> Option<&'static Regime> {
    REGIMES
        .iter()
        .filter(|regime| regime.nation == nation && regime.body_type == body_type)
        .rfind(|regime| regime.effective_from <= aware_on)
}
