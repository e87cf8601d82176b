//! Reads a mapping file, naming every mistake at once.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::{
    Encoding, Field, FieldKind, Key, Mapping, Section,
    fields::{FIELDS, SECTIONS},
};
use crate::{limits::MAPPING_BYTES_MAX, moment::DateOrder, text::fold};

/// Words that stand for an empty cell unless the mapping says otherwise.
const EMPTY: &[&str] = &["null", "n/a", "na", "none recorded", "-", "--", "#n/a", "nan", "(blank)"];
/// The settings beside the sections.
const SETTINGS: &[&str] = &["source_system", "encoding", "separator", "dates", "empty"];

/// What is wrong with a mapping file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingProblem {
    /// Too large.
    #[error("is larger than {MAPPING_BYTES_MAX} bytes")]
    TooLarge,
    /// Not TOML.
    #[error("is not TOML: {0}")]
    NotToml(String),
    /// What it says is wrong; every mistake, one to a line.
    #[error("{}", .0.join("\n"))]
    Mistakes(Vec<String>),
}

pub(super) fn parse(text: &str) -> Result<Mapping, MappingProblem> {
    if text.len() > MAPPING_BYTES_MAX {
        return Err(MappingProblem::TooLarge);
    }
    let table: Table =
        text.parse().map_err(|error: toml::de::Error| MappingProblem::NotToml(error.to_string()))?;
    let mut reader = Reader { mistakes: Vec::new() };
    let mapping = reader.mapping(&table);
    if reader.mistakes.is_empty() { Ok(mapping) } else { Err(MappingProblem::Mistakes(reader.mistakes)) }
}

struct Reader {
    mistakes: Vec<String>,
}

impl Reader {
    fn mistake(&mut self, at: &str, words: impl std::fmt::Display) {
        self.mistakes.push(format!("{at}: {words}"));
    }

    fn mapping(&mut self, table: &Table) -> Mapping {
        for name in table.keys() {
            let is_section = SECTIONS.iter().any(|section| section.name() == name);
            if !is_section && !SETTINGS.contains(&name.as_str()) {
                let sections: Vec<_> = SECTIONS.iter().map(|section| section.name()).collect();
                self.mistake(
                    name,
                    format!(
                        "is not known; known are {} and the tables {}",
                        SETTINGS.join(", "),
                        sections.join(", ")
                    ),
                );
            }
        }
        let source_system = self.source_system(table);
        let encoding = self.one_of(
            table,
            "encoding",
            &[
                ("auto", Encoding::Automatic),
                ("utf-8", Encoding::Utf8),
                ("windows-1252", Encoding::Windows1252),
            ],
        );
        let separator = self.one_of(
            table,
            "separator",
            &[
                ("auto", None),
                (",", Some(b',')),
                (";", Some(b';')),
                ("|", Some(b'|')),
                ("\t", Some(b'\t')),
                ("tab", Some(b'\t')),
            ],
        );
        let dates = self.one_of(
            table,
            "dates",
            &[("day-first", DateOrder::DayFirst), ("month-first", DateOrder::MonthFirst)],
        );
        let empty = match table.get("empty") {
            None => EMPTY.iter().map(|word| (*word).to_owned()).collect(),
            Some(words) => self.texts("empty", words).iter().map(|word| fold(word)).collect(),
        };
        let mut fields = BTreeMap::new();
        for section in SECTIONS {
            self.section(table, *section, &mut fields);
        }
        self.needed(&fields);
        Mapping { source_system, encoding, separator, dates, empty, fields }
    }

    fn source_system(&mut self, table: &Table) -> String {
        let name = table.get("source_system").and_then(Value::as_str).unwrap_or("");
        if candour_domain::text::SystemName::parse(name).is_err() {
            self.mistake(
                "source_system",
                "must name the system the export comes from, in 1 to 64 of letters, digits and . _ / : -; never change it afterwards",
            );
        }
        name.trim().to_owned()
    }

    fn one_of<T: Copy + Default>(&mut self, table: &Table, name: &str, choices: &[(&str, T)]) -> T {
        let Some(value) = table.get(name) else { return T::default() };
        let found = value.as_str().and_then(|word| choices.iter().find(|(choice, _)| *choice == word));
        if found.is_none() {
            let words: Vec<_> = choices.iter().map(|(choice, _)| format!("{choice:?}")).collect();
            self.mistake(name, format!("must be one of {}", words.join(", ")));
        }
        found.map(|(_, value)| *value).unwrap_or_default()
    }

    fn section(&mut self, table: &Table, section: Section, fields: &mut BTreeMap<Key, Field>) {
        let Some(value) = table.get(section.name()) else { return };
        let Some(table) = value.as_table() else {
            return self.mistake(section.name(), "must be a table of fields");
        };
        for (name, value) in table {
            let at = format!("{}.{name}", section.name());
            let Some(key) = Key::named(section, name) else {
                let known: Vec<_> =
                    FIELDS.iter().filter(|key| key.section() == section).map(|key| key.name()).collect();
                self.mistake(&at, format!("is not known; known are {}", known.join(", ")));
                continue;
            };
            let field = self.field(&at, key, value);
            fields.insert(key, field);
        }
    }

    fn field(&mut self, at: &str, key: Key, value: &Value) -> Field {
        let mut field = Field::default();
        match value {
            Value::String(_) | Value::Array(_) => field.columns = self.texts(at, value),
            Value::Table(table) => {
                for (name, value) in table {
                    let at = format!("{at}.{name}");
                    match name.as_str() {
                        "column" => field.columns = self.texts(&at, value),
                        "default" => field.default = self.default(&at, key, value),
                        "otherwise" => field.otherwise = self.default(&at, key, value),
                        "remove" => field.remove = self.texts(&at, value),
                        "values" => field.values = self.values(&at, key, value),
                        _ => self.mistake(&at, "is not known; known are column, default, otherwise, remove, values"),
                    }
                }
                if field.columns.is_empty() && field.default.is_none() {
                    self.mistake(at, "needs a column or a default");
                }
            }
            _ => self.mistake(
                at,
                "must be the name of a column, a list of such names, or a table with column, default, otherwise, remove, values",
            ),
        }
        field
    }

    fn texts(&mut self, at: &str, value: &Value) -> Vec<String> {
        let list = match value {
            Value::String(text) => vec![text.as_str()],
            Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let all_texts = value.as_array().is_none_or(|values| values.len() == list.len());
        if list.is_empty() || !all_texts {
            self.mistake(at, "must be a text or a list of texts");
        }
        list.into_iter().map(ToOwned::to_owned).collect()
    }

    fn default(&mut self, at: &str, key: Key, value: &Value) -> Option<String> {
        let Some(text) = value.as_str() else {
            self.mistake(at, "must be a text");
            return None;
        };
        self.word(at, key, text);
        Some(text.to_owned())
    }

    fn values(&mut self, at: &str, key: Key, value: &Value) -> Vec<(String, String)> {
        let Some(table) = value.as_table() else {
            self.mistake(at, "must be a table: the export's word = what to take for it");
            return Vec::new();
        };
        let mut values = Vec::new();
        for (word, value) in table {
            let at = format!("{at}.{word:?}");
            match value.as_str() {
                Some(target) => {
                    self.word(&at, key, target);
                    values.push((fold(word), target.to_owned()));
                }
                None => self.mistake(&at, "must be a text"),
            }
        }
        values
    }

    /// What is taken for a word must be one of the words of the field. An empty text stands for nothing.
    fn word(&mut self, at: &str, key: Key, text: &str) {
        let known: &[&str] = match key.kind() {
            FieldKind::Words(words) => words,
            FieldKind::YesNo => &["yes", "no"],
            _ => return,
        };
        if !text.is_empty() && !known.contains(&text) {
            self.mistake(at, format!("must be one of {}, or \"\" for nothing", known.join(", ")));
        }
    }

    fn needed(&mut self, fields: &BTreeMap<Key, Field>) {
        let has = |section: Section| fields.keys().any(|key| key.section() == section);
        let mut need = |key: Key, why: &str| {
            if !fields.contains_key(&key) {
                self.mistakes.push(format!("{}: is needed{why}", key.full_name()));
            }
        };
        need(Key::IncidentId, ": every row belongs to an incident of the source system");
        let more_of_the_incident =
            fields.keys().any(|key| key.section() == Section::Incident && *key != Key::IncidentId);
        if more_of_the_incident || has(Section::Reporter) {
            need(Key::IncidentReported, " where a mapping tells of the incident or its reporter");
        }
        if has(Section::Action) {
            for key in [Key::ActionId, Key::ActionDescription, Key::ActionAgreed] {
                need(key, " where a mapping tells of learning actions");
            }
        }
        let says_something = more_of_the_incident
            || [Section::Person, Section::Candour, Section::Feedback, Section::Action].into_iter().any(has);
        if !says_something {
            self.mistake("incident", "a mapping of nothing but ids takes nothing in");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        match parse(text) {
            Err(MappingProblem::Mistakes(mistakes)) => mistakes,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_mapping_names_columns_words_and_defaults() {
        let mapping = parse(
            r##"
            source_system = "ulysses"
            separator = ";"
            dates = "month-first"
            empty = ["Not Known"]
            [incident]
            id = { column = "Ref", remove = ["#"] }
            reported = ["Reported", "Entered"]
            [incident.kind]
            column = "Type"
            default = "patient-safety-incident"
            values = { "Near  Miss" = "patient-safety-incident", "Excellence" = "good-care", "Other" = "" }
            "##,
        )
        .unwrap();
        assert_eq!(mapping.source_system, "ulysses");
        assert_eq!((mapping.separator, mapping.dates), (Some(b';'), DateOrder::MonthFirst));
        assert!(mapping.is_empty(" not known ") && mapping.is_empty("") && !mapping.is_empty("n/a"));
        assert_eq!(mapping.field(Key::IncidentReported).unwrap().columns, ["Reported", "Entered"]);
        let kind = mapping.field(Key::IncidentKind).unwrap();
        assert_eq!(kind.default.as_deref(), Some("patient-safety-incident"));
        let near_miss = ("near miss".to_owned(), "patient-safety-incident".to_owned());
        assert!(
            kind.values.contains(&near_miss) && kind.values.contains(&("other".to_owned(), String::new()))
        );
        assert!(mapping.has_incident() && !mapping.has(Section::Action));
    }

    #[test]
    fn every_mistake_is_named_at_once() {
        let found = mistakes(
            r#"
            encoding = "latin"
            colour = "red"
            [incident]
            reported = 7
            kind = { values = { "A" = "accident" } }
            when = "Date"
            [action]
            description = { column = "What", colum = "x" }
            "#,
        );
        let expected = [
            "colour: is not known; known are source_system, encoding, separator, dates, empty and the tables incident, reporter, person, candour, feedback, action",
            "source_system: must name the system the export comes from, in 1 to 64 of letters, digits and . _ / : -; never change it afterwards",
            "encoding: must be one of \"auto\", \"utf-8\", \"windows-1252\"",
            "incident.kind.values.\"A\": must be one of patient-safety-incident, risk, outcome, good-care, or \"\" for nothing",
            "incident.kind: needs a column or a default",
            "incident.reported: must be the name of a column, a list of such names, or a table with column, default, otherwise, remove, values",
            "action.description.colum: is not known; known are column, default, otherwise, remove, values",
            "incident.id: is needed: every row belongs to an incident of the source system",
            "action.id: is needed where a mapping tells of learning actions",
            "action.agreed: is needed where a mapping tells of learning actions",
        ];
        for line in expected {
            assert!(found.iter().any(|mistake| mistake == line), "{line}\nin {found:#?}");
        }
        assert!(
            found
                .iter()
                .any(|mistake| mistake.starts_with("incident.when: is not known; known are id, reference"))
        );
        assert_eq!(found.len(), expected.len() + 1);
    }

    #[test]
    fn what_is_no_mapping_is_refused_in_words() {
        assert!(matches!(parse("not toml"), Err(MappingProblem::NotToml(_))));
        assert_eq!(parse(&" ".repeat(MAPPING_BYTES_MAX + 1)), Err(MappingProblem::TooLarge));
        assert_eq!(
            mistakes("source_system = \"x\"\nincident.id = \"Ref\""),
            ["incident: a mapping of nothing but ids takes nothing in"]
        );
    }
}
