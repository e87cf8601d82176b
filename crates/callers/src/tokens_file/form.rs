//! The text of the tokens file: TOML, written by `candour token` and readable to whoever looks after the server.
//!
//! An error names the entry and the key, and repeats no value: somebody may have pasted a token where its digest belongs.

use std::{collections::HashSet, fmt::Write as _, sync::Arc};

use candour_service_kit::{
    Caller, CallerId,
    caller::{Performers, Role},
};
use jiff::Timestamp;
use toml::{Table, Value};

use super::{Entry, TokensFile};
use crate::{
    limits::TOKENS_MAX,
    token::{TokenDigest, TokenId},
};

/// The version of the form that is written and read.
const VERSION: i64 = 1;
/// How a digest is written: its kind, then its digits.
const DIGEST_KIND: &str = "sha256:";
const HEADING: &str = "\
# Who may call Candour. Written by `candour token`, which keeps no comments; holds digests, from which no token can be made.
# The server takes a change within two seconds.
";
const KEYS: &[&str] = &["id", "caller", "roles", "performed_by", "created", "expires", "revoked", "digest"];

/// Why a text is no tokens file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Malformed {
    /// The line, or the entry and its key.
    pub place: String,
    /// What is wrong, and what is expected.
    pub what: String,
}

fn malformed<T>(place: impl Into<String>, what: impl Into<String>) -> Result<T, Malformed> {
    Err(Malformed { place: place.into(), what: what.into() })
}

impl TokensFile {
    /// Reads the text of a file. The whole of it is refused where any of it is wrong.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let table: Table = text.parse().or_else(|error: toml::de::Error| {
            let read = error.span().and_then(|span| text.get(..span.start)).unwrap_or(text);
            malformed(format!("line {}", read.matches('\n').count() + 1), "is not TOML")
        })?;
        only(&table, &["version", "token"], "the file")?;
        match table.get("version").and_then(Value::as_integer) {
            Some(VERSION) => {}
            Some(_) => return malformed("version", "is not known to this program: use a newer one"),
            None => return malformed("version", format!("must be given: {VERSION}")),
        }
        let listed = match table.get("token") {
            None => &Vec::new(),
            Some(Value::Array(listed)) => listed,
            Some(_) => return malformed("token", "must be entries that begin with [[token]]"),
        };
        if listed.len() > TOKENS_MAX {
            return malformed("token", format!("more than {TOKENS_MAX} tokens are listed"));
        }
        let mut ids = HashSet::new();
        let mut entries = Vec::with_capacity(listed.len());
        for (index, value) in listed.iter().enumerate() {
            let reading = Reading { value, place: format!("token {}", index + 1) };
            let entry = reading.entry()?;
            if !ids.insert(entry.id) {
                return malformed(format!("{}, id", reading.place), "is that of an earlier entry");
            }
            entries.push(entry);
        }
        Ok(Self { entries })
    }

    /// The text of the file.
    pub fn render(&self) -> String {
        let mut text = format!("{HEADING}version = {VERSION}\n");
        for entry in &self.entries {
            let roles: Vec<String> =
                entry.caller.roles.iter().map(|role| format!("{:?}", role.code())).collect();
            // Nothing that is written needs an escape: ids, references, codes and digits. Writing to a String cannot fail.
            let _ = write!(
                text,
                "\n[[token]]\nid = \"{}\"\ncaller = \"{}\"\nroles = [{}]\nperformed_by = \"{}\"\ncreated = {}\nexpires = {}\n",
                entry.id,
                entry.caller.id,
                roles.join(", "),
                entry.caller.performers,
                entry.created,
                entry.expires
            );
            if let Some(revoked) = entry.revoked {
                let _ = writeln!(text, "revoked = {revoked}");
            }
            let _ = writeln!(text, "digest = \"{DIGEST_KIND}{}\"", entry.digest);
        }
        text
    }
}

/// Refuses keys that are not known: a mistyped `revoked` would otherwise leave a token in force.
fn only(table: &Table, keys: &[&str], place: &str) -> Result<(), Malformed> {
    if table.keys().all(|key| keys.contains(&key.as_str())) {
        Ok(())
    } else {
        malformed(place, format!("holds a key that is not one of {}", keys.join(", ")))
    }
}

/// One entry while it is read.
struct Reading<'a> {
    value: &'a Value,
    place: String,
}

impl Reading<'_> {
    fn entry(&self) -> Result<Entry, Malformed> {
        let Value::Table(table) = self.value else {
            return malformed(&self.place, "must begin with [[token]]");
        };
        only(table, KEYS, &self.place)?;
        let id = self.text(table, "id")?;
        let id = self.good("id", TokenId::parse(id), "must be eight digits of 0 to 9 and a to f")?;
        let caller = CallerId::parse(self.text(table, "caller")?);
        let performers = Performers::parse(self.text(table, "performed_by")?);
        let digest = self.text(table, "digest")?.strip_prefix(DIGEST_KIND).and_then(TokenDigest::parse);
        Ok(Entry {
            id,
            caller: Caller {
                id: caller.or_else(|error| self.wrong("caller", &error.to_string()))?,
                roles: self.roles(table)?,
                performers: performers.or_else(|error| {
                    self.wrong(
                        "performed_by",
                        &format!("is neither anybody nor nobody, and as a reference it {error}"),
                    )
                })?,
            },
            digest: self.good(
                "digest",
                digest,
                "must be sha256: and 64 digits, as `candour token` writes it",
            )?,
            created: self.instant(table, "created")?,
            expires: self.instant(table, "expires")?,
            revoked: table.contains_key("revoked").then(|| self.instant(table, "revoked")).transpose()?,
        })
    }

    fn wrong<T>(&self, key: &str, what: &str) -> Result<T, Malformed> {
        malformed(format!("{}, {key}", self.place), what)
    }

    fn good<T>(&self, key: &str, value: Option<T>, rule: &str) -> Result<T, Malformed> {
        value.map_or_else(|| self.wrong(key, rule), Ok)
    }

    fn text<'t>(&self, table: &'t Table, key: &str) -> Result<&'t str, Malformed> {
        self.good(key, table.get(key).and_then(Value::as_str), "must be given, as a text")
    }

    fn instant(&self, table: &Table, key: &str) -> Result<Timestamp, Malformed> {
        let written = match table.get(key) {
            Some(Value::Datetime(written)) => Some(written.to_string()),
            _ => None,
        };
        let instant = written.and_then(|written| written.parse().ok());
        self.good(key, instant, "must be an instant in UTC without quotes, such as 2027-03-31T23:00:00Z")
    }

    fn roles(&self, table: &Table) -> Result<Arc<[Role]>, Malformed> {
        let listed = table.get("roles").and_then(Value::as_array);
        let roles: Option<Vec<Role>> = listed
            .and_then(|listed| listed.iter().map(|role| role.as_str().and_then(Role::from_code)).collect());
        let rule = || {
            let known: Vec<&str> = Role::ALL.iter().map(|role| role.code()).collect();
            format!("must be a list of one or more of {}, each once", known.join(", "))
        };
        let each_once = |roles: &Vec<Role>| roles.iter().collect::<HashSet<_>>().len() == roles.len();
        let roles = roles.filter(|roles| !roles.is_empty() && each_once(roles));
        self.good("roles", roles, &rule()).map(Arc::from)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tokens_file::Standing;

    const AGREED: &str = "\
# Who may call Candour. Written by `candour token`, which keeps no comments; holds digests, from which no token can be made.
# The server takes a change within two seconds.
version = 1

[[token]]
id = \"01020304\"
caller = \"wards-system\"
roles = [\"reporter-system\", \"governance-read\"]
performed_by = \"anybody\"
created = 2026-06-30T09:12:44Z
expires = 2027-03-31T23:00:00Z
digest = \"sha256:cbda84fa02d0daa2cb92346fce5e390c076c08b1ce217cd6b2d7c89fe87a1397\"

[[token]]
id = \"0a0b0c0d\"
caller = \"staff:48211\"
roles = [\"auditor\"]
performed_by = \"staff:48211\"
created = 2026-06-30T09:12:44Z
expires = 2027-03-31T23:00:00Z
revoked = 2026-07-01T00:00:00Z
digest = \"sha256:0000000000000000000000000000000000000000000000000000000000000000\"
";

    #[test]
    fn the_text_is_the_agreed_one_and_reads_back() {
        let file = TokensFile::parse(AGREED).unwrap();
        assert_eq!(file.render(), AGREED);
        let [first, second] = file.entries() else { panic!("two entries") };
        assert_eq!((&*first.caller.id, first.id.to_string().as_str()), ("wards-system", "01020304"));
        assert_eq!(*first.caller.roles, [Role::ReporterSystem, Role::GovernanceRead]);
        let now = "2026-07-02T00:00:00Z".parse().unwrap();
        assert_eq!((first.standing(now), second.standing(now)), (Standing::InForce, Standing::Revoked));
        assert!(TokensFile::parse("version = 1\n").unwrap().entries().is_empty());
    }

    #[test]
    fn an_error_names_the_place_and_the_rule_and_repeats_no_value() {
        let long = AGREED.replace("01020304", "01020304a");
        for (text, place) in [
            (AGREED.replace("version = 1", "version = 2"), "version"),
            (AGREED.replace("version = 1\n", ""), "version"),
            (AGREED.replace("version = 1", "version ="), "line 3"),
            (AGREED.replace("version = 1", "version = 1\nversions = 1"), "the file"),
            (long, "token 1, id"),
            (AGREED.replace("0a0b0c0d", "01020304"), "token 2, id"),
            (AGREED.replace("\"wards-system\"", "\"Wards System\""), "token 1, caller"),
            (AGREED.replace("\"auditor\"", ""), "token 2, roles"),
            (AGREED.replace("\"auditor\"", "\"auditor\", \"auditor\""), "token 2, roles"),
            (AGREED.replace("\"auditor\"", "\"root\""), "token 2, roles"),
            (AGREED.replace("\"anybody\"", "\"any body\""), "token 1, performed_by"),
            (AGREED.replace("revoked =", "revokd ="), "token 2"),
            (AGREED.replace("revoked = 2026-07-01T00:00:00Z", "revoked = 2026-07-01"), "token 2, revoked"),
            (AGREED.replace("revoked = 2026-07-01T00:00:00Z", "revoked = \"yes\""), "token 2, revoked"),
            (AGREED.replacen("expires = 2027-03-31T23:00:00Z\n", "", 1), "token 1, expires"),
            (AGREED.replace("sha256:cbda", "candour_01020304_cbda"), "token 1, digest"),
            ("version = 1\ntoken = 3\n".to_owned(), "token"),
            ("version = 1\ntoken = [3]\n".to_owned(), "token 1"),
            ("version = 1\ntoken = \"candour_01020304_cbda\"\n".to_owned(), "token"),
            ("version = \"candour_01020304_cbda\"\n".to_owned(), "version"),
            ("candour_01020304_cbda\n".to_owned(), "line 1"),
        ] {
            let error = TokensFile::parse(&text).unwrap_err();
            assert_eq!(error.place, place, "{error}\n{text}");
            assert!(!error.to_string().contains("cbda") && !error.what.is_empty(), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_brings_the_reader_down(text in any::<String>()) {
            let _ = TokensFile::parse(&text);
            let _ = TokensFile::parse(&format!("version = 1\n[[token]]\n{text}"));
        }

        #[test]
        fn no_damage_brings_the_reader_down_and_what_it_reads_it_can_write(
            position in 0..AGREED.len(), length in 0..40_usize, with in "[ -~\n]{0,20}"
        ) {
            let mut text = AGREED.to_owned();
            text.replace_range(position..(position + length).min(AGREED.len()), &with);
            if let Ok(file) = TokensFile::parse(&text) {
                // What can be read can be written, and reads back as the same.
                let rendered = file.render();
                prop_assert_eq!(TokensFile::parse(&rendered).unwrap().render(), rendered);
            } else {
                prop_assert!(!TokensFile::parse(&text).unwrap_err().to_string().contains("sha256:c"));
            }
        }
    }
}
