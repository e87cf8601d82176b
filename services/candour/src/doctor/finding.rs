//! What a look gives: how it stands, and what to do.

use std::fmt;

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// As it should be.
    Good,
    /// Could not be looked at, or deserves a look.
    Doubtful,
    /// Needs something done.
    Wrong,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) level: Level,
    /// What was looked at, in a word or two.
    subject: &'static str,
    /// How it stands.
    words: String,
    /// What to do; empty where there is nothing to do.
    advice: String,
}

impl Finding {
    pub(super) fn good(subject: &'static str, words: impl Into<String>) -> Self {
        Self { level: Level::Good, subject, words: words.into(), advice: String::new() }
    }

    pub(super) fn doubtful(
        subject: &'static str,
        words: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self { level: Level::Doubtful, subject, words: words.into(), advice: advice.into() }
    }

    pub(super) fn wrong(subject: &'static str, words: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { level: Level::Wrong, subject, words: words.into(), advice: advice.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.level {
            Level::Good => "good    ",
            Level::Doubtful => "doubtful",
            Level::Wrong => "WRONG   ",
        };
        write!(formatter, "{mark}  {:<14}{}", self.subject, self.words)?;
        if !self.advice.is_empty() {
            write!(formatter, "\n          {:<14}→ {}", "", self.advice)?;
        }
        Ok(())
    }
}
