//! The choice of the engine that keeps the log: one line of configuration.

use std::fmt;

use anyhow::bail;

/// The schemes of a connection string that the official client of KurrentDB takes, each also with `+discover`.
const SCHEMES: &[&str] = &["kurrentdb", "kurrent", "kdb", "eventstore", "esdb"];

/// Where the log is kept.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum EngineChoice {
    /// In one file of the store's folder.
    Sqlite,
    /// On a KurrentDB server or cluster.
    KurrentDb(ConnectionString),
}

/// Holds a password, so it is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ConnectionString(String);

impl ConnectionString {
    /// The text, for the client only.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl EngineChoice {
    /// Reads `sqlite` or a connection string. An error does not repeat the text, which may hold a password.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let text = text.trim();
        if text == "sqlite" {
            return Ok(Self::Sqlite);
        }
        let scheme =
            text.split_once("://").map(|(scheme, _)| scheme.strip_suffix("+discover").unwrap_or(scheme));
        if scheme.is_some_and(|scheme| SCHEMES.contains(&scheme)) {
            return Ok(Self::KurrentDb(ConnectionString(text.to_owned())));
        }
        bail!(
            "the engine is `sqlite`, or a connection string of KurrentDB: kurrentdb://user:password@host:2113?tls=true for one server, \
             kurrentdb://user:password@host1:2113,host2:2113,host3:2113 or kurrentdb+discover://user:password@name:2113 for a cluster"
        )
    }
}

impl EngineChoice {
    /// The engine as metrics name it.
    pub(crate) fn system_name(&self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::KurrentDb(_) => "kurrentdb",
        }
    }
}

/// The engine without what a connection string holds.
impl fmt::Display for EngineChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::KurrentDb(_) => "KurrentDB",
        })
    }
}

impl fmt::Debug for EngineChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_and_every_scheme_of_kurrentdb_are_engines() {
        assert_eq!(EngineChoice::parse("sqlite").unwrap(), EngineChoice::Sqlite);
        for text in ["kurrentdb://host:2113", "esdb+discover://user:word@name", " kdb://a:1,b:2?tls=false "] {
            let choice = EngineChoice::parse(text).unwrap();
            assert_eq!(choice, EngineChoice::KurrentDb(ConnectionString(text.trim().to_owned())));
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_to_write_and_without_repeating_it() {
        for text in ["", "SQLite", "postgres://clerk:secret@host/db", "clerk:secret@host", "kurrentdb:secret"]
        {
            let error = EngineChoice::parse(text).unwrap_err().to_string();
            assert!(error.contains("`sqlite`") && error.contains("kurrentdb://"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let choice = EngineChoice::parse("kurrentdb://clerk:secret@host:2113").unwrap();
        assert_eq!(format!("{choice:?} {choice}"), "KurrentDB KurrentDB");
    }
}
