//! Which events a read of `$all` gives.

use fancy_regex::Regex;

use super::{EPOCH_STREAM, Record};

/// Which events are wanted.
#[derive(Clone, Debug)]
pub(crate) enum Filter {
    /// All but those that a server never shows in `$all`.
    Everything,
    /// Of these, those with such a stream name.
    Streams(Matcher),
    /// Of these, those with such a type.
    Types(Matcher),
}

/// What a name is compared with.
#[derive(Clone, Debug)]
pub(crate) enum Matcher {
    /// It begins with one of these. No prefix matches nothing.
    Prefixes(Vec<String>),
    /// It contains a match. Expressions are those of .NET, which look ahead and behind.
    Expression(Regex),
}

impl Matcher {
    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Prefixes(prefixes) => prefixes.iter().any(|prefix| name.starts_with(prefix.as_str())),
            Self::Expression(expression) => expression.is_match(name).unwrap_or(false),
        }
    }
}

impl Filter {
    pub(super) fn allows(&self, record: &Record) -> bool {
        record.stream != EPOCH_STREAM
            && match self {
                Self::Everything => true,
                Self::Streams(matcher) => matcher.matches(&record.stream),
                Self::Types(matcher) => matcher.matches(record.event.event_type()),
            }
    }
}
