//! What this program reads of files that others write, and nothing done with it: for the tests with hostile input.

use std::{collections::BTreeMap, path::Path};

use crate::{
    backup::manifest::Manifest,
    configuration::{Configuration, Overrides},
};

/// Reads a configuration file and checks every value, as a command does that is given no flag and finds no variable.
pub fn configuration_file(bytes: &[u8]) -> anyhow::Result<()> {
    Configuration::of_file(bytes, Overrides::default(), &BTreeMap::new()).map(|_| ())
}

/// Reads the description of a backup.
pub fn backup_manifest(bytes: &[u8]) -> anyhow::Result<()> {
    Manifest::parse(bytes, Path::new("backup.json")).map(|_| ())
}
