//! What the server holds of the tokens file while it runs.
//!
//! The file is looked at every [`LOOK_EVERY`], never while a request waits.
//!
//! | the file | who is known | told |
//! |---|---|---|
//! | can be read | whom it lists | |
//! | holds a mistake | whom it listed before: a slip of the pen must not stop a hospital's reporting | log, health |
//! | is missing, unreadable, or writable by others | whom it listed before for [`UNREADABLE_LOOKS_MAX`] looks, then nobody: it can no longer be told who was revoked, or who wrote it | log, health |
//!
//! A token that expires does so in every case: its end is known.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use candour_journal::Clock;
use candour_service_kit::Caller;
use jiff::civil::Date;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    known::Known,
    limits::{LOOK_EVERY, UNREADABLE_LOOKS_MAX},
    on_disk::{self, FileError, Fingerprint},
    token::{Token, TokenId},
};

/// How what the server holds stands to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It is what the file says.
    Current,
    /// The file cannot be understood, or not be read just now: those it listed before are known.
    Outdated,
    /// The file cannot be read, and nobody is admitted.
    Closed,
}

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Unknown, expired or revoked: which of them is nobody's business.
    Unknown,
    /// It cannot be told at present who is known.
    Closed,
}

#[derive(Clone, Debug)]
struct State {
    known: Arc<Known>,
    condition: Condition,
}

/// The tokens that are known now. Clones see the same.
#[derive(Clone)]
pub struct Tokens {
    state: watch::Receiver<State>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tokens").field("condition", &self.condition()).finish_non_exhaustive()
    }
}

impl Tokens {
    /// Reads the file, which must be there and without fault, and what is to follow it.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<(Self, Follower), FileError> {
        let (file, fingerprint) = on_disk::read(path)?;
        let known = Arc::new(Known::of(&file));
        let (sender, state) = watch::channel(State { known, condition: Condition::Current });
        let follower = Follower {
            path: path.to_owned(),
            seen: Some(fingerprint),
            unreadable_looks: 0,
            warned_on: None,
            state: sender,
            clock: Arc::clone(&clock),
        };
        follower.tell();
        Ok((Self { state, clock }, follower))
    }

    /// The caller of a token.
    pub fn caller(&self, token: &Token) -> Result<Caller, Refusal> {
        let state = self.state.borrow();
        if state.condition == Condition::Closed {
            return Err(Refusal::Closed);
        }
        state.known.caller(token, self.clock.now()).cloned().ok_or(Refusal::Unknown)
    }

    /// Whether a token that was taken is still.
    pub fn is_in_force(&self, id: TokenId) -> bool {
        let state = self.state.borrow();
        state.condition != Condition::Closed && state.known.is_in_force(id, self.clock.now())
    }

    /// How many tokens in force somebody must renew soon: [`Known::ending`].
    pub fn ending(&self) -> usize {
        self.state.borrow().known.ending(self.clock.now()).len()
    }

    /// How what is held stands to the file.
    pub fn condition(&self) -> Condition {
        self.state.borrow().condition
    }
}

/// Follows the file.
pub struct Follower {
    path: PathBuf,
    /// The file that was read last, also where it could not be understood.
    seen: Option<Fingerprint>,
    unreadable_looks: u32,
    warned_on: Option<Date>,
    state: watch::Sender<State>,
    clock: Arc<dyn Clock>,
}

impl Follower {
    /// Looks at the file until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = look.tick() => {}
            }
            // A file system may keep us waiting; that must not hold up a thread that serves.
            match tokio::task::spawn_blocking(move || {
                self.look();
                self
            })
            .await
            {
                Ok(follower) => self = follower,
                Err(error) => {
                    tracing::error!(%error, "the tokens file is no longer followed");
                    return;
                }
            }
        }
    }

    /// Looks once.
    pub fn look(&mut self) {
        match self.look_at_file() {
            Ok(None) => self.unreadable_looks = 0,
            Ok(Some(known)) => {
                self.unreadable_looks = 0;
                self.state.send_replace(State { known: Arc::new(known), condition: Condition::Current });
                self.tell();
            }
            Err(error @ (FileError::Malformed { .. } | FileError::TooLarge { .. })) => {
                self.not_understood(&error);
            }
            Err(error) => self.not_readable(&error),
        }
        self.warn_of_ends();
    }

    /// What the file says, where that is not what is held already.
    fn look_at_file(&mut self) -> Result<Option<Known>, FileError> {
        let found = Fingerprint::of(&self.path).ok();
        if found.is_some() && found == self.seen {
            return Ok(None);
        }
        // Not seen again until it was read: a file that could not be opened is tried each time.
        self.seen = None;
        match on_disk::read(&self.path) {
            Ok((file, fingerprint)) => {
                self.seen = Some(fingerprint);
                Ok(Some(Known::of(&file)))
            }
            Err(error) => {
                if matches!(error, FileError::Malformed { .. } | FileError::TooLarge { .. }) {
                    self.seen = found;
                }
                Err(error)
            }
        }
    }

    /// The file was read but makes no sense: those known stay known, those admitted no longer stay out.
    fn not_understood(&mut self, error: &FileError) {
        self.unreadable_looks = 0;
        self.degrade(Condition::Outdated);
        tracing::error!(
            error = %chain(error),
            "the tokens file cannot be understood; who was known before stays known, and a token revoked since is still taken"
        );
    }

    fn not_readable(&mut self, error: &FileError) {
        self.unreadable_looks = self.unreadable_looks.saturating_add(1);
        if self.unreadable_looks == 1 {
            tracing::warn!(
                error = %chain(error),
                looks = UNREADABLE_LOOKS_MAX,
                "the tokens file cannot be read; who was known before stays known for a few seconds"
            );
        }
        self.degrade(Condition::Outdated);
        if self.unreadable_looks == UNREADABLE_LOOKS_MAX {
            self.degrade(Condition::Closed);
            tracing::error!(
                error = %chain(error),
                "the tokens file cannot be read; nobody is admitted until it can be"
            );
        }
    }

    /// Makes the condition worse, never better: only a file that was read does that.
    fn degrade(&self, condition: Condition) {
        self.state.send_if_modified(|state| {
            let worse = state.condition != Condition::Closed && state.condition != condition;
            if worse {
                state.condition = condition;
            }
            worse
        });
    }

    fn tell(&self) {
        let now = self.clock.now();
        let in_force = self.state.borrow().known.in_force(now);
        if in_force == 0 {
            tracing::warn!(file = %self.path.display(), "no token is in force: nobody can call");
        } else {
            tracing::info!(file = %self.path.display(), in_force, "tokens read");
        }
    }

    /// Warns of tokens that end soon, once a day.
    fn warn_of_ends(&mut self) {
        let now = self.clock.now();
        let today = candour_domain::calendar::civil_date(now);
        if self.warned_on == Some(today) {
            return;
        }
        self.warned_on = Some(today);
        for entry in self.state.borrow().known.ending(now) {
            tracing::warn!(
                caller = %entry.caller.id,
                token = %entry.id,
                expires = %entry.expires,
                "a token ends soon and its caller has no other: rotate it"
            );
        }
    }
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Some errors name their cause themselves.
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
