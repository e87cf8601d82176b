//! The nation whose law and bank holidays apply.

use std::fmt;

/// A nation of the United Kingdom.
///
/// It selects the working-day calendar (§1.5) and, for the three that have one, the duty of candour regime.
/// Northern Ireland has no statutory organisational duty in force: for it there is a calendar only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Nation {
    /// England.
    England,
    /// Wales. Its bank holidays are those of England.
    Wales,
    /// Scotland. No Easter Monday, and the summer bank holiday is the first Monday of August.
    Scotland,
    /// Northern Ireland.
    NorthernIreland,
}

impl Nation {
    /// Every nation, in the order of the reference.
    pub const ALL: [Self; 4] = [Self::England, Self::Wales, Self::Scotland, Self::NorthernIreland];

    /// The stable code, as used in stored events, configuration and calendar files.
    pub const fn code(self) -> &'static str {
        match self {
            Self::England => "england",
            Self::Wales => "wales",
            Self::Scotland => "scotland",
            Self::NorthernIreland => "northern-ireland",
        }
    }

    /// The nation with this code, compared exactly.
    ///
    /// # Errors
    /// [`UnknownNation`] for any other text.
    pub fn parse(code: &str) -> Result<Self, UnknownNation> {
        Self::ALL.into_iter().find(|nation| nation.code() == code).ok_or(UnknownNation)
    }
}

impl fmt::Display for Nation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// A nation code that is not one of the four. The text that was given is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nation: must be one of england, wales, scotland, northern-ireland")]
pub struct UnknownNation;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_parses_back_and_no_other_text_does() {
        for (nation, code) in [
            (Nation::England, "england"),
            (Nation::Wales, "wales"),
            (Nation::Scotland, "scotland"),
            (Nation::NorthernIreland, "northern-ireland"),
        ] {
            assert_eq!(nation.code(), code);
            assert_eq!(Nation::parse(code), Ok(nation));
        }
        for wrong in ["", "England", "northern ireland", "england "] {
            assert_eq!(Nation::parse(wrong), Err(UnknownNation));
        }
    }
}
