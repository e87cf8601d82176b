//! A mapping: which column of an export holds what, and what its words mean.
//!
//! It is a TOML file. `fields.rs` lists every field there is, `file.rs` reads a mapping and names every mistake in it, `built_in.rs` holds the
//! mappings that come with the program.

mod built_in;
mod fields;
mod file;

pub use built_in::{BUILT_IN, BuiltIn};
pub use fields::{FIELDS, FieldKind, Key, Section};
pub use file::MappingProblem;

use std::collections::BTreeMap;

use crate::{moment::DateOrder, text::fold};

/// How the bytes of a table are to be understood. A mark at the beginning of the file (UTF-8, UTF-16) is always followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Each row is UTF-8 where it can be, else Windows-1252.
    #[default]
    Automatic,
    /// UTF-8; a row that is not is refused.
    Utf8,
    /// Windows-1252.
    Windows1252,
}

/// Which column of an export holds what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The system the export comes from, such as `datixweb`: names what is recorded, for ever.
    pub source_system: String,
    /// How bytes are understood.
    pub encoding: Encoding,
    /// The byte between cells; `None` where it is found out from the line with the column names.
    pub separator: Option<u8>,
    /// Which comes first in a date.
    pub dates: DateOrder,
    /// Words that stand for an empty cell, folded.
    empty: Vec<String>,
    /// Where each field comes from.
    fields: BTreeMap<Key, Field>,
}

/// Where one field comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// The columns it may be in, as their names are spelt: the first of them that is not empty counts.
    pub columns: Vec<String>,
    /// What the words of the export mean: folded word and what to take for it. Empty where every word is taken as it is.
    pub values: Vec<(String, String)>,
    /// What to take where the cell is empty or there is no column.
    pub default: Option<String>,
    /// What to take for a word that is not among the values; `None` where such a row is refused.
    pub otherwise: Option<String>,
    /// What to take out of the cell, such as `#` before a number.
    pub remove: Vec<String>,
}

impl Mapping {
    /// Reads a mapping. Every mistake is named, not only the first.
    pub fn parse(text: &str) -> Result<Self, MappingProblem> {
        file::parse(text)
    }

    /// Where a field comes from, if the mapping says.
    pub fn field(&self, key: Key) -> Option<&Field> {
        self.fields.get(&key)
    }

    /// Every field it says something of, in the order of [`FIELDS`].
    pub fn fields(&self) -> impl Iterator<Item = (Key, &Field)> {
        self.fields.iter().map(|(key, field)| (*key, field))
    }

    /// Whether it says something of any field of a section.
    pub fn has(&self, section: Section) -> bool {
        self.fields.keys().any(|key| key.section() == section)
    }

    /// Whether rows tell of the incident itself, and not only of what followed it.
    pub fn has_incident(&self) -> bool {
        self.fields.contains_key(&Key::IncidentReported)
    }

    /// Whether a cell holds a word for "nothing".
    pub fn is_empty(&self, cell: &str) -> bool {
        let folded = fold(cell);
        folded.is_empty() || self.empty.contains(&folded)
    }

    /// The fields without which a row says nothing: they must have a column.
    pub fn needed(&self) -> impl Iterator<Item = (Key, &Field)> {
        self.fields().filter(|(key, field)| key.is_needed() && field.default.is_none())
    }
}
