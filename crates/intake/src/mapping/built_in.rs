//! The mappings that come with the program: to use as they are, or to start from.

use super::{Mapping, MappingProblem};

/// A mapping that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// The file, with comments.
    pub text: &'static str,
}

impl BuiltIn {
    /// The one of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        BUILT_IN.iter().find(|mapping| mapping.name == name)
    }

    /// Reads it; a test proves that each can be read.
    pub fn mapping(&self) -> Result<Mapping, MappingProblem> {
        Mapping::parse(self.text)
    }
}

/// All of them. They follow how such systems name things; every organisation names its own columns, so expect to adapt a copy.
pub const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        name: "datix-like",
        about: "incidents of a DatixWeb-like export: report, harm, closure, reporter feedback, duty of candour dates",
        text: include_str!("../../mappings/datix-like.toml"),
    },
    BuiltIn {
        name: "datix-like-actions",
        about: "learning actions of a DatixWeb-like export",
        text: include_str!("../../mappings/datix-like-actions.toml"),
    },
    BuiltIn {
        name: "ulysses-like",
        about: "incidents of an Ulysses-like export: report, harm, closure, reporter feedback, duty of candour dates",
        text: include_str!("../../mappings/ulysses-like.toml"),
    },
    BuiltIn {
        name: "ulysses-like-actions",
        about: "learning actions of an Ulysses-like export",
        text: include_str!("../../mappings/ulysses-like-actions.toml"),
    },
    BuiltIn {
        name: "lfpse-extract",
        about: "a table extracted from the national service, one row for each patient, columns by question number",
        text: include_str!("../../mappings/lfpse-extract.toml"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_mapping_can_be_read() {
        for mapping in BUILT_IN {
            assert_eq!(mapping.mapping().err(), None, "{}", mapping.name);
            assert_eq!(BuiltIn::named(mapping.name).map(|found| found.text), Some(mapping.text));
        }
        assert!(BuiltIn::named("none").is_none());
    }
}
